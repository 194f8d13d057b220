"""Code lists of the resident record, each with its Japanese label.

Sources: RR-1.1.1 and 1.1.2 (items), RR-1.2.2 (reasons of change), 住民基本台帳法 第7条, 第30条の45.
"""

from __future__ import annotations

import enum


class ResidentKind(enum.StrEnum):
    """住民種別."""

    JAPANESE = "japanese"
    FOREIGN = "foreign"

    @property
    def label(self) -> str:
        """Label on screens and forms."""
        return {"japanese": "日本人住民", "foreign": "外国人住民"}[self.value]


class ResidentState(enum.StrEnum):
    """住民状態: whether the record is live, and if not, what ended it."""

    RESIDENT = "resident"
    MOVED_OUT = "moved_out"
    DEAD = "dead"
    REMOVED = "removed"

    @property
    def label(self) -> str:
        """Label on screens and forms."""
        return {"resident": "住民", "moved_out": "転出", "dead": "死亡", "removed": "消除"}[self.value]

    @property
    def is_live(self) -> bool:
        """True for a resident record, False for a removed record (除票)."""
        return self is ResidentState.RESIDENT


class Sex(enum.StrEnum):
    """性別."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """Label on screens and forms."""
        return {"male": "男", "female": "女", "unknown": "不明"}[self.value]


class ForeignCategory(enum.StrEnum):
    """区分 of the table of 住民基本台帳法 第30条の45 (経過滞在者 by its two causes)."""

    MID_TO_LONG_TERM = "mid_to_long_term"
    SPECIAL_PERMANENT = "special_permanent"
    TEMPORARY_REFUGE = "temporary_refuge"
    PROVISIONAL_STAY = "provisional_stay"
    TRANSITIONAL_BIRTH = "transitional_birth"
    TRANSITIONAL_LOSS = "transitional_loss"

    @property
    def label(self) -> str:
        """Label on screens and forms."""
        return {
            "mid_to_long_term": "中長期在留者",
            "special_permanent": "特別永住者",
            "temporary_refuge": "一時庇護許可者",
            "provisional_stay": "仮滞在許可者",
            "transitional_birth": "出生による経過滞在者",
            "transitional_loss": "国籍喪失による経過滞在者",
        }[self.value]


class ChangeKind(enum.StrEnum):
    """区分 of a reason of change (RR-1.2.2): recording, removal, correction."""

    RECORDING = "recording"
    REMOVAL = "removal"
    CORRECTION = "correction"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"recording": "記載", "removal": "消除", "correction": "修正"}[self.value]


class ChangeReason(enum.StrEnum):
    """異動事由: the 37 classes of RR-1.2.2; the code's first letter gives the 区分 (R, D, C)."""

    MOVE_IN_DOMESTIC = "R01"
    MOVE_IN_ABROAD = "R02"
    BIRTH = "R03"
    RECORD_NATURALISATION = "R04"
    RECORD_NATIONALITY_LOSS = "R05"
    RECORD_EX_OFFICIO = "R06"
    RECORD_REBUILD = "R07"
    RECORD_RECONSTRUCTION = "R08"
    CANCEL_INCREASE = "R09"
    MOVE_OUT_DOMESTIC = "D01"
    MOVE_OUT_ABROAD = "D02"
    DEATH = "D03"
    REMOVE_NATURALISATION = "D04"
    REMOVE_NATIONALITY_LOSS = "D05"
    REMOVE_EX_OFFICIO = "D06"
    REMOVE_REBUILD = "D07"
    REMOVE_RECONSTRUCTION = "D08"
    CANCEL_DECREASE = "D09"
    MOVE_WITHIN = "C01"
    MINOR_CORRECTION = "C02"
    CORRECT_EX_OFFICIO = "C03"
    CORRECT_ERROR = "C04"
    NUMBER_CHANGE_ON_REQUEST = "C05"
    NUMBER_CORRECT_EX_OFFICIO = "C06"
    NUMBER_RECORD_EX_OFFICIO = "C07"
    RESIDENT_CODE_CHANGE_ON_REQUEST = "C08"
    RESIDENT_CODE_RECORD_EX_OFFICIO = "C09"
    HOUSEHOLD_SPLIT = "C10"
    HOUSEHOLD_MERGE = "C11"
    HOUSEHOLD_CHANGE = "C12"
    HEAD_CHANGE = "C13"
    FORMER_NAME_RECORD = "C14"
    FORMER_NAME_CHANGE = "C15"
    FORMER_NAME_DELETE = "C16"
    ALIAS_RECORD = "C17"
    ALIAS_DELETE = "C18"
    CANCEL_CORRECTION = "C19"

    @property
    def label(self) -> str:
        """Name of the class as the standard writes it."""
        return _REASON_LABELS[self]

    @property
    def kind(self) -> ChangeKind:
        """記載, 消除 or 修正."""
        return {"R": ChangeKind.RECORDING, "D": ChangeKind.REMOVAL, "C": ChangeKind.CORRECTION}[self.value[0]]


_REASON_LABELS: dict[ChangeReason, str] = {
    ChangeReason.MOVE_IN_DOMESTIC: "国内転入",
    ChangeReason.MOVE_IN_ABROAD: "国外転入等",
    ChangeReason.BIRTH: "出生",
    ChangeReason.RECORD_NATURALISATION: "職権記載（帰化等）",
    ChangeReason.RECORD_NATIONALITY_LOSS: "職権記載（国籍喪失）",
    ChangeReason.RECORD_EX_OFFICIO: "職権記載",
    ChangeReason.RECORD_REBUILD: "改製",
    ChangeReason.RECORD_RECONSTRUCTION: "再製",
    ChangeReason.CANCEL_INCREASE: "異動の取消し（増）",
    ChangeReason.MOVE_OUT_DOMESTIC: "国内転出",
    ChangeReason.MOVE_OUT_ABROAD: "国外転出",
    ChangeReason.DEATH: "死亡",
    ChangeReason.REMOVE_NATURALISATION: "職権消除（帰化等）",
    ChangeReason.REMOVE_NATIONALITY_LOSS: "職権消除（国籍喪失）",
    ChangeReason.REMOVE_EX_OFFICIO: "職権消除",
    ChangeReason.REMOVE_REBUILD: "改製",
    ChangeReason.REMOVE_RECONSTRUCTION: "再製",
    ChangeReason.CANCEL_DECREASE: "異動の取消し（減）",
    ChangeReason.MOVE_WITHIN: "転居",
    ChangeReason.MINOR_CORRECTION: "軽微な修正",
    ChangeReason.CORRECT_EX_OFFICIO: "職権修正",
    ChangeReason.CORRECT_ERROR: "誤記修正",
    ChangeReason.NUMBER_CHANGE_ON_REQUEST: "個人番号の変更請求",
    ChangeReason.NUMBER_CORRECT_EX_OFFICIO: "個人番号の職権修正",
    ChangeReason.NUMBER_RECORD_EX_OFFICIO: "個人番号の職権記載",
    ChangeReason.RESIDENT_CODE_CHANGE_ON_REQUEST: "住民票コードの変更請求",
    ChangeReason.RESIDENT_CODE_RECORD_EX_OFFICIO: "住民票コードの職権記載",
    ChangeReason.HOUSEHOLD_SPLIT: "世帯分離",
    ChangeReason.HOUSEHOLD_MERGE: "世帯合併",
    ChangeReason.HOUSEHOLD_CHANGE: "世帯変更",
    ChangeReason.HEAD_CHANGE: "世帯主変更",
    ChangeReason.FORMER_NAME_RECORD: "旧氏の記載",
    ChangeReason.FORMER_NAME_CHANGE: "旧氏の変更",
    ChangeReason.FORMER_NAME_DELETE: "旧氏の削除",
    ChangeReason.ALIAS_RECORD: "通称の記載",
    ChangeReason.ALIAS_DELETE: "通称の削除",
    ChangeReason.CANCEL_CORRECTION: "異動の取消し（修正）",
}


class RemarkKind(enum.StrEnum):
    """種類 of an entry in the 統合記載欄 (RR-1.1.14)."""

    HISTORY = "A"
    NOTE = "B"
    REMARK = "C"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"A": "異動履歴", "B": "留意事項", "C": "備考"}[self.value]


class Sensitivity(enum.StrEnum):
    """Why an entry of the 統合記載欄 is left out of certificates unless it is asked for (RR-1.1.4b, RR-1.1.14e)."""

    SPECIAL_ADOPTION = "special_adoption"
    SPECIAL_ADOPTION_DISSOLVED = "special_adoption_dissolved"
    SEX_CHANGE = "sex_change"

    @property
    def label(self) -> str:
        """The prescribed word; such an entry contains it."""
        return {
            "special_adoption": "特別養子縁組",
            "special_adoption_dissolved": "特別養子縁組解消",
            "sex_change": "性別の変更",
        }[self.value]


class PensionKind(enum.StrEnum):
    """国民年金の種別 (国民年金法 第7条)."""

    FIRST = "1"
    SECOND = "2"
    THIRD = "3"

    @property
    def label(self) -> str:
        """Label on screens and forms."""
        return {"1": "第1号", "2": "第2号", "3": "第3号"}[self.value]


class SuppressedProcess(enum.StrEnum):
    """What a suppression (抑止) holds back (RR-3.1)."""

    CHANGE = "change"
    CERTIFICATE = "certificate"
    INQUIRY = "inquiry"
    INSPECTION = "inspection"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "change": "異動入力",
            "certificate": "証明書発行",
            "inquiry": "照会",
            "inspection": "閲覧",
        }[self.value]


class SuppressionCause(enum.StrEnum):
    """Why a suppression stands (RR-3.1a)."""

    SUPPORT = "support"
    OTHER = "other"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"support": "支援措置", "other": "その他"}[self.value]
