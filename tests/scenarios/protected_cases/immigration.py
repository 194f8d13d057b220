"""What the 出入国在留管理庁 told and was told."""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import select

from residentapp.core.access.actor import system_actor
from residentapp.core.dates import DateValue
from residentapp.core.outbox import MessageState, OutboxMessage
from residentapp.residents.immigration.notices import handle_notice
from residentapp.residents.immigration.results import record_result
from residentapp.residents.messages.writing import write_messages
from residentapp.residents.search import index as search_index
from residentapp.residents.types import ChangeReason
from tests.residents.immigration.conftest import FOREIGN
from tests.scenarios.protected import Walk, words_of
from tests.scenarios.protected_cases.cases import case, officer_of
from tests.scenarios.protected_cases.move_out import SECRET
from tests.support import residents
from tests.support.clock import TEST_MOMENT


def foreigner_among_them(walk: Walk) -> str:
    """宛名番号 of a protected foreign resident, of whose move-in the 出入国在留管理庁 was told."""
    with walk.database.transaction() as session:
        made_by = residents.change(session, ChangeReason.MOVE_IN_ABROAD, processed_on=dt.date(2026, 9, 1))
        items = FOREIGN | {
            "name": "白鷺　小夜恵", "name_alphabet": "SHIRASAGI SAYOE", "head_name": "SHIRASAGI SAYOE　白鷺　小夜恵",
            "birth_date": DateValue.of(dt.date(1984, 10, 10), western=True), "address": SECRET,
            "residence_card_number": "ZZ77777777AB", "residence_expires_on": dt.date(2000, 1, 1),
        }  # fmt: skip
        person = residents.resident(session, made_by=made_by, **items)
        residents.protect(session, person)
        write_messages(session, walk.keyring, made_by, now=TEST_MOMENT)
        search_index.refresh(session, [person.addressee_number])
        return person.addressee_number


@case(
    "GET immigration.notices_page", "GET immigration.notice", "POST immigration.settle_notice",
    "GET immigration.check_sheet_file", "GET immigration.expiring_page", "GET immigration.sent_page",
    "GET immigration.sent_errors",
)  # fmt: skip
def what_the_immigration_agency_told_and_was_told_is_closed(walk: Walk) -> None:
    """A notice that names one of them, with an address that it should not have; a result whose words tell where."""
    officer = officer_of(walk, "immigration")
    number = foreigner_among_them(walk)
    with walk.database.transaction() as session:
        who = {
            "residence_card_number": "ZZ77777777AB", "name_alphabet": "SHIRASAGI SAYOE",
            "birth_date": {"day": "1984-10-10"}, "address": SECRET,
        }  # fmt: skip
        header = {
            "notice_number": "R8-7", "act": {"code": "correct"}, "noticed_on": {"day": "2026-11-20"},
            "moved_on": {"day": "2026-11-18"},
        }  # fmt: skip
        addresses = []
        for after in ({"residence_status": "永住者"}, {"address": SECRET}):
            told = {"header": header, "person": who, "after": after}
            row = handle_notice(session, system_actor("受信"), walk.keyring, told, TEST_MOMENT)
            addresses.append(f"/immigration/notices/{row.id}")
        sent = session.scalars(
            select(OutboxMessage).where(OutboxMessage.subject == number, OutboxMessage.kind == "isa.notice")
        ).first()
        assert sent is not None
        sent.state, sent.sent_at = MessageState.SENT, TEST_MOMENT
        said = {"message_id": sent.key, "result": "error", "error_code": "E7", "error_text": SECRET}
        record_result(session, system_actor("受信"), walk.keyring, {"header": said}, TEST_MOMENT)
    page = walk.get("/immigration/notices")
    assert set(addresses) <= set(re.findall(r"/immigration/notices/\d+", page.text))
    for address in addresses:
        walk.get(address)
        walk.follow(walk.get(f"{address}.pdf"))
        for data in ({"act": "enter"}, {"act": "take", "number": number}, {"act": "refuse", "reason": ""}):
            walk.follow(walk.post(address, data))
    assert "小夜恵" in words_of(walk.get("/immigration/expiring"))
    listed = walk.follow(walk.get("/immigration/sent/errors"))
    assert "E7" in words_of(listed) and number in words_of(listed)
    walk.get("/immigration/sent")
    assert SECRET in words_of(officer.get("/immigration/sent?result=error")), "who may know sees it"
