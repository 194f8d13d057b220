"""Every kind of change; importing this package makes them known."""

from residentapp.residents.changes.kinds import move_in_notice, move_out, move_within

__all__ = ["move_in_notice", "move_out", "move_within"]
