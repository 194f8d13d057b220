"""Reads one resident or one household, masked for the one who asks.

Sources: RR-2.2.1 (history of changes), RR-2.2.4, RR-3.1 (suppressions), RR-3.3 (removed members), RR-3.4e–f, CM-5.1.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.ages import age_during
from residentapp.core.dates import to_wareki
from residentapp.core.violations import Level
from residentapp.core.web.marks import Mark
from residentapp.residents import history, proofs
from residentapp.residents.cards.queries import cards_of
from residentapp.residents.memos.queries import memos_of
from residentapp.residents.models import ResidentHistory
from residentapp.residents.notices.queries import told_cases
from residentapp.residents.protection import (
    HIDDEN,
    Standing,
    closed_snapshots,
    may_see_whereabouts,
    standings,
)
from residentapp.residents.records.items import GROUPS, groups_for, reason_hidden, text_of
from residentapp.residents.records.timeline import history_lines
from residentapp.residents.records.types import (
    HouseholdPage,
    InquiryRefused,
    Member,
    NotFound,
    Person,
    ResidentPage,
)
from residentapp.residents.remarks.queries import lines_of
from residentapp.residents.removed_records import reader
from residentapp.residents.rules.terms import SupportTerm
from residentapp.residents.types import ResidentKind, ResidentState, SuppressedProcess

NO_SUCH_PERSON = "この宛名番号の人は見つかりません。番号を確かめてください。"
NO_SUCH_HOUSEHOLD = "この世帯は見つかりません。番号を確かめてください。"
ARCHIVED = "除票用データベースの記録です。照会と除票の写しの発行ができます。記載は変えられません。"
REFUSED = "この人は照会抑止の対象です。照会できません。支援措置責任者に相談してください。"


def resident_page(
    session: Session,
    actor: Actor,
    addressee_number: str,
    *,
    now: dt.datetime,
    today: dt.date,
    as_of: dt.date | None = None,
) -> ResidentPage:
    """Everything about one resident.

    :param as_of: show what the register said at the end of this day; None for now.
    :raises NotFound: no such person, or not yet recorded on that day.
    :raises InquiryRefused: a suppression of 照会 at level エラー, and the actor may not see suppressed people.
    """
    record = reader.record_of(session, addressee_number)
    if record is None:
        raise NotFound(NO_SUCH_PERSON)
    snapshots, changes = record.snapshots, record.changes
    shown: ResidentHistory | None = snapshots[-1]
    if as_of is not None:
        shown = history.state_on(snapshots, changes, as_of)
        if shown is None:
            first = to_wareki(changes[snapshots[0].change_id].processed_on)
            raise NotFound(f"{to_wareki(as_of)}には、まだ記載がありません。記載は{first}からです。")
    assert shown is not None
    current = snapshots[-1]
    members = list(history.household_members(session, current.household_number, removed=True))
    # Who left long ago is shown beside others who did; a household of today is not made longer by them.
    stored = reader.archived_members(session, current.household_number) if record.archived else []
    members += stored
    archived = {member.addressee_number for member in stored}
    found = standings(session, [current, *members], now=now)
    standing = found.get(addressee_number)
    _refuse_if_suppressed(actor, standing)
    whereabouts_open = may_see_whereabouts(actor, standing)
    # Homes that were left and in which someone protected lives now.
    closed = closed_snapshots(session, actor, snapshots)
    shown_open = whereabouts_open and shown.history_number not in closed
    remarks = record.remarks
    texts_open = whereabouts_open and not closed
    number_rights = {definition.column: reason_hidden(definition, actor, whereabouts_open=True)
                     for _, definitions in GROUPS for definition in definitions}  # fmt: skip
    return ResidentPage(
        person=person_of(shown, standing, today=today, on=as_of or today, archived=record.archived),
        groups=groups_for(shown, actor, whereabouts_open=shown_open),
        remarks=lines_of(remarks, snapshots, changes, actor, shown=shown) if texts_open else (),
        remarks_hidden="" if texts_open or not (remarks or not shown.state.is_live) else HIDDEN,
        memos=memos_of(session, actor, addressee_number) if texts_open else (),
        texts_hidden="" if texts_open else HIDDEN,
        history=history_lines(
            snapshots,
            changes,
            remarks,
            shown,
            actor,
            whereabouts_open=whereabouts_open,
            closed=closed,
            told=told_cases(session, changes.values(), actor),
            proofs=proofs.shown_for(session, addressee_number),
        ),
        household=(
            tuple(
                _member(
                    member,
                    found.get(member.addressee_number),
                    today=today,
                    archived=member.addressee_number in archived,
                )
                for member in members
            )
            if whereabouts_open
            else ()
        ),
        household_number=current.household_number if whereabouts_open else "",
        as_of=as_of,
        notices=(
            *_notices(standing, today=today),
            *_expiry_notice(current, actor, today=today),
            *((ARCHIVED,) if record.archived else ()),
        ),
        has_individual_number=bool(shown.individual_number_cipher)
        and not number_rights["individual_number_cipher"],
        has_resident_code=bool(shown.resident_code_cipher) and not number_rights["resident_code_cipher"],
        archived=record.archived,
        removed=not current.state.is_live,
        has_removed=any(stay.removed is not None for stay in record.stays),
        cards=tuple(card for card in cards_of(session, current) if card.known) if as_of is None else (),
    )


def household_page(
    session: Session, actor: Actor, household_number: str, *, now: dt.datetime, today: dt.date
) -> HouseholdPage:
    """Everything about one household, with its removed members (RR-3.3).

    When someone protected lives here, an actor without the right sees who belongs to it but not where it is.

    :raises NotFound: no such household.
    :raises InquiryRefused: as :func:`resident_page`, when it holds for every member.
    """
    stored = reader.archived_members(session, household_number)
    archived = {member.addressee_number for member in stored}
    members = [*history.household_members(session, household_number, removed=True), *stored]
    if not members:
        raise NotFound(NO_SUCH_HOUSEHOLD)
    found = standings(session, members, now=now)
    refused = 0
    for member in members:
        try:
            _refuse_if_suppressed(actor, found.get(member.addressee_number))
        except InquiryRefused:
            refused += 1
    if refused == len(members):
        raise InquiryRefused(REFUSED)
    whereabouts_open = all(
        may_see_whereabouts(actor, found.get(member.addressee_number)) for member in members
    )
    live = [member for member in members if member.state.is_live]
    leading = (live or members)[0]
    notices: list[str] = []
    for member in members:
        for notice in _notices(found.get(member.addressee_number), today=today):
            if notice not in notices:
                notices.append(notice)
    if live and not any(member.relationship_to_head == "世帯主" for member in live):
        notices.append("世帯主が設定されていない世帯です。世帯主変更の届出が必要か確かめてください。")
    lines = [
        _member(
            member,
            found.get(member.addressee_number),
            today=today,
            archived=member.addressee_number in archived,
        )
        for member in members
    ]
    return HouseholdPage(
        household_number=household_number if whereabouts_open else "",
        head_name=(leading.head_name or "") if whereabouts_open else "",
        address=leading.address if whereabouts_open else "",
        building=(leading.building or "") if whereabouts_open else "",
        postal_code=(leading.postal_code or "") if whereabouts_open else "",
        hidden="" if whereabouts_open else HIDDEN,
        members=tuple(line for line in lines if line.person.is_live),
        removed=tuple(line for line in lines if not line.person.is_live),
        notices=tuple(notices),
        kinds=tuple(dict.fromkeys(member.resident_kind.label for member in live)),
    )


def is_closed(actor: Actor, standing: Standing | None) -> bool:
    """Whether a suppression of 照会 at level エラー, of whatever cause, bars the actor (RR-3.1a)."""
    return (
        standing is not None
        and standing.level(SuppressedProcess.INQUIRY) is Level.ERROR
        and not actor.may(Permission.SUPPRESSED_VIEW)
    )


def _refuse_if_suppressed(actor: Actor, standing: Standing | None) -> None:
    if is_closed(actor, standing):
        raise InquiryRefused(REFUSED)


def person_of(
    snapshot: ResidentHistory,
    standing: Standing | None,
    *,
    today: dt.date,
    on: dt.date | None = None,
    archived: bool = False,
) -> Person:
    """The strip of one person.

    :param on: the day on which to count the age; the day of death or removal limits it to that day.
    :param archived: the record stands in the 除票用データベース.
    """
    exact = snapshot.birth_date.exact
    until = on or today
    if snapshot.removal_occurred_on is not None and not snapshot.state.is_live:
        until = min(until, snapshot.removal_occurred_on.exact or until)
    kana = snapshot.name_kana or snapshot.alias_kana or ""
    return Person(
        addressee_number=snapshot.addressee_number,
        kind=snapshot.resident_kind,
        name=snapshot.display_name,
        alias=snapshot.alias or "",
        former_name=snapshot.former_name or "",
        kana=kana,
        birth=text_of("birth_date", snapshot.birth_date, kind=snapshot.resident_kind),
        age=age_during(exact, until) if exact is not None and exact <= until else None,
        sex=snapshot.sex.label,
        state=snapshot.state.label,
        is_live=snapshot.state.is_live,
        marks=marks_of(snapshot, standing, archived=archived),
        kana_recorded=snapshot.name_kana_confirmed
        or not snapshot.name_kana
        or snapshot.resident_kind is ResidentKind.FOREIGN,
    )


def marks_of(
    snapshot: ResidentHistory, standing: Standing | None, *, archived: bool = False
) -> tuple[Mark, ...]:
    """The marks beside a person's name, the gravest first."""
    marks = []
    if standing is not None and standing.protected:
        marks.append(Mark.PROVISIONALLY_SUPPORTED if standing.provisional else Mark.SUPPORTED)
    elif standing is not None and standing.levels:
        marks.append(Mark.SUPPRESSED)
    if snapshot.state is ResidentState.DEAD:
        marks.append(Mark.DECEASED)
    elif not snapshot.state.is_live and not archived:
        marks.append(Mark.REMOVED)
    elif snapshot.state.is_live and snapshot.removal_occurred_on is not None:
        marks.append(Mark.MOVING_OUT)
    if archived:
        marks.append(Mark.ARCHIVED)
    return tuple(marks)


def _member(
    snapshot: ResidentHistory, standing: Standing | None, *, today: dt.date, archived: bool = False
) -> Member:
    since = ""
    if not snapshot.state.is_live and snapshot.removal_occurred_on is not None:
        since = f"{snapshot.removal_occurred_on.wareki} {snapshot.removal_reason or snapshot.state.label}"
    elif snapshot.state.is_live:
        became = snapshot.became_resident_on or snapshot.became_foreign_resident_on
        since = became.wareki if became is not None else ""
    return Member(
        person=person_of(snapshot, standing, today=today, archived=archived),
        order=snapshot.member_order,
        relationship=snapshot.relationship_to_head or "",
        since=since,
    )


def _notices(standing: Standing | None, *, today: dt.date) -> tuple[str, ...]:
    """What the clerk is told before anything else (RR-2.2.4, RR-3.4e and f)."""
    if standing is None:
        return ()
    notices = []
    if standing.protected:
        measure, ends = "仮支援措置" if standing.provisional else "支援措置", standing.term_ends_on
        until = f"（期間は{to_wareki(ends)}まで）" if ends is not None and ends >= today else ""
        notices.append(
            f"{measure}の対象者です{until}。住所などを誰にも伝えないでください。照会は記録されています。"
        )
        if ends is not None and ends < today:
            notices.append(
                "支援措置の期間が終わっていますが、抑止は続いています。延長の意思を確かめてください。"
            )
        elif ends is not None and SupportTerm.ending(ends, ends).may_renew(today):
            notices.append(f"支援措置の期間は{to_wareki(ends)}に終わります。延長の申出ができます。")
    for process, level in standing.levels.items():
        if not standing.protected:
            word = "できません" if level is Level.ERROR else "注意してください"
            notices.append(f"抑止：{process.label}は{word}。")
    return tuple(notices)


def _expiry_notice(snapshot: ResidentHistory, actor: Actor, *, today: dt.date) -> tuple[str, ...]:
    expires = snapshot.residence_expires_on
    if expires is None or expires >= today or not snapshot.state.is_live:
        return ()
    if not actor.may(Permission.ITEM_RESIDENCE_STATUS):
        return ()
    return ("在留期間の満了の日を過ぎています。在留カードを確かめてください。",)


def resolve_household(session: Session, addressee_number: str) -> str:
    """世帯番号 in which a person is recorded now.

    :raises NotFound: no such person.
    """
    current = reader.latest_of(session, addressee_number)
    if current is None:
        raise NotFound(NO_SUCH_PERSON)
    return current.household_number
