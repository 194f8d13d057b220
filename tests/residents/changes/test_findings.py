"""The catalogue as a whole (RR-11.1), and the findings of the road that no kind of change has in its own tests."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from residentapp.core.access.permissions import Permission
from residentapp.core.dates import DateValue
from residentapp.core.violations import Level
from residentapp.residents.changes.rules import household_effects
from residentapp.residents.changes.rules.shape import check_field
from residentapp.residents.changes.spec import Ask
from residentapp.residents.changes.types import ChangeEntry, Facts, Role
from residentapp.residents.findings import as_markdown, findings
from residentapp.residents.models import ResidentHistory, Suppression
from residentapp.residents.rules.member_order import MemberOrderError
from residentapp.residents.types import ChangeReason, ResidentState, SuppressedProcess, SuppressionCause
from tests.residents.changes.office import ChangeOffice
from tests.residents.changes.test_move_within import NEW_ADDRESS
from tests.support import residents

ROOT = Path(__file__).resolve().parents[3]
WHEN = {"moved_on": "令和8年11月20日"}


@pytest.mark.requirement("RR-11.1c")
def test_every_finding_says_what_why_and_what_to_do() -> None:
    found = list(findings())
    assert len(found) >= 150
    assert len({each.code for each in found}) == len(found)
    for each in found:
        assert each.message.strip() and each.remedy.strip() and each.basis.strip(), each.code
        assert each.level is (Level.ERROR if each.code[3] == "E" else Level.ALERT)


def test_the_document_lists_exactly_the_findings_there_are() -> None:
    assert (ROOT / "docs" / "findings.md").read_text(encoding="utf-8") == as_markdown()


@pytest.mark.requirement("RR-11.1a", "RR-11.1b", partial=True)
def test_every_finding_is_raised_by_a_test() -> None:
    """A code that no test names could be wrong for years."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert [each.code for each in findings() if each.code not in sources] == []


# ---- who


def whole(office: ChangeOffice, family: list[ResidentHistory]) -> ChangeEntry:
    return office.begin("move_within", *family).with_values(**NEW_ADDRESS)


def test_who_is_no_resident_any_more(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = whole(office, family)
    change = residents.change(office.session, ChangeReason.DEATH)
    residents.next_snapshot(office.session, family[3], change, state=ResidentState.DEAD)
    assert "CH-E003" in office.codes(entry)


def test_who_went_to_another_household(
    office: ChangeOffice, family: list[ResidentHistory], lodging: ResidentHistory
) -> None:
    entry = whole(office, family)
    change = residents.change(office.session, ChangeReason.MOVE_WITHIN)
    residents.next_snapshot(
        office.session, family[3], change, household_number=lodging.household_number, member_order=2
    )
    assert "CH-E006" in office.codes(entry)


def suppress(office: ChangeOffice, level: Level, **whom: str) -> None:
    office.session.add(
        Suppression(
            process=SuppressedProcess.CHANGE,
            level=level,
            cause=SuppressionCause.OTHER,
            starts_on=dt.date(2026, 4, 1),
            **whom,
        )
    )
    office.session.flush()


def test_changes_that_are_held_back(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    suppress(office, Level.ALERT, addressee_number=family[0].addressee_number)
    assert "CH-A001" in office.codes(whole(office, family))
    suppress(office, Level.ERROR, addressee_number=family[1].addressee_number)
    assert "CH-E005" in office.codes(whole(office, family))


def test_a_household_joined_that_is_held_back_or_has_no_head(
    office: ChangeOffice, family: list[ResidentHistory], lodging: ResidentHistory
) -> None:
    entry = office.join(office.begin("move_within", family[2]).with_values(**WHEN), lodging.household_number)
    entry = office.typed(entry, family[2], relationship="同居人")
    suppress(office, Level.ALERT, household_number=lodging.household_number)
    assert "CH-A037" in office.codes(entry)
    suppress(office, Level.ERROR, household_number=lodging.household_number)
    assert "CH-E032" in office.codes(entry)
    headless = residents.resident(
        office.session,
        name="無主　住",
        head_name=None,
        relationship_to_head="子",
        address="架空県架空市西町1番",
    )
    other = office.join(office.begin("move_within", family[2]).with_values(**WHEN), headless.household_number)
    assert "CH-A038" in office.codes(office.typed(other, family[2], relationship="同居人"))


# ---- the household


def test_one_who_is_left_without_a_head(office: ChangeOffice) -> None:
    father, son = residents.family(
        office.session,
        {"name": "二人　父", "head_name": "二人　父"},
        {
            "name": "二人　子",
            "head_name": "二人　父",
            "relationship_to_head": "子",
            "birth_date": DateValue.of(dt.date(2010, 1, 1)),
        },
    )
    entry = office.begin("move_within", father).with_values(**NEW_ADDRESS)
    assert "CH-A041" in office.codes(entry)
    # Who leaves cannot be head of those who stay.
    assert "CH-E037" in office.codes(entry.with_values(new_head=office.key(entry, father)))
    assert "CH-A041" not in office.codes(office.new_head(entry, son))


def test_relationships_that_fit_no_age(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = whole(office, family)
    entry = office.typed(entry, family[0], relationship="子")
    entry = office.typed(entry, family[2], relationship="世帯主")
    assert "CH-A033" in office.codes(entry)
    two = office.typed(whole(office, family), family[3], relationship="妻")
    assert "CH-A035" in office.codes(two)


def test_an_order_that_cannot_be(
    office: ChangeOffice, family: list[ResidentHistory], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of RR-5.2 refuses contradictions that the rules of 続柄 let pass."""

    def contradict(*_members: object) -> None:
        raise MemberOrderError("家族の中心となる人がこの世帯にいません。")

    monkeypatch.setattr(household_effects, "order_members", contradict)
    assert "CH-E039" in office.codes(whole(office, family))


# ---- fields


@pytest.mark.parametrize(
    ("ask", "text", "code"),
    [
        (Ask("child_allowance_from", "児童手当の開始", "month"), "きのう", "CH-E059"),
        (Ask("notes", "留意事項", "lines"), "Привет", "CH-A050"),
    ],
)
def test_what_a_field_may_not_hold(ask: Ask, text: str, code: str) -> None:
    facts = Facts(dt.date(2026, 11, 24), "架空県", "架空市")
    assert [finding.code for finding in check_field(ask, text, ask.name, facts)] == [code]


# ---- move within, cancellation


def test_protected_and_others_under_one_roof(
    office: ChangeOffice, family: list[ResidentHistory], lodging: ResidentHistory
) -> None:
    residents.protect(office.session, family[2])
    knowing = replace(
        office,
        clerk=replace(office.clerk, permissions=office.clerk.permissions | {Permission.SUPPRESSED_VIEW}),
    )
    entry = knowing.join(
        knowing.begin("move_within", family[2]).with_values(**WHEN), lodging.household_number
    )
    assert "MW-A002" in knowing.codes(knowing.typed(entry, family[2], relationship="同居人"))


def test_what_can_be_cancelled(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = office.begin("cancel", family[0]).with_values(**WHEN)
    assert "CX-E001" in office.codes(entry.with_values(change="999999"))
    split = office.begin("household_split", family[2]).with_values(**WHEN)
    office.register(office.typed(split, family[2], relationship="世帯主"))
    entry = office.begin("cancel", family[2]).with_values(moved_on="令和8年11月24日")
    assert "CX-E005" in office.codes(office.typed(entry, family[2], relationship="孫"))
    # He moved out and she became head: undone for her alone, the household that stayed has none.
    away = office.begin("move_within", family[0]).with_values(**NEW_ADDRESS)
    office.register(office.new_head(away, family[1]))
    entry = office.begin("cancel", family[1]).with_values(moved_on="令和8年11月24日")
    alone = replace(
        entry,
        people=tuple(
            person if person.number == family[1].addressee_number else replace(person, role=Role.STAYING)
            for person in entry.people
        ),
    )
    assert {"CX-A001", "CX-A003"} <= set(office.codes(alone))
