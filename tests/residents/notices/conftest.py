"""Cases that have reached the register, of every kind of notification."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy.orm import Session

from residentapp.core.crypto import Keyring
from residentapp.residents.cases.approval import notifier_context
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import CaseState
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason
from tests.residents.cases.conftest import pretence as pretence  # a fixture
from tests.residents.move_in.conftest import office as office  # a fixture
from tests.support.clock import TEST_MOMENT
from tests.support.residents import change, next_snapshot

TODAY = dt.date(2026, 11, 24)


def final_case(
    session: Session,
    keyring: Keyring,
    *,
    entered_by: int,
    procedure: str = "move_in",
    notifier: str | None = "",
    on: dt.date = TODAY,
    office: tuple[str, str] = ("01", "本庁"),
) -> ChangeCase:
    """A case as an approval leaves it."""
    case_id = secrets.token_urlsafe(15)
    case = ChangeCase(
        id=case_id, version=4, state=CaseState.FINAL, procedure=procedure, kind="x", kind_label="異動",
        scope_label="全部", people=1, payload=None, entered_by=entered_by, entered_by_login="clerk1",
        entered_by_name="窓口　一子", editors=["clerk1"], office_code=office[0], office_name=office[1],
        terminal_code="T01", terminal_name="窓口1番", started_at=TEST_MOMENT, saved_at=TEST_MOMENT,
        finalized_on=on,
        notifier_cipher=None
        if notifier is None
        else keyring.encrypt(notifier, context=notifier_context(case_id)),
    )  # fmt: skip
    session.add(case)
    session.flush()
    return case


def changed(
    session: Session,
    case: ChangeCase,
    reason: ChangeReason,
    people: Sequence[ResidentHistory],
    **values: Any,
) -> list[ResidentHistory]:
    """The next snapshots of some people, by a change of this case."""
    made = change(
        session, reason, processed_on=case.finalized_on or TODAY, notified_on=TODAY, case_id=case.id
    )
    return [next_snapshot(session, person, made, **values) for person in people]


@pytest.fixture
def today() -> dt.date:
    """処理日 of the tests' cases."""
    return TODAY
