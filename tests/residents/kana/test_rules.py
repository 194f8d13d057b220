"""フリガナ: which characters, where the confirmation stands, and what an answer changes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from residentapp.residents.kana.rules import (
    FIRST_TERM_ENDS,
    IN_FORCE,
    check_answer,
    check_answer_by,
    check_kana,
    default_answer_by,
    is_on_certificates,
    kana_effect,
    kana_reason,
    kana_state,
    may_record_ex_officio,
)
from residentapp.residents.kana.types import AnswerHow, KanaAnswer, KanaItem, KanaState, Notice
from residentapp.residents.types import ChangeReason, ResidentKind

NAME, FORMER, ALIAS = KanaItem.NAME, KanaItem.FORMER_NAME, KanaItem.ALIAS
JAPANESE, FOREIGN = ResidentKind.JAPANESE, ResidentKind.FOREIGN
DAY = dt.timedelta(days=1)
SENT, BY = dt.date(2026, 11, 24), dt.date(2026, 12, 24)
NOTICE = Notice("ツジ　ハナコ", SENT, BY)
ANSWERED = replace(NOTICE, answered_on=SENT, how=AnswerHow.AGREED, answer_kana="ツジ　ハナコ")


def codes(found: list[Any]) -> list[str]:
    return [one.code for one in found]


@pytest.mark.requirement("RR-1.1.18", partial=True)
@pytest.mark.parametrize(
    ("item", "kana", "kind", "found"),
    [
        (NAME, "ツジ　ハナコ", JAPANESE, []),
        (NAME, "キョウゴク　ショウッペイー", JAPANESE, []),
        (NAME, "ヴィクトル　ヰヱヲ", JAPANESE, []),
        (NAME, "ファツェッア　ヶヵヮ", JAPANESE, []),
        # Some have no 氏.
        (NAME, "アイコ", JAPANESE, []),
        (FORMER, "ワタナベ", JAPANESE, []),
        (NAME, "", JAPANESE, ["KA-E001"]),
        (NAME, "ア" * 201, JAPANESE, ["KA-E002"]),
        (NAME, "つじ　ハナコ", JAPANESE, ["KA-E003"]),
        (NAME, "ﾂｼﾞ　ハナコ", JAPANESE, ["KA-E003"]),
        (NAME, "ツジ　花子", JAPANESE, ["KA-E003"]),
        (NAME, "ツジ・ハナコ", JAPANESE, ["KA-E003"]),
        (NAME, "ツジ　ハナコヽ", JAPANESE, ["KA-E003"]),
        (NAME, "ツジ　ハナ-コ", JAPANESE, ["KA-E003"]),
        (NAME, "ヷタナベ　ハナコ", JAPANESE, ["KA-E003"]),
        (NAME, "ツジ ハナコ", JAPANESE, ["KA-E003"]),
        (NAME, "ーツジ　ハナコ", JAPANESE, ["KA-E004"]),
        (NAME, "ツジ　ーハナコ", JAPANESE, ["KA-E004"]),
        (NAME, "ツジ　　ハナコ", JAPANESE, ["KA-E005"]),
        (NAME, "ツジ　ハナコ　", JAPANESE, ["KA-E005"]),
        (NAME, "ツジ　ハナコ　ジュニア", JAPANESE, ["KA-E005"]),
        (FORMER, "ワタ　ナベ", JAPANESE, ["KA-E005"]),
        # No 振り仮名 of a 戸籍: more parts and the middle dot.
        (NAME, "チャン　ユウリン　ホセ", FOREIGN, []),
        (ALIAS, "マリア・フェルナンダ", FOREIGN, []),
        (ALIAS, "マリア フェルナンダ", FOREIGN, ["KA-E003"]),
    ],
)
def test_which_kana_a_name_may_have(item: KanaItem, kana: str, kind: ResidentKind, found: list[str]) -> None:
    assert codes(check_kana(item, kana, kind=kind)) == found


@pytest.mark.parametrize(
    ("confirmed", "notice", "state"),
    [
        (False, None, KanaState.UNCONFIRMED),
        (False, NOTICE, KanaState.NOTIFIED),
        (False, ANSWERED, KanaState.ANSWERED),
        (True, None, KanaState.CONFIRMED),
        (True, ANSWERED, KanaState.CONFIRMED),
        (True, NOTICE, KanaState.CONFIRMED),
        (True, replace(ANSWERED, how=AnswerHow.FAMILY_REGISTER), KanaState.CONFIRMED),
        (True, replace(ANSWERED, how=AnswerHow.EX_OFFICIO), KanaState.EX_OFFICIO),
    ],
)
def test_where_a_confirmation_stands(confirmed: bool, notice: Notice | None, state: KanaState) -> None:
    assert kana_state(confirmed, notice) is state


@pytest.mark.parametrize(
    ("sent_on", "answer_by"),
    [
        (IN_FORCE - DAY, IN_FORCE + 29 * DAY),
        (IN_FORCE, FIRST_TERM_ENDS),
        (dt.date(2025, 9, 1), FIRST_TERM_ENDS),
        (FIRST_TERM_ENDS - 14 * DAY, FIRST_TERM_ENDS),
        (FIRST_TERM_ENDS - 13 * DAY, FIRST_TERM_ENDS + 17 * DAY),
        (SENT, BY),
    ],
)
def test_the_term_of_a_notice(sent_on: dt.date, answer_by: dt.date) -> None:
    assert default_answer_by(sent_on) == answer_by
    assert check_answer_by(sent_on, answer_by) == []


@pytest.mark.parametrize(
    ("answer_by", "found"),
    [
        (None, ["KA-E010"]),
        (SENT, ["KA-E011"]),
        (SENT + 13 * DAY, ["KA-E011"]),
        (SENT + 14 * DAY, []),
        (SENT + 366 * DAY, []),
        (SENT + 367 * DAY, ["KA-E011"]),
    ],
)
def test_a_term_in_which_people_can_answer(answer_by: dt.date | None, found: list[str]) -> None:
    assert codes(check_answer_by(SENT, answer_by)) == found


@pytest.mark.parametrize(
    ("notice", "today", "may"),
    [
        (NOTICE, BY - DAY, False),
        (NOTICE, BY, False),
        (NOTICE, BY + DAY, True),
        (ANSWERED, BY + DAY, False),
        (replace(NOTICE, sent_on=None, answer_by=None), BY + DAY, False),
    ],
)
def test_the_mayor_records_from_the_day_after_the_term(notice: Notice, today: dt.date, may: bool) -> None:
    assert may_record_ex_officio(notice, today) is may


@pytest.mark.parametrize(
    ("kana", "how", "notice", "recorded", "today", "found"),
    [
        ("ツジ　ハナコ", AnswerHow.AGREED, NOTICE, "ツジ　ハナコ", BY, []),
        # What was told counts, not what the record has become since.
        ("ツジ　ハナコ", AnswerHow.AGREED, NOTICE, "ツジ　ハナヨ", BY, []),
        ("ツジ　ハナヨ", AnswerHow.AGREED, NOTICE, "ツジ　ハナヨ", BY, ["KA-E020"]),
        ("ツジ　ハナコ", AnswerHow.AGREED, None, "ツジ　ハナコ", BY, []),
        ("ツジ　ハナコ", AnswerHow.AGREED, None, "", BY, ["KA-E020"]),
        ("ツジ　ハナヨ", AnswerHow.CORRECTED, NOTICE, "ツジ　ハナコ", BY, []),
        ("ツジ　ハナコ", AnswerHow.CORRECTED, NOTICE, "ツジ　ハナコ", BY, ["KA-E021"]),
        ("ツジ　ハナヨ", AnswerHow.FAMILY_REGISTER, NOTICE, "ツジ　ハナコ", BY, []),
        ("ツジ　ハナコ", AnswerHow.FAMILY_REGISTER, ANSWERED, "ツジ　ハナコ", BY, []),
        ("ツジ　ハナコ", AnswerHow.EX_OFFICIO, NOTICE, "ツジ　ハナコ", BY, ["KA-E023"]),
        ("ツジ　ハナコ", AnswerHow.EX_OFFICIO, NOTICE, "ツジ　ハナコ", BY + DAY, []),
        ("ツジ　ハナヨ", AnswerHow.EX_OFFICIO, NOTICE, "ツジ　ハナコ", BY + DAY, ["KA-E023"]),
        ("ツジ　ハナコ", AnswerHow.EX_OFFICIO, None, "ツジ　ハナコ", BY + DAY, ["KA-E023"]),
        ("はなこ", AnswerHow.CORRECTED, NOTICE, "ツジ　ハナコ", BY, ["KA-E003"]),
    ],
)
def test_which_answers_are_taken(
    kana: str, how: AnswerHow, notice: Notice | None, recorded: str, today: dt.date, found: list[str]
) -> None:
    answer = KanaAnswer(NAME, kana, how)
    assert codes(check_answer(answer, notice, kind=JAPANESE, recorded=recorded, today=today)) == found


def test_only_the_name_is_notified_by_the_family_register() -> None:
    answer = KanaAnswer(FORMER, "ワタナベ", AnswerHow.FAMILY_REGISTER)
    found = check_answer(answer, None, kind=JAPANESE, recorded="ワタナベ", today=BY)
    assert codes(found) == ["KA-E022"]


@pytest.mark.parametrize(
    ("before", "answer", "changed", "reason"),
    [
        (
            {"name_kana": "ツジ　ハナコ", "name_kana_confirmed": False},
            KanaAnswer(NAME, "ツジ　ハナコ", AnswerHow.AGREED),
            {"name_kana_confirmed": True},
            ChangeReason.CORRECT_EX_OFFICIO,
        ),
        (
            {"name_kana": "ツジ　ハナコ", "name_kana_confirmed": False},
            KanaAnswer(NAME, "ツジ　ハナヨ", AnswerHow.CORRECTED),
            {"name_kana": "ツジ　ハナヨ", "name_kana_confirmed": True},
            ChangeReason.CORRECT_EX_OFFICIO,
        ),
        (
            {"name_kana": None, "name_kana_confirmed": False},
            KanaAnswer(NAME, "ツジ　ハナヨ", AnswerHow.FAMILY_REGISTER),
            {"name_kana": "ツジ　ハナヨ", "name_kana_confirmed": True},
            ChangeReason.CORRECT_EX_OFFICIO,
        ),
        (
            {"name_kana": "ツジ　ハナコ", "name_kana_confirmed": True},
            KanaAnswer(NAME, "ツジ　ハナヨ", AnswerHow.FAMILY_REGISTER),
            {"name_kana": "ツジ　ハナヨ"},
            ChangeReason.CORRECT_EX_OFFICIO,
        ),
        # The same reading written another way: confirmed before, it is a 軽微な修正.
        (
            {"name_kana": "ツジ　ハナ－コ", "name_kana_confirmed": True},
            KanaAnswer(NAME, "ツジ　ハナーコ", AnswerHow.FAMILY_REGISTER),
            {"name_kana": "ツジ　ハナーコ"},
            ChangeReason.MINOR_CORRECTION,
        ),
        (
            {"name_kana": "ツジ　ハナ－コ", "name_kana_confirmed": False},
            KanaAnswer(NAME, "ツジ　ハナーコ", AnswerHow.CORRECTED),
            {"name_kana": "ツジ　ハナーコ", "name_kana_confirmed": True},
            ChangeReason.CORRECT_EX_OFFICIO,
        ),
        (
            {"former_name_kana": "ワタナベ", "former_name_kana_confirmed": False, "name_kana": "ツジ"},
            KanaAnswer(FORMER, "ワタナベ", AnswerHow.EX_OFFICIO),
            {"former_name_kana_confirmed": True},
            ChangeReason.CORRECT_EX_OFFICIO,
        ),
    ],
)
def test_what_an_answer_changes_and_under_which_reason(
    before: dict[str, Any], answer: KanaAnswer, changed: dict[str, Any], reason: ChangeReason
) -> None:
    assert kana_effect(before, answer) == changed
    assert kana_reason(before, answer) is reason


def test_an_answer_that_says_what_is_recorded_changes_nothing() -> None:
    before = {"name_kana": "ツジ　ハナコ", "name_kana_confirmed": True}
    assert kana_effect(before, KanaAnswer(NAME, "ツジ　ハナコ", AnswerHow.FAMILY_REGISTER)) == {}


@pytest.mark.requirement("RR-5.3a", partial=True)
@pytest.mark.parametrize(
    ("item", "confirmed", "kind", "issued_on", "printed"),
    [
        (NAME, True, JAPANESE, IN_FORCE, True),
        (NAME, False, JAPANESE, IN_FORCE - DAY, True),
        (NAME, False, JAPANESE, IN_FORCE, False),
        (NAME, False, JAPANESE, IN_FORCE + DAY, False),
        (FORMER, False, JAPANESE, IN_FORCE, False),
        (FORMER, True, JAPANESE, IN_FORCE, True),
        (NAME, False, FOREIGN, IN_FORCE, True),
        (ALIAS, False, FOREIGN, IN_FORCE, True),
    ],
)
def test_what_is_not_confirmed_is_not_certified(
    item: KanaItem, confirmed: bool, kind: ResidentKind, issued_on: dt.date, printed: bool
) -> None:
    assert is_on_certificates(item, "カナ", confirmed=confirmed, kind=kind, issued_on=issued_on) is printed
    assert not is_on_certificates(item, None, confirmed=confirmed, kind=kind, issued_on=issued_on)
