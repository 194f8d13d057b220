"""Numeric sort keys of lots and rooms (RR-1.3.2)."""

from __future__ import annotations

import random

import pytest

from residentapp.core.addresses.sort_keys import (
    address_sort_key,
    kanji_number,
    lot_key,
    numbers_in,
    room_number,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("一", 1),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("二十一", 21),
        ("百", 100),
        ("百五", 105),
        ("千二百三", 1203),
        ("一万二千", 12_000),
        ("一二三", 123),
        ("二〇五", 205),
        ("〇", 0),
    ],
)
def test_kanji_numerals(text: str, value: int) -> None:
    assert kanji_number(text) == value


@pytest.mark.parametrize("text", ["", "甲", "1", "十A"])
def test_what_is_no_numeral_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        kanji_number(text)


@pytest.mark.parametrize(
    ("writing", "rank", "numbers"),
    [
        ("12番3号", 1, (12, 3)),
        ("１２番３号", 1, (12, 3)),
        ("十二番三号", 1, (12, 3)),
        ("12-3", 1, (12, 3)),
        ("１２－３", 1, (12, 3)),
        ("123番地4", 1, (123, 4)),
        ("123番地の4", 1, (123, 4)),
        ("千二百番地", 1, (1200,)),
        ("12番3-405号", 1, (12, 3, 405)),
        ("甲5番地", 2, (5,)),
        ("乙5番地2", 3, (5, 2)),
        ("無番地", 0, ()),
    ],
)
def test_lots_in_all_their_writings(writing: str, rank: int, numbers: tuple[int, ...]) -> None:
    key = lot_key(writing)
    assert (key.rank, key.numbers) == (rank, numbers)


@pytest.mark.requirement("RR-1.3.2", partial=True)
def test_lots_sort_by_number_not_by_character() -> None:
    wanted = [
        "無番地",
        "1番",
        "2番9号",
        "2番10号",
        "２番１１号",
        "十番一号",
        "100番地",
        "100番地1",
        "甲1番地",
        "乙1番地",
    ]
    shuffled = wanted.copy()
    random.Random(1).shuffle(shuffled)
    assert shuffled != wanted
    assert sorted(shuffled, key=lambda lot: lot_key(lot).encoded) == wanted
    assert sorted(shuffled, key=lot_key) == wanted


@pytest.mark.parametrize(
    ("building", "room"),
    [
        ("みどり荘405号室", 405),
        ("みどり荘４０５号室", 405),
        ("コーポ本町 203", 203),
        ("サンシャイン60ビル", None),
        ("第2みどり荘", None),
        ("", None),
        ("103", 103),
    ],
)
def test_rooms(building: str, room: int | None) -> None:
    assert room_number(building) == room


@pytest.mark.requirement("RR-1.3.2", partial=True)
def test_addresses_sort_by_town_lot_and_room() -> None:
    wanted = [
        ("98201001001", "2番9号", "コーポ201号室"),
        ("98201001001", "2番10号", ""),
        ("98201001001", "2番10号", "コーポ99号室"),
        ("98201001001", "2番10号", "コーポ101号室"),
        ("98201001002", "1番1号", ""),
    ]
    assert sorted(reversed(wanted), key=lambda address: address_sort_key(*address)) == wanted


def test_numbers_beyond_the_width_count_as_largest() -> None:
    assert lot_key("1234567番地").encoded == lot_key("999999番地").encoded
    assert numbers_in("本町一丁目2番３号") == (1, 2, 3)
