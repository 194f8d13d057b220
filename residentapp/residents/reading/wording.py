"""The conditions of a 閲覧用 in words, for the page after it was made, the officer in charge and the 交付履歴."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.addresses.districts import district_kinds, districts_in_force
from residentapp.core.addresses.models import Town
from residentapp.core.dates import day_text
from residentapp.residents.reading.types import Conditions


def conditions_in_words(session: Session, kept: Mapping[str, Any], *, day: dt.date) -> list[tuple[str, str]]:
    """(condition, what was asked), those that narrow nothing left out.

    :param kept: as :meth:`Conditions.kept` wrote them. :param day: the day on which the list was made.
    """
    asked = Conditions.of(kept)
    found = [("範囲", _towns(session, asked))]
    if asked.district is not None:
        found.append(("地区", _district(session, asked.district, day)))
    if asked.age_from is not None or asked.age_to is not None:
        found.append(("年齢", _between(_years(asked.age_from), _years(asked.age_to))))
    if asked.birth_from or asked.birth_to:
        found.append(("生年月日", _between(_day(asked.birth_from), _day(asked.birth_to))))
    if asked.sex is not None:
        found.append(("性別", asked.sex.label))
    if asked.kind is not None:
        found.append(("日本人・外国人", asked.kind.label))
    kept_back = "除かない（責任者の確認による）" if asked.with_suppressed else "除く"
    found.append(("支援措置・閲覧の抑止の対象者", kept_back))
    return found


def _towns(session: Session, asked: Conditions) -> str:
    if not asked.towns:
        return "全域"
    rows = session.execute(select(Town.code, Town.name).where(Town.code.in_(asked.towns)))
    names = {code: name for code, name in rows}
    return "、".join(names.get(code, code) for code in asked.towns)


def _district(session: Session, asked: tuple[str, str], day: dt.date) -> str:
    kind, code = asked
    names = [each.name for each in districts_in_force(session, day) if (each.kind, each.code) == (kind, code)]
    kinds = [each.name for each in district_kinds(session) if each.code == kind]
    return "　".join((*kinds, *(names or [code])))


def _years(age: int | None) -> str:
    return "" if age is None else f"{age}歳"


def _day(iso: str) -> str:
    return day_text(dt.date.fromisoformat(iso)) if iso else ""


def _between(first: str, last: str) -> str:
    return (f"{first}から" if first else "") + (f"{last}まで" if last else "")
