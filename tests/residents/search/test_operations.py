"""Searches are logged with their terms and remembered for their officer (RR-2.1.1, CM-6)."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.core.search_keys import MatchKind
from residentapp.core.wards import Ward, Wards
from residentapp.residents.search import operations
from residentapp.residents.search.models import SearchHistory
from residentapp.residents.search.types import (
    BirthScope,
    EmptyItem,
    NameScope,
    PageKey,
    SearchQuery,
    StateScope,
)
from residentapp.residents.types import ChangeReason, Sex
from tests.residents.search.conftest import indexed
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.users import clerk

EXPERT = clerk(*Permission, user_id=7)
EVERYTHING = SearchQuery(
    name="佐藤", name_scope=NameScope.ALIAS, name_match=MatchKind.FULL, kana="サトウ", kana_match=MatchKind.CONTAINS,
    birth_from=dt.date(1950, 1, 1), birth_to=dt.date(1960, 1, 1), birth_scope=BirthScope.KNOWN, sex=Sex.MALE,
    relationship="子", address="本町", address_match=MatchKind.CONTAINS, address_code="99101001001", building="荘",
    addressee_number="1", household_number="2", removal_reason=ChangeReason.DEATH,
    individual_number="123456789018", resident_code="12345678901", residence_card_number="AB12345678CD",
    special_permanent_number="GH1234567", states=StateScope.REMOVED, past=False,
    empty=frozenset({EmptyItem.ALIAS, EmptyItem.BUILDING}), ward="991112",
)  # fmt: skip
WARDS = Wards((Ward("991112", "北区"),))


def entries(session: Session) -> list[AuditEntry]:
    audit.write_pending(session)
    return list(session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)))


@pytest.mark.requirement("CM-6", partial=True)
def test_a_search_is_logged_with_its_terms(session: Session, keyring: Keyring) -> None:
    made = residents.resident(session, name="佐藤　花子", name_kana="サトウ　ハナコ")
    indexed(session, made)
    query = SearchQuery(name="佐藤", birth_from=dt.date(1980, 5, 5), birth_to=dt.date(1980, 5, 5))
    page = operations.run(session, EXPERT, query, keyring=keyring, now=TEST_MOMENT)
    assert page.count == 1
    [entry] = entries(session)
    assert (entry.action, entry.actor_id, entry.moment) == ("住民検索", 7, TEST_MOMENT)
    assert entry.subjects == [made.addressee_number]
    assert entry.details["検索条件"] == {"氏名": "佐藤（前方一致）", "生年月日": "昭和55年5月5日"}
    assert entry.details["件数"] == "1件"
    assert entry.individual_number is False


@pytest.mark.requirement("CM-6", partial=True)
def test_individual_numbers_are_flagged_but_never_written(session: Session, keyring: Keyring) -> None:
    query = SearchQuery(individual_number="123456789018", resident_code="12345678901")
    operations.run(session, EXPERT, query, keyring=keyring, now=TEST_MOMENT)
    [entry] = entries(session)
    assert entry.individual_number is True
    assert "123456789018" not in str(entry.details) and "12345678901" not in str(entry.details)
    assert set(entry.details["検索条件"]) == {"個人番号", "住民票コード"}
    assert session.scalar(select(func.count()).select_from(SearchHistory)) == 0, (
        "there is nothing left to keep"
    )


def test_a_refused_search_is_not_remembered(session: Session, keyring: Keyring) -> None:
    with pytest.raises(Exception, match="権限"):
        operations.run(
            session,
            clerk(Permission.RESIDENT_SEARCH),
            SearchQuery(individual_number="123456789018", name="佐藤"),
            keyring=keyring,
            now=TEST_MOMENT,
        )
    assert session.scalar(select(func.count()).select_from(SearchHistory)) == 0


def test_json_keeps_everything() -> None:
    """All fields differ from the default above, and come back the same."""
    default = SearchQuery()
    assert not [name for name in vars(default) if getattr(default, name) == getattr(EVERYTHING, name)]
    assert operations.from_json(json.loads(json.dumps(operations.as_json(EVERYTHING)))) == EVERYTHING
    assert operations.as_json(default) == {}


def test_terms_name_every_condition() -> None:
    terms = dict(operations.terms_of(EVERYTHING, WARDS))
    assert terms["個人番号"] == terms["住民票コード"] == "（入力あり）"
    assert terms["生年月日"] == "昭和25年1月1日から昭和35年1月1日まで"
    assert len(terms) == len(operations.terms_of(EVERYTHING, WARDS)) == 21, (
        "no condition hides another in the log"
    )
    assert "123456789018" not in str(terms)


@pytest.mark.requirement("RR-2.1.1")
def test_searches_are_kept_for_their_officer(session: Session, keyring: Keyring) -> None:
    """Automatically, newest first, once each, up to the set count, encrypted, and nobody else's."""
    actor, other = clerk(*Permission, user_id=7), clerk(*Permission, user_id=8)
    for place in range(operations.KEPT_SEARCHES + 3):
        moment = TEST_MOMENT + dt.timedelta(minutes=place)
        operations.run(session, actor, SearchQuery(name=f"架空{place}"), keyring=keyring, now=moment)
    again = TEST_MOMENT + dt.timedelta(hours=2)
    operations.run(session, actor, SearchQuery(name="架空15"), keyring=keyring, now=again)
    found = operations.saved_searches(session, actor, keyring=keyring)
    assert len(found) == operations.KEPT_SEARCHES
    assert [search.query.name for search in found[:3]] == ["架空15", "架空22", "架空21"]
    assert [search.query.name for search in found].count("架空15") == 1
    assert found[-1].query.name == "架空3"
    assert found[0].terms == (("氏名", "架空15（前方一致）"),)
    assert operations.saved_search(session, actor, found[0].id, keyring=keyring) == SearchQuery(name="架空15")
    assert operations.saved_searches(session, other, keyring=keyring) == []
    assert operations.saved_search(session, other, found[0].id, keyring=keyring) is None
    stored = b"".join(session.scalars(select(SearchHistory.content)))
    assert "架空".encode() not in stored and b"\\u67b6" not in stored
    operations.forget_searches(session, actor, now=again)
    assert operations.saved_searches(session, actor, keyring=keyring) == []
    assert entries(session)[-1].action == "検索履歴の消去"


def test_numbers_are_left_out_of_what_is_kept(session: Session, keyring: Keyring) -> None:
    operations.run(session, EXPERT, EVERYTHING, keyring=keyring, now=TEST_MOMENT)
    [found] = operations.saved_searches(session, EXPERT, keyring=keyring)
    assert found.query == replace(EVERYTHING, individual_number="", resident_code="")


def test_following_pages_are_not_new_searches(session: Session, keyring: Keyring) -> None:
    key = PageKey("カ", dt.date(1980, 1, 1), "1")
    operations.run(session, EXPERT, SearchQuery(name="架空"), keyring=keyring, now=TEST_MOMENT, after=key)
    assert operations.saved_searches(session, EXPERT, keyring=keyring) == []
    assert entries(session)[0].details["続き"] is True
