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
from sqlalchemy import select
from werkzeug.test import TestResponse

from residentapp.app import create_app
from residentapp.config import Settings
from residentapp.core.access.models import LoginSession, User
from residentapp.core.access.permissions import Permission
from residentapp.core.addresses.models import Building
from residentapp.core.audit.models import AuditEntry, AuditSubject
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue
from residentapp.residents.certificates.models import CertificateIssue
from residentapp.residents.models import SupportMeasure, SupportOffender, Suppression
from residentapp.residents.records import operations as record_operations
from residentapp.residents.types import ChangeReason
from tests.scenarios.protected import GIVEN_NAMES, Family, Walk, blocks_of, make_walk, words_of
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
        {"name": "白鷺　里代", "building": "隠れ里荘", "states": "removed"},
    ]
    walk.get("/search")
    for query in asked:
        control = query | {item: NOWHERE[item] for item in query if item in NOWHERE}
        assert answer_without_terms(walk, query) == answer_without_terms(walk, control), query
    for query in ({"addressee_number": first}, {"addressee_number": walk.family.late, "states": "all"}):
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
    assert all(name in known for name in GIVEN_NAMES)
    [clerk_count], [officer_count] = count_of(seen), count_of(known)
    assert clerk_count == officer_count - len(GIVEN_NAMES) > 0
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
        *walk.family.members, walk.family.late, walk.family.moved, walk.family.father, "白鷺小夜", "しらさぎ さよ",
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
        from residentapp.residents.models import ResidentHistory

        neighbours = session.scalars(
            select(ResidentHistory.addressee_number)
            .where(
                ResidentHistory.is_latest,
                ResidentHistory.address_code == family.home.address_code,
                ResidentHistory.addressee_number.not_in([*family.members, family.late, family.moved]),
            )
            .limit(2)
        ).all()
    assert neighbours
    return [*family.members, family.late, family.moved, family.father, *neighbours]


@case(
    "POST records.open_resident", "GET records.resident", "POST records.show_as_of", "POST records.show_numbers",
    "GET records.member_of_resident", "GET records.household_of_resident",
)  # fmt: skip
def pages_of_residents(walk: Walk) -> None:
    for number in everyone_near(walk):
        page = walk.open_person(number)
        assert page.status_code == 200 and number in page.text
        address = page.request.path
        for day in ("", "R8.5.1", "R8.9.30", "H30.1.1", "きのう"):
            walk.follow(walk.post(f"{address}/as-of", {"as_of": day}))
        walk.post(f"{address}/numbers")
        walk.follow(walk.get(f"{address}/household"))
        for place in range(5):
            walk.follow(walk.get(f"{address}/members/{place}"))
    for unknown in ("", "1", "99999999999", walk.family.household_number):
        walk.follow(walk.post("/residents/open", {"addressee_number": unknown}))


@case("POST records.open_household", "GET records.household", "GET records.member_of_household")
def pages_of_households(walk: Walk) -> None:
    for number in everyone_near(walk):
        page = walk.open_household(number)
        assert page.status_code == 200
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
    for number in (walk.family.late, walk.family.moved):
        state = walk.open_person(number).request.path.rsplit("/", 1)[1]
        walk.follow(walk.get(f"/certificates/from-resident/{state}"))


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
    "GET move_in.start", "POST move_in.begin", "POST move_in.import_csv", "GET move_in.columns", "GET move_in.drafts",
    "GET move_in.enter", "POST move_in.save", "POST move_in.save_draft", "GET move_in.check_entry",
    "POST move_in.register", "GET move_in.review", "GET move_in.done", "POST move_in.take_back",
    "POST move_in.approve_case", "POST move_in.send_back", "GET move_in.waiting", "GET move_in.returned",
    "POST move_in.release", "GET move_in.static",
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
        "/move-in/drafts",
        "/move-in/waiting",
        "/move-in/returned",
        "/",
    ):
        walk.follow(walk.get(address))
    for address in (f"{case}/approve", f"{case}/return", f"{case}/take-back", f"{case}/release"):
        walk.follow(walk.post(address, {"version": version, "reason": "確かめた"}))


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


# ---- suppressions and support measures


@case(
    "GET support.of_resident", "GET support.of_household", "GET support.subject", "GET support.find",
    "POST support.find", "GET support.suppress", "POST support.suppress", "POST support.release",
    "POST support.lift", "POST support.relock", "GET support.own_reviews", "POST certificates.enter",
)  # fmt: skip
def their_suppressions_show_what_stands_and_not_where(walk: Walk) -> None:
    """Setting and lifting need no right to know: whoever does it sees names, levels and days, and no address."""
    for number in (*walk.family.members, walk.family.late, walk.family.moved, walk.family.father):
        state = walk.open_person(number).request.path.rsplit("/", 1)[1]
        household = walk.open_household(number).request.path.rsplit("/", 1)[1]
        for way in (f"of-resident/{state}", f"of-household/{household}"):
            page = walk.follow(walk.get(f"/support/{way}"))
            subject = page.request.path
            walk.get(f"{subject}/suppress")
            walk.post(f"{subject}/suppress", {"starts_on": "きのう"})
            sent = {"level_change": "alert", "starts_on": "R8.11.24", "reason": "確かめる"}
            page = walk.follow(walk.post(f"{subject}/suppress", sent))
            lifted = re.findall(r'name="lifted" value="(\d+)"', page.text)
            for minutes in ("99", "5"):
                asked = {"lifted": lifted[-1:], "minutes": minutes, "reason": "確かめる"}
                walk.follow(walk.post(f"{subject}/lift", asked))
            walk.follow(walk.post(f"{subject}/relock", {"suppression": lifted[-1]}))
            for reason in ({}, {"reason": ""}, {"reason": "終わった"}):
                walk.follow(walk.post(f"{subject}/release", {"suppression": lifted[-1], **reason}))
        walk.get("/support/find")
        walk.follow(walk.post("/support/find", {"number": number}))
    # Whoever may know is the only one to lift what a measure has set.
    subject = walk.follow(walk.post("/support/find", {"number": walk.family.members[0]}))
    with walk.database.transaction() as session:
        rows = select(Suppression.id).where(Suppression.addressee_number == walk.family.members[0])
        measure = session.scalars(rows.where(Suppression.measure_id.is_not(None))).all()
    asked = {"lifted": [str(row) for row in measure], "minutes": "5", "reason": "確かめる"}
    assert walk.post(f"{subject.request.path}/lift", asked).status_code == 403
    # Asking the officer in charge opens nothing by itself.
    state = walk.open_person(walk.family.members[0]).request.path.rsplit("/", 1)[1]
    form = walk.follow(walk.get(f"/certificates/from-resident/{state}")).request.path
    wanted = ASKED | {"subjects": [walk.family.members[0]]}
    assert walk.follow(walk.post(form, wanted | {"act": "ask"})).status_code == 200
    assert walk.post(form, wanted | {"act": "issue"}).status_code == 422
    walk.get("/support/reviews/own")


@case(
    "GET support.list_measures", "GET support.list_ending", "GET support.list_passed", "GET support.list_closed",
    "GET support.show_measure", "GET support.register_measure", "POST support.register_measure",
    "GET support.change_measure", "POST support.change_measure", "GET support.start_measure",
    "POST support.start_measure", "GET support.renew_measure", "POST support.renew_measure",
    "GET support.end_measure", "POST support.end_measure", "GET support.term_notice", "GET support.start_notice",
    "GET support.add_member", "POST support.add_member", "GET support.change_member", "POST support.change_member",
    "POST support.remove_member", "GET support.add_offender", "POST support.add_offender",
    "GET support.change_offender", "POST support.change_offender", "POST support.remove_offender",
    "GET support.record_transfer", "POST support.record_transfer", "GET support.list_reviews",
    "GET support.show_review", "POST support.show_review", "GET support.list_suppressed",
    "POST support.list_suppressed", "GET support.suppressed_page", "POST support.suppressed_csv",
    "POST support.suppressed_pdf",
)  # fmt: skip
def the_measures_and_the_lists_are_closed(walk: Walk) -> None:
    """The right to manage measures alone opens none of it."""
    with walk.database.transaction() as session:
        [number] = session.scalars(select(SupportMeasure.id).limit(1))
        offenders = session.scalars(select(SupportOffender.id)).all()
    assert offenders
    measure = f"/support/measures/{number}"
    subject = walk.follow(walk.post("/support/find", {"number": walk.family.members[0]})).request.path
    listed = walk.officer.get("/support/suppressed").headers["Location"].rsplit("/", 1)[0]
    pages = (
        "/support", "/support/ending", "/support/passed", "/support/closed", "/support/reviews",
        "/support/reviews/unknown", "/support/suppressed", f"{listed}/1", f"{subject}/measure", measure,
        f"{measure}/edit", f"{measure}/start", f"{measure}/renew", f"{measure}/end", f"{measure}/term-notice.pdf",
        f"{measure}/start-notice.pdf", f"{measure}/people/new", f"{measure}/people/0", f"{measure}/offenders/new",
        f"{measure}/offenders/{offenders[0]}", f"{measure}/transfer",
    )  # fmt: skip
    for address in pages:
        assert walk.get(address).status_code == 403
    sends = (
        f"{subject}/measure", f"{measure}/edit", f"{measure}/start", f"{measure}/renew", f"{measure}/end",
        f"{measure}/people/new", f"{measure}/people/0", f"{measure}/people/1/remove", f"{measure}/offenders/new",
        f"{measure}/offenders/{offenders[0]}", f"{measure}/offenders/{offenders[0]}/remove", f"{measure}/transfer",
        "/support/reviews/unknown", "/support/suppressed", f"{listed}/csv", f"{listed}/pdf",
    )  # fmt: skip
    for address in sends:
        answer = walk.post(address, {"version": "1", "reason": "requested", "decision": "granted"})
        assert answer.status_code == 403
    with walk.database.transaction() as session:
        assert session.get_one(SupportMeasure, number).closed_on is None


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
    numbers = [*walk.family.members, walk.family.late]
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
