"""Reads the confirmation of フリガナ: the work list, a person's フリガナ, the notices of one batch.

Protected people, those who live with them and who last lived with them are in no list and on no letter of an actor who
may not know where they live (CM-5.1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.dates import to_wareki
from residentapp.residents import history
from residentapp.residents.kana.models import KanaConfirmation
from residentapp.residents.kana.rules import kana_state
from residentapp.residents.kana.types import (
    ConfirmationLine,
    KanaAnswer,
    KanaItem,
    KanaView,
    Notice,
    Work,
    WorkLine,
    WorkPage,
)
from residentapp.residents.models import ResidentHistory
from residentapp.residents.records.items import text_of
from residentapp.residents.search.hits import shielded_numbers_query
from residentapp.residents.types import ResidentKind, ResidentState

#: Lines of one page of the work list; as many notices are made at once.
PAGE_SIZE = 100

#: フリガナ that are items of the record by law: only these are notified (法第7条第1号の2, 令和7年政令第17号).
NOTIFIED_ITEMS = (KanaItem.NAME, KanaItem.FORMER_NAME)

#: A person's current snapshot, and the notice or answer that counts.
Pair = tuple[ResidentHistory, KanaConfirmation | None]


def notice_of(row: KanaConfirmation) -> Notice:
    """A row as the rules take it."""
    return Notice(row.kana, row.sent_on, row.answer_by, row.answered_on, row.how, row.answer_kana or "")


def answer_of(row: KanaConfirmation) -> KanaAnswer:
    """The answer of a row, for :func:`rules.kana_effect`.

    :raises ValueError: when it has none.
    """
    if row.how is None or row.answer_kana is None:
        raise ValueError("this confirmation has no answer")
    return KanaAnswer(row.item, row.answer_kana, row.how)


def _column(name: str) -> ColumnElement[Any]:
    column: ColumnElement[Any] = getattr(ResidentHistory, name)
    return column


def _flag(item: KanaItem) -> ColumnElement[bool]:
    return _column(item.flag_column)


def _people(actor: Actor, item: KanaItem) -> list[ColumnElement[bool]]:
    """Who is asked at all: live Japanese residents that the actor may know, and who have the item."""
    conditions: list[ColumnElement[bool]] = [
        _column("is_latest"),
        ResidentHistory.state == ResidentState.RESIDENT,
        ResidentHistory.resident_kind == ResidentKind.JAPANESE,
    ]
    if item is KanaItem.FORMER_NAME:
        conditions.append(ResidentHistory.former_name.is_not(None))
    if not actor.may(Permission.SUPPRESSED_VIEW):
        conditions.append(ResidentHistory.addressee_number.not_in(shielded_numbers_query()))
    return conditions


def _unconfirmed_query(actor: Actor, item: KanaItem) -> Select[ResidentHistory]:
    """People who are not confirmed, without a notice that waits or an answer that is still to be entered."""
    going_on = select(KanaConfirmation.id).where(
        KanaConfirmation.addressee_number == ResidentHistory.addressee_number,
        KanaConfirmation.item == item,
        KanaConfirmation.change_id.is_(None),
    )
    return select(ResidentHistory).where(*_people(actor, item), ~_flag(item), ~going_on.exists())


def _notified_query(
    actor: Actor, item: KanaItem, work: Work, today: dt.date
) -> Select[ResidentHistory, KanaConfirmation]:
    """People of one of the other parts of the work list with the notice or answer that counts."""
    kana, answered = _column(item.kana_column), KanaConfirmation.answered_on.is_not(None)
    conditions: dict[Work, tuple[ColumnElement[bool], ...]] = {
        Work.WAITING: (~_flag(item), ~answered, KanaConfirmation.answer_by >= today),
        Work.OVERDUE: (~_flag(item), ~answered, KanaConfirmation.answer_by < today),
        Work.ANSWERED: (
            answered,
            KanaConfirmation.change_id.is_(None),
            or_(~_flag(item), kana.is_(None), kana != KanaConfirmation.answer_kana),
        ),
    }
    same = and_(
        KanaConfirmation.addressee_number == ResidentHistory.addressee_number, KanaConfirmation.item == item
    )
    return (
        select(ResidentHistory, KanaConfirmation)
        .join(KanaConfirmation, same)
        .where(*_people(actor, item), *conditions[work])
    )


def count_of(session: Session, actor: Actor, item: KanaItem, work: Work, *, today: dt.date) -> int:
    """How many wait in one part of the work list."""
    query: Any = (
        _unconfirmed_query(actor, item)
        if work is Work.UNCONFIRMED
        else _notified_query(actor, item, work, today)
    )
    people = query.with_only_columns(ResidentHistory.addressee_number)
    return session.scalar(select(func.count()).select_from(people.subquery())) or 0


def _pairs(
    session: Session,
    actor: Actor,
    item: KanaItem,
    work: Work,
    today: dt.date,
    narrow: Callable[[Any], Any],
) -> list[Pair]:
    """People of one part with what counts, after ``narrow`` has put order and bounds on the query."""
    if work is Work.UNCONFIRMED:
        return [(person, None) for person in session.scalars(narrow(_unconfirmed_query(actor, item)))]
    found = session.execute(narrow(_notified_query(actor, item, work, today)))
    return [(person, row) for person, row in found]


def open_work(session: Session, actor: Actor, *, today: dt.date) -> int:
    """How many people wait for the office: not notified, past the term, or answered and not entered."""
    parts = (Work.UNCONFIRMED, Work.OVERDUE, Work.ANSWERED)
    return sum(count_of(session, actor, item, work, today=today) for item in NOTIFIED_ITEMS for work in parts)


def work_page(
    session: Session, actor: Actor, item: KanaItem, work: Work, *, page: int, today: dt.date
) -> WorkPage:
    """One page of the work list, in the order of フリガナ."""
    counts = {one: count_of(session, actor, item, one, today=today) for one in Work}
    pages = max(1, -(-counts[work] // PAGE_SIZE))
    page = min(max(page, 1), pages)
    kana = _column(item.kana_column)
    rows = _pairs(
        session, actor, item, work, today,
        lambda query: query.order_by(kana, ResidentHistory.addressee_number)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE),
    )  # fmt: skip
    return WorkPage(
        tuple(_line(person, row, item) for person, row in rows),
        counts,
        page,
        pages,
        counts[work],
        left_out=not actor.may(Permission.SUPPRESSED_VIEW),
    )


def _day(value: dt.date | None) -> str:
    return to_wareki(value) if value is not None else ""


def _line(person: ResidentHistory, row: KanaConfirmation | None, item: KanaItem) -> WorkLine:
    line = WorkLine(
        addressee_number=person.addressee_number,
        name=person.display_name,
        text=getattr(person, item.value) or "",
        kana=getattr(person, item.kana_column) or "",
        birth=text_of("birth_date", person.birth_date, kind=person.resident_kind),
    )
    if row is None:
        return line
    return WorkLine(
        line.addressee_number, line.name, line.text, line.kana, line.birth, row.id, _day(row.sent_on),
        _day(row.answer_by), _day(row.answered_on), row.how.label if row.how is not None else "",
        row.answer_kana or "",
    )  # fmt: skip


def chosen_work(
    session: Session, actor: Actor, item: KanaItem, work: Work, numbers: Sequence[str], *, today: dt.date
) -> list[Pair]:
    """Of some people those who are in a part of the work list now, held until the end of the transaction."""
    return _pairs(
        session, actor, item, work, today,
        lambda query: query.where(ResidentHistory.addressee_number.in_(numbers))
        .order_by(ResidentHistory.addressee_number)
        .with_for_update(of=ResidentHistory),
    )  # fmt: skip


# ---- one person


def confirmations_of(
    session: Session, addressee_number: str, item: KanaItem, *, for_update: bool = False
) -> Sequence[KanaConfirmation]:
    """Notices and answers of one フリガナ of a person, newest first."""
    query = (
        select(KanaConfirmation)
        .where(KanaConfirmation.addressee_number == addressee_number, KanaConfirmation.item == item)
        .order_by(KanaConfirmation.id.desc())
    )
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).all()


def views_of(session: Session, person: ResidentHistory) -> tuple[KanaView, ...]:
    """Every フリガナ that a person has or should have."""
    views = []
    for item in KanaItem:
        kind = person.resident_kind
        fits = item is KanaItem.NAME or item is (
            KanaItem.ALIAS if kind is ResidentKind.FOREIGN else KanaItem.FORMER_NAME
        )
        text = person.display_name if item is KanaItem.NAME else getattr(person, item.value) or ""
        if not fits or not text:
            continue
        rows = confirmations_of(session, person.addressee_number, item)
        latest = notice_of(rows[0]) if rows else None
        views.append(
            KanaView(
                item=item,
                text=text,
                kana=getattr(person, item.kana_column) or "",
                state=kana_state(bool(getattr(person, item.flag_column)), latest),
                lines=tuple(_confirmation(row, person, newest=place == 0) for place, row in enumerate(rows)),
            )
        )
    return tuple(views)


def is_entered(row: KanaConfirmation, person: ResidentHistory) -> bool:
    """Whether the register says what was answered."""
    same = getattr(person, row.item.kana_column) == row.answer_kana
    return row.change_id is not None or (bool(getattr(person, row.item.flag_column)) and same)


def _confirmation(row: KanaConfirmation, person: ResidentHistory, *, newest: bool) -> ConfirmationLine:
    answered = row.answered_on is not None
    return ConfirmationLine(
        id=row.id,
        kana=row.kana,
        sent_on=_day(row.sent_on),
        answer_by=_day(row.answer_by),
        answered_on=_day(row.answered_on),
        how=row.how.label if row.how is not None else "",
        answer_kana=row.answer_kana or "",
        answered_by=row.answered_by or "",
        entered=answered and is_entered(row, person),
        may_take_back=answered and newest and not is_entered(row, person),
    )


# ---- a batch of notices


def batch_of(session: Session, actor: Actor, batch: str) -> list[tuple[ResidentHistory, KanaConfirmation]]:
    """The notices that were made together, with each person's current snapshot; none the actor may not know."""
    query = (
        select(ResidentHistory, KanaConfirmation)
        .join(KanaConfirmation, KanaConfirmation.addressee_number == ResidentHistory.addressee_number)
        .where(ResidentHistory.is_latest, KanaConfirmation.batch == batch)
        .order_by(KanaConfirmation.id)
    )
    if not actor.may(Permission.SUPPRESSED_VIEW):
        query = query.where(ResidentHistory.addressee_number.not_in(shielded_numbers_query()))
    return [(person, row) for person, row in session.execute(query)]


def batches(session: Session, actor: Actor, *, limit: int = 20) -> list[tuple[str, dt.date, KanaItem, int]]:
    """The latest batches: id, day, item, and how many notices the actor may know of."""
    query = (
        select(
            KanaConfirmation.batch,
            func.max(KanaConfirmation.sent_on),
            func.max(KanaConfirmation.item),
            func.count(),
        )
        .where(KanaConfirmation.batch.is_not(None))
        .group_by(KanaConfirmation.batch)
        .order_by(func.max(KanaConfirmation.id).desc())
        .limit(limit)
    )
    if not actor.may(Permission.SUPPRESSED_VIEW):
        query = query.where(KanaConfirmation.addressee_number.not_in(shielded_numbers_query()))
    return [
        (batch, day, KanaItem(item), count)
        for batch, day, item, count in session.execute(query)
        if batch is not None and day is not None
    ]


# ---- for the change that enters an answer


def waiting_answer(session: Session, addressee_number: str, item: KanaItem) -> KanaConfirmation | None:
    """The answer of a person that the register does not say yet; None when there is none."""
    person = history.latest(session, addressee_number)
    rows = confirmations_of(session, addressee_number, item)
    if person is None or not rows or rows[0].answered_on is None or is_entered(rows[0], person):
        return None
    return rows[0]
