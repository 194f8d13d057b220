"""An office that works changes: people chosen, fields typed, provisional, approved, in a line each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.crypto import Keyring
from residentapp.core.violations import Violation, alerts_of
from residentapp.residents import history
from residentapp.residents.cases import operations
from residentapp.residents.cases.approval import approve
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.procedure import Procedure, alert_key
from residentapp.residents.cases.types import Approve, RecordVersion, Registered, SaveEntry
from residentapp.residents.changes.facts import begin, gather_facts, join
from residentapp.residents.changes.procedure import PROCEDURES, findings_of
from residentapp.residents.changes.rules.proposals import with_proposals
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.changes.types import ChangeEntry, Facts, Plan, Role
from residentapp.residents.models import IntegratedRemark, ResidentChange, ResidentHistory
from residentapp.residents.move_in import queries as move_in
from residentapp.residents.move_in.procedure import MOVE_IN
from residentapp.residents.move_in.types import CasePayload, MoveInEntry
from residentapp.residents.remarks.rules import Days, without_days
from tests.support.clock import TEST_MOMENT

#: A place of the neighbouring municipality, as the fields of a move-out.
ELSEWHERE = {
    "planned_town": "見本県隣市北町",
    "planned_lot": "9番9号",
    "planned_building": "北荘101号",
    "planned_code": "97201001000",
    "planned_postal_code": "9700001",
}

#: What an office enters: a change of people who are in the register, or a 転入.
Entry = ChangeEntry | MoveInEntry
_Entry = TypeVar("_Entry", ChangeEntry, MoveInEntry)

REASON = "届出書で確かめました。"

#: A town of the tests' own municipality, as the fields of an address.
TOWN = {"town": "架空県架空市本町一丁目", "address_code": "98201001001", "postal_code": "0000001"}


@dataclass
class ChangeOffice:
    """The operations with their session, keys and moment already in hand."""

    session: Session
    keyring: Keyring
    clerk: Actor
    approver: Actor
    now: dt.datetime = TEST_MOMENT
    #: Towns of the municipality, where people may move to.
    towns: Sequence[Mapping[str, str]] = (TOWN,)
    #: Places to which people may move out.
    elsewhere: Sequence[Mapping[str, str]] = (ELSEWHERE,)

    # ---- entries

    def begin(self, kind: str, *chosen: ResidentHistory, household: str | None = None) -> ChangeEntry:
        """An entry with these people ticked, as the page makes it."""
        spec = spec_of(kind)
        number = household if household is not None else ""
        if household is None and chosen and chosen[0].state.is_live:
            number = self.latest(chosen[0]).household_number
        entry = begin(
            self.session,
            self.clerk,
            spec,
            household_number=number,
            chosen=[person.addressee_number for person in chosen],
            now=self.now,
        )
        return self.prepared(entry)

    def prepared(self, entry: ChangeEntry) -> ChangeEntry:
        """The entry as the page completes it when it is saved."""
        spec = spec_of(entry.kind)
        return entry if spec.prepare is None else spec.prepare(spec, entry, self.facts(entry))

    def join(self, entry: ChangeEntry, household_number: str) -> ChangeEntry:
        """The 異動者 join this household."""
        return join(self.session, entry, household_number)

    def key(self, entry: ChangeEntry, person: ResidentHistory) -> str:
        """The key of a person within the entry."""
        return next(each.key for each in entry.people if each.number == person.addressee_number)

    def typed(self, entry: ChangeEntry, person: ResidentHistory | str, **values: str) -> ChangeEntry:
        """The entry with these texts in a person's fields; the person is one of the register or a key."""
        key = person if isinstance(person, str) else self.key(entry, person)
        found = next(each for each in entry.people if each.key == key)
        return entry.with_person(replace(found, values={**found.values, **values}))

    def new_head(self, entry: ChangeEntry, person: ResidentHistory) -> ChangeEntry:
        """Somebody chosen as head of the household that is left, with 続柄 proposed."""
        entry = entry.with_values(new_head=self.key(entry, person))
        return with_proposals(spec_of(entry.kind), entry, self.facts(entry), anew=True)

    # ---- rules

    def facts(self, entry: ChangeEntry) -> Facts:
        return gather_facts(self.session, self.clerk, self.keyring, entry, now=self.now)

    def findings(self, entry: Entry) -> list[Violation]:
        if isinstance(entry, MoveInEntry):
            payload = CasePayload(entry)
            facts = move_in.gather_facts(
                self.session,
                self.clerk,
                self.keyring,
                payload,
                case_id="",
                now=self.now,
                today=self.now.date(),
            )
            return MOVE_IN.findings(payload, facts)
        return findings_of(entry, self.facts(entry))

    def codes(self, entry: Entry) -> list[str]:
        """Codes of everything found."""
        return [finding.code for finding in self.findings(entry)]

    def plan(self, entry: ChangeEntry) -> Plan:
        spec = spec_of(entry.kind)
        return spec.plan(spec, entry, self.facts(entry))

    def confirmed(self, entry: _Entry, findings: list[Violation] | None = None) -> _Entry:
        """The entry with a reason for each of its alerts; of those that were found already, when given."""
        alerts = alerts_of(self.findings(entry) if findings is None else findings)
        return replace(entry, confirmations={alert_key(alert): REASON for alert in alerts})

    # ---- the road

    def start(self, entry: Entry) -> ChangeCase:
        """A saved draft."""
        procedure: Procedure
        payload: ChangeEntry | CasePayload
        if isinstance(entry, MoveInEntry):
            procedure, payload = MOVE_IN, CasePayload(entry)
        else:
            procedure = next(each for each in PROCEDURES if each.group is spec_of(entry.kind).group)
            payload = entry
        case = operations.start(self.session, self.clerk, self.keyring, procedure, payload, now=self.now)
        command = SaveEntry(RecordVersion(case.id, case.version), entry)
        return operations.save(self.session, self.clerk, self.keyring, command, now=self.now)

    def provisional(self, entry: Entry) -> ChangeCase:
        """A case that waits for its approval, all alerts confirmed."""
        return self.waiting(self.confirmed(entry))

    def waiting(self, entry: Entry) -> ChangeCase:
        """A case that waits for its approval, with the alerts as they are confirmed in the entry."""
        case = self.start(entry)
        command = SaveEntry(RecordVersion(case.id, case.version), entry)
        return operations.register_provisionally(
            self.session, self.clerk, self.keyring, command, now=self.now
        )

    def case(self, case_id: str) -> ChangeCase:
        """A case of an earlier transaction."""
        return self.session.get_one(ChangeCase, case_id)

    def approve(self, case: ChangeCase) -> Registered:
        """決裁 by the other officer."""
        command = Approve(RecordVersion(case.id, case.version))
        return approve(self.session, self.approver, self.keyring, command, now=self.now)

    def register(self, entry: Entry) -> Registered:
        """From the entry into the register."""
        return self.approve(self.provisional(entry))

    # ---- the register

    def latest(self, person: ResidentHistory | str) -> ResidentHistory:
        number = person if isinstance(person, str) else person.addressee_number
        found = history.latest(self.session, number)
        assert found is not None
        return found

    def changes(self, registered: Registered) -> list[ResidentChange]:
        return [self.session.get_one(ResidentChange, number) for number in registered.change_ids]

    def remarks(self, row: ResidentHistory) -> list[str]:
        """Texts of the 統合記載欄 that belong to a snapshot, type A without the days of its change."""
        change = self.session.get_one(ResidentChange, row.change_id)
        days = Days(change.notified_on, change.applied_on, change.noticed_on, change.requested_on)
        query = select(IntegratedRemark.text).where(
            IntegratedRemark.addressee_number == row.addressee_number,
            IntegratedRemark.history_number == row.history_number,
        )
        found = self.session.scalars(query.order_by(IntegratedRemark.id))
        return [without_days(text, change.moved_on, days) for text in found]


def subjects(entry: ChangeEntry) -> list[str]:
    """Numbers of the 異動者."""
    return [person.number for person in entry.people if person.role is Role.SUBJECT]
