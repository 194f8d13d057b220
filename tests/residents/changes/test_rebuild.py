"""改製 by hand (RR-1.1.4a) and 再製: a row of its own, after which certificates with history begin anew."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from residentapp.core.dates import to_wareki
from residentapp.residents import history
from residentapp.residents.certificates.documents import PersonFacts, _since_rebuilt
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.models import IntegratedRemark, ResidentChange, ResidentHistory
from residentapp.residents.types import ChangeReason, ResidentState
from tests.residents.changes.office import ChangeOffice
from tests.support import residents


def rebuilding(office: ChangeOffice, *people: ResidentHistory, on: str = "令和8年11月24日") -> ChangeEntry:
    return office.begin("rebuild", *people).with_values(moved_on=on, cause="記載が多く、見にくくなったため。")


@pytest.mark.requirement("RR-1.1.4a")
def test_a_record_is_rebuilt_by_hand(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    person = family[0]
    for place in range(60):
        made_by = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
        person = residents.next_snapshot(office.session, person, made_by, previous_head_name=f"架空　{place}")
    # However much a record holds, nothing is rebuilt by itself.
    assert (person.history_number, person.rebuilt_on) == (61, None)
    entry = rebuilding(office, person)
    assert office.codes(entry) == ["RB-A001"]

    registered = office.register(entry)

    [change] = office.changes(registered)
    assert change.reason is ChangeReason.RECORD_REBUILD
    row = office.latest(person)
    assert (row.rebuilt_on, row.state) == (dt.date(2026, 11, 24), ResidentState.RESIDENT)
    changed = {
        name for name, value in history.items_of(row).items() if value != history.items_of(person)[name]
    }
    assert changed == {"rebuilt_on"}
    assert office.remarks(row) == ["改製"]
    # The rows before it stay in the register, but not on a copy with history.
    facts = person_facts(office, person)
    assert [each.history_number for each in facts.snapshots] == list(range(1, 63))
    assert [each.history_number for each in _since_rebuilt(facts)] == [62]


def person_facts(office: ChangeOffice, person: ResidentHistory) -> PersonFacts:
    """What a certificate is made of."""
    number = person.addressee_number
    snapshots = history.snapshots_of(office.session, number)
    changes = {row.change_id: office.session.get_one(ResidentChange, row.change_id) for row in snapshots}
    remarks = office.session.scalars(
        select(IntegratedRemark).where(IntegratedRemark.addressee_number == number)
    ).all()
    return PersonFacts(snapshots, changes, remarks, {})


@pytest.mark.parametrize(
    ("day", "barred"),
    [(dt.date(2026, 11, 19), True), (dt.date(2026, 11, 20), True), (dt.date(2026, 11, 21), False)],
)
def test_a_rebuilding_comes_after_the_last_one(
    office: ChangeOffice, family: list[ResidentHistory], day: dt.date, barred: bool
) -> None:
    office.register(rebuilding(office, family[0], on="令和8年11月20日"))
    entry = rebuilding(office, office.latest(family[0]), on=to_wareki(day))
    assert ("RB-E001" in office.codes(entry)) is barred


def test_several_records_at_once(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    registered = office.register(rebuilding(office, *family))
    assert len(registered.numbers) == 4 and len(registered.change_ids) == 1


def test_its_day_is_known_and_its_cause_too(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    assert "CH-E011" in office.codes(rebuilding(office, family[0], on="年月日不詳"))
    assert "CH-E012" in office.codes(rebuilding(office, family[0], on="令和8年11月25日"))
    assert "EO-E002" in office.codes(rebuilding(office, family[0]).with_values(cause=""))


def test_a_record_that_was_lost_is_made_anew(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = office.begin("reconstruct", family[0]).with_values(
        moved_on="令和8年11月24日", cause="磁気ディスクの障害。バックアップで内容を確かめた。"
    )
    assert office.codes(entry) == []
    registered = office.register(entry)
    [change] = office.changes(registered)
    assert change.reason is ChangeReason.RECORD_RECONSTRUCTION
    row = office.latest(family[0])
    assert history.items_of(row) == history.items_of(family[0])
    assert office.remarks(row) == ["再製"]
