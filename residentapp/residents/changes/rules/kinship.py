"""続柄 that go before the typed one (RR-1.1.11c), and what proves that of a foreign resident (RR-1.1.11d)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.catalogue import COMMON, person_field
from residentapp.residents.changes.rules.household import (
    born_before,
    joins,
    left_behind,
    makes_own,
    new_head_of_rest,
    seen_of,
)
from residentapp.residents.changes.rules.reading import relationship_text
from residentapp.residents.changes.spec import ChangeSpec, Target
from residentapp.residents.changes.types import (
    HEAD,
    ChangeEntry,
    Effect,
    Facts,
    Person,
    PersonEntry,
    Plan,
    new_number,
)
from residentapp.residents.move_in.fields import PROOF_FIELDS
from residentapp.residents.rules.kinship import Fitting, Known, between, higher_wording, same_in_other_words
from residentapp.residents.rules.relationship_proof import Proof, ProofFault, is_kin, proof_fault, read_proof
from residentapp.residents.types import ResidentKind

PROOF, TRANSLATION = PROOF_FIELDS


@dataclass(frozen=True)
class _To:
    """A person of the entry and the head to whom the 続柄 is typed.

    :param head: 宛名番号, or the placeholder of somebody who is not in the register yet.
    :param record: the head's record; None for somebody new.
    :param corrects: the recorded 続柄 is what is put right, so that it proves nothing.
    """

    person: PersonEntry
    head: str
    record: Person | None
    foreign: bool
    known: Known
    corrects: bool = False


def check_kinship(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """Of each 続柄 that is typed: a wording that goes before it, and the document that proves it."""
    for to in _typed(spec, entry, facts):
        text = relationship_text(to.person)
        if not text or text == HEAD:
            continue
        record = facts.person(to.person)
        foreign = (record.kind if record is not None else to.person.resident_kind) is ResidentKind.FOREIGN
        found = higher_wording(text, _fitting(to, record, text), foreign=foreign)
        if found is not None:
            field = person_field(to.person.key, "relationship")
            yield COMMON.found("CH-A039", field, text=text, better=found.text, source=found.source)
        if foreign and not _unchanged(to, record, text):
            yield from _check_proof(to, text)


def proof_of(person: PersonEntry) -> Proof | None:
    """The document that was chosen for a person's 続柄."""
    return read_proof(person.text(PROOF), person.text(TRANSLATION))


def _check_proof(to: _To, text: str) -> Iterator[Violation]:
    proof = proof_of(to.person)
    fault = proof_fault(text, proof, head_foreign=to.foreign)
    field = person_field(to.person.key, PROOF)
    if fault is ProofFault.NO_DOCUMENT:
        yield COMMON.found("CH-E040", field, text=text)
    elif fault is ProofFault.NOT_SAID:
        yield COMMON.found("CH-A042", field, text=text)
    elif fault is ProofFault.NO_TRANSLATION and proof is not None:
        translation = person_field(to.person.key, TRANSLATION)
        yield COMMON.found("CH-E041", translation, document=proof.document.label)


def _typed(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[_To]:
    """Everybody whose 続柄 is typed, each with the head; nobody where there is no head or it may not be known.

    Who stays behind when the head moves out keeps what the office writes by 職権: no notification, no document.
    """
    head = None
    if joins(spec, entry):
        home = facts.home(entry.text("target_household"))
        head = home.head if home is not None and not home.hidden else None
        for person in entry.subjects if head is not None else ():
            yield _to(person, head, facts)
    elif makes_own(spec, entry):
        chosen = next((person for person in entry.subjects if relationship_text(person) == HEAD), None)
        for person in entry.subjects if chosen is not None else ():
            if person is not chosen:
                yield _to(person, chosen, facts)
    new = new_head_of_rest(entry) if spec.head_choice and spec.target is not Target.GONE else None
    if new is not None:
        behind = {person.number for person in left_behind(spec, entry, facts)}
        for person in entry.people:
            if person.key != new.key and person.number in behind:
                yield _to(person, new, facts)
    if any(ask.name == "relationship" and ask.prefill for ask in spec.person_asks):
        yield from _corrected(entry, facts)


def _corrected(entry: ChangeEntry, facts: Facts) -> Iterator[_To]:
    for person in entry.subjects:
        record = facts.person(person)
        home = facts.home(record.household_number) if record is not None else None
        if record is None or home is None or home.hidden or home.head is None:
            continue
        if relationship_text(person) != record.relationship and home.head.number != record.number:
            yield replace(_to(person, home.head, facts), corrects=True)


def _to(person: PersonEntry, head: PersonEntry | Person | None, facts: Facts) -> _To:
    assert head is not None, "asked only of people who have a head"
    record = head if isinstance(head, Person) else facts.person(head)
    own = seen_of(person, facts)
    its = seen_of(head, facts)
    order = None if own.birth is None or its.birth is None else born_before(own.birth, its.birth)
    known = Known(own.sex, None if order in (None, 0) else order == -1)
    if isinstance(head, Person):
        return _To(person, head.number, record, head.is_foreign, known)
    kind = record.kind if record is not None else head.resident_kind
    number = head.number or new_number(head.key)
    return _To(person, number, record, kind is ResidentKind.FOREIGN, known)


def _recorded(to: _To, record: Person | None) -> str:
    """続柄 to this head as it follows from what is recorded of both; empty when it does not."""
    if record is None or to.record is None or not (record.is_live and to.record.is_live):
        return ""
    if record.household_number != to.record.household_number:
        return ""
    return between(record.relationship, to.record.relationship, to.known)


def _fitting(to: _To, record: Person | None, text: str) -> list[Fitting]:
    found = [Fitting(same_in_other_words(text, to.known), "父または母の子は、兄弟姉妹です")]
    if not to.corrects:
        found.append(Fitting(_recorded(to, record), "いまの記録の続柄から"))
    return [each for each in found if each.text]


def _unchanged(to: _To, record: Person | None, text: str) -> bool:
    """Whether the kinship is the recorded one: no document is asked for again (法第30条の48, 第30条の49, provisos)."""
    return not to.corrects and _recorded(to, record) == text


def with_proofs(entry: ChangeEntry, plan: Plan) -> Plan:
    """The plan with the documents that were shown, on each effect that records a 続柄 by one."""
    chosen = {person.number or new_number(person.key): proof_of(person) for person in entry.people}
    return replace(
        plan,
        steps=tuple(
            replace(
                step, effects=tuple(_proved(effect, chosen.get(effect.number)) for effect in step.effects)
            )
            for step in plan.steps
        ),
    )


def _proved(effect: Effect, proof: Proof | None) -> Effect:
    text = effect.items.get("relationship_to_head")
    return replace(effect, proof=proof) if proof is not None and text and is_kin(text) else effect
