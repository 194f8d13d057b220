"""The check page before provisional registration, the approver's page, and what came of it."""

from __future__ import annotations

from flask import current_app, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from residentapp.core import audit
from residentapp.core.access import requires
from residentapp.core.access.declare import declaration_of
from residentapp.core.access.permissions import Permission
from residentapp.core.violations import Violation, errors_of
from residentapp.core.web.context import actor, db, now, services
from residentapp.core.web.errors import Refusal
from residentapp.core.web.page_state import save_state
from residentapp.residents.cases import queries
from residentapp.residents.cases.errors import (
    CaseRefused,
)
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.operations import OpenCase
from residentapp.residents.cases.pages import CasePages, Shown
from residentapp.residents.cases.web import refused
from residentapp.residents.changes import presentation
from residentapp.residents.changes.procedure import findings_of
from residentapp.residents.changes.rules import plan_of
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.changes.types import ChangeEntry, Plan
from residentapp.residents.changes.views import blueprint
from residentapp.residents.changes.views.common import facts_of, log_register_shown
from residentapp.residents.code_notices.queries import notices_of_case
from residentapp.residents.ex_officio.printing import may_read
from residentapp.residents.ex_officio.queries import has_records
from residentapp.residents.head_notices.queries import has_notices
from residentapp.residents.models import ResidentChange
from residentapp.residents.notices.queries import is_told
from residentapp.residents.protection import may_see_whereabouts, standings


def _show(opened: OpenCase, status: int) -> Shown:
    entry: ChangeEntry = opened.payload
    spec = spec_of(entry.kind)
    facts = facts_of(opened.case.id, entry)
    log_register_shown(facts, status)
    findings = findings_of(entry, facts)
    right = not errors_of(findings)
    plan = plan_of(spec, entry, facts) if right else Plan()
    return Shown(
        label=spec.label,
        findings=findings,
        who=lambda finding: _who(finding, entry),
        told=tuple(spec.tell(spec, entry, facts)) if spec.tell is not None and right else (),
        values={
            "rows": presentation.case_rows(spec, entry, facts),
            "steps": presentation.step_views(actor(), plan, facts),
            "household": presentation.household_view(facts.homes.get(entry.household_number)),
            "target": presentation.household_view(facts.home(entry.text("target_household"))),
        },
    )


def _who(finding: Violation, entry: ChangeEntry) -> str:
    """The person a finding is about, for the list; empty for the change itself."""
    parts = finding.field.split("-")
    if len(parts) != 3 or parts[0] != "people":
        return ""
    return next((person.name for person in entry.people if person.key == parts[1]), "")


def _issue_papers(case_id: str) -> None:
    """The papers that come with a change are issued at once (RR-4.1.3.0.3a); the page after it leads to them."""
    case = queries.find_case(db(), case_id)
    issue = spec_of(case.kind).issue
    if issue is not None:
        issue(db(), actor(), services().keyring, services().fonts, case, now=now())


_pages = CasePages(
    blueprint="changes",
    subject="異動",
    show=_show,
    after_entering="web.show_home",
    after_returning="web.show_home",
    registered=lambda count: _("本登録しました。%(count)s人の記録が変わりました。", count=count),
    finish=_issue_papers,
)


@blueprint.get("/<case_id>/check")
@requires(Permission.RESIDENT_VIEW)
def check_entry(case_id: str) -> tuple[str, int] | Response:
    """確認: everybody touched, before and after."""
    return _pages.check_entry(case_id)


@blueprint.post("/<case_id>/check")
@requires(Permission.RESIDENT_VIEW)
def register(case_id: str) -> Response:
    """仮登録."""
    return _pages.register(case_id)


@blueprint.get("/<case_id>/review")
@requires(Permission.RESIDENT_VIEW)
def review(case_id: str) -> tuple[str, int] | Response:
    """審査."""
    return _pages.review(case_id)


@blueprint.post("/<case_id>/approve")
@requires(Permission.CHANGE_APPROVE)
def approve_case(case_id: str) -> tuple[str, int] | Response:
    """決裁 and 本登録."""
    return _pages.approve(case_id)


@blueprint.post("/<case_id>/return")
@requires(Permission.CHANGE_APPROVE)
def send_back(case_id: str) -> tuple[str, int] | Response:
    """差し戻し."""
    return _pages.send_back(case_id)


@blueprint.post("/<case_id>/take-back")
@requires(Permission.RESIDENT_VIEW)
def take_back(case_id: str) -> Response:
    """引き戻し."""
    return _pages.take_back(case_id)


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
    changes = queries.changes_of(db(), case.id)
    return render_template(
        "changes/done.html",
        case=case,
        spec=spec_of(case.kind),
        changes=changes,
        people=people,
        household_id=household,
        hidden=hidden,
        documents=_documents(case, changes[0]),
    ), 200


def _documents(case: ChangeCase, change: ResidentChange) -> list[tuple[str, str]]:
    """Papers of the change that the officer may open, and those about what the office did of itself in the case.

    :param change: the one that was notified; what came along with it has no paper of its own.
    """
    found = [
        (label, url_for(endpoint, case_id=case.id))
        for label, endpoint in spec_of(case.kind).documents
        if _opens(endpoint)
    ]
    if _opens("notices.acceptance") and is_told(db(), change):
        found.append((_("受理通知"), url_for("notices.acceptance", case_id=case.id)))
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
