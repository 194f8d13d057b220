"""The blueprint of certificates; ``views``, ``start_views`` and ``history_views`` put their screens on it."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint

from residentapp.core import audit
from residentapp.core.access.permissions import Permission
from residentapp.core.web.context import actor, db, now
from residentapp.core.web.home import Job, add_to_home

blueprint = Blueprint("certificates", __name__, template_folder="templates")
add_to_home(
    blueprint,
    Job(
        "交付履歴",
        "F6",
        "certificates.show_history",
        Permission.ISSUE_HISTORY_VIEW,
        words=("こうふりれき", "発行履歴"),
        hint="発行した証明書と、再交付・廃棄",
        order=60,
    ),
)

#: Kind of the page state of a request for a certificate.
KIND = "certificate"


def log_shown(action: str, numbers: Iterable[str], *, screen: str) -> None:
    """Log that a page showed these people.

    :param numbers: 宛名番号.
    """
    audit.record(
        db(), actor(), moment=now(), log=audit.Log.OPERATION, action=action,
        subjects=sorted(numbers), screen=screen,
    )  # fmt: skip
