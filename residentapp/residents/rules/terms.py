"""Periods of the resident record: support measures, late move-outs, days to notify, and retention."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from residentapp.core.ages import add_days, add_period, same_day_months_before
from residentapp.core.closed_days import ClosedDays
from residentapp.core.keeping import RULES, KeptData

#: 14 days of 住民基本台帳法 第22条, 第23条, 第25条 and of RR-4.1.3.0.1b.
NOTIFICATION_DAYS = 14


@dataclass(frozen=True)
class SupportTerm:
    """Term of a support measure (支援措置, RR-3.4).

    :param end: last day of the term, which an officer may change.
    :param renewable_from: first day on which an extension can be applied for and the alert begins.
    """

    start: dt.date
    end: dt.date
    renewable_from: dt.date

    @classmethod
    def ending(cls, start: dt.date, end: dt.date) -> SupportTerm:
        """A term whose end an officer set.

        :raises ValueError: when the end is before the start.
        """
        if end < start:
            raise ValueError("a term cannot end before it starts")
        return cls(start, end, same_day_months_before(end, 1))

    def may_renew(self, on: dt.date) -> bool:
        """Whether the term can be extended on a day (RR-3.4d); also after its end, until it is closed."""
        return on >= self.renewable_from

    def has_ended(self, on: dt.date) -> bool:
        """Whether the term is over on a day. The blocking itself stays (RR-3.1e, RR-3.4f)."""
        return on > self.end


def support_term(start: dt.date) -> SupportTerm:
    """One year from ``start``, the first day counted: 令和2年4月1日 to 令和3年3月31日 (RR-3.4c).

    The source gives no rule for month ends (its open point 8). A start on 29 February ends on 28 February, by
    民法 第143条第2項; "one month before the end" is the day of the same number, or the last day of the month
    before if it has none (end 31 March: from 28 or 29 February).
    """
    return SupportTerm.ending(start, add_period(start, years=1, count_first_day=True))


def renewed_support_term(previous_end: dt.date) -> SupportTerm:
    """The new year of an extended measure: from the day after the old end (RR-3.4d)."""
    return support_term(previous_end + dt.timedelta(days=1))


class MoveOutBasis(enum.StrEnum):
    """On what a move-out is recorded."""

    NOTIFICATION = "notification"
    EX_OFFICIO = "ex_officio"

    @property
    def label(self) -> str:
        """Japanese label for screens."""
        return "届出" if self is MoveOutBasis.NOTIFICATION else "職権"


class MoveOutDocument(enum.StrEnum):
    """What the person is given to take to the next municipality."""

    MOVE_OUT_CERTIFICATE = "move_out_certificate"
    EQUIVALENT_CERTIFICATE = "equivalent_certificate"

    @property
    def label(self) -> str:
        """Japanese label for screens."""
        if self is MoveOutDocument.MOVE_OUT_CERTIFICATE:
            return "転出証明書"
        return "転出証明書に準ずる証明書"


@dataclass(frozen=True)
class MoveOutRule:
    """How a move-out is to be recorded."""

    by: MoveOutBasis
    document: MoveOutDocument


def move_out_rule(notified_on: dt.date, moved_on: dt.date) -> MoveOutRule:
    """Whether a move-out is recorded by notification or ex officio (RR-4.1.3.0.1, RR-4.1.3.0.3).

    A notification may come before the move. Once 14 days have passed from the day of the move, the first day
    not counted, the record is made ex officio and a certificate equivalent to the 転出証明書 is issued:
    notified on the 15th day after the move or later.
    """
    if notified_on > add_days(moved_on, NOTIFICATION_DAYS):
        return MoveOutRule(MoveOutBasis.EX_OFFICIO, MoveOutDocument.EQUIVALENT_CERTIFICATE)
    return MoveOutRule(MoveOutBasis.NOTIFICATION, MoveOutDocument.MOVE_OUT_CERTIFICATE)


def notification_due(happened_on: dt.date, closed_days: ClosedDays) -> dt.date:
    """Last day to notify a 転入, 転居 or 世帯変更 (法 第22条, 第23条, 第25条): within 14 days.

    The first day is not counted (民法 第140条); a last day on which the office is closed moves to the next open
    day (地方自治法 第4条の2第4項).
    """
    return closed_days.next_open(add_days(happened_on, NOTIFICATION_DAYS))


def is_notified_late(happened_on: dt.date, notified_on: dt.date, closed_days: ClosedDays) -> bool:
    """Whether a notification comes after its last day (届出期間経過; 過料 by 法 第52条第2項 without good reason)."""
    return notified_on > notification_due(happened_on, closed_days)


def leaves_main_database_on(removed_on: dt.date) -> dt.date:
    """First day on which a removed record belongs in the 除票用データベース: five years have passed (RR-9.3)."""
    return add_period(removed_on, years=5) + dt.timedelta(days=1)


def kept_until(removed_on: dt.date) -> dt.date:
    """Last day on which a removed record must be kept: 150 years from its removal (令 第34条, RR-1.1.5e)."""
    return add_period(removed_on, years=RULES[KeptData.REMOVED_RECORD].minimum)
