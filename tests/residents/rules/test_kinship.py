"""What a household's facts say of two people's 続柄, and which wording goes first (RR-1.1.11c)."""

from __future__ import annotations

import pytest

from residentapp.residents.rules.kinship import Fitting, Known, between, higher_wording, same_in_other_words
from residentapp.residents.types import Sex

OLDER_MAN, YOUNGER_MAN = Known(Sex.MALE, True), Known(Sex.MALE, False)
OLDER_WOMAN, YOUNGER_WOMAN = Known(Sex.FEMALE, True), Known(Sex.FEMALE, False)
NOTHING = Known()


@pytest.mark.parametrize(
    ("person", "head", "known", "expected"),
    [
        # The same head: what is recorded.
        ("妻", "世帯主", NOTHING, "妻"),
        ("父の兄の子", "世帯主", NOTHING, "父の兄の子"),
        ("縁故者", "世帯主", NOTHING, ""),
        ("同居人", "世帯主", NOTHING, ""),
        ("世帯主", "世帯主", NOTHING, ""),
        # The old head seen from the new one.
        ("世帯主", "妻", NOTHING, "夫"),
        ("世帯主", "夫", NOTHING, "妻"),
        ("世帯主", "妻（未届）", NOTHING, "夫（未届）"),
        ("世帯主", "父", NOTHING, "子"),
        ("世帯主", "子", OLDER_MAN, "父"),
        ("世帯主", "子", OLDER_WOMAN, "母"),
        ("世帯主", "子", NOTHING, ""),
        ("世帯主", "兄", YOUNGER_WOMAN, "妹"),
        ("世帯主", "妹", OLDER_MAN, "兄"),
        ("世帯主", "妹", Known(Sex.MALE), ""),
        # Others, where it is certain.
        ("妻の父", "妻", NOTHING, "父"),
        ("妻の兄の子", "妻", NOTHING, "兄の子"),
        ("子", "子", OLDER_WOMAN, "姉"),
        ("子", "子", YOUNGER_MAN, "弟"),
        # And where it would be guessed.
        ("子", "妻", NOTHING, ""),
        ("妻", "子", OLDER_WOMAN, ""),
        ("母", "父", NOTHING, ""),
        ("弟", "兄", YOUNGER_MAN, ""),
        ("父", "兄", OLDER_MAN, ""),
        ("子の妻", "子", NOTHING, ""),
        ("子（子の妻）", "子", YOUNGER_WOMAN, ""),
        ("子", "子の妻", NOTHING, ""),
        ("孫", "世帯主", NOTHING, ""),
        ("子", "", NOTHING, ""),
    ],
)
def test_what_follows_from_two_relationships(person: str, head: str, known: Known, expected: str) -> None:
    assert between(person, head, known) == expected


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("父の子", OLDER_MAN, "兄"),
        ("父の子", YOUNGER_MAN, "弟"),
        ("母の子", OLDER_WOMAN, "姉"),
        ("母の子", YOUNGER_WOMAN, "妹"),
        ("母の子", NOTHING, ""),
        ("母の子", Known(Sex.UNKNOWN, True), ""),
        ("父の妻", OLDER_WOMAN, ""),
        ("父の子の子", YOUNGER_MAN, ""),
        ("妻の子", YOUNGER_MAN, ""),
    ],
)
def test_a_parents_child_is_a_sibling(text: str, known: Known, expected: str) -> None:
    assert same_in_other_words(text, known) == expected


def higher(text: str, *others: str, foreign: bool = False) -> str | None:
    found = higher_wording(text, [Fitting(other, "記録") for other in others], foreign=foreign)
    return found.text if found is not None else None


@pytest.mark.requirement("RR-1.1.11c", partial=True)
@pytest.mark.parametrize(
    ("text", "others", "expected"),
    [
        ("父の兄の子", ["妻"], "妻"),
        ("妻", ["父の兄の子"], None),
        ("妻の妹", ["子の妻"], "子の妻"),
        ("同居人", ["兄"], "兄"),
        ("縁故者", ["同居人"], None),
        ("妻", ["妻（未届）"], None),
        ("父の兄の子", ["縁故者", "妻の兄", "弟"], "弟"),
        ("父の兄の子", [], None),
        ("父の兄の子", ["孫"], None),
        ("孫", ["妻"], None),
        ("世帯主", ["妻"], None),
    ],
)
def test_the_higher_wording_is_named(text: str, others: list[str], expected: str | None) -> None:
    assert higher(text, *others) == expected


def test_a_foreigner_without_a_document_stays_what_is_typed() -> None:
    """RR-1.1.11d: 縁故者 for want of a document, whatever the facts say; a lower kin wording is told."""
    assert higher("縁故者", "妻", foreign=True) is None
    assert higher("同居人", "妻", foreign=True) is None
    assert higher("父の兄の子", "妻", foreign=True) == "妻"
    assert higher("縁故者", "妻") == "妻"
