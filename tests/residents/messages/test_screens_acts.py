"""What officers do on the screens of messages, and what they do with those received."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from sqlalchemy import select

from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue
from residentapp.core.db import Database
from residentapp.core.outbox import (
    InboxMessage,
    MessageState,
    OutboxMessage,
    Partner,
    body_of,
    receive,
)
from residentapp.residents import history
from residentapp.residents.types import ResidentState
from tests.conftest import Login
from tests.residents.messages.conftest import NEIGHBOUR, OWN, Register
from tests.residents.messages.desk import MANAGE, VIEW, P, R, Recorded, count, fail, page_of, rows, send
from tests.residents.move_in.cases import individual_number, resident_code
from tests.support.clock import TEST_MOMENT, SettableClock

# ---- acts


@pytest.mark.requirement("RR-7.1.1.1d", partial=True)
def test_a_failed_message_is_sent_again_under_another_reason(
    login: Login, recorded: Recorded, town: Database, keyring: Keyring
) -> None:
    recorded()
    row = fail(town, "cs.identity")
    browser = login(*MANAGE)
    page = page_of(browser, row)
    assert "送信できませんでした" in page and "相手の形式にない項目です。" in page and "再送する" in page
    address = f"/messages/sent/{row.id}/resend"
    empty = browser.post(address, data={"reason": " ", "change_reason": "R06"})
    assert empty.status_code == 422 and "再送する理由を入力してください" in empty.text
    assert 'value="R06" selected' in empty.text
    wrong = browser.post(address, data={"reason": "事由を直す", "change_reason": "C01"})
    assert (
        wrong.status_code == 422
        and "区分（記載）に合わない" in wrong.text
        and 'value="事由を直す"' in wrong.text
    )
    assert browser.post(address, data={"reason": "x" * 201}).status_code == 422
    done = browser.post(address, data={"reason": "事由を直す", "change_reason": "R06"}, follow_redirects=True)
    assert "再送を登録しました" in done.text and "再送の元" in done.text
    again = rows(town)["cs.identity"]
    assert (again.sequence, again.resends, again.note) == (row.sequence, row.key, "事由を直す")
    header = body_of(keyring, again)["header"]
    assert (header["reason"]["code"], header["cs_reason"]["code"]) == ("R06", "record_ex_officio")
    late = browser.post(address, data={"reason": "二度押し"})
    assert late.status_code == 409 and "送らない" in late.text


@pytest.mark.requirement("RR-7.1.1.1d", partial=True)
def test_a_sent_message_is_sent_again_with_a_warning_when_later_ones_have_gone(
    login: Login, recorded: Recorded, town: Database, keyring: Keyring, clock: SettableClock
) -> None:
    number = recorded()
    first = rows(town)["cs.identity"]
    send(town, keyring, clock)
    browser = login(*MANAGE)
    assert "古い内容" not in page_of(browser, first)
    with town.transaction() as session:
        person = history.latest(session, number)
        assert person is not None
        Register(session, keyring).change(person, R.MOVE_WITHIN, address="架空県架空市東町9番1号")
    send(town, keyring, clock)
    assert "古い内容" in page_of(browser, first)
    browser.post(f"/messages/sent/{first.id}/resend", data={"reason": "相手が失った"})
    again = rows(town)["cs.identity"]
    assert (again.resends, again.sequence, again.state) == (first.key, 3, MessageState.WAITING)


@pytest.mark.requirement("RR-4.1.3.0.4b", "RR-7.1.1.1d", partial=True)
def test_a_certificate_that_was_sent_is_not_sent_again_by_hand(
    login: Login, recorded: Recorded, town: Database, keyring: Keyring, clock: SettableClock
) -> None:
    number = recorded()
    with town.transaction() as session:
        person = history.latest(session, number)
        assert person is not None
        Register(session, keyring).change(
            person, R.MOVE_OUT_DOMESTIC, special=True, planned_destination="見本県隣市北町1番",
            removal_occurred_on=DateValue.of(dt.date(2026, 12, 1)),
        )  # fmt: skip
    send(town, keyring, clock)
    row = rows(town)["municipality.move_out_certificate"]
    browser = login(*MANAGE)
    assert row.state is MessageState.SENT and "再送する" not in page_of(browser, row)
    refused = browser.post(f"/messages/sent/{row.id}/resend", data={"reason": "もう一度"})
    assert refused.status_code == 422 and "手で再送することはできません" in refused.text


@pytest.mark.requirement("RR-7.1.1.1d", "RR-7.1.1.1c", partial=True)
@pytest.mark.parametrize("typed", ["見本県隣市", NEIGHBOUR, "９８２０２" + NEIGHBOUR[5:], " 見本県隣市 "])
def test_an_unknown_municipality_is_completed_by_hand(
    login: Login, recorded: Recorded, town: Database, keyring: Keyring, clock: SettableClock, typed: str
) -> None:
    recorded(registered_domicile="ある村1番")
    row = rows(town)["municipality.annex"]
    browser = login(*MANAGE)
    page = page_of(browser, row)
    assert "保留しています" in page and "宛先の市区町村" in page and "印刷区分" not in page
    address = f"/messages/sent/{row.id}/complete"
    for wrong in ("", "どこにもない村", "999999"):
        answer = browser.post(address, data={"municipality": wrong})
        assert answer.status_code == 422 and f'value="{wrong}"' in answer.text
    done = browser.post(address, data={"municipality": typed}, follow_redirects=True)
    assert "送信待ちにしました" in done.text
    completed = rows(town)["municipality.annex"]
    assert (completed.id, completed.recipient, completed.state) == (row.id, NEIGHBOUR, MessageState.WAITING)
    assert body_of(keyring, completed)["header"]["domicile_name"] == "見本県隣市"
    send(town, keyring, clock)
    assert rows(town)["municipality.annex"].state is MessageState.SENT


@pytest.mark.requirement("RR-7.2.4", partial=True)
def test_a_domicile_that_turns_out_to_be_here_goes_to_the_own_annex(
    login: Login, recorded: Recorded, town: Database, keyring: Keyring
) -> None:
    recorded(registered_domicile="本町一丁目2番", previous_address="ある村1番")
    browser = login(*MANAGE)
    held = rows(town)
    browser.post(f"/messages/sent/{held['municipality.annex'].id}/complete", data={"municipality": OWN})
    after = rows(town)
    assert after["municipality.annex"].state is MessageState.SUPERSEDED
    own = after["annex.address"]
    assert (own.destination, own.state) == (Partner.ANNEX, MessageState.WAITING)
    assert body_of(keyring, own)["person"]["registered_domicile"] == "本町一丁目2番"
    notice = browser.post(
        f"/messages/sent/{held['municipality.move_in'].id}/complete", data={"municipality": "架空県架空市"}
    )
    assert notice.status_code == 422 and "自団体には送りません" in notice.text


@pytest.mark.requirement("RR-7.1.1.1a", "RR-7.1.1.4", partial=True)
def test_the_delivery_goes_only_after_the_style_of_printing_is_set(
    login: Login, recorded: Recorded, town: Database, keyring: Keyring, clock: SettableClock
) -> None:
    recorded(R.BIRTH, individual=False, previous_address=None)
    row = rows(town)["card.delivery"]
    browser = login(*MANAGE)
    assert "印刷区分" in page_of(browser, row)
    address = f"/messages/sent/{row.id}/complete"
    wrong = browser.post(
        address, data={"print_style": "", "postal_code": "12", "address": "", "place_reason": "入院中"}
    )
    assert wrong.status_code == 422
    for told in ("印刷区分を選んで", "郵便番号を7けた", "送付先の住所を入力"):
        assert told in wrong.text
    assert 'value="入院中"' in wrong.text
    assert browser.post(address, data={"print_style": "gold"}).status_code == 422
    send(town, keyring, clock)
    assert rows(town)["card.delivery"].state is MessageState.HELD
    sent = {
        "print_style": "braille",
        "postal_code": "999-0002",
        "address": "架空県架空市病院町1番",
        "place_reason": "入院中",
    }
    browser.post(address, data=sent)
    assert body_of(keyring, rows(town)["card.delivery"])["delivery"] == {
        "print_style": {"code": "braille", "label": "点字"},
        "delivery_postal_code": "9990002",
        "delivery_address": "架空県架空市病院町1番",
        "delivery_reason": "入院中",
    }
    send(town, keyring, clock)
    assert rows(town)["card.delivery"].state is MessageState.SENT


def test_holding_and_withdrawing(
    login: Login, recorded: Recorded, town: Database, keyring: Keyring, clock: SettableClock
) -> None:
    number = recorded()
    with town.transaction() as session:
        person = history.latest(session, number)
        assert person is not None
        Register(session, keyring).change(person, R.MOVE_WITHIN, address="架空県架空市東町9番1号")
    with town.transaction() as session:
        first, _second = session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == "cs.identity").order_by(OutboxMessage.id)
        ).all()
    browser = login(*MANAGE)
    assert "1件、この連携が送られるのを待っています" in page_of(browser, first)
    empty = browser.post(f"/messages/sent/{first.id}/hold", data={"hold-reason": ""})
    assert empty.status_code == 422 and "理由を入力してください" in empty.text
    held = browser.post(
        f"/messages/sent/{first.id}/hold", data={"hold-reason": "本人に確かめる"}, follow_redirects=True
    )
    assert (
        "保留しました" in held.text
        and "本人に確かめる" in held.text
        and "足りない項目はありません" in held.text
    )
    send(town, keyring, clock)
    assert rows(town)["cs.identity"].state is MessageState.WAITING, "the later one waits behind"
    gone = browser.post(
        f"/messages/sent/{first.id}/withdraw", data={"withdraw-reason": "届出の誤り"}, follow_redirects=True
    )
    assert "送らないことにしました" in gone.text and "届出の誤り" in gone.text
    send(town, keyring, clock)
    assert rows(town)["cs.identity"].state is MessageState.SENT


def test_a_held_message_is_let_go_again(login: Login, recorded: Recorded, town: Database) -> None:
    recorded()
    row = rows(town)["cs.identity"]
    browser = login(*MANAGE)
    browser.post(f"/messages/sent/{row.id}/hold", data={"hold-reason": "確かめる"})
    browser.post(f"/messages/sent/{row.id}/complete", data={})
    assert rows(town)["cs.identity"].state is MessageState.WAITING


@pytest.mark.requirement("CM-5", "RR-10.3b", partial=True)
def test_who_may_only_look_does_nothing(
    login: Login, recorded: Recorded, town: Database, keyring: Keyring
) -> None:
    recorded()
    row = rows(town)["cs.identity"]
    with town.transaction() as session:
        came = receive(
            session, keyring, source=Partner.CS, kind="x", external_id="1", body={}, now=TEST_MOMENT
        ).message.id
    browser = login(*VIEW)
    for act in ("resend", "complete", "hold", "withdraw"):
        assert browser.post(f"/messages/sent/{row.id}/{act}", data={"reason": "x"}).status_code == 403
        assert f"/{act}" not in page_of(browser, row)
    for act in ("take", "ignore"):
        assert browser.post(f"/messages/received/{came}/{act}", data={"reason": "x"}).status_code == 403
    nobody = login(P.RESIDENT_VIEW, P.MESSAGES_MANAGE, login="nobody")
    for address in ("/messages", f"/messages/sent/{row.id}", "/messages/inbox", f"/messages/received/{came}"):
        assert nobody.get(address).status_code == 403
    assert rows(town)["cs.identity"].state is MessageState.WAITING


def test_unknown_messages(login: Login, town: Database) -> None:
    browser = login(*MANAGE, P.RESIDENT_VIEW)
    for address in ("/messages/sent/999", "/messages/received/999", "/messages/sent/999/person",
                    "/messages/received/999/person/0"):  # fmt: skip
        assert browser.get(address).status_code == 404
    for act in ("hold", "withdraw", "resend", "complete"):
        answer = browser.post(
            f"/messages/sent/999/{act}", data={"reason": "x", "hold-reason": "x", "withdraw-reason": "x"}
        )
        assert answer.status_code == 409 and "見つかりません" in answer.text
    assert browser.post("/messages/received/999/take").status_code == 409


# ---- received


def arrive(
    database: Database, keyring: Keyring, kind: str = "cs.number_generated", **person: str
) -> InboxMessage:
    with database.transaction() as session:
        return receive(
            session, keyring, source=Partner.CS, kind=kind, external_id=json.dumps(sorted(person)), now=TEST_MOMENT,
            body={"header": {}, "person": person},
        ).message  # fmt: skip


@pytest.mark.requirement("RR-7.1.1.1d", "DX-4.2", partial=True)
def test_what_could_not_be_taken_in_is_listed_tried_again_and_left_out(
    login: Login, recorded: Recorded, town: Database, keyring: Keyring
) -> None:
    row = arrive(town, keyring, resident_code=resident_code(3001), individual_number=individual_number(777))
    browser = login(*MANAGE, P.SUPPRESSED_VIEW)
    address = f"/messages/received/{row.id}"
    page = browser.get(address)
    assert "番号から見つかりません" in page.text and "取り込む" in page.text
    failed = browser.post(f"{address}/take", follow_redirects=True)
    assert "取り込めませんでした" in failed.text and "住民票コードの人が見つかりません" in failed.text
    errors = browser.get("/messages/inbox/errors", follow_redirects=True).text
    assert count(errors) == 1 and "住民票コードの人が見つかりません" in errors
    number = recorded(R.BIRTH, individual=False, previous_address=None)
    assert number in browser.get(address).text
    done = browser.post(f"{address}/take", follow_redirects=True)
    assert "取り込みました" in done.text
    assert browser.post(f"{address}/take").status_code == 409
    other = arrive(town, keyring, resident_code=resident_code(1), other="x")
    address = f"/messages/received/{other.id}"
    empty = browser.post(f"{address}/ignore", data={"reason": ""})
    assert empty.status_code == 422 and "対象外にする理由" in empty.text
    left = browser.post(f"{address}/ignore", data={"reason": "届け先の誤り"}, follow_redirects=True)
    assert "対象外にしました" in left.text and "届け先の誤り" in left.text
    expected = [
        ({"state": "taken"}, 1),
        ({"state": "ignored"}, 1),
        ({"source": "isa"}, 0),
        ({"kind": "cs.number_generated"}, 2),
        ({"day": "R8.11.24"}, 2),
        ({"day": "R8.11.25"}, 0),
    ]
    for terms, hits in expected:
        found = browser.post("/messages/inbox", data=terms, follow_redirects=True)
        assert count(found.text) == hits, terms


@pytest.mark.requirement("CM-5.1", "RR-10.4a", partial=True)
def test_what_came_about_somebody_unknown_shows_no_whereabouts(
    login: Login, recorded: Recorded, town: Database, keyring: Keyring
) -> None:
    """It may be about a protected person under a garbled number."""
    recorded()
    known = arrive(
        town, keyring, "municipality.move_in", resident_code=resident_code(3001), new_address="隣市北町1番"
    )
    unknown = arrive(
        town, keyring, "municipality.move_in", resident_code="1", new_address="隣市北町1番", name="x"
    )
    clerk, officer = login(*VIEW), login(*VIEW, P.SUPPRESSED_VIEW, P.ITEM_RESIDENT_CODE, login="officer")
    assert "隣市北町1番" in clerk.get(f"/messages/received/{known.id}").text
    assert "隣市北町1番" not in clerk.get(f"/messages/received/{unknown.id}").text
    assert "隣市北町1番" in officer.get(f"/messages/received/{unknown.id}").text
    shown = officer.post(f"/messages/received/{known.id}/numbers").text
    assert resident_code(3001) in shown
    assert resident_code(3001) not in clerk.post(f"/messages/received/{known.id}/numbers").text
    to_person = login(*VIEW, P.RESIDENT_VIEW, login="viewer").get(
        f"/messages/received/{known.id}/person/0", follow_redirects=True
    )
    assert "架空　太郎" in to_person.text


def test_from_the_resident_to_the_messages_and_back(login: Login, recorded: Recorded, town: Database) -> None:
    number, _other = recorded(), recorded()
    browser = login(*VIEW, P.RESIDENT_VIEW)
    resident = browser.post("/residents/open", data={"addressee_number": number}, follow_redirects=True)
    [link] = re.findall(r'href="(/messages/of-resident/[^"]+)"', resident.text)
    own = browser.get(link, follow_redirects=True)
    assert count(own.text) == 4 and number in own.text and number not in own.request.url
    row = rows(town, number)["cs.identity"]
    assert "架空　太郎" in browser.get(f"/messages/sent/{row.id}/person", follow_redirects=True).text
    plain = login(P.RESIDENT_VIEW, login="plain")
    page = plain.post("/residents/open", data={"addressee_number": number}, follow_redirects=True)
    assert "/messages/" not in page.text


def test_a_removed_person_has_messages_too(
    login: Login, recorded: Recorded, town: Database, keyring: Keyring
) -> None:
    number = recorded()
    with town.transaction() as session:
        person = history.latest(session, number)
        assert person is not None
        Register(session, keyring).change(person, R.DEATH, state=ResidentState.DEAD)
    page = page_of(login(*VIEW), rows(town)["cs.identity"])
    assert "死亡" in page and "消除" in page
