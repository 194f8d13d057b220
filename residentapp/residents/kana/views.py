"""Screens of the confirmation of フリガナ: work list, notices and their papers, a person's answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn, TypeVar

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from residentapp.core.access import Actor, requires
from residentapp.core.access.permissions import Permission
from residentapp.core.dates import DateValue
from residentapp.core.masters.queries import MasterMissing
from residentapp.core.violations import Violation
from residentapp.core.web.answers import done
from residentapp.core.web.context import actor, afterwards, db, now, services, today
from residentapp.core.web.errors import Refusal
from residentapp.core.web.home import HomeList, Job, add_to_home
from residentapp.core.web.input_check import number_of
from residentapp.core.web.page_state import load_state, save_state
from residentapp.residents.kana import documents, operations, queries
from residentapp.residents.kana.documents import Paper
from residentapp.residents.kana.forms import AnswerForm, NoticeForm
from residentapp.residents.kana.rules import default_answer_by
from residentapp.residents.kana.types import KanaItem, KanaMissing, KanaRefused, KanaView, Work
from residentapp.residents.models import ResidentHistory
from residentapp.residents.protection import may_see_whereabouts, standings
from residentapp.residents.records import operations as records
from residentapp.residents.records.queries import person_of
from residentapp.residents.records.types import InquiryRefused
from residentapp.residents.records.views import RESIDENT

blueprint = Blueprint("kana", __name__, template_folder="templates")


def count_open(session: Session, who: Actor) -> int:
    """For the home page: who waits for the office."""
    return queries.open_work(session, who, today=today())


add_to_home(
    blueprint,
    HomeList(
        "フリガナの確認",
        count_open,
        "kana.show_work",
        Permission.KANA_CONFIRM,
        hint="未確認で通知していない人、回答期限を過ぎた人、回答があり記載を待っている人",
        order=300,
    ),
    Job(
        "フリガナの通知・確認",
        "Alt+G",
        "kana.show_work",
        Permission.KANA_CONFIRM,
        words=("ふりがな", "フリガナ", "振り仮名"),
        hint="通知の印刷、回答の入力、期限の管理",
        order=300,
    ),
)

_LIST = "kana_list"
_Result = TypeVar("_Result")


# ---- work list


def _asked() -> tuple[KanaItem, Work, int]:
    """The part of the work list that the address names: codes and a page, nobody."""
    item, work = request.args.get("item", ""), request.args.get("work", "")
    if item not in {one.value for one in queries.NOTIFIED_ITEMS}:
        item = KanaItem.NAME.value
    if work not in {one.value for one in Work}:
        work = Work.UNCONFIRMED.value
    return KanaItem(item), Work(work), number_of(request.args.get("page", "1")) or 1


def _list(
    item: KanaItem,
    work: Work,
    page: int,
    form: NoticeForm,
    found: list[Violation],
    *,
    kept: tuple[str, list[str]] | None = None,
    ticked: set[str] | None = None,
) -> str:
    """A page of the work list.

    :param kept: id and people of the list that comes back with errors: what a refused request saves is gone, so its
        places stay those of the list it was sent from.
    :param ticked: 宛名番号 that were chosen; None for all.
    """
    shown = operations.open_work(db(), actor(), item, work, page=page, now=now())
    if kept is None:
        numbers = [line.addressee_number for line in shown.lines]
        value = {"item": item.value, "work": work.value, "page": shown.page, "numbers": numbers}
        kept = (save_state(value, kind=_LIST), numbers)
    state_id, known = kept
    place_of = {number: place for place, number in enumerate(known)}
    lines = [
        (place_of[line.addressee_number], line, ticked is None or line.addressee_number in ticked)
        for line in shown.lines
        if line.addressee_number in place_of
    ]
    return render_template(
        "kana/work.html",
        shown=shown,
        lines=lines,
        item=item,
        work=work,
        items=queries.NOTIFIED_ITEMS,
        works=list(Work),
        batches=queries.batches(db(), actor()),
        form=form,
        errors=found,
        errors_at=lambda field: [one.message for one in found if one.field == field],
        state_id=state_id,
    )


@blueprint.get("/kana")
@requires(Permission.KANA_CONFIRM)
def show_work() -> str:
    """フリガナの確認の一覧: who is not confirmed, notified, past the term, or waits to be entered."""
    form = NoticeForm(formdata=None)
    form.answer_by.data = DateValue.of(default_answer_by(today()))
    return _list(*_asked(), form, [])


def _state(state_id: str) -> dict[str, Any]:
    state = load_state(state_id, kind=_LIST)
    if state is None:
        abort(404, description=_("この画面の有効期間が過ぎました。一覧を開き直してください。"))
    return state


def _places(state: dict[str, Any]) -> list[int]:
    """The lines that were ticked."""
    sent = [number_of(text) for text in request.form.getlist("place")]
    return [place for place in sent if place is not None and place < len(state["numbers"])]


def _refused(
    state_id: str, state: dict[str, Any], form: NoticeForm, found: list[Violation]
) -> tuple[str, int]:
    """The list again with what was ticked and typed."""
    ticked = {state["numbers"][place] for place in _places(state)}
    item, work = KanaItem(state["item"]), Work(state["work"])
    kept = (state_id, state["numbers"])
    return _list(item, work, state["page"], form, found, kept=kept, ticked=ticked), 422


@blueprint.post("/kana/list/<state_id>/notices")
@requires(Permission.KANA_CONFIRM)
def send_notices(state_id: str) -> Any:
    """選んだ人への通知を作る."""
    state = _state(state_id)
    form = NoticeForm()
    if not form.validate():
        return _refused(state_id, state, form, [])
    numbers = [state["numbers"][place] for place in _places(state)]
    try:
        batch = operations.send_notices(db(), actor(), KanaItem(state["item"]), numbers, form.day, now=now())
    except KanaRefused as refused:
        return _refused(state_id, state, form, refused.violations)
    return done(
        _("%(count)s人への通知を作りました。通知書を印刷して送ってください。", count=len(numbers)),
        "kana.show_batch",
        batch=batch,
    )


@blueprint.post("/kana/list/<state_id>/ex-officio")
@requires(Permission.KANA_CONFIRM)
def record_overdue(state_id: str) -> Any:
    """期限を過ぎた人について、通知した振り仮名を職権で記載することにする."""
    state = _state(state_id)
    numbers = [state["numbers"][place] for place in _places(state)]
    try:
        count = operations.record_overdue(db(), actor(), KanaItem(state["item"]), numbers, now=now())
    except KanaRefused as refused:
        return _refused(state_id, state, NoticeForm(formdata=None), refused.violations)
    return done(
        _("%(count)s人について、職権で記載することにしました。異動（職権修正）で記載します。", count=count),
        "kana.show_work",
        item=state["item"],
        work=Work.ANSWERED.value,
    )


@blueprint.get("/kana/list/<state_id>/<int:place>")
@requires(Permission.KANA_CONFIRM, Permission.RESIDENT_VIEW)
def open_line(state_id: str, place: int) -> BaseResponse:
    """Open the person of a line of the list shown."""
    numbers = _state(state_id)["numbers"]
    if not 0 <= place < len(numbers):
        abort(404, description=_("一覧が古くなっています。もう一度開いてください。"))
    state = save_state({"number": numbers[place], "as_of": ""}, kind=RESIDENT)
    return redirect(url_for("kana.show_person", state_id=state))


# ---- papers of a batch


def _printable(work: Callable[[], _Result]) -> _Result:
    try:
        return work()
    except KanaMissing as missing:
        abort(404, description=str(missing))
    except MasterMissing as lacking:
        raise Refusal(str(lacking), _("管理者に、自団体と認証者の登録を依頼してください。")) from lacking


@blueprint.get("/kana/batches/<batch>")
@requires(Permission.KANA_CONFIRM)
def show_batch(batch: str) -> str:
    """The notices that were made together, and what is printed of them."""
    notices, problems = _printable(
        lambda: documents.open_batch(db(), actor(), batch, services().fonts, now=now())
    )
    return render_template("kana/batch.html", notices=notices, problems=problems, batch=batch)


@blueprint.get("/kana/batches/<batch>/<paper>.pdf")
@requires(Permission.KANA_CONFIRM)
def print_batch(batch: str, paper: str) -> Response:
    """通知書 or 通知者一覧 of a batch."""
    if paper not in {one.value for one in Paper}:
        abort(404)
    drawn = _printable(
        lambda: documents.print_batch(db(), actor(), batch, Paper(paper), services().fonts, now=now())
    )
    return Response(
        drawn.pdf,
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{paper}.pdf"'},
    )


# ---- one person


def _number(state_id: str) -> str:
    state = load_state(state_id, kind=RESIDENT)
    if state is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度検索してください。"))
    return str(state["number"])


def _told(work: Callable[[], _Result], number: str) -> _Result:
    """Do something with a person; what stands in the way becomes a page that says so, and is logged."""
    try:
        return work()
    except KanaMissing as missing:
        abort(404, description=str(missing))
    except InquiryRefused as refused:
        _closed(refused, number)


def _closed(refused: InquiryRefused, number: str) -> NoReturn:
    who, moment, reason = actor(), now(), str(refused)

    def log(session: Session) -> None:
        records.log_refusal(session, who, number, now=moment, reason=reason)

    afterwards(log)
    raise Refusal(reason, _("支援措置責任者に相談してください。"), status=403) from refused


def _person_page(
    state_id: str,
    person: ResidentHistory,
    views: tuple[KanaView, ...],
    form: AnswerForm | None,
    found: list[Violation],
) -> tuple[str, int]:
    standing = standings(db(), [person], now=now()).get(person.addressee_number)
    hidden = not may_see_whereabouts(actor(), standing)
    page = render_template(
        "kana/person.html",
        state_id=state_id,
        person=person_of(person, standing, today=today()),
        address="" if hidden else " ".join(part for part in (person.address, person.building) if part),
        address_hidden=hidden,
        views=views,
        forms={view.item: _form_of(view, form) for view in views},
        errors=[
            replace(one, field=f"{one.field}-{form.item.data}") if one.field and form else one
            for one in found
        ],
        errors_at=lambda view, field: _errors_at(view, field, form, found),
        live=person.state.is_live,
    )
    return page, 422 if form is not None else 200


def _form_of(view: KanaView, sent: AnswerForm | None) -> AnswerForm:
    """The form of one フリガナ: what was sent, else filled with what is to be confirmed."""
    if sent is not None and sent.item.data == view.item.value:
        form = sent
    else:
        form = AnswerForm(formdata=None, item=view.item.value, kana=view.told)
    # A page may have two of them.
    form.how.id, form.kana.id = f"how-{view.item.value}", f"kana-{view.item.value}"
    return form


def _errors_at(view: KanaView, field: str, sent: AnswerForm | None, found: list[Violation]) -> list[str]:
    if sent is None or sent.item.data != view.item.value:
        return []
    return [one.message for one in found if one.field == field]


@blueprint.route("/residents/<state_id>/kana", methods=["GET", "POST"])
@requires(Permission.KANA_CONFIRM, Permission.RESIDENT_VIEW)
def show_person(state_id: str) -> Any:
    """フリガナの確認 of one person: where each stands, and the answer."""
    number = _number(state_id)
    person, views = _told(lambda: operations.open_person(db(), actor(), number, now=now()), number)
    if request.method == "GET":
        return _person_page(state_id, person, views, None, [])
    form = AnswerForm()
    answer = form.answer() if form.validate() else None
    if answer is None:
        return _person_page(state_id, person, views, form, [])
    try:
        _told(lambda: operations.record_answer(db(), actor(), number, answer, now=now()), number)
    except KanaRefused as refused:
        return _person_page(state_id, person, views, form, refused.violations)
    return done(
        _("回答を入力しました。異動（職権修正）で住民票に記載します。"), "kana.show_person", state_id=state_id
    )


@blueprint.post("/residents/<state_id>/kana/<int:confirmation_id>/take-back")
@requires(Permission.KANA_CONFIRM, Permission.RESIDENT_VIEW)
def take_back(state_id: str, confirmation_id: int) -> BaseResponse:
    """誤って入力した回答を取り消す."""
    number = _number(state_id)
    try:
        _told(lambda: operations.take_back_answer(db(), actor(), number, confirmation_id, now=now()), number)
    except KanaRefused as refused:
        [found, *_rest] = refused.violations
        raise Refusal(found.message, found.remedy) from refused
    return done(_("回答を取り消しました。"), "kana.show_person", state_id=state_id)
