"""留意事項 (type B) that the clerk adds to a change (RR-1.1.14c)."""

from __future__ import annotations

from residentapp.residents.changes.types import ChangeEntry


def typed_notes(entry: ChangeEntry) -> tuple[str, ...]:
    """The lines typed as 留意事項, for every 異動者 alike."""
    return tuple(line.strip() for line in entry.text("notes").splitlines() if line.strip())
