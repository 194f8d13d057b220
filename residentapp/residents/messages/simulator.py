"""A stand-in for 住基ネットCS and the municipalities behind it, to try the exchange and to test it.

It is no picture of the real interface, whose specification is not published. It reads what was sent into the folders
and lays answers into them: a 個人番号 for each request, a 転入通知 for each move to another municipality. The same
request under the same seed gets the same answer. Everything it writes is marked ``test_data``, and an installation
with real residents neither runs it nor takes its answers in.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.check_digits import individual_check_digit
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.core.masters.queries import own_municipality
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.core.outbox.transport import FORMAT, FolderTransport, write_whole
from residentapp.core.outbox.types import Partner
from residentapp.residents.messages.places import Places
from residentapp.residents.messages.types import Act, CsReason, InboxKind, MessageKind
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason

#: First digits of invented 個人番号 of this simulator; the seed town's begin with 99.
NUMBER_HEAD = "97"

_ANSWERED_FOR = (Partner.CS, Partner.MUNICIPALITY, Partner.CARD)


@dataclass
class Simulated:
    """What a run did: messages read, numbers given, 転入通知 sent."""

    read: int = 0
    numbers: int = 0
    notices: int = 0


def simulate_cs(database: Database, keyring: Keyring, folder: FolderTransport, *, seed: int) -> Simulated:
    """Read everything that was sent and answer it.

    An answer lies in the folder before its request is moved away, so that a crash in between only answers it again,
    with the same id.
    """
    done = Simulated()
    for partner in _ANSWERED_FOR:
        for path, request in _requests(folder, partner):
            with database.transaction() as session:
                answer = _answer(session, keyring, request, seed)
            if answer is not None:
                source, content = answer
                write_whole(folder.folder(source, "in") / f"{content['id']}.json", _json(content))
                done.notices += source is Partner.MUNICIPALITY
                done.numbers += source is Partner.CS
            taken = path.parent / "taken"
            taken.mkdir(mode=0o700, exist_ok=True)
            os.replace(path, taken / path.name)
            done.read += 1
    return done


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _requests(folder: FolderTransport, partner: Partner) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """What lies in a partner's folder, each person's messages in their order."""
    found = []
    for path in sorted(folder.folder(partner, "out").glob("*.json")):
        with contextlib.suppress(FileNotFoundError):
            content = json.loads(path.read_text("utf-8"))
            found.append((content["order"]["of"], content["order"]["sequence"], path, content))
    found.sort(key=lambda entry: (entry[0], entry[1]))
    for _person, _sequence, path, content in found:
        yield path, content


def _answer(
    session: Session, keyring: Keyring, request: Mapping[str, Any], seed: int
) -> tuple[Partner, dict[str, Any]] | None:
    body: Mapping[str, Any] = request["body"]
    header: Mapping[str, Any] = body["header"]
    if header["act"]["code"] == Act.CANCEL:
        return None
    match request["kind"]:
        case MessageKind.NUMBER_GENERATION:
            return Partner.CS, _number_answer(session, keyring, request, InboxKind.NUMBER_GENERATED, seed)
        case MessageKind.NUMBER_CHANGE:
            return Partner.CS, _number_answer(session, keyring, request, InboxKind.NUMBER_CHANGED, seed)
        case MessageKind.IDENTITY:
            moved_out = header.get("cs_reason", {}).get("code") == CsReason.MOVE_OUT
            if moved_out and header["reason"]["code"] == ChangeReason.MOVE_OUT_DOMESTIC:
                notice = _move_in_notice(session, keyring, request)
                return None if notice is None else (Partner.MUNICIPALITY, notice)
    return None


def _letter(request: Mapping[str, Any], kind: InboxKind, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "id": f"simulated-{request['id']}",
        "kind": kind.value,
        "body": {**body, "simulated": True, "test_data": True},
    }


def _number_answer(
    session: Session, keyring: Keyring, request: Mapping[str, Any], kind: InboxKind, seed: int
) -> dict[str, Any]:
    body = request["body"]
    code = body["person"]["resident_code"]
    header = {"in_reply_to": request["id"], "reason": body["header"]["reason"]}
    number = _free_number(session, keyring, f"{seed}:{request['kind']}:{code}", code)
    return _letter(
        request, kind, {"header": header, "person": {"resident_code": code, "individual_number": number}}
    )


def _free_number(session: Session, keyring: Keyring, text: str, code: str) -> str:
    """A number that nobody in the register has, other than the one whose code it is asked for."""
    own = keyring.lookup_hash(code, context=RESIDENT_CODE)
    attempt = 0
    while True:
        number = simulated_number(f"{text}:{attempt}")
        taken = select(ResidentHistory.addressee_number).where(
            ResidentHistory.individual_number_hash == keyring.lookup_hash(number, context=INDIVIDUAL_NUMBER),
            ResidentHistory.resident_code_hash.is_distinct_from(own),
        )
        if session.scalars(taken.limit(1)).first() is None:
            return number
        attempt += 1


def simulated_number(text: str) -> str:
    """An invented 個人番号 with its check digit; the same text gives the same number."""
    digest = hmac.digest(b"residentapp simulator", text.encode(), hashlib.sha256)
    body = f"{NUMBER_HEAD}{int.from_bytes(digest[:8]) % 10**9:09d}"
    return body + individual_check_digit(body)


def _move_in_notice(session: Session, keyring: Keyring, request: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the municipality to which the person went would tell; nothing when it is not known where they went."""
    person = request["body"]["person"]
    hashed = keyring.lookup_hash(person["resident_code"], context=RESIDENT_CODE)
    record = session.scalars(
        select(ResidentHistory).where(ResidentHistory.resident_code_hash == hashed, ResidentHistory.is_latest)
    ).first()
    if record is None or not record.planned_destination:
        return None
    own = own_municipality(session)
    place = Places(session, own).of(record.planned_destination, record.planned_destination_code)
    if place is None or not place.code or place.code == own.code:
        return None
    address = record.planned_destination
    if address == place.municipality:
        address += "中央一丁目1番1号"
    moved = record.removal_occurred_on.iso if record.removal_occurred_on is not None else None
    text = record.removal_occurred_on.wareki if record.removal_occurred_on is not None else ""
    header = {
        "in_reply_to": request["id"],
        "municipality_code": place.code,
        "municipality_name": place.municipality,
        "moved_in_on": {"day": moved, "text": text},
    }
    told = {name: person[name] for name in ("name", "name_alphabet", "birth_date", "sex") if name in person}
    return _letter(
        request,
        InboxKind.MOVE_IN_NOTICE,
        {
            "header": header,
            "person": told
            | {
                "resident_code": person["resident_code"],
                "new_address": address,
                "new_address_code": record.planned_destination_code or "",
                "new_postal_code": record.planned_destination_postal_code or "",
            },
        },
    )
