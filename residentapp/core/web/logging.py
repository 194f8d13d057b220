"""The technical log: one JSON object per line on standard error, without any personal value.

It tells operators that and where something happened, never about whom. So it holds the endpoint, not the
address; the type and the place of an error, not its text (a database error's text repeats the values of the
statement). Who looked at whom is in the audit log, which is a different thing with its own protection.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
import traceback
from typing import Any

import structlog
from flask import Flask, Response, g, request
from structlog.typing import EventDict, Processor, WrappedLogger

from residentapp.config import Settings
from residentapp.core.web.context import actor_or_none

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_QUIET = frozenset({"web.health", "web.ready", "static", "web.static"})


def describe_error(error: BaseException) -> dict[str, Any]:
    """Type and place of an error and of what caused it, without any text or value of it."""
    chain: list[dict[str, Any]] = []
    current: BaseException | None = error
    while current is not None and len(chain) < 5:
        frames = traceback.extract_tb(current.__traceback__)
        chain.append(
            {
                "type": f"{type(current).__module__}.{type(current).__qualname__}",
                "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
            }
        )
        current = current.__cause__ or current.__context__
    return {"errors": chain}


def _error_without_text(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event.update(describe_error(error))
    return event


def configure_logging(settings: Settings) -> None:
    """Send our own and the libraries' messages through one JSON writer."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _error_without_text,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    # SQLAlchemy and waitress repeat values in their lower levels.
    for name in ("sqlalchemy", "waitress"):
        logging.getLogger(name).setLevel(logging.WARNING)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger for technical events. Names, numbers and addresses of persons never go in."""
    return structlog.stdlib.get_logger(name)


def request_id() -> str:
    """Number of this request, shown on error pages so that an operator finds it in the log."""
    return str(g.get("request_id", ""))


def init_request_log(app: Flask) -> None:
    """Number each request and log its end."""

    def begin() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        g.request_started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = request_id()
        if request.endpoint not in _QUIET or response.status_code >= 400:
            actor = actor_or_none()
            started = g.get("request_started", time.perf_counter())
            logger("residentapp.request").info(
                "request",
                method=request.method,
                endpoint=request.endpoint or "-",
                status=response.status_code,
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
                user_id=actor.user_id if actor else None,
            )
        return response

    app.before_request(begin)
    app.after_request(end)
