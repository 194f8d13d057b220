"""一括入力: what can be taken into which field (RR-4.0.10a, RR-4.0.10b)."""

from __future__ import annotations

import pytest

from residentapp.residents.copying import (
    FAMILY,
    Place,
    Source,
    Target,
    TargetKind,
    asked,
    choices,
    family_name,
    place_of,
    taken,
)
from residentapp.residents.types import ResidentKind

J, F = ResidentKind.JAPANESE, ResidentKind.FOREIGN
HOME = Place("架空県架空市本町一丁目", "2番3号", "本荘101号", "0000001", "98201001001")
TARO = Source("a", "世帯主", "架空　太郎", resident=J)
KIM = Source("b", "世帯主", "KIM MIN", resident=F)
SOMEBODY = Source("c", "転入前の世帯主", "架空　花子")
ADDRESS = Source("d", "現住所", HOME.whole, HOME)
NEIGHBOUR = Source("e", "入る世帯の現住所", HOME.whole, HOME, elsewhere=True)
NAME, LETTERS = Target("n", "氏名", TargetKind.NAME, J), Target("l", "氏名", TargetKind.NAME, F)
REGISTER, HEAD = Target("r", "筆頭者", TargetKind.HEAD, J), Target("h", "転入前の世帯主", TargetKind.HEAD)
DOMICILE, BEFORE = Target("o", "本籍", TargetKind.DOMICILE), Target("p", "転入前住所", TargetKind.ADDRESS)
HERE = Target("town", "現住所", TargetKind.PLACE)


@pytest.mark.parametrize(
    ("source", "target", "family", "expected"),
    [
        (TARO, NAME, False, "架空　太郎"),
        (TARO, NAME, True, "架空　"),
        (TARO, REGISTER, False, "架空　太郎"),
        (TARO, REGISTER, True, None),
        (TARO, HEAD, False, "架空　太郎"),
        (TARO, LETTERS, True, None),
        (KIM, LETTERS, True, "KIM "),
        (KIM, HEAD, False, "KIM MIN"),
        (KIM, NAME, False, None),
        (KIM, REGISTER, False, None),
        (SOMEBODY, NAME, True, "架空　"),
        (SOMEBODY, LETTERS, False, None),
        (TARO, DOMICILE, False, None),
        (TARO, HERE, False, None),
        (ADDRESS, NAME, False, None),
        (ADDRESS, DOMICILE, False, "架空県架空市本町一丁目2番3号"),
        (ADDRESS, BEFORE, False, "架空県架空市本町一丁目2番3号　本荘101号"),
        (ADDRESS, DOMICILE, True, None),
        (NEIGHBOUR, DOMICILE, False, "架空県架空市本町一丁目2番3号"),
    ],
)
def test_names_go_into_names_and_addresses_into_addresses(
    source: Source, target: Target, family: bool, expected: str | None
) -> None:
    found = taken(source, target, family=family)
    assert (found["text"] if found is not None else None) == expected


def test_an_address_goes_whole_into_its_fields() -> None:
    assert taken(ADDRESS, HERE, family=False) == {
        "town": "架空県架空市本町一丁目", "lot": "2番3号", "building": "本荘101号",
        "postal_code": "0000001", "address_code": "98201001001",
    }  # fmt: skip


def test_the_address_of_another_household_is_none_of_this_one() -> None:
    """RR-4.0.10b."""
    assert taken(NEIGHBOUR, HERE, family=False) is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("例示県見本市緑町二丁目5番7号　緑荘2", ("例示県見本市緑町二丁目", "5番7号", "緑荘2")),
        ("例示県見本市青葉８番地", ("例示県見本市青葉", "８番地", "")),
        ("例示県見本市", ("例示県見本市", "", "")),
        ("", ("", "", "")),
    ],
)
def test_an_address_written_in_one_has_parts(text: str, parts: tuple[str, str, str]) -> None:
    found = place_of(text)
    assert (found.town, found.lot, found.building) == parts


def test_what_is_offered_and_asked_for() -> None:
    blank = Source("f", "筆頭者", " ", resident=J)
    assert choices([TARO, ADDRESS, blank, Source("g", "世帯主", "一語")]) == [
        ("a", "世帯主：架空　太郎"), ("a" + FAMILY, "世帯主の氏：架空"), ("d", f"現住所：{HOME.whole}"),
        ("g", "世帯主：一語"),
    ]  # fmt: skip
    assert family_name("一語") == ""
    everything, fields = [TARO, ADDRESS, blank], [NAME, HERE]
    for sent, expected in (
        ({"copy-from": "a|family", "copy-to": "n"}, {"text": "架空　"}),
        ({"copy-from": "f", "copy-to": "n"}, None),
        ({"copy-from": "x", "copy-to": "n"}, None),
        ({"copy-from": "a", "copy-to": "x"}, None),
        ({}, None),
    ):
        assert asked(everything, fields, sent)[1] == expected
