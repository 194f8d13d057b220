"""Values of the address dictionary."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Source(enum.StrEnum):
    """Who supplied a row; the monthly refresh touches only its own."""

    POSTAL = "postal"
    CLDR = "cldr"
    LOCAL = "local"

    @property
    def label(self) -> str:
        """Japanese label."""
        return {"postal": "郵便番号データ", "cldr": "国名データ", "local": "自治体登録"}[self.value]


class LotKind(enum.StrEnum):
    """What a lot number is (RR-1.3.2)."""

    RESIDENTIAL = "residential"
    LAND = "land"
    READJUSTED = "readjusted"
    SPECIAL = "special"

    @property
    def label(self) -> str:
        """Japanese label."""
        return _LOT_LABELS[self]


_LOT_LABELS = {
    LotKind.RESIDENTIAL: "住居表示",
    LotKind.LAND: "地番",
    LotKind.READJUSTED: "区画整理",
    LotKind.SPECIAL: "特殊な地番",
}


@dataclass(frozen=True)
class AddressCandidate:
    """One address that a postal code or kana heads may mean, down to the town; never personal data.

    :param ended: an old name, for a 本籍 only.
    """

    postal_code: str
    prefecture: str
    municipality: str
    town: str
    municipality_code: str
    town_code: str
    kana: str
    note: str = ""
    ended: bool = False

    @property
    def text(self) -> str:
        """Prefecture, municipality and town as an address writes them."""
        return self.prefecture + self.municipality + self.town


@dataclass(frozen=True)
class Change:
    """One line of the report of a refresh.

    :param kind: what happened, in words. :param code: 住所コード, postal code or code of a country.
    :param data: the part of the dictionary that it belongs to.
    """

    kind: str
    code: str
    before: str
    after: str
    data: Source = Source.POSTAL

    def line(self) -> str:
        """As one line of text."""
        return "\t".join((self.kind, self.code, self.before, self.after))


@dataclass
class BuildReport:
    """What a build or refresh of the dictionary did; counts are rows."""

    prefectures: int = 0
    municipalities: int = 0
    towns: int = 0
    postal_codes: int = 0
    countries: int = 0
    changes: list[Change] = field(default_factory=list)

    def summary(self) -> str:
        """One paragraph for the terminal."""
        counts: dict[str, int] = {}
        for change in self.changes:
            counts[change.kind] = counts.get(change.kind, 0) + 1
        changed = "、".join(f"{kind} {count:,}件" for kind, count in counts.items()) or "変更なし"
        return (
            f"都道府県 {self.prefectures:,}、市区町村 {self.municipalities:,}、町字 {self.towns:,}、"
            f"郵便番号 {self.postal_codes:,}、国・地域 {self.countries:,}（{changed}）"
        )
