"""The check page before provisional registration, the approver's page, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from residentapp.core import audit
from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.violations import Violation, alerts_of, errors_of
from residentapp.core.web.context import actor, afterwards, db, now, services
from residentapp.core.web.errors import Refusal
from residentapp.core.web.page_state import save_state
from residentapp.residents import history
from residentapp.residents.cases import operations
from residentapp.residents.cases.approval import approve, is_own, return_case
from residentapp.residents.cases.errors import (
    CaseRefused,
    EntryRefused,
    NotEditable,
    OwnApproval,
    ReasonMissing,
)
from residentapp.residents.cases.operations import OpenCase
from residentapp.residents.cases.procedure import alert_key
from residentapp.residents.cases.queries import changes_of, find_case, payload_of, registered_people
from residentapp.residents.cases.types import Approve, CaseState, ReturnCase, SaveEntry
from residentapp.residents.cases.web import refused, seen_in_form
from residentapp.residents.code_notices.queries import notices_of_case
from residentapp.residents.locks import Locked
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_in import presentation, queries
from residentapp.residents.move_in.forms import confirmations_of, typed_reason
from residentapp.residents.move_in.rules import check
from residentapp.residents.move_in.types import CasePayload
from residentapp.residents.move_in.views import blueprint
from residentapp.residents.move_in.views.entry import facts_of, log_register_shown


def _case_page(
    template: str, opened: OpenCase, *, status: int = 200, trouble: str = "", **values: Any
) -> tuple[str, int]:
    payload = opened.payload
    facts = facts_of(opened.case.id, payload)
    log_register_shown(facts, status)
    findings = check(payload.entry, facts)
    given = payload.entry.confirmations
    alerts = alerts_of(findings)
    settled = values.pop("confirmed_keys", frozenset())
    page = render_template(
        template,
        case=opened.case,
        entry=payload.entry,
        version=opened.case.version,
        errors=errors_of(findings),
        alerts=alerts,
        open_alerts=[alert for alert in alerts if alert_key(alert) not in settled],
        confirmed_alerts=[alert for alert in alerts if alert_key(alert) in settled],
        given=given,
        key_of=alert_key,
        reason_of=lambda alert: typed_reason(given, alert_key(alert)),
        rows=presentation.case_rows(payload.entry, payload.papers.get("", {})),
        members=presentation.member_views(db(), actor(), services().keyring, payload),
        household=presentation.household_view(
            facts.household, payload.entry, presentation.address_of(db(), facts.household)
        ),
        papers=payload.papers.get("", {}),
        source=payload.source,
        edit_url=lambda field: url_for("move_in.enter", case_id=opened.case.id, check=1) + f"#{field}",
        who=lambda finding: _who(finding, payload),
        trouble=trouble,
        **values,
    )
    return page, status


def _who(finding: Violation, payload: CasePayload) -> str:
    """The person a finding is about, for the list; empty for the case itself."""
    parts = finding.field.split("-")
    if len(parts) != 3 or parts[0] != "members":
        return ""
    return payload.entry.members[int(parts[1])].display_name


@blueprint.get("/<case_id>/check")
@requires(Permission.MOVE_IN_ENTER)
def check_entry(case_id: str) -> tuple[str, int] | Response:
    """確認: everything side by side, errors with links, alerts with reasons."""
    try:
        opened = operations.open_for_editing(db(), actor(), services().keyring, case_id, now=now())
    except NotEditable:
        return redirect(url_for("move_in.enter", case_id=case_id), code=303)
    except (Locked, CaseRefused) as error:
        raise refused(error) from error
    return _case_page("move_in/check.html", opened)


@blueprint.post("/<case_id>/check")
@requires(Permission.MOVE_IN_ENTER)
def register(case_id: str) -> Response:
    """仮登録. The reasons typed are kept even when something still stands in the way."""
    keyring = services().keyring
    try:
        case = find_case(db(), case_id)
        payload = payload_of(keyring, case)
        entry = replace(payload.entry, confirmations=confirmations_of(request.form))
        command = SaveEntry(seen_in_form(case_id), entry)
        if request.form.get("act") == "back":
            operations.save(db(), actor(), keyring, command, now=now())
            return redirect(url_for("move_in.enter", case_id=case_id), code=303)
        try:
            with db().begin_nested():
                operations.register_provisionally(db(), actor(), keyring, command, now=now())
        except EntryRefused as error:
            operations.save(db(), actor(), keyring, command, now=now())
            flash(str(error), "error")
            return redirect(url_for("move_in.check_entry", case_id=case_id), code=303)
    except (Locked, CaseRefused) as error:
        raise refused(error) from error
    flash(_("仮登録しました。審査の権限を持つ別の人の決裁を待っています。"), "success")
    return redirect(url_for("move_in.start"), code=303)


@blueprint.get("/<case_id>/review")
@requires(Permission.RESIDENT_VIEW)
def review(case_id: str) -> tuple[str, int] | Response:
    """審査: the same page for the approver, with the papers to compare; the enterer can take the case back."""
    try:
        case = find_case(db(), case_id)
        if case.state is CaseState.FINAL:
            return redirect(url_for("move_in.done", case_id=case_id), code=303)
        opened = operations.look_at(db(), actor(), services().keyring, case_id, now=now())
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
    given = opened.payload.entry.confirmations if confirmed is None else confirmed
    return _case_page(
        "move_in/review.html",
        opened,
        status=status,
        trouble=trouble,
        own=own,
        may_approve=actor().may(Permission.MOVE_IN_APPROVE)
        and not own
        and opened.case.state is CaseState.PROVISIONAL,
        reason=reason,
        confirmed_keys=frozenset(given),
        waiting=opened.case.state is CaseState.PROVISIONAL,
    )


@blueprint.post("/<case_id>/approve")
@requires(Permission.MOVE_IN_APPROVE)
def approve_case(case_id: str) -> tuple[str, int] | Response:
    """決裁 and 本登録."""
    keyring = services().keyring
    reasons = confirmations_of(request.form)
    command = Approve(seen_in_form(case_id), reasons)
    try:
        done = approve(db(), actor(), keyring, command, now=now())
    except EntryRefused as error:
        db().rollback()
        case = find_case(db(), case_id)
        payload = payload_of(keyring, case)
        shown = {**payload.entry.confirmations, **reasons}
        typed = replace(payload, entry=replace(payload.entry, confirmations=shown))
        return _review_page(
            OpenCase(case, typed),
            status=422,
            trouble=str(error),
            confirmed=payload.entry.confirmations,
        )
    except OwnApproval as error:
        _log_own_approval(case_id)
        raise Refusal(str(error), _("入力に誤りがあるときは、引き戻して直せます。"), status=403) from error
    except CaseRefused as error:
        raise refused(error) from error
    flash(_("本登録しました。%(count)s人を住民票に記載しました。", count=len(done.numbers)), "success")
    if done.codes_low:
        flash(
            _(
                "空いている住民票コードが残り%(count)s件です。CSから空きコードを取り込んでください。",
                count=done.codes_left,
            ),
            "warning",
        )
    return redirect(url_for("move_in.done", case_id=case_id), code=303)


def _log_own_approval(case_id: str) -> None:
    """That someone tried to approve the own entry outlives the refusal."""
    who, moment = actor(), now()

    def log(session: Session) -> None:
        audit.record(
            session,
            who,
            moment=moment,
            log=audit.Log.EVENT,
            action="転入の本登録",
            details={"受付": case_id, "理由": "自分が入力した仮登録の決裁"},
            succeeded=False,
            screen="転入の審査",
        )

    afterwards(log)


@blueprint.post("/<case_id>/return")
@requires(Permission.MOVE_IN_APPROVE)
def send_back(case_id: str) -> tuple[str, int] | Response:
    """差し戻し."""
    keyring = services().keyring
    reason = request.form.get("reason", "")
    try:
        return_case(db(), actor(), keyring, ReturnCase(seen_in_form(case_id), reason), now=now())
    except ReasonMissing as error:
        opened = operations.look_at(db(), actor(), keyring, case_id, now=now())
        return _review_page(opened, status=422, trouble=str(error))
    except CaseRefused as error:
        raise refused(error) from error
    flash(_("差し戻しました。入力した人のホームに出ます。"), "success")
    return redirect(url_for("cases.waiting"), code=303)


@blueprint.post("/<case_id>/take-back")
@requires(Permission.MOVE_IN_ENTER)
def take_back(case_id: str) -> Response:
    """引き戻し."""
    try:
        operations.take_back(db(), actor(), services().keyring, seen_in_form(case_id), now=now())
    except CaseRefused as error:
        raise refused(error) from error
    flash(_("仮登録を引き戻しました。直してから、もう一度仮登録してください。"), "success")
    return redirect(url_for("move_in.enter", case_id=case_id), code=303)


@blueprint.get("/<case_id>/done")
@requires(Permission.RESIDENT_VIEW)
def done(case_id: str) -> tuple[str, int]:
    """What was registered, and where to go on: the household, its certificate."""
    try:
        case = find_case(db(), case_id)
    except CaseRefused as error:
        raise refused(error) from error
    people = registered_people(db(), case_id)
    if not people:
        raise Refusal(
            _("この転入は、まだ本登録されていません。"), _("一覧から状態を確かめてください。"), status=404
        )
    audit.record(
        db(),
        actor(),
        moment=now(),
        log=audit.Log.OPERATION,
        action="転入の本登録の照会",
        subjects=[person.addressee_number for person in people],
        screen="転入",
    )
    household = save_state({"number": people[0].household_number}, kind="household")
    return render_template(
        "move_in/done.html",
        case=case,
        reason=changes_of(db(), case_id)[0].reason,
        people=people,
        household_id=household,
        members=_members_after(people),
        hidden=queries.is_hidden(db(), actor(), people, now=now()),
        tells_code=bool(notices_of_case(db(), actor(), case_id, now=now())),
    ), 200


def _members_after(people: list[ResidentHistory]) -> list[ResidentHistory]:
    return list(history.household_members(db(), people[0].household_number))
