"""Screens of move-in. Addresses name a case by an opaque id and nobody else."""

from __future__ import annotations

from flask import Blueprint

from residentapp.core.access.permissions import Permission
from residentapp.core.web.home import Job, add_to_home
from residentapp.residents.cases.web import own_cases_only
from residentapp.residents.move_in.procedure import MOVE_IN

blueprint = Blueprint(
    "move_in",
    __name__,
    url_prefix="/move-in",
    template_folder="../templates",
    static_folder="../static",
    static_url_path="/static",
)
own_cases_only(blueprint, MOVE_IN)


add_to_home(
    blueprint,
    Job(
        "転入の入力",
        "F4",
        "move_in.start",
        Permission.MOVE_IN_ENTER,
        words=("転入", "てんにゅう", "転入届", "tennyu"),
        hint="転出証明書のCSVから、または手で",
        order=20,
    ),
)

# The views register themselves on the blueprint above.
from residentapp.residents.move_in.views import check as _check  # noqa: E402, F401
from residentapp.residents.move_in.views import entry as _entry  # noqa: E402, F401
from residentapp.residents.move_in.views import lists as _lists  # noqa: E402, F401
