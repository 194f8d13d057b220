"""出入国在留管理庁長官通知 that arrives over the exchange (法第30条の50, RR-4.5.6).

Each is kept as it came. One whose person is found is taken in by itself and waits to be checked against the record;
one on a 特別永住者, and one whose person is not found, stays 未取込 until staff take it in by hand. Nothing here
changes the register: what was checked goes the ordinary road of changes (``notice_entry``), or is left out with a
reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.residents import history
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import Registered
from residentapp.residents.changes.facts import person_of
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.changes.types import ChangeEntry, Person
from residentapp.residents.immigration.models import ImmigrationNotice
from residentapp.residents.immigration.rules import (
    AS_SPECIAL,
    CheckLine,
    Identity,
    Known,
    Told,
    check_lines,
    check_open,
    choose,
    identity_of,
    needs_look,
    noticed_on,
    read_body,
    removal_lines,
)
from residentapp.residents.immigration.types import NoticeAct, NoticeState
from residentapp.residents.models import ResidentHistory
from residentapp.residents.rules.names import same_name
from residentapp.residents.rules.told import NoticeProblem
from residentapp.residents.search.models import SearchPerson
from residentapp.residents.types import ForeignCategory, ResidentKind
from residentapp.residents.waiting_notices import NobodyFound, Notices, settle

SCREEN = "入管庁の通知"
#: Who may work with notices: they are 在留資格等 throughout.
RIGHTS = (Permission.EX_OFFICIO_ENTER, Permission.ITEM_RESIDENCE_STATUS)

NOBODY = "この宛名番号の外国人住民は見つかりません。番号を確かめてください。"


NOTICES = Notices(ImmigrationNotice, "通知", SCREEN, RIGHTS)


# ---- taking in


def handle_notice(
    session: Session, actor: Actor, keyring: Keyring, body: Mapping[str, Any], now: dt.datetime
) -> ImmigrationNotice:
    """Keep a notice and take it in when its person is found (RR-4.5.6a); never one on a 特別永住者.

    Nothing is raised for what a notice says: what is wrong with it stands beside it in the list of those not taken in.
    docs/immigration.md has the layout of a body.
    """
    row = ImmigrationNotice(
        received_at=now, noticed_on=noticed_on(body), state=NoticeState.PENDING, problem="", body_cipher=b""
    )
    NOTICES.keep(session, keyring, row, body)
    try:
        told = read_body(body, today=day_of(now))
        person = _find_person(session, told.who)
        if told.is_special or person.foreign_category is ForeignCategory.SPECIAL_PERMANENT:
            raise NoticeProblem(AS_SPECIAL, person.addressee_number)
    except NoticeProblem as problem:
        row.problem, row.addressee_number = str(problem), problem.number
    else:
        _take_in(row, person, told, actor, now=now)
    NOTICES.log(
        session, actor, row, "入管庁の通知の受信", now=now, succeeded=row.state is not NoticeState.PENDING
    )
    session.flush()
    return row


def take_by_hand(
    session: Session, actor: Actor, keyring: Keyring, notice_id: int, number: str, *, now: dt.datetime
) -> ImmigrationNotice:
    """Take in a notice that was not taken in by itself (RR-4.5.6b).

    :param number: 宛名番号 of the person whom the clerk found it to be about.
    :raises NoticeChanged: when it is no longer 未取込, or cannot be read.
    :raises NobodyFound: when no foreign resident has this number.
    """
    actor.require(*RIGHTS)
    row = NOTICES.held(session, notice_id, NoticeState.PENDING)
    try:
        told = read_body(NOTICES.body_of(keyring, row), today=day_of(now))
        person = history.latest(session, number.strip())
        if person is None:
            raise NobodyFound(NOBODY)
        check_open(_known(person))
    except NoticeProblem as problem:
        raise NobodyFound(str(problem)) from problem
    _take_in(row, person, told, actor, now=now)
    NOTICES.log(session, actor, row, "入管庁の通知の取込（手で取込）", now=now)
    session.flush()
    return row


def _take_in(
    row: ImmigrationNotice, person: ResidentHistory, told: Told, actor: Actor, *, now: dt.datetime
) -> None:
    row.addressee_number, row.problem = person.addressee_number, None
    changes = told.act is NoticeAct.REMOVE or needs_look(lines_of(person_of(person), told))
    if changes:
        row.state = NoticeState.TAKEN
    else:
        settle(row, actor, NoticeState.UNCHANGED, now=now)


def lines_of(record: Person, told: Told) -> tuple[CheckLine, ...]:
    """処理結果確認票: every item that such a notice can change, before and after."""
    spec = spec_of(NoticeAct.CORRECT.change)
    return (check_lines if told.act is NoticeAct.CORRECT else removal_lines)(spec, record, told)


def _known(person: ResidentHistory) -> Known:
    return Known(
        person.addressee_number,
        (person.name, person.name_alphabet),
        person.birth_date.exact,
        person.resident_kind is ResidentKind.FOREIGN,
        person.state.is_live,
    )


def candidates(session: Session, who: Identity) -> tuple[list[ResidentHistory], list[ResidentHistory]]:
    """Current records with that card number, and those with that name and birth date."""
    by_card: Iterable[ResidentHistory] = ()
    if who.card:
        same_card = or_(
            ResidentHistory.residence_card_number == who.card,
            ResidentHistory.special_permanent_number == who.card,
        )
        by_card = session.scalars(select(ResidentHistory).where(ResidentHistory.is_latest, same_card))
    by_name: list[ResidentHistory] = []
    if who.birth is not None and who.names:
        query = (
            select(ResidentHistory)
            .join(SearchPerson, SearchPerson.addressee_number == ResidentHistory.addressee_number)
            .where(
                SearchPerson.birth_sort == who.birth,
                ResidentHistory.is_latest,
                ResidentHistory.resident_kind == ResidentKind.FOREIGN,
            )
            .order_by(ResidentHistory.addressee_number)
        )
        by_name = [
            each for each in session.scalars(query) if same_name(who.names, (each.name, each.name_alphabet))
        ]
    return sorted(by_card, key=lambda each: each.addressee_number), by_name


def _find_person(session: Session, who: Identity) -> ResidentHistory:
    by_card, by_name = candidates(session, who)
    found = choose(who, [_known(each) for each in by_card], [_known(each) for each in by_name])
    return next(each for each in by_card if each.addressee_number == found.number)


# ---- what officers do


def refuse(
    session: Session, actor: Actor, notice_id: int, reason: str, *, now: dt.datetime
) -> ImmigrationNotice:
    """反映しない, with the reason.

    :raises NoticeChanged: when it is settled or being entered. :raises ValueError: without a reason.
    """
    return NOTICES.leave_out(
        session,
        actor,
        notice_id,
        reason,
        waits_in=(NoticeState.PENDING, NoticeState.TAKEN),
        becomes=NoticeState.REFUSED,
        without_reason="反映しない理由を入力してください。",
        action="入管庁の通知を反映しない",
        now=now,
    )


def settle_by_case(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    case: ChangeCase,
    entry: ChangeEntry,
    registered: Registered,
    *,
    now: dt.datetime,
) -> None:
    """A notice is settled when its case is registered; the hook of both kinds of change."""
    for row in NOTICES.of_case(session, case, NoticeState.TAKEN):
        row.change_id = registered.change_ids[0]
        settle(row, actor, NoticeState.REFLECTED, now=now)
        NOTICES.log(session, actor, row, "入管庁の通知の反映", now=now)
    session.flush()


# ---- lists


def settled_lately(session: Session, *, limit: int = 50) -> Sequence[ImmigrationNotice]:
    """What is done with, the newest first."""
    open_states = [state for state in NoticeState if state.is_open]
    query = select(ImmigrationNotice).where(ImmigrationNotice.state.not_in(open_states))
    query = query.order_by(ImmigrationNotice.settled_at.desc(), ImmigrationNotice.id.desc())
    return session.scalars(query.limit(limit)).all()


def identity_in(keyring: Keyring, row: ImmigrationNotice) -> Identity:
    """Whom a notice names."""
    return identity_of(NOTICES.body_of(keyring, row))
