"""選んだ仮登録をまとめて本登録する: choose, check how many, register, see what became of each (RR-4.0.8c)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from residentapp.core import audit
from residentapp.core.access import requires_one_of
from residentapp.core.web.context import actor, db, now, services
from residentapp.core.web.input_check import number_of
from residentapp.core.web.page_state import load_state, save_state
from residentapp.residents.cases import queries
from residentapp.residents.cases.approval import (
    MOST_AT_ONCE,
    Batch,
    NothingChosen,
    TooMany,
    approve_many,
    is_own,
)
from residentapp.residents.cases.errors import CaseNotFound
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.procedure import approve_permissions, procedure_of
from residentapp.residents.cases.types import CaseState, RecordVersion
from residentapp.residents.cases.views import blueprint
from residentapp.residents.cases.views.lists import (
    asked_filter,
    lines,
    log_list,
    review_of,
    url_of,
    waiting_page,
)
from residentapp.residents.cases.work_lists import CaseLine

_KIND = "case_batch"


def _chosen_in_form() -> list[RecordVersion]:
    """The ticked lines with the version that the list showed; what cannot be read is left out."""
    chosen = {}
    for value in request.form.getlist("case"):
        case_id, _colon, version = value.rpartition(":")
        if case_id and len(case_id) <= 32:
            chosen[case_id] = RecordVersion(case_id, number_of(version) or 0)
    return list(chosen.values())


@blueprint.post("/waiting")
@requires_one_of(approve_permissions)
def choose() -> tuple[str, int] | Response:
    """Tick every line, or go on to the check page with those that are ticked."""
    narrowed = asked_filter()
    if request.form.get("act") == "all":
        return waiting_page(narrowed, chosen=_everything(narrowed.office, narrowed.procedure))
    chosen = _chosen_in_form()
    try:
        if not chosen:
            raise NothingChosen
        if len(chosen) > MOST_AT_ONCE:
            raise TooMany(len(chosen))
    except (NothingChosen, TooMany) as refusal:
        ticked = frozenset(seen.case_id for seen in chosen)
        return waiting_page(narrowed, chosen=ticked, trouble=str(refusal), status=422)
    state = save_state({"seen": [[seen.case_id, seen.version] for seen in chosen]}, kind=_KIND)
    return redirect(url_for("cases.check_batch", state_id=state), code=303)


def _everything(office: str, procedure: str) -> frozenset[str]:
    """As many of the list's cases as may be registered at once, oldest first, without the officer's own."""
    found = queries.cases_in(
        db(), actor(), [CaseState.PROVISIONAL], approvable=True, office=office, procedure=procedure
    )
    others = [case.id for case in found if not is_own(actor(), case)]
    return frozenset(others[:MOST_AT_ONCE])


def _state(state_id: str) -> dict[str, Any]:
    state = load_state(state_id, kind=_KIND)
    if state is None:
        abort(404)
    return state


def _case(case_id: str) -> ChangeCase | None:
    try:
        return queries.find_case(db(), case_id)
    except CaseNotFound:
        return None


@blueprint.get("/batch/<state_id>")
@requires_one_of(approve_permissions)
def check_batch(state_id: str) -> str | Response:
    """How many, whose, and which of those chosen cannot be registered."""
    state = _state(state_id)
    if "results" in state:
        return redirect(url_for("cases.batch_done", state_id=state_id), code=303)
    ready, left_out = _sorted_out(_seen(state))
    log_list(_("選んだ仮登録の確認"), ready)
    return render_template(
        "cases/batch.html",
        state_id=state_id,
        lines=ready,
        left_out=left_out,
        people=sum(line.case.people for line in ready),
        review_of=review_of,
    )


def _seen(state: dict[str, Any]) -> list[RecordVersion]:
    return [RecordVersion(case_id, version) for case_id, version in state["seen"]]


def _sorted_out(chosen: Sequence[RecordVersion]) -> tuple[list[CaseLine], int]:
    """The chosen cases that may be registered, oldest first; and how many may not, or changed since the list."""
    ready = []
    for seen in chosen:
        case = _case(seen.case_id)
        if (
            case is not None
            and case.state is CaseState.PROVISIONAL
            and case.version == seen.version
            and actor().may(procedure_of(case).approve_permission)
            and not is_own(actor(), case)
        ):
            ready.append(case)
    ready.sort(key=lambda case: (case.provisional_at or case.saved_at, case.id))
    return lines(ready), len(chosen) - len(ready)


@blueprint.post("/batch/<state_id>")
@requires_one_of(approve_permissions)
def register_batch(state_id: str) -> Response:
    """本登録, each case by itself. Sent twice, it is done once."""
    state = _state(state_id)
    if "results" not in state:
        done = approve_many(db(), actor(), services().keyring, _seen(state), now=now())
        # The same form may have been sent twice at once: then the first has told already what became of the cases.
        db().expire_all()
        state = _state(state_id)
        if "results" not in state:
            results = [[each.case_id, each.registered is not None, each.problem] for each in done.results]
            save_state({**state, "results": results}, kind=_KIND, state_id=state_id)
            _tell(done)
    return redirect(url_for("cases.batch_done", state_id=state_id), code=303)


def _tell(done: Batch) -> None:
    if done.codes_left is not None:
        flash(
            _(
                "空いている住民票コードが残り%(count)s件です。CSから空きコードを取り込んでください。",
                count=done.codes_left,
            ),
            "warning",
        )


@dataclass(frozen=True)
class ResultLine:
    """What became of one case."""

    label: str
    names: str
    url: str
    problem: str


@blueprint.get("/batch/<state_id>/done")
@requires_one_of(approve_permissions)
def batch_done(state_id: str) -> str | Response:
    """What is in the register now, and what is not, with the reason."""
    state = _state(state_id)
    if "results" not in state:
        return redirect(url_for("cases.check_batch", state_id=state_id), code=303)
    subjects: list[str] = []
    shown = [
        _result_line(case_id, registered, problem, subjects)
        for case_id, registered, problem in state["results"]
    ]
    audit.record(
        db(),
        actor(),
        moment=now(),
        log=audit.Log.OPERATION,
        action="一括本登録の結果の照会",
        subjects=subjects,
        screen="一括本登録の結果",
    )
    return render_template(
        "cases/batch_done.html",
        done=[line for line in shown if not line.problem],
        refused=[line for line in shown if line.problem],
    )


def _result_line(case_id: str, registered: bool, problem: str, subjects: list[str]) -> ResultLine:
    case = _case(case_id)
    if case is None or not actor().may(procedure_of(case).approve_permission):
        return ResultLine(_("仮登録"), "", "", problem)
    label = f"{procedure_of(case).label}　{case.kind_label}"
    if registered:
        people = queries.registered_people(db(), case_id)
        names = list(dict.fromkeys(person.display_name for person in people))
        subjects += [person.addressee_number for person in people]
        return ResultLine(label, "、".join(names), url_of(case, "done"), "")
    if not case.state.is_open:
        url = url_of(case, "done") if case.state is CaseState.FINAL else ""
        return ResultLine(label, "", url, problem)
    [line] = lines([case])
    subjects += line.subjects
    return ResultLine(label, "、".join(line.names), review_of(case), problem)
