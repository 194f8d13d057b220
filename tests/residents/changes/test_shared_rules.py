"""What holds for every kind of change: who, when, where to, and what no kind of change does (RR-4.0, RR-4.1)."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace

import pytest
from werkzeug.datastructures import MultiDict

from residentapp.core.violations import Level
from residentapp.residents import history
from residentapp.residents.cases import operations
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.queries import payload_of
from residentapp.residents.cases.types import CaseState, RecordVersion, SaveEntry, Withdraw
from residentapp.residents.changes.facts import begin
from residentapp.residents.changes.forms import entry_of_form, own_asks
from residentapp.residents.changes.procedure import PROCEDURES
from residentapp.residents.changes.rules.common import check_days
from residentapp.residents.changes.spec import ChangeSpec, Group, Subjects, Target, spec_of, specs
from residentapp.residents.changes.types import ChangeEntry, Facts
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.move_in.fields import MEMBER_FIELDS
from residentapp.residents.move_in.rules import check as check_move_in
from residentapp.residents.move_in.types import MoveInEntry
from residentapp.residents.types import ChangeReason
from tests.residents.changes.elsewhere import moving_out
from tests.residents.changes.office import ChangeOffice
from tests.residents.changes.test_move_within import NEW_ADDRESS
from tests.residents.move_in.cases import entry as move_in
from tests.residents.move_in.cases import facts as move_in_facts
from tests.support import residents

TODAY = dt.date(2026, 11, 24)
TOMORROW = "令和8年11月25日"
WHEN = {"moved_on": "令和8年11月20日"}
FACTS = Facts(today=TODAY, prefecture="架空県", municipality="架空市")


def empty(office: ChangeOffice, spec: ChangeSpec) -> ChangeEntry:
    """An entry of a kind of change as it begins."""
    return begin(office.session, office.clerk, spec, now=office.now)


def scope_of(entry: ChangeEntry) -> str:
    """全部 or 一部, as lists say it."""
    procedure = next(each for each in PROCEDURES if each.group is spec_of(entry.kind).group)
    return procedure.summary(entry).scope_label


# ---- 誰が


@pytest.mark.requirement("RR-4.0.1a", partial=True)
@pytest.mark.parametrize("kind", ["move_within", "move_out", "death", "household_split"])
def test_all_or_some_of_a_household_follows_from_who_is_chosen(
    office: ChangeOffice, family: list[ResidentHistory], kind: str
) -> None:
    assert spec_of(kind).subjects is Subjects.SOME
    household = family[0].household_number
    nobody = office.begin(kind, household=household)
    assert [person.number for person in nobody.people] == [each.addressee_number for each in family]
    assert nobody.subjects == ()
    assert scope_of(office.begin(kind, family[1])) == "一部"
    assert scope_of(office.begin(kind, *family[1:3])) == "一部"
    assert scope_of(office.begin(kind, *family)) == "全部"


@pytest.mark.requirement("RR-4.0.1b")
def test_who_is_not_in_the_register_is_entered_with_all_that_a_record_needs(office: ChangeOffice) -> None:
    """出生 and 職権記載 ask for the person; 転入 has its own page. None of them can be begun with somebody recorded."""
    needed = {"name", "name_kana", "birth_date", "sex", "registered_domicile", "register_head"}
    new = [spec for spec in specs() if spec.subjects is Subjects.NEW]
    assert {spec.code for spec in new} >= {"birth", "record_ex_officio"}
    for spec in new:
        asked = {ask.name for ask in spec.person_asks}
        # A newborn's day of birth is the 異動日, asked for once.
        assert needed - asked <= {"birth_date"}, spec.code
        [person] = empty(office, spec).people
        assert person.is_new and not person.number
    entered = {field.name for field in MEMBER_FIELDS}
    assert needed | {"previous_address", "individual_number", "resident_code"} <= entered


# ---- いつ


@pytest.mark.requirement("RR-4.0.3a")
def test_the_day_of_a_change_starts_blank_and_only_a_move_out_may_lie_ahead(office: ChangeOffice) -> None:
    ahead = set()
    for spec in specs():
        entry = empty(office, spec)
        assert entry.text("moved_on") == "", spec.code
        assert "CH-E010" in [each.code for each in check_days(spec, entry, FACTS)]
        found = [each.code for each in check_days(spec, entry.with_values(moved_on=TOMORROW), FACTS)]
        if "CH-E012" not in found:
            ahead.add(spec.code)
        today = entry.with_values(moved_on="令和8年11月24日")
        assert "CH-E012" not in [each.code for each in check_days(spec, today, FACTS)], spec.code
    assert ahead == {"move_out"}
    # 転入 goes the same road with a page of its own.
    for text, code in (("", "MI-E001"), (TOMORROW, "MI-E003")):
        assert code in [each.code for each in check_move_in(move_in(moved_on=text), move_in_facts())]


@pytest.mark.requirement("RR-4.1.0.2")
def test_the_day_of_a_notification_starts_as_today_and_is_never_later(office: ChangeOffice) -> None:
    notified = [spec for spec in specs(Group.NOTIFICATION) if "notified_on" in spec.days]
    assert len(notified) >= 6
    for spec in notified:
        entry = empty(office, spec)
        assert entry.text("notified_on") == "令和8年11月24日", spec.code
        assert "notified_on" in {ask.name for ask in own_asks(spec)}
        late = entry.with_values(moved_on="令和8年11月20日", notified_on=TOMORROW)
        assert "CH-E014" in [each.code for each in check_days(spec, late, FACTS)], spec.code
        earlier = late.with_values(notified_on="令和8年11月20日")
        assert "CH-E014" not in [each.code for each in check_days(spec, earlier, FACTS)], spec.code
    found = check_move_in(move_in(notified_on=TOMORROW), move_in_facts())
    assert "MI-E006" in [each.code for each in found]


@pytest.mark.requirement("RR-4.0.3b")
@pytest.mark.parametrize("later", [0, 3])
def test_the_day_of_processing_is_the_day_of_the_final_registration(
    office: ChangeOffice, family: list[ResidentHistory], later: int
) -> None:
    """Filled in by itself: today's, also when the entry has waited some days for its approval."""
    case = office.provisional(office.begin("move_within", *family).with_values(**NEW_ADDRESS))
    office.now += dt.timedelta(days=later)
    [change] = office.changes(office.approve(case))
    assert change.processed_on == TODAY + dt.timedelta(days=later)
    assert case.finalized_on == change.processed_on


@pytest.mark.requirement("RR-4.0.3c")
def test_no_other_day_of_processing_can_be_given(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """No field asks for it, and one that is sent all the same is not read."""
    for spec in specs():
        asked = {ask.name: ask.label for ask in (*own_asks(spec), *spec.person_asks)}
        assert not any("processed" in name or "処理日" in label for name, label in asked.items()), spec.code
    move_in_asks = {*(item.name for item in fields(MoveInEntry)), *(field.name for field in MEMBER_FIELDS)}
    assert "moved_on" in move_in_asks and not any("processed" in name for name in move_in_asks)

    entry = office.begin("move_within", *family)
    ticks = {f"people-{person.key}-chosen": "1" for person in entry.people}
    sent = MultiDict({**NEW_ADDRESS, "processed_on": "令和8年4月1日", "people-shown": "1", **ticks})
    read = entry_of_form(sent, entry, spec_of(entry.kind), office.clerk, office.facts(entry))
    assert read.text("lot") == NEW_ADDRESS["lot"] and "processed_on" not in read.values
    [change] = office.changes(office.register(read))
    assert change.processed_on == TODAY


# ---- どこへ


@pytest.mark.requirement("RR-4.0.2a")
def test_a_household_of_their_own_or_an_existing_one(
    office: ChangeOffice, family: list[ResidentHistory], lodging: ResidentHistory
) -> None:
    """全部 asks for the head and the others' 続柄; 一部 shows the household that was found and asks for the 続柄."""
    mother, son = family[1], family[2]
    alone = office.begin("move_within", mother, son).with_values(**NEW_ADDRESS)
    assert {"CH-A030"} <= set(office.codes(alone)), "nobody is head yet"
    alone = office.typed(alone, mother, relationship="世帯主")
    alone = office.typed(alone, son, relationship="子")
    registered = office.register(alone)
    members = history.household_members(office.session, registered.household_number)
    assert [(each.name, each.relationship_to_head) for each in members] == [
        ("架空　花子", "世帯主"),
        ("架空　一郎", "子"),
    ]
    assert {each.head_name for each in members} == {"架空　花子"}

    joining = office.begin("move_within", family[3]).with_values(**WHEN)
    joining = office.join(joining, lodging.household_number)
    home = office.facts(joining).home(lodging.household_number)
    assert home is not None and [member.name for member in home.members] == ["別所　独"]
    assert "CH-E035" in office.codes(office.typed(joining, family[3], relationship="世帯主"))
    office.register(office.typed(joining, family[3], relationship="縁故者"))
    members = history.household_members(office.session, lodging.household_number)
    assert [each.relationship_to_head for each in members] == ["世帯主", "縁故者"]


@pytest.mark.requirement("RR-4.0.10b")
def test_no_address_is_taken_from_another_household_with_only_the_room_changed(
    office: ChangeOffice, family: list[ResidentHistory], lodging: ResidentHistory
) -> None:
    """A new household's address is typed or found in the dictionary; no button or choice brings another's."""
    for spec in specs():
        place = [ask for ask in own_asks(spec) if ask.name in ("town", "lot", "building", "postal_code")]
        assert place, spec.code
        assert not any(ask.fill or ask.prefill or ask.choices or ask.options for ask in place), spec.code
    # Who joins a household has its address as it stands: a room typed beside it is not taken.
    entry = office.join(office.begin("move_within", family[3]).with_values(**WHEN), lodging.household_number)
    entry = office.typed(entry.with_values(building="東荘999号"), family[3], relationship="縁故者")
    office.register(entry)
    assert office.latest(family[3]).building == lodging.building
    # Nor is one taken when the household is let go again.
    dropped = office.join(entry, "").with_values(scope="whole")
    assert (dropped.text("town"), dropped.text("lot")) == ("", "")


@pytest.mark.requirement("RR-4.1.2.1a", "RR-4.1.2.1b")
def test_a_move_into_another_building_on_the_same_lot(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """It is a 転居 like any other, and nothing writes 「同一住所への転居」."""
    same = {**NEW_ADDRESS, "lot": "2番3号", "building": "離れ"}
    registered = office.register(office.begin("move_within", *family).with_values(**same))
    [change] = office.changes(registered)
    assert change.reason is ChangeReason.MOVE_WITHIN
    row = office.latest(family[0])
    assert (row.address, row.building) == (family[0].address, "離れ")
    assert row.address_set_on is not None and row.address_set_on.iso == "2026-11-20"
    for member in family:
        texts = office.remarks(office.latest(member))
        assert texts and not any("同一住所" in text for text in texts)


# ---- kinds of change


@pytest.mark.requirement("RR-4.1.0.1a")
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("move_within", ChangeReason.MOVE_WITHIN),
        ("move_out", ChangeReason.MOVE_OUT_DOMESTIC),
        ("move_out abroad", ChangeReason.MOVE_OUT_ABROAD),
        ("household_split", ChangeReason.HOUSEHOLD_SPLIT),
        ("household_merge", ChangeReason.HOUSEHOLD_MERGE),
        ("household_change", ChangeReason.HOUSEHOLD_CHANGE),
        ("head_change", ChangeReason.HEAD_CHANGE),
    ],
)
def test_each_notification_has_its_reason(
    office: ChangeOffice, family: list[ResidentHistory], kind: str, reason: ChangeReason
) -> None:
    """国内転入 and 国外転入等 are on the page of 転入."""
    [first, *_rest] = office.changes(office.register(entry_of(office, family, kind)))
    assert (first.reason, first.notified_on) == (reason, TODAY)


def entry_of(office: ChangeOffice, family: list[ResidentHistory], kind: str) -> ChangeEntry:
    """A complete entry of a kind of notification."""
    if kind.startswith("move_out"):
        abroad = {
            "planned_kind": "abroad",
            "planned_country": "架空国",
            "planned_code": "",
            "planned_postal_code": "",
        }
        return moving_out(office, *family, **(abroad if kind.endswith("abroad") else {}))
    if kind == "move_within":
        return office.begin(kind, *family).with_values(**NEW_ADDRESS)
    if kind == "head_change":
        return office.new_head(office.begin(kind, *family).with_values(**WHEN), family[1])
    if kind == "household_split":
        return office.typed(
            office.begin(kind, family[2]).with_values(**WHEN), family[2], relationship="世帯主"
        )
    old = next_door(office, family)
    who = old if kind == "household_merge" else family[3]
    to = family[0] if kind == "household_merge" else old
    entry = office.join(office.begin(kind, who).with_values(**WHEN), to.household_number)
    return office.typed(entry, who, relationship="同居人")


def next_door(office: ChangeOffice, family: list[ResidentHistory]) -> ResidentHistory:
    """A man alone at the family's address, in a room of another name."""
    return residents.resident(
        office.session, name="架空　老人", head_name="架空　老人", address=family[0].address, building="離れ"
    )


HOUSEHOLD_KINDS = ("household_split", "household_merge", "household_change", "head_change")


@pytest.mark.requirement("RR-4.1.4.1a", "RR-4.1.4.1b", "RR-4.1.4.1c")
@pytest.mark.parametrize("kind", HOUSEHOLD_KINDS)
def test_a_change_of_households_leaves_every_address_and_room_as_it_is(
    office: ChangeOffice, family: list[ResidentHistory], kind: str
) -> None:
    """No field asks for an address, one that is sent is not taken, and rooms of different names are no hindrance."""
    spec = spec_of(kind)
    assert not spec.address and spec.target not in (Target.CHOOSE, Target.OWN)
    entry = entry_of(office, family, kind).with_values(**{**NEW_ADDRESS, **WHEN})
    codes = office.codes(entry)
    assert not [code for code in codes if code.startswith(("CH-E02", "HH-E002"))]
    assert not any(finding.level is Level.ERROR for finding in office.findings(entry))
    numbers = [person.number for person in entry.people]
    before = {number: office.latest(number) for number in numbers}
    places = {number: (row.address, row.building, row.address_set_on) for number, row in before.items()}

    office.register(entry)

    after = {number: office.latest(number) for number in numbers}
    assert any(row.history_number > before[number].history_number for number, row in after.items())
    assert {
        number: (row.address, row.building, row.address_set_on) for number, row in after.items()
    } == places


@pytest.mark.requirement("RR-4.1.4.2")
def test_with_a_new_head_everybodys_relationship_can_be_set(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """In the step itself, over what is proposed; and afterwards by 職権."""
    father, mother, son, daughter = family
    entry = office.new_head(office.begin("head_change", *family).with_values(**WHEN), mother)
    for person, text in ((father, "縁故者"), (son, "夫の子"), (daughter, "同居人")):
        entry = office.typed(entry, person, relationship=text)
    office.register(entry)
    assert [office.latest(each).relationship_to_head for each in family] == [
        "縁故者",
        "世帯主",
        "夫の子",
        "同居人",
    ]
    later = office.begin("correct", son).with_values(**WHEN, cause="戸籍で確かめた。")
    office.register(office.typed(later, son, relationship="子"))
    assert office.latest(son).relationship_to_head == "子"


@pytest.mark.requirement("RR-4.2.0.2")
@pytest.mark.parametrize("kind", ["move_within", "move_out", *HOUSEHOLD_KINDS])
def test_what_is_notified_can_be_done_by_office_under_the_same_rules(
    office: ChangeOffice, family: list[ResidentHistory], kind: str
) -> None:
    """The entry of the notification, with a ground in place of the 届出日, has the same findings and effect."""
    notified = entry_of(office, family, kind)
    if kind == "move_out":
        notified = notified.with_values(moved_on="令和8年11月20日")
    by_office = replace(
        notified,
        kind=f"{kind}_by_office",
        values={
            **{name: text for name, text in notified.values.items() if name != "notified_on"},
            "basis": "no_notification",
            "cause": "実態調査で確かめた。",
        },
    )
    assert set(office.codes(by_office)) == set(office.codes(notified))
    reason = office.plan(notified).steps[0].reason
    wrong = by_office.with_values(moved_on="")
    assert "CH-E010" in office.codes(wrong)
    [change, *_rest] = office.changes(office.register(by_office))
    assert (change.reason, change.notified_on) == (reason, None)


# ---- nothing before the approval


@pytest.mark.requirement("RR-4.0.8a")
def test_a_provisional_entry_is_kept_corrected_withdrawn_and_only_then_final(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    def seen(case: ChangeCase) -> RecordVersion:
        return RecordVersion(case.id, case.version)

    def untouched() -> None:
        assert [office.latest(each).history_number for each in family] == [1, 1, 1, 1]
        assert office.session.query(ResidentChange).filter(ResidentChange.case_id.is_not(None)).all() == []

    case = office.provisional(office.begin("move_within", *family).with_values(**NEW_ADDRESS))
    assert case.state is CaseState.PROVISIONAL
    untouched()
    case = operations.take_back(office.session, office.clerk, office.keyring, seen(case), now=office.now)
    entry = payload_of(office.keyring, case)
    assert entry.text("lot") == "9番8号"
    corrected = SaveEntry(seen(case), office.confirmed(entry.with_values(lot="9番9号")))
    case = operations.register_provisionally(
        office.session, office.clerk, office.keyring, corrected, now=office.now
    )
    untouched()
    office.approve(case)
    assert office.latest(family[0]).address == "架空県架空市本町一丁目9番9号"

    again = office.provisional(office.begin("death", family[3]).with_values(moved_on="令和8年11月23日"))
    command = Withdraw(seen(again), "届出が取り下げられた")
    operations.withdraw(office.session, office.clerk, office.keyring, command, now=office.now)
    assert again.state is CaseState.WITHDRAWN
    assert office.latest(family[3]).history_number == 2
