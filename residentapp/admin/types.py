"""Commands of the administration, and how it says no."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an entry.

    :param field: name of the form field; empty for the whole entry.
    """

    field: str
    message: str


#: Of a period whose last day comes before its first.
ENDS_BEFORE_IT_BEGINS = Problem("valid_to", "終了日が開始日より前です。日付を直してください。")


class EntryRefused(Exception):
    """An entry of the administration is refused; says everything that is wrong with it at once."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("\n".join(problem.message for problem in problems))


@dataclass(frozen=True)
class Validity:
    """First and last day, both included; None leaves that end open."""

    first: dt.date | None = None
    last: dt.date | None = None

    @property
    def in_order(self) -> bool:
        """Whether the first day is not after the last."""
        return self.first is None or self.last is None or self.first <= self.last

    def __str__(self) -> str:
        if self.first is None and self.last is None:
            return "期限なし"
        return f"{self.first or ''}～{self.last or ''}"


@dataclass(frozen=True)
class UserEntry:
    """Account data of one person.

    :param login: 利用者ID; letters, digits and ``. _ -``; not changed later, because the logs name it.
    """

    login: str
    name: str
    department_id: int
    validity: Validity = Validity()
    active: bool = True


@dataclass(frozen=True)
class PlaceEntry:
    """Data of a department, office, terminal or printer.

    :param kind: kind of an office.
    :param contact: 問合せ先 of an office.
    :param ward_code: ward of an office or a department; None leaves it as it is, an empty text takes it away.
    :param office_id: where a terminal or printer stands.
    :param printer_id: the terminal's usual printer.
    :param trays: names of a printer's trays.
    :param validity: period of use of an office, terminal or printer.
    :param next_name: name from ``next_name_from`` on; empty when none is planned.
    """

    code: str
    name: str
    active: bool = True
    kind: str = ""
    office_id: int = 0
    printer_id: int | None = None
    trays: tuple[str, ...] = ()
    validity: Validity = Validity()
    next_name: str = ""
    next_name_from: dt.date | None = None
    contact: str = ""
    ward_code: str | None = None
