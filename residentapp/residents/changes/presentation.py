"""What the entry, the check page and the approver's page show: everybody touched, before and after, masked.

Items that the officer may not see are named, not shown (RR-10.4a); of a household that the officer may not know
nothing is shown (CM-5.1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from residentapp.core.access.actor import Actor
from residentapp.core.dates import DateField
from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.common import asks_address, basis_of, day_label, days_of
from residentapp.residents.changes.rules.household import joins, makes_own, new_head_of_rest
from residentapp.residents.changes.rules.household_effects import typed_address
from residentapp.residents.changes.rules.reading import read_date
from residentapp.residents.changes.rules.shape import choices_of
from residentapp.residents.changes.spec import ChangeSpec, Subjects, Target
from residentapp.residents.changes.types import (
    NEW,
    ChangeEntry,
    Draw,
    Effect,
    Facts,
    Home,
    Plan,
    Step,
    display_name,
)
from residentapp.residents.protection import HIDDEN
from residentapp.residents.records.items import GROUPS, Definition, reason_hidden, text_of

_NUMBERS = {"individual_number_cipher": "individual_number", "resident_code_cipher": "resident_code"}


@dataclass(frozen=True)
class Row:
    """One item that a change alters."""

    label: str
    before: str
    after: str
    exact: bool


@dataclass(frozen=True)
class PersonView:
    """One person whose record changes in a step.

    :param consequence: changes only because of somebody else's change.
    :param removed: the record is closed by it.
    :param notes: what goes into the 統合記載欄, kind and text.
    """

    name: str
    number: str
    kind: str
    rows: tuple[Row, ...]
    consequence: bool
    new: bool
    removed: bool
    notes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class StepView:
    """One 異動 of the plan."""

    reason: str
    kind: str
    moved_on: str
    people: tuple[PersonView, ...]


def step_views(actor: Actor, plan: Plan, facts: Facts) -> list[StepView]:
    """The plan as the check page shows it: each step with everybody's items before and after."""
    state: dict[str, Mapping[str, Any]] = {number: person.items for number, person in facts.people.items()}
    views = []
    for step in plan.steps:
        people = []
        for effect in step.effects:
            before = state.get(effect.number, {})
            after = {**before, **effect.items}
            people.append(_person_view(actor, effect, before, after, facts, step))
            state[effect.number] = after
        moved = step.moved_on.wareki if step.moved_on is not None else ""
        views.append(StepView(step.reason.label, step.reason.kind.label, moved, tuple(people)))
    return views


def _person_view(
    actor: Actor,
    effect: Effect,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    facts: Facts,
    step: Step,
) -> PersonView:
    # The wording of type A tells addresses: closed together with them.
    open_ = not any(
        home.hidden
        for number in {before.get("household_number"), after.get("household_number")}
        if (home := facts.homes.get(number or "")) is not None
    )
    kind = after["resident_kind"]
    rows = []
    seen: set[str] = set()
    for _title, definitions in GROUPS:
        for definition in definitions:
            if definition.column in seen or kind not in definition.kinds:
                continue
            seen.add(definition.column)
            row = _row(actor, definition, effect, before, after, open_=open_)
            if row is not None:
                rows.append(row)
    state = after["state"]
    notes = [("異動履歴", effect.history or step.reason.label)]
    notes += [("続柄を証した書類", effect.proof.label)] if effect.proof is not None else []
    notes += [("留意事項", note.text) for note in effect.notes]
    notes += [("備考", text) for text in effect.remarks]
    return PersonView(
        name=display_name(after),
        number="" if effect.is_new else effect.number,
        kind=kind.label,
        rows=tuple(rows),
        consequence=effect.consequence,
        new=not before,
        removed=bool(before) and before["state"].is_live and not state.is_live,
        notes=tuple(notes) if open_ else (),
    )


def _row(
    actor: Actor,
    definition: Definition,
    effect: Effect,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    open_: bool,
) -> Row | None:
    column = definition.column
    hidden = reason_hidden(definition, actor, whereabouts_open=open_)
    if column in _NUMBERS:
        name = _NUMBERS[column]
        if f"{name}_hash" in effect.items and before.get(f"{name}_hash") != effect.items[f"{name}_hash"]:
            return Row(definition.label, "いまの番号", "前の番号に戻る", False)
        if name not in effect.items:
            return None
        value = effect.items[name]
        had = bool(before.get(f"{name}_hash"))
        said = "本登録のときに付番" if isinstance(value, Draw) else (value or "")
        return Row(definition.label, "登録あり" if had else "", hidden or said, False)
    old, new = before.get(column), after.get(column)
    if old == new or column not in effect.items:
        return None
    kind = after["resident_kind"]
    texts = [
        _text(column, value, kind=before.get("resident_kind", kind), western=definition.western)
        for value in (old, new)
    ]
    if texts[0] == texts[1]:
        return None
    old_text, new_text = (hidden if hidden and text else text for text in texts)
    return Row(definition.label, old_text, new_text, definition.exact)


def _text(column: str, value: Any, *, kind: Any, western: bool) -> str:
    if isinstance(value, str) and value.startswith(NEW):
        return "新しい世帯（本登録のときに付番）"
    return text_of(column, value, kind=kind, western=western)


# ---- the case itself


@dataclass(frozen=True)
class CaseRow:
    """One item of the change itself."""

    label: str
    field: str
    value: str
    exact: bool = False


def case_rows(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> list[CaseRow]:
    """いつ, どこへ and what else the kind of change asks for, as it was understood."""
    rows = [CaseRow("異動", "people", spec.label)]
    rows.append(CaseRow("異動日", "moved_on", _date(entry.text("moved_on"), spec.moved_on)))
    rows += [CaseRow(day_label(spec, name), name, _date(entry.text(name))) for name in days_of(spec, entry)]
    basis = basis_of(spec, entry)
    if basis is not None:
        rows.append(CaseRow("職権の根拠", "basis", f"{basis.label}（{basis.article}）"))
    for name, label in (("cause", "理由・確かめた事実"), ("source", "届出先・通知元")):
        if spec.bases and entry.text(name):
            rows.append(CaseRow(label, name, entry.text(name)))
    if entry.text("notifier"):
        rows.append(CaseRow("届出人", "notifier", entry.text("notifier"), True))
    if spec.target is Target.CHOOSE:
        rows.append(CaseRow("全部・一部", "scope-0", entry.scope.label))
    if asks_address(spec, entry):
        address = typed_address(entry)
        rows.append(CaseRow("住所", "town", address["address"], True))
        rows.append(CaseRow("方書", "building", address["building"] or "", True))
    chosen = new_head_of_rest(entry)
    if spec.head_choice and chosen is not None:
        rows.append(CaseRow("残る世帯の世帯主", "new_head", chosen.name, True))
    for ask in spec.asks:
        text = entry.text(ask.name)
        if not text or ask.kind == "hidden":
            continue
        shown = dict(choices_of(ask, entry, facts)).get(text, text)
        if ask.kind == "date":
            shown = _date(text, ask.date)
        elif ask.kind == "flag":
            shown = "はい"
        rows.append(CaseRow(ask.label, ask.name, shown, ask.kind in ("name", "address")))
    return rows


def _date(text: str, field: DateField = DateField.OTHER) -> str:
    value, _why = read_date(text, field)
    return value.wareki if value is not None else text


@dataclass(frozen=True)
class HouseholdView:
    """A household on the page. Of one that the actor may not know nothing is told.

    :param members: (続柄, 氏名, 生年月日, 性別) of who lives there.
    """

    number: str
    address: str
    hidden: bool
    members: tuple[tuple[str, str, str, str], ...]


def household_view(home: Home | None) -> HouseholdView | None:
    """A household with its members."""
    if home is None:
        return None
    if home.hidden or not home.members:
        return HouseholdView(home.number, HIDDEN if home.hidden else "", home.hidden, ())
    first = home.members[0]
    address = "　".join(part for part in (first["address"], first["building"]) if part)
    members = tuple(
        (
            member.relationship or "―",
            member.name,
            text_of("birth_date", member.birth, kind=member.kind),
            member.sex.label,
        )
        for member in home.members
    )
    return HouseholdView(home.number, address, False, members)


def sections(spec: ChangeSpec, entry: ChangeEntry) -> list[tuple[str, str]]:
    """The sections of the entry page that this kind of change has: id and title."""
    found = [("people", "誰が"), ("when", "いつ・根拠" if spec.bases else "いつ")]
    targets = (Target.CHOOSE, Target.JOIN, Target.OWN)
    if spec.subjects is Subjects.ANY:
        # Whom it is about follows from which act it is.
        found.insert(0, ("where", "どの異動を"))
    elif spec.target in targets or spec.address or any(ask.section == "where" for ask in spec.asks):
        found.append(("where", "正しい住所" if spec.address else "どこへ"))
    if joins(spec, entry) or makes_own(spec, entry) or spec.head_choice or spec.relationships:
        found.append(("household", "世帯・続柄"))
    if spec.person_asks and spec.subjects is not Subjects.NEW:
        found.append(("items", "個人ごとの項目"))
    if spec.notes or any(ask.section == "more" for ask in spec.asks):
        found.append(("more", "その他"))
    return [*found, ("check", "確認")]


def by_field(findings: Sequence[Violation]) -> dict[str, list[str]]:
    """Messages with their remedy beside each field."""
    beside: dict[str, list[str]] = {}
    for finding in findings:
        beside.setdefault(finding.field, []).append(f"{finding.message}{finding.remedy}")
    return beside
