"""The special households of ``seed/special_households.toml``: rare but lawful cases that every screen must bear.

A day is a TOML date, or ``"-20"`` / ``"+14"`` for days counted from the day of the run, so that periods that are short
by law (出生による経過滞在者, 転出予定) are running whenever the town is made.
"""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from residentapp.core.dates import DateField, DateValue, parse_date
from residentapp.residents.types import ChangeReason, ForeignCategory, ResidentKind, ResidentState, Sex
from residentapp.seeding.events import NO_HEAD, Event, EventKind, Story
from residentapp.seeding.people import ForeignFacts, Person, day_value
from residentapp.seeding.places import Away, Place, Places
from residentapp.seeding.sources import SeedData, SeedDataError

_REASONS = {reason.label: reason for reason in ChangeReason if reason.label not in ("改製", "再製")} | {
    "改製": ChangeReason.RECORD_REBUILD,
    "改製（消除）": ChangeReason.REMOVE_REBUILD,
}
#: Columns of the snapshot that hold a date as written.
_DATE_VALUES = frozenset(
    {
        "birth_date",
        "removal_occurred_on",
        "address_set_on",
        "became_resident_on",
        "became_foreign_resident_on",
    }
)
_DAYS = frozenset(
    {"residence_expires_on", "alias_recorded_on", "alias_deleted_on", "removed_on", "rebuilt_on"}
)


def special_stories(data: SeedData, places: Places, rng: random.Random, today: dt.date) -> list[Story]:
    """All special households in the order of the file.

    :raises SeedDataError: when the file contradicts itself.
    """
    stories = []
    for entry in data.special_households:
        try:
            stories.append(_Reader(entry, data, places, rng, today).story())
        except (KeyError, ValueError, TypeError) as error:
            raise SeedDataError(f"special household {entry.get('label', '?')}: {error!r}") from error
    return stories


class _Reader:
    """Reads one household."""

    def __init__(
        self, entry: dict[str, Any], data: SeedData, places: Places, rng: random.Random, today: dt.date
    ) -> None:
        self._entry = entry
        self._data = data
        self._places = places
        self._rng = rng
        self._today = today
        self._ids = {person["id"]: place for place, person in enumerate(entry["people"])}

    def story(self) -> Story:
        people = [self._person(person) for person in self._entry["people"]]
        events = [self._founding(), *(self._event(event) for event in self._entry.get("events", []))]
        remarks = {
            self._ids[person["id"]]: person["remark"]
            for person in self._entry["people"]
            if "remark" in person
        }
        protected = tuple(self._ids[name] for name in self._entry.get("protected", []))
        offender = self._ids[self._entry["offender"]] if "offender" in self._entry else None
        return Story(people, events, protected, self._entry["label"], remarks, offender)

    # ---- people

    def _person(self, entry: dict[str, Any]) -> Person:
        foreign = self._foreign(entry["foreign"]) if "foreign" in entry else None
        birth = self._date(entry["birth"])
        return Person(
            sex=Sex(entry["sex"]),
            birth=birth.in_seireki() if foreign is not None and birth.exact is not None else birth,
            family=entry.get("family", ""),
            given=entry.get("given", ""),
            family_kana=entry.get("family_kana", ""),
            given_kana=entry.get("given_kana", ""),
            father=self._other(entry, "father"),
            mother=self._other(entry, "mother"),
            spouse=self._other(entry, "spouse"),
            unregistered_spouse=entry.get("unregistered", False),
            relation=entry.get("relation"),
            domicile=None if foreign else entry.get("domicile") or f"{self._data.place_name}本町一丁目1番",
            register_head=None
            if foreign
            else entry.get("register_head") or f"{entry['family']}　{entry['given']}",
            foreign=foreign,
            guardianship=entry.get("guardianship", False),
        )

    def _other(self, entry: dict[str, Any], name: str) -> int | None:
        return self._ids[entry[name]] if name in entry else None

    def _foreign(self, entry: dict[str, Any]) -> ForeignFacts:
        registered = entry.get("former_registration_on")
        return ForeignFacts(
            nationality=entry["nationality"],
            nationality_code=entry["nationality_code"],
            category=ForeignCategory(entry["category"]),
            name_alphabet=entry.get("alphabet"),
            name_kanji=entry.get("kanji"),
            name_kana=entry["kana"],
            alias=entry.get("alias"),
            alias_kana=entry.get("alias_kana"),
            alias_recorded_on=entry.get("alias_recorded_on"),
            status=entry.get("status"),
            period=entry.get("period"),
            expires_on=self._day(entry["expires_on"]) if "expires_on" in entry else None,
            card_number=entry.get("card_number"),
            special_number=entry.get("special_number"),
            former_registration_on=self._date(registered) if registered is not None else None,
            landing_permit=entry.get("landing_permit"),
            previous_aliases=list(entry.get("previous_aliases", [])),
        )

    # ---- days

    def _day(self, value: dt.date | str) -> dt.date:
        if isinstance(value, dt.date):
            return value
        return self._today + dt.timedelta(days=int(value))

    def _date(self, value: dt.date | str) -> DateValue:
        """A TOML date, days from today (「-20」), or a writing of the record (「昭和20年月日不詳」)."""
        if isinstance(value, dt.date) or value[0] in "+-":
            return day_value(self._day(value))
        return parse_date(value, DateField.BIRTH)

    # ---- events

    def _place(self, entry: dict[str, Any]) -> Place:
        return self._places.at(self._places.town_by_code(entry["town"]), entry["lot"], entry.get("building"))

    def _away(self, entry: dict[str, Any]) -> Away | None:
        if "abroad" in entry:
            return Away(None, None, entry["abroad"])
        if entry.get("from_elsewhere") or entry.get("to_elsewhere"):
            return self._places.elsewhere(self._rng)
        return None

    def _head(self, name: str | None) -> int | None:
        return None if name is None else NO_HEAD if name == "" else self._ids[name]

    def _founding(self) -> Event:
        entry = self._entry
        reason = _REASONS[entry["reason"]]
        old = reason is ChangeReason.RECORD_REBUILD
        day = self._data.computerised_on if old else self._day(entry["day"])
        who = entry.get("members") or [person["id"] for person in entry["people"]]
        return Event(
            day,
            EventKind.FOUND,
            reason,
            tuple(self._ids[name] for name in who),
            place=self._place(entry),
            head=self._head(entry["head"]),
            away=self._away(entry),
            since=self._date(entry["since"]) if "since" in entry else None,
        )

    def _event(self, entry: dict[str, Any]) -> Event:
        return Event(
            self._day(entry["day"]),
            EventKind(entry["kind"]),
            _REASONS[entry["reason"]],
            tuple(self._ids[name] for name in entry.get("who", [])),
            household=entry.get("household", 0),
            into=entry.get("into"),
            place=self._place(entry) if "town" in entry else None,
            away=self._away(entry),
            head=self._head(entry.get("head")),
            moved_on=self._date(entry["moved_on"]) if "moved_on" in entry else None,
            items={name: self._item(name, value) for name, value in entry.get("items", {}).items()},
            note=entry.get("note"),
        )

    def _item(self, name: str, value: Any) -> object:
        """A column's value from its text; the empty text empties it."""
        if value == "":
            return None
        if name in _DATE_VALUES:
            return self._date(value)
        if name in _DAYS:
            return self._day(value)
        kinds: dict[str, type[ResidentKind | ResidentState | ForeignCategory]] = {
            "resident_kind": ResidentKind,
            "state": ResidentState,
            "foreign_category": ForeignCategory,
        }
        return kinds[name](value) if name in kinds else value
