"""What a change is made of: the entry as typed, the facts it is judged by, and the plan of what it does.

All are plain frozen values: rules and plans are pure functions over them, used alike while typing, on the check page,
at the approval and in tests.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from residentapp.core.closed_days import ClosedDays
from residentapp.core.dates import DateValue
from residentapp.core.violations import Level
from residentapp.core.wards import NO_WARDS, Ward, Wards
from residentapp.residents.remarks.rules import NoteDraft
from residentapp.residents.rules.relationship_proof import Proof
from residentapp.residents.types import ChangeReason, ResidentKind, ResidentState, Sex

#: 続柄 of the head of a household.
HEAD = "世帯主"


class Role(enum.StrEnum):
    """What a person is to a change."""

    SUBJECT = "subject"
    """異動者."""
    STAYING = "staying"
    """A member of the household that the 異動者 leave, or in which they stay."""
    TARGET = "target"
    """A member of the household that the 異動者 join."""


class Scope(enum.StrEnum):
    """全部／一部 of where the 異動者 go (RR-4.0.2a)."""

    WHOLE = "whole"
    PART = "part"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"whole": "全部（異動する人だけで新しい世帯をつくる）", "part": "一部（既にある世帯に入る）"}[
            self.value
        ]


@dataclass(frozen=True)
class PersonEntry:
    """One person of the entry, with what was typed for that person.

    :param key: names the person within the case (``p1``): stable, part of the names of the form's fields.
    :param number: 宛名番号; empty for someone who is not in the register yet (出生, 職権記載).
    :param seen: 履歴番号 that the entry builds on; a later one means somebody changed the record meanwhile.
    :param role: SUBJECT when ticked as 異動者.
    :param resident_kind: of a new person; of others the record says it.
    :param values: typed text by field name; a field that was never shown is missing. ``_name`` is the name of the
        record when the person was chosen, for lists; the page never sends it.
    """

    key: str
    number: str = ""
    seen: int = 0
    role: Role = Role.STAYING
    resident_kind: ResidentKind = ResidentKind.JAPANESE
    values: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """What was typed, without spaces around; empty when nothing was."""
        return self.values.get(name, "").strip()

    @property
    def is_new(self) -> bool:
        """Whether the person is not in the register yet."""
        return not self.number

    @property
    def name(self) -> str:
        """The name by which pages and lists speak of the person; never empty."""
        typed = "　".join(part for part in (self.text("name_alphabet"), self.text("name")) if part)
        return self.values.get("_name", "") or typed or "（氏名未入力）"


@dataclass(frozen=True)
class ChangeEntry:
    """A whole change as typed, right or wrong: a draft must lose nothing.

    :param kind: code of the :class:`ChangeSpec`.
    :param values: typed text of the change's own fields: ``moved_on``, ``notified_on``, ``town`` …
    :param household_number: the household that the 異動者 belong to before; empty for new people only.
    :param people: everybody of that household, of the household they join, and new people.
    :param confirmations: reasons for which alerts were confirmed, by alert key.
    """

    kind: str
    values: Mapping[str, str] = field(default_factory=dict)
    household_number: str = ""
    people: tuple[PersonEntry, ...] = ()
    confirmations: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """What was typed in a field of the change itself."""
        return self.values.get(name, "").strip()

    @property
    def subjects(self) -> tuple[PersonEntry, ...]:
        """異動者, in the order of the page."""
        return tuple(person for person in self.people if person.role is Role.SUBJECT)

    @property
    def staying(self) -> tuple[PersonEntry, ...]:
        """Who stays in the household of the 異動者."""
        return tuple(person for person in self.people if person.role is Role.STAYING)

    @property
    def joined(self) -> tuple[PersonEntry, ...]:
        """Who lives in the household that the 異動者 join."""
        return tuple(person for person in self.people if person.role is Role.TARGET)

    @property
    def scope(self) -> Scope:
        """Whether the 異動者 make a household of their own or join one."""
        return Scope.PART if self.text("scope") == Scope.PART else Scope.WHOLE

    def with_values(self, **values: str) -> ChangeEntry:
        """The entry with other texts in its own fields."""
        return replace(self, values={**self.values, **values})

    def with_person(self, person: PersonEntry) -> ChangeEntry:
        """The entry with this person in place of the one with the same key, or added at the end."""
        if all(other.key != person.key for other in self.people):
            return replace(self, people=(*self.people, person))
        return replace(
            self, people=tuple(person if other.key == person.key else other for other in self.people)
        )


# ---- facts


@dataclass(frozen=True)
class Person:
    """A record of the register as the rules see it.

    :param items: every item of the current snapshot, names as in ``ResidentHistory``; encrypted numbers are left out,
        their keyed hashes are there.
    """

    number: str
    history_number: int
    items: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.items[name]

    @property
    def kind(self) -> ResidentKind:
        """住民種別."""
        kind: ResidentKind = self.items["resident_kind"]
        return kind

    @property
    def is_foreign(self) -> bool:
        """Whether it is a 外国人住民."""
        return self.kind is ResidentKind.FOREIGN

    @property
    def state(self) -> ResidentState:
        """住民状態."""
        state: ResidentState = self.items["state"]
        return state

    @property
    def is_live(self) -> bool:
        """Whether it is a resident record, not a 除票."""
        return self.state.is_live

    @property
    def household_number(self) -> str:
        """世帯番号."""
        number: str = self.items["household_number"]
        return number

    @property
    def relationship(self) -> str:
        """続柄; empty when blank."""
        return self.items["relationship_to_head"] or ""

    @property
    def is_head(self) -> bool:
        """Whether the person is the 世帯主."""
        return self.relationship == HEAD

    @property
    def birth(self) -> DateValue:
        """生年月日."""
        birth: DateValue = self.items["birth_date"]
        return birth

    @property
    def sex(self) -> Sex:
        """性別."""
        sex: Sex = self.items["sex"]
        return sex

    @property
    def name(self) -> str:
        """The name as the record shows it; under this a head stands in the members' records."""
        return display_name(self.items)

    @property
    def has_left(self) -> bool:
        """Whether the record was closed for another cause than death: by 転出 or ex officio."""
        return self.state in (ResidentState.MOVED_OUT, ResidentState.REMOVED)

    @property
    def is_moving_out(self) -> bool:
        """Whether a 転出届 has been taken whose day has not come (転出予定者); where to is not always known."""
        return self.is_live and self.items["removal_occurred_on"] is not None


def display_name(items: Mapping[str, Any]) -> str:
    """氏名; of a foreign resident alphabet before kanji, as the record has them."""
    if items["resident_kind"] is ResidentKind.FOREIGN:
        return "　".join(part for part in (items.get("name_alphabet"), items.get("name")) if part)
    return items.get("name") or ""


@dataclass(frozen=True)
class Home:
    """A household with its live members in their order.

    :param suppressed: strictest level at which changes are held back (異動入力の抑止), None when nothing stands.
    :param hidden: the actor may not know where it is.
    """

    number: str
    members: tuple[Person, ...]
    suppressed: Level | None = None
    hidden: bool = False

    @property
    def head(self) -> Person | None:
        """The 世帯主, if there is one."""
        return next((member for member in self.members if member.is_head), None)


@dataclass(frozen=True)
class Facts:
    """Everything outside the entry: the register and the day.

    :param people: current records by 宛名番号: 異動者, members of their household and of the one they join.
    :param homes: those households by 世帯番号.
    :param closed_days: 休日, for periods.
    :param town_known: the 住所コード typed is a town of the own municipality in the address dictionary.
    :param levels: by 宛名番号 the level at which changes of that person are held back.
    :param protected: 宛名番号 of people under a support measure.
    :param elsewhere: keys of people whose numbers stand in another provisional case.
    :param wards: of a 指定都市, as they are today; none elsewhere.
    :param ward: the ward of the officer; None without wards, and in the 本庁.
    :param extra: what only one kind of change needs (:attr:`ChangeSpec.load`).
    """

    today: dt.date
    prefecture: str
    municipality: str
    municipality_code: str = ""
    people: Mapping[str, Person] = field(default_factory=dict)
    homes: Mapping[str, Home] = field(default_factory=dict)
    closed_days: ClosedDays = field(default_factory=ClosedDays)
    town_known: bool = True
    levels: Mapping[str, Level] = field(default_factory=dict)
    protected: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    wards: Wards = NO_WARDS
    ward: Ward | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def person(self, entry: PersonEntry) -> Person | None:
        """The record of a person of the entry; None for a new one, or one that does not exist."""
        return self.people.get(entry.number)

    def home(self, number: str) -> Home | None:
        """A household; None when nobody lives there."""
        found = self.homes.get(number.strip())
        return found if found is not None and found.members else None


# ---- plan


class Draw:
    """In place of a 住民票コード: one is drawn from the stock at the final registration (RR-4.3.1a)."""


DRAW = Draw()

#: Written before a key of the entry in place of a number that is given only at the final registration.
NEW = "new:"


def new_number(key: str) -> str:
    """Stands for the 宛名番号 or 世帯番号 that will be given; ``household`` or a person's key."""
    return NEW + key


@dataclass(frozen=True)
class Effect:
    """What a change does to one record.

    :param number: 宛名番号, or :func:`new_number` of a person's key.
    :param items: the items that change; all that are not blank for a new person. ``household_number`` may be a
        :func:`new_number`. ``individual_number`` and ``resident_code`` are plain text here (or None, or :data:`DRAW`);
        they are encrypted on the way into the register.
    :param history: text of type A for the 統合記載欄; empty for the wording of the reason (RR-1.1.14b).
    :param notes: 留意事項 of type B.
    :param remarks: 備考 of type C to be added.
    :param consequence: the record changes only because of somebody else's change (世帯主の氏名 …); for the check page.
    :param proof: the document by which the 続柄 of a foreign resident was proved (RR-1.1.11d).
    """

    number: str
    items: Mapping[str, Any]
    history: str = ""
    notes: tuple[NoteDraft, ...] = ()
    remarks: tuple[str, ...] = ()
    consequence: bool = False
    proof: Proof | None = None

    @property
    def is_new(self) -> bool:
        """Whether the person gets a number only at the final registration."""
        return self.number.startswith(NEW)


@dataclass(frozen=True)
class Days:
    """The days of a change besides 異動日; which of them it has depends on its kind (RR-1.2.1a).

    :param notified_on: 届出日, only for notifications under 令第11条.
    :param applied_on: 申出日.
    :param noticed_on: 通知日.
    :param requested_on: 請求日.
    """

    notified_on: dt.date | None = None
    applied_on: dt.date | None = None
    noticed_on: dt.date | None = None
    requested_on: dt.date | None = None


@dataclass(frozen=True)
class Step:
    """One 異動 of the plan, with its effects in the order of the household.

    :param moved_on: 異動日.
    :param days: 届出日 and the like.
    :param cancels: id of the change that this one cancels.
    :param special: the 転出証明書情報 goes to the CS (特例, RR-4.1.3.0.4).
    :param handed_over: a 特別永住者証明書 was handed over, which the 入管庁 is told (RR-4.5.7b).
    """

    reason: ChangeReason
    moved_on: DateValue | None
    effects: tuple[Effect, ...]
    days: Days = field(default_factory=Days)
    cancels: int | None = None
    special: bool = False
    handed_over: bool = False


@dataclass(frozen=True)
class Plan:
    """Everything that a change does, step by step.

    :param continues: by placeholder of a new household the empty one whose place it takes (RR-4.6.0.1d).
    """

    steps: tuple[Step, ...] = ()
    continues: Mapping[str, str] = field(default_factory=dict)

    def after(self, facts: Facts) -> dict[str, dict[str, Any]]:
        """Items of everybody touched as they will be, by 宛名番号 (or placeholder), in the order of the effects."""
        state: dict[str, dict[str, Any]] = {}
        for step in self.steps:
            for effect in step.effects:
                known = facts.people.get(effect.number)
                before = state.get(effect.number) or (dict(known.items) if known is not None else {})
                state[effect.number] = {**before, **effect.items}
        return state


def steps_of(steps: Sequence[Step | None]) -> Plan:
    """A plan of the steps that have any effect."""
    return Plan(tuple(step for step in steps if step is not None and step.effects))
