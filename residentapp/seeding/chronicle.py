"""Tells a story as the register would have recorded it: changes, and a full snapshot per person and change.

Sources: RR-1.2.1 (snapshots, 履歴番号 from 1), RR-1.1.5 (除票), RR-1.1.14 (統合記載欄 type A), RR-5.2 (order).
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any

from residentapp.core.dates import DateValue
from residentapp.residents.history import ITEM_COLUMNS
from residentapp.residents.remarks.rules import Days, history_text
from residentapp.residents.rules.member_order import Member, order_members
from residentapp.residents.types import ChangeReason, ForeignCategory, ResidentKind, ResidentState
from residentapp.seeding.entitlements import entitlements
from residentapp.seeding.events import NO_HEAD, Event, Story
from residentapp.seeding.numbers import Numbers
from residentapp.seeding.people import Person, day_value
from residentapp.seeding.places import Place
from residentapp.seeding.relations import HEAD, relationships
from residentapp.seeding.told import Change, Desk, Household, Snapshot, Told

R = ChangeReason

#: Reasons that rest on a notification (届出, 令第11条): they carry a 届出日.
NOTIFIED = frozenset(
    {
        R.MOVE_IN_DOMESTIC, R.MOVE_IN_ABROAD, R.MOVE_OUT_DOMESTIC, R.MOVE_OUT_ABROAD, R.MOVE_WITHIN,
        R.HOUSEHOLD_SPLIT, R.HOUSEHOLD_MERGE, R.HOUSEHOLD_CHANGE, R.HEAD_CHANGE,
    }
)  # fmt: skip
_REQUESTED = frozenset({R.FORMER_NAME_RECORD, R.FORMER_NAME_CHANGE, R.FORMER_NAME_DELETE})
_APPLIED = frozenset({R.ALIAS_RECORD, R.ALIAS_DELETE})
_NOTICED = frozenset({R.BIRTH, R.DEATH})
_SATURDAY = 5
#: One person of so many has a フリガナ that is not confirmed.
_UNCONFIRMED = 53
_RESIDENT_LAW = dt.date(2012, 7, 9)
"""Day from which foreign residents have resident records."""
_EMPTY: dict[str, Any] = dict.fromkeys(ITEM_COLUMNS)
_WITH_PREVIOUS_ADDRESS = frozenset(
    {R.MOVE_IN_DOMESTIC, R.MOVE_IN_ABROAD, R.RECORD_REBUILD, R.RECORD_EX_OFFICIO}
)


class Chronicle:
    """Tells stories one after the other; keeps nothing of a story once it is told.

    :param desks: places where changes were entered; drawn at random.
    """

    def __init__(
        self, numbers: Numbers, desks: Sequence[Desk], municipality: tuple[str, str], today: dt.date
    ) -> None:
        self._numbers = numbers
        self._desks = desks
        self._municipality = municipality
        self._today = today

    def tell(self, story: Story, rng: random.Random) -> Told:
        """The changes of a story in their order.

        :raises ValueError: when its events contradict each other.
        """
        return _Telling(self._numbers, self._desks, self._municipality, self._today, story, rng).told()


class _Telling:
    def __init__(
        self,
        numbers: Numbers,
        desks: Sequence[Desk],
        municipality: tuple[str, str],
        today: dt.date,
        story: Story,
        rng: random.Random,
    ) -> None:
        self.numbers = numbers
        self.desks = desks
        self.municipality = municipality
        self.today = today
        self.story = story
        self.people = story.people
        self.rng = rng
        self.households: dict[int, Household] = {}
        self.home: dict[int, int] = {}
        self.items: dict[int, dict[str, Any]] = {}
        self.counts: dict[int, int] = {}
        #: Items of each person's last snapshot.
        self.written: dict[int, dict[str, Any]] = {}
        self.since: dict[int, dt.date] = {}
        self.last_day = dt.date.min
        self.result = Told(story, [], {}, {}, [], {}, {}, {})

    def told(self) -> Told:
        for event in sorted(self.story.events, key=lambda one: one.day):
            getattr(self, f"_{event.kind.value}")(event)
        latest: dict[int, Snapshot] = {}
        for change in self.result.changes:
            for snapshot in change.snapshots:
                latest[snapshot.person] = snapshot
        for person, snapshot in latest.items():
            snapshot.is_latest = True
            self.result.states[person] = snapshot.items["state"]
        self.result.households = list(self.households.values())
        return self.result

    # ---- changes

    def _change(self, event: Event, reason: ChangeReason | None = None) -> Change:
        reason = reason or event.reason
        processed = self._processing_day(event, reason)
        change = Change(
            id=self.numbers.change(),
            reason=reason,
            moved_on=event.moved_on or day_value(event.day),
            processed_on=processed,
            notified_on=processed if reason in NOTIFIED else None,
            applied_on=processed if reason in _APPLIED else None,
            noticed_on=processed if reason in _NOTICED else None,
            requested_on=processed if reason in _REQUESTED else None,
            desk=self.rng.choice(self.desks),
        )
        self.result.changes.append(change)
        return change

    def _processing_day(self, event: Event, reason: ChangeReason) -> dt.date:
        """Within the fourteen days of the law, on a weekday, never before an earlier entry or after today."""
        if reason is R.RECORD_REBUILD:
            day = event.day
        else:
            day = event.day + dt.timedelta(days=self.rng.randint(0, 11))
            if day.weekday() >= _SATURDAY:
                day += dt.timedelta(days=7 - day.weekday())
        self.last_day = min(max(day, self.last_day), self.today)
        return self.last_day

    def _write(self, change: Change, person: int, event: Event) -> None:
        items = self.items[person]
        items.update(
            entitlements(
                self.people[person], self.result.numbers[person], self.since[person], change.processed_on
            )
            if items["state"] is ResidentState.RESIDENT
            else {}
        )
        self.counts[person] = self.counts.get(person, 0) + 1
        after = dict(items)
        remark = history_text(
            change.reason, self.written.get(person), after, change.moved_on,
            days=Days(change.notified_on, change.applied_on, change.noticed_on, change.requested_on),
        )  # fmt: skip
        self.written[person] = after
        snapshot = Snapshot(
            person, self.result.numbers[person], self.counts[person], after, remark, note=event.note
        )
        change.snapshots.append(snapshot)

    # ---- households

    def _new_household(
        self, key: int, place: Place, head: int, members: Sequence[int], day: dt.date
    ) -> Household:
        if key in self.households:
            raise ValueError(f"household {key} is founded twice")
        household = Household(self.numbers.household(), place, head, list(members), day)
        self.households[key] = household
        for member in members:
            self.home[member] = key
        self._name_relations(household)
        return household

    def _name_relations(self, household: Household) -> None:
        if household.head == NO_HEAD:
            household.words = [""] * len(self.people)
        else:
            household.words = relationships(self.people, household.head)

    def _set_head_items(self, household: Household, person: int) -> None:
        items = self.items[person]
        head = household.head
        items["head_name"] = None if head == NO_HEAD else self.people[head].name
        items["relationship_to_head"] = household.words[person] or None

    def _set_order(self, household: Household) -> None:
        for place, person in enumerate(self._ordered(household), start=1):
            self.items[person]["member_order"] = place

    def _ordered(self, household: Household) -> list[int]:
        """Members by RR-5.2; plain couples with children are sorted at once, the rest by the rule itself."""
        members, words, people = household.members, household.words, self.people
        plain = {HEAD: 0, "妻": 1, "夫": 1, "子": 2}
        if all(words[member] in plain for member in members):
            key = {
                member: (plain[words[member]], people[member].birth_day, self.result.numbers[member])
                for member in members
            }
            return sorted(members, key=key.__getitem__)
        if not all(words[member] for member in members):
            return list(members)
        return [
            int(member.id)
            for member in order_members(
                [
                    Member(
                        id=str(member),
                        relationship=words[member],
                        birth=people[member].birth_day,
                        number=self.result.numbers[member],
                        register_head=people[member].register_head == people[member].name,
                        family_of=self._family_of(household, member),
                    )
                    for member in members
                ]
            )
        ]

    def _family_of(self, household: Household, member: int) -> str | None:
        """The member whose family in the household this one belongs to: the partner, or a parent, nearer the head."""
        word = household.words[member]
        terms = word.split("の")
        if len(terms) < 2 or terms[0] != "子":
            return None
        person = self.people[member]
        for other in (person.spouse, person.father, person.mother):
            if other is not None and other in household.members:
                nearer = household.words[other].split("の")
                if len(nearer) < len(terms) and nearer[0] == "子":
                    return str(other)
        return None

    def _set_address(self, person: int, place: Place, since: DateValue) -> None:
        self.items[person].update(
            postal_code=place.postal_code,
            address_code=place.town_code,
            address=place.address,
            building=place.building,
            address_set_on=since,
        )

    # ---- persons

    def _first_items(self, person: int, event: Event, place: Place, day: dt.date) -> None:
        """The record of a person who has none yet."""
        facts = self.people[person]
        number = self.numbers.addressee()
        self.result.numbers[person] = number
        self.result.first_days[person] = day
        self.result.individual_numbers[person] = self.numbers.individual()
        self.result.resident_codes[person] = self.numbers.resident_code()
        since = event.since or event.moved_on or day_value(event.day)
        if event.reason is not R.BIRTH and since.sort < facts.birth_day:
            since = day_value(facts.birth_day)
        self.since[person] = since.sort
        items = dict(_EMPTY)
        items.update(
            resident_kind=ResidentKind.FOREIGN if facts.is_foreign else ResidentKind.JAPANESE,
            state=ResidentState.RESIDENT,
            member_order=1,
            birth_date=facts.birth,
            sex=facts.sex,
            # A few have not answered yet. By the number, so that the town stays the same otherwise.
            name_kana_confirmed=int(number) % _UNCONFIRMED != 0,
            former_name_kana_confirmed=False,
            alias_kana_confirmed=False,
            previous_aliases=[],
            notified_on=None,
            adult_guardianship=facts.guardianship,
            number_card_state="交付済" if self.rng.random() < 0.78 else None,
            rebuilt_on=event.day if event.reason is R.RECORD_REBUILD else None,
        )
        if facts.foreign is None:
            items.update(
                name=facts.name,
                name_kana=facts.kana,
                registered_domicile=facts.domicile,
                register_head=facts.register_head,
                became_resident_on=since,
            )
        else:
            items.update(self._foreign_items(facts, since))
        if event.away is not None and event.reason in _WITH_PREVIOUS_ADDRESS and since.sort > facts.birth_day:
            items.update(
                previous_postal_code=event.away.postal_code,
                previous_address_code=event.away.address_code,
                previous_address=event.away.address,
            )
        self.items[person] = items
        address_since = event.address_since or since
        self._set_address(person, place, since if address_since.sort < since.sort else address_since)

    def _foreign_items(self, person: Person, since: DateValue) -> dict[str, Any]:
        facts = person.foreign
        assert facts is not None
        became = since if since.sort >= _RESIDENT_LAW else day_value(_RESIDENT_LAW)
        code, name = self.municipality
        return {
            "name": facts.name_kanji,
            "name_alphabet": facts.name_alphabet,
            "name_kana": facts.name_kana,
            "alias": facts.alias,
            "alias_kana": facts.alias_kana,
            "alias_kana_confirmed": facts.alias is not None,
            "alias_recorded_on": facts.alias_recorded_on,
            "alias_recorded_municipality": name if facts.alias else None,
            "alias_recorded_code": code if facts.alias else None,
            "previous_aliases": list(facts.previous_aliases),
            "became_foreign_resident_on": became,
            "foreign_category": facts.category,
            "nationality": facts.nationality,
            "nationality_code": facts.nationality_code,
            "residence_status": facts.status,
            "residence_period": facts.period,
            "residence_expires_on": facts.expires_on,
            "residence_card_number": facts.card_number,
            "special_permanent_number": facts.special_number,
            "former_registration_on": facts.former_registration_on,
            "residence_notified": facts.category is ForeignCategory.MID_TO_LONG_TERM,
            "landing_permit_move_in": facts.landing_permit,
        }

    # ---- kinds of events

    def _found(self, event: Event) -> None:
        assert event.place is not None and event.head is not None
        change = self._change(event)
        for person in event.who:
            self._first_items(person, event, event.place, change.processed_on)
        household = self._new_household(
            event.household, event.place, event.head, event.who, change.processed_on
        )
        self._set_order(household)
        self._record(change, event, household, event.who)

    def _join(self, event: Event) -> None:
        household = self.households[event.household]
        change = self._change(event)
        for person in event.who:
            self._first_items(person, event, household.place, change.processed_on)
            last = max((self.items[member]["member_order"] for member in household.members), default=0)
            household.members.append(person)
            self.home[person] = event.household
            self.items[person]["member_order"] = last + 1
        self._record(change, event, household, event.who)

    def _record(self, change: Change, event: Event, household: Household, who: Sequence[int]) -> None:
        for person in who:
            items = self.items[person]
            items["household_number"] = household.number
            items["notified_on"] = change.notified_on
            self._set_head_items(household, person)
            items.update(event.items)
            self._write(change, person, event)

    def _leave(self, event: Event) -> None:
        change = self._change(event)
        dead = event.reason is R.DEATH
        moved = event.reason in (R.MOVE_OUT_DOMESTIC, R.MOVE_OUT_ABROAD)
        state = ResidentState.DEAD if dead else ResidentState.MOVED_OUT if moved else ResidentState.REMOVED
        for person in event.who:
            items = self.items[person]
            items.update(
                state=state,
                removal_reason="転出" if moved else event.reason.label,
                removal_occurred_on=change.moved_on,
                removed_on=event.day if event.moved_on is None else change.processed_on,
            )
            if moved and event.away is not None:
                items.update(self._destination(event, change))
            items.update(event.items)
            self._write(change, person, event)
            self._depart(person)

    def _destination(self, event: Event, change: Change) -> dict[str, Any]:
        away = event.away
        assert away is not None
        planned = {
            "planned_destination": away.address,
            "planned_destination_code": away.address_code,
            "planned_destination_postal_code": away.postal_code,
            "removal_notified_on": change.notified_on,
        }
        if away.postal_code is None or self.rng.random() < 0.04:
            # Abroad nobody tells of the arrival; a few at home never notify it.
            return planned
        return planned | {
            "confirmed_destination": away.address,
            "confirmed_destination_code": away.address_code,
            "confirmed_destination_postal_code": away.postal_code,
            "move_in_notice_on": change.processed_on,
            "moved_out_on": event.day,
        }

    def _plan_leave(self, event: Event) -> None:
        """A 転出届 whose day has not come: the person is a resident until then (RR-1.1.5b)."""
        assert event.away is not None
        change = self._change(event)
        for person in event.who:
            self.items[person].update(
                removal_occurred_on=change.moved_on,
                planned_destination=event.away.address,
                planned_destination_code=event.away.address_code,
                planned_destination_postal_code=event.away.postal_code,
                removal_notified_on=change.notified_on,
            )
            self._write(change, person, event)

    def _depart(self, person: int) -> None:
        household = self.households[self.home.pop(person)]
        household.members.remove(person)
        if household.head == person:
            household.head = NO_HEAD

    def _move(self, event: Event) -> None:
        assert event.place is not None
        household = self.households[event.household]
        household.place = event.place
        change = self._change(event)
        for person in household.members:
            items = self.items[person]
            self._set_address(person, event.place, change.moved_on)
            items["notified_on"] = change.notified_on
            self._write(change, person, event)

    def _split(self, event: Event) -> None:
        assert event.into is not None and event.head is not None
        old = self.households[event.household]
        change = self._change(event)
        for person in event.who:
            self._depart(person)
        household = self._new_household(
            event.into, event.place or old.place, event.head, event.who, change.processed_on
        )
        self._set_order(household)
        for person in event.who:
            items = self.items[person]
            if event.place is not None:
                self._set_address(person, event.place, change.moved_on)
            items["household_number"] = household.number
            items["notified_on"] = change.notified_on
            self._set_head_items(household, person)
            self._write(change, person, event)

    def _head(self, event: Event) -> None:
        household = self.households[event.household]
        if not household.members:
            raise ValueError("an empty household cannot have a new head")
        assert event.head is not None
        if event.head != NO_HEAD and event.head not in household.members:
            raise ValueError("the new head is not a member")
        household.head = event.head
        self._name_relations(household)
        self._set_order(household)
        change = self._change(event)
        for person in household.members:
            self._set_head_items(household, person)
            self._write(change, person, event)

    def _amend(self, event: Event) -> None:
        change = self._change(event)
        for person in event.who:
            self.items[person].update(event.items)
            self._write(change, person, event)
