"""Screens of what is exchanged with the 出入国在留管理庁. Addresses name a notice by its id, and nobody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask import Response as FileResponse
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from residentapp.core import audit
from residentapp.core.access import Actor, requires
from residentapp.core.access.permissions import Permission
from residentapp.core.dates import DateError, DateField, parse_date, to_wareki
from residentapp.core.masters.queries import MasterMissing
from residentapp.core.web.context import actor, afterwards, db, now, services, today
from residentapp.core.web.errors import Refusal
from residentapp.core.web.home import HomeList, add_to_home
from residentapp.core.web.input_check import number_of
from residentapp.residents.cases.errors import CaseRefused
from residentapp.residents.immigration import notices as operations
from residentapp.residents.immigration.models import ImmigrationNotice
from residentapp.residents.immigration.notice_entry import begin_entry
from residentapp.residents.immigration.notices import NOTICES, RIGHTS, SCREEN
from residentapp.residents.immigration.results import KINDS, SentFilter, count_errors, list_sent
from residentapp.residents.immigration.sheets import NoticeView, check_sheet, notice_line, notice_view
from residentapp.residents.immigration.terms import USUAL_DAYS, count_expiring, expiring
from residentapp.residents.immigration.types import NoticeState, ResultState
from residentapp.residents.locks import Locked
from residentapp.residents.messages.types import IsaLaw, MessageKind
from residentapp.residents.records.operations import log_refusal
from residentapp.residents.records.types import InquiryRefused
from residentapp.residents.waiting_notices import NobodyFound, NoticeChanged

blueprint = Blueprint("immigration", __name__, url_prefix="/immigration", template_folder="templates")

_TERM_RIGHTS = (Permission.RESIDENT_VIEW, Permission.ITEM_RESIDENCE_STATUS)
_Code = TypeVar("_Code", bound=StrEnum)


def _may_notices(actor: Actor) -> bool:
    return all(actor.may(right) for right in RIGHTS)


def _may_terms(actor: Actor) -> bool:
    return all(actor.may(right) for right in _TERM_RIGHTS)


def _pending(session: Session, _actor: Actor) -> int:
    return NOTICES.count_open(session, NoticeState.PENDING)


def _waiting(session: Session, _actor: Actor) -> int:
    return NOTICES.count_open(session, NoticeState.TAKEN)


def _expiring(session: Session, _actor: Actor) -> int:
    return count_expiring(session, today=today())


def _errors(session: Session, _actor: Actor) -> int:
    return count_errors(session)


add_to_home(
    blueprint,
    HomeList(
        "入管庁の通知（確認待ち）",
        _waiting,
        "immigration.notices_page",
        _may_notices,
        hint="処理結果確認票で確かめ、修正・消除を入力します",
        order=44,
    ),
    HomeList(
        "入管庁の通知（未取込）",
        _pending,
        "immigration.notices_page",
        _may_notices,
        hint="本人を確かめ、手で取り込みます",
        order=45,
    ),
    HomeList(
        "在留期間の満了（30日以内・過ぎた人）",
        _expiring,
        "immigration.expiring_page",
        _may_terms,
        hint="在留カードの更新や入管庁の通知を待っている人",
        order=46,
    ),
    HomeList(
        "市町村通知のエラー",
        _errors,
        "immigration.sent_errors",
        Permission.MESSAGES_VIEW,
        hint="入管庁から返ったエラーを確かめ、直して再送します",
        order=73,
    ),
)


# ---- notices


def _lines(rows: Sequence[ImmigrationNotice]) -> list[NoticeView]:
    keyring = services().keyring
    return [notice_line(db(), keyring, row) for row in rows]


def _log_shown(action: str, views: Sequence[NoticeView]) -> None:
    audit.record(
        db(),
        actor(),
        moment=now(),
        log=audit.Log.OPERATION,
        action=action,
        subjects=sorted({view.number for view in views if view.number}),
        details={"件数": len(views)},
        screen=SCREEN,
    )


@blueprint.get("/notices")
@requires(*RIGHTS)
def notices_page() -> str:
    """Notices: what is not taken in, whatever its date; what waits to be checked; what is done (RR-4.5.6b)."""
    pending = _lines(NOTICES.in_state(db(), NoticeState.PENDING))
    waiting = _lines(NOTICES.in_state(db(), NoticeState.TAKEN))
    settled = _lines(operations.settled_lately(db()))
    _log_shown("入管庁の通知の一覧の照会", [*pending, *waiting, *settled])
    return render_template("immigration/notices.html", pending=pending, waiting=waiting, settled=settled)


def _row(notice_id: int) -> ImmigrationNotice:
    row = NOTICES.find(db(), notice_id)
    if row is None:
        abort(404, description=_("この通知は見つかりません。一覧から選び直してください。"))
    return row


def _barred(row: ImmigrationNotice, error: InquiryRefused) -> Refusal:
    """A suppression bars the actor from the person: said, and logged in a transaction of its own."""
    who, moment, number, why = actor(), now(), row.addressee_number or "", str(error)
    afterwards(lambda session: log_refusal(session, who, number, now=moment, reason=why))
    return Refusal(why, _("支援措置責任者に相談してください。"), status=403)


def _view(row: ImmigrationNotice) -> NoticeView:
    try:
        return notice_view(db(), actor(), services().keyring, row, now=now())
    except InquiryRefused as error:
        raise _barred(row, error) from error


def _page(notice_id: int, *, status: int = 200, trouble: str = "", **typed: str) -> tuple[str, int]:
    view = _view(_row(notice_id))
    _log_shown("入管庁の通知の照会", [view])
    values = {"number": view.number, "reason": ""} | typed
    page = render_template("immigration/notice.html", view=view, trouble=trouble, typed=values)
    return page, status


@blueprint.get("/notices/<int:notice_id>")
@requires(*RIGHTS)
def notice(notice_id: int) -> tuple[str, int]:
    """One notice with its 処理結果確認票: every item before and after."""
    return _page(notice_id)


@blueprint.post("/notices/<int:notice_id>")
@requires(*RIGHTS)
def settle_notice(notice_id: int) -> Response | tuple[str, int]:
    """Take it in by hand, enter what it says, or leave it out."""
    act, keyring = request.form.get("act", ""), services().keyring
    number, reason = request.form.get("number", "").strip()[:20], request.form.get("reason", "").strip()[:500]
    try:
        match act:
            case "take":
                row = operations.take_by_hand(db(), actor(), keyring, notice_id, number, now=now())
                flash(_("取り込みました（%(state)s）。", state=row.state.label), "success")
            case "enter":
                case = begin_entry(db(), actor(), keyring, notice_id, now=now())
                return redirect(url_for("changes.enter", case_id=case.id), code=303)
            case "refuse":
                operations.refuse(db(), actor(), notice_id, reason, now=now())
                flash(_("反映しないことにしました。"), "success")
                return redirect(url_for("immigration.notices_page"), code=303)
            case _:
                abort(400)
    except (NobodyFound, ValueError) as error:
        return _page(notice_id, status=422, trouble=str(error), number=number, reason=reason)
    except (NoticeChanged, CaseRefused, Locked) as error:
        raise Refusal(str(error), _("一覧を開き直してください。")) from error
    return redirect(url_for("immigration.notice", notice_id=notice_id), code=303)


@blueprint.get("/notices/<int:notice_id>.pdf")
@requires(*RIGHTS)
def check_sheet_file(notice_id: int) -> FileResponse:
    """処理結果確認票 on paper."""
    row = _row(notice_id)
    try:
        drawn = check_sheet(db(), actor(), services().keyring, row, services().fonts, now=now())
    except InquiryRefused as error:
        raise _barred(row, error) from error
    except ValueError as error:
        raise Refusal(str(error), _("先に手で取り込んでください。")) from error
    except MasterMissing as error:
        raise Refusal(str(error), _("システム管理者に連絡してください。")) from error
    answer = FileResponse(drawn.pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="immigration-check.pdf"'
    return answer


# ---- terms of stay, and what was sent: no term of the search is personal, so the addresses hold them


class _Unreadable(ValueError):
    """What was typed as a condition; the text says what is wrong."""


def _typed(*names: str) -> dict[str, str]:
    return {name: request.args.get(name, "").strip()[:40] for name in names}


def _days(typed: dict[str, str]) -> tuple[dt.date | None, dt.date | None]:
    """開始日 and 終了日; blanks leave an end open."""
    found: list[dt.date | None] = []
    for name in ("first", "last"):
        try:
            found.append(parse_date(typed[name], DateField.OTHER).exact if typed[name] else None)
        except DateError as error:
            raise _Unreadable(error.message) from error
    first, last = found
    if first is not None and last is not None and last < first:
        raise _Unreadable(_("終わりの日が初めの日より前です。日付を直してください。"))
    return first, last


def _pages_of(endpoint: str, typed: Mapping[str, Any]) -> Callable[[int], str]:
    """Addresses of the pages of a list."""
    return lambda number: url_for(endpoint, **typed, page=number)


def _page_number() -> int:
    return max(1, number_of(request.args.get("page", "")) or 1)


@blueprint.get("/expiring")
@requires(*_TERM_RIGHTS)
def expiring_page() -> tuple[str, int]:
    """Whose 在留期間 ends between two days; at first: has ended, or ends within 30 days."""
    typed, trouble, found = _typed("first", "last"), "", None
    if not request.args:
        typed["last"] = to_wareki(today() + dt.timedelta(days=USUAL_DAYS))
    try:
        first, last = _days(typed)
        found = expiring(db(), actor(), first, last, now=now(), page=_page_number())
    except _Unreadable as error:
        trouble = str(error)
    page = render_template(
        "immigration/expiring.html",
        typed=typed,
        found=found,
        trouble=trouble,
        page_url=_pages_of("immigration.expiring_page", typed),
    )
    return page, 422 if trouble else 200


def _code(codes: type[_Code], text: str) -> _Code | None:
    try:
        return codes(text) if text else None
    except ValueError as error:
        raise _Unreadable(_("条件を一覧から選び直してください。")) from error


@blueprint.get("/sent/errors")
@requires(Permission.MESSAGES_VIEW)
def sent_errors() -> Response:
    """What came back with an error and was not sent again."""
    return redirect(url_for("immigration.sent_page", result=ResultState.ERROR.value))


@blueprint.get("/sent")
@requires(Permission.MESSAGES_VIEW)
def sent_page() -> tuple[str, int]:
    """市町村通知・市町村伝達: the list of subjects by 区分, with results (RR-4.5.7a, b)."""
    typed, trouble, found = _typed("law", "kind", "result", "first", "last"), "", None
    try:
        first, last = _days(typed)
        wanted = SentFilter(
            law=_code(IsaLaw, typed["law"]),
            kind=_code(MessageKind, typed["kind"]),
            result=_code(ResultState, typed["result"]),
            first=first,
            last=last,
            page=_page_number(),
        )
        found = list_sent(db(), actor(), services().keyring, wanted, now=now())
    except _Unreadable as error:
        trouble = str(error)
    page = render_template(
        "immigration/sent.html",
        typed=typed,
        found=found,
        trouble=trouble,
        choices={"law": list(IsaLaw), "kind": KINDS, "result": list(ResultState)},
        page_url=_pages_of("immigration.sent_page", typed),
    )
    return page, 422 if trouble else 200
