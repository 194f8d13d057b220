"""Screens of one resident (住民) and one household (世帯). Whom they show is never in the address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.dates import DateError, DateField, parse_date
from residentapp.core.web.context import actor, db, now, services, today
from residentapp.core.web.page_state import save_state
from residentapp.residents.records import history_views, operations, queries
from residentapp.residents.records.blueprint import HOUSEHOLD, RESIDENT, blueprint, state_of, told
from residentapp.residents.records.types import InquiryRefused, Member, NotFound, ResidentPage

__all__ = ["HOUSEHOLD", "RESIDENT", "blueprint", "household_url", "resident_url"]

#: Screens of the same blueprint that lie elsewhere; imported so that they are there with it.
SCREENS = (history_views,)


def resident_url(addressee_number: str, *, as_of: dt.date | None = None) -> str:
    """Address under which this user can open this resident; it names nobody."""
    value = {"number": addressee_number, "as_of": as_of.isoformat() if as_of else ""}
    return url_for("records.resident", state_id=save_state(value, kind=RESIDENT))


def household_url(household_number: str) -> str:
    """Address under which this user can open this household; it names nobody."""
    return url_for("records.household", state_id=save_state({"number": household_number}, kind=HOUSEHOLD))


@blueprint.post("/residents/open")
@requires(Permission.RESIDENT_VIEW)
def open_resident() -> Response:
    """Open the resident whose 宛名番号 was sent in the body."""
    return redirect(resident_url(request.form.get("addressee_number", "").strip()))


@blueprint.post("/households/open")
@requires(Permission.RESIDENT_VIEW)
def open_household() -> Response:
    """Open the household of the 世帯番号, or of the person whose 宛名番号, was sent in the body."""
    number = request.form.get("household_number", "").strip()
    person = request.form.get("addressee_number", "").strip()
    if not number:
        try:
            number = queries.resolve_household(db(), person)
        except NotFound as error:
            return told(error, person)
    return redirect(household_url(number))


@blueprint.get("/residents/<state_id>")
@requires(Permission.RESIDENT_VIEW)
def resident(state_id: str) -> str | Response:
    """住民: strip, items, household, remarks, history; now or as at a day."""
    state = state_of(state_id, RESIDENT)
    as_of = dt.date.fromisoformat(state["as_of"]) if state["as_of"] else None
    try:
        page = operations.open_resident(db(), actor(), state["number"], now=now(), as_of=as_of)
    except (NotFound, InquiryRefused) as error:
        if as_of is not None and isinstance(error, NotFound):
            flash(str(error), "warning")
            return redirect(resident_url(state["number"]))
        return told(error, state["number"])
    return _resident_page(page, state, state_id)


def _resident_page(
    page: ResidentPage, state: dict[str, Any], state_id: str, numbers: dict[str, str] | None = None
) -> str:
    return render_template(
        "records/resident.html",
        page=page,
        person=page.person,
        members=_listed(page.household, state, state_id, RESIDENT),
        state_id=state_id,
        numbers=numbers,
    )


@blueprint.post("/residents/<state_id>/as-of")
@requires(Permission.RESIDENT_VIEW)
def show_as_of(state_id: str) -> Response:
    """Show what the register said at the end of the day sent; empty for now."""
    state = state_of(state_id, RESIDENT)
    text = request.form.get("as_of", "").strip()
    if not text:
        return redirect(resident_url(state["number"]))
    try:
        day = parse_date(text, DateField.OTHER).exact
    except DateError as error:
        flash(error.message, "error")
        return redirect(url_for("records.resident", state_id=state_id))
    if day is None or day > today():
        flash(_("今日までの日付を入力してください。"), "error")
        return redirect(url_for("records.resident", state_id=state_id))
    return redirect(resident_url(state["number"], as_of=day))


@blueprint.post("/residents/<state_id>/numbers")
@requires(Permission.RESIDENT_VIEW)
def show_numbers(state_id: str) -> str | Response:
    """The resident's page with 個人番号 and 住民票コード shown once; a reload hides them again."""
    state = state_of(state_id, RESIDENT)
    try:
        page = operations.open_resident(db(), actor(), state["number"], now=now())
        numbers = operations.reveal_numbers(db(), actor(), services().keyring, state["number"], now=now())
    except (NotFound, InquiryRefused) as error:
        return told(error, state["number"])
    return _resident_page(page, state, state_id, numbers)


@blueprint.get("/residents/<state_id>/members/<int:place>")
@requires(Permission.RESIDENT_VIEW)
def member_of_resident(state_id: str, place: int) -> Response:
    """Open another member of the same household, by the place in the list shown."""
    return _open_member(state_of(state_id, RESIDENT), place)


@blueprint.get("/residents/<state_id>/household")
@requires(Permission.RESIDENT_VIEW)
def household_of_resident(state_id: str) -> Response:
    """From a resident to the household."""
    number = state_of(state_id, RESIDENT)["number"]
    try:
        return redirect(household_url(queries.resolve_household(db(), number)))
    except NotFound as error:
        return told(error, number)


@blueprint.get("/households/<state_id>")
@requires(Permission.RESIDENT_VIEW)
def household(state_id: str) -> str | Response:
    """世帯: address, head, members in their order, removed members greyed."""
    state = state_of(state_id, HOUSEHOLD)
    try:
        page = operations.open_household(db(), actor(), state["number"], now=now())
    except (NotFound, InquiryRefused) as error:
        return told(error, "")
    rows = _listed((*page.members, *page.removed), state, state_id, HOUSEHOLD)
    return render_template(
        "records/household.html",
        page=page,
        members=rows[: len(page.members)],
        removed=rows[len(page.members) :],
        state_id=state_id,
    )


@blueprint.get("/households/<state_id>/members/<int:place>")
@requires(Permission.RESIDENT_VIEW)
def member_of_household(state_id: str, place: int) -> Response:
    """Open a member of a household, by the place in the list shown."""
    return _open_member(state_of(state_id, HOUSEHOLD), place)


def _listed(
    members: Sequence[Member], state: dict[str, Any], state_id: str, kind: str
) -> list[dict[str, object]]:
    """Lines of a member table. Who stands at which place is kept, so that a line opens the person it shows.

    Were the place looked up again when it is chosen, a change in between would open somebody else.
    """
    numbers = [member.person.addressee_number for member in members]
    save_state({**state, "members": numbers}, kind=kind, state_id=state_id)
    endpoint = "records.member_of_resident" if kind == RESIDENT else "records.member_of_household"
    return [_row(member, state_id, place, endpoint) for place, member in enumerate(members)]


def _open_member(state: dict[str, Any], place: int) -> Response:
    members = state.get("members", [])
    if not 0 <= place < len(members):
        abort(404, description=_("世帯員の一覧が古くなっています。もう一度世帯を開いてください。"))
    return redirect(resident_url(members[place]))


def _row(member: Member, state_id: str, place: int, endpoint: str) -> dict[str, object]:
    person = member.person
    return {
        "relationship": member.relationship,
        "name": person.name,
        "alias": person.alias,
        "kana": person.kana,
        "birth": person.birth,
        "age": person.age,
        "sex": person.sex,
        "state": person.state,
        "since": member.since,
        "marks": person.marks,
        "removed": not person.is_live,
        "number": person.addressee_number,
        "kind": person.kind.label,
        "url": url_for(endpoint, state_id=state_id, place=place),
    }
