"""Check digits of 宛名番号・世帯番号, 個人番号 and 市区町村コード (RR-1.1.13, CM-4.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residentapp.core.check_digits import (
    CheckDigitError,
    CheckDigitKind,
    addressee_check_digit,
    check_digit,
    individual_check_digit,
    municipality_check_digit,
    valid_addressee_number,
    valid_individual_number,
    valid_municipality_code,
    with_check_digit,
)


@pytest.mark.requirement("RR-1.1.13b")
@pytest.mark.parametrize(
    ("body", "digit"),
    [
        ("1", "9"),  # 1×2 = 2; 11 − 2
        ("0", "0"),  # remainder 0
        ("6", "0"),  # 6×2 = 12, remainder 1 would give 10
        ("7", "8"),  # 7×2 = 14, remainder 3
        ("10", "8"),  # 1×3
        ("100000", "4"),  # 1×7, the last weight
        ("1000000", "9"),  # the seventh digit takes weight 2 again
        ("123456", "0"),  # 12+15+16+15+12+7 = 77
        ("00000000000001", "9"),  # leading zeros change nothing
    ],
)
def test_addressee_numbers(body: str, digit: str) -> None:
    assert addressee_check_digit(body) == digit
    assert with_check_digit(body) == body + digit
    assert valid_addressee_number(body + digit)


@pytest.mark.requirement("CM-4.3")
@pytest.mark.parametrize(
    ("body", "digit"),
    [
        ("00000000001", "9"),  # P1 = 1, Q1 = 2
        ("00000100000", "4"),  # P6, Q6 = 7
        ("00001000000", "9"),  # P7, Q7 = 2
        ("10000000000", "5"),  # P11, Q11 = 6
        ("00000000000", "0"),
        ("00000000006", "0"),  # 12 mod 11 = 1
        ("12345678901", "8"),  # 6+10+12+12+10+42+42+40+36+0+2 = 212, remainder 3
    ],
)
def test_individual_numbers(body: str, digit: str) -> None:
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    remainder = sum(int(number) * weight for number, weight in zip(body, weights, strict=True)) % 11
    assert individual_check_digit(body) == digit == ("0" if remainder < 2 else str(11 - remainder))
    assert valid_individual_number(body + digit)


@pytest.mark.requirement("CM-4.3")
@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("011002", "札幌市"),
        ("131016", "千代田区"),
        ("132128", "日野市"),
        ("141003", "横浜市"),
        ("271004", "大阪市"),
        ("401307", "福岡市"),
        ("472018", "那覇市"),
        ("010006", "北海道"),
        ("130001", "東京都"),
    ],
)
def test_municipality_codes_in_use(code: str, name: str) -> None:
    assert municipality_check_digit(code[:5]) == code[5], name
    assert valid_municipality_code(code)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("addressee", ""),
        ("addressee", "12a"),
        ("addressee", "１２"),
        ("addressee", "-1"),
        ("addressee", "²"),
        ("individual", "1234567890"),
        ("individual", "123456789012"),
        ("municipality", "1310"),
        ("municipality", "131016"),
    ],
)
def test_bodies_that_do_not_fit_are_refused_without_showing_them(kind: str, body: str) -> None:
    with pytest.raises(CheckDigitError, match="半角数字で入力してください") as caught:
        check_digit(CheckDigitKind(kind), body)
    assert not body or body not in str(caught.value)


@pytest.mark.parametrize("number", ["", "0", "1", "１９", "abc"])
def test_what_is_no_number_is_not_valid(number: str) -> None:
    assert not valid_addressee_number(number)
    assert not valid_individual_number(number)
    assert not valid_municipality_code(number)


@given(st.text("0123456789", min_size=1, max_size=14), st.integers(0, 13), st.integers(1, 9))
def test_one_wrong_digit_is_noticed_unless_the_remainders_share_zero(
    body: str, place: int, shift: int
) -> None:
    place %= len(body)
    wrong = body[:place] + str((int(body[place]) + shift) % 10) + body[place + 1 :]
    right = with_check_digit(body)
    assert valid_addressee_number(right)
    # Remainders 0 and 1 both give the digit 0, so only there can a slip pass.
    assert not valid_addressee_number(wrong + right[-1]) or right[-1] == "0"
