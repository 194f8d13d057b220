"""Who is what to a new head: proposals of 続柄 when the head of a household changes (RR-4.1.4.2, RR-1.1.11).

A proposal follows from the old 続柄 alone, because the register knows nothing else; what does not follow is left to
the clerk. Nothing is recorded without the clerk's confirmation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from residentapp.residents.rules.relationships import (
    CHILDREN,
    MAX_GENERATIONS,
    PARENTS,
    SIBLINGS,
    SPOUSES,
    Term,
    parse_relationship,
)
from residentapp.residents.types import Sex

#: 続柄 seen from the other side, by the sex of the person who is now described.
_SPOUSE_BACK = {Term.HUSBAND: Term.WIFE, Term.WIFE: Term.HUSBAND, Term.HUSBAND_UNREGISTERED: Term.WIFE_UNREGISTERED,
                Term.WIFE_UNREGISTERED: Term.HUSBAND_UNREGISTERED}  # fmt: skip
_PARENT_OF = {Sex.MALE: Term.FATHER, Sex.FEMALE: Term.MOTHER}
_SEX_OF_SPOUSE = {Term.HUSBAND: Sex.MALE, Term.WIFE: Sex.FEMALE, Term.HUSBAND_UNREGISTERED: Sex.MALE,
                  Term.WIFE_UNREGISTERED: Sex.FEMALE}  # fmt: skip
#: Whose husband or wife somebody can be.
_SEX_OF_PARTNER = {term: Sex.FEMALE if sex is Sex.MALE else Sex.MALE for term, sex in _SEX_OF_SPOUSE.items()}
_ELDER = frozenset({Term.ELDER_BROTHER, Term.ELDER_SISTER})


@dataclass(frozen=True)
class Kin:
    """A member as far as proposals need to know.

    :param older: whether the person was born before the new head; None when that is not known.
    """

    relationship: str
    sex: Sex
    older: bool | None = None


@dataclass(frozen=True)
class Setting:
    """What else of the old household a proposal may rest on.

    :param head_sex: 性別 of the old head; UNKNOWN when there was none.
    :param alone: nobody else there had the new head's kind of 続柄 (子; 弟): a 子の妻 is then the new head's 妻.
    """

    head_sex: Sex = Sex.UNKNOWN
    alone: bool = False


_NOTHING_KNOWN = Setting()


def is_alone(new_head: str, others: Iterable[str]) -> bool:
    """Whether nobody else of a household had the new head's kind of 続柄 to the old head.

    :param others: 続柄 of everybody else, those who leave too.
    """
    head = parse_relationship(new_head).terms
    if len(head) != 1:
        return False
    kind = CHILDREN if head[0] in CHILDREN else frozenset(head)
    return not any(len(terms) == 1 and terms[0] in kind for terms in map(_terms, others))


def _terms(relationship: str) -> tuple[Term, ...]:
    return parse_relationship(relationship).terms


def propose_relationship(person: Kin, new_head: Kin, setting: Setting = _NOTHING_KNOWN) -> str:
    """続柄 of a person seen from the new head, both known by their 続柄 to the old one.

    :returns: the wording to propose; empty when it does not follow (the clerk asks).
    """
    head, own = _terms(new_head.relationship), _terms(person.relationship)
    if not head or not own:
        return ""
    if own in ((Term.KINDRED,), (Term.LODGER,)):
        return own[0].label
    if head in ((Term.KINDRED,), (Term.LODGER,)):
        return Term.LODGER.label if head == (Term.LODGER,) and own != (Term.HEAD,) else ""
    if len(head) != 1:
        return ""
    found = _FROM.get(_group(head[0]))
    return "" if found is None else _worded(found(_Question(person, own, new_head, head[0], setting)))


@dataclass(frozen=True)
class _Question:
    """One person and the new head, both by their terms to the old head."""

    person: Kin
    own: tuple[Term, ...]
    new_head: Kin
    head: Term
    setting: Setting


def _worded(terms: tuple[Term, ...]) -> str:
    """The wording of a chain: 縁故者 where it grows too long (RR-1.1.11b)."""
    if len(terms) > MAX_GENERATIONS:
        return Term.KINDRED.label
    return "の".join(term.label for term in terms)


def _group(term: Term) -> str:
    if term in SPOUSES:
        return "spouse"
    if term in CHILDREN:
        return "child"
    if term in PARENTS:
        return "parent"
    return "sibling" if term in SIBLINGS else ""


def _parent(sex: Sex) -> tuple[Term, ...]:
    """父 or 母; nothing when the sex is not known."""
    return (_PARENT_OF[sex],) if sex in _PARENT_OF else ()


def _over(first: tuple[Term, ...], rest: tuple[Term, ...]) -> tuple[Term, ...]:
    """Kin over somebody; nothing when that one cannot be named."""
    return (*first, *rest) if first else ()


def _own_kin(asked: _Question) -> tuple[Term, ...]:
    """Of somebody who is kin of the new head or of another with the same 続柄: the rest of the chain, when it is the
    new head's for sure. A wife cannot be a woman's, nor a husband a man's.
    """
    rest = asked.own[1:]
    if not asked.setting.alone or (
        rest[0] in _SEX_OF_PARTNER and asked.new_head.sex is not _SEX_OF_PARTNER[rest[0]]
    ):
        return ()
    return rest


def _from_spouse(asked: _Question) -> tuple[Term, ...]:
    """The head's spouse becomes head: the head is spouse, children stay children, the rest goes over the spouse."""
    back, own = _SPOUSE_BACK[asked.head], asked.own
    if own == (Term.HEAD,):
        return (back,)
    if own[0] in CHILDREN:
        # 子（子の妻） and the like stay; that they are children of both is what the clerk confirms.
        return own
    if own[0] in SPOUSES:
        # 妻の父 of the old head is 父 of the wife.
        return own[1:]
    return (back, *own)


def _from_child(asked: _Question) -> tuple[Term, ...]:
    """A child becomes head: the old head and spouse are parents, other children siblings, the rest goes over them."""
    own, person = asked.own, asked.person
    if own == (Term.HEAD,):
        return _parent(person.sex)
    if own[0] in SPOUSES:
        if len(own) == 1:
            return _parent(person.sex)
        # A child of the spouse alone (妻の子) is a sibling too.
        if own[1] in CHILDREN:
            return _sibling(person) if len(own) == 2 else ()
        return _over(_parent(_SEX_OF_SPOUSE[own[0]]), own[1:])
    if own[0] in CHILDREN:
        return _sibling(person) if len(own) == 1 else _own_kin(asked)
    return _over(_parent(asked.setting.head_sex), own)


def _sibling(person: Kin) -> tuple[Term, ...]:
    if person.older is None or person.sex not in _PARENT_OF:
        return ()
    if person.sex is Sex.MALE:
        return (Term.ELDER_BROTHER if person.older else Term.YOUNGER_BROTHER,)
    return (Term.ELDER_SISTER if person.older else Term.YOUNGER_SISTER,)


def _from_parent(asked: _Question) -> tuple[Term, ...]:
    """A parent becomes head: the old head is a child, the old head's siblings too, the other parent a spouse."""
    own, person = asked.own, asked.person
    if own == (Term.HEAD,):
        return (Term.CHILD,)
    if own[0] in SIBLINGS:
        return (Term.CHILD, *own[1:])
    if own[0] in PARENTS:
        if own[0] is asked.head:
            return own[1:]
        if len(own) == 1:
            return (Term.HUSBAND if person.sex is Sex.MALE else Term.WIFE,)
        return (Term.HUSBAND if own[0] is Term.FATHER else Term.WIFE, *own[1:])
    return (Term.CHILD, *own)


def _from_sibling(asked: _Question) -> tuple[Term, ...]:
    """A sibling becomes head: the old head is a sibling, the parents stay, the old head's family goes over them."""
    own, person = asked.own, asked.person
    if own == (Term.HEAD,):
        return _sibling(person)
    if own[0] in PARENTS:
        return own
    if own[0] in SIBLINGS:
        if len(own) == 1:
            return _sibling(person)
        if own[0] is asked.head:
            return _own_kin(asked)
        # An elder sibling of the elder of two is elder than both.
        return own if (own[0] in _ELDER) is not (asked.head in _ELDER) else ()
    old_head = Kin("", asked.setting.head_sex, older=asked.head not in _ELDER)
    return _over(_sibling(old_head), own)


_FROM = {
    "spouse": _from_spouse,
    "child": _from_child,
    "parent": _from_parent,
    "sibling": _from_sibling,
}
