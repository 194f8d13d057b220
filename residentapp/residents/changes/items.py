"""Fields for items of the record, out of the one table that knows them (:mod:`residentapp.residents.move_in.fields`).

Sources: RR-1.1.1, RR-1.1.2 (items), RR-1.1.8a (which dates may be unknown), RR-10.4a (items shown by right).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from residentapp.core.dates import DateField
from residentapp.residents.changes.rules.household import joins
from residentapp.residents.changes.rules.shape import belongs_to
from residentapp.residents.changes.spec import Ask, ChangeSpec
from residentapp.residents.changes.types import ChangeEntry, Facts, Home, PersonEntry, Role, Scope
from residentapp.residents.move_in.edits import shared_texts
from residentapp.residents.move_in.fields import FIELDS_BY_NAME, Group
from residentapp.residents.move_in.rules.reading import date_field
from residentapp.residents.types import ResidentKind

#: Items that a move-in does not ask for, because it knows them, but that a correction must reach.
_MORE = {
    "address_set_on": Ask(
        "address_set_on", "住所を定めた年月日", "date", date=DateField.EVENT, group=Group.PERSON.label
    ),
    "notified_on": Ask("notified_on", "届出の年月日", "date", group=Group.PERSON.label),
    "last_registered_address": Ask(
        "last_registered_address", "最終登録住所地", longest=200, group=Group.PREVIOUS.label
    ),
}
#: Items whose field has another name than the record's column.
COLUMNS = {"relationship": "relationship_to_head"}


def ask_of(name: str, *, required: bool = False, prefill: bool = False, hint: str | None = None) -> Ask:
    """The field of an item.

    :param name: as in ``move_in.fields``.
    :param prefill: it begins with what the record says.
    :param hint: instead of the usual one.
    """
    made = _MORE.get(name)
    if made is None:
        spec = FIELDS_BY_NAME[name]
        made = Ask(
            name,
            spec.label,
            spec.kind.value,
            spec.hint,
            date=date_field(name),
            longest=spec.longest,
            choices=spec.choices,
            only=spec.only,
            permission=spec.permission,
            group=spec.group.label,
        )
    return replace(
        made,
        required=required,
        prefill=COLUMNS.get(name, name) if prefill else "",
        hint=made.hint if hint is None else hint,
    )


def item_asks(
    names: Iterable[str], *, prefill: bool = False, required: Iterable[str] = ()
) -> tuple[Ask, ...]:
    """The fields of several items."""
    needed = set(required)
    return tuple(ask_of(name, prefill=prefill, required=name in needed) for name in names)


# ---- 戸籍の表示 of somebody else, and other places a 本籍 is taken from (RR-4.0.6a, RR-4.2.0.3b)

ADDRESS, PREVIOUS = "address", "previous"


def home_in_question(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Home | None:
    """The household whose 戸籍の表示 can be quoted: the one that is joined, else the own; None when it is hidden."""
    number = entry.text("target_household") if joins(spec, entry) else entry.household_number
    home = facts.home(number)
    return home if home is not None and not home.hidden else None


def _sources(entry: ChangeEntry, facts: Facts, key: str) -> Sequence[tuple[str, str]]:
    found = [(ADDRESS, "現住所"), *([(PREVIOUS, "転入前住所")] if key else [])]
    for person in entry.people:
        record = facts.person(person)
        home = facts.homes.get(record.household_number) if record is not None else None
        if record is None or person.key == key or (home is not None and home.hidden):
            continue
        if record.kind is ResidentKind.JAPANESE and record.is_live:
            who = "世帯主" if record.is_head else record.relationship or "世帯員"
            found.append((person.key, f"{who}　{record.name}の戸籍の表示"))
    return found


#: Where the 本籍 is taken from. Everybody may quote: the fields that it fills are shown only to who may see them.
DOMICILE_FROM = Ask(
    "domicile_from",
    "本籍を写す元",
    "choice",
    "選んで「写す」を押すと、本籍（世帯員からは筆頭者も）が入ります。",
    only=ResidentKind.JAPANESE,
    options=_sources,
    fill="写す",
    group=Group.REGISTER.label,
)
DOMICILE_ITEMS = ("registered_domicile", "register_head")


def domicile_asks(*, required: bool = False, prefill: bool = False) -> tuple[Ask, ...]:
    """戸籍の表示 of a person, with the helper that quotes it."""
    needed = DOMICILE_ITEMS if required else ()
    return (DOMICILE_FROM, *item_asks(DOMICILE_ITEMS, prefill=prefill, required=needed))


def quote_domicile(spec: ChangeSpec, entry: ChangeEntry, facts: Facts, key: str) -> ChangeEntry:
    """The 本籍 from where the page says; of a household member the 筆頭者 too (RR-4.0.6a, RR-4.2.0.3b).

    Nothing is taken from a household that the actor may not know. What stands in the fields is replaced.

    :param key: of the person whose fields are filled; empty for fields of the change itself.
    """
    person = next((each for each in entry.people if each.key == key), None)
    values = person.values if person is not None else entry.values
    filled = _quoted(spec, entry, facts, person, values.get(DOMICILE_FROM.name, ""))
    if not filled:
        return entry
    if person is None:
        return entry.with_values(**filled)
    return entry.with_person(replace(person, values={**person.values, **filled}))


def _quoted(
    spec: ChangeSpec, entry: ChangeEntry, facts: Facts, person: PersonEntry | None, source: str
) -> dict[str, str]:
    home = home_in_question(spec, entry, facts)
    if source == ADDRESS:
        address = home.members[0]["address"] if home is not None else entry.text("town") + entry.text("lot")
        return {"registered_domicile": address} if address else {}
    if source == PREVIOUS:
        record = facts.person(person) if person is not None else None
        typed = person.text("previous_address") if person is not None else ""
        known = record["previous_address"] if record is not None else None
        text = typed or (known if home is not None else None)
        return {"registered_domicile": text} if text else {}
    quoted = next((each for each in entry.people if each.key == source), None)
    record = facts.person(quoted) if quoted is not None else None
    if record is None or home is None or record.household_number != home.number:
        return {}
    return {name: record[name] or "" for name in DOMICILE_ITEMS}


# ---- people


def further_person(spec: ChangeSpec, entry: ChangeEntry, kind: ResidentKind) -> PersonEntry:
    """One more person without a record, with what is shared with those entered before (twins, RR-4.0.10a)."""
    last = max((int(person.key[1:]) for person in entry.people), default=0)
    new = [person for person in entry.people if person.is_new]
    values: dict[str, str] = {}
    if new:
        alike = [person.values for person in new if person.resident_kind is kind]
        asked = {ask.name for ask in spec.person_asks if belongs_to(ask, kind)}
        shared = shared_texts(kind, new[-1].values, alike[-1] if alike else None)
        values = {name: text for name, text in shared.items() if text and name in asked}
    return PersonEntry(f"p{last + 1}", role=Role.SUBJECT, resident_kind=kind, values=values)


def to_household(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> ChangeEntry:
    """An entry for new people that was begun at a household: they join it (RR-4.0.2a)."""
    if not entry.household_number:
        return entry
    number = entry.household_number
    people = tuple(replace(each, role=Role.TARGET) if each.number else each for each in entry.people)
    entry = entry.with_values(target_household=number, scope=Scope.PART.value)
    return replace(entry, people=people, household_number="")
