"""続柄: what may be recorded and how it is read (RR-1.1.11)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residentapp.residents.rules.relationships import (
    ALONE,
    Rank,
    Term,
    highest_relationship,
    parse_relationship,
    rank_of,
    relationship_to_record,
)

CHAIN_TERMS = [term for term in Term if term not in ALONE]


@pytest.mark.requirement("RR-1.1.11a")
@pytest.mark.parametrize(
    ("text", "generations", "code"),
    [
        ("世帯主", 0, ["01"]),
        ("夫", 1, ["11"]),
        ("妻", 1, ["12"]),
        ("夫（未届）", 1, ["13"]),
        ("妻（未届）", 1, ["14"]),
        ("子", 1, ["21"]),
        ("子（子の夫）", 1, ["22"]),
        ("子（子の妻）", 1, ["23"]),
        ("父", 1, ["31"]),
        ("母", 1, ["32"]),
        ("兄", 1, ["41"]),
        ("姉", 1, ["42"]),
        ("弟", 1, ["43"]),
        ("妹", 1, ["44"]),
        ("縁故者", 0, ["91"]),
        ("同居人", 0, ["92"]),
        ("子の妻", 2, ["21", "12"]),
        ("父の母", 2, ["31", "32"]),
        ("子の子の妻", 3, ["21", "21", "12"]),
        ("妻（未届）の子", 2, ["14", "21"]),
        ("子（子の夫）の子", 2, ["22", "21"]),
        ("父の兄の子の妻", 4, ["31", "41", "21", "12"]),
        ("子の子の子の子", 4, ["21", "21", "21", "21"]),
    ],
)
def test_allowed_wordings(text: str, generations: int, code: list[str]) -> None:
    relationship = parse_relationship(text)
    assert relationship.valid
    assert (relationship.generations, relationship.normal, relationship.code) == (generations, text, code)
    assert relationship.message == ""


@pytest.mark.requirement("RR-1.1.11a")
@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("妻(未届)", "妻（未届）"),
        ("子(子の夫)", "子（子の夫）"),
        (" 子 の 子 ", "子の子"),
        ("子　の妻", "子の妻"),
    ],
)
def test_brackets_and_spaces_are_put_right(text: str, normal: str) -> None:
    relationship = parse_relationship(text)
    assert relationship.valid and relationship.normal == normal


@pytest.mark.requirement("RR-1.1.11b")
@pytest.mark.parametrize(
    ("text", "generations"),
    [("子の子の子の子の子", 5), ("父の父の兄の子の子の妻", 6), ("子（子の夫）の子の子の子の子", 5)],
)
def test_five_generations_become_kindred(text: str, generations: int) -> None:
    relationship = parse_relationship(text)
    assert not relationship.valid
    assert (relationship.generations, relationship.normal, relationship.code) == (
        generations,
        "縁故者",
        ["91"],
    )
    assert "「縁故者」と入力" in relationship.message


@pytest.mark.requirement("RR-1.1.11e")
@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("祖父", "父の父"),
        ("祖母", "母の母"),
        ("おじ", "父の兄"),
        ("おば", "母の妹"),
        ("甥", "兄の子"),
        ("姪", "妹の子"),
        ("孫", "子の子"),
        ("家事使用人", "同居人"),
        ("準世帯主", "世帯主から見て"),
        ("長男", "「子」"),
        ("孫の妻", "縁故者"),
        ("子の", "「の」で"),
        ("の子", "「の」で"),
        ("子の縁故者", "縁故者"),
        ("縁故者の子", "縁故者"),
        ("世帯主の子", "縁故者"),
        ("子の同居人", "同居人"),
        ("子子", "「の」で"),
        ("妻（未届", "「の」で"),
        ("子（父の夫）", "「の」で"),
        ("", "入力されていません"),
        ("　", "入力されていません"),
        ("wife", "「の」で"),
    ],
)
def test_other_wordings_are_refused_with_advice(text: str, advice: str) -> None:
    relationship = parse_relationship(text)
    assert not relationship.valid
    assert (relationship.generations, relationship.normal, relationship.code) == (0, None, [])
    assert advice in relationship.message


@pytest.mark.requirement("RR-1.1.11a", "RR-1.1.11b")
@given(st.lists(st.sampled_from(CHAIN_TERMS), min_size=1, max_size=7))
def test_every_chain_counts_its_terms(terms: list[Term]) -> None:
    text = "の".join(term.label for term in terms)
    relationship = parse_relationship(text)
    assert relationship.generations == len(terms)
    assert relationship.valid == (len(terms) <= 4)
    assert relationship.terms == (tuple(terms) if len(terms) <= 4 else (Term.KINDRED,))


@pytest.mark.requirement("RR-1.1.11c", partial=True)  # the rule alone
@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        (["父の兄の子", "妻"], "妻"),
        (["子の妻", "妻の妹"], "子の妻"),
        (["妻の兄", "縁故者"], "妻の兄"),
        (["縁故者", "同居人"], "縁故者"),
        (["兄", "子の夫"], "子の夫"),
        (["父の兄の子", "母の姉の子の妻"], "父の兄の子"),
        (["子", "子の妻"], "子"),
    ],
)
def test_of_several_wordings_the_highest_is_recorded(candidates: list[str], expected: str) -> None:
    for order in (candidates, candidates[::-1]):
        assert highest_relationship(map(parse_relationship, order)).normal == expected


def test_nothing_to_choose_from() -> None:
    with pytest.raises(ValueError):
        highest_relationship([parse_relationship("孫")])


@pytest.mark.requirement("RR-1.1.11d", partial=True)  # the rule alone
@pytest.mark.parametrize(
    ("text", "foreign", "proved", "expected"),
    [
        ("妻", True, False, "縁故者"),
        ("妻", True, True, "妻"),
        ("妻", False, False, "妻"),
        ("子の子", True, False, "縁故者"),
        ("世帯主", True, False, "世帯主"),
        ("同居人", True, False, "同居人"),
        ("縁故者", True, False, "縁故者"),
    ],
)
def test_kinship_of_foreign_residents_needs_proof(
    text: str, foreign: bool, proved: bool, expected: str
) -> None:
    assert relationship_to_record(parse_relationship(text), foreign=foreign, proved=proved).normal == expected


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        ("世帯主", Rank.HEAD),
        ("夫（未届）", Rank.SPOUSE),
        ("子（子の妻）", Rank.CHILD),
        ("子の夫", Rank.CHILDS_FAMILY),
        ("母", Rank.PARENT),
        ("妹", Rank.SIBLING),
        ("母の父", Rank.GRANDPARENT),
        ("父の兄", Rank.RELATIVE),
        ("妻の父", Rank.RELATIVE),
        ("縁故者", Rank.KINDRED),
        ("同居人", Rank.LODGER),
        ("孫", Rank.UNREADABLE),
    ],
)
def test_ranks(text: str, rank: Rank) -> None:
    assert rank_of(parse_relationship(text)) is rank
