"""Running a search: checked, logged with its terms (CM-6), and remembered for the officer (RR-2.1.1)."""

from __future__ import annotations

import datetime as dt
import enum
import json
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.crypto import DecryptionError, Keyring
from residentapp.core.dates import to_seireki, to_wareki
from residentapp.core.eras import SOLAR_CALENDAR_START
from residentapp.core.masters.wards import wards_on
from residentapp.core.search_keys import MatchKind
from residentapp.core.wards import NO_WARDS, Wards
from residentapp.residents.search import queries
from residentapp.residents.search.models import SearchHistory
from residentapp.residents.search.types import (
    BirthScope,
    EmptyItem,
    NameScope,
    PageKey,
    SavedSearch,
    SearchPage,
    SearchQuery,
    StateScope,
)
from residentapp.residents.types import ChangeReason, Sex

#: Searches kept for each officer; the oldest goes when another comes.
KEPT_SEARCHES = 20
#: Context of encryption of a search history entry.
_CONTEXT = "search_history"
#: Never kept and never logged: these numbers identify a person everywhere.
_SECRET = frozenset({"individual_number", "resident_code"})
_MASKED = "（入力あり）"


def run(
    session: Session,
    actor: Actor,
    query: SearchQuery,
    *,
    keyring: Keyring,
    now: dt.datetime,
    after: PageKey | None = None,
    size: int | None = None,
    screen: str = "検索",
    archive: bool = False,
) -> SearchPage:
    """One page of hits; see :func:`queries.search`. The search is logged, and its first page remembered.

    The log names who was shown, and the terms except 個人番号 and 住民票コード themselves.
    """
    page = queries.search(
        session, actor, query, keyring=keyring, now=now, after=after, size=size, archive=archive
    )
    terms = terms_of(query, wards_on(session, day_of(now)))
    details: dict[str, Any] = {
        "検索条件": dict(terms), "件数": page.count_text, "続き": after is not None
    }  # fmt: skip
    if archive:
        details["データベース"] = "除票用データベース"
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="住民検索",
        subjects=[hit.addressee_number for hit in page.hits],
        details=details,
        individual_number=bool(query.individual_number),
        screen=screen,
    )
    if after is None and actor.user_id > 0:
        remember(session, actor, query, keyring=keyring, now=now)
    return page


# ---- terms in words


def terms_of(query: SearchQuery, wards: Wards = NO_WARDS) -> tuple[tuple[str, str], ...]:
    """The conditions as label and value, for the log and the officer's list; identifying numbers masked.

    :param wards: give the ward its name.
    """
    found: list[tuple[str, str]] = []
    if query.name:
        label = "氏名" if query.name_scope is NameScope.ANY else query.name_scope.label
        found.append((label, f"{query.name}（{query.name_match.label}）"))
    if query.kana:
        label = "フリガナ" if query.name_scope is NameScope.ANY else f"{query.name_scope.label}フリガナ"
        found.append((label, f"{query.kana}（{query.kana_match.label}）"))
    if query.birth_from or query.birth_to:
        found.append(("生年月日", _period(query.birth_from, query.birth_to)))
    if query.birth_scope is not BirthScope.ANY:
        found.append(("生年月日の種類", query.birth_scope.label))
    if query.sex:
        found.append(("性別", query.sex.label))
    if query.address:
        found.append(("住所", f"{query.address}（{query.address_match.label}）"))
    for name, label in _PLAIN_LABELS.items():
        if getattr(query, name):
            found.append((label, _MASKED if name in _SECRET else getattr(query, name)))
    if query.removal_reason:
        found.append(("消除した事由", query.removal_reason.label))
    found += [(f"{item.label}のデータ", "なし") for item in sorted(query.empty)]
    if ward := wards.by_code(query.ward):
        found.append(("区", ward.name))
    if query.states is not StateScope.LIVE:
        found.append(("対象", query.states.label))
    if not query.past:
        found.append(("過去の氏名・住所", "検索しない"))
    return tuple(found)


_PLAIN_LABELS = {
    "relationship": "続柄",
    "building": "方書",
    "address_code": "住所コード",
    "addressee_number": "宛名番号",
    "household_number": "世帯番号",
    "individual_number": "個人番号",
    "resident_code": "住民票コード",
    "residence_card_number": "在留カード番号",
    "special_permanent_number": "特別永住者証明書番号",
}


def _period(first: dt.date | None, last: dt.date | None) -> str:
    if first == last and first is not None:
        return _day(first)
    return "".join((_day(first) if first else "", "から", f"{_day(last)}まで" if last else ""))


def _day(day: dt.date) -> str:
    return to_wareki(day) if day >= SOLAR_CALENDAR_START else to_seireki(day)


# ---- to and from JSON


def as_json(query: SearchQuery) -> dict[str, Any]:
    """A search as JSON values, only what differs from an empty one."""
    default = SearchQuery()
    found: dict[str, Any] = {}
    for item in fields(query):
        value = getattr(query, item.name)
        if value == getattr(default, item.name):
            continue
        if isinstance(value, dt.date):
            value = value.isoformat()
        elif isinstance(value, frozenset):
            value = sorted(value)
        elif isinstance(value, enum.Enum):
            value = value.value
        found[item.name] = value
    return found


_READERS: dict[str, Any] = {
    "name_scope": NameScope,
    "name_match": MatchKind,
    "kana_match": MatchKind,
    "address_match": MatchKind,
    "birth_from": dt.date.fromisoformat,
    "birth_to": dt.date.fromisoformat,
    "birth_scope": BirthScope,
    "sex": Sex,
    "removal_reason": ChangeReason,
    "states": StateScope,
    "past": bool,
    "empty": lambda values: frozenset(map(EmptyItem, values)),
}


def from_json(value: dict[str, Any]) -> SearchQuery:
    """The search that :func:`as_json` wrote.

    :raises ValueError, TypeError: when it was written by something else.
    """
    return SearchQuery(**{name: _READERS.get(name, str)(content) for name, content in value.items()})


# ---- the officer's history


def remember(
    session: Session, actor: Actor, query: SearchQuery, *, keyring: Keyring, now: dt.datetime
) -> None:
    """Keep a search for its officer, without 個人番号 and 住民票コード; the same search is kept once."""
    kept = replace(query, individual_number="", resident_code="")
    if not queries.asks_anything(kept):
        return
    rows = session.scalars(_own(actor)).all()
    for row in rows:
        if _content(row, keyring) in (kept, None):
            session.delete(row)
    text = json.dumps(as_json(kept), ensure_ascii=False, sort_keys=True)
    session.add(
        SearchHistory(user_id=actor.user_id, moment=now, content=keyring.encrypt(text, context=_CONTEXT))
    )
    session.flush()
    surplus = [row.id for row in session.scalars(_own(actor)).all()[KEPT_SEARCHES:]]
    if surplus:
        session.execute(delete(SearchHistory).where(SearchHistory.id.in_(surplus)))


def _own(actor: Actor) -> Any:
    return (
        select(SearchHistory)
        .where(SearchHistory.user_id == actor.user_id)
        .order_by(SearchHistory.moment.desc(), SearchHistory.id.desc())
    )


def _content(row: SearchHistory, keyring: Keyring) -> SearchQuery | None:
    """The search of an entry; None when its key is gone or it is of another version."""
    try:
        return from_json(json.loads(keyring.decrypt_text(row.content, context=_CONTEXT)))
    except (DecryptionError, ValueError, TypeError):
        return None


def saved_searches(
    session: Session, actor: Actor, *, keyring: Keyring, wards: Wards = NO_WARDS
) -> list[SavedSearch]:
    """The officer's own searches, newest first.

    :param wards: as in :func:`terms_of`.
    """
    actor.require(Permission.RESIDENT_SEARCH)
    found = []
    for row in session.scalars(_own(actor).limit(KEPT_SEARCHES)):
        query = _content(row, keyring)
        if query is not None:
            found.append(SavedSearch(row.id, row.moment, query, terms_of(query, wards)))
    return found


def saved_search(session: Session, actor: Actor, search_id: int, *, keyring: Keyring) -> SearchQuery | None:
    """One of the officer's own searches; None when it is gone or somebody else's."""
    actor.require(Permission.RESIDENT_SEARCH)
    row = session.scalars(_own(actor).where(SearchHistory.id == search_id)).one_or_none()
    return None if row is None else _content(row, keyring)


def forget_searches(session: Session, actor: Actor, *, now: dt.datetime) -> None:
    """Empty the officer's own list. What was searched stays in the log."""
    session.execute(delete(SearchHistory).where(SearchHistory.user_id == actor.user_id))
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="検索履歴の消去",
        details={"日": day_of(now).isoformat()},
        screen="検索",
    )
