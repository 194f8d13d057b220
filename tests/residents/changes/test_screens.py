"""The screens of changes through the client: begun at a resident's page, entered, checked, approved by another."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask import Flask

from residentapp.core.access.permissions import Permission
from residentapp.core.addresses.models import Building
from residentapp.core.addresses.sort_keys import lot_key
from residentapp.core.db import Database
from residentapp.residents import history
from residentapp.residents.changes.spec import specs
from residentapp.residents.models import ResidentHistory
from residentapp.residents.search import index
from tests.conftest import Login
from tests.residents.changes.conftest import APPROVE, ENTER, family_of_four
from tests.residents.move_in.cases import TOWN_CODE
from tests.residents.move_in.conftest import make_town
from tests.support import residents
from tests.support.masters import make_masters
from tests.support.users import Browser

ADDRESS = {
    "moved_on": "R8.11.20",
    "notified_on": "令和8年11月24日",
    "scope": "whole",
    "town": "架空県架空市本町一丁目",
    "lot": "9番8号",
    "building": "新荘202号",
    "address_code": TOWN_CODE,
}


@pytest.fixture
def people(database: Database, app: Flask) -> list[str]:
    """宛名番号 of a family of four in the register."""
    with database.transaction() as session:
        make_masters(session)
        make_town(session)
        rows = family_of_four(session)
        index.refresh(session, [row.addressee_number for row in rows])
        return [row.addressee_number for row in rows]


def begin(client: Browser, number: str, kind: str) -> str:
    """From the resident's page over the menu to the entry; returns its address."""
    page = client.post("/residents/open", data={"addressee_number": number}, follow_redirects=True)
    [link] = re.findall(r'href="(/changes/for/resident/[\w-]+)"', page.text)
    menu = client.get(link, follow_redirects=True)
    [action] = re.findall(r'action="(/changes/menu/[\w-]+)"', menu.text)[:1]
    assert f'value="{kind}"' in menu.text
    answer = client.post(action, data={"kind": kind})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def version(page: str) -> str:
    [found] = re.findall(r'name="version" value="(\d+)"', page)[:1]
    return str(found)


def save(client: Browser, url: str, act: str, **values: str) -> str:
    """Send the entry with these fields and follow the answer."""
    page = client.get(url).text
    data = {"version": version(page), "people-shown": "1", "act": act, **values}
    answer = client.post(url, data=data, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_from_the_residents_page_to_the_register(login: Login, people: list[str], database: Database) -> None:
    clerk = login(*ENTER, login="clerk1")
    url = begin(clerk, people[0], "move_within")
    ticks = {f"people-p{place}-chosen": "1" for place in range(1, 5)}
    check = save(clerk, url, "check", **ADDRESS, **ticks)
    assert "転居の確認" in check and "架空県架空市本町一丁目9番8号" in check
    assert "新しい世帯（本登録のときに付番）" in check
    answer = clerk.post(url + "/check", data={"version": version(check), "act": "register"})
    assert answer.status_code == 303

    approver = login(*APPROVE, login="approver1")
    review = approver.get(url + "/review").text
    assert "転居の審査" in review and "架空　花子" in review
    done = approver.post(url + "/approve", data={"version": version(review)}, follow_redirects=True)
    assert done.status_code == 200 and "転居を本登録しました" in done.text
    with database.transaction() as session:
        row = history.latest(session, people[3])
        assert row is not None and row.address == "架空県架空市本町一丁目9番8号"


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    login: Login, people: list[str]
) -> None:
    clerk = login(*ENTER, login="clerk1")
    url = begin(clerk, people[0], "move_within")
    values = {**ADDRESS, "moved_on": "令和8年13月1日", "people-p1-chosen": "1"}
    check = save(clerk, url, "check", **values)
    assert "異動日を読み取れません" in check and "仮登録する" not in check
    page = clerk.get(url + "?check=1").text
    assert 'value="令和8年13月1日"' in page and "新荘202号" in page
    assert "世帯主がいなくなり" not in page  # alerts wait for the check page
    with_head = save(clerk, url, "save", **{**ADDRESS, "people-p1-chosen": "1", "new_head": "p2"})
    assert "残る人の続柄" in with_head


def test_a_draft_is_kept_while_typing(login: Login, people: list[str]) -> None:
    clerk = login(*ENTER, login="clerk1")
    url = begin(clerk, people[0], "move_within")
    data = {"version": version(clerk.get(url).text), "people-shown": "1", "lot": "77番"}
    answer = clerk.post(url + "/draft", data=data)
    assert answer.status_code == 200 and answer.json["ok"]
    assert 'value="77番"' in clerk.get(url).text


def test_the_own_entry_cannot_be_approved(login: Login, people: list[str]) -> None:
    both = login(*ENTER, Permission.CHANGE_APPROVE)
    url = begin(both, people[0], "move_within")
    ticks = {f"people-p{place}-chosen": "1" for place in range(1, 5)}
    check = save(both, url, "check", **ADDRESS, **ticks)
    both.post(url + "/check", data={"version": version(check), "act": "register"})
    review = both.get(url + "/review").text
    assert "これは自分が入力した仮登録です" in review
    answer = both.post(url + "/approve", data={"version": version(review)})
    assert answer.status_code == 403 and "自分が入力した仮登録" in answer.text


def test_rights(login: Login, people: list[str]) -> None:
    reader = login(Permission.RESIDENT_SEARCH, Permission.RESIDENT_VIEW)
    page = reader.post("/residents/open", data={"addressee_number": people[0]}, follow_redirects=True)
    assert "/changes/for/resident/" not in page.text
    clerk = login(*ENTER, login="clerk1")
    url = begin(clerk, people[0], "move_within")
    assert reader.get(url).status_code == 403
    assert reader.post(url, data={"version": "1", "act": "save"}).status_code == 403


def test_a_held_back_household_is_not_begun(login: Login, people: list[str], database: Database) -> None:
    """Who may not know of a measure learns no more than that entry is held back (CM-5.1)."""
    clerk = login(*ENTER, login="clerk1")
    url = begin(clerk, people[0], "move_within")
    with database.transaction() as session:
        rows: list[ResidentHistory] = [row for number in people if (row := history.latest(session, number))]
        residents.protect(session, rows[1])
    for page in (clerk.get(url), clerk.get(url + "/check"), clerk.post(url, data={"act": "save"})):
        assert page.status_code == 403
        assert "異動は入力が止められています" in page.text
        assert "架空県架空市本町一丁目2番3号" not in page.text
    started = clerk.post("/changes/find", data={"find": people[0]}).text
    [link] = re.findall(r'href="(/changes/menu/[\w-]+)"', started)
    answer = clerk.get(link)
    assert answer.status_code == 403 and "入力が止められています" in answer.text


@pytest.mark.parametrize(
    ("rights", "offered", "kept_back"),
    [
        ((Permission.EX_OFFICIO_ENTER,), ("birth", "record_ex_officio"), ()),
        ((Permission.CHANGE_ENTER,), (), ("birth", "record_ex_officio")),
        ((Permission.NUMBERS_ENTER,), (), ("birth", "record_ex_officio")),
    ],
)
def test_the_menu_is_open_to_who_may_enter_any_kind(
    login: Login,
    people: list[str],
    rights: tuple[Permission, ...],
    offered: tuple[str, ...],
    kept_back: tuple[str, ...],
) -> None:
    """RR-10.3: who may only record ex officio begins a birth without the right to notified changes."""
    clerk = login(*rights, Permission.RESIDENT_SEARCH, Permission.RESIDENT_VIEW, login="one_right")
    assert 'href="/changes"' in clerk.get("/").text
    page = clerk.get("/changes")
    assert page.status_code == 200
    kinds = re.findall(r'name="kind" value="(\w+)"', page.text)
    assert set(offered) <= set(kinds) and not set(kept_back) & set(kinds)
    assert clerk.post("/changes/find", data={"find": people[0]}).status_code == 200
    for kind, status in [*((each, 303) for each in offered), *((each, 403) for each in kept_back)]:
        assert clerk.post("/changes/begin", data={"kind": kind}).status_code == status
    reader = login(Permission.RESIDENT_SEARCH, Permission.RESIDENT_VIEW, login="reader")
    assert reader.get("/changes").status_code == 403 and 'href="/changes"' not in reader.get("/").text


@pytest.mark.requirement("RR-4.0.1a")
def test_who_changes_is_found_by_person_or_household_and_ticked(
    login: Login, people: list[str], database: Database
) -> None:
    """基本検索 by a person's number or the household's; the household's page lets all or some be ticked."""
    with database.transaction() as session:
        row = history.latest(session, people[0])
        assert row is not None
        household = row.household_number
    clerk = login(*ENTER, login="clerk1")
    by_person = clerk.post("/changes/find", data={"find": people[1]}).text
    assert len(re.findall(r'href="/changes/menu/[\w-]+"', by_person)) == 1
    by_household = clerk.post("/changes/find", data={"find": household}).text
    assert len(re.findall(r'href="/changes/menu/[\w-]+"', by_household)) == 4

    page = clerk.post("/residents/open", data={"addressee_number": people[0]}, follow_redirects=True).text
    [link] = re.findall(r'href="(/residents/[\w/-]*household[\w/-]*)"', page)[:1]
    family_page = clerk.get(link, follow_redirects=True).text
    [link] = re.findall(r'href="(/changes/for/household/[\w-]+)"', family_page)
    menu = clerk.get(link, follow_redirects=True).text
    [action] = re.findall(r'action="(/changes/menu/[\w-]+)"', menu)[:1]
    url = str(clerk.post(action, data={"kind": "move_within"}).headers["Location"])
    entry = clerk.get(url).text
    assert len(re.findall(r'type="checkbox" id="people-p\d-chosen"', entry)) == 4
    for ticked, scope in ((("p3",), "一部"), (("p1", "p2", "p3", "p4"), "全部")):
        ticks = {f"people-{key}-chosen": "1" for key in ticked}
        save(clerk, url, "save", **ADDRESS, **ticks)
        assert f"転居<br><small>{scope}</small>" in clerk.get("/cases/drafts").text


@pytest.mark.requirement("RR-4.0.9")
def test_the_entry_is_looked_over_and_corrected_before_it_is_registered(
    login: Login, people: list[str], database: Database
) -> None:
    """The check page has everybody's items before and after; back to the entry, and what is registered is the new."""
    clerk = login(*ENTER, login="clerk1")
    url = begin(clerk, people[0], "move_within")
    ticks = {f"people-p{place}-chosen": "1" for place in range(1, 5)}
    check = save(clerk, url, "check", **ADDRESS, **ticks)
    for shown in (
        "架空　太郎",
        "架空　桜",
        "架空県架空市本町一丁目2番3号",
        "架空県架空市本町一丁目9番8号",
        "新荘202号",
    ):
        assert shown in check, shown
    with database.transaction() as session:
        row = history.latest(session, people[0])
        assert row is not None and row.history_number == 1
    back = clerk.post(url + "/check", data={"version": version(check), "act": "back"})
    assert back.status_code == 303 and str(back.headers["Location"]).startswith(url)
    check = save(clerk, url, "check", **{**ADDRESS, "lot": "9番7号"}, **ticks)
    assert "架空県架空市本町一丁目9番7号" in check and "9番8号" not in check
    answer = clerk.post(url + "/check", data={"version": version(check), "act": "register"})
    assert answer.status_code == 303
    assert "架空県架空市本町一丁目9番7号" in clerk.get(url + "/review").text


@pytest.mark.requirement("RR-4.0.7a", "RR-4.0.7b")
def test_rooms_are_offered_for_an_address_and_no_address_for_a_room(
    login: Login, people: list[str], database: Database
) -> None:
    with database.transaction() as session:
        session.add(
            Building(
                town_code=TOWN_CODE, lot="9番8号", lot_key=lot_key("9番8号").encoded, name="新荘", kana="シンソウ",
                valid_from=dt.date(2020, 1, 1),
            )
        )  # fmt: skip
    clerk = login(*ENTER, Permission.MOVE_IN_ENTER, login="clerk1")
    move_in = clerk.post("/move-in/begin", data={"kind": "domestic"}, follow_redirects=True)
    for page in (clerk.get(begin(clerk, people[0], "move_within")).text, move_in.text):
        assert 'data-buildings-url="/addresses/buildings-at"' in page
        assert 'id="building-list"' in page and re.search(r'<input[^>]* name="building"', page)

    def offered(**sent: str) -> object:
        return clerk.post("/addresses/buildings-at", data=sent).get_json()["buildings"]

    assert offered(town=TOWN_CODE, lot="9-8") == [{"name": "新荘", "kana": "シンソウ"}]
    for sent in (
        {"building": "新荘"},
        {"town": TOWN_CODE, "building": "新荘"},
        {"town": "新荘", "lot": "新荘"},
    ):
        assert offered(**sent) == []
    for path in ("kana", "postal-code"):
        for typed in ("新荘", "シンソウ"):
            answer = clerk.get(f"/addresses/{path}", query_string={"q": typed}).get_json()
            assert answer["candidates"] == []


@pytest.mark.requirement("RR-2.3.1")
def test_every_screen_of_a_change_names_it(login: Login, people: list[str], database: Database) -> None:
    """Title, heading and strip say which change is being made; the review and the end are looked at above."""
    clerk = login(*ENTER, Permission.MOVE_IN_ENTER, login="clerk1")
    page = clerk.post("/residents/open", data={"addressee_number": people[0]}, follow_redirects=True).text
    [link] = re.findall(r'href="(/changes/for/resident/[\w-]+)"', page)
    offered = set(re.findall(r'name="kind" value="(\w+)"', clerk.get(link, follow_redirects=True).text))
    assert len(offered) >= 20
    for spec in specs():
        if spec.code not in offered:
            continue
        url = begin(clerk, people[0], spec.code)
        shown = clerk.get(url).text
        assert f"<h1>{spec.label}の入力" in shown and f"{spec.label}の入力" in shown.partition("</title>")[0]
        assert f'<p class="strip-name"><span class="strip-kana">{spec.label}</span>' in shown
        check = clerk.get(f"{url}/check", follow_redirects=True).text
        assert f"<h1>{spec.label}" in check, spec.code
        data = {"version": version(shown), "act": "withdraw", "withdraw-reason": "試し"}
        assert clerk.post(url, data=data).status_code == 303
    assert "<h1>転入の入力" in clerk.get("/move-in").text
