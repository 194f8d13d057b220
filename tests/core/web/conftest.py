"""The application with the demo module in it."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.core.web.demo import make_blueprint


@pytest.fixture
def app(own_app: Flask) -> Flask:
    """Tests of the frame add routes."""
    return own_app


@pytest.fixture
def demo(app: Flask) -> Flask:
    """``app`` with the demo's screens; ask for it before the first request."""
    # The demo's lists and jobs alone: those of the office's screens have keys and words of their own.
    app.extensions.pop("residentapp_home", None)
    app.register_blueprint(make_blueprint())
    return app
