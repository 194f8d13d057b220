"""Values that hold from a day on: 認証文 and seals of forms, 手数料, 保存年限. Rows are added, not changed.

What held on a past day can so always be read, and a change can be entered ahead. Only a row that has not begun is
taken back; one that has begun is followed by another.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from residentapp.admin.masters.changes import fingerprint, fresh_row, lock_masters, refuse_if_changed
from residentapp.admin.masters.periods import take_back
from residentapp.admin.operations import log_setting
from residentapp.admin.types import EntryRefused, Problem
from residentapp.core.access import Actor, Permission
from residentapp.core.characters import character_length, find_faults
from residentapp.core.documents import Fonts, load_template, render_form
from residentapp.core.keeping import LONGEST_YEARS, RULES, KeptData, term_allowed
from residentapp.core.masters.setting_models import CertificateFee, FormWording, KeepingTerm
from residentapp.core.masters.wording import FormItem, known_forms, sample_with
from residentapp.residents.api import FeeKind, fee_kinds

#: Longest text, in characters; whether it fits the form's place is tried by drawing it.
MAX_TEXT = 120
#: More than any copy costs, so that a slip of the finger is noticed.
MAX_FEE = 100_000

Dated = FormWording | CertificateFee | KeepingTerm
_Dated = TypeVar("_Dated", FormWording, CertificateFee, KeepingTerm)


def _rows(session: Session, table: type[_Dated], *key: ColumnElement[bool]) -> list[_Dated]:
    query = select(table).where(*key).order_by(table.valid_from.desc(), table.id.desc())
    return list(session.scalars(query))


def wording_rows(session: Session, item: FormItem) -> list[FormWording]:
    """Everything registered for a text, what begins last first."""
    return _rows(session, FormWording, FormWording.form == item.form, FormWording.item == item.item)


def fee_rows(session: Session, form: str, fee: str) -> list[CertificateFee]:
    """All fees of a form and kind, what begins last first."""
    return _rows(session, CertificateFee, CertificateFee.form == form, CertificateFee.fee == fee)


def term_rows(session: Session, data: KeptData) -> list[KeepingTerm]:
    """All terms of a kind of data, what begins last first."""
    return _rows(session, KeepingTerm, KeepingTerm.data == data)


def seen_of(rows: Sequence[Dated]) -> str:
    """Fingerprint of a list of rows, for the form that adds to it."""
    return fingerprint({str(row.id): row.valid_from for row in rows})


def in_force(rows: Sequence[_Dated], day: dt.date) -> _Dated | None:
    """Of the rows of one key, that which holds on a day."""
    return next((row for row in rows if row.valid_from <= day), None)


def _facts(row: Dated) -> dict[str, Any]:
    if isinstance(row, FormWording):
        words = known_forms().get(row.form)
        item = words.items.get(row.item) if words else None
        if row.value is None:
            shown = f"標準に戻す（{item.shown(item.default)}）" if item else "標準に戻す"
        else:
            shown = item.shown(row.value) if item else row.value
        return {
            "様式": words.title if words else row.form,
            "項目": item.label if item else row.item,
            "内容": shown,
            "開始日": row.valid_from,
        }
    if isinstance(row, CertificateFee):
        words = known_forms().get(row.form)
        labels = {kind.code: kind.label for kind in fee_kinds()}
        return {
            "様式": words.title if words else row.form,
            "手数料の区分": labels.get(row.fee, row.fee),
            "金額（円）": row.amount,
            "開始日": row.valid_from,
        }
    return {"データ": row.data.label, "年限（年）": row.years, "開始日": row.valid_from}


def _first_day_problems(first: dt.date | None, rows: Sequence[Dated], today: dt.date) -> list[Problem]:
    """The first row of a key may begin on any day; a later one not in the past, where the earlier one held."""
    if first is None:
        return [Problem("valid_from", "開始日を入力してください。")]
    if rows and first < today:
        return [Problem("valid_from", "開始日は今日以後の日にしてください。過ぎた日の内容は変えられません。")]
    return []


def _add(
    session: Session,
    actor: Actor,
    row: Dated,
    *,
    rows: Sequence[Dated],
    today: dt.date,
    moment: dt.datetime,
    action: str,
) -> None:
    before = in_force([*rows], row.valid_from)  # type: ignore[type-var]
    session.add(row)
    session.flush()
    details = {"番号": row.id, "登録": _facts(row), "その前の内容": _facts(before) if before else None}
    log_setting(session, actor, moment, action, details)


@dataclass(frozen=True)
class WordingEntry:
    """A text of a form as typed.

    :param value: the text or the choice; None for the default again.
    """

    value: str | None
    first: dt.date | None


def _text_problems(item: FormItem, value: str, fonts: Fonts) -> list[Problem]:
    if item.choices:
        known = [choice for choice, _label in item.choices]
        return [] if value in known else [Problem("value", f"{item.label}を選んでください。")]
    if not any(unicodedata.category(character)[0] in "LN" for character in value):
        return [Problem("value", f"{item.label}を入力してください。")]
    problems = [
        Problem("value", f"{finding.position}文字目：{finding.fault.label}") for finding in find_faults(value)
    ]
    if character_length(value) > MAX_TEXT:
        problems.append(Problem("value", f"{MAX_TEXT}文字以内で入力してください。"))
    if problems:
        return problems
    moment = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    drawn = render_form(load_template(item.form), sample_with(item, value), fonts=fonts, moment=moment)
    cut = next((found for found in drawn.overflows if found.field == item.path), None)
    if cut is not None:
        problems.append(
            Problem("value", f"様式の欄に入りません（{cut.printed}文字まで入ります）。文を短くしてください。")
        )
    for issue in (*drawn.missing, *drawn.unregistered):
        if issue.field == item.path:
            problems.append(
                Problem(
                    "value", f"「{issue.character}」の字形がフォントにありません。ほかの字にしてください。"
                )
            )
    return problems


def save_wording(
    session: Session,
    actor: Actor,
    item: FormItem,
    entry: WordingEntry,
    *,
    seen: str,
    fonts: Fonts,
    today: dt.date,
    moment: dt.datetime,
) -> FormWording:
    """Word a text of a form from a day on, or choose its seal.

    :param fonts: of the installation: the text is drawn to see whether it fits.
    :raises EntryRefused: empty, too long for its place, a character without a glyph, a day in the past.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    rows = wording_rows(session, item)
    _refuse_stale(rows, seen)
    problems = [] if entry.value is None else _text_problems(item, entry.value, fonts)
    problems += _first_day_problems(entry.first, rows, today)
    if problems:
        raise EntryRefused(*problems)
    assert entry.first is not None
    row = FormWording(form=item.form, item=item.item, value=entry.value, valid_from=entry.first)
    _add(session, actor, row, rows=rows, today=today, moment=moment, action="様式の文の登録")
    return row


def _refuse_stale(rows: Sequence[Dated], seen: str) -> None:
    refuse_if_changed({str(row.id): row.valid_from for row in rows}, seen)


def save_fee(
    session: Session,
    actor: Actor,
    form: str,
    fee: FeeKind,
    amount: int | None,
    first: dt.date | None,
    *,
    seen: str,
    today: dt.date,
    moment: dt.datetime,
) -> CertificateFee:
    """Set the fee of a form from a day on.

    :param amount: yen for one copy; None when it was no number.
    :raises EntryRefused: no amount, a kind that costs nothing, a day in the past.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    rows = fee_rows(session, form, fee.code)
    _refuse_stale(rows, seen)
    problems = []
    if not fee.charged:
        problems.append(Problem("", f"「{fee.label}」は無料です。金額は登録できません。"))
    if amount is None or not 0 <= amount <= MAX_FEE:
        problems.append(Problem("amount", f"金額は0から{MAX_FEE:,}までの整数で入力してください。"))
    problems += _first_day_problems(first, rows, today)
    if problems:
        raise EntryRefused(*problems)
    assert amount is not None and first is not None
    row = CertificateFee(form=form, fee=fee.code, amount=amount, valid_from=first)
    _add(session, actor, row, rows=rows, today=today, moment=moment, action="手数料の登録")
    return row


def save_term(
    session: Session,
    actor: Actor,
    data: KeptData,
    years: int | None,
    first: dt.date | None,
    *,
    seen: str,
    today: dt.date,
    moment: dt.datetime,
) -> KeepingTerm:
    """Set for how many years a kind of data is kept, from a day on.

    :raises EntryRefused: fewer years than the law asks for, a day in the past.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    rows = term_rows(session, data)
    _refuse_stale(rows, seen)
    problems = []
    rule = RULES[data]
    if years is None:
        problems.append(Problem("years", "年数を整数で入力してください。"))
    elif not term_allowed(data, years):
        ground = f"（{rule.basis}）" if rule.by_law else ""
        problems.append(
            Problem("years", f"{rule.minimum}年から{LONGEST_YEARS}年までで入力してください{ground}。")
        )
    problems += _first_day_problems(first, rows, today)
    if problems:
        raise EntryRefused(*problems)
    assert years is not None and first is not None
    row = KeepingTerm(data=data, years=years, valid_from=first)
    _add(session, actor, row, rows=rows, today=today, moment=moment, action="保存年限の登録")
    return row


_ACTIONS: dict[type[Dated], str] = {
    FormWording: "様式の文の予定の取消し",
    CertificateFee: "手数料の予定の取消し",
    KeepingTerm: "保存年限の予定の取消し",
}


def drop_planned(
    session: Session,
    actor: Actor,
    table: type[_Dated],
    row_id: int,
    *,
    today: dt.date,
    moment: dt.datetime,
) -> None:
    """Take back a value that has not begun.

    :raises EntryRefused: no such row, or it has begun.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = fresh_row(session, table, row_id, "この登録はありません。画面を開き直してください。")
    if row.valid_from <= today:
        raise EntryRefused(
            Problem("", "始まっているため取り消せません。今日以後の日から、次の内容を登録してください。")
        )
    take_back(session, actor, row, _facts(row), action=_ACTIONS[table], moment=moment)
