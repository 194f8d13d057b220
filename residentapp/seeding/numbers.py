"""Numbers of invented people: in the right form, unique, and marked as invented where the form allows it."""

from __future__ import annotations

import random

from residentapp.core.check_digits import individual_check_digit
from residentapp.core.numbering import with_check_digit

#: A prime just below 10⁹: stepping through it by a fixed stride visits every number once.
_PRIME = 999_999_937


class Numbers:
    """Gives out numbers in order; the same seed gives the same numbers.

    個人番号 begin with 99 and 住民票コード with 9: the latter's last digit is nobody's rule, it is only a digit.

    :param addressees: last 宛名番号 value already given.
    :param households: last 世帯番号 value already given.
    :param changes: last change id already given.
    """

    def __init__(
        self, rng: random.Random, *, addressees: int = 0, households: int = 0, changes: int = 0
    ) -> None:
        self.addressees = addressees
        self.households = households
        self.changes = changes
        self._individual_stride = rng.randint(10**8, _PRIME - 1)
        self._code_stride = rng.randint(10**8, _PRIME - 1)

    def addressee(self) -> str:
        """The next 宛名番号."""
        self.addressees += 1
        return with_check_digit(self.addressees)

    def household(self) -> str:
        """The next 世帯番号."""
        self.households += 1
        return with_check_digit(self.households)

    def change(self) -> int:
        """The next id of a change."""
        self.changes += 1
        return self.changes

    def individual(self) -> str:
        """個人番号 of the person numbered last."""
        body = f"99{self.addressees * self._individual_stride % _PRIME:09d}"
        return body + individual_check_digit(body)

    def resident_code(self, place: int | None = None) -> str:
        """住民票コード of the person numbered last, or of a place in the stock (from 1)."""
        if place is None:
            return f"91{self.addressees * self._code_stride % _PRIME:09d}"
        return f"92{place * self._code_stride % _PRIME:09d}"
