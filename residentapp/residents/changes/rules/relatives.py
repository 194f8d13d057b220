"""Who is what to a new head: proposals of 続柄 when the head of a household changes (RR-4.1.4.2, RR-1.1.11).

A proposal follows from the old 続柄 alone, because the register knows nothing else; what does not follow is left to
the clerk. Nothing is recorded without the clerk's confirmation.
"""

from __future__ import annotations

from dataclasses import dataclass

from residentapp.residents.rules.relationships import (
    CHILDREN,
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


@dataclass(frozen=True)
class Kin:
    """A member as far as proposals need to know.

    :param older: whether the person was born before the new head; None when that is not known.
    """

    relationship: str
    sex: Sex
    older: bool | None = None


def propose_relationship(person: Kin, new_head: Kin) -> str:
    """続柄 of a person seen from the new head, both known by their 続柄 to the old one.

    :returns: the wording to propose; empty when it does not follow (the clerk asks).
    """
    head = parse_relationship(new_head.relationship).terms
    own = parse_relationship(person.relationship).terms
    if not head or not own:
        return ""
    if own in ((Term.KINDRED,), (Term.LODGER,)):
        return own[0].label
    if head in ((Term.KINDRED,), (Term.LODGER,)):
        return Term.LODGER.label if head == (Term.LODGER,) and own != (Term.HEAD,) else ""
    if len(head) != 1:
        return ""
    return _FROM.get(_group(head[0]), _nothing)(person, own, head[0])


def _group(term: Term) -> str:
    if term in SPOUSES:
        return "spouse"
    if term in CHILDREN:
        return "child"
    if term in PARENTS:
        return "parent"
    return "sibling" if term in SIBLINGS else ""


def _nothing(person: Kin, own: tuple[Term, ...], head: Term) -> str:
    return ""


def _joined(*terms: Term) -> str:
    return "の".join(term.label for term in terms)


def _from_spouse(person: Kin, own: tuple[Term, ...], head: Term) -> str:
    """The head's spouse becomes head: the head is spouse, children stay children, the rest goes over the spouse."""
    back = _SPOUSE_BACK[head]
    if own == (Term.HEAD,):
        return back.label
    if own[0] in CHILDREN:
        # 子（子の妻） and the like stay; that they are children of both is what the clerk confirms.
        return _joined(*own)
    if own[0] in SPOUSES:
        # 妻の父 of the old head is 父 of the wife.
        return _joined(*own[1:]) if len(own) > 1 else ""
    return _joined(back, *own) if len(own) < 4 else Term.KINDRED.label


def _from_child(person: Kin, own: tuple[Term, ...], head: Term) -> str:
    """A child becomes head: the old head and spouse are parents, other children siblings."""
    if own == (Term.HEAD,):
        return _PARENT_OF[person.sex].label if person.sex in _PARENT_OF else ""
    if len(own) == 1 and own[0] in SPOUSES:
        return _PARENT_OF[person.sex].label if person.sex in _PARENT_OF else ""
    if len(own) == 1 and own[0] in CHILDREN:
        return _sibling(person)
    if len(own) == 1 and own[0] in PARENTS and person.sex in _PARENT_OF:
        # Of which parent the clerk knows; the register does not say who of them was head's child.
        return ""
    return ""


def _sibling(person: Kin) -> str:
    if person.older is None or person.sex not in _PARENT_OF:
        return ""
    if person.sex is Sex.MALE:
        return (Term.ELDER_BROTHER if person.older else Term.YOUNGER_BROTHER).label
    return (Term.ELDER_SISTER if person.older else Term.YOUNGER_SISTER).label


def _from_parent(person: Kin, own: tuple[Term, ...], head: Term) -> str:
    """A parent becomes head: the old head is a child, the old head's siblings too, the other parent a spouse."""
    if own == (Term.HEAD,):
        return Term.CHILD.label
    if len(own) == 1 and own[0] in SIBLINGS:
        return Term.CHILD.label
    if len(own) == 1 and own[0] in PARENTS and own[0] is not head:
        return (Term.HUSBAND if person.sex is Sex.MALE else Term.WIFE).label
    if own[0] in SPOUSES or own[0] in CHILDREN:
        return _joined(Term.CHILD, *own) if len(own) < 4 else Term.KINDRED.label
    return ""


def _from_sibling(person: Kin, own: tuple[Term, ...], head: Term) -> str:
    """A sibling becomes head: the old head is a sibling, the parents stay, the old head's family goes over them."""
    if own == (Term.HEAD,):
        return _sibling(person)
    if own[0] in PARENTS:
        return _joined(*own)
    if len(own) == 1 and own[0] in SIBLINGS:
        return _sibling(person)
    return ""


_FROM = {
    "spouse": _from_spouse,
    "child": _from_child,
    "parent": _from_parent,
    "sibling": _from_sibling,
}
