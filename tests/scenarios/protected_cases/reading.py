"""閲覧用 and cards: neither holds them, shows that they are missing, or says where a card was handed over."""

from __future__ import annotations

import re
from typing import Any

from werkzeug.test import TestResponse

from tests.scenarios.protected import GIVEN_NAMES, Walk, words_of
from tests.scenarios.protected_cases.cases import case, officer_of

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
