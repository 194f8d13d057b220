"""Every kind of change; importing this package makes them known."""

from residentapp.residents.changes.kinds import ex_officio, households, move_within

__all__ = ["ex_officio", "households", "move_within"]
