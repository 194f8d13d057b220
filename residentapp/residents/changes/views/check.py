"""The check page before provisional registration, the approver's page, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from residentapp.core import audit
from residentapp.core.access import requires
from residentapp.core.access.declare import declaration_of
from residentapp.core.access.permissions import Permission
from residentapp.core.violations import Violation, alerts_of, errors_of
from residentapp.core.web.context import actor, afterwards, db, now, services
from residentapp.core.web.errors import Refusal
from residentapp.core.web.page_state import save_state
from residentapp.residents.cases import operations as cases
from residentapp.residents.cases import queries
from residentapp.residents.cases.approval import approve, is_own, return_case
from residentapp.residents.cases.errors import (
    CaseRefused,
    EntryRefused,
    NotEditable,
    OwnApproval,
    ReasonMissing,
)
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.operations import OpenCase
from residentapp.residents.cases.procedure import alert_key, procedure_of
from residentapp.residents.cases.types import Approve, CaseState, ReturnCase, SaveEntry
from residentapp.residents.cases.web import refused, seen_in_form
from residentapp.residents.changes import presentation
from residentapp.residents.changes.forms import confirmations_of, typed_reason
from residentapp.residents.changes.procedure import findings_of
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.changes.types import ChangeEntry, Plan
from residentapp.residents.changes.views import blueprint
from residentapp.residents.changes.views.common import facts_of, log_register_shown
from residentapp.residents.changes.views.entry import case_and_entry
from residentapp.residents.code_notices.queries import notices_of_case
from residentapp.residents.ex_officio.printing import may_read
from residentapp.residents.ex_officio.queries import has_records
from residentapp.residents.head_notices.queries import has_notices
from residentapp.residents.locks import Locked
from residentapp.residents.protection import may_see_whereabouts, standings


def _case_page(
    template: str, opened: OpenCase, *, status: int = 200, trouble: str = "", **values: Any
) -> tuple[str, int]:
    entry: ChangeEntry = opened.payload
    spec = spec_of(entry.kind)
    facts = facts_of(opened.case.id, entry)
    log_register_shown(facts, status)
    findings = findings_of(entry, facts)
    plan = Plan() if errors_of(findings) else spec.plan(spec, entry, facts)
    alerts = alerts_of(findings)
    settled = values.pop("confirmed_keys", frozenset())
    page = render_template(
        template,
        case=opened.case,
        spec=spec,
        entry=entry,
        version=opened.case.version,
        errors=errors_of(findings),
        alerts=alerts,
        open_alerts=[alert for alert in alerts if alert_key(alert) not in settled],
        confirmed_alerts=[alert for alert in alerts if alert_key(alert) in settled],
        given=entry.confirmations,
        key_of=alert_key,
        reason_of=lambda alert: typed_reason(entry.confirmations, alert_key(alert)),
        rows=presentation.case_rows(spec, entry, facts),
        steps=presentation.step_views(actor(), plan, facts),
        told=tuple(spec.tell(spec, entry, facts))
        if spec.tell is not None and not errors_of(findings)
        else (),
        household=presentation.household_view(facts.homes.get(entry.household_number)),
        target=presentation.household_view(facts.home(entry.text("target_household"))),
        edit_url=lambda field: url_for("changes.enter", case_id=opened.case.id, check=1) + f"#{field}",
        who=lambda finding: _who(finding, entry),
        trouble=trouble,
        **values,
    )
    return page, status


def _who(finding: Violation, entry: ChangeEntry) -> str:
    """The person a finding is about, for the list; empty for the change itself."""
    parts = finding.field.split("-")
    if len(parts) != 3 or parts[0] != "people":
        return ""
    return next((person.name for person in entry.people if person.key == parts[1]), "")


@blueprint.get("/<case_id>/check")
@requires(Permission.RESIDENT_VIEW)
def check_entry(case_id: str) -> tuple[str, int] | Response:
    """確認: everybody touched, before and after; errors with links, alerts with reasons."""
    try:
        case_and_entry(case_id)
        opened = cases.open_for_editing(db(), actor(), services().keyring, case_id, now=now())
    except NotEditable:
        return redirect(url_for("changes.enter", case_id=case_id), code=303)
    except (Locked, CaseRefused) as error:
        raise refused(error) from error
    return _case_page("changes/check.html", opened)


@blueprint.post("/<case_id>/check")
@requires(Permission.RESIDENT_VIEW)
def register(case_id: str) -> Response:
    """仮登録. The reasons typed are kept even when something still stands in the way."""
    keyring = services().keyring
    try:
        _case, stored = case_and_entry(case_id)
        entry = replace(stored, confirmations=confirmations_of(request.form))
        command = SaveEntry(seen_in_form(case_id), entry)
        if request.form.get("act") == "back":
            cases.save(db(), actor(), keyring, command, now=now())
            return redirect(url_for("changes.enter", case_id=case_id), code=303)
        try:
            with db().begin_nested():
                cases.register_provisionally(db(), actor(), keyring, command, now=now())
        except EntryRefused as error:
            cases.save(db(), actor(), keyring, command, now=now())
            flash(str(error), "error")
            return redirect(url_for("changes.check_entry", case_id=case_id), code=303)
    except (Locked, CaseRefused) as error:
        raise refused(error) from error
    flash(_("仮登録しました。審査の権限を持つ別の人の決裁を待っています。"), "success")
    return redirect(url_for("web.show_home"), code=303)


@blueprint.get("/<case_id>/review")
@requires(Permission.RESIDENT_VIEW)
def review(case_id: str) -> tuple[str, int] | Response:
    """審査: the same page for the approver; the enterer can take the case back."""
    try:
        case = queries.find_case(db(), case_id)
        if case.state is CaseState.FINAL:
            return redirect(url_for("changes.done", case_id=case_id), code=303)
        case_and_entry(case_id)
        opened = cases.look_at(db(), actor(), services().keyring, case_id, now=now())
    except CaseRefused as error:
        raise refused(error) from error
    return _review_page(opened)


def _review_page(
    opened: OpenCase,
    *,
    status: int = 200,
    trouble: str = "",
    reason: str = "",
    confirmed: Mapping[str, str] | None = None,
) -> tuple[str, int]:
    """The approver's page.

    :param confirmed: reasons that the counter has given; those in the entry when left out.
    """
    own = is_own(actor(), opened.case)
    waiting = opened.case.state is CaseState.PROVISIONAL
    given = opened.payload.confirmations if confirmed is None else confirmed
    approves = actor().may(procedure_of(opened.case).approve_permission)
    return _case_page(
        "changes/review.html",
        opened,
        status=status,
        trouble=trouble,
        own=own,
        approves=approves,
        may_approve=approves and not own and waiting,
        reason=reason,
        confirmed_keys=frozenset(given),
        waiting=waiting,
    )


@blueprint.post("/<case_id>/approve")
@requires(Permission.CHANGE_APPROVE)
def approve_case(case_id: str) -> tuple[str, int] | Response:
    """決裁 and 本登録."""
    keyring = services().keyring
    reasons = confirmations_of(request.form)
    command = Approve(seen_in_form(case_id), reasons)
    try:
        case_and_entry(case_id)
        done = approve(db(), actor(), keyring, command, now=now())
    except EntryRefused as error:
        db().rollback()
        case, entry = case_and_entry(case_id)
        shown = replace(entry, confirmations={**entry.confirmations, **reasons})
        return _review_page(
            OpenCase(case, shown), status=422, trouble=str(error), confirmed=entry.confirmations
        )
    except OwnApproval as error:
        _log_own_approval(case_id)
        raise Refusal(str(error), _("入力に誤りがあるときは、引き戻して直せます。"), status=403) from error
    except CaseRefused as error:
        raise refused(error) from error
    _issue_papers(case_id)
    flash(_("本登録しました。%(count)s人の記録が変わりました。", count=len(done.numbers)), "success")
    if done.codes_low:
        flash(
            _(
                "空いている住民票コードが残り%(count)s件です。CSから空きコードを取り込んでください。",
                count=done.codes_left,
            ),
            "warning",
        )
    return redirect(url_for("changes.done", case_id=case_id), code=303)


def _issue_papers(case_id: str) -> None:
    """The papers that come with a change are issued at once (RR-4.1.3.0.3a); the page after it leads to them."""
    case = queries.find_case(db(), case_id)
    issue = spec_of(case.kind).issue
    if issue is not None:
        issue(db(), actor(), services().keyring, services().fonts, case, now=now())


def _log_own_approval(case_id: str) -> None:
    """That someone tried to approve the own entry outlives the refusal."""
    who, moment = actor(), now()

    def log(session: Session) -> None:
        audit.record(
            session,
            who,
            moment=moment,
            log=audit.Log.EVENT,
            action="異動の本登録",
            details={"受付": case_id, "理由": "自分が入力した仮登録の決裁"},
            succeeded=False,
            screen="異動の審査",
        )

    afterwards(log)


@blueprint.post("/<case_id>/return")
@requires(Permission.CHANGE_APPROVE)
def send_back(case_id: str) -> tuple[str, int] | Response:
    """差し戻し."""
    keyring = services().keyring
    reason = request.form.get("reason", "")
    try:
        case_and_entry(case_id)
        return_case(db(), actor(), keyring, ReturnCase(seen_in_form(case_id), reason), now=now())
    except ReasonMissing as error:
        opened = cases.look_at(db(), actor(), keyring, case_id, now=now())
        return _review_page(opened, status=422, trouble=str(error))
    except CaseRefused as error:
        raise refused(error) from error
    flash(_("差し戻しました。入力した人のホームに出ます。"), "success")
    return redirect(url_for("web.show_home"), code=303)


@blueprint.post("/<case_id>/take-back")
@requires(Permission.RESIDENT_VIEW)
def take_back(case_id: str) -> Response:
    """引き戻し."""
    try:
        case_and_entry(case_id)
        cases.take_back(db(), actor(), services().keyring, seen_in_form(case_id), now=now())
    except CaseRefused as error:
        raise refused(error) from error
    flash(_("仮登録を引き戻しました。直してから、もう一度仮登録してください。"), "success")
    return redirect(url_for("changes.enter", case_id=case_id), code=303)


@blueprint.get("/<case_id>/done")
@requires(Permission.RESIDENT_VIEW)
def done(case_id: str) -> tuple[str, int]:
    """What was registered, and where to go on: records, household, papers to print."""
    try:
        case = queries.find_case(db(), case_id)
    except CaseRefused as error:
        raise refused(error) from error
    people = queries.registered_people(db(), case.id)
    if not people:
        raise Refusal(
            _("この異動は、まだ本登録されていません。"), _("一覧から状態を確かめてください。"), status=404
        )
    audit.record(
        db(),
        actor(),
        moment=now(),
        log=audit.Log.OPERATION,
        action="異動の本登録の照会",
        subjects=sorted({person.addressee_number for person in people}),
        screen="異動",
    )
    hidden = any(
        not may_see_whereabouts(actor(), standing) for standing in standings(db(), people, now=now()).values()
    )
    live = [person for person in people if person.state.is_live]
    household = save_state({"number": (live or people)[0].household_number}, kind="household")
    return render_template(
        "changes/done.html",
        case=case,
        spec=spec_of(case.kind),
        changes=queries.changes_of(db(), case.id),
        people=people,
        household_id=household,
        hidden=hidden,
        documents=_documents(case),
    ), 200


def _documents(case: ChangeCase) -> list[tuple[str, str]]:
    """Papers of the change that the officer may open, and those about what the office did of itself in the case."""
    found = [
        (label, url_for(endpoint, case_id=case.id))
        for label, endpoint in spec_of(case.kind).documents
        if _opens(endpoint)
    ]
    if may_read(actor()) and has_records(db(), case.id):
        found.append((_("職権記録書・通知書"), url_for("ex_officio.papers", case_id=case.id)))
    if _opens("head_notices.of_case") and has_notices(db(), case.id):
        found.append((_("世帯主の通知書"), url_for("head_notices.of_case", case_id=case.id)))
    if _opens("code_notices.of_case") and notices_of_case(db(), actor(), case.id, now=now()):
        found.append((_("住民票コード通知票"), url_for("code_notices.of_case", case_id=case.id)))
    return found


def _opens(endpoint: str) -> bool:
    declared = declaration_of(current_app, endpoint)
    return declared is not None and declared.missing(actor().permissions) is None
