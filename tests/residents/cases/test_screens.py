"""The work lists over all procedures, and final registration of many at once, by a browser without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import unescape

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from residentapp.core.access.models import User
from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.residents.cases import operations, queries
from residentapp.residents.cases.types import CaseState, RecordVersion, SaveEntry
from residentapp.residents.models import ResidentHistory
from tests.conftest import Login
from tests.residents.cases.pretence import Pretence, Pretended
from tests.residents.cases.test_batch import somebody
from tests.residents.move_in.conftest import APPROVE, ENTER, MoveInOffice, furnish
from tests.support.residents import family
from tests.support.users import Browser, clerk

BRANCH = {"office_code": "02", "office_name": "北支所"}


def text_of(answer: TestResponse) -> str:
    """What the page says, without its tags."""
    return unescape(re.sub(r"[ \t\r\n]+", " ", re.sub(r"<[^>]+>", "", answer.get_data(as_text=True))))


def ticks_of(answer: TestResponse) -> dict[str, bool]:
    """Value of each tick box of a list, and whether it is ticked."""
    tags = re.findall(r'<input type="checkbox" name="case"[^>]*>', answer.get_data(as_text=True))
    return {re.search(r'value="([^"]*)"', tag)[1]: " checked" in tag for tag in tags}  # type: ignore[index]


@dataclass
class Desk:
    """An office with committed cases, and its approver's browser."""

    database: Database
    keyring: Keyring
    login: Login
    approver: Browser

    def office(self, work: Callable[[MoveInOffice], str]) -> str:
        """Do something in the office; gives the id of a case."""
        with self.database.transaction() as session:
            users = {user.login: user.id for user in session.scalars(select(User))}
            enterer = clerk(*ENTER, login="clerk1", name="窓口　一子", user_id=users["clerk1"])
            approver = clerk(*APPROVE, login="shinsa", name="審査　担当", user_id=users["shinsa"])
            return work(MoveInOffice(session, self.keyring, enterer, approver))

    def waits(self, place: int, *, branch: bool = False, own: bool = False) -> str:
        """A move-in that waits for approval."""

        def enter(office: MoveInOffice) -> str:
            by = office.approver if own else office.clerk
            return office.provisional(somebody(place), by=replace(by, **BRANCH) if branch else by).id

        return self.office(enter)

    def version(self, case_id: str) -> str:
        with self.database.transaction() as session:
            return f"{case_id}:{queries.find_case(session, case_id).version}"

    def state(self, case_id: str) -> CaseState:
        with self.database.transaction() as session:
            return queries.find_case(session, case_id).state

    def choose(self, *case_ids: str) -> str:
        """Tick cases in the list; the address of the check page."""
        data = {"case": [self.version(case_id) for case_id in case_ids], "act": "choose"}
        answer = self.approver.post("/cases/waiting", data=data)
        assert answer.status_code == 303, text_of(answer)
        return answer.headers["Location"]


@pytest.fixture
def desk(login: Login, database: Database, keyring: Keyring) -> Desk:
    with database.transaction() as session:
        furnish(session, keyring)
    return Desk(database, keyring, login, login(*APPROVE, login="shinsa", name="審査　担当"))


def pretended(desk: Desk, pretence: Pretence, *, provisional: bool = True) -> str:
    """A case of the other procedure about somebody of the register."""

    def enter(office: MoveInOffice) -> str:
        [head] = family(office.session, {})
        payload = Pretended((head.addressee_number,), (1,))
        by = replace(office.clerk, permissions=frozenset({pretence.enter_permission}))
        case = operations.start(office.session, by, office.keyring, pretence, payload, now=office.now)
        if provisional:
            command = SaveEntry(RecordVersion(case.id, case.version), payload)
            operations.register_provisionally(office.session, by, office.keyring, command, now=office.now)
        return case.id

    return desk.office(enter)


# ---- what waits


@pytest.mark.requirement("RR-4.0.8c", partial=True)
def test_the_list_tells_what_an_approver_chooses_by(desk: Desk) -> None:
    case_id, own = desk.waits(1, branch=True), desk.waits(2, own=True)
    page = desk.approver.get("/cases/waiting")
    html, said = page.get_data(as_text=True), text_of(page)
    for told in (
        "架空　1郎",
        "国内転入",
        "全部",
        "令和8年11月20日",
        "窓口　一子",
        "北支所",
        "10時00分",
        "2件",
    ):
        assert told in said, told
    assert f'href="/move-in/{case_id}/review"' in html and f'href="/move-in/{own}/review"' in html
    assert list(ticks_of(page)) == [desk.version(case_id)], "an own entry cannot be ticked"
    assert "自分が入力（決裁できません）" in said


@pytest.mark.requirement("RR-4.0.8c", partial=True)
def test_the_list_is_narrowed_to_an_office_or_a_procedure(desk: Desk, pretence: Pretence) -> None:
    here, there, other = desk.waits(1), desk.waits(2, branch=True), pretended(desk, pretence)

    def shown(browser: Browser, query: str) -> set[str]:
        return {value.partition(":")[0] for value in ticks_of(browser.get(f"/cases/waiting{query}"))}

    assert shown(desk.approver, "") == {here, there}, "what the officer may not approve is not shown"
    assert shown(desk.approver, "?office=02") == {there}
    assert shown(desk.approver, "?office=99") == set()
    assert shown(desk.approver, "?procedure=pretence") == set()
    chief = desk.login(*APPROVE, pretence.approve_permission, login="chief")
    assert shown(chief, "") == {here, there, other}
    assert shown(chief, "?procedure=pretence") == {other}
    assert shown(chief, "?procedure=move_in&office=01") == {here}
    assert "試しの転居" in text_of(chief.get("/cases/waiting"))
    assert "試しの転居" not in text_of(desk.approver.get("/cases/waiting"))


def test_whom_of_the_register_a_list_names_stands_in_the_log(desk: Desk, pretence: Pretence) -> None:
    pretended(desk, pretence)
    chief = desk.login(pretence.approve_permission, login="chief")
    chief.get("/cases/waiting")
    with desk.database.transaction() as session:
        number = session.scalars(select(ResidentHistory.addressee_number)).one()
        row = session.scalars(select(AuditEntry).where(AuditEntry.action == "仮登録の一覧の照会")).one()
        assert (row.subjects, row.details) == ([number], {"一覧": "承認待ちの仮登録", "件数": 1})


def test_the_home_page_counts_every_procedure(desk: Desk, pretence: Pretence) -> None:
    desk.waits(1)
    pretended(desk, pretence)
    chief = desk.login(*APPROVE, pretence.approve_permission, login="chief")
    assert re.search(r"2\s*件\s*承認待ちの仮登録", text_of(chief.get("/")))
    assert re.search(r"1\s*件\s*承認待ちの仮登録", text_of(desk.approver.get("/")))
    reader = desk.login(Permission.RESIDENT_VIEW, login="reader")
    assert "仮登録" not in text_of(reader.get("/"))
    for address in ("/cases/waiting", "/cases/returned", "/cases/drafts"):
        assert reader.get(address).status_code == 403
    assert chief.post("/search/command", data={"q": "決裁"}).headers["Location"].endswith("/cases/waiting")


# ---- what is being entered


@pytest.mark.parametrize("path", ["/cases/drafts", "/cases/returned"])
def test_others_entries_are_for_those_who_may_approve(desk: Desk, path: str) -> None:
    def enter(office: MoveInOffice) -> str:
        for place, by in ((1, office.clerk), (2, replace(office.clerk, **BRANCH)), (3, office.approver)):
            if path.endswith("drafts"):
                office.start(somebody(place), by=by)
            else:
                case = office.provisional(somebody(place), by=by)
                operations.take_back(office.session, by, office.keyring, office.seen(case), now=office.now)
        return ""

    desk.office(enter)

    def shown(browser: Browser, whose: str) -> set[str]:
        return set(re.findall(r"架空　\d郎", text_of(browser.get(f"{path}?whose={whose}"))))

    assert shown(desk.approver, "") == {"架空　3郎"}
    assert shown(desk.approver, "office") == {"架空　1郎", "架空　3郎"}
    assert shown(desk.approver, "all") == {"架空　1郎", "架空　2郎", "架空　3郎"}
    enterer = desk.login(*ENTER, login="enterer")
    assert shown(enterer, "all") == set(), "only the own ones, whatever is asked"
    only_approves = desk.login(Permission.MOVE_IN_APPROVE, Permission.RESIDENT_VIEW, login="only")
    page = only_approves.get(path)
    assert set(re.findall(r"架空　\d郎", text_of(page))) == {"架空　1郎", "架空　3郎"}
    links = re.findall(r'href="(/move-in/[^"]+)"', page.get_data(as_text=True))
    assert links and all(link.endswith("/review") for link in links), "who may not enter looks at it"
    assert {only_approves.get(link).status_code for link in links} == {200}


def test_who_holds_a_draft_is_told(desk: Desk) -> None:
    desk.office(lambda office: office.start(somebody(1)).id)
    said = text_of(desk.approver.get("/cases/drafts?whose=all"))
    assert "編集中" in said and "窓口　一子" in said and "10時00分" in said


# ---- many at once


@pytest.mark.requirement("RR-4.0.8c")
def test_chosen_cases_are_registered_together_and_the_others_wait(desk: Desk) -> None:
    """List on screen, some chosen, how many is told, registered in part; the rest all at once, capped."""
    first, second, third = desk.waits(1), desk.waits(2, branch=True), desk.waits(3)
    own = desk.waits(4, own=True)
    address = desk.choose(first, third)
    check = desk.approver.get(address)
    assert "2件（2人）を本登録します" in text_of(check) and "2件を本登録する" in text_of(check)
    assert "架空　1郎" in text_of(check) and "架空　2郎" not in text_of(check)
    answer = desk.approver.post(address)
    assert answer.status_code == 303
    result = desk.approver.get(answer.headers["Location"])
    assert "2件を本登録しました" in text_of(result)
    assert f'href="/move-in/{first}/done"' in result.get_data(as_text=True)
    states = [desk.state(case_id) for case_id in (first, second, third, own)]
    assert states == [CaseState.FINAL, CaseState.PROVISIONAL, CaseState.FINAL, CaseState.PROVISIONAL]
    # All the rest: the button ticks whatever may be ticked.
    ticked = desk.approver.post("/cases/waiting", data={"act": "all"})
    assert ticks_of(ticked) == {desk.version(second): True}
    data = {"case": list(ticks_of(ticked)), "act": "choose"}
    address = desk.approver.post("/cases/waiting", data=data).headers["Location"]
    desk.approver.post(address)
    assert (desk.state(second), desk.state(own)) == (CaseState.FINAL, CaseState.PROVISIONAL)
    with desk.database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(ResidentHistory)) == 3


def test_all_of_a_narrowed_list_are_ticked_and_the_list_stays_narrowed(desk: Desk) -> None:
    desk.waits(1)
    there = desk.waits(2, branch=True)
    page = desk.approver.post("/cases/waiting", data={"act": "all", "office": "02"})
    assert ticks_of(page) == {desk.version(there): True}


def test_what_was_refused_is_listed_with_its_reason(desk: Desk) -> None:
    good, changed, sent_back = desk.waits(1), desk.waits(2), desk.waits(3)
    own = desk.waits(4, own=True)
    address = desk.choose(good, changed, sent_back, own)
    assert "選んだもののうち1件は" in text_of(desk.approver.get(address)), "the own entry"

    def meanwhile(office: MoveInOffice) -> str:
        case = queries.find_case(office.session, changed)
        operations.take_back(office.session, office.clerk, office.keyring, office.seen(case), now=office.now)
        command = SaveEntry(office.seen(case), somebody(2))
        operations.register_provisionally(
            office.session, office.clerk, office.keyring, command, now=office.now
        )
        case = queries.find_case(office.session, sent_back)
        command_back = operations.Withdraw(office.seen(case), "取りやめ")
        operations.withdraw(office.session, office.clerk, office.keyring, command_back, now=office.now)
        return ""

    desk.office(meanwhile)
    check = desk.approver.get(address)
    assert "選んだもののうち3件は" in text_of(check) and "1件（1人）を本登録します" in text_of(check)
    said = text_of(desk.approver.get(desk.approver.post(address).headers["Location"]))
    assert "1件を本登録しました" in said and "3件は本登録していません" in said
    for reason in ("別の画面か別の人が変更しました", "いま「取り下げ」です", "自分では決裁できません"):
        assert reason in said


def test_a_batch_sent_twice_is_registered_once_and_told_alike(desk: Desk) -> None:
    case_id = desk.waits(1)
    address = desk.choose(case_id)
    answers = [desk.approver.post(address) for _press in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    for answer in answers:
        said = text_of(desk.approver.get(answer.headers["Location"]))
        assert "1件を本登録しました" in said and "本登録していません" not in said
    assert desk.approver.get(address).headers["Location"].endswith("/done")
    with desk.database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(ResidentHistory)) == 1


def test_nothing_or_too_much_chosen(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [desk.waits(place) for place in (1, 2, 3)]
    for data in ({}, {"case": ["", ":1", "x" * 40 + ":1"]}):
        empty = desk.approver.post("/cases/waiting", data=data)
        assert empty.status_code == 422 and "選ばれていません" in text_of(empty)
    monkeypatch.setattr("residentapp.residents.cases.views.batch.MOST_AT_ONCE", 2)
    monkeypatch.setattr("residentapp.residents.cases.approval.MOST_AT_ONCE", 2)
    data = {"case": [desk.version(case_id) for case_id in ids]}
    many = desk.approver.post("/cases/waiting", data=data)
    assert many.status_code == 422 and "2件までです（3件を選んでいます）" in text_of(many)
    assert all(ticks_of(many).values()), "what was ticked is ticked still"
    assert sum(ticks_of(desk.approver.post("/cases/waiting", data={"act": "all"})).values()) == 2


def test_a_batch_belongs_to_the_officer_who_chose_it(desk: Desk) -> None:
    case_id = desk.waits(1)
    address = desk.choose(case_id)
    other = desk.login(*APPROVE, login="other")
    for path in (address, f"{address}/done", "/cases/batch/unknown"):
        assert other.get(path).status_code == 404
    assert other.post(address).status_code == 404
    assert desk.state(case_id) is CaseState.PROVISIONAL
    reader = desk.login(*ENTER, login="reader")
    assert reader.post(address).status_code == 403
    assert reader.post("/cases/waiting", data={"case": desk.version(case_id)}).status_code == 403
    assert desk.approver.get(f"{address}/done").headers["Location"] == address


def test_a_low_stock_of_codes_is_told(desk: Desk) -> None:
    ids = [
        desk.office(lambda office, place=place: office.provisional(somebody(place, resident_code="")).id)
        for place in range(1, 9)
    ]
    answer = desk.approver.post(desk.choose(*ids))
    assert "空いている住民票コードが残り2件です" in text_of(desk.approver.get(answer.headers["Location"]))


def test_the_lists_have_their_help(desk: Desk) -> None:
    for topic in ("cases.waiting", "cases.check_batch", "cases.drafts"):
        assert "まとめて本登録する" in text_of(desk.approver.get(f"/help/{topic}"))
