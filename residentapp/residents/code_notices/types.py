"""The three notices of a 住民票コード. Source: RR-4.3.3a; forms 20.4.1 to 20.4.3."""

from __future__ import annotations

import enum

from residentapp.residents.certificates.types import Style


class Kind(enum.StrEnum):
    """Which notice: of a first code, of another one on request, of a corrected one."""

    NEW = "new"
    CHANGED = "changed"
    CORRECTED = "corrected"

    @property
    def label(self) -> str:
        """The paper's name."""
        return {
            "new": "住民票コード通知票",
            "changed": "住民票コード変更通知票",
            "corrected": "住民票コード修正通知票",
        }[self.value]

    @property
    def style(self) -> Style:
        """What the history of issues calls it; its value is the name of the template."""
        return {
            "new": Style.CODE_NOTICE,
            "changed": Style.CODE_CHANGE_NOTICE,
            "corrected": Style.CODE_CORRECTION_NOTICE,
        }[self.value]

    @property
    def form(self) -> str:
        """Name of its template."""
        return self.style.value
