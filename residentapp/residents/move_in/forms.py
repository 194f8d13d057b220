"""The form of a move-in: every field of an entry under the name that the findings use, and back again.

The form takes whatever is typed; what it means is for the rules. Items that the officer may not see are neither shown
nor read: they stay as they were (RR-10.4a).
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    FileField,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from residentapp.core.access.actor import Actor
from residentapp.residents.cases.forms import LONGEST_KEPT
from residentapp.residents.move_in.fields import (
    CASE_LABELS,
    CASE_LENGTHS,
    FieldKind,
    FieldSpec,
    Group,
    specs_for,
)
from residentapp.residents.move_in.types import MemberEntry, MoveInEntry, MoveInKind, Scope
from residentapp.residents.types import ResidentKind


class StartForm(Form):
    """Begin a case by hand."""

    kind = RadioField(
        CASE_LABELS["kind"],
        choices=[SelectChoice(kind.value, kind.label) for kind in MoveInKind],
        default=MoveInKind.DOMESTIC.value,
    )


class CsvForm(Form):
    """Begin a case from the CSV of a 転出証明書."""

    certificate = FileField("転出証明書のCSVファイル")


class CaseForm(Form):
    """The case's own fields."""

    kind = RadioField(
        CASE_LABELS["kind"], choices=[SelectChoice(kind.value, kind.label) for kind in MoveInKind]
    )
    scope = RadioField(
        CASE_LABELS["scope"], choices=[SelectChoice(scope.value, scope.label) for scope in Scope]
    )
    moved_on = StringField(CASE_LABELS["moved_on"])
    notified_on = StringField(CASE_LABELS["notified_on"])
    notifier = StringField(CASE_LABELS["notifier"])
    household_number = HiddenField(CASE_LABELS["household_number"])
    postal_code = StringField(CASE_LABELS["postal_code"])
    address_code = HiddenField(CASE_LABELS["address_code"])
    town = StringField(CASE_LABELS["town"])
    lot = StringField(CASE_LABELS["lot"])
    building = StringField(CASE_LABELS["building"])
    notes = TextAreaField(CASE_LABELS["notes"])


_IME = {
    FieldKind.KANA: "kana",
    FieldKind.NAME: "name",
    FieldKind.DIGITS: "number",
    FieldKind.CARD: "code",
    FieldKind.DATE: "date",
    FieldKind.MONTH: "code",
}
#: Fields whose text is drawn with exact glyphs.
_EXACT = frozenset({"registered_domicile", "previous_address", "unreported_address"})
_WIDTHS = {
    "foreign_category": "m",
    "sex": "xs",
    "relationship": "s",
    "nationality_code": "xs",
    "pension_kind": "xs",
}


def ime_of(spec: FieldSpec) -> str:
    """State of the input method for a field."""
    return _IME.get(spec.kind, "text")


def is_exact(spec: FieldSpec) -> bool:
    """Whether the field's text is drawn with exact glyphs."""
    return spec.kind is FieldKind.NAME or spec.name in _EXACT


def width_of(spec: FieldSpec) -> str:
    """Width class of a field."""
    if spec.name in _WIDTHS:
        return _WIDTHS[spec.name]
    if spec.kind in (FieldKind.CHOICE, FieldKind.MONTH):
        return "s"
    return "l" if spec.longest >= 200 and spec.kind is FieldKind.TEXT else "m"


def _field_of(spec: FieldSpec) -> Any:
    if spec.name == "previous_address_code":
        return HiddenField(spec.label)
    if spec.kind is FieldKind.CHOICE:
        choices = [SelectChoice(value, label) for value, label in (("", "―"), *spec.choices)]
        return SelectField(spec.label, choices=choices, validate_choice=False)
    if spec.kind is FieldKind.FLAG:
        return BooleanField(spec.label.removesuffix("の確認") + "を本人に確認")
    if spec.kind is FieldKind.LINES:
        return TextAreaField(spec.label)
    return StringField(spec.label)


@lru_cache(maxsize=64)
def _member_form(names: frozenset[str], kind: ResidentKind) -> type[Form]:
    fields: dict[str, Any] = {"key": HiddenField()}
    for spec in specs_for(kind):
        if spec.name in names:
            fields[spec.name] = _field_of(spec)
    return type("MemberForm", (Form,), fields)


class MemberPart:
    """One person on the page: the form, and the specs of what is shown.

    :ivar index: place in the entry, from 0; the findings name fields by it.
    """

    def __init__(self, index: int, member: MemberEntry, actor: Actor) -> None:
        self.index = index
        self.member = member
        self.specs = {spec.name: spec for spec in specs_for(member.resident_kind, actor)}
        made = _member_form(frozenset(self.specs), member.resident_kind)
        values = {name: getattr(member, name) for name in self.specs}
        flags = {name: bool(values[name]) for name, spec in self.specs.items() if spec.kind is FieldKind.FLAG}
        self.form = made(prefix=f"members-{index}", data={**values, **flags, "key": member.key})

    def field(self, name: str) -> Any:
        """The form's field of an item; None when it is not shown."""
        return self.form._fields.get(name)

    def group(self, group: Group) -> list[FieldSpec]:
        """Shown items of a group, in their order."""
        return [spec for spec in self.specs.values() if spec.group is group]

    def any_filled(self, group: Group) -> bool:
        """Whether any item of a group has been entered."""
        return any(getattr(self.member, spec.name) for spec in self.group(group))


def case_form(entry: MoveInEntry) -> CaseForm:
    """The case's own fields, filled."""
    values = {name: getattr(entry, name) for name in CASE_LENGTHS}
    return CaseForm(data={**values, "kind": entry.kind.value, "scope": entry.scope.value})


def member_parts(entry: MoveInEntry, actor: Actor) -> list[MemberPart]:
    """The people of an entry, as the actor may see them."""
    return [MemberPart(index, member, actor) for index, member in enumerate(entry.members)]


def entry_of_form(sent: MultiDict[str, str], stored: MoveInEntry, actor: Actor) -> MoveInEntry:
    """The entry as the page sent it, on top of what is kept.

    People are known by their key, so that a page that is a step behind cannot mix them up; fields that were not sent
    keep their value.
    """
    values: dict[str, Any] = {
        name: _text(sent[name], lines=name == "notes") for name in CASE_LENGTHS if name in sent
    }
    kind, scope = sent.get("kind", ""), sent.get("scope", "")
    members = {member.key: member for member in stored.members}
    index = 0
    while (key := sent.get(f"members-{index}-key")) is not None:
        if key in members:
            members[key] = _member_of(sent, f"members-{index}-", members[key], actor)
        index += 1
    return replace(
        stored,
        kind=MoveInKind(kind) if kind in set(MoveInKind) else stored.kind,
        scope=Scope(scope) if scope in set(Scope) else stored.scope,
        members=tuple(members[member.key] for member in stored.members),
        **values,
    )


def _member_of(sent: MultiDict[str, str], prefix: str, member: MemberEntry, actor: Actor) -> MemberEntry:
    values: dict[str, Any] = {}
    for spec in specs_for(member.resident_kind, actor):
        name = prefix + spec.name
        if spec.kind is FieldKind.FLAG:
            values[spec.name] = "1" if sent.get(name) else ""
        elif name in sent:
            values[spec.name] = _text(sent[name], lines=spec.kind is FieldKind.LINES)
    return replace(member, **values)


def _text(typed: str, *, lines: bool = False) -> str:
    text = typed[:LONGEST_KEPT]
    return text.replace("\r\n", "\n") if lines else text
