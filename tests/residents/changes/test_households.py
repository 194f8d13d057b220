"""世帯分離, 世帯合併, 世帯変更, 世帯主変更, 事実上の世帯主 (法第25条, RR-4.1.4.*) on the whole road."""

from __future__ import annotations

import datetime as dt

import pytest

from residentapp.core.dates import DateValue
from residentapp.residents import history
from residentapp.residents.changes.rules.households import tell_join
from residentapp.residents.changes.rules.relatives import (
    Kin,
    Setting,
    is_alone,
    propose_relationship,
)
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason, Sex
from tests.residents.changes.office import ChangeOffice
from tests.support import residents

WHEN = {"moved_on": "令和8年11月20日"}


def neighbour(office: ChangeOffice, family: list[ResidentHistory], **values: object) -> ResidentHistory:
    """A man alone in a household of his own at the family's address."""
    default: dict[str, object] = {
        "name": "架空　老人",
        "head_name": "架空　老人",
        "address": family[0].address,
        "building": family[0].building,
    }
    return residents.resident(office.session, **(default | values))


@pytest.mark.requirement("RR-4.1.4.1a", "RR-4.1.4.1b", partial=True)
def test_split(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    son = family[2]
    entry = office.typed(office.begin("household_split", son).with_values(**WHEN), son, relationship="世帯主")
    assert office.codes(entry) == []

    registered = office.register(entry)

    [change] = office.changes(registered)
    assert change.reason is ChangeReason.HOUSEHOLD_SPLIT
    row = office.latest(son)
    assert row.household_number not in ("", family[0].household_number)
    assert (row.relationship_to_head, row.head_name, row.member_order) == ("世帯主", "架空　一郎", 1)
    # The address is no part of it.
    assert (row.address, row.building, row.address_set_on) == (son.address, son.building, son.address_set_on)
    assert office.latest(family[0]).history_number == 1


def test_split_of_the_head_needs_a_word_about_the_rest(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    entry = office.begin("household_split", family[0]).with_values(**WHEN)
    assert {"CH-A040", "HH-A002"} == set(office.codes(entry))
    entry = office.new_head(entry, family[1])
    assert office.codes(entry) == ["HH-A002"]
    office.register(entry)
    assert office.latest(family[1]).relationship_to_head == "世帯主"


def test_split_of_everybody_is_none(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    assert "HH-E001" in office.codes(office.begin("household_split", *family).with_values(**WHEN))


def test_split_of_a_child_alone_is_asked_about(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    daughter = family[3]
    entry = office.begin("household_split", daughter).with_values(**WHEN)
    entry = office.typed(entry, daughter, relationship="世帯主")
    assert set(office.codes(entry)) == {"HH-A003", "CH-A036"}


@pytest.mark.requirement("RR-4.1.4.1a", "RR-4.1.4.1c", partial=True)
def test_merge(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    old = neighbour(office, family, building="離れ", birth_date=DateValue.of(dt.date(1950, 1, 1)))
    entry = office.begin("household_merge", old).with_values(**WHEN)
    entry = office.join(entry, family[0].household_number)
    entry = office.typed(entry, old, relationship="父")
    assert office.codes(entry) == []
    told = list(tell_join(spec_of(entry.kind), entry, office.facts(entry)))
    assert told == ["入る世帯と方書が違います。方書は変わりません。"]

    registered = office.register(entry)

    assert [change.reason for change in office.changes(registered)] == [ChangeReason.HOUSEHOLD_MERGE]
    row = office.latest(old)
    assert (row.household_number, row.relationship_to_head) == (family[0].household_number, "父")
    assert (row.head_name, row.member_order) == ("架空　太郎", 5)
    # RR-4.1.4.1c: the own 方書 stays.
    assert row.building == "離れ"
    assert history.household_members(office.session, old.household_number) == []


def test_only_households_at_one_address_can_be_joined(
    office: ChangeOffice, family: list[ResidentHistory], lodging: ResidentHistory
) -> None:
    for kind in ("household_merge", "household_change"):
        entry = office.join(office.begin(kind, lodging).with_values(**WHEN), family[0].household_number)
        assert "HH-E002" in office.codes(office.typed(entry, lodging, relationship="同居人"))


@pytest.mark.requirement("RR-4.1.4.1a", partial=True)
def test_change_of_household(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    old = neighbour(office, family)
    daughter = family[3]
    entry = office.join(office.begin("household_change", daughter).with_values(**WHEN), old.household_number)
    entry = office.typed(entry, daughter, relationship="子の子")
    assert office.codes(entry) == []

    registered = office.register(entry)

    assert [change.reason for change in office.changes(registered)] == [ChangeReason.HOUSEHOLD_CHANGE]
    row = office.latest(daughter)
    assert (row.household_number, row.head_name, row.member_order) == (old.household_number, "架空　老人", 2)
    assert office.latest(family[0]).history_number == 1


def test_change_of_everybody_is_a_merge(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    old = neighbour(office, family)
    entry = office.join(office.begin("household_change", *family).with_values(**WHEN), old.household_number)
    assert "HH-E003" in office.codes(entry)


@pytest.mark.requirement("RR-4.1.4.1a", "RR-4.1.4.2", partial=True)
def test_head_change(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = office.begin("head_change", *family).with_values(**WHEN)
    assert office.codes(entry) == ["HH-E004"]
    entry = office.new_head(entry, family[2])
    # The register does not say who is whose child; of parents and siblings the wording follows.
    assert [person.text("relationship") for person in entry.people] == ["父", "母", "世帯主", "妹"]

    registered = office.register(entry)

    [change] = office.changes(registered)
    assert (change.reason, change.notified_on) == (ChangeReason.HEAD_CHANGE, office.now.date())
    rows = [office.latest(member) for member in family]
    assert [row.relationship_to_head for row in rows] == ["父", "母", "世帯主", "妹"]
    assert {row.head_name for row in rows} == {"架空　一郎"}
    assert {row.household_number for row in rows} == {family[0].household_number}


def test_the_clerk_has_the_last_word_on_relationships(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    entry = office.new_head(office.begin("head_change", *family).with_values(**WHEN), family[1])
    assert [person.text("relationship") for person in entry.people] == ["夫", "世帯主", "子", "子"]
    entry = office.typed(entry, family[2], relationship="縁故者")
    office.register(entry)
    assert office.latest(family[2]).relationship_to_head == "縁故者"


def test_head_change_to_the_same_or_to_nobody(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = office.begin("head_change", *family).with_values(**WHEN)
    assert "HH-E005" in office.codes(office.new_head(entry, family[0]))
    blank = office.typed(office.new_head(entry, family[1]), family[2], relationship="")
    assert "CH-E038" in office.codes(blank)
    second = office.typed(office.new_head(entry, family[1]), family[2], relationship="世帯主")
    assert "CH-E034" in office.codes(second)


def test_a_household_without_head_gets_one(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """RR-4.0.4c: who stays without a head can still be worked on."""
    gone = office.begin("household_split", family[0]).with_values(**WHEN)
    office.register(gone)
    entry = office.new_head(office.begin("head_change", *family[1:]).with_values(**WHEN), family[1])
    assert office.codes(entry) == []
    office.register(entry)
    assert [office.latest(each).head_name for each in family[1:]] == ["架空　花子"] * 3


@pytest.mark.requirement("RR-4.1.4.3")
def test_de_facto_head(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = office.begin("de_facto_head", *family).with_values(**WHEN)
    assert set(office.codes(entry)) >= {"HH-E006", "HH-A004"}
    entry = entry.with_values(de_facto_head="SMITH JOHN", cause="基地の証明書で確かめた。")

    registered = office.register(entry)

    [change] = office.changes(registered)
    assert change.reason is ChangeReason.CORRECT_EX_OFFICIO
    rows = [office.latest(member) for member in family]
    assert [row.head_name for row in rows] == [None] * 4
    assert [row.relationship_to_head for row in rows] == [None, "妻", "子", "子"]
    assert "事実上の世帯主　SMITH JOHN" in office.remarks(rows[0])


M, F = Sex.MALE, Sex.FEMALE


@pytest.mark.requirement("RR-4.1.4.2", partial=True)
@pytest.mark.parametrize(
    ("person", "new_head", "proposed"),
    [
        # the wife becomes head
        (Kin("世帯主", M), Kin("妻", F), "夫"),
        (Kin("世帯主", F), Kin("夫", M), "妻"),
        (Kin("世帯主", M), Kin("妻（未届）", F), "夫（未届）"),
        (Kin("子", M), Kin("妻", F), "子"),
        (Kin("子の妻", F), Kin("妻", F), "子の妻"),
        (Kin("妻の父", M), Kin("妻", F), "父"),
        (Kin("父", M), Kin("妻", F), "夫の父"),
        (Kin("兄の子", M), Kin("妻", F), "夫の兄の子"),
        # a child becomes head
        (Kin("世帯主", M), Kin("子", M), "父"),
        (Kin("妻", F), Kin("子", M), "母"),
        (Kin("子", M, True), Kin("子", M), "兄"),
        (Kin("子", F, False), Kin("子", M), "妹"),
        (Kin("子", M, None), Kin("子", M), ""),
        (Kin("父", M), Kin("子", M), ""),
        # a parent becomes head
        (Kin("世帯主", M), Kin("父", M), "子"),
        (Kin("母", F), Kin("父", M), "妻"),
        (Kin("妻", F), Kin("母", F), "子の妻"),
        (Kin("子", M), Kin("父", M), "子の子"),
        (Kin("妹", F), Kin("父", M), "子"),
        # a sibling becomes head
        (Kin("世帯主", M, True), Kin("弟", M), "兄"),
        (Kin("父", M), Kin("弟", M), "父"),
        (Kin("妻", F), Kin("弟", M), ""),
        # who is no kin stays so
        (Kin("同居人", M), Kin("妻", F), "同居人"),
        (Kin("縁故者", M), Kin("子", F), "縁故者"),
        (Kin("世帯主", M), Kin("縁故者", M), ""),
        (Kin("妻", F), Kin("同居人", M), "同居人"),
    ],
)
def test_what_follows_from_the_old_relationship(person: Kin, new_head: Kin, proposed: str) -> None:
    assert propose_relationship(person, new_head) == proposed


@pytest.mark.requirement("RR-4.1.4.2", "RR-1.1.11a", "RR-1.1.11b", partial=True)
@pytest.mark.parametrize(
    ("person", "new_head", "setting", "proposed"),
    [
        # the only child becomes head: the child's family is the head's
        (Kin("子の妻", F), Kin("子", M), Setting(F, alone=True), "妻"),
        (Kin("子の妻（未届）", F), Kin("子", M), Setting(F, alone=True), "妻（未届）"),
        (Kin("子の子", M), Kin("子", M), Setting(F, alone=True), "子"),
        (Kin("子の子の妻", F), Kin("子", M), Setting(F, alone=True), "子の妻"),
        (Kin("子の子の子の子", F), Kin("子", M), Setting(F, alone=True), "子の子の子"),
        # of several children nobody knows whose family it is, and a woman has no wife
        (Kin("子の妻", F), Kin("子", M), Setting(F), ""),
        (Kin("子の子", F), Kin("子", M), Setting(F), ""),
        (Kin("子の妻", F), Kin("子", F), Setting(F, alone=True), ""),
        (Kin("子の夫", M), Kin("子", F), Setting(F, alone=True), "夫"),
        # over the old head, whose sex says father or mother
        (Kin("父", M), Kin("子", M), Setting(M), "父の父"),
        (Kin("母", F), Kin("子", M), Setting(F), "母の母"),
        (Kin("弟の妻", F), Kin("子", M), Setting(M), "父の弟の妻"),
        (Kin("弟の子の子の子", F), Kin("子", M), Setting(M), "縁故者"),
        (Kin("妻の母", F), Kin("子", M), Setting(M), "母の母"),
        (Kin("妻の子", F, True), Kin("子", M), Setting(M), "姉"),
        (Kin("父", M), Kin("子", M), Setting(Sex.UNKNOWN), ""),
        # a parent
        (Kin("弟の妻", F), Kin("父", M), Setting(M), "子の妻"),
        (Kin("父の弟", M), Kin("父", M), Setting(M), "弟"),
        (Kin("母の母", F), Kin("父", M), Setting(M), "妻の母"),
        # a sibling
        (Kin("妻", F), Kin("弟", M), Setting(M), "兄の妻"),
        (Kin("子", F), Kin("姉", F), Setting(F), "妹の子"),
        (Kin("弟の妻", F), Kin("弟", M), Setting(M, alone=True), "妻"),
        (Kin("弟の妻", F), Kin("弟", M), Setting(M), ""),
        (Kin("姉の子", F), Kin("弟", M), Setting(M), "姉の子"),
        (Kin("妹の子", F), Kin("弟", M), Setting(M), ""),
    ],
)
def test_what_follows_from_the_old_household(
    person: Kin, new_head: Kin, setting: Setting, proposed: str
) -> None:
    assert propose_relationship(person, new_head, setting) == proposed


@pytest.mark.parametrize(
    ("new_head", "others", "alone"),
    [
        ("子", ["世帯主", "妻", "子の妻", "子の子"], True),
        ("子", ["世帯主", "子"], False),
        ("子", ["世帯主", "子（子の夫）"], False),
        ("弟", ["世帯主", "妹", "弟の妻"], True),
        ("弟", ["世帯主", "弟"], False),
        ("子の子", ["世帯主"], False),
        ("", ["世帯主"], False),
    ],
)
def test_who_is_the_only_one(new_head: str, others: list[str], alone: bool) -> None:
    assert is_alone(new_head, others) is alone


@pytest.mark.requirement("RR-4.1.4.2", partial=True)
def test_a_grandmother_dies_and_her_only_child_becomes_head(office: ChangeOffice) -> None:
    """Four generations under one roof: everybody's 続柄 is proposed, nothing is left for the clerk to work out."""
    born = {
        "世帯主": 1926,
        "子": 1946,
        "子の妻": 1948,
        "子の子": 1970,
        "子の子の妻": 1972,
        "子の子の子": 1995,
    }
    people = residents.family(
        office.session,
        *(
            {
                "name": f"架空　{number}",
                "head_name": "架空　0",
                "relationship_to_head": relationship,
                "birth_date": DateValue.of(dt.date(year, 3, 3)),
                "sex": F if relationship == "世帯主" or relationship.endswith("妻") else M,
            }
            for number, (relationship, year) in enumerate(born.items())
        ),
    )
    entry = office.begin("death", people[0]).with_values(**WHEN, noticed_on="令和8年11月24日")
    entry = office.new_head(entry, people[1])
    proposed = [person.text("relationship") for person in entry.people]
    assert proposed[1:] == ["世帯主", "妻", "子", "子の妻", "子の子"]
    assert "CH-E038" not in office.codes(entry)
