"""Why an operation on a measure, a suppression or a review did not happen. Texts name no resident."""

from __future__ import annotations

from collections.abc import Sequence

from residentapp.core.violations import Violation


class SupportRefused(Exception):
    """The rules found errors, or alerts that nobody has confirmed; nothing was changed.

    :ivar violations: what was found.
    """

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__("この操作はできません。" + "".join(found.message for found in violations[:1]))
        self.violations = list(violations)


class NotThere(Exception):
    """There is no such measure, suppression or review."""


class Outdated(Exception):
    """Somebody else was faster; the officer looked at an older state (CM-5.2)."""

    def __init__(self) -> None:
        super().__init__(
            "ほかの職員が先に変更しました。画面を開き直し、今の内容を確かめてからやり直してください。"
        )
