"""The changes of one person as screens tell them: when, why, where entered, what was altered; masked (RR-2.2.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from residentapp.core.access.actor import Actor
from residentapp.core.dates import to_wareki
from residentapp.residents.models import IntegratedRemark, ResidentChange, ResidentHistory
from residentapp.residents.protection import HIDDEN
from residentapp.residents.records.items import GROUPS, reason_hidden, text_of
from residentapp.residents.records.types import Difference, HistoryDay, HistoryLine
from residentapp.residents.remarks.queries import matter_shown
from residentapp.residents.remarks.queries import reason_hidden as remark_hidden
from residentapp.residents.types import RemarkKind

#: Days that stand behind the 届出日 where a change has them.
_OTHER_DAYS = (HistoryDay.APPLIED, HistoryDay.NOTICED, HistoryDay.REQUESTED)


def days_of(change: ResidentChange) -> dict[HistoryDay, dt.date]:
    """The days that a change has (RR-1.2.1a); an unknown 異動日 counts with the first day it may mean."""
    days = {
        HistoryDay.MOVED: change.moved_on.sort if change.moved_on is not None else None,
        HistoryDay.PROCESSED: change.processed_on,
        HistoryDay.NOTIFIED: change.notified_on,
        HistoryDay.APPLIED: change.applied_on,
        HistoryDay.NOTICED: change.noticed_on,
        HistoryDay.REQUESTED: change.requested_on,
    }
    return {kind: day for kind, day in days.items() if day is not None}


def history_lines(
    snapshots: Sequence[ResidentHistory],
    changes: Mapping[int, ResidentChange],
    remarks: Sequence[IntegratedRemark],
    shown: ResidentHistory,
    actor: Actor,
    *,
    whereabouts_open: bool,
    closed: Collection[int],
    told: Mapping[int, str],
    proofs: Mapping[int, str],
) -> tuple[HistoryLine, ...]:
    """The changes of a person, newest first.

    :param proofs: by change, the document that proved the 続柄.
    :param told: by change, the case of a notification whose acceptance the actor may tell of.
    :param closed: 履歴番号 of snapshots whose home the actor may not know; what touches one of them is hidden.
    """
    lines = []
    previous: ResidentHistory | None = None
    all_open = whereabouts_open
    for snapshot in snapshots:
        touched = {snapshot.history_number, (previous or snapshot).history_number}
        whereabouts_open = all_open and touched.isdisjoint(closed)
        change = changes[snapshot.change_id]
        own = _texts_of_change(remarks, snapshot.history_number, change, actor)
        days = days_of(change)
        lines.append(
            HistoryLine(
                history_number=snapshot.history_number,
                reason=change.reason.label,
                kind=change.reason.kind.label,
                moved_on=change.moved_on.wareki if change.moved_on is not None else "",
                processed_on=to_wareki(change.processed_on),
                notified_on=to_wareki(change.notified_on) if change.notified_on is not None else "",
                other_days=tuple((kind.label, to_wareki(days[kind])) for kind in _OTHER_DAYS if kind in days),
                # The office where someone came tells the district they live in.
                office=change.office_name if whereabouts_open else HIDDEN,
                terminal=change.terminal_name if whereabouts_open else "",
                entered_by=change.entered_by,
                remarks=own if whereabouts_open else (),
                differences=_differences(previous, snapshot, actor, whereabouts_open=whereabouts_open),
                is_shown=snapshot is shown,
                days=days,
                accepted_case=told.get(change.id, ""),
                proof=proofs.get(change.id, "") if whereabouts_open else "",
            )
        )
        previous = snapshot
    return tuple(reversed(lines))


def _differences(
    before: ResidentHistory | None, after: ResidentHistory, actor: Actor, *, whereabouts_open: bool
) -> tuple[Difference, ...]:
    """What a change altered, item by item; nothing for the first snapshot."""
    if before is None:
        return ()
    found = []
    seen: set[str] = set()
    for _, definitions in GROUPS:
        for definition in definitions:
            if definition.column in seen or after.resident_kind not in definition.kinds:
                continue
            seen.add(definition.column)
            old, new = getattr(before, definition.column), getattr(after, definition.column)
            if definition.column.endswith("_cipher"):
                # Each encryption of one number differs; its keyed hash does not.
                hashed = definition.column.replace("_cipher", "_hash")
                same = getattr(before, hashed) == getattr(after, hashed)
            else:
                same = old == new
            if same:
                continue
            hidden = reason_hidden(definition, actor, whereabouts_open=whereabouts_open)
            old_text = text_of(definition.column, old, kind=before.resident_kind, western=definition.western)
            new_text = text_of(definition.column, new, kind=after.resident_kind, western=definition.western)
            if definition.column.endswith("_cipher") and old and new:
                old_text, new_text = "変更前の番号", "変更後の番号"
            found.append(
                Difference(
                    definition.label,
                    (hidden if old_text else "") or old_text or "（空欄）",
                    (hidden if new_text else "") or new_text or "（空欄）",
                    definition.exact,
                )
            )
    return tuple(found)


def _texts_of_change(
    remarks: Sequence[IntegratedRemark], history_number: int, change: ResidentChange, actor: Actor
) -> tuple[str, ...]:
    """What stands in the 統合記載欄 about one change, beside its reason and days; withdrawn entries do not."""
    texts = []
    for entry in remarks:
        if entry.history_number != history_number or entry.withdrawn_on is not None:
            continue
        if entry.kind is RemarkKind.HISTORY:
            texts.append(matter_shown(entry, change))
        else:
            texts.append(remark_hidden(entry, actor) or entry.text)
    return tuple(text for text in texts if text)
