"""Handlers of what the 出入国在留管理庁 sends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.outbox import inbox_handler
from residentapp.residents.changes import kinds
from residentapp.residents.immigration.notices import handle_notice
from residentapp.residents.immigration.results import record_result
from residentapp.residents.messages.items import describe
from residentapp.residents.messages.types import InboxKind

#: Imported so that a notice can be held against the kind of change by which it goes into the register.
LOADED = kinds

for _key, _label, _permission in (
    ("notice_number", "通知番号", None),
    ("removal_cause", "消除の理由", Permission.ITEM_RESIDENCE_STATUS),
    ("message_id", "元の連携の番号", None),
    ("result", "処理結果", None),
    ("error_code", "エラーコード", None),
    ("error_text", "エラーの内容", Permission.ITEM_RESIDENCE_STATUS),
):
    describe(_key, _label, permission=_permission)


@inbox_handler(InboxKind.IMMIGRATION_NOTICE.value)
def take_notice(
    session: Session, actor: Actor, keyring: Keyring, body: Mapping[str, Any], now: dt.datetime
) -> int | None:
    """出入国在留管理庁長官通知: kept, and taken in by itself when its person is found (RR-4.5.6a)."""
    handle_notice(session, actor, keyring, body, now)
    return None


@inbox_handler(InboxKind.IMMIGRATION_RESULT.value)
def take_result(
    session: Session, actor: Actor, keyring: Keyring, body: Mapping[str, Any], now: dt.datetime
) -> int | None:
    """What the 連携端末 made of a message (RR-4.5.7b)."""
    record_result(session, actor, keyring, body, now)
    return None
