"""Pages for what went wrong: what happened, what to do, and nothing a stranger should read.

The text of an error page comes from here, never from the exception, whose text may name a person; only
``Refusal`` and ``abort(status, description=…)`` with our own words pass theirs on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError, default_exceptions

from residentapp.core.web.logging import logger, request_id


@dataclass(frozen=True)
class ErrorText:
    """What an error page says."""

    happened: str
    to_do: str


class Refusal(Exception):
    """A view cannot do what was asked, and says why in words that may be shown.

    :param happened: what is wrong, without personal values.
    :param to_do: what the clerk can do now.
    :param status: HTTP status, 409 when another officer was faster.
    """

    def __init__(self, happened: str, to_do: str, *, status: int = 409) -> None:
        super().__init__(happened)
        self.text = ErrorText(happened, to_do)
        self.status = status


def _text_of(status: int) -> ErrorText:
    texts = {
        400: ErrorText(
            _("送られた内容を読み取れませんでした。"),
            _("前の画面に戻り、入力を確かめてからもう一度送ってください。"),
        ),
        401: ErrorText(_("ログインしていません。"), _("ログインしてからもう一度操作してください。")),
        403: ErrorText(
            _("この操作をする権限がありません。"),
            _("業務に必要なときは、所属の管理者に権限の追加を依頼してください。"),
        ),
        404: ErrorText(
            _("その画面はありません。取り消されたか、期限が切れた可能性があります。"),
            _("ホームに戻って、もう一度探してください。"),
        ),
        405: ErrorText(
            _("この画面はその方法では開けません。"),
            _("ホームに戻り、画面のボタンから進んでください。"),
        ),
        409: ErrorText(
            _("ほかの職員が先に変更したため、登録しませんでした。"),
            _("最新の内容を開き直して、違いを確かめてから入力してください。"),
        ),
        413: ErrorText(
            _("送られたファイルか入力が大きすぎます。"),
            _("ファイルを分けるか、正しいファイルかどうかを確かめてください。"),
        ),
        429: ErrorText(
            _("短い時間に多くの操作がありました。"), _("少し待ってからもう一度操作してください。")
        ),
        500: ErrorText(
            _("システムの中で誤りが起きました。この操作は登録されていません。"),
            _("もう一度操作してください。続くときは、下の番号をシステム担当に伝えてください。"),
        ),
        503: ErrorText(
            _("いまはデータベースを使えません。この操作は登録されていません。"),
            _("少し待ってからもう一度操作してください。"),
        ),
    }
    return texts.get(status) or texts[500 if status >= 500 else 400]


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.is_json or best == "application/json"


def error_page(status: int, text: ErrorText | None = None) -> Response:
    """The page for a status, in the frame when somebody is logged in."""
    shown = text or _text_of(status)
    if _wants_json():
        response = jsonify(error=shown.happened, to_do=shown.to_do, request_id=request_id())
    else:
        response = make_response(
            render_template(
                "error.html",
                happened=shown.happened,
                to_do=shown.to_do,
                request_id=request_id(),
            )
        )
    response.status_code = status
    return response


def _on_http_error(error: HTTPException) -> Any:
    status = error.code or 500
    if 300 <= status < 400 or error.response is not None:
        return error.get_response()
    standard = default_exceptions.get(status)
    own_words = error.description if standard is None or error.description != standard.description else None
    text = ErrorText(own_words, _text_of(status).to_do) if own_words and status < 500 else None
    response = error_page(status, text)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _on_csrf_error(_error: CSRFError) -> Response:
    text = ErrorText(
        _("この画面は古くなったため、受け付けませんでした。まだ何も登録されていません。"),
        _(
            "ブラウザーの「戻る」で入力の画面に戻り、画面を開き直してください。途中の入力は下書きに残っています。"
        ),
    )
    return error_page(400, text)


def _on_refusal(error: Refusal) -> Response:
    return error_page(error.status, error.text)


def _on_stale(_error: StaleDataError) -> Response:
    # Somebody else changed the row between reading and writing: the version check did its work.
    return error_page(409)


def _on_database_away(error: OperationalError) -> Response:
    logger("residentapp.error").error("database away", endpoint=request.endpoint, exc_info=error)
    return error_page(503)


def _on_unexpected(error: InternalServerError) -> Response:
    return error_page(500)


def init_errors(app: Flask) -> None:
    """Register the pages. An unexpected error is logged by type and place only."""

    def log_exception(info: Any) -> None:
        logger("residentapp.error").error("unexpected error", endpoint=request.endpoint, exc_info=info)

    app.log_exception = log_exception  # type: ignore[method-assign, assignment]  # Flask's hook
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(CSRFError, _on_csrf_error)
    app.register_error_handler(Refusal, _on_refusal)
    app.register_error_handler(StaleDataError, _on_stale)
    app.register_error_handler(OperationalError, _on_database_away)
    app.register_error_handler(InternalServerError, _on_unexpected)
