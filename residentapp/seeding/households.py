"""Plans ordinary households: who lives together today, and how it came about since the records begin.

Shapes and ages follow the rough proportions of a Japanese city: about a third of households are single persons,
a quarter couples with children, and close to three in ten residents are 65 or older.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable

from residentapp.residents.types import ChangeReason, Sex
from residentapp.seeding.drafts import REMOVED_YEARS, Builder, Draft
from residentapp.seeding.events import Event, EventKind, Story
from residentapp.seeding.people import (
    birth_at_age,
    random_day,
)
from residentapp.seeding.places import Away, Places
from residentapp.seeding.sources import NamePart, SeedData, Weighted

R = ChangeReason
K = EventKind


class Planner(Builder):
    """Plans households.

    :param start: first day of the records held; whoever came earlier begins with a rebuilt record (改製).
    """

    def __init__(self, data: SeedData, places: Places, today: dt.date) -> None:
        super().__init__(data, places, today)
        self._shapes: Weighted[Callable[[random.Random], Story]] = Weighted(
            (
                (self._single_young, 12.0),
                (self._single_middle, 12.0),
                (self._single_old, 17.0),
                (self._couple_old, 18.0),
                (self._couple_middle, 10.0),
                (self._couple_young, 4.0),
                (self._family, 21.0),
                (self._adult_children, 12.0),
                (self._single_parent, 6.5),
                (self._three_generations, 4.0),
                (self._companions, 1.5),
                (self._foreign_single, 2.2),
                (self._foreign_family, 0.8),
                (self._special_permanent, 0.25),
                (self._mixed_couple, 0.5),
            )
        )

    def plan(self, rng: random.Random) -> Story:
        """One household with its past."""
        return self._shapes.draw(rng)(rng)

    def plan_gone(self, rng: random.Random) -> Story:
        """A household that has left the register: moved away, or its last member died (除票)."""
        shape = rng.random()
        if shape < 0.3:
            return self._gone_old(rng)
        story = (self._single_young if shape < 0.75 else self._family)(rng)
        founding = story.events[0]
        earliest = max(founding.day + dt.timedelta(days=40), self._years_ago(REMOVED_YEARS))
        day = max(founding.day, random_day(rng, earliest, self._yesterday()))
        # Only what had happened by then; whoever had not joined yet never does.
        kept = (K.FOUND, K.JOIN, K.MOVE)
        later = [event for event in story.events[1:] if event.day < day and event.kind in kept]
        events = [founding, *later]
        leaving = tuple(sorted({person for event in events for person in event.who}))
        abroad = rng.random() < 0.07
        reason = (
            R.REMOVE_EX_OFFICIO
            if rng.random() < 0.03
            else R.MOVE_OUT_ABROAD
            if abroad
            else R.MOVE_OUT_DOMESTIC
        )
        away = None
        if reason is not R.REMOVE_EX_OFFICIO:
            away = Away(None, None, "シンガポール共和国") if abroad else self._places.elsewhere(rng)
        events.append(Event(day, K.LEAVE, reason, leaving, away=away))
        return Story(story.people, events)

    # ---- shapes

    def _single(
        self, rng: random.Random, age: int, mean_years: float, *, apartment: float, female: float
    ) -> Draft:
        draft = self._draft(rng, apartment)
        sex = Sex.FEMALE if rng.random() < female else Sex.MALE
        person = self._japanese(draft, sex, age, self._namer.surname(rng))
        self._register_single(draft, person)
        self._found(draft, self._settle(draft, person, mean_years), person)
        return draft

    def _single_young(self, rng: random.Random) -> Story:
        draft = self._single(rng, int(rng.triangular(18, 40, 23)), 2.5, apartment=0.9, female=0.45)
        self._move_about(draft, 0.2, apartment=0.9)
        return self._story(draft)

    def _single_middle(self, rng: random.Random) -> Story:
        draft = self._single(rng, rng.randint(38, 64), 8, apartment=0.65, female=0.4)
        self._move_about(draft, 0.25, apartment=0.6)
        return self._story(draft)

    def _old_age(self, rng: random.Random) -> int:
        return min(103, 65 + int(rng.triangular(0, 34, 9)))

    def _single_old(self, rng: random.Random) -> Story:
        if rng.random() < 0.45:
            draft = self._single(rng, self._old_age(rng), 25, apartment=0.35, female=0.6)
            return self._story(draft)
        # Widowed: the partner died while the records were held.
        draft = self._draft(rng, 0.25)
        husband, wife, _ = self._couple(draft, min(100, self._old_age(rng) + 2))
        self._register(draft, [husband, wife], husband)
        self._found(draft, self._settle(draft, husband, 30, native=0.2), husband)
        if rng.random() < 0.75:
            self._dies(draft, husband, wife)
        else:
            self._dies(draft, wife, None)
        return self._story(draft)

    def _couple_old(self, rng: random.Random) -> Story:
        draft = self._draft(rng, 0.2)
        husband, wife, surname = self._couple(draft, self._old_age(rng))
        self._register(draft, [husband, wife], husband)
        if rng.random() < 0.3:
            self._leaving_child(draft, husband, wife, surname)
        self._found(draft, self._settle(draft, husband, 28, native=0.2), husband)
        self._leave_home(draft)
        self._move_about(draft, 0.1)
        return self._story(draft)

    def _leaving_child(self, draft: Draft, father: int | None, mother: int, surname: NamePart) -> None:
        """A child who grew up here and has moved away (see ``_leave_home``)."""
        youngest_parent = draft.people[mother].birth_day.year
        age = min(self._today.year - youngest_parent - 26, draft.rng.randint(19, 34))
        if age < 19:
            return
        (child,) = self._children(draft, father, mother, [age], surname)
        person, parent = draft.people[child], draft.people[mother]
        person.domicile, person.register_head = parent.domicile, parent.register_head

    def _leave_home(self, draft: Draft) -> None:
        """The last child moves away at 18 to 26, or to a household of its own in town."""
        if len(draft.people) < 3:
            return
        child = len(draft.people) - 1
        rng = draft.rng
        year = draft.people[child].birth_day.year + rng.randint(18, 26)
        day = dt.date(year, rng.choice((3, 3, 4, 9)), rng.randint(1, 30))
        day = max(day, draft.first + dt.timedelta(days=rng.randint(30, 400)))
        if day >= self._today or draft.people[child].birth_day > draft.first:
            return
        if rng.random() < 0.22:
            place = self._places.draw(rng, apartment=0.9)
            draft.event(day, K.SPLIT, R.MOVE_WITHIN, (child,), into=1, place=place, head=child)
            return
        draft.event(day, K.LEAVE, R.MOVE_OUT_DOMESTIC, (child,), away=self._places.elsewhere(rng))

    def _couple_middle(self, rng: random.Random) -> Story:
        draft = self._draft(rng, 0.35)
        husband, wife, surname = self._couple(draft, rng.randint(45, 66))
        self._register(draft, [husband, wife], husband)
        if rng.random() < 0.5:
            self._leaving_child(draft, husband, wife, surname)
        self._found(draft, self._settle(draft, husband, 14, native=0.1), husband)
        self._leave_home(draft)
        self._former_name(draft, wife)
        return self._story(draft)

    def _couple_young(self, rng: random.Random) -> Story:
        draft = self._draft(rng, 0.8)
        husband, wife, _ = self._couple(draft, rng.randint(24, 42))
        self._register(draft, [husband, wife], husband)
        since = self._settle(draft, husband, 4)
        joins = rng.random() < 0.4 and max(since, self._start) < self._years_ago(0.5)
        self._found(draft, since, husband, later=(wife,) if joins else ())
        if joins:
            day = random_day(rng, draft.first + dt.timedelta(days=30), self._yesterday())
            draft.event(day, K.JOIN, R.MOVE_IN_DOMESTIC, (wife,), away=self._places.elsewhere(rng))
        else:
            self._former_name(draft, wife)
        self._move_about(draft, 0.25, apartment=0.7)
        return self._story(draft)

    def _family(self, rng: random.Random) -> Story:
        draft = self._draft(rng, 0.35)
        husband, wife, surname = self._couple(draft, int(rng.triangular(28, 58, 46)))
        wife_age = self._today.year - draft.people[wife].birth_day.year
        count = rng.choices((1, 2, 3, 4), (38, 46, 14, 2))[0]
        ages = [child for child in self._child_ages(rng, wife_age, count) if child <= 24]
        ages = ages or [rng.randint(0, max(0, min(17, wife_age - 26)))]
        children = self._children(draft, husband, wife, ages, surname)
        self._register(draft, [husband, wife, *children], husband)
        since = self._settle(draft, husband, 8, native=0.06)
        self._found(draft, since, husband if rng.random() < 0.97 else wife)
        self._former_name(draft, wife)
        self._move_about(draft, 0.3)
        return self._story(draft)

    def _adult_children(self, rng: random.Random) -> Story:
        draft = self._draft(rng, 0.2)
        husband, wife, surname = self._couple(draft, rng.randint(52, 86))
        wife_age = self._today.year - draft.people[wife].birth_day.year
        ages = [max(19, min(wife_age - 24, rng.randint(19, 50))) for _ in range(rng.choice((1, 1, 1, 2)))]
        children = self._children(draft, husband, wife, ages, surname)
        self._register(draft, [husband, wife, *children], husband)
        self._found(draft, self._settle(draft, husband, 24, native=0.2), husband)
        if wife_age > 68 and rng.random() < 0.35:
            self._dies(draft, husband, wife if rng.random() < 0.5 else children[0])
        elif rng.random() < 0.1:
            day = random_day(rng, draft.first + dt.timedelta(days=60), self._yesterday())
            draft.event(day, K.SPLIT, R.HOUSEHOLD_SPLIT, (children[0],), into=1, head=children[0])
        return self._story(draft)

    def _single_parent(self, rng: random.Random) -> Story:
        draft = self._draft(rng, 0.6)
        surname = self._namer.surname(rng)
        sex = Sex.FEMALE if rng.random() < 0.86 else Sex.MALE
        parent = self._japanese(draft, sex, rng.randint(26, 55), surname)
        age = self._today.year - draft.people[parent].birth_day.year
        ages = [
            child for child in self._child_ages(rng, age, rng.choice((1, 1, 2, 2, 3))) if child <= 22
        ] or [1]
        mother = parent if sex is Sex.FEMALE else None
        for child_age in ages:
            (child,) = self._children(draft, None, parent, [child_age], surname)
            if mother is None:
                draft.people[child].father, draft.people[child].mother = parent, None
        self._register(draft, list(range(len(draft.people))), parent)
        self._found(draft, self._settle(draft, parent, 6), parent)
        self._move_about(draft, 0.35, apartment=0.7)
        return self._story(draft)

    def _three_generations(self, rng: random.Random) -> Story:
        draft = self._draft(rng, 0.02)
        son_age = rng.randint(32, 56)
        grandfather, grandmother, surname = self._couple(draft, son_age + rng.randint(24, 33))
        (son,) = self._children(draft, grandfather, grandmother, [son_age], surname)
        draft.people[son].sex = Sex.MALE
        given = self._namer.given(rng, Sex.MALE, draft.people[son].birth_day)
        draft.people[son].given, draft.people[son].given_kana = given.writing, given.kana
        wife = self._japanese(draft, Sex.FEMALE, max(24, son_age - rng.randint(-2, 6)), surname)
        draft.marry(son, wife)
        wife_age = self._today.year - draft.people[wife].birth_day.year
        ages = [age for age in self._child_ages(rng, wife_age, rng.choice((1, 2, 2, 3))) if age <= 26] or [0]
        children = self._children(draft, son, wife, ages, surname)
        self._register(draft, [grandfather, grandmother], grandfather)
        self._register(draft, [son, wife, *children], son)
        head = son if rng.random() < 0.6 else grandfather
        self._found(draft, self._settle(draft, grandfather, 30, native=0.4), head)
        if rng.random() < 0.45:
            self._dies(draft, grandfather, son if head == grandfather else None)
        return self._story(draft)

    def _companions(self, rng: random.Random) -> Story:
        """Brothers and sisters, unmarried partners, or people who merely share a home."""
        draft = self._draft(rng, 0.6)
        kind = rng.random()
        surname = self._namer.surname(rng)
        age = rng.randint(24, 70)
        first = self._japanese(draft, Sex.MALE, age, surname)
        if kind < 0.4:
            second = self._japanese(
                draft, Sex.FEMALE, max(20, age - rng.randint(-4, 6)), self._namer.surname(rng)
            )
            draft.marry(first, second, registered=False)
        elif kind < 0.75:
            second = self._japanese(draft, Sex.FEMALE, max(18, age - rng.randint(1, 8)), surname)
            draft.people[second].relation = "妹" if self._younger(draft, second, first) else "姉"
        else:
            second = self._japanese(draft, Sex.MALE, rng.randint(20, 75), self._namer.surname(rng))
            draft.people[second].relation = rng.choice(("同居人", "縁故者"))
        for person in (first, second):
            self._register_single(draft, person)
        younger = first if self._younger(draft, first, second) else second
        self._found(draft, self._settle(draft, younger, 6), first)
        return self._story(draft)

    @staticmethod
    def _younger(draft: Draft, one: int, other: int) -> bool:
        return draft.people[one].birth_day > draft.people[other].birth_day

    def _abroad(self, rng: random.Random, country: str) -> tuple[Away, ChangeReason]:
        if rng.random() < 0.45:
            return Away(None, None, country), R.MOVE_IN_ABROAD
        return self._places.elsewhere(rng), R.MOVE_IN_DOMESTIC

    def _foreign_single(self, rng: random.Random) -> Story:
        draft = self._draft(rng, 0.95)
        nationality = self._namer.nationality(rng)
        sex = Sex.MALE if rng.random() < 0.5 else Sex.FEMALE
        birth = birth_at_age(rng, int(rng.triangular(19, 55, 24)), self._today)
        person = draft.add(self._namer.foreign(rng, sex, birth, nationality, self._today))
        away, reason = self._abroad(rng, nationality.name)
        self._found(draft, self._settle(draft, person, 2.5), person, away=away, reason=reason)
        return self._story(draft)

    def _foreign_family(self, rng: random.Random) -> Story:
        draft = self._draft(rng, 0.85)
        nationality = self._namer.nationality(rng)
        family = rng.randrange(len(nationality.family))
        age = rng.randint(26, 50)
        adults = []
        for sex, years in ((Sex.MALE, age), (Sex.FEMALE, max(20, age - rng.randint(0, 5)))):
            birth = birth_at_age(rng, years, self._today)
            adults.append(
                draft.add(
                    self._namer.foreign(
                        rng,
                        sex,
                        birth,
                        nationality,
                        self._today,
                        family_part=family if sex is Sex.MALE else None,
                    )
                )
            )
        draft.marry(adults[0], adults[1])
        mother_age = self._today.year - draft.people[adults[1]].birth_day.year
        for child_age in [
            years for years in self._child_ages(rng, mother_age, rng.randint(0, 2)) if years <= 17
        ]:
            sex = Sex.MALE if rng.random() < 0.5 else Sex.FEMALE
            birth = birth_at_age(rng, child_age, self._today)
            child = self._namer.foreign(
                rng, sex, birth, nationality, self._today, family_part=family, status="家族滞在"
            )
            child.father, child.mother = adults[0], adults[1]
            draft.add(child)
        away, reason = self._abroad(rng, nationality.name)
        self._found(draft, self._settle(draft, adults[1], 4), adults[0], away=away, reason=reason)
        return self._story(draft)

    def _special_permanent(self, rng: random.Random) -> Story:
        draft = self._draft(rng, 0.3)
        family = rng.randrange(5)
        age = rng.randint(30, 88)
        sex = Sex.MALE if rng.random() < 0.5 else Sex.FEMALE
        person = draft.add(
            self._namer.special_permanent(rng, sex, birth_at_age(rng, age, self._today), family)
        )
        self._found(draft, self._settle(draft, person, 25, native=0.4), person)
        return self._story(draft)

    def _mixed_couple(self, rng: random.Random) -> Story:
        draft = self._draft(rng, 0.4)
        surname = self._namer.surname(rng)
        age = rng.randint(30, 62)
        husband = self._japanese(draft, Sex.MALE, age, surname)
        nationality = self._namer.nationality(rng)
        birth = birth_at_age(rng, max(22, age - rng.randint(0, 9)), self._today)
        wife = draft.add(
            self._namer.foreign(rng, Sex.FEMALE, birth, nationality, self._today, status="日本人の配偶者等")
        )
        draft.marry(husband, wife)
        wife_age = self._today.year - birth.year
        ages = [years for years in self._child_ages(rng, wife_age, rng.randint(0, 2)) if years <= 24]
        children = self._children(draft, husband, wife, ages, surname)
        self._register(draft, [husband, *children], husband)
        self._found(draft, self._settle(draft, wife, 8), husband)
        return self._story(draft)

    def _gone_old(self, rng: random.Random) -> Story:
        """The last member of a household has died."""
        draft = self._single(rng, self._old_age(rng), 25, apartment=0.2, female=0.6)
        self._dies(draft, 0, None)
        return self._story(draft)
