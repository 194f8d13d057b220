"""The pages between an entry and the register: check, provisional registration, approval, return (RR-4.0.8, RR-4.0.9).

The same for every procedure. A procedure says what its pages show (:class:`Shown`) and where its officers go next; its
views declare who may use them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from residentapp.core import audit
from residentapp.core.violations import Violation, alerts_of, errors_of
from residentapp.core.web.answers import done
from residentapp.core.web.context import actor, afterwards, db, now, services
from residentapp.core.web.errors import Refusal
from residentapp.residents.cases import operations
from residentapp.residents.cases.approval import approve, is_own, return_case
from residentapp.residents.cases.errors import (
    CaseRefused,
    EntryRefused,
    NotEditable,
    OwnApproval,
    ReasonMissing,
)
from residentapp.residents.cases.forms import confirmations_of, typed_reason
from residentapp.residents.cases.operations import OpenCase
from residentapp.residents.cases.procedure import alert_key, procedure_of
from residentapp.residents.cases.queries import find_case, payload_of
from residentapp.residents.cases.types import Approve, CaseState, ReturnCase, SaveEntry
from residentapp.residents.cases.web import refused, seen_in_form
from residentapp.residents.locks import Locked


def log_shown(subjects: Sequence[str], *, action: str, screen: str, status: int) -> None:
    """Log whom of the register a page of a case shows.

    :param subjects: their 宛名番号; none is no entry.
    :param status: of the answer; a refused request's own transaction is undone, so that the entry needs one apart.
    """
    if not subjects:
        return
    who, moment = actor(), now()

    def log(session: Session) -> None:
        audit.record(
            session,
            who,
            moment=moment,
            log=audit.Log.OPERATION,
            action=action,
            subjects=subjects,
            screen=screen,
        )

    if status < 400:
        log(db())
    else:
        afterwards(log)


@dataclass(frozen=True)
class Shown:
    """What a procedure puts on the page of a case.

    :param label: what the case is called in headings, before の確認, の審査.
    :param findings: errors and alerts of the entry, by today's facts.
    :param who: the person a finding is about, for the list; empty for the case itself.
    :param told: what else the officer should know before going on.
    :param values: for the templates, besides what every page of a case has.
    """

    label: str
    findings: Sequence[Violation]
    who: Callable[[Violation], str]
    told: Sequence[str] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CasePages:
    """The pages of a procedure's cases; each method is the body of a view.

    :param blueprint: of the procedure: of the views ``enter``, ``check_entry``, ``register``, ``review``,
        ``approve_case``, ``send_back``, ``take_back``, ``done``, and of the templates ``check.html`` and
        ``review.html``.
    :param subject: the procedure's word in the log.
    :param show: an open case and the status of the answer → what its page shows. It also logs who is shown.
    :param after_entering: endpoint to go to when a case waits for its approval; :param after_returning: when one was
        sent back.
    :param registered: what is said when so many people's records changed.
    :param entry_of: the entry within a case's payload; :param with_entry: a payload with another entry.
    :param finish: what else is done once a case is in the register, in the same transaction.
    """

    blueprint: str
    subject: str
    show: Callable[[OpenCase, int], Shown]
    after_entering: str
    after_returning: str
    registered: Callable[[int], str]
    entry_of: Callable[[Any], Any] = lambda payload: payload
    with_entry: Callable[[Any, Any], Any] = lambda payload, entry: entry
    finish: Callable[[str], None] | None = None

    # ---- the counter

    def check_entry(self, case_id: str) -> tuple[str, int] | Response:
        """確認: everything side by side, errors with links, alerts with reasons."""
        try:
            opened = operations.open_for_editing(db(), actor(), services().keyring, case_id, now=now())
        except NotEditable:
            return self._to("enter", case_id)
        except (Locked, CaseRefused) as error:
            raise refused(error) from error
        return self._page("check.html", opened)

    def register(self, case_id: str) -> Response:
        """仮登録. The reasons typed are kept even when something still stands in the way."""
        keyring = services().keyring
        try:
            payload = payload_of(keyring, find_case(db(), case_id))
            entry = replace(self.entry_of(payload), confirmations=confirmations_of(request.form))
            command = SaveEntry(seen_in_form(case_id), entry)
            if request.form.get("act") == "back":
                operations.save(db(), actor(), keyring, command, now=now())
                return self._to("enter", case_id)
            try:
                with db().begin_nested():
                    operations.register_provisionally(db(), actor(), keyring, command, now=now())
            except EntryRefused as error:
                operations.save(db(), actor(), keyring, command, now=now())
                flash(str(error), "error")
                return self._to("check_entry", case_id)
        except (Locked, CaseRefused) as error:
            raise refused(error) from error
        return done(_("仮登録しました。審査の権限を持つ別の人の決裁を待っています。"), self.after_entering)

    def take_back(self, case_id: str) -> Response:
        """引き戻し."""
        try:
            operations.take_back(db(), actor(), services().keyring, seen_in_form(case_id), now=now())
        except CaseRefused as error:
            raise refused(error) from error
        flash(_("仮登録を引き戻しました。直してから、もう一度仮登録してください。"), "success")
        return self._to("enter", case_id)

    # ---- the approver

    def review(self, case_id: str) -> tuple[str, int] | Response:
        """審査: the same page for the approver; the enterer can take the case back."""
        try:
            if find_case(db(), case_id).state is CaseState.FINAL:
                return self._to("done", case_id)
            opened = operations.look_at(db(), actor(), services().keyring, case_id, now=now())
        except CaseRefused as error:
            raise refused(error) from error
        return self._review_page(opened)

    def approve(self, case_id: str) -> tuple[str, int] | Response:
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
            entry = self.entry_of(payload)
            typed = replace(entry, confirmations={**entry.confirmations, **reasons})
            opened = OpenCase(case, self.with_entry(payload, typed))
            return self._review_page(
                opened, status=422, trouble=str(error), confirmed=frozenset(entry.confirmations)
            )
        except OwnApproval as error:
            self._log_own_approval(case_id)
            raise Refusal(
                str(error), _("入力に誤りがあるときは、引き戻して直せます。"), status=403
            ) from error
        except CaseRefused as error:
            raise refused(error) from error
        if self.finish is not None:
            self.finish(case_id)
        flash(self.registered(len(done.numbers)), "success")
        if done.codes_low:
            flash(
                _(
                    "空いている住民票コードが残り%(count)s件です。CSから空きコードを取り込んでください。",
                    count=done.codes_left,
                ),
                "warning",
            )
        return self._to("done", case_id)

    def send_back(self, case_id: str) -> tuple[str, int] | Response:
        """差し戻し."""
        keyring = services().keyring
        command = ReturnCase(seen_in_form(case_id), request.form.get("reason", ""))
        try:
            return_case(db(), actor(), keyring, command, now=now())
        except ReasonMissing as error:
            opened = operations.look_at(db(), actor(), keyring, case_id, now=now())
            return self._review_page(opened, status=422, trouble=str(error))
        except CaseRefused as error:
            raise refused(error) from error
        flash(_("差し戻しました。入力した人のホームに出ます。"), "success")
        return redirect(url_for(self.after_returning), code=303)

    # ---- what they share

    def _to(self, view: str, case_id: str) -> Response:
        return redirect(url_for(f"{self.blueprint}.{view}", case_id=case_id), code=303)

    def _review_page(
        self,
        opened: OpenCase,
        *,
        status: int = 200,
        trouble: str = "",
        confirmed: Collection[str] | None = None,
    ) -> tuple[str, int]:
        """The approver's page.

        :param confirmed: keys of alerts for which the counter has given reasons; those in the entry when left out.
        """
        own = is_own(actor(), opened.case)
        waiting = opened.case.state is CaseState.PROVISIONAL
        procedure = procedure_of(opened.case)
        approves = actor().may(procedure.approve_permission)
        settled = self.entry_of(opened.payload).confirmations if confirmed is None else confirmed
        return self._page(
            "review.html",
            opened,
            status=status,
            trouble=trouble,
            settled=settled,
            own=own,
            takes_back=own and waiting and actor().may(procedure.enter_permission),
            approves=approves,
            may_approve=approves and not own and waiting,
            waiting=waiting,
        )

    def _page(
        self,
        template: str,
        opened: OpenCase,
        *,
        status: int = 200,
        trouble: str = "",
        settled: Collection[str] = (),
        **values: Any,
    ) -> tuple[str, int]:
        case, entry = opened.case, self.entry_of(opened.payload)
        shown = self.show(opened, status)
        alerts = alerts_of(shown.findings)
        given = entry.confirmations
        page = render_template(
            f"{self.blueprint}/{template}",
            case=case,
            entry=entry,
            version=case.version,
            errors=errors_of(shown.findings),
            alerts=alerts,
            open_alerts=[alert for alert in alerts if alert_key(alert) not in settled],
            confirmed_alerts=[alert for alert in alerts if alert_key(alert) in settled],
            given=given,
            key_of=alert_key,
            reason_of=lambda alert: typed_reason(given, alert_key(alert)),
            label=shown.label,
            told=shown.told,
            url_of=lambda view: url_for(f"{self.blueprint}.{view}", case_id=case.id),
            edit_url=lambda name: url_for(f"{self.blueprint}.enter", case_id=case.id, check=1) + f"#{name}",
            who=shown.who,
            trouble=trouble,
            **shown.values,
            **values,
        )
        return page, status

    def _log_own_approval(self, case_id: str) -> None:
        """That someone tried to approve the own entry outlives the refusal."""
        who, moment = actor(), now()

        def log(session: Session) -> None:
            audit.record(
                session,
                who,
                moment=moment,
                log=audit.Log.EVENT,
                action=f"{self.subject}の本登録",
                details={"受付": case_id, "理由": "自分が入力した仮登録の決裁"},
                succeeded=False,
                screen=f"{self.subject}の審査",
            )

        afterwards(log)
