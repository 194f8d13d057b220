"""Invented persons: names, birth dates, what a foreign resident has besides."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from functools import lru_cache

from residentapp.core.dates import DateValue
from residentapp.residents.types import ForeignCategory, Sex
from residentapp.seeding.sources import NamePart, Nationality, SeedData

#: Days that are left of a term of stay: a few terms end soon, and a few have ended while a notice is on its way.
TERM_LEFT = (-30, 1700)


@lru_cache(maxsize=65_536)
def day_value(day: dt.date, western: bool = False) -> DateValue:
    """A calendar day as the record holds it."""
    return DateValue.of(day, western=western)


@dataclass(slots=True)
class ForeignFacts:
    """What only a foreign resident's record has (RR-1.1.2)."""

    nationality: str
    nationality_code: str
    category: ForeignCategory
    name_alphabet: str | None
    name_kanji: str | None
    name_kana: str
    alias: str | None = None
    alias_kana: str | None = None
    alias_recorded_on: dt.date | None = None
    status: str | None = None
    period: str | None = None
    expires_on: dt.date | None = None
    card_number: str | None = None
    special_number: str | None = None
    former_registration_on: DateValue | None = None
    landing_permit: bool | None = None
    previous_aliases: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Person:
    """One invented person; links are places in the story's list of people."""

    sex: Sex
    birth: DateValue
    family: str
    given: str
    family_kana: str
    given_kana: str
    father: int | None = None
    mother: int | None = None
    spouse: int | None = None
    unregistered_spouse: bool = False
    relation: str | None = None
    """A fixed 続柄 (縁故者, 同居人) where the family tree gives none."""
    domicile: str | None = None
    register_head: str | None = None
    former_name: str | None = None
    former_name_kana: str | None = None
    former_name_on: dt.date | None = None
    foreign: ForeignFacts | None = None
    guardianship: bool = False

    @property
    def birth_day(self) -> dt.date:
        """The concrete day held inside the birth date."""
        return self.birth.sort

    @property
    def is_foreign(self) -> bool:
        """外国人住民 or not."""
        return self.foreign is not None

    @property
    def name(self) -> str:
        """氏名 as it stands in others' records (世帯主の氏名)."""
        if self.foreign is None:
            return f"{self.family}　{self.given}" if self.given else self.family
        parts = (self.foreign.name_alphabet, self.foreign.name_kanji)
        return "　".join(part for part in parts if part)

    @property
    def kana(self) -> str:
        """フリガナ of the 氏名."""
        if self.foreign is not None:
            return self.foreign.name_kana
        return f"{self.family_kana}　{self.given_kana}" if self.given_kana else self.family_kana


def age_in_years(birth: dt.date, on: dt.date) -> int:
    """Full years by birthdays; good enough to invent people, the law's ages are in ``core.ages``."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def birthday_of(birth: dt.date, age: int) -> dt.date:
    """The day a person turns an age; 29 February falls on 28 February."""
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:
        return birth.replace(year=birth.year + age, day=28)


def random_day(rng: random.Random, first: dt.date, last: dt.date) -> dt.date:
    """A day from ``first`` to ``last``, never after ``last``."""
    span = (last - first).days
    return last if span <= 0 else first + dt.timedelta(days=rng.randint(0, span))


def birth_at_age(rng: random.Random, age: int, today: dt.date) -> dt.date:
    """A birth day of someone who is ``age`` years old today."""
    last = today.replace(year=today.year - age, day=min(today.day, 28))
    return last - dt.timedelta(days=rng.randint(0, 363))


class Namer:
    """Draws names in the fashion of the birth year."""

    def __init__(self, data: SeedData) -> None:
        self._data = data

    def surname(self, rng: random.Random) -> NamePart:
        """A surname."""
        return self._data.surnames.draw(rng)

    def given(self, rng: random.Random, sex: Sex, birth: dt.date) -> NamePart:
        """A given name."""
        decade = min(max(birth.year // 10 * 10, 1900), 2020)
        return self._data.given_names[(sex.value, decade)].draw(rng)

    def japanese(self, rng: random.Random, sex: Sex, birth: dt.date, surname: NamePart) -> Person:
        """A Japanese resident of a family."""
        given = self.given(rng, sex, birth)
        return Person(sex, day_value(birth), surname.writing, given.writing, surname.kana, given.kana)

    def nationality(self, rng: random.Random) -> Nationality:
        """A nationality by its share."""
        return self._data.nationalities.draw(rng)

    def foreign(
        self, rng: random.Random, sex: Sex, birth: dt.date, nationality: Nationality, today: dt.date, *,
        family_part: int | None = None, status: str | None = None,
    ) -> Person:  # fmt: skip
        """A 中長期在留者. Card numbers begin with ZZ, which marks them as invented."""
        family = (
            nationality.family[family_part] if family_part is not None else rng.choice(nationality.family)
        )
        given = rng.choice(nationality.male if sex is Sex.MALE else nationality.female)
        chosen = status or rng.choice(nationality.statuses)
        permanent = chosen == "永住者"
        facts = ForeignFacts(
            nationality=nationality.name,
            nationality_code=nationality.code,
            category=ForeignCategory.MID_TO_LONG_TERM,
            name_alphabet=f"{family.alphabet} {given.alphabet}",
            name_kanji=f"{family.kanji}　{given.kanji}" if family.kanji and given.kanji else None,
            name_kana=f"{family.kana}　{given.kana}",
            status=chosen,
            period="無期限" if permanent else rng.choice(("1年", "3年", "5年")),
            expires_on=None if permanent else today + dt.timedelta(days=rng.randint(*TERM_LEFT)),
            card_number=f"ZZ{rng.randint(0, 99_999_999):08d}{_letters(rng)}",
        )
        if permanent and rng.random() < 0.35:
            self._give_alias(rng, facts, sex, birth, today)
        return Person(
            sex,
            day_value(birth, True),
            family.alphabet,
            given.alphabet,
            family.kana,
            given.kana,
            foreign=facts,
        )

    def _give_alias(
        self, rng: random.Random, facts: ForeignFacts, sex: Sex, birth: dt.date, today: dt.date
    ) -> None:
        surname, given = self.surname(rng), self.given(rng, sex, birth)
        facts.alias = f"{surname.writing}　{given.writing}"
        facts.alias_kana = f"{surname.kana}　{given.kana}"
        facts.alias_recorded_on = random_day(rng, dt.date(2012, 7, 9), today)

    def special_permanent(self, rng: random.Random, sex: Sex, birth: dt.date, family_part: int) -> Person:
        """A 特別永住者, usually with a 通称."""
        names = self._data.special_permanent
        code, nationality = names.nationalities.draw(rng)
        family = names.family[family_part % len(names.family)]
        given = rng.choice(names.male if sex is Sex.MALE else names.female)
        facts = ForeignFacts(
            nationality=nationality,
            nationality_code=code,
            category=ForeignCategory.SPECIAL_PERMANENT,
            name_alphabet=None,
            name_kanji=f"{family[0]}　{given[0]}",
            name_kana=f"{family[1]}　{given[1]}",
            special_number=f"ZY{rng.randint(0, 99_999_999):08d}{_letters(rng)}",
            former_registration_on=day_value(birth + dt.timedelta(days=rng.randint(20, 60)))
            if birth.year < 2012
            else None,
        )
        if rng.random() < 0.85:
            facts.alias = f"{family[2]}　{given[2]}"
            facts.alias_kana = f"{family[3]}　{given[3]}"
            facts.alias_recorded_on = dt.date(2012, 7, 9)
        return Person(sex, day_value(birth, True), family[0], given[0], family[1], given[1], foreign=facts)


def _letters(rng: random.Random) -> str:
    return rng.choice("ABCDEFGHJKLMN") + rng.choice("PQRSTUVWXYZ")
