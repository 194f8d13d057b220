"""Screens of messages. An address names a message by its id, which says nothing about whom it concerns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from residentapp.core import outbox
from residentapp.core.access import Actor, requires
from residentapp.core.access.permissions import Permission
from residentapp.core.dates import DateValue
from residentapp.core.outbox.inbox import find_received, has_handler
from residentapp.core.outbox.operations import find
from residentapp.core.outbox.types import InboxState, MessageChanged, MessageState
from residentapp.core.web.answers import done
from residentapp.core.web.context import actor, afterwards, db, now, services
from residentapp.core.web.errors import Refusal
from residentapp.core.web.home import HomeList, Job, add_to_home
from residentapp.core.web.page_state import load_state, save_state
from residentapp.residents.messages import lists, operations
from residentapp.residents.messages.forms import (
    CompletionForm,
    InboxForm,
    ReasonForm,
    ResendForm,
    SearchForm,
    inbox_filter,
    message_filter,
)
from residentapp.residents.messages.handlers import load_handlers
from residentapp.residents.messages.lists import MessageList
from residentapp.residents.messages.operations import ActRefused
from residentapp.residents.messages.queries import MessageNotFound
from residentapp.residents.records.types import InquiryRefused
from residentapp.residents.records.views import RESIDENT, resident_url

load_handlers()

blueprint = Blueprint("messages", __name__, template_folder="templates", url_prefix="/messages")

_LIST = "messages"
_INBOX = "inbox"
_EXPIRED = "この画面の有効期間が過ぎました。もう一度検索してください。"


def _failed(session: Session, actor: Actor) -> int:
    return lists.count_messages(session, MessageState.FAILED)


def _held(session: Session, actor: Actor) -> int:
    return lists.count_messages(session, MessageState.HELD)


def _not_taken(session: Session, actor: Actor) -> int:
    return lists.count_received(session, InboxState.FAILED)


add_to_home(
    blueprint,
    HomeList(
        "送信できなかった連携",
        _failed,
        "messages.show_failed",
        Permission.MESSAGES_VIEW,
        hint="理由を確かめて再送します",
        order=70,
    ),
    HomeList(
        "補完を待っている連携",
        _held,
        "messages.show_held",
        Permission.MESSAGES_VIEW,
        hint="宛先や印刷区分を入れると送られます",
        order=71,
    ),
    HomeList(
        "取り込めなかった受信",
        _not_taken,
        "messages.show_inbox_errors",
        Permission.MESSAGES_VIEW,
        hint="内容を確かめ、もう一度取り込むか対象外にします",
        order=72,
    ),
    Job(
        "連携",
        "Alt+E",
        "messages.start",
        Permission.MESSAGES_VIEW,
        words=("れんけい", "送信"),
        hint="異動でほかの機関やシステムに送る通知",
        order=80,
    ),
    Job(
        "受信",
        "Alt+I",
        "messages.start_inbox",
        Permission.MESSAGES_VIEW,
        words=("じゅしん", "取込"),
        hint="ほかの機関から届いた通知の取込み",
        order=81,
    ),
)


def _terms(state_id: str, kind: str) -> dict[str, Any]:
    found = load_state(state_id, kind=kind)
    if found is None:
        abort(404, description=_(_EXPIRED))
    return found


def _to_list(terms: dict[str, str], kind: str = _LIST) -> Response:
    endpoint = "messages.show_list" if kind == _LIST else "messages.show_inbox"
    return redirect(url_for(endpoint, state_id=save_state(terms, kind=kind), page=1), code=303)


# ---- messages to partners


@blueprint.get("")
@requires(Permission.MESSAGES_VIEW)
def start() -> Response:
    """連携: all messages, newest first."""
    return _to_list({})


@blueprint.post("")
@requires(Permission.MESSAGES_VIEW)
def search() -> Response | tuple[str, int]:
    """Messages by person, partner, kind, state and day."""
    form = SearchForm()
    if not form.validate():
        return render_template(
            "messages/list.html", form=form, found=MessageList([], 1, False), state_id=""
        ), 422
    return _to_list(form.terms())


@blueprint.get("/failed")
@requires(Permission.MESSAGES_VIEW)
def show_failed() -> Response:
    """送信できなかった連携."""
    return _to_list({"state": MessageState.FAILED.value})


@blueprint.get("/held")
@requires(Permission.MESSAGES_VIEW)
def show_held() -> Response:
    """補完を待っている連携."""
    return _to_list({"state": MessageState.HELD.value})


@blueprint.get("/of-resident/<state_id>")
@requires(Permission.MESSAGES_VIEW, Permission.RESIDENT_VIEW)
def of_resident(state_id: str) -> Response:
    """連携 of the resident whose page is open."""
    return _to_list({"subject": _terms(state_id, RESIDENT)["number"]})


@blueprint.get("/list/<state_id>/<int:page>")
@requires(Permission.MESSAGES_VIEW)
def show_list(state_id: str, page: int) -> str:
    """One page of a list."""
    terms = _terms(state_id, _LIST)
    wanted = message_filter(terms, page)
    found = operations.search_messages(db(), actor(), wanted, now=now())
    form = SearchForm(formdata=None, data=terms | {"day": None})
    _refill_day(form, wanted.day)
    return render_template("messages/list.html", form=form, found=found, state_id=state_id)


def _refill_day(form: SearchForm | InboxForm, day: Any) -> None:
    form.day.data = DateValue.of(day) if day is not None else None


def _open(message_id: int, *, numbers: bool = False) -> Any:
    """One message for its page; what bars the actor is logged and said."""
    try:
        return operations.open_message(
            db(), actor(), services().keyring, message_id, now=now(), numbers=numbers
        )
    except MessageNotFound as error:
        abort(404, description=str(error))
    except InquiryRefused as error:
        row = find(db(), message_id)
        _log_refused([row.subject] if row is not None else [], str(error))
        raise Refusal(str(error), _("支援措置責任者に相談してください。"), status=403) from error


def _log_refused(subjects: list[str], reason: str) -> None:
    who, moment = actor(), now()
    afterwards(lambda session: operations.log_refused_look(session, who, subjects, now=moment, reason=reason))


def _message_page(
    message_id: int,
    *,
    numbers: bool = False,
    resend: ResendForm | None = None,
    completion: CompletionForm | None = None,
    hold: ReasonForm | None = None,
    withdraw: ReasonForm | None = None,
) -> str:
    return render_template(
        "messages/message.html",
        page=_open(message_id, numbers=numbers),
        numbers=numbers,
        resend=resend or ResendForm(formdata=None),
        completion=completion or CompletionForm(formdata=None),
        hold=hold or ReasonForm(formdata=None, prefix="hold-"),
        withdraw=withdraw or ReasonForm(formdata=None, prefix="withdraw-"),
        wrong=next((form for form in (resend, completion, hold, withdraw) if form is not None), None),
    )


@blueprint.get("/sent/<int:message_id>")
@requires(Permission.MESSAGES_VIEW)
def message(message_id: int) -> str:
    """One message to a partner."""
    return _message_page(message_id)


@blueprint.post("/sent/<int:message_id>/numbers")
@requires(Permission.MESSAGES_VIEW)
def message_numbers(message_id: int) -> str:
    """The same with 個人番号 and 住民票コード shown once."""
    return _message_page(message_id, numbers=True)


def _act(work: Callable[[], Any], form: FlaskForm) -> bool:
    """Do something with a message; what is wrong with the entry goes onto the form.

    :raises Refusal: when the message is no longer in the state for it.
    """
    if not form.validate():
        return False
    try:
        work()
    except ActRefused as refused:
        for field, problem in refused.problems:
            if field in form:
                form[field].errors = [*form[field].errors, problem]
            else:
                form.form_errors.append(problem)
        return False
    except ValueError as problem:
        # The operations of the exchange say so only of a missing reason.
        form["reason"].errors = [str(problem)]
        return False
    except MessageChanged as changed:
        raise Refusal(str(changed), _("画面を開き直して、いまの状態を確かめてください。")) from changed
    return True


def _done(text: str, message_id: int) -> Response:
    return done(text, "messages.message", message_id=message_id)


@blueprint.post("/sent/<int:message_id>/resend")
@requires(Permission.MESSAGES_VIEW, Permission.MESSAGES_MANAGE)
def resend(message_id: int) -> Response | tuple[str, int]:
    """再送, with another 異動事由 if wished."""
    form = ResendForm()
    made: list[int] = []

    def work() -> None:
        row = operations.resend_message(
            db(), actor(), services().keyring, message_id, reason=form.reason.data or "", now=now(),
            change_reason=form.other_reason,
        )  # fmt: skip
        made.append(row.id)

    if not _act(work, form):
        return _message_page(message_id, resend=form), 422
    return _done(_("再送を登録しました。次の送信で送られます。"), made[0])


@blueprint.post("/sent/<int:message_id>/complete")
@requires(Permission.MESSAGES_VIEW, Permission.MESSAGES_MANAGE)
def complete(message_id: int) -> Response | tuple[str, int]:
    """補完 of a held message."""
    form = CompletionForm()
    made: list[int] = []

    def work() -> None:
        row = operations.complete_message(
            db(), actor(), services().keyring, message_id, form.command(), now=now()
        )
        made.append(row.id)

    if not _act(work, form):
        return _message_page(message_id, completion=form), 422
    return _done(_("送信待ちにしました。次の送信で送られます。"), made[0])


@blueprint.post("/sent/<int:message_id>/hold")
@requires(Permission.MESSAGES_VIEW, Permission.MESSAGES_MANAGE)
def hold(message_id: int) -> Response | tuple[str, int]:
    """保留 of a waiting message."""
    form = ReasonForm(prefix="hold-")
    if not _act(
        lambda: outbox.hold(db(), actor(), message_id, reason=form.reason.data or "", now=now()), form
    ):
        return _message_page(message_id, hold=form), 422
    return _done(_("保留しました。この人の後の連携も、ここで待ちます。"), message_id)


@blueprint.post("/sent/<int:message_id>/withdraw")
@requires(Permission.MESSAGES_VIEW, Permission.MESSAGES_MANAGE)
def withdraw(message_id: int) -> Response | tuple[str, int]:
    """送らない: a message that has not gone never will."""
    form = ReasonForm(prefix="withdraw-")
    if not _act(
        lambda: outbox.withdraw(db(), actor(), message_id, reason=form.reason.data or "", now=now()), form
    ):
        return _message_page(message_id, withdraw=form), 422
    return _done(_("送らないことにしました。"), message_id)


@blueprint.get("/sent/<int:message_id>/person")
@requires(Permission.MESSAGES_VIEW, Permission.RESIDENT_VIEW)
def person(message_id: int) -> Response:
    """From a message to the person it is about."""
    row = find(db(), message_id)
    if row is None:
        abort(404)
    return redirect(resident_url(row.subject))


# ---- messages from partners


@blueprint.get("/inbox")
@requires(Permission.MESSAGES_VIEW)
def start_inbox() -> Response:
    """受信: all messages, newest first."""
    return _to_list({}, _INBOX)


@blueprint.post("/inbox")
@requires(Permission.MESSAGES_VIEW)
def search_inbox() -> Response | tuple[str, int]:
    """Received messages by partner, kind, state and day."""
    form = InboxForm()
    if not form.validate():
        return render_template(
            "messages/inbox.html", form=form, found=MessageList([], 1, False), state_id=""
        ), 422
    return _to_list(form.terms(), _INBOX)


@blueprint.get("/inbox/errors")
@requires(Permission.MESSAGES_VIEW)
def show_inbox_errors() -> Response:
    """取込エラー一覧."""
    return _to_list({"state": InboxState.FAILED.value}, _INBOX)


@blueprint.get("/inbox/list/<state_id>/<int:page>")
@requires(Permission.MESSAGES_VIEW)
def show_inbox(state_id: str, page: int) -> str:
    """One page of a list."""
    terms = _terms(state_id, _INBOX)
    wanted = inbox_filter(terms, page)
    found = operations.search_received(db(), actor(), wanted, now=now())
    form = InboxForm(formdata=None, data=terms | {"day": None})
    _refill_day(form, wanted.day)
    return render_template("messages/inbox.html", form=form, found=found, state_id=state_id)


def _received_page(message_id: int, *, numbers: bool = False, ignore: ReasonForm | None = None) -> str:
    try:
        page = operations.open_received(
            db(), actor(), services().keyring, message_id, now=now(), numbers=numbers
        )
    except MessageNotFound as error:
        abort(404, description=str(error))
    except InquiryRefused as error:
        _log_refused([], str(error))
        raise Refusal(str(error), _("支援措置責任者に相談してください。"), status=403) from error
    return render_template(
        "messages/received.html",
        page=page,
        numbers=numbers,
        ignore=ignore or ReasonForm(formdata=None),
        can_take=has_handler(page.kind_code),
    )


@blueprint.get("/received/<int:message_id>")
@requires(Permission.MESSAGES_VIEW)
def received(message_id: int) -> str:
    """One message from a partner."""
    return _received_page(message_id)


@blueprint.post("/received/<int:message_id>/numbers")
@requires(Permission.MESSAGES_VIEW)
def received_numbers(message_id: int) -> str:
    """The same with 個人番号 and 住民票コード shown once."""
    return _received_page(message_id, numbers=True)


@blueprint.post("/received/<int:message_id>/take")
@requires(Permission.MESSAGES_VIEW, Permission.MESSAGES_MANAGE)
def take(message_id: int) -> Response:
    """取込, or another try at it."""
    try:
        row = outbox.take(db(), actor(), services().keyring, message_id, now=now())
    except MessageChanged as changed:
        raise Refusal(str(changed), _("画面を開き直して、いまの状態を確かめてください。")) from changed
    if row.state is InboxState.TAKEN:
        flash(_("取り込みました。"), "success")
    else:
        flash(_("取り込めませんでした。理由を確かめてください。"), "error")
    return redirect(url_for("messages.received", message_id=message_id), code=303)


@blueprint.post("/received/<int:message_id>/ignore")
@requires(Permission.MESSAGES_VIEW, Permission.MESSAGES_MANAGE)
def ignore(message_id: int) -> Response | tuple[str, int]:
    """対象外, with the reason."""
    form = ReasonForm()
    if not _act(
        lambda: outbox.ignore(db(), actor(), message_id, reason=form.reason.data or "", now=now()), form
    ):
        return _received_page(message_id, ignore=form), 422
    return done(_("対象外にしました。"), "messages.received", message_id=message_id)


@blueprint.get("/received/<int:message_id>/person/<int:place>")
@requires(Permission.MESSAGES_VIEW, Permission.RESIDENT_VIEW)
def received_person(message_id: int, place: int) -> Response:
    """From a received message to a person it is about."""
    row = find_received(db(), message_id)
    if row is None:
        abort(404)
    page = operations.open_received(db(), actor(), services().keyring, message_id, now=now())
    if place >= len(page.numbers):
        abort(404)
    return redirect(resident_url(page.numbers[place]))
