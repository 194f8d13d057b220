"""Measures in both databases: what they block, from when, until when, and what is kept of every edit."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from residentapp.core.access.actor import PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.violations import Level
from residentapp.residents.models import SupportMeasure, Suppression
from residentapp.residents.protection import protected_numbers_query, standings
from residentapp.residents.support import operations, queries
from residentapp.residents.support import people as member_operations
from residentapp.residents.support.errors import NotThere, Outdated, SupportRefused
from residentapp.residents.support.types import (
    Blocked,
    Capacity,
    Direction,
    EndReason,
    EventKind,
    Offender,
    OffenderDetails,
    PersonDetails,
    Phase,
    Role,
    Seen,
    Supported,
)
from residentapp.residents.types import ChangeReason, ResidentState, SuppressedProcess
from tests.residents.support.conftest import (
    CHIEF,
    DAY,
    LEVELS,
    NOW,
    TODAY,
    People,
    at,
    command,
    entry,
    kinds,
    levels_of,
    seen,
)
from tests.support import residents
from tests.support.users import clerk

pytestmark = pytest.mark.database


# ---- registering


@pytest.mark.requirement("RR-3.4c", "RR-3.4a", "RR-1.1.16c", partial=True)
def test_a_measure_protects_each_of_its_people_for_one_year(
    session: Session, people: People, measure: SupportMeasure
) -> None:
    assert (measure.starts_on, measure.ends_on) == (TODAY, dt.date(2027, 11, 23))
    for person in (people.mother, people.child):
        assert levels_of(session, person) == LEVELS
    assert set(session.scalars(protected_numbers_query())) == {
        people.mother.addressee_number,
        people.child.addressee_number,
    }
    rows = session.scalars(select(Suppression).where(Suppression.measure_id == measure.id)).all()
    assert len(rows) == 8 and {row.ends_on for row in rows} == {measure.ends_on}


@pytest.mark.requirement("RR-3.4h")
def test_a_provisional_measure_blocks_from_the_application_until_it_starts(
    session: Session, keyring: Keyring, people: People
) -> None:
    applied = TODAY - 3 * DAY
    asked = command(people, provisional=True, starts_on=None, applied_on=applied)
    measure = operations.register(session, CHIEF, keyring, asked, now=NOW)
    assert (measure.provisional, measure.provisional_from, measure.starts_on) == (True, applied, None)
    assert levels_of(session, people.mother) == LEVELS
    assert levels_of(session, people.mother, now=at(applied)) == LEVELS
    assert levels_of(session, people.mother, now=at(applied - DAY)) == {}
    assert standings(session, [people.mother], now=NOW)[people.mother.addressee_number].provisional
    later = at(TODAY + 10 * DAY)
    started = operations.start(session, CHIEF, keyring, seen(measure), TODAY + 9 * DAY, None, "", now=later)
    assert (started.starts_on, started.ends_on) == (TODAY + 9 * DAY, dt.date(2027, 12, 2))
    assert levels_of(session, people.mother, now=later) == LEVELS
    assert not standings(session, [people.mother], now=later)[people.mother.addressee_number].provisional
    assert kinds(session, measure) == [EventKind.REGISTERED, EventKind.STARTED]
    starts = set(session.scalars(select(Suppression.starts_on)))
    assert starts == {applied}, "nothing lapsed in between"


def test_what_nobody_confirmed_is_not_registered(session: Session, keyring: Keyring, people: People) -> None:
    operations.register(session, CHIEF, keyring, command(people), now=NOW)
    again = command(people)
    with pytest.raises(SupportRefused) as refused:
        operations.register(session, CHIEF, keyring, again, now=NOW)
    assert [found.code for found in refused.value.violations] == ["SM-A009"]
    confirmed = dataclasses.replace(again, confirmed={"SM-A009": "別の加害者についての申出"})
    assert operations.register(session, CHIEF, keyring, confirmed, now=NOW).id


def test_the_rules_see_who_the_people_are(session: Session, keyring: Keyring, people: People) -> None:
    mate = residents.resident(session, people.mother.household_number, name="荒井　居候", member_order=3)
    number = people.mother.addressee_number
    cases = {
        "SM-E001": {"applicant": "0000000000"},
        "SM-E004": {"supported": (Supported("0000000000"),)},
        "SM-E005": {"supported": (Supported(number),)},
        "SM-E006": {"offender": Offender(addressee_number="0000000000")},
        "SM-E007": {"offender": Offender(addressee_number=number)},
        "SM-A008": {"offender": Offender(addressee_number=mate.addressee_number)},
    }
    for code, changes in cases.items():
        asked = dataclasses.replace(command(people), **changes)  # type: ignore[arg-type]
        found = operations.registration_findings(session, CHIEF, asked, now=NOW)
        assert [violation.code for violation in found] == [code], code


@pytest.mark.requirement("RR-1.1.16b", partial=True)
def test_the_database_holds_the_people_as_they_were_and_nothing_in_clear(
    session: Session, keyring: Keyring, people: People
) -> None:
    moved = residents.change(session, ChangeReason.MOVE_WITHIN, processed_on=TODAY)
    mother = residents.next_snapshot(
        session, people.mother, moved, address="架空県架空市新町5番5号", building=None
    )
    asked = dataclasses.replace(
        command(people),
        contact=PersonDetails(mobile="000-0000-0001", other_contact="昼だけ"),
        offender=Offender(OffenderDetails(name="荒井　剛", other="元の夫"), people.offender.addressee_number),
    )
    measure = operations.register(session, CHIEF, keyring, asked, now=NOW)
    view = queries.measure_view(session, CHIEF, keyring, measure.id, now=NOW)
    details = view.applicant.details
    assert details.name == "守山　花子" and details.address == mother.address
    assert details.former_addresses.split("\n") == [
        "架空県架空市隠町8番9号　秘荘101号室",
        "架空県隣市東町4番5号",
    ]
    assert (details.domicile, details.mobile) == ("架空県架空市本籍町1番", "000-0000-0001")
    assert [(member.name, member.relation) for member in view.protected] == [
        ("守山　花子", ""),
        ("守山　一", "子"),
    ]
    [offender] = view.offenders
    assert (offender.details.name, offender.addressee_number) == (
        "荒井　剛",
        people.offender.addressee_number,
    )
    for table in ("support_measure", "support_member", "support_offender", "protection_event"):
        stored = repr(session.execute(text(f"SELECT * FROM {table}")).all())
        for secret in ("花子", "荒井", "秘荘", "隠町", "000-0000-0001", "元の夫", "本籍町"):
            assert secret not in stored, f"{table} holds {secret}"


@pytest.mark.requirement("RR-1.1.16b", partial=True)
def test_who_has_left_is_protected_by_the_former_municipality(
    session: Session, keyring: Keyring, people: People
) -> None:
    left = residents.change(session, ChangeReason.MOVE_OUT_DOMESTIC, processed_on=TODAY)
    residents.next_snapshot(
        session,
        people.mother,
        left,
        state=ResidentState.MOVED_OUT,
        planned_destination="見本県隣市北町9番9号",
        confirmed_destination="見本県隣市北町9番10号",
    )
    asked = dataclasses.replace(
        command(people, capacity=Capacity.FORMER, role=Role.TRANSFERRED, receiving_municipality="隣市"),
        received_on=TODAY,
    )
    measure = operations.register(session, CHIEF, keyring, asked, now=NOW)
    view = queries.measure_view(session, CHIEF, keyring, measure.id, now=NOW)
    details = view.applicant.details
    assert details.planned_destination == "見本県隣市北町9番9号"
    assert details.confirmed_destination == "見本県隣市北町9番10号"
    [transfer] = view.transfers
    assert (transfer.direction, transfer.municipality, transfer.happened_on) == (Direction.IN, "隣市", TODAY)


@pytest.mark.parametrize(
    "rights", [(Permission.SUPPORT_MANAGE,), (Permission.SUPPRESSED_VIEW,), (Permission.RESIDENT_VIEW,)]
)
def test_only_who_may_know_is_in_charge(
    session: Session,
    keyring: Keyring,
    people: People,
    measure: SupportMeasure,
    rights: tuple[Permission, ...],
) -> None:
    officer = clerk(*rights)
    mark = seen(measure)
    attempts = [
        lambda: operations.register(session, officer, keyring, command(people), now=NOW),
        lambda: operations.change(session, officer, keyring, mark, entry(), "誤記", now=NOW),
        lambda: operations.start(session, officer, keyring, mark, TODAY, None, "", now=NOW),
        lambda: operations.renew(session, officer, keyring, mark, TODAY, now=NOW),
        lambda: operations.end(session, officer, keyring, mark, EndReason.NO_NEED, "", now=NOW),
        lambda: add_somebody(session, officer, keyring, mark, people),
        lambda: queries.measure_view(session, officer, keyring, measure.id, now=NOW),
        lambda: queries.measures(session, officer, keyring, list(Phase), now=NOW),
    ]
    for attempt in attempts:
        with pytest.raises(PermissionDenied):
            attempt()
    assert queries.measures_of(session, officer, keyring, people.mother.addressee_number, now=NOW) == []


def add_somebody(session: Session, officer: object, keyring: Keyring, mark: Seen, family: People) -> None:
    """Adding somebody, as an attempt."""
    member_operations.add_member(
        session,
        officer,  # type: ignore[arg-type]
        keyring,
        mark,
        Supported(family.offender.addressee_number),
        now=NOW,
    )


# ---- extending and ending


@pytest.mark.requirement("RR-3.4d")
@pytest.mark.parametrize(
    ("day", "done"),
    [
        (dt.date(2027, 10, 22), False),
        (dt.date(2027, 10, 23), True),
        (dt.date(2027, 11, 23), True),
        (dt.date(2027, 11, 24), True),
    ],
)
def test_a_measure_is_extended_from_one_month_before_its_end(
    session: Session, keyring: Keyring, people: People, measure: SupportMeasure, day: dt.date, done: bool
) -> None:
    if not done:
        with pytest.raises(SupportRefused) as refused:
            operations.renew(session, CHIEF, keyring, seen(measure), day, now=at(day))
        assert "令和9年10月23日から" in refused.value.violations[0].message
        return
    operations.renew(session, CHIEF, keyring, seen(measure), day, now=at(day))
    assert (measure.starts_on, measure.ends_on) == (dt.date(2027, 11, 24), dt.date(2028, 11, 23))
    assert measure.first_started_on == TODAY
    assert levels_of(session, people.mother, now=at(day)) == LEVELS, (
        "the new term has not begun; the old goes on"
    )
    assert set(session.scalars(select(Suppression.ends_on))) == {measure.ends_on}
    view = queries.measure_view(session, CHIEF, keyring, measure.id, now=at(day))
    assert ("終了年月日", "令和9年11月23日", "令和10年11月23日") in view.events[0].changes


@pytest.mark.requirement("RR-3.4g")
@pytest.mark.parametrize("reason", EndReason)
def test_staff_end_a_measure_and_only_its_own_suppressions(
    session: Session, keyring: Keyring, people: People, measure: SupportMeasure, reason: EndReason
) -> None:
    other = Suppression(
        addressee_number=people.mother.addressee_number,
        process=SuppressedProcess.CHANGE,
        level=Level.ERROR,
        cause="other",
        starts_on=TODAY,
    )
    session.add(other)
    session.flush()
    later = at(dt.date(2027, 11, 24))
    assert levels_of(session, people.child, now=later) == LEVELS, "nothing ends by itself"
    operations.end(session, CHIEF, keyring, seen(measure), reason, "本人と面談", now=later)
    assert (measure.closed_on, measure.closed_reason) == (dt.date(2027, 11, 24), reason)
    assert levels_of(session, people.child, now=later) == {}
    assert levels_of(session, people.mother, now=later) == {SuppressedProcess.CHANGE: Level.ERROR}
    with pytest.raises(SupportRefused):
        operations.end(session, CHIEF, keyring, seen(measure), reason, "", now=later)
    view = queries.measure_view(session, CHIEF, keyring, measure.id, now=later)
    assert (view.phase, view.closed_reason, view.events[0].reason) == (
        Phase.CLOSED,
        reason.label,
        "本人と面談",
    )


def test_a_term_that_has_not_passed_is_not_ended_as_passed(
    session: Session, keyring: Keyring, measure: SupportMeasure
) -> None:
    with pytest.raises(SupportRefused, match="期間がまだ終わっていません"):
        operations.end(session, CHIEF, keyring, seen(measure), EndReason.EXPIRED, "", now=NOW)
    assert measure.closed_on is None


@pytest.mark.requirement("RR-3.4f", "RR-3.4e", partial=True)
def test_the_lists_and_their_counts_follow_the_days(
    session: Session, keyring: Keyring, measure: SupportMeasure
) -> None:
    provisional = {
        dt.date(2027, 10, 22): (Phase.RUNNING, 0, 0),
        dt.date(2027, 10, 23): (Phase.ENDING, 1, 0),
        dt.date(2027, 11, 23): (Phase.ENDING, 1, 0),
        dt.date(2027, 11, 24): (Phase.PASSED, 0, 1),
    }
    for day, (phase, ending, passed) in provisional.items():
        assert queries.count_phase(session, Phase.ENDING, today=day) == ending
        assert queries.count_phase(session, Phase.PASSED, today=day) == passed
        [line] = queries.measures(session, CHIEF, keyring, [phase], now=at(day))
        assert (line.applicant, line.others, line.renewable_from) == (
            "守山　花子",
            1,
            dt.date(2027, 10, 23),
        )
        others = [other for other in Phase if other is not phase]
        assert queries.measures(session, CHIEF, keyring, others, now=at(day)) == []


# ---- changing


@pytest.mark.requirement("RR-3.4c")
def test_the_last_day_can_be_another_with_a_reason_and_the_edit_is_kept(
    session: Session, keyring: Keyring, people: People, measure: SupportMeasure
) -> None:
    shorter = entry(ends_on=dt.date(2027, 5, 31))
    with pytest.raises(SupportRefused, match="1年後の令和9年11月23日ではありません"):
        operations.change(session, CHIEF, keyring, seen(measure), shorter, "申出書の誤り", now=NOW)
    shorter = dataclasses.replace(shorter, term_reason="保護命令の期間に合わせる")
    operations.change(session, CHIEF, keyring, seen(measure), shorter, "申出書の誤り", now=NOW)
    assert measure.ends_on == dt.date(2027, 5, 31)
    assert set(session.scalars(select(Suppression.ends_on))) == {dt.date(2027, 5, 31)}
    view = queries.measure_view(session, CHIEF, keyring, measure.id, now=NOW)
    [changed, registered] = view.events
    assert (changed.kind, changed.reason, changed.who) == (EventKind.CHANGED, "申出書の誤り", CHIEF.name)
    assert dict((label, (before, after)) for label, before, after in changed.changes) == {
        "終了年月日": ("令和9年11月23日", "令和9年5月31日"),
        "1年間でない理由": ("", "保護命令の期間に合わせる"),
    }
    assert registered.kind is EventKind.REGISTERED


def test_suppressions_follow_the_levels_of_the_measure(
    session: Session, keyring: Keyring, people: People, measure: SupportMeasure
) -> None:
    levels = {
        SuppressedProcess.CERTIFICATE: Level.ERROR,
        SuppressedProcess.INQUIRY: Level.ERROR,
    }
    changed = entry(blocked=frozenset({Blocked.COPY_CURRENT}), levels=levels)
    operations.change(session, CHIEF, keyring, seen(measure), changed, "本人の申出", now=NOW)
    assert levels_of(session, people.child) == levels
    operations.change(session, CHIEF, keyring, seen(measure), entry(), "元に戻す", now=NOW)
    assert levels_of(session, people.child) == LEVELS
    released = select(Suppression).where(Suppression.released_at.is_not(None))
    assert len(session.scalars(released).all()) == 4, "what was released stays, and new ones stand beside it"


def test_two_officers_cannot_overwrite_each_other(
    session: Session, keyring: Keyring, measure: SupportMeasure
) -> None:
    first = seen(measure)
    operations.change(session, CHIEF, keyring, first, entry(note="ひとり目"), "追記", now=NOW)
    for attempt in (
        lambda: operations.change(session, CHIEF, keyring, first, entry(note="ふたり目"), "追記", now=NOW),
        lambda: operations.end(session, CHIEF, keyring, first, EndReason.NO_NEED, "", now=NOW),
    ):
        with pytest.raises(Outdated):
            attempt()
    view = queries.measure_view(session, CHIEF, keyring, measure.id, now=NOW)
    assert view.note == "ひとり目"
    with pytest.raises(NotThere):
        operations.change(session, CHIEF, keyring, Seen(999, 1), entry(), "追記", now=NOW)
