"""Every kind of change; importing this package makes them known."""

from residentapp.residents.changes.kinds import (
    cancel,
    ex_officio,
    households,
    move_within,
    names,
    nationality,
    numbers,
)

__all__ = ["cancel", "ex_officio", "households", "move_within", "names", "nationality", "numbers"]
