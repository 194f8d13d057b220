"""What the check page and the approver's page show: papers, former record and entry side by side.

Items that the officer may not see are named, not shown (RR-10.4a).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.crypto import Keyring
from residentapp.core.violations import Violation
from residentapp.residents import history
from residentapp.residents.move_in.fields import CASE_LABELS, MEMBER_FIELDS, FieldKind, FieldSpec
from residentapp.residents.move_in.forms import is_exact
from residentapp.residents.move_in.operations import recorded_texts
from residentapp.residents.move_in.record import typed_address
from residentapp.residents.move_in.rules.catalogue import member_field
from residentapp.residents.move_in.rules.facts import HouseholdFacts
from residentapp.residents.move_in.rules.member import same_meaning
from residentapp.residents.move_in.rules.reading import kana_text, name_text, read_date
from residentapp.residents.move_in.types import CasePayload, MemberEntry, MoveInEntry, Scope
from residentapp.residents.protection import HIDDEN

NOT_SHOWN = "（表示する権限がありません）"

#: Items whose papers speak of the household before the move, so that a difference says nothing.
_OTHER_MEANING = frozenset({"relationship"})


@dataclass(frozen=True)
class Row:
    """One item on the check page; None where a column has nothing to say.

    :param field: the form's field, to jump to.
    """

    label: str
    field: str
    papers: str | None
    before: str | None
    entered: str
    exact: bool
    differs_from_papers: bool
    differs_from_before: bool


@dataclass(frozen=True)
class MemberView:
    """One person on the check page."""

    key: str
    index: int
    name: str
    kind: str
    rows: tuple[Row, ...]
    has_papers: bool
    has_before: bool

    @property
    def differences(self) -> int:
        """How many items differ from the papers."""
        return sum(row.differs_from_papers for row in self.rows)


def shown_text(spec: FieldSpec, text: str, *, foreign: bool) -> str:
    """An item as it will stand in the record: dates in their calendar, names with their space."""
    if not text.strip():
        return ""
    if spec.kind is FieldKind.DATE:
        value, _why = read_date(text, spec.name)
        if value is None:
            return text
        western = spec.name == "residence_expires_on" or (foreign and spec.name == "birth_date")
        return value.seireki if western else value.wareki
    if spec.kind is FieldKind.NAME:
        return name_text(text, foreign=spec.name == "name_alphabet")
    if spec.kind is FieldKind.KANA:
        return kana_text(text)
    return spec.shown(text)


def member_views(session: Session, actor: Actor, keyring: Keyring, payload: CasePayload) -> list[MemberView]:
    """Every person with the items that have anything to show."""
    return [
        _member_view(session, actor, keyring, payload, index, member)
        for index, member in enumerate(payload.entry.members)
    ]


def _member_view(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    payload: CasePayload,
    index: int,
    member: MemberEntry,
) -> MemberView:
    papers = dict(payload.papers.get(member.key, {}))
    before: dict[str, str] = {}
    if member.re_entry:
        before = recorded_texts(session, actor, keyring, member.re_entry, payload.entry, member.key)
    rows = []
    for spec in MEMBER_FIELDS:
        if not spec.belongs_to(member.resident_kind):
            continue
        entered = getattr(member, spec.name)
        if not (entered or papers.get(spec.name) or before.get(spec.name)):
            continue
        rows.append(_row(spec, member, index, papers, before, entered, actor))
    return MemberView(
        member.key,
        index,
        member.display_name,
        member.resident_kind.label,
        tuple(rows),
        bool(papers),
        bool(before),
    )


def _row(
    spec: FieldSpec,
    member: MemberEntry,
    index: int,
    papers: dict[str, str],
    before: dict[str, str],
    entered: str,
    actor: Actor,
) -> Row:
    field = member_field(index, spec.name)
    said = papers.get(spec.name, "")
    was = before.get(spec.name, "")
    differs_papers = bool(said) and spec.name not in _OTHER_MEANING and not same_meaning(spec, said, entered)
    differs_before = bool(was) and not same_meaning(spec, was, entered)
    if not spec.visible_to(actor):
        hidden = NOT_SHOWN
        return Row(spec.label, field, hidden if said else None, None, hidden, False, differs_papers, False)
    foreign = member.is_foreign
    return Row(
        spec.label,
        field,
        shown_text(spec, said, foreign=foreign) if papers else None,
        shown_text(spec, was, foreign=foreign) if before else None,
        shown_text(spec, entered, foreign=foreign),
        is_exact(spec),
        differs_papers,
        differs_before,
    )


@dataclass(frozen=True)
class CaseRow:
    """One item of the case itself, beside what the papers planned."""

    label: str
    field: str
    value: str
    exact: bool = False
    papers: str = ""

    @property
    def differs(self) -> bool:
        """Whether the papers planned otherwise; spaces do not count."""
        return bool(self.papers) and "".join(self.papers.split()) != "".join(self.value.split())


def case_rows(entry: MoveInEntry, papers: Mapping[str, str]) -> list[CaseRow]:
    """いつ and どこへ as they will stand in the record.

    :param papers: what the certificate says as a whole: 転出予定年月日 and 転出先住所.
    """
    planned = papers.get("転出予定年月日", "")
    destination = papers.get("転出先住所", "")
    rows = [
        CaseRow(CASE_LABELS["kind"], "kind-0", entry.kind.label),
        CaseRow(CASE_LABELS["moved_on"], "moved_on", date_text(entry.moved_on), papers=date_text(planned)),
        CaseRow(CASE_LABELS["notified_on"], "notified_on", date_text(entry.notified_on)),
        CaseRow(CASE_LABELS["notifier"], "notifier", entry.notifier, True),
        CaseRow(CASE_LABELS["scope"], "scope-0", entry.scope.label),
    ]
    if entry.scope is Scope.WHOLE:
        address = typed_address(entry)
        rows += [
            CaseRow(CASE_LABELS["postal_code"], "postal_code", address.postal_code or ""),
            CaseRow("住所", "town", address.address, True, _without(destination, address.building)),
            CaseRow(CASE_LABELS["building"], "building", address.building or "", True),
        ]
    if entry.notes.strip():
        rows.append(CaseRow(CASE_LABELS["notes"], "notes", entry.notes.strip(), True))
    return rows


def _without(destination: str, building: str | None) -> str:
    """The planned address without the 方書, which has a line of its own."""
    return destination.removesuffix(building).rstrip() if building else destination


def date_text(text: str) -> str:
    """A date of the case in wareki; what cannot be read as it was typed."""
    value, _why = read_date(text, "moved_on")
    return value.wareki if value is not None else text


@dataclass(frozen=True)
class HouseholdView:
    """The existing household of a 一部, before and after.

    :param address: hidden words when the officer may not know it.
    """

    number: str
    address: str
    hidden: bool
    members: tuple[tuple[str, str], ...]
    joining: tuple[tuple[str, str], ...]


def household_view(
    household: HouseholdFacts | None, entry: MoveInEntry, address: str
) -> HouseholdView | None:
    """Who lives there and who joins; for a hidden household nobody is named."""
    if entry.scope is not Scope.PART or household is None:
        return None
    joining = tuple((member.relationship or "―", member.display_name) for member in entry.members)
    if household.hidden:
        return HouseholdView(household.number, HIDDEN, True, (), joining)
    members = tuple((member.relationship or "―", member.name) for member in household.members)
    return HouseholdView(household.number, address, False, members, joining)


def address_of(session: Session, household: HouseholdFacts | None) -> str:
    """Address with 方書 of an existing household that may be seen; empty otherwise."""
    if household is None or household.hidden:
        return ""
    members = history.household_members(session, household.number)
    if not members:
        return ""
    return "　".join(part for part in (members[0].address, members[0].building) if part)


def by_field(findings: Sequence[Violation]) -> dict[str, list[str]]:
    """Messages with their remedy beside each field."""
    beside: dict[str, list[str]] = {}
    for finding in findings:
        beside.setdefault(finding.field, []).append(f"{finding.message}{finding.remedy}")
    return beside
