"""Every kind of change; importing this package makes them known."""

from residentapp.residents.changes.kinds import (
    cancel,
    households,
    move_in_notice,
    move_out,
    move_within,
    names,
    nationality,
    numbers,
)

__all__ = [
    "cancel",
    "households",
    "move_in_notice",
    "move_out",
    "move_within",
    "names",
    "nationality",
    "numbers",
]
