"""Nobody without the right learns where the protected family of the town lives, whatever they ask (CM-5.1, RR-3.4).

Every route has a case here: a new one without a case fails ``test_every_route_is_walked``.
"""

from __future__ import annotations

import datetime as dt
import io
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import url_for
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from residentapp.app import create_app
from residentapp.config import Settings
from residentapp.core.access.actor import system_actor
from residentapp.core.access.declare import declaration_of
from residentapp.core.access.models import LoginSession, User
from residentapp.core.access.permissions import Permission
from residentapp.core.addresses.models import Building
from residentapp.core.audit.models import AuditEntry, AuditSubject
from residentapp.core.crypto import Keyring, keyring_of
from residentapp.core.dates import DateValue
from residentapp.core.numbering import RESIDENT_CODE, draw_codes
from residentapp.core.outbox import InboxMessage, InboxState, MessageState, OutboxMessage, Partner, receive
from residentapp.residents import history
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.certificates.models import CertificateIssue
from residentapp.residents.changes.spec import Subjects, specs
from residentapp.residents.head_notices.models import HeadNotice
from residentapp.residents.immigration.notices import handle_notice
from residentapp.residents.immigration.results import record_result
from residentapp.residents.locks import EditLock
from residentapp.residents.messages.writing import write_messages
from residentapp.residents.models import ResidentChange, ResidentHistory, SupportMember
from residentapp.residents.move_in.received import handle_move_out_certificate
from residentapp.residents.move_out.models import MoveOut
from residentapp.residents.move_out.notices import handle_move_in_notice
from residentapp.residents.move_out.types import Paper
from residentapp.residents.records import operations as record_operations
from residentapp.residents.search import index as search_index
from residentapp.residents.types import ChangeReason, ResidentState
from tests.residents.changes.elsewhere import make_neighbour
from tests.residents.immigration.conftest import FOREIGN
from tests.residents.notices.conftest import final_case
from tests.scenarios.protected import (
    CLERK,
    GIVEN_NAMES,
    IN_REGISTER,
    OFFICER,
    Family,
    Walk,
    blocks_of,
    make_walk,
    words_of,
)
from tests.support import residents
from tests.support.clock import TEST_MOMENT, SettableClock
from tests.support.town import town_app
from tests.support.users import PASSWORD, TERMINAL_CODE, Browser, log_in, make_user

pytestmark = pytest.mark.requirement("CM-5.1", "RR-3.4a", partial=True)


@pytest.fixture(scope="module")
def log_text() -> io.StringIO:
    """Everything that was written to the technical log."""
    return io.StringIO()


@pytest.fixture(scope="module")
def walk(
    town_file: Path, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring, log_text: io.StringIO
) -> Iterator[Walk]:
    """The town with its clerk; the technical log goes to ``log_text``."""
    folder = tmp_path_factory.mktemp("protected")
    with town_app(town_file, folder, SettableClock()) as (app, database):
        app.config["PROPAGATE_EXCEPTIONS"] = False
        app.testing = False
        for handler in logging.getLogger().handlers:
            if type(handler) is logging.StreamHandler:
                handler.setStream(log_text)
        yield make_walk(app, database, keyring, issue_and_look)


def issue_and_look(officer: Browser, family: Family) -> str:
    """What an officer who may know does: looks for the address, opens pages, hands over a certificate."""
    address = officer.post("/search", data={"building": "隠れ里荘"}).headers["Location"]
    assert "白鷺" in officer.get(address).text
    person = officer.post("/residents/open", data={"addressee_number": family.members[0]}).headers["Location"]
    page = officer.get(person).text
    assert "隠れ里荘" in page and "77番地7" in page
    household = officer.get(f"{person}/household").headers["Location"]
    officer.get(household)
    form = officer.get(f"/certificates/from-household/{household.rsplit('/', 1)[1]}").headers["Location"]
    asked = {
        "style": "resident_copy_household", "subjects": list(family.members), "shown": ["kana"], "copies": "1",
        "requester": "self", "fee": "paid", "act": "issue",
    }  # fmt: skip
    done = officer.post(form, data=asked)
    assert done.status_code == 303, words_of(done)
    [issue_id] = re.findall(r"/certificates/file/([^.\"]+)\.pdf", officer.get(done.headers["Location"]).text)
    paper = officer.get(f"/certificates/file/{issue_id}.pdf")
    assert "隠れ里荘" in words_of(paper)
    return str(issue_id)


Case = Callable[[Walk], None]


@dataclass(frozen=True)
class Walked:
    """A case and the routes it must have asked."""

    run: Case
    routes: frozenset[tuple[str, str]]


CASES: dict[str, Walked] = {}


def case(*routes: str) -> Callable[[Case], Case]:
    """Declare a case with its routes: ``"GET search.start"``."""

    def keep(run: Case) -> Case:
        asked = (route.split(" ") for route in routes)
        CASES[run.__name__] = Walked(run, frozenset((endpoint, method) for method, endpoint in asked))
        return run

    return keep


# ---- search


@case("GET search.start", "POST search.run", "GET search.results")
def by_whereabouts_they_are_as_if_they_did_not_exist(walk: Walk) -> None:
    """A search by where they live answers just as a search by a place that does not exist."""
    home, first = walk.family.home, walk.family.members[0]
    asked: list[dict[str, str]] = [
        {"building": "隠れ里荘"},
        {"building": "隠れ里荘207号室"},
        {"address": home.address, "address_match": "full"},
        {"address": "77番地7", "address_match": "contains"},
        {"address": "77-7", "address_match": "contains"},
        {"household_number": home.household_number},
        {"name": "白鷺", "building": "隠れ里"},
        {"kana": "シラサギ　サヨ", "building": "コーポ港町"},
        {"birth": "S59.10.10", "address_code": home.address_code or ""},
        {"name": "小夜", "name_match": "contains", "address": home.address},
        {"addressee_number": first, "building": "隠れ里荘", "without_past": "y"},
        {"addressee_number": walk.family.late, "building": "隠れ里荘", "states": "all"},
        {"addressee_number": walk.family.stored, "building": "隠れ里荘", "states": "all"},
        {"name": "白鷺　里代", "building": "隠れ里荘", "states": "removed"},
    ]
    walk.get("/search")
    for query in asked:
        control = query | {item: NOWHERE[item] for item in query if item in NOWHERE}
        assert answer_without_terms(walk, query) == answer_without_terms(walk, control), query
    for query in (
        {"addressee_number": first},
        {"addressee_number": walk.family.late, "states": "all"},
        {"addressee_number": walk.family.stored},
    ):
        for item in ("building", "address_code"):
            page = walk.follow(walk.post("/search", query | {"empty": item}))
            assert count_of(words_of(page)) == [0]


#: What each condition on whereabouts is compared with: places that do not exist.
NOWHERE = {
    "building": "架空無荘",
    "address": "無町1番地1",
    "household_number": "9999999999",
    "address_code": "99999999999",
}


@case(
    "POST search.search_removed", "GET search.results", "GET search.open_hit", "GET search.open_hit_household"
)
def the_removed_records_database_hides_them_as_well(walk: Walk) -> None:
    """Asked for with one key, or searched at once because the register has nobody."""
    home = walk.family.home
    by_whereabouts: list[dict[str, str]] = [
        {"building": "隠れ里荘"},
        {"address": home.address, "address_match": "full"},
        {"household_number": home.household_number},
        {"name": "伊蔵", "building": "隠れ里"},
        {"addressee_number": walk.family.stored, "address_code": home.address_code or ""},
    ]
    for query in by_whereabouts:
        control = query | {item: NOWHERE[item] for item in query if item in NOWHERE}
        assert answer_without_terms(walk, query) == answer_without_terms(walk, control), query
        typed = [query[item] for item in NOWHERE if item in query]
        first = walk.follow(walk.post("/search", query, typed=typed), typed=typed)
        address = f"{first.request.path}/removed-records"
        page = walk.follow(walk.post(address, typed=typed), typed=typed)
        assert count_of(words_of(page)) == [0], query
    found = 0
    for query in (
        {"name": "白鷺"},
        {"name": "伊蔵"},
        {"addressee_number": walk.family.stored},
        {"sex": "female"},
    ):
        first = walk.follow(walk.post("/search", query))
        for page in (first, walk.follow(walk.post(f"{first.request.path}/removed-records"))):
            rows = [row for row in blocks_of(words_of(page))[:-1] if "<td" in row]
            for place, row in enumerate(rows):
                if "伊蔵" in row:
                    assert "支援措置" in row and "除票（保存庫）" in row
                    found += 1
                    walk.follow(walk.get(f"{page.request.path}/1/{place}"))
                    walk.follow(walk.get(f"{page.request.path}/1/{place}/household"))
    assert found >= 4


_CHANGING = re.compile(r'/fonts/[^"]+|/search/[\w-]{16,}|(?:value|content)="[^"]*"')


def answer_without_terms(walk: Walk, asked: dict[str, str]) -> str:
    """A page of results without what was typed and what differs from request to request."""
    typed = [asked[item] for item in NOWHERE if item in asked]
    page = walk.follow(walk.post("/search", asked, typed=typed), typed=typed)
    text = _CHANGING.sub("", words_of(page))
    for term in typed:
        text = text.replace(term, "□")
    return text


@case("POST search.run", "GET search.results")
def a_list_of_the_town_leaves_them_out_and_counts_without_them(walk: Walk) -> None:
    home = walk.family.home
    code = home.address_code or ""
    asked = {"address_code": code, "states": "all"}
    answer = walk.follow(walk.post("/search", asked, typed=[code]), typed=[code])
    seen = words_of(answer)
    known = words_of(walk.officer.post("/search", data=asked, follow_redirects=True))
    assert not walk.family.is_about(seen)
    assert all(name in known for name in IN_REGISTER)
    [clerk_count], [officer_count] = count_of(seen), count_of(known)
    assert clerk_count == officer_count - len(IN_REGISTER) > 0
    rows = [number for row in blocks_of(seen)[:-1] for number in re.findall(r"\b\d{15}\b|\b\d{10,14}\b", row)]
    assert len(blocks_of(seen)) - 2 == clerk_count, rows


def count_of(page: str) -> list[int]:
    """The number of hits a page of results says."""
    return [int(found.replace(",", "")) for found in re.findall(r"([\d,]+)件", page)[:1]]


@case("POST search.run", "GET search.results", "GET search.open_hit", "GET search.open_hit_household")
def by_name_and_numbers_they_are_found_with_a_mark_only(walk: Walk) -> None:
    asked = [
        {"name": "白鷺", "states": "all"},
        {"name": "小夜", "name_match": "contains"},
        {"kana": "シラサギ", "states": "all"},
        {"birth": "S59.10.10"},
        {"addressee_number": walk.family.members[0]},
        {"addressee_number": walk.family.late, "states": "all"},
        {"relationship": "縁故者", "states": "all"},
        {"sex": "female"},
        {"removal_reason": "D03", "states": "removed"},
        {"name": "白鷺", "without_past": "y"},
    ]
    marked = 0
    for query in asked:
        answer = walk.follow(walk.post("/search", query))
        address = answer.request.path
        rows = [row for row in blocks_of(words_of(answer))[:-1] if "<td" in row]
        for place, row in enumerate(rows):
            if walk.family.is_about(row):
                assert any(mark in row for mark in ("支援措置", "死亡", "転出")), row
                marked += 1
                walk.follow(walk.get(f"{address}/1/{place}"))
                walk.follow(walk.get(f"{address}/1/{place}/household"))
    assert marked > 10


@case(
    "GET search.show_history", "POST search.run_again", "GET search.reuse", "POST search.forget",
    "POST search.command",
)  # fmt: skip
def own_searches_and_the_command_box(walk: Walk) -> None:
    walk.follow(walk.post("/search", {"name": "白鷺"}))
    # The clerk's own list repeats what the clerk typed, here and in the other cases.
    home = walk.family.home
    typed_before = [
        home.address or "",
        home.address_code or "",
        home.household_number,
        "隠れ里",
        "77番地7",
        "77-7",
    ]
    listed = words_of(
        walk.get(
            "/search/history",
            typed=typed_before,
        )
    )
    [first, *_] = re.findall(r"/search/history/(\d+)/run", listed)
    walk.follow(walk.post(f"/search/history/{first}/run"))
    walk.get(f"/search/history/{first}")
    for typed in (
        *walk.family.numbers, walk.family.father, "白鷺小夜", "しらさぎ さよ",
        "S59.10.10", "検索", "転入", "980001001999", "",
    ):  # fmt: skip
        walk.follow(walk.post("/search/command", {"q": typed}))
    for whereabouts in ("隠れ里荘", "77番地7"):
        answer = walk.follow(
            walk.post("/search/command", {"q": whereabouts}, typed=[whereabouts]), typed=[whereabouts]
        )
        assert not walk.family.is_about(words_of(answer))
    walk.follow(walk.post("/search/history/forget"))


# ---- residents and households


def everyone_near(walk: Walk) -> list[str]:
    """The family, who lived with them, the father, and neighbours of their town."""
    family = walk.family
    with walk.database.transaction() as session:
        neighbours = session.scalars(
            select(ResidentHistory.addressee_number)
            .where(
                ResidentHistory.is_latest,
                ResidentHistory.address_code == family.home.address_code,
                ResidentHistory.addressee_number.not_in(family.numbers),
            )
            .limit(2)
        ).all()
    assert neighbours
    return [*family.numbers, family.father, *neighbours]


#: Questions to the 異動履歴, about the office where they came among others.
HISTORY_QUESTIONS: tuple[dict[str, str], ...] = (
    {"day": "moved_on", "reason": "R01"}, {"day": "moved_on", "office": "支所"}, {"day": "moved_on", "text": "転入"},
    {"day": "processed_on", "first": "R8.1.1", "last": "R8.12.31"}, {"day": "moved_on", "first": "きのう"},
)  # fmt: skip


@case(
    "POST records.open_resident", "GET records.resident", "POST records.show_as_of", "POST records.show_numbers",
    "GET records.member_of_resident", "GET records.household_of_resident", "GET records.changes_of_resident",
    "POST records.changes_of_resident",
)  # fmt: skip
def pages_of_residents(walk: Walk) -> None:
    for number in everyone_near(walk):
        page = walk.open_person(number)
        assert page.status_code == 200 and number in page.text
        address = page.request.path
        for day in ("", "R8.5.1", "R8.9.30", "H30.1.1", "きのう"):
            walk.follow(walk.post(f"{address}/as-of", {"as_of": day}))
        walk.post(f"{address}/numbers")
        walk.follow(walk.get(f"{address}/changes"))
        for asked in HISTORY_QUESTIONS:
            walk.post(f"{address}/changes", asked)
        walk.follow(walk.get(f"{address}/household"))
        for place in range(5):
            walk.follow(walk.get(f"{address}/members/{place}"))
    for unknown in ("", "1", "99999999999", walk.family.household_number):
        walk.follow(walk.post("/residents/open", {"addressee_number": unknown}))


@case(
    "POST records.open_household", "GET records.household", "GET records.member_of_household",
    "GET records.changes_of_household", "POST records.changes_of_household",
)  # fmt: skip
def pages_of_households(walk: Walk) -> None:
    for number in everyone_near(walk):
        page = walk.open_household(number)
        assert page.status_code == 200
        walk.follow(walk.get(f"{page.request.path}/changes"))
        for asked in HISTORY_QUESTIONS:
            walk.post(f"{page.request.path}/changes", asked)
        for place in range(5):
            walk.follow(walk.get(f"{page.request.path}/members/{place}"))
    for household in (
        walk.family.household_number,
        walk.family.father_home.household_number,
        "9999999999",
        "",
    ):
        walk.follow(walk.post("/households/open", {"household_number": household}))


def test_the_history_of_who_moved_out_of_their_home_does_not_tell_where_it_is(walk: Walk) -> None:
    """She lives elsewhere in town and is not protected herself; her own address is shown, the home she left is not."""
    home = walk.family.home
    with walk.database.transaction() as session:
        lived = residents.resident(
            session,
            home.household_number,
            name="白鷺　志乃",
            postal_code=home.postal_code,
            address_code=home.address_code,
            address=home.address,
            building=home.building,
        )
        residents.next_snapshot(
            session,
            lived,
            residents.change(session, ChangeReason.MOVE_WITHIN, processed_on=dt.date(2026, 9, 1)),
            household_number=residents.household(session),
            address="架空県架空市東町9番1号",
            building=None,
            postal_code="9990009",
            address_code="98201999999",
            address_set_on=DateValue.of(dt.date(2026, 9, 1)),
        )
        number = lived.addressee_number
    page = walk.open_person(number)
    assert "東町9番1号" in words_of(page) and "転居" in words_of(page)
    for day in ("R8.9.1", "R8.8.31", "R8.4.1"):
        then = walk.follow(walk.post(f"{page.request.path}/as-of", {"as_of": day}))
        told = words_of(then)
        assert "下之原" not in told and "隠れ里" not in told and "白鷺　志乃" in told
    known = walk.officer.post("/residents/open", data={"addressee_number": number}, follow_redirects=True)
    assert "77番地7" in known.text
    # Nor does a copy that would print the home she left: it needs the officer in charge, and does not say why.
    form = walk.follow(
        walk.get(f"/certificates/from-resident/{page.request.path.rsplit('/', 1)[1]}")
    ).request.path
    for shown in (["kana"], ["kana", "history"]):
        for act in ("preview", "issue"):
            wanted = ASKED | {
                "style": "resident_copy_individual",
                "subjects": [number],
                "shown": shown,
                "act": act,
            }
            answer = walk.post(form, wanted)
            assert answer.status_code == 422 and "責任者の確認が必要です" in answer.text
            assert "支援" not in words_of(answer).partition("CI-E010")[0].rpartition("件の誤り")[2]


# ---- certificates


ASKED = {
    "style": "resident_copy_household", "shown": ["kana", "relationship"], "copies": "1", "requester": "self",
    "fee": "paid",
}  # fmt: skip


@case(
    "GET certificates.start_for_resident", "GET certificates.start_for_household", "GET certificates.enter",
    "POST certificates.enter", "GET certificates.preview_page",
)  # fmt: skip
def certificates_of_the_family_are_refused_without_their_address(walk: Walk) -> None:
    for number in walk.family.members:
        state = walk.open_person(number).request.path.rsplit("/", 1)[1]
        household = walk.open_household(number).request.path.rsplit("/", 1)[1]
        for start in (f"/certificates/from-resident/{state}", f"/certificates/from-household/{household}"):
            page = walk.follow(walk.get(start))
            assert page.status_code == 200
            for act in ("preview", "issue"):
                for subjects in ([number], list(walk.family.members), []):
                    answer = walk.post(page.request.path, ASKED | {"subjects": subjects, "act": act})
                    assert answer.status_code == 422
            assert walk.get(f"{page.request.path}/preview/0/1.png").status_code == 404
    for number in (walk.family.late, walk.family.moved, walk.family.stored):
        state = walk.open_person(number).request.path.rsplit("/", 1)[1]
        walk.follow(walk.get(f"/certificates/from-resident/{state}"))


@case(
    "GET certificates.start_removed_for_resident", "GET certificates.start_removed_for_household",
    "GET certificates.enter", "POST certificates.enter",
)  # fmt: skip
def copies_of_removed_records_of_their_home_are_refused_too(walk: Walk) -> None:
    for number in (walk.family.late, walk.family.moved, walk.family.stored):
        state = walk.open_person(number).request.path.rsplit("/", 1)[1]
        household = walk.open_household(number).request.path.rsplit("/", 1)[1]
        for way in (f"from-resident/{state}", f"from-household/{household}"):
            page = walk.follow(walk.get(f"/certificates/removed/{way}"))
            assert page.status_code == 200
            keys = re.findall(rf'value="({number}:\d+)"', page.text)
            assert len(keys) == 1, "the 除票 is offered"
            for act in ("preview", "issue"):
                asked = ASKED | {"style": "removed_record_copy", "subjects": keys, "act": act}
                asked |= {"requester": "third_party", "requester_name": "架空　次郎", "purpose": "相続"}
                answer = walk.post(page.request.path, asked)
                assert answer.status_code == 422 and "責任者の確認が必要です" in words_of(answer)
            assert walk.get(f"{page.request.path}/preview/0/1.png").status_code == 404
    for number in walk.family.members:
        state = walk.open_person(number).request.path.rsplit("/", 1)[1]
        assert walk.get(f"/certificates/removed/from-resident/{state}").status_code == 409


@case("GET certificates.issued", "GET certificates.file", "POST certificates.enter")
def the_father_gets_his_own_certificate_and_it_is_silent_about_them(walk: Walk) -> None:
    state = walk.open_person(walk.family.father).request.path.rsplit("/", 1)[1]
    form = walk.follow(walk.get(f"/certificates/from-resident/{state}")).request.path
    shown = ["kana", "relationship", "history", "previous_address", "remarks"]
    asked = ASKED | {"style": "resident_copy_individual", "subjects": [walk.family.father]}
    for wanted in (shown, ["kana", "relationship"]):
        walk.post(form, asked | {"shown": wanted, "act": "preview"})
    done = walk.follow(walk.post(form, asked | {"act": "issue"}))
    [issue_id] = re.findall(r"/certificates/file/([^.\"]+)\.pdf", done.text)
    paper = walk.get(f"/certificates/file/{issue_id}.pdf")
    assert "剛志" in words_of(paper)


@case(
    "GET certificates.show_history", "POST certificates.show_history", "GET certificates.history_of_resident",
    "GET certificates.history_page", "GET certificates.issue_page", "POST certificates.issue_page",
    "GET certificates.person", "GET certificates.file",
)  # fmt: skip
def what_was_issued_to_them_stays_closed(walk: Walk) -> None:
    walk.follow(walk.get("/certificates/history"))
    for asked in (
        {"addressee_number": walk.family.members[0]}, {"user_login": "officer"}, {"day": "R8.11.24"}, {"day": "?"},
    ):  # fmt: skip
        page = walk.follow(walk.post("/certificates/history", asked))
        walk.get(page.request.path)
    state = walk.open_person(walk.family.members[0]).request.path.rsplit("/", 1)[1]
    walk.follow(walk.get(f"/certificates/history-of/{state}"))
    issue = f"/certificates/issue/{walk.issue_id}"
    assert walk.get(issue).status_code == 200
    for place in range(4):
        walk.follow(walk.get(f"{issue}/person/{place}"))
    refused = walk.get(f"/certificates/file/{walk.issue_id}.pdf")
    assert refused.status_code == 409
    walk.follow(walk.post(issue, {"reason": ""}))
    walk.follow(walk.post(issue, {"reason": "書き損じ"}))
    with walk.database.transaction() as session:
        row = session.get(CertificateIssue, walk.issue_id)
        assert row is not None
        walk.assert_silent(f"{row.form_id if hasattr(row, 'form_id') else ''}", "issue row")
    assert walk.get(f"/certificates/file/{walk.issue_id}.pdf").status_code == 409
    assert walk.get("/certificates/issued/unknown").status_code == 404


# ---- 閲覧用 and cards

READING: dict[str, Any] = {
    "basis": "survey", "requester_name": "架空大学", "representative": "", "readers": "調査員", "purpose": "世論調査",
    "sex": "any", "kind": "", "district": "", "order": "random", "medium": "csv", "fee": "paid",
}  # fmt: skip


@case(
    "GET reading.start", "GET reading.enter", "POST reading.enter", "GET reading.made", "POST reading.file",
)  # fmt: skip
def no_reading_copy_holds_them_or_shows_that_they_are_missing(walk: Walk) -> None:
    """Whatever is asked: their own town, their own day of birth, everybody, in every order, as CSV and PDF."""
    home = walk.family.home
    born = home.birth_date.writing
    town = home.address_code or ""
    form = walk.follow(walk.get("/reading")).request.path

    def ask(act: str, **asked: Any) -> TestResponse:
        return walk.post(form, READING | asked | {"act": act})

    # Nobody but the mother was born on that day in that town: the same answer as for a town where nobody lives.
    theirs = {"towns": [town], "birth_from": born, "birth_to": born}
    for act in ("count", "make"):
        for leaving in ({}, {"with_suppressed": "y"}):
            both = [
                ask(act, **theirs, **leaving),
                ask(act, **theirs | {"birth_from": "M30.1.1", "birth_to": "M30.1.1"}, **leaving),
            ]
            assert [answer.status_code for answer in both] == [422, 422]
            found = [
                re.findall(r'class="remedy">.*?</small>', words_of(answer), re.DOTALL) for answer in both
            ]
            assert found[0] == found[1] != []
    assert ask("ask", **theirs, with_suppressed="y").status_code == 303
    walk.get(form)
    own = walk.get("/support/reviews/own")
    assert not walk.family.is_about(words_of(own).split("<tbody>")[1])

    for asked in (
        {}, {"towns": [town]}, {"order": "address"}, {"order": "birth", "sex": "female"},
        {"towns": [town], "order": "address", "medium": "pdf", "kana": "y"}, {"medium": "pdf"},
    ):  # fmt: skip
        done = ask("make", **asked)
        assert done.status_code == 303, words_of(done)
        page = walk.follow(done)
        [said] = re.findall(r"([\d,]+)人", words_of(page))
        [link] = re.findall(r'action="(/reading/file/[0-9a-f]+)"', page.text)
        words = words_of(walk.post(link))
        assert not walk.family.is_about(words) and not any(name in words for name in GIVEN_NAMES)
        if asked.get("medium") != "pdf":
            numbers = [line.split(",")[0] for line in words.splitlines()[1:] if line]
            assert numbers == [str(place) for place in range(1, int(said.replace(",", "")) + 1)], "no gap"
    for unknown in ("/reading/unknown", "/reading/made/unknown"):
        assert walk.get(unknown).status_code == 404
    assert walk.post("/reading/file/unknown").status_code == 404


@case("GET cards.show", "POST cards.show")
def their_cards_tell_no_place(walk: Walk) -> None:
    """Also not where an officer who may know wrote down where a card was handed over."""
    officer = officer_of(walk, "knows-cards")
    entry = {"card": "number", "state": "issued", "since": "R6.4.1", "note": "隠れ里荘207号室で手渡し"}
    number = walk.family.members[0]
    person = officer.post("/residents/open", data={"addressee_number": number}).headers["Location"]
    assert officer.post(f"/cards/{person.rsplit('/', 1)[1]}", data=entry).status_code == 303
    for each in (*walk.family.numbers, walk.family.father):
        state = walk.open_person(each).request.path.rsplit("/", 1)[1]
        shown = walk.get(f"/cards/{state}")
        if each == number:
            assert "交付済み" in words_of(shown) and "支援措置のため表示しません" in words_of(shown)
        walk.follow(walk.post(f"/cards/{state}", {}))
    assert walk.get("/cards/unknown").status_code == 404


# ---- messages


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


# ---- 統合記載欄, memos, フリガナ


TELLING = "隠れ里荘207号室にいる"


def new_officer(walk: Walk, login: str) -> Browser:
    """An officer who may know; other cases end the session of the walk's own."""
    browser = walk.app.test_client()
    assert isinstance(browser, Browser)
    with walk.database.transaction() as session:
        user = make_user(session, *Permission, login=login, name=f"架空　{login}", moment=TEST_MOMENT)
        log_in(browser, session, user, moment=TEST_MOMENT)
    return browser


def write_about(officer: Browser, walk: Walk, number: str) -> str:
    """What an officer writes about one of them; gives the address of the officer's page."""
    person = officer.post("/residents/open", data={"addressee_number": number}).headers["Location"]
    sent = {
        "text": TELLING,
        "alert": ["RM-A001", "RM-A002"],
        "alert-reason:RM-A001": "確認",
        "alert-reason:RM-A002": "確認",
    }
    live = number in walk.family.members
    if live:
        assert officer.post(f"{person}/remarks/new", data=sent).status_code == 303
        note = sent | {"history_number": "1"}
        assert officer.post(f"{person}/notes/new", data=note).status_code in (303, 422)
    else:
        wrong = {"column": "building", "wrong": "", "right": TELLING, **sent}
        page = officer.get(f"{person}/corrections/new").text
        [row, *_] = re.findall(r'name="history_number".*?value="(\d+)"', page, re.DOTALL)
        answer = officer.post(f"{person}/corrections/new", data=wrong | {"history_number": row})
        # A move-in of another case may have chosen the record and holds it (RR-10.3c).
        assert answer.status_code in (303, 409)
    assert officer.post(f"{person}/memos/new", data=sent).status_code == 303
    assert officer.get(person).text.count(TELLING) >= (2 if live else 1)
    return person


@case(
    "GET remarks.show", "GET remarks.add_remark", "POST remarks.add_remark", "GET remarks.add_note",
    "POST remarks.add_note", "GET remarks.correct_removed", "POST remarks.correct_removed", "GET remarks.change",
    "POST remarks.change", "GET remarks.withdraw", "POST remarks.withdraw", "GET memos.show", "GET memos.write",
    "POST memos.write", "GET memos.change", "POST memos.change", "GET records.resident",
)  # fmt: skip
def texts_about_them_are_closed(walk: Walk) -> None:
    """What officers wrote about them is neither shown nor changed, and nothing is written by who may not know."""
    officer = new_officer(walk, "writer")
    stored = walk.open_person(walk.family.stored).request.path
    for path in ("/remarks", "/memos", "/corrections/new"):
        # A stored record has no such screens: what was written stands on its own page.
        assert walk.get(stored + path).status_code in (403, 404), path
    for number in (*walk.family.members, walk.family.late, walk.family.moved):
        officers = write_about(officer, walk, number)
        page = officer.get(f"{officers}/remarks").text + officer.get(f"{officers}/memos").text
        entries = set(re.findall(r"/remarks/(\d+)", page)) or {"1"}
        memos = set(re.findall(r"/memos/(\d+)", page))
        assert memos
        person = walk.open_person(number).request.path
        for path in ("/remarks", "/remarks/new", "/notes/new", "/corrections/new", "/memos", "/memos/new"):
            assert walk.get(person + path).status_code == 403, path
        sent = {
            "text": "書けない",
            "reason": "確認",
            "column": "building",
            "right": "x",
            "history_number": "1",
            "act": "fill",
        }
        for path in ("/remarks/new", "/notes/new", "/corrections/new", "/memos/new"):
            assert walk.post(person + path, sent).status_code == 403, path
        paths = [f"/remarks/{entry}{way}" for entry in entries for way in ("", "/withdraw")]
        for path in [*paths, *(f"/memos/{memo}" for memo in memos)]:
            assert walk.get(person + path).status_code == 403
            assert walk.post(person + path, sent | {"act": "delete"}).status_code == 403
        assert walk.get(officers).status_code == 404
    for number in set(everyone_near(walk)) - set(walk.family.numbers):
        person = walk.open_person(number).request.path
        for path in ("/remarks", "/memos"):
            assert walk.get(person + path).status_code == 200
        for path in ("/remarks/new", "/memos/new"):
            walk.follow(walk.post(person + path, {"text": "家族について問合せあり"}))
            walk.get(person + path)
        for path in ("/notes/new", "/corrections/new"):
            walk.get(person + path)
            walk.post(person + path, {"act": "choose", "history_number": "1"})
        shown = walk.get(f"{person}/remarks").text + walk.get(f"{person}/memos").text
        for path in set(re.findall(rf"{person}/(?:remarks|memos)/\d+(?:/withdraw)?", shown)):
            walk.get(path)
            walk.post(path, {"text": "直した", "reason": "確認", "seen": "1"})


@case("GET remarks.list_templates", "GET remarks.edit_template", "POST remarks.edit_template")
def texts_for_notes_name_nobody(walk: Walk) -> None:
    walk.get("/note-templates")
    for address in ("/note-templates/new", "/note-templates/1"):
        walk.get(address)
        walk.post(address, {"name": "", "text": "{本籍}"})


@case(
    "GET kana.show_work", "POST kana.send_notices", "POST kana.record_overdue", "GET kana.open_line",
    "GET kana.show_batch", "GET kana.print_batch", "GET kana.show_person", "POST kana.show_person",
    "POST kana.take_back",
)  # fmt: skip
def notices_of_kana_leave_them_out(walk: Walk) -> None:
    """The officer notifies them; the clerk finds them in no list, on no letter, under no number of the batch."""
    members = walk.family.members
    with walk.database.transaction() as session:
        for number in members:
            current = history.latest(session, number)
            assert current is not None
            residents.next_snapshot(
                session,
                current,
                residents.change(session, ChangeReason.CORRECT_ERROR),
                name_kana_confirmed=False,
            )
    assert not any(name in walk.get("/kana").text for name in GIVEN_NAMES)
    officer = new_officer(walk, "notifier")
    page = officer.get("/kana").text
    assert "小夜" in page
    state = re.findall(r"/kana/list/([\w-]+)/", page)[0]
    places = re.findall(r'name="place" value="(\d+)"', page)
    sent = {"place": places, "answer_by": "R8.12.31"}
    batch = officer.post(f"/kana/list/{state}/notices", data=sent).headers["Location"]
    assert "隠れ里荘" in words_of(officer.get(f"{batch}/kana_notice.pdf"))
    walk.post(f"/kana/list/{state}/notices", sent)
    assert walk.get(f"/kana/list/{state}/0").status_code == 404
    shown = walk.get(batch)
    assert shown.status_code == 200 and not walk.family.is_about(shown.text)
    for paper in ("kana_notice", "kana_notice_list"):
        printed = walk.get(f"{batch}/{paper}.pdf")
        assert printed.status_code == 200 and not walk.family.is_about(words_of(printed))
    for part in ("unconfirmed", "waiting", "overdue", "answered"):
        for item in ("name", "former_name"):
            listed = walk.get(f"/kana?item={item}&work={part}")
            assert not walk.family.is_about(listed.text)
    own = re.findall(r"/kana/list/([\w-]+)/", walk.get("/kana?work=waiting").text)[0]
    walk.follow(walk.get(f"/kana/list/{own}/0"))
    walk.post(f"/kana/list/{own}/ex-officio", {"place": ["0"]})
    walk.post(f"/kana/list/{own}/notices", {"place": ["0"], "answer_by": "きのう"})
    stored = walk.open_person(walk.family.stored).request.path
    assert walk.get(f"{stored}/kana").status_code == 404, "no フリガナ of a stored record waits for an answer"
    for number in (*walk.family.members, walk.family.late, walk.family.moved, walk.family.father):
        person = walk.open_person(number).request.path
        page = walk.get(f"{person}/kana")
        assert page.status_code == 200
        walk.post(f"{person}/kana", {"item": "name", "how": "corrected", "kana": "シラサギ　・"})
        answered = walk.follow(
            walk.post(f"{person}/kana", {"item": "name", "how": "corrected", "kana": "シラサギ　ベツ"})
        )
        for back in re.findall(r'action="([^"]+/take-back)"', answered.text):
            walk.follow(walk.post(back))
        walk.post(f"{person}/kana/99999/take-back")


# ---- support measures


#: What the screens of measures and suppressions ask for. It begins in years to come: other cases see nothing of it.
MEASURE = {
    "level_change": "error", "reason": "確認", "applied_on": "R8.11.24", "starts_on": "R12.4.1", "ends_on": "R13.3.31",
    "capacity": "current", "role": "own", "act": "save", "addressee_number": "0000000108", "minutes": "10",
}  # fmt: skip


@case(
    "GET support.add_member", "GET support.add_offender", "GET support.change_measure",
    "GET support.change_member", "GET support.change_offender", "GET support.end_measure",
    "GET support.list_closed", "GET support.list_ending", "GET support.list_measures",
    "GET support.list_passed", "GET support.list_reviews", "GET support.list_suppressed",
    "GET support.record_transfer", "GET support.register_measure", "GET support.renew_measure",
    "GET support.show_measure", "GET support.show_review", "GET support.start_measure",
    "GET support.start_notice", "GET support.suppressed_page", "GET support.term_notice",
    "POST support.add_member", "POST support.add_offender", "POST support.change_measure",
    "POST support.change_member", "POST support.change_offender", "POST support.end_measure",
    "POST support.list_suppressed", "POST support.record_transfer", "POST support.register_measure",
    "POST support.remove_member", "POST support.remove_offender", "POST support.renew_measure",
    "POST support.show_review", "POST support.start_measure", "POST support.suppressed_csv",
    "POST support.suppressed_pdf",
)  # fmt: skip
def the_desk_of_measures_is_closed(walk: Walk) -> None:
    """Their measure exists, and so does everything on it; who may not know is refused before anything is looked up."""
    with walk.database.transaction() as session:
        measure = session.scalars(
            select(SupportMember.measure_id).where(SupportMember.addressee_number == walk.family.members[0])
        ).first()
        assert measure is not None
    state = walk.open_person(walk.family.members[0]).request.path.rsplit("/", 1)[1]
    values = {
        "measure_id": measure,
        "offender_id": 1,
        "place": 0,
        "review_id": "1",
        "state_id": state,
        "page": 0,
    }
    for rule in walk.app.url_map.iter_rules():
        declared = declaration_of(walk.app, rule.endpoint)
        if not rule.endpoint.startswith("support.") or declared is None or not declared.missing(CLERK):
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            with walk.app.test_request_context():
                path = url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
            answer = walk.get(path) if method == "GET" else walk.post(path, MEASURE)
            assert answer.status_code == 403, path


@case(
    "GET support.find", "POST support.find", "GET support.of_household", "GET support.of_resident",
    "GET support.own_reviews", "GET support.subject", "POST support.lift", "POST support.release",
    "POST support.relock", "GET support.suppress", "POST support.suppress",
)  # fmt: skip
def suppressions_of_theirs_tell_no_place(walk: Walk) -> None:
    """Whoever may suppress and release sees that something bars them, and nothing of where they are."""
    walk.get("/support/reviews/own")
    walk.get("/support/find")
    for number in ("", "x", "9999999999", *walk.family.numbers, walk.family.father):
        walk.follow(walk.post("/support/find", {"number": number}))
    for number in walk.family.numbers:
        person = walk.open_person(number).request.path.rsplit("/", 1)[1]
        household = walk.open_household(number).request.path.rsplit("/", 1)[1]
        for start in (f"of-resident/{person}", f"of-household/{household}"):
            page = walk.follow(walk.get(f"/support/{start}"))
            if not page.request.path.startswith("/support/subject/"):
                continue
            subject = page.request.path
            for way in ("lift", "relock", "suppress", "release"):
                if way == "suppress":
                    walk.follow(walk.get(f"{subject}/suppress"))
                for sent in ({}, MEASURE):
                    walk.follow(walk.post(f"{subject}/{way}", sent))
            walk.get(subject)


# ---- move-in


SAMPLES = Path(__file__).resolve().parents[2] / "seed" / "move_in_samples"


def upload(walk: Walk, text: bytes, name: str = "転出.csv") -> TestResponse:
    """Hand in a CSV."""
    return walk.post("/move-in/csv", {"certificate": (io.BytesIO(text), name)})


def keys_and_version(page: TestResponse) -> tuple[list[str], str]:
    """Keys of the people on the page of an entry, and its version."""
    keys = re.findall(r'name="members-\d+-key"[^>]*value="([^"]+)"', page.text)
    [version, *_] = re.findall(r'name="version"[^>]*value="(\d+)"', page.text)
    return keys, version


@case(
    "GET move_in.start", "POST move_in.begin", "POST move_in.import_csv", "GET move_in.columns",
    "GET move_in.enter", "POST move_in.save", "POST move_in.save_draft", "GET move_in.check_entry",
    "POST move_in.register", "GET move_in.review", "GET move_in.done", "POST move_in.take_back",
    "POST move_in.approve_case", "POST move_in.send_back",
    "GET move_in.static",
)  # fmt: skip
def moving_in_beside_them_and_as_one_of_them(walk: Walk) -> None:
    """A clerk looks for their household, joins it, and enters people who are in the register already."""
    walk.get("/move-in")
    walk.get("/move-in/columns")
    walk.get("/move-in/static/move_in.js")
    for name in ("family_of_four.csv", "broken.csv"):
        walk.follow(upload(walk, (SAMPLES / name).read_bytes(), name))
    page = walk.follow(walk.post("/move-in/begin", {"kind": "domestic"}))
    assert page.status_code == 200, page.request.path
    case = page.request.path

    def save(typed: tuple[str, ...] = (), /, **sent: str) -> TestResponse:
        current = walk.get(case)
        _keys, version = keys_and_version(current)
        return walk.follow(walk.post(case, {"version": version, **sent}, typed=typed))

    for query in ("白鷺", "シラサギ", "小夜", "隠れ里", walk.family.household_number, "下之原"):
        found = save((query,), act="find", find=query, scope="part")
        assert found.status_code == 200
    # The number is what the clerk sends; the list of households does not give it away.
    household = walk.family.household_number
    walk.echoes.add(household)
    joined = save(act=f"household:{household}", scope="part")
    assert joined.status_code == 200
    people = (
        ("白鷺　宇多", "S55.5.5", "female"), ("白鷺　里代", "S55.5.5", "female"), ("白鷺　小夜", "S59.10.10", "female"),
        ("白鷺　湖太", "H24.12.1", "male"),
    )  # fmt: skip
    for _person in people[1:]:
        save(act="add:japanese")
    keys, _version = keys_and_version(walk.get(case))
    sent: dict[str, str] = {
        "scope": "part",
        "moved_on": "R8.11.20",
        "notified_on": "R8.11.24",
        "notifier": "白鷺　宇多",
    }
    for index, (key, (name, birth, sex)) in enumerate(zip(keys, people, strict=True)):
        sent |= {
            f"members-{index}-key": key, f"members-{index}-name": name, f"members-{index}-birth_date": birth,
            f"members-{index}-sex": sex, f"members-{index}-relationship": "縁故者",
        }  # fmt: skip
    entered = save(act="save", **sent)
    assert "白鷺　宇多" in words_of(entered)
    for key, number in zip(keys, (walk.family.late, walk.family.moved, *walk.family.members), strict=False):
        save(act=f"re-entry:{key},{number}")
        save(act=f"domicile:{key}")
        walk.get(f"{case}/check")
    save(act=f"household:{household}", **sent)
    walk.get(f"{case}?check=1")
    checked = walk.get(f"{case}/check")
    reasons = {name: "確かめた" for name in re.findall(r'name="(alert[^"]*)"', checked.text)}
    _keys, version = keys_and_version(checked)
    walk.follow(walk.post(f"{case}/check", {"version": version, **reasons}))
    _keys, version = keys_and_version(walk.get(case))
    walk.post(f"{case}/draft", {"version": version, "notifier": "白鷺"})
    for address in (
        f"{case}/review",
        f"{case}/done",
        "/",
    ):
        walk.follow(walk.get(address))
    for address in (f"{case}/approve", f"{case}/return", f"{case}/take-back"):
        walk.follow(walk.post(address, {"version": version, "reason": "確かめた"}))


# ---- changes


@case(
    "GET changes.start", "POST changes.find", "GET changes.start_for_resident", "GET changes.start_for_household",
    "GET changes.menu", "POST changes.begin_for", "POST changes.begin_free", "GET changes.enter", "POST changes.save",
    "POST changes.save_draft", "GET changes.check_entry", "POST changes.register", "GET changes.review",
    "GET changes.done", "POST changes.take_back", "POST changes.approve_case", "POST changes.send_back",
)  # fmt: skip
def changing_them_and_joining_them(walk: Walk) -> None:
    """A clerk looks for them, tries every kind of change on them and the father, joins him to their household."""
    walk.get("/changes")
    menus = []
    for query in ("白鷺", "シラサギ", "小夜", *walk.family.numbers, walk.family.household_number, ""):
        found = walk.post("/changes/find", {"find": query}, typed=(query,) if query else ())
        menus += re.findall(r'href="(/changes/menu/[\w-]+)"', found.text)
    assert menus
    removed = [spec.code for spec in specs() if spec.subjects in (Subjects.REMOVED, Subjects.ANY)]
    assert removed
    closed = [menu for menu in menus if walk.get(menu).status_code != 200]
    assert len(closed) >= len(walk.family.numbers)
    for menu in closed:
        for kind in removed:
            assert walk.post(menu, {"kind": kind}).status_code in (403, 404)
    for number in walk.family.numbers:
        state = walk.open_person(number).request.path.rsplit("/", 1)[1]
        household = walk.open_household(number).request.path.rsplit("/", 1)[1]
        for start in (f"/changes/for/resident/{state}", f"/changes/for/household/{household}"):
            refused = walk.follow(walk.get(start))
            assert refused.status_code in (403, 404)
            # The address of a menu opens nothing that the menu itself refuses to show, removed records among it.
            for kind in removed:
                assert walk.post(refused.request.path, {"kind": kind}).status_code in (403, 404)
    kinds = [spec.code for spec in specs()]
    walk.echoes.add(walk.family.household_number)
    for kind in kinds:
        walk.follow(walk.post("/changes/begin", {"kind": kind}))
        state = walk.open_person(walk.family.father).request.path.rsplit("/", 1)[1]
        menu = walk.follow(walk.get(f"/changes/for/resident/{state}")).request.path
        page = walk.follow(walk.post(menu, {"kind": kind}))
        if not page.request.path.startswith("/changes/") or page.status_code != 200:
            continue
        case = page.request.path
        for act, sent in (
            ("find", {"find": "小夜"}), (f"household:{walk.family.household_number}", {}), ("all", {}),
            ("save", {"moved_on": "R8.11.20", "scope": "part"}), ("renew", {}),
        ):  # fmt: skip
            _keys, version = keys_and_version(walk.get(case))
            # The field repeats what was typed, beside the home that the father's newborn would join.
            echo = ('name="find" value="小夜"',)
            asked = {"version": version, "act": act, "people-shown": "1", **sent}
            walk.follow(walk.post(case, asked, typed=echo), typed=echo)
        _keys, version = keys_and_version(walk.get(case))
        walk.post(f"{case}/draft", {"version": version, "notifier": "白鷺"})
        checked = walk.get(f"{case}/check")
        reasons = {name: "確かめた" for name in re.findall(r'name="(alert[^"]*)"', checked.text)}
        _keys, version = keys_and_version(checked)
        walk.follow(walk.post(f"{case}/check", {"version": version, "act": "register", **reasons}))
        for address in (f"{case}/review", f"{case}/done"):
            walk.follow(walk.get(address))
        for address in (f"{case}/approve", f"{case}/return", f"{case}/take-back"):
            walk.follow(walk.post(address, {"version": version, "reason": "確かめた"}))
        # Given back, so that the household is free for the next kind.
        with walk.database.transaction() as session:
            current = session.get(ChangeCase, case.rsplit("/", 1)[1])
            assert current is not None
            version = str(current.version)
        sent = {"version": version, "act": "withdraw", "withdraw-reason": "確かめた"}
        walk.follow(walk.post(case, sent))


def test_what_an_officer_enters_for_them_is_closed_to_a_clerk(walk: Walk) -> None:
    """The entry of their move holds where they will live; the list names the case, who may not know cannot open it."""
    officer = walk.officer
    page = officer.post(
        "/residents/open", data={"addressee_number": walk.family.members[0]}, follow_redirects=True
    )
    [link] = re.findall(r'href="(/changes/for/resident/[\w-]+)"', page.text)
    menu = officer.get(link, follow_redirects=True).request.path
    entry = officer.post(menu, data={"kind": "move_within"}).headers["Location"]
    _keys, version = keys_and_version(officer.get(entry))
    sent = {
        "version": version, "act": "leave", "people-shown": "1", "people-p1-chosen": "1", "people-p2-chosen": "1",
        "moved_on": "R8.11.20", "town": "架空県架空市東町", "lot": "隠れ里42番地",
    }  # fmt: skip
    assert officer.post(entry, data=sent).status_code == 303
    assert "隠れ里42番地" in officer.get(entry).text
    case_id = entry.rsplit("/", 1)[1]
    for address in ("", "/check", "/review"):
        assert walk.get(f"/changes/{case_id}{address}").status_code in (403, 409)
    for address in ("", "/check", "/draft", "/approve", "/return", "/take-back"):
        answer = walk.post(f"/changes/{case_id}{address}", {"version": version, "reason": "確かめた"})
        assert answer.status_code >= 400
    walk.get("/cases/drafts?whose=all")
    _keys, version = keys_and_version(officer.get(entry))
    officer.post(entry, data={"version": version, "act": "withdraw"})


@case(
    "GET ex_officio.show_day", "POST ex_officio.choose_day", "POST ex_officio.print_list", "GET ex_officio.papers",
    "POST ex_officio.print_sheet", "POST ex_officio.print_notice",
)  # fmt: skip
def papers_about_what_the_office_did_for_them(walk: Walk) -> None:
    """An officer corrects where one of them lived before; the clerk looks it up and prints what there is to print."""
    with walk.database.transaction() as session:
        session.execute(delete(EditLock))  # of cases that other walks have left open
    officer, approver = (walk_in(walk, login) for login in ("corrector", "approver"))
    case_id = corrected_by_office(officer, approver, walk.family.members[0])
    told = officer.post(f"/ex-officio/{case_id}/sheet", data={"change": "0"})
    assert "隠れ里町" in words_of(told) and "隠れ里荘で本人に聴いた" in words_of(told)
    assert "隠れ里" in words_of(
        officer.post(f"/ex-officio/{case_id}/notice", data={"change": "0", "person": "0"})
    )
    listed = walk.get("/ex-officio")
    assert "職権修正" in listed.text
    for day in ("R8.11.24", "R8.11.23", "きのう", ""):
        walk.post("/ex-officio", {"day": day})
        walk.post("/ex-officio/list", {"day": day})
    # Nobody prints a list with them on it, whatever rights they have.
    assert "隠れ里" not in words_of(officer.post("/ex-officio/list", data={"day": "R8.11.24"}))
    assert "表示できません" in walk.get(f"/ex-officio/{case_id}").text
    for sent in ({"change": "0", "person": "0"}, {"change": "9"}, {"change": "x"}, {}):
        for paper in ("sheet", "notice"):
            assert walk.post(f"/ex-officio/{case_id}/{paper}", sent).status_code in (400, 403)
    assert walk.get("/ex-officio/unknown").status_code == 404


def walk_in(walk: Walk, login: str) -> Browser:
    """Another officer who may do and know everything."""
    browser = walk.app.test_client()
    assert isinstance(browser, Browser)
    with walk.database.transaction() as session:
        user = make_user(session, *Permission, login=login, name=f"架空　{login}", moment=TEST_MOMENT)
        log_in(browser, session, user, moment=TEST_MOMENT)
    return browser


def corrected_by_office(officer: Browser, approver: Browser, number: str) -> str:
    """Id of a case in which one officer corrected a record and another approved it."""
    page = officer.post("/residents/open", data={"addressee_number": number}, follow_redirects=True)
    [link] = re.findall(r'href="(/changes/for/resident/[\w-]+)"', page.text)
    menu = officer.get(link, follow_redirects=True).request.path
    case = officer.post(menu, data={"kind": "correct"}).headers["Location"]
    page = officer.get(case)
    [key] = re.findall(r'name="subject" value="(p\d+)" checked', page.text)
    _keys, version = keys_and_version(page)
    sent = {
        "version": version, "act": "check", "people-shown": "1", "subject": key, "moved_on": "R8.11.20",
        "basis": "omission", "cause": "隠れ里荘で本人に聴いた。", f"people-{key}-previous_address": "架空県隠れ里町1番",
    }  # fmt: skip
    saved = officer.post(case, data=sent)
    assert saved.status_code == 303, words_of(saved)
    checked = officer.get(f"{case}/check")
    _keys, version = keys_and_version(checked)
    alerts = re.findall(r'name="alert-reason:([^"]+)"', checked.text)
    reasons: dict[str, Any] = {f"alert-reason:{alert}": "確かめた" for alert in alerts}
    reasons |= {"alert": alerts, "version": version, "act": "register"}
    assert officer.post(f"{case}/check", data=reasons).status_code == 303
    _keys, version = keys_and_version(approver.get(f"{case}/review"))
    done = approver.post(f"{case}/approve", data={"version": version})
    assert done.status_code == 303, words_of(done)
    return case.rsplit("/", 1)[1]


# ---- work lists


@case(
    "GET cases.waiting", "POST cases.choose", "GET cases.returned", "GET cases.drafts", "GET cases.check_batch",
    "POST cases.register_batch", "GET cases.batch_done", "POST cases.release", "GET cases.static",
)  # fmt: skip
def lists_of_cases_name_people_and_never_a_place(walk: Walk) -> None:
    """Somebody who left their home comes back to it: the case stands in the lists of everybody who may approve."""
    page = walk.follow(walk.post("/move-in/begin", {"kind": "domestic"}))
    case = page.request.path
    _keys, version = keys_and_version(page)
    sent = {
        "version": version, "act": "save", "members-0-key": "m1", "members-0-name": "白鷺　宇多",
        "members-0-birth_date": "S55.5.5", "members-0-sex": "female", "moved_on": "R8.11.20",
    }  # fmt: skip
    walk.follow(walk.post(case, sent))
    for address in ("/cases/drafts", "/cases/returned", "/cases/waiting"):
        for query in ("", "?whose=office", "?whose=all", "?office=01", "?procedure=move_in"):
            walk.follow(walk.get(address + query))
    for data in ({"act": "all"}, {"act": "choose"}, {"case": f"{case.rsplit('/', 1)[1]}:1"}):
        walk.follow(walk.post("/cases/waiting", data))
    for address in ("/cases/batch/unknown", "/cases/batch/unknown/done"):
        walk.follow(walk.get(address))
    walk.follow(walk.post("/cases/batch/unknown", {}))
    walk.follow(walk.post(f"/cases/{case.rsplit('/', 1)[1]}/release", {"reason": "確かめた"}))
    walk.get("/cases/static/cases.css")


# ---- notices


@case(
    "GET notices.acceptances", "POST notices.acceptances", "GET notices.listed", "GET notices.acceptance",
    "POST notices.print_acceptance",
)  # fmt: skip
def no_letter_goes_where_they_live_or_to_whom_they_left(walk: Walk) -> None:
    """The aunt moved out of their home: the letter about it would go there. Nobody prints it, with any right."""
    cases = []
    chief = walk.app.test_client()
    assert isinstance(chief, Browser)
    with walk.database.transaction() as session:
        user = make_user(session, *Permission, login="chief", name="架空　課長", moment=TEST_MOMENT)
        log_in(chief, session, user, moment=walk.app.extensions["residentapp"].clock())
        for number in (walk.family.moved, *walk.family.members):
            current = history.latest(session, number)
            assert current is not None
            if current.change.case_id is not None:
                continue  # a change that a member before shares
            keyring = keyring_of(session)
            assert keyring is not None
            case = final_case(session, keyring, entered_by=user.id, notifier="白鷺　宇多")
            current.change.case_id = case.id
            # What was notified has its day, without which nothing was accepted.
            current.change.notified_on = current.change.notified_on or current.change.processed_on
            cases.append(case.id)
    walk.follow(walk.get("/notices/acceptance"))
    for whose in ("office", "all"):
        listed = walk.follow(walk.post("/notices/acceptance", {"day": "R8.11.24", "whose": whose}))
        assert listed.status_code == 200
    assert cases[0] in listed.text and "印刷できません" in words_of(listed)
    for case_id in cases:
        for officer in (walk.browser, chief):
            for answer in (
                officer.get(f"/notices/acceptance/{case_id}"),
                officer.post(f"/notices/acceptance/{case_id}"),
            ):
                assert answer.status_code == 409, answer.request.path
                walk.assert_silent(words_of(answer), "notice")
        walk.get(f"/notices/acceptance/{case_id}")
        walk.post(f"/notices/acceptance/{case_id}", {})
    walk.open_person(walk.family.moved)


@case(
    "GET head_notices.waiting", "POST head_notices.print_list", "GET head_notices.of_case",
    "GET head_notices.of_household", "POST head_notices.print_due", "POST head_notices.print_again",
    "GET code_notices.of_case", "GET code_notices.of_resident", "POST code_notices.print_notice",
)  # fmt: skip
def no_letter_about_their_head_or_their_code_tells_where_they_live(walk: Walk) -> None:
    """A grandmother died in their home and leaves somebody under a measure, who then gets a 住民票コード."""
    officer = officer_of(walk, "knows-heads")
    mourner = left_without_head(walk)
    for answer in (
        walk.get("/head-notices"),
        walk.post("/head-notices/list"),
        officer.post("/head-notices/list"),
    ):
        walk.assert_silent(words_of(answer), "list of households without head")
    page = words_of(walk.get("/head-notices"))
    assert "残子" in page and "支援措置のため表示しません" in page
    assert "隠れ里荘" in words_of(officer.get("/head-notices"))

    home = walk.open_household(mourner.number).request.path.rsplit("/", 1)[1]
    for path in (f"/head-notices/household/{home}", f"/head-notices/case/{mourner.case_id}"):
        shown = walk.get(path)
        assert shown.status_code == 200 and "出力できません" in words_of(shown)
    due = {"household_number": mourner.household_number, "change": str(mourner.change_id)}
    assert walk.post("/head-notices/print", due, typed=[mourner.household_number]).status_code == 403
    letter = officer.post("/head-notices/print", data=due)
    assert letter.mimetype == "application/pdf" and "隠れ里荘" in words_of(letter)
    with walk.database.transaction() as session:
        notice = session.scalars(select(HeadNotice.id)).one()
    assert walk.post("/head-notices/print-again", {"notice": notice}).status_code == 403
    for unknown in ("/head-notices/household/unknown", "/head-notices/case/unknown"):
        assert walk.get(unknown).status_code == 404
    for sent in ({}, {"household_number": "0000000000", "change": "1"}, {"change": "x"}):
        assert walk.post("/head-notices/print", sent).status_code in (400, 403)

    state = walk.open_person(mourner.number).request.path.rsplit("/", 1)[1]
    for path in (f"/code-notices/resident/{state}", f"/code-notices/case/{mourner.code_case_id}"):
        shown = walk.get(path)
        assert "残子" in words_of(shown) and "出力できません" in words_of(shown)
    code = {"addressee_number": mourner.number, "change": str(mourner.code_change_id)}
    assert walk.post("/code-notices/print", code).status_code == 403
    told = officer.post("/code-notices/print", data=code)
    assert told.mimetype == "application/pdf" and "隠れ里荘" in words_of(told)
    assert walk.get("/code-notices/resident/unknown").status_code == 404
    assert walk.post("/code-notices/print", {}).status_code == 400


@dataclass(frozen=True)
class Mourner:
    """Somebody under protection whose household has lost its head, and who has got a 住民票コード since."""

    number: str
    household_number: str
    change_id: int
    case_id: str
    code_change_id: int
    code_case_id: str


def left_without_head(walk: Walk) -> Mourner:
    """A household of two at the home of the family; the head dies."""
    home = walk.family.home
    place = {"address": home.address, "building": home.building, "head_name": "白鷺　先代"}
    with walk.database.transaction() as session:
        head, rest = residents.family(
            session,
            {"name": "白鷺　先代", "name_kana": "シラサギ　サキヨ", **place},
            {"name": "白鷺　残子", "name_kana": "シラサギ　ノコ", "relationship_to_head": "子", **place},
        )
        residents.protect(session, rest)
        user = session.scalars(select(User.id).where(User.login == "clerk")).one()
        cases = [final_case(session, walk.keyring, entered_by=user).id for _ in range(2)]
        death = residents.change(session, ChangeReason.DEATH, case_id=cases[0])
        residents.next_snapshot(
            session, head, death, state=ResidentState.DEAD, removed_on=dt.date(2026, 4, 1)
        )
        follows = residents.change(session, ChangeReason.CORRECT_EX_OFFICIO, case_id=cases[0])
        residents.next_snapshot(session, rest, follows, head_name=None)
        [code] = draw_codes(session, walk.keyring, 1, moment=TEST_MOMENT)
        given = residents.change(session, ChangeReason.RESIDENT_CODE_RECORD_EX_OFFICIO, case_id=cases[1])
        current = history.latest(session, rest.addressee_number)
        assert current is not None
        residents.next_snapshot(
            session, current, given,
            resident_code_cipher=walk.keyring.encrypt(code, context=RESIDENT_CODE),
            resident_code_hash=walk.keyring.lookup_hash(code, context=RESIDENT_CODE),
        )  # fmt: skip
        search_index.refresh(session, [head.addressee_number, rest.addressee_number])
        return Mourner(rest.addressee_number, rest.household_number, death.id, cases[0], given.id, cases[1])


# ---- move-outs


SECRET = "見本県隣市隠れ里42番"


@dataclass(frozen=True)
class Leaver:
    """A woman under protection who moves out, or has: where to, nobody may learn here."""

    number: str
    change_id: int
    state: str


def officer_of(walk: Walk, login: str) -> Browser:
    """Another officer who may know: other cases end the sessions of the first, and change the password."""
    browser = walk.app.test_client()
    assert isinstance(browser, Browser)
    with walk.database.transaction() as session:
        user = make_user(session, *OFFICER, login=login, name="架空　知る人", moment=TEST_MOMENT)
        log_in(browser, session, user, moment=TEST_MOMENT)
    return browser


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
    officer = new_officer(walk, "immigration")
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
        for after in ({"residence_status": "永住者"}, {"address": SECRET}):
            told = {"header": header, "person": who, "after": after}
            handle_notice(session, system_actor("受信"), walk.keyring, told, TEST_MOMENT)
        sent = session.scalars(
            select(OutboxMessage).where(OutboxMessage.subject == number, OutboxMessage.kind == "isa.notice")
        ).first()
        assert sent is not None
        sent.state, sent.sent_at = MessageState.SENT, TEST_MOMENT
        said = {"message_id": sent.key, "result": "error", "error_code": "E7", "error_text": SECRET}
        record_result(session, system_actor("受信"), walk.keyring, {"header": said}, TEST_MOMENT)
    page = walk.get("/immigration/notices")
    addresses = sorted(set(re.findall(r"/immigration/notices/\d+", page.text)))
    assert len(addresses) == 2
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


@case("GET move_in.received", "POST move_in.take_received", "POST move_in.import_qr")
def who_is_expected_is_listed_without_a_place(walk: Walk) -> None:
    """Where they will live is not in the list, though the papers of the case say it to whoever enters it."""
    with walk.database.transaction() as session:
        body = {
            "header": {"municipality_name": "見本県隣市", "moved_on": {"day": "2026-11-20"}},
            "person": {
                "name": "架空　待子",
                "planned_destination": "架空県架空市隠れ里荘",
                "address": "見本県隣市1番",
            },
        }
        handle_move_out_certificate(
            session, system_actor("受信"), Keyring.from_settings(Settings()), body, TEST_MOMENT
        )
    page = walk.get("/move-in/received")
    assert "架空　待子" in words_of(page)
    [address, *_more] = re.findall(r"/move-in/received/[\w-]+/0", page.text)
    walk.follow(walk.post(address, {"act": "leave-out", "reason": ""}))
    walk.follow(walk.post(address, {"act": "leave-out", "reason": "来ない"}))
    walk.follow(walk.post(address, {"act": "begin"}))
    assert walk.post("/move-in/received/unknown/0", {"act": "begin"}).status_code == 404
    for codes in ("", "http://example.invalid", "TS1:0"):
        assert walk.post("/move-in/qr", {"codes": codes}).status_code == 422


# ---- addresses


@case(
    "GET addresses.postal_code", "GET addresses.kana", "GET addresses.prefectures", "GET addresses.municipalities",
    "GET addresses.oaza", "GET addresses.towns", "GET addresses.countries", "POST addresses.buildings_at",
    "GET addresses.buildings",
)  # fmt: skip
def look_ups_of_addresses_name_nobody(walk: Walk) -> None:
    home = walk.family.home
    code = home.address_code or ""
    addresses = (
        f"/addresses/postal-code?q={home.postal_code}", "/addresses/kana?q=ミ", "/addresses/prefectures",
        f"/addresses/municipalities/{code[:2]}", f"/addresses/oaza/{code[:5]}", f"/addresses/towns/{code[:5]}",
        f"/addresses/towns/{code[:8]}", "/addresses/towns/x", "/addresses/countries",
        f"/addresses/buildings?q={home.postal_code}", f"/addresses/buildings?town={code}&ended=1",
        "/addresses/buildings",
    )  # fmt: skip
    answers = [walk.get(address) for address in addresses]
    for lot in ("77番地7", "77-7", "", "77"):
        answers.append(walk.post("/addresses/buildings-at", {"town": code, "lot": lot}))
    assert not any(walk.family.is_about(words_of(answer)) for answer in answers)


@case(
    "GET addresses.new_building", "POST addresses.new_building", "GET addresses.edit_building",
    "POST addresses.edit_building", "GET addresses.finish_building", "POST addresses.finish_building",
)  # fmt: skip
def the_master_of_buildings_names_nobody(walk: Walk) -> None:
    code = walk.family.home.address_code
    walk.get(f"/addresses/buildings/new/{code}")
    sent = {"lot": "77番地7", "name": "隠れ里荘", "kana": "カクレザトソウ", "valid_from": "R8.4.1"}
    answers = [
        walk.post(f"/addresses/buildings/new/{code}", sent),
        walk.post(f"/addresses/buildings/new/{code}", {}),
    ]
    with walk.database.transaction() as session:
        [identity, *_] = session.scalars(select(Building.id).order_by(Building.id.desc())).all()
    for way in ("", "/end"):
        answers.append(walk.get(f"/addresses/buildings/{identity}{way}"))
        answers.append(walk.post(f"/addresses/buildings/{identity}{way}", {"last_day": "きのう"}))
    assert not any(walk.family.is_about(words_of(answer)) for answer in answers)


# ---- frame


@case(
    "GET web.show_home", "GET web.show_help", "GET web.show_characters", "POST web.show_characters",
    "POST web.show_date_reading", "POST web.font_for_entry", "GET web.stay_awake", "POST web.save_draft",
    "GET web.health", "GET web.ready", "GET web.static", "GET web.font_file", "GET web.font_style",
)  # fmt: skip
def the_frame(walk: Walk) -> None:
    walk.get("/")
    walk.get("/help")
    for rule in walk.app.url_map.iter_rules():
        walk.get(f"/help/{rule.endpoint}")
    walk.get("/characters")
    walk.post("/characters", {"text": "白鷺　小夜"})
    walk.post("/dates/read", {"text": "S59.10.10", "field": "birth"})
    walk.post("/characters/font", {"text": "白鷺"})
    walk.get("/awake")
    walk.post("/drafts/unknown", {"address": "x"})
    walk.get("/healthz")
    walk.get("/readyz")
    walk.get("/static/app.js")
    page = walk.open_person(walk.family.members[0])
    [style] = re.findall(r'/fonts/[^"]+\.css', page.text)
    # The page's font holds the characters of the page, so it must not hold those of their address.
    token = style.rsplit("/", 1)[1].removesuffix(".css")
    with walk.app.app_context():
        from residentapp.core.web.context import services

        characters = "".join(services().web_fonts.characters(token))
    assert "夜" in characters and "隠" not in characters and "荘" not in characters
    walk.get(style)
    walk.get(f"/fonts/{token}.woff2")


@case("GET access.login", "POST access.login", "GET access.own_password", "POST access.own_password",
      "GET access.resume", "POST access.resume", "POST access.logout")  # fmt: skip
def login_and_out(walk: Walk) -> None:
    with walk.database.transaction() as session:
        other = make_user(
            session, Permission.RESIDENT_VIEW, login="other", name="架空　別人", moment=TEST_MOMENT
        )
        browser = walk.app.test_client()
        assert isinstance(browser, Browser)
        log_in(browser, session, other, moment=TEST_MOMENT)
    clerk, walk.browser = walk.browser, browser
    try:
        person = walk.open_person(walk.family.members[0]).request.path
        walk.get("/password")
        walk.post("/password", {"current": "x", "password": "y", "repeated": "z"})
        walk.follow(walk.get("/resume"))
        walk.post("/resume")
        walk.post("/logout")
        walk.follow(walk.get(person))
        walk.get("/login")
        sent = {"login": "other", "password": "wrong", "terminal": TERMINAL_CODE}
        assert walk.post("/login", sent).status_code == 401
        walk.follow(walk.post("/login", sent | {"password": PASSWORD}))
    finally:
        walk.browser = clerk


# ---- administration and log


@case(
    "GET admin.search_log", "POST admin.send_log_search", "GET admin.show_log_entry", "POST admin.export_log",
)  # fmt: skip
def the_audit_log_hides_what_was_typed_about_them(walk: Walk) -> None:
    numbers = [*walk.family.members, walk.family.late, walk.family.stored]
    walk.get("/admin/log")
    walk.post("/admin/log", {"since": "きのう"})
    for number in numbers:
        answer = walk.follow(walk.post("/admin/log", {"since": "R8.11.24", "subject": number}))
        state = re.findall(r'name="state" value="([^"]*)"', answer.text)
        walk.post("/admin/log/export", {"state": state[0] if state else ""})
    walk.post("/admin/log/export")
    with walk.database.transaction() as session:
        entries = session.scalars(
            select(AuditSubject.sequence).where(AuditSubject.number.in_(numbers)).distinct()
        ).all()
        told = session.scalars(select(AuditEntry).where(AuditEntry.sequence.in_(entries))).all()
        assert any("隠れ里荘" in str(entry.details) for entry in told), (
            "the log keeps the terms of the search"
        )
    assert entries
    for sequence in entries:
        assert walk.get(f"/admin/log/{sequence}").status_code == 200


def test_without_the_right_the_log_is_closed(walk: Walk) -> None:
    with walk.database.transaction() as session:
        browser = walk.app.test_client()
        assert isinstance(browser, Browser)
        user = make_user(session, Permission.RESIDENT_SEARCH, login="nolog", moment=TEST_MOMENT)
        log_in(browser, session, user, moment=TEST_MOMENT)
    for answer in (browser.get("/admin/log"), browser.get("/admin/log/1"), browser.post("/admin/log/export")):
        assert answer.status_code == 403 and "隠れ里" not in answer.text


@case(
    "GET admin.list_users", "GET admin.new_user", "POST admin.new_user", "GET admin.edit_user", "POST admin.edit_user",
    "POST admin.add_user_permission", "POST admin.remove_user_permission", "POST admin.add_user_role",
    "POST admin.remove_user_role", "POST admin.reset_user_password", "POST admin.unlock", "GET admin.list_sessions",
    "POST admin.end_other_session", "GET admin.show_matrix", "POST admin.change_matrix", "POST admin.new_role",
    "GET admin.list_departments", "GET admin.department_roles", "POST admin.department_roles",
    "POST admin.remove_department_role", "GET admin.list_places", "GET admin.edit_place", "POST admin.edit_place",
)  # fmt: skip
def administration_knows_no_resident(walk: Walk) -> None:
    with walk.database.transaction() as session:
        user = session.scalars(select(User.id).where(User.login == "officer")).one()
        foreign = session.scalars(select(LoginSession.id).order_by(LoginSession.id)).first()
        department = session.scalars(select(User.department_id).where(User.id == user)).one()
    for address in (
        "/admin/users", "/admin/users/new", f"/admin/users/{user}", "/admin/sessions", "/admin/roles",
        "/admin/roles/departments", f"/admin/roles/departments/{department}", "/admin/places",
        "/admin/places/offices/new", "/admin/places/offices/1",
    ):  # fmt: skip
        walk.get(address)
    sent: list[tuple[str, dict[str, Any]]] = [
        ("/admin/users/new", {"login": "neu", "name": "架空　新人", "department_id": str(department)}),
        (f"/admin/users/{user}", {"name": ""}),
        (f"/admin/users/{user}/permissions", {"permission": "x"}),
        (f"/admin/users/{user}/permissions/999/remove", {}),
        (f"/admin/users/{user}/roles", {"role_id": "999"}),
        (f"/admin/users/{user}/roles/999/remove", {}),
        (f"/admin/users/{user}/password", {}),
        (f"/admin/users/{user}/unlock", {}),
        (f"/admin/sessions/{(foreign or 0) + 999}/end", {}),
        ("/admin/roles", {}),
        ("/admin/roles/new", {"code": "", "name": ""}),
        (f"/admin/roles/departments/{department}", {"role_id": "999"}),
        (f"/admin/roles/departments/{department}/999/remove", {}),
        ("/admin/places/offices/new", {"code": "", "name": ""}),
    ]
    for address, data in sent:
        walk.post(address, data)


@case(
    "GET admin.show_masters", "GET admin.edit_own_municipality", "POST admin.edit_own_municipality",
    "GET admin.list_certifiers", "GET admin.edit_certifier", "POST admin.edit_certifier", "POST admin.drop_certifier",
    "POST admin.end_certification", "GET admin.list_seals", "GET admin.new_seal", "POST admin.new_seal",
    "GET admin.check_seal", "POST admin.check_seal", "GET admin.seal_preview_picture", "GET admin.show_seal",
    "POST admin.show_seal", "GET admin.seal_picture", "GET admin.show_code_stock", "POST admin.show_code_stock",
    "GET admin.check_code_file", "POST admin.check_code_file", "GET admin.edit_eras", "POST admin.edit_eras",
    "POST admin.drop_era", "GET admin.static",
)  # fmt: skip
def masters_know_no_resident(walk: Walk) -> None:
    masters = "/admin/masters"
    for address in (
        "", "/municipality", "/certifiers", "/certifiers/new", "/certifiers/1", "/seals", "/seals/new", "/seals/1",
        "/seals/1/picture", "/seals/preview/unknown", "/seals/preview/unknown/picture", "/resident-codes",
        "/resident-codes/check/unknown", "/eras",
    ):  # fmt: skip
        walk.get(masters + address)
    for address in (
        "/municipality", "/certifiers/new", "/certifiers/1", "/certifiers/999/drop", "/certifiers/999/end",
        "/seals/new", "/seals/1", "/seals/preview/unknown", "/resident-codes", "/resident-codes/check/unknown",
        "/eras", "/eras/999/drop",
    ):  # fmt: skip
        walk.post(masters + address, {"name": "", "reason": "白鷺　小夜"}, typed=["白鷺　小夜"])
    walk.get("/admin/static/unknown.js")


@case(
    "GET admin.list_closed_days", "GET admin.new_closed_day", "POST admin.new_closed_day", "GET admin.show_closed_day",
    "POST admin.show_closed_day", "POST admin.drop_planned_closed_day", "GET admin.list_wording",
    "GET admin.edit_wording", "POST admin.edit_wording", "POST admin.drop_wording", "GET admin.list_fees",
    "GET admin.edit_fee", "POST admin.edit_fee", "POST admin.drop_fee", "GET admin.list_terms", "GET admin.edit_term",
    "POST admin.edit_term", "POST admin.drop_term",
)  # fmt: skip
def settings_know_no_resident(walk: Walk) -> None:
    masters = "/admin/masters"
    wording = "/wording/resident_copy_household/certification_whole"
    fee, term = "/fees/resident_copy_household/paid", "/keeping/removed_record"
    for address in (
        "/closed-days", "/closed-days/new", "/closed-days/1", "/closed-days/999", "/wording", wording, "/fees", fee,
        "/keeping", term, "/keeping/unknown", "/fees/unknown/paid", "/wording/unknown/text",
    ):  # fmt: skip
        walk.get(masters + address)
    for address in (
        "/closed-days/new", "/closed-days/1", "/closed-days/999/drop", wording, "/wording/rows/999/drop", fee,
        "/fees/rows/999/drop", term, "/keeping/rows/999/drop",
    ):  # fmt: skip
        walk.post(masters + address, {"value": "白鷺　小夜", "reason": "白鷺"}, typed=["白鷺　小夜", "白鷺"])


@case(
    "GET admin.list_district_kinds", "POST admin.list_district_kinds", "GET admin.new_district_kind",
    "POST admin.new_district_kind", "GET admin.list_districts", "GET admin.new_district", "POST admin.new_district",
    "GET admin.show_district", "POST admin.show_district", "GET admin.new_area", "POST admin.new_area",
    "GET admin.show_area", "POST admin.show_area", "POST admin.drop_planned_area", "GET admin.list_towns",
    "GET admin.new_town", "POST admin.new_town", "GET admin.show_town", "GET admin.edit_town", "POST admin.edit_town",
    "GET admin.new_former_municipality", "POST admin.new_former_municipality", "GET admin.new_lots",
    "POST admin.new_lots", "GET admin.edit_lot", "POST admin.edit_lot", "GET admin.new_renumbering",
    "POST admin.new_renumbering", "POST admin.drop_planned_renumbering", "GET admin.list_countries",
    "GET admin.edit_country", "POST admin.edit_country",
)  # fmt: skip
def masters_of_places_name_nobody(walk: Walk) -> None:
    """Towns, lots and districts are the same whoever lives there: asked for their town they tell nothing of them."""
    masters, code = "/admin/masters", walk.family.home.address_code or ""
    answers = [
        walk.get(masters + address)
        for address in (
            "/districts", "/districts/kinds/new", "/districts/kinds/polling", "/districts/kinds/polling/new",
            "/districts/1", "/districts/1/areas/new", "/districts/areas/1", "/districts/999", "/towns",
            "/towns?q=ミ", f"/towns?municipality={code[:5]}&ended=1", f"/towns/{code}", f"/towns/{code}?ended=1&page=2",
            f"/towns/{code}/edit", f"/towns/{code}/lots/new", f"/towns/{code}/renumbering", "/lots/1",
            f"/municipalities/{code[:5]}/towns/new", "/municipalities/new", "/countries", "/countries/new",
            "/countries/ZZ",
        )
    ]  # fmt: skip
    sent = {"town_code": code, "lot": "77番地7", "writing": "", "name": "", "old_lot": "77番地7"}
    answers += [
        walk.post(masters + address, sent, typed=["77番地7"])
        for address in (
            "/districts", "/districts/kinds/new", "/districts/kinds/polling/new", "/districts/1",
            "/districts/1/areas/new", "/districts/areas/1", "/districts/areas/999/drop",
            f"/municipalities/{code[:5]}/towns/new", f"/towns/{code}/edit", "/municipalities/new",
            f"/towns/{code}/lots/new", "/lots/1", f"/towns/{code}/renumbering", "/renumbering/999/drop",
            "/countries/new",
        )
    ]  # fmt: skip
    assert not any(walk.family.is_about(words_of(answer)) for answer in answers)


# ---- errors


def test_errors_repeat_nothing(walk: Walk, monkeypatch: pytest.MonkeyPatch, log_text: io.StringIO) -> None:
    """Neither the page of an error nor the technical log says what the error was about."""
    home = walk.family.home

    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError(f"{home.name} {home.address} {home.building}")

    person = walk.open_person(walk.family.members[0]).request.path
    monkeypatch.setattr(record_operations, "open_resident", fail)
    answer = walk.get(person)
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in log_text.getvalue()
    for address in ("/residents/unknown", "/households/unknown", "/search/unknown", "/certificates/unknown"):
        assert walk.get(address).status_code == 404
    assert walk.browser.post("/residents/open", csrf=False).status_code == 400
    assert walk.browser.get("/隠れ里荘").status_code == 404


# ---- all of it


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_walk(name: str, walk: Walk, log_text: io.StringIO, capfd: pytest.CaptureFixture[str]) -> None:
    """Each case asks its routes, every answer is looked through; nothing personal is in the technical log."""
    walk.seen.clear()
    walk.echoes.clear()
    CASES[name].run(walk)
    assert CASES[name].routes <= walk.seen
    printed = capfd.readouterr()
    for place, text in (("log", log_text.getvalue()), ("stdout", printed.out), ("stderr", printed.err)):
        for secret in (*walk.family.whereabouts, *walk.family.members, *GIVEN_NAMES, "白鷺"):
            assert secret not in text, f"{place} says {secret}"
    assert '"event": "request"' in log_text.getvalue()


def test_every_route_is_walked() -> None:
    """A new route needs a case above (CM-5.1: every new output path has a test with this family)."""
    app = create_app(Settings())
    routes = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}
    }
    walked = {route for walked in CASES.values() for route in walked.routes}
    assert sorted(routes - walked) == [], "routes without a case"
    assert sorted(walked - routes) == [], "cases for routes that are gone"
