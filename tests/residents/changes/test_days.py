"""What every change holds (RR-1.2.1a): 異動者, 異動事由, its days, where and by whom it was entered, 留意事項."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from residentapp.core.access.permissions import Permission
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.models import IntegratedRemark, ResidentChange, ResidentHistory
from residentapp.residents.remarks import operations as remarks
from residentapp.residents.remarks.types import AddNote
from residentapp.residents.types import ChangeReason, RemarkKind
from tests.residents.changes.office import ChangeOffice
from tests.residents.changes.test_correction import correction
from tests.residents.changes.test_move_within import NEW_ADDRESS
from tests.residents.changes.test_names import foreigner as foreigner  # the fixture
from tests.support.users import clerk

DAYS = ("notified_on", "applied_on", "noticed_on", "requested_on")
ENTERED = dt.date(2026, 11, 24)


def moved(office: ChangeOffice, person: ResidentHistory) -> ChangeEntry:
    return office.begin("move_within", person).with_values(**NEW_ADDRESS, scope="whole")


def former_name(office: ChangeOffice, person: ResidentHistory) -> ChangeEntry:
    entry = office.begin("former_name_record", person).with_values(moved_on="令和8年11月20日")
    return office.typed(entry, person, former_name="別所", former_name_kana="ベッショ")


def corrected(office: ChangeOffice, person: ResidentHistory) -> ChangeEntry:
    return correction(office, person, name_kana="カクウ　イチロー").with_values(moved_on="令和8年11月20日")


@pytest.mark.requirement("RR-1.2.1a", partial=True)
@pytest.mark.parametrize(
    ("make", "reason", "day"),
    [
        (moved, ChangeReason.MOVE_WITHIN, "notified_on"),
        (former_name, ChangeReason.FORMER_NAME_RECORD, "requested_on"),
        (corrected, ChangeReason.CORRECT_EX_OFFICIO, "noticed_on"),
    ],
)
def test_a_change_holds_its_items(
    office: ChangeOffice, family: list[ResidentHistory], make: object, reason: ChangeReason, day: str
) -> None:
    """Of 届出日, 申出日, 通知日 and 請求日 exactly the one that its kind has."""
    assert callable(make)
    entry = make(office, family[2]).with_values(notes="窓口で確かめた")
    registered = office.register(entry)
    change = office.session.get_one(ResidentChange, registered.change_ids[0])
    assert (change.reason, change.moved_on and change.moved_on.iso) == (reason, "2026-11-20")
    assert change.processed_on == ENTERED
    assert {name for name in DAYS if getattr(change, name) is not None} == {day}
    assert getattr(change, day) == ENTERED
    assert (change.office_name, change.terminal_name, change.entered_by) == (
        office.clerk.office_name, office.clerk.terminal_name, "clerk1",
    )  # fmt: skip
    row = office.latest(family[2])
    assert row.change_id == change.id
    note = office.session.scalars(
        select(IntegratedRemark).where(
            IntegratedRemark.addressee_number == row.addressee_number,
            IntegratedRemark.kind == RemarkKind.NOTE,
        )
    ).one()
    assert (note.text, note.history_number) == ("窓口で確かめた", row.history_number)


@pytest.mark.requirement("RR-1.2.1a", partial=True)
def test_an_alias_has_its_day_of_application(office: ChangeOffice, foreigner: ResidentHistory) -> None:
    entry = office.begin("alias_record", foreigner).with_values(moved_on="令和8年11月20日")
    registered = office.register(office.typed(entry, foreigner, alias="須見　譲", alias_kana="スミ　ジョウ"))
    change = office.session.get_one(ResidentChange, registered.change_ids[0])
    assert {name for name in DAYS if getattr(change, name) is not None} == {"applied_on"}


@pytest.mark.requirement("RR-1.2.1a")
def test_a_change_of_a_note_says_who_where_and_when(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """And stays with the change that the note is about, which holds the rest."""
    registered = office.register(moved(office, family[2]))
    change = office.session.get_one(ResidentChange, registered.change_ids[0])
    officer = clerk(*Permission, login="ato", name="架空　後")
    number = family[2].addressee_number
    later = office.now + dt.timedelta(days=3)
    note = remarks.add_note(office.session, officer, AddNote(number, 2, "後で分かった事項"), now=later)
    assert (note.recorded_on, note.recorded_at, note.recorded_by) == (later.date(), later, "ato")
    assert (note.office_name, note.terminal_name) == (officer.office_name, officer.terminal_name)
    row = office.latest(family[2])
    assert (note.history_number, row.history_number, row.change_id) == (2, 2, change.id)
    assert (change.reason, change.notified_on) == (ChangeReason.MOVE_WITHIN, ENTERED)
    assert change.office_name and change.terminal_name and change.processed_on and change.moved_on
