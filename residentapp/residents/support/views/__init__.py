"""Screens of 支援措置 and 抑止; the modules of this package add theirs to the blueprint.

Every screen that tells of a measure demands both rights, to manage measures and to know where the protected live.
The screens of suppressions are open to more people and show nobody's address.
"""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.web.context import now, today
from residentapp.core.web.home import HomeList, Job, add_to_home
from residentapp.residents.support import queries, reviews
from residentapp.residents.support.suppressions import IN_CHARGE
from residentapp.residents.support.types import Phase

blueprint = Blueprint("support", __name__, template_folder="../templates")


def _count(phase: Phase, session: Session, actor: Actor) -> int:
    return queries.count_phase(session, phase, today=today()) if actor.may(*IN_CHARGE) else 0


def count_ending(session: Session, actor: Actor) -> int:
    """Measures whose term ends within a month."""
    return _count(Phase.ENDING, session, actor)


def count_passed(session: Session, actor: Actor) -> int:
    """Measures whose term is over and that nobody has extended or ended."""
    return _count(Phase.PASSED, session, actor)


def count_reviews(session: Session, actor: Actor) -> int:
    """Certificate requests that wait for the officer in charge."""
    return reviews.count_waiting(session, now=now()) if actor.may(*IN_CHARGE) else 0


def count_answered(session: Session, actor: Actor) -> int:
    """The clerk's own requests that were decided."""
    return reviews.count_answered(session, actor, now=now())


add_to_home(
    blueprint,
    HomeList(
        "責任者の確認を待つ証明書",
        count_reviews,
        "support.list_reviews",
        Permission.SUPPORT_MANAGE,
        hint="窓口で請求者が待っています。",
        order=40,
    ),
    HomeList(
        "責任者に確認を依頼した請求",
        count_answered,
        "support.own_reviews",
        lambda actor: any(actor.may(right) for right in reviews.ASKERS),
        hint="数は、確認が済んだもの。証明書の発行に進めます",
        order=39,
    ),
    HomeList(
        "期間の終わる支援措置",
        count_ending,
        "support.list_ending",
        Permission.SUPPORT_MANAGE,
        hint="1か月以内に終わります。期間終了通知を出し、延長の申出を受け付けます。",
        order=50,
    ),
    HomeList(
        "延長されずに期間の過ぎた支援措置",
        count_passed,
        "support.list_passed",
        Permission.SUPPORT_MANAGE,
        hint="抑止は続いています。延長するか、終了してください。",
        order=51,
    ),
    Job(
        "支援措置",
        "Alt+Y",
        "support.list_measures",
        Permission.SUPPORT_MANAGE,
        words=("しえんそち", "支援", "支援措置"),
        hint="支援措置の一覧",
        order=70,
    ),
    Job(
        "抑止対象者一覧",
        "Alt+J",
        "support.list_suppressed",
        Permission.SUPPRESSED_VIEW,
        words=("よくしたいしょうしゃ", "抑止", "抑止対象者"),
        hint="画面・CSV・PDF",
        order=72,
    ),
    Job(
        "番号から抑止を開く",
        "Alt+N",
        "support.find",
        Permission.SUPPRESSION_LIFT,
        words=("一時解除", "いちじかいじょ"),
        hint="照会が抑止されている人の一時解除",
        order=74,
    ),
)

# Each adds its screens to the blueprint.
from residentapp.residents.support.views import decisions, lists, measures, people, subjects  # noqa: E402

__all__ = ["blueprint", "decisions", "lists", "measures", "people", "subjects"]
