"""The screens of move-in by a browser without scripts: every page, every button, and what must not be shown."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from residentapp.core.access.models import User
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.residents import history
from residentapp.residents.cases import operations, queries
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import CaseState
from residentapp.residents.locks import EditLock
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_in.types import MoveInEntry
from residentapp.residents.search import index
from tests.conftest import Login
from tests.residents.cases.conftest import pretence as pretence  # a fixture
from tests.residents.cases.pretence import Pretence, Pretended
from tests.residents.move_in.cases import individual_number
from tests.residents.move_in.conftest import APPROVE, ENTER, MoveInOffice, furnish
from tests.residents.move_in.test_approval import moved_out
from tests.support.clock import TEST_MOMENT, SettableClock
from tests.support.residents import family, protect
from tests.support.users import Browser, clerk

SAMPLES = Path(__file__).parents[3] / "seed" / "move_in_samples"

WHERE = {
    "moved_on": "令和8年11月20日",
    "notified_on": "令和8年11月24日",
    "notifier": "渡邉　𠮷男",
    "scope": "whole",
    "postal_code": "0000001",
    "address_code": "98201001001",
    "town": "架空県架空市本町一丁目",
    "lot": "8番3号",
}


class Counter:
    """A clerk at the counter with one case."""

    def __init__(self, browser: Browser, database: Database, keyring: Keyring) -> None:
        self.browser = browser
        self.database = database
        self.keyring = keyring
        self.case_id = ""

    def begin(self, kind: str = "domestic") -> TestResponse:
        answer = self.browser.post("/move-in/begin", data={"kind": kind})
        return self._opened(answer)

    def upload(self, data: bytes, name: str = "file.csv") -> TestResponse:
        answer = self.browser.post(
            "/move-in/csv",
            data={"certificate": (io.BytesIO(data), name)},
            content_type="multipart/form-data",
        )
        return self._opened(answer) if answer.status_code == 303 else answer

    def _opened(self, answer: TestResponse) -> TestResponse:
        assert answer.status_code == 303, text_of(answer)
        self.case_id = answer.headers["Location"].rsplit("/", 1)[-1]
        return self.page()

    def page(self, tail: str = "") -> TestResponse:
        return self.browser.get(f"/move-in/{self.case_id}{tail}")

    def send(self, act: str, **fields: str) -> TestResponse:
        """Press a button of the entry with these fields, everything else as the page shows it."""
        data = {**fields_of(self.page()), **fields, "act": act}
        return self.browser.post(f"/move-in/{self.case_id}", data=data)

    def entry(self) -> MoveInEntry:
        with self.database.transaction() as session:
            return queries.payload_of(self.keyring, queries.find_case(session, self.case_id)).entry

    def state(self) -> CaseState:
        with self.database.transaction() as session:
            return queries.find_case(session, self.case_id).state


def text_of(answer: TestResponse) -> str:
    """What the page says, without its tags."""
    return unescape(re.sub(r"[ \t\r\n]+", " ", re.sub(r"<[^>]+>", "", answer.get_data(as_text=True))))


def fields_of(answer: TestResponse) -> dict[str, str]:
    """Fields of the entry as a browser would send them."""
    html = answer.get_data(as_text=True)
    html = html[html.index('id="entry"') :]
    html = html[: html.index("</form>")]
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", html):
        values = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if values.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        if "name" in values:
            ticked = "y" if values.get("type") == "checkbox" else ""
            fields[values["name"]] = unescape(values.get("value", ticked))
    for name, body in re.findall(r'<textarea [^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', html, re.DOTALL):
        fields[name] = unescape(body)
    for name, body in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body)
        fields[name] = unescape(chosen[1]) if chosen else ""
    fields.pop("csrf_token", None)
    return fields


def reasons_of(answer: TestResponse, reason: str = "届出人に確かめた") -> dict[str, Any]:
    """A tick and a reason for every alert of a page."""
    html = answer.get_data(as_text=True)
    keys = re.findall(r'name="alert" value="([^"]*)"', html)
    return {"alert": keys, **{f"alert-reason:{key}": reason for key in keys}}


@pytest.fixture
def counter(login: Login, database: Database, keyring: Keyring) -> Iterator[Counter]:
    with database.transaction() as session:
        furnish(session, keyring)
    yield Counter(login(*ENTER, login="tanto", name="窓口　担当"), database, keyring)


@pytest.fixture
def approver(counter: Counter, login: Login) -> Browser:
    return login(*APPROVE, login="shinsa", name="審査　担当")


@contextmanager
def family_in_case(counter: Counter) -> Iterator[Counter]:
    counter.upload((SAMPLES / "family_of_four.csv").read_bytes(), "family_of_four.csv")
    answer = counter.send("check", **WHERE)
    assert answer.status_code == 303 and answer.headers["Location"].endswith("/check")
    yield counter


def register(counter: Counter) -> TestResponse:
    page = counter.page("/check")
    data = {"version": version_of(page), "act": "register", **reasons_of(page)}
    return counter.browser.post(f"/move-in/{counter.case_id}/check", data=data)


def version_of(page: TestResponse) -> str:
    found = re.search(r'name="version" value="(\d+)"', page.get_data(as_text=True))
    assert found
    return found[1]


@pytest.mark.requirement(
    "RR-4.0.1b", "RR-4.0.8a", "RR-4.0.8c", "RR-4.0.9", "RR-4.1.0.1a", "RR-10.8", partial=True
)
def test_the_whole_job_from_the_file_to_the_register(counter: Counter, approver: Browser) -> None:
    start = counter.browser.get("/move-in")
    assert start.status_code == 200 and "転出証明書のCSVから始める" in text_of(start)
    page = counter.upload((SAMPLES / "family_of_four.csv").read_bytes(), "family_of_four.csv")
    assert "4人を取り込みました" in text_of(page)
    assert "渡邉\U000e010f" in page.get_data(as_text=True)
    assert counter.entry().moved_on == ""
    assert counter.send("check", **WHERE).status_code == 303
    check = counter.page("/check")
    assert "書類と一致" in text_of(check) and "誤りも確認事項もありません" in text_of(check)
    assert register(counter).status_code == 303
    assert counter.state() is CaseState.PROVISIONAL
    waiting = approver.get("/cases/waiting")
    assert counter.case_id in waiting.get_data(as_text=True)
    assert "渡邉\U000e010f　葛\U000e0102葉　ほか1人" in text_of(waiting), "three by name, the fourth counted"
    review = approver.get(f"/move-in/{counter.case_id}/review")
    assert "決裁して本登録する" in text_of(review)
    answer = approver.post(f"/move-in/{counter.case_id}/approve", data={"version": version_of(review)})
    assert answer.status_code == 303
    done = approver.get(answer.headers["Location"])
    assert "転入を本登録しました" in text_of(done) and "4人を住民票に記載しました" in text_of(done)
    with counter.database.transaction() as session:
        people = session.scalars(select(ResidentHistory).order_by(ResidentHistory.member_order)).all()
        assert [person.relationship_to_head for person in people] == ["世帯主", "妻", "子", "子"]
        assert people[3].name == "渡邉\U000e010f　辻\U000e0103之介"
        assert session.scalars(select(EditLock)).all() == []


def test_the_home_page_tells_what_waits(counter: Counter, approver: Browser) -> None:
    counter.begin()
    assert "作成中の入力" in text_of(counter.browser.get("/"))
    with family_in_case(counter):
        register(counter)
    home = text_of(approver.get("/"))
    assert "承認待ちの仮登録" in home and "仮登録の審査" in home
    for address in ("/cases/drafts", "/cases/returned"):
        assert counter.browser.get(address).status_code == 200
    assert counter.browser.get("/cases/waiting").status_code == 403


def test_nothing_personal_stands_in_addresses_and_titles(counter: Counter) -> None:
    with family_in_case(counter):
        for tail in ("", "/check"):
            html = counter.page(tail).get_data(as_text=True)
            title = re.search(r"<title>(.*?)</title>", html, re.DOTALL)
            assert title and "渡邉" not in title[1]
            for address in re.findall(r'(?:href|action|src|data-[a-z-]*url)="([^"]*)"', html):
                assert "渡邉" not in unescape(address) and individual_number(100101) not in address
            assert 'style="' not in html and "onclick" not in html


# ---- nothing is lost


def test_a_broken_file_is_explained_line_by_line(counter: Counter) -> None:
    answer = counter.upload((SAMPLES / "broken.csv").read_bytes(), "broken.csv")
    said = text_of(answer)
    assert answer.status_code == 200
    assert "broken.csvは取り込めません" in said and "何も取り込んでいません" in said
    assert "2行目「生年月日」" in said and "1行目「国籍・地域」" in said
    assert "<b>山田" not in answer.get_data(as_text=True), "a name with marks is text"
    with counter.database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(ChangeCase)) == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "空です"), (b"\x00" * 100, "NUL"), ("あ,い\r\n".encode() * 10_000, "50人まで")],
)
def test_files_that_are_none(counter: Counter, data: bytes, words: str) -> None:
    assert words in text_of(counter.upload(data))


def test_no_file_chosen(counter: Counter) -> None:
    answer = counter.browser.post("/move-in/csv", data={})
    assert answer.status_code == 422 and "ファイルが選ばれていません" in text_of(answer)


def test_a_shift_jis_file_says_what_it_cannot_hold(counter: Counter) -> None:
    data = (SAMPLES / "mixed_household.csv").read_text(encoding="utf-8").encode("cp932")
    page = counter.upload(data, "sjis.csv")
    assert "Shift_JIS" in text_of(page) and "異体字" in text_of(page)


def test_what_was_typed_survives_errors(counter: Counter) -> None:
    counter.begin()
    typed = {
        "moved_on": "いつか",
        "members-0-name": "<script>alert(1)</script>",
        "members-0-birth_date": "31日",
    }
    counter.send("check", **typed)
    check = counter.page("/check")
    assert "異動日を読み取れません" in text_of(check)
    assert "<script>alert" not in check.get_data(as_text=True)
    assert "仮登録する" not in text_of(check)
    page = counter.page("?check=1")
    fields = fields_of(page)
    assert {name: fields[name] for name in typed} == typed
    assert 'href="#moved_on"' in page.get_data(as_text=True)
    assert 'aria-invalid="true"' in page.get_data(as_text=True)


def test_the_page_saves_itself(counter: Counter) -> None:
    fields = fields_of(counter.begin())
    data = {**fields, "members-0-name": "途中　まで"}
    answer = counter.browser.post(f"/move-in/{counter.case_id}/draft", data=data)
    assert answer.status_code == 200 and answer.get_json()["ok"]
    assert counter.entry().members[0].name == "途中　まで"
    again = counter.browser.post(
        f"/move-in/{counter.case_id}/draft", data={**data, "members-0-name": "もっと"}
    )
    assert again.status_code == 200
    assert fields_of(counter.page())["members-0-name"] == "もっと"


def test_two_windows_of_one_clerk(counter: Counter) -> None:
    old = fields_of(counter.begin())
    counter.send("save", **{"members-0-name": "新しい　窓"})
    data = {**old, "members-0-name": "古い　窓", "act": "save"}
    stale = counter.browser.post(f"/move-in/{counter.case_id}", data=data)
    assert stale.status_code == 409 and "別の画面で先に保存" in text_of(stale)
    assert fields_of(stale)["members-0-name"] == "古い　窓", "what was typed is still there"
    assert counter.entry().members[0].name == "新しい　窓"
    draft = counter.browser.post(f"/move-in/{counter.case_id}/draft", data=old)
    assert draft.status_code == 409 and not draft.get_json()["ok"]
    counter.browser.post(f"/move-in/{counter.case_id}", data={**fields_of(stale), "act": "save"})
    assert counter.entry().members[0].name == "古い　窓"


def test_a_form_that_cannot_be_read_does_no_harm(counter: Counter) -> None:
    counter.begin()
    bad = {
        "version": "x",
        "kind": "nonsense",
        "scope": "nonsense",
        "act": "nonsense:1",
        "members-0-key": "m99",
    }
    assert counter.browser.post(f"/move-in/{counter.case_id}", data=bad).status_code == 409
    for act in ("remove:m99", "share:m99,register", "domicile:m99", "new-person:m99", "nonsense"):
        assert counter.send(act).status_code == 303
    assert len(counter.entry().members) == 1
    for act in ("add:martian", "kind:m1,martian", "share:m1,martian"):
        assert counter.send(act).status_code == 400
    assert counter.browser.get("/move-in/none").status_code == 404


# ---- people


def test_people_are_added_and_taken_out(counter: Counter) -> None:
    counter.begin()
    typed = {
        "members-0-name": "渡邉　𠮷男",
        "members-0-registered_domicile": "例示県見本市1番",
        "members-0-previous_address": "例示県見本市1番2号",
    }
    assert counter.send("add:japanese,reuse", **typed).headers["Location"].endswith("#members-1-name")
    counter.send("add:foreign,reuse")
    people = counter.entry().members
    assert [person.key for person in people] == ["m1", "m2", "m3"]
    assert people[1].registered_domicile == "例示県見本市1番" and people[1].name == "渡邉　"
    assert people[2].previous_address == "例示県見本市1番2号"
    counter.send("remove:m2")
    assert [person.key for person in counter.entry().members] == ["m1", "m3"]
    counter.send("kind:m3,japanese")
    assert not counter.entry().members[1].is_foreign
    counter.send("share:m1,register")
    assert counter.entry().members[1].registered_domicile == "例示県見本市1番"


def test_the_registered_domicile_is_chosen(counter: Counter) -> None:
    counter.begin()
    counter.send("save", **WHERE)
    counter.send("domicile:m1", **{"domicile-m1": "current"})
    assert counter.entry().members[0].registered_domicile == "架空県架空市本町一丁目8番3号"


def test_items_beyond_ones_rights_are_neither_shown_nor_lost(counter: Counter, login: Login) -> None:
    with family_in_case(counter):
        counter.send("leave", **{"members-0-registered_domicile": "例示県本籍市1番地"})
    blind = login(Permission.MOVE_IN_ENTER, Permission.RESIDENT_VIEW, login="nagame", name="見えない　人")
    other = Counter(blind, counter.database, counter.keyring)
    other.case_id = counter.case_id
    before = counter.entry()
    page = other.page()
    number = before.members[0].individual_number
    for tail in ("", "/check"):
        html = other.page(tail).get_data(as_text=True)
        assert number not in html and before.members[0].resident_code not in html
        assert before.members[0].registered_domicile not in html
    assert "members-0-individual_number" not in fields_of(page)
    assert other.send("save", **{"members-0-individual_number": "", "moved_on": "R8.11.1"}).status_code == 303
    after = counter.entry()
    assert after.members[0].individual_number == number and after.moved_on == "R8.11.1"


# ---- 一部


def test_joining_a_household_found_by_name(counter: Counter) -> None:
    with counter.database.transaction() as session:
        people = family(session, {"name": "山川　太郎", "name_kana": "ヤマカワ　タロウ"})
        index.refresh(session, [people[0].addressee_number])
        home = people[0].household_number
    counter.begin()
    found = counter.send("find", scope="part", find="ヤマカワ")
    assert found.status_code == 200 and "山川　太郎" in text_of(found)
    assert "見つかりません" in text_of(counter.send("find", find="ナイナイ"))
    assert "山川　太郎" in text_of(counter.send("find", find=home))
    counter.send(f"household:{home}")
    assert counter.entry().household_number == home
    page = text_of(counter.page())
    assert "入る世帯" in page and "架空県架空市本町一丁目2番3号" in page


@pytest.mark.requirement("CM-5.1", partial=True)
def test_a_protected_household_is_neither_found_nor_shown(counter: Counter) -> None:
    with counter.database.transaction() as session:
        people = family(
            session,
            {"name": "守られ　花子", "name_kana": "マモラレ　ハナコ", "address": "架空県架空市秘密町9番9号"},
        )
        protect(session, *people)
        index.refresh(session, [people[0].addressee_number])
        home = people[0].household_number
    counter.begin()
    for find in ("マモラレ", home):
        html = counter.send("find", scope="part", find=find).get_data(as_text=True)
        assert "秘密町" not in html and f"household:{home}" not in html
    counter.send(f"household:{home}", scope="part")
    for tail in ("", "?check=1", "/check"):
        html = counter.page(tail).get_data(as_text=True)
        assert "秘密町" not in html and "守られ" not in html
    assert "異動の入力が止められています" in text_of(counter.page("/check"))


# ---- 再転入


@pytest.mark.requirement("RR-4.1.1.2a", "RR-4.1.1.2c", partial=True)
def test_a_returner_is_recognised_and_chosen(counter: Counter) -> None:
    with counter.database.transaction() as session:
        office = MoveInOffice(session, counter.keyring, clerk(), clerk())
        number = moved_out(office, former_name="旧姓").addressee_number
    counter.begin()
    counter.send("save", **{"members-0-individual_number": individual_number(1001)})
    page = counter.page()
    assert "同じ人かもしれない除票" in text_of(page) and "選ばないと登録できません" in text_of(page)
    assert "秘密市" not in page.get_data(as_text=True)
    counter.send(f"re-entry:m1,{number}")
    taken = counter.entry().members[0]
    assert (taken.re_entry, taken.former_name) == (number, "旧姓")
    assert taken.name == "渡邉\U000e010f　𠮷男"
    assert "以前の記録（除票）" in text_of(counter.page("/check"))
    counter.send("new-person:m1")
    assert counter.entry().members[0].re_entry == ""


# ---- alerts and reasons


@pytest.mark.requirement("RR-11.1b", partial=True)
def test_an_alert_needs_its_tick_and_its_reason(counter: Counter) -> None:
    with family_in_case(counter):
        counter.send("check", moved_on="令和8年10月1日")
    page = counter.page("/check")
    assert "届出期間" in text_of(page)
    keys = re.findall(r'name="alert" value="([^"]*)"', page.get_data(as_text=True))
    address = f"/move-in/{counter.case_id}/check"

    def send(**data: Any) -> TestResponse:
        return counter.browser.post(
            address, data={"version": version_of(counter.page("/check")), "act": "register", **data}
        )

    for attempt in (
        {},
        {"alert": keys},
        {f"alert-reason:{key}": "入院していた" for key in keys},
    ):
        assert send(**attempt).headers["Location"].endswith("/check")
        assert counter.state() is CaseState.DRAFT
    assert "入院していた" in counter.page("/check").get_data(as_text=True), "a reason without tick is kept"
    answer = send(alert=keys, **{f"alert-reason:{key}": "入院していた" for key in keys})
    assert answer.headers["Location"].endswith("/move-in")
    assert counter.state() is CaseState.PROVISIONAL
    assert counter.page().headers["Location"].endswith("/review")


# ---- approval


def test_an_own_entry_is_not_approved_and_says_so(
    counter: Counter, database: Database, keyring: Keyring, login: Login
) -> None:
    both = Counter(login(*APPROVE, login="ryoho", name="両方　する人"), database, keyring)
    with family_in_case(both):
        register(both)
    review = both.page("/review")
    assert "これは自分が入力した仮登録です" in text_of(review)
    assert "決裁して本登録する" not in text_of(review)
    answer = both.browser.post(f"/move-in/{both.case_id}/approve", data={"version": version_of(review)})
    assert answer.status_code == 403 and "自分が入力した仮登録は、自分では決裁できません" in text_of(answer)
    assert both.state() is CaseState.PROVISIONAL


def test_the_second_of_two_approvers_is_told(counter: Counter, approver: Browser, login: Login) -> None:
    with family_in_case(counter):
        register(counter)
    second = login(*APPROVE, login="shinsa2", name="審査　二人目")
    address = f"/move-in/{counter.case_id}"
    versions = [version_of(who.get(f"{address}/review")) for who in (approver, second)]
    first = approver.post(f"{address}/approve", data={"version": versions[0]})
    late = second.post(f"{address}/approve", data={"version": versions[1]})
    assert (first.status_code, late.status_code) == (303, 409)
    assert "別の人がすでに決裁し" in text_of(late)
    with counter.database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(ResidentHistory)) == 4


def test_a_case_goes_back_and_comes_again(counter: Counter, approver: Browser) -> None:
    with family_in_case(counter):
        register(counter)
    address = f"/move-in/{counter.case_id}"
    version = version_of(approver.get(f"{address}/review"))
    assert approver.post(f"{address}/return", data={"version": version, "reason": " "}).status_code == 422
    back = approver.post(f"{address}/return", data={"version": version, "reason": "方書を確かめる"})
    assert back.status_code == 303
    assert "方書を確かめる" in text_of(counter.browser.get("/cases/returned"))
    assert "方書を確かめる" in text_of(counter.page())
    counter.send("check", building="本町荘101")
    register(counter)
    assert counter.state() is CaseState.PROVISIONAL
    taken = counter.browser.post(
        f"{address}/take-back", data={"version": version_of(counter.page("/review"))}
    )
    assert taken.status_code == 303 and counter.state() is CaseState.RETURNED
    assert counter.send("withdraw").status_code == 409
    assert counter.send("withdraw", **{"withdraw-reason": "届出を取りやめた"}).status_code == 303
    assert counter.state() is CaseState.WITHDRAWN
    assert counter.page().status_code == 409


def test_errors_at_the_approval_are_shown_to_the_approver(counter: Counter, approver: Browser) -> None:
    with family_in_case(counter):
        register(counter)
    with counter.database.transaction() as session:
        numbers = [member.individual_number for member in counter.entry().members]
        from residentapp.core.numbering import INDIVIDUAL_NUMBER

        people = family(
            session,
            {"individual_number_hash": counter.keyring.lookup_hash(numbers[0], context=INDIVIDUAL_NUMBER)},
        )
        assert people
    review = approver.get(f"/move-in/{counter.case_id}/review")
    assert "いま住民として記録されています" in text_of(review)
    answer = approver.post(f"/move-in/{counter.case_id}/approve", data={"version": version_of(review)})
    assert answer.status_code == 422 and counter.state() is CaseState.PROVISIONAL


def test_provisional_data_are_nowhere_else(counter: Counter, approver: Browser) -> None:
    with family_in_case(counter):
        register(counter)
    with counter.database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(ResidentHistory)) == 0
        assert history.household_members(session, "0000000017") == []


# ---- locks


def test_a_second_clerk_is_told_who_is_at_it(counter: Counter, login: Login, clock: SettableClock) -> None:
    counter.begin()
    other = login(*ENTER, login="tanto2", name="窓口　二番")
    chief = login(*ENTER, Permission.LOCK_RELEASE, login="kacho", name="課長　さん")
    address = f"/move-in/{counter.case_id}"
    locked = other.get(address)
    assert locked.status_code == 409
    assert "窓口　担当" in text_of(locked) and "10時00分" in text_of(locked)
    assert "排他を外す" not in text_of(locked)
    assert other.post(f"/cases/{counter.case_id}/release", data={"reason": "急ぐ"}).status_code == 403
    assert "排他を外す" in text_of(chief.get(address))
    assert chief.post(f"/cases/{counter.case_id}/release", data={"reason": ""}).status_code == 422
    typed = fields_of(counter.page())
    assert chief.post(f"/cases/{counter.case_id}/release", data={"reason": "急病で帰った"}).status_code == 303
    assert other.get(address).status_code == 200
    answer = counter.browser.post(address, data={**typed, "members-0-name": "残る　文字", "act": "save"})
    assert answer.status_code == 409 and "窓口　二番" in text_of(answer)
    assert fields_of(answer)["members-0-name"] == "残る　文字"
    assert text_of(counter.browser.get("/move-in")).count("編集中") == 1


def test_a_case_of_another_procedure_is_none_of_these_screens(
    login: Login, counter: Counter, database: Database, keyring: Keyring, pretence: Pretence
) -> None:
    """Its entry is of another kind, and asks for other rights."""
    both = login(*APPROVE, pretence.enter_permission, pretence.approve_permission, login="ryoho")
    with database.transaction() as session:
        user = session.scalars(select(User).where(User.login == "ryoho")).one()
        actor = clerk(pretence.enter_permission, login="ryoho", user_id=user.id)
        case_id = operations.start(session, actor, keyring, pretence, Pretended(), now=TEST_MOMENT).id
    for tail in ("", "/check", "/review", "/done"):
        assert both.get(f"/move-in/{case_id}{tail}").status_code == 404
    for tail in ("", "/draft", "/check", "/approve", "/return", "/take-back"):
        answer = both.post(
            f"/move-in/{case_id}{tail}", data={"version": "1", "reason": "x", "act": "withdraw"}
        )
        assert answer.status_code == 404
    with database.transaction() as session:
        assert queries.find_case(session, case_id).state is CaseState.DRAFT


def test_every_page_has_its_help(counter: Counter, app: Flask) -> None:
    counter.begin()
    for topic in ("move_in.enter", "move_in.check_entry", "move_in.start"):
        answer = counter.browser.get(f"/help/{topic}")
        assert answer.status_code == 200 and "第22条" in text_of(answer)
    assert "証明書番号" in text_of(counter.browser.get("/move-in/columns"))


@pytest.mark.requirement("RR-4.0.10a", "RR-1.1.14c", partial=True)
def test_one_field_is_copied_into_another_and_a_text_is_taken(counter: Counter) -> None:
    counter.upload((SAMPLES / "family_of_four.csv").read_bytes(), "family_of_four.csv")
    page = counter.page().get_data(as_text=True)
    first = counter.entry().members[0]
    assert f'<option value="{first.key}-name|family">1人目の氏名の氏：' in page
    sent = {"copy-from": f"{first.key}-name", "copy-to": "members-1-previous_head_name"}
    answer = counter.send("copy", **WHERE, **sent)
    assert answer.headers["Location"].endswith("#members-1-previous_head_name")
    assert counter.entry().members[1].previous_head_name == first.name
    # What does not go together changes nothing, and what was typed stays.
    sent = {"copy-from": f"{first.key}-name", "copy-to": "town"}
    counter.send("copy", **(WHERE | sent | {"notifier": "届出　人"}))
    assert "写せませんでした" in text_of(counter.page())
    assert (counter.entry().town, counter.entry().notifier) == (WHERE["town"], "届出　人")
    # Registered texts stand there once nothing is wrong with the rest; one is taken by its button.
    page = counter.page().get_data(as_text=True)
    template = re.search(r'value="note:(\d+)">未届転入<', page)
    assert template is not None
    counter.send(f"note:{template[1]}", notes="先に書いた文")
    assert counter.entry().notes.startswith("先に書いた文\n未届転入")
    assert "留意事項" in text_of(counter.page("/check"))


@pytest.mark.requirement("RR-1.1.11d", partial=True)
def test_the_document_of_a_relationship_is_asked_for_and_told_later(
    counter: Counter, approver: Browser, login: Login
) -> None:
    counter.upload((SAMPLES / "mixed_household.csv").read_bytes(), "mixed_household.csv")
    members = counter.entry().members
    head = next(index for index, member in enumerate(members) if member.is_foreign)
    kin = next(index for index, member in enumerate(members) if index != head)
    typed = {f"members-{index}-relationship": "同居人" for index in range(len(members))}
    typed |= {f"members-{kin}-relationship": "世帯主", f"members-{head}-relationship": "縁故者"}
    counter.send("save", **WHERE, **typed)
    page = counter.page().get_data(as_text=True)
    assert "続柄を証する書類（外国人住民）" in page
    assert f'name="members-{head}-relationship_proof"' in page
    assert f'name="members-{kin}-relationship_proof"' not in page
    typed |= {f"members-{head}-relationship": "妻" if members[head].sex == "female" else "夫"}
    counter.send("check", **WHERE, **typed)
    # The certificate told this 続柄 to this head: it is chosen already. The clerk may choose otherwise.
    assert "転出証明書（同じ世帯主）" in text_of(counter.page("/check"))
    typed |= {f"members-{head}-relationship_proof": ""}
    counter.send("check", **WHERE, **typed)
    assert "何で確かめたかが選ばれていません" in text_of(counter.page("/check"))
    typed |= {f"members-{head}-relationship_proof": "marriage"}
    typed |= {f"members-{head}-relationship_translation": "attached"}
    counter.send("check", **WHERE, **typed)
    check = text_of(counter.page("/check"))
    assert "結婚証明書" in check and "何で確かめたかが" not in check
    register(counter)
    review = approver.get(f"/move-in/{counter.case_id}/review")
    assert "結婚証明書" in text_of(review) and "訳文あり" in text_of(review)
