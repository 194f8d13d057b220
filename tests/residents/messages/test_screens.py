"""The screens of messages: what is found, and what is shown to whom."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.core.outbox import (
    InboxState,
    OutboxMessage,
    Partner,
    receive,
)
from residentapp.core.violations import Level
from residentapp.residents import history
from residentapp.residents.types import ForeignCategory, ResidentKind
from tests.conftest import Login
from tests.residents.messages.conftest import BETWEEN, NEIGHBOUR, Register
from tests.residents.messages.desk import VIEW, P, R, Recorded, count, fail, page_of, rows, search, send
from tests.residents.move_in.cases import individual_number, resident_code
from tests.support import residents
from tests.support.clock import TEST_MOMENT, SettableClock

# ---- lists


@pytest.mark.requirement("RR-7.1.1.1d", "RR-4.5.7b", partial=True)
def test_messages_are_found_by_person_partner_kind_state_and_day(
    login: Login, recorded: Recorded, town: Database, keyring: Keyring, clock: SettableClock
) -> None:
    first, second = recorded(), recorded(registered_domicile="ある村1番")
    browser = login(*VIEW)
    assert count(search(browser)) == 8
    assert count(search(browser, subject=first)) == 4
    assert count(search(browser, destination="municipality")) == 4
    assert count(search(browser, kind="municipality.annex")) == 2
    assert count(search(browser, state="held")) == 1
    assert count(search(browser, day="R8.11.24")) == 8
    assert count(search(browser, day="R8.11.23")) == 0
    assert count(search(browser, subject=second, destination="cs", state="waiting", day="R8.11.24")) == 1
    send(town, keyring, clock)
    assert count(search(browser, state="sent")) == 7
    assert "この条件の連携はありません" in search(browser, state="failed")


def test_terms_and_numbers_are_not_in_the_address(login: Login, recorded: Recorded) -> None:
    number = recorded()
    browser = login(*VIEW)
    answer = browser.post("/messages", data={"subject": number}, follow_redirects=True)
    assert number in answer.text
    assert number not in answer.request.url
    assert "架空" not in re.search(r"<title>(.*?)</title>", answer.text)[1]  # type: ignore[index]


def test_a_search_that_cannot_be_read_keeps_what_was_typed(login: Login, town: Database) -> None:
    browser = login(*VIEW)
    for address in ("/messages", "/messages/inbox"):
        answer = browser.post(address, data={"day": "きのう", "state": "failed"})
        assert answer.status_code == 422
        assert "日付として読めません" in answer.text and 'value="きのう"' in answer.text
        assert 'value="failed" selected' in answer.text


def test_pages_of_a_list(login: Login, recorded: Recorded) -> None:
    for _person in range(13):
        recorded()
    browser = login(*VIEW)
    first = browser.post("/messages", data={}, follow_redirects=True)
    assert count(first.text) == 50 and "PageDown" in first.text and "PageUp" not in first.text
    second = browser.get(first.request.path.removesuffix("/1") + "/2")
    assert count(second.text) == 2 and "PageUp" in second.text and "PageDown" not in second.text
    assert browser.get("/messages/list/unknown/1").status_code == 404


@pytest.mark.requirement("RR-7.1.1.1d", partial=True)
def test_the_home_page_counts_what_needs_an_officer(
    login: Login, recorded: Recorded, town: Database, keyring: Keyring
) -> None:
    recorded(registered_domicile="ある村1番")
    fail(town, "cs.identity")
    with town.transaction() as session:
        came = receive(
            session, keyring, source=Partner.CS, kind="x", external_id="1", body={}, now=TEST_MOMENT
        )
        came.message.state = InboxState.FAILED
    home = login(*VIEW).get("/").text
    for label, address in (
        ("送信できなかった連携", "/messages/failed"),
        ("補完を待っている連携", "/messages/held"),
        ("取り込めなかった受信", "/messages/inbox/errors"),
    ):
        line = re.search(rf'<a href="{address}"><span class="count">(\d+)', home)
        assert line is not None and line[1] == "1" and label in home
    browser = login(*VIEW, login="other")
    for address in ("/messages/failed", "/messages/held", "/messages/inbox/errors"):
        assert count(browser.get(address, follow_redirects=True).text) == 1


@pytest.mark.requirement("RR-10.2a", partial=True)
def test_looking_is_logged(login: Login, recorded: Recorded, town: Database) -> None:
    number = recorded()
    browser = login(*VIEW, P.ITEM_INDIVIDUAL_NUMBER)
    search(browser, subject=number, state="waiting")
    row = rows(town)["cs.identity"]
    browser.get(f"/messages/sent/{row.id}")
    browser.post(f"/messages/sent/{row.id}/numbers")
    with town.transaction() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()[-3:]
    assert [(entry.action, entry.subjects, entry.individual_number) for entry in entries] == [
        ("連携の一覧の照会", [number], False),
        ("連携の照会", [number], False),
        ("連携の番号の表示", [number], True),
    ]
    assert entries[0].details == {"条件": {"宛名番号": number, "状態": "送信待ち"}}


# ---- one message, by right


@pytest.mark.requirement("RR-10.4a", "CM-5", partial=True)
def test_numbers_stand_behind_a_button_and_their_right(
    login: Login, recorded: Recorded, town: Database
) -> None:
    recorded()
    row = rows(town)["cs.identity"]
    number, code = individual_number(3001), resident_code(3001)
    blind = login(*VIEW)
    one = login(*VIEW, P.ITEM_RESIDENT_CODE, login="one")
    both = login(*VIEW, P.ITEM_RESIDENT_CODE, P.ITEM_INDIVIDUAL_NUMBER, login="both")
    for browser in (blind, one, both):
        page = page_of(browser, row)
        assert number not in page and code not in page
        assert ("番号を表示" in page) is (browser is not blind)
    assert code not in page_of(blind, row, "numbers") and "表示する権限がありません" in page_of(blind, row)
    shown = page_of(one, row, "numbers")
    assert code in shown and number not in shown
    shown = page_of(both, row, "numbers")
    assert code in shown and number in shown
    assert number not in page_of(both, row), "a reload hides it again"
    with town.transaction() as session:
        person = history.latest(session, row.subject)
        assert person is not None
        residents.protect(session, person)
    hidden = page_of(both, row, "numbers")
    assert number not in hidden and code not in hidden and "番号を表示" not in hidden


@pytest.mark.requirement("RR-10.4a", "CM-5", partial=True)
@pytest.mark.parametrize(
    ("kind", "permission", "secret"),
    [
        ("municipality.annex", P.ITEM_REGISTERED_DOMICILE, "見本県途中市緑町1番"),
        ("municipality.annex", P.ITEM_REGISTERED_DOMICILE, f"見本県途中市（{BETWEEN}）"),
        ("isa.notice", P.ITEM_RESIDENCE_STATUS, "AB12345678CD"),
        ("isa.notice", P.ITEM_RESIDENCE_STATUS, "技術・人文知識・国際業務"),
    ],
)
def test_items_are_shown_by_right(
    login: Login, recorded: Recorded, town: Database, kind: str, permission: Permission, secret: str
) -> None:
    if kind == "isa.notice":
        recorded(
            resident_kind=ResidentKind.FOREIGN, name=None, name_alphabet="NGUYEN VAN AN", registered_domicile=None,
            register_head=None, foreign_category=ForeignCategory.MID_TO_LONG_TERM, nationality="ベトナム",
            residence_card_number="AB12345678CD", residence_status="技術・人文知識・国際業務",
        )  # fmt: skip
    else:
        recorded()
    row = rows(town)[kind]
    content = page_of(login(*VIEW, login="blind"), row)
    assert secret not in content and "表示する権限がありません" in content
    assert secret in page_of(login(*VIEW, permission), row)


def test_what_a_message_says_is_shown_in_words(login: Login, recorded: Recorded, town: Database) -> None:
    recorded()
    page = page_of(login(*VIEW), rows(town)["cs.identity"])
    for said in ("本人確認情報", "住基ネットCS", "記載", "国内転入", "昭和55年5月5日", "令和8年11月24日", "送信待ち",
                 "架空県架空市本町一丁目2番3号", "999-0001"):  # fmt: skip
        assert said in page
    notice = page_of(login(*VIEW, login="two"), rows(town)["municipality.move_in"])
    assert f"見本県隣市（{NEIGHBOUR}）" in notice


def test_an_item_that_nobody_described_is_not_shown(login: Login, town: Database, keyring: Keyring) -> None:
    with town.transaction() as session:
        came = receive(
            session, keyring, source=Partner.ISA, kind="isa.result", external_id="1", now=TEST_MOMENT,
            body={"person": {"unheard_of": "秘密の値", "name": "架空　太郎"}, "loose": "ばらの値", "deep": {"a": {}}},
        )  # fmt: skip
        message_id = came.message.id
    page = login(*VIEW, P.SUPPRESSED_VIEW).get(f"/messages/received/{message_id}").text
    assert "架空　太郎" in page
    assert "秘密の値" not in page and "ばらの値" not in page and "表示の定めがない" in page


@pytest.mark.requirement("CM-5.1", "RR-3.4a", partial=True)
@pytest.mark.parametrize("split", [False, True])
def test_the_home_that_somebody_left_stays_closed_in_their_messages(
    login: Login, recorded: Recorded, town: Database, keyring: Keyring, split: bool
) -> None:
    """She is not protected; those who still live there are, also when their household is another one by now."""
    stays = recorded()
    with town.transaction() as session:
        home = history.latest(session, stays)
        assert home is not None
        register = Register(session, keyring, 3500)
        left = register.move_in(household_number=home.household_number, name="転居　一人")
        if split:
            alone = residents.household(session)
            home = register.change(home, R.HOUSEHOLD_SPLIT, household_number=alone)
        residents.protect(session, home)
        moved = register.change(
            left,
            R.MOVE_WITHIN,
            household_number=residents.household(session),
            address="架空県架空市東町9番1号",
        )
        later = register.change(moved, R.CORRECT_ERROR, name_kana="テンキョ　ヒトリ")
        changes = {"left": left.change_id, "moved": moved.change_id, "later": later.change_id}
        ids = {
            name: session.scalars(
                select(OutboxMessage.id).where(
                    OutboxMessage.change_id == change, OutboxMessage.kind == "cs.identity"
                )
            ).one()
            for name, change in changes.items()
        }
    clerk, officer = login(*VIEW), login(*VIEW, P.SUPPRESSED_VIEW, login="officer")
    pages = {name: clerk.get(f"/messages/sent/{one}").text for name, one in ids.items()}
    for name in ("left", "moved"):
        assert "本町一丁目" not in pages[name] and "支援措置のため表示しません" in pages[name]
        assert "本町一丁目" in officer.get(f"/messages/sent/{ids[name]}").text
    assert "東町9番1号" in pages["later"], "where she lives now is no secret"


@pytest.mark.requirement("RR-3.1a", "RR-3.4e", partial=True)
def test_who_is_barred_from_inquiry_is_barred_here_and_it_is_logged(
    login: Login, recorded: Recorded, town: Database
) -> None:
    number = recorded()
    row = rows(town)["cs.identity"]
    with town.transaction() as session:
        person = history.latest(session, number)
        assert person is not None
        residents.protect(session, person, inquiry=Level.ERROR)
    refused = login(*VIEW).get(f"/messages/sent/{row.id}")
    assert refused.status_code == 403 and "照会抑止" in refused.text and "本町" not in refused.text
    with town.transaction() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()
        assert entry is not None
        assert (entry.action, entry.succeeded, entry.subjects) == ("連携の照会", False, [number])
    assert login(*VIEW, P.SUPPRESSED_VIEW, login="chief").get(f"/messages/sent/{row.id}").status_code == 200


def test_a_message_whose_key_is_gone_says_so(login: Login, recorded: Recorded, town: Database) -> None:
    recorded()
    with town.transaction() as session:
        row = session.scalars(select(OutboxMessage)).first()
        assert row is not None
        row.payload = row.payload[:-1] + b"x"
        address = f"/messages/sent/{row.id}"
    page = login(*VIEW).get(address)
    assert page.status_code == 200
