"""Search keys derived from the register, and the search history of officers.

The key tables can be made anew at any time from the snapshots (``index.rebuild``). They have no foreign keys to
the register: nothing but ``index`` writes them, and a load of a million people would check each row in vain.
Each key row repeats the order of hits (フリガナ, birth date, 宛名番号), so that one index both finds and sorts.

There is a second set of the same tables for the 除票用データベース, so that a search of the register never walks past
people who left it long ago (``shelves`` says which table belongs where).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from residentapp.core.dates import DateValue
from residentapp.core.db.base import Base
from residentapp.core.db.search import Grams, KeyText, key_string
from residentapp.core.db.types import DateValueType, code_column
from residentapp.residents.search.types import NameField, NamePart, WordKind
from residentapp.residents.types import ChangeReason, ResidentState, Sex


class PersonKeys:
    """One row per person: what their current snapshot says."""

    __tablename__: str

    addressee_number: Mapped[str] = mapped_column(key_string(15), primary_key=True)
    household_number: Mapped[str] = mapped_column(key_string(15))
    kana_key: Mapped[str] = mapped_column(KeyText)
    """Key of the name by which the person is listed: フリガナ, else alphabet, else kanji."""
    birth_sort: Mapped[dt.date]
    birth_date: Mapped[DateValue] = mapped_column(DateValueType())
    birth_known: Mapped[bool]
    sex: Mapped[Sex] = mapped_column(code_column(Sex, "sex"))
    state: Mapped[ResidentState] = mapped_column(code_column(ResidentState, "state"))
    live: Mapped[bool]
    removal_reason: Mapped[ChangeReason | None] = mapped_column(code_column(ChangeReason, "removal_reason"))
    relationship_key: Mapped[str] = mapped_column(KeyText)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        table = cls.__tablename__
        return (
            Index(
                f"ix_{table}_order",
                "kana_key",
                "birth_sort",
                "addressee_number",
                postgresql_include=["live"],
            ),
            Index(
                f"ix_{table}_birth",
                "birth_sort",
                "kana_key",
                "addressee_number",
                postgresql_include=["live"],
            ),
            Index(f"ix_{table}_household", "household_number"),
            Index(f"ix_{table}_removal", "removal_reason", "kana_key", "birth_sort", "addressee_number"),
        )


class NameKeys:
    """Rows of each name of a person, current or past: the whole, the family name, the given name.

    A name without a space has one row, as a family name.
    """

    __tablename__: str

    addressee_number: Mapped[str] = mapped_column(key_string(15), primary_key=True)
    line: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    part: Mapped[NamePart] = mapped_column(code_column(NamePart, "part"))
    field: Mapped[NameField] = mapped_column(code_column(NameField, "field"))
    key: Mapped[str] = mapped_column(KeyText)
    boundary: Mapped[str | None] = mapped_column(KeyText)
    """Of a whole name: the last character of the family name and the first of the given name."""
    is_current: Mapped[bool]
    written: Mapped[str | None]
    """The name itself, for past ones only; a current one is read from the register."""
    until: Mapped[dt.date | None]
    kana_key: Mapped[str] = mapped_column(KeyText)
    birth_sort: Mapped[dt.date]
    live: Mapped[bool]

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        table = cls.__tablename__
        return (
            Index(
                f"ix_{table}_key",
                "key",
                "kana_key",
                "birth_sort",
                "addressee_number",
                postgresql_include=["part", "field", "is_current", "live"],
            ),
            Index(
                f"ix_{table}_boundary",
                "boundary",
                "kana_key",
                "birth_sort",
                "addressee_number",
                postgresql_include=["key", "field", "is_current", "live"],
                postgresql_where=text("boundary IS NOT NULL"),
                sqlite_where=text("boundary IS NOT NULL"),
            ),
        )


class AddressKeys:
    """One row per address of a person, current or past."""

    __tablename__: str

    addressee_number: Mapped[str] = mapped_column(key_string(15), primary_key=True)
    line: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(KeyText)
    """Town and numbers (``本町1/2/3/``), without the own municipality's name."""
    town: Mapped[str] = mapped_column(KeyText)
    """What stands before the first number."""
    building_key: Mapped[str] = mapped_column(KeyText)
    building_name: Mapped[str] = mapped_column(KeyText)
    """The building without its room."""
    address_code: Mapped[str] = mapped_column(key_string(15))
    is_current: Mapped[bool]
    written: Mapped[str | None]
    until: Mapped[dt.date | None]
    kana_key: Mapped[str] = mapped_column(KeyText)
    birth_sort: Mapped[dt.date]
    live: Mapped[bool]

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        table = cls.__tablename__
        return (
            Index(
                f"ix_{table}_key",
                "key",
                "kana_key",
                "birth_sort",
                "addressee_number",
                postgresql_include=["is_current", "live"],
            ),
            Index(
                f"ix_{table}_town",
                "town",
                "kana_key",
                "birth_sort",
                "addressee_number",
                postgresql_include=["is_current", "live"],
            ),
            Index(f"ix_{table}_code", "address_code", "kana_key", "birth_sort", "addressee_number"),
            Index(f"ix_{table}_building", "building_name", "kana_key", "birth_sort", "addressee_number"),
        )


class WordKeys:
    """Every different family name, given name, town and building: few, however large the town.

    A partial search first finds the words, then the people of each word in their order.
    """

    __tablename__: str

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[WordKind] = mapped_column(code_column(WordKind, "kind"))
    key: Mapped[str] = mapped_column(KeyText)
    grams: Mapped[list[int]] = mapped_column(Grams)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        # SQLite has a full-text table instead (core.db.search).
        grams = Index(f"ix_{cls.__tablename__}_grams", "grams", postgresql_using="gin")
        return UniqueConstraint("kind", "key"), grams.ddl_if(dialect="postgresql")


class SearchPerson(PersonKeys, Base):
    """People of the register."""

    __tablename__ = "search_person"


class SearchName(NameKeys, Base):
    """Names of the people of the register."""

    __tablename__ = "search_name"


class SearchAddress(AddressKeys, Base):
    """Addresses of the people of the register."""

    __tablename__ = "search_address"


class SearchWord(WordKeys, Base):
    """Words of the names and addresses of the register."""

    __tablename__ = "search_word"


class RemovedSearchPerson(PersonKeys, Base):
    """People of the 除票用データベース."""

    __tablename__ = "removed_search_person"


class RemovedSearchName(NameKeys, Base):
    """Names of the people of the 除票用データベース."""

    __tablename__ = "removed_search_name"


class RemovedSearchAddress(AddressKeys, Base):
    """Addresses of the people of the 除票用データベース."""

    __tablename__ = "removed_search_address"


class RemovedSearchWord(WordKeys, Base):
    """Words of the names and addresses of the 除票用データベース."""

    __tablename__ = "removed_search_word"


class SearchHistory(Base):
    """One search of an officer (RR-2.1.1). The content is encrypted: it names people."""

    __tablename__ = "search_history"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    moment: Mapped[dt.datetime]
    content: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (Index("ix_search_history_user", "user_id", "moment"),)
