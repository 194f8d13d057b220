"""What a municipality has decided as it holds on a day: fees and keeping terms.

Wording is in ``core.masters.wording``, closed days in ``core.masters.queries``.
"""

from __future__ import annotations

import datetime as dt
from typing import TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from residentapp.core import keeping
from residentapp.core.keeping import KeptData
from residentapp.core.masters.setting_models import CertificateFee, KeepingTerm

_Row = TypeVar("_Row", CertificateFee, KeepingTerm)


def _in_force(session: Session, table: type[_Row], day: dt.date, *key: ColumnElement[bool]) -> _Row | None:
    """The row of a key that holds on a day: the one that began last."""
    query = (
        select(table)
        .where(table.valid_from <= day, *key)
        .order_by(table.valid_from.desc(), table.id.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def fee_on(session: Session, form: str, fee: str, day: dt.date) -> int | None:
    """手数料 in yen of one copy of a form on a day; None when none is registered for that day.

    :param form: name of the form's template.
    :param fee: code of the kind of fee.
    """
    row = _in_force(session, CertificateFee, day, CertificateFee.form == form, CertificateFee.fee == fee)
    return None if row is None else row.amount


def keeping_years(session: Session, data: KeptData, day: dt.date) -> int:
    """保存年限 in years of a kind of data as it holds on a day; never less than the law asks for."""
    row = _in_force(session, KeepingTerm, day, KeepingTerm.data == data)
    rule = keeping.RULES[data]
    return max(rule.minimum, rule.default if row is None else row.years)


def keep_until(session: Session, data: KeptData, since: dt.date, *, day: dt.date) -> dt.date | None:
    """Last day on which a record must be kept, by the terms of a day; None when it is kept for good.

    :param since: the day from which the kind of data counts (``core.keeping.RULES``).
    :param day: whose terms are asked for, as a rule today.
    """
    return keeping.kept_until(data, since, keeping_years(session, data, day))


def may_be_deleted(session: Session, data: KeptData, since: dt.date, *, day: dt.date) -> bool:
    """Whether a record's keeping term is over on a day. Until then nothing may remove it (RR-1.3.8b)."""
    last = keep_until(session, data, since, day=day)
    return last is not None and last < day
