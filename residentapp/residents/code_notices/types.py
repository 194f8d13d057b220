"""The three notices of a 住民票コード. Source: RR-4.3.3a; forms 20.4.1 to 20.4.3."""

from __future__ import annotations

import enum


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
    def form(self) -> str:
        """Name of its template."""
        return {
            "new": "resident_code_notice",
            "changed": "resident_code_change_notice",
            "corrected": "resident_code_correction_notice",
        }[self.value]
