"""保存年限: what the law asks for at the least, and the last day of a term (令 第34条, RR-1.3.8)."""

from __future__ import annotations

import datetime as dt

import pytest

from residentapp.core.keeping import LONGEST_YEARS, RULES, KeptData, kept_until, term_allowed


@pytest.mark.requirement("RR-1.1.5e", partial=True)
@pytest.mark.parametrize(
    ("data", "years", "allowed"),
    [
        (KeptData.REMOVED_RECORD, 149, False),
        (KeptData.REMOVED_RECORD, 150, True),
        (KeptData.REMOVED_RECORD, 151, True),
        (KeptData.IDENTIFICATION, 149, False),
        (KeptData.IDENTIFICATION, 150, True),
        (KeptData.DOCUMENT, 0, False),
        (KeptData.DOCUMENT, 1, True),
        (KeptData.ISSUE_HISTORY, 0, False),
        (KeptData.ISSUE_HISTORY, 1, True),
        (KeptData.ACCESS_LOG, LONGEST_YEARS, True),
        (KeptData.ACCESS_LOG, LONGEST_YEARS + 1, False),
        (KeptData.SUPPRESSION, -1, False),
    ],
)
def test_no_term_undercuts_the_law(data: KeptData, years: int, allowed: bool) -> None:
    assert term_allowed(data, years) == allowed


def test_every_kind_has_a_rule_whose_default_is_allowed() -> None:
    assert set(RULES) == set(KeptData)
    for data, rule in RULES.items():
        assert term_allowed(data, rule.default), data
        assert rule.basis and rule.since and data.label == rule.label


@pytest.mark.parametrize(
    ("data", "since", "years", "last"),
    [
        # The day itself is not counted (民法 第140条).
        (KeptData.DOCUMENT, dt.date(2026, 11, 24), None, dt.date(2027, 11, 24)),
        (KeptData.DOCUMENT, dt.date(2026, 11, 24), 3, dt.date(2029, 11, 24)),
        (KeptData.ISSUE_HISTORY, dt.date(2026, 11, 24), None, dt.date(2031, 11, 24)),
        (KeptData.DOCUMENT, dt.date(2028, 2, 28), 1, dt.date(2029, 2, 28)),
        (KeptData.DOCUMENT, dt.date(2028, 2, 29), 1, dt.date(2029, 2, 28)),
        (KeptData.DOCUMENT, dt.date(2026, 12, 31), 1, dt.date(2027, 12, 31)),
        (KeptData.REMOVED_RECORD, dt.date(2026, 3, 31), None, dt.date(2176, 3, 31)),
        # What somebody wrote into the table below the minimum counts as the minimum.
        (KeptData.REMOVED_RECORD, dt.date(2026, 3, 31), 5, dt.date(2176, 3, 31)),
        (KeptData.ACCESS_LOG, dt.date(9100, 1, 1), 999, None),
    ],
)
def test_the_last_day_of_a_term(
    data: KeptData, since: dt.date, years: int | None, last: dt.date | None
) -> None:
    assert kept_until(data, since, years) == last
