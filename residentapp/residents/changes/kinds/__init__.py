"""Every kind of change; importing this package makes them known."""

from residentapp.residents.changes.kinds import (
    cancel,
    ex_officio,
    households,
    move_in_notice,
    move_out,
    move_within,
    names,
    nationality,
    numbers,
    ward_move,
)

__all__ = [
    "cancel",
    "ex_officio",
    "households",
    "move_in_notice",
    "move_out",
    "move_within",
    "names",
    "nationality",
    "numbers",
    "ward_move",
]
