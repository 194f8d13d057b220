"""Code lists of move-outs and of the notices that follow them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class Paper(enum.StrEnum):
    """What the person gets to take along (RR-4.1.3.0.3, RR-4.1.3.0.4)."""

    CERTIFICATE = "certificate"
    EQUIVALENT = "equivalent"
    NONE = "none"

    @property
    def label(self) -> str:
        """Name of the paper."""
        return {
            "certificate": "転出証明書",
            "equivalent": "転出証明書に準ずる証明書",
            "none": "なし（国外への転出）",
        }[self.value]


class NoticeState(enum.StrEnum):
    """What became of a 転入通知 (RR-4.1.3.1.2)."""

    REFLECTED = "reflected"
    UNCHANGED = "unchanged"
    OLDER = "older"
    PROBLEM = "problem"
    IGNORED = "ignored"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "reflected": "反映済み",
            "unchanged": "反映済みの内容と同じ",
            "older": "より新しい通知がある",
            "problem": "取込エラー",
            "ignored": "対象外",
        }[self.value]


@dataclass(frozen=True)
class HeadChoice:
    """Who becomes head of the household that stays, as the counter settled it at the notification.

    :param new_head: 宛名番号. :param relationships: 続柄 to the new head by 宛名番号, without the head's own.
    """

    new_head: str
    relationships: Mapping[str, str] = field(default_factory=dict)
