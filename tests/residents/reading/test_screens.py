"""The screens of the 閲覧用: conditions, count, the officer in charge, the file; and of the cards."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.db import Database
from residentapp.residents.certificates.models import CertificateIssue
from residentapp.residents.reading.models import ReadingCopy
from residentapp.residents.support.suppressions import IN_CHARGE
from tests.conftest import Login
from tests.residents.move_in.conftest import make_town
from tests.support import residents
from tests.support.documents import page_texts, squeezed
from tests.support.masters import make_masters
from tests.support.users import Browser

MAKER = (Permission.READING_COPY_MAKE, Permission.ISSUE_HISTORY_VIEW, Permission.CERTIFICATE_DISPOSE)
ASKED: dict[str, object] = {
    "basis": "survey", "requester_name": "架空大学", "representative": "", "readers": "架空　調査員",
    "purpose": "世論調査",
    "sex": "any", "kind": "", "district": "", "order": "random", "medium": "csv", "fee": "paid", "act": "count",
}  # fmt: skip


@dataclass
class Town:
    """By 宛名番号."""

    mother: str
    neighbour: str


@pytest.fixture
def town(database: Database) -> Town:
    with database.transaction() as session:
        make_masters(session)
        make_town(session)
        mother = residents.resident(
            session, name="守山　花子", address="架空県架空市隠町8番9号", building="秘荘101号室"
        )
        residents.protect(session, mother)
        neighbour = residents.resident(session, name="辻󠄁　一郎")
        residents.resident(session, name="並　人")
        return Town(mother.addressee_number, neighbour.addressee_number)


def start(browser: Browser) -> str:
    answer = browser.get("/reading")
    assert answer.status_code == 302
    return str(answer.headers["Location"])


@pytest.mark.requirement("RR-9.5")
def test_from_the_conditions_to_the_file_and_again_from_the_history(
    login: Login, town: Town, database: Database
) -> None:
    """By conditions, without protected people, in random order; the full list as CSV and as PDF."""
    browser = login(*MAKER)
    assert "閲覧用の作成" in browser.get("/").text
    form = start(browser)
    page = browser.get(form).text
    assert "町字" in page and "守山" not in page
    counted = browser.post(form, data=ASKED)
    assert counted.status_code == 200 and "この条件の人は2人です" in counted.text
    for medium, kind in (("csv", "text/csv"), ("pdf", "application/pdf")):
        done = browser.post(form, data=ASKED | {"medium": medium, "act": "make"})
        assert done.status_code == 303
        made = browser.get(done.headers["Location"]).text
        assert "2人" in made and "全域" in made and "まだ出力していません" in made
        [link] = re.findall(r'action="(/reading/file/[0-9a-f]+)"', made)
        answer = browser.post(link)
        assert answer.status_code == 200 and answer.mimetype == kind
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=reading-copy-20261124-")
        words = (
            squeezed("".join(page_texts(answer.data)))
            if medium == "pdf"
            else squeezed(answer.data.decode("utf-8-sig"))
        )
        assert "辻󠄁一郎" in words and "並人" in words and "守山" not in words and "隠町" not in words
        again = browser.post(link)
        assert again.data == answer.data
    with database.transaction() as session:
        assert [copy.people for copy in session.scalars(select(ReadingCopy))] == [2, 2]
        ids = list(session.scalars(select(CertificateIssue.id)))
        actions = list(session.scalars(select(AuditEntry.action)))
    assert actions.count("閲覧用の出力") == actions.count("閲覧用の再出力") == 2
    listed = browser.post(
        "/certificates/history", data={"addressee_number": town.neighbour}, follow_redirects=True
    ).text
    assert listed.count("閲覧用に載っている人（2人）") == 2 and "カードの交付状況" in listed
    issue = browser.get(f"/certificates/issue/{ids[0]}")
    assert (
        "第11条の2第1項第1号" in issue.text
        and "架空大学" in issue.text
        and f"/reading/made/{ids[0]}" in issue.text
    )
    assert browser.get(f"/certificates/file/{ids[0]}.pdf").status_code == 403, "no certificate of one person"
    browser.post(f"/certificates/issue/{ids[0]}", data={"reason": "条件の誤り"})
    gone = browser.post(f"/reading/file/{ids[0]}")
    assert gone.status_code == 409 and "廃棄済み" in gone.text


def test_what_is_wrong_is_said_and_what_was_typed_stays(login: Login, town: Town) -> None:
    browser = login(*MAKER)
    form = start(browser)
    wrong = browser.post(
        form, data=ASKED | {"age_from": "はたち", "birth_from": "きのう", "readers": "", "act": "make"}
    )
    assert wrong.status_code == 422
    for words in (
        "0から150までの数字",
        "日付として読めません",
        'value="はたち"',
        'value="きのう"',
        "架空大学",
    ):
        assert words in wrong.text, words
    wrong = browser.post(form, data=ASKED | {"readers": "", "age_from": "30", "age_to": "20歳"})
    assert wrong.status_code == 422
    assert (
        "閲覧する人の氏名が入力されていません" in wrong.text
        and "「まで」が、「から」より下です" in wrong.text
    )
    nobody = browser.post(form, data=ASKED | {"age_from": "１２０"})
    assert nobody.status_code == 422 and "この条件で載せられる人がいません" in nobody.text
    assert browser.post(form, data=ASKED).status_code == 200
    assert "架空大学" in browser.get(form).text, "what can be made is kept for later"
    assert browser.get("/reading/unknown").status_code == 404
    assert browser.get("/reading/made/unknown").status_code == 404
    assert browser.post("/reading/file/unknown").status_code == 404


@pytest.mark.requirement("RR-3.4b", "RR-3.4a", "CM-5.1", partial=True)
def test_a_list_that_leaves_nobody_out_is_asked_for_looked_at_and_made_once(login: Login, town: Town) -> None:
    clerk = login(*MAKER, login="etsuran")
    chief = login(*IN_CHARGE, Permission.RESIDENT_VIEW, login="shien")
    form = start(clerk)
    asked = ASKED | {"with_suppressed": "y"}
    for act in ("count", "make"):
        barred = clerk.post(form, data=asked | {"act": act})
        assert barred.status_code == 422 and "責任者に確認を依頼" in barred.text
        assert "人です" not in barred.text and "守山" not in barred.text
    assert clerk.post(form, data=asked | {"act": "ask"}).status_code == 303
    assert "責任者の確認を待っています" in clerk.get(form).text
    own = clerk.get("/support/reviews/own").text
    assert "閲覧用" in own and form in own and "守山" not in own and "対象者" not in own.split("<tbody>")[1]

    listed = chief.get("/support/reviews").text
    assert "対象者1人" in listed
    [link] = re.findall(r'href="(/support/reviews/[0-9a-f]+)"', listed)
    review = chief.get(link).text
    assert "守山" in review and "架空大学" in review and "除かない" in review and "全域" in review
    decided = {"decision": "granted", "minutes": "10", "reason": "裁判所の書面を確認"}
    assert chief.post(link, data=decided).status_code == 303
    assert "1回だけ作成できます" in clerk.get(form).text
    done = clerk.post(form, data=asked | {"act": "make"})
    assert done.status_code == 303
    issue_id = done.headers["Location"].rsplit("/", 1)[1]
    answer = clerk.post(f"/reading/file/{issue_id}")
    assert "守山　花子" in answer.data.decode("utf-8-sig")
    assert clerk.post(form, data=asked | {"act": "make"}).status_code == 422, "once"
    other = login(*MAKER, login="other")
    for page in (f"/reading/made/{issue_id}", f"/certificates/issue/{issue_id}"):
        shown = other.get(page).text
        assert "3人" not in shown and "全域" not in shown
    assert other.post(f"/reading/file/{issue_id}").status_code == 409


@pytest.mark.parametrize(
    ("path", "rights"),
    [
        ("/reading", (Permission.ISSUE_HISTORY_VIEW, Permission.CERTIFICATE_ISSUE)),
        ("/reading/x", (Permission.RESIDENT_VIEW,)),
        ("/support/reviews/own", (Permission.RESIDENT_VIEW,)),
        ("/cards/x", (Permission.ISSUE_HISTORY_VIEW,)),
    ],
)
def test_each_screen_needs_its_right(login: Login, path: str, rights: tuple[Permission, ...]) -> None:
    assert login(*rights).get(path).status_code == 403


@pytest.mark.requirement("RR-7.1.1.3a", "RR-2.2.2", partial=True)
def test_the_state_of_a_card_is_entered_on_its_page(login: Login, town: Town) -> None:
    browser = login(Permission.RESIDENT_VIEW, Permission.NUMBERS_ENTER)
    person = browser.post("/residents/open", data={"addressee_number": town.neighbour}).headers["Location"]
    assert "カードの交付状況</h2>" not in browser.get(person).text, "nothing is known yet"
    page = f"/cards/{person.rsplit('/', 1)[1]}"
    assert "記録なし" in browser.get(page).text
    entry = {"card": "number", "state": "issued", "since": "R6.4.1", "note": ""}
    wrong = browser.post(page, data=entry | {"since": "R9.1.1"})
    assert wrong.status_code == 422 and "今日より後" in wrong.text and "何で確かめたか" in wrong.text
    assert browser.post(page, data=entry | {"note": "カードの提示"}).status_code == 303
    shown = browser.get(page).text
    assert "交付済み（令和6年4月1日から）" in shown and "カードの提示" in shown and "保有" in shown
    assert "交付済み（令和6年4月1日から）" in browser.get(person).text
    reader = login(Permission.RESIDENT_VIEW, login="zeimu")
    own = reader.post("/residents/open", data={"addressee_number": town.neighbour}).headers["Location"]
    assert reader.post(f"/cards/{own.rsplit('/', 1)[1]}", data=entry).status_code == 403
