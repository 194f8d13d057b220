"""フリガナ as pure decisions: its characters, where its confirmation stands, and what an answer changes.

Sources: 住民基本台帳法 第7条第1号の2; 戸籍法 第13条第1項第2号・第3項 (氏名の振り仮名, in force since 2025-05-26 by
令和5年法律第48号); 住民基本台帳法施行令の一部を改正する政令 (令和7年政令第17号: 旧氏の振り仮名); RR-1.1.18, RR-5.3.

Whether a reading is one that is generally accepted for the characters (戸籍法 第13条第3項) is for the 戸籍 to decide
and is not checked here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from residentapp.core.characters import character_length
from residentapp.core.dates import to_wareki
from residentapp.core.kana import is_katakana_name, to_fullwidth_katakana
from residentapp.core.violations import Level, Violation
from residentapp.residents.kana.types import AnswerHow, KanaAnswer, KanaItem, KanaState, Notice
from residentapp.residents.types import ChangeReason, ResidentKind

#: Day from which 氏名の振り仮名 is an item of the record.
IN_FORCE = dt.date(2025, 5, 26)
#: Last day on which people recorded on that day could notify their own reading (within a year of it).
FIRST_TERM_ENDS = dt.date(2026, 5, 25)
#: What the office gives for an answer where the law sets no day, in days.
USUAL_TERM = dt.timedelta(days=30)
#: Shortest and longest term for an answer.
SHORTEST_TERM = dt.timedelta(days=14)
LONGEST_TERM = dt.timedelta(days=366)

LONGEST = 200

# 直音, 拗音, 撥音 and 促音 of 現代仮名遣い, the small kana that names have, and the long-vowel mark. Neither the middle
# dot of foreign names nor ヷ ヸ ヹ ヺ, which no 振り仮名 has.
_NAME = re.compile("[ァ-ヴヵヶー]+(?:　[ァ-ヴヵヶー]+)?")
_NOT_KANA = re.compile("[^ァ-ヴヵヶー　]")


# ---- characters


def check_kana(item: KanaItem, kana: str, *, kind: ResidentKind) -> list[Violation]:
    """Whether a フリガナ can be recorded: its characters and its shape.

    :param item: 旧氏 has one part, 氏名 two at most (some names have no 氏).
    :param kind: a foreign resident's is no 振り仮名 of the 戸籍: more parts and the middle dot are fine.
    """
    label = item.label
    if not kana.strip():
        return [
            _error("KA-E001", f"{label}が入力されていません。", f"{label}を全角カタカナで入力してください。")
        ]
    if character_length(kana) > LONGEST:
        return [_error("KA-E002", f"{label}は{LONGEST}文字までです。", "届書を確かめて短くしてください。")]
    if kind is ResidentKind.FOREIGN:
        if is_katakana_name(kana):
            return []
        return [
            _error(
                "KA-E003", f"{label}に全角カタカナ以外の文字があります。", "全角カタカナで入力してください。"
            )
        ]
    if wrong := _NOT_KANA.search(kana):
        return [
            _error(
                "KA-E003",
                f"{label}の{wrong.start() + 1}文字目「{wrong[0]}」は使えません。",
                "片仮名、小書きの片仮名（ァ、ッ、ャ など）と長音（ー）だけを使えます。",
            )
        ]
    parts = kana.split("　")
    if any(part.startswith("ー") for part in parts):
        return [
            _error(
                "KA-E004", f"{label}の初めに長音（ー）があります。", "長音の前の片仮名を確かめてください。"
            )
        ]
    if not _NAME.fullmatch(kana) or (item is KanaItem.FORMER_NAME and len(parts) > 1):
        shape = "空白を入れずに" if item is KanaItem.FORMER_NAME else "氏と名の間だけを1文字空けて"
        return [_error("KA-E005", f"{label}の空白の位置が正しくありません。", f"{shape}入力してください。")]
    return []


def _error(code: str, message: str, remedy: str, *, field: str = "kana") -> Violation:
    return Violation(Level.ERROR, code, message, field, "法第7条第1号の2、戸籍法第13条、RR-1.1.18", remedy)


# ---- where a confirmation stands


def kana_state(confirmed: bool, notice: Notice | None) -> KanaState:
    """Where the confirmation of one フリガナ stands.

    :param confirmed: the record's フリガナ確認フラグ.
    :param notice: the latest notice or answer; None when there was none.
    """
    if confirmed:
        ex_officio = notice is not None and notice.how is AnswerHow.EX_OFFICIO
        return KanaState.EX_OFFICIO if ex_officio else KanaState.CONFIRMED
    if notice is None:
        return KanaState.UNCONFIRMED
    return KanaState.NOTIFIED if notice.answered_on is None else KanaState.ANSWERED


def default_answer_by(sent_on: dt.date) -> dt.date:
    """回答期限 that a notice of a day has unless the office sets another.

    In the first year it is the last day on which people could notify their reading; after it, thirty days.
    """
    if IN_FORCE <= sent_on <= FIRST_TERM_ENDS - SHORTEST_TERM:
        return FIRST_TERM_ENDS
    return sent_on + USUAL_TERM


def check_answer_by(sent_on: dt.date, answer_by: dt.date | None) -> list[Violation]:
    """Whether the term of a notice is one in which people can answer."""
    if answer_by is None:
        return [
            _error(
                "KA-E010", "回答期限が入力されていません。", "回答期限を入力してください。", field="answer_by"
            )
        ]
    earliest, latest = sent_on + SHORTEST_TERM, sent_on + LONGEST_TERM
    if not earliest <= answer_by <= latest:
        return [
            _error(
                "KA-E011",
                "回答期限が近すぎるか、先すぎます。",
                f"{to_wareki(earliest)}から{to_wareki(latest)}までの日を入力してください。",
                field="answer_by",
            )
        ]
    return []


def may_record_ex_officio(notice: Notice, today: dt.date) -> bool:
    """Whether the term has passed without an answer, so that the mayor may record what was notified.

    On the last day of the term an answer can still come; the day after, it may be recorded.
    """
    return notice.answer_by is not None and notice.answered_on is None and today > notice.answer_by


def check_answer(
    answer: KanaAnswer, notice: Notice | None, *, kind: ResidentKind, recorded: str, today: dt.date
) -> list[Violation]:
    """Whether an answer can be taken.

    :param recorded: the フリガナ that the record has now; empty for a blank.
    """
    found = check_kana(answer.item, answer.kana, kind=kind)
    told = notice.kana if notice is not None and notice.answered_on is None else recorded
    if answer.how is AnswerHow.AGREED and answer.kana != told:
        found.append(
            _error(
                "KA-E020",
                f"通知・記録の「{told or '（空欄）'}」と違います。",
                "違う振り仮名の届出のときは、「本人の届出（別の振り仮名）」を選んでください。",
            )
        )
    if answer.how is AnswerHow.CORRECTED and answer.kana == told:
        found.append(
            _error(
                "KA-E021",
                "通知・記録と同じ振り仮名です。",
                "同じときは、「本人の回答（通知・記録のとおり）」を選んでください。",
            )
        )
    if answer.how is AnswerHow.FAMILY_REGISTER and answer.item is not KanaItem.NAME:
        found.append(
            _error(
                "KA-E022",
                "本籍地から通知されるのは氏名の振り仮名だけです。",
                "別の方法を選んでください。",
                field="how",
            )
        )
    if answer.how is AnswerHow.EX_OFFICIO and not (
        notice is not None and may_record_ex_officio(notice, today) and answer.kana == notice.kana
    ):
        found.append(
            _error(
                "KA-E023",
                "回答期限が過ぎていないため、職権で記載できません。",
                "期限の翌日から、通知した振り仮名を記載できます。",
                field="how",
            )
        )
    return found


# ---- what an answer changes


def kana_effect(before_items: Mapping[str, Any], answer: KanaAnswer) -> dict[str, Any]:
    """The items of a person's next snapshot that an answer changes; empty when it changes none.

    :param before_items: items of the current snapshot.
    """
    changed: dict[str, Any] = {}
    if before_items.get(answer.item.kana_column) != answer.kana:
        changed[answer.item.kana_column] = answer.kana
    if not before_items.get(answer.item.flag_column):
        changed[answer.item.flag_column] = True
    return changed


def kana_reason(before_items: Mapping[str, Any], answer: KanaAnswer) -> ChangeReason:
    """異動事由 under which an answer is entered.

    職権修正 (令第12条): until it is confirmed a フリガナ is only kept for the office's own use, so confirming it
    records the item, and a confirmed one changes because the 戸籍 says so. Only where a confirmed one is written
    another way, a dash for the long-vowel mark or two spaces for one, is it a 軽微な修正 (規則第11条第3項第2号).
    """
    before = before_items.get(answer.item.kana_column) or ""
    if before_items.get(answer.item.flag_column) and to_fullwidth_katakana(before) == answer.kana:
        return ChangeReason.MINOR_CORRECTION
    return ChangeReason.CORRECT_EX_OFFICIO


# ---- certificates


def is_on_certificates(
    item: KanaItem, kana: str | None, *, confirmed: bool, kind: ResidentKind, issued_on: dt.date
) -> bool:
    """Whether a フリガナ may stand on a certificate that asks for them (RR-5.3a).

    Since 2025-05-26 that of a Japanese resident's 氏名 and 旧氏 is an item of the record: what has not been confirmed
    is not recorded, and a certificate does not say it. 通称 and a foreign resident's 氏名 have none by law; theirs is
    printed as the office keeps it.
    """
    if not kana:
        return False
    by_law = item.is_recorded_by_law and kind is ResidentKind.JAPANESE
    return confirmed or not by_law or issued_on < IN_FORCE
