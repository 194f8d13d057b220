"""続柄: the wordings that may be recorded, and what a wording means (RR-1.1.11, 住民基本台帳法 第7条第4号).

Allowed are 世帯主; the thirteen terms of :class:`Term`; such terms joined by の, up to four; 縁故者; 同居人.
Generations are counted mechanically as the number of joined terms: 子の子の子の子 has four.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass

#: The longest chain that may be written (RR-1.1.11a); longer ones become 縁故者 (RR-1.1.11b).
MAX_GENERATIONS = 4


class Term(enum.StrEnum):
    """One word of a 続柄. The value is the code this system uses; it is no national code list."""

    HEAD = "01"
    HUSBAND = "11"
    WIFE = "12"
    HUSBAND_UNREGISTERED = "13"
    WIFE_UNREGISTERED = "14"
    CHILD = "21"
    CHILD_HUSBAND_OF_CHILD = "22"
    CHILD_WIFE_OF_CHILD = "23"
    FATHER = "31"
    MOTHER = "32"
    ELDER_BROTHER = "41"
    ELDER_SISTER = "42"
    YOUNGER_BROTHER = "43"
    YOUNGER_SISTER = "44"
    KINDRED = "91"
    LODGER = "92"

    @property
    def label(self) -> str:
        """The word as it is written."""
        return _LABELS[self]


_LABELS: dict[Term, str] = {
    Term.HEAD: "世帯主",
    Term.HUSBAND: "夫",
    Term.WIFE: "妻",
    Term.HUSBAND_UNREGISTERED: "夫（未届）",
    Term.WIFE_UNREGISTERED: "妻（未届）",
    Term.CHILD: "子",
    Term.CHILD_HUSBAND_OF_CHILD: "子（子の夫）",
    Term.CHILD_WIFE_OF_CHILD: "子（子の妻）",
    Term.FATHER: "父",
    Term.MOTHER: "母",
    Term.ELDER_BROTHER: "兄",
    Term.ELDER_SISTER: "姉",
    Term.YOUNGER_BROTHER: "弟",
    Term.YOUNGER_SISTER: "妹",
    Term.KINDRED: "縁故者",
    Term.LODGER: "同居人",
}
_BY_LABEL = {label: term for term, label in _LABELS.items()}
#: Words that stand alone and are never part of a chain.
ALONE = frozenset({Term.HEAD, Term.KINDRED, Term.LODGER})
#: 準婚 counts as family (RR-5.2).
SPOUSES = frozenset({Term.HUSBAND, Term.WIFE, Term.HUSBAND_UNREGISTERED, Term.WIFE_UNREGISTERED})
CHILDREN = frozenset({Term.CHILD, Term.CHILD_HUSBAND_OF_CHILD, Term.CHILD_WIFE_OF_CHILD})
PARENTS = frozenset({Term.FATHER, Term.MOTHER})
SIBLINGS = frozenset({Term.ELDER_BROTHER, Term.ELDER_SISTER, Term.YOUNGER_BROTHER, Term.YOUNGER_SISTER})

_WORD = "|".join(
    re.escape(label)
    for label in sorted((term.label for term in Term if term not in ALONE), key=len, reverse=True)
)
_CHAIN = re.compile(f"(?:{_WORD})(?:の(?:{_WORD}))*")
_WORDS = re.compile(_WORD)
_FOLD = str.maketrans({"(": "（", ")": "）", " ": None, "\u3000": None})

#: Wordings that people use and the law does not (RR-1.1.11e), with the right one.
_ADVICE = {
    "祖父": "「父の父」「母の父」",
    "祖母": "「父の母」「母の母」",
    "孫": "「子の子」",
    "ひ孫": "「子の子の子」",
    "曾孫": "「子の子の子」",
    "おじ": "「父の兄」「母の弟」など",
    "伯父": "「父の兄」「母の兄」など",
    "叔父": "「父の弟」「母の弟」など",
    "おば": "「父の姉」「母の妹」など",
    "伯母": "「父の姉」「母の姉」など",
    "叔母": "「父の妹」「母の妹」など",
    "甥": "「兄の子」「妹の子」など",
    "姪": "「兄の子」「妹の子」など",
    "おい": "「兄の子」「妹の子」など",
    "めい": "「兄の子」「妹の子」など",
    "いとこ": "「父の兄の子」など",
    "長男": "「子」",
    "長女": "「子」",
    "二男": "「子」",
    "次男": "「子」",
    "二女": "「子」",
    "次女": "「子」",
    "養子": "「子」",
    "養女": "「子」",
    "内縁の夫": "「夫（未届）」",
    "内縁の妻": "「妻（未届）」",
    "義父": "「妻の父」「夫の父」",
    "義母": "「妻の母」「夫の母」",
    "嫁": "「子の妻」",
    "婿": "「子の夫」",
    "家事使用人": "「同居人」",
    "準世帯主": "この人の続柄",
}
_GENERAL_ADVICE = (
    "続柄として使えない言葉です。世帯主・夫・妻・子・父・母・兄・姉・弟・妹を「の」で4つまでつなぐか、"
    "「縁故者」「同居人」を入力してください。"
)


@dataclass(frozen=True)
class Relationship:
    """A 続柄 as read.

    :param valid: whether the wording may be recorded as it is.
    :param generations: number of joined terms; 0 for 世帯主, 縁故者, 同居人 and what cannot be read.
    :param normal: the wording to record: full-width brackets, no spaces; 縁故者 for five generations or more;
        None when the text cannot be read.
    :param terms: the words of ``normal``.
    :param message: for the clerk when not valid: what is wrong and what to enter.
    """

    valid: bool
    generations: int
    normal: str | None
    terms: tuple[Term, ...] = ()
    message: str = ""

    @property
    def code(self) -> list[str]:
        """Codes of the words of ``normal``, in order."""
        return [term.value for term in self.terms]


def parse_relationship(text: str) -> Relationship:
    """Read a 続柄 (RR-1.1.11a, b, e). Never raises: what may not be recorded says so in ``message``."""
    folded = text.translate(_FOLD)
    alone = _BY_LABEL.get(folded)
    if alone in ALONE:
        return Relationship(True, 0, folded, (alone,))
    if _CHAIN.fullmatch(folded):
        terms = tuple(_BY_LABEL[word] for word in _WORDS.findall(folded))
        if len(terms) <= MAX_GENERATIONS:
            return Relationship(True, len(terms), folded, terms)
        return Relationship(
            False,
            len(terms),
            Term.KINDRED.label,
            (Term.KINDRED,),
            "続柄は4つまでしかつなげません。「縁故者」と入力してください。",
        )
    if not folded:
        return Relationship(
            False, 0, None, (), "続柄が入力されていません。世帯主から見た続柄を入力してください。"
        )
    advice = _ADVICE.get(folded)
    message = (
        f"この続柄は使えません。{advice}を世帯主から見て入力してください。" if advice else _GENERAL_ADVICE
    )
    return Relationship(False, 0, None, (), message)


class Rank(enum.IntEnum):
    """Places in the order of members (RR-5.2), highest first."""

    HEAD = 11
    SPOUSE = 12
    CHILD = 13
    CHILDS_FAMILY = 20
    PARENT = 31
    SIBLING = 32
    GRANDPARENT = 33
    RELATIVE = 41
    KINDRED = 42
    LODGER = 43
    UNREADABLE = 99


def rank_of(relationship: Relationship) -> Rank:
    """The place of a 続柄 in RR-5.2, before it is known who lives in the household."""
    terms = relationship.terms
    match terms:
        case ():
            return Rank.UNREADABLE
        case (Term.HEAD,):
            return Rank.HEAD
        case (Term.KINDRED,):
            return Rank.KINDRED
        case (Term.LODGER,):
            return Rank.LODGER
    if len(terms) == 1:
        if terms[0] in SPOUSES:
            return Rank.SPOUSE
        if terms[0] in CHILDREN:
            return Rank.CHILD
        return Rank.PARENT if terms[0] in PARENTS else Rank.SIBLING
    if terms[0] in CHILDREN:
        return Rank.CHILDS_FAMILY
    if len(terms) == 2 and set(terms) <= PARENTS:
        return Rank.GRANDPARENT
    return Rank.RELATIVE


def highest_relationship(candidates: Iterable[Relationship]) -> Relationship:
    """Of several wordings that fit one person, the one to record (RR-1.1.11c).

    The highest in RR-5.2; among equals the shortest. The head's father's brother's child who is also the
    head's wife is 妻.

    :raises ValueError: when no candidate has a wording that can be recorded.
    """
    usable = [candidate for candidate in candidates if candidate.terms]
    if not usable:
        raise ValueError("no relationship to choose from")
    return min(usable, key=lambda candidate: (rank_of(candidate), candidate.generations))


def relationship_to_record(relationship: Relationship, *, foreign: bool, proved: bool) -> Relationship:
    """The 続柄 to record for a resident, by nationality and proof (RR-1.1.11d).

    Kinship of a foreign resident that no document proves is recorded as 縁故者. 世帯主 and 同居人 claim no kinship
    and need no proof.

    :param proved: a document of RR-1.1.11d stating the relation was shown.
    """
    if not foreign or proved or not relationship.terms or relationship.terms[0] in ALONE:
        return relationship
    return parse_relationship(Term.KINDRED.label)
