"""What a household's own facts say about the 続柄 of two of its people, where they say it for certain (RR-1.1.11c).

The register knows people by their 続柄 to one head. From two of these the relation between both follows only sometimes;
whatever would have to be guessed (whether a wife's child is also the head's, whether two siblings have both parents in
common) is left open here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from residentapp.residents.rules.relationships import (
    ALONE,
    PARENTS,
    SIBLINGS,
    SPOUSES,
    Relationship,
    Term,
    highest_relationship,
    parse_relationship,
    rank_of,
)
from residentapp.residents.types import Sex

_SPOUSE_BACK = {
    Term.HUSBAND: Term.WIFE,
    Term.WIFE: Term.HUSBAND,
    Term.HUSBAND_UNREGISTERED: Term.WIFE_UNREGISTERED,
    Term.WIFE_UNREGISTERED: Term.HUSBAND_UNREGISTERED,
}
_PARENT = {Sex.MALE: Term.FATHER, Sex.FEMALE: Term.MOTHER}
_SIBLING = {
    (Sex.MALE, True): Term.ELDER_BROTHER,
    (Sex.MALE, False): Term.YOUNGER_BROTHER,
    (Sex.FEMALE, True): Term.ELDER_SISTER,
    (Sex.FEMALE, False): Term.YOUNGER_SISTER,
}


@dataclass(frozen=True)
class Known:
    """Whose 続柄 is in question.

    :param sex: 性別, UNKNOWN when nobody knows it.
    :param older: whether the person was born before the head; None when that cannot be said.
    """

    sex: Sex | None = None
    older: bool | None = None


@dataclass(frozen=True)
class Fitting:
    """A wording that fits a person besides the one that was typed.

    :param source: where the facts say so, in words for the clerk.
    """

    text: str
    source: str


def between(person: str, head: str, known: Known) -> str:
    """続柄 of a person to somebody of the same household, from the 続柄 of both to its head.

    :param person: 続柄 of the person; :param head: of the one who is seen as head now, ``世帯主`` for the same head.
    :returns: the wording; empty when it does not follow for certain.
    """
    own, new = parse_relationship(person).terms, parse_relationship(head).terms
    if not own or not new or own[0] in (Term.KINDRED, Term.LODGER):
        return ""
    if new == (Term.HEAD,):
        return "" if own == (Term.HEAD,) else _worded(own)
    if len(new) != 1:
        return ""
    return _worded(_seen_back(own, new[0], known))


def _seen_back(own: tuple[Term, ...], new: Term, known: Known) -> tuple[Term, ...]:
    if own == (Term.HEAD,):
        if new in SPOUSES:
            return (_SPOUSE_BACK[new],)
        if new in PARENTS:
            return (Term.CHILD,)
        if new in SIBLINGS:
            return _sibling(known)
        return (_PARENT[known.sex],) if new is Term.CHILD and known.sex in _PARENT else ()
    if new in SPOUSES and own[0] is new and len(own) > 1:
        # There is one spouse: 妻の父 of the old head is 父 of the wife.
        return own[1:]
    # Two children of one person are siblings, if only by that one.
    return _sibling(known) if own == (Term.CHILD,) and new is Term.CHILD else ()


def _sibling(known: Known) -> tuple[Term, ...]:
    if known.sex is None or known.older is None:
        return ()
    term = _SIBLING.get((known.sex, known.older))
    return (term,) if term is not None else ()


def _worded(terms: tuple[Term, ...]) -> str:
    return "の".join(term.label for term in terms)


def same_in_other_words(text: str, known: Known) -> str:
    """A shorter wording that says the same for certain: a child of the head's father or mother is a sibling.

    :returns: empty when there is none, or when sex or order of birth is not known.
    """
    terms = parse_relationship(text).terms
    if len(terms) == 2 and terms[0] in PARENTS and terms[1] is Term.CHILD:
        return _worded(_sibling(known))
    return ""


def higher_wording(text: str, fitting: Iterable[Fitting], *, foreign: bool = False) -> Fitting | None:
    """Of the wordings that fit besides the typed one, the one that goes before it in RR-5.2 (RR-1.1.11c).

    :param text: 続柄 as typed; one that cannot be recorded is a matter of other findings.
    :param foreign: a foreign resident may be 縁故者 or 同居人 for want of a document (RR-1.1.11d), whatever fits.
    :returns: None when the typed one is the highest.
    """
    typed = parse_relationship(text)
    if not typed.valid or typed.terms == (Term.HEAD,) or (foreign and typed.terms[0] in ALONE):
        return None
    found: dict[Relationship, Fitting] = {}
    for each in fitting:
        candidate = parse_relationship(each.text)
        if candidate.valid and candidate.terms != (Term.HEAD,):
            found.setdefault(candidate, each)
    if not found:
        return None
    best = highest_relationship([typed, *found])
    return found.get(best) if rank_of(best) < rank_of(typed) else None
