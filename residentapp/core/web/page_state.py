"""State of a page, kept on the server and named by an opaque number.

Search terms, half-filled entries and what was chosen never travel in an address: an address ends up in the
browser's history and in logs. A page saves what it needs and carries only the returned id. An id is worth
nothing to another user, and nothing after it has expired.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from residentapp.core.web.context import actor, db, now, services
from residentapp.core.web.models import PageState

#: How long a page's state is kept: a working day, so that a page left open over lunch still works.
PAGE_LIFETIME = dt.timedelta(hours=12)
#: How long a draft of an entry is kept: over a long weekend.
DRAFT_LIFETIME = dt.timedelta(days=7)
#: Largest state in characters of JSON; a family's move-in needs a few thousand.
LARGEST = 1_000_000


class StateTooLarge(ValueError):
    """More than one page can sensibly hold."""


@dataclass(frozen=True)
class SavedState:
    """One kept state. ``value`` is what was saved."""

    id: str
    kind: str
    value: dict[str, Any]
    saved_at: dt.datetime
    expires_at: dt.datetime


def _context(row_id: str) -> str:
    return f"page_state:{row_id}"


def _encode(row_id: str, value: Mapping[str, Any]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if len(text) > LARGEST:
        raise StateTooLarge(f"a page state may hold {LARGEST} characters, this one has {len(text)}")
    return services().keyring.encrypt(text, context=_context(row_id))


def _decode(row: PageState) -> SavedState:
    text = services().keyring.decrypt(row.content, context=_context(row.id))
    return SavedState(row.id, row.kind, json.loads(text), row.saved_at, row.expires_at)


def save_state(
    value: Mapping[str, Any],
    *,
    kind: str = "page",
    state_id: str | None = None,
    lifetime: dt.timedelta = PAGE_LIFETIME,
) -> str:
    """Keep a JSON value for the acting user.

    :param kind: what it belongs to, for example ``search`` or ``move_in``; part of the look-up.
    :param state_id: an id returned before, to overwrite that state; a new one is made when it is unknown,
        expired, of another kind or of another user.
    :param lifetime: how long it is kept from now on.
    :returns: the id to carry in the page.
    :raises StateTooLarge: above ``LARGEST`` characters.
    """
    session, moment = db(), now()
    row = _row(state_id, kind) if state_id else None
    if row is None:
        session.execute(
            delete(PageState).where(PageState.user_id == actor().user_id, PageState.expires_at <= moment)
        )
        row = PageState(id=secrets.token_urlsafe(18), user_id=actor().user_id, kind=kind)
    # Encoded before the row is in the session: what is too large must leave nothing half-made behind.
    row.content = _encode(row.id, value)
    row.saved_at = moment
    row.expires_at = moment + lifetime
    session.add(row)
    session.flush()
    return row.id


def _row(state_id: str, kind: str | None) -> PageState | None:
    row = db().get(PageState, state_id)
    if row is None or row.user_id != actor().user_id or row.expires_at <= now():
        return None
    return row if kind is None or row.kind == kind else None


def load_state(state_id: str, *, kind: str | None = None) -> dict[str, Any] | None:
    """What the acting user saved under an id; None when unknown, expired, or somebody else's."""
    row = _row(state_id, kind)
    return None if row is None else _decode(row).value


def find_state(state_id: str, *, kind: str | None = None) -> SavedState | None:
    """Like ``load_state``, with the times."""
    row = _row(state_id, kind)
    return None if row is None else _decode(row)


def list_states(kind: str) -> list[SavedState]:
    """The acting user's living states of a kind, newest first: entries to take up again after a crash."""
    rows = db().scalars(
        select(PageState)
        .where(PageState.user_id == actor().user_id, PageState.kind == kind, PageState.expires_at > now())
        .order_by(PageState.saved_at.desc(), PageState.id)
    )
    return [_decode(row) for row in rows]


def drop_state(state_id: str) -> None:
    """Throw a state away, once its entry is in the register. Unknown ids are fine."""
    row = _row(state_id, None)
    if row is not None:
        db().delete(row)
        db().flush()


# ---- drafts: the fields of a form as they stand, saved by the page itself every few seconds


def new_draft(kind: str, value: Mapping[str, Any] | None = None) -> str:
    """Start a draft; the page names ``url_for("web.save_draft", state_id=…)`` in ``data-draft-url``.

    ``value`` is what the view itself wants to keep beside the fields.
    """
    return save_state({"view": dict(value or {}), "fields": []}, kind=kind, lifetime=DRAFT_LIFETIME)


def draft_fields(state_id: str, *, kind: str | None = None) -> list[tuple[str, str]] | None:
    """The fields as last saved, in the page's order: ``MultiDict(draft_fields(…))`` refills the form."""
    value = load_state(state_id, kind=kind)
    if value is None:
        return None
    return [(str(name), str(text)) for name, text in value.get("fields", [])]


def store_draft_fields(state_id: str, fields: list[tuple[str, str]]) -> SavedState | None:
    """Save the fields of a form into its draft; None when there is no such draft of this user."""
    found = find_state(state_id)
    if found is None:
        return None
    save_state({**found.value, "fields": fields}, kind=found.kind, state_id=state_id, lifetime=DRAFT_LIFETIME)
    return find_state(state_id)
