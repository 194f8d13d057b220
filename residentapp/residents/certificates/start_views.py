"""Where a request for a certificate begins: at the page of a resident or of a household.

A record in force and a 除票 never stand on one form (RR-5.1e): each has a way of its own, and who is sent the wrong way
is led to the right one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.web.context import actor, afterwards, db, now
from residentapp.core.web.errors import Refusal
from residentapp.core.web.page_state import load_state, save_state
from residentapp.residents import history
from residentapp.residents.certificates import queries
from residentapp.residents.certificates.blueprint import KIND, blueprint
from residentapp.residents.certificates.types import Requester, Style
from residentapp.residents.models import ResidentHistory
from residentapp.residents.records import operations as records
from residentapp.residents.records.types import InquiryRefused
from residentapp.residents.records.views import HOUSEHOLD, RESIDENT
from residentapp.residents.removed_records import reader


@blueprint.get("/certificates/from-resident/<state_id>")
@requires(Permission.CERTIFICATE_ISSUE, Permission.RESIDENT_VIEW)
def start_for_resident(state_id: str) -> BaseResponse:
    """住民票の写し for the resident whose page is open."""
    state = load_state(state_id, kind=RESIDENT)
    person = reader.latest_of(db(), state["number"]) if state else None
    if person is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度検索してください。"))
    if not person.state.is_live:
        flash(_("この人は消除されています。住民票の写しは発行できません。除票の写しの画面です。"), "warning")
        return _start_removed([person], person)
    return _start(person.household_number, [person.addressee_number])


@blueprint.get("/certificates/from-household/<state_id>")
@requires(Permission.CERTIFICATE_ISSUE, Permission.RESIDENT_VIEW)
def start_for_household(state_id: str) -> BaseResponse:
    """住民票の写し for the household whose page is open."""
    state = load_state(state_id, kind=HOUSEHOLD)
    if state is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度検索してください。"))
    return _start(state["number"], [])


@blueprint.get("/certificates/removed/from-resident/<state_id>")
@requires(Permission.CERTIFICATE_ISSUE, Permission.RESIDENT_VIEW)
def start_removed_for_resident(state_id: str) -> BaseResponse:
    """除票の写し for the resident whose page is open: of this stay, or of an earlier one."""
    state = load_state(state_id, kind=RESIDENT)
    person = reader.latest_of(db(), state["number"]) if state else None
    if person is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度検索してください。"))
    return _start_removed([person], person)


@blueprint.get("/certificates/removed/from-household/<state_id>")
@requires(Permission.CERTIFICATE_ISSUE, Permission.RESIDENT_VIEW)
def start_removed_for_household(state_id: str) -> BaseResponse:
    """除票の写し for removed members of the household whose page is open."""
    state = load_state(state_id, kind=HOUSEHOLD)
    if state is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度検索してください。"))
    return _start_removed(_removed_members(state["number"]), None)


def _removed_members(household_number: str) -> list[ResidentHistory]:
    members = history.household_members(db(), household_number, removed=True)
    gone = [member for member in members if not member.state.is_live]
    return [*gone, *reader.archived_members(db(), household_number)]


def _start_removed(people: list[ResidentHistory], chosen: ResidentHistory | None) -> BaseResponse:
    """The screen of the 除票の写し.

    :param chosen: whose latest 除票 is ticked beforehand; of a household nobody's.
    """
    _require_open(people, [])
    numbers = [person.addressee_number for person in people]
    choices = queries.removed_choices(db(), numbers, now=now())
    if not choices:
        raise Refusal(
            _("除票がありません。"), _("今の住民票が必要なときは、住民票の写しを発行してください。")
        )
    ticked = [choices[0].key] if chosen is not None or len(choices) == 1 else []
    first = choices[0]
    fields = {
        "subjects": ticked,
        "style": Style.REMOVED.value,
        "requester": (Requester.THIRD_PARTY if ticked and first.dead else Requester.SELF).value,
        "blank_destination": bool(ticked) and first.adopted,
    }
    value = {
        "household_number": people[0].household_number,
        "removed": True,
        "people": numbers,
        "members": [choice.key for choice in choices],
        "versions": {choice.key.partition(":")[0]: choice.version for choice in choices},
        "form": fields,
    }
    return redirect(url_for("certificates.enter", state_id=save_state(value, kind=KIND)))


def _start(household_number: str, chosen: list[str]) -> BaseResponse:
    members = history.household_members(db(), household_number)
    if not members:
        flash(
            _("この世帯には、今住民がいません。住民票の写しは発行できません。除票の写しの画面です。"),
            "warning",
        )
        return _start_removed(_removed_members(household_number), None)
    _require_open(members, chosen)
    fields: dict[str, Any] = {"subjects": chosen or [member.addressee_number for member in members]}
    if len(fields["subjects"]) < len(members):
        fields["style"] = Style.INDIVIDUAL.value
    value = {
        "household_number": household_number,
        "members": [member.addressee_number for member in members],
        "versions": {member.addressee_number: member.history_number for member in members},
        "form": fields,
    }
    return redirect(url_for("certificates.enter", state_id=save_state(value, kind=KIND)))


def _require_open(members: Sequence[ResidentHistory], chosen: list[str]) -> None:
    """This screen shows the household, so that it is closed to whoever may not look at these people."""
    asked = [member for member in members if member.addressee_number in chosen] or list(members)
    try:
        records.require_open_to_inquiry(db(), actor(), asked, now=now())
    except InquiryRefused as error:
        who, moment, reason = actor(), now(), str(error)
        numbers = [person.addressee_number for person in asked]

        def log(session: Session) -> None:
            for number in numbers:
                records.log_refusal(session, who, number, now=moment, reason=reason)

        afterwards(log)
        raise Refusal(reason, _("支援措置責任者に相談してください。"), status=403) from error
