"""The work lists: what waits for approval, what came back, what is being entered."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from residentapp.core import audit
from residentapp.core.access import requires, requires_one_of
from residentapp.core.access.permissions import Permission
from residentapp.core.web.answers import done
from residentapp.core.web.context import actor, db, now, services
from residentapp.core.web.errors import Refusal
from residentapp.residents import locks
from residentapp.residents.cases import queries
from residentapp.residents.cases.approval import MOST_AT_ONCE
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.procedure import (
    approve_permissions,
    enter_permissions,
    procedure_of,
    procedures,
)
from residentapp.residents.cases.types import CaseState
from residentapp.residents.cases.views import blueprint, may_approve, may_enter
from residentapp.residents.cases.work_lists import CaseLine, lines_of, offices_of
from residentapp.residents.locks import LockSubject


class Whose(enum.StrEnum):
    """Whose entries a list shows."""

    OWN = "own"
    OFFICE = "office"
    ALL = "all"

    @property
    def label(self) -> str:
        """Label on screens."""
        labels = {"own": _("自分の入力"), "office": _("自分の窓口（支所）の入力"), "all": _("すべて")}
        return str(labels[self.value])


def url_of(case: ChangeCase, task: str = "enter") -> str:
    """The procedure's own screen for a case; who may not enter looks at it instead."""
    procedure = procedure_of(case)
    if task == "enter" and not actor().may(procedure.enter_permission):
        task = "review"
    return url_for(procedure.endpoints[task], case_id=case.id)


def review_of(case: ChangeCase) -> str:
    """The approver's page of a case."""
    return url_of(case, "review")


def lines(cases: Sequence[ChangeCase]) -> list[CaseLine]:
    """Lines for the officer of this request."""
    return lines_of(db(), actor(), services().keyring, cases, now=now())


def log_list(title: str, shown: Sequence[CaseLine]) -> None:
    """That a list was looked at, and whom of the register it names."""
    audit.record(
        db(),
        actor(),
        moment=now(),
        log=audit.Log.OPERATION,
        action="仮登録の一覧の照会",
        subjects=[number for line in shown for number in line.subjects],
        details={"一覧": title, "件数": len(shown)},
        screen=title,
    )


# ---- what waits for approval


@dataclass(frozen=True)
class Filter:
    """What the list of waiting cases is narrowed to; empty for no condition."""

    office: str = ""
    procedure: str = ""


def asked_filter() -> Filter:
    """The filter in the address (or in the form that came from the list)."""
    return Filter(request.values.get("office", "")[:20], request.values.get("procedure", "")[:30])


def waiting_page(
    narrowed: Filter, *, chosen: frozenset[str] = frozenset(), trouble: str = "", status: int = 200
) -> tuple[str, int]:
    """The list with its ticks.

    :param chosen: ids that are ticked.
    """
    states = [CaseState.PROVISIONAL]
    found = queries.cases_in(
        db(), actor(), states, approvable=True, office=narrowed.office, procedure=narrowed.procedure
    )
    total = queries.count_cases(
        db(), actor(), states, approvable=True, office=narrowed.office, procedure=narrowed.procedure
    )
    shown = lines(found)
    log_list(_("承認待ちの仮登録"), shown)
    page = render_template(
        "cases/waiting.html",
        lines=shown,
        total=total,
        narrowed=narrowed,
        offices=offices_of(db(), actor(), states, approvable=True),
        procedures=[each for each in procedures() if actor().may(each.approve_permission)],
        chosen=chosen,
        trouble=trouble,
        most=MOST_AT_ONCE,
        review_of=review_of,
    )
    return page, status


@blueprint.get("/waiting")
@requires_one_of(approve_permissions)
def waiting() -> tuple[str, int]:
    """承認待ちの仮登録, of every procedure that the officer may approve."""
    return waiting_page(asked_filter())


# ---- what came back, what is being entered


def _entered(state: CaseState, endpoint: str, title: str, hint: str) -> str:
    """A list of cases that can be gone on with; those of others only for whoever may approve them."""
    choices = ([Whose.OWN] if may_enter(actor()) else []) + (
        [Whose.OFFICE, Whose.ALL] if may_approve(actor()) else []
    )
    asked = request.args.get("whose", "")
    whose = next((choice for choice in choices if choice == asked), choices[0])
    found = queries.cases_in(
        db(),
        actor(),
        [state],
        own=whose is Whose.OWN,
        office=actor().office_code if whose is Whose.OFFICE else "",
        approvable=whose is not Whose.OWN,
    )
    shown = lines(found)
    log_list(title, shown)
    return render_template(
        "cases/entered.html",
        title=title,
        hint=hint,
        lines=shown,
        choices=choices,
        whose=whose,
        endpoint=endpoint,
        limit=queries.LONGEST_LIST,
        url_of=url_of,
    )


def _enter_or_approve() -> tuple[Permission, ...]:
    return (*enter_permissions(), *approve_permissions())


@blueprint.get("/returned")
@requires_one_of(_enter_or_approve)
def returned() -> str:
    """差し戻されたもの."""
    hint = _("差し戻しの理由を読んで直し、もう一度仮登録してください。")
    return _entered(CaseState.RETURNED, "cases.returned", _("差し戻された入力"), hint)


@blueprint.get("/drafts")
@requires_one_of(_enter_or_approve)
def drafts() -> str:
    """作成中."""
    return _entered(
        CaseState.DRAFT, "cases.drafts", _("作成中の入力"), _("書きかけの入力です。続きから入力できます。")
    )


@blueprint.post("/<case_id>/release")
@requires(Permission.LOCK_RELEASE)
def release(case_id: str) -> Response:
    """Take the case away from whoever edits it."""
    reason = request.form.get("reason", "").strip()
    if not reason:
        raise Refusal(_("排他を外す理由がありません。"), _("理由を入力してから外してください。"), status=422)
    locks.release_by_force(db(), actor(), LockSubject.CASE, case_id, now=now(), reason=reason)
    return done(_("排他を外しました。入力していた人には、保存のときに知らせます。"), "web.show_home")
