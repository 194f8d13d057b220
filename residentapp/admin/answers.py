"""How screens of the administration answer what was refused, and what is not there."""

from __future__ import annotations

from types import TracebackType
from typing import TypeVar

from flask import abort, flash, request
from werkzeug.datastructures import ImmutableMultiDict
from wtforms import Form

from residentapp.admin.types import EntryRefused
from residentapp.core.db import Base
from residentapp.core.web.context import db

_Row = TypeVar("_Row", bound=Base)


def sent_form() -> ImmutableMultiDict[str, str] | None:
    """What was sent; None when nobody has sent anything yet, so that a form begins with its defaults.

    An empty form would say that every box was left unticked.
    """
    return request.form if request.method == "POST" else None


def show_refusal(form: Form, refused: EntryRefused) -> None:
    """Put what an operation found wrong beside the fields, or on top when there is no such field."""
    for problem in refused.problems:
        if problem.field in form:
            field = form[problem.field]
            field.errors = [*field.errors, problem.message]
        else:
            form.form_errors.append(problem.message)


class RefusalsShown:
    """``with RefusalsShown(form):`` an operation refused in the block is told, and the view goes on behind it.

    :param form: where the refusal is shown, on the page that is answered with ``form_page``; without one it
        stands on top of the next page.
    """

    def __init__(self, form: Form | None = None) -> None:
        self._form = form

    def __enter__(self) -> None:
        """Nothing is needed before the work."""

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        """Take a refusal, and nothing else."""
        if not isinstance(error, EntryRefused):
            return False
        if self._form is None:
            # The view answers with another page, which would keep what the operation had begun.
            db().rollback()
            flash(str(error), "error")
        else:
            show_refusal(self._form, error)
        return True


def row_or_404(table: type[_Row], key: int | str) -> _Row:
    """The row of a table with a key that stands in the address of a page."""
    row = db().get(table, key)
    if row is None:
        abort(404)
    return row
