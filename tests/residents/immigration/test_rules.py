"""What a notice of the 出入国在留管理庁長官 says, whom it is about, and how a term of stay stands."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from residentapp.residents.immigration.rules import (
    Identity,
    Known,
    NoticeProblem,
    choose,
    grace_ends,
    read_body,
    term_state,
)
from residentapp.residents.immigration.types import NoticeAct, TermState
from tests.residents.immigration.conftest import END, STATUS, body

TODAY = dt.date(2026, 11, 24)


@pytest.mark.requirement("RR-4.5.6a", partial=True)
def test_a_notice_is_read_as_it_would_be_typed() -> None:
    after = STATUS | {
        "name_alphabet": " SMITH JOHN PAUL ",
        "birth_date": {"day": "1990-01-02"},
        "sex": {"code": "female"},
        "nationality": "英国",
        "nationality_code": "GBR",
        "residence_expires_on": {"day": "2029-02-28"},
    }
    told = read_body(body(after=after), today=TODAY)
    assert (told.number, told.noticed_on, told.moved_on) == (
        "R8-000123",
        dt.date(2026, 11, 20),
        dt.date(2026, 11, 18),
    )
    assert (told.act, told.cause, told.is_special) == (NoticeAct.CORRECT, "", False)
    assert told.who == Identity("ZZ12345678CD", ("SMITH JOHN",), dt.date(1990, 1, 1))
    assert told.items == {
        "foreign_category": "mid_to_long_term",
        "residence_status": "永住者",
        "residence_period": "無期限",
        "residence_expires_on": "2029年2月28日",
        "residence_card_number": "ZZ87654321AB",
        "name_alphabet": "SMITH JOHN PAUL",
        "birth_date": "1990年1月2日",
        "sex": "female",
        "nationality": "英国",
    }


def test_a_birth_date_that_is_partly_unknown_stands_in_its_text() -> None:
    told = read_body(body(after={"birth_date": {"day": "", "text": "1990年1月日不詳"}}), today=TODAY)
    assert told.items == {"birth_date": "1990年1月日不詳"}


def test_a_removal_has_its_cause_and_no_items() -> None:
    told = read_body(body(act="remove", **END), today=TODAY)
    assert (told.act, told.cause, told.items) == (NoticeAct.REMOVE, "revoked", {})


@pytest.mark.parametrize(
    ("after", "special"),
    [
        (STATUS, False),
        ({"foreign_category": {"code": "special_permanent"}}, True),
        ({"special_permanent_number": "ZY12345678BR"}, True),
        ({"special_permanent_number": None, "residence_status": "永住者"}, False),
    ],
)
def test_who_becomes_or_stays_a_special_permanent_resident(after: dict[str, Any], special: bool) -> None:
    assert read_body(body(after=after), today=TODAY).is_special is special


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        (body(noticed="きのう"), "通知年月日か、事由の生じた年月日がありません"),
        (body(moved=""), "通知年月日か、事由の生じた年月日がありません"),
        (body(noticed="2026-11-25"), "先の日付"),
        (body(moved="2026-11-21"), "先の日付"),
        (body(act="cancel"), "区分（修正か消除か）が分かりません"),
        (body(act="remove"), "消除の理由が分かりません"),
        (body(act="remove", removal_cause={"code": "other"}), "消除の理由が分かりません"),
        (body(after={}), "修正する項目がありません"),
        (body(after={"address": "見本県隣市"}), "取り込めない項目があります"),
        (body(after={"sex": {"code": "x"}}), "性別か区分のコードが読み取れません"),
        (body(after={"foreign_category": None}), "性別か区分のコードが読み取れません"),
        (body(after={"residence_expires_on": {"day": "2026-02-30"}}), "日付が読み取れません"),
        (body(after={"residence_expires_on": {"text": "年月日不詳"}}), "日付が読み取れません"),
        (body(after={"birth_date": {"text": "むかし"}}), "日付が読み取れません"),
        ({}, "通知年月日か、事由の生じた年月日がありません"),
        ({"header": "x", "after": []}, "通知年月日か、事由の生じた年月日がありません"),
    ],
)
def test_what_cannot_be_read_is_said(told: dict[str, Any], problem: str) -> None:
    with pytest.raises(NoticeProblem, match=problem):
        read_body(told, today=TODAY)


@pytest.mark.parametrize("day", ["2026-11-23", "2026-11-24"])
def test_a_notice_of_today_is_no_later_one(day: str) -> None:
    assert read_body(body(noticed=day, moved=day), today=TODAY).noticed_on.isoformat() == day


WHO = Identity("ZZ12345678CD", ("SMITH JOHN",), dt.date(1990, 1, 1))
JOHN = Known("1", (None, "SMITH JOHN"), dt.date(1990, 1, 1), foreign=True, live=True)
PAUL = Known("2", (None, "SMITH PAUL"), dt.date(1990, 1, 1), foreign=True, live=True)
OTHER = Known("3", (None, "SMITH JOHN"), dt.date(1990, 1, 2), foreign=True, live=True)
REMOVED = Known("4", (None, "SMITH JOHN"), dt.date(1990, 1, 1), foreign=True, live=False)
NATURALISED = Known("5", ("SMITH JOHN",), dt.date(1990, 1, 1), foreign=False, live=True)
UNKNOWN_BIRTH = Known("6", (None, "SMITH JOHN"), None, foreign=True, live=True)


@pytest.mark.requirement("RR-4.5.6a", partial=True)
def test_card_name_and_birth_date_must_agree() -> None:
    assert choose(WHO, [JOHN], [JOHN, OTHER]) is JOHN
    # A variant of the writing is the same name.
    assert choose(Identity(WHO.card, ("smith　john",), WHO.birth), [JOHN], []) is JOHN


@pytest.mark.requirement("RR-4.5.6a", "RR-4.5.6b", partial=True)
@pytest.mark.parametrize(
    ("who", "by_card", "by_name", "problem", "number"),
    [
        (Identity("", WHO.names, WHO.birth), [], [JOHN], "番号がありません", "1"),
        (WHO, [], [], "番号の合う人がいません。本人", None),
        (WHO, [], [JOHN], "氏名と生年月日の同じ人がいます", "1"),
        (WHO, [], [JOHN, REMOVED], "氏名と生年月日の同じ人がいます", None),
        (WHO, [JOHN, PAUL], [JOHN], "番号の同じ人が二人以上", None),
        (WHO, [PAUL], [], "氏名か生年月日が違います", "2"),
        (WHO, [OTHER], [], "氏名か生年月日が違います", "3"),
        (WHO, [UNKNOWN_BIRTH], [], "氏名か生年月日が違います", "6"),
        (Identity(WHO.card, WHO.names, None), [JOHN], [], "氏名か生年月日が違います", "1"),
        (Identity(WHO.card, (), WHO.birth), [JOHN], [], "氏名か生年月日が違います", "1"),
        (WHO, [REMOVED], [REMOVED], "住民票が消除されています", "4"),
        (WHO, [NATURALISED], [], "日本人住民です", "5"),
    ],
)
def test_nobody_is_taken_by_halves(
    who: Identity, by_card: list[Known], by_name: list[Known], problem: str, number: str | None
) -> None:
    """Who is found by a part only is suggested, not taken; no name stands in the words."""
    with pytest.raises(NoticeProblem, match=problem) as refused:
        choose(who, by_card, by_name)
    assert refused.value.number == number and "SMITH" not in str(refused.value)


@pytest.mark.parametrize(
    ("today", "state"),
    [
        ("2026-11-30", TermState.COMING),
        ("2026-12-01", TermState.LAST_DAY),
        ("2026-12-02", TermState.GRACE),
        ("2027-02-01", TermState.GRACE),
        ("2027-02-02", TermState.PASSED),
    ],
)
def test_how_a_term_stands(today: str, state: TermState) -> None:
    """入管法第20条第6項: who has applied in time may stay until two months after it."""
    assert term_state(dt.date(2026, 12, 1), dt.date.fromisoformat(today)) is state


@pytest.mark.parametrize(
    ("last", "end"),
    [
        ("2026-12-31", "2027-02-28"),
        ("2027-12-31", "2028-02-29"),
        ("2026-10-31", "2026-12-31"),
        ("2026-11-05", "2027-01-05"),
    ],
)
def test_two_months_end_on_the_same_day_or_the_months_last(last: str, end: str) -> None:
    assert grace_ends(dt.date.fromisoformat(last)).isoformat() == end
