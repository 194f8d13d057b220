"""外字: characters registered with their number elsewhere and with the forms by which they are found (RR-2.1.2h).

The register is the municipality's; what it says of variants goes into the search keys. Which state of it a process
makes keys with is told by a token that every change replaces: each transaction compares it, so that all processes use
a change from their next transaction on, and none keeps a state of its own.
"""

from __future__ import annotations

import datetime as dt
import secrets
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from weakref import WeakSet

from sqlalchemy import CheckConstraint, Engine, String, inspect, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from residentapp.core.characters import (
    code_points,
    is_additional_character,
    is_local_character,
    split_characters,
    without_selectors,
)
from residentapp.core.db import Base
from residentapp.core.search_keys import are_variants_tried, install_variants, variants_in_use

_ONLY_ROW = 1


class ExternalCharacter(Base):
    """One 外字: a character of a private use area (those of plane 16 are the additions of the standard set).

    The period says when it may be entered; found through its variants it is for as long as it is registered, because
    records may hold it for good.
    """

    __tablename__ = "external_character"
    __table_args__ = (
        CheckConstraint("head <> '' OR variants <> ''", name="has_variants"),
        CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from", name="period"),
    )

    character: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    """文字名: its GJ or MJ number, or the number of the old set of 外字."""
    head: Mapped[str]
    """親字: the common form."""
    variants: Mapped[str]
    """Further variants, one after another."""
    remark: Mapped[str]
    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]

    @property
    def code_points(self) -> str:
        """``U+10DE92``."""
        return code_points(self.character)

    @property
    def forms(self) -> list[str]:
        """The common form and the variants, as they were entered."""
        return [self.head, *split_characters(self.variants)] if self.head else split_characters(self.variants)


class ExternalCharacterRevision(Base):
    """The one row that names the state of the register."""

    __tablename__ = "external_character_revision"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    token: Mapped[str] = mapped_column(String(32))


def is_external(character: str) -> bool:
    """Whether a character lies in a private use area: the old kind of 外字, or an addition of the standard set."""
    return len(character) == 1 and (is_local_character(character) or is_additional_character(character))


def is_form(character: str) -> bool:
    """Whether a 外字 can be found by a character: a kanji, with or without a selector, or another 外字."""
    base = without_selectors(character)
    return is_external(base) or (
        len(base) == 1 and base >= "\u3400" and unicodedata.category(base) == "Lo" and not _is_kana(base)
    )


def _is_kana(base: str) -> bool:
    return "KATAKANA" in unicodedata.name(base, "")


def variant_pairs(rows: Iterable[ExternalCharacter]) -> Iterator[tuple[str, str]]:
    """What the search keys need of some 外字: each with every form that finds it."""
    for row in rows:
        for form in row.forms:
            yield row.character, without_selectors(form)


def all_pairs(session: Session) -> tuple[tuple[str, str], ...]:
    """What the search keys need of the whole register."""
    rows = session.scalars(select(ExternalCharacter).order_by(ExternalCharacter.character))
    return tuple(variant_pairs(rows))


#: Databases that have been seen to have the tables; one that is yet to be migrated is asked again.
_ready: WeakSet[Engine] = WeakSet()


def _has_tables(session: Session) -> bool:
    engine = session.get_bind().engine
    if engine not in _ready:
        if not inspect(session.connection()).has_table(ExternalCharacterRevision.__tablename__):
            return False
        _ready.add(engine)
    return True


def refresh_variants(session: Session, *, hold: bool = False) -> None:
    """Make keys with the variants of the database from now on. A database without the table changes nothing.

    :param hold: keys are about to be written: the register does not change until this transaction has ended, so that
        whoever changes it meets all keys that were made with the old state.
    """
    if are_variants_tried() or not _has_tables(session):
        return
    query = select(ExternalCharacterRevision.token).where(ExternalCharacterRevision.id == _ONLY_ROW)
    token = session.scalar(query.with_for_update(read=True) if hold else query) or ""
    if token != variants_in_use():
        install_variants(all_pairs(session), token)


def new_revision(session: Session) -> str:
    """Name the state that the register is about to have. Waits for those who write keys with the old one.

    :returns: its token.
    """
    token = secrets.token_hex(16)
    row = update(ExternalCharacterRevision).where(ExternalCharacterRevision.id == _ONLY_ROW)
    session.execute(row.values(token=token))
    return token


def registered_among(session: Session, characters: Collection[str]) -> list[ExternalCharacter]:
    """外字 that stand among some characters, or are found by one of them, in the order of their code points."""
    bases = {without_selectors(character) for character in characters}
    rows = session.scalars(select(ExternalCharacter).order_by(ExternalCharacter.character))
    return [row for row in rows if bases & {row.character, *map(without_selectors, row.forms)}]


def numbered(session: Session, number: str) -> str | None:
    """The 外字 with a number, such as ``GJ000123``; None when none is registered."""
    query = select(ExternalCharacter.character).where(ExternalCharacter.number == number.upper())
    return session.scalar(query)
