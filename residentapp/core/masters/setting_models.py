"""Tables of what a municipality decides for itself: closed days, wording of forms, fees, keeping terms.

Wording, fees and terms are dated values: a row holds from its first day until the next row of the same key begins, and
of two that begin together the later one holds. So a change can be entered ahead, and what held on a past day can always
be read. Rows are added; only one that has not begun is ever taken back.

Sources: CM-3.4 (休日), FM-7 and RR-5.6 (認証文, 公印), RR-1.3.8 and RR-10.2d (保存年限).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from residentapp.core.closed_days import LocalDay, LocalDayKind
from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column
from residentapp.core.keeping import LONGEST_YEARS, KeptData


class ClosedDay(Base):
    """休日 that a municipality adds, or 休日開庁: one day, or the same day of each year within a period."""

    __tablename__ = "closed_day"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[LocalDayKind] = mapped_column(code_column(LocalDayKind, "kind"))
    reason: Mapped[str]
    day: Mapped[dt.date | None]
    month: Mapped[int | None]
    day_of_month: Mapped[int | None]
    valid_from: Mapped[dt.date | None]
    """Of a yearly day: the first day on which the rule holds."""
    valid_to: Mapped[dt.date | None]

    __table_args__ = (
        CheckConstraint("length(reason) > 0", name="named"),
        CheckConstraint(
            "(day IS NOT NULL AND month IS NULL AND day_of_month IS NULL AND valid_from IS NULL AND valid_to IS NULL)"
            " OR (day IS NULL AND month IS NOT NULL AND day_of_month IS NOT NULL AND valid_from IS NOT NULL)",
            name="one_day_or_yearly",
        ),
        CheckConstraint(
            "month IS NULL OR (month BETWEEN 1 AND 12 AND day_of_month BETWEEN 1 AND 31)",
            name="month_and_day",
        ),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
    )

    def as_local_day(self) -> LocalDay:
        """The row as the calendar takes it."""
        return LocalDay(
            self.kind, self.reason, self.day, self.month, self.day_of_month, self.valid_from, self.valid_to
        )


class FormWording(Base):
    """A text or choice of one form from a day on: 認証文, 公印省略, which seal …; no value is the default again."""

    __tablename__ = "form_wording"

    id: Mapped[int] = mapped_column(primary_key=True)
    form: Mapped[str]
    """Name of the form's template."""
    item: Mapped[str]
    """Which of its texts; see ``core.masters.wording``."""
    value: Mapped[str | None]
    valid_from: Mapped[dt.date]

    __table_args__ = (
        CheckConstraint("value IS NULL OR length(value) > 0", name="not_blank"),
        Index("ix_form_wording_key", "form", "item", "valid_from"),
    )


class CertificateFee(Base):
    """手数料 of one copy of a form from a day on, by kind of fee."""

    __tablename__ = "certificate_fee"

    id: Mapped[int] = mapped_column(primary_key=True)
    form: Mapped[str]
    fee: Mapped[str]
    """Code of the kind of fee, as the business that charges it names it."""
    amount: Mapped[int]
    """Yen for one copy."""
    valid_from: Mapped[dt.date]

    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        Index("ix_certificate_fee_key", "form", "fee", "valid_from"),
    )


class KeepingTerm(Base):
    """保存年限 of a kind of data from a day on; what the law asks for at the least is in ``core.keeping``."""

    __tablename__ = "keeping_term"

    id: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[KeptData] = mapped_column(code_column(KeptData, "data"))
    years: Mapped[int]
    valid_from: Mapped[dt.date]

    __table_args__ = (
        CheckConstraint(f"years BETWEEN 1 AND {LONGEST_YEARS}", name="years_in_range"),
        CheckConstraint(
            "data NOT IN ('removed_record', 'identification') OR years >= 150", name="law_minimum"
        ),
        Index("ix_keeping_term_key", "data", "valid_from"),
    )
