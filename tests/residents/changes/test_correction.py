"""職権修正, 軽微な修正 and 誤記修正 of one person, and what follows for the household (RR-4.2.3.*)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from residentapp.core.access.permissions import Permission
from residentapp.core.dates import DateValue
from residentapp.core.violations import Level
from residentapp.residents import history
from residentapp.residents.changes.facts import renew
from residentapp.residents.changes.rules.correction import MINOR_CASES
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.ex_officio.models import ExOfficioRecord
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason, ForeignCategory, ResidentKind
from tests.residents.changes.office import ChangeOffice
from tests.residents.move_out.test_notices import with_code
from tests.support import residents

WHEN = {"moved_on": "令和8年11月18日"}


def correction(
    office: ChangeOffice, person: ResidentHistory, *, kind: str = "correct", **typed: str
) -> ChangeEntry:
    """An entry that corrects what is typed."""
    entry = office.begin(kind, person).with_values(**WHEN)
    if kind == "correct_error":
        entry = entry.with_values(cause="届書と記録を見比べて分かった。")
    return office.typed(entry, person, **typed)


@pytest.mark.requirement("RR-4.2.3.1a", partial=True)
def test_only_what_differs_is_corrected(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = correction(
        office, family[3], name_kana="カクウ　サクラコ", previous_address="架空県隣市東町4番6号"
    )
    assert office.codes(entry) == []
    [step] = office.plan(entry).steps
    [effect] = step.effects
    assert dict(effect.items) == {
        "name_kana": "カクウ　サクラコ",
        "previous_address": "架空県隣市東町4番6号",
    }

    registered = office.register(entry)

    [change] = office.changes(registered)
    assert (change.reason, change.noticed_on) == (ChangeReason.CORRECT_EX_OFFICIO, office.now.date())
    before = history.snapshot(office.session, family[3].addressee_number, 1)
    after = office.latest(family[3])
    assert before is not None
    changed = {
        name for name, value in history.items_of(after).items() if value != history.items_of(before)[name]
    }
    assert changed == {"name_kana", "previous_address"}
    assert office.remarks(after) == ["氏名のフリガナ、転入前住所を修正"]


def test_nothing_changes_is_an_error(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    assert office.codes(correction(office, family[0])) == ["CH-E070"]
    # The same day in another calendar is no difference.
    same = correction(office, family[0], birth_date="1980年5月5日", became_resident_on="R8.4.1")
    assert office.codes(same) == ["CH-E070"]


#: A value for each item of a Japanese resident that can be corrected, and what the record then holds.
JAPANESE_ITEMS = {
    "name_kana": ("カクウ　タロー", "カクウ　タロー"),
    "name_kana_confirmed": ("", False),
    "former_name": ("渡邉", "渡邉"),
    "former_name_kana": ("ワタナベ", "ワタナベ"),
    "former_name_kana_confirmed": ("1", True),
    "birth_date": ("昭和55年5月6日", DateValue.of(dt.date(1980, 5, 6))),
    "sex": ("unknown", "unknown"),
    "registered_domicile": ("架空県隣市東町5番", "架空県隣市東町5番"),
    "register_head": ("架空　花子", "架空　花子"),
    "previous_postal_code": ("999-0002", "9990002"),
    "previous_address_code": ("99201001001", "99201001001"),
    "previous_address": ("架空県隣市西町1番", "架空県隣市西町1番"),
    "previous_head_name": ("架空　老人", "架空　老人"),
    "last_registered_address": ("架空県隣市北町1番", "架空県隣市北町1番"),
    "became_resident_on": ("令和8年3月31日", DateValue.of(dt.date(2026, 3, 31))),
    "address_set_on": ("令和8年4月頃", None),
    "notified_on": ("令和8年4月2日", dt.date(2026, 4, 2)),
    "on_electoral_roll": ("yes", True),
    "health_insurance_insured": ("no", False),
    "health_insurance_acquired_on": ("令和8年4月1日", dt.date(2026, 4, 1)),
    "health_insurance_lost_on": ("令和9年4月1日", dt.date(2027, 4, 1)),
    "elderly_care_insured": ("no", False),
    "elderly_care_acquired_on": ("令和8年4月1日", dt.date(2026, 4, 1)),
    "elderly_care_lost_on": ("令和8年5月1日", dt.date(2026, 5, 1)),
    "long_term_care_insured": ("yes", True),
    "long_term_care_acquired_on": ("令和8年4月1日", dt.date(2026, 4, 1)),
    "long_term_care_lost_on": ("令和8年5月1日", dt.date(2026, 5, 1)),
    "pension_insured": ("yes", True),
    "pension_number": ("1234-567890", "1234567890"),
    "pension_kind": ("1", "1"),
    "pension_kind_changed_on": ("令和8年4月1日", dt.date(2026, 4, 1)),
    "pension_acquired_on": ("令和8年4月1日", dt.date(2026, 4, 1)),
    "pension_lost_on": ("令和8年5月1日", dt.date(2026, 5, 1)),
    "child_allowance_from": ("令和8年4月", "2026-04"),
    "child_allowance_to": ("2026-05", "2026-05"),
    "adult_guardianship": ("no", False),
    "number_card_state": ("交付済み", "交付済み"),
    "basic_card_state": ("回収済み", "回収済み"),
    "signature_certificate_serial": ("0A1B2C3D", "0A1B2C3D"),
    "user_certificate_serial": ("1B2C3D4E", "1B2C3D4E"),
}


@pytest.mark.requirement("RR-4.2.3.1a", "RR-1.1.1a", partial=True)
@pytest.mark.parametrize("name", sorted(JAPANESE_ITEMS))
def test_every_item_of_a_japanese_resident(
    office: ChangeOffice, family: list[ResidentHistory], name: str
) -> None:
    typed, held = JAPANESE_ITEMS[name]
    entry = correction(office, family[0], **{name: typed})
    office.register(entry)
    value = getattr(office.latest(family[0]), name)
    if name == "address_set_on":
        assert value.writing == typed
    else:
        assert value == held
    assert office.latest(family[0]).history_number == 2


def test_no_item_is_forgotten() -> None:
    """Whoever adds an item to a record also says whether it can be corrected, and tests it."""
    asked = {
        ask.name
        for ask in spec_of("correct").person_asks
        if ask.prefill and ask.only is not ResidentKind.FOREIGN
    }
    assert asked == {*JAPANESE_ITEMS, "name", "relationship"}
    foreign = {
        ask.name for ask in spec_of("correct").person_asks if ask.prefill and ask.only is ResidentKind.FOREIGN
    }
    assert foreign == set(FOREIGN_ITEMS)


FOREIGN_ITEMS = {
    "name_alphabet": ("NGUYEN VAN AN", "NGUYEN VAN AN"),
    "alias": ("安藤　太郎", "安藤　太郎"),
    "alias_kana": ("アンドウ　タロウ", "アンドウ　タロウ"),
    "alias_kana_confirmed": ("1", True),
    "became_foreign_resident_on": ("平成27年6月2日", DateValue.of(dt.date(2015, 6, 2))),
    "foreign_category": ("provisional_stay", ForeignCategory.PROVISIONAL_STAY),
    "nationality": ("インドネシア", "インドネシア"),
    "nationality_code": ("IDN", "IDN"),
    "residence_status": ("留学", "留学"),
    "residence_period": ("1年", "1年"),
    "residence_expires_on": ("2029年6月1日", dt.date(2029, 6, 1)),
    "residence_card_number": ("ab12345678ce", "AB12345678CE"),
    "special_permanent_number": ("AB12345678CF", "AB12345678CF"),
    "former_registration_on": ("平成20年4月1日", DateValue.of(dt.date(2008, 4, 1))),
    "residence_notified": ("yes", True),
    "landing_permit_move_in": ("no", False),
    "alias_recorded_on": ("令和2年4月1日", dt.date(2020, 4, 1)),
    "alias_recorded_municipality": ("架空市", "架空市"),
    "alias_recorded_code": ("982011", "982011"),
    "alias_deleted_on": ("令和3年4月1日", dt.date(2021, 4, 1)),
    "alias_deleted_municipality": ("隣市", "隣市"),
    "alias_deleted_code": ("982021", "982021"),
    "previous_aliases": (
        "安田　太郎　令和元年5月1日\n安井　太郎",
        ["安田　太郎　令和元年5月1日", "安井　太郎"],
    ),
}


def foreigner(office: ChangeOffice) -> ResidentHistory:
    return residents.resident(
        office.session,
        resident_kind=ResidentKind.FOREIGN,
        name=None,
        name_alphabet="NGUYEN AN",
        name_kana="グエン　アン",
        head_name="NGUYEN AN",
        birth_date=DateValue.of(dt.date(1987, 11, 3), western=True),
        registered_domicile=None,
        register_head=None,
        became_resident_on=None,
        became_foreign_resident_on=DateValue.of(dt.date(2015, 6, 1)),
        foreign_category=ForeignCategory.MID_TO_LONG_TERM,
        nationality="ベトナム",
        residence_status="技術・人文知識・国際業務",
        residence_period="5年",
        residence_expires_on=dt.date(2029, 5, 31),
        residence_card_number="AB12345678CD",
    )


@pytest.mark.requirement("RR-4.2.3.1a", "RR-1.1.2a", partial=True)
@pytest.mark.parametrize("name", sorted(FOREIGN_ITEMS))
def test_every_item_of_a_foreign_resident(office: ChangeOffice, name: str) -> None:
    person = foreigner(office)
    typed, held = FOREIGN_ITEMS[name]
    office.register(correction(office, person, **{name: typed}))
    assert getattr(office.latest(person), name) == held


@pytest.mark.requirement("RR-4.2.3.1a")
def test_every_item_at_once_as_minor_correction_or_not(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """Every item of both kinds of resident can be corrected; the operator says whether it is 軽微."""
    pairs = ((family[3], JAPANESE_ITEMS), (foreigner(office), FOREIGN_ITEMS))
    for person, items in pairs:
        typed = {name: text for name, (text, _held) in items.items() if name != "address_set_on"}
        registered = office.register(correction(office, person, **typed))
        assert office.changes(registered)[0].reason is ChangeReason.CORRECT_EX_OFFICIO
        row = office.latest(person)
        assert {name: getattr(row, name) for name in typed} == {name: items[name][1] for name in typed}
    related = correction(office, family[3], name="架空　櫻", relationship="縁故者")
    office.register(related)
    assert (office.latest(family[3]).name, office.latest(family[3]).relationship_to_head) == (
        "架空　櫻",
        "縁故者",
    )
    minor = correction(office, family[2], name="架空　壱郎").with_values(minor_case="2")
    assert office.changes(office.register(minor))[0].reason is ChangeReason.MINOR_CORRECTION


# ---- what cannot be blank


C = ForeignCategory
#: The items of RR-1.1.6 but 住所, 住民票コード, 宛名番号 and 世帯番号: who has them, and the field that empties them.
#: That somebody is a 中長期在留者 and so on is one item of the register, the 区分.
NOT_BLANK = (
    *((None, name) for name in ("birth_date", "registered_domicile", "register_head", "became_resident_on")),
    *((category, "became_foreign_resident_on") for category in C),
    *((category, "foreign_category") for category in C),
    (C.MID_TO_LONG_TERM, "residence_card_number"),
    (C.SPECIAL_PERMANENT, "special_permanent_number"),
    (C.TEMPORARY_REFUGE, "residence_period"),
    (C.PROVISIONAL_STAY, "residence_period"),
)


def of_category(office: ChangeOffice, category: ForeignCategory) -> ResidentHistory:
    mid_to_long = category is C.MID_TO_LONG_TERM
    return residents.next_snapshot(
        office.session, foreigner(office), residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO),
        foreign_category=category, residence_status="留学" if mid_to_long else None,
        residence_card_number="AB12345678CD" if mid_to_long else None,
        residence_expires_on=dt.date(2029, 5, 31) if mid_to_long else None,
        special_permanent_number="EF12345678GH" if category is C.SPECIAL_PERMANENT else None,
        residence_period="6月" if category in (C.TEMPORARY_REFUGE, C.PROVISIONAL_STAY) else None,
    )  # fmt: skip


@pytest.mark.requirement("RR-1.1.6")
@pytest.mark.parametrize(("category", "name"), NOT_BLANK)
def test_an_item_that_cannot_be_blank_is_never_emptied(
    office: ChangeOffice, family: list[ResidentHistory], category: ForeignCategory | None, name: str
) -> None:
    """A new record asks for them likewise (``move_in/test_person_rules.py``); the others follow below."""
    person = family[3] if category is None else of_category(office, category)
    for kind in ("correct", "correct_error"):
        entry = correction(office, person, kind=kind, **{name: ""})
        errors = [one for one in office.findings(entry) if one.level is Level.ERROR]
        assert [one.field for one in errors] == [f"people-{office.key(entry, person)}-{name}"], errors
        spaces = correction(office, person, kind=kind, **{name: "　"})
        assert [one.code for one in office.findings(spaces) if one.level is Level.ERROR]
    blank_allowed = correction(office, person, previous_address="架空県隣市1番", name_kana_confirmed="")
    assert [one for one in office.findings(blank_allowed) if one.level is Level.ERROR] == []


@pytest.mark.requirement("RR-1.1.6", partial=True)
@pytest.mark.parametrize("name", ["household_number", "address", "birth_date"])
def test_the_register_itself_holds_no_blank(
    office: ChangeOffice, family: list[ResidentHistory], name: str
) -> None:
    change = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    with pytest.raises(IntegrityError), office.session.begin_nested():
        residents.next_snapshot(office.session, family[3], change, **{name: None})


@pytest.mark.requirement("RR-1.1.6", partial=True)
def test_no_change_of_a_code_leaves_a_record_without_one(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """Nobody types a 住民票コード away: the field that corrects it refuses a blank, the others draw one."""
    person = with_code(office, family[3], "90000001234")
    before = person.resident_code_hash
    when = {"moved_on": "令和8年11月20日"}
    correcting = office.begin("code_correct", person).with_values(**when)
    assert any(one.level is Level.ERROR for one in office.findings(correcting))
    changing = office.begin("code_change", person).with_values(**when)
    office.register(changing)
    assert office.latest(person).resident_code_hash not in (None, before)


# ---- 世帯主の氏名 and 筆頭者


@pytest.mark.requirement("RR-4.2.3.1b")
def test_the_heads_new_name_is_carried_to_the_members(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    entry = correction(office, family[0], name="辻\U000e0102　太郎", name_kana="ツジ　タロウ")
    assert office.codes(entry) == ["CO-A004"]

    registered = office.register(entry)

    rows = [office.latest(member) for member in family]
    assert {row.head_name for row in rows} == {"辻\U000e0102　太郎"}
    assert [row.name for row in rows] == ["辻\U000e0102　太郎", "架空　花子", "架空　一郎", "架空　桜"]
    # 筆頭者 stays unless the page says otherwise.
    assert {row.register_head for row in rows} == {"架空　太郎"}
    assert office.remarks(rows[1]) == ["世帯主の氏名を修正"]
    assert "修正前の氏名　架空　太郎" in office.remarks(rows[0])[0]
    [change] = office.changes(registered)
    assert change.reason is ChangeReason.CORRECT_EX_OFFICIO


def test_the_head_of_the_family_register_too(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = correction(office, family[0], name="辻　太郎").with_values(with_register="1")
    office.register(entry)
    rows = [office.latest(member) for member in family]
    assert {(row.head_name, row.register_head) for row in rows} == {("辻　太郎", "辻　太郎")}


def test_who_is_of_another_register_keeps_it(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    made_by = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    other = residents.next_snapshot(office.session, family[1], made_by, registered_domicile="架空県隣市1番")
    entry = correction(office, family[0], name="辻　太郎").with_values(with_register="1")
    office.register(entry)
    assert office.latest(other).register_head == "架空　太郎"
    assert office.latest(family[2]).register_head == "辻　太郎"


def test_a_members_new_name_touches_nobody_else(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = correction(office, family[1], name="辻　花子")
    assert office.codes(entry) == []
    office.register(entry)
    assert [office.latest(member).history_number for member in family] == [1, 2, 1, 1]


def test_a_foreign_heads_name_is_the_one_the_record_shows(office: ChangeOffice) -> None:
    person = foreigner(office)
    office.register(correction(office, person, name="阮　安"))
    assert office.latest(person).head_name == "NGUYEN AN　阮　安"


# ---- 軽微な修正


@pytest.mark.requirement("RR-4.2.3.2", partial=True)
@pytest.mark.parametrize("case", ["1", "2", "7"])
def test_a_minor_correction_of_a_name(office: ChangeOffice, family: list[ResidentHistory], case: str) -> None:
    entry = correction(office, family[0], name="架空　太朗").with_values(minor_case=case)
    registered = office.register(entry)
    [change] = office.changes(registered)
    assert change.reason is ChangeReason.MINOR_CORRECTION
    assert {office.latest(member).head_name for member in family} == {"架空　太朗"}
    record = office.session.scalars(
        select(ExOfficioRecord).where(ExOfficioRecord.change_id == change.id)
    ).one()
    assert record.minor_case == case and case in MINOR_CASES


@pytest.mark.parametrize(
    ("case", "typed", "code"),
    [
        ("1", {"name": "架空　太朗", "name_kana": "カクウ　タロ"}, "CO-E001"),
        ("2", {"birth_date": "昭和55年5月6日"}, "CO-E001"),
        # (3) to (6) are about addresses.
        ("3", {"name": "架空　太朗"}, "CH-E055"),
        ("6", {"name": "架空　太朗"}, "CH-E055"),
    ],
)
def test_what_is_no_minor_correction_of_a_name(
    office: ChangeOffice, family: list[ResidentHistory], case: str, typed: dict[str, str], code: str
) -> None:
    assert code in office.codes(correction(office, family[0], **typed).with_values(minor_case=case))


# ---- 誤記修正


@pytest.mark.requirement("RR-4.2.3.3a", "RR-4.2.3.3b")
def test_the_wrong_row_stays_beside_the_right_one(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    entry = correction(office, family[3], kind="correct_error", name="架空　櫻")
    registered = office.register(entry)
    [change] = office.changes(registered)
    assert change.reason is ChangeReason.CORRECT_ERROR
    rows = history.snapshots_of(office.session, family[3].addressee_number)
    assert [(row.history_number, row.name, row.is_latest) for row in rows] == [
        (1, "架空　桜", False),
        (2, "架空　櫻", True),
    ]


# ---- what a correction may not do


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"birth_date": ""}, "CO-E002"),
        ({"registered_domicile": ""}, "CO-E002"),
        ({"register_head": ""}, "CO-E002"),
        ({"became_resident_on": ""}, "CO-E002"),
        ({"sex": ""}, "CO-E002"),
        ({"name": ""}, "CO-E005"),
        ({"birth_date": "令和8年4月2日"}, "CO-E004"),
        ({"birth_date": "昭和55年5月6日"}, "CO-A002"),
        ({"birth_date": "昭和55年13月6日"}, "CH-E011"),
        ({"birth_date": "令和9年1月1日"}, "CH-E060"),
        ({"sex": "female"}, "CO-A001"),
        ({"sex": "both"}, "CH-E055"),
        ({"sex": "female", "name": "架空　花"}, "CO-A003"),
        ({"relationship": "同居人"}, "CO-E003"),
        ({"name_kana": "Kakuu"}, "CH-E053"),
        ({"pension_number": "123"}, "CH-E054"),
    ],
)
def test_what_may_not_be_corrected_so(
    office: ChangeOffice, family: list[ResidentHistory], typed: dict[str, str], code: str
) -> None:
    assert code in office.codes(correction(office, family[0], **typed))


@pytest.mark.parametrize(
    ("birth", "wrong"),
    [("令和8年3月31日", False), ("令和8年4月1日", False), ("令和8年4月2日", True)],
)
def test_nobody_is_a_resident_before_the_birth(
    office: ChangeOffice, family: list[ResidentHistory], birth: str, wrong: bool
) -> None:
    assert ("CO-E004" in office.codes(correction(office, family[3], birth_date=birth))) is wrong


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ({"relationship": "子"}, ["CH-E070"]),
        ({"relationship": "妹"}, []),
        ({"relationship": "孫"}, ["CH-E036"]),
        ({"relationship": "弟"}, ["CH-A032"]),
        ({"relationship": "母"}, ["CH-A034"]),
        ({"relationship": ""}, ["CH-A031"]),
        ({"relationship": "世帯主"}, ["CO-E003"]),
    ],
)
def test_a_relationship_is_corrected_but_no_head_is_made(
    office: ChangeOffice, family: list[ResidentHistory], typed: dict[str, str], codes: list[str]
) -> None:
    assert office.codes(correction(office, family[3], **typed)) == codes


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"residence_card_number": ""}, "CO-E002"),
        ({"foreign_category": "special_permanent"}, "CO-E002"),
        ({"foreign_category": ""}, "CO-E002"),
        ({"residence_card_number": "12"}, "CH-E056"),
        ({"name_alphabet": ""}, "CO-E005"),
    ],
)
def test_items_that_a_category_needs(office: ChangeOffice, typed: dict[str, str], code: str) -> None:
    assert code in office.codes(correction(office, foreigner(office), **typed))


# ---- items that the officer may not see


def test_what_the_officer_may_not_see_stays_as_it_is(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """A field that was never shown is no blank (RR-10.4a)."""
    blind = replace(
        office.clerk, permissions=office.clerk.permissions - {Permission.ITEM_REGISTERED_DOMICILE}
    )
    counter = replace(office, clerk=blind)
    entry = correction(counter, family[3], name_kana="カクウ　サクラコ")
    assert "registered_domicile" not in entry.subjects[0].values
    assert counter.codes(entry) == []
    counter.register(entry)
    row = office.latest(family[3])
    assert (row.registered_domicile, row.register_head) == (
        family[3].registered_domicile,
        "架空　太郎",
    )


def test_what_somebody_else_corrected_meanwhile_is_not_undone(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """On the newest record, a field that nobody touched follows the record; what was typed stays."""
    entry = correction(office, family[3], name_kana="カクウ　サクラコ")
    made_by = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    residents.next_snapshot(office.session, family[3], made_by, previous_address="架空県隣市東町4番6号")
    assert office.codes(entry) == ["CH-E004"]
    entry = renew(office.session, entry, office.clerk)
    assert office.codes(entry) == []
    office.register(entry)
    row = office.latest(family[3])
    assert (row.name_kana, row.previous_address) == ("カクウ　サクラコ", "架空県隣市東町4番6号")


# ---- what stays without 改製


@pytest.mark.requirement("RR-1.1.4b", "RR-1.1.14e", partial=True)
@pytest.mark.parametrize("word", ["特別養子縁組", "特別養子縁組解消", "性別の変更"])
def test_the_prescribed_word_of_what_stays_without_rebuilding(
    office: ChangeOffice, family: list[ResidentHistory], word: str
) -> None:
    entry = correction(office, family[3], register_head="架空　花子").with_values(kept_word=word)
    office.register(entry)
    assert word in office.remarks(office.latest(family[3]))


@pytest.mark.requirement("RR-1.1.4b", partial=True)
def test_a_change_of_sex_says_so(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    office.register(correction(office, family[2], sex="female"))
    assert "性別の変更" in office.remarks(office.latest(family[2]))[0]
    # An error of the office was never a change.
    office.register(correction(office, family[3], kind="correct_error", sex="male"))
    assert "性別の変更" not in office.remarks(office.latest(family[3]))[0]


def test_old_values_that_only_some_may_see_stay_out_of_the_texts(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    office.register(correction(office, family[3], registered_domicile="架空県隣市東町5番"))
    [text] = office.remarks(office.latest(family[3]))
    assert text == "本籍を修正"
