"""Departments, offices, terminals and printers (RR-1.3.1). Each change goes to the settings log."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.admin.operations import log_setting
from residentapp.admin.types import EntryRefused, PlaceEntry, Problem
from residentapp.core.access import Actor, Permission
from residentapp.core.access.models import Department, Office, OfficeKind, Printer, Terminal

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


def save_place(
    session: Session,
    actor: Actor,
    kind: PlaceKind,
    entry: PlaceEntry,
    *,
    place_id: int | None = None,
    moment: dt.datetime,
) -> Place:
    """Register or change a place. Nothing is deleted, since the logs name it: it is switched off.

    :raises EntryRefused: code malformed, taken or changed; name missing; no such office or printer.
    """
    actor.require(Permission.ADMIN_MASTERS)
    # session.get answers with the common base of the four tables
    place = cast("Place | None", session.get(kind.model, place_id) if place_id is not None else None)
    problems = _problems(session, kind, entry, place)
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
    details = {"コード": place.code, "名称": place.name, "使用": place.active}
    if isinstance(place, Office):
        details["問合せ先"] = place.contact
    if isinstance(place, Terminal | Printer):
        details["場所"] = session.get_one(Office, place.office_id).code
    log_setting(session, actor, moment, f"{kind.label}の{verb}", details)
    return place


def _fill(place: Place, entry: PlaceEntry) -> None:
    place.name = entry.name.strip()
    place.active = entry.active
    if isinstance(place, Office):
        place.kind = OfficeKind(entry.kind).value
        place.contact = entry.contact.strip() or None
    elif isinstance(place, Terminal):
        place.office_id, place.printer_id = entry.office_id, entry.printer_id
    elif isinstance(place, Printer):
        place.office_id, place.trays = entry.office_id, list(entry.trays)


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
