"""Screens of changes. Addresses name a case by an opaque id, a household or resident by a page state."""

from __future__ import annotations

from flask import Blueprint

from residentapp.core.web.home import Job, add_to_home
from residentapp.residents.cases.web import own_cases_only
from residentapp.residents.changes import procedure as _procedure
from residentapp.residents.changes.spec import enter_permissions

blueprint = Blueprint(
    "changes",
    __name__,
    url_prefix="/changes",
    template_folder="../templates",
)

add_to_home(
    blueprint,
    Job(
        "異動の入力",
        "F8",
        "changes.start",
        lambda actor: any(actor.may(right) for right in enter_permissions()),
        words=("異動", "いどう", "idou"),
        hint="転居、転出、世帯の変更、職権の記載など",
        order=25,
    ),
)

own_cases_only(blueprint, *_procedure.PROCEDURES)

# The views register themselves on the blueprint.
from residentapp.residents.changes.views import check as _check  # noqa: E402, F401
from residentapp.residents.changes.views import entry as _entry  # noqa: E402, F401
from residentapp.residents.changes.views import start as _start  # noqa: E402, F401
