"""One simple action searches both databases (RR-1.1.5e)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.core.search_keys import MatchKind
from residentapp.residents.api import resident_codes_held
from residentapp.residents.models import ResidentHistory
from residentapp.residents.search import index, plans, queries
from residentapp.residents.search.models import RemovedSearchName, RemovedSearchWord
from residentapp.residents.search.types import EmptyItem, SearchPage, SearchQuery, StateScope
from residentapp.residents.types import ChangeReason, Sex
from tests.conftest import Login
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.masters import make_masters
from tests.support.removed import removed, store
from tests.support.users import Browser, clerk

SEARCH = (Permission.RESIDENT_SEARCH, Permission.RESIDENT_VIEW)
SEARCHER = clerk(
    *SEARCH,
    Permission.ITEM_INDIVIDUAL_NUMBER,
    Permission.ITEM_RESIDENT_CODE,
    Permission.ITEM_RESIDENCE_STATUS,
)


@pytest.fixture
def gone(session: Session, keyring: Keyring) -> ResidentHistory:
    """Somebody in the 除票用データベース with everything that can be searched for."""
    make_masters(session)
    made = removed(
        session,
        name="蔵元　除吉",
        name_kana="クラモト　ノゾキチ",
        former_name="旧倉",
        former_name_kana="キュウクラ",
        relationship_to_head="夫",
        sex=Sex.MALE,
        individual_number_cipher=keyring.encrypt("123456789018", context=INDIVIDUAL_NUMBER),
        individual_number_hash=keyring.lookup_hash("123456789018", context=INDIVIDUAL_NUMBER),
        resident_code_cipher=keyring.encrypt("10000000001", context=RESIDENT_CODE),
        resident_code_hash=keyring.lookup_hash("10000000001", context=RESIDENT_CODE),
        residence_card_number="AB12345678CD",
    )
    store(session, made)
    return made


def search(session: Session, keyring: Keyring, *, archive: bool = True, **conditions: Any) -> SearchPage:
    return queries.search(
        session, SEARCHER, SearchQuery(**conditions), keyring=keyring, now=TEST_MOMENT, archive=archive
    )


CONDITIONS: dict[str, Callable[[ResidentHistory], dict[str, Any]]] = {
    "name": lambda gone: {"name": "蔵元　除吉", "name_match": MatchKind.FULL},
    "prefix": lambda gone: {"name": "蔵元除"},
    "part": lambda gone: {"name": "元除", "name_match": MatchKind.CONTAINS},
    "given name": lambda gone: {"name": "除吉"},
    "kana": lambda gone: {"kana": "ノソキチ"},
    "former name": lambda gone: {"name": "旧倉"},
    "birth": lambda gone: {"birth_from": dt.date(1980, 5, 5), "birth_to": dt.date(1980, 5, 5)},
    "address": lambda gone: {"address": "本町1-2-3"},
    "former address without building": lambda gone: {"address": "本町1-2-3", "address_match": MatchKind.FULL},
    "building": lambda gone: {"building": "架空荘"},
    "address code": lambda gone: {"address_code": "99101001001"},
    "number": lambda gone: {"addressee_number": gone.addressee_number},
    "household": lambda gone: {"household_number": gone.household_number},
    "relationship": lambda gone: {"relationship": "夫"},
    "sex and name": lambda gone: {"sex": Sex.MALE, "name": "蔵"},
    "what removed it": lambda gone: {"removal_reason": ChangeReason.MOVE_OUT_DOMESTIC},
    "個人番号": lambda gone: {"individual_number": "123456789018"},
    "住民票コード": lambda gone: {"resident_code": "10000000001"},
    "card": lambda gone: {"residence_card_number": "AB12345678CD"},
    "no data": lambda gone: {"name": "蔵元", "empty": frozenset({EmptyItem.ALIAS})},
    "whatever the form says of the state": lambda gone: {"name": "蔵元", "states": StateScope.LIVE},
}


@pytest.mark.requirement("RR-1.1.5e", "RR-2.1.3a", partial=True)
@pytest.mark.parametrize("conditions", CONDITIONS.values(), ids=list(CONDITIONS))
@pytest.mark.parametrize("most", [600, 0])
def test_every_key_finds_in_the_archive(
    session: Session, keyring: Keyring, gone: ResidentHistory, monkeypatch: pytest.MonkeyPatch, most: int,
    conditions: Callable[[ResidentHistory], dict[str, Any]],
) -> None:  # fmt: skip
    monkeypatch.setattr(plans, "MOST_WORDS", most)
    residents.resident(session, name="別人　住子", alias="別", relationship_to_head="世帯主")
    page = search(session, keyring, **conditions(gone))
    assert [hit.name for hit in page.hits] == ["蔵元　除吉"] and page.count == 1 and page.archived
    [hit] = page.hits
    assert hit.archived and not hit.state.is_live and hit.address == gone.address
    assert search(session, keyring, archive=False, **conditions(gone) | {"states": StateScope.ALL}).hits == ()


def test_a_name_that_was_another_once(session: Session, keyring: Keyring) -> None:
    make_masters(session)
    person = removed(session, name="蔵元　除吉")
    renamed = residents.change(session, ChangeReason.CORRECT_EX_OFFICIO, processed_on=dt.date(2020, 5, 1))
    now = residents.next_snapshot(session, person, renamed, name="新倉　除吉")
    store(session, now)
    [hit] = search(session, keyring, name="蔵元").hits
    assert [(past.label, past.written) for past in hit.past] == [("氏名", "蔵元　除吉")]
    [hit] = search(session, keyring, address="本町1-2-3", address_match=MatchKind.FULL).hits
    assert hit.past == ()


def test_pages_of_the_archive_in_order(session: Session, keyring: Keyring) -> None:
    order = (("三", "ウ"), ("一", "ア"), ("二", "イ"))
    people = [removed(session, name=f"蔵元　{name}", name_kana=f"クラモト　{kana}") for name, kana in order]
    store(session, *people)
    after, found = None, []
    while True:
        page = queries.search(
            session, SEARCHER, SearchQuery(name="蔵元"), keyring=keyring, now=TEST_MOMENT, archive=True,
            after=after, size=1,
        )  # fmt: skip
        found += [hit.name for hit in page.hits]
        after = page.next_key
        if after is None:
            break
    assert found == ["蔵元　一", "蔵元　二", "蔵元　三"] and page.count == 3


def test_keys_of_the_archive_can_be_made_anew(
    session: Session, keyring: Keyring, gone: ResidentHistory
) -> None:
    before = len(session.scalars(select(RemovedSearchName)).all())
    for table in (RemovedSearchName, RemovedSearchWord):
        session.execute(delete(table))
    assert search(session, keyring, name="蔵元").hits == ()
    residents.resident(session, name="別人　住子")
    assert index.rebuild(session) == 2
    assert len(search(session, keyring, name="蔵元").hits) == 1
    assert len(session.scalars(select(RemovedSearchName)).all()) == before > 0


def test_a_code_once_held_is_held_for_ever(session: Session, keyring: Keyring, gone: ResidentHistory) -> None:
    """住民票コード of a record in the 除票用データベース is never taken into the stock again (RR-4.3.1a)."""
    held, free = (keyring.lookup_hash(code, context=RESIDENT_CODE) for code in ("10000000001", "10000000002"))
    assert resident_codes_held(session, [held, free]) == {held}


# ---- the screen


@pytest.fixture
def town(database: Database) -> dict[str, str]:
    """宛名番号 of somebody who lives here and of two who are in the 除票用データベース, by name."""
    with database.transaction() as session:
        lives = residents.resident(session, name="佐藤　住子", name_kana="サトウ　スミコ")
        index.refresh(session, [lives.addressee_number])
        left = removed(session, name="佐藤　去子", name_kana="サトウ　サリコ")
        dead = removed(session, reason=ChangeReason.DEATH, name="須藤　故人", name_kana="スドウ　コジン")
        numbers = {str(person.name): person.addressee_number for person in (lives, left, dead)}
        store(session, left, dead)
        return numbers


def look(browser: Browser, **fields: str) -> Any:
    answer = browser.post("/search", data=fields)
    assert answer.status_code == 303, answer.text
    return browser.get(answer.location)


@pytest.mark.requirement("RR-1.1.5e", partial=True)
def test_where_the_register_has_nobody_the_archive_is_searched_at_once(
    login: Login, town: dict[str, str], database: Database
) -> None:
    page = look(login(*SEARCH), name="須藤")
    assert (
        "須藤　故人" in page.text
        and "除票（保存庫）" in page.text
        and "検索結果（除票用データベース）" in page.text
    )
    assert "主データベースに該当者がいないので" in page.text
    with database.transaction() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "住民検索").order_by(AuditEntry.sequence)
        ).all()
        assert [entry.details.get("データベース", "") for entry in entries] == ["", "除票用データベース"]
        assert [entry.subjects for entry in entries] == [[], [town["須藤　故人"]]]


@pytest.mark.requirement("RR-1.1.5e", partial=True)
def test_one_key_searches_the_archive_for_the_same(login: Login, town: dict[str, str]) -> None:
    browser = login(*SEARCH)
    page = look(browser, name="佐藤")
    assert "佐藤　住子" in page.text and "佐藤　去子" not in page.text and "除票（保存庫）" not in page.text
    [action] = re.findall(r'action="(/search/[^"]+/removed-records)"', page.text)
    assert re.search(r'<button[^>]*form="removed-records"[^>]*data-key="F7"', page.text)
    answer = browser.post(action)
    assert answer.status_code == 303
    found = browser.get(answer.location)
    assert "佐藤　去子" in found.text and "佐藤　住子" not in found.text and "除票（保存庫）" in found.text
    assert "removed-records" not in re.findall(r'<div class="actions".*?</div>', found.text, re.S)[0]
    # Both links of a line lead on: to the person and to the household.
    for way in ("", "/household"):
        opened = browser.get(f"{answer.location}/1/0{way}", follow_redirects=True)
        assert opened.status_code == 200 and "佐藤　去子" in opened.text and "除票（保存庫）" in opened.text


def test_nobody_anywhere_is_said_so(login: Login, town: dict[str, str]) -> None:
    page = look(login(*SEARCH), name="存在しない")
    assert "除票用データベースにもいません" in page.text and "検索結果（除票用データベース）" not in page.text


def test_the_command_box_opens_a_stored_record_by_its_number(login: Login, town: dict[str, str]) -> None:
    browser = login(*SEARCH)
    answer = browser.post("/search/command", data={"q": town["須藤　故人"]}, follow_redirects=True)
    assert answer.request.path.startswith("/residents/") and "須藤　故人" in answer.text
    searching = login(Permission.RESIDENT_SEARCH, login="nur")
    answer = searching.post("/search/command", data={"q": town["須藤　故人"]}, follow_redirects=True)
    assert "須藤　故人" in answer.text and "除票（保存庫）" in answer.text


def test_the_state_of_another_search_is_refused(login: Login, town: dict[str, str]) -> None:
    assert login(*SEARCH).post("/search/unknown/removed-records").status_code == 404
