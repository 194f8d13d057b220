"""Tables of 地区: kinds of districts, the districts of each kind, and the towns and lots they cover (RR-1.3.5).

Also the record of 住居表示 and 区画整理: which address became which (RR-1.3.2). Nothing here is personal data.
"""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column

#: Kinds that other parts of the system may ask for by name. A municipality can add its own.
POLLING = "polling"
ELEMENTARY_SCHOOL = "elementary_school"
JUNIOR_HIGH_SCHOOL = "junior_high_school"
NEIGHBOURHOOD = "neighbourhood"
ADMINISTRATIVE = "administrative"

#: What a new database begins with: code, name, place in lists.
DEFAULT_KINDS = (
    (ADMINISTRATIVE, "行政区", 10),
    (POLLING, "投票区", 20),
    (ELEMENTARY_SCHOOL, "小学校区", 30),
    (JUNIOR_HIGH_SCHOOL, "中学校区", 40),
    (NEIGHBOURHOOD, "自治会", 50),
)


class DistrictKind(Base):
    """A way in which the municipality is divided: 投票区, 小学校区 …"""

    __tablename__ = "district_kind"

    code: Mapped[str] = mapped_column(String(30), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    place: Mapped[int]
    """Order in lists."""

    __table_args__ = (CheckConstraint("length(name) > 0 AND length(code) > 0", name="named"),)


class District(Base):
    """One district of a kind, with the period in which it exists."""

    __tablename__ = "district"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(ForeignKey("district_kind.code"))
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str]
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]

    areas: Mapped[list[DistrictArea]] = relationship(
        back_populates="district",
        order_by="(DistrictArea.town_code, DistrictArea.first_key, DistrictArea.id)",
    )

    __table_args__ = (
        UniqueConstraint("kind", "code", "valid_from"),
        CheckConstraint("length(name) > 0 AND length(code) > 0", name="named"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
    )


class DistrictArea(Base):
    """A town, or a run of its lots, that belongs to a district for a period.

    :attr:`first_key` and :attr:`last_key` are the numeric keys of the lots (``core.addresses.sort_keys``); both are
    empty for the whole town.
    """

    __tablename__ = "district_area"

    id: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"), index=True)
    kind: Mapped[str] = mapped_column(ForeignKey("district_kind.code"))
    """The district's kind again, for the look-up by town."""
    town_code: Mapped[str] = mapped_column(ForeignKey("address_town.code"))
    first_lot: Mapped[str]
    last_lot: Mapped[str]
    first_key: Mapped[str]
    last_key: Mapped[str]
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]

    district: Mapped[District] = relationship(back_populates="areas")

    __table_args__ = (
        CheckConstraint("(first_key = '') = (last_key = '') AND first_key <= last_key", name="run_in_order"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
        Index("ix_district_area_town", "kind", "town_code"),
    )


class RenumberingKind(enum.StrEnum):
    """Why an address got another writing."""

    RESIDENTIAL = "residential"
    READJUSTMENT = "readjustment"
    RENAMED = "renamed"

    @property
    def label(self) -> str:
        """Japanese label for screens."""
        return {
            "residential": "住居表示の実施・変更",
            "readjustment": "土地区画整理",
            "renamed": "町名・地番の変更",
        }[self.value]


class Renumbering(Base):
    """One address before and after 住居表示, 区画整理 or a change of names; an empty lot means the whole town."""

    __tablename__ = "address_renumbering"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[RenumberingKind] = mapped_column(code_column(RenumberingKind, "kind"))
    effective_on: Mapped[dt.date]
    old_town_code: Mapped[str] = mapped_column(ForeignKey("address_town.code"), index=True)
    old_lot: Mapped[str]
    new_town_code: Mapped[str] = mapped_column(ForeignKey("address_town.code"), index=True)
    new_lot: Mapped[str]
    note: Mapped[str]
    """告示 and number, or another word on its ground."""
    ended_lot_id: Mapped[int | None] = mapped_column(ForeignKey("address_lot.id"))
    """The lot that ended with it, to be opened again when a planned record is taken back."""
    made_lot_id: Mapped[int | None] = mapped_column(ForeignKey("address_lot.id"))
    """The lot that was registered with it."""

    __table_args__ = (
        UniqueConstraint(
            "effective_on",
            "old_town_code",
            "old_lot",
            "new_town_code",
            "new_lot",
            name="uq_address_renumbering_pair",
        ),
        CheckConstraint("old_town_code <> new_town_code OR old_lot <> new_lot", name="something_changes"),
        CheckConstraint("(old_lot = '') = (new_lot = '')", name="lots_or_towns"),
    )
