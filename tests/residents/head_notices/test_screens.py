"""From a change that leaves a household without head to its papers, through the client (RR-4.0.4, RR-4.0.5)."""

from __future__ import annotations

import re
from html import unescape

import pytest

from residentapp.core.access.permissions import Permission
from residentapp.core.db import Database
from residentapp.residents.models import ResidentHistory
from tests.conftest import Login
from tests.residents.changes.conftest import APPROVE, ENTER
from tests.residents.changes.test_screens import begin, save
from tests.residents.ex_officio.test_screens import people, register
from tests.support import residents
from tests.support.clock import SettableClock
from tests.support.documents import page_texts, squeezed
from tests.support.users import Browser

__all__ = ["people"]

DEATH = {"moved_on": "R8.11.10", "people-p1-chosen": "1"}
WAITING = "世帯主がいない世帯（依頼通知書が未出力）"


def sent_by(form: str) -> dict[str, str]:
    """What a form sends: the fields that it hides."""
    pairs = re.findall(r'name="(\w+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in pairs if name != "csrf_token"}


def forms_of(page: str, action: str) -> list[dict[str, str]]:
    """The forms of a page that lead to an address."""
    found = re.findall(rf'<form[^>]*action="{action}".*?</form>', page, re.DOTALL)
    return [sent_by(form) for form in found]


def waiting_count(client: Browser) -> str:
    """The count that the home page shows."""
    [count] = re.findall(r'href="/head-notices"><span class="count">(\d+)<', client.get("/").text)
    return str(count)


@pytest.mark.requirement("RR-4.0.5a", "RR-4.0.4b", partial=True)
def test_nobody_is_named_and_the_household_is_asked(
    login: Login, people: list[str], clock: SettableClock
) -> None:
    """From the page after the change, and on a later day from the work list and from the household's page."""
    clerk, approver = login(*ENTER, login="clerk1"), login(*APPROVE, login="approver1")
    assert waiting_count(clerk) == "0"
    assert "世帯主がいない世帯はありません" in clerk.get("/head-notices").text
    url = begin(clerk, people[0], "death")
    save(clerk, url, "save", **DEATH)
    check = save(clerk, url, "check", **DEATH)
    assert "世帯主" in check
    done = register(clerk, approver, url, check)
    [link] = set(re.findall(r'href="(/head-notices/case/[\w-]+)"', done))
    assert waiting_count(clerk) == "1"

    page = approver.get(link).text
    assert "世帯主変更依頼通知書を印刷" in page and "架空　花子" in page
    [due] = forms_of(page, "/head-notices/print")
    letter = approver.post("/head-notices/print", data=due)
    assert letter.mimetype == "application/pdf"
    assert "架空花子様" in squeezed("".join(page_texts(letter.data)))
    assert letter.headers["Content-Disposition"] == 'inline; filename="head-change-request.pdf"'
    assert waiting_count(clerk) == "0"

    clock.advance(minutes=1)
    listed = clerk.get("/head-notices").text
    assert (
        "架空　花子" in listed and "架空　太郎" in listed and "3人" in squeezed(re.sub("<[^>]+>", "", listed))
    )
    [household] = set(re.findall(r'href="(/head-notices/household/[\w-]+)"', listed))
    page = clerk.get(household).text
    assert forms_of(page, "/head-notices/print") == []
    [made] = forms_of(page, "/head-notices/print-again")
    assert clerk.post("/head-notices/print-again", data=made).data == letter.data
    paper = clerk.post("/head-notices/list")
    assert "対象者リスト" in "".join(page_texts(paper.data)) and paper.mimetype == "application/pdf"

    resident = clerk.post("/residents/open", data={"addressee_number": people[1]}).headers["Location"]
    home = clerk.get(resident + "/household", follow_redirects=True).text
    [again] = set(re.findall(r'href="(/head-notices/household/[\w-]+)"', home))
    assert "もう一度印刷" in clerk.get(again).text


@pytest.mark.requirement("RR-4.0.5a", partial=True)
def test_somebody_is_named_and_told(login: Login, people: list[str]) -> None:
    clerk, approver = login(*ENTER, login="clerk1"), login(*APPROVE, login="approver1")
    url = begin(clerk, people[0], "death")
    typed = {**DEATH, "new_head": "p2"}
    save(clerk, url, "save", **typed)
    done = register(clerk, approver, url, save(clerk, url, "check", **typed))
    [link] = set(re.findall(r'href="(/head-notices/case/[\w-]+)"', done))
    page = approver.get(link).text
    assert "世帯主変更通知書を印刷" in page and "依頼" not in re.sub("<title>.*?</title>", "", page)
    [due] = forms_of(page, "/head-notices/print")
    letter = approver.post("/head-notices/print", data=due)
    assert "職権で世帯主を変更しました" in squeezed("".join(page_texts(letter.data)))
    assert waiting_count(clerk) == "0"


def test_a_change_that_leaves_the_head_has_no_such_paper(login: Login, people: list[str]) -> None:
    clerk, approver = login(*ENTER, login="clerk1"), login(*APPROVE, login="approver1")
    url = begin(clerk, people[3], "death")
    page = clerk.get(url).text
    [key] = re.findall(r'name="people-(p\d)-chosen"[^>]*checked', page)
    typed = {"moved_on": "R8.11.10", f"people-{key}-chosen": "1"}
    done = register(clerk, approver, url, save(clerk, url, "check", **typed))
    assert "/head-notices/" not in done
    case = url.rsplit("/", 1)[1]
    assert "出す通知書はありません" in approver.get(f"/head-notices/case/{case}").text
    assert approver.get("/head-notices/case/unknown").status_code == 404


@pytest.mark.parametrize("right", [Permission.RESIDENT_VIEW, Permission.CERTIFICATE_ISSUE])
def test_without_the_right_nothing_opens(login: Login, people: list[str], right: Permission) -> None:
    other = login(right, login="other")
    for path in ("/head-notices", "/head-notices/case/x", "/head-notices/household/x"):
        assert other.get(path).status_code == 403
    for path in ("/head-notices/print", "/head-notices/print-again", "/head-notices/list"):
        assert other.post(path).status_code == 403
    assert WAITING not in other.get("/").text


@pytest.mark.requirement("CM-5.1", partial=True)
def test_of_a_protected_household_the_clerk_sees_no_place(
    login: Login, people: list[str], database: Database
) -> None:
    clerk, approver = login(*ENTER, login="clerk1"), login(*APPROVE, login="approver1")
    url = begin(clerk, people[0], "death")
    save(clerk, url, "save", **DEATH)
    register(clerk, approver, url, save(clerk, url, "check", **DEATH))
    with database.transaction() as session:
        row = session.get(ResidentHistory, (people[1], 2))
        assert row is not None
        residents.protect(session, row)
    listed = clerk.get("/head-notices").text
    assert "支援措置のため表示しません" in listed and "2番3号" not in listed
    [household] = set(re.findall(r'href="(/head-notices/household/[\w-]+)"', listed))
    page = clerk.get(household).text
    assert "出力できません" in page and "2番3号" not in page and "/head-notices/print" not in page
