"""抑止: setting, releasing and temporarily lifting (RR-3.1).

Suppressions of a support measure are set and released by its measure alone, so that nobody opens by a side door what
the measure closes. A temporary lift comes back by itself when its time is over; it is told to no other system.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.dates import to_wareki
from residentapp.core.violations import Level, Violation, errors_of
from residentapp.residents.models import Addressee, Household, SupportMeasure, Suppression
from residentapp.residents.support.errors import NotThere, SupportRefused
from residentapp.residents.support.events import differences, suppression_event
from residentapp.residents.support.rules import check_lift, check_suppressions
from residentapp.residents.support.sealed import SUPPRESSION, seal
from residentapp.residents.support.types import EventKind, SetSuppressions
from residentapp.residents.types import SuppressedProcess, SuppressionCause

#: What manages support measures: the right to do so, and the right to know.
IN_CHARGE = (Permission.SUPPORT_MANAGE, Permission.SUPPRESSED_VIEW)


def set_suppressions(
    session: Session, actor: Actor, keyring: Keyring, command: SetSuppressions, *, now: dt.datetime
) -> list[Suppression]:
    """Suppress one or several processes for a person or a household (RR-3.1a). Others may stand beside it.

    :raises SupportRefused: no process, no reason, days in the wrong order, or nobody there.
    """
    actor.require(Permission.SUPPRESSION_MANAGE)
    known = (
        session.get(Addressee, command.addressee_number) is not None
        if command.addressee_number
        else bool(command.household_number) and session.get(Household, command.household_number) is not None
    )
    found = errors_of(check_suppressions(command, known=known, today=day_of(now)))
    if found:
        raise SupportRefused(found)
    assert command.starts_on is not None
    made = []
    for process in SuppressedProcess:
        if process not in command.levels:
            continue
        row = Suppression(
            addressee_number=command.addressee_number or None,
            household_number=command.household_number or None,
            process=process,
            level=command.levels[process],
            cause=SuppressionCause.OTHER,
            note_cipher=seal(keyring, {"reason": command.reason.strip()}, SUPPRESSION),
            starts_on=command.starts_on,
            ends_on=command.ends_on,
        )
        session.add(row)
        session.flush()
        suppression_event(session, actor, keyring, EventKind.SET, row, now=now, reason=command.reason.strip())
        made.append(row)
    return made


def release(
    session: Session, actor: Actor, keyring: Keyring, suppression_id: int, reason: str, *, now: dt.datetime
) -> Suppression:
    """End a suppression for good (解除). The row stays, with who released it and why.

    :raises NotThere: no such suppression.
    :raises SupportRefused: no reason, released before, or set by a support measure.
    """
    actor.require(Permission.SUPPRESSION_MANAGE)
    row = _standing(session, suppression_id)
    if row.cause is SuppressionCause.SUPPORT:
        raise SupportRefused(
            [
                _error(
                    "SU-E020", "支援措置の抑止は、ここでは解除できません。",
                    "支援措置責任者が支援措置を終了すると解除されます。", basis="RR-3.4g",
                )
            ]
        )  # fmt: skip
    if not reason.strip():
        raise SupportRefused(
            [
                _error(
                    "SU-E021", "解除の理由が入力されていません。", "理由を入力してください。",
                    field="reason", basis="RR-3.1d",
                )
            ]
        )  # fmt: skip
    _release(session, actor, keyring, row, reason.strip(), now=now)
    return row


def lift(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    suppression_ids: Collection[int],
    reason: str,
    minutes: int | None,
    *,
    most: int,
    now: dt.datetime,
) -> list[Suppression]:
    """Let suppressions rest for some minutes (一時解除, RR-3.1b). Lists, searches and screens stay closed.

    :param most: the longest time that the municipality allows, in minutes.
    :raises SupportRefused: no reason, a time that is too long, or none of them stands.
    :raises PermissionDenied: without the right to lift; for those of a support measure also without being in charge.
    """
    actor.require(Permission.SUPPRESSION_LIFT)
    found = check_lift(reason, minutes, most=most)
    if not suppression_ids:
        found.append(
            _error(
                "SU-E022", "一時解除する抑止が選ばれていません。", "1つ以上選んでください。",
                field="lifted", basis="RR-3.1b",
            )
        )  # fmt: skip
    if found:
        raise SupportRefused(found)
    assert minutes is not None
    rows = [_standing(session, suppression_id) for suppression_id in sorted(set(suppression_ids))]
    if any(row.cause is SuppressionCause.SUPPORT for row in rows):
        actor.require(*IN_CHARGE)
    until = now + dt.timedelta(minutes=minutes)
    for row in rows:
        row.lifted_until = until
        session.flush()
        suppression_event(
            session, actor, keyring, EventKind.LIFTED, row, now=now, reason=reason.strip(),
            changes={"一時解除の時間": ("", f"{minutes}分")},
        )  # fmt: skip
    return rows


def relock(
    session: Session, actor: Actor, keyring: Keyring, suppression_id: int, *, now: dt.datetime
) -> Suppression:
    """Take a temporary lift back before its time is over.

    :raises SupportRefused: when it is not lifted.
    """
    actor.require(Permission.SUPPRESSION_LIFT)
    row = _standing(session, suppression_id)
    if row.cause is SuppressionCause.SUPPORT:
        actor.require(*IN_CHARGE)
    if row.lifted_until is None or row.lifted_until <= now:
        raise SupportRefused(
            [
                _error(
                    "SU-E023",
                    "この抑止は一時解除されていません。",
                    "画面を開き直してください。",
                    basis="RR-3.1b",
                )
            ]
        )
    row.lifted_until = now
    session.flush()
    suppression_event(session, actor, keyring, EventKind.RELOCKED, row, now=now)
    return row


def _standing(session: Session, suppression_id: int) -> Suppression:
    row = session.get(Suppression, suppression_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotThere("この抑止は見つかりません。画面を開き直してください。")
    if row.released_at is not None:
        raise SupportRefused(
            [
                _error(
                    "SU-E024",
                    "この抑止は、もう解除されています。",
                    "画面を開き直してください。",
                    basis="RR-3.1a",
                )
            ]
        )
    return row


def _error(code: str, message: str, remedy: str, *, field: str = "", basis: str = "") -> Violation:
    return Violation(Level.ERROR, code, message, field, basis, remedy)


def _release(
    session: Session, actor: Actor, keyring: Keyring, row: Suppression, reason: str, *, now: dt.datetime,
    logged: bool = True,
) -> None:  # fmt: skip
    row.released_at = now
    session.flush()
    suppression_event(session, actor, keyring, EventKind.RELEASED, row, now=now, reason=reason, logged=logged)


# ---- those of a support measure


def protect(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    measure: SupportMeasure,
    addressee_number: str,
    *,
    starts_on: dt.date,
    now: dt.datetime,
) -> None:
    """Set the suppressions of a measure for one of its people, one per process."""
    for process, level in _levels(measure).items():
        row = Suppression(
            addressee_number=addressee_number,
            process=process,
            level=level,
            cause=SuppressionCause.SUPPORT,
            measure_id=measure.id,
            starts_on=starts_on,
            ends_on=measure.ends_on,
        )
        session.add(row)
        session.flush()
        suppression_event(session, actor, keyring, EventKind.SET, row, now=now, logged=False)


def unprotect(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    measure: SupportMeasure,
    *,
    reason: str,
    now: dt.datetime,
    addressee_number: str | None = None,
) -> None:
    """Release the suppressions of a measure, all of them or those of one person."""
    for row in _of_measure(session, measure):
        if addressee_number in (None, row.addressee_number):
            _release(session, actor, keyring, row, reason, now=now, logged=False)


def follow(
    session: Session, actor: Actor, keyring: Keyring, measure: SupportMeasure, *, now: dt.datetime
) -> None:
    """Bring the suppressions of a measure to its present levels and term; what is no longer wanted is released.

    A provisional measure has no last day, whatever term it had before, and neither have its suppressions.
    """
    wanted, ends_on = _levels(measure), None if measure.provisional else measure.ends_on
    standing: dict[str, set[SuppressedProcess]] = {}
    for row in _of_measure(session, measure):
        level = wanted.get(row.process)
        if level is None:
            _release(session, actor, keyring, row, "支援措置の変更", now=now, logged=False)
            continue
        assert row.addressee_number is not None
        standing.setdefault(row.addressee_number, set()).add(row.process)
        changes = _alter(row, level, ends_on)
        if changes:
            session.flush()
            suppression_event(
                session, actor, keyring, EventKind.ALTERED, row, now=now, changes=changes, logged=False
            )
    for member in sorted(measure.members, key=lambda member: member.addressee_number):
        if member.removed_on is not None:
            continue
        for process in wanted.keys() - standing.get(member.addressee_number, set()):
            row = Suppression(
                addressee_number=member.addressee_number,
                process=process,
                level=wanted[process],
                cause=SuppressionCause.SUPPORT,
                measure_id=measure.id,
                starts_on=day_of(now),
                ends_on=ends_on,
            )
            session.add(row)
            session.flush()
            suppression_event(session, actor, keyring, EventKind.SET, row, now=now, logged=False)


def _alter(row: Suppression, level: Level, ends_on: dt.date | None) -> dict[str, tuple[str, str]]:
    before = {"レベル": row.level.label, "終了日": to_wareki(row.ends_on) if row.ends_on else ""}
    row.level, row.ends_on = level, ends_on
    return differences(before, {"レベル": level.label, "終了日": to_wareki(ends_on) if ends_on else ""})


def _levels(measure: SupportMeasure) -> Mapping[SuppressedProcess, Level]:
    return {SuppressedProcess(process): Level(level) for process, level in measure.levels.items()}


def _of_measure(session: Session, measure: SupportMeasure) -> list[Suppression]:
    query = select(Suppression).where(Suppression.measure_id == measure.id, Suppression.released_at.is_(None))
    query = query.order_by(Suppression.addressee_number, Suppression.id)
    return list(session.scalars(query.with_for_update()))
