"""Move-outs, and what other municipalities tell about them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from residentapp.config import Settings
from residentapp.core.access.actor import system_actor
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue
from residentapp.residents import history
from residentapp.residents.move_out.models import MoveOut
from residentapp.residents.move_out.notices import handle_move_in_notice
from residentapp.residents.move_out.types import Paper
from residentapp.residents.search import index as search_index
from residentapp.residents.types import ChangeReason, ResidentState
from tests.residents.changes.elsewhere import make_neighbour
from tests.scenarios.protected import Walk, words_of
from tests.scenarios.protected_cases.cases import case, officer_of
from tests.support import residents
from tests.support.clock import TEST_MOMENT

SECRET = "見本県隣市隠れ里42番"


@dataclass(frozen=True)
class Leaver:
    """A woman under protection who moves out, or has: where to, nobody may learn here."""

    number: str
    change_id: int
    state: str


def leaver(walk: Walk, name: str, *, planned: dt.date, closed: bool) -> Leaver:
    """A protected person with a notified move-out to a secret place."""
    with walk.database.transaction() as session:
        person = residents.resident(session, name=name, head_name=name, address="架空県架空市東町8番8号")
        residents.protect(session, person)
        change = residents.change(
            session, ChangeReason.MOVE_OUT_DOMESTIC, processed_on=dt.date(2026, 9, 1),
            moved_on=DateValue.of(planned), notified_on=dt.date(2026, 9, 1),
        )  # fmt: skip
        gone = (
            {"state": ResidentState.MOVED_OUT, "removal_reason": "転出", "removed_on": planned}
            if closed
            else {}
        )
        residents.next_snapshot(
            session, person, change, removal_occurred_on=DateValue.of(planned), planned_destination=SECRET,
            **gone,
        )  # fmt: skip
        told = walk.keyring.encrypt('{"destination_head": ""}', context=f"move_out:{change.id}")
        session.add(MoveOut(change_id=change.id, paper=Paper.CERTIFICATE, special=False, details_cipher=told))
        search_index.refresh(session, [person.addressee_number])
        number, change_id = person.addressee_number, change.id
    return Leaver(number, change_id, walk.open_person(number).request.path.rsplit("/", 1)[1])


@case("GET move_out.due", "POST move_out.close_due")
def the_day_of_their_move_out_names_no_place(walk: Walk) -> None:
    """They stand in the list with a mark; pressing the button closes the record and tells no more."""
    coming = leaver(walk, "白鷺　小夜乃", planned=dt.date(2026, 12, 24), closed=False)
    due = leaver(walk, "白鷺　小夜里", planned=dt.date(2026, 11, 20), closed=False)
    page = words_of(walk.get("/move-out/due"))
    assert "小夜乃" in page and "小夜里" in page and "支援措置のため表示しません" in page
    walk.follow(walk.post("/move-out/due"))
    for number in (coming.number, due.number):
        for day in ("", "R8.11.1"):
            page = walk.open_person(number)
            walk.follow(walk.post(f"{page.request.path}/as-of", {"as_of": day}))
        walk.open_household(number)
    known = officer_of(walk, "knows1").get("/move-out/due")
    assert SECRET in words_of(known)


@case(
    "GET move_out.papers_of_case", "GET move_out.papers_of_resident", "GET move_out.papers_page",
    "POST move_out.issue_paper", "GET move_out.waiting",
)  # fmt: skip
def papers_of_their_move_out_are_refused_without_the_place(walk: Walk) -> None:
    woman = leaver(walk, "白鷺　小夜音", planned=dt.date(2026, 12, 25), closed=False)
    assert "小夜音" in words_of(walk.get("/move-out/waiting"))
    page = walk.follow(walk.get(f"/move-out/papers/resident/{woman.state}"))
    assert page.status_code == 200 and "小夜音" in words_of(page)
    for act in ("first", "again"):
        answer = walk.post(page.request.path, {"change": str(woman.change_id), "act": act})
        assert answer.status_code == 422
    for sent in ({"change": "999999", "act": "first"}, {"change": str(woman.change_id), "act": "x"}, {}):
        assert walk.post(page.request.path, sent).status_code == 400
    for address in ("papers/case/unknown", "papers/resident/unknown", "papers/unknown"):
        assert walk.follow(walk.get(f"/move-out/{address}")).status_code == 404


def send_notice(walk: Walk, number: str, **told: str) -> None:
    """A 転入通知 about a person comes over the exchange."""
    with walk.database.transaction() as session:
        person = history.latest(session, number)
        assert person is not None
        body = {
            "header": {
                "act": {"code": "record"}, "moved_on": {"day": "2026-10-02"}, "noticed_on": {"day": "2026-10-05"},
                "municipality_name": "見本県隠れ里村",
            },
            "person": {
                "name": person.name, "birth_date": {"day": person.birth_date.iso},
                "sex": {"code": person.sex.value, "label": person.sex.label}, "address": SECRET, **told,
            },
        }  # fmt: skip
        keyring = Keyring.from_settings(Settings())
        handle_move_in_notice(session, system_actor("受信"), keyring, body, TEST_MOMENT)


@case(
    "GET move_out.notices_page", "GET move_out.notices_file", "GET move_out.notice", "POST move_out.settle_notice",
)  # fmt: skip
def notices_of_where_they_went_are_closed(walk: Walk) -> None:
    """Taken in or not, found by name or by a number typed: the list tells who, never where, nor from which town."""
    woman = leaver(walk, "白鷺　小夜香", planned=dt.date(2026, 10, 1), closed=True)
    send_notice(walk, woman.number)
    send_notice(walk, woman.number, address=SECRET + "〓")
    send_notice(walk, woman.number, resident_code="12345678901")
    send_notice(walk, woman.number, name="白鷺　〓〓香")
    page = walk.get("/move-out/notices")
    assert "小夜香" in words_of(page)
    assert "小夜香" in words_of(walk.get("/move-out/notices.csv"))
    addresses = sorted(set(re.findall(r"/move-out/notices/\d+", page.text)))
    assert len(addresses) == 4
    for address in addresses:
        walk.get(address)
        for sent in (
            {"act": "retry"},
            {"act": "enter", "number": woman.number},
            {"act": "leave-out", "reason": ""},
        ):
            walk.follow(walk.post(address, sent))
        walk.follow(walk.post(address, {"act": "leave-out", "reason": "確かめた"}))
    walk.open_person(woman.number)
    assert walk.get("/move-out/notices/999999").status_code == 404
    assert SECRET in words_of(officer_of(walk, "knows2").get(addresses[0]))


@case(
    "GET move_out.missing_page", "POST move_out.find_missing", "GET move_out.missing_list",
    "POST move_out.make_letters", "GET move_out.letter_file", "GET move_out.missing_pdf", "GET move_out.missing_csv",
)  # fmt: skip
def missing_notices_are_asked_for_without_telling_where_they_went(walk: Walk) -> None:
    woman = leaver(walk, "白鷺　小夜葉", planned=dt.date(2026, 10, 1), closed=True)
    page = walk.follow(walk.get("/move-out/missing"))
    assert "小夜葉" in words_of(page)
    for sent in (
        {"days": "0", "ex_officio": "1"},
        {"days": "30", "since": "R8.9.1"},
        {"days": "x"},
        {"since": "?"},
    ):
        walk.follow(walk.post("/move-out/missing", sent))
    state = page.request.path.rsplit("/", 2)[1]
    assert "小夜葉" in words_of(walk.get(f"/move-out/missing/{state}.csv"))
    assert "小夜葉" in words_of(walk.get(f"/move-out/missing/{state}.pdf"))
    letters = f"/move-out/missing/{state}/letters"
    assert walk.post(letters, {"person": [woman.number]}).status_code == 422
    with walk.database.transaction() as session:
        make_neighbour(session)
    officer = officer_of(walk, "knows3")
    officers = officer.get("/move-out/missing", follow_redirects=True).request.path.rsplit("/", 2)[1]
    made = officer.post(
        f"/move-out/missing/{officers}/letters", data={"person": [woman.number]}, follow_redirects=True
    )
    [letter, *_more] = re.findall(r"/move-out/letters/[0-9a-f]+\.pdf", made.text)
    assert SECRET in words_of(officer.get(letter)).replace("\r\n", "").replace("\n", "")
    assert walk.get(letter).status_code == 404
    assert letter not in walk.get(page.request.path).text
    assert walk.get("/move-out/letters/unknown.pdf").status_code == 404
    for address in ("missing/unknown/1", "missing/unknown.pdf", "missing/unknown.csv"):
        assert walk.get(f"/move-out/{address}").status_code == 404
