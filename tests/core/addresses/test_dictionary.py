"""Building the address dictionary and bringing it up to date (RR-1.3.3)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from residentapp.core.addresses.dictionary import build_dictionary, split_municipality
from residentapp.core.addresses.models import Country, Municipality, PostalCode, Prefecture, Town
from residentapp.core.addresses.town_data import kanji_numeral
from residentapp.core.addresses.types import Source
from residentapp.core.check_digits import valid_municipality_code
from tests.core.addresses.postal_rows import row, rows

FIRST = dt.date(2026, 10, 1)
NEXT = dt.date(2026, 11, 1)


def towns(session: Session) -> dict[str, Town]:
    return {town.code: town for town in session.scalars(select(Town))}


@pytest.mark.requirement("RR-1.3.3b", partial=True)
def test_a_first_build_numbers_towns_in_kana_order(session: Session) -> None:
    report = build_dictionary(session, rows(), today=FIRST)
    assert report.changes == []
    assert (report.prefectures, report.municipalities, report.postal_codes) == (5, 8, 17)
    found = {code: town.name for code, town in towns(session).items() if code.startswith("13212")}
    assert found == {
        "13212001000": "下田",
        "13212002000": "神明",
        "13212003000": "豊田",
        "13212003001": "豊田一丁目",
        "13212003002": "豊田二丁目",
        "13212003003": "豊田三丁目",
        "13212003004": "豊田四丁目",
    }
    for municipality in session.scalars(select(Municipality)):
        assert valid_municipality_code(municipality.code6)
    codes = session.execute(
        select(PostalCode.code, PostalCode.town_code).where(PostalCode.municipality_code == "13212")
    )
    assert {(code, town) for code, town in codes if code in ("1910000", "1910026")} == {
        ("1910000", None),
        ("1910026", "13212003000"),
        ("1910026", "13212003003"),
        ("1910026", "13212003004"),
    }


def test_an_unchanged_issue_changes_nothing(session: Session) -> None:
    build_dictionary(session, rows(), today=FIRST)
    session.expunge_all()
    report = build_dictionary(session, rows(), today=NEXT)
    assert report.changes == []
    assert session.scalar(select(func.count()).select_from(PostalCode)) == 17


@pytest.mark.requirement("RR-1.3.3a", partial=True)
def test_a_later_issue_is_taken_over_and_reported(session: Session) -> None:
    build_dictionary(session, rows(), today=FIRST)
    session.expunge_all()
    issue = [one for one in rows() if one.town not in ("下田", "平井")]
    issue = [replace(one, town_kana="シンミョウ") if one.town == "神明" else one for one in issue]
    issue += [row("1910099", "13212", "新しい丘", "アタラシイオカ")]
    issue = [
        replace(one, municipality="横浜市港西区") if one.municipality_code == "14103" else one
        for one in issue
    ]
    issue = [one for one in issue if one.municipality_code != "07203"]
    report = build_dictionary(session, issue, today=NEXT)
    changes = {(change.kind, change.code, change.before, change.after) for change in report.changes}
    assert ("町字の廃止", "13212001000", "下田", "") in changes
    assert ("町字のフリガナの変更", "13212002000", "シンメイ", "シンミョウ") in changes
    assert ("町字の追加", "13212004000", "", "新しい丘") in changes
    assert ("市区町村の廃止", "07203", "郡山市", "") in changes
    assert any(kind == "市区町村の変更" and code == "14103" for kind, code, _, _ in changes)
    session.expunge_all()
    found = towns(session)
    assert found["13212001000"].valid_to == NEXT
    assert found["13212002000"].kana == "シンミョウ"
    assert (found["13212004000"].valid_from, found["13212004000"].valid_to) == (NEXT, None)
    assert session.scalars(select(PostalCode).where(PostalCode.code == "1910023")).all() == []
    assert "町字の廃止 3件" in report.summary()


def test_a_limited_scope_keeps_all_municipalities_and_leaves_the_rest_alone(session: Session) -> None:
    build_dictionary(session, rows(), today=FIRST, prefectures=["14"])
    assert {code[:2] for code in towns(session)} == {"14"}
    assert session.scalar(select(func.count()).select_from(Municipality)) == 8
    session.expunge_all()
    build_dictionary(session, rows(), today=FIRST, prefectures=["13"])
    session.expunge_all()
    report = build_dictionary(
        session,
        [replace(one, town="新新港") if one.town == "新港" else one for one in rows()],
        today=NEXT,
        prefectures=["13"],
    )
    assert report.changes == []
    assert {code[:2] for code in towns(session)} == {"13", "14"}


def test_an_unknown_prefecture_is_refused(session: Session) -> None:
    with pytest.raises(ValueError, match="99"):
        build_dictionary(session, rows(), today=FIRST, prefectures=["13", "99"])


def test_local_towns_are_never_touched(session: Session) -> None:
    build_dictionary(session, rows(), today=FIRST)
    session.add(
        Town(
            code="13212900000", municipality_code="13212", oaza_name="古町", name="古町", kana="フルマチ",
            kana_key="フルマシ", town_id=None, source=Source.LOCAL.value, valid_from=None, valid_to=None,
            successor_code=None,
        )
    )  # fmt: skip
    session.flush()
    report = build_dictionary(session, [*rows(), row("1910098", "13212", "新町", "シンマチ")], today=NEXT)
    assert [change.code for change in report.changes if change.kind == "町字の追加"] == ["13212901000"]
    session.expunge_all()
    assert towns(session)["13212900000"].valid_to is None


def test_more_towns_than_numbers(session: Session) -> None:
    many = [row(f"191{place:04d}", "13212", f"町{place}", f"マチ{place:04d}") for place in range(1_005)]
    build_dictionary(session, many, today=FIRST)
    codes = sorted(towns(session))
    assert len(codes) == 1_005
    assert codes[-7:] == ["13212999000", *(f"13212999{place:03d}" for place in range(1, 7))]


@pytest.mark.requirement("RR-1.3.3a", partial=True)
def test_countries_have_the_names_of_residence_records(session: Session) -> None:
    build_dictionary(session, rows(), today=FIRST)
    names = {country.code: country.name for country in session.scalars(select(Country))}
    assert (names["CHN"], names["KOR"], names["PRK"], names["USA"], names["XXA"]) == (
        "中国",
        "韓国",
        "朝鮮",
        "米国",
        "無国籍",
    )
    assert names["VNM"] == "ベトナム"
    assert len(names) > 200
    assert all(len(code) == 3 and code.isupper() for code in names)
    # Nobody who is a foreign resident has this one.
    assert "JPN" not in names


def test_a_town_registered_before_the_data_had_it_keeps_its_code(session: Session) -> None:
    """Without that the next refresh would meet its name and kana twice."""
    build_dictionary(session, rows(), today=FIRST)
    session.add(
        Town(
            code="13212900000", municipality_code="13212", oaza_name="新町", name="新町", kana="シンマチ",
            kana_key="シンマシ", town_id=None, source=Source.LOCAL.value, valid_from=FIRST, valid_to=None,
            successor_code=None,
        )
    )  # fmt: skip
    session.flush()
    report = build_dictionary(session, [*rows(), row("1910098", "13212", "新町", "シンマチ")], today=NEXT)
    assert [(change.kind, change.code) for change in report.changes if "町字" in change.kind] == [
        ("町字の引継ぎ", "13212900000")
    ]
    session.expunge_all()
    assert towns(session)["13212900000"].source == Source.POSTAL.value
    code = session.scalars(select(PostalCode.town_code).where(PostalCode.code == "1910098")).one()
    assert code == "13212900000"
    assert (
        build_dictionary(session, [*rows(), row("1910098", "13212", "新町", "シンマチ")], today=NEXT).changes
        == []
    )


@pytest.mark.requirement("RR-1.3.3a", partial=True)
def test_countries_that_staff_changed_stay_as_they_are(session: Session) -> None:
    build_dictionary(session, rows(), today=FIRST)
    for code, name in (("TWN", "台湾（旧表記）"), ("FRA", "仏国")):
        country = session.get_one(Country, code)
        country.name = name
        country.source = Source.LOCAL.value if code == "TWN" else Source.CLDR.value
    session.add(Country(code="ZZY", name="架空国", source=Source.LOCAL.value))
    session.flush()
    report = build_dictionary(session, rows(), today=NEXT)
    assert [(change.kind, change.code) for change in report.changes] == [("国・地域の変更", "FRA")]
    assert session.get_one(Country, "TWN").name == "台湾（旧表記）"
    assert session.get_one(Country, "ZZY").valid_to is None


@pytest.mark.parametrize(
    ("name", "kana", "siblings", "parts"),
    [
        ("西多摩郡日の出町", "ニシタマグンヒノデマチ", (), ("ニシタマグン", "ヒノデマチ")),
        ("北群馬郡榛東村", "キタグンマグンシントウムラ", (), ("キタグンマグン", "シントウムラ")),
        (
            "広島市中区",
            "ヒロシマシナカク",
            ("ヒロシマシナカク", "ヒロシマシヒガシク"),
            ("ヒロシマシ", "ナカク"),
        ),
        ("郡山市", "コオリヤマシ", (), ("", "コオリヤマシ")),
        ("千代田区", "チヨダク", (), ("", "チヨダク")),
    ],
)
def test_parts_of_a_municipality(
    name: str, kana: str, siblings: tuple[str, ...], parts: tuple[str, str]
) -> None:
    assert split_municipality(name, kana, siblings) == parts


@pytest.mark.parametrize(
    ("number", "writing"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (42, "四十二"), (99, "九十九")]
)
def test_chome_are_written_in_kanji(number: int, writing: str) -> None:
    assert kanji_numeral(number) == writing


@pytest.mark.parametrize("number", [0, 100])
def test_chome_end_at_ninety_nine(number: int) -> None:
    with pytest.raises(ValueError):
        kanji_numeral(number)


def test_prefectures_have_search_keys(session: Session) -> None:
    build_dictionary(session, rows(), today=FIRST)
    tokyo = session.get(Prefecture, "13")
    assert tokyo is not None
    assert tokyo.kana_key.startswith("ト")
