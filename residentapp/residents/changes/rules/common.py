"""Who, when and where: the rules that every kind of change shares (RR-4.0.1–4.0.3, RR-4.1.0.2, 法第23条, 第25条)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from residentapp.core.ages import same_day_months_before
from residentapp.core.dates import DateField, to_wareki
from residentapp.core.violations import Level, Violation
from residentapp.residents.changes.rules.catalogue import COMMON, person_field
from residentapp.residents.changes.rules.reading import moved_on, read_date
from residentapp.residents.changes.rules.shape import check_text
from residentapp.residents.changes.spec import ChangeSpec, Group, Subjects, Target
from residentapp.residents.changes.types import ChangeEntry, Days, Facts, Person, Scope
from residentapp.residents.ex_officio.types import Basis
from residentapp.residents.move_in.rules.reading import digits
from residentapp.residents.remarks.rules import open_places
from residentapp.residents.rules.terms import notification_due

DAY_LABELS = {
    "notified_on": "届出日",
    "applied_on": "申出日",
    "noticed_on": "通知日",
    "requested_on": "請求日",
}
#: 届出日 of 戸籍 and notices from elsewhere are one item of a change by 職権 (RR-4.2.0.4).
OFFICE_DAY_LABELS = {"noticed_on": "戸籍届出・通知日"}
PLACE_LABELS = {"town": "住所（町名まで）", "lot": "番地・号", "building": "方書"}
PLACE_LENGTHS = {"town": 100, "lot": 60, "building": 100}


def basis_of(spec: ChangeSpec, entry: ChangeEntry) -> Basis | None:
    """On what a change by 職権 rests; None for a 届出, and while it has not been chosen."""
    if len(spec.bases) == 1:
        return spec.bases[0]
    chosen = entry.text("basis")
    return next((basis for basis in spec.bases if basis == chosen), None)


def days_of(spec: ChangeSpec, entry: ChangeEntry) -> tuple[str, ...]:
    """The days besides 異動日 that this change has: those of its kind, and the one of what it rests on."""
    basis = basis_of(spec, entry)
    return (*spec.days, basis.day) if basis is not None and basis.day else spec.days


def offered_days(spec: ChangeSpec) -> tuple[str, ...]:
    """Every day besides 異動日 that a kind of change can have."""
    return tuple(dict.fromkeys((*spec.days, *(basis.day for basis in spec.bases if basis.day))))


def day_label(spec: ChangeSpec, name: str) -> str:
    """What a day of the change is called."""
    return (OFFICE_DAY_LABELS if spec.bases else {}).get(name, DAY_LABELS[name])


def recorded_on(days: Days, facts: Facts) -> dt.date:
    """届出の年月日: the 届出日; where the office records without one, the day of the record (法第7条第8号)."""
    return days.notified_on or facts.today


def check_subjects(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """異動者: chosen, residents, unchanged since, and not held back (RR-4.0.1, RR-3.1a)."""
    subjects = entry.subjects
    if not subjects:
        yield COMMON.found("CH-E001", "people")
        return
    if spec.subjects in (Subjects.ONE, Subjects.REMOVED, Subjects.LEAVING) and len(subjects) > 1:
        yield COMMON.found("CH-E002", "people")
    for person in entry.people:
        record = facts.person(person)
        if record is not None and record.history_number != person.seen:
            yield COMMON.found("CH-E004", person_field(person.key, "chosen"), name=record.name)
    for person in subjects:
        record = facts.person(person)
        if person.is_new:
            continue
        field = person_field(person.key, "chosen")
        if record is None:
            yield COMMON.found("CH-E006", field)
            continue
        if record.kind not in spec.kinds:
            yield COMMON.found("CH-E007", field, label=spec.label, kind=record.kind.label)
        if spec.subjects is Subjects.LEAVING:
            if not (record.has_left or record.is_moving_out):
                yield COMMON.found("CH-E008", field, name=record.name)
        elif spec.subjects not in (Subjects.REMOVED, Subjects.ANY):
            if not record.is_live:
                yield COMMON.found("CH-E003", field, name=record.name, state=record.state.label)
                continue
            if entry.household_number and record.household_number != entry.household_number:
                yield COMMON.found("CH-E006", field)
            if record.is_moving_out and record["removal_occurred_on"] is not None:
                day = record["removal_occurred_on"].wareki
                yield COMMON.found("CH-A002", field, name=record.name, day=day)
        home = facts.home(record.household_number)
        yield from _check_ward(spec, field, record, facts, hidden=home is not None and home.hidden)
        level = facts.levels.get(person.number)
        if level is Level.ERROR or (home is not None and home.hidden):
            # The same words for both: who may not know of a measure learns no more than that entry is held back.
            yield COMMON.found("CH-E005", field)
        elif level is Level.ALERT:
            yield COMMON.found("CH-A001", field, name=record.name)


def _check_ward(
    spec: ChangeSpec, field: str, record: Person, facts: Facts, *, hidden: bool
) -> Iterator[Violation]:
    """指定都市: where entry is limited to the own ward, the 異動者 live there (RR-4.0.1c); of a 除票, lived there.

    Of who may not be known to live anywhere nothing is said: CH-E005 bars it anyhow.
    """
    if not facts.wards.limited or facts.ward is None or spec.any_ward or hidden:
        return
    ward = facts.wards.of_address(record["address_code"])
    if ward is not None and ward != facts.ward:
        yield COMMON.found("CH-E009", field, name=record.name, ward=ward.name, own=facts.ward.name)


def check_days(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """異動日 and the day of notification, application, notice or request (RR-4.0.3a, RR-4.1.0.2, RR-4.2.0.4)."""
    moved, why = read_date(entry.text("moved_on"), spec.moved_on)
    if moved is None:
        if why:
            yield COMMON.found("CH-E011", "moved_on", label="異動日", why=why)
        else:
            remedy = "届出書か通知で異動日を確かめて入力してください。"
            yield COMMON.found("CH-E010", "moved_on", remedy=remedy)
    elif moved.sort > facts.today and not spec.future:
        yield COMMON.found("CH-E012", "moved_on")
    for name in days_of(spec, entry):
        label = day_label(spec, name)
        value, why = read_date(entry.text(name), DateField.OTHER)
        if value is None and not why and name in spec.optional_days:
            continue
        if value is None:
            code = "CH-E011" if why else "CH-E013"
            yield COMMON.found(code, name, label=label, why=why)
        elif value.sort > facts.today:
            yield COMMON.found("CH-E014", name, label=label)
        elif moved is not None and value.sort < moved.sort and not spec.future:
            yield COMMON.found("CH-E015", name, label=label)
    if moved is None or moved.sort > facts.today:
        return
    notified, _why = read_date(entry.text("notified_on"), DateField.OTHER)
    if "notified_on" in spec.days and notified is not None and moved.exact is not None and not spec.future:
        deadline = notification_due(moved.exact, facts.closed_days)
        if notified.sort > deadline:
            yield COMMON.found("CH-A010", "notified_on", deadline=to_wareki(deadline))
    if moved.exact is not None and moved.sort <= _a_year_before(facts.today):
        yield COMMON.found("CH-A011", "moved_on")
    for person in entry.subjects:
        record = facts.person(person)
        if record is None:
            continue
        if record.birth.exact is not None and moved.exact is not None and moved.sort < record.birth.sort:
            yield COMMON.found("CH-E016", "moved_on", name=record.name)
        since = record["address_set_on"]
        moves = spec.target in (Target.CHOOSE, Target.OWN, Target.JOIN, Target.GONE)
        if moves and since is not None and since.exact is not None and moved.sort < since.sort:
            yield COMMON.found("CH-A012", "moved_on", name=record.name, day=since.wareki)


def _a_year_before(day: dt.date) -> dt.date:
    return same_day_months_before(day, 12)


def check_place(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """The address of a new household: named, within the municipality, known (法第7条第7号, RR-1.3.2, RR-1.3.3)."""
    if spec.group is Group.NOTIFICATION:
        yield from check_text(entry.text("notifier"), "notifier", "届出人", 200)
    if spec.notes:
        yield from check_text(entry.text("notes"), "notes", "留意事項", 500, lines=True)
        if places := open_places(entry.text("notes")):
            yield COMMON.found("CH-E023", "notes", places="、".join(f"{{{place}}}" for place in places))
    if not asks_address(spec, entry):
        return
    for name, label in PLACE_LABELS.items():
        yield from check_text(entry.text(name), name, label, PLACE_LENGTHS[name])
    postal = digits(entry.text("postal_code"))
    if postal and not (len(postal) == 7 and postal.isascii() and postal.isdigit()):
        yield COMMON.found("CH-E022", "postal_code")
    town = entry.text("town")
    if not town:
        yield COMMON.found("CH-E020", "town")
        return
    if not within(town, facts):
        yield COMMON.found("CH-E021", "town", municipality=facts.municipality)
    elif not entry.text("address_code") or not facts.town_known:
        yield COMMON.found("CH-A021", "town")
    if not entry.text("lot"):
        yield COMMON.found("CH-A020", "lot")


def asks_address(spec: ChangeSpec, entry: ChangeEntry) -> bool:
    """Whether an address is typed: for a new household, where the kind of change has an address at all."""
    if spec.target is Target.CHOOSE:
        return entry.scope is Scope.WHOLE
    return spec.target is Target.OWN or spec.address


def within(address: str, facts: Facts) -> bool:
    """Whether an address names the own municipality; the prefecture may be left out."""
    return address.strip().startswith((facts.prefecture + facts.municipality, facts.municipality))


def notified_day(spec: ChangeSpec, entry: ChangeEntry, name: str) -> dt.date | None:
    """A day of the change where the kind of change has it (RR-1.2.1a); None otherwise."""
    if name not in days_of(spec, entry):
        return None
    value, _why = read_date(entry.text(name), DateField.OTHER)
    return value.exact if value is not None else None


def step_days(spec: ChangeSpec, entry: ChangeEntry) -> Days:
    """The days of a step, as typed."""
    return Days(**{name: notified_day(spec, entry, name) for name in DAY_LABELS})


__all__ = [
    "DAY_LABELS",
    "asks_address",
    "basis_of",
    "check_days",
    "check_place",
    "check_subjects",
    "day_label",
    "days_of",
    "moved_on",
    "notified_day",
    "offered_days",
    "recorded_on",
    "step_days",
    "within",
]
