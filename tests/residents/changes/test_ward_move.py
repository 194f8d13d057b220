"""区間異動（区間転入）: between wards of a 指定都市 (法第22条, 第38条), and what a ward is to other changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from residentapp.core.access.permissions import Permission
from residentapp.core.masters.models import OwnMunicipality
from residentapp.core.outbox.models import OutboxMessage
from residentapp.residents import history
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.ex_officio.models import ExOfficioRecord
from residentapp.residents.messages.types import MessageKind
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_out.keeping import notification_of
from residentapp.residents.move_out.missing import MissingFilter, missing_page
from residentapp.residents.notices.queries import accepted_on
from residentapp.residents.rules.stays import Step, stays_of
from residentapp.residents.search import index
from residentapp.residents.types import ChangeReason, ResidentState
from tests.residents.changes.conftest import family_of_four
from tests.residents.changes.office import ChangeOffice
from tests.support import residents
from tests.support.wards import (
    FORMER,
    HOME_NORTH,
    HOME_SOUTH,
    IN_NORTH,
    IN_SOUTH,
    NORTH,
    SOUTH,
    in_ward,
    make_wards,
)

MOVED = {"moved_on": "令和8年11月20日"}


@pytest.fixture
def city(office: ChangeOffice) -> ChangeOffice:
    """The office in a 指定都市, at the counter of 南区."""
    make_wards(office.session)
    office.clerk = in_ward(office.clerk, SOUTH)
    office.approver = in_ward(office.approver, SOUTH)
    return office


@pytest.fixture
def northern(city: ChangeOffice) -> list[ResidentHistory]:
    """A family of four in 北区."""
    people = family_of_four(city.session)
    change = residents.change(city.session, ChangeReason.CORRECT_ERROR)
    people = [residents.next_snapshot(city.session, each, change, **HOME_NORTH) for each in people]
    index.refresh(city.session, [each.addressee_number for each in people])
    return people


@pytest.fixture
def southern(city: ChangeOffice) -> ResidentHistory:
    """A man who lives alone in 南区."""
    row = residents.resident(
        city.session, name="別所　独", name_kana="ベッショ　ヒトリ", head_name="別所　独", **HOME_SOUTH
    )
    index.refresh(city.session, [row.addressee_number])
    return row


def limit(city: ChangeOffice) -> None:
    city.session.get_one(OwnMunicipality, 1).own_ward_only = True


def moving(city: ChangeOffice, *people: ResidentHistory, **values: str) -> ChangeEntry:
    """People of 北区 who move to 南区."""
    return city.begin("ward_move", *people).with_values(**{**MOVED, **IN_SOUTH, **values})


def rows(city: ChangeOffice, person: ResidentHistory) -> list[ResidentHistory]:
    found = history.snapshots_of(city.session, person.addressee_number, with_changes=True)
    return sorted(found, key=lambda row: row.history_number)


@pytest.mark.requirement("RR-4.2.0.2", partial=True)
def test_the_office_makes_what_nobody_notified(city: ChangeOffice, northern: list[ResidentHistory]) -> None:
    entry = city.begin("ward_move_by_office", *northern).with_values(**MOVED, **IN_SOUTH)
    assert city.codes(entry) == ["EO-E002"]
    entry = entry.with_values(cause="令和8年11月24日に実態調査を行い、住んでいることを確かめた。")

    registered = city.register(entry)

    left, came = city.changes(registered)
    assert (left.reason, came.reason) == (ChangeReason.MOVE_OUT_DOMESTIC, ChangeReason.MOVE_IN_DOMESTIC)
    assert (left.notified_on, came.notified_on) == (None, None)
    last = city.latest(northern[0])
    # 法第7条第8号: what is recorded by 職権 has the day of the record.
    assert (last.address, last.notified_on) == ("架空県架空市南区本町一丁目7番6号", city.now.date())
    assert city.remarks(last) == ["架空県架空市北区本町一丁目2番3号から区間異動により転入（職権）"]
    records = city.session.scalars(select(ExOfficioRecord).order_by(ExOfficioRecord.change_id)).all()
    assert {record.change_id for record in records} >= set(registered.change_ids)


@pytest.mark.requirement("RR-1.1.13c", "RR-4.1.0.1c", "RR-4.0.2b")
def test_a_family_moves_to_another_ward(city: ChangeOffice, northern: list[ResidentHistory]) -> None:
    entry = moving(city, *northern)
    assert city.codes(entry) == []

    registered = city.register(entry)

    left, came = city.changes(registered)
    assert (left.reason, came.reason) == (ChangeReason.MOVE_OUT_DOMESTIC, ChangeReason.MOVE_IN_DOMESTIC)
    # The ward left closes its record because of the 転入届; nobody notifies a 転出.
    assert (left.notified_on, came.notified_on) == (None, city.now.date())
    assert registered.household_number != northern[0].household_number
    for before in northern:
        *_, old, new = rows(city, before)
        assert (old.state, old.household_number) == (ResidentState.MOVED_OUT, before.household_number)
        assert (old.removal_reason, old.address) == ("転出（区間異動）", HOME_NORTH["address"])
        assert old.removal_occurred_on is not None and old.removal_occurred_on.iso == "2026-11-20"
        assert old.removed_on == old.moved_out_on == old.removal_occurred_on.exact
        assert old.planned_destination == old.confirmed_destination == "架空県架空市南区本町一丁目7番6号"
        assert old.confirmed_destination_code == IN_SOUTH["address_code"]
        assert (new.state, new.addressee_number) == (ResidentState.RESIDENT, before.addressee_number)
        assert (new.household_number, new.address_code) == (
            registered.household_number,
            IN_SOUTH["address_code"],
        )
        assert (new.previous_address, new.previous_head_name) == (HOME_NORTH["address"], "架空　太郎")
        assert new.previous_address_code == HOME_NORTH["address_code"]
        assert new.address_set_on is not None and new.address_set_on.iso == "2026-11-20"
        # 住民となった年月日 counts from the city.
        assert new.became_resident_on == before.became_resident_on
        assert (new.removal_reason, new.removed_on, new.planned_destination, new.moved_out_on) == (None,) * 4
        assert new.relationship_to_head == before.relationship_to_head
        stays = stays_of([Step(row.state.is_live, row.change.reason) for row in rows(city, before)])
        assert [stay.removed is None for stay in stays] == [False, True]
    first = rows(city, northern[0])
    assert city.remarks(first[-2]) == ["区間異動により消除　転出先住所　架空県架空市南区本町一丁目7番6号"]
    assert city.remarks(first[-1]) == ["架空県架空市北区本町一丁目2番3号から区間異動により転入"]
    assert history.household_members(city.session, northern[0].household_number) == []


def test_no_other_municipality_is_told_and_no_notice_is_missed(
    city: ChangeOffice, northern: list[ResidentHistory]
) -> None:
    """A 転入通知 goes to another municipality; the wards are one, in which the record closes at once."""
    city.register(moving(city, *northern))
    query = select(OutboxMessage.kind).where(OutboxMessage.subject == northern[0].addressee_number)
    said = list(city.session.scalars(query))
    assert MessageKind.MOVE_IN_NOTICE not in said
    assert said.count(MessageKind.IDENTITY) == 2
    page = missing_page(city.session, city.approver, MissingFilter(days=0), now=city.now)
    assert page.total == 0


def test_the_acceptance_told_is_that_of_the_move_in(
    city: ChangeOffice, northern: list[ResidentHistory]
) -> None:
    city.register(moving(city, *northern))
    [line] = accepted_on(city.session, city.clerk, city.now.date()).lines
    assert (line.notification, line.notified_on) == ("転入届", city.now.date())


def test_it_is_no_notification_of_a_move_out(city: ChangeOffice, northern: list[ResidentHistory]) -> None:
    """A 転入通知 that comes later is never held against it; and a 転出 into another ward is refused with its name."""
    city.register(moving(city, *northern))
    assert notification_of(city.session, northern[0].addressee_number) is None
    out = city.begin("move_out", city.latest(northern[0])).with_values(
        moved_on="令和8年12月1日", planned_kind="home", planned_town=IN_NORTH["town"]
    )
    [found] = [finding for finding in city.findings(out) if finding.code == "MO-E003"]
    assert "転居か区間異動です" in (found.remedy or "")


def test_the_head_leaves_and_a_new_one_is_named(city: ChangeOffice, northern: list[ResidentHistory]) -> None:
    father, mother, *_children = northern
    entry = moving(city, father)
    assert "CH-A040" in city.codes(entry)
    registered = city.register(city.new_head(entry, mother))
    assert [change.reason for change in city.changes(registered)] == [
        ChangeReason.MOVE_OUT_DOMESTIC,
        ChangeReason.MOVE_IN_DOMESTIC,
        ChangeReason.HEAD_CHANGE,
    ]
    assert city.latest(mother).relationship_to_head == "世帯主"
    assert city.latest(mother).address == HOME_NORTH["address"]
    assert city.latest(father).address_code == IN_SOUTH["address_code"]


def test_into_a_household_of_the_other_ward(
    city: ChangeOffice, northern: list[ResidentHistory], southern: ResidentHistory
) -> None:
    son = northern[2]
    entry = city.join(city.begin("ward_move", son).with_values(**MOVED), southern.household_number)
    entry = city.typed(entry, son, relationship="同居人")
    assert city.codes(entry) == []
    city.register(entry)
    row = city.latest(son)
    assert (row.household_number, row.address) == (southern.household_number, southern.address)
    assert row.previous_address == HOME_NORTH["address"]


@pytest.mark.parametrize(
    ("kind", "values", "codes"),
    [
        ("ward_move", IN_SOUTH, []),
        ("ward_move", {**IN_NORTH, "lot": "9番9号"}, ["WM-E003"]),
        ("ward_move", {**IN_SOUTH, "address_code": ""}, ["CH-A021", "WM-E002"]),
        ("ward_move", {**IN_SOUTH, "address_code": f"{FORMER[:5]}001001"}, ["CH-A021", "WM-E002"]),
        ("move_within", {**IN_NORTH, "lot": "9番9号"}, []),
        ("move_within", IN_SOUTH, ["WM-E005"]),
        # Where the code is missing nothing can be said; the missing code itself is.
        ("move_within", {**IN_SOUTH, "address_code": ""}, ["CH-A021"]),
    ],
)
def test_which_of_the_two_a_move_is(
    city: ChangeOffice,
    northern: list[ResidentHistory],
    kind: str,
    values: dict[str, str],
    codes: list[str],
) -> None:
    entry = city.begin(kind, *northern).with_values(**MOVED, **values)
    assert city.codes(entry) == codes


def test_the_ward_of_the_old_address_is_unknown(city: ChangeOffice, northern: list[ResidentHistory]) -> None:
    change = residents.change(city.session, ChangeReason.CORRECT_ERROR)
    for person in northern:
        residents.next_snapshot(city.session, person, change, address_code=None)
    assert city.codes(moving(city, *northern)) == ["WM-A001"]


def test_a_municipality_without_wards_has_no_such_change(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    entry = office.begin("ward_move", *family).with_values(**MOVED, **IN_SOUTH)
    assert "WM-E001" in office.codes(entry)


def test_who_joins_a_protected_person(
    city: ChangeOffice, northern: list[ResidentHistory], southern: ResidentHistory
) -> None:
    residents.protect(city.session, northern[2])
    city.clerk = replace(city.clerk, permissions=city.clerk.permissions | {Permission.SUPPRESSED_VIEW})
    entry = city.join(city.begin("ward_move", northern[2]).with_values(**MOVED), southern.household_number)
    assert "WM-A002" in city.codes(city.typed(entry, northern[2], relationship="同居人"))


def test_a_protected_household_tells_no_ward(
    city: ChangeOffice, northern: list[ResidentHistory], southern: ResidentHistory
) -> None:
    """Neither the limit nor the two kinds of move say in which ward a protected person lives."""
    limit(city)
    residents.protect(city.session, southern)
    joining = city.join(city.begin("ward_move", northern[2]).with_values(**MOVED), southern.household_number)
    assert not {"WM-E002", "WM-E003", "WM-E004"} & set(city.codes(joining))
    city.clerk = in_ward(city.clerk, NORTH)
    within = city.begin("move_within", southern).with_values(**MOVED, **IN_NORTH)
    assert not {"CH-E009"} & set(city.codes(within))


@pytest.mark.requirement("RR-4.0.1c")
@pytest.mark.parametrize(
    ("limited", "ward", "kind", "codes"),
    [
        (False, SOUTH, "move_within", []),
        (True, SOUTH, "move_within", ["CH-E009"]),
        (True, NORTH, "move_within", []),
        (True, "", "move_within", []),  # the 本庁
        (True, FORMER, "move_within", []),  # a section of a ward that has ended
        (True, SOUTH, "ward_move", []),
        (True, NORTH, "ward_move", ["WM-E004"]),
        (True, "", "ward_move", []),
        (False, NORTH, "ward_move", []),
    ],
)
def test_the_limit_to_the_own_ward(
    city: ChangeOffice,
    northern: list[ResidentHistory],
    limited: bool,
    ward: str,
    kind: str,
    codes: list[str],
) -> None:
    """People of 北区, entered at the counter of a ward; a 区間異動 is entered where they have moved to."""
    if limited:
        limit(city)
    city.clerk = in_ward(city.clerk, ward)
    place = IN_SOUTH if kind == "ward_move" else {**IN_NORTH, "lot": "9番9号"}
    found = city.codes(city.begin(kind, *northern).with_values(**MOVED, **place))
    assert sorted(set(found)) == codes


@pytest.mark.parametrize("kind", ["death", "household_split", "name_kana", "move_out", "code_change"])
def test_the_limit_holds_for_other_kinds_too(
    city: ChangeOffice, northern: list[ResidentHistory], kind: str
) -> None:
    limit(city)
    assert "CH-E009" in city.codes(city.begin(kind, northern[0]))
    city.clerk = in_ward(city.clerk, NORTH)
    assert "CH-E009" not in city.codes(city.begin(kind, northern[0]))


def test_the_move_is_cancelled(city: ChangeOffice, northern: list[ResidentHistory]) -> None:
    """RR-4.6.0.1: rows are added that restore the record in the ward left, which then has no 除票."""
    city.register(moving(city, *northern))
    cancel = city.begin("cancel", city.latest(northern[0])).with_values(moved_on="令和8年11月24日")
    cancel = city.prepared(cancel)
    registered = city.register(cancel)
    assert [change.reason for change in city.changes(registered)] == [
        ChangeReason.CANCEL_DECREASE,
        ChangeReason.CANCEL_INCREASE,
    ]
    for before in northern:
        now = city.latest(before)
        kept = {"household_number"}  # everybody had left it: a new one at the former address (RR-4.6.0.1d)
        old, new = history.items_of(before), history.items_of(now)
        assert {name for name in old if old[name] != new[name]} <= kept
        [stay] = stays_of([Step(row.state.is_live, row.change.reason) for row in rows(city, before)])
        assert stay.removed is None and stay.first == 0
    assert len({city.latest(each).household_number for each in northern}) == 1


def test_a_part_is_cancelled_and_returns_to_the_others(
    city: ChangeOffice, northern: list[ResidentHistory]
) -> None:
    son = northern[2]
    city.register(city.typed(moving(city, son), son, relationship="世帯主"))
    cancel = city.prepared(city.begin("cancel", city.latest(son)).with_values(moved_on="令和8年11月24日"))
    city.register(cancel)
    now = city.latest(son)
    assert (now.household_number, now.relationship_to_head) == (son.household_number, "子")
    assert (now.address, now.head_name) == (HOME_NORTH["address"], "架空　太郎")
    assert city.latest(northern[0]).history_number == northern[0].history_number


def test_there_and_back_again(city: ChangeOffice, northern: list[ResidentHistory]) -> None:
    """Each ward left keeps its own 除票, and none of them is lost by the next."""
    city.register(moving(city, *northern))
    city.now = city.now.replace(day=25)
    back = city.begin("ward_move", *[city.latest(each) for each in northern])
    city.register(back.with_values(**(IN_NORTH | {"moved_on": "令和8年11月25日"})))
    stays = stays_of([Step(row.state.is_live, row.change.reason) for row in rows(city, northern[0])])
    assert [stay.removed is None for stay in stays] == [False, False, True]
    assert city.latest(northern[0]).previous_address == "架空県架空市南区本町一丁目7番6号"
