"""Which notice a household gets that its head has left, and to whom it goes (RR-4.0.5)."""

from __future__ import annotations

import datetime as dt

import pytest

from residentapp.residents.head_notices.rules import addressee_of, notice_of
from residentapp.residents.head_notices.types import Kind
from residentapp.residents.rules.member_order import Member
from residentapp.residents.types import ChangeReason


@pytest.mark.requirement("RR-4.0.5a", partial=True)
@pytest.mark.parametrize(
    ("headless", "named_by", "by_office", "former_stays", "expected"),
    [
        (True, None, False, False, Kind.ASKED),
        (False, ChangeReason.HEAD_CHANGE, True, False, Kind.NAMED),
        # 世帯主変更 by a 届出
        (False, ChangeReason.HEAD_CHANGE, False, False, None),
        # 世帯主変更 by 職権 in a household that was never without head
        (False, ChangeReason.HEAD_CHANGE, True, True, None),
        # head since the move-in, and head again because the change was cancelled
        (False, ChangeReason.MOVE_IN_DOMESTIC, False, False, None),
        (False, None, False, False, None),
    ],
)
def test_which_notice(
    headless: bool, named_by: ChangeReason | None, by_office: bool, former_stays: bool, expected: Kind | None
) -> None:
    found = notice_of(headless=headless, named_by=named_by, by_office=by_office, former_stays=former_stays)
    assert found is expected


def member(key: str, relationship: str, born: int, number: str = "") -> Member:
    return Member(key, relationship, dt.date(born, 1, 1), number or f"{born}", register_head=False)


FATHER, WIFE = member("father", "世帯主", 1960), member("wife", "妻", 1985)
SON, DAUGHTER = member("son", "子", 1990), member("daughter", "子", 1992)
SISTER, MOTHER = member("sister", "妹", 1965), member("mother", "母", 1935)


@pytest.mark.requirement("RR-4.0.5b")
@pytest.mark.parametrize(
    ("before", "remaining", "expected"),
    [
        # The wife stands after the head, although the record has the children, and an older one, before her.
        ((FATHER, SON, DAUGHTER, WIFE), {"son", "daughter", "wife"}, "wife"),
        # Without wife the elder child, however the record orders them.
        ((FATHER, DAUGHTER, SON), {"daughter", "son"}, "son"),
        # 第3順位: 父母 before 兄弟姉妹; the child comes before both, although the mother is the eldest of all.
        ((FATHER, SISTER, MOTHER, SON), {"sister", "mother", "son"}, "son"),
        ((FATHER, SISTER, MOTHER), {"sister", "mother"}, "mother"),
        # The wife leaves with him.
        ((FATHER, WIFE, SON, DAUGHTER), {"son", "daughter"}, "son"),
        # One remains.
        ((FATHER, SISTER), {"sister"}, "sister"),
        # Twins go by 宛名番号.
        ((FATHER, member("b", "子", 2000, "20"), member("a", "子", 2000, "10")), {"a", "b"}, "a"),
        # Who came after the head had left does not count as long as one of then remains.
        ((FATHER, SISTER), {"newcomer", "sister"}, "sister"),
        ((FATHER, SISTER), {"newcomer"}, None),
        # 続柄 that contradict each other: the order of the record.
        ((FATHER, member("second", "世帯主", 1930), SON), {"son", "second"}, "second"),
    ],
)
def test_who_gets_it(before: tuple[Member, ...], remaining: set[str], expected: str | None) -> None:
    assert addressee_of(before, remaining) == expected
