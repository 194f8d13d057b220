"""Code lists and values of the confirmation of フリガナ.

Sources: 住民基本台帳法 第7条第1号の2 (氏名の振り仮名, since 2025-05-26), 戸籍法 第13条; RR-1.1.18, RR-5.3.
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from residentapp.core.violations import Violation


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


class Work(enum.StrEnum):
    """What waits in the confirmation of フリガナ: the parts of the work list."""

    UNCONFIRMED = "unconfirmed"
    WAITING = "waiting"
    OVERDUE = "overdue"
    ANSWERED = "answered"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "unconfirmed": "未確認（通知していない）",
            "waiting": "通知済（回答を待っている）",
            "overdue": "回答期限を過ぎた",
            "answered": "回答済（記載を待っている）",
        }[self.value]

    @property
    def to_do(self) -> str:
        """What is to be done with them."""
        return {
            "unconfirmed": "通知書を作るか、窓口で本人に確かめて回答を入力します。",
            "waiting": "届いた回答を入力します。",
            "overdue": "通知した振り仮名を職権で記載することにします。期限の後に届いた回答も入力できます。",
            "answered": "異動（職権修正）で記載します。",
        }[self.value]


@dataclass(frozen=True)
class WorkLine:
    """One person of the work list. Without an address: it is not needed here.

    :param text: 氏名 or 旧氏. :param kana: as the record has it. :param number: 整理番号 of the notice.
    """

    addressee_number: str
    name: str
    text: str
    kana: str
    birth: str
    number: int | None = None
    sent_on: str = ""
    answer_by: str = ""
    answered_on: str = ""
    how: str = ""
    answer_kana: str = ""


@dataclass(frozen=True)
class WorkPage:
    """One page of the work list.

    :param counts: how many wait in each part.
    :param left_out: protected people are not in it, because the actor may not know where they live.
    """

    lines: tuple[WorkLine, ...]
    counts: dict[Work, int]
    page: int
    pages: int
    total: int
    left_out: bool


@dataclass(frozen=True)
class ConfirmationLine:
    """One notice or answer in a person's history."""

    id: int
    kana: str
    sent_on: str
    answer_by: str
    answered_on: str
    how: str
    answer_kana: str
    answered_by: str
    entered: bool
    may_take_back: bool


@dataclass(frozen=True)
class KanaView:
    """One フリガナ of a person: what the record has, where its confirmation stands, and its history."""

    item: KanaItem
    text: str
    kana: str
    state: KanaState
    lines: tuple[ConfirmationLine, ...]

    @property
    def told(self) -> str:
        """The フリガナ to be confirmed: the one of the notice that waits, else the record's."""
        for line in self.lines:
            if line.sent_on and not line.answered_on:
                return line.kana
        return self.kana


class KanaRefused(Exception):
    """A notice or an answer is refused.

    :param violations: what is wrong.
    """

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__("フリガナの通知・回答を登録できません。")
        self.violations = violations


class KanaMissing(Exception):
    """There is no such person, notice or answer, or the actor may not know."""

    def __init__(self) -> None:
        super().__init__("この通知は見つかりません。フリガナの一覧を開き直してください。")
