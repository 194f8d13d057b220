"""Tables of the own municipality, its certifiers (認証者) and its electronic seals (公印).

Sources: RR-1.3.7, RR-1.3.9, RR-5.6.
"""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column

from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column
from residentapp.core.wards import WardKind


class CertifierKind(enum.StrEnum):
    """Who certifies."""

    MAYOR = "mayor"
    DEPUTY = "deputy"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"mayor": "市区町村長", "deputy": "職務代理者"}[self.value]

    @property
    def ward_label(self) -> str:
        """Label on screens of who certifies for a ward of a 指定都市."""
        return {"mayor": "区長", "deputy": "区長の職務代理者"}[self.value]


class SealUse(enum.StrEnum):
    """What a seal is for (RR-5.6b)."""

    GENERAL = "general"
    CERTIFICATE = "certificate"
    CARD = "card"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"general": "職印（共通）", "certificate": "証明書専用", "card": "カードの券面用"}[self.value]


class SealColour(enum.StrEnum):
    """Colour a seal is printed in. Only the seal for the face of cards may be red (RR-5.6b)."""

    BLACK = "black"
    RED = "red"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"black": "黒", "red": "朱"}[self.value]


class OwnMunicipality(Base):
    """The municipality that runs this system: exactly one row."""

    __tablename__ = "own_municipality"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    """全国地方公共団体コード with check digit, 6 digits."""
    prefecture: Mapped[str]
    name: Mapped[str]
    kana: Mapped[str]
    resident_code_low_water: Mapped[int] = mapped_column(default=1000)
    """Below this many free 住民票コード staff are told (RR-4.3.1b)."""
    designated: Mapped[bool] = mapped_column(default=False, server_default=false())
    """指定都市 (地方自治法 第252条の19): only then its wards count."""
    own_ward_only: Mapped[bool] = mapped_column(default=False, server_default=false())
    """An officer of a ward enters changes of its own residents only (RR-4.0.1c)."""

    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)


class CityWard(Base):
    """区 or 総合区 of a 指定都市, with the period in which it exists; never deleted."""

    __tablename__ = "ward"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    """全国地方公共団体コード with check digit."""
    name: Mapped[str]
    """Without the city: 北区."""
    kana: Mapped[str]
    kind: Mapped[WardKind] = mapped_column(code_column(WardKind, "kind"))
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]

    __table_args__ = (
        CheckConstraint("length(code) = 6", name="code_length"),
        CheckConstraint("length(name) > 0", name="named"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
    )


class Certifier(Base):
    """認証者 with the period in which they certify. An acting mayor's period takes precedence."""

    __tablename__ = "certifier"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[CertifierKind] = mapped_column(code_column(CertifierKind, "kind"))
    title: Mapped[str]
    """職名, for example 架空市長 or 架空市長職務代理者 架空市副市長."""
    name: Mapped[str]
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]
    ward_code: Mapped[str | None] = mapped_column(ForeignKey("ward.code"))
    """Of a 区長 and an acting one: the ward for which they certify (RR-1.3.9a); none for the whole municipality."""

    __table_args__ = (
        # A certifier without a name is forbidden (RR-1.3.9b).
        CheckConstraint("length(name) > 0 AND length(title) > 0", name="named"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
    )


class Seal(Base):
    """電子公印: a picture of at most 25 mm square, of one certifier for one use (RR-5.6b)."""

    __tablename__ = "seal"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[CertifierKind] = mapped_column(code_column(CertifierKind, "kind"))
    use: Mapped[SealUse] = mapped_column(
        code_column(SealUse, "use"), default=SealUse.GENERAL, server_default=SealUse.GENERAL.value
    )
    colour: Mapped[SealColour] = mapped_column(
        code_column(SealColour, "colour"), default=SealColour.BLACK, server_default=SealColour.BLACK.value
    )
    image_png: Mapped[bytes] = mapped_column(LargeBinary)
    size_mm: Mapped[float]
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]
    ward_code: Mapped[str | None] = mapped_column(ForeignKey("ward.code"))
    """Of the seal of a 区長 or an acting one."""

    __table_args__ = (
        CheckConstraint("size_mm > 0 AND size_mm <= 25", name="size_allowed"),
        CheckConstraint("colour = 'black' OR use = 'card'", name="red_on_cards_only"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
    )
