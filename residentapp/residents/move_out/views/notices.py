"""転入通知情報取込エラー一覧, and what was taken in lately."""

from __future__ import annotations

import csv
import io

from flask import Response as FileResponse
from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from residentapp.core import audit
from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import JST
from residentapp.core.web.context import actor, db, now, services
from residentapp.core.web.errors import Refusal
from residentapp.residents.cases.errors import CaseRefused
from residentapp.residents.locks import Locked
from residentapp.residents.move_out import notices as operations
from residentapp.residents.move_out.csv_cells import plain_cell
from residentapp.residents.move_out.notice_entry import begin_by_hand
from residentapp.residents.move_out.notices import NOTICES
from residentapp.residents.move_out.queries import NoticeView, notice_view
from residentapp.residents.move_out.types import NoticeState
from residentapp.residents.move_out.views import blueprint
from residentapp.residents.waiting_notices import NobodyFound, NoticeChanged


def _views(rows: object) -> list[NoticeView]:
    keyring = services().keyring
    return [notice_view(db(), actor(), keyring, row, now=now()) for row in rows]  # type: ignore[attr-defined]


def _log_shown(action: str, views: list[NoticeView], *, file_name: str = "") -> None:
    audit.record(
        db(),
        actor(),
        moment=now(),
        log=audit.Log.PRINT if file_name else audit.Log.OPERATION,
        action=action,
        subjects=sorted({view.number for view in views if view.number}),
        details={"件数": len(views)},
        screen=operations.SCREEN,
        file_name=file_name,
    )


@blueprint.get("/notices")
@requires(Permission.EX_OFFICIO_ENTER)
def notices_page() -> str:
    """What could not be taken in, with the reasons; below it what was."""
    waiting = _views(NOTICES.in_state(db(), NoticeState.PROBLEM))
    taken = _views(operations.taken_lately(db()))
    _log_shown("転入通知の一覧の照会", [*waiting, *taken])
    return render_template("move_out/notices.html", waiting=waiting, taken=taken)


_COLUMNS = (
    "受信日時",
    "通知元",
    "氏名",
    "生年月日",
    "性別",
    "転入年月日",
    "転入先住所",
    "宛名番号",
    "取り込めない理由",
)


@blueprint.get("/notices.csv")
@requires(Permission.EX_OFFICIO_ENTER)
def notices_file() -> FileResponse:
    """転入通知情報取込エラー一覧表 as CSV (UTF-8 with BOM, so that spreadsheets read it)."""
    views = _views(NOTICES.in_state(db(), NoticeState.PROBLEM, limit=5_000))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for view in views:
        received = f"{view.row.received_at.astimezone(JST):%Y-%m-%d %H:%M}"
        told = (view.sender, view.name, view.birth, view.sex, view.moved_in, view.address, view.number)
        writer.writerow([received, *map(plain_cell, told), view.row.problem or ""])
    name = f"move-in-notices-{now().astimezone(JST):%Y%m%d-%H%M%S}.csv"
    _log_shown("転入通知情報取込エラー一覧表の出力", views, file_name=name)
    answer = FileResponse(out.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _view(notice_id: int) -> NoticeView:
    row = NOTICES.find(db(), notice_id)
    if row is None:
        abort(404, description=_("この転入通知は見つかりません。一覧から選び直してください。"))
    return notice_view(db(), actor(), services().keyring, row, now=now())


def _page(notice_id: int, *, status: int = 200, trouble: str = "", **typed: str) -> tuple[str, int]:
    view = _view(notice_id)
    _log_shown("転入通知の照会", [view])
    values = {"number": view.number, "reason": ""} | typed
    page = render_template(
        "move_out/notice.html",
        view=view,
        waits=view.row.state is NoticeState.PROBLEM,
        trouble=trouble,
        typed=values,
    )
    return page, status


@blueprint.get("/notices/<int:notice_id>")
@requires(Permission.EX_OFFICIO_ENTER)
def notice(notice_id: int) -> tuple[str, int]:
    """One notice as it came, and what became of it."""
    return _page(notice_id)


@blueprint.post("/notices/<int:notice_id>")
@requires(Permission.EX_OFFICIO_ENTER)
def settle_notice(notice_id: int) -> Response | tuple[str, int]:
    """Take it in again, enter it by hand, or leave it out."""
    act = request.form.get("act", "")
    number, reason = request.form.get("number", "").strip()[:20], request.form.get("reason", "").strip()[:500]
    try:
        match act:
            case "retry":
                row = operations.retry(db(), actor(), services().keyring, notice_id, now=now())
                if row.state is NoticeState.PROBLEM:
                    flash(_("まだ取り込めません。%(why)s", why=row.problem), "warning")
                    return redirect(url_for("move_out.notice", notice_id=notice_id), code=303)
                flash(_("取り込みました（%(state)s）。", state=row.state.label), "success")
            case "leave-out":
                operations.leave_out(db(), actor(), notice_id, reason, now=now())
                flash(_("対象外にしました。"), "success")
            case "enter":
                case = begin_by_hand(db(), actor(), services().keyring, notice_id, number, now=now())
                return redirect(url_for("changes.enter", case_id=case.id), code=303)
            case _:
                abort(400)
    except (NobodyFound, ValueError) as error:
        return _page(notice_id, status=422, trouble=str(error), number=number, reason=reason)
    except (NoticeChanged, CaseRefused, Locked) as error:
        raise Refusal(str(error), _("一覧を開き直してください。")) from error
    return redirect(url_for("move_out.notices_page"), code=303)
