"""Departments, offices, terminals and printers (RR-1.3.1). Each change goes to the settings log."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.admin.masters.changes import changed, lock_masters, refuse_if_changed
from residentapp.admin.masters.wards import ward_problems
from residentapp.admin.operations import log_setting
from residentapp.admin.types import ENDS_BEFORE_IT_BEGINS, EntryRefused, PlaceEntry, Problem
from residentapp.core.access import Actor, Permission
from residentapp.core.access.models import Department, Desk, Office, OfficeKind, Printer, Terminal
from residentapp.core.clock import day_of

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,19}")
_MAX_NAME = 60

Place = Department | Office | Terminal | Printer


@dataclass(frozen=True)
class PlaceKind:
    """One of the four masters.

    :param key: part of the address of its screen.
    """

    key: str
    label: str
    model: type[Department] | type[Office] | type[Terminal] | type[Printer]


KINDS = {
    kind.key: kind
    for kind in (
        PlaceKind("departments", "所属", Department),
        PlaceKind("offices", "場所", Office),
        PlaceKind("terminals", "端末", Terminal),
        PlaceKind("printers", "プリンタ", Printer),
    )
}


def places(session: Session, kind: PlaceKind) -> list[Place]:
    """All rows of a master in the order of their codes."""
    return list(session.scalars(select(kind.model).order_by(kind.model.code)))


def place_facts(place: Place | None) -> dict[str, Any]:
    """Its values under their labels; empty for a new one."""
    if place is None:
        return {}
    facts: dict[str, Any] = {"コード": place.code, "名称": place.name, "使用": place.active}
    if isinstance(place, Office | Department) and place.ward_code:
        facts["区"] = place.ward_code
    if isinstance(place, Office):
        facts["区分"] = OfficeKind(place.kind).label
        facts["問合せ先"] = place.contact
    if isinstance(place, Terminal | Printer):
        facts["場所"] = place.office.code
    if isinstance(place, Terminal):
        facts["プリンタ"] = place.printer.code if place.printer is not None else None
    if isinstance(place, Printer):
        facts["給紙トレイ"] = list(place.trays)
    if isinstance(place, Desk):
        facts |= {
            "開始日": place.valid_from,
            "終了日": place.valid_to,
            "次の名称": place.next_name,
            "次の名称に変える日": place.next_name_from,
        }
    return facts


def save_place(
    session: Session,
    actor: Actor,
    kind: PlaceKind,
    entry: PlaceEntry,
    *,
    place_id: int | None = None,
    seen: str | None = None,
    moment: dt.datetime,
) -> Place:
    """Register or change a place. Nothing is deleted, since the logs name it: its period ends or it is switched off.

    :param seen: of a change on a screen: fingerprint of the values that the form was filled from.
    :raises EntryRefused: code malformed, taken or changed; name missing; no such office or printer; period or planned
        name not in order; somebody else was faster.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    # session.get answers with the common base of the four tables
    place = cast(
        "Place | None",
        session.get(kind.model, place_id, populate_existing=True) if place_id is not None else None,
    )
    before = place_facts(place)
    if seen is not None and place is not None:
        refuse_if_changed(before, seen)
    problems = _problems(session, kind, entry, place) + _desk_problems(kind, entry, place, day_of(moment))
    if place_id is not None and place is None:
        problems = [Problem("", "この登録はありません。一覧を開き直してください。")]
    if problems:
        raise EntryRefused(*problems)
    if place is None:
        place = kind.model(code=entry.code.strip())
        session.add(place)
        verb = "登録"
    else:
        verb = "変更"
    with session.no_autoflush:
        _fill(place, entry)
    session.flush()
    session.refresh(place)
    details = {"コード": place.code, "名称": place.name, "変更": changed(before, place_facts(place))}
    log_setting(session, actor, moment, f"{kind.label}の{verb}", details)
    return place


def _fill(place: Place, entry: PlaceEntry) -> None:
    place.name = entry.name.strip()
    place.active = entry.active
    if isinstance(place, Office | Department) and entry.ward_code is not None:
        place.ward_code = entry.ward_code or None
    if isinstance(place, Office):
        place.kind = OfficeKind(entry.kind).value
        place.contact = entry.contact.strip() or None
    elif isinstance(place, Terminal):
        place.office_id, place.printer_id = entry.office_id, entry.printer_id
    elif isinstance(place, Printer):
        place.office_id, place.trays = entry.office_id, list(entry.trays)
    if isinstance(place, Desk):
        place.valid_from, place.valid_to = entry.validity.first, entry.validity.last
        place.next_name, place.next_name_from = entry.next_name.strip() or None, entry.next_name_from


def _desk_problems(kind: PlaceKind, entry: PlaceEntry, place: Place | None, today: dt.date) -> list[Problem]:
    """What is wrong with the period and the planned name."""
    if kind.model is Department:
        return []
    problems = []
    if not entry.validity.in_order:
        problems.append(ENDS_BEFORE_IT_BEGINS)
    next_name = entry.next_name.strip()
    if len(next_name) > _MAX_NAME:
        problems.append(Problem("next_name", f"次の名称は{_MAX_NAME}文字以内で入力してください。"))
    if next_name and entry.next_name_from is None:
        problems.append(Problem("next_name_from", "次の名称に変える日を入力してください。"))
    elif entry.next_name_from is not None and not next_name:
        problems.append(Problem("next_name", "次の名称を入力するか、変える日を消してください。"))
    elif entry.next_name_from is not None and entry.next_name_from <= today:
        begun = isinstance(place, Desk) and (next_name, entry.next_name_from) == (
            place.next_name,
            place.next_name_from,
        )
        if not begun:
            problems.append(
                Problem(
                    "next_name_from",
                    "変える日は明日以後にしてください。今日から変えるときは、名称を直してください。",
                )
            )
    return problems


def _problems(session: Session, kind: PlaceKind, entry: PlaceEntry, place: Place | None) -> list[Problem]:
    problems = []
    code = entry.code.strip()
    if place is not None and place.code != code:
        problems.append(Problem("code", "コードは変更できません。使わなくして、新しく登録してください。"))
    elif not _CODE.fullmatch(code):
        problems.append(Problem("code", "コードは半角の英数字と _ - の20文字以内で入力してください。"))
    elif place is None and session.scalars(select(kind.model).where(kind.model.code == code)).first():
        problems.append(Problem("code", "このコードは使われています。別のコードにしてください。"))
    if not entry.name.strip() or len(entry.name) > _MAX_NAME:
        problems.append(Problem("name", f"名称を{_MAX_NAME}文字以内で入力してください。"))
    if kind.model is Office and entry.kind not in list(OfficeKind):
        problems.append(Problem("kind", "区分を選んでください。"))
    problems += ward_problems(session, entry.ward_code)
    if kind.model in (Terminal, Printer) and session.get(Office, entry.office_id) is None:
        problems.append(Problem("office_id", "場所を選んでください。"))
    if kind.model is Terminal and entry.printer_id is not None:
        printer = session.get(Printer, entry.printer_id)
        if printer is None or printer.office_id != entry.office_id:
            problems.append(Problem("printer_id", "同じ場所のプリンタを選んでください。"))
    return problems


def ensure_default_places(session: Session) -> Terminal:
    """One department, office, printer and terminal to begin with, when there is no terminal yet.

    :returns: the first terminal in use.
    """
    first = select(Terminal).where(Terminal.active).order_by(Terminal.code).limit(1)
    terminal = session.scalars(first).one_or_none()
    if terminal is not None:
        return terminal
    office = Office(code="01", name="本庁", kind=OfficeKind.MAIN.value)
    printer = Printer(code="0101", name="市民課プリンタ", office=office, trays=["上段", "下段"])
    terminal = Terminal(code="0101", name="市民課1番窓口", office=office, printer=printer)
    session.add(terminal)
    if session.scalars(select(Department).limit(1)).one_or_none() is None:
        session.add(Department(code="01", name="市民課"))
    session.flush()
    return terminal
