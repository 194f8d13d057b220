"""Characters with selectors count as one and are never normalised (CM-1)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residentapp.core.characters import (
    CharacterFault,
    character_length,
    code_points,
    find_faults,
    has_selector,
    is_additional_character,
    is_compatibility_ideograph,
    is_local_character,
    split_characters,
    truncate,
    without_selectors,
)

TSUJI = "辻\U000e0102"
KATSU = "葛\U000e0108"
NABE = "邉\U000e010f"
GJ = "\U0010de92"
ANY_TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from(["\U000e0100", "\U000e01ef", "\ufe00", "辻", "﨑", "\ufa19", "𠮷", GJ]),
    )
)


@pytest.mark.requirement("CM-1.1")
@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("", []),
        ("住民太郎", ["住", "民", "太", "郎"]),
        (f"{TSUJI}{NABE}", [TSUJI, NABE]),
        (f"渡{NABE}　{KATSU}子", ["渡", NABE, "　", KATSU, "子"]),
        (f"𠮷{GJ}﨑", ["𠮷", GJ, "﨑"]),
        ("神\ufe00", ["神\ufe00"]),
        ("\U000e0100辻", ["\U000e0100", "辻"]),
        (f"{TSUJI}\U000e0103", [TSUJI, "\U000e0103"]),
    ],
)
def test_base_and_selector_are_one_character(text: str, characters: list[str]) -> None:
    assert split_characters(text) == characters
    assert character_length(text) == len(characters)


@pytest.mark.requirement("CM-1.1")
@pytest.mark.parametrize(
    ("length", "expected"),
    [(0, ""), (1, "渡"), (2, f"渡{NABE}"), (3, f"渡{NABE}{TSUJI}"), (9, f"渡{NABE}{TSUJI}")],
)
def test_cutting_never_parts_a_selector_from_its_base(length: int, expected: str) -> None:
    assert truncate(f"渡{NABE}{TSUJI}", length) == expected


def test_a_negative_length_is_refused() -> None:
    with pytest.raises(ValueError):
        truncate("住民", -1)


@given(ANY_TEXT)
def test_splitting_loses_nothing(text: str) -> None:
    characters = split_characters(text)
    assert "".join(characters) == text
    assert character_length(text) == len(characters)
    assert all(truncate(text, n) == "".join(characters[:n]) for n in range(len(characters) + 1))


def test_selectors_can_be_seen_and_left_out() -> None:
    assert has_selector(f"住{TSUJI}") and not has_selector("住辻")
    assert without_selectors(f"{TSUJI}{NABE}子") == "辻邉子"


@pytest.mark.requirement("RR-2.2.3", partial=True)
@pytest.mark.parametrize(
    ("character", "expected"),
    [("辻", "U+8FBB"), (TSUJI, "U+8FBB U+E0102"), ("𠮷", "U+20BB7"), (GJ, "U+10DE92"), ("A", "U+0041")],
)
def test_code_points(character: str, expected: str) -> None:
    assert code_points(character) == expected


def test_kinds_of_characters() -> None:
    assert is_additional_character(GJ) and not is_additional_character("辻")
    assert is_local_character("\ue000") and not is_local_character(GJ) and not is_local_character("")
    assert is_compatibility_ideograph("\ufa19") and is_compatibility_ideograph("\U0002f81a")
    assert not is_compatibility_ideograph("﨑") and not is_compatibility_ideograph("神")


@pytest.mark.requirement("CM-1.1")
def test_compatibility_ideographs_stay_what_they_are() -> None:
    name = "\ufa19﨑\ufa10"
    assert unicodedata.normalize("NFC", name) != name  # what storing must not do
    assert "".join(split_characters(name)) == name
    assert truncate(name, 3) == name
    assert find_faults(name) == []


@pytest.mark.parametrize(
    "text", [f"渡{NABE}", f"{GJ}𠮷", "ZHANG YULIN", "オノマトペ", "住民　太郎", "々〆ヶ", ""]
)
def test_good_names_have_no_fault(text: str) -> None:
    assert find_faults(text) == []


@pytest.mark.parametrize(
    ("text", "position", "fault"),
    [
        ("住\n民", 2, CharacterFault.CONTROL),
        ("住民\u202e", 3, CharacterFault.CONTROL),
        ("\U000e0102辻", 1, CharacterFault.SELECTOR_WITHOUT_BASE),
        (f"{TSUJI}\U000e0103", 2, CharacterFault.SELECTOR_WITHOUT_BASE),
        (f"{TSUJI}\ue001", 2, CharacterFault.LOCAL_CHARACTER),
        ("ｼﾞ", 1, CharacterFault.HALF_WIDTH_KANA),
        ("住\uffff", 2, CharacterFault.NOT_A_CHARACTER),
        ("\ud842", 1, CharacterFault.NOT_A_CHARACTER),
    ],
)
def test_faults_are_found_where_they_are(text: str, position: int, fault: CharacterFault) -> None:
    first = find_faults(text)[0]
    assert (first.position, first.fault) == (position, fault)
    assert "ください" in first.fault.label
