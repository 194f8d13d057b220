"""Tables of the address dictionary (RR-1.3.2–1.3.4): prefecture, municipality, town, postal code, 地番, 方書, country.

Places are never deleted. What no longer exists gets an end date, because a 本籍 or a former address may still name
it. Only postal codes, which say nothing about the past, are replaced.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from residentapp.core.addresses.types import LotKind, Source
from residentapp.core.db import Base


class Prefecture(Base):
    """都道府県; ``code`` is JIS X 0401."""

    __tablename__ = "address_prefecture"

    code: Mapped[str] = mapped_column(String(2), primary_key=True)
    name: Mapped[str]
    kana: Mapped[str]
    kana_key: Mapped[str]


class Municipality(Base):
    """市区町村; ``code`` is JIS X 0402 (5 digits, prefecture included), ``check_digit`` makes it the 6-digit code.

    ``district_key`` and ``local_key`` are the folded kana of the 郡 (or designated city) and of what follows it, so
    that both 「ニシタマグンヒノデマチ」 and 「ヒノデマチ」 find 西多摩郡日の出町.
    """

    __tablename__ = "address_municipality"
    __table_args__ = (CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),)

    code: Mapped[str] = mapped_column(String(5), primary_key=True)
    check_digit: Mapped[str] = mapped_column(String(1))
    prefecture_code: Mapped[str] = mapped_column(ForeignKey("address_prefecture.code"), index=True)
    name: Mapped[str]
    kana: Mapped[str]
    kana_key: Mapped[str]
    district_key: Mapped[str]
    local_key: Mapped[str]
    source: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]
    successor_code: Mapped[str | None] = mapped_column(String(5))

    @property
    def code6(self) -> str:
        """The code with its check digit."""
        return self.code + self.check_digit


class Town(Base):
    """町字 (大字, 丁目・小字); ``code`` is the 11-digit 住所コード of RR-1.3.3b.

    ``town_id`` is the 町字ID (7 digits) of the address base registry, where known. ``oaza_name`` groups the rows of
    one 大字 for the pick lists.

    ``data_name`` and ``data_kana`` are set when staff corrected or ended a town of the postal data: what the data call
    it, by which a refresh knows it again and leaves it as staff wrote it. ``own_postal_codes``: so are its codes.
    """

    __tablename__ = "address_town"
    __table_args__ = (
        # Two towns of one municipality may share name and kana only one after the other.
        Index(
            "uq_address_town_current",
            "municipality_code",
            "name",
            "kana",
            unique=True,
            sqlite_where=text("valid_to IS NULL"),
            postgresql_where=text("valid_to IS NULL"),
        ),
        Index("ix_address_town_kana", "municipality_code", "kana_key"),
        CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from", name="period"),
        CheckConstraint("length(code) = 11", name="code_length"),
    )

    code: Mapped[str] = mapped_column(String(11), primary_key=True)
    municipality_code: Mapped[str] = mapped_column(ForeignKey("address_municipality.code"))
    oaza_name: Mapped[str]
    name: Mapped[str]
    kana: Mapped[str]
    kana_key: Mapped[str]
    town_id: Mapped[str | None] = mapped_column(String(7))
    source: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]
    successor_code: Mapped[str | None] = mapped_column(String(11))
    data_name: Mapped[str | None]
    data_kana: Mapped[str | None]
    own_postal_codes: Mapped[bool] = mapped_column(default=False, server_default=false())

    @property
    def oaza_code(self) -> str:
        """大字 part of the 住所コード."""
        return self.code[5:8]

    @property
    def koaza_code(self) -> str:
        """小字 part of the 住所コード; ``000`` for a 大字 itself."""
        return self.code[8:]


class PostalCode(Base):
    """郵便番号 of a town, or of a municipality where no town is listed (``town_code`` empty)."""

    __tablename__ = "address_postal_code"
    __table_args__ = (CheckConstraint("length(code) = 7", name="code_length"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(7), index=True)
    municipality_code: Mapped[str] = mapped_column(ForeignKey("address_municipality.code"), index=True)
    town_code: Mapped[str | None] = mapped_column(ForeignKey("address_town.code"), index=True)
    note: Mapped[str]
    source: Mapped[str] = mapped_column(Text)


class Lot(Base):
    """One 地番 or 住居番号 (街区) that an address of the municipality may use, with its numeric codes (RR-1.3.2)."""

    __tablename__ = "address_lot"
    __table_args__ = (
        UniqueConstraint("town_code", "writing", "valid_from"),
        Index("ix_address_lot_order", "town_code", "sort_key"),
        CheckConstraint(f"kind IN ({', '.join(repr(kind.value) for kind in LotKind)})", name="kind"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    town_code: Mapped[str] = mapped_column(ForeignKey("address_town.code"))
    kind: Mapped[str] = mapped_column(Text)
    writing: Mapped[str]
    sort_key: Mapped[str]
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]


class Building(Base):
    """方書 (apartment house, dormitory …) tied to an address: a town and a 番地・号 (RR-1.3.4)."""

    __tablename__ = "address_building"
    __table_args__ = (
        UniqueConstraint("town_code", "lot_key", "name", "valid_from"),
        Index("ix_address_building_lot", "town_code", "lot_key"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    town_code: Mapped[str] = mapped_column(ForeignKey("address_town.code"))
    lot: Mapped[str]
    lot_key: Mapped[str]
    name: Mapped[str]
    kana: Mapped[str]
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]


class Country(Base):
    """国籍・地域; ``code`` is ISO 3166-1 alpha-3 or, for 無国籍 and the like, that of passports (``countries.csv``)."""

    __tablename__ = "address_country"

    code: Mapped[str] = mapped_column(String(3), primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    source: Mapped[str] = mapped_column(Text, server_default=Source.CLDR.value)
    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]


class Refresh(Base):
    """One build or refresh of a part of the dictionary (RR-1.3.3a), or a check of its list by staff."""

    __tablename__ = "address_refresh"
    __table_args__ = (
        CheckConstraint("data IN ('postal', 'cldr')", name="data"),
        Index("ix_address_refresh_data", "data", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[str]
    """Which part: towns and postal codes (``postal``) or country names (``cldr``)."""
    day: Mapped[dt.date]
    """From which its changes count."""
    moment: Mapped[dt.datetime]
    source: Mapped[str]
    """Where the data come from and which issue they are, in words."""
    revised_on: Mapped[dt.date | None]
    """Day of the source's last revision, where the source says it."""
    done_by: Mapped[str]
    """Name of the officer; of the command when nobody was logged in."""
    checked_only: Mapped[bool]
    """Staff compared the list with another source and corrected it by hand; no data were read."""
    counts: Mapped[str]
    """How many rows the dictionary holds of the data, in words."""


class RefreshChange(Base):
    """One line of the report of a refresh: what came, went or changed."""

    __tablename__ = "address_refresh_change"
    __table_args__ = (Index("ix_address_refresh_change_refresh", "refresh_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    refresh_id: Mapped[int] = mapped_column(ForeignKey("address_refresh.id"))
    kind: Mapped[str]
    code: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]


#: Where a row of the dictionary comes from.
SOURCES = tuple(source.value for source in Source)
