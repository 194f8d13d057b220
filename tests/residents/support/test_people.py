"""The people of a measure, those who move, and what is told, kept and logged of it."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from residentapp.core.access.permissions import Permission
from residentapp.core.audit.chain import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.core.violations import Level
from residentapp.residents.models import SupportMeasure, SupportMember, Suppression
from residentapp.residents.support import moves, operations, queries
from residentapp.residents.support import people as member_operations
from residentapp.residents.support.errors import NotThere, SupportRefused
from residentapp.residents.support.types import (
    Blocked,
    Capacity,
    Direction,
    EndReason,
    EventKind,
    Offender,
    OffenderDetails,
    Phase,
    Supported,
    TransferEntry,
)
from residentapp.residents.types import ChangeReason, ResidentState, SuppressedProcess
from tests.residents.support.conftest import (
    CHIEF,
    LEVELS,
    NOW,
    TODAY,
    People,
    at,
    entry,
    kinds,
    levels_of,
    seen,
    told,
)
from tests.support import residents
from tests.support.users import clerk

pytestmark = pytest.mark.database


# ---- people


def test_people_come_and_go_and_what_protects_them_with_them(
    session: Session, keyring: Keyring, people: People, measure: SupportMeasure
) -> None:
    grandmother = residents.resident(session, name="守山　梅")
    number = grandmother.addressee_number
    member_operations.add_member(session, CHIEF, keyring, seen(measure), Supported(number, "母"), now=NOW)
    assert levels_of(session, grandmother) == LEVELS
    with pytest.raises(SupportRefused, match="もう支援対象者です"):
        member_operations.add_member(session, CHIEF, keyring, seen(measure), Supported(number), now=NOW)
    with pytest.raises(SupportRefused, match="外す理由"):
        member_operations.remove_member(session, CHIEF, keyring, seen(measure), number, "", now=NOW)
    member_operations.remove_member(session, CHIEF, keyring, seen(measure), number, "本人が望まない", now=NOW)
    assert levels_of(session, grandmother) == {}
    assert levels_of(session, people.child) == LEVELS
    applicant = people.mother.addressee_number
    with pytest.raises(SupportRefused, match="申出者は外せません"):
        member_operations.remove_member(session, CHIEF, keyring, seen(measure), applicant, "x", now=NOW)
    member_operations.add_member(session, CHIEF, keyring, seen(measure), Supported(number, "母"), now=NOW)
    assert levels_of(session, grandmother) == LEVELS
    assert kinds(session, measure)[1:] == [
        EventKind.MEMBER_ADDED,
        EventKind.MEMBER_REMOVED,
        EventKind.MEMBER_ADDED,
    ]


def test_what_is_kept_of_a_person_is_corrected_with_the_old_text_beside(
    session: Session, keyring: Keyring, people: People, measure: SupportMeasure
) -> None:
    number = people.child.addressee_number
    view = queries.measure_view(session, CHIEF, keyring, measure.id, now=NOW)
    details = dataclasses.replace(view.protected[1].details, phone="000-1", domicile="架空県架空市本籍町2番")
    # Who may not see the 本籍 does not change it either, not even by sending another.
    blind = dataclasses.replace(CHIEF, permissions=CHIEF.permissions - {Permission.ITEM_REGISTERED_DOMICILE})
    shown = queries.measure_view(session, blind, keyring, measure.id, now=NOW)
    assert shown.protected[0].details.domicile == ""
    member_operations.change_member(session, blind, keyring, seen(measure), number, details, "長男", now=NOW)
    view = queries.measure_view(session, CHIEF, keyring, measure.id, now=NOW)
    changed = view.protected[1]
    assert (changed.relation, changed.details.phone) == ("長男", "000-1")
    assert changed.details.domicile == "架空県架空市本町一丁目2番"
    assert view.events[0].changes == (("申出者との関係", "子", "長男"), ("電話", "", "000-1"))


def test_offenders_and_transfers_are_recorded(
    session: Session, keyring: Keyring, people: People, measure: SupportMeasure
) -> None:
    who = Offender(OffenderDetails(name="荒井　剛", birth="昭和50年頃"), people.offender.addressee_number)
    row = member_operations.add_offender(session, CHIEF, keyring, seen(measure), who, now=NOW)
    for wrong in (
        Offender(),
        Offender(addressee_number="0000000000"),
        Offender(addressee_number=people.child.addressee_number),
    ):
        with pytest.raises(SupportRefused):
            member_operations.add_offender(session, CHIEF, keyring, seen(measure), wrong, now=NOW)
    renamed = Offender(OffenderDetails(name="荒井　剛", sex="男"))
    member_operations.change_offender(session, CHIEF, keyring, seen(measure), row.id, renamed, now=NOW)
    member_operations.remove_offender(session, CHIEF, keyring, seen(measure), row.id, "誤り", now=NOW)
    with pytest.raises(NotThere):
        member_operations.remove_offender(session, CHIEF, keyring, seen(measure), row.id, "誤り", now=NOW)
    with pytest.raises(SupportRefused, match="加害者として登録"):
        member_operations.add_offender(session, CHIEF, keyring, seen(measure), who, now=NOW)
        member_operations.add_member(
            session, CHIEF, keyring, seen(measure), Supported(people.offender.addressee_number), now=NOW
        )
    sent = TransferEntry(Direction.OUT, "見本県隣市", TODAY, note="本籍地")
    member_operations.record_transfer(session, CHIEF, keyring, seen(measure), sent, now=NOW)
    view = queries.measure_view(session, CHIEF, keyring, measure.id, now=NOW)
    offender = next(each for each in view.offenders if each.removed_on is not None)
    assert (offender.removed_on, offender.details.sex) == (TODAY, "男")
    assert [transfer.municipality for transfer in view.transfers] == ["見本県隣市"]
    assert "見本県隣市" not in repr(session.execute(text("SELECT * FROM support_transfer")).all())


# ---- moves


def move_out(session: Session, person: object, destination: str = "見本県隣市北町9番9号") -> object:
    """A move-out that has been registered."""
    left = residents.change(session, ChangeReason.MOVE_OUT_DOMESTIC, processed_on=TODAY)
    return residents.next_snapshot(
        session,
        person,  # type: ignore[arg-type]
        left,
        state=ResidentState.MOVED_OUT,
        planned_destination=destination,
        removed_on=TODAY,
    )


@pytest.mark.requirement("RR-3.4i")
def test_nothing_lapses_when_the_applicant_moves_out(
    session: Session, keyring: Keyring, people: People, measure: SupportMeasure
) -> None:
    approver = clerk(Permission.MOVE_IN_APPROVE, login="kessai")
    mother, child = move_out(session, people.mother), move_out(session, people.child)
    for person in (people.child, people.mother):
        moves.on_move_out(session, approver, keyring, person.addressee_number, now=NOW)
    assert (measure.capacity, measure.provisional, measure.provisional_from) == (
        Capacity.FORMER,
        True,
        TODAY,
    )
    assert measure.ends_on is not None, "the earlier term is kept"
    for person in (mother, child):
        for later in (NOW, at(dt.date(2030, 1, 1))):
            assert levels_of(session, person, now=later) == LEVELS
    assert set(session.scalars(select(Suppression.ends_on))) == {None}
    assert queries.count_phase(session, Phase.PASSED, today=dt.date(2030, 1, 1)) == 0
    events = kinds(session, measure)
    assert moves.on_move_out(session, approver, keyring, people.mother.addressee_number, now=NOW) == (
        moves.Switched(measure.id, False),
    )
    assert kinds(session, measure) == events, "calling it twice changes nothing"
    # The next municipality has received the application and forwarded it: the measure starts as 前住所地.
    operations.start(session, CHIEF, keyring, seen(measure), TODAY, None, "", now=NOW)
    assert levels_of(session, mother) == LEVELS and measure.capacity is Capacity.FORMER


def test_a_supported_person_who_moves_alone_stays_protected_and_the_measure_too(
    session: Session, keyring: Keyring, people: People, measure: SupportMeasure
) -> None:
    child = move_out(session, people.child)
    [outcome] = moves.on_move_out(session, CHIEF, keyring, people.child.addressee_number, now=NOW)
    assert not outcome.changed
    assert (measure.capacity, measure.provisional) == (Capacity.CURRENT, False)
    assert levels_of(session, child) == LEVELS == levels_of(session, people.mother)
    assert moves.on_move_out(session, CHIEF, keyring, people.offender.addressee_number, now=NOW) == ()


def test_who_comes_back_is_protected_where_they_live_now(
    session: Session, keyring: Keyring, people: People, measure: SupportMeasure
) -> None:
    gone = move_out(session, people.mother)
    number = people.mother.addressee_number
    moves.on_move_out(session, CHIEF, keyring, number, now=NOW)
    back = residents.change(session, ChangeReason.MOVE_IN_DOMESTIC, processed_on=TODAY)
    residents.next_snapshot(
        session,
        gone,  # type: ignore[arg-type]
        back,
        state=ResidentState.RESIDENT,
        planned_destination=None,
        removed_on=None,
    )
    [outcome] = moves.on_move_in(session, CHIEF, keyring, number, now=NOW)
    assert outcome.changed
    assert (measure.capacity, measure.provisional) == (Capacity.CURRENT, True)
    [again] = moves.on_move_in(session, CHIEF, keyring, number, now=NOW)
    assert not again.changed


# ---- what is told, kept and logged


@pytest.mark.requirement("RR-3.2")
@pytest.mark.requirement("RR-3.1c", partial=True)
def test_other_systems_are_told_what_stands_and_what_is_gone(
    session: Session, keyring: Keyring, people: People, measure: SupportMeasure
) -> None:
    people_of_it = [people.mother.addressee_number, people.child.addressee_number]
    at_first = told(session, keyring)
    assert len(at_first) == 12 and {word for _to, _who, word, _process in at_first} == {"設定"}
    assert {who for _to, who, _word, _process in at_first} == set(people_of_it)
    assert {(to, process) for to, _who, _word, process in at_first} == {
        *(("addressee", process.value) for process in SuppressedProcess),
        ("cs", "certificate"),
        ("convenience", "certificate"),
    }
    stricter = entry(levels={**LEVELS, SuppressedProcess.CHANGE: Level.ERROR})
    operations.change(session, CHIEF, keyring, seen(measure), stricter, "程度の変更", now=NOW)
    altered = told(session, keyring)[12:]
    assert altered == [("addressee", who, "変更", "change") for who in sorted(people_of_it)]
    operations.end(session, CHIEF, keyring, seen(measure), EndReason.REQUESTED, "", now=NOW)
    gone = told(session, keyring)[len(at_first) + len(altered) :]
    assert len(gone) == 12 and {word for _to, _who, word, _process in gone} == {"解除"}


def test_an_act_that_is_undone_tells_nobody(
    session: Session, keyring: Keyring, people: People, measure: SupportMeasure
) -> None:
    """The messages stand in the transaction of the measure: what never came to be is never told."""
    before = told(session, keyring)
    with session.begin_nested() as savepoint:
        operations.end(session, CHIEF, keyring, seen(measure), EndReason.REQUESTED, "", now=NOW)
        assert len(told(session, keyring)) == len(before) + 12
        savepoint.rollback()
    assert told(session, keyring) == before


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM suppression",
        "DELETE FROM support_measure",
        "DELETE FROM support_member",
        "DELETE FROM protection_event",
        "UPDATE protection_event SET user_name = 'x'",
    ],
)
def test_the_database_refuses_to_forget(session: Session, measure: SupportMeasure, statement: str) -> None:
    with pytest.raises(DBAPIError, match="keeps its rows"), session.begin_nested():
        session.execute(text(statement))


def test_every_act_is_in_the_audit_log_without_its_texts(
    session: Session, keyring: Keyring, people: People, measure: SupportMeasure
) -> None:
    operations.change(session, CHIEF, keyring, seen(measure), entry(note="秘密のメモ"), "秘密の理由", now=NOW)
    write_pending(session)
    entries = session.scalars(select(AuditEntry).where(AuditEntry.screen == "支援措置")).all()
    assert [each.action for each in entries] == ["支援措置の登録", "内容の変更"]
    assert entries[1].subjects == [people.mother.addressee_number, people.child.addressee_number]
    assert "秘密" not in repr([each.details for each in entries])


def test_a_measure_from_before_the_database_of_measures_still_shows_its_people(
    session: Session, keyring: Keyring, people: People
) -> None:
    old = residents.protect(session, people.mother, people.child)
    view = queries.measure_view(session, CHIEF, keyring, old.id, now=NOW)
    assert [member.name for member in view.protected] == ["守山　花子", "守山　一"]
    assert view.blocked == frozenset(Blocked)
    assert session.get(SupportMember, (old.id, people.mother.addressee_number)) is not None
