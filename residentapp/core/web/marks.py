"""Marks beside a person's name: a word, a shape and a colour, so that meaning never hangs on colour alone."""

from __future__ import annotations

import enum


class Mark(enum.StrEnum):
    """What a clerk must know before anything else."""

    SUPPRESSED = "suppressed"
    SUPPORTED = "supported"
    PROVISIONALLY_SUPPORTED = "provisionally_supported"
    MOVING_OUT = "moving_out"
    PROVISIONAL = "provisional"
    REMOVED = "removed"
    LOCKED = "locked"
    PAST = "past"
    DECEASED = "deceased"
    ARCHIVED = "archived"

    @property
    def label(self) -> str:
        """Japanese label for screens."""
        return _LABELS[self]


_LABELS = {
    Mark.SUPPRESSED: "抑止",
    Mark.SUPPORTED: "支援措置",
    Mark.PROVISIONALLY_SUPPORTED: "仮支援措置",
    Mark.MOVING_OUT: "転出予定",
    Mark.PROVISIONAL: "仮登録中",
    Mark.REMOVED: "除票",
    Mark.LOCKED: "編集中",
    Mark.PAST: "過去",
    Mark.DECEASED: "死亡",
    Mark.ARCHIVED: "除票（保存庫）",
}
