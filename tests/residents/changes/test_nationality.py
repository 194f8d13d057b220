"""帰化, 国籍取得, 国籍喪失 and notices of 出入国在留管理庁 (RR-4.5.3–4.5.6) on the whole road."""

from __future__ import annotations

import datetime as dt

import pytest

from residentapp.core.dates import DateField, DateValue, parse_date
from residentapp.residents import history
from residentapp.residents.changes.rules.nationality import became_foreign_resident
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason, ForeignCategory, ResidentKind, ResidentState
from tests.residents.changes.office import ChangeOffice
from tests.residents.changes.test_numbers import code_of, with_numbers
from tests.residents.move_in.cases import individual_number
from tests.support import residents

WHEN = {"moved_on": "令和8年11月2日"}
FOREIGN = {
    "resident_kind": ResidentKind.FOREIGN,
    "name": None,
    "name_alphabet": "SMITH JOHN",
    "name_kana": "スミス　ジョン",
    "head_name": "SMITH JOHN",
    "registered_domicile": None,
    "register_head": None,
    "became_resident_on": None,
    "became_foreign_resident_on": DateValue.of(dt.date(2012, 7, 9)),
    "birth_date": DateValue.of(dt.date(1990, 1, 1), western=True),
    "nationality": "米国",
    "nationality_code": "USA",
    "residence_status": "永住者",
    "foreign_category": ForeignCategory.MID_TO_LONG_TERM,
    "residence_card_number": "AB12345678CD",
    "alias": "山田　次郎",
    "alias_kana": "ヤマダ　ジロウ",
    "previous_aliases": ["山田　一"],
    "health_insurance_insured": True,
}
JAPANESE = {
    "name": "山田　次郎",
    "name_kana": "ヤマダ　ジロウ",
    "name_kana_confirmed": "1",
    "registered_domicile": "架空県架空市本町一丁目2番",
    "register_head": "山田　次郎",
}


@pytest.fixture
def foreigner(office: ChangeOffice) -> ResidentHistory:
    return with_numbers(office, "93000000001", individual_number(1), **FOREIGN)


@pytest.mark.requirement("RR-4.5.3", "RR-4.5.4")
@pytest.mark.parametrize(
    ("kind", "cause"), [("naturalisation", "帰化"), ("nationality_acquisition", "国籍取得")]
)
def test_a_foreign_record_is_closed_and_a_japanese_one_begun(
    office: ChangeOffice, foreigner: ResidentHistory, kind: str, cause: str
) -> None:
    wife = residents.resident(
        office.session,
        foreigner.household_number,
        name="山田　花",
        head_name="SMITH JOHN",
        relationship_to_head="妻",
        member_order=2,
    )
    entry = office.begin(kind, foreigner).with_values(**WHEN)
    assert office.codes(entry).count("CH-E050") == 4
    entry = office.typed(entry, foreigner, **JAPANESE)
    assert office.codes(entry) == []

    registered = office.register(entry)

    assert [change.reason for change in office.changes(registered)] == [
        ChangeReason.REMOVE_NATURALISATION,
        ChangeReason.RECORD_NATURALISATION,
        ChangeReason.CORRECT_EX_OFFICIO,
    ]
    closed, row = history.snapshots_of(office.session, foreigner.addressee_number)[1:]
    assert (closed.state, closed.removal_reason, closed.resident_kind) == (
        ResidentState.REMOVED,
        cause,
        ResidentKind.FOREIGN,
    )
    assert (row.state, row.resident_kind, row.name) == (
        ResidentState.RESIDENT,
        ResidentKind.JAPANESE,
        "山田　次郎",
    )
    # What goes on: 住所, 生年月日, 性別, 続柄, 住所を定めた年月日, both numbers, 転入前住所.
    for name in ("address", "building", "sex", "relationship_to_head", "address_set_on", "previous_address"):
        assert getattr(row, name) == getattr(foreigner, name)
    assert row.birth_date.writing == "平成2年1月1日"
    assert row.became_resident_on == foreigner.became_foreign_resident_on
    assert code_of(office, foreigner) == "93000000001"
    assert row.individual_number_hash == foreigner.individual_number_hash
    # What does not.
    for name in ("name_alphabet", "alias", "alias_kana", "nationality", "nationality_code", "residence_status",
                 "foreign_category", "residence_card_number", "became_foreign_resident_on", "removal_reason",
                 "removal_occurred_on", "removed_on", "health_insurance_insured"):  # fmt: skip
        assert getattr(row, name) is None, name
    assert row.previous_aliases == []
    assert (row.head_name, office.latest(wife).head_name) == ("山田　次郎", "山田　次郎")


def test_the_day_of_becoming_a_resident_is_asked_for_when_it_is_unknown(
    office: ChangeOffice, foreigner: ResidentHistory
) -> None:
    change = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    residents.next_snapshot(
        office.session, foreigner, change, became_foreign_resident_on=None, name="山田　次郎"
    )
    entry = office.typed(office.begin("naturalisation", foreigner).with_values(**WHEN), foreigner, **JAPANESE)
    assert set(office.codes(entry)) == {"FR-A001", "FR-A002"}


@pytest.mark.requirement("RR-4.5.5a", "RR-4.5.5b", "RR-4.5.5c")
def test_a_japanese_record_is_closed_and_a_foreign_one_begun(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    mother = family[1]
    entry = office.begin("nationality_loss", mother).with_values(**WHEN)
    assert office.codes(office.typed(entry, mother, name="")) == ["FR-E001", "FR-A003"]
    entry = office.typed(entry, mother, name_alphabet="KAKU HANAKO", nationality="アメリカ")
    assert office.codes(entry) == ["FR-A004"]
    entry = office.typed(entry, mother, nationality="米国")
    assert office.codes(entry) == []

    registered = office.register(entry)

    assert [change.reason for change in office.changes(registered)] == [
        ChangeReason.REMOVE_NATIONALITY_LOSS,
        ChangeReason.RECORD_NATIONALITY_LOSS,
    ]
    row = office.latest(mother)
    assert (row.resident_kind, row.foreign_category) == (
        ResidentKind.FOREIGN,
        ForeignCategory.TRANSITIONAL_LOSS,
    )
    assert (row.name_alphabet, row.name) == ("KAKU HANAKO", "架空　花子")
    assert (row.nationality, row.nationality_code) == ("米国", "USA")
    assert row.birth_date.writing == "1982年3月3日"
    # Became a resident on 2026-04-01; the nationality was lost on 2026-11-02, which is later.
    assert row.became_foreign_resident_on is not None
    assert row.became_foreign_resident_on.iso == "2026-11-02"
    assert (row.became_resident_on, row.registered_domicile, row.register_head) == (None, None, None)
    assert row.former_registration_on is None
    assert (row.relationship_to_head, row.head_name, row.address) == ("妻", "架空　太郎", mother.address)


def day(text: str) -> DateValue:
    return parse_date(text, DateField.EVENT)


@pytest.mark.requirement("RR-4.5.5b")
@pytest.mark.parametrize(
    ("lost", "became", "expected"),
    [
        ("令和8年11月2日", "令和8年11月1日", "令和8年11月2日"),
        ("令和8年11月2日", "令和8年11月2日", "令和8年11月2日"),
        ("令和8年11月2日", "令和8年11月3日", "令和8年11月3日"),
        ("令和8年11月2日", "年月日不詳", "令和8年11月2日"),
    ],
)
def test_the_later_day_counts(lost: str, became: str, expected: str) -> None:
    found = became_foreign_resident(day(lost), day(became))
    assert found is not None and found.wareki == expected


def test_a_day_alone_counts() -> None:
    assert became_foreign_resident(None, None) is None
    assert became_foreign_resident(day("令和8年11月2日"), None) == day("令和8年11月2日")
    assert became_foreign_resident(None, day("令和8年11月2日")) == day("令和8年11月2日")


def test_who_can_change_nationality(
    office: ChangeOffice, family: list[ResidentHistory], foreigner: ResidentHistory
) -> None:
    assert "CH-E007" in office.codes(office.begin("naturalisation", family[0]).with_values(**WHEN))
    assert "CH-E007" in office.codes(office.begin("nationality_loss", foreigner).with_values(**WHEN))


def test_it_is_undone(office: ChangeOffice, foreigner: ResidentHistory) -> None:
    before = history.items_of(office.latest(foreigner))
    entry = office.typed(office.begin("naturalisation", foreigner).with_values(**WHEN), foreigner, **JAPANESE)
    office.register(entry)
    undo = office.begin("cancel", foreigner).with_values(moved_on="令和8年11月24日")
    registered = office.register(undo)
    assert [change.reason for change in office.changes(registered)] == [
        ChangeReason.CANCEL_DECREASE,
        ChangeReason.CANCEL_INCREASE,
    ]
    assert history.items_of(office.latest(foreigner)) == before


@pytest.mark.requirement("RR-4.5.6a", partial=True)
def test_a_notice_corrects_the_status(office: ChangeOffice, foreigner: ResidentHistory) -> None:
    entry = office.begin("residence_status", foreigner).with_values(**WHEN)
    assert "CH-E070" in office.codes(entry)
    assert "FR-E010" in office.codes(office.typed(entry, foreigner, residence_card_number=""))
    other = office.typed(entry, foreigner, foreign_category="special_permanent")
    assert {"FR-E010", "FR-E011"} <= set(office.codes(other))
    assert "FR-E001" in office.codes(office.typed(entry, foreigner, name_alphabet=""))
    assert "FR-A004" in office.codes(office.typed(entry, foreigner, nationality="アメリカ"))
    for expires, late in (("2026年11月23日", True), ("2026年11月24日", False), ("2026年11月25日", False)):
        typed = office.typed(entry, foreigner, residence_expires_on=expires)
        assert ("FR-A010" in office.codes(typed)) is late
    entry = office.typed(entry, foreigner, residence_status="定住者", residence_period="3年",
                         residence_expires_on="2029年11月2日")  # fmt: skip
    [change] = office.changes(office.register(entry))
    assert (change.reason, change.noticed_on) == (ChangeReason.CORRECT_EX_OFFICIO, office.now.date())
    row = office.latest(foreigner)
    assert (row.residence_status, row.residence_expires_on) == ("定住者", dt.date(2029, 11, 2))
    assert row.residence_card_number == foreigner.residence_card_number


@pytest.mark.requirement("RR-4.5.6a", partial=True)
def test_a_notice_closes_the_record(office: ChangeOffice, foreigner: ResidentHistory) -> None:
    entry = office.begin("residence_end", foreigner).with_values(**WHEN)
    assert "FR-E012" in office.codes(entry)
    entry = entry.with_values(cause="revoked")
    [change] = office.changes(office.register(entry))
    assert change.reason is ChangeReason.REMOVE_EX_OFFICIO
    row = office.latest(foreigner)
    assert (row.state, row.removal_reason) == (ResidentState.REMOVED, "在留資格の取消し")
