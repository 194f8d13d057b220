"""住民異動届受理通知: to whom, where to, and when never; ages with the day before and the day after."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from residentapp.residents.move_out.types import Paper
from residentapp.residents.notices.rules import (
    addressee,
    former_place,
    is_of_age,
    notification_of,
    recipient_of,
)
from residentapp.residents.notices.types import Facts, Mover, NoticeRefused, Place, Recipient, Role
from residentapp.residents.types import ChangeReason as R

TODAY = dt.date(2026, 11, 24)
OLD = Place("例示県見本市緑町5番7号", "0001234")
NEW = Place("架空県架空市本町1番1号　本町荘101", "0000001")
FATHER = Mover("架空　太郎", dt.date(1980, 5, 5), OLD, NEW, "前　世帯主", "架空　太郎")
MOTHER = Mover("架空　花子", dt.date(1982, 2, 2), Place("例示県別市1番地"), NEW, "前　世帯主", "架空　太郎")
CHILD = Mover("架空　一葉", dt.date(2015, 1, 1), OLD, NEW, "前　世帯主", "架空　太郎")
NOBODY_BEFORE = replace(FATHER, before=None)


def facts(*movers: Mover, reason: R = R.MOVE_IN_DOMESTIC, notifier: str = "", **values: bool) -> Facts:
    notification = notification_of(reason)
    return Facts(reason, notification, TODAY, TODAY, notifier, movers or (FATHER,), **values)


def notifier_at(name: str, place: Place) -> Recipient:
    return Recipient(name, Role.NOTIFIER, place, former=True)


def mover_at(mover: Mover, place: Place, *, former: bool) -> Recipient:
    return Recipient(mover.name, Role.MOVER, place, former)


def head_at(name: str, place: Place, *, former: bool) -> Recipient:
    return Recipient(name, Role.HEAD, place, former)


OFFERED = {
    "転入届": (R.MOVE_IN_DOMESTIC, R.MOVE_IN_ABROAD),
    "転居届": (R.MOVE_WITHIN,),
    "転出届": (R.MOVE_OUT_DOMESTIC, R.MOVE_OUT_ABROAD),
    "世帯変更届": (R.HOUSEHOLD_SPLIT, R.HOUSEHOLD_MERGE, R.HOUSEHOLD_CHANGE, R.HEAD_CHANGE),
}


@pytest.mark.requirement("RR-4.1.0.3a", partial=True)
@pytest.mark.parametrize("reason", list(R))
def test_for_which_changes_it_is_offered(reason: R) -> None:
    named = next((name for name, reasons in OFFERED.items() if reason in reasons), None)
    assert notification_of(reason) == named
    assert notification_of(reason, notified=False) is None
    if named is None:
        with pytest.raises(NoticeRefused, match="対象ではありません"):
            recipient_of(facts(reason=reason))


@pytest.mark.requirement("RR-4.1.0.3a", partial=True)
@pytest.mark.parametrize(
    ("reason", "asked", "told"),
    [
        # A 転出 told too late is an 申出, with which the 転出証明書に準ずる証明書 comes; abroad none does.
        (R.REMOVE_EX_OFFICIO, Paper.EQUIVALENT, "転出証明書に準ずる証明書の交付の申出"),
        (R.REMOVE_EX_OFFICIO, Paper.NONE, "転出の申出"),
        (R.REMOVE_EX_OFFICIO, None, None),
        # In time it is a notification, whatever paper comes with it.
        (R.MOVE_OUT_DOMESTIC, Paper.CERTIFICATE, "転出届"),
        (R.RECORD_EX_OFFICIO, Paper.EQUIVALENT, None),
    ],
)
def test_what_was_accepted_of_a_move_out_told_too_late(
    reason: R, asked: Paper | None, told: str | None
) -> None:
    assert notification_of(reason, asked=asked) == told
    if told is not None:
        given = replace(facts(reason=reason, notifier="代理　人"), notification=told)
        assert recipient_of(given) == notifier_at("代理　人", OLD)


@pytest.mark.requirement("RR-4.1.0.3b")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # To the 届出人 at the 異動前住所, whoever that is.
        (facts(notifier="代理　人"), notifier_at("代理　人", OLD)),
        (facts(notifier="架空　太郎"), notifier_at("架空　太郎", OLD)),
        (facts(reason=R.MOVE_WITHIN, notifier="代理　人"), notifier_at("代理　人", OLD)),
        (facts(reason=R.MOVE_OUT_DOMESTIC, notifier="代理　人"), notifier_at("代理　人", OLD)),
        (facts(reason=R.MOVE_OUT_ABROAD, notifier="代理　人"), notifier_at("代理　人", OLD)),
        (facts(reason=R.HEAD_CHANGE, notifier="代理　人"), notifier_at("代理　人", OLD)),
        # The own one, if the 届出人 is among those who moved, however the name is spaced or its kanji written.
        (facts(FATHER, MOTHER, notifier="架空 花子"), notifier_at("架空 花子", Place("例示県別市1番地"))),
        (
            facts(replace(FATHER, name="渡邉\U000e010f　次郎"), MOTHER, notifier="渡辺次郎"),
            notifier_at("渡辺次郎", OLD),
        ),
        (facts(FATHER, MOTHER, notifier="代理　人"), notifier_at("代理　人", OLD)),
        # Of several it is a grown-up's, then anybody's, who has one.
        (facts(NOBODY_BEFORE, MOTHER, notifier="代理　人"), notifier_at("代理　人", Place("例示県別市1番地"))),
        (facts(CHILD, MOTHER, notifier="代理　人"), notifier_at("代理　人", Place("例示県別市1番地"))),
        (facts(NOBODY_BEFORE, CHILD, notifier="代理　人"), notifier_at("代理　人", OLD)),
        # Where no 届出人 was written the 異動者 is the 届出人: the first who is of age.
        (facts(), mover_at(FATHER, OLD, former=True)),
        (facts(notifier="　"), mover_at(FATHER, OLD, former=True)),
        (facts(CHILD, MOTHER, FATHER), mover_at(MOTHER, Place("例示県別市1番地"), former=True)),
        # For minors alone the 世帯主 of the household that they left.
        (facts(CHILD), head_at("前　世帯主", OLD, former=True)),
        (facts(CHILD, notifier="母　親"), notifier_at("母　親", OLD)),
        # No 異動前住所, or an unfit one: to the 異動者 at the 異動後住所, even when a 届出人 was written.
        (facts(NOBODY_BEFORE, notifier="代理　人"), mover_at(FATHER, NEW, former=False)),
        (facts(NOBODY_BEFORE), mover_at(FATHER, NEW, former=False)),
        (facts(reason=R.MOVE_IN_ABROAD, notifier="代理　人"), mover_at(FATHER, NEW, former=False)),
        (facts(CHILD, MOTHER, reason=R.MOVE_IN_ABROAD), mover_at(MOTHER, NEW, former=False)),
        (facts(reason=R.BIRTH, notifier="代理　人"), mover_at(FATHER, NEW, former=False)),
        (facts(CHILD, reason=R.BIRTH, notifier="代理　人"), head_at("架空　太郎", NEW, former=False)),
        (facts(reason=R.RECORD_EX_OFFICIO, notifier="代理　人"), mover_at(FATHER, NEW, former=False)),
        (facts(reason=R.CORRECT_EX_OFFICIO), mover_at(FATHER, NEW, former=False)),
        (facts(replace(FATHER, before=Place("不明"))), mover_at(FATHER, NEW, former=False)),
        (facts(replace(FATHER, before=Place("なし"))), mover_at(FATHER, NEW, former=False)),
        (facts(replace(FATHER, before=Place("　"))), mover_at(FATHER, NEW, former=False)),
        # For minors alone the 世帯主 of the household that they joined; the minor where there is none.
        (facts(CHILD, reason=R.MOVE_IN_ABROAD), head_at("架空　太郎", NEW, former=False)),
        (facts(replace(CHILD, head_before=None)), head_at("架空　太郎", NEW, former=False)),
        (
            facts(replace(CHILD, head_after=None), reason=R.MOVE_IN_ABROAD),
            mover_at(CHILD, NEW, former=False),
        ),
        # A grown-up without a former address does not get the letter at a child's.
        (facts(NOBODY_BEFORE, CHILD), mover_at(FATHER, NEW, former=False)),
    ],
)  # fmt: skip
def test_to_whom_and_where(given: Facts, expected: Recipient) -> None:
    assert addressee(given) == expected
    if notification_of(given.reason) is not None:
        assert recipient_of(given) == expected


@pytest.mark.requirement("RR-4.1.0.3b", partial=True)
def test_of_an_unreported_address_neither_the_note_nor_a_postal_code_is_printed() -> None:
    unreported = replace(FATHER, before=Place("例示県途中市1番2号（未届）", "0009999"))
    assert former_place(unreported) == Place("例示県途中市1番2号", None)
    assert recipient_of(facts(unreported, notifier="代理　人")).place == Place("例示県途中市1番2号", None)
    assert former_place(replace(FATHER, before=Place("（未届）", None))) is None


@pytest.mark.parametrize("reason", [R.MOVE_IN_DOMESTIC, R.MOVE_OUT_DOMESTIC])
def test_without_any_place_nothing_is_printed(reason: R) -> None:
    nowhere = replace(FATHER, before=None, after=None)
    with pytest.raises(NoticeRefused, match="送り先の住所が記録にありません"):
        recipient_of(facts(nowhere, reason=reason))


@pytest.mark.parametrize(
    ("born", "day", "expected"),
    [
        (dt.date(2008, 11, 24), dt.date(2026, 11, 23), False),
        (dt.date(2008, 11, 24), dt.date(2026, 11, 24), True),
        (dt.date(2008, 11, 24), dt.date(2026, 11, 25), True),
        (dt.date(2008, 2, 29), dt.date(2026, 2, 28), False),
        (dt.date(2008, 2, 29), dt.date(2026, 3, 1), True),
        (None, dt.date(2026, 11, 24), True),
    ],
)
def test_of_age_from_the_birthday_on(born: dt.date | None, day: dt.date, expected: bool) -> None:
    """民法第4条; an unknown birthday does not make a child of anybody."""
    assert is_of_age(replace(FATHER, born=born), day) is expected


@pytest.mark.requirement("CM-5.1", partial=True)
@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"protected": True}, "PROTECTED"),
        ({"barred": True}, "BARRED"),
        ({"cancelled": True}, "CANCELLED"),
        ({"protected": True, "barred": True, "cancelled": True}, "PROTECTED"),
    ],
)
def test_when_it_is_never_printed(values: dict[str, bool], code: str) -> None:
    with pytest.raises(NoticeRefused) as refused:
        recipient_of(facts(FATHER, MOTHER, notifier="代理　人", **values))
    assert refused.value.code == code and refused.value.to_do
    for told in (OLD.address, NEW.address, FATHER.name):
        assert told not in f"{refused.value}{refused.value.to_do}"
