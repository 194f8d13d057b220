"""Screens of move-outs. Addresses name a case or a letter by an opaque id, and nobody else."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.web.context import now, today
from residentapp.core.web.home import HomeList, add_to_home
from residentapp.residents.move_out.closing import count_due
from residentapp.residents.move_out.missing import count_missing
from residentapp.residents.move_out.notices import NOTICES
from residentapp.residents.move_out.papers import waiting_papers
from residentapp.residents.move_out.types import NoticeState

blueprint = Blueprint("move_out", __name__, url_prefix="/move-out", template_folder="../templates")


def _due(session: Session, _actor: Actor) -> int:
    return count_due(session, today())


def _papers(session: Session, _actor: Actor) -> int:
    return len(waiting_papers(session))


def _problems(session: Session, _actor: Actor) -> int:
    return NOTICES.count_open(session, NoticeState.PROBLEM)


def _missing(session: Session, _actor: Actor) -> int:
    return count_missing(session, now=now())


add_to_home(
    blueprint,
    HomeList(
        "転出予定日を迎えた人",
        _due,
        "move_out.due",
        Permission.CHANGE_ENTER,
        hint="夜間の処理で消除されます。残っているときは、ここで処理します",
        order=40,
    ),
    HomeList(
        "転出証明書の交付待ち",
        _papers,
        "move_out.waiting",
        Permission.CERTIFICATE_ISSUE,
        hint="本登録した転出で、まだ証明書を発行していないもの",
        order=41,
    ),
    HomeList(
        "取り込めない転入通知",
        _problems,
        "move_out.notices_page",
        Permission.EX_OFFICIO_ENTER,
        hint="理由を確かめ、取り込み直すか、手で入力します",
        order=42,
    ),
    HomeList(
        "転入通知の未着（30日以上）",
        _missing,
        "move_out.missing_page",
        Permission.EX_OFFICIO_ENTER,
        hint="転出先の市区町村に照会します",
        order=43,
    ),
)

# The views register themselves on the blueprint.
from residentapp.residents.move_out.views import due as _due_views  # noqa: E402, F401
from residentapp.residents.move_out.views import missing as _missing_views  # noqa: E402, F401
from residentapp.residents.move_out.views import notices as _notice_views  # noqa: E402, F401
from residentapp.residents.move_out.views import papers as _paper_views  # noqa: E402, F401
