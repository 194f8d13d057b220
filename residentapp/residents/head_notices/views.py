"""Screens of the notices to households that their head has left. Addresses name nobody."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from residentapp.core.access import Permission, requires_one_of
from residentapp.core.access.actor import Actor
from residentapp.core.masters.queries import MasterMissing
from residentapp.core.web.context import actor, db, now, services
from residentapp.core.web.errors import Refusal
from residentapp.core.web.home import HomeList, add_to_home
from residentapp.core.web.input_check import number_of
from residentapp.core.web.page_state import load_state, save_state
from residentapp.residents.ex_officio.printing import PrintRefused
from residentapp.residents.ex_officio.views import pdf_answer
from residentapp.residents.head_notices import operations, queries
from residentapp.residents.head_notices.documents import lost_on
from residentapp.residents.head_notices.operations import READERS, Printed
from residentapp.residents.protection import HIDDEN
from residentapp.residents.records.views import HOUSEHOLD

blueprint = Blueprint("head_notices", __name__, url_prefix="/head-notices", template_folder="templates")


def _readers() -> tuple[Permission, ...]:
    return READERS


def _may(who: Actor) -> bool:
    return any(who.may(right) for right in READERS)


def _waiting(session: Session, _actor: Actor) -> int:
    return queries.count_waiting(session)


add_to_home(
    blueprint,
    HomeList(
        "世帯主がいない世帯（依頼通知書が未出力）",
        _waiting,
        "head_notices.waiting",
        _may,
        hint="世帯主変更依頼通知書を印刷し、届出を促します",
        order=44,
    ),
)


@blueprint.get("")
@requires_one_of(_readers)
def waiting() -> str:
    """世帯主がいない世帯: who has not been asked stands first."""
    found = operations.open_waiting(db(), actor(), now=now())
    lines = [
        {
            "found": one,
            "due": one.due,
            "lost_on": lost_on(one.due),
            "address": HIDDEN if one.hidden else _address(one),
            "url": url_for(
                "head_notices.of_household", state_id=save_state({"number": one.number}, kind=HOUSEHOLD)
            ),
        }
        for one in found
        if one.due is not None
    ]
    return render_template("head_notices/waiting.html", lines=lines, cut=len(found) == queries.LONGEST_LIST)


def _address(found: queries.HouseholdNotices) -> str:
    row = found.members[0]
    return "　".join(part for part in (row.address, row.building) if part)


@blueprint.get("/case/<case_id>")
@requires_one_of(_readers)
def of_case(case_id: str) -> str:
    """The households of a case with their notices."""
    numbers = queries.households_of_case(db(), case_id)
    if not numbers:
        raise Refusal(
            _("この異動は、まだ本登録されていません。"), _("一覧から状態を確かめてください。"), status=404
        )
    found = operations.open_households(db(), actor(), numbers, now=now())
    return _page([one for one in found if one.due is not None or one.made])


@blueprint.get("/household/<state_id>")
@requires_one_of(_readers)
def of_household(state_id: str) -> str:
    """One household with its notices, on later days too."""
    state = load_state(state_id, kind=HOUSEHOLD)
    if state is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度検索してください。"))
    return _page(operations.open_households(db(), actor(), [state["number"]], now=now()))


def _page(found: Sequence[queries.HouseholdNotices]) -> str:
    return render_template(
        "head_notices/households.html",
        households=found,
        lost_on={one.number: lost_on(one.due) for one in found if one.due is not None},
    )


@blueprint.post("/print")
@requires_one_of(_readers)
def print_due() -> Response:
    """The notice that is due to a household."""
    number = request.form.get("household_number", "").strip()
    change = number_of(request.form.get("change", ""))
    if not number or change is None:
        abort(400, description=_("通知書を出す世帯を選んでください。"))
    try:
        printed = operations.print_due(
            db(), actor(), services().keyring, number, change, services().fonts, now=now()
        )
    except PrintRefused as error:
        raise Refusal(str(error), error.to_do, status=403) from error
    except MasterMissing as error:
        raise Refusal(str(error), _("システム管理者に連絡してください。")) from error
    return _answer(printed)


@blueprint.post("/print-again")
@requires_one_of(_readers)
def print_again() -> Response:
    """A letter as it was made."""
    notice_id = request.form.get("notice", "")[:32]
    try:
        printed = operations.print_again(
            db(), actor(), services().keyring, notice_id, services().fonts, now=now()
        )
    except PrintRefused as error:
        raise Refusal(str(error), error.to_do, status=403) from error
    return _answer(printed)


def _answer(printed: Printed) -> Response:
    return pdf_answer(printed.drawn, printed.notice.kind.form.replace("_", "-"))


@blueprint.post("/list")
@requires_one_of(_readers)
def print_list() -> Response:
    """対象者リスト."""
    drawn = operations.print_list(db(), actor(), services().fonts, now=now())
    return pdf_answer(drawn, "headless-household-list")
