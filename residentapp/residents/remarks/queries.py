"""Reads the 統合記載欄, masked for the one who asks, and the registered texts of type B.

Sources: RR-1.1.14, CM-5.1 (texts may tell whereabouts), RR-10.4a (items shown by right).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.dates import to_wareki
from residentapp.core.violations import Level
from residentapp.residents import history
from residentapp.residents.models import IntegratedRemark, ResidentChange, ResidentHistory
from residentapp.residents.protection import closed_snapshots, may_see_whereabouts, standings
from residentapp.residents.records.items import GROUPS, NO_RIGHT
from residentapp.residents.remarks.models import NoteTemplate
from residentapp.residents.remarks.rules import (
    Days,
    NoteDraft,
    NoteFacts,
    fill_alike,
    removal_entries,
    without_days,
)
from residentapp.residents.remarks.types import (
    ChangeChoice,
    RemarkLine,
    RemarkMissing,
    RemarksPage,
    TextsClosed,
)
from residentapp.residents.removed_records import reader
from residentapp.residents.types import ChangeReason, RemarkKind, SuppressedProcess

#: Right that each item needs, and its label on screens.
_RIGHTS = {item.column: item.permission for _, items in GROUPS for item in items}
_LABELS = {item.column: item.label for _, items in GROUPS for item in items}


@dataclass(frozen=True)
class Record:
    """A person with everything their 統合記載欄 rests on.

    :param change_level: strictest suppression of 異動入力 that stands.
    :param archived: it stands in the 除票用データベース.
    """

    addressee_number: str
    snapshots: Sequence[ResidentHistory]
    changes: Mapping[int, ResidentChange]
    remarks: Sequence[IntegratedRemark]
    change_level: Level | None
    archived: bool = False

    @property
    def current(self) -> ResidentHistory:
        """The snapshot that holds now."""
        return self.snapshots[-1]

    @property
    def stay(self) -> list[ResidentHistory]:
        """Snapshots of the present stay."""
        last = history.stays(self.snapshots, self.changes)[-1]
        return [self.snapshots[place] for place in last.places]

    def on_present_record(self, entry: IntegratedRemark) -> bool:
        """Whether an entry stands on the 住民票 of the present stay, not on a 除票."""
        if not self.current.state.is_live:
            return False
        return belongs(entry, self.stay[0], self.changes)

    def snapshot(self, history_number: int) -> ResidentHistory:
        """:raises RemarkMissing: when the person has no such snapshot."""
        for row in self.snapshots:
            if row.history_number == history_number:
                return row
        raise RemarkMissing

    def remark(self, remark_id: int) -> IntegratedRemark:
        """:raises RemarkMissing: when the person has no such entry."""
        for entry in self.remarks:
            if entry.id == remark_id:
                return entry
        raise RemarkMissing


def belongs(entry: IntegratedRemark, first: ResidentHistory, changes: Mapping[int, ResidentChange]) -> bool:
    """Whether an entry was made in the stay that began with a snapshot.

    An entry without a snapshot goes by its day; of the very first stay everything is part.
    """
    if first.history_number == 1:
        return True
    if entry.history_number is not None:
        return entry.history_number >= first.history_number
    return entry.recorded_on >= changes[first.change_id].processed_on


def record_of(
    session: Session, actor: Actor, addressee_number: str, *, now: dt.datetime, for_update: bool = False
) -> Record:
    """A person's record with its texts, of the register or of the 除票用データベース, for an actor who may know them.

    :param for_update: hold the record until the end of the transaction.
    :raises RemarkMissing: no such person.
    :raises TextsClosed: the texts may tell where somebody protected lives.
    """
    found = _in_register(session, addressee_number, for_update=for_update) or _archived(
        session, addressee_number, for_update=for_update
    )
    snapshots = found.snapshots
    standing = standings(session, [snapshots[-1]], now=now).get(addressee_number)
    # As the page of the record decides it: a text may tell any home of the person's.
    if not may_see_whereabouts(actor, standing) or closed_snapshots(session, actor, snapshots):
        raise TextsClosed
    level = standing.level(SuppressedProcess.CHANGE) if standing is not None else None
    return replace(found, change_level=level)


def _in_register(session: Session, addressee_number: str, *, for_update: bool) -> Record | None:
    if for_update:
        history.latest(session, addressee_number, for_update=True)
    snapshots = history.snapshots_of(session, addressee_number)
    if not snapshots:
        return None
    ids = {row.change_id for row in snapshots}
    changes = session.scalars(select(ResidentChange).where(ResidentChange.id.in_(ids)))
    remarks = session.scalars(
        select(IntegratedRemark)
        .where(IntegratedRemark.addressee_number == addressee_number)
        .order_by(IntegratedRemark.id)
        .execution_options(populate_existing=for_update)
    ).all()
    return Record(addressee_number, snapshots, {change.id: change for change in changes}, remarks, None)


def _archived(session: Session, addressee_number: str, *, for_update: bool) -> Record:
    if for_update:
        reader.hold(session, addressee_number)
    found = reader.record_of(session, addressee_number)
    if found is None:
        raise RemarkMissing
    return Record(addressee_number, found.snapshots, found.changes, found.remarks, None, archived=True)


# ---- lines for screens


def days_of(change: ResidentChange) -> Days:
    """The days of a change beside its 異動日."""
    return Days(change.notified_on, change.applied_on, change.noticed_on, change.requested_on)


def reason_hidden(entry: IntegratedRemark, actor: Actor) -> str:
    """Why an actor may not read an entry: it is about an item that they may not see (RR-10.4a)."""
    rights = [_RIGHTS.get(column) for column in entry.items]
    lacking = any(right is not None and not actor.may(right) for right in rights)
    return NO_RIGHT if lacking else ""


def lines_of(
    remarks: Sequence[IntegratedRemark],
    snapshots: Sequence[ResidentHistory],
    changes: Mapping[int, ResidentChange],
    actor: Actor,
    *,
    shown: ResidentHistory | None = None,
) -> tuple[RemarkLine, ...]:
    """The entries of a person, then what a 除票 has of its own (RR-1.1.14d).

    The caller has made sure that the actor may know the whereabouts.

    :param shown: the snapshot whose own matters are told; the current one when None.
    """
    made_by = {row.history_number: changes[row.change_id] for row in snapshots}
    live = snapshots[-1].state.is_live
    first = snapshots[history.stays(snapshots, changes)[-1].first]
    may_edit = actor.may(Permission.REMARK_EDIT)
    lines = []
    for entry in remarks:
        change = made_by.get(entry.history_number or 0)
        hidden = reason_hidden(entry, actor)
        on_present = live and belongs(entry, first, changes)
        free = entry.kind is not RemarkKind.HISTORY and entry.withdrawn_on is None
        lines.append(
            RemarkLine(
                id=entry.id,
                kind=entry.kind.label,
                code=entry.kind.value,
                text="" if hidden else entry.text,
                recorded_on=to_wareki(entry.recorded_on),
                withdrawn=entry.withdrawn_on is not None,
                hidden=hidden,
                about=tuple(_LABELS[column] for column in entry.items if column in _LABELS),
                sensitivity=entry.sensitivity,
                change=f"{entry.history_number} {change.reason.label}" if change is not None else "",
                recorded=_by(entry.recorded_by or (change.entered_by if change else ""), entry, change),
                ended=_ended(entry),
                editable=may_edit and free and on_present and not hidden,
            )
        )
    current = shown or snapshots[-1]
    made = changes[current.change_id]
    lines += [
        RemarkLine(
            id=0,
            kind=entry.label,
            code="",
            text=entry.text,
            recorded_on=to_wareki(made.processed_on),
            withdrawn=False,
        )
        for entry in removal_entries(history.items_of(current))
    ]
    return tuple(lines)


def _by(login: str, entry: IntegratedRemark, change: ResidentChange | None) -> str:
    office = entry.office_name or (change.office_name if change is not None else "")
    terminal = entry.terminal_name or (change.terminal_name if change is not None else "")
    return " ".join(part for part in (office, terminal, login) if part)


def _ended(entry: IntegratedRemark) -> str:
    if entry.withdrawn_on is None:
        return ""
    parts = [f"{to_wareki(entry.withdrawn_on)} 取消し"]
    parts += [part for part in (entry.withdrawn_by, entry.withdrawal_reason) if part]
    return "　".join(parts)


def matter_shown(entry: IntegratedRemark, change: ResidentChange) -> str:
    """A type A entry beside its change's reason and days: what these do not say yet; empty when that is nothing."""
    matter = without_days(entry.text, change.moved_on, days_of(change))
    return "" if matter == change.reason.label else matter


def page_of(record: Record, actor: Actor) -> RemarksPage:
    """Everything the screen of the 統合記載欄 shows."""
    stay = record.stay if record.current.state.is_live else []
    removed = [
        record.snapshots[ended.last]
        for ended in history.stays(record.snapshots, record.changes)
        if ended.removed is not None
    ]
    return RemarksPage(
        lines=lines_of(record.remarks, record.snapshots, record.changes, actor),
        live=record.current.state.is_live,
        changes=tuple(_choice(record, row) for row in reversed(stay)),
        removed_records=tuple(_choice(record, row) for row in reversed(removed)),
    )


def _choice(record: Record, row: ResidentHistory) -> ChangeChoice:
    change = record.changes[row.change_id]
    day = change.moved_on.wareki if change.moved_on is not None else to_wareki(change.processed_on)
    return ChangeChoice(
        row.history_number, f"{row.history_number}　{change.reason.label}　{day}", change.reason
    )


# ---- registered texts


def note_templates(session: Session, reason: ChangeReason, day: dt.date) -> list[NoteTemplate]:
    """The registered texts of an 異動事由 on a day, in their order (RR-1.1.14c)."""
    return list(
        session.scalars(
            select(NoteTemplate)
            .where(
                NoteTemplate.reason == reason,
                NoteTemplate.valid_from <= day,
                or_(NoteTemplate.valid_to.is_(None), NoteTemplate.valid_to >= day),
            )
            .order_by(NoteTemplate.position, NoteTemplate.id)
        )
    )


@dataclass(frozen=True)
class NoteText:
    """A registered text of type B that an entry page offers.

    :param draft: the text as it would be written, with the items it is linked to.
    """

    template_id: int
    name: str
    draft: NoteDraft


def filled_templates(
    session: Session, reason: ChangeReason, people: Sequence[NoteFacts], day: dt.date
) -> list[NoteText]:
    """The registered texts of an 異動事由 on a day, filled where all the people of the change have the same."""
    return [
        NoteText(row.id, row.name, NoteDraft(fill_alike(row.text, people), tuple(row.items)))
        for row in note_templates(session, reason, day)
    ]


def all_templates(session: Session) -> list[NoteTemplate]:
    """Every registered text, by 異動事由 in the standard's order."""
    found = session.scalars(select(NoteTemplate).order_by(NoteTemplate.position, NoteTemplate.id))
    place = {reason: number for number, reason in enumerate(ChangeReason)}
    return sorted(found, key=lambda row: place[row.reason])


def note_facts(record: Record, row: ResidentHistory) -> NoteFacts:
    """What a registered text is filled from for one change of a person."""
    change = record.changes[row.change_id]
    before = [one for one in record.snapshots if one.history_number < row.history_number]
    return NoteFacts(
        before=history.items_of(before[-1]) if before else {},
        after=history.items_of(row),
        moved_on=change.moved_on,
        days=days_of(change),
    )
