"""世帯・続柄: who is head, whether relationships can be, and whether they fit sex and age."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from residentapp.core.ages import age_during
from residentapp.core.dates import DateKind, DateValue
from residentapp.core.violations import Level, Violation
from residentapp.residents.move_in.rules.catalogue import found, member_field
from residentapp.residents.move_in.rules.facts import Facts
from residentapp.residents.move_in.rules.reading import moved_on, name_text, read_date, relationship_text
from residentapp.residents.move_in.types import MemberEntry, MoveInEntry, Scope
from residentapp.residents.rules.kinship import Fitting, Known, between, higher_wording, same_in_other_words
from residentapp.residents.rules.relationship_proof import (
    ProofDocument,
    ProofFault,
    is_kin,
    proof_fault,
    read_proof,
)
from residentapp.residents.rules.relationships import Term, parse_relationship
from residentapp.residents.types import Sex

HEAD = "世帯主"
#: Most people one entry can hold; the largest household of a certificate fits several times.
LARGEST_CASE = 50

_MALE = frozenset(
    {
        Term.HUSBAND,
        Term.HUSBAND_UNREGISTERED,
        Term.CHILD_HUSBAND_OF_CHILD,
        Term.FATHER,
        Term.ELDER_BROTHER,
        Term.YOUNGER_BROTHER,
    }
)
_FEMALE = frozenset(
    {
        Term.WIFE,
        Term.WIFE_UNREGISTERED,
        Term.CHILD_WIFE_OF_CHILD,
        Term.MOTHER,
        Term.ELDER_SISTER,
        Term.YOUNGER_SISTER,
    }
)
_SPOUSES = frozenset({"夫", "妻", "夫（未届）", "妻（未届）"})


@dataclass(frozen=True)
class _Head:
    """The head, wherever he comes from.

    :param names: by which papers may call the person. :param key: of a member of the entry; empty for one of the
        register.
    """

    birth: DateValue | None
    foreign: bool
    names: frozenset[str]
    key: str = ""


def sex_of_relationship(text: str) -> Sex | None:
    """Sex that a relationship implies: 夫, 父, 兄, 弟 are male; 妻, 母, 姉, 妹 female; 子 and others either.

    Of a joined term the last one counts: 子の妻 is female; 子（子の夫） is male.
    """
    terms = parse_relationship(text).terms
    if not terms:
        return None
    if terms[-1] in _MALE:
        return Sex.MALE
    return Sex.FEMALE if terms[-1] in _FEMALE else None


def check_household(entry: MoveInEntry, facts: Facts) -> Iterator[Violation]:
    """The household as a whole (RR-1.1.10, RR-1.1.11, RR-4.0.2a)."""
    if not entry.members:
        yield found("MI-E023", "members")
        return
    if len(entry.members) > LARGEST_CASE:
        yield found("MI-E024", "members", limit=LARGEST_CASE)
    yield from (_check_joined(entry, facts) if entry.scope is Scope.PART else _check_new(entry, facts))
    head = _head_of(entry, facts)
    spouses = 0
    if entry.scope is Scope.PART and facts.household is not None:
        spouses = sum(member.relationship in _SPOUSES for member in facts.household.members)
    for index, member in enumerate(entry.members):
        yield from _check_relationship(index, member, head)
        if head is not None and head.key != member.key:
            yield from _check_kinship(index, member, head, entry, facts)
        if relationship_text(member) in _SPOUSES:
            spouses += 1
            if spouses > 1:
                yield found("MI-A025", member_field(index, "relationship"))


def _check_new(entry: MoveInEntry, facts: Facts) -> Iterator[Violation]:
    heads = [index for index, member in enumerate(entry.members) if relationship_text(member) == HEAD]
    for index in heads[1:]:
        yield found("MI-E025", member_field(index, "relationship"))
    if not heads:
        yield found("MI-A020", member_field(0, "relationship"))
        return
    birth, _why = read_date(entry.members[heads[0]].birth_date, "birth_date")
    moved = moved_on(entry)
    if birth is None or birth.exact is None or moved is None:
        return
    if birth.exact <= moved.sort <= facts.today and age_during(birth.exact, moved.sort) < 15:
        yield found("MI-A026", member_field(heads[0], "relationship"))


def _check_joined(entry: MoveInEntry, facts: Facts) -> Iterator[Violation]:
    household = facts.household
    if not entry.household_number.strip():
        yield found("MI-E020", "household_number")
        return
    if household is None or not household.members:
        yield found("MI-E021", "household_number")
        return
    if household.hidden or household.suppressed is Level.ERROR:
        # The same words for both: who may not know of a measure learns no more than that entry is held back.
        yield found("MI-E022", "household_number")
    elif household.suppressed is Level.ALERT:
        yield found("MI-A027", "household_number")
    if household.head is None:
        yield found("MI-A028", "household_number")
    for index, member in enumerate(entry.members):
        if relationship_text(member) == HEAD:
            yield found("MI-E026", member_field(index, "relationship"))


def _head_of(entry: MoveInEntry, facts: Facts) -> _Head | None:
    if entry.scope is Scope.PART:
        head = facts.household.head if facts.household is not None else None
        # Of a household that the actor may not see nothing is compared: an answer would tell a birth date.
        if head is None or (facts.household is not None and facts.household.hidden):
            return None
        return _Head(head.birth_date, head.foreign, frozenset({name_text(head.name)}))
    for member in entry.members:
        if relationship_text(member) == HEAD:
            names = frozenset(map(name_text, (member.name, member.name_alphabet, member.alias)))
            birth, _why = read_date(member.birth_date, "birth_date")
            return _Head(birth, member.is_foreign, names, member.key)
    return None


def _check_relationship(index: int, member: MemberEntry, head: _Head | None) -> Iterator[Violation]:
    field = member_field(index, "relationship")
    text = relationship_text(member)
    if not text:
        yield found("MI-A021", field)
        return
    relationship = parse_relationship(text)
    if not relationship.valid:
        yield found("MI-E027", field, text=text, remedy=relationship.message)
        return
    implied = sex_of_relationship(text)
    if implied is not None and member.sex in (Sex.MALE, Sex.FEMALE) and member.sex != implied:
        yield found("MI-A022", field, text=text, sex=Sex(member.sex).label)
    birth, _why = read_date(member.birth_date, "birth_date")
    if head is None or birth is None or head.birth is None:
        return
    order = _born_before(birth, head.birth)
    if text in ("子", "弟", "妹") and order == -1:
        yield found("MI-A023", field, text=text)
    if text in ("父", "母", "兄", "姉") and order == 1:
        yield found("MI-A024", field, text=text)
    if text in ("子", "父", "母") and order == 0:
        yield found("MI-A023" if text == "子" else "MI-A024", field, text=text)


def _check_kinship(
    index: int, member: MemberEntry, head: _Head, entry: MoveInEntry, facts: Facts
) -> Iterator[Violation]:
    """A wording that goes before the typed one (RR-1.1.11c), and what proves a foreigner's (RR-1.1.11d)."""
    text = relationship_text(member)
    if not text:
        return
    birth, _why = read_date(member.birth_date, "birth_date")
    order = None if birth is None or head.birth is None else _born_before(birth, head.birth)
    sex = Sex(member.sex) if member.sex in tuple(Sex) else None
    known = Known(sex, None if order in (None, 0) else order == -1)
    fitting = (
        Fitting(same_in_other_words(text, known), "父または母の子は、兄弟姉妹です"),
        Fitting(_by_papers(member, head, facts, known), "転出証明書の続柄から"),
    )
    found_higher = higher_wording(text, [each for each in fitting if each.text], foreign=member.is_foreign)
    if found_higher is not None:
        better, source = found_higher.text, found_higher.source
        yield found("MI-A029", member_field(index, "relationship"), text=text, better=better, source=source)
    if member.is_foreign:
        yield from _check_proof(index, member, text, head, facts)


def _by_papers(member: MemberEntry, head: _Head, facts: Facts, known: Known) -> str:
    """続柄 to the head as the certificate of both tells it; empty when they did not have the same head."""
    own, its = facts.papers.get(member.key, {}), facts.papers.get(head.key, {}) if head.key else {}
    names = {name_text(papers.get("previous_head_name", "")) for papers in (own, its)}
    if len(names) != 1 or "" in names:
        return ""
    return between(own.get("relationship", ""), its.get("relationship", ""), known)


def _check_proof(
    index: int, member: MemberEntry, text: str, head: _Head, facts: Facts
) -> Iterator[Violation]:
    proof = read_proof(member.relationship_proof, member.relationship_translation)
    fault = proof_fault(text, proof, head_foreign=head.foreign)
    field = member_field(index, "relationship_proof")
    by_papers = proof is not None and proof.document is ProofDocument.MOVE_OUT and is_kin(text)
    if by_papers and not _papers_prove(member, facts.papers.get(member.key), head):
        yield found("MI-E072", field, text=text)
    elif fault is ProofFault.NO_DOCUMENT:
        yield found("MI-E028", field, text=text)
    elif fault is ProofFault.NOT_SAID:
        yield found("MI-A070", field, text=text)
    elif fault is ProofFault.NO_TRANSLATION and proof is not None:
        translation = member_field(index, "relationship_translation")
        yield found("MI-E029", translation, document=proof.document.label)


def _papers_prove(member: MemberEntry, papers: Mapping[str, str] | None, head: _Head) -> bool:
    """Whether the 転出証明書 tells the typed 続柄 to this head; what was only seen on paper is the clerk's to say."""
    if papers is None:
        return True
    told = name_text(papers.get("previous_head_name", ""))
    its = relationship_text(replace(member, relationship=papers.get("relationship", "")))
    return told in head.names - {""} and its == relationship_text(member)


def _born_before(one: DateValue, other: DateValue) -> int | None:
    """-1 when one was born before the other, 1 after, 0 on the same day; None when a date is unknown."""
    if DateKind.UNKNOWN in (one.kind, other.kind):
        return None
    days: tuple[dt.date, dt.date] = (one.sort, other.sort)
    return (days[0] > days[1]) - (days[0] < days[1])
