"""旧氏, 通称 and フリガナ (RR-1.1.7, RR-1.1.18) on the whole road."""

from __future__ import annotations

import datetime as dt

import pytest

from residentapp.core.dates import DateValue
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason, ForeignCategory, ResidentKind
from tests.residents.changes.office import ChangeOffice
from tests.support import residents

WHEN = {"moved_on": "令和8年11月24日"}


@pytest.fixture
def foreigner(office: ChangeOffice) -> ResidentHistory:
    return residents.resident(
        office.session,
        resident_kind=ResidentKind.FOREIGN,
        name=None,
        name_alphabet="SMITH JOHN",
        name_kana="スミス　ジョン",
        head_name="SMITH JOHN",
        registered_domicile=None,
        register_head=None,
        became_resident_on=None,
        became_foreign_resident_on=DateValue.of(dt.date(2020, 4, 1)),
        birth_date=DateValue.of(dt.date(1990, 1, 1), western=True),
        nationality="米国",
        foreign_category=ForeignCategory.MID_TO_LONG_TERM,
        residence_card_number="AB12345678CD",
        previous_aliases=[],
    )


@pytest.mark.requirement("RR-1.1.7a")
def test_a_former_name_is_recorded_changed_and_deleted(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    mother = family[1]
    entry = office.begin("former_name_record", mother).with_values(**WHEN)
    assert "CH-E050" in office.codes(entry)
    entry = office.typed(entry, mother, former_name="住基")
    assert office.codes(entry) == ["NM-A001"]
    entry = office.typed(entry, mother, former_name_kana="じゅうき", former_name_kana_confirmed="1")
    assert office.codes(entry) == []
    registered = office.register(entry)
    [change] = office.changes(registered)
    assert (change.reason, change.requested_on) == (ChangeReason.FORMER_NAME_RECORD, office.now.date())
    assert change.notified_on is None
    row = office.latest(mother)
    assert (row.former_name, row.former_name_kana, row.former_name_kana_confirmed) == (
        "住基",
        "ジュウキ",
        True,
    )
    assert office.remarks(row) == ["旧氏「住基」の記載"]

    assert "NM-E001" in office.codes(office.begin("former_name_record", mother).with_values(**WHEN))
    entry = office.begin("former_name_change", mother).with_values(**WHEN)
    same = office.typed(entry, mother, former_name="住基", former_name_kana="ジュウキ")
    assert "NM-E004" in office.codes(same)
    entry = office.typed(entry, mother, former_name="別氏", former_name_kana="ベツウジ")
    assert office.codes(entry) == ["NM-A003"]
    [change] = office.changes(office.register(entry))
    assert change.reason is ChangeReason.FORMER_NAME_CHANGE
    assert office.remarks(office.latest(mother)) == ["旧氏を「住基」から「別氏」に変更"]

    [change] = office.changes(office.register(office.begin("former_name_delete", mother).with_values(**WHEN)))
    assert change.reason is ChangeReason.FORMER_NAME_DELETE
    row = office.latest(mother)
    assert (row.former_name, row.former_name_kana, row.former_name_kana_confirmed) == (None, None, False)
    again = office.begin("former_name_record", mother).with_values(**WHEN)
    again = office.typed(again, mother, former_name="住基", former_name_kana="ジュウキ")
    assert office.codes(again) == ["NM-A002"]


@pytest.mark.parametrize(
    ("typed", "code"), [("架空", "NM-E003"), ("住基　花子", "NM-E005"), ("住基\u200b", "CH-E052")]
)
def test_what_is_no_former_name(
    office: ChangeOffice, family: list[ResidentHistory], typed: str, code: str
) -> None:
    entry = office.begin("former_name_record", family[1]).with_values(**WHEN)
    entry = office.typed(entry, family[1], former_name=typed, former_name_kana="ジュウキ")
    assert code in office.codes(entry)


def test_without_a_former_name_there_is_nothing_to_change(
    office: ChangeOffice, family: list[ResidentHistory], foreigner: ResidentHistory
) -> None:
    for kind in ("former_name_change", "former_name_delete"):
        assert "NM-E002" in office.codes(office.begin(kind, family[1]).with_values(**WHEN))
    assert "CH-E007" in office.codes(office.begin("former_name_record", foreigner).with_values(**WHEN))
    assert "CH-E007" in office.codes(office.begin("alias_record", family[1]).with_values(**WHEN))


@pytest.mark.requirement("RR-1.1.7b")
def test_an_alias_is_recorded_and_deleted_and_never_changed(
    office: ChangeOffice, foreigner: ResidentHistory
) -> None:
    entry = office.begin("alias_record", foreigner).with_values(**WHEN)
    entry = office.typed(entry, foreigner, alias="山田　次郎")
    assert set(office.codes(entry)) == {"NM-A010", "NM-A012"}
    entry = office.typed(entry, foreigner, alias_kana="ヤマダ　ジロウ")
    [change] = office.changes(office.register(entry))
    assert (change.reason, change.applied_on) == (ChangeReason.ALIAS_RECORD, office.now.date())
    row = office.latest(foreigner)
    assert (row.alias, row.alias_kana) == ("山田　次郎", "ヤマダ　ジロウ")
    assert (row.alias_recorded_on, row.alias_recorded_municipality) == (dt.date(2026, 11, 24), "架空市")

    again = office.typed(
        office.begin("alias_record", foreigner).with_values(**WHEN), foreigner, alias="鈴木　一"
    )
    assert "NM-E010" in office.codes(again)
    [change] = office.changes(office.register(office.begin("alias_delete", foreigner).with_values(**WHEN)))
    assert change.reason is ChangeReason.ALIAS_DELETE
    row = office.latest(foreigner)
    assert (row.alias, row.alias_kana, row.alias_deleted_on) == (None, None, dt.date(2026, 11, 24))
    assert row.previous_aliases == ["山田　次郎、令和8年11月24日架空市記載、令和8年11月24日架空市削除"]
    assert "NM-E011" in office.codes(office.begin("alias_delete", foreigner).with_values(**WHEN))
    third = office.begin("alias_record", foreigner).with_values(**WHEN)
    third = office.typed(third, foreigner, alias="鈴木　一", alias_kana="スズキ　ハジメ")
    assert set(office.codes(third)) == {"NM-A011", "NM-A012"}
    own = office.typed(third, foreigner, alias="SMITH JOHN")
    assert "NM-E012" in office.codes(own)


def test_the_reading_of_a_name(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    son = family[2]
    change = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    residents.next_snapshot(office.session, son, change, name_kana_confirmed=False)
    entry = office.begin("name_kana", son).with_values(**WHEN)
    # The field begins with what the record says.
    assert entry.subjects[0].text("name_kana") == "カクウ　イチロウ"
    assert "NM-E020" in office.codes(entry)
    entry = office.typed(entry, son, name_kana_confirmed="1")
    assert office.codes(entry) == []
    [change] = office.changes(office.register(entry))
    assert (change.reason, change.noticed_on) == (ChangeReason.CORRECT_EX_OFFICIO, office.now.date())
    assert office.latest(son).name_kana_confirmed
    entry = office.typed(office.begin("name_kana", son).with_values(**WHEN), son, name_kana="かくう　いちろ")
    assert office.codes(entry) == ["NM-A020"]
    assert "CH-E053" in office.codes(office.typed(entry, son, name_kana="架空"))
    office.register(entry)
    assert office.latest(son).name_kana == "カクウ　イチロ"
