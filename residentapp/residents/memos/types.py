"""Commands and views of memos."""

from __future__ import annotations

from dataclasses import dataclass

from residentapp.core.violations import Violation


@dataclass(frozen=True)
class MemoLine:
    """One version as it may be shown.

    :param what: 記入, 変更 or 削除. :param when: day and time in words. :param by: office, terminal and user.
    """

    version: int
    what: str
    text: str
    when: str
    by: str


@dataclass(frozen=True)
class MemoView:
    """A memo with its history, newest version first; the first says what it says now.

    :param editable: whether the actor may change it.
    """

    id: int
    versions: tuple[MemoLine, ...]
    deleted: bool
    editable: bool

    @property
    def current(self) -> MemoLine:
        """What it says now."""
        return self.versions[0]


class MemoRefused(Exception):
    """A memo is refused.

    :param violations: what is wrong.
    """

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__("メモを記入できません。")
        self.violations = violations


class MemoMissing(Exception):
    """There is no such memo of this person."""

    def __init__(self) -> None:
        super().__init__("このメモは見つかりません。メモの画面を開き直してください。")
