"""The two notices about a household that its head has left. Source: RR-4.0.5a."""

from __future__ import annotations

import enum


class Kind(enum.StrEnum):
    """Which notice: a head was named by 職権, or the household is asked to say who it is."""

    NAMED = "named"
    ASKED = "asked"

    @property
    def label(self) -> str:
        """The paper's name."""
        return {"named": "世帯主変更通知書", "asked": "世帯主変更依頼通知書"}[self.value]

    @property
    def form(self) -> str:
        """Name of its template."""
        return {"named": "head_change_notice", "asked": "head_change_request"}[self.value]
