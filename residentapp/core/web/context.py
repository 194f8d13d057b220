"""What a view may ask for: the database session, who acts, the moment, and the services of the application.

One transaction per request. ``db()`` opens it at its first call; it is committed once, after the view, when
the answer is neither an error nor a refusal (status below 400), and rolled back otherwise. What has to
survive a refusal (its audit entry, a failed login) is handed to ``afterwards`` and runs in a transaction of
its own once the request's has ended: two open writing transactions of one request would wait for each other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Response, current_app, g, has_request_context
from sqlalchemy.orm import Session

from residentapp.config import Settings
from residentapp.core.clock import Clock, day_of
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.core.eras import refresh_eras
from residentapp.core.external_characters import refresh_variants

if TYPE_CHECKING:
    from residentapp.core.access import Actor
    from residentapp.core.documents import Fonts
    from residentapp.core.web.fonts import WebFonts

EXTENSION = "residentapp"


@dataclass(frozen=True)
class Services:
    """Made once per process by ``create_app``; holds no state of any request.

    :param fonts: the font files of printed forms, read at first use and shared by all threads.
    :param web_fonts: subsets of the same fonts for screens.
    """

    settings: Settings
    database: Database
    keyring: Keyring
    clock: Clock
    web_fonts: WebFonts
    load_fonts: Callable[[], Fonts]

    @property
    def fonts(self) -> Fonts:
        """Fonts for printed forms."""
        return self.load_fonts()


def services() -> Services:
    """The services of the running application."""
    return cast(Services, current_app.extensions[EXTENSION])


def now() -> dt.datetime:
    """The moment of this request: read once, so that everything one request writes carries the same."""
    if not has_request_context():
        return services().clock()
    if "moment" not in g:
        g.moment = services().clock()
    return cast(dt.datetime, g.moment)


def today() -> dt.date:
    """The Japanese day of this request."""
    return day_of(now())


def db() -> Session:
    """The session of this request's only transaction. Operations flush; nobody but this module commits."""
    if "session" not in g:
        g.session = services().database.sessions()
        refresh_eras(g.session, now())
        refresh_variants(g.session)
    return cast(Session, g.session)


def set_actor(actor: Actor | None) -> None:
    """Say who acts in this request. Called by ``core.access`` once the login has been checked."""
    g.actor = actor


def actor_or_none() -> Actor | None:
    """Who acts, or None before the login."""
    return cast("Actor | None", g.get("actor"))


def actor() -> Actor:
    """Who acts in this request.

    :raises LookupError: when nobody has logged in; a view that asks must not be public.
    """
    found = actor_or_none()
    if found is None:
        raise LookupError("no one is logged in; this view must not be public")
    return found


def afterwards(work: Callable[[Session], Any]) -> None:
    """Have something written in a transaction of its own when this request's transaction has ended.

    It runs whether the request succeeded or not, with a new session, in the order of the calls.
    """
    if "afterwards" not in g:
        g.afterwards = []
    g.afterwards.append(work)


def _end_transaction(*, commit: bool) -> None:
    session: Session | None = g.pop("session", None)
    if session is None:
        return
    try:
        if commit:
            session.commit()
        else:
            session.rollback()
    finally:
        session.close()


def _run_afterwards() -> None:
    for work in g.pop("afterwards", []):
        with services().database.transaction() as session:
            work(session)


def _after_request(response: Response) -> Response:
    _end_transaction(commit=response.status_code < 400)
    _run_afterwards()
    return response


def _teardown(_error: BaseException | None) -> None:
    # Reached with an open session only when answering itself broke: nothing may be kept then.
    _end_transaction(commit=False)


def init_context(app: Flask, provided: Services) -> None:
    """Give an application its services and its one transaction per request.

    Pages are complete when ``after_request`` functions run, so it does not matter in which order those of
    other packages were registered; a streamed answer must read what it needs before it returns.
    """
    app.extensions[EXTENSION] = provided
    app.after_request(_after_request)
    app.teardown_appcontext(_teardown)
