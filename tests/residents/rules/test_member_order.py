"""Order of household members (RR-5.2)."""

from __future__ import annotations

import datetime as dt
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residentapp.residents.rules.member_order import Member, MemberOrderError, order_members


def member(
    id: str,
    relationship: str,
    birth: int,
    number: str = "1",
    family_of: str | None = None,
    head: bool = False,
) -> Member:
    return Member(id, relationship, dt.date(birth, 4, 1), number, head, family_of)


def order(members: list[Member]) -> str:
    """The keys in order; the members are given in three other orders, which must not matter."""
    results = set()
    for seed in range(3):
        shuffled = members[:]
        random.Random(seed).shuffle(shuffled)
        results.add("".join(one.id for one in order_members(shuffled)))
    assert len(results) == 1
    return results.pop()


@pytest.mark.requirement("RR-5.2a")
def test_head_then_spouse_then_children_by_birth() -> None:
    assert (
        order(
            [
                member("h", "世帯主", 1980),
                member("w", "妻", 1979),
                member("b", "子", 2012),
                member("a", "子", 2010),
            ]
        )
        == "hwab"
    )


@pytest.mark.requirement("RR-5.2a")
def test_twins_go_by_number_and_numbers_are_not_compared_as_text() -> None:
    assert (
        order([member("h", "世帯主", 1980), member("b", "子", 2012, "100"), member("a", "子", 2012, "99")])
        == "hab"
    )


def test_unregistered_partners_count_as_spouses() -> None:
    assert (
        order([member("h", "世帯主", 1980), member("c", "子", 1999), member("w", "妻（未届）", 1985)])
        == "hwc"
    )


@pytest.mark.requirement("RR-5.2b")
def test_children_with_families_follow_those_without() -> None:
    members = [
        member("h", "世帯主", 1940),
        member("w", "妻", 1942),
        member("a", "子", 1965),
        member("A", "子の妻", 1966, family_of="a"),
        member("1", "子の子", 1992, family_of="a"),
        member("2", "子の子", 1990, family_of="a"),
        member("b", "子", 1963),
        member("B", "子の夫", 1960, family_of="b"),
        member("3", "子の子", 1989, family_of="b"),
        member("c", "子", 1970),
    ]
    assert order(members) == "hwc" + "bB3" + "aA21"


@pytest.mark.requirement("RR-5.2b")
def test_family_of_the_only_child_is_inferred() -> None:
    members = [
        member("h", "世帯主", 1940),
        member("a", "子", 1965),
        member("A", "子の妻", 1966),
        member("1", "子の子", 1992),
    ]
    assert order(members) == "haA1"


def test_grandchildren_named_by_the_childs_spouse_belong_to_the_child() -> None:
    members = [
        member("h", "世帯主", 1940),
        member("a", "子", 1965),
        member("b", "子", 1960),
        member("A", "子の妻", 1966, family_of="a"),
        member("1", "子の子", 1992, family_of="A"),
    ]
    assert order(members) == "hbaA1"


def test_an_adopted_husband_of_a_child_stands_with_his_wife() -> None:
    members = [
        member("h", "世帯主", 1940),
        member("a", "子", 1965),
        member("A", "子（子の夫）", 1960),
        member("1", "子の子", 1992),
    ]
    assert order(members) == "haA1"
    members[3] = member("1", "子の子", 1992, family_of="A")
    assert order(members) == "haA1"


def test_five_generations_under_one_roof() -> None:
    members = [
        member("h", "世帯主", 1950),
        member("w", "妻", 1952),
        member("m", "母", 1925),
        member("c", "子", 1975),
        member("C", "子の妻", 1976),
        member("g", "子の子", 1998),
        member("G", "子の子の妻", 1999, family_of="g"),
        member("y", "子の子", 2001),
        member("z", "子の子の子", 2024, family_of="g"),
    ]
    assert order(members) == "hw" + "cCgGzy" + "m"


def test_descendants_of_an_unknown_child_stay_in_the_second_rank() -> None:
    members = [
        member("h", "世帯主", 1950),
        member("m", "母", 1925),
        member("a", "子", 1975),
        member("b", "子", 1976),
        member("g", "子の子", 1998),
    ]
    assert order(members) == "habgm"
    two_grandchildren = [
        member("h", "世帯主", 1950),
        member("m", "母", 1925),
        member("c", "子", 1975),
        member("g", "子の子", 1998),
        member("y", "子の子", 2001),
        member("G", "子の子の妻", 1999),
    ]
    assert order(two_grandchildren) == "hcgGym"


def test_a_descendant_whose_parent_is_elsewhere_joins_the_grandparents_family() -> None:
    members = [
        member("h", "世帯主", 1940),
        member("m", "母", 1920),
        member("c", "子", 1965),
        member("z", "子の子の子", 2020),
    ]
    assert order(members) == "hczm"


def test_brothers_of_a_parent_do_not_join_the_parents_family() -> None:
    members = [
        member("h", "世帯主", 1980),
        member("f", "父", 1955),
        member("o", "父の兄", 1950),
        member("c", "父の姉の子", 1949),
    ]
    assert order(members) == "hfco"


@pytest.mark.requirement("RR-5.2c")
def test_parents_siblings_grandparents() -> None:
    members = [
        member("h", "世帯主", 1980),
        member("s", "姉", 1975),
        member("b", "弟", 1985),
        member("g", "父の父", 1925),
        member("k", "父の母", 1923),
        member("m", "母", 1948),
        member("f", "父", 1950),
    ]
    assert order(members) == "h" + "mf" + "sb" + "kg"


@pytest.mark.requirement("RR-5.2c")
def test_the_head_of_the_register_is_first_of_the_parents_and_grandparents() -> None:
    members = [
        member("h", "世帯主", 1980),
        member("g", "父の父", 1925, head=True),
        member("k", "父の母", 1923),
        member("m", "母", 1948),
        member("f", "父", 1950, head=True),
        member("s", "姉", 1975),
        member("b", "弟", 1985, head=True),
    ]
    assert order(members) == "h" + "fm" + "sb" + "gk"


@pytest.mark.requirement("RR-5.2d")
def test_relatives_then_kindred_then_lodgers() -> None:
    members = [
        member("h", "世帯主", 1980),
        member("l", "同居人", 1930),
        member("k", "縁故者", 1935),
        member("n", "兄の子", 2005),
        member("u", "父の弟", 1955),
        member("b", "弟", 1985),
    ]
    assert order(members) == "hbunkl"


@pytest.mark.requirement("RR-5.2d")
def test_the_spouses_kin_follow_the_third_rank() -> None:
    members = [
        member("h", "世帯主", 1980),
        member("w", "妻", 1981),
        member("y", "妻の弟", 1984),
        member("e", "妻の兄", 1979),
        member("g", "妻の母の母", 1925),
        member("m", "妻の母", 1955),
        member("f", "妻の父", 1956, head=True),
        member("u", "父の弟", 1950),
    ]
    assert order(members) == "hw" + "fm" + "ey" + "g" + "u"


@pytest.mark.requirement("RR-5.2d")
def test_twins_among_the_spouses_siblings_go_by_number() -> None:
    members = [
        member("h", "世帯主", 1980),
        member("s", "妻の姉", 1979, "124567"),
        member("b", "妻の兄", 1979, "123945"),
    ]
    assert order(members) == "hbs"


@pytest.mark.requirement("RR-5.2d")
def test_families_of_relatives_and_kindred_keep_together() -> None:
    members = [
        member("h", "世帯主", 1980),
        member("e", "妻の兄", 1979),
        member("E", "妻の兄の妻", 1980),
        member("1", "妻の兄の子", 2005),
        member("y", "妻の弟", 1984),
        member("k", "縁故者", 1950),
        member("K", "縁故者", 1990, family_of="k"),
        member("j", "縁故者", 1960),
    ]
    assert order(members) == "h" + "eE1y" + "kKj"


@pytest.mark.requirement("RR-5.2d")
def test_families_of_relatives_stand_by_generation() -> None:
    members = [
        member("h", "世帯主", 1980),
        member("c", "父の兄の子", 1970),
        member("C", "父の兄の子の妻", 1971),
        member("n", "姉の子", 1995),
        member("N", "姉の子の夫", 1990),
    ]
    assert order(members) == "hnNcC"


def test_a_siblings_family_follows_among_the_relatives() -> None:
    members = [
        member("h", "世帯主", 1980),
        member("b", "兄", 1975),
        member("B", "兄の妻", 1976),
        member("1", "兄の子", 2003),
        member("m", "母", 1950),
    ]
    assert order(members) == "hmbB1"


def test_children_of_the_spouse_are_relatives() -> None:
    members = [
        member("h", "世帯主", 1980),
        member("w", "妻", 1981),
        member("s", "妻の子", 2000),
        member("m", "母", 1950),
    ]
    assert order(members) == "hwms"


def test_grandchildren_without_their_parent_are_relatives() -> None:
    members = [member("h", "世帯主", 1950), member("g", "子の子", 2000), member("b", "弟", 1955)]
    assert order(members) == "hbg"


@pytest.mark.parametrize("target", ["h", "w"])
def test_family_of_the_head_is_no_family_of_its_own(target: str) -> None:
    members = [
        member("h", "世帯主", 1950),
        member("w", "妻", 1951),
        member("b", "子", 1980, family_of=target),
        member("a", "子", 1978, family_of="a"),
    ]
    assert order(members) == "hwab"


@pytest.mark.requirement("RR-1.1.10", partial=True)
def test_a_household_may_have_no_head() -> None:
    assert order([member("a", "子", 2000), member("w", "妻", 1970), member("m", "母", 1940)]) == "wam"


def test_an_old_wording_goes_last() -> None:
    assert order([member("x", "孫", 1900), member("h", "世帯主", 1950), member("l", "同居人", 1990)]) == "hlx"


def test_an_empty_household() -> None:
    assert order_members([]) == []


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([member("a", "世帯主", 1950), member("b", "世帯主", 1951)], "世帯主が2人以上"),
        ([member("a", "世帯主", 1950), member("a", "妻", 1951)], "同じ世帯員"),
        ([member("a", "世帯主", 1950), member("b", "子の子", 1999, family_of="zz")], "この世帯にいません"),
        (
            [member("a", "縁故者", 1950, family_of="b"), member("b", "縁故者", 1951, family_of="a")],
            "輪になっています",
        ),
    ],
)
def test_contradictions_are_refused(members: list[Member], message: str) -> None:
    with pytest.raises(MemberOrderError, match=message):
        order_members(members)


def test_families_in_a_long_chain_do_not_depend_on_the_order_given() -> None:
    """Each family hangs on the spouse of the one above; found by trying at random."""
    chain = [
        member("a", "子の妻", 1992), member("b", "妻の妻（未届）", 1978, family_of="a"),
        member("c", "子の夫（未届）", 2003, family_of="d"), member("d", "子", 1960),
        member("e", "子の妻", 1956, family_of="b"),
    ]  # fmt: skip
    results = {
        "".join(one.id for one in order_members(given_so)) for given_so in itertools.permutations(chain)
    }
    assert len(results) == 1


WORDS = [
    "妻",
    "子",
    "子（子の夫）",
    "子の妻",
    "子の子",
    "子の子の妻",
    "父",
    "母",
    "兄",
    "兄の妻",
    "父の父",
    "妻の兄",
]
WORDS += ["妻の兄の子", "妻の子", "縁故者", "同居人", "孫", "父の兄の子の妻"]


@given(
    st.lists(
        st.tuples(st.sampled_from(WORDS), st.integers(1900, 2020), st.booleans(), st.integers(-1, 11)),
        max_size=12,
    ),
    st.randoms(),
)
def test_nobody_is_lost_and_the_order_given_does_not_matter(
    rows: list[tuple[str, int, bool, int]], source: random.Random
) -> None:
    members = [
        Member(
            str(index),
            word,
            dt.date(year, 1, 1),
            str(index),
            head,
            str(family % len(rows)) if family >= 0 else None,
        )
        for index, (word, year, head, family) in enumerate(rows)
    ]
    try:
        first = order_members(members)
    except MemberOrderError:
        return
    assert sorted(one.id for one in first) == sorted(one.id for one in members)
    source.shuffle(members)
    assert order_members(members) == first
