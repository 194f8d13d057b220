"""交付状況 of cards: told by the CS or entered by hand, with its history, beside the history of issues (RR-2.2.2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from residentapp.core.access.actor import PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.numbering import RESIDENT_CODE
from residentapp.core.outbox import InboxMessage, InboxState, Partner, receive, take
from residentapp.core.violations import Level
from residentapp.residents.cards import operations
from residentapp.residents.cards.rules import check_entry
from residentapp.residents.cards.types import Card, CardEntry, CardState, Source
from residentapp.residents.certificates import issue_history
from residentapp.residents.certificates.issue_history import HistoryFilter
from residentapp.residents.messages.handlers import load_handlers
from residentapp.residents.models import ResidentHistory
from residentapp.residents.protection import HIDDEN
from residentapp.residents.records.queries import resident_page
from residentapp.residents.records.types import InquiryRefused
from tests.support import residents
from tests.support.clock import TEST_MOMENT as NOW
from tests.support.users import clerk

CLERK = clerk(Permission.RESIDENT_VIEW, Permission.NUMBERS_ENTER, Permission.ISSUE_HISTORY_VIEW)
MESSENGER = clerk(*Permission)
TODAY = dt.date(2026, 11, 24)
SHOWN = CardEntry(Card.NUMBER, CardState.ISSUED, dt.date(2024, 4, 1), "カードの提示")
BIRTH = dt.date(1980, 5, 5)


@pytest.mark.parametrize(
    ("entry", "codes"),
    [
        (SHOWN, []),
        (replace(SHOWN, since=TODAY), []),
        (replace(SHOWN, since=TODAY + dt.timedelta(days=1)), ["CD-E001"]),
        (CardEntry(Card.NUMBER, CardState.NONE, BIRTH - dt.timedelta(days=1), "統合端末"), ["CD-E002"]),
        (CardEntry(Card.NUMBER, CardState.NONE, BIRTH, "統合端末"), []),
        (replace(SHOWN, note=" "), ["CD-E003"]),
        (replace(SHOWN, since=dt.date(2015, 12, 31)), ["CD-E004"]),
        (replace(SHOWN, since=dt.date(2016, 1, 1)), []),
        (CardEntry(Card.BASIC, CardState.ISSUED, dt.date(2015, 12, 28), "カードの提示"), []),
        (CardEntry(Card.BASIC, CardState.ISSUED, dt.date(2015, 12, 29), "カードの提示"), ["CD-E004"]),
        (CardEntry(Card.BASIC, CardState.EXPIRED, dt.date(2025, 12, 28), "統合端末"), []),
        (replace(SHOWN, since=None), []),
    ],
)
def test_what_can_be_entered(entry: CardEntry, codes: list[str]) -> None:
    assert [each.code for each in check_entry(entry, birth=BIRTH, today=TODAY)] == codes


@pytest.mark.database
@pytest.mark.requirement("RR-2.2.2", "RR-1.1.1c", partial=True)
def test_entered_by_hand_with_its_history_on_the_page_and_beside_the_issues(session: Session) -> None:
    person = residents.resident(session, number_card_state="交付済", basic_card_state="返納")
    number = person.addressee_number

    def texts() -> list[str]:
        return [card.text for card in operations.open_cards(session, CLERK, number, now=NOW).cards]

    assert texts() == ["交付済（住民票の記載）", "返納（住民票の記載）"]
    operations.enter(session, CLERK, number, SHOWN, now=NOW)
    operations.enter(
        session, CLERK, number, CardEntry(Card.NUMBER, CardState.RETURNED, TODAY, "返納届"), now=NOW
    )
    assert texts() == ["返納（令和8年11月24日から）", "返納（住民票の記載）"]
    [card, _basic] = operations.open_cards(session, CLERK, number, now=NOW).cards
    assert [row.state for row in card.history] == [CardState.RETURNED, CardState.ISSUED]
    assert card.held == "保有していない" and card.history[1].state.is_held
    page = resident_page(session, CLERK, number, now=NOW, today=TODAY)
    assert [shown.text for shown in page.cards] == texts()
    found = issue_history.issues(session, CLERK, HistoryFilter(addressee_number=number), now=NOW)
    assert [shown.text for shown in found.cards] == texts()
    assert not issue_history.issues(session, CLERK, HistoryFilter(), now=NOW).cards
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("DELETE FROM card_record"))


def told(session: Session, keyring: Keyring, code: str, card: str, state: str, day: str = "") -> InboxMessage:
    body = {
        "header": {"card": {"code": card, "label": card}, "card_state": {"code": state, "label": state},
                   "card_since": {"day": day, "text": day}},
        "person": {"resident_code": code},
    }  # fmt: skip
    load_handlers()
    row = receive(
        session, keyring, source=Partner.CS, kind="cs.card_state", body=body,
        external_id=f"{code}-{state}-{day}", now=NOW,
    )  # fmt: skip
    return take(session, MESSENGER, keyring, row.message.id, now=NOW)


@pytest.mark.database
@pytest.mark.requirement("RR-7.1.1.3a", "RR-2.2.2", partial=True)
def test_the_cs_tells_and_what_cannot_be_read_is_an_error(session: Session, keyring: Keyring) -> None:
    code = "93000000001"
    person = residents.resident(
        session, resident_code_hash=keyring.lookup_hash(code, context=RESIDENT_CODE),
        resident_code_cipher=keyring.encrypt(code, context=RESIDENT_CODE),
    )  # fmt: skip
    assert told(session, keyring, code, "number", "issued", "2026-10-01").state is InboxState.TAKEN
    assert told(session, keyring, code, "number", "suspended").state is InboxState.TAKEN
    for wrong in (
        (code, "number", "lost", ""), (code, "other", "issued", "2026-10-02"), (code, "number", "issued", "きのう"),
        ("93000000009", "number", "issued", ""),
    ):  # fmt: skip
        assert told(session, keyring, *wrong).state is InboxState.FAILED, wrong
    [card, _basic] = operations.open_cards(session, CLERK, person.addressee_number, now=NOW).cards
    assert card.text == "一時停止" and card.held == "保有"
    assert [(row.source, row.since) for row in card.history] == [
        (Source.CS, None), (Source.CS, dt.date(2026, 10, 1)),
    ]  # fmt: skip
    assert person.number_card_state is None, "no change of the register comes of it"


@pytest.mark.database
@pytest.mark.requirement("CM-5.1", partial=True)
def test_rights_and_protected_people(session: Session) -> None:
    person: ResidentHistory = residents.resident(session)
    number = person.addressee_number
    with pytest.raises(PermissionDenied):
        operations.enter(session, clerk(Permission.RESIDENT_VIEW), number, SHOWN, now=NOW)
    operations.enter(session, CLERK, number, replace(SHOWN, note="秘荘で手渡し"), now=NOW)
    residents.protect(session, person)
    page = operations.open_cards(session, CLERK, number, now=NOW)
    assert page.notes_hidden == HIDDEN
    barred = residents.resident(session)
    residents.protect(session, barred, inquiry=Level.ERROR)
    with pytest.raises(InquiryRefused):
        operations.open_cards(session, CLERK, barred.addressee_number, now=NOW)
    found = issue_history.issues(
        session, CLERK, HistoryFilter(addressee_number=barred.addressee_number), now=NOW
    )
    assert not found.cards
