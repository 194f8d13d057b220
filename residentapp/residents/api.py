"""What other packages may use of 住民記録; everything else here is its own business.

The pure rules under ``residents.rules`` may be used as they are: they need no database and hold no data. The seeder
writes the tables themselves and so stands outside this rule.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.residents.certificates.types import Fee
from residentapp.residents.models import ResidentHistory
from residentapp.residents.protection import HIDDEN, protected_numbers_query
from residentapp.residents.removed_records.models import SNAPSHOTS
from residentapp.residents.search import index
from residentapp.residents.search.shelves import REGISTER, REMOVED
from residentapp.residents.types import ResidentState

__all__ = [
    "HIDDEN",
    "FeeKind",
    "fee_kinds",
    "is_character_recorded",
    "protected_numbers",
    "remake_search_keys",
    "resident_codes_held",
]


@dataclass(frozen=True)
class FeeKind:
    """A kind of fee of certificates, for the master of fees.

    :param charged: whether an amount is registered for it; the others cost nothing.
    """

    code: str
    label: str
    charged: bool


def fee_kinds() -> tuple[FeeKind, ...]:
    """The kinds of fees that a certificate may be issued under."""
    return tuple(FeeKind(fee.value, fee.label, fee.is_charged) for fee in Fee)


def protected_numbers(session: Session) -> frozenset[str]:
    """宛名番号 of everyone about whom a text may tell where somebody protected lives (支援措置).

    The protected, those who live with them, and whoever lived in that home before, also as a removed record.
    """
    protected = protected_numbers_query()
    homes = select(ResidentHistory.household_number).where(
        ResidentHistory.is_latest,
        ResidentHistory.state == ResidentState.RESIDENT,
        ResidentHistory.addressee_number.in_(protected),
    )
    lived = select(ResidentHistory.addressee_number).where(ResidentHistory.household_number.in_(homes))
    return frozenset(map(str, session.scalars(protected))) | frozenset(session.scalars(lived))


def resident_codes_held(session: Session, hashes: Collection[bytes]) -> set[bytes]:
    """Of some look-up hashes of 住民票コード those that a resident has or once had (RR-4.3.1a).

    :param hashes: few hundred at a time.
    """
    held = select(ResidentHistory.resident_code_hash).where(ResidentHistory.resident_code_hash.in_(hashes))
    stored = select(SNAPSHOTS.c.resident_code_hash).where(SNAPSHOTS.c.resident_code_hash.in_(hashes))
    return {found for query in (held, stored) for found in session.scalars(query) if found is not None}


def is_character_recorded(session: Session, character: str) -> bool:
    """Whether anybody's name or address, past ones and 除票 included, holds a character."""
    return any(index.holders_of(session, [character], shelf) for shelf in (REGISTER, REMOVED))


def remake_search_keys(session: Session, characters: Collection[str]) -> int:
    """Make the search keys of all whose names or addresses hold one of some characters anew (RR-2.1.2h).

    :returns: number of people.
    """
    return index.refresh_with(session, characters)
