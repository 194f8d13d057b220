"""The support measure (支援措置) of the special household that asks for one, registered as an officer would do it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from residentapp.core.access import Actor
from residentapp.core.clock import JST, day_of
from residentapp.core.crypto import Keyring
from residentapp.residents.rules.terms import support_term
from residentapp.residents.support import operations
from residentapp.residents.support.from_record import details_of_record
from residentapp.residents.support.rules import usual_levels
from residentapp.residents.support.types import (
    Blocked,
    MeasureEntry,
    Offender,
    OffenderDetails,
    PersonDetails,
    RegisterMeasure,
    Supported,
)
from residentapp.seeding.told import Told

#: The measure began soon after the family had moved and has more than a month to go.
_BEGAN_DAYS_AGO = 180
#: The application came some days before.
_APPLIED_DAYS_AGO = 184
_BLOCKED = (Blocked.INSPECTION_CURRENT, Blocked.COPY_CURRENT, Blocked.COPY_FORMER)
#: Contacts that nobody can have: the prefix 000 is not given out, and example domains belong to no one.
_CONTACT = PersonDetails(
    mobile="000-0000-0077",
    mail="sayo@example.jp",
    other_contact="平日の昼に携帯電話へ。留守番電話に用件を残さない。郵便は送らない。",
)


def one_year_from(day: dt.date) -> dt.date:
    """Last day of a term of one year (RR-3.4c: 令和2年4月1日 → 令和3年3月31日)."""
    return support_term(day).end


def protect(session: Session, actor: Actor, keyring: Keyring, told: Told, *, moment: dt.datetime) -> None:
    """Register the measure for the story's protected people; the first of them is the applicant.

    :param moment: when the town is made; the measure is older.
    """
    today = day_of(moment)
    starts_on = today - dt.timedelta(days=_BEGAN_DAYS_AGO)
    numbers = [told.numbers[place] for place in told.story.protected]
    details = details_of_record(session, numbers[0])
    offender = Offender()
    if told.story.offender is not None:
        number = told.numbers[told.story.offender]
        known = details_of_record(session, number)
        offender = Offender(
            OffenderDetails(
                name=known.name,
                birth=known.birth,
                sex=known.sex,
                address=known.address,
                other="元の住まいに今も住んでいる。子の学校を探しているおそれがある。",
            ),
            number,
        )
    command = RegisterMeasure(
        applicant=numbers[0],
        entry=MeasureEntry(
            applied_on=today - dt.timedelta(days=_APPLIED_DAYS_AGO),
            receiving_municipality=operations.own_name(session),
            starts_on=starts_on,
            blocked=frozenset(_BLOCKED),
            addresses={
                Blocked.INSPECTION_CURRENT: details.address,
                Blocked.COPY_CURRENT: details.address,
                Blocked.COPY_FORMER: details.former_addresses.replace("\n", "／"),
            },
            levels=usual_levels(_BLOCKED),
            note="配偶者暴力相談支援センターの意見を確認済み。",
        ),
        supported=tuple(Supported(number, "子") for number in numbers[1:]),
        offender=offender,
        contact=_CONTACT,
    )
    began = dt.datetime.combine(starts_on, dt.time(10), JST)
    operations.register(session, actor, keyring, command, now=began)
