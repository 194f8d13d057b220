"""Screens and small services of the frame: home, help, characters, dates, drafts, health, fonts, style sheets."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    make_response,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from jinja2 import TemplateNotFound
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from residentapp.core.access import login_only, public
from residentapp.core.clock import JST
from residentapp.core.dates import DateError, DateField, DateKind, parse_date
from residentapp.core.external_characters import numbered, registered_among
from residentapp.core.web import home
from residentapp.core.web.characters import describe_text, with_numbers_read
from residentapp.core.web.context import actor, db, services
from residentapp.core.web.fonts import FontLink, UnknownFont
from residentapp.core.web.page_state import StateTooLarge, store_draft_fields
from residentapp.core.web.rendering import font_of, weekday

blueprint = Blueprint(
    "web",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)

_TOPIC = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)?")
#: Longest text whose characters are looked up at once: a 150-character foreign name fits.
_LONGEST_TEXT = 400


@blueprint.get("/")
@login_only
def show_home() -> str:
    """Home: what waits for this officer, and the commonest jobs."""
    return render_template(
        "home.html",
        lists=home.work_lists(current_app, db(), actor()),
        jobs=home.jobs(current_app, actor()),
    )


@blueprint.get("/healthz")
@public
def health() -> Response:
    """The process answers. Says nothing about the database, so that a restart is not asked for in vain."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def ready() -> tuple[Response, int]:
    """Whether this node can serve: the database answers and the fonts can be read."""
    checks = {"database": _database_answers(), "fonts": _fonts_readable()}
    good = all(checks.values())
    states = {name: "ok" if passed else "failed" for name, passed in checks.items()}
    return jsonify(status="ok" if good else "failed", checks=states), 200 if good else 503


def _database_answers() -> bool:
    try:
        with services().database.engine.connect().execution_options(read_only=True) as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def _fonts_readable() -> bool:
    try:
        return bool(services().fonts.faces)
    except (OSError, RuntimeError):
        return False


@blueprint.get("/awake")
@login_only
def stay_awake() -> tuple[str, int]:
    """Somebody types on a page that asks for nothing else: passing the gate keeps the login alive."""
    return "", 204


# ---- fonts and characters


def _private(response: Response) -> Response:
    """The set of a page's characters is no one else's business: the browser may keep it, nothing between may."""
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return response


@blueprint.get("/fonts/<token>.woff2")
@login_only
def font_file(token: str) -> Response:
    """The web font of a page's characters."""
    try:
        file = services().web_fonts.woff2(token)
    except UnknownFont:
        abort(404)
    return _private(Response(file, mimetype="font/woff2"))


@blueprint.get("/fonts/<token>.css", defaults={"part": False})
@blueprint.get("/fonts/part/<token>.css", defaults={"part": True})
@login_only
def font_style(token: str, part: bool) -> Response:
    """The style sheet that puts the font to work, on the whole page or on one part of it."""
    try:
        link = services().web_fonts.link(services().web_fonts.characters(token))
    except UnknownFont:
        abort(404)
    if link is None:
        abort(404)
    css = render_template("font.css", link=link, part=part)
    return _private(Response(css, mimetype="text/css"))


def _font_answer(link: FontLink | None) -> dict[str, str]:
    if link is None:
        return {"style": "", "css_class": ""}
    return {
        "style": url_for("web.font_style", token=link.token, part=True),
        "css_class": link.css_class,
    }


def _short_text(name: str) -> str:
    given = request.form.get(name, "")
    if len(given) > _LONGEST_TEXT:
        abort(400, description=_("一度に調べられるのは%(most)s字までです。", most=_LONGEST_TEXT))
    return given


@blueprint.post("/characters/font")
@login_only
def font_for_entry() -> Response:
    """The font for what was just typed into a field; asked with POST, so that no name is in an address."""
    return jsonify(_font_answer(font_of(_short_text("text"))))


@blueprint.route("/characters", methods=["GET", "POST"])
@login_only
def show_characters() -> str:
    """文字情報: each character enlarged, with its code points, MJ number and variants (RR-2.2.3).

    Numbers that are typed are read as their characters, so that one that cannot be typed is found (RR-2.1.3e).
    """
    given = _short_text("text") if request.method == "POST" else ""
    read = with_numbers_read(given, services().fonts, partial(numbered, db()))
    described = describe_text(read, services().fonts, partial(registered_among, db()))
    font = font_of(given, read, *(variant for character in described for variant in character.variants))
    template = "characters_part.html" if request.headers.get("X-Part") else "characters.html"
    return render_template(template, text=given, characters=described, font=font)


# ---- dates


def read_date(text_given: str, field: DateField) -> dict[str, Any]:
    """How a date is understood: for the line under a date field, while the clerk looks at the paper."""
    try:
        value = parse_date(text_given, field)
    except DateError as error:
        return {"ok": False, "message": error.message, "code": error.code}
    day = f"（{weekday(value.exact)}）" if value.exact else ""
    reading = value.wareki if value.kind is DateKind.UNKNOWN else f"{value.wareki} {value.seireki}{day}"
    return {"ok": True, "reading": reading, "writing": value.writing, "kind": value.kind.label}


@blueprint.post("/dates/read")
@login_only
def show_date_reading() -> Response:
    """The reading of a date as JSON."""
    try:
        field = DateField(request.form.get("field", DateField.OTHER.value))
    except ValueError:
        field = DateField.OTHER
    return jsonify(read_date(request.form.get("text", "")[:60], field))


# ---- drafts


@blueprint.post("/drafts/<state_id>")
@login_only
def save_draft(state_id: str) -> tuple[Response, int]:
    """Keep the fields of a form as they stand. Nothing is checked; nothing of the register changes."""
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name != "csrf_token" and not name.startswith("_")
    ]
    try:
        saved = store_draft_fields(state_id, fields)
    except StateTooLarge:
        return jsonify(ok=False, message=_("入力が長すぎるため、下書きを保存できません。")), 413
    if saved is None:
        return jsonify(ok=False, message=_("この下書きは期限が切れました。画面を開き直してください。")), 404
    return jsonify(
        ok=True, message=_("下書き保存 %(time)s", time=f"{saved.saved_at.astimezone(JST):%H:%M:%S}")
    ), 200


# ---- help


@blueprint.get("/help", defaults={"topic": "web"})
@blueprint.get("/help/<topic>")
@login_only
def show_help(topic: str) -> Response:
    """The manual's page for a screen: ``help/<endpoint>.html`` of its package, else of its blueprint."""
    if not _TOPIC.fullmatch(topic):
        abort(404)
    names = [f"help/{topic}.html", f"help/{topic.partition('.')[0]}.html", "help/web.html"]
    try:
        template = current_app.jinja_env.select_template(names)
    except TemplateNotFound:
        abort(404)
    return make_response(render_template("help.html", page=template, exact=template.name == names[0]))
