"""出生 (RR-4.2.1.2): the child's first record, Japanese or foreign, alone or as twins, on the whole road."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from residentapp.core.dates import DateValue, to_wareki
from residentapp.core.numbering import RESIDENT_CODE
from residentapp.residents import history
from residentapp.residents.changes.items import further_person, quote_domicile
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.changes.types import ChangeEntry, PersonEntry, Role
from residentapp.residents.models import ResidentHistory
from residentapp.residents.search import index
from residentapp.residents.types import ChangeReason, ForeignCategory, ResidentKind, ResidentState, Sex
from tests.residents.changes.office import ChangeOffice
from tests.residents.move_in.cases import TOWN_CODE
from tests.support import residents

CHILD = {
    "name": "架空　葵",
    "name_kana": "カクウ　アオイ",
    "sex": "female",
    "relationship": "子",
    "registered_domicile": "架空県架空市本町一丁目2番",
    "register_head": "架空　太郎",
}
BORN = {"moved_on": "令和8年11月10日"}


def birth(office: ChangeOffice, family: list[ResidentHistory], **values: str) -> ChangeEntry:
    """A daughter is born into the family."""
    entry = office.begin("birth", household=family[0].household_number).with_values(**BORN)
    return office.typed(entry, newborn(entry), **(CHILD | values))


def newborn(entry: ChangeEntry, place: int = 0) -> str:
    """Key of a new person of the entry."""
    return [person.key for person in entry.people if person.is_new][place]


@pytest.mark.requirement("RR-4.2.1.2")
@pytest.mark.requirement("RR-4.2.0.4", "RR-4.2.1.1", "RR-4.0.1b", "RR-4.3.1a", partial=True)
def test_a_child_is_born_into_a_household(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = birth(office, family)
    # 戸籍届出・通知日 starts as today, 異動日 blank.
    assert office.begin("birth").text("noticed_on") == "令和8年11月24日"
    assert office.codes(entry) == []

    registered = office.register(entry)

    [change] = office.changes(registered)
    assert (change.reason, change.noticed_on, change.notified_on) == (
        ChangeReason.BIRTH,
        office.now.date(),
        None,
    )
    row = office.latest(registered.numbers[0])
    assert row.history_number == 1
    assert (row.state, row.resident_kind) == (ResidentState.RESIDENT, ResidentKind.JAPANESE)
    assert (row.household_number, row.member_order) == (family[0].household_number, 5)
    assert (row.relationship_to_head, row.head_name) == ("子", "架空　太郎")
    assert (row.address, row.building) == (family[0].address, family[0].building)
    born = DateValue.of(dt.date(2026, 11, 10))
    assert row.birth_date == row.became_resident_on == row.address_set_on == born
    # Where the office records, 届出の年月日 is the day of the record (法第7条第8号); there was no address before.
    assert (row.notified_on, row.previous_address) == (office.now.date(), None)
    assert row.resident_code_cipher is not None and row.individual_number_cipher is None
    code = office.keyring.decrypt_text(row.resident_code_cipher, context=RESIDENT_CODE)
    assert code.startswith("9000000")
    assert office.remarks(row) == ["出生"]
    assert office.latest(family[0]).history_number == 1


def test_twins_are_one_entry(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = birth(office, family)
    entry = entry.with_person(PersonEntry("p9", role=Role.SUBJECT))
    entry = office.typed(entry, "p9", **(CHILD | {"name": "架空　茜", "name_kana": "カクウ　アカネ"}))
    assert office.codes(entry) == []

    registered = office.register(entry)

    rows = [office.latest(number) for number in registered.numbers]
    assert [(row.name, row.member_order) for row in rows] == [("架空　葵", 5), ("架空　茜", 6)]
    assert len({row.resident_code_hash for row in rows}) == 2
    assert len(office.changes(registered)) == 1


@pytest.mark.requirement("RR-4.0.10a", partial=True)
def test_a_further_child_takes_over_what_twins_share(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """氏 and its フリガナ, 本籍・筆頭者 of the last of the same kind; 旧氏 never; nothing of it for a foreigner."""
    entry = birth(office, family)
    spec = spec_of(entry.kind)
    first = entry.subjects[0]
    twin = further_person(spec, entry, ResidentKind.JAPANESE)
    assert (twin.key, twin.is_new, twin.role) == ("p6", True, Role.SUBJECT)
    assert (twin.text("name"), twin.text("name_kana")) == ("架空", "カクウ")
    for shared in ("registered_domicile", "register_head"):
        assert twin.text(shared) == first.text(shared) != ""
    for own in ("sex", "individual_number", "former_name", "relationship", "birth_date"):
        assert twin.text(own) == "", own
    other = further_person(spec, entry.with_person(twin), ResidentKind.FOREIGN)
    assert (other.key, other.resident_kind) == ("p7", ResidentKind.FOREIGN)
    assert not any(other.text(name) for name in ("name", "registered_domicile", "register_head"))


def test_the_day_of_birth_may_be_unknown(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """RR-1.1.8a: 異動日 of 出生 has the exceptions; the 生年月日 is what was written."""
    entry = birth(office, family).with_values(moved_on="令和8年11月10日頃")
    assert office.codes(entry) == []
    row = office.latest(office.register(entry).numbers[0])
    assert row.birth_date.writing == "令和8年11月10日頃"
    assert row.became_resident_on == row.birth_date


@pytest.mark.requirement("RR-1.1.2b", partial=True)
def test_a_foreign_child_is_a_transitional_resident(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    entry = office.begin("birth", household=family[0].household_number).with_values(**BORN)
    key = newborn(entry)
    foreign = PersonEntry(key, role=Role.SUBJECT, resident_kind=ResidentKind.FOREIGN)
    entry = entry.with_person(foreign)
    entry = office.typed(entry, key, sex="male", relationship="同居人", nationality="ベトナム")
    assert {"BI-E001", "BI-A005"} <= set(office.codes(entry))
    entry = office.typed(entry, key, name_alphabet="NGUYEN AN", name_kana="グエン　アン")
    assert office.codes(entry) == []

    row = office.latest(office.register(entry).numbers[0])

    assert row.foreign_category is ForeignCategory.TRANSITIONAL_BIRTH
    assert (row.birth_date.writing, row.nationality) == ("2026年11月10日", "ベトナム")
    assert row.became_foreign_resident_on == DateValue.of(dt.date(2026, 11, 10))
    assert (row.became_resident_on, row.registered_domicile) == (None, None)


@pytest.mark.parametrize(
    ("born", "late"),
    # 60 days, the first not counted: born on 25 September, a child may stay until 24 November.
    [(dt.date(2026, 9, 26), False), (dt.date(2026, 9, 25), False), (dt.date(2026, 9, 24), True)],
)
def test_the_sixty_days_of_a_foreign_child(
    office: ChangeOffice, family: list[ResidentHistory], born: dt.date, late: bool
) -> None:
    entry = office.begin("birth", household=family[0].household_number)
    entry = entry.with_values(moved_on=to_wareki(born))
    key = newborn(entry)
    entry = entry.with_person(PersonEntry(key, role=Role.SUBJECT, resident_kind=ResidentKind.FOREIGN))
    entry = office.typed(entry, key, name_alphabet="NGUYEN AN", sex="male", relationship="同居人")
    assert ("BI-A004" in office.codes(entry)) is late


def test_a_household_of_its_own(office: ChangeOffice) -> None:
    """Parents who have no record: the child stands alone."""
    entry = office.begin("birth").with_values(
        **BORN,
        scope="whole",
        town="架空県架空市本町一丁目",
        lot="9番8号",
        address_code=TOWN_CODE,
        postal_code="0000001",
    )
    entry = office.typed(entry, newborn(entry), **(CHILD | {"relationship": "世帯主"}))
    assert office.codes(entry) == ["CH-A036"]
    row = office.latest(office.register(entry).numbers[0])
    assert (row.address, row.head_name, row.member_order) == (
        "架空県架空市本町一丁目9番8号",
        "架空　葵",
        1,
    )


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"name": ""}, "BI-E001"),
        ({"name_kana": ""}, "BI-A005"),
        ({"name_kana": "KAKUU"}, "CH-E053"),
        ({"sex": ""}, "CH-E050"),
        ({"sex": "girl"}, "CH-E055"),
        ({"registered_domicile": ""}, "CH-E050"),
        ({"register_head": ""}, "CH-E050"),
        ({"relationship": ""}, "CH-A031"),
        ({"relationship": "長女"}, "CH-E036"),
        ({"relationship": "世帯主"}, "CH-E035"),
        ({"relationship": "兄", "sex": "male"}, "CH-A034"),
    ],
)
def test_what_a_newborn_needs(
    office: ChangeOffice, family: list[ResidentHistory], values: dict[str, str], code: str
) -> None:
    assert code in office.codes(birth(office, family, **values))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"moved_on": ""}, "CH-E010"),
        ({"moved_on": "令和8年11月25日"}, "CH-E012"),
        ({"moved_on": "令和8年11月24日", "noticed_on": "令和8年11月23日"}, "CH-E015"),
        ({"noticed_on": "令和8年11月25日"}, "CH-E014"),
        ({"noticed_on": ""}, "CH-E013"),
        ({"basis": "somewhere"}, "EO-E001"),
        ({"basis": "application"}, "EO-E002"),
        ({"basis": "omission", "cause": "あ" * 501}, "CH-E051"),
    ],
)
def test_what_the_entry_itself_may_not_say(
    office: ChangeOffice, family: list[ResidentHistory], values: dict[str, str], code: str
) -> None:
    assert code in office.codes(birth(office, family).with_values(**values))


def test_who_is_recorded_already_is_not_recorded_twice(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    office.register(birth(office, family))
    assert office.codes(birth(office, family)) == ["BI-A001"]
    # Another day, sex or name is another child.
    assert office.codes(birth(office, family, name="架空　茜")) == []
    assert office.codes(birth(office, family, sex="male")) == []
    assert office.codes(birth(office, family).with_values(moved_on="令和8年11月11日")) == []


def test_the_same_child_twice_in_one_entry(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = birth(office, family).with_person(PersonEntry("p9", role=Role.SUBJECT))
    assert "BI-A002" in office.codes(office.typed(entry, "p9", **CHILD))


@pytest.mark.parametrize(
    ("born", "young"),
    # The head of the household is 15 on the birthday itself.
    [(dt.date(2011, 11, 9), False), (dt.date(2011, 11, 10), False), (dt.date(2011, 11, 11), True)],
)
def test_a_parent_too_young_is_looked_at_twice(office: ChangeOffice, born: dt.date, young: bool) -> None:
    head = residents.resident(office.session, birth_date=DateValue.of(born))
    index.refresh(office.session, [head.addressee_number])
    assert ("BI-A003" in office.codes(birth(office, [head]))) is young


@pytest.mark.requirement("RR-4.2.0.3b", "RR-4.0.6a", partial=True)
def test_the_register_is_quoted_from_a_member(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = birth(office, family, registered_domicile="", register_head="")
    spec, key = spec_of("birth"), newborn(entry)
    ask = next(ask for ask in spec.person_asks if ask.name == "domicile_from")
    assert ask.options is not None
    offered = dict(ask.options(entry, office.facts(entry), key))
    mother = next(each.key for each in entry.people if each.number == family[1].addressee_number)
    assert offered[mother] == "妻　架空　花子の戸籍の表示"

    entry = office.typed(entry, key, domicile_from=mother)
    filled = quote_domicile(spec, entry, office.facts(entry), key)
    [child] = filled.subjects
    assert child.text("registered_domicile") == family[1].registered_domicile
    assert child.text("register_head") == family[1].register_head
    # The present address is another place it may come from; the 筆頭者 is left to the clerk.
    at_home = quote_domicile(
        spec, office.typed(entry, key, domicile_from="address"), office.facts(entry), key
    )
    assert at_home.subjects[0].text("registered_domicile") == family[0].address
    assert at_home.subjects[0].text("register_head") == ""
    # Somebody who is not of the household is no source.
    other = replace(entry, people=(*entry.people, PersonEntry("p8", "0000000000")))
    other = office.typed(other, key, domicile_from="p8")
    assert quote_domicile(spec, other, office.facts(other), key) == other


def test_nothing_is_quoted_from_a_home_that_is_closed(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """CM-5.1: the 本籍 of a protected person tells where they come from."""
    residents.protect(office.session, family[1])
    entry = birth(office, family, registered_domicile="", register_head="")
    spec, key = spec_of("birth"), newborn(entry)
    ask = next(ask for ask in spec.person_asks if ask.name == "domicile_from")
    assert ask.options is not None
    facts = office.facts(entry)
    assert [value for value, _label in ask.options(entry, facts, key)] == ["address", "previous"]
    for source in ("address", "previous", "p2"):
        tried = office.typed(entry, key, domicile_from=source)
        assert quote_domicile(spec, tried, facts, key) == tried
    assert "CH-E032" in office.codes(entry)


def test_an_application_is_told_in_the_record(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """RR-4.2.0.5: a child without a 戸籍 is recorded when somebody asks for it."""
    entry = birth(office, family, registered_domicile="なし", register_head="なし")
    entry = entry.with_values(basis="application", cause="認知調停の申立ての写しで確かめた。")
    registered = office.register(entry)
    [change] = office.changes(registered)
    assert (change.applied_on, change.noticed_on) == (office.now.date(), None)
    assert office.remarks(office.latest(registered.numbers[0])) == ["出生（申出による）"]


def test_the_household_is_held_while_the_entry_waits(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    office.provisional(birth(office, family))
    members = history.household_members(office.session, family[0].household_number)
    assert len(members) == 4
    assert {Sex(member.sex) for member in members} == {Sex.MALE, Sex.FEMALE}
