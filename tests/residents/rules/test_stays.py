"""Which snapshots make one 住民票, and which a 除票."""

from __future__ import annotations

import pytest

from residentapp.residents.rules.stays import Stay, Step, stays_of
from residentapp.residents.types import ChangeReason

IN, BIRTH, MOVE = ChangeReason.MOVE_IN_DOMESTIC, ChangeReason.BIRTH, ChangeReason.MOVE_WITHIN
OUT, DEATH, NOTE = ChangeReason.MOVE_OUT_DOMESTIC, ChangeReason.DEATH, ChangeReason.CORRECT_EX_OFFICIO
CANCEL, LESS = ChangeReason.CANCEL_INCREASE, ChangeReason.CANCEL_DECREASE


def steps(*reasons: ChangeReason) -> list[Step]:
    """States as the reasons make them: a correction leaves the state as it was."""
    made, live = [], True
    for reason in reasons:
        if reason is not NOTE:
            live = reason not in (OUT, DEATH, LESS)
        made.append(Step(live, reason))
    return made


@pytest.mark.requirement("RR-1.1.5a", "RR-4.1.1.2c", "RR-4.6.0.1b", partial=True)
@pytest.mark.parametrize(
    ("reasons", "stays"),
    [
        ([], []),
        ([IN], [Stay(0, 0, None)]),
        ([IN, MOVE, NOTE], [Stay(0, 2, None)]),
        ([BIRTH, DEATH], [Stay(0, 1, 1)]),
        ([IN, MOVE, OUT, NOTE], [Stay(0, 3, 2)]),
        ([IN, OUT, IN], [Stay(0, 1, 1), Stay(2, 2, None)]),
        ([IN, OUT, NOTE, IN, MOVE, DEATH, NOTE], [Stay(0, 2, 1), Stay(3, 6, 5)]),
        ([IN, OUT, CANCEL], [Stay(0, 2, None)]),
        ([IN, OUT, CANCEL, DEATH], [Stay(0, 3, 3)]),
        ([IN, OUT, IN, OUT, CANCEL], [Stay(0, 1, 1), Stay(2, 4, None)]),
        # A 区間異動, the same undone, and undone after an earlier one.
        ([IN, OUT, IN, LESS], [Stay(0, 1, 1), Stay(2, 3, 3)]),
        ([IN, OUT, IN, LESS, CANCEL], [Stay(0, 4, None)]),
        ([IN, OUT, IN, OUT, IN, LESS, CANCEL], [Stay(0, 1, 1), Stay(2, 6, None)]),
    ],
    ids=lambda value: "-".join(reason.value for reason in value if isinstance(reason, ChangeReason)),
)
def test_stays_of_a_person(reasons: list[ChangeReason], stays: list[Stay]) -> None:
    assert stays_of(steps(*reasons)) == stays


def test_the_places_of_a_stay_are_its_snapshots() -> None:
    assert list(Stay(2, 4, None).places) == [2, 3, 4]
