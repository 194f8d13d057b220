"""After which change somebody is told of their 住民票コード, and on which paper (RR-4.3.3a)."""

from __future__ import annotations

import pytest

from residentapp.residents.code_notices.rules import notice_of
from residentapp.residents.code_notices.types import Kind
from residentapp.residents.types import ChangeReason

OLD, NEW = b"old", b"new"


@pytest.mark.requirement("RR-4.3.3a", partial=True)
@pytest.mark.parametrize(
    ("reason", "before", "after", "given", "expected"),
    [
        (ChangeReason.BIRTH, None, NEW, True, Kind.NEW),
        (ChangeReason.MOVE_IN_ABROAD, None, NEW, True, Kind.NEW),
        (ChangeReason.RESIDENT_CODE_RECORD_EX_OFFICIO, None, NEW, True, Kind.NEW),
        # Moved in without one: it is given here.
        (ChangeReason.MOVE_IN_DOMESTIC, None, NEW, True, Kind.NEW),
        # Brought along from the former municipality.
        (ChangeReason.MOVE_IN_DOMESTIC, None, NEW, False, None),
        (ChangeReason.RESIDENT_CODE_CHANGE_ON_REQUEST, OLD, NEW, True, Kind.CHANGED),
        (ChangeReason.CORRECT_EX_OFFICIO, OLD, NEW, False, Kind.CORRECTED),
        # A change that was cancelled: the code of before counts again.
        (ChangeReason.CANCEL_CORRECTION, OLD, NEW, True, Kind.CORRECTED),
        # Another change of the same person.
        (ChangeReason.MOVE_WITHIN, OLD, OLD, True, None),
        # Taken away again.
        (ChangeReason.CANCEL_CORRECTION, OLD, None, False, None),
        (ChangeReason.BIRTH, None, None, False, None),
    ],
)
def test_which_notice(
    reason: ChangeReason, before: bytes | None, after: bytes | None, given: bool, expected: Kind | None
) -> None:
    assert notice_of(reason, before, after, given=given) is expected
