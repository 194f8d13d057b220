"""Beginning a move-in, by hand or from the papers of another municipality, and what a removed record offers to it.

From there on the case goes the common road (:mod:`residentapp.residents.cases`).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.residents import history
from residentapp.residents.cases import operations as cases
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.move_in import edits
from residentapp.residents.move_in.certificate_csv import CsvResult, read_certificate
from residentapp.residents.move_in.fields import names_of, specs_for
from residentapp.residents.move_in.procedure import MOVE_IN
from residentapp.residents.move_in.record import text_of_record
from residentapp.residents.move_in.types import CasePayload, MoveInEntry, MoveInKind
from residentapp.residents.protection import protected_numbers_query


def start_by_hand(
    session: Session, actor: Actor, keyring: Keyring, kind: MoveInKind, *, now: dt.datetime
) -> ChangeCase:
    """Begin an empty case."""
    payload = CasePayload(edits.new_entry(kind, day_of(now)))
    return cases.start(session, actor, keyring, MOVE_IN, payload, now=now)


def start_from_csv(
    session: Session, actor: Actor, keyring: Keyring, data: bytes, filename: str, *, now: dt.datetime
) -> tuple[ChangeCase | None, CsvResult]:
    """Begin a case from the CSV of a 転出証明書 (RR-10.8).

    :returns: the case, or None when the file has errors; and everything found in the file.
    """
    actor.require(Permission.MOVE_IN_ENTER)
    result = read_certificate(data, filename)
    if result.payload is None:
        audit.record(
            session,
            actor,
            moment=now,
            log=audit.Log.OPERATION,
            action="転出証明書CSVの取込",
            file_name=filename,
            details={"結果": "取り込まない", "エラーの数": len(result.errors) + result.unlisted},
            succeeded=False,
        )
        return None, result
    blank = edits.new_entry(MoveInKind.DOMESTIC, day_of(now))
    entry = edits.proved_by_papers(edits.with_members(blank, result.payload.entry.members))
    payload = CasePayload(entry, result.payload.papers, filename)
    case = cases.start(session, actor, keyring, MOVE_IN, payload, now=now, file_name=filename)
    return case, result


def recorded_texts(
    session: Session, actor: Actor, keyring: Keyring, number: str, entry: MoveInEntry, key: str
) -> dict[str, str]:
    """Items of a removed record to take into an entry: only those the actor may see, never whereabouts.

    転入前住所 is not among them: it is where the person comes from now, not where the record ended. Nor is the 本籍 of
    a protected person, which may be the home.
    """
    record = history.latest(session, number)
    member = next((member for member in entry.members if member.key == key), None)
    if record is None or member is None:
        return {}
    visible = names_of(specs_for(member.resident_kind, actor))
    hidden = ["previous_postal_code", "previous_address", "previous_head_name", "residence_notified"]
    protected = map(str, session.scalars(protected_numbers_query()))
    if not actor.may(Permission.SUPPRESSED_VIEW) and number in protected:
        hidden.append("registered_domicile")
    wanted = [name for name in visible if not name.startswith(tuple(hidden))]
    texts = text_of_record(history.items_of(record), wanted, member.resident_kind)
    for name, cipher, context in (
        ("individual_number", record.individual_number_cipher, INDIVIDUAL_NUMBER),
        ("resident_code", record.resident_code_cipher, RESIDENT_CODE),
    ):
        if cipher is not None and name in visible:
            texts[name] = keyring.decrypt_text(cipher, context=context)
    return texts
