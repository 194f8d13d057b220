"""The check page before provisional registration, the approver's page, and what came of it."""

from __future__ import annotations

from dataclasses import replace

from flask import render_template
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from residentapp.core import audit
from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.violations import Violation
from residentapp.core.web.context import actor, db, now, services
from residentapp.core.web.errors import Refusal
from residentapp.core.web.page_state import save_state
from residentapp.residents import history
from residentapp.residents.cases.errors import (
    CaseRefused,
)
from residentapp.residents.cases.operations import OpenCase
from residentapp.residents.cases.pages import CasePages, Shown
from residentapp.residents.cases.queries import changes_of, find_case, registered_people
from residentapp.residents.cases.web import refused
from residentapp.residents.code_notices.queries import notices_of_case
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_in import presentation, queries
from residentapp.residents.move_in.rules import check
from residentapp.residents.move_in.types import CasePayload
from residentapp.residents.move_in.views import blueprint
from residentapp.residents.move_in.views.entry import facts_of, log_register_shown


def _show(opened: OpenCase, status: int) -> Shown:
    payload: CasePayload = opened.payload
    entry, papers = payload.entry, payload.papers.get("", {})
    facts = facts_of(opened.case.id, payload)
    log_register_shown(facts, status)
    return Shown(
        label=_("転入"),
        findings=check(entry, facts),
        who=lambda finding: _who(finding, payload),
        values={
            "rows": presentation.case_rows(entry, papers),
            "members": presentation.member_views(db(), actor(), services().keyring, payload),
            "household": presentation.household_view(
                facts.household, entry, presentation.address_of(db(), facts.household)
            ),
            "papers": papers,
            "source": payload.source,
        },
    )


def _who(finding: Violation, payload: CasePayload) -> str:
    """The person a finding is about, for the list; empty for the case itself."""
    parts = finding.field.split("-")
    if len(parts) != 3 or parts[0] != "members":
        return ""
    return payload.entry.members[int(parts[1])].display_name


_pages = CasePages(
    blueprint="move_in",
    subject="転入",
    show=_show,
    after_entering="move_in.start",
    after_returning="cases.waiting",
    registered=lambda count: _("本登録しました。%(count)s人を住民票に記載しました。", count=count),
    entry_of=lambda payload: payload.entry,
    with_entry=lambda payload, entry: replace(payload, entry=entry),
)


@blueprint.get("/<case_id>/check")
@requires(Permission.MOVE_IN_ENTER)
def check_entry(case_id: str) -> tuple[str, int] | Response:
    """確認: everything side by side, with the papers to compare."""
    return _pages.check_entry(case_id)


@blueprint.post("/<case_id>/check")
@requires(Permission.MOVE_IN_ENTER)
def register(case_id: str) -> Response:
    """仮登録."""
    return _pages.register(case_id)


@blueprint.get("/<case_id>/review")
@requires(Permission.RESIDENT_VIEW)
def review(case_id: str) -> tuple[str, int] | Response:
    """審査."""
    return _pages.review(case_id)


@blueprint.post("/<case_id>/approve")
@requires(Permission.MOVE_IN_APPROVE)
def approve_case(case_id: str) -> tuple[str, int] | Response:
    """決裁 and 本登録."""
    return _pages.approve(case_id)


@blueprint.post("/<case_id>/return")
@requires(Permission.MOVE_IN_APPROVE)
def send_back(case_id: str) -> tuple[str, int] | Response:
    """差し戻し."""
    return _pages.send_back(case_id)


@blueprint.post("/<case_id>/take-back")
@requires(Permission.MOVE_IN_ENTER)
def take_back(case_id: str) -> Response:
    """引き戻し."""
    return _pages.take_back(case_id)


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
