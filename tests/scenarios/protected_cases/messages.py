"""What is told to other offices, and what comes from them."""

from __future__ import annotations

from sqlalchemy import select

from residentapp.core.numbering import RESIDENT_CODE
from residentapp.core.outbox import InboxMessage, InboxState, OutboxMessage, Partner, receive
from residentapp.residents.messages.writing import write_messages
from residentapp.residents.models import ResidentChange, ResidentHistory
from tests.scenarios.protected import OFFICER, Walk
from tests.scenarios.protected_cases.cases import case
from tests.support.clock import TEST_MOMENT
from tests.support.users import Browser, log_in, make_user


def write_their_messages(walk: Walk) -> tuple[list[int], list[int]]:
    """Messages of every change that touched them, and two that came about them; ids of sent and of received ones."""
    home, keyring = walk.family.home, walk.keyring
    with walk.database.transaction() as session:
        known = select(ResidentHistory.change_id).where(
            ResidentHistory.addressee_number.in_([*walk.family.numbers, walk.family.father])
        )
        written = select(OutboxMessage.change_id).where(OutboxMessage.change_id.is_not(None))
        # Another case may have brought a change into the register with its messages.
        untold = ResidentChange.id.in_(known) & ResidentChange.id.not_in(written)
        for change in session.scalars(select(ResidentChange).where(untold)):
            write_messages(session, keyring, change, now=TEST_MOMENT)
        code = session.scalars(
            select(ResidentHistory.resident_code_cipher).where(
                ResidentHistory.addressee_number == walk.family.members[0], ResidentHistory.is_latest
            )
        ).one()
        assert code is not None
        told = {
            "header": {"municipality_name": home.address},
            "person": {
                "resident_code": keyring.decrypt_text(code, context=RESIDENT_CODE),
                "new_address": f"{home.address} {home.building}",
                "unheard_of": home.address,
            },
            "note": home.address,
        }
        garbled = {**told, "person": {**told["person"], "resident_code": "00000000000"}}
        for place, body in enumerate((told, garbled)):
            came = receive(
                session, keyring, source=Partner.MUNICIPALITY, kind="municipality.move_in", body=body,
                external_id=f"walk-{place}", now=TEST_MOMENT,
            )  # fmt: skip
            came.message.error = "取り込めません。"
            came.message.state = InboxState.FAILED
        sent = session.scalars(select(OutboxMessage.id).where(OutboxMessage.subject.in_(walk.family.numbers)))
        return list(sent), list(session.scalars(select(InboxMessage.id)))


@case(
    "GET messages.start", "POST messages.search", "GET messages.show_list", "GET messages.show_failed",
    "GET messages.show_held", "GET messages.of_resident", "GET messages.message", "POST messages.message_numbers",
    "POST messages.resend", "POST messages.complete", "POST messages.hold", "POST messages.withdraw",
    "GET messages.person", "GET messages.start_inbox", "POST messages.search_inbox", "GET messages.show_inbox",
    "GET messages.show_inbox_errors", "GET messages.received", "POST messages.received_numbers",
    "POST messages.take", "POST messages.ignore", "GET messages.received_person",
)  # fmt: skip
def what_is_told_about_them_to_others_is_not_told_here(walk: Walk) -> None:
    sent, received = write_their_messages(walk)
    assert len(sent) > 10
    for address in (
        "/messages",
        "/messages/failed",
        "/messages/held",
        "/messages/inbox",
        "/messages/inbox/errors",
    ):
        page = walk.follow(walk.get(address))
        assert page.status_code == 200
        walk.get(page.request.path.replace("/1", "/2"))
    for number in walk.family.numbers:
        listed = walk.follow(walk.post("/messages", {"subject": number}))
        assert number in listed.text
        state = walk.open_person(number).request.path.rsplit("/", 1)[1]
        assert number in walk.follow(walk.get(f"/messages/of-resident/{state}")).text
    walk.follow(walk.post("/messages", {"day": "きのう"}))
    walk.follow(walk.post("/messages/inbox", {"day": "R8.11.24"}))
    # Another officer: administration may have ended the session of the first.
    officer = walk.app.test_client()
    assert isinstance(officer, Browser)
    with walk.database.transaction() as session:
        user = make_user(session, *OFFICER, login="exchange", name="架空　連携", moment=TEST_MOMENT)
        log_in(officer, session, user, moment=TEST_MOMENT)
    assert "77番地7" in officer.get(f"/messages/sent/{sent[-1]}").text, "who may know sees it"
    hidden = 0
    for message in sent:
        page = walk.get(f"/messages/sent/{message}")
        assert page.status_code == 200
        hidden += page.text.count("支援措置のため表示しません")
        walk.post(f"/messages/sent/{message}/numbers")
        walk.follow(walk.get(f"/messages/sent/{message}/person"))
    assert hidden > len(sent)
    for message, (act, data) in zip(
        sent[-4:],
        (
            ("hold", {"hold-reason": "確かめる"}),
            ("complete", {"municipality": "", "print_style": ""}),
            ("withdraw", {"withdraw-reason": ""}),
            ("resend", {"reason": "", "change_reason": "C01"}),
        ),
        strict=True,
    ):
        walk.follow(walk.post(f"/messages/sent/{message}/{act}", data))
    for message in received:
        page = walk.get(f"/messages/received/{message}")
        assert page.status_code == 200 and "77番地7" in officer.get(f"/messages/received/{message}").text
        walk.post(f"/messages/received/{message}/numbers")
        walk.follow(walk.get(f"/messages/received/{message}/person/0"))
        walk.follow(walk.post(f"/messages/received/{message}/take"))
        walk.follow(walk.post(f"/messages/received/{message}/ignore", {"reason": ""}))
        walk.follow(walk.post(f"/messages/received/{message}/ignore", {"reason": "手で処理した"}))
