"""Code lists of what is exchanged with the 出入国在留管理庁."""

from __future__ import annotations

import enum


class NoticeState(enum.StrEnum):
    """What became of a 出入国在留管理庁長官通知 (RR-4.5.6)."""

    PENDING = "pending"
    TAKEN = "taken"
    UNCHANGED = "unchanged"
    REFLECTED = "reflected"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "pending": "未取込",
            "taken": "確認待ち",
            "unchanged": "記録と同じ",
            "reflected": "反映済み",
            "refused": "反映しない",
        }[self.value]

    @property
    def is_open(self) -> bool:
        """Whether somebody has still to do something."""
        return self in (NoticeState.PENDING, NoticeState.TAKEN)


class NoticeAct(enum.StrEnum):
    """What a notice asks for."""

    CORRECT = "correct"
    REMOVE = "remove"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"correct": "修正", "remove": "消除"}[self.value]

    @property
    def change(self) -> str:
        """Code of the kind of change by which it goes into the register."""
        return {"correct": "residence_status", "remove": "residence_end"}[self.value]


class ResultState(enum.StrEnum):
    """What is known of a message to the 出入国在留管理庁."""

    NONE = "none"
    ACCEPTED = "accepted"
    ERROR = "error"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"none": "未着", "accepted": "正常", "error": "エラー"}[self.value]


class TermState(enum.StrEnum):
    """How a term of stay stands on a day."""

    COMING = "coming"
    LAST_DAY = "last_day"
    GRACE = "grace"
    PASSED = "passed"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "coming": "満了前",
            "last_day": "今日まで",
            "grace": "満了後2か月以内（申請中なら在留できる）",
            "passed": "満了後2か月を過ぎた",
        }[self.value]
