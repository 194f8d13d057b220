"""Writing the audit log as a chain, and finding every change to it (RR-10.2d).

Each row holds the hash of the row before it and its own, an HMAC-SHA256 over all its columns under a key that
is not in the database. So a changed row no longer fits its hash, a removed row leaves a gap, an inserted row
cannot be given a right hash, and a cut-off tail no longer fits the signed head.

One limit is named openly: who restores an old state of the *whole* log, head included, leaves no trace inside
it. Against that stands the anchor that ``residentapp audit verify`` prints, to be kept outside.
"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import event, insert, select, text, update
from sqlalchemy.orm import Session, SessionTransaction
from structlog.contextvars import get_contextvars

from residentapp.core.access.actor import Actor
from residentapp.core.audit.models import GENESIS, AuditEntry, AuditHead, AuditSubject, Log
from residentapp.core.crypto import Keyring, keyring_of

#: PostgreSQL advisory lock under which rows are numbered ("audit" in ASCII).
LOCK_KEY = int.from_bytes(b"audit")
ENTRY_PURPOSE = "audit-entry"
HEAD_PURPOSE = "audit-head"
_PENDING_INFO = "audit_pending"

#: Columns under the hash, in the order in which they are hashed.
HASHED = tuple(column.name for column in AuditEntry.__table__.columns if column.name != "hash")


def record(
    session: Session,
    actor: Actor,
    *,
    moment: dt.datetime,
    log: Log,
    action: str,
    subjects: Sequence[str] = (),
    details: Mapping[str, Any] | None = None,
    individual_number: bool = False,
    succeeded: bool = True,
    screen: str = "",
    file_name: str = "",
    request_id: str = "",
) -> None:
    """Log one act. It is written at the end of the transaction, together with what it tells of, or not at all.

    The rows are numbered only then, because numbering makes all transactions wait for each other; an early
    lock would hold up every counter for the rest of the transaction. Use :func:`write_pending` to have the
    rows now. A savepoint that is rolled back takes its rows with it.

    :param action: what was done, in words of the trade (機能名 or 処理名): ``住民検索``.
    :param subjects: addressee numbers of the persons looked at or changed.
    :param details: search terms, printed form, changed settings …; numbers, texts, dates, lists, mappings.
    :param individual_number: 個人番号 was seen, written or printed.
    :param succeeded: False for what was refused or failed.
    :param screen: 画面名. :param file_name: ファイル名.
    :param request_id: when empty, that of the technical log's context, so that both logs can be laid side by side.
    """
    if not session.in_transaction():
        session.begin()
    values = {
        "moment": moment,
        "log": log.value,
        "action": _clean_text(action),
        "screen": _clean_text(screen),
        "file_name": _clean_text(file_name),
        "actor_id": actor.user_id,
        "actor_login": _clean_text(actor.login),
        "actor_name": _clean_text(actor.name),
        "department": _clean_text(actor.department),
        "office_code": actor.office_code,
        "office_name": _clean_text(actor.office_name),
        "terminal_code": actor.terminal_code,
        "terminal_name": _clean_text(actor.terminal_name),
        "subjects": list(dict.fromkeys(subjects)),
        "details": _clean(details or {}),
        "individual_number": individual_number,
        "succeeded": succeeded,
        "request_id": request_id or str(get_contextvars().get("request_id", "")),
    }
    place = session.get_nested_transaction() or session.get_transaction()
    session.info.setdefault(_PENDING_INFO, []).append((place, values))


def write_pending(session: Session) -> None:
    """Number, chain and insert what :func:`record` noted; then other transactions wait until this one ends."""
    pending = session.info.get(_PENDING_INFO)
    if not pending:
        return
    rows = [values for _place, values in pending]
    pending.clear()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
    keyring = keyring_of(session)
    key_id = keyring.primary_id if keyring else ""
    head = session.execute(select(AuditHead.count, AuditHead.hash)).one_or_none()
    count, previous = head if head is not None else (0, GENESIS)
    for row in rows:
        count += 1
        row |= {"sequence": count, "previous_hash": previous, "key_id": key_id}
        previous = row["hash"] = entry_hash(row, keyring) or ""
    session.execute(insert(AuditEntry), rows)
    subjects = [{"number": number, "sequence": row["sequence"]} for row in rows for number in row["subjects"]]
    if subjects:
        session.execute(insert(AuditSubject), subjects)
    mac = head_mac(count, previous, key_id, keyring) or ""
    values = {"count": count, "hash": previous, "key_id": key_id, "mac": mac}
    if head is None:
        session.execute(insert(AuditHead).values(id=1, **values))
    else:
        session.execute(update(AuditHead).where(AuditHead.id == 1).values(**values))


def entry_hash(row: Mapping[str, Any], keyring: Keyring | None) -> str | None:
    """The hash that a row must have; None when its key is not at hand."""
    content = [_canonical(row[name]) for name in HASHED]
    data = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    if not row["key_id"]:
        return hashlib.sha256(data).hexdigest()
    return keyring.sign(data, purpose=ENTRY_PURPOSE, key_id=row["key_id"]) if keyring else None


def head_mac(count: int, last_hash: str, key_id: str, keyring: Keyring | None) -> str | None:
    """The signature that the head must have; None when its key is not at hand."""
    if not key_id:
        return ""
    data = f"{count}:{last_hash}".encode()
    return keyring.sign(data, purpose=HEAD_PURPOSE, key_id=key_id) if keyring else None


def _canonical(value: Any) -> Any:
    return value.astimezone(dt.UTC).isoformat() if isinstance(value, dt.datetime) else value


def _clean_text(value: str) -> str:
    """Without what a database cannot hold: NUL (PostgreSQL) and halves of surrogate pairs (UTF-8)."""
    return value.replace("\0", "\u2400").encode("utf-8", "replace").decode()


def _clean(value: Any) -> Any:
    """A value as both databases give it back unchanged; fractions become text, since JSONB rewrites them."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, enum.Enum):
        return _clean(value.value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {_clean_text(str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        items = [_clean(item) for item in value]
        return sorted(items, key=repr) if isinstance(value, set | frozenset) else items
    if isinstance(value, bytes):
        raise TypeError("bytes do not belong into the audit log")
    return _clean_text(str(value))


@event.listens_for(Session, "before_commit")
def _before_commit(session: Session) -> None:
    # Also called when a savepoint is released; its rows then wait for the transaction around it.
    if not session.in_nested_transaction():
        write_pending(session)


@event.listens_for(Session, "after_soft_rollback")
def _after_rollback(session: Session, undone: SessionTransaction) -> None:
    pending = session.info.get(_PENDING_INFO)
    if pending:
        pending[:] = [item for item in pending if not _within(item[0], undone)]


@event.listens_for(Session, "after_transaction_end")
def _after_end(session: Session, transaction: SessionTransaction) -> None:
    # A session closed without commit or rollback must not carry rows into its next transaction.
    if transaction.parent is None and session.info.get(_PENDING_INFO):
        session.info[_PENDING_INFO].clear()


def _within(place: SessionTransaction | None, outer: SessionTransaction) -> bool:
    while place is not None:
        if place is outer:
            return True
        place = place.parent
    return False
