"""Screens of cases of every procedure: the work lists, and final registration of many at once (RR-4.0.8c)."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.web.home import HomeList, Job, add_to_home
from residentapp.residents.cases import queries
from residentapp.residents.cases.procedure import approve_permissions, enter_permissions
from residentapp.residents.cases.types import CaseState

blueprint = Blueprint(
    "cases",
    __name__,
    url_prefix="/cases",
    template_folder="../templates",
    static_folder="../static",
    static_url_path="/static",
)


def may_enter(actor: Actor) -> bool:
    """Whether the actor may enter any kind of change."""
    return any(actor.may(permission) for permission in enter_permissions())


def may_approve(actor: Actor) -> bool:
    """Whether the actor may approve any kind of change."""
    return any(actor.may(permission) for permission in approve_permissions())


def _waiting(session: Session, actor: Actor) -> int:
    return queries.count_cases(session, actor, [CaseState.PROVISIONAL], approvable=True)


def _returned(session: Session, actor: Actor) -> int:
    return queries.count_cases(session, actor, [CaseState.RETURNED], own=True)


def _drafts(session: Session, actor: Actor) -> int:
    return queries.count_cases(session, actor, [CaseState.DRAFT], own=True)


add_to_home(
    blueprint,
    HomeList(
        "承認待ちの仮登録",
        _waiting,
        "cases.waiting",
        may_approve,
        hint="入力と書類を比べて決裁します",
        order=10,
    ),
    HomeList(
        "差し戻された入力",
        _returned,
        "cases.returned",
        may_enter,
        hint="理由を読んで直し、もう一度仮登録します",
        order=20,
    ),
    HomeList("作成中の入力", _drafts, "cases.drafts", may_enter, hint="続きから入力できます", order=30),
    Job(
        "仮登録の審査",
        "F7",
        "cases.waiting",
        may_approve,
        words=("審査", "しんさ", "決裁", "けっさい", "承認", "しょうにん", "本登録", "ほんとうろく"),
        hint="仮登録を確かめて本登録します",
        order=30,
    ),
)

# The views register themselves on the blueprint above.
from residentapp.residents.cases.views import batch as _batch  # noqa: E402, F401
from residentapp.residents.cases.views import lists as _lists  # noqa: E402, F401
