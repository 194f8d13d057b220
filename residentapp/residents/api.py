"""What other packages may use of 住民記録; everything else here is its own business.

The pure rules under ``residents.rules`` may be used as they are: they need no database and hold no data. The seeder
writes the tables themselves and so stands outside this rule.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.residents.models import ResidentHistory
from residentapp.residents.protection import HIDDEN, protected_numbers_query
from residentapp.residents.removed_records.models import SNAPSHOTS

__all__ = ["HIDDEN", "protected_numbers", "resident_codes_held"]


def protected_numbers(session: Session) -> frozenset[str]:
    """宛名番号 of everyone whose whereabouts are protected (支援措置), and of those who live with them."""
    return frozenset(session.scalars(protected_numbers_query()))


def resident_codes_held(session: Session, hashes: Collection[bytes]) -> set[bytes]:
    """Of some look-up hashes of 住民票コード those that a resident has or once had (RR-4.3.1a).

    :param hashes: few hundred at a time.
    """
    held = select(ResidentHistory.resident_code_hash).where(ResidentHistory.resident_code_hash.in_(hashes))
    stored = select(SNAPSHOTS.c.resident_code_hash).where(SNAPSHOTS.c.resident_code_hash.in_(hashes))
    return {found for query in (held, stored) for found in session.scalars(query) if found is not None}
