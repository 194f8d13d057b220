"""Which certifier and which seal hold on a day, and which days are closed."""

from __future__ import annotations

import datetime as dt
from typing import TypeVar

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from residentapp.core.closed_days import ClosedDays
from residentapp.core.masters.models import Certifier, CertifierKind, OwnMunicipality, Seal, SealUse
from residentapp.core.masters.setting_models import ClosedDay
from residentapp.core.wards import Ward

_Dated = TypeVar("_Dated", Certifier, Seal)


class MasterMissing(Exception):
    """A master that the work needs has not been registered."""


def own_municipality(session: Session) -> OwnMunicipality:
    """The own municipality.

    :raises MasterMissing: when it has not been registered.
    """
    found = session.get(OwnMunicipality, 1)
    if found is None:
        raise MasterMissing("自団体の情報が登録されていません。システム管理者に連絡してください。")
    # A session forgets what nobody holds; held, it is asked for once and still renewed when the session expires it.
    session.info["own_municipality"] = found
    return found


def closed_days(session: Session) -> ClosedDays:
    """The municipality's closed days: those of the law, its own additions, and the days it opens (CM-3.4)."""
    rows = session.scalars(select(ClosedDay).order_by(ClosedDay.id))
    return ClosedDays(local=[row.as_local_day() for row in rows])


def _valid_on(
    session: Session,
    table: type[_Dated],
    kind: CertifierKind,
    day: dt.date,
    ward: str | None,
    *more: ColumnElement[bool],
) -> _Dated | None:
    query = (
        select(table)
        .where(
            table.kind == kind,
            table.ward_code == ward if ward is not None else table.ward_code.is_(None),
            table.valid_from <= day,
            or_(table.valid_to.is_(None), table.valid_to >= day),
            *more,
        )
        .order_by(table.valid_from.desc(), table.id.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def certifier_on(session: Session, day: dt.date, *, ward: Ward | None = None) -> Certifier:
    """認証者 of a day: the 職務代理者 within their period, else the 市区町村長 (RR-1.3.9a).

    :param ward: of a record in a ward: the 区長 certifies, or the one who acts for them, and nobody in their place.
    :raises MasterMissing: when nobody is registered for the day.
    """
    code = ward.code if ward is not None else None
    found = _valid_on(session, Certifier, CertifierKind.DEPUTY, day, code) or _valid_on(
        session, Certifier, CertifierKind.MAYOR, day, code
    )
    if found is None and ward is not None:
        raise MasterMissing(
            f"{ward.name}の認証者（区長・職務代理者）がこの日に登録されていません。システム管理者に連絡してください。"
        )
    if found is None:
        raise MasterMissing(
            "この日の認証者（市区町村長・職務代理者）が登録されていません。システム管理者に連絡してください。"
        )
    return found


def seal_on(
    session: Session,
    kind: CertifierKind,
    day: dt.date,
    use: SealUse = SealUse.GENERAL,
    *,
    ward: Ward | None = None,
) -> Seal:
    """電子公印 of a certifier on a day.

    :param ward: the seal is that of its 区長.
    :param use: for what; a seal for certificates only or for cards is another one than the common seal (RR-5.6b).
    :raises MasterMissing: when none is registered for the day.
    """
    found = _valid_on(session, Seal, kind, day, ward.code if ward is not None else None, Seal.use == use)
    if found is None:
        special = "" if use is SealUse.GENERAL else f"（{use.label}）"
        whose = f"{ward.name}の{kind.ward_label}" if ward is not None else kind.label
        raise MasterMissing(
            f"{whose}の公印{special}がこの日に有効なものとして登録されていません。"
            "システム管理者に連絡してください。"
        )
    return found
