"""届出の準用 (RR-4.2.0.2): the changes of 4.1 by 職権; what of each change the 職権記録書 has (RR-4.2.0.1a)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from residentapp.residents.changes.rules.common import days_of, offered_days
from residentapp.residents.changes.rules.ex_officio import grounds_of
from residentapp.residents.changes.spec import Group, spec_of, specs
from residentapp.residents.changes.types import ChangeEntry, Days, Effect, Plan, Step
from residentapp.residents.ex_officio.models import ExOfficioRecord
from residentapp.residents.ex_officio.types import Basis
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason
from tests.residents.changes.office import ChangeOffice
from tests.residents.move_in.cases import TOWN_CODE

NEW_ADDRESS = {
    "moved_on": "令和8年10月1日",
    "town": "架空県架空市本町一丁目",
    "lot": "9番8号",
    "address_code": TOWN_CODE,
    "postal_code": "000-0001",
    "cause": "令和8年11月16日に実態調査を行い、住んでいることを確かめた。",
}


def moving(office: ChangeOffice, *people: ResidentHistory, **values: str) -> ChangeEntry:
    return office.begin("move_within_by_office", *people).with_values(**(NEW_ADDRESS | values))


@pytest.mark.requirement("RR-4.2.0.2", partial=True)
def test_a_move_that_nobody_notified(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """Six weeks after the move there is no period to miss: no 届出 came at all."""
    entry = moving(office, *family)
    assert office.codes(entry) == []
    assert "CH-A010" in office.codes(office.begin("move_within", *family).with_values(**NEW_ADDRESS))

    registered = office.register(entry)

    [change] = office.changes(registered)
    assert change.reason is ChangeReason.MOVE_WITHIN
    assert (change.notified_on, change.applied_on, change.noticed_on) == (None, None, None)
    row = office.latest(family[0])
    assert row.address == "架空県架空市本町一丁目9番8号"
    # 届出の年月日 is the day on which the office recorded (法第7条第8号).
    assert row.notified_on == office.now.date()
    assert office.remarks(row) == ["架空県架空市本町一丁目2番3号から転居（職権）"]


def test_a_move_on_application(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = moving(office, *family, basis="application", applied_on="令和8年11月20日")
    registered = office.register(entry)
    [change] = office.changes(registered)
    assert change.applied_on == dt.date(2026, 11, 20)
    assert "（職権・申出による）" in office.remarks(office.latest(family[0]))[0]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"moved_on": ""}, "CH-E010"),
        ({"moved_on": "令和8年11月25日"}, "CH-E012"),
        ({"lot": "2番3号"}, "MW-E001"),
        ({"basis": "register"}, "EO-E001"),
        ({"cause": ""}, "EO-E002"),
        ({"basis": "application", "applied_on": ""}, "CH-E013"),
        ({"basis": "application", "applied_on": "令和8年11月25日"}, "CH-E014"),
    ],
)
def test_the_same_rules_hold(
    office: ChangeOffice, family: list[ResidentHistory], values: dict[str, str], code: str
) -> None:
    assert code in office.codes(moving(office, *family, **values))


@pytest.mark.requirement("RR-4.2.0.2", partial=True)
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("household_split", ChangeReason.HOUSEHOLD_SPLIT),
        ("head_change", ChangeReason.HEAD_CHANGE),
    ],
)
def test_households_by_office(
    office: ChangeOffice, family: list[ResidentHistory], kind: str, reason: ChangeReason
) -> None:
    entry = office.begin(f"{kind}_by_office", *family[3:]).with_values(
        moved_on="令和8年11月1日", cause="実態調査"
    )
    if kind == "head_change":
        entry = office.new_head(entry, family[1])
    else:
        entry = office.typed(entry, family[3], relationship="世帯主")
    registered = office.register(entry)
    change = office.changes(registered)[0]
    assert (change.reason, change.notified_on) == (reason, None)


def test_every_notification_but_move_in_has_its_kind_by_office() -> None:
    """A kind of change that is notified and has none would leave the office without a way (RR-4.2.0.2)."""
    codes = {spec.code for spec in specs(Group.EX_OFFICIO)}
    notified = [spec for spec in specs(Group.NOTIFICATION) if "notified_on" in spec.days]
    assert notified
    assert {f"{spec.code}_by_office" for spec in notified} <= codes
    for spec in specs(Group.EX_OFFICIO):
        assert "notified_on" not in offered_days(spec)
        assert not spec.future


@pytest.mark.parametrize("spec", specs(Group.EX_OFFICIO), ids=lambda spec: spec.code)
def test_the_ground_decides_the_day(spec: object) -> None:
    spec = spec_of(spec.code)  # type: ignore[attr-defined]
    for basis in spec.bases:
        entry = ChangeEntry(spec.code, {"basis": basis.value})
        assert days_of(spec, entry) == ((basis.day,) if basis.day else ())


# ---- 職権記録書


def records(office: ChangeOffice) -> list[ExOfficioRecord]:
    return list(office.session.scalars(select(ExOfficioRecord).order_by(ExOfficioRecord.serial)))


@pytest.mark.requirement("RR-4.2.0.1a", partial=True)
def test_each_change_by_office_is_entered(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    died = office.new_head(
        office.begin("death", family[0]).with_values(moved_on="令和8年11月20日", source="架空県隣市"),
        family[1],
    )
    first = office.register(died)
    second = office.register(moving(office, family[3]))
    found = records(office)
    assert [record.change_id for record in found] == [*first.change_ids, *second.change_ids]
    assert [(record.year, record.serial) for record in found] == [(2026, 1), (2026, 2), (2026, 3)]
    assert [(record.basis, record.cause, record.source) for record in found] == [
        (Basis.REGISTER, "", "架空県隣市"),
        (Basis.FOLLOWS, "死亡に伴う", ""),
        (Basis.NO_NOTIFICATION, NEW_ADDRESS["cause"], ""),
    ]


@pytest.mark.requirement("RR-4.0.4a", "RR-4.2.0.1a", partial=True)
def test_a_head_named_because_of_a_notification_is_a_change_by_office(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    entry = office.begin("move_within", family[0]).with_values(**(NEW_ADDRESS | {"cause": ""}))
    registered = office.register(office.new_head(entry, family[1]))
    [record] = records(office)
    assert record.change_id == registered.change_ids[1]
    assert (record.basis, record.cause) == (Basis.FOLLOWS, "転居に伴う")


def test_a_notification_alone_is_not_entered(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    office.register(office.begin("move_within", *family).with_values(**NEW_ADDRESS))
    assert records(office) == []


def test_steps_that_one_notice_stands_behind_share_its_ground() -> None:
    """帰化 closes one record and makes another by the same notice; the head named afterwards only follows."""
    notice = Days(noticed_on=dt.date(2026, 11, 20))
    steps = (
        Step(ChangeReason.REMOVE_NATURALISATION, None, (Effect("1", {}),), notice),
        Step(ChangeReason.RECORD_NATURALISATION, None, (Effect("1", {}),), notice),
        Step(ChangeReason.HEAD_CHANGE, None, (Effect("2", {}),)),
    )
    spec = spec_of("naturalisation")
    found = grounds_of(spec, ChangeEntry(spec.code), Plan(steps))
    assert found == [Basis.REGISTER, Basis.REGISTER, Basis.FOLLOWS]


def test_numbers_by_office_are_entered_and_on_request_are_not() -> None:
    spec = spec_of("correct")
    numbers = type(spec)(code="x", label="x", group=Group.NUMBERS, check=spec.check, plan=spec.plan)
    plan = Plan(
        tuple(
            Step(reason, None, (Effect("1", {}),))
            for reason in (
                ChangeReason.NUMBER_CORRECT_EX_OFFICIO,
                ChangeReason.NUMBER_CHANGE_ON_REQUEST,
                ChangeReason.RESIDENT_CODE_RECORD_EX_OFFICIO,
                ChangeReason.RESIDENT_CODE_CHANGE_ON_REQUEST,
            )
        )
    )
    assert grounds_of(numbers, ChangeEntry("x"), plan) == [Basis.OMISSION, None, Basis.OMISSION, None]


def test_nothing_is_entered_before_the_approval(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    office.provisional(moving(office, *family))
    assert records(office) == []
