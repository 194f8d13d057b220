"""Searches, the command box, and a clerk's own list of searches."""

from __future__ import annotations

import re

from tests.scenarios.protected import IN_REGISTER, Walk, blocks_of, words_of
from tests.scenarios.protected_cases.cases import case


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
