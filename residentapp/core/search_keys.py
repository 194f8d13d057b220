"""Search keys: what makes two spellings of a name the same to a search (RR-2.1.2, CM-2).

One function makes the key of what is stored and of what is asked. Keys are derived columns; the stored text
itself is never folded.

Kana: voiced and semi-voiced marks, small kana, long-vowel marks, dashes and spaces do not count; ワ=ハ, ヲ=オ;
the ヴ family is the ブ family; ウ after a kana of the オ row is オ. Because ヂ=ジ *and* ヂ=チ (voicing is
ignored) a key can only put シ, ジ, チ and ヂ into one class, and ス, ズ, ツ and ヅ into another. That finds too
much rather than too little (大塚 オオツカ, オオヅカ, オオズカ); :func:`fine_key` tells which hits are nearer.

Kanji: each character is folded to the head of its variant set (異体字), selectors are ignored.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache

from ja_itaiji import Itaiji

from residentapp.core.kana import to_katakana


class MatchKind(enum.StrEnum):
    """How a query is compared with a target."""

    FULL = "full"
    PREFIX = "prefix"
    CONTAINS = "contains"

    @property
    def label(self) -> str:
        """Japanese label for screens."""
        return {"full": "完全一致", "prefix": "前方一致", "contains": "部分一致"}[self.value]


#: Folding of kana, without the two classes that voicing forces together.
_KANA = dict(
    zip(
        "ァィゥェォッャュョヮヵヶガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポワヲヰヱヷヸヹヺヴ",
        "アイウエオツヤユヨハカケカキクケコサシスセソタチツテトハヒフヘホハヒフヘホハオイエハヒヘホフ",
        strict=True,
    )
)
#: ヂ=ジ and ヅ=ズ: with voicing ignored, シ and チ are one class, ス and ツ another.
_FORCED = {"チ": "シ", "ヂ": "シ", "ツ": "ス", "ヅ": "ス", "ッ": "ス"}

#: Removed: spaces, long-vowel marks, dashes and hyphens (RR-2.1.2f), separators of foreign names.
_REMOVED = " \t\n\r\u00a0\u3000\u2002\u2003\u2009ー―－‐ｰ-‑‒–—−・･゛゜\u3099\u309a"

_V_FAMILY = str.maketrans({"ァ": "バ", "ィ": "ビ", "ェ": "ベ", "ォ": "ボ"})
_V_PAIR = re.compile("ヴ([ァィェォ])")
_V_YU = re.compile("ヴ(?=[ャュョ])")
_U_AFTER_O_ROW = re.compile("(?<=[オコソトノホモヨロ])ウ+")
_NEEDS_KANA_JOINING = re.compile("[\uff61-\uff9f\u3041-\u3096\u3099\u309a゛゜]")

#: Variant pairs that the package lacks, each with the common form. 𨘢 is named by RR-2.1.2g.
SUPPLEMENT = {
    "𨘢": "辺",
    "𠮷": "吉",
    "𫝆": "今",
    "𣘺": "橋",
    "𥱋": "簗",
    "𠀋": "丈",
    "𡈽": "土",
    "𣳾": "泰",
    "𣏌": "杞",
    "𦚰": "脇",
}


#: Simplified forms that are radicals: the package ties many unlike characters to them (広, 庵, 岸), so no set
#: is joined through them.
_RADICALS = "厂广"


def _jis_level(character: str) -> int:
    """1 or 2 for the two levels of JIS X 0208, 9 for characters outside it and for bare radicals."""
    if character in _RADICALS:
        return 9
    try:
        encoded = character.encode("euc_jp")
    except UnicodeEncodeError:
        return 9
    if len(encoded) != 2:
        return 9
    return 1 if encoded[0] < 0xD0 else 2


class _Sets:
    """Sets of variants, each with the commonest character at its head."""

    def __init__(self, parent: dict[str, str] | None = None) -> None:
        self.parent = parent or {}

    def root(self, character: str) -> str:
        parent = self.parent
        parent.setdefault(character, character)
        while parent[character] != character:
            parent[character] = parent[parent[character]]
            character = parent[character]
        return character

    def join(self, one: str, other: str) -> None:
        first, second = self.root(one), self.root(other)
        # The commonest character heads its set: lower JIS level first, then lower code point.
        if (_jis_level(first), first) > (_jis_level(second), second):
            first, second = second, first
        self.parent[second] = first


@cache
def _program_s_sets() -> _Sets:
    """Sets of the package and of the supplement.

    The package lists neighbours, not sets, and joining all neighbours of neighbours would make 広 and 岸 one
    character by way of simplified forms. So sets are joined only through characters of JIS X 0208; every
    other character goes to the set of its first neighbour there, or to its own neighbours if it has none.
    """
    # The package ties ヶ to 箇; that is a kana here.
    families: dict[str, list[str]] = {
        character: [other for other in family if other >= "\u3400"]
        for character, family in Itaiji.dictionary.items()
        if character >= "\u3400"
    }
    sets = _Sets()
    for character, family in families.items():
        inside = _jis_level(character) <= 2
        common = [other for other in family if other != character and _jis_level(other) <= 2]
        if inside:
            for other in common:
                sets.join(character, other)
        elif common:
            sets.join(character, min(common, key=_jis_level))
        else:
            for other in family:
                if all(_jis_level(third) > 2 for third in families.get(other, [other])):
                    sets.join(character, other)
    for character, common_form in SUPPLEMENT.items():
        sets.join(character, common_form)
    return sets


def _variant_heads(extra: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each kanji that has variants, with the head of its set.

    :param extra: further characters, each with one of the set that it belongs to.
    """
    sets = _Sets(dict(_program_s_sets().parent))
    for character, form in extra:
        sets.join(character, form)
    heads = {character: sets.root(character) for character in sets.parent}
    for character, equal in _compatibility_pairs():
        heads[character] = heads.get(equal, equal)
    return heads


@cache
def _compatibility_pairs() -> tuple[tuple[str, str], ...]:
    """CJK compatibility ideographs with what Unicode calls their equal; only keys may use it."""
    found = []
    for start, end in ((0xF900, 0xFB00), (0x2F800, 0x2FA20)):
        for point in range(start, end):
            character = chr(point)
            equal = unicodedata.normalize("NFC", character)
            if equal != character:
                found.append((character, equal))
    return tuple(found)


#: What a kanji, kana, letter or mark becomes in a key; None takes it away.
_Table = dict[int, str | None]
#: A character, and a form by which it is to be found.
Pair = tuple[str, str]


@dataclass(frozen=True)
class _Variants:
    """Variants that are registered besides those of the package, with the tables that come of them.

    :param token: says which state of the register of 外字 they are; empty for none.
    """

    token: str
    coarse: _Table
    fine: _Table


def _build(token: str, extra: Iterable[Pair]) -> _Variants:
    fine: _Table = {
        ord(character): head for character, head in _variant_heads(extra).items() if character != head
    }
    fine.update({ord(small): large for small, large in _KANA.items()})
    for offset in range(0x5E):
        # Full-width Latin letters, digits and signs to half width.
        fine[0xFF01 + offset] = chr(0x21 + offset).upper()
    fine.update({ord(letter): letter.upper() for letter in "abcdefghijklmnopqrstuvwxyz"})
    fine.update({ord(removed): None for removed in _REMOVED})
    fine.update(dict.fromkeys([*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)], None))
    return _Variants(token, fine | {ord(kana): shared for kana, shared in _FORCED.items()}, fine)


#: Those in use in this process; built at the first use.
_installed: _Variants | None = None
#: Those that one transaction writes keys with before it has been committed.
_tried: ContextVar[_Variants | None] = ContextVar("tried_variants", default=None)


def _variants() -> _Variants:
    global _installed
    tried = _tried.get()
    if tried is not None:
        return tried
    if _installed is None:
        _installed = _build("", ())
    return _installed


def install_variants(pairs: Iterable[Pair], token: str = "") -> None:
    """Use further variants in this process, each with a form it is to be found by (RR-2.1.2h: 外字).

    Replaces what was installed before. Keys stored earlier must be made anew for the characters concerned.

    :param token: name of this state of the register; :func:`variants_in_use` answers with it.
    """
    global _installed
    _installed = _build(token, pairs)


def variants_in_use() -> str:
    """Token of the variants that keys are made with now; empty for those of the program alone."""
    return _variants().token


def are_variants_tried() -> bool:
    """Whether keys are being made inside :func:`trying_variants`."""
    return _tried.get() is not None


@contextmanager
def trying_variants(pairs: Iterable[Pair], token: str) -> Iterator[frozenset[str]]:
    """Make keys with other variants in this thread only, until the block ends.

    For the transaction that changes the register of 外字: others go on with what is committed.

    :returns: characters whose keys become different ones.
    """
    before, tried = _variants().coarse, _build(token, pairs)
    points = before.keys() | tried.coarse.keys()
    differing = frozenset(
        chr(point) for point in points if before.get(point, chr(point)) != tried.coarse.get(point, chr(point))
    )
    held = _tried.set(tried)
    try:
        yield differing
    finally:
        _tried.reset(held)


def search_key(text: str) -> str:
    """The key of a text, the same for storing and for asking. Idempotent; empty for a text of marks alone."""
    return _fold(text, _variants().coarse)


def fine_key(text: str) -> str:
    """As :func:`search_key`, but シ and チ, ス and ツ stay apart: for ordering hits, nearest first."""
    return _fold(text, _variants().fine)


def _fold(text: str, table: _Table) -> str:
    if _NEEDS_KANA_JOINING.search(text):
        text = to_katakana(text)
    if "ヴ" in text:
        text = _V_PAIR.sub(lambda found: found[1].translate(_V_FAMILY), text)
        text = _V_YU.sub("ビ", text)
    key = text.translate(table)
    if "ウ" in key:
        key = _U_AFTER_O_ROW.sub(lambda found: "オ" * len(found[0]), key)
    return key


def query_keys(query: str, kind: MatchKind) -> tuple[str, ...]:
    """Keys to look for, one of which must match; empty when nothing was asked.

    A part of a name may begin with a ウ that in the whole name follows a kana of the オ row, and is オ there:
    ウタコ in ヒロモトウタコ. So a partial search for it also looks for オタコ.
    """
    key = search_key(query)
    if not key:
        return ()
    if kind is MatchKind.CONTAINS and key.startswith("ウ"):
        rest = key.lstrip("ウ")
        return key, "オ" * (len(key) - len(rest)) + rest
    return (key,)


def search_match(query: str, target: str, kind: MatchKind) -> bool:
    """Whether a query finds a target. An empty query finds nothing."""
    keys, stored = query_keys(query, kind), search_key(target)
    if kind is MatchKind.FULL:
        return stored in keys
    if kind is MatchKind.PREFIX:
        return stored.startswith(keys) if keys else False
    return any(key in stored for key in keys)


def variants_of(character: str) -> list[str]:
    """All characters that a search takes for this one, the head first (character panel, CM-1)."""
    key = search_key(character)
    members = {chr(point) for point, head in _variants().coarse.items() if head == key and len(key) == 1}
    members |= {key, character} if key else {character}
    members = {member for member in members if unicodedata.category(member[0]) in ("Lo", "Co")}
    return sorted(members, key=lambda member: (member != key, _jis_level(member), member))
