"""Moving in, changes, and the lists of cases."""

from __future__ import annotations

import io
import re
from pathlib import Path

from werkzeug.test import TestResponse

from residentapp.config import Settings
from residentapp.core.access.actor import system_actor
from residentapp.core.crypto import Keyring
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.changes.spec import Subjects, specs
from residentapp.residents.move_in.received import handle_move_out_certificate
from tests.scenarios.protected import Walk, words_of
from tests.scenarios.protected_cases.cases import case, free_records, keys_and_version, officer_of
from tests.support.clock import TEST_MOMENT

SAMPLES = Path(__file__).resolve().parents[3] / "seed" / "move_in_samples"


def upload(walk: Walk, text: bytes, name: str = "転出.csv") -> TestResponse:
    """Hand in a CSV."""
    return walk.post("/move-in/csv", {"certificate": (io.BytesIO(text), name)})


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


@case(
    "GET changes.enter", "GET changes.check_entry", "GET changes.review", "POST changes.save", "GET cases.drafts",
    "POST changes.save_draft", "POST changes.register", "POST changes.approve_case", "POST changes.send_back",
    "POST changes.take_back",
)  # fmt: skip
def what_an_officer_enters_for_them_is_closed_to_a_clerk(walk: Walk) -> None:
    """The entry of their move holds where they will live; the list names the case, who may not know cannot open it."""
    free_records(walk)
    officer = officer_of(walk, "knows-moves")
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
