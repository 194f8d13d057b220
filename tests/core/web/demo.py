"""A small module with one entry screen, made as docs/screens.md says, to try the frame on."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from residentapp.core.access import Permission, login_only, requires
from residentapp.core.dates import DateField
from residentapp.core.violations import Level, Violation
from residentapp.core.web.context import actor, afterwards, db, now
from residentapp.core.web.errors import Refusal
from residentapp.core.web.forms import DateValueField, confirmed_alerts, open_alerts
from residentapp.core.web.home import HomeList, Job, add_to_home
from residentapp.core.web.marks import Mark
from residentapp.core.web.models import PageState
from residentapp.core.web.page_state import DRAFT_LIFETIME, draft_fields, new_draft

#: Every character of the requirement: two selectors, beyond the BMP, a compatibility ideograph.
NAME = "辻\U000e0102辻\U000e0103　葛\U000e0102邉\U000e010f𠮷﨑"
UNREGISTERED = "辻\U000e0100"
SECRET = "架空の秘密"


def make_blueprint() -> Blueprint:
    """A new blueprint, because a blueprint takes part in one application only once."""
    blueprint = Blueprint("demo", __name__, template_folder="templates")
    add_to_home(
        blueprint,
        HomeList(
            "承認を待っている仮登録",
            lambda _s, _a: 3,
            "demo.entry",
            Permission.MOVE_IN_APPROVE,
            "別の職員が入力",
        ),
        HomeList("今日が転出予定日の人", lambda _s, _a: 0, "demo.entry", Permission.RESIDENT_VIEW),
        HomeList("期限が近い支援措置", lambda _s, _a: 1200, "demo.entry", Permission.RESIDENT_VIEW),
        Job("異動者を探す", "F2", "demo.entry", Permission.RESIDENT_SEARCH, words=("検索", "けんさく")),
        Job(
            "転入",
            "F4",
            "demo.entry",
            Permission.MOVE_IN_ENTER,
            words=("てんにゅう",),
            hint="転出証明書のCSVから",
        ),
        Job("住民票の写し", "F6", "demo.entry", Permission.CERTIFICATE_ISSUE),
        Job("操作記録", "Alt+L", "demo.entry", Permission.AUDIT_VIEW),
    )
    blueprint.add_url_rule(
        "/demo", "entry", requires(Permission.RESIDENT_VIEW)(entry), methods=["GET", "POST"]
    )
    for name in (write, broken, away, stale, refused, missing, conflict):
        blueprint.add_url_rule(
            f"/demo/{name.__name__}", name.__name__, login_only(name), methods=["GET", "POST"]
        )
    return blueprint


class DemoForm(FlaskForm):  # type: ignore[misc]
    """Fields of every kind."""

    kind = RadioField(
        "異動の種類",
        choices=[SelectChoice("whole", "全部転入"), SelectChoice("part", "一部転入")],
        default="whole",
    )
    moved_on = DateValueField("異動日", [InputRequired("異動日を入力してください。")], kind=DateField.EVENT)
    born_on = DateValueField("生年月日", kind=DateField.BIRTH)
    kana = StringField("フリガナ", [InputRequired("フリガナを入力してください。")])
    name = StringField("氏名", default=NAME)
    relationship = SelectField("続柄", choices=[SelectChoice("01", "世帯主"), SelectChoice("02", "妻")])
    note = TextAreaField("備考")
    certificate = BooleanField("転出証明書を確かめた")


_ALERT = Violation(
    Level.ALERT, "DEMO-A001", "届出日が異動日から14日を過ぎています。", "moved_on",
    "住民基本台帳法第22条", "遅れた理由を届出人に聞き、記録してください。",
)  # fmt: skip
_ERROR = Violation(
    Level.ERROR, "DEMO-E001", "異動日が届出日より後です。", "moved_on",
    "住民基本台帳法第22条", "届出書の日付を確かめてください。",
)  # fmt: skip


def entry() -> Any:
    draft = request.args.get("draft", "")
    if not draft:
        return redirect(url_for("demo.entry", draft=new_draft("demo")))
    saved = MultiDict(draft_fields(draft, kind="demo") or [])
    form = DemoForm(formdata=request.form if request.method == "POST" else saved or None)
    sent = request.form if request.method == "POST" else saved
    confirmed = confirmed_alerts(sent)
    alerts, errors = [_ALERT], []
    good = request.method == "POST" and form.validate()
    if good and open_alerts(alerts, confirmed):
        good, errors = False, [_ERROR]
    if good:
        return redirect(url_for("web.show_home"), code=303)
    person = SimpleNamespace(
        relationship="妻", name=UNREGISTERED + "花子", kana="ツジ　ハナコ", birth="昭和50年1月2日", age=51, sex="女",
        state="現存", marks=[], removed=False, url=url_for("web.show_home"),
    )  # fmt: skip
    removed = SimpleNamespace(**{**vars(person), "removed": True, "state": "転出", "marks": [Mark.REMOVED]})
    page = render_template(
        "demo.html", form=form, draft=draft, alerts=alerts, errors=errors, confirmed=confirmed, name=NAME,
        marks=list(Mark), members=[person, removed],
        changes=[("氏名", "辻太郎", NAME, True), ("住所", "架空町1番地", "架空町1番地")],
    )  # fmt: skip
    return page, 422 if request.method == "POST" else 200


def _row(moment: dt.datetime, name: str) -> PageState:
    return PageState(
        id=name,
        user_id=actor().user_id,
        kind="demo",
        content=b"",
        saved_at=moment,
        expires_at=moment + DRAFT_LIFETIME,
    )


def write() -> tuple[str, int]:
    """Writes a row of its own and one afterwards, and answers with the status asked for."""
    db().add(_row(now(), "within"))
    db().flush()
    moment = now()
    row = _row(moment, "afterwards")
    afterwards(lambda session: session.add(row))
    return "", int(request.args.get("status", "200"))


def broken() -> Response:
    """Fails with a text that names a person."""
    db().add(_row(now(), "within"))
    db().flush()
    raise ValueError(SECRET) from KeyError(SECRET)


def away() -> Response:
    """The database refuses, and its error repeats the statement's values."""
    raise OperationalError(f"SELECT '{SECRET}'", {"name": SECRET}, Exception(SECRET))


def stale() -> Response:
    raise StaleDataError(SECRET)


def refused() -> Response:
    raise Refusal("ほかの職員が編集中です。", "終わるまで待ってください。")


def missing() -> Response:
    abort(404)


def conflict() -> Response:
    db().execute(text("SELECT 1"))
    abort(409)
