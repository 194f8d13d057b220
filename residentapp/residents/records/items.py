"""The items of a record with their labels, and who may see which.

Sources: RR-1.1.1, RR-1.1.2 (items), RR-1.1.9 (wareki; 生年月日 and 満了の日 of foreign residents in 西暦), RR-10.3b,
CM-5 (items shown by right), CM-5.1 (whereabouts of protected people).
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass
from typing import Any

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.dates import DateValue, day_text
from residentapp.residents.models import ResidentHistory
from residentapp.residents.protection import HIDDEN
from residentapp.residents.records.types import Item, ItemGroup
from residentapp.residents.types import ResidentKind

NO_RIGHT = "（表示する権限がありません）"
#: Shown for 個人番号 and 住民票コード until someone asks to see them, which is logged.
KEPT = "登録あり"

_BOTH = frozenset(ResidentKind)
_JAPANESE = frozenset({ResidentKind.JAPANESE})
_FOREIGN = frozenset({ResidentKind.FOREIGN})


@dataclass(frozen=True)
class Definition:
    """One column of a snapshot as an item of the screen.

    :param kinds: kinds of resident that have the item.
    :param permission: right without which it is hidden.
    :param whereabouts: would tell where the person lives, lived or went, or with whom.
    :param western: shown in 西暦 (RR-1.1.9a).
    :param quiet: left out of the page while blank, because most people never have it.
    """

    column: str
    label: str
    kinds: frozenset[ResidentKind] = _BOTH
    permission: Permission | None = None
    whereabouts: bool = False
    exact: bool = False
    western: bool = False
    quiet: bool = False


_D = Definition
_DOMICILE = Permission.ITEM_REGISTERED_DOMICILE
_STATUS = Permission.ITEM_RESIDENCE_STATUS

GROUPS: tuple[tuple[str, tuple[Definition, ...]], ...] = (
    (
        "氏名",
        (
            _D("name", "氏名", _JAPANESE, exact=True),
            _D("name_alphabet", "氏名（アルファベット）", _FOREIGN, exact=True),
            _D("name", "氏名（漢字）", _FOREIGN, exact=True),
            _D("name_kana", "フリガナ"),
            _D("name_kana_confirmed", "フリガナ確認"),
            _D("former_name", "旧氏", _JAPANESE, exact=True),
            _D("former_name_kana", "旧氏フリガナ", _JAPANESE, quiet=True),
            _D("former_name_kana_confirmed", "旧氏フリガナ確認", _JAPANESE, quiet=True),
            _D("alias", "通称", _FOREIGN, exact=True),
            _D("alias_kana", "通称フリガナ", _FOREIGN, quiet=True),
            _D("alias_kana_confirmed", "通称フリガナ確認", _FOREIGN, quiet=True),
            _D("alias_recorded_on", "通称の記載日", _FOREIGN, quiet=True),
            _D("alias_recorded_municipality", "通称を記載した市区町村", _FOREIGN, quiet=True),
            _D("alias_recorded_code", "通称を記載した市区町村コード", _FOREIGN, quiet=True),
            _D("alias_deleted_on", "通称の削除日", _FOREIGN, quiet=True),
            _D("alias_deleted_municipality", "通称を削除した市区町村", _FOREIGN, quiet=True),
            _D("alias_deleted_code", "通称を削除した市区町村コード", _FOREIGN, quiet=True),
            _D("previous_aliases", "通称の記載及び削除に関する事項", _FOREIGN, exact=True, quiet=True),
        ),
    ),
    (
        "本人",
        (
            _D("birth_date", "生年月日"),
            _D("sex", "性別"),
            _D("relationship_to_head", "続柄"),
            _D("head_name", "世帯主", whereabouts=True, exact=True),
            _D("registered_domicile", "本籍", _JAPANESE, _DOMICILE, whereabouts=True, exact=True),
            _D("register_head", "筆頭者", _JAPANESE, _DOMICILE, exact=True),
        ),
    ),
    (
        "住所",
        (
            _D("postal_code", "郵便番号", whereabouts=True),
            _D("address", "住所", whereabouts=True, exact=True),
            _D("building", "方書", whereabouts=True, exact=True),
            _D("address_code", "住所コード", whereabouts=True),
            _D("address_set_on", "住所を定めた年月日"),
            _D("became_resident_on", "住民となった年月日", _JAPANESE),
            _D("became_foreign_resident_on", "外国人住民となった年月日", _FOREIGN),
            _D("notified_on", "届出の年月日"),
            _D("previous_address", "転入前住所", whereabouts=True, exact=True),
            _D("previous_postal_code", "転入前住所の郵便番号", whereabouts=True, quiet=True),
            _D("previous_address_code", "転入前住所の住所コード", whereabouts=True, quiet=True),
            _D("previous_head_name", "転入前の世帯主", whereabouts=True, exact=True, quiet=True),
            _D("last_registered_address", "最終登録住所地", whereabouts=True, exact=True, quiet=True),
            _D("household_number", "世帯番号", whereabouts=True),
            _D("member_order", "世帯員の並び順"),
        ),
    ),
    (
        "外国人住民の事項",
        (
            _D("nationality", "国籍・地域", _FOREIGN, _STATUS),
            _D("foreign_category", "第30条の45の区分", _FOREIGN, _STATUS),
            _D("residence_status", "在留資格", _FOREIGN, _STATUS),
            _D("residence_period", "在留期間等", _FOREIGN, _STATUS),
            _D("residence_expires_on", "在留期間の満了の日", _FOREIGN, _STATUS, western=True),
            _D("residence_card_number", "在留カードの番号", _FOREIGN, _STATUS),
            _D("special_permanent_number", "特別永住者証明書の番号", _FOREIGN, _STATUS, quiet=True),
            _D("former_registration_on", "旧外登法による登録年月日", _FOREIGN, _STATUS, quiet=True),
            _D("residence_notified", "住居地の届出", _FOREIGN, _STATUS, quiet=True),
            _D("landing_permit_move_in", "上陸許可証による転入", _FOREIGN, _STATUS, quiet=True),
        ),
    ),
    (
        "番号",
        (
            _D("individual_number_cipher", "個人番号", permission=Permission.ITEM_INDIVIDUAL_NUMBER),
            _D("resident_code_cipher", "住民票コード", permission=Permission.ITEM_RESIDENT_CODE),
        ),
    ),
    (
        "除票",
        (
            _D("removal_reason", "消除事由", quiet=True),
            _D("removal_occurred_on", "事由の生じた年月日", quiet=True),
            _D("removed_on", "消除の年月日", quiet=True),
            _D("removal_notified_on", "消除の届出の年月日", quiet=True),
            _D("planned_destination", "転出先住所（予定）", whereabouts=True, exact=True, quiet=True),
            _D("planned_destination_code", "転出先（予定）の住所コード", whereabouts=True, quiet=True),
            _D("planned_destination_postal_code", "転出先（予定）の郵便番号", whereabouts=True, quiet=True),
            _D("confirmed_destination", "転出先住所（確定）", whereabouts=True, exact=True, quiet=True),
            _D("confirmed_destination_code", "転出先（確定）の住所コード", whereabouts=True, quiet=True),
            _D("confirmed_destination_postal_code", "転出先（確定）の郵便番号", whereabouts=True, quiet=True),
            _D("moved_out_on", "転出年月日", quiet=True),
            _D("move_in_notice_on", "転入通知年月日", quiet=True),
            _D("rebuilt_on", "改製の年月日", quiet=True),
        ),
    ),
    (
        "資格・その他",
        (
            _D("on_electoral_roll", "選挙人名簿", _JAPANESE),
            _D("health_insurance_insured", "国民健康保険"),
            _D("health_insurance_acquired_on", "国民健康保険 取得日", quiet=True),
            _D("health_insurance_lost_on", "国民健康保険 喪失日", quiet=True),
            _D("elderly_care_insured", "後期高齢者医療"),
            _D("elderly_care_acquired_on", "後期高齢者医療 取得日", quiet=True),
            _D("elderly_care_lost_on", "後期高齢者医療 喪失日", quiet=True),
            _D("long_term_care_insured", "介護保険"),
            _D("long_term_care_acquired_on", "介護保険 取得日", quiet=True),
            _D("long_term_care_lost_on", "介護保険 喪失日", quiet=True),
            _D("pension_insured", "国民年金"),
            _D("pension_number", "基礎年金番号", quiet=True),
            _D("pension_kind", "国民年金 種別", quiet=True),
            _D("pension_kind_changed_on", "国民年金 種別変更日", quiet=True),
            _D("pension_acquired_on", "国民年金 取得日", quiet=True),
            _D("pension_lost_on", "国民年金 喪失日", quiet=True),
            _D("child_allowance_from", "児童手当 開始年月", quiet=True),
            _D("child_allowance_to", "児童手当 終了年月", quiet=True),
            _D("number_card_state", "個人番号カード", quiet=True),
            _D("basic_card_state", "住基カード", quiet=True),
            _D("adult_guardianship", "成年被後見人", quiet=True),
            _D("signature_certificate_serial", "署名用電子証明書の番号", quiet=True),
            _D("user_certificate_serial", "利用者証明用電子証明書の番号", quiet=True),
        ),
    ),
)

#: Words for a yes-no item, by column; 該当／非該当 for the others.
_YES_NO = {
    "on_electoral_roll": ("登録あり", "登録なし"),
    "health_insurance_insured": ("加入", "未加入"),
    "elderly_care_insured": ("加入", "未加入"),
    "long_term_care_insured": ("加入", "未加入"),
    "pension_insured": ("加入", "未加入"),
    "residence_notified": ("あり", "なし"),
    "name_kana_confirmed": ("確認済み", "未確認"),
    "former_name_kana_confirmed": ("確認済み", "未確認"),
    "alias_kana_confirmed": ("確認済み", "未確認"),
}


def text_of(column: str, value: Any, *, kind: ResidentKind, western: bool = False) -> str:
    """A column's value as it is shown; empty for a blank.

    Days are in wareki, 生年月日 of foreign residents and what is ``western`` in 西暦 (RR-1.1.9).
    """
    if value is None or value == "" or value == []:
        return ""
    if column.endswith("postal_code") and len(value) == 7:
        return f"{value[:3]}-{value[3:]}"
    if column == "birth_date":
        western = kind is ResidentKind.FOREIGN
    match value:
        case bool():
            yes, no = _YES_NO.get(column, ("該当", "非該当"))
            return yes if value else no
        case enum.Enum():
            return str(getattr(value, "label", value.value))
        case DateValue():
            return value.seireki if western else value.wareki
        case dt.date():
            return day_text(value, western=western)
        case bytes():
            return KEPT
        case list():
            return "\n".join(str(part) for part in value)
        case _:
            return str(value)


def reason_hidden(definition: Definition, actor: Actor, *, whereabouts_open: bool) -> str:
    """Why an item is not shown to the actor; empty when it is."""
    if definition.whereabouts and not whereabouts_open:
        return HIDDEN
    if definition.permission is not None and not actor.may(definition.permission):
        return NO_RIGHT
    return ""


def groups_for(snapshot: ResidentHistory, actor: Actor, *, whereabouts_open: bool) -> tuple[ItemGroup, ...]:
    """The items of a snapshot for a screen, masked for the actor."""
    groups = []
    for title, definitions in GROUPS:
        items = []
        for definition in definitions:
            if snapshot.resident_kind not in definition.kinds:
                continue
            value = getattr(snapshot, definition.column)
            blank = value is None or value in ("", [], False)
            if definition.quiet and blank:
                continue
            hidden = reason_hidden(definition, actor, whereabouts_open=whereabouts_open)
            text = text_of(definition.column, value, kind=snapshot.resident_kind, western=definition.western)
            items.append(
                Item(
                    definition.column,
                    definition.label,
                    "" if hidden else text,
                    # A blank stays a blank: that there is nothing to hide gives nothing away.
                    hidden if text else "",
                    definition.exact,
                )
            )
        if items:
            groups.append(ItemGroup(title, tuple(items)))
    return tuple(groups)
