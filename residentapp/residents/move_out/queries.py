"""What the screens of move-outs show, masked for the one who asks (CM-5.1).

Where a protected person goes stays closed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.dates import to_wareki
from residentapp.core.web.marks import Mark
from residentapp.residents import history
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_out.models import MoveInNotice
from residentapp.residents.move_out.notice_entry import open_case_of
from residentapp.residents.move_out.notice_reading import candidates_of_body, may_be_protected
from residentapp.residents.move_out.notices import NOTICES
from residentapp.residents.move_out.papers import Papers
from residentapp.residents.protection import HIDDEN, may_see_whereabouts, standings
from residentapp.residents.records.items import text_of
from residentapp.residents.records.queries import marks_of


@dataclass(frozen=True)
class LeavingLine:
    """One 転出予定者.

    :param destination: hidden words when the actor may not know it.
    """

    number: str
    name: str
    kana: str
    birth: str
    planned_on: str
    destination: str
    exact: bool
    relationship: str
    marks: tuple[Mark, ...]


def leaving_lines(
    session: Session, actor: Actor, people: Sequence[ResidentHistory], *, now: dt.datetime
) -> list[LeavingLine]:
    """転出予定者 for a list."""
    found = standings(session, people, now=now)
    lines = []
    for person in people:
        standing = found.get(person.addressee_number)
        hidden = not may_see_whereabouts(actor, standing)
        planned = person.removal_occurred_on
        destination = person.planned_destination or ""
        lines.append(
            LeavingLine(
                number=person.addressee_number,
                name=person.display_name,
                kana=person.name_kana or "",
                birth=text_of("birth_date", person.birth_date, kind=person.resident_kind),
                planned_on=planned.wareki if planned is not None else "",
                destination=HIDDEN if hidden else destination,
                exact=not hidden,
                relationship=person.relationship_to_head or "",
                marks=marks_of(person, standing),
            )
        )
    return lines


# ---- papers


@dataclass(frozen=True)
class PapersView:
    """The papers of one move-out on the page.

    :param destination: hidden words when the actor may not know it.
    """

    papers: Papers
    names: tuple[str, ...]
    moved_on: str
    destination: str
    exact: bool


def papers_view(session: Session, actor: Actor, papers: Papers, *, now: dt.datetime) -> PapersView:
    """The papers of a move-out, masked."""
    people = [
        latest
        for each in papers.people
        if (latest := history.latest(session, each.addressee_number)) is not None
    ]
    hidden = any(
        not may_see_whereabouts(actor, each) for each in standings(session, people, now=now).values()
    )
    moved = papers.change.moved_on
    destination = papers.people[0].planned_destination or ""
    return PapersView(
        papers=papers,
        names=tuple(each.display_name for each in papers.people),
        moved_on=moved.wareki if moved is not None else "",
        destination=HIDDEN if hidden else destination,
        exact=not hidden,
    )


# ---- notices


@dataclass(frozen=True)
class NoticeView:
    """A 転入通知 on the page, as it came.

    :param address: hidden words when it may be about a protected person whose whereabouts the actor may not know.
    :param case_id: of the case in which it is being entered by hand.
    """

    row: MoveInNotice
    name: str
    birth: str
    sex: str
    address: str
    exact: bool
    moved_in: str
    noticed_on: str
    sender: str
    number: str
    case_id: str


def notice_view(
    session: Session, actor: Actor, keyring: Keyring, row: MoveInNotice, *, now: dt.datetime
) -> NoticeView:
    """A notice, masked: everybody it may be about is asked, not only the one it was found to be about."""
    body = NOTICES.body_of(keyring, row)
    people = {person.addressee_number: person for person in candidates_of_body(session, keyring, body)}
    if row.addressee_number and row.addressee_number not in people:
        known = history.latest(session, row.addressee_number)
        if known is not None:
            people[known.addressee_number] = known
    hidden = any(
        not may_see_whereabouts(actor, standing)
        for standing in standings(session, people.values(), now=now).values()
    )
    if not people and not actor.may(Permission.SUPPRESSED_VIEW):
        hidden = may_be_protected(session, body)
    person = _mapping(body.get("person"))
    header = _mapping(body.get("header"))
    names = (_text(person, "name_alphabet"), _text(person, "name"))
    case = open_case_of(session, row)
    return NoticeView(
        row=row,
        name="　".join(name for name in names if name),
        birth=_date(person, "birth_date"),
        sex=_text(_mapping(person.get("sex")), "label"),
        address=HIDDEN
        if hidden
        else "　".join(part for part in (_text(person, "address"), _text(person, "building")) if part),
        exact=not hidden,
        moved_in=_date(header, "moved_on"),
        noticed_on=_date(header, "noticed_on") or _date(header, "processed_on"),
        # The municipality from which it comes tells where the person is.
        sender="" if hidden else _text(header, "municipality_name"),
        number=row.addressee_number or "",
        case_id=case.id if case is not None else "",
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(part: Mapping[str, Any], name: str) -> str:
    value = part.get(name)
    return value.strip() if isinstance(value, str) else ""


def _date(part: Mapping[str, Any], name: str) -> str:
    value = _mapping(part.get(name))
    if written := _text(value, "text"):
        return written
    try:
        return to_wareki(dt.date.fromisoformat(_text(value, "day")))
    except ValueError:
        return _text(value, "day")
