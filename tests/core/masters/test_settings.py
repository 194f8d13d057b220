"""What a municipality has decided, as it holds on a day: closed days, wording, seals of forms, fees, terms."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from residentapp.core.closed_days import LocalDayKind
from residentapp.core.documents import load_template
from residentapp.core.keeping import KeptData
from residentapp.core.masters.models import CertifierKind, Seal, SealColour, SealUse
from residentapp.core.masters.queries import MasterMissing, closed_days, seal_on
from residentapp.core.masters.setting_models import CertificateFee, ClosedDay, FormWording, KeepingTerm
from residentapp.core.masters.settings import fee_on, keep_until, keeping_years, may_be_deleted
from residentapp.core.masters.wording import (
    SEAL_USE,
    WORDS_DIRECTORY,
    known_forms,
    sample_with,
    seal_use_on,
    wording_on,
)
from tests.support.documents import draw

FORM = "resident_copy_household"
DAY = dt.date(2026, 11, 24)


@pytest.mark.requirement("CM-3.4")
def test_closed_days_are_those_of_the_law_and_of_the_table(session: Session) -> None:
    session.add_all(
        [
            ClosedDay(kind=LocalDayKind.CLOSED, reason="台風による閉庁", day=DAY),
            ClosedDay(
                kind=LocalDayKind.CLOSED,
                reason="市制施行記念日",
                month=11,
                day_of_month=25,
                valid_from=dt.date(2000, 1, 1),
            ),
            ClosedDay(kind=LocalDayKind.OPENED, reason="休日開庁", day=dt.date(2026, 11, 29)),
        ]
    )
    session.flush()
    days = closed_days(session)
    assert [days.reason(dt.date(2026, 11, day)) for day in (20, 21, 22, 23)] == [
        None,
        "土曜日",
        "日曜日",
        "勤労感謝の日",
    ]
    year_end = [dt.date(2026, 12, 28) + dt.timedelta(days=number) for number in range(8)]
    assert [days.is_closed(day) for day in year_end] == [False, *[True] * 6, False]
    assert days.reason(DAY) == "台風による閉庁"
    assert days.reason(dt.date(2026, 11, 25)) == "市制施行記念日"
    assert days.reason(dt.date(2026, 11, 26)) is None
    assert days.reason(dt.date(2026, 11, 29)) is None and days.is_holiday(dt.date(2026, 11, 29))


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"day": DAY, "month": 11, "day_of_month": 5, "valid_from": DAY},
        {"month": 13, "day_of_month": 5, "valid_from": DAY},
        {"month": 11, "day_of_month": 5},
        {"month": 11, "day_of_month": 5, "valid_from": DAY, "valid_to": DAY - dt.timedelta(days=1)},
    ],
)
def test_the_database_takes_no_half_day(session: Session, values: dict[str, object]) -> None:
    session.add(ClosedDay(kind=LocalDayKind.CLOSED, reason="休日", **values))
    with pytest.raises(IntegrityError):
        session.flush()


def test_every_default_text_belongs_to_a_form_and_fits_on_it() -> None:
    """A file of texts without its form, or an item that the form does not have, would fail at the first issue."""
    assert known_forms()
    assert {path.stem for path in WORDS_DIRECTORY.glob("*.toml")} == {*known_forms(), "common"}
    for words in known_forms().values():
        assert words.title == load_template(words.form).title
        for item in words.items.values():
            assert item.label and item.default
            if item.path:
                drawn = draw(words.form, sample_with(item, item.default))
                assert not [found for found in drawn.overflows if found.field == item.path]


@pytest.mark.requirement("FM-7", partial=True)
@pytest.mark.parametrize(
    ("day", "text"),
    [
        (dt.date(2026, 11, 30), "この写しは、世帯全員の住民票の原本と相違ないことを証明する。"),
        (dt.date(2026, 12, 1), "一つ目の文"),
        (dt.date(2026, 12, 9), "一つ目の文"),
        (dt.date(2026, 12, 10), "二つ目の文の直し"),
        (dt.date(2026, 12, 20), "この写しは、世帯全員の住民票の原本と相違ないことを証明する。"),
    ],
)
def test_a_wording_holds_from_its_day(session: Session, day: dt.date, text: str) -> None:
    """Of two that begin together the one registered later holds; no value is the default again."""
    rows = [(1, "一つ目の文"), (10, "二つ目の文"), (10, "二つ目の文の直し"), (20, None)]
    for first, value in rows:
        session.add(
            FormWording(
                form=FORM, item="certification_whole", value=value, valid_from=dt.date(2026, 12, first)
            )
        )
        session.flush()
    # A row of an item that no form has any more changes nothing.
    session.add(FormWording(form=FORM, item="gone", value="x", valid_from=dt.date(2026, 1, 1)))
    session.flush()
    found = wording_on(session, FORM, day)
    assert found["certification_whole"] == text
    assert found["no_seal_note"] == "公印省略" and "gone" not in found
    other = wording_on(session, "resident_copy_individual", day)["certification"]
    assert other == "この写しは、住民票の原本と相違ないことを証明する。"


@pytest.mark.requirement("RR-5.6a", "RR-5.6b", partial=True)
def test_a_form_chooses_its_seal_and_each_use_has_its_own(session: Session) -> None:
    for use, picture in ((SealUse.GENERAL, b"general"), (SealUse.CERTIFICATE, b"certificate")):
        session.add(Seal(kind=CertifierKind.MAYOR, use=use, image_png=picture, size_mm=21, valid_from=DAY))
    session.add(
        FormWording(form=FORM, item=SEAL_USE, value="certificate", valid_from=DAY + dt.timedelta(days=1))
    )
    session.flush()
    assert seal_use_on(session, FORM, DAY) is SealUse.GENERAL
    assert seal_use_on(session, FORM, DAY + dt.timedelta(days=1)) is SealUse.CERTIFICATE
    assert seal_on(session, CertifierKind.MAYOR, DAY).image_png == b"general"
    assert seal_on(session, CertifierKind.MAYOR, DAY, SealUse.CERTIFICATE).image_png == b"certificate"
    with pytest.raises(MasterMissing, match="カードの券面用"):
        seal_on(session, CertifierKind.MAYOR, DAY, SealUse.CARD)


@pytest.mark.requirement("RR-5.6b", partial=True)
@pytest.mark.parametrize(
    ("use", "colour", "allowed"),
    [
        (SealUse.GENERAL, SealColour.BLACK, True),
        (SealUse.CARD, SealColour.BLACK, True),
        (SealUse.CARD, SealColour.RED, True),
        (SealUse.GENERAL, SealColour.RED, False),
        (SealUse.CERTIFICATE, SealColour.RED, False),
    ],
)
def test_only_seals_for_cards_may_be_red(
    session: Session, use: SealUse, colour: SealColour, allowed: bool
) -> None:
    session.add(
        Seal(kind=CertifierKind.MAYOR, use=use, colour=colour, image_png=b"x", size_mm=21, valid_from=DAY)
    )
    if allowed:
        session.flush()
    else:
        with pytest.raises(IntegrityError):
            session.flush()


@pytest.mark.parametrize(
    ("day", "amount"),
    [
        (dt.date(1998, 3, 31), None),
        (dt.date(1998, 4, 1), 200),
        (dt.date(2014, 3, 31), 200),
        (dt.date(2014, 4, 1), 300),
    ],
)
def test_a_fee_holds_until_the_next(session: Session, day: dt.date, amount: int | None) -> None:
    for first, yen in ((dt.date(1998, 4, 1), 200), (dt.date(2014, 4, 1), 300)):
        session.add(CertificateFee(form=FORM, fee="paid", amount=yen, valid_from=first))
    session.add(CertificateFee(form="other", fee="paid", amount=999, valid_from=dt.date(1990, 1, 1)))
    session.add(CertificateFee(form=FORM, fee="reduced", amount=100, valid_from=dt.date(1990, 1, 1)))
    session.flush()
    assert fee_on(session, FORM, "paid", day) == amount


@pytest.mark.requirement("RR-1.3.8b", "RR-10.2d", partial=True)
def test_nothing_may_go_before_its_term_is_over(session: Session) -> None:
    issued = dt.date(2021, 11, 24)
    data = KeptData.ISSUE_HISTORY
    assert keeping_years(session, data, DAY) == 5
    assert keep_until(session, data, issued, day=DAY) == DAY
    assert not may_be_deleted(session, data, issued, day=DAY)
    assert may_be_deleted(session, data, issued, day=DAY + dt.timedelta(days=1))
    session.add(KeepingTerm(data=data, years=10, valid_from=DAY + dt.timedelta(days=1)))
    session.flush()
    assert keeping_years(session, data, DAY) == 5
    assert not may_be_deleted(session, data, issued, day=DAY + dt.timedelta(days=1))
    assert keep_until(session, data, issued, day=DAY + dt.timedelta(days=1)) == dt.date(2031, 11, 24)


@pytest.mark.parametrize(("data", "years"), [("removed_record", 149), ("access_log", 0)])
def test_the_database_keeps_the_minimum_too(session: Session, data: str, years: int) -> None:
    session.add(KeepingTerm(data=KeptData(data), years=years, valid_from=DAY))
    with pytest.raises(IntegrityError):
        session.flush()
