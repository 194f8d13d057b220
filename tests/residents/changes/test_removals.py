"""死亡 (RR-4.2.2.1), 失踪 (RR-4.2.2.2) and 職権消除: the 除票, and the household that is left."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from residentapp.core.access.permissions import Permission
from residentapp.core.dates import DateValue, to_wareki
from residentapp.residents import history
from residentapp.residents.changes.items import quote_domicile
from residentapp.residents.changes.spec import spec_of, specs
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason, ResidentKind, ResidentState
from tests.residents.changes.office import ChangeOffice
from tests.support import residents

DIED = {"moved_on": "令和8年11月20日"}


def death(office: ChangeOffice, *people: ResidentHistory, **values: str) -> ChangeEntry:
    return office.begin("death", *people).with_values(**(DIED | values))


@pytest.mark.requirement("RR-4.2.2.1a", "RR-4.0.2b")
@pytest.mark.requirement("RR-4.0.4b", "RR-1.1.5a", partial=True)
def test_the_head_dies_and_the_widow_follows(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    father, mother, *_children = family
    entry = death(office, father)
    assert office.codes(entry) == ["CH-A040"]
    entry = office.new_head(entry, mother)
    assert office.codes(entry) == []

    registered = office.register(entry)

    died, named = office.changes(registered)
    assert (died.reason, named.reason) == (ChangeReason.DEATH, ChangeReason.HEAD_CHANGE)
    assert (died.noticed_on, died.notified_on) == (office.now.date(), None)
    row = office.latest(father)
    assert (row.state, row.removal_reason) == (ResidentState.DEAD, "死亡")
    assert row.removal_occurred_on == DateValue.of(dt.date(2026, 11, 20))
    assert row.removed_on == office.now.date()
    # The 除票 says what the record said.
    assert (row.name, row.address, row.relationship_to_head) == (father.name, father.address, "世帯主")
    assert office.remarks(row) == ["死亡"]
    rest = [office.latest(each) for each in family[1:]]
    assert [each.relationship_to_head for each in rest] == ["世帯主", "子", "子"]
    assert {each.head_name for each in rest} == {"架空　花子"}
    members = history.household_members(office.session, father.household_number)
    assert [each.addressee_number for each in members] == [each.addressee_number for each in family[1:]]


def test_who_is_not_head_leaves_the_others_as_they_are(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    entry = death(office, family[3])
    assert office.codes(entry) == []
    registered = office.register(entry)
    assert len(office.changes(registered)) == 1
    assert [office.latest(each).history_number for each in family[:3]] == [1, 1, 1]


def test_two_people_die_together(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = office.new_head(death(office, family[0], family[1]), family[2])
    office.register(entry)
    assert [office.latest(each).state for each in family] == [
        ResidentState.DEAD,
        ResidentState.DEAD,
        ResidentState.RESIDENT,
        ResidentState.RESIDENT,
    ]


@pytest.mark.parametrize(
    "writing",
    ["年月日不詳", "令和8年11月10日頃から12日頃までの間", "推定令和8年11月10日", "令和7年2月29日"],
)
@pytest.mark.requirement("RR-1.1.8a", partial=True)
def test_the_day_of_death_may_be_unknown_but_the_head_follows_on_a_day(
    office: ChangeOffice, family: list[ResidentHistory], writing: str
) -> None:
    """異動日 of 死亡 has the exceptions of RR-1.1.8a, 異動日 of 世帯主変更 has not."""
    entry = office.new_head(death(office, family[0], moved_on=writing), family[1])
    registered = office.register(entry)
    died, named = office.changes(registered)
    assert died.moved_on is not None and died.moved_on.writing == writing
    assert office.latest(family[0]).removal_occurred_on == died.moved_on
    assert named.moved_on == DateValue.of(office.now.date())


@pytest.mark.requirement("RR-4.2.2.1b")
def test_there_is_no_presumed_death_to_choose_and_no_free_cause() -> None:
    """A presumed day is a date of the pattern 推定…; the reason is the one class 死亡, with no text beside it."""
    spec = spec_of("death")
    assert [each.code for each in specs() if "死亡" in each.label] == ["death"]
    assert spec.asks == ()
    assert {ask.name for ask in spec.person_asks} == {
        "domicile_from",
        "registered_domicile",
        "register_head",
    }
    assert [reason.label for reason in ChangeReason if "死亡" in reason.label] == ["死亡"]


@pytest.mark.requirement("RR-4.2.0.3b", partial=True)
def test_the_notice_of_death_corrects_the_register_along(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    entry = office.typed(death(office, family[3]), family[3], registered_domicile="架空県隣市東町5番")
    row = office.latest(office.register(entry).numbers[0])
    assert (row.registered_domicile, row.register_head) == ("架空県隣市東町5番", "架空　太郎")
    # A blank field changes nothing: the item cannot be blank (RR-1.1.6).
    blank = office.typed(death(office, family[2]), family[2], registered_domicile="", register_head="")
    assert office.latest(office.register(blank).numbers[0]).register_head == "架空　太郎"


@pytest.mark.requirement("RR-4.2.0.3b")
@pytest.mark.parametrize("kind", ["birth", "death", "disappearance"])
def test_the_register_of_a_member_is_quoted(
    office: ChangeOffice, family: list[ResidentHistory], kind: str
) -> None:
    """For every change that follows from the 戸籍法 the 戸籍の表示 of another member can be taken."""
    made_by = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    mother = residents.next_snapshot(
        office.session,
        family[1],
        made_by,
        registered_domicile="架空県隣市東町5番",
        register_head="架空　花子",
    )
    chosen = [] if kind == "birth" else [family[3]]
    entry = office.begin(kind, *chosen, household=mother.household_number)
    [person] = entry.subjects
    entry = office.typed(entry, person.key, domicile_from=office.key(entry, mother))
    entry = quote_domicile(spec_of(kind), entry, office.facts(entry), person.key)
    assert [entry.subjects[0].text(name) for name in ("registered_domicile", "register_head")] == [
        "架空県隣市東町5番",
        "架空　花子",
    ]


def test_who_was_about_to_move_out_has_not_moved(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    leaving = residents.next_snapshot(
        office.session,
        family[2],
        residents.change(office.session, ChangeReason.MOVE_OUT_DOMESTIC),
        removal_occurred_on=DateValue.of(dt.date(2026, 12, 1)),
        planned_destination="例示県見本市緑町1番",
        planned_destination_code="99201001001",
        planned_destination_postal_code="9990001",
        removal_notified_on=dt.date(2026, 11, 1),
    )
    entry = death(office, leaving)
    assert office.codes(entry) == ["CH-A002"]
    office.register(entry)
    row = office.latest(leaving)
    assert row.removal_occurred_on == DateValue.of(dt.date(2026, 11, 20))
    assert (row.planned_destination, row.planned_destination_code, row.removal_notified_on) == (
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"moved_on": ""}, "CH-E010"),
        ({"moved_on": "令和8年11月25日"}, "CH-E012"),
        ({"moved_on": "令和8年11月24日", "noticed_on": "令和8年11月23日"}, "CH-E015"),
        ({"moved_on": "昭和55年5月4日"}, "CH-E016"),
        ({"basis": "notice"}, "EO-E002"),
        ({"basis": ""}, "EO-E001"),
        ({"source": "あ" * 101}, "CH-E051"),
    ],
)
def test_what_a_death_may_not_say(
    office: ChangeOffice, family: list[ResidentHistory], values: dict[str, str], code: str
) -> None:
    assert code in office.codes(death(office, family[0], **values))


@pytest.mark.parametrize(
    ("born", "alone"),
    # 15 today: no longer a child that is left alone.
    [(dt.date(2011, 11, 23), False), (dt.date(2011, 11, 24), False), (dt.date(2011, 11, 25), True)],
)
def test_children_left_alone(office: ChangeOffice, born: dt.date, alone: bool) -> None:
    parent, child = residents.family(
        office.session,
        {"name": "架空　一人", "head_name": "架空　一人"},
        {
            "name": "架空　二葉",
            "head_name": "架空　一人",
            "relationship_to_head": "子",
            "birth_date": DateValue.of(born),
        },
    )
    assert child.addressee_number
    assert ("EO-A001" in office.codes(death(office, parent))) is alone


def test_who_watches_over_a_measure_is_told(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """Only who may know of the measure comes so far; for others the entry is held back in the same words as ever."""
    residents.protect(office.session, family[3])
    assert "CH-E005" in office.codes(death(office, family[3]))
    assert "EO-A002" not in office.codes(death(office, family[3]))
    knowing = replace(office.clerk, permissions=office.clerk.permissions | {Permission.SUPPRESSED_VIEW})
    assert "EO-A002" in replace(office, clerk=knowing).codes(death(office, family[3]))


# ---- 失踪


def disappearance(office: ChangeOffice, person: ResidentHistory, **values: str) -> ChangeEntry:
    typed = {"moved_on": "令和8年11月2日", "adjudged_on": "令和8年6月1日", "source": "架空県隣市"}
    return office.begin("disappearance", person).with_values(**(typed | values))


@pytest.mark.requirement("RR-4.2.2.2")
def test_a_disappearance_is_removed_by_office(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = disappearance(office, family[1])
    assert office.codes(entry) == []

    registered = office.register(entry)

    [change] = office.changes(registered)
    assert (change.reason, change.noticed_on) == (ChangeReason.REMOVE_EX_OFFICIO, office.now.date())
    row = office.latest(family[1])
    assert (row.state, row.removal_reason) == (ResidentState.REMOVED, "職権消除")
    assert office.remarks(row) == ["職権消除（失踪宣告）", "失踪宣告　死亡とみなされる日　令和8年6月1日"]


def test_the_day_of_a_disappearance_may_be_unknown(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    entry = disappearance(office, family[1], moved_on="令和8年11月頃", adjudged_on="令和8年春")
    row = office.latest(office.register(entry).numbers[0])
    assert row.removal_occurred_on is not None and row.removal_occurred_on.writing == "令和8年11月頃"


@pytest.mark.parametrize(
    ("adjudged", "codes"),
    [
        ("", ["CH-E050"]),
        ("令和8年13月1日", ["CH-E011"]),
        ("昭和57年3月2日", ["RM-E001"]),
        ("昭和57年3月3日", []),
        ("令和8年11月2日", []),
        ("令和8年11月3日", ["RM-A001"]),
    ],
)
def test_the_adjudged_day(
    office: ChangeOffice, family: list[ResidentHistory], adjudged: str, codes: list[str]
) -> None:
    assert office.codes(disappearance(office, family[1], adjudged_on=adjudged)) == codes


def test_a_disappearance_comes_from_a_family_register(office: ChangeOffice) -> None:
    foreigner = residents.resident(
        office.session,
        resident_kind=ResidentKind.FOREIGN,
        name=None,
        name_alphabet="NGUYEN AN",
        head_name="NGUYEN AN",
        registered_domicile=None,
        register_head=None,
        became_resident_on=None,
    )
    assert "CH-E007" in office.codes(disappearance(office, foreigner))


# ---- 職権消除


def removal(office: ChangeOffice, *people: ResidentHistory, **values: str) -> ChangeEntry:
    typed = {
        "moved_on": "令和8年11月16日",
        "removal_cause": "absent",
        "cause": "令和8年11月16日に実態調査を行い、住んでいないことを確かめた。",
    }
    return office.begin("remove_ex_officio", *people).with_values(**(typed | values))


@pytest.mark.requirement("RR-4.2.0.1a", partial=True)
def test_removal_after_a_survey(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = office.new_head(removal(office, family[0]), family[1])
    assert office.codes(entry) == []

    registered = office.register(entry)

    removed, named = office.changes(registered)
    assert (removed.reason, named.reason) == (ChangeReason.REMOVE_EX_OFFICIO, ChangeReason.HEAD_CHANGE)
    assert (removed.noticed_on, removed.applied_on, removed.notified_on) == (None, None, None)
    row = office.latest(family[0])
    assert (row.state, row.removal_reason, row.removed_on) == (
        ResidentState.REMOVED,
        "職権消除",
        office.now.date(),
    )
    assert office.remarks(row) == ["職権消除（実態調査により不現住）"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"removal_cause": ""}, "CH-E050"),
        ({"removal_cause": "whim"}, "CH-E055"),
        ({"cause": ""}, "EO-E002"),
        ({"moved_on": "年月日不詳"}, "CH-E011"),
    ],
)
def test_what_a_removal_needs(
    office: ChangeOffice, family: list[ResidentHistory], values: dict[str, str], code: str
) -> None:
    assert code in office.codes(removal(office, family[0], **values))


def test_a_whole_household_is_not_removed_unnoticed(
    office: ChangeOffice, family: list[ResidentHistory], lodging: ResidentHistory
) -> None:
    entry = removal(office, *family)
    assert office.codes(entry) == ["RM-A002"]
    office.register(entry)
    assert history.household_members(office.session, family[0].household_number) == []
    # Who lives alone is no household that could be emptied by mistake.
    assert office.codes(removal(office, lodging)) == []


@pytest.mark.requirement("RR-4.2.0.5")
def test_an_application_is_recognisable(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """申出日 starts as the day of processing, can be typed, and stands in the record with the word of it."""
    entry = removal(office, family[3], basis="application")
    assert entry.text("applied_on") == to_wareki(office.now.date())
    entry = entry.with_values(applied_on="令和8年11月18日")
    registered = office.register(entry)
    [change] = office.changes(registered)
    assert change.applied_on == dt.date(2026, 11, 18)
    assert office.remarks(office.latest(family[3])) == ["職権消除（実態調査により不現住、申出による）"]
    late = removal(office, family[2], basis="application", applied_on="令和8年11月25日")
    assert "CH-E014" in office.codes(late)
