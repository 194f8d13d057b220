"""異動の取消し."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.crypto import Keyring
from residentapp.core.dates import to_wareki
from residentapp.residents import history
from residentapp.residents.changes.facts import homes_of, person_of
from residentapp.residents.changes.rules import cancel as rules
from residentapp.residents.changes.spec import Ask, ChangeSpec, Group, Subjects, add
from residentapp.residents.changes.types import ChangeEntry, Facts
from residentapp.residents.models import Household, ResidentChange, ResidentHistory

#: Most acts that the page offers; older ones are corrected, not cancelled.
MOST_ACTS = 30


def _load(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    entry: ChangeEntry,
    facts: Facts,
    *,
    now: dt.datetime,
) -> Mapping[str, Any]:
    """The acts of the person, and what the chosen one did to everybody in it."""
    number = entry.text("_person") or next((person.number for person in entry.people), "")
    acts = _acts(session, number) if number else ()
    key = entry.text("change") or (acts[0].key if acts else "")
    changes = _changes_of_act(session, key)
    rows = {change.id: _rows(session, change) for change in changes}
    numbers = sorted({row.number for found in rows.values() for row in found} | ({number} - {""}))
    people = {each: person_of(row) for each, row in history.latest_of(session, numbers).items()}
    households = {person.household_number for person in people.values()}
    for found in rows.values():
        households |= {row.before["household_number"] for row in found if row.before is not None}
    successors = _successors(session, households)
    households |= set(successors.values())
    homes = homes_of(session, actor, sorted(households), now=now)
    people |= {member.number: member for home in homes.values() for member in home.members}
    undo = rules.Undo(
        acts,
        tuple(
            rules.UndoChange(change.id, change.reason, change.moved_on, tuple(rows[change.id]))
            for change in changes
        ),
        successors,
    )
    return {"undo": undo, "people": people, "homes": homes}


def _acts(session: Session, number: str) -> tuple[rules.Act, ...]:
    """Acts that changed a person's record and can be cancelled, the newest first."""
    query = (
        select(ResidentChange)
        .join(ResidentHistory, ResidentHistory.change_id == ResidentChange.id)
        .where(ResidentHistory.addressee_number == number)
        .order_by(ResidentHistory.history_number.desc())
    )
    changes = session.scalars(query).all()
    cancelled = {change.cancels_change_id for change in changes}
    acts: dict[str, rules.Act] = {}
    for change in changes:
        if change.reason in rules.CANCELLATIONS or change.id in cancelled:
            continue
        first = _changes_of_act(session, str(change.id))[0]
        when = change.moved_on.wareki if change.moved_on is not None else "（異動日なし）"
        label = f"{first.reason.label}　異動日 {when}　処理日 {to_wareki(change.processed_on)}"
        acts.setdefault(str(first.id), rules.Act(str(first.id), label))
    return tuple(acts.values())[:MOST_ACTS]


def _changes_of_act(session: Session, key: str) -> Sequence[ResidentChange]:
    """The changes that came from one case together with a change; that change alone when it came from none."""
    change = session.get(ResidentChange, int(key)) if key.isascii() and key.isdigit() else None
    if change is None or change.reason in rules.CANCELLATIONS:
        return ()
    if change.case_id is None:
        return (change,)
    query = select(ResidentChange).where(ResidentChange.case_id == change.case_id)
    return session.scalars(query.order_by(ResidentChange.id)).all()


def _rows(session: Session, change: ResidentChange) -> list[rules.UndoRow]:
    query = (
        select(ResidentHistory)
        .where(ResidentHistory.change_id == change.id)
        .order_by(ResidentHistory.member_order, ResidentHistory.addressee_number)
    )
    return [_row(session, change, snapshot) for snapshot in session.scalars(query)]


def _row(session: Session, change: ResidentChange, snapshot: ResidentHistory) -> rules.UndoRow:
    number = snapshot.addressee_number
    snapshots = history.snapshots_of(session, number, with_changes=True)
    before = next((row for row in snapshots if row.history_number == snapshot.history_number - 1), None)
    later = [row for row in snapshots if row.history_number > snapshot.history_number]
    cancelled = {row.change.cancels_change_id for row in later}
    standing = [
        row
        for row in later
        if row.change_id not in cancelled
        and row.change.reason not in rules.CANCELLATIONS
        and (change.case_id is None or row.change.case_id != change.case_id)
    ]
    return rules.UndoRow(
        number,
        history.items_of(before) if before is not None else None,
        history.items_of(snapshot),
        later=standing[-1].change.reason.label if standing else "",
        later_altered=_altered(snapshots, standing),
        done=change.id in cancelled,
    )


def _successors(session: Session, households: set[str]) -> dict[str, str]:
    """By 世帯番号 of an empty household the one in force that took its place, if there is one."""
    found = {}
    for number in sorted(households):
        current = number
        while not history.household_members(session, current):
            query = select(Household.number).where(Household.continues_number == current)
            following = session.scalars(query.order_by(Household.number.desc())).first()
            if following is None:
                break
            current = following
        else:
            if current != number:
                found[number] = current
    return found


def _altered(snapshots: Sequence[ResidentHistory], rows: Sequence[ResidentHistory]) -> frozenset[str]:
    """Items that some of a person's rows altered; numbers by their keyed hash."""
    by_number = {row.history_number: row for row in snapshots}
    names: set[str] = set()
    for row in rows:
        before = history.items_of(by_number[row.history_number - 1])
        names |= {
            name
            for name, value in history.items_of(row).items()
            if not name.endswith("_cipher") and before[name] != value
        }
    return frozenset(names)


SPEC = add(
    ChangeSpec(
        code="cancel",
        label="異動の取消し",
        group=Group.EX_OFFICIO,
        check=rules.check,
        plan=rules.plan,
        subjects=Subjects.ANY,
        days=("applied_on",),
        optional_days=("applied_on",),
        moved_on_hint="取り消すことにした日。今日以前の日を入力します。",
        asks=(
            Ask(
                "change",
                "取り消す異動",
                "choice",
                "選び直して保存すると、下の人が入れ替わります。",
                required=True,
                longest=200,
                options=rules.acts_offered,
                section="where",
            ),
        ),
        relationships=True,
        load=_load,
        prepare=rules.prepare,
        article="住民基本台帳事務処理要領",
        words=("いどうのとりけし", "取消"),
        order=200,
    )
)
