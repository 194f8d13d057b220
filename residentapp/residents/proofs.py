"""続柄を証した書類, kept with the change that recorded the 続柄 and read for the person's history (RR-1.1.11d)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.residents.models import RelationshipProof
from residentapp.residents.rules.relationship_proof import Proof


def keep(session: Session, change_id: int, proofs: Mapping[str, Proof]) -> None:
    """Keep what was shown for a change that has just been written.

    :param proofs: by 宛名番号.
    """
    session.add_all(
        RelationshipProof(
            change_id=change_id,
            addressee_number=number,
            document=proof.document,
            translation=proof.translation,
        )
        for number, proof in proofs.items()
    )


def shown_for(session: Session, addressee_number: str) -> dict[int, str]:
    """In one line each what was shown for a person, by the id of the change."""
    rows = session.scalars(
        select(RelationshipProof).where(RelationshipProof.addressee_number == addressee_number)
    )
    return {row.change_id: Proof(row.document, row.translation).label for row in rows}
