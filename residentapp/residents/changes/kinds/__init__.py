"""Every kind of change; importing this package makes them known."""

from residentapp.residents.changes.kinds import households, move_within

__all__ = ["households", "move_within"]
