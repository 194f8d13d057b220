"""How a view answers a form that was sent: done and on to the next page, or the same page with what to put right."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response


def done(message: str, endpoint: str, **values: Any) -> Response:
    """Say on the page of an endpoint that something has been done."""
    flash(message, "success")
    return redirect(url_for(endpoint, **values), code=303)


def form_page(template: str, **values: Any) -> tuple[str, int]:
    """A page with a form: 200 when it is asked for, 422 when what was sent is shown again."""
    return render_template(template, **values), 422 if request.method == "POST" else 200
