"""What the register says of a person, as it is kept with a measure (RR-1.1.16b)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from residentapp.residents.models import ResidentHistory
from residentapp.residents.removed_records import reader
from residentapp.residents.support.types import PersonDetails
from residentapp.residents.types import ResidentKind


def details_of_record(session: Session, addressee_number: str) -> PersonDetails:
    """What the register says of a person, as the database of measures keeps it (RR-1.1.16b)."""
    record = reader.record_of(session, addressee_number)
    if record is None:
        return PersonDetails()
    snapshots, current = record.snapshots, record.current
    foreign = current.resident_kind is ResidentKind.FOREIGN
    here = _place(current)
    former = [_place(row) for row in reversed(snapshots[:-1])] + [current.previous_address or ""]
    domicile = current.registered_domicile or ""
    return PersonDetails(
        name=current.display_name,
        name_kana=current.name_kana or "",
        alias=current.alias or "",
        alias_kana=current.alias_kana or "",
        birth=current.birth_date.seireki if foreign else current.birth_date.wareki,
        sex=current.sex.label,
        address=here,
        former_addresses=_lines(former, but=here),
        domicile=domicile,
        former_domiciles=_lines(
            [row.registered_domicile or "" for row in reversed(snapshots[:-1])], but=domicile
        ),
        planned_destination=current.planned_destination or "",
        confirmed_destination=current.confirmed_destination or "",
    )


def _place(row: ResidentHistory) -> str:
    return f"{row.address}　{row.building}" if row.building else row.address


def _lines(texts: Sequence[str], *, but: str) -> str:
    return "\n".join(dict.fromkeys(text for text in texts if text and text != but))
