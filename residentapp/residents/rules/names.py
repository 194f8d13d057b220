"""Whether two sets of names can be one person's."""

from __future__ import annotations

from collections.abc import Iterable

from residentapp.core.search_keys import search_key


def same_name(told: Iterable[str | None], recorded: Iterable[str | None]) -> bool:
    """Whether one of the names told is one of those recorded; variants of a character count as the same (RR-2.1.2)."""
    ours = {search_key(name) for name in recorded if name}
    return bool(ours & {search_key(name) for name in told if name})
