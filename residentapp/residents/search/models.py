"""Search keys derived from the register, and the search history of officers.

The key tables can be made anew at any time from the snapshots (``index.rebuild``). They have no foreign keys to
the register: nothing but ``index`` writes them, and a load of a million people would check each row in vain.
Each key row repeats the order of hits (フリガナ, birth date, 宛名番号), so that one index both finds and sorts.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from residentapp.core.dates import DateValue
from residentapp.core.db.base import Base
from residentapp.core.db.search import Grams, KeyText, key_string
from residentapp.core.db.types import DateValueType, code_column
from residentapp.residents.search.types import NameField
from residentapp.residents.types import ChangeReason, ResidentState, Sex


class SearchPerson(Base):
    """One row per person: what their current snapshot says, and all their names in one text."""

    __tablename__ = "search_person"

    id: Mapped[int] = mapped_column(primary_key=True)
    addressee_number: Mapped[str] = mapped_column(key_string(15))
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
    names: Mapped[str] = mapped_column(KeyText)
    """Keys of all names, current ones first, each after a line feed; past ones after a form feed."""
    grams: Mapped[list[int]] = mapped_column(Grams)

    __table_args__ = (
        Index("uq_search_person_addressee_number", "addressee_number", unique=True),
        Index("ix_search_person_order", "kana_key", "birth_sort", "addressee_number"),
        Index("ix_search_person_birth", "birth_sort", "kana_key", "addressee_number"),
        Index("ix_search_person_household", "household_number"),
        Index("ix_search_person_removal", "removal_reason", "kana_key", "birth_sort", "addressee_number"),
        # SQLite has a full-text table instead (core.db.search).
        Index("ix_search_person_grams", "grams", postgresql_using="gin").ddl_if(dialect="postgresql"),
    )


class SearchName(Base):
    """One row per name of a person, whole or given name alone, current or past."""

    __tablename__ = "search_name"

    addressee_number: Mapped[str] = mapped_column(key_string(15), primary_key=True)
    line: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    field: Mapped[NameField] = mapped_column(code_column(NameField, "field"))
    key: Mapped[str] = mapped_column(KeyText)
    family_length: Mapped[int | None] = mapped_column(SmallInteger)
    """Characters of the key that are the family name; empty for a name without a space and for given names."""
    is_current: Mapped[bool]
    written: Mapped[str | None]
    """The name itself, for past ones only; a current one is read from the register."""
    until: Mapped[dt.date | None]
    kana_key: Mapped[str] = mapped_column(KeyText)
    birth_sort: Mapped[dt.date]
    live: Mapped[bool]

    __table_args__ = (
        Index(
            "ix_search_name_key",
            "key",
            "kana_key",
            "birth_sort",
            "addressee_number",
            postgresql_include=["field", "family_length", "is_current", "live"],
        ),
    )


class SearchAddress(Base):
    """One row per address of a person, current or past."""

    __tablename__ = "search_address"

    id: Mapped[int] = mapped_column(primary_key=True)
    addressee_number: Mapped[str] = mapped_column(key_string(15))
    key: Mapped[str] = mapped_column(KeyText)
    """Town and numbers (``本町1/2/3/``), without the own municipality's name."""
    building_key: Mapped[str] = mapped_column(KeyText)
    address_code: Mapped[str] = mapped_column(key_string(15))
    is_current: Mapped[bool]
    written: Mapped[str | None]
    until: Mapped[dt.date | None]
    kana_key: Mapped[str] = mapped_column(KeyText)
    birth_sort: Mapped[dt.date]
    live: Mapped[bool]
    grams: Mapped[list[int]] = mapped_column(Grams)
    """Pairs of neighbours in address and 方書."""

    __table_args__ = (
        Index("ix_search_address_addressee_number", "addressee_number"),
        Index(
            "ix_search_address_key",
            "key",
            "kana_key",
            "birth_sort",
            "addressee_number",
            postgresql_include=["is_current", "live"],
        ),
        Index("ix_search_address_code", "address_code", "kana_key", "birth_sort", "addressee_number"),
        Index("ix_search_address_building", "building_key", "kana_key", "birth_sort", "addressee_number"),
        Index("ix_search_address_grams", "grams", postgresql_using="gin").ddl_if(dialect="postgresql"),
    )


class SearchHistory(Base):
    """One search of an officer (RR-2.1.1). The content is encrypted: it names people."""

    __tablename__ = "search_history"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    moment: Mapped[dt.datetime]
    content: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (Index("ix_search_history_user", "user_id", "moment"),)


#: Tables that ``index`` fills, with the columns of a row, in the order in which they are loaded.
KEY_TABLES = (SearchPerson, SearchName, SearchAddress)
#: Tables with grams.
GRAM_TABLES = ("search_person", "search_address")
