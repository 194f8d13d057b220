"""Search keys for kana and kanji (RR-2.1.2, CM-2): what is the same, what is not, and that it stays fast."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residentapp.core import search_keys
from residentapp.core.search_keys import (
    MatchKind,
    fine_key,
    install_variants,
    query_keys,
    search_key,
    search_match,
    variants_of,
)

VOICED = "ガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポ"
PLAIN = "カキクケコサシスセソタチツテトハヒフヘホハヒフヘホ"
NAMES = st.text(
    st.one_of(
        st.characters(min_codepoint=0x3041, max_codepoint=0x30FE),
        st.characters(min_codepoint=0xFF01, max_codepoint=0xFF9F),
        st.sampled_from("渡邊邉辺斉斎髙﨑\ufa19𠮷 　-ー‐－ABCxyz"),
        st.sampled_from(["\U000e0102", "\u3099", "\u309a"]),
    ),
    max_size=30,
)


def same(one: str, other: str) -> bool:
    return search_key(one) == search_key(other)


@pytest.mark.requirement("RR-2.1.2b", "CM-2.1")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        *zip(VOICED, PLAIN, strict=True),
        ("ヂ", "ジ"),
        ("ズ", "ヅ"),
        ("ワ", "ハ"),
        ("ヴァ", "バ"),
        ("ヴィ", "ビ"),
        ("ヴ", "ブ"),
        ("ヴェ", "ベ"),
        ("ヴォ", "ボ"),
        ("ヴュ", "ビュ"),
        ("ヷ", "ヴァ"),
        ("オ", "ヲ"),
        ("ヒ", "ピ"),
        ("ｳﾞｨ", "ビ"),
        ("ウ゛ィ", "ビ"),
        ("オオツカ", "オオヅカ"),
        ("オオズカ", "オオヅカ"),
        ("ハンバ", "ハンワ"),
    ],
)
def test_voicing_does_not_count(one: str, other: str) -> None:
    assert same(one, other)


@pytest.mark.requirement("RR-2.1.2c", "CM-2.1")
@pytest.mark.parametrize(
    ("small", "large"), list(zip("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ", strict=True))
)
def test_small_kana_do_not_count(small: str, large: str) -> None:
    assert same(f"タ{small}ナ", f"タ{large}ナ")


@pytest.mark.requirement("RR-2.1.2e", "CM-2.1")
@pytest.mark.parametrize("kana", "オコソトノホモヨロゴゾドボポョヲ")
def test_u_after_the_o_row_is_o(kana: str) -> None:
    assert same(f"ア{kana}ウ", f"ア{kana}オ")


@pytest.mark.requirement("RR-2.1.2e")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("オウノ", "オオノ"),
        ("ヨウコ", "ヨオコ"),
        ("サトウ", "サトオ"),
        ("コーウ", "コオ"),
        ("ゴウダ", "コオタ"),
        ("ユーコ", "ユコ"),
        ("コウウ", "コオオ"),
    ],
)
def test_long_vowels(one: str, other: str) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ウノ", "オノ"),
        ("ウエダ", "オエダ"),
        ("クウ", "クオ"),
        ("オノ", "オオノ"),
        ("サトウ", "カトウ"),
        ("イトウ", "アトウ"),
        ("広田", "岸田"),
        ("山田", "山本"),
        ("斉藤", "佐藤"),
        ("", "ア"),
    ],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert not same(one, other)


@pytest.mark.requirement("RR-2.1.2f", "CM-2.1")
@pytest.mark.parametrize("dash", ["ー", "―", "－", "‐", "ｰ", "-", ""])
def test_dashes_are_one(dash: str) -> None:
    assert same(f"ポ{dash}ル", "ポール")
    assert same(f"ANNE{dash}MARIE", "ANNE-MARIE")


@pytest.mark.requirement("RR-2.1.2d", "RR-2.1.2f", partial=True)
@pytest.mark.parametrize("space", [" ", "\u3000", "", "  "])
def test_spaces_do_not_count(space: str) -> None:
    assert same(f"ジュウミン{space}タロウ", "ジュウミンタロウ")
    assert same(f"住民{space}太郎", "住民　太郎")


@pytest.mark.requirement("RR-2.1.2g", "CM-2.1")
@pytest.mark.parametrize(
    ("common", "variants"),
    [
        ("辺", "邊边邉𨘢"),
        ("浜", "濱頻濵滨"),
        ("藤", "䕨籘籐"),
        ("高", "髙"),
        ("崎", "﨑嵜"),
        ("吉", "𠮷"),
        ("島", "嶋嶌"),
        ("斎", "齋"),
        ("斉", "齊"),
        ("沢", "澤"),
        ("国", "國"),
        ("神", "\ufa19"),
        ("竜", "龍"),
        ("橋", "𣘺"),
        ("恵", "惠"),
    ],
)
def test_variants_find_each_other(common: str, variants: str) -> None:
    for variant in variants:
        assert same(f"渡{variant}", f"渡{common}"), variant
        assert variant in variants_of(common)


@pytest.mark.requirement("RR-2.1.2g", partial=True)
def test_selectors_do_not_count() -> None:
    assert same("辻\U000e0102", "辻")
    assert same("渡邉\U000e010f", "渡辺")


@pytest.mark.requirement("RR-2.1.2h", partial=True)
def test_a_registered_additional_character_is_found_through_its_variant() -> None:
    assert not same("\U0010de92", "辺")
    install_variants([("\U0010de92", "邊")])
    try:
        assert same("\U0010de92", "辺")
    finally:
        install_variants(())
    assert not same("\U0010de92", "辺")


def test_latin_letters_fold_by_width_and_case() -> None:
    assert search_key("Ｚhang　yulin") == "ZHANGYULIN"


def test_hiragana_is_searched_as_katakana() -> None:
    assert same("さくら", "サクラ") and same("か\u3099", "ガ")


def test_finer_keys_tell_the_nearer_hit() -> None:
    assert same("マツダ", "マスダ")
    assert fine_key("マツダ") != fine_key("マスダ")
    assert fine_key("マツタ") == fine_key("マツダ")
    assert fine_key("イチカワ") != fine_key("イシカワ")


@pytest.mark.requirement("RR-2.1.2d")
@pytest.mark.parametrize(
    ("query", "target", "kind", "expected"),
    [
        ("サトウ タロウ", "サトウ　タロウ", "full", True),
        ("サトウ", "サトウ　タロウ", "full", False),
        ("サトウ", "サトウ　タロウ", "prefix", True),
        ("タロウ", "サトウ　タロウ", "prefix", False),
        ("タロウ", "サトウ　タロウ", "contains", True),
        ("トウタ", "サトウ　タロウ", "contains", True),
        ("ハナコ", "サトウ　タロウ", "contains", False),
        ("サドオ", "サトウ　タロウ", "prefix", True),
        ("サトア", "サトウ　タロウ", "prefix", False),
        ("渡辺", "渡邉\U000e010f　花子", "prefix", True),
        ("花子", "渡邉\U000e010f　花子", "contains", True),
        ("邊", "渡辺", "contains", True),
        ("ウタコ", "ヒロモト　ウタコ", "contains", True),
        ("ウタコ", "ヒロモト　ウタコ", "prefix", False),
        ("", "サトウ", "full", False),
        ("", "", "full", False),
        ("ー", "サトウ", "contains", False),
        ("　", "サトウ", "prefix", False),
    ],
)
def test_matching(query: str, target: str, kind: str, expected: bool) -> None:
    assert search_match(query, target, MatchKind(kind)) is expected


def test_a_query_of_nothing_has_no_key() -> None:
    assert query_keys(" ー", MatchKind.CONTAINS) == ()
    assert query_keys("ウタコ", MatchKind.CONTAINS) == ("ウタコ", "オタコ")
    assert query_keys("ウタコ", MatchKind.PREFIX) == ("ウタコ",)


@pytest.mark.requirement("CM-2.1")
@given(NAMES)
def test_a_key_is_its_own_key(name: str) -> None:
    key = search_key(name)
    assert search_key(key) == key
    assert fine_key(fine_key(name)) == fine_key(name)


@pytest.mark.requirement("CM-2.1")
@given(NAMES)
def test_whatever_is_stored_is_found_by_asking_for_it(name: str) -> None:
    assert all(search_match(name, name, kind) for kind in MatchKind) or search_key(name) == ""


def test_every_head_of_a_variant_set_is_its_own_head() -> None:
    for table in (search_keys._variants().coarse, search_keys._variants().fine):
        for point, folded in table.items():
            if folded is not None:
                assert folded.translate(table) == folded, hex(point)


def test_no_variant_set_grows_beyond_what_a_list_can_show() -> None:
    sizes: dict[str, int] = {}
    for folded in search_keys._variants().coarse.values():
        if folded is not None:
            sizes[folded] = sizes.get(folded, 0) + 1
    assert max(sizes.values()) < 25
    assert sizes["辺"] >= 4


def test_keys_are_made_in_linear_time() -> None:
    search_key("渡邉")
    long = "ヴァウオウー" * 20_000
    started = time.perf_counter()
    search_key(long)
    assert time.perf_counter() - started < 2.0
