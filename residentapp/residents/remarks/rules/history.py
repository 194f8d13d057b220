"""Type A of the 統合記載欄: how the record words each change. One wording for all 37 classes (RR-1.1.14b, RR-1.2.2).

A sentence is the day of the change, the matter, and the day on which it was notified::

    令和8年4月1日　東京都架空区架空三丁目14番15号から転入　同日届出

Values stand in it only where every certificate prints them anyway. 世帯主, 続柄, 本籍, 筆頭者, numbers, what a
foreign resident may have left out (RR-5.1) and フリガナ (RR-5.3b) are named, never quoted: whoever leaves the item out
must not find it again in the history, and whoever may not see the item must not read it there.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from residentapp.core.dates import DateValue, to_wareki
from residentapp.residents.types import ChangeReason, ResidentKind, ResidentState, Sensitivity, Sex

Items = Mapping[str, Any]
"""Items of a snapshot by column name."""

SEPARATOR = "　"

#: 法第30条の46 and 第30条の47, which are held under the reason 国外転入等 (RR-4.5.1, RR-4.5.2).
ARTICLE_30_46 = "法第30条の46"
ARTICLE_30_47 = "法第30条の47"

#: Items whose values a correction quotes, in the order of the record.
QUOTED: Mapping[str, str] = {
    "name": "氏名",
    "name_alphabet": "氏名（アルファベット）",
    "former_name": "旧氏",
    "alias": "通称",
    "birth_date": "生年月日",
    "sex": "性別",
    "address": "住所",
    "building": "方書",
    "address_set_on": "住所を定めた年月日",
    "became_resident_on": "住民となった年月日",
    "became_foreign_resident_on": "外国人住民となった年月日",
    "notified_on": "届出の年月日",
    "previous_address": "転入前住所",
}
#: Items that a correction only names. Those of a removal too: a copy must not say where a resident will go (RR-5.1d).
NAMED: Mapping[str, str] = {
    "name_kana": "氏名の振り仮名",
    "former_name_kana": "旧氏の振り仮名",
    "alias_kana": "通称のフリガナ",
    "head_name": "世帯主",
    "relationship_to_head": "続柄",
    "registered_domicile": "本籍",
    "register_head": "筆頭者",
    "individual_number_hash": "個人番号",
    "resident_code_hash": "住民票コード",
    "nationality": "国籍・地域",
    "foreign_category": "第30条の45の区分",
    "residence_status": "在留資格",
    "residence_period": "在留期間等",
    "residence_expires_on": "在留期間の満了の日",
    "residence_card_number": "在留カードの番号",
    "special_permanent_number": "特別永住者証明書の番号",
    "removal_reason": "消除事由",
    "removal_occurred_on": "事由の生じた年月日",
    "planned_destination": "転出先住所（予定）",
    "confirmed_destination": "転出先住所（確定）",
}


@dataclass(frozen=True)
class Days:
    """The days of a change beside the 異動日 (RR-1.2.1a).

    :param notified_on: 届出日. :param applied_on: 申出日. :param noticed_on: 通知日. :param requested_on: 請求日.
    """

    notified_on: dt.date | None = None
    applied_on: dt.date | None = None
    noticed_on: dt.date | None = None
    requested_on: dt.date | None = None


NO_DAYS = Days()


@dataclass(frozen=True)
class _Change:
    """What the wordings draw on."""

    reason: ChangeReason
    before: Items
    after: Items
    article: str
    cause: str
    cancelled: ChangeReason | None

    def old(self, column: str) -> str:
        return _value(column, self.before)

    def new(self, column: str) -> str:
        return _value(column, self.after)


def _value(column: str, items: Items) -> str:
    """An item as the record writes it; a foreign resident's birth date is in 西暦 (RR-1.1.9a)."""
    value = items.get(column)
    match value:
        case None | "" | []:
            return ""
        case DateValue():
            western = column == "birth_date" and items.get("resident_kind") is ResidentKind.FOREIGN
            return value.seireki if western else value.wareki
        case dt.date():
            return to_wareki(value)
        case enum.Enum():
            return str(getattr(value, "label", value.value))
        case _:
            return str(value)


def full_address(items: Items) -> str:
    """住所 with its 方書; empty when there is none."""
    return SEPARATOR.join(part for part in (_value("address", items), _value("building", items)) if part)


# ---- the matter of each class


def _moved_in(change: _Change) -> str:
    origin = change.new("previous_address")
    if change.article == ARTICLE_30_47:
        return f"中長期在留者等となったため記載（{ARTICLE_30_47}）"
    said = f"{origin}から転入" if origin else "転入"
    return said + (f"（{change.article}）" if change.article else "")


def _recorded_ex_officio(change: _Change) -> str:
    origin = change.new("previous_address")
    said = f"{change.cause}につき職権により記載" if change.cause else "職権により記載"
    return SEPARATOR.join((said, f"転入前住所　{origin}")) if origin else said


def _removed_ex_officio(change: _Change) -> str:
    return f"{change.cause}につき職権により消除" if change.cause else "職権により消除"


def _moved_out(change: _Change) -> str:
    """転出届, its removal when the day has come, or the 転入通知 that confirms where the person went (RR-4.1.3.1.1)."""
    confirmed = change.new("confirmed_destination")
    if confirmed and confirmed != change.old("confirmed_destination") and not _is_live(change.before):
        day = change.new("moved_out_on")
        return f"転入通知により{confirmed}への転出を確認" + (f"（{day}転出）" if day else "")
    word = "国外転出" if change.reason is ChangeReason.MOVE_OUT_ABROAD else "転出"
    destination = change.new("planned_destination")
    return (f"{destination}へ" if destination else "") + word + ("予定" if _is_live(change.after) else "")


def _is_live(items: Items) -> bool:
    state = items.get("state")
    return not isinstance(state, ResidentState) or state.is_live


def _moved_within(change: _Change) -> str:
    origin = full_address(change.before)
    return f"{origin}から転居" if origin else "転居"


def _corrected(lead: str) -> Callable[[_Change], str]:
    def said(change: _Change) -> str:
        phrases, named = [], []
        for column, label in QUOTED.items():
            old, new = change.old(column), change.new(column)
            if old == new:
                continue
            if column == "sex" and is_sex_change(change.before, change.after):
                # Never quoted; 性別の変更 is the law's own word (性同一性障害者の性別の取扱いの特例に関する法律).
                error = change.reason is not ChangeReason.CORRECT_EX_OFFICIO
                phrases.append("性別を修正" if error else Sensitivity.SEX_CHANGE.label)
            elif old and new:
                phrases.append(f"{label}「{old}」を「{new}」に修正")
            else:
                phrases.append(f"{label}「{new or old}」を{'記載' if new else '削除'}")
        for column, label in NAMED.items():
            if change.before.get(column) != change.after.get(column):
                named.append(label)
        if named:
            phrases.append(f"{'・'.join(named)}を修正")
        return f"{lead}{'、'.join(phrases)}" if phrases else f"{lead}修正"

    return said


def _cancelled(ending: str) -> Callable[[_Change], str]:
    def said(change: _Change) -> str:
        undone = change.cancelled.label if change.cancelled is not None else change.cause or "異動"
        return f"{undone}の取消しにより{ending}"

    return said


def _caused(ending: str, usual: str) -> Callable[[_Change], str]:
    return lambda change: f"{change.cause or usual}につき{ending}"


def _plain(words: str) -> Callable[[_Change], str]:
    return lambda change: words


def _named(label: str, column: str, verb: str, *, past: bool = False) -> Callable[[_Change], str]:
    def said(change: _Change) -> str:
        value = change.old(column) if past else change.new(column)
        return f"{label}「{value}」を{verb}" if value else f"{label}を{verb}"

    return said


def _former_name_changed(change: _Change) -> str:
    old, new = change.old("former_name"), change.new("former_name")
    return f"旧氏「{old}」を「{new}」に変更" if old and new else "旧氏を変更"


R = ChangeReason
_MATTERS: Mapping[ChangeReason, Callable[[_Change], str]] = {
    R.MOVE_IN_DOMESTIC: _moved_in,
    R.MOVE_IN_ABROAD: _moved_in,
    R.BIRTH: _plain("出生により記載"),
    R.RECORD_NATURALISATION: _caused("職権により記載", "帰化等"),
    R.RECORD_NATIONALITY_LOSS: _caused("職権により記載", "国籍喪失"),
    R.RECORD_EX_OFFICIO: _recorded_ex_officio,
    R.RECORD_REBUILD: _plain("改製により記載"),
    R.RECORD_RECONSTRUCTION: _plain("再製により記載"),
    R.CANCEL_INCREASE: _cancelled("回復"),
    R.MOVE_OUT_DOMESTIC: _moved_out,
    R.MOVE_OUT_ABROAD: _moved_out,
    R.DEATH: _plain("死亡により消除"),
    R.REMOVE_NATURALISATION: _caused("職権により消除", "帰化等"),
    R.REMOVE_NATIONALITY_LOSS: _caused("職権により消除", "国籍喪失"),
    R.REMOVE_EX_OFFICIO: _removed_ex_officio,
    R.REMOVE_REBUILD: _plain("改製により消除"),
    R.REMOVE_RECONSTRUCTION: _plain("再製により消除"),
    R.CANCEL_DECREASE: _cancelled("消除"),
    R.MOVE_WITHIN: _moved_within,
    R.MINOR_CORRECTION: _corrected("軽微な修正　"),
    R.CORRECT_EX_OFFICIO: _corrected("職権により"),
    R.CORRECT_ERROR: _corrected("誤記につき"),
    R.NUMBER_CHANGE_ON_REQUEST: _plain("請求により個人番号を変更"),
    R.NUMBER_CORRECT_EX_OFFICIO: _plain("職権により個人番号を修正"),
    R.NUMBER_RECORD_EX_OFFICIO: _plain("職権により個人番号を記載"),
    R.RESIDENT_CODE_CHANGE_ON_REQUEST: _plain("請求により住民票コードを変更"),
    R.RESIDENT_CODE_RECORD_EX_OFFICIO: _plain("職権により住民票コードを記載"),
    R.HOUSEHOLD_SPLIT: _plain("世帯分離"),
    R.HOUSEHOLD_MERGE: _plain("世帯合併"),
    R.HOUSEHOLD_CHANGE: _plain("世帯変更"),
    R.HEAD_CHANGE: _plain("世帯主変更"),
    R.FORMER_NAME_RECORD: _named("旧氏", "former_name", "記載"),
    R.FORMER_NAME_CHANGE: _former_name_changed,
    R.FORMER_NAME_DELETE: _named("旧氏", "former_name", "削除", past=True),
    R.ALIAS_RECORD: _named("通称", "alias", "記載"),
    R.ALIAS_DELETE: _named("通称", "alias", "削除", past=True),
    R.CANCEL_CORRECTION: _cancelled("修正"),
}


def history_matter(
    reason: ChangeReason,
    before_items: Items | None,
    after_items: Items,
    *,
    article: str = "",
    cause: str = "",
    cancelled: ChangeReason | None = None,
) -> str:
    """What a change did, without its days: ``架空県架空市東町5番地6から転居``.

    :param before_items: items of the person's snapshot before the change; None for a new record.
    :param after_items: items of the snapshot that the change made.
    :param article: ``ARTICLE_30_46`` or ``ARTICLE_30_47``, for these two kinds of 国外転入等.
    :param cause: what the class alone does not say: 国籍取得 (of 帰化等), 失踪宣告 (of 職権消除) …
    :param cancelled: reason of the change that an 異動の取消し undoes.
    """
    change = _Change(reason, before_items or {}, after_items, article, cause, cancelled)
    return _MATTERS[reason](change)


def _begun(moved_on: DateValue | None) -> str:
    return moved_on.wareki + SEPARATOR if moved_on is not None else ""


def _ended(moved_on: DateValue | None, days: Days) -> str:
    said = []
    same = moved_on.exact if moved_on is not None else None
    for day, word in (
        (days.notified_on, "届出"),
        (days.applied_on, "申出"),
        (days.noticed_on, "通知"),
        (days.requested_on, "請求"),
    ):
        if day is not None:
            said.append(f"{SEPARATOR}同日{word}" if day == same else f"{SEPARATOR}{to_wareki(day)}{word}")
    return "".join(said)


def history_text(
    reason: ChangeReason,
    before_items: Items | None,
    after_items: Items,
    moved_on: DateValue | None,
    *,
    days: Days | None = None,
    article: str = "",
    cause: str = "",
    cancelled: ChangeReason | None = None,
) -> str:
    """The type A entry of a change (RR-1.1.14b): its day, its matter, and the day it was notified.

    :param moved_on: 異動日, as entered; None when the change has none.
    :param days: 届出日, 申出日, 通知日 and 請求日 as far as the change has them.

    The other parameters are those of :func:`history_matter`.
    """
    matter = history_matter(
        reason, before_items, after_items, article=article, cause=cause, cancelled=cancelled
    )
    return _begun(moved_on) + matter + _ended(moved_on, days or NO_DAYS)


def with_days(matter: str, moved_on: DateValue | None, days: Days) -> str:
    """A matter that says more than :func:`history_matter` with the days of its change, as every type A entry has them.

    A matter that names the 異動日 itself gets only the other days.
    """
    begun = "" if moved_on is not None and moved_on.wareki in matter else _begun(moved_on)
    return begun + matter + _ended(moved_on, days)


def without_days(text: str, moved_on: DateValue | None, days: Days) -> str:
    """A type A entry without the days of its change, for places where these stand in a column of their own.

    A text that was not made by :func:`history_text` comes back as it is.
    """
    return text.removeprefix(_begun(moved_on)).removesuffix(_ended(moved_on, days))


# ---- what is kept off certificates


def is_sex_change(before: Items, after: Items) -> bool:
    """Whether 性別 changed from 男 to 女 or back; a sex that was unknown and is known now is none."""
    known = {Sex.MALE, Sex.FEMALE}
    return before.get("sex") in known and {before.get("sex"), after.get("sex")} == known


def sensitivity_of_change(before_items: Items | None, after_items: Items) -> Sensitivity | None:
    """Why the history of a change is left out of certificates by default (RR-1.1.4b); None when it is not."""
    return Sensitivity.SEX_CHANGE if is_sex_change(before_items or {}, after_items) else None


def sensitivity_of_text(text: str) -> Sensitivity | None:
    """The same for a text with one of the prescribed words in it, whoever wrote it (RR-1.1.14e)."""
    for sensitivity in (
        Sensitivity.SPECIAL_ADOPTION_DISSOLVED,
        Sensitivity.SPECIAL_ADOPTION,
        Sensitivity.SEX_CHANGE,
    ):
        if sensitivity.label in text:
            return sensitivity
    return None
