"""Code lists and values of the confirmation of フリガナ.

Sources: 住民基本台帳法 第7条第1号の2 (氏名の振り仮名, since 2025-05-26), 戸籍法 第13条; RR-1.1.18, RR-5.3.
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass


class KanaItem(enum.StrEnum):
    """Whose フリガナ: each has a column and a flag in the record (RR-1.1.18)."""

    NAME = "name"
    FORMER_NAME = "former_name"
    ALIAS = "alias"

    @property
    def label(self) -> str:
        """Name of the フリガナ on screens and letters."""
        return {
            "name": "氏名の振り仮名",
            "former_name": "旧氏の振り仮名",
            "alias": "通称のフリガナ",
        }[self.value]

    @property
    def text_label(self) -> str:
        """Name of what the フリガナ belongs to."""
        return {"name": "氏名", "former_name": "旧氏", "alias": "通称"}[self.value]

    @property
    def kana_column(self) -> str:
        """Column of the フリガナ."""
        return f"{self.value}_kana"

    @property
    def flag_column(self) -> str:
        """Column of the フリガナ確認フラグ."""
        return f"{self.value}_kana_confirmed"

    @property
    def is_recorded_by_law(self) -> bool:
        """Whether the law makes it an item of the record; that of a 通称 is kept for the office's own use."""
        return self is not KanaItem.ALIAS


class KanaState(enum.StrEnum):
    """Where the confirmation of a フリガナ stands."""

    UNCONFIRMED = "unconfirmed"
    NOTIFIED = "notified"
    ANSWERED = "answered"
    CONFIRMED = "confirmed"
    EX_OFFICIO = "ex_officio"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "unconfirmed": "未確認",
            "notified": "通知済",
            "answered": "回答済（記載待ち）",
            "confirmed": "届出・確認済",
            "ex_officio": "職権記載",
        }[self.value]


class AnswerHow(enum.StrEnum):
    """How it became known which フリガナ is right."""

    AGREED = "agreed"
    CORRECTED = "corrected"
    FAMILY_REGISTER = "family_register"
    EX_OFFICIO = "ex_officio"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "agreed": "本人の回答（通知・記録のとおり）",
            "corrected": "本人の届出（別の振り仮名）",
            "family_register": "本籍地からの通知（法第9条第2項）",
            "ex_officio": "回答期限の経過（通知のとおり職権で記載）",
        }[self.value]


@dataclass(frozen=True)
class Notice:
    """What the rules need to know of a notice and its answer.

    :param kana: the フリガナ that was told.
    :param sent_on: None when the answer came without a notice, at the counter.
    """

    kana: str
    sent_on: dt.date | None
    answer_by: dt.date | None
    answered_on: dt.date | None = None
    how: AnswerHow | None = None
    answer_kana: str = ""


@dataclass(frozen=True)
class KanaAnswer:
    """The フリガナ that is right, and how that is known."""

    item: KanaItem
    kana: str
    how: AnswerHow
