"""Sending notices of フリガナ and taking their answers. The register is changed by the 職権修正 that enters them."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.violations import Level, Violation
from residentapp.residents import history
from residentapp.residents.kana import queries
from residentapp.residents.kana.models import KanaConfirmation
from residentapp.residents.kana.rules import check_answer, check_answer_by, kana_effect
from residentapp.residents.kana.types import (
    AnswerHow,
    KanaAnswer,
    KanaItem,
    KanaMissing,
    KanaRefused,
    KanaView,
    Work,
    WorkPage,
)
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.records.operations import require_open_to_inquiry

_SCREEN = "フリガナの通知・確認"


def _refusal(code: str, message: str, remedy: str, field: str = "") -> KanaRefused:
    return KanaRefused([Violation(Level.ERROR, code, message, field, "法第7条第1号の2", remedy)])


def open_work(
    session: Session, actor: Actor, item: KanaItem, work: Work, *, page: int, now: dt.datetime
) -> WorkPage:
    """Show one page of the work list, and log it."""
    actor.require(Permission.KANA_CONFIRM)
    shown = queries.work_page(session, actor, item, work, page=page, today=day_of(now))
    _log(
        session, actor, "フリガナの一覧の照会", [line.addressee_number for line in shown.lines], now=now,
        details={"区分": item.label, "一覧": work.label, "件数": shown.total, "ページ": shown.page},
    )  # fmt: skip
    return shown


def send_notices(
    session: Session,
    actor: Actor,
    item: KanaItem,
    numbers: Sequence[str],
    answer_by: dt.date | None,
    *,
    now: dt.datetime,
) -> str:
    """Make the notices of some people whose フリガナ is not confirmed.

    :param numbers: 宛名番号, at most a page of the work list.
    :returns: id of the batch, under which letters and list are printed.
    :raises KanaRefused: no day or a bad one, nobody chosen, somebody without フリガナ, or the list has changed.
    """
    actor.require(Permission.KANA_CONFIRM)
    today = day_of(now)
    if item not in queries.NOTIFIED_ITEMS:
        raise _refusal(
            "KA-E030", f"{item.label}は通知の対象ではありません。", "氏名か旧氏の振り仮名を選んでください。"
        )
    if found := check_answer_by(today, answer_by):
        raise KanaRefused(found)
    chosen = _chosen(session, actor, item, Work.UNCONFIRMED, numbers, today=today)
    without = [person for person, _row in chosen if not getattr(person, item.kana_column)]
    if without:
        names = "、".join(person.display_name for person in without[:5])
        raise _refusal(
            "KA-E031",
            f"フリガナが空欄の人には通知できません（{names}{'　ほか' if len(without) > 5 else ''}）。",
            "選択から外し、窓口で本人に確かめて回答を入力してください。",
        )
    batch = secrets.token_hex(16)
    notices = [
        KanaConfirmation(
            addressee_number=person.addressee_number,
            item=item,
            kana=getattr(person, item.kana_column),
            batch=batch,
            sent_on=today,
            answer_by=answer_by,
            sent_by=actor.login,
        )
        for person, _row in chosen
    ]
    try:
        with session.begin_nested():
            session.add_all(notices)
            session.flush()
    except IntegrityError as doubled:
        # Another officer's notices were committed a moment ago.
        raise _list_changed() from doubled
    _log(
        session, actor, "フリガナの通知の作成", [person.addressee_number for person, _row in chosen], now=now,
        details={"区分": item.label, "件数": len(chosen), "回答期限": answer_by},
    )  # fmt: skip
    return batch


def _chosen(
    session: Session, actor: Actor, item: KanaItem, work: Work, numbers: Sequence[str], *, today: dt.date
) -> list[queries.Pair]:
    wanted = list(dict.fromkeys(numbers))
    if not wanted:
        raise _refusal("KA-E032", "人が選ばれていません。", "一覧で選んでください。")
    if len(wanted) > queries.PAGE_SIZE:
        raise _refusal(
            "KA-E033", f"一度に選べるのは{queries.PAGE_SIZE}人までです。", "分けて選んでください。"
        )
    found = queries.chosen_work(session, actor, item, work, wanted, today=today)
    if len(found) != len(wanted):
        raise _list_changed()
    return found


def _list_changed() -> KanaRefused:
    return _refusal(
        "KA-E034", "一覧を開いた後に、ほかの職員が処理しました。", "一覧を開き直して、選び直してください。"
    )


def record_overdue(
    session: Session, actor: Actor, item: KanaItem, numbers: Sequence[str], *, now: dt.datetime
) -> int:
    """Decide to record ex officio what was notified, for people whose term has passed without an answer.

    :returns: how many.
    :raises KanaRefused: nobody chosen, or the list has changed.
    """
    actor.require(Permission.KANA_CONFIRM)
    chosen = _chosen(session, actor, item, Work.OVERDUE, numbers, today=day_of(now))
    for _person, row in chosen:
        assert row is not None
        _answer(actor, row, KanaAnswer(item, row.kana, AnswerHow.EX_OFFICIO), now=now)
    session.flush()
    _log(
        session, actor, "フリガナの職権記載の決定", [person.addressee_number for person, _row in chosen], now=now,
        details={"区分": item.label, "件数": len(chosen)},
    )  # fmt: skip
    return len(chosen)


# ---- one person


def open_person(
    session: Session, actor: Actor, addressee_number: str, *, now: dt.datetime
) -> tuple[ResidentHistory, tuple[KanaView, ...]]:
    """Show a person's フリガナ and how far they are confirmed, and log it.

    :raises KanaMissing: no such person.
    :raises InquiryRefused: a suppression of 照会 bars the actor.
    """
    actor.require(Permission.KANA_CONFIRM, Permission.RESIDENT_VIEW)
    person = _person(session, actor, addressee_number, now=now)
    _log(session, actor, "フリガナの確認状況の照会", [addressee_number], now=now, details={})
    return person, queries.views_of(session, person)


def _person(session: Session, actor: Actor, addressee_number: str, *, now: dt.datetime) -> ResidentHistory:
    person = history.latest(session, addressee_number)
    if person is None:
        raise KanaMissing
    require_open_to_inquiry(session, actor, [person], now=now)
    return person


def record_answer(
    session: Session, actor: Actor, addressee_number: str, answer: KanaAnswer, *, now: dt.datetime
) -> KanaConfirmation:
    """Take a person's answer, or what the 戸籍 says, with or without a notice before it.

    :raises KanaMissing, InquiryRefused: as :func:`open_person`.
    :raises KanaRefused: a フリガナ that cannot be recorded, an answer that waits to be entered already, or nothing new.
    """
    actor.require(Permission.KANA_CONFIRM, Permission.RESIDENT_VIEW)
    person = _person(session, actor, addressee_number, now=now)
    if not person.state.is_live:
        raise _refusal("KA-E035", "この人の記録は除票です。", "除票のフリガナは確認の対象ではありません。")
    rows = queries.confirmations_of(session, addressee_number, answer.item, for_update=True)
    latest = rows[0] if rows else None
    if latest is not None and latest.answered_on is not None and not queries.is_entered(latest, person):
        raise _refusal(
            "KA-E036",
            "回答はすでに入力され、記載を待っています。",
            "入力が誤りのときは、その回答を取り消してから入力してください。",
        )
    waiting = latest if latest is not None and latest.answered_on is None else None
    found = check_answer(
        answer,
        queries.notice_of(waiting) if waiting is not None else None,
        kind=person.resident_kind,
        recorded=getattr(person, answer.item.kana_column) or "",
        today=day_of(now),
    )
    if found:
        raise KanaRefused(found)
    if waiting is None and not kana_effect(history.items_of(person), answer):
        raise _refusal(
            "KA-E037",
            "このフリガナは確認済みです。",
            "変わったときは、変わった後のフリガナを入力してください。",
        )
    row = waiting or KanaConfirmation(
        addressee_number=addressee_number,
        item=answer.item,
        kana=getattr(person, answer.item.kana_column) or "",
    )
    _answer(actor, row, answer, now=now)
    session.add(row)
    session.flush()
    _log(
        session, actor, "フリガナの回答の入力", [addressee_number], now=now,
        details={
            "区分": answer.item.label, "方法": answer.how.label, "変更前": row.kana, "変更後": answer.kana,
        },
    )  # fmt: skip
    return row


def _answer(actor: Actor, row: KanaConfirmation, answer: KanaAnswer, *, now: dt.datetime) -> None:
    row.answered_on, row.how = day_of(now), answer.how
    row.answer_kana, row.answered_by = answer.kana, actor.login


def take_back_answer(
    session: Session, actor: Actor, addressee_number: str, confirmation_id: int, *, now: dt.datetime
) -> None:
    """Undo an answer that was entered wrongly, as long as the register does not say it. The log keeps it.

    :raises KanaMissing: no such answer of this person, or somebody was faster.
    :raises InquiryRefused: as :func:`open_person`.
    :raises KanaRefused: the register says it already.
    """
    actor.require(Permission.KANA_CONFIRM, Permission.RESIDENT_VIEW)
    person = _person(session, actor, addressee_number, now=now)
    for item in KanaItem:
        rows = queries.confirmations_of(session, addressee_number, item, for_update=True)
        if rows and rows[0].id == confirmation_id and rows[0].answered_on is not None:
            row = rows[0]
            break
    else:
        raise KanaMissing
    if queries.is_entered(row, person):
        raise _refusal(
            "KA-E038",
            "この回答はすでに住民票に記載されています。",
            "誤りのときは、誤記修正（異動）で直してください。",
        )
    details = {
        "区分": row.item.label,
        "方法": row.how.label if row.how is not None else "",
        "変更前": row.answer_kana or "",
        "変更後": "",
    }
    if row.sent_on is None:
        session.delete(row)
    else:
        row.answered_on = row.how = row.answer_kana = row.answered_by = None
    session.flush()
    _log(session, actor, "フリガナの回答の取消し", [addressee_number], now=now, details=details)


# ---- for the change that enters an answer


def mark_entered(session: Session, addressee_number: str, item: KanaItem, change: ResidentChange) -> None:
    """Note on the waiting answer of a person which change has entered it. Part of the change, which logs itself.

    Call it before the snapshot is added, or after: it looks at the answer alone. Nothing happens without one.
    """
    rows = queries.confirmations_of(session, addressee_number, item, for_update=True)
    if rows and rows[0].answered_on is not None and rows[0].change_id is None:
        rows[0].change_id = change.id
        session.flush()


def _log(
    session: Session,
    actor: Actor,
    action: str,
    subjects: Sequence[str],
    *,
    now: dt.datetime,
    details: dict[str, Any],
    log: audit.Log = audit.Log.OPERATION,
) -> None:
    audit.record(
        session, actor, moment=now, log=log, action=action, subjects=subjects, details=details, screen=_SCREEN
    )
