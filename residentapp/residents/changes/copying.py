"""一括入力 of a change: names and addresses from one another and from the records that it is about (RR-4.0.10a)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.residents.changes.facts import visible
from residentapp.residents.changes.rules.catalogue import person_field
from residentapp.residents.changes.rules.common import asks_address
from residentapp.residents.changes.rules.shape import belongs_to
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.types import ChangeEntry, Facts, Person, PersonEntry, Role
from residentapp.residents.copying import Place, Source, Target, TargetKind, asked, place_of
from residentapp.residents.types import ResidentKind

#: Fields of a new person, and of a correction, that can be filled.
_FIELDS = {
    "name_alphabet": TargetKind.NAME,
    "name": TargetKind.NAME,
    "registered_domicile": TargetKind.DOMICILE,
    "register_head": TargetKind.HEAD,
    "previous_address": TargetKind.ADDRESS,
    "previous_head_name": TargetKind.HEAD,
}
#: An address in several fields: prefix of their names, label.
_PLACES = {"town": ("", "住所"), "planned_town": ("planned_", "転出先住所（予定）")}
_CODES = {"": ("postal_code", "address_code"), "planned_": ("planned_postal_code", "planned_code")}


def _kind_of(name: str, kind: ResidentKind) -> ResidentKind | None:
    if _FIELDS[name] is TargetKind.NAME:
        return kind
    return ResidentKind.JAPANESE if name == "register_head" else None


def _asked_of(spec: ChangeSpec, person: PersonEntry, actor: Actor) -> Iterator[tuple[str, str]]:
    """(field, label) of a new person's fields that can be taken from and filled."""
    if person.is_new and person.role is Role.SUBJECT:
        for ask in spec.person_asks:
            if ask.name in _FIELDS and belongs_to(ask, person.resident_kind) and visible(ask, actor):
                yield ask.name, ask.label


def sources(spec: ChangeSpec, entry: ChangeEntry, facts: Facts, actor: Actor) -> list[Source]:
    """What the entry says of new people and places, and what the records of its people say.

    Nothing of a household that the actor may not know, and no item that the actor may not see.
    """
    found = []
    for prefix, label in (_PLACES[name] for name in _placed(spec, entry)):
        place = _typed_place(entry, prefix)
        found.append(Source(f"typed-{prefix}town", label, place.whole, place))
    if any(ask.name == "planned_head" for ask in spec.asks):
        found.append(Source("planned_head", "転出先の世帯主", entry.text("planned_head")))
    new = [person for person in entry.people if person.is_new]
    for number, person in enumerate(new, start=1):
        for name, label in _asked_of(spec, person, actor):
            text = person.text(name)
            is_place = _FIELDS[name] in (TargetKind.DOMICILE, TargetKind.ADDRESS)
            place_or_none = place_of(text) if is_place else None
            kind = _kind_of(name, person.resident_kind)
            found.append(Source(f"{person.key}-{name}", f"{number}人目の{label}", text, place_or_none, kind))
    told: set[str] = set()
    for person in entry.people:
        record = facts.person(person)
        home = facts.homes.get(record.household_number) if record is not None else None
        if record is not None and record.is_live and not (home is not None and home.hidden):
            joined = person.role is Role.TARGET
            found += _of_record(person.key, record, actor, told, joined=joined)
    return found


def _of_record(key: str, record: Person, actor: Actor, told: set[str], *, joined: bool) -> Iterator[Source]:
    """What a record has; an address or a name that stands there already is not told twice."""
    who = record.relationship or "世帯員"
    yield Source(f"{key}-record-name", f"{who}の氏名", record.name, resident=record.kind)
    codes = {name: record[name] or "" for name in ("postal_code", "address_code")}
    own = replace(place_of(record["address"], **codes), building=record["building"] or "")
    label = "入る世帯の現住所" if joined else "いまの現住所"
    if label not in told:
        told.add(label)
        yield Source(f"{key}-record-address", label, own.whole, own, elsewhere=joined)
    if not record.is_foreign and actor.may(Permission.ITEM_REGISTERED_DOMICILE):
        domicile, head = record["registered_domicile"] or "", record["register_head"] or ""
        yield Source(f"{key}-record-domicile", f"{who}の本籍", domicile, place_of(domicile))
        yield Source(f"{key}-record-register", f"{who}の筆頭者", head, resident=ResidentKind.JAPANESE)
    previous = record["previous_address"] or ""
    yield Source(f"{key}-record-previous", f"{who}の転入前住所", previous, place_of(previous))
    yield Source(f"{key}-record-before", f"{who}の転入前の世帯主", record["previous_head_name"] or "")


def _typed_place(entry: ChangeEntry, prefix: str) -> Place:
    postal, code = _CODES[prefix]
    town, lot, building = (entry.text(prefix + name) for name in ("town", "lot", "building"))
    return Place(town, lot, building, entry.text(postal), entry.text(code))


def _placed(spec: ChangeSpec, entry: ChangeEntry) -> list[str]:
    found = ["town"] if asks_address(spec, entry) else []
    return found + [ask.name for ask in spec.asks if ask.name == "planned_town"]


def targets(spec: ChangeSpec, entry: ChangeEntry, actor: Actor) -> list[Target]:
    """The fields that can be filled."""
    found = [Target(name, _PLACES[name][1], TargetKind.PLACE) for name in _placed(spec, entry)]
    found += [Target(ask.name, ask.label, TargetKind.HEAD) for ask in spec.asks if ask.name == "planned_head"]
    new = [person for person in entry.people if person.is_new]
    for number, person in enumerate(new, start=1):
        for name, label in _asked_of(spec, person, actor):
            kind = _kind_of(name, person.resident_kind)
            key = person_field(person.key, name)
            found.append(Target(key, f"{number}人目の{label}", _FIELDS[name], kind))
    return found


def copy(
    spec: ChangeSpec, entry: ChangeEntry, facts: Facts, actor: Actor, sent: Mapping[str, str]
) -> tuple[ChangeEntry, str]:
    """The entry with what the page asks for, and the field that was filled; empty when it does not fit."""
    target, texts = asked(sources(spec, entry, facts, actor), targets(spec, entry, actor), sent)
    if target is None or texts is None:
        return entry, ""
    if target.kind is TargetKind.PLACE:
        prefix = _PLACES[target.key][0]
        postal, code = _CODES[prefix]
        values = {prefix + name: texts[name] for name in ("town", "lot", "building")}
        return entry.with_values(
            **values, **{postal: texts["postal_code"], code: texts["address_code"]}
        ), target.key
    parts = target.key.split("-")
    if len(parts) != 3:
        return entry.with_values(**{target.key: texts["text"]}), target.key
    person = next(each for each in entry.people if each.key == parts[1])
    filled = {parts[2]: texts["text"]}
    if parts[2] == "previous_address":
        filled |= {f"previous_{part}": texts[part] for part in ("postal_code", "address_code")}
    return entry.with_person(replace(person, values={**person.values, **filled})), target.key
