"""What a kind of change is: one :class:`ChangeSpec` in ``changes/kinds``, found by its code.

To add one: rules and plan in ``changes/rules/<name>.py`` (pure), the spec in ``changes/kinds/<name>.py``, a line in
``changes/kinds/__init__.py``. Entry page, check page, drafts, approval and work lists need nothing else.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from residentapp.core.access.permissions import Permission
from residentapp.core.dates import DateField
from residentapp.core.violations import Violation
from residentapp.residents.changes.types import ChangeEntry, Facts, Plan
from residentapp.residents.ex_officio.types import Basis
from residentapp.residents.types import ResidentKind


class Group(enum.StrEnum):
    """Groups of the menu of changes; each is a procedure with rights of its own (RR-10.3b)."""

    NOTIFICATION = "change"
    EX_OFFICIO = "ex_officio"
    NUMBERS = "numbers"

    @property
    def label(self) -> str:
        """Heading, and the word in the log."""
        return {"change": "届出による異動", "ex_officio": "職権による異動", "numbers": "番号の異動"}[
            self.value
        ]

    @property
    def enter_permission(self) -> Permission:
        """Right to enter changes of the group."""
        return {
            "change": Permission.CHANGE_ENTER,
            "ex_officio": Permission.EX_OFFICIO_ENTER,
            "numbers": Permission.NUMBERS_ENTER,
        }[self.value]


def enter_permissions() -> frozenset[Permission]:
    """Rights of which each opens the menu of changes; it shows the kinds of the groups that one may enter."""
    return frozenset(group.enter_permission for group in Group)


class Subjects(enum.StrEnum):
    """Who can be 異動者."""

    SOME = "some"
    """One or several members of one household (RR-4.0.1a)."""
    ONE = "one"
    """Exactly one person of the register."""
    NEW = "new"
    """People who are not in the register yet (RR-4.0.1b)."""
    HOUSEHOLD = "household"
    """Everybody of one household, always together."""
    REMOVED = "removed"
    """Someone whose record is a 除票."""
    LEAVING = "leaving"
    """Someone who has notified a move-out, before its day or after it, or whose record was closed ex officio."""
    ANY = "any"
    """People whom the kind of change finds itself (``prepare``), residents or not."""


class Target(enum.StrEnum):
    """Where the 異動者 are afterwards (RR-4.0.2)."""

    STAY = "stay"
    """In their household."""
    CHOOSE = "choose"
    """In a household of their own or in an existing one, with an address."""
    SPLIT = "split"
    """In a new household of their own at the address that they have (RR-4.1.4.1b)."""
    JOIN = "join"
    """In an existing household."""
    OWN = "own"
    """In a new household of their own."""
    GONE = "gone"
    """In none: the record is closed."""


@dataclass(frozen=True)
class Ask:
    """A field that a kind of change asks for, of the change itself or of each 異動者.

    :param name: of the field; an item of the record has the name that ``move_in.fields`` gives it.
    :param kind: ``text name kana date month digits card choice radio flag lines address hidden``.
    :param date: which exceptions a date has.
    :param longest: most characters.
    :param choices: (value, label) of a choice.
    :param default: text of a new entry; ``today`` for today's date in wareki.
    :param only: the kind of resident that has the item.
    :param permission: without it the field is neither shown nor read.
    :param prefill: name of the item of the record with which the field begins.
    :param options: more (value, label) of a choice, out of the entry and the facts; the last argument is the key of
        the person, empty for a field of the change itself.
    :param fill: label of a button behind the field that lets :attr:`ChangeSpec.fill` fill other fields with it.
    :param group: heading under which fields of a person stand together.
    :param section: of the page: ``where`` or ``more``.
    :param finder: names of the fields of 住所コード and 郵便番号 that the address finder fills along with this one.
    """

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    required: bool = False
    date: DateField = DateField.OTHER
    longest: int = 100
    choices: tuple[tuple[str, str], ...] = ()
    default: str = ""
    only: ResidentKind | None = None
    permission: Permission | None = None
    prefill: str = ""
    options: Callable[[ChangeEntry, Facts, str], Sequence[tuple[str, str]]] | None = None
    fill: str = ""
    group: str = ""
    section: str = "more"
    finder: tuple[str, str] | None = None


#: ``load(session, actor, keyring, entry, facts, now=…)`` reads facts that only one kind of change needs; its values go
#: into ``Facts.extra``, except ``people`` and ``homes``, which are added to those of the facts. Loaders live in
#: ``changes/kinds``; this module stays free of the database for the rules' sake.
Load = Callable[..., Mapping[str, Any]]


@dataclass(frozen=True)
class ChangeSpec:
    """One kind of change.

    :param code: names it in the database and in addresses; never changed.
    :param label: 転居, 死亡 … as the office says it; shown while it is in progress (RR-2.3.1).
    :param days: its days besides 異動日: ``notified_on applied_on noticed_on requested_on``.
    :param optional_days: those of them that may stay blank.
    :param moved_on: which exceptions its 異動日 has.
    :param moved_on_hint: what its 異動日 is, where that does not go without saying.
    :param future: the 異動日 may lie ahead (only 転出, RR-4.0.3a).
    :param asks: fields of the change itself.
    :param person_asks: fields of each 異動者.
    :param head_choice: who may be head afterwards is asked for the household that is left (RR-4.0.4).
    :param relationships: 続柄 of the 異動者 are asked for.
    :param check: the rules of this kind, besides those of the road; pure.
    :param plan: what it does; pure; called only when ``check`` and the road's rules found no error.
    :param load: facts that only this kind needs.
    :param prepare: completes the entry when it begins and whenever it is saved, from the facts.
    :param notes: offers free 留意事項 (type B).
    :param article: the article shown under the title.
    :param words: other words by which the command box finds it.
    :param documents: forms that can be printed once it is registered: (label, endpoint taking ``case_id``).
    :param bases: on what a change by 職権 may rest, the first proposed (令第12条); the one chosen decides which day is
        asked for besides :attr:`days`. Empty for notifications.
    :param address: the address is typed although the 異動者 stay: it is itself what is corrected.
    :param fill: ``fill(spec, entry, facts, key)`` fills fields of a person (of the change itself when the key is empty)
        from where a field with :attr:`Ask.fill` says; pure.
    :param tell: what the check page tells the clerk besides findings: sentences; pure.
    :param registered: keeps what the register has no place for: ``registered(session, actor, keyring, case, entry,
        registered, now=…)``, in the transaction of the registration.
    :param designated: only a 指定都市 has it.
    :param any_ward: people of every ward can be 異動者 even where entry is limited to the own one (RR-4.0.1c).
    :param issue: issues the papers that come with it once the approval is done: ``issue(session, actor, keyring, fonts,
        case, now=…)``. What bars a paper is not raised; the page of the documents says it.
    """

    code: str
    label: str
    group: Group
    check: Callable[[ChangeSpec, ChangeEntry, Facts], Iterable[Violation]]
    plan: Callable[[ChangeSpec, ChangeEntry, Facts], Plan]
    subjects: Subjects = Subjects.SOME
    target: Target = Target.STAY
    days: tuple[str, ...] = ()
    optional_days: tuple[str, ...] = ()
    moved_on: DateField = DateField.OTHER
    moved_on_hint: str = ""
    future: bool = False
    asks: tuple[Ask, ...] = ()
    person_asks: tuple[Ask, ...] = ()
    head_choice: bool = False
    relationships: bool = False
    load: Load | None = None
    prepare: Callable[[ChangeSpec, ChangeEntry, Facts], ChangeEntry] | None = None
    notes: bool = True
    article: str = ""
    words: tuple[str, ...] = ()
    documents: tuple[tuple[str, str], ...] = ()
    tell: Callable[[ChangeSpec, ChangeEntry, Facts], Iterable[str]] | None = None
    registered: Callable[..., None] | None = None
    issue: Callable[..., None] | None = None
    order: int = 100
    kinds: tuple[ResidentKind, ...] = field(default_factory=lambda: tuple(ResidentKind))
    bases: tuple[Basis, ...] = ()
    address: bool = False
    fill: Callable[[ChangeSpec, ChangeEntry, Facts, str], ChangeEntry] | None = None
    designated: bool = False
    any_ward: bool = False


_SPECS: dict[str, ChangeSpec] = {}


def add(spec: ChangeSpec) -> ChangeSpec:
    """Make a kind of change known.

    :raises ValueError: when the code is taken.
    """
    if _SPECS.setdefault(spec.code, spec) is not spec:
        raise ValueError(f"two kinds of change are called {spec.code}")
    return spec


def spec_of(code: str) -> ChangeSpec:
    """The kind of change with a code.

    :raises KeyError: when there is none.
    """
    return _SPECS[code]


def specs(group: Group | None = None) -> tuple[ChangeSpec, ...]:
    """All kinds of change, or those of a group, in the order of the menu."""
    found = [spec for spec in _SPECS.values() if group in (None, spec.group)]
    return tuple(sorted(found, key=lambda spec: (spec.order, spec.code)))


def by_office(spec: ChangeSpec, **changes: Any) -> ChangeSpec:
    """The same change made by 職権 without a 届出, under the same rules and with the same reason (RR-4.2.0.2).

    There is no 届出日; the 異動日 cannot lie ahead, because the office records what has happened. The texts of type A
    say that it was the office, and that it followed an 申出 (RR-4.2.0.5).

    :param changes: what else is different, by the names of :class:`ChangeSpec`.
    """

    def plan(own: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
        return _said_by_office(entry, spec.plan(own, entry, facts))

    made: dict[str, Any] = {
        "code": f"{spec.code}_by_office",
        "label": f"職権による{spec.label}",
        "group": Group.EX_OFFICIO,
        "plan": plan,
        "days": tuple(name for name in spec.days if name != "notified_on"),
        "future": False,
        "bases": (Basis.NO_NOTIFICATION, Basis.APPLICATION, Basis.OMISSION),
        "documents": (),
        "article": f"令第12条第1項・{spec.article}",
        "words": (),
        "order": spec.order + 200,
    }
    return add(replace(spec, **(made | changes)))


def _said_by_office(entry: ChangeEntry, plan: Plan) -> Plan:
    """Texts of type A of the 異動者 with the word of the office; what follows for others says so already."""
    asked = entry.text("basis") == Basis.APPLICATION
    word = "（職権・申出による）" if asked else "（職権）"
    steps = []
    for step in plan.steps:
        effects = tuple(
            effect
            if effect.consequence
            else replace(effect, history=f"{effect.history or step.reason.label}{word}")
            for effect in step.effects
        )
        steps.append(replace(step, effects=effects))
    return replace(plan, steps=tuple(steps))
