"""国籍・地域: names that staff register, correct or end besides the yearly data (RR-1.3.3a)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.admin.masters.changes import changed, lock_masters, name_problems, refuse_if_changed
from residentapp.admin.operations import log_setting
from residentapp.admin.types import ENDS_BEFORE_IT_BEGINS, EntryRefused, Problem, Validity
from residentapp.core.access import Actor, Permission
from residentapp.core.addresses.models import Country
from residentapp.core.addresses.types import Source

_CODE = re.compile(r"[A-Z]{3}")
_MAX_NAME = 60


@dataclass(frozen=True)
class CountryEntry:
    """A country or region as typed."""

    code: str
    name: str
    validity: Validity


def countries_by_name(session: Session) -> list[Country]:
    """All of them, past ones included, in the order of their names."""
    return list(session.scalars(select(Country).order_by(Country.name)))


def country_facts(row: Country | None) -> dict[str, Any]:
    """Its values under their labels; empty for a new one."""
    if row is None:
        return {}
    return {
        "コード": row.code,
        "名称": row.name,
        "開始日": row.valid_from,
        "終了日": row.valid_to,
        "登録元": Source(row.source).label,
    }


def save_country(
    session: Session,
    actor: Actor,
    entry: CountryEntry,
    *,
    code: str | None = None,
    seen: str = "",
    moment: dt.datetime,
) -> Country:
    """Register or change a country. From then on it is the staff's: the yearly data leave it as it is.

    A changed name is offered from now on; what records say stays, because they hold the name and not the code.

    :param code: of a change: the country's code, which does not change.
    :raises EntryRefused: code or name malformed or taken, period not in order, somebody else was faster.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = session.get(Country, code, populate_existing=True) if code is not None else None
    if code is not None and row is None:
        raise EntryRefused(Problem("", "この国・地域の登録はありません。一覧を開き直してください。"))
    before = country_facts(row)
    if row is not None:
        refuse_if_changed(before, seen)
    problems = name_problems("name", "名称", entry.name, most=_MAX_NAME)
    if row is None and not _CODE.fullmatch(entry.code):
        problems.append(Problem("code", "コードを半角の英大文字3文字で入力してください。"))
    elif row is None and session.get(Country, entry.code) is not None:
        problems.append(Problem("code", "このコードは使われています。一覧から選んで変更してください。"))
    other = session.scalars(select(Country).where(Country.name == entry.name)).first()
    if other is not None and (row is None or other.code != row.code):
        problems.append(Problem("name", f"この名称は使われています（コード {other.code}）。"))
    if not entry.validity.in_order:
        problems.append(ENDS_BEFORE_IT_BEGINS)
    if problems:
        raise EntryRefused(*problems)
    if row is None:
        row = Country(code=entry.code)
        session.add(row)
    row.name, row.source = entry.name, Source.LOCAL.value
    row.valid_from, row.valid_to = entry.validity.first, entry.validity.last
    session.flush()
    details = {"コード": row.code, "変更": changed(before, country_facts(row))}
    log_setting(session, actor, moment, "国・地域の変更" if before else "国・地域の登録", details)
    return row
