"""In which municipality a written address is: a message needs the code, the record has the text."""

from __future__ import annotations

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from residentapp.core.addresses.models import Municipality, Prefecture
from residentapp.core.characters import without_selectors


def find_municipality(session: Session, address: str) -> tuple[Municipality, Prefecture] | None:
    """The municipality whose name an address begins with, the longest name that fits; its successor when it has ended.

    An address may leave its prefecture out when the name is that of one municipality only. None when nothing fits or
    several do.
    """
    text = without_selectors(address).strip()
    if not text:
        return None
    prefecture = session.scalars(
        select(Prefecture).where(literal(text).startswith(Prefecture.name))
    ).one_or_none()
    rest = text.removeprefix(prefecture.name) if prefecture is not None else text
    if not rest:
        return None
    # The column stands on the right of LIKE: an index would not help, and there are some 1,900 rows.
    query = select(Municipality).where(literal(rest).startswith(Municipality.name))
    if prefecture is not None:
        query = query.where(Municipality.prefecture_code == prefecture.code)
    found = session.scalars(query).all()
    longest = max((len(row.name) for row in found), default=0)
    fitting = [row for row in found if len(row.name) == longest]
    current = [row for row in fitting if row.valid_to is None] or fitting
    if len(current) != 1:
        return None
    return _in_force(session, current[0])


def municipality_by_code(session: Session, code: str) -> tuple[Municipality, Prefecture] | None:
    """The municipality of a code of five digits, or six with the check digit; its successor when it has ended.

    :returns: None when there is none, or the check digit is another one.
    """
    row = session.get(Municipality, code[:5]) if len(code) in (5, 6) else None
    if row is None or (len(code) == 6 and row.code6 != code):
        return None
    return _in_force(session, row)


def _in_force(session: Session, row: Municipality) -> tuple[Municipality, Prefecture] | None:
    seen = {row.code}
    while row.valid_to is not None and row.successor_code and row.successor_code not in seen:
        following = session.get(Municipality, row.successor_code)
        if following is None:
            break
        row = following
        seen.add(row.code)
    prefecture = session.get(Prefecture, row.prefecture_code)
    return None if prefecture is None else (row, prefecture)
