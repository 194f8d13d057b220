"""The two places that can be searched, each with its set of key tables: the register and the 除票用データベース."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.removed_records.models import CHANGES, SNAPSHOTS, RemovedSnapshot
from residentapp.residents.removed_records.reader import archived_people
from residentapp.residents.search.models import (
    AddressKeys,
    NameKeys,
    PersonKeys,
    RemovedSearchAddress,
    RemovedSearchName,
    RemovedSearchPerson,
    RemovedSearchWord,
    SearchAddress,
    SearchName,
    SearchPerson,
    SearchWord,
    WordKeys,
)


@dataclass(frozen=True)
class Shelf:
    """Where people are looked for.

    :param snapshot: class whose attributes are the columns of the snapshots there.
    :param snapshots: the same as a table. :param changes: table of the changes that made them.
    :param archived: it is the 除票用データベース.
    """

    person: type[PersonKeys]
    name: type[NameKeys]
    address: type[AddressKeys]
    word: type[WordKeys]
    snapshot: Any
    snapshots: Any
    changes: Any
    archived: bool

    @property
    def keys(self) -> tuple[Any, ...]:
        """The tables of keys of people, without that of the words."""
        return self.person, self.name, self.address

    def people(self, session: Session, addressee_numbers: Collection[str]) -> dict[str, ResidentHistory]:
        """Current snapshots of some people who stand here, by 宛名番号."""
        if self.archived:
            return archived_people(session, addressee_numbers)
        query = select(ResidentHistory).where(
            ResidentHistory.is_latest, ResidentHistory.addressee_number.in_(addressee_numbers)
        )
        return {person.addressee_number: person for person in session.scalars(query)}


REGISTER = Shelf(
    SearchPerson,
    SearchName,
    SearchAddress,
    SearchWord,
    ResidentHistory,
    ResidentHistory.__table__,
    ResidentChange.__table__,
    archived=False,
)
REMOVED = Shelf(
    RemovedSearchPerson,
    RemovedSearchName,
    RemovedSearchAddress,
    RemovedSearchWord,
    RemovedSnapshot,
    SNAPSHOTS,
    CHANGES,
    archived=True,
)
