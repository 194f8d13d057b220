"""一括入力: what stands in one field of an entry, or in the records it is about, taken into another (RR-4.0.10a).

Pure: sources and targets in, texts out. Names go into names, addresses into addresses; names of Japanese and of foreign
residents are kept apart; 旧氏 and 通称 are neither source nor target. The 現住所 of another household is never a source
for the 現住所 of this one, so that nobody changes only the room of a neighbour's address (RR-4.0.10b).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from residentapp.residents.types import ResidentKind

#: Behind the key of a name: only the 氏, with the space after it.
FAMILY = "|family"
#: Said when the two chosen do not go together.
NOT_COPIED = (
    "写せませんでした。写す元と写す先を選んでください。氏名は氏名の欄へ、住所は住所の欄へ写せます"
    "（日本人と外国人の氏名は別です。ほかの世帯の現住所は、現住所の欄には写せません）。"
)
_NUMBER = re.compile(r"[0-9０-９]")
_SPACES = re.compile(r"[ \u3000]+")
_LATIN = re.compile(r"[A-Za-z]")


@dataclass(frozen=True)
class Place:
    """An address in its parts."""

    town: str
    lot: str = ""
    building: str = ""
    postal_code: str = ""
    address_code: str = ""

    @property
    def plain(self) -> str:
        """Without 方書, as a 本籍 is written."""
        return self.town + self.lot

    @property
    def whole(self) -> str:
        """With 方書."""
        return "\u3000".join(part for part in (self.plain, self.building) if part)


def place_of(text: str, *, postal_code: str = "", address_code: str = "") -> Place:
    """An address written in one, in its parts: the 番地 begins with the first figure, the 方書 after a space."""
    plain, _space, building = text.strip().replace(" ", "\u3000").partition("\u3000")
    found = _NUMBER.search(plain)
    town, lot = (plain[: found.start()], plain[found.start() :]) if found is not None else (plain, "")
    return Place(town, lot, building.strip("\u3000"), postal_code, address_code)


class TargetKind(enum.Enum):
    """What a field takes."""

    NAME = "name"
    """氏名 of a person, for which the 氏 alone may be taken too."""
    HEAD = "head"
    """The name of somebody else: 筆頭者 of a Japanese, 世帯主 of any."""
    DOMICILE = "domicile"
    """本籍: an address without 方書."""
    ADDRESS = "address"
    """An address in one field, 方書 included."""
    PLACE = "place"
    """An address in several fields, the first of which names it."""


@dataclass(frozen=True)
class Source:
    """Where something can be taken from.

    :param key: names it on the page.
    :param text: a name; of an address its whole writing.
    :param place: of an address; None for a name.
    :param resident: whose kind of name it is; None when that is not known.
    :param elsewhere: 現住所 of another household (RR-4.0.10b).
    """

    key: str
    label: str
    text: str
    place: Place | None = None
    resident: ResidentKind | None = None
    elsewhere: bool = False


@dataclass(frozen=True)
class Target:
    """A field that can be filled.

    :param key: its name in the form.
    :param resident: whose name it takes; None for either.
    """

    key: str
    label: str
    kind: TargetKind
    resident: ResidentKind | None = None

    @property
    def takes_names(self) -> bool:
        """Whether a name goes into it."""
        return self.kind in (TargetKind.NAME, TargetKind.HEAD)


def family_name(text: str) -> str:
    """氏 of a name with the space after it; empty for a name in one part."""
    found = _SPACES.search(text.strip())
    return text.strip()[: found.end()] if found is not None else ""


def choices(sources: Iterable[Source]) -> list[tuple[str, str]]:
    """(key, label) of everything that can be taken, a name also with its 氏 alone. Blanks are left out."""
    found = []
    for source in sources:
        if not source.text.strip():
            continue
        found.append((source.key, f"{source.label}：{source.text}"))
        if source.place is None and (family := family_name(source.text)):
            found.append((source.key + FAMILY, f"{source.label}の氏：{family.strip()}"))
    return found


def taken(source: Source, target: Target, *, family: bool) -> dict[str, str] | None:
    """Texts for a target: under ``text``, or for a PLACE by the parts of :class:`Place`. None where it does not fit.

    :param family: only the 氏; into a person's name alone.
    """
    if target.takes_names:
        if source.place is not None or not _alike(source, target):
            return None
        if not family:
            return {"text": source.text.strip()}
        part = family_name(source.text)
        return {"text": part} if part and target.kind is TargetKind.NAME else None
    if source.place is None or family:
        return None
    if target.kind is TargetKind.PLACE:
        return None if source.elsewhere else dict(vars(source.place))
    if target.kind is TargetKind.DOMICILE:
        return {"text": source.place.plain}
    return {
        "text": source.place.whole,
        "postal_code": source.place.postal_code,
        "address_code": source.place.address_code,
    }


def _alike(source: Source, target: Target) -> bool:
    """Whether a name is of the kind that the field takes; one of nobody known goes by its letters."""
    if target.resident is None:
        return True
    if source.resident is not None:
        return source.resident is target.resident
    return bool(_LATIN.search(source.text)) is (target.resident is ResidentKind.FOREIGN)


def asked(
    sources: Iterable[Source], targets: Iterable[Target], sent: Mapping[str, str]
) -> tuple[Target | None, dict[str, str] | None]:
    """What the page asks for: the target, and its texts; None for what does not exist or does not fit.

    :param sent: the form; ``copy-from`` and ``copy-to`` are the keys chosen.
    """
    key, family = sent.get("copy-from", ""), False
    if key.endswith(FAMILY):
        key, family = key.removesuffix(FAMILY), True
    source = next((each for each in sources if each.key == key and each.text.strip()), None)
    target = next((each for each in targets if each.key == sent.get("copy-to", "")), None)
    if source is None or target is None:
        return target, None
    return target, taken(source, target, family=family)
