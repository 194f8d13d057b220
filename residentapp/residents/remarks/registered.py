"""Upkeep of the registered texts of type B by administrators (RR-1.1.14c). Each act is in the settings log.

Texts that were used are ended, never deleted; a change does not touch what has been written from them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.violations import Level, Violation
from residentapp.residents.remarks.models import NoteTemplate
from residentapp.residents.remarks.rules import CORRECTABLE, cleaned, sensitivity_of_text
from residentapp.residents.remarks.rules.registered import check_template
from residentapp.residents.remarks.types import RemarkMissing, RemarkRefused, TemplateEntry

_SCREEN = "留意事項の文例"


def template_facts(row: NoteTemplate | None) -> dict[str, Any]:
    """Its values under their labels; empty for a new one."""
    if row is None:
        return {}
    return {
        "異動事由": row.reason.label,
        "名称": row.name,
        "文": row.text,
        "関係する項目": [CORRECTABLE.get(column, column) for column in row.items],
        "順番": row.position,
        "開始日": row.valid_from.isoformat(),
        "終了日": row.valid_to.isoformat() if row.valid_to is not None else None,
    }


def fingerprint(row: NoteTemplate | None) -> str:
    """Stands for the values a form was filled from, to notice another administrator's change."""
    written = json.dumps(template_facts(row), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()[:32]


def save_template(
    session: Session,
    actor: Actor,
    entry: TemplateEntry,
    *,
    template_id: int | None = None,
    seen: str = "",
    now: dt.datetime,
) -> NoteTemplate:
    """Register or change a text.

    :param seen: of a change: :func:`fingerprint` of what the form was filled from.
    :raises RemarkMissing: no such text.
    :raises RemarkRefused: with what is wrong, or when somebody else was faster.
    """
    actor.require(Permission.ADMIN_MASTERS)
    row = None if template_id is None else _row(session, template_id, seen)
    found = check_template(
        name=entry.name,
        text=entry.text,
        items=entry.items,
        position=entry.position,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        taken=_is_taken(session, entry, template_id),
    )
    if found:
        raise RemarkRefused(found)
    assert entry.valid_from is not None
    before = template_facts(row)
    row = row or NoteTemplate()
    row.reason, row.name, row.text = entry.reason, entry.name.strip(), cleaned(entry.text)
    row.items, row.position = list(entry.items), entry.position
    row.sensitivity = sensitivity_of_text(row.text)
    row.valid_from, row.valid_to = entry.valid_from, entry.valid_to
    session.add(row)
    session.flush()
    after = template_facts(row)
    changed = {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.SETTING,
        action="留意事項の文例の変更" if before else "留意事項の文例の登録",
        details={"番号": row.id, "変更": changed},
        screen=_SCREEN,
    )
    return row


def _row(session: Session, template_id: int, seen: str) -> NoteTemplate:
    row = session.get(NoteTemplate, template_id, populate_existing=True, with_for_update=True)
    if row is None:
        raise RemarkMissing
    if fingerprint(row) != seen:
        raise RemarkRefused(
            [
                Violation(
                    Level.ERROR,
                    "RT-E020",
                    "ほかの管理者が先に変更しました。",
                    "",
                    "",
                    "画面を開き直して、もう一度入力してください。",
                )
            ]
        )
    return row


def _is_taken(session: Session, entry: TemplateEntry, but: int | None) -> bool:
    """Whether another text of the 異動事由 has the name on a day of the same period."""
    first, last = entry.valid_from or dt.date.min, entry.valid_to or dt.date.max
    rows = session.scalars(
        select(NoteTemplate).where(
            NoteTemplate.reason == entry.reason, NoteTemplate.name == entry.name.strip()
        )
    )
    return any(
        row.id != but and row.valid_from <= last and first <= (row.valid_to or dt.date.max) for row in rows
    )
