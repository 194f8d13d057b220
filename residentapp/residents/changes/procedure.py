"""Changes as procedures of the road (:mod:`residentapp.residents.cases`): one for each group of the menu."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.numbering import StockEmpty
from residentapp.core.violations import Violation, errors_of
from residentapp.residents import history
from residentapp.residents.cases.errors import CaseRefused
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.procedure import add_procedure
from residentapp.residents.cases.queries import numbers_elsewhere
from residentapp.residents.cases.types import CaseSummary, Registered
from residentapp.residents.changes import consequences, kinds
from residentapp.residents.changes import payload as payloads
from residentapp.residents.changes.facts import gather_facts
from residentapp.residents.changes.register import apply_plan
from residentapp.residents.changes.rules import check, plan_of
from residentapp.residents.changes.rules.catalogue import COMMON, person_field
from residentapp.residents.changes.rules.correction import minor_case_of
from residentapp.residents.changes.rules.ex_officio import grounds_of
from residentapp.residents.changes.rules.household import joins
from residentapp.residents.changes.rules.household_effects import broken_invariants
from residentapp.residents.changes.spec import ChangeSpec, Group, spec_of
from residentapp.residents.changes.types import ChangeEntry, Facts, PersonEntry, Plan
from residentapp.residents.ex_officio import operations as ex_officio
from residentapp.residents.ex_officio.types import Basis
from residentapp.residents.history import StaleSnapshot
from residentapp.residents.locks import LockSubject
from residentapp.residents.models import Household
from residentapp.residents.move_in.rules.reading import card_number, digits
from residentapp.residents.rules.member_order import MemberOrderError
from residentapp.residents.types import ChangeReason

#: Imported so that every kind of change is known wherever a case is read, and what follows from one happens.
LOADED = (kinds, consequences)

#: Fields whose number only one person can have.
UNIQUE_NUMBERS = ("individual_number", "resident_code", "residence_card_number", "special_permanent_number")


class BrokenInvariant(RuntimeError):
    """A plan would leave the register in a state that must not be. A fault of the program, never of the clerk."""


@dataclass(frozen=True)
class ChangeProcedure:
    """One group of changes as a procedure.

    :param group: gives code, word and right.
    """

    group: Group

    @property
    def code(self) -> str:
        """Names the procedure in the database."""
        return self.group.value

    @property
    def label(self) -> str:
        """Word for it in the log and on screens."""
        return self.group.label

    @property
    def enter_permission(self) -> Permission:
        """Right to enter it."""
        return self.group.enter_permission

    @property
    def approve_permission(self) -> Permission:
        """Right to approve it."""
        return Permission.CHANGE_APPROVE

    @property
    def endpoints(self) -> Mapping[str, str]:
        """Screens by task."""
        return {"enter": "changes.enter", "review": "changes.review", "done": "changes.done"}

    def encode(self, payload: ChangeEntry) -> str:
        """The entry as text."""
        return payloads.encode(payload)

    def decode(self, text: str) -> ChangeEntry:
        """The entry of :meth:`encode`."""
        return payloads.decode(text)

    def with_entry(self, payload: ChangeEntry, entry: ChangeEntry) -> ChangeEntry:
        """The new entry; nothing else is kept of a case."""
        return entry

    def summary(self, payload: ChangeEntry) -> CaseSummary:
        """What lists and the log say of it; the names are those kept in the entry."""
        spec = spec_of(payload.kind)
        subjects = payload.subjects
        rest = payload.staying
        scope = "" if not payload.household_number else ("一部" if rest else "全部")
        return CaseSummary(
            kind=payload.kind,
            kind_label=spec.label,
            names=tuple(person.name for person in subjects),
            moved_on=payload.text("moved_on"),
            scope_label=scope,
            subjects=tuple(person.number for person in subjects if person.number),
            notifier=payload.text("notifier"),
            individual_number=any(person.text("individual_number") for person in subjects),
        )

    def locked(self, session: Session, payload: ChangeEntry) -> set[tuple[LockSubject, str]]:
        """The 異動者, their household and the one they join: its members' records change with them."""
        spec = spec_of(payload.kind)
        chosen = {(LockSubject.RESIDENT, person.number) for person in payload.subjects if person.number}
        households = {payload.household_number} - {""}
        if not households:
            current = history.latest_of(session, {each.number for each in payload.subjects if each.number})
            households = {row.household_number for row in current.values()}
        chosen |= {(LockSubject.HOUSEHOLD, number) for number in households}
        target = payload.text("target_household")
        if target and joins(spec, payload):
            chosen.add((LockSubject.HOUSEHOLD, target))
        return chosen

    def number_hashes(self, keyring: Keyring, payload: ChangeEntry) -> set[tuple[str, bytes]]:
        """Keyed hashes of numbers typed."""
        return {(kind, number) for _key, kind, number in _hashes(keyring, payload)}

    def facts(
        self,
        session: Session,
        actor: Actor,
        keyring: Keyring,
        case: ChangeCase,
        payload: ChangeEntry,
        *,
        now: dt.datetime,
    ) -> Facts:
        """What the rules ask for, as it is now."""
        return facts_for(session, actor, keyring, case.id, payload, now=now)

    def findings(self, payload: ChangeEntry, facts: Facts) -> list[Violation]:
        """What the rules say of it, and whether the plan can be made."""
        return findings_of(payload, facts)

    def confirmations(self, payload: ChangeEntry) -> Mapping[str, str]:
        """Reasons given for alerts."""
        return payload.confirmations

    def with_confirmations(self, payload: ChangeEntry, confirmations: Mapping[str, str]) -> ChangeEntry:
        """The entry with these reasons."""
        return replace(payload, confirmations=dict(confirmations))

    def before_approval(self, session: Session, payload: ChangeEntry) -> None:
        """Hold the households and the records, so that nothing changes between the rules and the register."""
        numbers = sorted({payload.household_number, payload.text("target_household")} - {""})
        if numbers:
            query = select(Household).where(Household.number.in_(numbers)).order_by(Household.number)
            session.execute(query.with_for_update())
        history.latest_of(
            session, {person.number for person in payload.people if person.number}, for_update=True
        )

    def register(
        self,
        session: Session,
        actor: Actor,
        keyring: Keyring,
        case: ChangeCase,
        payload: ChangeEntry,
        facts: Facts,
        *,
        now: dt.datetime,
    ) -> Registered:
        """Make the plan on the newest records, which are held, and carry it into the register.

        :raises CaseRefused: when somebody else changed a record meanwhile, or no 住民票コード is left.
        :raises BrokenInvariant: when the plan would break what must hold; nothing is written then.
        """
        spec = spec_of(payload.kind)
        plan = plan_of(spec, payload, facts)
        if not plan.steps:
            raise CaseRefused("この異動で変わる記録がありません。入力を確かめてください。")
        broken = broken_invariants(plan.after(facts), facts)
        if broken:
            raise BrokenInvariant("; ".join(broken))
        seen = {number: person.history_number for number, person in facts.people.items()}
        try:
            registered = apply_plan(session, actor, keyring, case, plan, seen, now=now)
            ex_officio.enter(session, _grounds(spec, payload, plan, registered), now=now)
        except (StockEmpty, StaleSnapshot, MemberOrderError) as problem:
            raise CaseRefused(str(problem)) from problem
        if spec.registered is not None:
            spec.registered(session, actor, keyring, case, payload, registered, now=now)
        return registered


def _grounds(
    spec: ChangeSpec, entry: ChangeEntry, plan: Plan, registered: Registered
) -> list[ex_officio.Ground]:
    """What of a plan goes into the 職権記録書, and on what it rests (RR-4.2.0.1a)."""
    found = []
    bases = grounds_of(spec, entry, plan)
    for change_id, step, basis in zip(registered.change_ids, plan.steps, bases, strict=True):
        if basis is None:
            continue
        if basis is Basis.FOLLOWS:
            found.append(ex_officio.Ground(change_id, basis, f"{spec.label}に伴う"))
            continue
        minor = minor_case_of(entry) if step.reason is ChangeReason.MINOR_CORRECTION else ""
        late = basis is Basis.APPLICATION and not spec.bases
        cause = f"期限を過ぎた{spec.label}の届出を、申出として受けた" if late else entry.text("cause")
        found.append(ex_officio.Ground(change_id, basis, cause, entry.text("source"), minor))
    return found


def facts_for(
    session: Session, actor: Actor, keyring: Keyring, case_id: str, entry: ChangeEntry, *, now: dt.datetime
) -> Facts:
    """The facts for a case, with numbers that stand in another one."""
    facts = gather_facts(session, actor, keyring, entry, now=now)
    mine = _hashes(keyring, entry)
    taken = numbers_elsewhere(session, case_id, {(kind, number) for _key, kind, number in mine})
    return replace(facts, elsewhere=frozenset(key for key, kind, number in mine if (kind, number) in taken))


def findings_of(entry: ChangeEntry, facts: Facts) -> list[Violation]:
    """What the rules say, and whether the plan can be made at all."""
    spec = spec_of(entry.kind)
    findings = check(spec, entry, facts)
    findings += [
        COMMON.found("CH-E071", person_field(person.key, "individual_number"))
        for person in entry.subjects
        if person.key in facts.elsewhere
    ]
    if errors_of(findings):
        return findings
    try:
        plan = spec.plan(spec, entry, facts)
    except MemberOrderError as error:
        return [*findings, COMMON.found("CH-E039", "people", why=str(error))]
    if not plan.steps:
        findings.append(COMMON.found("CH-E070", "people"))
    return findings


def _hashes(keyring: Keyring, entry: ChangeEntry) -> set[tuple[str, str, bytes]]:
    """(person's key, kind of number, keyed hash) of every number typed."""
    return {
        (person.key, name, keyring.lookup_hash(number, context=f"move_in.{name}"))
        for person in entry.subjects
        for name in UNIQUE_NUMBERS
        if (number := _number(person, name))
    }


def _number(person: PersonEntry, name: str) -> str:
    text = person.text(name)
    return card_number(text) if name.endswith("_number") and name != "individual_number" else digits(text)


PROCEDURES = tuple(ChangeProcedure(group) for group in Group)
for _procedure in PROCEDURES:
    add_procedure(_procedure)

__all__ = [
    "PROCEDURES",
    "BrokenInvariant",
    "ChangeProcedure",
    "facts_for",
    "findings_of",
]
