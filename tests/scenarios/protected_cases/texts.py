"""統合記載欄, memos, and notices of フリガナ."""

from __future__ import annotations

import re

from residentapp.residents import history
from residentapp.residents.types import ChangeReason
from tests.scenarios.protected import GIVEN_NAMES, Walk, words_of
from tests.scenarios.protected_cases.cases import case, everyone_near, officer_of
from tests.support import residents
from tests.support.users import Browser

TELLING = "隠れ里荘207号室にいる"


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
    officer = officer_of(walk, "writer")
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
    officer = officer_of(walk, "notifier")
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
