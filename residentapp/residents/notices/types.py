"""What a 住民異動届受理通知 is decided on and what it says. No database here."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from residentapp.residents.types import ChangeReason


@dataclass(frozen=True)
class Place:
    """Where a letter can be sent.

    :param address: 住所 with 方書.
    :param postal_code: only the one that the record has for this very address.
    """

    address: str
    postal_code: str | None = None


@dataclass(frozen=True)
class Mover:
    """One 異動者.

    :param name: as the record has it since the change.
    :param born: None when the day is not known.
    :param before: 異動前住所; None when the record has none.
    :param after: 異動後住所, for somebody who left the 転出先住所（予定）.
    :param head_before: 世帯主 before the change; for somebody who moved in 転入前の世帯主.
    :param head_after: 世帯主 since the change.
    """

    name: str
    born: dt.date | None
    before: Place | None
    after: Place | None
    head_before: str | None = None
    head_after: str | None = None


@dataclass(frozen=True)
class Facts:
    """One change as it was entered, and what stands in the way of a letter.

    :param movers: in the order of their household.
    :param notified_on: 届出日, or 申出日.
    :param notification: what was accepted; None when its acceptance is not told.
    :param notifier: 届出人の氏名, empty when none was written; None when nobody kept it.
    :param processed_on: 処理日: on this day ages count.
    :param protected: a support measure stands for one of them, or for somebody who lives where they live or lived.
    :param barred: an output about one of them is held back for another cause.
    :param cancelled: the change was cancelled (異動の取消し).
    """

    reason: ChangeReason
    notification: str | None
    notified_on: dt.date | None
    processed_on: dt.date
    notifier: str | None
    movers: tuple[Mover, ...]
    protected: bool = False
    barred: bool = False
    cancelled: bool = False


class Role(enum.StrEnum):
    """As what somebody gets the letter."""

    NOTIFIER = "notifier"
    MOVER = "mover"
    HEAD = "head"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"notifier": "届出人", "mover": "異動者", "head": "世帯主"}[self.value]


@dataclass(frozen=True)
class Recipient:
    """To whom and where.

    :param former: the place is the 異動前住所, not the 異動後住所.
    """

    name: str
    role: Role
    place: Place
    former: bool


class NoticeRefused(Exception):
    """The notice is not printed; the text says why, ``to_do`` what to do. Neither tells where anybody lives.

    :ivar code: for the log.
    """

    def __init__(self, code: str, message: str, to_do: str) -> None:
        super().__init__(message)
        self.code = code
        self.to_do = to_do
