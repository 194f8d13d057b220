"""Screens of 住民票コードの空きコード: how many are left, and taking in a file from the CS."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from residentapp.admin.answers import RefusalsShown
from residentapp.admin.blueprint import blueprint
from residentapp.admin.masters.code_stock import (
    MAX_FILE,
    LineProblem,
    examine,
    read_codes,
    stock_state,
    take_codes,
)
from residentapp.admin.masters.forms import CodeFileForm
from residentapp.core.access import Permission, requires
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, db, now, services
from residentapp.core.web.page_state import drop_state, load_state, save_state

_STATE = "free_codes"
#: Lines with a problem that one page lists.
_SHOWN = 200


@blueprint.route("/masters/resident-codes", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def show_code_stock() -> Any:
    """空きコードの件数と、ファイルの取込み. The file is checked and nothing is taken yet."""
    form = CodeFileForm()
    if request.method == "POST":
        file = request.files.get("file")
        with RefusalsShown(form):
            read = read_codes(file.read(MAX_FILE + 1) if file else b"")
            intake = examine(db(), services().keyring, read)
            kept = {
                "codes": "".join(code for _line, code in intake.codes),
                "problems": [[problem.line, problem.message] for problem in intake.problems[:_SHOWN]],
                "wrong": len(intake.problems),
                "file_name": ((file.filename if file else "") or "")[:200],
            }
            state = save_state(kept, kind=_STATE)
            return redirect(url_for("admin.check_code_file", state=state), code=303)
    return form_page("admin/masters/code_stock.html", form=form, stock=stock_state(db()))


@blueprint.route("/masters/resident-codes/check/<state>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def check_code_file(state: str) -> Any:
    """読み取った結果の確認と取込み. What is wrong is listed by line; only the confirmation takes the rest."""
    kept = load_state(state, kind=_STATE)
    if kept is None:
        flash(_("ファイルを読み取ってから時間が過ぎました。もう一度取り込んでください。"), "error")
        return redirect(url_for("admin.show_code_stock"), code=303)
    joined: str = kept["codes"]
    codes = [joined[start : start + 11] for start in range(0, len(joined), 11)]
    if request.method == "POST" and codes:
        added = take_codes(
            db(),
            actor(),
            services().keyring,
            codes,
            file_name=kept["file_name"],
            left_out=kept["wrong"],
            is_test_data=services().settings.training,
            moment=now(),
        )
        drop_state(state)
        return done(_("空きコードを%(count)s件取り込みました。", count=f"{added:,}"), "admin.show_code_stock")
    problems = [LineProblem(line, message) for line, message in kept["problems"]]
    return render_template(
        "admin/masters/code_check.html",
        count=len(codes),
        problems=problems,
        wrong=kept["wrong"],
        hidden=kept["wrong"] - len(problems),
        state=state,
    )
