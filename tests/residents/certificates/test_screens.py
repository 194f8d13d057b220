"""The certificate screens: preview, issue, hand-over, 交付履歴, and what they refuse."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import pypdfium2 as pdfium
import pytest
from sqlalchemy import select

from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.db import Database
from residentapp.core.masters.setting_models import CertificateFee
from residentapp.residents.certificates.models import CertificateIssue
from residentapp.residents.types import ChangeReason
from tests.conftest import Login
from tests.support import residents
from tests.support.masters import make_masters
from tests.support.removed import removed, store
from tests.support.users import Browser

COUNTER = (
    Permission.RESIDENT_VIEW,
    Permission.CERTIFICATE_ISSUE,
    Permission.ISSUE_HISTORY_VIEW,
    Permission.CERTIFICATE_DISPOSE,
    Permission.ITEM_REGISTERED_DOMICILE,
)


@dataclass
class Couple:
    """Two people of one household; by number."""

    first: str
    second: str


@pytest.fixture
def couple(database: Database) -> Couple:
    with database.transaction() as session:
        make_masters(session)
        one, two = residents.family(
            session,
            {"name": "葛󠄂城　一", "head_name": "葛󠄂城　一"},
            {"name": "葛󠄂城　二", "head_name": "葛󠄂城　一", "relationship_to_head": "妻"},
        )
        return Couple(one.addressee_number, two.addressee_number)


def start(browser: Browser, number: str, way: str = "") -> str:
    """Open the certificate screen for a person, or for the whole household; gives its address."""
    address = browser.post("/residents/open", data={"addressee_number": number}).headers["Location"]
    state = address.rsplit("/", 1)[1]
    if way == "household":
        address = browser.get(f"{address}/household").headers["Location"]
        state = address.rsplit("/", 1)[1]
        browser.get(address)
    answer = browser.get(f"/certificates/from-{way or 'resident'}/{state}")
    assert answer.status_code == 302
    return answer.headers["Location"]


def fields(couple: Couple, **changes: object) -> dict[str, object]:
    return {
        "style": "resident_copy_household",
        "subjects": [couple.first, couple.second],
        "shown": ["kana"],
        "copies": "1",
        "requester": "self",
        "fee": "paid",
        "seal": "y",
        "act": "preview",
    } | changes


def issued(database: Database) -> list[CertificateIssue]:
    with database.transaction() as session:
        return list(session.scalars(select(CertificateIssue)))


def test_from_preview_to_paper(login: Login, couple: Couple, database: Database) -> None:
    browser = login(*COUNTER)
    address = start(browser, couple.first, "household")
    assert couple.first not in address
    page = browser.get(address).text
    assert page.count("checked") >= 2 and "葛󠄂城　二" in page
    preview = browser.post(address, data=fields(couple))
    assert preview.status_code == 200
    [picture] = re.findall(r'src="(/certificates/[^"]+\.png)"', preview.text)
    image = browser.get(picture)
    assert image.mimetype == "image/png" and image.data[:8] == b"\x89PNG\r\n\x1a\n"
    assert issued(database) == []

    done = browser.post(address, data=fields(couple, act="issue"))
    assert done.status_code == 303
    [row] = issued(database)
    assert row.handed_over_at is None
    ready = browser.get(done.headers["Location"]).text
    assert row.issue_number in ready and f"/certificates/file/{row.id}.pdf" in ready
    pdf = browser.get(f"/certificates/file/{row.id}.pdf")
    assert pdf.mimetype == "application/pdf" and "葛" not in pdf.headers["Content-Disposition"]
    words = pdfium.PdfDocument(pdf.data)[0].get_textpage().get_text_range()
    assert "葛󠄂城　一" in words and "葛󠄂城　二" in words and "見本" not in words
    assert pdf.headers["Cache-Control"].startswith("no-store") or "no-store" in pdf.headers["Cache-Control"]
    [after] = issued(database)
    assert after.handed_over_at is not None


def test_a_person_alone_starts_with_the_individual_style(login: Login, couple: Couple) -> None:
    page = login(*COUNTER)
    address = start(page, couple.second)
    form = page.get(address).text
    assert re.search(r'value="resident_copy_individual" checked', form)
    assert re.search(rf'value="{couple.second}" checked', form)
    assert not re.search(rf'value="{couple.first}" checked', form)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subjects": []}, "証明する人が選ばれていません"),
        ({"copies": "0"}, "枚数は1から20まで"),
        ({"copies": "二"}, "枚数"),
        ({"copies": "21"}, "枚数は1から20まで"),
        ({"shown": ["history"]}, "世帯連記式には異動履歴を記載できません"),
        ({"shown": ["individual_number"]}, "印字する権限がありません"),
        ({"requester": "third_party"}, "請求者の氏名が入力されていません"),
        ({"requester_name": "あ" * 101}, "100字まで"),
    ],
)
def test_a_request_that_cannot_be_granted_keeps_what_was_typed(
    login: Login, couple: Couple, database: Database, changes: dict[str, object], words: str
) -> None:
    browser = login(*COUNTER)
    address = start(browser, couple.first, "household")
    answer = browser.post(address, data=fields(couple, purpose="確かめる理由", act="issue", **changes))
    assert answer.status_code == 422
    assert words in answer.text
    assert "確かめる理由" in answer.text
    assert issued(database) == []


def test_someone_who_is_not_in_the_household_cannot_be_slipped_in(
    login: Login, couple: Couple, database: Database
) -> None:
    with database.transaction() as session:
        stranger = residents.resident(session, name="別人　花子").addressee_number
    browser = login(*COUNTER)
    address = start(browser, couple.first, "household")
    answer = browser.post(address, data=fields(couple, subjects=[couple.first, stranger], act="issue"))
    assert answer.status_code == 400
    assert "別人" not in answer.text and issued(database) == []


def test_alerts_need_a_reason(login: Login, database: Database) -> None:
    with database.transaction() as session:
        make_masters(session)
        [person] = residents.family(session, {"name": "辻󠄀　太郎", "head_name": "辻󠄀　太郎"})
        number = person.addressee_number
    browser = login(*COUNTER)
    address = start(browser, number)
    data = fields(Couple(number, number), subjects=[number], style="resident_copy_individual")
    preview = browser.post(address, data=data).text
    keys = re.findall(r'name="alert" value="([^"]+)"', preview)
    assert keys and "U+8FBB U+E0100" in preview
    refused = browser.post(address, data=data | {"act": "issue"})
    assert refused.status_code == 422 and "確認していない注意があります" in refused.text
    reasons = {f"alert-reason:{key}": "本人が了承" for key in keys}
    half = browser.post(address, data=data | {"act": "issue", "alert": keys})
    assert half.status_code == 422
    done = browser.post(address, data=data | {"act": "issue", "alert": keys} | reasons)
    assert done.status_code == 303
    [row] = issued(database)
    assert set(row.confirmed.values()) == {"本人が了承"}


def test_a_protected_person_is_refused_without_saying_where(
    login: Login, couple: Couple, database: Database
) -> None:
    from residentapp.residents import history

    with database.transaction() as session:
        person = history.latest(session, couple.second)
        assert person is not None
        residents.protect(session, person)
    browser = login(*COUNTER)
    address = start(browser, couple.first, "household")
    assert "本町一丁目" not in browser.get(address).text
    for act in ("preview", "issue"):
        answer = browser.post(address, data=fields(couple, act=act))
        assert answer.status_code == 422
        assert "責任者の確認が必要です" in answer.text and "本町一丁目" not in answer.text
    assert issued(database) == []
    with database.transaction() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "証明書の発行")).all()
        assert [entry.succeeded for entry in entries] == [False, False]


def test_a_removed_record_has_no_copy(login: Login, couple: Couple, database: Database) -> None:
    from residentapp.residents import history
    from residentapp.residents.types import ResidentState

    with database.transaction() as session:
        person = history.latest(session, couple.second)
        assert person is not None
        residents.next_snapshot(
            session, person, residents.change(session, ChangeReason.DEATH), state=ResidentState.DEAD
        )
    browser = login(*COUNTER)
    address = browser.post("/residents/open", data={"addressee_number": couple.second}).headers["Location"]
    answer = browser.get(f"/certificates/from-resident/{address.rsplit('/', 1)[1]}", follow_redirects=True)
    assert answer.status_code == 200 and "住民票の写しは発行できません" in answer.text
    assert (
        "<h1>除票の写し・除票記載事項証明書</h1>" in answer.text
        and 'value="resident_copy_individual"' not in answer.text
    )


# ---- 交付履歴


@pytest.mark.requirement("RR-2.2.2", partial=True)
@pytest.mark.parametrize(
    ("fits", "misses"),
    [
        ({"day": "R8.11.24"}, {"day": "R8.11.23"}),
        ({"day": "R8.11.1", "day_to": "R8.11.30"}, {"day": "R8.11.25", "day_to": "R8.11.30"}),
        ({"day_to": "R8.11.24"}, {"day_to": "R8.11.23"}),
        ({"issue_number": "窓口1番"}, {"issue_number": "窓口9番"}),
        ({"style": "resident_copy_household"}, {"style": "resident_copy_individual"}),
        ({"shown": "domicile"}, {"shown": "days"}),
        ({"pages": "1"}, {"pages": "2"}),
        ({"office": "本庁"}, {"office": "支所"}),
        ({"terminal": "1番"}, {"terminal": "%"}),
        ({"user_login": "tanto"}, {"user_login": "other"}),
        ({}, {"only_disposed": "y"}),
    ],
)
def test_the_history_of_issues_is_found_by_each_item(
    login: Login, couple: Couple, database: Database, fits: dict[str, str], misses: dict[str, str]
) -> None:
    browser = login(*COUNTER)
    address = start(browser, couple.first, "household")
    browser.post(address, data=fields(couple, act="issue", shown=["domicile"]))
    [row] = issued(database)
    for terms, found in ((fits, True), (misses, False)):
        answer = browser.post("/certificates/history", data=terms, follow_redirects=True)
        assert answer.status_code == 200
        assert (row.issue_number in answer.text) is found, terms


@pytest.mark.requirement("RR-2.2.2", partial=True)
def test_the_history_of_issues_of_a_person(login: Login, couple: Couple, database: Database) -> None:
    browser = login(*COUNTER)
    address = start(browser, couple.first, "household")
    browser.post(address, data=fields(couple, act="issue"))
    [row] = issued(database)

    def found(number: str) -> str:
        return browser.post(
            "/certificates/history", data={"addressee_number": number}, follow_redirects=True
        ).text

    assert row.issue_number in found(couple.second) and row.issue_number not in found("9999999999")
    person = browser.post("/residents/open", data={"addressee_number": couple.second}).headers["Location"]
    own = browser.get(f"/certificates/history-of/{person.rsplit('/', 1)[1]}", follow_redirects=True)
    assert row.issue_number in own.text and couple.second not in own.request.path


@pytest.mark.requirement("RR-2.2.2", partial=True)
def test_the_state_of_cards_stands_on_the_page_of_a_resident(login: Login, database: Database) -> None:
    with database.transaction() as session:
        holder = residents.resident(session, number_card_state="交付済", basic_card_state="廃止")
        number = holder.addressee_number
    browser = login(Permission.RESIDENT_VIEW)
    page = browser.post("/residents/open", data={"addressee_number": number}, follow_redirects=True).text
    for label, state in (("個人番号カード", "交付済"), ("住基カード", "廃止")):
        assert re.search(rf"<dt[^>]*>{label}</dt>\s*<dd[^>]*>\s*(<[^>]+>)*{state}", page), label


def test_the_history_of_issues_tells_what_was_paid(login: Login, couple: Couple, database: Database) -> None:
    """The amount is the one of the day of the issue, whatever holds today."""
    browser = login(*COUNTER)
    address = start(browser, couple.first, "household")
    browser.post(address, data=fields(couple, act="issue"))
    [row] = issued(database)
    assert "有料（額は未登録）" in browser.get("/certificates/history", follow_redirects=True).text
    with database.transaction() as session:
        for amount, days in ((300, 0), (350, 1)):
            since = row.issued_on + dt.timedelta(days=days)
            session.add(
                CertificateFee(form=row.style.value, fee=row.fee.value, amount=amount, valid_from=since)
            )
    listed = browser.get("/certificates/history", follow_redirects=True).text
    assert re.search(r"<th[^>]*>手数料</th>", listed) and "有料　300円" in listed and "350" not in listed
    assert "有料　300円" in browser.get(f"/certificates/issue/{row.id}").text


def test_a_question_about_issues_that_cannot_be_read_stays_as_typed(login: Login, couple: Couple) -> None:
    browser = login(*COUNTER)
    terms = {"day": "きのう", "pages": "たくさん", "office": "本庁"}
    wrong = browser.post("/certificates/history", data=terms, follow_redirects=True).text
    assert "日付として読めません" in wrong
    assert 'value="きのう"' in wrong and 'value="たくさん"' in wrong and 'value="本庁"' in wrong
    turned = {"day": "R8.11.24", "day_to": "R8.11.23"}
    wrong = browser.post("/certificates/history", data=turned, follow_redirects=True).text
    assert "始まりの日より前です" in wrong


@pytest.mark.requirement("RR-1.3.8a", partial=True)
def test_a_wrong_certificate_is_disposed_of_with_a_reason(
    login: Login, couple: Couple, database: Database
) -> None:
    browser = login(*COUNTER)
    address = start(browser, couple.first, "household")
    browser.post(address, data=fields(couple, act="issue"))
    [row] = issued(database)
    page = f"/certificates/issue/{row.id}"
    empty = browser.post(page, data={"reason": " "})
    assert empty.status_code == 422 and "廃棄の理由が入力されていません" in empty.text
    done = browser.post(page, data={"reason": "字形の誤り"}, follow_redirects=True)
    assert "廃棄を記録しました" in done.text and "字形の誤り" in done.text
    gone = browser.get(f"/certificates/file/{row.id}.pdf")
    assert gone.status_code == 409 and "廃棄済み" in gone.text


@pytest.mark.parametrize(
    ("path", "rights"),
    [
        ("/certificates/history", (Permission.CERTIFICATE_ISSUE,)),
        ("/certificates/file/0.pdf", (Permission.ISSUE_HISTORY_VIEW,)),
        ("/certificates/x", (Permission.RESIDENT_VIEW,)),
    ],
)
def test_each_screen_needs_its_right(login: Login, path: str, rights: tuple[Permission, ...]) -> None:
    assert login(*rights).get(path).status_code == 403


# ---- 除票の写し


@dataclass
class Gone:
    """Who has left a household of three; by number."""

    moved: str
    dead: str
    lives: str


@pytest.fixture(params=[False, True], ids=["register", "archive"])
def gone(request: pytest.FixtureRequest, database: Database) -> Gone:
    with database.transaction() as session:
        make_masters(session)
        home = residents.household(session)
        lives = residents.resident(session, home, name="蔵元　住子")
        moved = removed(session, home, name="蔵元　転吉", member_order=2, relationship_to_head="夫")
        dead = removed(session, home, ChangeReason.DEATH, name="蔵元　故人", member_order=3)
        found = Gone(moved.addressee_number, dead.addressee_number, lives.addressee_number)
        if request.param:
            store(session, moved, dead)
        return found


def open_resident(browser: Browser, number: str) -> tuple[str, str]:
    """The page of a resident: its state and its text."""
    page = browser.post("/residents/open", data={"addressee_number": number}, follow_redirects=True)
    return page.request.path.rsplit("/", 1)[1], page.text


def removed_fields(key: str, **changes: object) -> dict[str, object]:
    return {
        "style": "removed_record_copy", "subjects": [key], "shown": ["kana"], "copies": "1", "requester": "self",
        "fee": "paid", "seal": "y", "act": "preview",
    } | changes  # fmt: skip


@pytest.mark.requirement("RR-5.1e", partial=True)
def test_a_removed_record_is_offered_its_own_copy_and_no_other(
    login: Login, gone: Gone, database: Database
) -> None:
    browser = login(*COUNTER)
    state, page = open_resident(browser, gone.moved)
    assert f"/certificates/removed/from-resident/{state}" in page
    assert f"/certificates/from-resident/{state}" not in page
    led = browser.get(f"/certificates/from-resident/{state}", follow_redirects=True)
    assert led.status_code == 200 and "住民票の写しは発行できません" in led.text
    assert "蔵元　転吉" in led.text and "蔵元　住子" not in led.text and "蔵元　故人" not in led.text
    address = led.request.path
    assert gone.moved not in address
    key = f"{gone.moved}:3"
    assert re.search(rf'value="{key}" checked', led.text) and "令和2年3月31日 転出" in led.text
    for style in ("resident_copy_individual", "resident_copy_household"):
        assert browser.post(address, data=removed_fields(key, style=style)).status_code == 422
    preview = browser.post(address, data=removed_fields(key))
    assert preview.status_code == 200, preview.text
    [picture] = re.findall(r'src="(/certificates/[^"]+\.png)"', preview.text)
    assert browser.get(picture).data[:8] == b"\x89PNG\r\n\x1a\n"
    assert issued(database) == []
    done = browser.post(address, data=removed_fields(key, act="issue"))
    assert done.status_code == 303
    [row] = issued(database)
    ready = browser.get(done.headers["Location"]).text
    assert row.issue_number in ready and "住民票の除票の写し" in ready and "蔵元　転吉" in ready
    pdf = browser.get(f"/certificates/file/{row.id}.pdf")
    words = pdfium.PdfDocument(pdf.data)[0].get_textpage().get_text_range()
    assert "住　民　票　の　除　票" in words and "蔵元　転吉" in words and "見本" not in words
    history = browser.get(f"/certificates/history-of/{state}", follow_redirects=True).text
    assert row.issue_number in history and "住民票の除票の写し" in history and "蔵元　転吉" in history
    kept = browser.get(f"/certificates/issue/{row.id}").text
    assert "蔵元　転吉" in kept
    assert "蔵元　転吉" in browser.get(f"/certificates/issue/{row.id}/person/1", follow_redirects=True).text


def test_a_request_that_cannot_be_granted_comes_back_filled(
    login: Login, gone: Gone, database: Database
) -> None:
    browser = login(*COUNTER)
    state, _page = open_resident(browser, gone.dead)
    start = browser.get(f"/certificates/removed/from-resident/{state}", follow_redirects=True)
    # Nobody asks for their own record after their death: the screen begins with 第三者.
    assert re.search(r'<option value="third_party"[^>]*selected', start.text)
    assert "転出先住所を空欄にする" not in start.text
    key = f"{gone.dead}:3"
    address = start.request.path
    for changes, words in (
        ({"requester": "self"}, "死亡しています"),
        (
            {"requester": "same_household", "requester_name": "蔵元　住子"},
            "同一世帯の人としては請求できません",
        ),
        ({"requester": "third_party"}, "請求者の氏名が入力されていません"),
        ({"subjects": []}, "証明する人が選ばれていません"),
    ):
        answer = browser.post(
            address, data=removed_fields(key, purpose="確かめる理由", act="issue", **changes)
        )
        assert answer.status_code == 422
        assert words in answer.text and "確かめる理由" in answer.text and "蔵元　故人" in answer.text
    assert browser.post(address, data=removed_fields(f"{gone.moved}:3")).status_code == 400
    assert browser.post(address, data=removed_fields(f"{gone.dead}:2")).status_code == 400
    assert issued(database) == []


def test_from_a_household_the_removed_members_are_offered(login: Login, gone: Gone) -> None:
    browser = login(*COUNTER)
    state, page = open_resident(browser, gone.lives)
    assert "除票の写し" not in page
    household = browser.get(f"/residents/{state}/household", follow_redirects=True)
    way = household.request.path.rsplit("/", 1)[1]
    assert f"/certificates/removed/from-household/{way}" in household.text
    start = browser.get(f"/certificates/removed/from-household/{way}", follow_redirects=True)
    assert "蔵元　転吉" in start.text and "蔵元　故人" in start.text and "蔵元　住子" not in start.text
    assert "checked" not in re.findall(r"<tbody>.*?</tbody>", start.text, re.S)[0]
    both = browser.post(start.request.path, data=removed_fields(f"{gone.moved}:3", requester="official",
        requester_name="架空税務署", purpose="調査", subjects=[f"{gone.moved}:3", f"{gone.dead}:3"]))  # fmt: skip
    assert both.status_code == 200 and both.text.count('class="paper"') == 2
    nothing = browser.get(f"/certificates/removed/from-resident/{state}")
    assert nothing.status_code == 409 and "除票がありません" in nothing.text
    for way in ("resident", "household"):
        assert browser.get(f"/certificates/removed/from-{way}/unknown").status_code == 404
