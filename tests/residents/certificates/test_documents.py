"""What of a person's history belongs on a copy: the present stay, since the last 改製 (RR-5.1, RR-1.1.4)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy.orm import Session

from residentapp.core.crypto import Keyring
from residentapp.core.masters.queries import certifier_on, own_municipality
from residentapp.core.masters.wording import wording_on
from residentapp.residents.certificates import queries
from residentapp.residents.certificates.documents import PREVIEW_NUMBER, Certification, form_data
from residentapp.residents.certificates.types import CertificateRequest, Shown, Style
from residentapp.residents.models import IntegratedRemark, ResidentHistory
from residentapp.residents.types import ChangeReason, RemarkKind, ResidentState
from tests.support import residents
from tests.support.masters import make_masters

TODAY = dt.date(2026, 11, 24)


def day(month: int) -> dt.date:
    return dt.date(2026, month, 10)


def goes_on(
    session: Session, current: ResidentHistory, reason: ChangeReason, month: int, **values: Any
) -> ResidentHistory:
    made_by = residents.change(session, reason, processed_on=day(month))
    return residents.next_snapshot(session, current, made_by, **values)


def say(
    session: Session, row: ResidentHistory, kind: RemarkKind, text: str, month: int, *, bound: bool = True
) -> None:
    session.add(
        IntegratedRemark(
            addressee_number=row.addressee_number, history_number=row.history_number if bound else None, kind=kind,
            text=text, recorded_on=day(month),
        )
    )  # fmt: skip
    session.flush()


def printed(session: Session, keyring: Keyring, current: ResidentHistory) -> str:
    """Everything of the individual copy with history, as one text."""
    request = CertificateRequest(
        Style.INDIVIDUAL, current.household_number, (current.addressee_number,), frozenset({Shown.HISTORY})
    )
    person = queries.person_facts(session, keyring, request, current)
    words = wording_on(session, request.style.value, TODAY)
    certification = Certification(own_municipality(session), certifier_on(session, TODAY), None, TODAY, words)
    [page] = form_data(
        request, [person], certification, issue_number=PREVIEW_NUMBER, whole_household=True, today=TODAY
    )
    return repr((page["member"], page["notes"]))


@pytest.fixture
def first_stay(session: Session) -> ResidentHistory:
    """Somebody who lived here, moved within the town and left."""
    make_masters(session)
    made_by = residents.change(session, processed_on=day(1))
    came = residents.resident(session, made_by=made_by)
    say(session, came, RemarkKind.HISTORY, "最初の転入", 1)
    moved = goes_on(session, came, ChangeReason.MOVE_WITHIN, 2, address="架空県架空市旧町1番")
    say(session, moved, RemarkKind.NOTE, "最初の留意事項", 2)
    say(session, moved, RemarkKind.REMARK, "最初の備考", 2, bound=False)
    say(session, moved, RemarkKind.REMARK, "最初の備考の二", 2)
    return goes_on(
        session, moved, ChangeReason.MOVE_OUT_DOMESTIC, 3, state=ResidentState.MOVED_OUT,
        planned_destination="例示県転出先町",
    )  # fmt: skip


@pytest.mark.requirement("RR-4.1.1.2c", "RR-5.1a", partial=True)
def test_nothing_of_an_earlier_stay_stands_on_the_new_record(
    session: Session, keyring: Keyring, first_stay: ResidentHistory
) -> None:
    say(session, first_stay, RemarkKind.HISTORY, "転出先町へ転出", 3)
    back = goes_on(
        session, first_stay, ChangeReason.MOVE_IN_DOMESTIC, 6, state=ResidentState.RESIDENT, planned_destination=None
    )  # fmt: skip
    say(session, back, RemarkKind.HISTORY, "二度目の転入", 6)
    say(session, back, RemarkKind.REMARK, "二度目の備考", 6, bound=False)
    text = printed(session, keyring, back)
    for words in ("最初の転入", "最初の留意事項", "最初の備考", "国内転出", "転出先町", "旧町"):
        assert words not in text, words
    assert "二度目の転入" in text and "二度目の備考" in text and "国内転入" in text


def test_a_cancelled_departure_ends_no_stay(
    session: Session, keyring: Keyring, first_stay: ResidentHistory
) -> None:
    restored = goes_on(
        session, first_stay, ChangeReason.CANCEL_INCREASE, 4, state=ResidentState.RESIDENT, planned_destination=None
    )  # fmt: skip
    text = printed(session, keyring, restored)
    for words in ("最初の転入", "最初の留意事項", "最初の備考", "異動の取消し（増）"):
        assert words in text, words


@pytest.mark.requirement("RR-5.1a", partial=True)
def test_history_begins_with_the_last_rebuilding(session: Session, keyring: Keyring) -> None:
    make_masters(session)
    came = residents.resident(session, made_by=residents.change(session, processed_on=day(1)))
    say(session, came, RemarkKind.HISTORY, "転入の履歴", 1)
    say(session, came, RemarkKind.REMARK, "続く備考", 1, bound=False)
    rebuilt = goes_on(session, came, ChangeReason.RECORD_REBUILD, 2, rebuilt_on=day(2))
    corrected = goes_on(session, rebuilt, ChangeReason.CORRECT_EX_OFFICIO, 3, name="架空　次郎")
    say(session, corrected, RemarkKind.HISTORY, "氏名の修正", 3)
    text = printed(session, keyring, corrected)
    assert "転入の履歴" not in text and "国内転入" not in text
    assert "改製" in text and "氏名の修正" in text and "続く備考" in text
