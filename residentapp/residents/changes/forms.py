"""The form of a change, made out of its spec: every field under the name that the findings use, and back again.

The form takes whatever is typed; what it means is for the rules. Fields that the officer may not see are neither shown
nor read: they stay as they were (RR-10.4a).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Form, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from residentapp.core.access.actor import Actor
from residentapp.residents.cases.forms import LONGEST_KEPT
from residentapp.residents.changes.facts import visible
from residentapp.residents.changes.items import item_asks
from residentapp.residents.changes.rules.catalogue import person_field
from residentapp.residents.changes.rules.common import PLACE_LABELS, day_label, offered_days
from residentapp.residents.changes.rules.shape import belongs_to
from residentapp.residents.changes.spec import Ask, ChangeSpec, Subjects
from residentapp.residents.changes.types import ChangeEntry, Facts, PersonEntry, Role, Scope
from residentapp.residents.move_in.fields import PROOF_FIELDS, Group

MOVED_ON = Ask("moved_on", "異動日", "date", required=True)
NOTIFIER = Ask(
    "notifier", "届出人", "name", "届出書の届出人の氏名。異動する本人のときも入力します。", longest=200
)
NOTES = Ask("notes", "留意事項", "lines", "住民票の統合記載欄に残します。1行に1件。", longest=500)
CAUSE = Ask(
    "cause",
    "理由・確かめた事実",
    "lines",
    "職権記録書に残します。調査の日や確かめた書類など。",
    longest=500,
)
SOURCE = Ask(
    "source", "届出先・通知元", "text", "戸籍の届出を受けた市区町村、通知してきた機関など。", longest=100
)
RELATIONSHIP = Ask("relationship", "続柄", "text", longest=40)
#: 続柄 and, of a foreign resident, the document that proves it (RR-1.1.11d).
KIN = (RELATIONSHIP, *item_asks(PROOF_FIELDS))
SCOPE = Ask(
    "scope",
    "全部・一部",
    "radio",
    choices=tuple((scope.value, scope.label) for scope in Scope),
    default=Scope.WHOLE.value,
)
TARGET = Ask("target_household", "入る世帯", "hidden")
NEW_HEAD = Ask("new_head", "残る世帯の世帯主", "choice")
PLACE = (
    Ask("postal_code", "郵便番号", "digits", "7桁入れると町名が出ます。"),
    Ask("town", PLACE_LABELS["town"], "address", required=True),
    Ask("lot", PLACE_LABELS["lot"], "address", "「8番3号」「12番地の3」のように入力します。"),
    Ask("building", PLACE_LABELS["building"], "address", "番地を入れると、登録済みの方書を選べます。"),
    Ask("address_code", "住所コード", "hidden"),
)


def own_asks(spec: ChangeSpec) -> list[Ask]:
    """Every field of the change itself that the page may send."""
    days = [Ask(name, day_label(spec, name), "date", required=True) for name in offered_days(spec)]
    return [MOVED_ON, *days, NOTIFIER, *basis_asks(spec), SCOPE, TARGET, *PLACE, NEW_HEAD, NOTES, *spec.asks]


def basis_asks(spec: ChangeSpec) -> list[Ask]:
    """What is asked about the ground of a change by 職権; nothing for a 届出."""
    if not spec.bases:
        return []
    choices = tuple((basis.value, basis.label) for basis in spec.bases)
    basis = Ask("basis", "職権の根拠", "choice", required=True, choices=choices)
    return [*([basis] if len(choices) > 1 else []), CAUSE, SOURCE]


def _field(ask: Ask, choices: Iterable[tuple[str, str]] = ()) -> Any:
    offered = [SelectChoice(value, label) for value, label in (*ask.choices, *choices)]
    match ask.kind:
        case "radio":
            return RadioField(ask.label, choices=offered, validate_choice=False)
        case "choice":
            return SelectField(ask.label, choices=[SelectChoice("", "―"), *offered], validate_choice=False)
        case "flag":
            return BooleanField(ask.label)
        case "lines":
            return TextAreaField(ask.label)
        case _:
            return StringField(ask.label)


def _form(
    asks: Iterable[Ask], values: Mapping[str, str], entry: ChangeEntry, facts: Facts, key: str = ""
) -> Form:
    listed = list(asks)
    prefix = f"people-{key}" if key else ""
    fields = {
        ask.name: _field(ask, ask.options(entry, facts, key) if ask.options is not None else ())
        for ask in listed
    }
    made = type("ChangeForm", (Form,), fields)
    data = {ask.name: _value(ask, values) for ask in listed}
    form: Form = made(data=data, prefix=prefix)
    return form


def _value(ask: Ask, values: Mapping[str, str]) -> str | bool:
    if ask.kind == "flag":
        return bool(values.get(ask.name))
    return values.get(ask.name, ask.default if ask.kind == "radio" else "")


#: Groups of items that most entries leave alone: closed on the page until something stands in them.
FOLDED = frozenset({Group.ALIAS.label, Group.OTHER.label})


@dataclass(frozen=True)
class AskGroup:
    """Fields of a person under one heading.

    :param folded: shown closed.
    """

    title: str
    asks: tuple[Ask, ...]
    folded: bool


@dataclass(frozen=True)
class PersonPart:
    """One person on the page.

    :param asks: fields of the person that the actor may see.
    :param form: those fields and 続柄, filled.
    """

    person: PersonEntry
    asks: tuple[Ask, ...]
    form: Form

    def field(self, name: str) -> Any:
        """The form's field of an item; None when it is not shown."""
        return self.form._fields.get(name)

    @property
    def groups(self) -> list[AskGroup]:
        """The fields by their headings, in the order of the spec."""
        found: dict[str, list[Ask]] = {}
        for ask in self.asks:
            found.setdefault(ask.group, []).append(ask)
        return [
            AskGroup(
                title, tuple(asks), title in FOLDED and not any(self.person.text(ask.name) for ask in asks)
            )
            for title, asks in found.items()
        ]

    @property
    def asks_proof(self) -> bool:
        """Whether the document that proves the 続柄 is asked for: of foreign residents who are not only shown."""
        return self.person.role is not Role.TARGET and self.field(PROOF_FIELDS[0]) is not None

    @property
    def chosen_field(self) -> str:
        """Name of the tick that makes the person an 異動者."""
        return person_field(self.person.key, "chosen")


def own_form(spec: ChangeSpec, entry: ChangeEntry, actor: Actor, facts: Facts) -> Form:
    """The change's own fields, filled."""
    asks = [ask for ask in own_asks(spec) if visible(ask, actor)]
    return _form([ask for ask in asks if ask is not NEW_HEAD], entry.values, entry, facts)


def own_part(asks: Iterable[Ask], actor: Actor) -> list[Ask]:
    """Those of some fields that the actor may see."""
    return [ask for ask in asks if visible(ask, actor)]


def person_parts(spec: ChangeSpec, entry: ChangeEntry, actor: Actor, facts: Facts) -> list[PersonPart]:
    """The people of an entry, as the actor may see them."""
    parts = []
    for person in entry.people:
        record = facts.person(person)
        kind = record.kind if record is not None else person.resident_kind
        asks = tuple(ask for ask in spec.person_asks if belongs_to(ask, kind) and visible(ask, actor))
        names = {ask.name for ask in asks}
        kin = [ask for ask in KIN if ask.name not in names and belongs_to(ask, kind)]
        form = _form((*asks, *kin), person.values, entry, facts, person.key)
        parts.append(PersonPart(person, asks, form))
    return parts


# ---- back again


def entry_of_form(
    sent: MultiDict[str, str], stored: ChangeEntry, spec: ChangeSpec, actor: Actor, facts: Facts
) -> ChangeEntry:
    """The entry as the page sent it, on top of what is kept; fields that were not sent keep their value."""
    values = dict(stored.values)
    for ask in own_asks(spec):
        if visible(ask, actor) and ask is not TARGET:
            _take(values, sent, ask, ask.name)
    entry = replace(stored, values=values)
    for person in stored.people:
        record = facts.person(person)
        kind = record.kind if record is not None else person.resident_kind
        typed = dict(person.values)
        for ask in (*spec.person_asks, *KIN):
            if belongs_to(ask, kind) and visible(ask, actor) and person.role is not Role.TARGET:
                _take(typed, sent, ask, person_field(person.key, ask.name))
        entry = entry.with_person(replace(person, values=typed, role=_role(sent, spec, person)))
    return entry


def _take(values: dict[str, str], sent: MultiDict[str, str], ask: Ask, name: str) -> None:
    if ask.kind == "flag":
        # A tick that was shown says so by a hidden field: its absence is an answer only then.
        if f"{name}-shown" in sent:
            values[ask.name] = "1" if sent.get(name) else ""
    elif name in sent:
        text = sent[name][:LONGEST_KEPT]
        values[ask.name] = text.replace("\r\n", "\n") if ask.kind == "lines" else text


def _role(sent: MultiDict[str, str], spec: ChangeSpec, person: PersonEntry) -> Role:
    if person.role is Role.TARGET or person.is_new or "people-shown" not in sent:
        return person.role
    if spec.subjects is Subjects.HOUSEHOLD:
        return Role.SUBJECT
    if spec.subjects in (Subjects.ONE, Subjects.REMOVED, Subjects.LEAVING):
        return Role.SUBJECT if sent.get("subject") == person.key else Role.STAYING
    return Role.SUBJECT if sent.get(person_field(person.key, "chosen")) else Role.STAYING
