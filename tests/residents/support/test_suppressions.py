"""Suppressions on both databases: several at once, released for good, lifted for minutes, never ended by a date."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from residentapp.config import Settings
from residentapp.core.access.actor import PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.violations import Level
from residentapp.residents.models import Suppression
from residentapp.residents.protection import barred_by, protected_numbers_query, standings
from residentapp.residents.records import operations as records
from residentapp.residents.records.types import InquiryRefused
from residentapp.residents.support import operations, suppression_queries, suppressions
from residentapp.residents.support.errors import NotThere, SupportRefused
from residentapp.residents.support.suppression_queries import ListFilter
from residentapp.residents.support.types import EventKind, SetSuppressions
from residentapp.residents.types import SuppressedProcess, SuppressionCause
from tests.residents.support.conftest import CHIEF, LEVELS, NOW, TODAY, People, command, told
from tests.support import residents
from tests.support.users import clerk

pytestmark = pytest.mark.database

MANAGER = clerk(Permission.RESIDENT_VIEW, Permission.SUPPRESSION_MANAGE, login="kanri")
LIFTER = clerk(Permission.RESIDENT_VIEW, Permission.SUPPRESSION_LIFT, login="kaijo")
MINUTE = dt.timedelta(minutes=1)
ERROR, ALERT = Level.ERROR, Level.ALERT
P = SuppressedProcess


def suppress(
    session: Session,
    keyring: Keyring,
    levels: dict[SuppressedProcess, Level],
    *,
    person: str = "",
    household: str = "",
    starts_on: dt.date = TODAY,
    ends_on: dt.date | None = None,
) -> list[Suppression]:
    """Set some for a person or a household."""
    asked = SetSuppressions(levels, starts_on, ends_on, "実態調査中", person, household)
    return suppressions.set_suppressions(session, MANAGER, keyring, asked, now=NOW)


def levels_of(session: Session, person: object, *, now: dt.datetime = NOW) -> dict[SuppressedProcess, Level]:
    """What stands for a person."""
    found = standings(session, [person], now=now)  # type: ignore[list-item]
    standing = found.get(person.addressee_number)  # type: ignore[attr-defined]
    return standing.levels if standing is not None else {}


@pytest.mark.requirement("RR-3.1a")
def test_several_stand_at_once_each_with_its_processes_and_level(
    session: Session, keyring: Keyring, people: People
) -> None:
    mother, child = people.mother, people.child
    suppress(session, keyring, {P.CHANGE: ALERT, P.CERTIFICATE: ALERT}, person=mother.addressee_number)
    suppress(session, keyring, {P.CHANGE: ERROR}, person=mother.addressee_number)
    suppress(session, keyring, {P.INQUIRY: ALERT}, household=mother.household_number)
    assert levels_of(session, mother) == {P.CHANGE: ERROR, P.CERTIFICATE: ALERT, P.INQUIRY: ALERT}
    assert levels_of(session, child) == {P.INQUIRY: ALERT}
    assert levels_of(session, people.offender) == {}
    found = standings(session, [mother, child], now=NOW)
    assert barred_by(found, [child, mother], P.CHANGE) == [mother]
    assert list(session.scalars(protected_numbers_query())) == [], "only a support measure hides an address"
    tomorrow = suppress(
        session,
        keyring,
        {P.INSPECTION: ERROR},
        person=child.addressee_number,
        starts_on=TODAY + dt.timedelta(days=1),
    )
    assert levels_of(session, child) == {P.INQUIRY: ALERT}
    assert levels_of(session, child, now=NOW + dt.timedelta(days=1))[P.INSPECTION] is ERROR
    assert tomorrow[0].note_cipher is not None
    assert "実態" not in repr(session.execute(text("SELECT * FROM suppression")).all())


@pytest.mark.requirement("RR-3.1e")
@pytest.mark.parametrize("days", [-1, 0, 1, 3650])
def test_passing_the_last_day_ends_nothing(
    session: Session, keyring: Keyring, people: People, days: int
) -> None:
    number = people.mother.addressee_number
    suppress(session, keyring, {P.CERTIFICATE: ERROR}, person=number, ends_on=TODAY)
    later = NOW + dt.timedelta(days=days)
    if days >= 0:
        assert levels_of(session, people.mother, now=later) == {P.CERTIFICATE: ERROR}
    [row] = suppression_queries.subject_of_person(session, MANAGER, keyring, number, now=later).standing
    assert row.past_its_end == (days > 0)


@pytest.mark.requirement("RR-3.1a", partial=True)
def test_an_inquiry_barred_for_whatever_cause_does_not_open(
    session: Session, keyring: Keyring, people: People
) -> None:
    number = people.offender.addressee_number
    [row] = suppress(session, keyring, {P.INQUIRY: ERROR}, person=number)
    viewer = clerk(Permission.RESIDENT_VIEW)
    with pytest.raises(InquiryRefused):
        records.open_resident(session, viewer, number, now=NOW)
    with pytest.raises(InquiryRefused):
        records.require_open_to_inquiry(session, viewer, [people.offender], now=NOW)
    assert records.open_resident(session, CHIEF, number, now=NOW)
    suppressions.lift(session, LIFTER, keyring, [row.id], "本人の申請", 5, most=15, now=NOW)
    assert records.open_resident(session, viewer, number, now=NOW + 4 * MINUTE)
    with pytest.raises(InquiryRefused):
        records.open_resident(session, viewer, number, now=NOW + 5 * MINUTE)


@pytest.mark.requirement("RR-3.1c")
@pytest.mark.requirement("RR-3.1b", partial=True)
def test_a_lift_comes_back_by_itself_and_is_told_to_nobody(
    session: Session, keyring: Keyring, people: People
) -> None:
    [row] = suppress(session, keyring, {P.CHANGE: ERROR}, person=people.offender.addressee_number)
    before = told(session, keyring)
    assert before == [("addressee", people.offender.addressee_number, "設定", "change")]
    suppressions.lift(session, LIFTER, keyring, [row.id], "年金の届出", 15, most=15, now=NOW)
    for minutes, levels in ((0, {}), (14, {}), (15, {P.CHANGE: ERROR}), (60, {P.CHANGE: ERROR})):
        assert levels_of(session, people.offender, now=NOW + minutes * MINUTE) == levels
    suppressions.lift(session, LIFTER, keyring, [row.id], "もう一度", 15, most=15, now=NOW)
    suppressions.relock(session, LIFTER, keyring, row.id, now=NOW + MINUTE)
    assert levels_of(session, people.offender, now=NOW + MINUTE) == {P.CHANGE: ERROR}
    with pytest.raises(SupportRefused, match="一時解除されていません"):
        suppressions.relock(session, LIFTER, keyring, row.id, now=NOW + 2 * MINUTE)
    assert told(session, keyring) == before
    subject = suppression_queries.subject_of_person(
        session, LIFTER, keyring, people.offender.addressee_number, now=NOW
    )
    assert [event.kind for event in subject.events] == [
        EventKind.RELOCKED,
        EventKind.LIFTED,
        EventKind.LIFTED,
        EventKind.SET,
    ]
    assert subject.events[1].reason == "もう一度"


@pytest.mark.parametrize(("minutes", "reason"), [(16, "x"), (0, "x"), (None, "x"), (5, " ")])
def test_a_long_or_unexplained_lift_is_refused(
    session: Session, keyring: Keyring, people: People, minutes: int | None, reason: str
) -> None:
    [row] = suppress(session, keyring, {P.CHANGE: ERROR}, person=people.offender.addressee_number)
    with pytest.raises(SupportRefused):
        suppressions.lift(session, LIFTER, keyring, [row.id], reason, minutes, most=15, now=NOW)
    with pytest.raises(SupportRefused, match="選ばれていません"):
        suppressions.lift(session, LIFTER, keyring, [], "届出", 5, most=15, now=NOW)
    assert row.lifted_until is None


@pytest.mark.requirement("RR-3.1d")
def test_setting_and_lifting_are_two_rights(session: Session, keyring: Keyring, people: People) -> None:
    number = people.offender.addressee_number
    [row] = suppress(session, keyring, {P.CHANGE: ERROR}, person=number)
    asked = SetSuppressions({P.CHANGE: ERROR}, TODAY, None, "x", number)
    with pytest.raises(PermissionDenied):
        suppressions.set_suppressions(session, LIFTER, keyring, asked, now=NOW)
    with pytest.raises(PermissionDenied):
        suppressions.release(session, LIFTER, keyring, row.id, "x", now=NOW)
    with pytest.raises(PermissionDenied):
        suppressions.lift(session, MANAGER, keyring, [row.id], "x", 5, most=15, now=NOW)
    with pytest.raises(PermissionDenied):
        suppressions.relock(session, MANAGER, keyring, row.id, now=NOW)


@pytest.mark.requirement("RR-3.1c", partial=True)
def test_a_release_needs_a_reason_and_is_final(session: Session, keyring: Keyring, people: People) -> None:
    number = people.offender.addressee_number
    first, second = suppress(session, keyring, {P.CHANGE: ERROR, P.CERTIFICATE: ALERT}, person=number)
    with pytest.raises(SupportRefused, match="解除の理由"):
        suppressions.release(session, MANAGER, keyring, first.id, "", now=NOW)
    suppressions.release(session, MANAGER, keyring, first.id, "調査が終わった", now=NOW)
    assert levels_of(session, people.offender) == {P.CERTIFICATE: ALERT}
    for attempt in (
        lambda: suppressions.release(session, MANAGER, keyring, first.id, "x", now=NOW),
        lambda: suppressions.lift(session, LIFTER, keyring, [first.id], "x", 5, most=15, now=NOW),
    ):
        with pytest.raises(SupportRefused, match="もう解除されています"):
            attempt()
    with pytest.raises(NotThere):
        suppressions.release(session, MANAGER, keyring, 999, "x", now=NOW)
    subject = suppression_queries.subject_of_person(session, MANAGER, keyring, number, now=NOW)
    assert [row.id for row in subject.standing] == [second.id]
    assert [row.id for row in subject.released] == [first.id]
    assert (subject.events[0].kind, subject.events[0].reason) == (EventKind.RELEASED, "調査が終わった")
    assert told(session, keyring)[-1] == ("addressee", number, "解除", "change")


def test_those_of_a_measure_open_only_for_who_is_in_charge(
    session: Session, keyring: Keyring, people: People
) -> None:
    operations.register(session, CHIEF, keyring, command(people), now=NOW)
    number = people.mother.addressee_number
    [row] = [
        row
        for row in suppression_queries.subject_of_person(session, CHIEF, keyring, number, now=NOW).standing
        if row.process is P.CERTIFICATE
    ]
    with pytest.raises(SupportRefused, match="ここでは解除できません"):
        suppressions.release(session, CHIEF, keyring, row.id, "x", now=NOW)
    with pytest.raises(PermissionDenied):
        suppressions.lift(session, LIFTER, keyring, [row.id], "x", 5, most=15, now=NOW)
    suppressions.lift(session, CHIEF, keyring, [row.id], "本人に渡す", 5, most=15, now=NOW)
    with pytest.raises(PermissionDenied):
        suppressions.relock(session, LIFTER, keyring, row.id, now=NOW)
    assert P.CERTIFICATE not in levels_of(session, people.mother)
    assert levels_of(session, people.mother, now=NOW + 5 * MINUTE) == LEVELS


def test_who_only_looks_sees_what_stands_and_not_why(
    session: Session, keyring: Keyring, people: People
) -> None:
    operations.register(session, CHIEF, keyring, command(people), now=NOW)
    number = people.mother.addressee_number
    suppress(session, keyring, {P.CHANGE: ERROR}, person=number)
    viewer = clerk(Permission.RESIDENT_VIEW)
    subject = suppression_queries.subject_of_person(session, viewer, keyring, number, now=NOW)
    assert len(subject.standing) == 5 and {row.reason for row in subject.standing} == {""}
    assert subject.events == () and subject.measures == ()
    for actor in (viewer, MANAGER, LIFTER):
        for shown in (
            suppression_queries.subject_of_person(session, actor, keyring, number, now=NOW),
            suppression_queries.subject_of_household(
                session, actor, keyring, people.mother.household_number, now=NOW
            ),
        ):
            assert "隠町" not in repr(shown) and "秘荘" not in repr(shown)
    with pytest.raises(PermissionDenied):
        suppression_queries.subject_of_person(session, clerk(), keyring, number, now=NOW)
    with pytest.raises(NotThere):
        suppression_queries.subject_of_person(session, viewer, keyring, "0000000000", now=NOW)
    with pytest.raises(NotThere):
        suppression_queries.subject_of_household(session, viewer, keyring, "0000000000", now=NOW)


def test_nobody_and_nothing_cannot_be_suppressed(session: Session, keyring: Keyring, people: People) -> None:
    for asked in (
        SetSuppressions({P.CHANGE: ERROR}, TODAY, None, "x", "0000000000"),
        SetSuppressions({P.CHANGE: ERROR}, TODAY, None, "x", "", "0000000000"),
        SetSuppressions({P.CHANGE: ERROR}, TODAY, None, "x"),
    ):
        with pytest.raises(SupportRefused, match="見つかりません"):
            suppressions.set_suppressions(session, MANAGER, keyring, asked, now=NOW)


# ---- 抑止対象者一覧


@pytest.mark.requirement("RR-9.2", partial=True)
def test_the_list_names_everybody_for_whom_something_stands(
    session: Session, keyring: Keyring, people: People
) -> None:
    operations.register(session, CHIEF, keyring, command(people), now=NOW)
    offender = people.offender
    suppress(
        session,
        keyring,
        {P.CHANGE: ERROR, P.INQUIRY: ALERT},
        person=offender.addressee_number,
        ends_on=TODAY,
    )
    mate = residents.resident(session, name="荒井　同居", name_kana="アライ　ドウキョ")
    [own] = suppress(session, keyring, {P.CERTIFICATE: ALERT}, household=mate.household_number)
    lines = suppression_queries.suppressed_people(
        session, CHIEF, ListFilter(), now=NOW + dt.timedelta(days=1)
    )
    assert [line.name for line in lines] == ["荒井　同居", "守山　花子", "守山　一", "荒井　剛"]
    by_name = {line.name: line for line in lines}
    assert by_name["守山　花子"].levels == (
        "異動入力：アラート、証明書発行：エラー、照会：アラート、閲覧：エラー"
    )
    assert by_name["守山　花子"].address == "架空県架空市隠町8番9号 秘荘101号室"
    assert (by_name["荒井　剛"].causes, by_name["荒井　剛"].passed) == ("その他", True)
    assert by_name["荒井　同居"].levels == "証明書発行：アラート"

    def listed(wanted: ListFilter) -> set[str]:
        return {line.name for line in suppression_queries.suppressed_people(session, CHIEF, wanted, now=NOW)}

    assert listed(ListFilter(cause=SuppressionCause.SUPPORT)) == {"守山　花子", "守山　一"}
    assert listed(ListFilter(process=P.INQUIRY)) == {"守山　花子", "守山　一", "荒井　剛"}
    assert listed(ListFilter(SuppressionCause.OTHER, P.INSPECTION)) == set()
    suppressions.release(session, CHIEF, keyring, own.id, "終わった", now=NOW)
    assert "荒井　同居" not in listed(ListFilter())
    with pytest.raises(PermissionDenied):
        suppression_queries.suppressed_people(session, MANAGER, ListFilter(), now=NOW)


@pytest.mark.requirement("RR-3.1b")
@pytest.mark.parametrize("setting", [None, "30", "240"])
def test_the_time_after_which_a_lift_is_over_is_set_by_the_municipality(
    session: Session, keyring: Keyring, people: People, setting: str | None
) -> None:
    """The clerk chooses up to the time of the settings; then the suppression is back without anybody's doing."""
    environment = {"RESIDENTAPP_LIFT_MINUTES": setting} if setting else {}
    most = Settings.from_environment(environment).lift_minutes
    assert most == int(setting or 15)
    [row] = suppress(session, keyring, {P.CHANGE: ERROR}, person=people.offender.addressee_number)
    with pytest.raises(SupportRefused):
        suppressions.lift(session, LIFTER, keyring, [row.id], "届出", most + 1, most=most, now=NOW)
    assert levels_of(session, people.offender, now=NOW) == {P.CHANGE: ERROR}
    suppressions.lift(session, LIFTER, keyring, [row.id], "届出", most, most=most, now=NOW)
    assert row.ends_on is None and row.released_at is None
    assert levels_of(session, people.offender, now=NOW + most * MINUTE - dt.timedelta(seconds=1)) == {}
    assert levels_of(session, people.offender, now=NOW + most * MINUTE) == {P.CHANGE: ERROR}
