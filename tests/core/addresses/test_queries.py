"""Finding addresses: postal code, kana heads, pick lists, 方書 of an address (RR-1.3.3c, RR-1.3.4, RR-4.0.7)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from residentapp.core.addresses import queries
from residentapp.core.addresses.dictionary import build_dictionary
from residentapp.core.addresses.models import Building, Municipality, Town
from residentapp.core.addresses.sort_keys import lot_key
from residentapp.core.addresses.types import Source
from tests.core.addresses.postal_rows import row, rows

FIRST = dt.date(2026, 10, 1)
ENDED = dt.date(2026, 11, 1)


@pytest.fixture
def filled(session: Session) -> Session:
    """A small dictionary in which 下田 ended on ``ENDED``."""
    build_dictionary(session, [*rows(), row("1910026", "13212", "東豊田", "ヒガシトヨダ")], today=FIRST)
    session.expunge_all()
    town = session.get(Town, "13212001000")
    assert town is not None
    assert town.name == "下田"
    town.valid_to = ENDED
    session.flush()
    return session


def found(session: Session, text: str, on: dt.date = FIRST) -> list[str]:
    return [candidate.text for candidate in queries.by_kana_heads(session, text, on=on)]


@pytest.mark.requirement("RR-1.3.3c", partial=True)
@pytest.mark.parametrize(
    ("heads", "wanted"),
    [
        ("ト ヒ シ", ["東京都日野市下田", "東京都日野市神明"]),
        ("ト　ヒ　シン", ["東京都日野市神明"]),
        ("と ひ しん", ["東京都日野市神明"]),
        ("トウキョウト ヒノシ シンメイ", ["東京都日野市神明"]),
        ("ト ヒノ ヒ", ["東京都日野市東豊田", "東京都西多摩郡日の出町平井"]),
        ("ト ニシ ヒラ", ["東京都西多摩郡日の出町平井"]),
        ("ト ニ ヒ ヒ", ["東京都西多摩郡日の出町平井"]),
        ("カ ヨ ナ シ", ["神奈川県横浜市中区新港"]),
        ("カ ナ シ", ["神奈川県横浜市中区新港"]),
        ("ヒロ ヒガ ヘ", ["広島県広島市東区戸坂山根"]),
        ("ヒノ シン", ["東京都日野市神明"]),
        ("カ ヨ", ["神奈川県横浜市西区", "神奈川県横浜市中区"]),
        ("コオリ", ["福島県郡山市"]),
        ("ト ヒ ン", []),
        ("ト ヒ シ シ シ", []),
        ("", []),
        ("％ _ %", []),
    ],
)
def test_kana_heads(filled: Session, heads: str, wanted: list[str]) -> None:
    assert found(filled, heads) == wanted


@pytest.mark.requirement("RR-1.3.3a", "RR-1.3.3c", partial=True)
def test_old_names_are_found_by_their_kana_on_demand(filled: Session) -> None:
    """For a 本籍; what still stands comes first."""
    day = ENDED + dt.timedelta(1)
    assert found(filled, "ト ヒ シ", day) == ["東京都日野市神明"]
    candidates = queries.by_kana_heads(filled, "ト ヒ シ", on=day, old_names=True)
    assert [(one.town, one.ended) for one in candidates] == [("神明", False), ("下田", True)]
    filled.get_one(Municipality, "07203").valid_to = ENDED
    filled.flush()
    assert found(filled, "フ コ", day) == []
    [former] = queries.by_kana_heads(filled, "フ コ", on=day, old_names=True)
    assert (former.text, former.ended) == ("福島県郡山市", True)


@pytest.mark.requirement("RR-1.3.3c", partial=True)
def test_a_town_says_all_its_postal_codes(filled: Session) -> None:
    toyoda = queries.town_candidates(filled, "13212003000", on=FIRST)
    assert [(one.postal_code, one.note) for one in toyoda] == [
        ("1910025", "1〜2丁目"),
        ("1910026", "3〜4丁目"),
    ]
    assert queries.town_candidates(filled, "1", on=FIRST) == []


def test_voiced_and_small_kana_count_as_plain(filled: Session) -> None:
    assert found(filled, "ド ビ ジン") == found(filled, "ト ヒ シン") == ["東京都日野市神明"]


@pytest.mark.parametrize(
    ("on", "there"), [(ENDED - dt.timedelta(1), True), (ENDED, True), (ENDED + dt.timedelta(1), False)]
)
def test_a_town_is_offered_up_to_its_last_day(filled: Session, on: dt.date, there: bool) -> None:
    assert ("東京都日野市下田" in found(filled, "ト ヒ シ", on)) is there
    assert bool(queries.by_postal_code(filled, "1910023", on=on)) is there
    assert ("13212001000" in [pick.code for pick in queries.towns(filled, "13212", on=on)]) is there
    old = queries.towns(filled, "13212", on=on, old_names=True)
    assert ("13212001000", ENDED) in [(pick.code, pick.ended) for pick in old]


@pytest.mark.requirement("RR-1.3.3c", "CM-4.2", partial=True)
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1910024", ["東京都日野市神明"]),
        ("〒１９１－００２４", ["東京都日野市神明"]),
        ("191-0024", ["東京都日野市神明"]),
        ("1910000", ["東京都日野市"]),
        ("22", []),
        ("220", ["神奈川県横浜市西区高島"]),
        ("19100241", []),
        ("999", []),
        ("", []),
    ],
)
def test_postal_codes(filled: Session, text: str, wanted: list[str]) -> None:
    assert [candidate.text for candidate in queries.by_postal_code(filled, text, on=FIRST)] == wanted


def test_a_postal_code_of_several_towns(filled: Session) -> None:
    candidates = queries.by_postal_code(filled, "1910026", on=FIRST)
    assert {(one.town, one.note) for one in candidates} == {
        ("豊田", "3〜4丁目"),
        ("豊田三丁目", ""),
        ("豊田四丁目", ""),
        ("東豊田", ""),
    }
    assert all(one.postal_code == "1910026" and one.municipality_code == "13212" for one in candidates)


def test_answers_are_limited(filled: Session) -> None:
    assert len(queries.by_kana_heads(filled, "ト ヒ", on=FIRST, limit=1)) == 1
    assert len(queries.by_postal_code(filled, "191", on=FIRST, limit=3)) == 3


@pytest.mark.requirement("RR-1.3.3c", partial=True)
def test_pick_lists_lead_from_prefecture_to_chome(filled: Session) -> None:
    assert [pick.name for pick in queries.prefectures(filled)] == [
        "福島県",
        "群馬県",
        "東京都",
        "神奈川県",
        "広島県",
    ]
    assert [pick.name for pick in queries.municipalities(filled, "13", on=FIRST)] == [
        "日野市",
        "西多摩郡日の出町",
    ]
    oaza = queries.oaza_list(filled, "13212", on=FIRST)
    assert [pick.name for pick in oaza] == ["下田", "神明", "豊田", "東豊田"]
    toyoda = oaza[2].code
    assert [pick.name for pick in queries.towns(filled, toyoda, on=FIRST)] == [
        "豊田",
        "豊田一丁目",
        "豊田二丁目",
        "豊田三丁目",
        "豊田四丁目",
    ]


def test_the_own_municipality_comes_first(filled: Session) -> None:
    own = filled.get(Municipality, "13305")
    assert own is not None
    assert found(filled, "ト ヒ ヒ") == ["東京都日野市東豊田", "東京都西多摩郡日の出町平井"]
    own.source = Source.LOCAL.value
    filled.flush()
    assert found(filled, "ト ヒ ヒ") == ["東京都西多摩郡日の出町平井", "東京都日野市東豊田"]


@pytest.mark.parametrize("head", ["", "1321", "132120", "1321200%", "13212001000"])
def test_a_pick_list_wants_a_whole_code(filled: Session, head: str) -> None:
    with pytest.raises(ValueError):
        queries.towns(filled, head, on=FIRST)


def test_a_town_code_has_its_full_name(filled: Session) -> None:
    named = queries.town_name(filled, "13212003002")
    assert named is not None
    assert (named.text, named.postal_code) == ("東京都日野市豊田二丁目", "1910025")
    assert queries.town_name(filled, "13212999999") is None


@pytest.mark.requirement("RR-4.0.7a", "RR-1.3.4", partial=True)
@pytest.mark.parametrize("lot", ["2番10号", "２番１０号", "2-10", "二番十号"])
def test_buildings_of_an_address_in_any_writing(filled: Session, lot: str) -> None:
    def building(name: str, written: str, valid_to: dt.date | None = None) -> Building:
        return Building(
            town_code="13212003001", lot=written, lot_key=lot_key(written).encoded, name=name, kana="",
            valid_from=dt.date(2000, 1, 1), valid_to=valid_to,
        )  # fmt: skip

    filled.add_all(
        [
            building("みどり荘", "2番10号"),
            building("あかね荘", "2番10号", dt.date(2020, 3, 31)),
            building("となり荘", "2番1号"),
        ]
    )
    filled.flush()
    assert [one.name for one in queries.buildings_at(filled, "13212003001", lot, on=FIRST)] == ["みどり荘"]
    assert queries.buildings_at(filled, "13212003002", lot, on=FIRST) == []
    listed = queries.buildings_of_town(filled, "13212003001", on=FIRST, ended=True)
    assert [one.name for one in listed] == ["となり荘", "みどり荘", "あかね荘"]
