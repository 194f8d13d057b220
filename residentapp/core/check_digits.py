"""Check digits (検査数字) of 宛名番号 and 世帯番号, 個人番号, and 市区町村コード.

There is none for 住民票コード here: those codes come ready-made, so only their length and digits are checked
and the rule is never invented (CM-4).
"""

from __future__ import annotations

import enum
from collections.abc import Callable


class CheckDigitKind(enum.StrEnum):
    """Which number a check digit belongs to."""

    ADDRESSEE = "addressee"
    INDIVIDUAL = "individual"
    MUNICIPALITY = "municipality"

    @property
    def label(self) -> str:
        """Japanese label for screens."""
        return {
            "addressee": "宛名番号・世帯番号",
            "individual": "個人番号",
            "municipality": "市区町村コード",
        }[self.value]


class CheckDigitError(ValueError):
    """A body that has no check digit: wrong length or not digits. The text never shows the number itself."""


def _digits(body: str, length: int | None, label: str) -> list[int]:
    if not (body.isascii() and body.isdigit()) or (length is not None and len(body) != length):
        size = f"{length}けたの" if length is not None else ""
        raise CheckDigitError(f"{label}は検査数字を除く{size}半角数字で入力してください。")
    return [int(digit) for digit in body]


def addressee_check_digit(body: str) -> str:
    """Modulus 11, weights 2 to 7 from the right, repeated (RR-1.1.13b, M11W2～7).

    The digit is 11 minus the remainder; remainder 0 gives 0. Remainder 1 would give 10, on which the source is
    silent; it gives 0 too, as in the rule of 個人番号.

    :param body: the number without its check digit, at least one half-width digit.
    :raises CheckDigitError: when the body is not made of digits.
    """
    digits = _digits(body, None, CheckDigitKind.ADDRESSEE.label)
    remainder = sum(digit * (2 + place % 6) for place, digit in enumerate(reversed(digits))) % 11
    return "0" if remainder <= 1 else str(11 - remainder)


def individual_check_digit(body: str) -> str:
    """The 12th digit of a 個人番号 (平成26年総務省令第85号 第5条).

    11 − (Σ Pn·Qn mod 11), Pn the n-th digit from the lowest of the eleven, Qn = n+1 for n ≤ 6 and n−5 for
    n ≥ 7; 0 when the remainder is 0 or 1.

    :param body: the first eleven digits.
    :raises CheckDigitError: when they are not eleven digits.
    """
    digits = _digits(body, 11, CheckDigitKind.INDIVIDUAL.label)
    remainder = (
        sum(digit * (n + 1 if n <= 6 else n - 5) for n, digit in enumerate(reversed(digits), start=1)) % 11
    )
    return "0" if remainder <= 1 else str(11 - remainder)


def municipality_check_digit(body: str) -> str:
    """The sixth digit of a 市区町村コード: weights 6, 5, 4, 3, 2; the last digit of 11 − (sum mod 11) (CM-4.3).

    :param body: the five digits of 都道府県 and 市区町村.
    :raises CheckDigitError: when they are not five digits.
    """
    digits = _digits(body, 5, CheckDigitKind.MUNICIPALITY.label)
    total = sum(digit * weight for digit, weight in zip(digits, (6, 5, 4, 3, 2), strict=True))
    return str((11 - total % 11) % 10)


_RULES: dict[CheckDigitKind, Callable[[str], str]] = {
    CheckDigitKind.ADDRESSEE: addressee_check_digit,
    CheckDigitKind.INDIVIDUAL: individual_check_digit,
    CheckDigitKind.MUNICIPALITY: municipality_check_digit,
}


def check_digit(kind: CheckDigitKind, body: str) -> str:
    """The check digit of any kind of number.

    :raises CheckDigitError: when the body does not fit the kind.
    """
    return _RULES[kind](body)


def with_check_digit(body: str, kind: CheckDigitKind = CheckDigitKind.ADDRESSEE) -> str:
    """The whole number: the body and its check digit.

    :raises CheckDigitError: when the body does not fit the kind.
    """
    return body + check_digit(kind, body)


def _valid(kind: CheckDigitKind, number: str) -> bool:
    try:
        return len(number) >= 2 and with_check_digit(number[:-1], kind) == number
    except CheckDigitError:
        return False


def valid_addressee_number(number: str) -> bool:
    """Whether a 宛名番号 or 世帯番号 ends in its check digit. Old numbers need not (RR-1.1.13a)."""
    return _valid(CheckDigitKind.ADDRESSEE, number)


def valid_individual_number(number: str) -> bool:
    """Whether twelve digits can be a 個人番号."""
    return _valid(CheckDigitKind.INDIVIDUAL, number)


def valid_municipality_code(code: str) -> bool:
    """Whether six digits can be a 市区町村コード."""
    return _valid(CheckDigitKind.MUNICIPALITY, code)
