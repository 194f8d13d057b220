"""Building blocks of a household's plan: people, where they came from, and the common turns of their lives."""

from __future__ import annotations

import datetime as dt
import random

from residentapp.residents.types import ChangeReason, Sex
from residentapp.seeding.events import Event, EventKind, Story
from residentapp.seeding.people import (
    Namer,
    Person,
    birth_at_age,
    birthday_of,
    day_value,
    random_day,
)
from residentapp.seeding.places import Away, Place, Places
from residentapp.seeding.sources import NamePart, SeedData

R = ChangeReason
K = EventKind

#: First day on which a 旧氏 could be recorded (住民基本台帳法施行令 of that date).
FORMER_NAMES_FROM = dt.date(2019, 11, 5)
#: Removed records are invented for this many years back.
REMOVED_YEARS = 8
_YEAR = 365.25


class Draft:
    """A story in the making."""

    def __init__(self, rng: random.Random, place: Place) -> None:
        self.rng = rng
        self.place = place
        self.people: list[Person] = []
        self.events: list[Event] = []
        self.first = dt.date.min

    def add(self, person: Person) -> int:
        """Add a person; returns the place in the story."""
        self.people.append(person)
        return len(self.people) - 1

    def marry(self, one: int, other: int, *, registered: bool = True) -> None:
        """Make two people each other's partner."""
        self.people[one].spouse, self.people[other].spouse = other, one
        self.people[one].unregistered_spouse = self.people[other].unregistered_spouse = not registered

    def event(
        self, day: dt.date, kind: EventKind, reason: ChangeReason, who: tuple[int, ...] = (), **more: object
    ) -> Event:
        """Add an event."""
        made = Event(day, kind, reason, who, **more)  # type: ignore[arg-type]
        self.events.append(made)
        return made


class Builder:
    """What all shapes of households are built from.

    :param today: the day on which the town is made.
    """

    def __init__(self, data: SeedData, places: Places, today: dt.date) -> None:
        self._data = data
        self._places = places
        self._namer = Namer(data)
        self._today = today
        self._start = data.computerised_on

    # ---- building blocks

    def _years_ago(self, years: float) -> dt.date:
        return self._today - dt.timedelta(days=int(years * _YEAR))

    def _yesterday(self) -> dt.date:
        return self._today - dt.timedelta(days=1)

    def _japanese(self, draft: Draft, sex: Sex, age: int, surname: NamePart) -> int:
        birth = birth_at_age(draft.rng, age, self._today)
        return draft.add(self._namer.japanese(draft.rng, sex, birth, surname))

    def _register(self, draft: Draft, members: list[int], head: int) -> None:
        """One 本籍 and 筆頭者 for a couple and its children."""
        domicile = self._places.domicile(draft.rng, draft.place)
        for member in members:
            if draft.people[member].foreign is None:
                draft.people[member].domicile = domicile
                draft.people[member].register_head = draft.people[head].name

    def _register_single(self, draft: Draft, member: int) -> None:
        """A grown-up who is still in the register of a parent, or has one of their own."""
        person = draft.people[member]
        person.domicile = self._places.domicile(draft.rng, draft.place)
        if draft.rng.random() < 0.5:
            person.register_head = person.name
        else:
            born = dt.date(max(person.birth_day.year - 28, 1905), 5, 5)
            parent = self._namer.given(draft.rng, Sex.MALE, born)
            person.register_head = f"{person.family}　{parent.writing}"

    def _settle(self, draft: Draft, adult: int, mean_years: float, *, native: float = 0.0) -> dt.date:
        """住民となった日 of the household: after the adult's eighteenth birthday, skewed to recent years."""
        rng = draft.rng
        birth = draft.people[adult].birth_day
        if rng.random() < native:
            return birth
        years = 0.08 + rng.expovariate(1 / mean_years)
        return max(self._years_ago(min(years, 70.0)), birthday_of(birth, 18))

    def _found(
        self, draft: Draft, since: dt.date, head: int, *, later: tuple[int, ...] = (), away: Away | None = None,
        reason: ChangeReason = R.MOVE_IN_DOMESTIC,
    ) -> None:  # fmt: skip
        """Record everyone who was there at the beginning; children born afterwards follow by their birth.

        :param later: people who join by an event of their own.
        """
        # A day back, so that a household never begins on the very day of the run.
        since = min(since, self._yesterday())
        old = since < self._start
        draft.first = max(since, self._start)
        first = [
            person
            for person in range(len(draft.people))
            if person not in later and draft.people[person].birth_day <= draft.first
        ]
        born = [
            person
            for person in range(len(draft.people))
            if person not in later and draft.people[person].birth_day > draft.first
        ]
        native = since == draft.people[head].birth_day
        origin = None if native else away or self._places.elsewhere(draft.rng)
        founding = draft.event(
            draft.first, K.FOUND, R.RECORD_REBUILD if old else reason, tuple(first), place=draft.place, head=head,
            away=origin,
        )  # fmt: skip
        if old:
            founding.since = day_value(since)
            if draft.rng.random() < 0.35:
                founding.address_since = day_value(random_day(draft.rng, since, self._start))
        for person in born:
            draft.event(draft.people[person].birth_day, K.JOIN, R.BIRTH, (person,))

    def _move_about(self, draft: Draft, chance: float, *, apartment: float = 0.4) -> None:
        """Moves within the municipality."""
        while draft.rng.random() < chance:
            last = self._yesterday()
            first = draft.first + dt.timedelta(days=100)
            if first >= last:
                return
            draft.event(
                random_day(draft.rng, first, last), K.MOVE, R.MOVE_WITHIN,
                place=self._places.draw(draft.rng, apartment=apartment),
            )  # fmt: skip
            chance *= 0.35

    def _children(
        self, draft: Draft, father: int | None, mother: int, ages: list[int], surname: NamePart
    ) -> list[int]:
        rng = draft.rng
        made = []
        for age in ages:
            sex = Sex.MALE if rng.random() < 0.512 else Sex.FEMALE
            child = self._japanese(draft, sex, age, surname)
            draft.people[child].father, draft.people[child].mother = father, mother
            made.append(child)
        return made

    def _child_ages(self, rng: random.Random, mother_age: int, count: int) -> list[int]:
        first = mother_age - max(19, round(rng.gauss(30, 4)))
        ages = []
        age = first
        for _ in range(count):
            if age < 0:
                break
            ages.append(age)
            age -= rng.choice((1, 2, 2, 3, 3, 4))
        return ages

    def _couple(self, draft: Draft, age: int) -> tuple[int, int, NamePart]:
        """Husband and wife of one surname; he is the elder by two years on average."""
        surname = self._namer.surname(draft.rng)
        husband = self._japanese(draft, Sex.MALE, age, surname)
        wife = self._japanese(draft, Sex.FEMALE, max(18, age - round(draft.rng.gauss(1.8, 3))), surname)
        draft.marry(husband, wife)
        return husband, wife, surname

    def _former_name(self, draft: Draft, wife: int) -> None:
        """Some who changed their surname at marriage have the former one recorded."""
        rng = draft.rng
        if rng.random() >= 0.05:
            return
        name = self._namer.surname(rng)
        day = random_day(rng, max(FORMER_NAMES_FROM, draft.first + dt.timedelta(days=30)), self._yesterday())
        if day <= draft.first or day >= self._today:
            return
        items: dict[str, object] = {
            "former_name": name.writing,
            "former_name_kana": name.kana,
            "former_name_kana_confirmed": True,
        }
        draft.event(day, K.AMEND, R.FORMER_NAME_RECORD, (wife,), items=items)

    def _dies(self, draft: Draft, who: int, successor: int | None) -> None:
        """A member dies within the years of the records; the successor, if any, becomes head."""
        day = random_day(
            draft.rng,
            max(draft.first + dt.timedelta(days=60), self._years_ago(REMOVED_YEARS)),
            self._yesterday(),
        )
        draft.event(day, K.LEAVE, R.DEATH, (who,))
        if successor is not None:
            draft.event(day, K.HEAD, R.HEAD_CHANGE, head=successor)

    def _story(self, draft: Draft) -> Story:
        return Story(draft.people, draft.events)

    def _draft(self, rng: random.Random, apartment: float) -> Draft:
        return Draft(rng, self._places.draw(rng, apartment=apartment))
