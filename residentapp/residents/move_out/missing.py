"""転入通知未着者一覧 and 転入通知未着照会書 (RR-4.1.3.1.4): who left for another municipality and was never heard of.

The list is masked for the one who asks: where a protected person went is neither shown nor written (CM-5.1), and a
letter about them is made only by who may know.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import JST, day_of
from residentapp.core.crypto import Keyring
from residentapp.core.dates import to_wareki
from residentapp.core.documents import Fonts, RenderedForm, load_template, render_form
from residentapp.core.masters.queries import certifier_on, own_municipality
from residentapp.core.web.marks import Mark
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_out.models import MoveInInquiry, MoveInInquirySubject
from residentapp.residents.move_out.places import municipality_of
from residentapp.residents.protection import HIDDEN, may_see_whereabouts, standings
from residentapp.residents.records.items import text_of
from residentapp.residents.records.queries import marks_of
from residentapp.residents.search.models import SearchPerson
from residentapp.residents.types import ChangeReason

SCREEN = "転入通知未着者一覧"
LETTER, LIST = "move_in_inquiry", "move_in_missing_list"
#: Days after which a notice is missed, when nothing else is asked for.
USUAL_DAYS = 30
#: Lines of a page on the screen.
PAGE_SIZE = 100
#: Most lines of a list on paper or in a file.
LARGEST_LIST = 5_000

UNKNOWN_PLACE = "（市区町村が分かりません）"


@dataclass(frozen=True)
class MissingFilter:
    """Which people are listed.

    :param days: at least so many days since 消除. :param since: removed on this day or later.
    :param ex_officio: also those removed ex officio, for whom no letter is made.
    """

    days: int = USUAL_DAYS
    since: dt.date | None = None
    ex_officio: bool = False


@dataclass(frozen=True)
class MissingLine:
    """One person of the list, masked.

    :param place: the municipality of the destination, empty when hidden or unknown.
    :param askable: a letter can be made: removed by 国内転出, the municipality is known, and the actor may know it.
    """

    number: str
    history_number: int
    name: str
    kana: str
    birth: str
    sex: str
    marks: tuple[Mark, ...]
    removed_on: str
    reason: str
    destination: str
    hidden: bool
    place: str
    asked_on: str
    askable: bool


@dataclass(frozen=True)
class MissingPage:
    """A part of the list."""

    lines: tuple[MissingLine, ...]
    total: int
    page: int = 1

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


def _query(wanted: MissingFilter, today: dt.date) -> Select[*tuple[Any, ...]]:
    reasons = [ChangeReason.MOVE_OUT_DOMESTIC]
    if wanted.ex_officio:
        reasons.append(ChangeReason.REMOVE_EX_OFFICIO)
    query = (
        select(ResidentHistory, SearchPerson.removal_reason)
        .join(SearchPerson, SearchPerson.addressee_number == ResidentHistory.addressee_number)
        .where(
            ResidentHistory.is_latest,
            ResidentHistory.removed_on.is_not(None),
            ResidentHistory.move_in_notice_on.is_(None),
            ResidentHistory.removed_on <= today - dt.timedelta(days=wanted.days),
            SearchPerson.live.is_(False),
            SearchPerson.removal_reason.in_(reasons),
        )
    )
    return query if wanted.since is None else query.where(ResidentHistory.removed_on >= wanted.since)


def missing_page(
    session: Session, actor: Actor, wanted: MissingFilter, *, now: dt.datetime, page: int = 1
) -> MissingPage:
    """One page of the list, the oldest removals first. The look is logged."""
    today = day_of(now)
    query = _query(wanted, today)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(_ordered(query).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all()
    lines = _lines(session, actor, [(row[0], row[1]) for row in rows], now=now)
    _log(session, actor, "転入通知未着者一覧の照会", lines, wanted, now=now)
    return MissingPage(tuple(lines), total, page)


def missing_lines(
    session: Session, actor: Actor, wanted: MissingFilter, *, now: dt.datetime, what: str
) -> list[MissingLine]:
    """The whole list for paper or a file, at most :data:`LARGEST_LIST` lines; logged as an output.

    :param what: how it leaves, for the log.
    """
    rows = session.execute(_ordered(_query(wanted, day_of(now))).limit(LARGEST_LIST)).all()
    lines = _lines(session, actor, [(row[0], row[1]) for row in rows], now=now)
    _log(session, actor, what, lines, wanted, now=now, log=audit.Log.PRINT)
    return lines


def count_missing(session: Session, *, now: dt.datetime) -> int:
    """How many notices are missed by the usual days."""
    query = _query(MissingFilter(), day_of(now)).subquery()
    return session.scalar(select(func.count()).select_from(query)) or 0


def _ordered(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.order_by(ResidentHistory.removed_on, ResidentHistory.addressee_number)


def _lines(
    session: Session, actor: Actor, rows: Sequence[tuple[ResidentHistory, Any]], *, now: dt.datetime
) -> list[MissingLine]:
    people = [person for person, _reason in rows]
    found = standings(session, people, now=now)
    asked = _last_asked(session, [person.addressee_number for person in people])
    places: dict[tuple[str, str], str] = {}
    lines = []
    for person, reason in rows:
        standing = found.get(person.addressee_number)
        hidden = not may_see_whereabouts(actor, standing)
        destination = person.planned_destination or ""
        key = (destination, person.planned_destination_code or "")
        if not hidden and destination and key not in places:
            municipality = municipality_of(session, *key)
            places[key] = municipality.name if municipality is not None else ""
        place = "" if hidden else places.get(key, "")
        by_move_out = ChangeReason(reason) is ChangeReason.MOVE_OUT_DOMESTIC
        lines.append(
            MissingLine(
                number=person.addressee_number,
                history_number=person.history_number,
                name=person.display_name,
                kana=person.name_kana or "",
                birth=text_of("birth_date", person.birth_date, kind=person.resident_kind),
                sex=person.sex.label,
                marks=marks_of(person, standing),
                removed_on=to_wareki(person.removed_on) if person.removed_on is not None else "",
                reason=ChangeReason(reason).label,
                destination=(HIDDEN if hidden else destination) if destination else "",
                hidden=hidden,
                place=place,
                asked_on=to_wareki(asked[person.addressee_number])
                if person.addressee_number in asked
                else "",
                askable=by_move_out and bool(place),
            )
        )
    return lines


def _last_asked(session: Session, numbers: Collection[str]) -> Mapping[str, dt.date]:
    query = (
        select(MoveInInquirySubject.addressee_number, func.max(MoveInInquiry.made_on))
        .join(MoveInInquiry, MoveInInquiry.id == MoveInInquirySubject.inquiry_id)
        .where(MoveInInquirySubject.addressee_number.in_(numbers))
        .group_by(MoveInInquirySubject.addressee_number)
    )
    return {number: day for number, day in session.execute(query)}


def _log(
    session: Session,
    actor: Actor,
    action: str,
    lines: Sequence[MissingLine],
    wanted: MissingFilter,
    *,
    now: dt.datetime,
    log: audit.Log = audit.Log.OPERATION,
) -> None:
    conditions: dict[str, Any] = {"経過日数": wanted.days, "職権消除を含む": wanted.ex_officio}
    if wanted.since is not None:
        conditions["消除日（から）"] = wanted.since
    audit.record(
        session,
        actor,
        moment=now,
        log=log,
        action=action,
        subjects=[line.number for line in lines],
        details={"条件": conditions, "件数": len(lines)},
        screen=SCREEN,
    )


# ---- the list on paper


def list_data(
    session: Session, lines: Sequence[MissingLine], wanted: MissingFilter, *, now: dt.datetime
) -> dict[str, Any]:
    """The data of the list's form."""
    own = own_municipality(session)
    today = day_of(now)
    kinds = "国内転出・職権消除" if wanted.ex_officio else "国内転出"
    asked = f"消除から{wanted.days}日以上　{kinds}"
    if wanted.since is not None:
        asked += f"　{to_wareki(wanted.since)}以後の消除"
    return {
        "municipality": own.prefecture + own.name,
        "made_on": to_wareki(today),
        "conditions": asked,
        "count": f"{len(lines):,}人",
        "people": [
            {
                "number": line.number,
                "name": [line.name, line.kana],
                "birth": line.birth,
                "removed_on": [line.removed_on, line.reason],
                "destination": line.destination,
                "asked_on": line.asked_on,
            }
            for line in lines
        ],
    }


def render_list(
    session: Session, lines: Sequence[MissingLine], wanted: MissingFilter, fonts: Fonts, *, now: dt.datetime
) -> RenderedForm:
    """転入通知未着者一覧 as PDF."""
    return render_form(
        load_template(LIST), list_data(session, lines, wanted, now=now), fonts=fonts, moment=now
    )


# ---- letters


class NothingToAsk(Exception):
    """No letter can be made for what was chosen. The text may be shown."""


class LetterNotFound(Exception):
    """There is no such letter, or the actor may not see it."""


@dataclass(frozen=True)
class Made:
    """What came of making letters.

    :param left_out: names of the chosen for whom none could be made.
    """

    letters: tuple[MoveInInquiry, ...]
    left_out: tuple[str, ...] = field(default_factory=tuple)


def make_letters(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    numbers: Collection[str],
    fonts: Fonts,
    *,
    now: dt.datetime,
) -> Made:
    """転入通知未着照会書, one for each municipality, kept to be printed again.

    :raises NothingToAsk: when no letter can be made for anybody.
    :raises MasterMissing: when nobody is registered who signs.
    """
    actor.require(Permission.EX_OFFICIO_ENTER)
    wanted = MissingFilter(days=0, ex_officio=True)
    query = _query(wanted, day_of(now)).where(ResidentHistory.addressee_number.in_(numbers))
    rows = [(row[0], row[1]) for row in session.execute(_ordered(query))]
    lines = {line.number: line for line in _lines(session, actor, rows, now=now)}
    by_place: dict[str, list[ResidentHistory]] = {}
    left_out = []
    for person, _reason in rows:
        line = lines[person.addressee_number]
        if line.askable:
            by_place.setdefault(line.place, []).append(person)
        else:
            left_out.append(line.name)
    if not by_place:
        raise NothingToAsk(
            "照会書を作れる人がいません。国内転出で、転出先の市区町村が分かる人を選んでください。"
        )
    letters = [
        _make(session, actor, keyring, place, people, fonts, now=now)
        for place, people in sorted(by_place.items())
    ]
    return Made(tuple(letters), tuple(left_out))


def _make(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    place: str,
    people: Sequence[ResidentHistory],
    fonts: Fonts,
    *,
    now: dt.datetime,
) -> MoveInInquiry:
    data = letter_data(session, place, people, now=now)
    drawn = render_form(load_template(LETTER), data, fonts=fonts, moment=now)
    letter_id = secrets.token_hex(16)
    letter = MoveInInquiry(
        id=letter_id,
        made_at=now,
        made_on=day_of(now),
        made_by=actor.login,
        municipality=place,
        pages=drawn.pages,
        data_cipher=keyring.encrypt(json.dumps(data, ensure_ascii=False), context=_context(letter_id)),
        subjects=[MoveInInquirySubject(addressee_number=person.addressee_number) for person in people],
    )
    session.add(letter)
    session.flush()
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.PRINT,
        action="転入通知未着照会書の作成",
        subjects=[person.addressee_number for person in people],
        details={"照会書": letter_id, "人数": len(people), "ページ数": drawn.pages},
        screen=SCREEN,
    )
    return letter


def _context(letter_id: str) -> str:
    return f"move_in_inquiry:{letter_id}"


def letter_data(
    session: Session, place: str, people: Sequence[ResidentHistory], *, now: dt.datetime
) -> dict[str, Any]:
    """The data of the letter to a municipality."""
    own = own_municipality(session)
    certifier = certifier_on(session, day_of(now))
    return {
        "to": f"{place}長　様",
        "date": to_wareki(day_of(now)),
        "prefecture": own.prefecture,
        "office_title": certifier.title,
        "name": certifier.name,
        "people": [
            {
                "name": [person.display_name, person.name_kana or ""],
                "birth": [
                    text_of("birth_date", person.birth_date, kind=person.resident_kind),
                    person.sex.label,
                ],
                "before": _lines_of(person.address, person.building),
                "destination": person.planned_destination or "",
                "planned_on": person.removal_occurred_on.wareki if person.removal_occurred_on else "",
            }
            for person in people
        ],
    }


def _lines_of(address: str, building: str | None) -> str:
    return f"{address}　{building}" if building else address


def render_letter(
    session: Session, actor: Actor, keyring: Keyring, letter_id: str, fonts: Fonts, *, now: dt.datetime
) -> tuple[MoveInInquiry, bytes]:
    """A letter again, as it was made. The output is logged.

    :raises LetterNotFound: no such letter, or somebody on it is protected now and the actor may not know where they
        went.
    """
    letter = session.get(MoveInInquiry, letter_id)
    if letter is None or not _may_see(session, actor, letter, now=now):
        raise LetterNotFound("この照会書は見つかりません。一覧を開き直してください。")
    data = json.loads(keyring.decrypt_text(letter.data_cipher, context=_context(letter.id)))
    drawn = render_form(load_template(LETTER), data, fonts=fonts, moment=letter.made_at.astimezone(JST))
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.PRINT,
        action="転入通知未着照会書の出力",
        subjects=[subject.addressee_number for subject in letter.subjects],
        details={"照会書": letter.id, "ページ数": drawn.pages},
        screen=SCREEN,
    )
    return letter, drawn.pdf


def _may_see(session: Session, actor: Actor, letter: MoveInInquiry, *, now: dt.datetime) -> bool:
    numbers = [subject.addressee_number for subject in letter.subjects]
    people = session.scalars(
        select(ResidentHistory).where(
            ResidentHistory.is_latest, ResidentHistory.addressee_number.in_(numbers)
        )
    ).all()
    return all(may_see_whereabouts(actor, each) for each in standings(session, people, now=now).values())


def letters_lately(
    session: Session, actor: Actor, *, now: dt.datetime, limit: int = 50
) -> list[MoveInInquiry]:
    """Letters that the actor may see, the newest first."""
    query = select(MoveInInquiry).order_by(MoveInInquiry.made_at.desc(), MoveInInquiry.municipality)
    found = session.scalars(query.limit(limit)).all()
    return [letter for letter in found if _may_see(session, actor, letter, now=now)]
