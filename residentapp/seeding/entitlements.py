"""Insurance, pension and electoral roll of an invented resident on a day (RR-1.1.1a), by age alone."""

from __future__ import annotations

import datetime as dt
import zlib

from residentapp.residents.types import PensionKind
from residentapp.seeding.people import Person, age_in_years, birthday_of

#: Columns this module fills.
COLUMNS = (
    "on_electoral_roll", "health_insurance_insured", "health_insurance_acquired_on", "elderly_care_insured",
    "elderly_care_acquired_on", "long_term_care_insured", "long_term_care_acquired_on", "pension_insured",
    "pension_number", "pension_kind", "pension_kind_changed_on", "pension_acquired_on", "pension_lost_on",
)  # fmt: skip

_LONG_TERM_CARE_AGE = 65
_ELDERLY_CARE_AGE = 75
_PENSION_FROM, _PENSION_TO = 20, 60
_VOTING_AGE = 18
#: Whose concrete day of birth lies before stands for a day that nobody knows.
_FIRST_BIRTH = dt.date(1873, 1, 1)
_VOTING_RESIDENCE = dt.timedelta(days=93)


def entitlements(person: Person, number: str, since: dt.date, on: dt.date) -> dict[str, object]:
    """Values of ``COLUMNS`` as they stood on a day.

    :param number: 宛名番号; the kind of insurance follows from it, so that it does not change from row to row.
    :param since: 住民となった年月日 (its concrete day).
    :returns: without any day or right that an unknown day of birth leaves open.
    """
    share = zlib.crc32(number.encode()) % 100
    values: dict[str, object] = dict.fromkeys(COLUMNS)
    if person.birth_day < _FIRST_BIRTH:
        return values
    age = age_in_years(person.birth_day, on)
    values["on_electoral_roll"] = (
        None if person.is_foreign else age >= _VOTING_AGE and since + _VOTING_RESIDENCE <= on
    )
    elderly = age >= _ELDERLY_CARE_AGE
    values["elderly_care_insured"] = elderly
    if elderly:
        values["elderly_care_acquired_on"] = max(since, birthday_of(person.birth_day, _ELDERLY_CARE_AGE))
    national = not elderly and share < (75 if age >= _LONG_TERM_CARE_AGE else 24)
    values["health_insurance_insured"] = national
    if national:
        values["health_insurance_acquired_on"] = since
    care = age >= _LONG_TERM_CARE_AGE
    values["long_term_care_insured"] = care
    if care:
        values["long_term_care_acquired_on"] = max(since, birthday_of(person.birth_day, _LONG_TERM_CARE_AGE))
    if age >= _PENSION_FROM:
        insured = age < _PENSION_TO
        values["pension_insured"] = insured
        values["pension_number"] = f"9900{zlib.crc32(number.encode()[::-1]) % 1_000_000:06d}"
        begun = max(since, birthday_of(person.birth_day, _PENSION_FROM))
        values["pension_acquired_on"] = begun
        if insured:
            kind = (
                PensionKind.SECOND if share >= 30 else PensionKind.FIRST if share >= 12 else PensionKind.THIRD
            )
            values["pension_kind"] = kind
            values["pension_kind_changed_on"] = begun
        else:
            values["pension_lost_on"] = max(begun, birthday_of(person.birth_day, _PENSION_TO))
    else:
        values["pension_insured"] = False
    return values
