"""一括入力 of a move-in: its names and addresses from one another, and the head of who is joined (RR-4.0.10a)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from residentapp.core.access.actor import Actor
from residentapp.residents.copying import Place, Source, Target, TargetKind, asked, place_of
from residentapp.residents.move_in.fields import FIELDS_BY_NAME
from residentapp.residents.move_in.rules import HouseholdFacts
from residentapp.residents.move_in.rules.catalogue import member_field
from residentapp.residents.move_in.types import MemberEntry, MoveInEntry, Scope
from residentapp.residents.types import ResidentKind

#: Fields of a person that can be taken from and filled, in the order of the page.
_FIELDS = {
    "name_alphabet": TargetKind.NAME,
    "name": TargetKind.NAME,
    "registered_domicile": TargetKind.DOMICILE,
    "register_head": TargetKind.HEAD,
    "previous_address": TargetKind.ADDRESS,
    "previous_head_name": TargetKind.HEAD,
}


def _own(member: MemberEntry, actor: Actor) -> list[str]:
    return [
        name
        for name in _FIELDS
        if FIELDS_BY_NAME[name].belongs_to(member.resident_kind) and FIELDS_BY_NAME[name].visible_to(actor)
    ]


def sources(entry: MoveInEntry, household: HouseholdFacts | None, actor: Actor) -> list[Source]:
    """What the entry says, as far as the actor may see it, and the head of the household that is joined."""
    found = []
    if entry.scope is Scope.WHOLE:
        place = Place(
            entry.town.strip(),
            entry.lot.strip(),
            entry.building.strip(),
            entry.postal_code,
            entry.address_code,
        )
        found.append(Source("address", "現住所", place.whole, place))
    head = household.head if household is not None and not household.hidden else None
    if head is not None:
        kind = ResidentKind.FOREIGN if head.foreign else ResidentKind.JAPANESE
        found.append(Source("head", "世帯主", head.name, resident=kind))
    for index, member in enumerate(entry.members):
        for name in _own(member, actor):
            text = getattr(member, name)
            written: Place | None = None
            if _FIELDS[name] in (TargetKind.DOMICILE, TargetKind.ADDRESS):
                written = place_of(text)
            if name == "previous_address":
                written = place_of(
                    text,
                    postal_code=member.previous_postal_code,
                    address_code=member.previous_address_code,
                )
            label = f"{index + 1}人目の{FIELDS_BY_NAME[name].label}"
            found.append(Source(f"{member.key}-{name}", label, text, written, _kind_of(member, name)))
    return found


def _kind_of(member: MemberEntry, name: str) -> ResidentKind | None:
    """Whose kind of name a field holds; who headed the household before nobody knows."""
    if _FIELDS[name] is TargetKind.NAME:
        return member.resident_kind
    return ResidentKind.JAPANESE if name == "register_head" else None


def targets(entry: MoveInEntry, actor: Actor) -> list[Target]:
    """The fields that can be filled."""
    found = [Target("town", "現住所", TargetKind.PLACE)] if entry.scope is Scope.WHOLE else []
    for index, member in enumerate(entry.members):
        for name in _own(member, actor):
            label = f"{index + 1}人目の{FIELDS_BY_NAME[name].label}"
            found.append(Target(member_field(index, name), label, _FIELDS[name], _kind_of(member, name)))
    return found


def copy(
    entry: MoveInEntry, household: HouseholdFacts | None, actor: Actor, sent: Mapping[str, str]
) -> tuple[MoveInEntry, str]:
    """The entry with what the page asks for, and the field that was filled; empty when it does not fit."""
    target, texts = asked(sources(entry, household, actor), targets(entry, actor), sent)
    if target is None or texts is None:
        return entry, ""
    if target.kind is TargetKind.PLACE:
        return replace(entry, **texts), target.key  # type: ignore[arg-type]
    index, name = int(target.key.split("-")[1]), target.key.split("-")[2]
    values = {name: texts["text"]}
    if name == "previous_address":
        values |= {f"previous_{part}": texts[part] for part in ("postal_code", "address_code")}
    members = list(entry.members)
    members[index] = replace(members[index], **values)  # type: ignore[arg-type]
    return replace(entry, members=tuple(members)), target.key
