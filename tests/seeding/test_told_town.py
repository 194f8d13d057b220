"""The invented town as it is told: lawful, consistent, lifelike, the same for the same seed."""

from __future__ import annotations

import collections
import datetime as dt
import hashlib
import itertools
import random

import pytest

from residentapp.core.dates import DateKind
from residentapp.residents.rules.member_order import Member, order_members
from residentapp.residents.rules.relationships import parse_relationship
from residentapp.residents.types import ChangeKind, ChangeReason, ForeignCategory, ResidentKind, ResidentState
from residentapp.seeding.households import Planner
from residentapp.seeding.people import age_in_years
from tests.seeding.conftest import TODAY, Town, make_town


def fingerprint(town: Town) -> str:
    digest = hashlib.sha256()
    for told in town.told:
        for change in told.changes:
            digest.update(repr((change.id, change.reason, change.moved_on, change.processed_on)).encode())
            for snapshot in change.snapshots:
                digest.update(repr((snapshot.number, snapshot.history_number, snapshot.items)).encode())
        digest.update(repr((told.individual_numbers, told.resident_codes)).encode())
    return digest.hexdigest()


def test_the_same_seed_gives_the_same_town() -> None:
    assert fingerprint(make_town(400, 7)) == fingerprint(make_town(400, 7))


def test_another_seed_gives_another_town() -> None:
    assert fingerprint(make_town(400, 7)) != fingerprint(make_town(400, 8))


def test_a_bigger_town_begins_with_the_smaller_one() -> None:
    smaller, bigger = make_town(300, 7), make_town(600, 7)
    names = [snapshot.items["name"] for _, snapshot in smaller.latest()][:250]
    assert names == [snapshot.items["name"] for _, snapshot in bigger.latest()][:250]


@pytest.mark.parametrize("population", [100, 101, 250])
def test_the_population_is_exact(population: int) -> None:
    assert len(make_town(population, 3).residents()) == population


def test_a_household_that_has_gone_leaves_nobody_behind(town: Town) -> None:
    planner = Planner(town.data, town.places, TODAY)
    removed = 0
    for number in range(4_000):
        story = planner.plan_gone(random.Random(number))
        assert story.living() == 0, number
        removed += len(story.events[0].who)
    assert removed > 4_000


def test_a_household_gone_on_the_day_it_came(town: Town) -> None:
    """A household that came yesterday can only have gone yesterday."""
    planner = Planner(town.data, town.places, town.data.computerised_on + dt.timedelta(days=1))
    for number in range(300):
        assert planner.plan_gone(random.Random(number)).living() == 0, number


def test_a_town_too_small_for_the_special_households_is_refused() -> None:
    with pytest.raises(ValueError, match="special households"):
        make_town(50, 1)


@pytest.mark.parametrize(
    "today", [dt.date(2028, 2, 29), dt.date(2026, 12, 31), dt.date(2027, 1, 1), dt.date(2027, 3, 31)]
)
def test_any_day_can_be_today(today: dt.date) -> None:
    town = make_town(600, 2, today)
    assert len(town.residents()) == 600
    for told in town.told:
        assert all(change.processed_on <= today for change in told.changes)


# ---- histories


@pytest.mark.requirement("RR-1.2.1c", partial=True)
def test_histories_are_numbered_and_have_one_latest(town: Town) -> None:
    for told in town.told:
        rows = collections.defaultdict(list)
        for change in told.changes:
            for snapshot in change.snapshots:
                rows[snapshot.number].append((snapshot.history_number, snapshot.is_latest))
        for history in rows.values():
            assert [number for number, _ in history] == list(range(1, len(history) + 1))
            assert [latest for _, latest in history] == [False] * (len(history) - 1) + [True]


def test_changes_follow_one_another(town: Town) -> None:
    start = town.data.computerised_on
    for told in town.told:
        days = [change.processed_on for change in told.changes]
        assert days == sorted(days)
        assert all(start <= day <= TODAY for day in days)
        ids = [change.id for change in told.changes]
        assert ids == sorted(ids)
        for change in told.changes:
            future = change.moved_on.sort > change.processed_on
            assert not future or told.story.label.startswith("転出予定者")


def test_a_history_begins_with_a_recording_and_ends_with_a_removal(town: Town) -> None:
    for told in town.told:
        rows = collections.defaultdict(list)
        for change in told.changes:
            for snapshot in change.snapshots:
                rows[snapshot.number].append((change.reason, snapshot.items["state"]))
        for history in rows.values():
            assert history[0][0].kind is ChangeKind.RECORDING
            assert history[0][1] is ResidentState.RESIDENT
            if not history[-1][1].is_live:
                assert history[-1][0].kind is ChangeKind.REMOVAL
            for (before_reason, before), (reason, state) in itertools.pairwise(history):
                # Nothing follows a removal but a new recording (帰化, 国籍喪失, 改製).
                assert before.is_live or reason.kind is ChangeKind.RECORDING, (before_reason, reason)
                assert state.is_live or reason.kind is ChangeKind.REMOVAL


def test_every_snapshot_is_full(town: Town) -> None:
    from residentapp.residents.history import ITEM_COLUMNS

    columns = set(ITEM_COLUMNS)
    for told in town.told[:300]:
        for change in told.changes:
            for snapshot in change.snapshots:
                assert set(snapshot.items) == columns


@pytest.mark.requirement("RR-1.1.6", partial=True)
def test_no_item_that_must_not_be_blank_is_blank(town: Town) -> None:
    of_category = {
        ForeignCategory.MID_TO_LONG_TERM: ("residence_card_number",),
        ForeignCategory.SPECIAL_PERMANENT: ("special_permanent_number",),
        ForeignCategory.TEMPORARY_REFUGE: ("residence_period",),
        ForeignCategory.PROVISIONAL_STAY: ("residence_period",),
        ForeignCategory.TRANSITIONAL_BIRTH: (),
        ForeignCategory.TRANSITIONAL_LOSS: (),
    }
    for told in town.told:
        for change in told.changes:
            for snapshot in change.snapshots:
                items = snapshot.items
                wanted = ["birth_date", "address", "household_number", "postal_code", "address_code"]
                if items["resident_kind"] is ResidentKind.JAPANESE:
                    wanted += ["registered_domicile", "register_head", "became_resident_on", "name"]
                    assert items["foreign_category"] is None
                else:
                    wanted += [
                        "became_foreign_resident_on",
                        "nationality",
                        *of_category[items["foreign_category"]],
                    ]
                    assert items["registered_domicile"] is None
                    assert items["became_resident_on"] is None
                assert [name for name in wanted if not items[name]] == [], told.story.label


@pytest.mark.requirement("RR-1.1.9a", partial=True)
def test_birth_dates_are_held_in_the_calendar_of_the_law(town: Town) -> None:
    for snapshot in town.residents():
        birth = snapshot.items["birth_date"]
        if birth.kind is DateKind.DAY:
            assert birth.is_western is (snapshot.items["resident_kind"] is ResidentKind.FOREIGN)


def test_nobody_lives_before_being_born_or_after_dying(town: Town) -> None:
    for told in town.told:
        for change in told.changes:
            for snapshot in change.snapshots:
                birth = snapshot.items["birth_date"]
                assert change.processed_on >= birth.sort
                since = snapshot.items["became_resident_on"] or snapshot.items["became_foreign_resident_on"]
                if birth.kind is DateKind.DAY and since.kind is DateKind.DAY:
                    assert since.sort >= birth.sort


# ---- households


def households(town: Town) -> dict[str, list[dict[str, object]]]:
    members: dict[str, list[dict[str, object]]] = collections.defaultdict(list)
    for snapshot in town.residents():
        members[snapshot.items["household_number"]].append({**snapshot.items, "number": snapshot.number})
    return members


@pytest.mark.requirement("RR-1.1.10", "RR-1.1.11a", partial=True)
def test_households_have_one_head_and_lawful_relationships(town: Town) -> None:
    absent = 0
    for members in households(town).values():
        words = [member["relationship_to_head"] for member in members]
        if None in words:
            absent += 1
            assert set(words) == {None}
            assert {member["head_name"] for member in members} == {None}
            continue
        assert words.count("世帯主") == 1, words
        for word in words:
            assert parse_relationship(str(word)).valid, word
        assert len({member["head_name"] for member in members}) == 1
        assert len({(member["address"], member["building"]) for member in members}) == 1
    assert absent == 2


@pytest.mark.requirement("RR-5.2e", partial=True)
def test_members_stand_in_their_order(town: Town) -> None:
    for members in households(town).values():
        order = [member["member_order"] for member in members]
        assert len(set(order)) == len(order)


def test_a_family_on_its_first_day_stands_in_the_order_of_the_rule(town: Town) -> None:
    checked = 0
    for told in town.told:
        first = told.changes[0]
        if len(first.snapshots) < 3 or told.story.label:
            continue
        members = [
            Member(
                id=snapshot.number,
                relationship=snapshot.items["relationship_to_head"],
                birth=snapshot.items["birth_date"].sort,
                number=snapshot.number,
                register_head=snapshot.items["register_head"] == snapshot.items["name"],
            )
            for snapshot in first.snapshots
        ]
        told_order = sorted(first.snapshots, key=lambda snapshot: snapshot.items["member_order"])
        assert [snapshot.number for snapshot in told_order] == [
            member.id for member in order_members(members)
        ]
        checked += 1
    assert checked > 300


def test_the_town_is_lifelike(town: Town) -> None:
    residents = town.residents()
    ages = [age_in_years(snapshot.items["birth_date"].sort, TODAY) for snapshot in residents]
    share = {
        "children": sum(age < 15 for age in ages) / len(ages),
        "old": sum(age >= 65 for age in ages) / len(ages),
        "very old": sum(age >= 75 for age in ages) / len(ages),
        "centenarians": sum(100 <= age < 120 for age in ages) / len(ages),
    }
    assert 0.10 < share["children"] < 0.17
    assert 0.23 < share["old"] < 0.33
    assert 0.12 < share["very old"] < 0.20
    assert share["centenarians"] < 0.003
    fifths = collections.Counter(age // 5 for age in ages)
    assert all(fifths[step] > len(ages) * 0.02 for step in range(17))
    sizes = collections.Counter(len(members) for members in households(town).values())
    total = sum(sizes.values())
    assert 1.9 < len(residents) / total < 2.5
    assert 0.30 < sizes[1] / total < 0.45
    women = sum(snapshot.items["sex"] == "female" for snapshot in residents)
    assert 0.49 < women / len(residents) < 0.54
    foreigners = sum(snapshot.items["resident_kind"] is ResidentKind.FOREIGN for snapshot in residents)
    assert 0.01 < foreigners / len(residents) < 0.05


def test_the_years_past_have_left_their_traces(town: Town) -> None:
    reasons = collections.Counter(change.reason for told in town.told for change in told.changes)
    for reason in (
        ChangeReason.MOVE_IN_DOMESTIC, ChangeReason.MOVE_IN_ABROAD, ChangeReason.BIRTH, ChangeReason.DEATH,
        ChangeReason.MOVE_OUT_DOMESTIC, ChangeReason.MOVE_OUT_ABROAD, ChangeReason.MOVE_WITHIN,
        ChangeReason.HEAD_CHANGE, ChangeReason.HOUSEHOLD_SPLIT, ChangeReason.FORMER_NAME_RECORD,
        ChangeReason.RECORD_REBUILD,
    ):  # fmt: skip
        assert reasons[reason] > 5, reason
    removed = [snapshot for _, snapshot in town.latest() if not snapshot.items["state"].is_live]
    assert len(removed) > len(town.residents()) * 0.15
    years = {snapshot.items["removed_on"].year for snapshot in removed}
    assert len(years) >= 6


# ---- nothing real


def test_nothing_can_be_taken_for_real(town: Town) -> None:
    from residentapp.core.addresses.postal_data import read_postal_rows
    from residentapp.core.check_digits import valid_addressee_number, valid_individual_number

    real = read_postal_rows()
    assert town.data.municipality_code not in {row.municipality_code for row in real}
    assert not {place.postal_code for place in town.data.towns} & {row.code for row in real}
    numbers: set[str] = set()
    for told in town.told:
        for person, number in told.individual_numbers.items():
            assert number.startswith("99")
            assert valid_individual_number(number)
            assert valid_addressee_number(told.numbers[person])
            code = told.resident_codes[person]
            assert len(code) == 11
            assert code.startswith("91")
            numbers |= {number, code, told.numbers[person]}
    people = sum(len(told.numbers) for told in town.told)
    assert len(numbers) == 3 * people
    for _, snapshot in town.latest():
        for card in (snapshot.items["residence_card_number"], snapshot.items["special_permanent_number"]):
            assert card is None or card.startswith(("ZZ", "ZY"))


def test_the_integrated_remarks_say_where_from_and_where_to(town: Town) -> None:
    moved = left = unconfirmed = 0
    for told in town.told:
        before: dict[int, dict[str, object]] = {}
        for change in told.changes:
            for snapshot in change.snapshots:
                items, words = snapshot.items, snapshot.remark
                assert words.startswith(f"{change.moved_on.wareki}　"), words
                if change.reason is ChangeReason.MOVE_WITHIN:
                    moved += 1
                    assert f"{before[snapshot.person]['address']}" in words and words.count("から転居") == 1
                if change.reason is ChangeReason.MOVE_OUT_DOMESTIC:
                    left += 1
                    assert f"{items['planned_destination']}へ転出" in words
                before[snapshot.person] = items
                unconfirmed += not items["name_kana_confirmed"]
    assert moved > 5 and left > 5 and unconfirmed > 5
    assert [snapshot.note for _change, snapshot in town.latest() if snapshot.note] == [
        "実態調査により居住の事実がないことを確認"
    ]
