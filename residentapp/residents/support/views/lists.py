"""Lists: measures by where they stand, and 抑止対象者一覧 on screen, as CSV and as PDF (RR-9.2)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from residentapp.core import audit
from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import JST
from residentapp.core.web.context import actor, db, now, services
from residentapp.core.web.errors import Refusal
from residentapp.core.web.page_state import load_state, save_state
from residentapp.residents.support import documents, queries, suppression_queries
from residentapp.residents.support.errors import SupportRefused
from residentapp.residents.support.forms import ListForm
from residentapp.residents.support.suppression_queries import ListFilter
from residentapp.residents.support.suppressions import IN_CHARGE
from residentapp.residents.support.types import Phase
from residentapp.residents.support.views import blueprint
from residentapp.residents.types import SuppressedProcess, SuppressionCause

_LIST = "suppressed_list"
#: Lines on one page of the screen; the CSV and the PDF hold everybody.
PAGE_SIZE = 100


def _measures(title: str, phases: Sequence[Phase], hint: str) -> str:
    lines = queries.measures(db(), actor(), services().keyring, phases, now=now())
    audit.record(
        db(), actor(), moment=now(), log=audit.Log.OPERATION, action="支援措置の一覧",
        details={"一覧": title, "件数": len(lines)}, screen="支援措置",
    )  # fmt: skip
    return render_template("support/measures.html", title=title, lines=lines, hint=hint)


@blueprint.get("/support")
@requires(*IN_CHARGE)
def list_measures() -> str:
    """Measures that stand."""
    return _measures(
        _("支援措置の一覧"),
        (Phase.PROVISIONAL, Phase.RUNNING, Phase.ENDING, Phase.PASSED),
        _("終了していない支援措置です。新しく登録するときは、申出をした人を検索し、住民の画面から開きます。"),
    )


@blueprint.get("/support/ending")
@requires(*IN_CHARGE)
def list_ending() -> str:
    """Measures whose term ends within a month (RR-3.4e)."""
    return _measures(
        _("期間の終わる支援措置"),
        (Phase.ENDING,),
        _("期間の終わりまで1か月以内です。支援措置を開き、期間終了通知の出力や延長をします。"),
    )


@blueprint.get("/support/passed")
@requires(*IN_CHARGE)
def list_passed() -> str:
    """Measures whose term is over without an extension (RR-3.4f)."""
    return _measures(
        _("延長されずに期間の過ぎた支援措置"),
        (Phase.PASSED,),
        _("期間は過ぎましたが、抑止は続いています。本人の意思を確かめ、延長するか終了してください。"),
    )


@blueprint.get("/support/closed")
@requires(*IN_CHARGE)
def list_closed() -> str:
    """Measures that were ended."""
    return _measures(_("終了した支援措置"), (Phase.CLOSED,), _("記録は残っています。"))


# ---- 抑止対象者一覧


def _filter(state_id: str) -> ListFilter:
    state = load_state(state_id, kind=_LIST)
    if state is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度一覧を開いてください。"))
    return ListFilter(
        SuppressionCause(state["cause"]) if state["cause"] else None,
        SuppressedProcess(state["process"]) if state["process"] else None,
    )


def _kept(wanted: ListFilter) -> str:
    value = {
        "cause": wanted.cause.value if wanted.cause is not None else "",
        "process": wanted.process.value if wanted.process is not None else "",
    }
    return save_state(value, kind=_LIST)


@blueprint.route("/support/suppressed", methods=["GET", "POST"])
@requires(Permission.SUPPRESSED_VIEW)
def list_suppressed() -> str | BaseResponse | tuple[str, int]:
    """抑止対象者一覧; what to list is sent in the body."""
    form = ListForm(request.form)
    if request.method == "GET":
        return redirect(url_for("support.suppressed_page", state_id=_kept(ListFilter()), page=1))
    if not form.validate():
        return render_template("support/suppressed.html", form=form, lines=[], page=1, pages=1, total=0,
                               state_id=_kept(ListFilter())), 422  # fmt: skip
    kept = _kept(form.wanted())
    return redirect(url_for("support.suppressed_page", state_id=kept, page=1), code=303)


@blueprint.get("/support/suppressed/<state_id>/<int:page>")
@requires(Permission.SUPPRESSED_VIEW)
def suppressed_page(state_id: str, page: int) -> str:
    """One page of the list."""
    wanted = _filter(state_id)
    lines = suppression_queries.suppressed_people(db(), actor(), wanted, now=now())
    pages = max(1, -(-len(lines) // PAGE_SIZE))
    page = min(max(page, 1), pages)
    shown = lines[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    audit.record(
        db(), actor(), moment=now(), log=audit.Log.OPERATION, action="抑止対象者一覧の照会",
        subjects=[line.addressee_number for line in shown],
        details={"条件": documents.conditions_text(wanted), "人数": len(lines), "ページ": page},
        screen="抑止対象者一覧",
    )  # fmt: skip
    form = ListForm()
    form.cause.data = wanted.cause.value if wanted.cause is not None else ""
    form.of_process.data = wanted.process.value if wanted.process is not None else ""
    return render_template(
        "support/suppressed.html",
        form=form,
        lines=shown,
        page=page,
        pages=pages,
        total=len(lines),
        state_id=state_id,
    )


@blueprint.post("/support/suppressed/<state_id>/csv")
@requires(Permission.SUPPRESSED_VIEW)
def suppressed_csv(state_id: str) -> Response:
    """The whole list as CSV."""
    name = f"suppressed-{now().astimezone(JST):%Y%m%d-%H%M%S}.csv"
    content = documents.list_csv(db(), actor(), _filter(state_id), file_name=name, now=now())
    response = Response(content, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.post("/support/suppressed/<state_id>/pdf")
@requires(Permission.SUPPRESSED_VIEW)
def suppressed_pdf(state_id: str) -> Response:
    """The whole list as PDF."""
    name = f"suppressed-{now().astimezone(JST):%Y%m%d-%H%M%S}.pdf"
    try:
        rendered = documents.list_pdf(
            db(), actor(), _filter(state_id), services().fonts, file_name=name, now=now()
        )
    except SupportRefused as refused:
        raise Refusal(refused.violations[0].message, refused.violations[0].remedy) from refused
    response = Response(rendered.pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
