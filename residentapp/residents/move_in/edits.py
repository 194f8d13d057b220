"""Changes of an entry that the page offers besides typing: people added and removed, values reused (RR-4.0.10a).

Pure functions: an entry in, an entry out.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from residentapp.core.dates import to_wareki
from residentapp.residents.move_in.fields import MEMBER_FIELDS
from residentapp.residents.move_in.rules.household import HEAD
from residentapp.residents.move_in.rules.reading import relationship_text
from residentapp.residents.move_in.types import MemberEntry, MoveInEntry, MoveInKind, Scope
from residentapp.residents.rules.relationship_proof import ProofDocument, is_kin
from residentapp.residents.types import ResidentKind


def new_entry(kind: MoveInKind, today: dt.date) -> MoveInEntry:
    """An empty entry with one person: 届出日 is today (RR-4.1.0.2), 異動日 blank (RR-4.0.3a)."""
    resident_kind = ResidentKind.FOREIGN if kind.article else ResidentKind.JAPANESE
    return MoveInEntry(
        kind=kind,
        notified_on=to_wareki(today),
        members=(MemberEntry(key="m1", resident_kind=resident_kind),),
    )


def with_members(entry: MoveInEntry, members: tuple[MemberEntry, ...]) -> MoveInEntry:
    """The entry with other people."""
    return replace(entry, members=members)


def proved_by_papers(entry: MoveInEntry) -> MoveInEntry:
    """The entry as the papers of another municipality give it, with what they prove chosen already (RR-1.1.11d).

    A 転出証明書 tells the 続柄 of the 住民票 that was left. Where a foreign resident and the head had the same 世帯主
    there, it proves the 続柄 here; the clerk sees it beside the field and may choose otherwise.
    """
    head = next((member for member in entry.members if relationship_text(member) == HEAD), None)
    if head is None or not head.previous_head_name:
        return entry

    def proved(member: MemberEntry) -> MemberEntry:
        same = member.previous_head_name == head.previous_head_name
        if not (member.is_foreign and same and is_kin(relationship_text(member))):
            return member
        return replace(member, relationship_proof=ProofDocument.MOVE_OUT.value)

    return with_members(entry, tuple(proved(member) for member in entry.members))


def _next_key(entry: MoveInEntry) -> str:
    numbers = [int(member.key[1:]) for member in entry.members if member.key[1:].isdigit()]
    return f"m{max(numbers, default=0) + 1}"


def family_name(name: str) -> str:
    """氏 of a name with a space, with that space; empty when there is none."""
    family, space, _given = name.replace(" ", "\u3000").partition("\u3000")
    return family + "\u3000" if space else ""


#: What the last person's entry shares with the next, of whichever kind they are.
_OF_THE_LAST = (
    "previous_postal_code",
    "previous_address_code",
    "previous_address",
    "previous_head_name",
    "unreported_address",
)


def shared_texts(
    kind: ResidentKind, last: Mapping[str, Any], alike: Mapping[str, Any] | None
) -> dict[str, str]:
    """What a family usually shares (RR-4.0.10a), as texts for the entry of a further person. 旧氏 never.

    :param last: texts of the person entered last.
    :param alike: texts of the last person of the same kind; None when there is none.
    """
    texts = {name: str(last.get(name, "")) for name in _OF_THE_LAST}
    if alike is not None and kind is ResidentKind.JAPANESE:
        texts |= {name: family_name(str(alike.get(name, ""))) for name in ("name", "name_kana")}
        texts |= {name: str(alike.get(name, "")) for name in ("registered_domicile", "register_head")}
    return texts


def add_member(entry: MoveInEntry, kind: ResidentKind, *, reuse: bool) -> MoveInEntry:
    """Add a person at the end.

    :param reuse: take over what a family usually shares (RR-4.0.10a): 氏 and its フリガナ and 本籍・筆頭者 from the
        last person of the same kind, 転入前住所 and 転入前の世帯主 from the last person. 旧氏 never.
    """
    member = MemberEntry(key=_next_key(entry), resident_kind=kind)
    if reuse and entry.members:
        alike = [asdict(other) for other in entry.members if other.resident_kind is kind]
        texts = shared_texts(kind, asdict(entry.members[-1]), alike[-1] if alike else None)
        member = replace(member, **texts)  # type: ignore[arg-type]
    return replace(entry, members=(*entry.members, member))


def remove_member(entry: MoveInEntry, key: str) -> MoveInEntry:
    """Take a person out of the entry."""
    return replace(entry, members=tuple(member for member in entry.members if member.key != key))


def change_kind(entry: MoveInEntry, key: str, kind: ResidentKind) -> MoveInEntry:
    """Make a person a Japanese or a foreign resident; items that only the other kind has are emptied."""

    def changed(member: MemberEntry) -> MemberEntry:
        foreign_to_it = {spec.name: "" for spec in MEMBER_FIELDS if not spec.belongs_to(kind)}
        return replace(member, resident_kind=kind, **foreign_to_it)

    return _with(entry, key, changed)


def _with(entry: MoveInEntry, key: str, change: Callable[[MemberEntry], MemberEntry]) -> MoveInEntry:
    return replace(
        entry,
        members=tuple(change(member) if member.key == key else member for member in entry.members),
    )


class Shared(enum.StrEnum):
    """What can be given to all at once."""

    REGISTER = "register"
    PREVIOUS = "previous"

    @property
    def label(self) -> str:
        """Label of the button."""
        return {
            "register": "本籍・筆頭者を日本人住民の全員に入れる",
            "previous": "転入前住所を全員に入れる",
        }[self.value]


_SHARED_FIELDS: dict[Shared, tuple[str, ...]] = {
    Shared.REGISTER: ("registered_domicile", "register_head"),
    Shared.PREVIOUS: (
        "previous_postal_code",
        "previous_address_code",
        "previous_address",
        "previous_head_name",
        "unreported_address",
    ),
}


def apply_to_all(entry: MoveInEntry, key: str, what: Shared) -> MoveInEntry:
    """Give one person's 本籍・筆頭者 or 転入前住所 to everyone who has the item (RR-4.0.6b)."""
    source = next((member for member in entry.members if member.key == key), None)
    if source is None:
        return entry
    values = {name: getattr(source, name) for name in _SHARED_FIELDS[what]}

    def given(member: MemberEntry) -> MemberEntry:
        if what is Shared.REGISTER and member.is_foreign:
            return member
        return replace(member, **values)

    return replace(entry, members=tuple(given(member) for member in entry.members))


@dataclass(frozen=True)
class DomicileChoice:
    """One place that may be the 本籍 as well (RR-4.0.6a).

    :param source: where it comes from, as the picker says it.
    :param register_head: 筆頭者 that goes with it, when known.
    """

    value: str
    source: str
    text: str
    register_head: str = ""


def domicile_choices(
    entry: MoveInEntry, member: MemberEntry, household: Sequence[tuple[str, str, str, str]] = ()
) -> list[DomicileChoice]:
    """What the 本籍 of a person may be chosen from: 現住所, 転入前住所, 世帯主の本籍, 世帯員の本籍.

    :param household: (続柄, 氏名, 本籍, 筆頭者) of people of the existing household whom the actor may see.
    """
    choices: list[DomicileChoice] = []
    if entry.scope is Scope.WHOLE and entry.town.strip() and entry.lot.strip():
        choices.append(DomicileChoice("current", "現住所", entry.town.strip() + entry.lot.strip()))
    if member.previous_address.strip():
        choices.append(DomicileChoice("previous", "転入前住所", member.previous_address.strip()))
    for other in entry.members:
        if other.key != member.key and not other.is_foreign and other.registered_domicile.strip():
            head = "世帯主の本籍" if relationship_text(other) == HEAD else "世帯員の本籍"
            choices.append(
                DomicileChoice(
                    f"member-{other.key}",
                    f"{head}（{other.display_name}）",
                    other.registered_domicile.strip(),
                    other.register_head.strip(),
                )
            )
    for position, (relationship, name, domicile, register_head) in enumerate(household):
        if domicile:
            head = "世帯主の本籍" if relationship == HEAD else "世帯員の本籍"
            choices.append(
                DomicileChoice(f"household-{position}", f"{head}（{name}）", domicile, register_head)
            )
    return choices


def take_domicile(entry: MoveInEntry, key: str, choice: DomicileChoice) -> MoveInEntry:
    """Enter a chosen 本籍, and the 筆頭者 that goes with it when there is none yet."""

    def changed(member: MemberEntry) -> MemberEntry:
        head = member.register_head or choice.register_head
        return replace(member, registered_domicile=choice.text, register_head=head)

    return _with(entry, key, changed)


#: The 氏名 as the record has it: its characters may not survive the exchange (RR-4.1.1.2c).
_OWN_NAME = ("name", "name_alphabet")


def take_over_record(
    entry: MoveInEntry, key: str, number: str, recorded: Mapping[str, str], *, own_name: bool = False
) -> MoveInEntry:
    """Let a person continue a removed record (RR-4.1.1.2c).

    What the record holds fills the blanks; what was typed or came with the papers stays, because it is newer.
    外国人住民となった年月日 goes on only for somebody who moves within Japan; who comes from abroad starts anew.

    :param recorded: the record's items as text, only those the actor may see.
    :param own_name: the 氏名 of the record wins over the entry's (特例転入, RR-4.1.1.2c).
    """

    def changed(member: MemberEntry) -> MemberEntry:
        blanks = {
            name: text
            for name, text in recorded.items()
            if text
            and not getattr(member, name).strip()
            and (name != "became_foreign_resident_on" or entry.kind is MoveInKind.DOMESTIC)
        }
        if own_name:
            blanks |= {name: recorded[name] for name in _OWN_NAME if recorded.get(name)}
        return replace(member, re_entry=number, **blanks)  # type: ignore[arg-type]

    return _with(entry, key, changed)


def choose_household(entry: MoveInEntry, number: str) -> MoveInEntry:
    """一部: the people join this household. An empty number takes the choice back."""
    scope = Scope.PART if number else entry.scope
    return replace(entry, household_number=number, scope=scope)


def drop_re_entry(entry: MoveInEntry, key: str) -> MoveInEntry:
    """Treat a person as new again; what was taken over stays for the clerk to correct."""
    return _with(entry, key, lambda member: replace(member, re_entry=""))
