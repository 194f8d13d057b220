"""The items of the standard, one by one: held by the register, entered, corrected and shown (RR-1.1.1, RR-1.1.2).

That what is typed arrives is proved by ``move_in/test_every_item.py``, that a correction does by
``changes/test_correction.py``; here nothing of the standard's list may be missing.
"""

from __future__ import annotations

import pytest

from residentapp.core.dates import DateError, DateField, parse_date
from residentapp.residents.changes import kinds
from residentapp.residents.changes.spec import spec_of, specs
from residentapp.residents.history import ITEM_COLUMNS
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_in.fields import CASE_LABELS, MEMBER_FIELDS, FieldKind
from residentapp.residents.move_in.rules.reading import date_field
from residentapp.residents.records.items import GROUPS
from residentapp.residents.types import ForeignCategory, ResidentKind

assert kinds

_ENTITLEMENTS = {
    "国民健康保険": ("health_insurance_insured", "health_insurance_acquired_on", "health_insurance_lost_on"),
    "後期高齢者医療": ("elderly_care_insured", "elderly_care_acquired_on", "elderly_care_lost_on"),
    "介護保険": ("long_term_care_insured", "long_term_care_acquired_on", "long_term_care_lost_on"),
    "国民年金": (
        "pension_insured", "pension_number", "pension_kind", "pension_kind_changed_on", "pension_acquired_on",
        "pension_lost_on",
    ),
    "児童手当": ("child_allowance_from", "child_allowance_to"),
}  # fmt: skip
_BOTH = {
    "氏名": ("name",),
    "生年月日": ("birth_date",),
    "性別": ("sex",),
    "世帯主の氏名・続柄": ("head_name", "relationship_to_head"),
    "住所": ("address", "building"),
    "住所を定めた年月日": ("address_set_on",),
    "届出の年月日": ("notified_on",),
    "転入前住所": ("previous_address",),
    "個人番号": ("individual_number_cipher",),
    "住民票コード": ("resident_code_cipher",),
    **_ENTITLEMENTS,
}
JAPANESE = _BOTH | {
    "旧氏": ("former_name",),
    "戸籍の表示": ("registered_domicile", "register_head"),
    "住民となった年月日": ("became_resident_on",),
    "選挙人名簿": ("on_electoral_roll",),
}
FOREIGN = _BOTH | {
    "氏名（アルファベット）": ("name_alphabet",),
    "通称": ("alias",),
    "通称の記載": ("alias_recorded_on", "alias_recorded_municipality"),
    "通称の削除": ("alias_deleted_on", "alias_deleted_municipality"),
    "外国人住民となった年月日": ("became_foreign_resident_on",),
    "旧外登法による登録年月日": ("former_registration_on",),
    "国籍・地域": ("nationality",),
}
BY_CATEGORY = {
    "区分": ("foreign_category",),
    "在留資格": ("residence_status",),
    "在留期間・上陸期間・仮滞在期間": ("residence_period",),
    "在留期間の満了の日": ("residence_expires_on",),
    "在留カードの番号": ("residence_card_number",),
    "特別永住者証明書の番号": ("special_permanent_number",),
}

#: Where an item that has no field of a person of its own is entered: in the case, or it follows from the household.
_ENTERED_ELSEWHERE = {
    "address": "town", "building": "building", "notified_on": "notified_on", "relationship_to_head": "relationship",
    "individual_number_cipher": "individual_number", "resident_code_cipher": "resident_code",
    "last_registered_address": "unreported_address",
}  # fmt: skip
#: Follows from others: the head of the household; 住民となった年月日 while nobody has moved within (RR-4.1.1.1).
_FOLLOWS = {"head_name", "address_set_on"}
#: The change that corrects what 職権修正 of a person does not reach.
_CORRECTED_BY = {
    "address": "correct_address", "building": "correct_address", "head_name": "head_change",
    "individual_number_cipher": "number_correct", "resident_code_cipher": "code_correct",
    "address_code": "correct_address", "postal_code": "correct_address",
}  # fmt: skip

#: Other items, in the record itself. What else the standard names here has tables of its own: history and its days,
#: 交付履歴, 抑止, 備考, メモ.
_OTHERS = {
    "住所コード・郵便番号": ("address_code", "postal_code"),
    "転入前住所の住所コード・郵便番号": ("previous_address_code", "previous_postal_code"),
    "最終登録住所地": ("last_registered_address",),
    "個人番号カード・住基カード発行状況": ("number_card_state", "basic_card_state"),
    "成年被後見人": ("adult_guardianship",),
    "署名用・利用者証明用電子証明書シリアル番号": ("signature_certificate_serial", "user_certificate_serial"),
    "氏名のフリガナ": ("name_kana", "name_kana_confirmed"),
}
OTHERS_OF_JAPANESE = _OTHERS | {"旧氏のフリガナ": ("former_name_kana", "former_name_kana_confirmed")}
OTHERS_OF_FOREIGNERS = _OTHERS | {
    "通称のフリガナ": ("alias_kana", "alias_kana_confirmed"),
    "通称を記載・削除した市区町村コード": ("alias_recorded_code", "alias_deleted_code"),
    "住居地の届出の有無": ("residence_notified",),
    "上陸許可証による転入の旨": ("landing_permit_move_in",),
}


def columns(items: dict[str, tuple[str, ...]]) -> list[str]:
    return [column for group in items.values() for column in group]


def missing(wanted: list[str], kind: ResidentKind) -> dict[str, list[str]]:
    """What of these columns is not held, entered, corrected or shown for a kind of resident."""
    entered = {field.name for field in MEMBER_FIELDS if field.belongs_to(kind)} | set(CASE_LABELS)
    asks = spec_of("correct").person_asks
    corrected = {ask.prefill for ask in asks if ask.prefill and ask.only in (None, kind)}
    shown = {item.column for _title, items in GROUPS for item in items if kind in item.kinds}
    return {
        "held": [column for column in wanted if column not in ITEM_COLUMNS],
        "entered": [
            column
            for column in wanted
            if column not in _FOLLOWS and _ENTERED_ELSEWHERE.get(column, column) not in entered
        ],
        "corrected": [
            column
            for column in wanted
            if column not in corrected and not (column in _CORRECTED_BY and spec_of(_CORRECTED_BY[column]))
        ],
        "shown": [column for column in wanted if column not in shown],
    }


NOTHING: dict[str, list[str]] = {"held": [], "entered": [], "corrected": [], "shown": []}


@pytest.mark.requirement("RR-1.1.1a")
def test_every_item_of_a_japanese_resident() -> None:
    assert missing(columns(JAPANESE), ResidentKind.JAPANESE) == NOTHING


@pytest.mark.requirement("RR-1.1.2a")
def test_every_item_of_a_foreign_resident_and_none_that_only_japanese_have() -> None:
    assert missing(columns(FOREIGN), ResidentKind.FOREIGN) == NOTHING
    only_japanese = columns({label: group for label, group in JAPANESE.items() if label not in _BOTH})
    lacking = missing(only_japanese, ResidentKind.FOREIGN)
    assert lacking["entered"] == lacking["shown"] == lacking["corrected"] == only_japanese


@pytest.mark.requirement("RR-1.1.1c", "RR-1.1.2c")
@pytest.mark.parametrize(
    ("items", "kind"),
    [(OTHERS_OF_JAPANESE, ResidentKind.JAPANESE), (OTHERS_OF_FOREIGNERS, ResidentKind.FOREIGN)],
)
def test_every_other_item(items: dict[str, tuple[str, ...]], kind: ResidentKind) -> None:
    assert missing(columns(items), kind) == NOTHING
    own = {"addressee_number", "household_number", "member_order", "state", "resident_kind"}
    assert own <= set(ResidentHistory.__table__.columns.keys())


@pytest.mark.requirement("RR-1.1.2b")
def test_every_item_of_a_category() -> None:
    assert missing(columns(BY_CATEGORY), ResidentKind.FOREIGN) == NOTHING
    labels = [category.label for category in ForeignCategory]
    assert len(labels) == len(set(labels)) == 6
    for word in (
        "中長期在留者",
        "特別永住者",
        "一時庇護",
        "仮滞在",
        "出生による経過滞在者",
        "国籍喪失による経過滞在者",
    ):
        assert [label for label in labels if word in label], (word, labels)


#: Dates that need not be days of the calendar; every other date does.
WITH_EXCEPTIONS = {
    "birth_date": DateField.BIRTH,
    "became_resident_on": DateField.EVENT,
    "address_set_on": DateField.EVENT,
    "became_foreign_resident_on": DateField.EVENT,
    "former_registration_on": DateField.FORMER_REGISTRATION,
    # 死亡とみなされる日 of a 失踪宣告, which stands in a 留意事項.
    "adjudged_on": DateField.EVENT,
}


@pytest.mark.requirement("RR-1.1.8a")
def test_which_dates_need_not_be_days_of_the_calendar() -> None:
    """What each of them takes and refuses is proved by ``core/test_dates.py``."""
    moved = {spec.code for spec in specs() if spec.moved_on is not DateField.OTHER}
    assert moved == {"birth", "death", "disappearance"}
    assert {spec.moved_on for spec in specs() if spec.code in moved} == {DateField.EVENT}
    asked = {
        ask.name: ask.date
        for spec in specs()
        for ask in (*spec.asks, *spec.person_asks)
        if ask.kind == "date" and ask.date is not DateField.OTHER
    }
    assert asked == WITH_EXCEPTIONS
    in_move_in = {
        field.name: date_field(field.name) for field in MEMBER_FIELDS if field.kind is FieldKind.DATE
    }
    assert {name: kind for name, kind in in_move_in.items() if kind is not DateField.OTHER} == {
        name: kind for name, kind in WITH_EXCEPTIONS.items() if name in in_move_in
    }
    for name in ("令和5年2月29日", "令和5年春"):
        for kind in (DateField.BIRTH, DateField.EVENT):
            assert parse_date(name, kind).exact is None
        with pytest.raises(DateError):
            parse_date(name, DateField.OTHER)
    assert parse_date("年月日不詳", DateField.FORMER_REGISTRATION).exact is None
