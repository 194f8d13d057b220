"""The frozen snapshot of one certificate: what it was made of, drawn again byte by byte, compared before it leaves.

Sources: FM-3 (the same data give the same bytes), CM-5.2 (two people's data never mix).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core.crypto import Keyring
from residentapp.core.documents import Fonts, OverflowRule, RenderedForm, load_template, render_form
from residentapp.residents.certificates.models import CertificateIssue
from residentapp.residents.certificates.types import (
    Snapshot,
    Subject,
    WrongCertificate,
)
from residentapp.residents.removed_records.reader import snapshot_of

#: Context under which snapshots are encrypted.
SNAPSHOT = "certificate_snapshot"


def render_snapshot(snapshot: Snapshot, fonts: Fonts) -> RenderedForm:
    """The pages of a snapshot; the same bytes each time."""
    template = load_template(snapshot.template)
    return render_form(
        template, snapshot.data, fonts=fonts, moment=snapshot.moment, overflow=snapshot.overflow
    )


def freeze(snapshot: Snapshot) -> str:
    """A snapshot as text, to be encrypted."""
    value = {
        "request_id": snapshot.request_id,
        "template": snapshot.template,
        "subjects": [[s.addressee_number, s.history_number, s.name] for s in snapshot.subjects],
        "data": snapshot.data,
        "moment": snapshot.moment.isoformat(),
        "overflow": snapshot.overflow.value,
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def thaw(text: str) -> Snapshot:
    """The snapshot that :func:`freeze` wrote."""
    value = json.loads(text)
    return Snapshot(
        request_id=value["request_id"],
        template=value["template"],
        subjects=tuple(Subject(*subject) for subject in value["subjects"]),
        data=value["data"],
        moment=dt.datetime.fromisoformat(value["moment"]),
        overflow=OverflowRule(value["overflow"]),
    )


def release_check(
    session: Session,
    keyring: Keyring,
    row: CertificateIssue,
    snapshot: Snapshot,
    *,
    asked: set[str] | None = None,
) -> None:
    """The last look before a page leaves: request, record, snapshot and register name the same people (CM-5.2).

    :raises WrongCertificate: when anything disagrees.
    """
    recorded = {(subject.addressee_number, subject.history_number) for subject in row.subjects}
    frozen = {(subject.addressee_number, subject.history_number) for subject in snapshot.subjects}
    if snapshot.request_id != row.id or recorded != frozen:
        raise WrongCertificate
    if asked is not None and not {number for number, _ in frozen} <= asked:
        raise WrongCertificate
    data = snapshot.data
    printed = _names_in(data)
    if printed != [subject.name for subject in snapshot.subjects] or data["issue_number"] != row.issue_number:
        raise WrongCertificate
    for subject in snapshot.subjects:
        person = snapshot_of(session, subject.addressee_number, subject.history_number)
        if person is None or person.display_name != subject.name:
            raise WrongCertificate


def _names_in(data: Mapping[str, Any]) -> list[str]:
    """The names of those whom a paper is about: of its members, of the one member, or of a letter's person."""
    if "members" in data:
        return [member["name"] for member in data["members"]]
    return [data["member"]["name"] if "member" in data else data["name"]]
