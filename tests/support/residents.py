"""Makes residents for tests: one call, one recorded person, only the items that matter said."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core import numbering
from residentapp.core.dates import DateValue
from residentapp.core.violations import Level
from residentapp.residents import history
from residentapp.residents.models import (
    Addressee,
    Household,
    ResidentChange,
    ResidentHistory,
    SupportMeasure,
    SupportMember,
    Suppression,
)
from residentapp.residents.types import (
    ChangeReason,
    ResidentKind,
    ResidentState,
    Sex,
    SuppressedProcess,
    SuppressionCause,
)

RECORDED_ON = dt.date(2026, 4, 1)


def change(
    session: Session,
    reason: ChangeReason = ChangeReason.MOVE_IN_DOMESTIC,
    *,
    processed_on: dt.date = RECORDED_ON,
    **values: Any,
) -> ResidentChange:
    """A change entered at the main office."""
    made = ResidentChange(
        reason=reason,
        moved_on=values.pop("moved_on", DateValue.of(processed_on)),
        processed_on=processed_on,
        office_code="01",
        office_name="本庁",
        terminal_code="T01",
        terminal_name="本庁1",
        entered_by="clerk1",
        **values,
    )
    session.add(made)
    session.flush()
    return made


def household(session: Session) -> str:
    """A new household number."""
    [number] = numbering.allocate(session, numbering.HOUSEHOLD)
    session.add(Household(number=number, first_recorded_on=RECORDED_ON))
    session.flush()
    return number


def items(household_number: str, **values: Any) -> dict[str, Any]:
    """All a Japanese resident must have, with what the test says on top."""
    default: dict[str, Any] = {
        "resident_kind": ResidentKind.JAPANESE,
        "state": ResidentState.RESIDENT,
        "household_number": household_number,
        "member_order": 1,
        "name": "架空　太郎",
        "name_kana": "カクウ　タロウ",
        "name_kana_confirmed": True,
        "birth_date": DateValue.of(dt.date(1980, 5, 5)),
        "sex": Sex.MALE,
        "head_name": "架空　太郎",
        "relationship_to_head": "世帯主",
        "registered_domicile": "架空県架空市本町一丁目2番",
        "register_head": "架空　太郎",
        "became_resident_on": DateValue.of(RECORDED_ON),
        "postal_code": "9990001",
        "address_code": "99101001001",
        "address": "架空県架空市本町一丁目2番3号",
        "address_set_on": DateValue.of(RECORDED_ON),
        "notified_on": RECORDED_ON,
        "previous_address": "架空県隣市東町4番5号",
    }
    return default | values


def resident(
    session: Session,
    household_number: str | None = None,
    *,
    made_by: ResidentChange | None = None,
    **values: Any,
) -> ResidentHistory:
    """A recorded person with a first snapshot."""
    home = household_number or household(session)
    [number] = numbering.allocate(session, numbering.ADDRESSEE)
    session.add(Addressee(number=number, first_recorded_on=RECORDED_ON))
    session.flush()
    return history.append(
        session, made_by or change(session), number, items(home, **values), expected_history_number=None
    )


def family(session: Session, *people: dict[str, Any]) -> list[ResidentHistory]:
    """Several people of one household, in the order given."""
    home = household(session)
    made_by = change(session)
    order = itertools.count(1)
    return [
        resident(session, home, made_by=made_by, **({"member_order": next(order)} | person))
        for person in people
    ]


def next_snapshot(
    session: Session, current: ResidentHistory, made_by: ResidentChange, **values: Any
) -> ResidentHistory:
    """The person's next snapshot: all items as before, except those the test says."""
    return history.append(
        session,
        made_by,
        current.addressee_number,
        history.items_of(current) | values,
        expected_history_number=current.history_number,
    )


def protect(
    session: Session,
    *people: ResidentHistory,
    starts_on: dt.date = dt.date(2026, 4, 1),
    ends_on: dt.date = dt.date(2027, 3, 31),
    inquiry: Level = Level.ALERT,
) -> SupportMeasure:
    """A support measure with the suppressions that go with it."""
    levels = {
        SuppressedProcess.CERTIFICATE: Level.ERROR,
        SuppressedProcess.INSPECTION: Level.ERROR,
        SuppressedProcess.INQUIRY: inquiry,
        SuppressedProcess.CHANGE: Level.ALERT,
    }
    measure = SupportMeasure(
        receiving_municipality="架空市",
        applied_on=starts_on,
        first_started_on=starts_on,
        starts_on=starts_on,
        ends_on=ends_on,
        levels={process.value: level.value for process, level in levels.items()},
    )
    session.add(measure)
    session.flush()
    for place, person in enumerate(people):
        session.add(
            SupportMember(
                measure_id=measure.id, addressee_number=person.addressee_number, is_applicant=place == 0
            )
        )
        for process, level in levels.items():
            session.add(
                Suppression(
                    addressee_number=person.addressee_number,
                    process=process,
                    level=level,
                    cause=SuppressionCause.SUPPORT,
                    measure_id=measure.id,
                    starts_on=starts_on,
                    ends_on=ends_on,
                )
            )
    session.flush()
    return measure
