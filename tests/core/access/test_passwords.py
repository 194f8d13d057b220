"""Passwords: what is refused, and how they are kept (CM-5)."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from residentapp.core.access import passwords
from residentapp.core.access.passwords import (
    hash_password,
    is_common,
    needs_rehash,
    password_problems,
    verify_password,
)

GOOD = "kawara-no-tanuki-7"


@pytest.mark.requirement("CM-5", partial=True)
def test_a_hash_is_argon2id_with_todays_parameters() -> None:
    hashed = hash_password(GOOD)
    assert hashed.startswith("$argon2id$")
    assert GOOD not in hashed
    assert not needs_rehash(hashed)
    assert needs_rehash(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD))
    assert verify_password(hashed, GOOD)
    assert not verify_password(hashed, GOOD + "x")
    assert hash_password(GOOD) != hashed


@pytest.mark.usefixtures("quick_hashes")
def test_a_keyboard_left_in_full_width_does_not_matter() -> None:
    assert verify_password(hash_password("ｋａｗａｒａ－ｎｏ－ｔａｎｕｋｉ－７"), GOOD)


@pytest.mark.usefixtures("quick_hashes")
def test_no_hash_and_a_broken_hash_fit_nothing() -> None:
    assert not verify_password(None, "nobody")
    assert not verify_password("", "")
    assert not verify_password("$argon2id$broken", GOOD)


@pytest.mark.requirement("CM-5", partial=True)
@pytest.mark.parametrize(
    ("password", "length_is_fine"),
    [("kawaranotan", False), ("kawaranotanu", True), ("kawaranotanuk", True)],
)
def test_twelve_characters_are_the_least(password: str, length_is_fine: bool) -> None:
    assert (password_problems(password, login="x1") == []) is length_is_fine


@pytest.mark.parametrize(("length", "fine"), [(127, True), (128, True), (129, False)])
def test_a_hundred_and_twenty_eight_are_the_most(length: int, fine: bool) -> None:
    password = ("kawaranotanukihebi" * 8)[:length]
    assert (password_problems(password, login="x1") == []) is fine


@pytest.mark.requirement("CM-5", partial=True)
@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "Password2026!",
        "P@ssw0rd2026",
        "!!sakura!!sakura",
        "sakurasakura01",
        "qwertyuiop12",
        "1qaz2wsx3edc4rfv",
        "123456789012",
        "098765432109",
        "202611242026",
        "abcdefghijkl",
        "aaaaaaaaaaaa",
        "abababababab",
        "administrator",
        "shiyakusho2026",
        "Juuminhyou-2026",
        "ｐａｓｓｗｏｒｄ１２３４",
        "iloveyouiloveyou",
        "welcome-admin-1",
    ],
)
def test_what_everybody_chooses_is_refused(password: str) -> None:
    assert any("推測されやすい" in problem for problem in password_problems(password, login="x1"))


@pytest.mark.parametrize("password", [GOOD, "川原の狸が月を見て踊る夜", "vT9#qLm2!xRw", "tanuki tsuki hashi"])
def test_long_and_unusual_is_enough(password: str) -> None:
    assert not is_common(password)
    assert password_problems(password, login="x1") == []


@pytest.mark.requirement("CM-5", partial=True)
@pytest.mark.parametrize("password", ["tanto-no-tanuki-7", "xTANTOx-kawara-9"])
def test_the_login_name_within_is_refused(password: str) -> None:
    problems = password_problems(password, login="tanto")
    assert len(problems) == 1
    assert "利用者ID" in problems[0]


def test_control_characters_are_refused() -> None:
    assert "制御文字" in password_problems("kawara\tno\ntanuki", login="x1")[0]


@pytest.mark.usefixtures("quick_hashes")
def test_an_earlier_password_is_refused() -> None:
    earlier = [hash_password("yama-no-kitsune-1"), hash_password(GOOD)]
    assert "以前に使った" in password_problems(GOOD, login="x1", earlier=earlier)[0]
    assert password_problems(GOOD + "8", login="x1", earlier=earlier) == []


def test_the_list_is_lower_case_letters_only() -> None:
    assert len(passwords.COMMON_WORDS) > 200
    assert all(word.isascii() and word.isalpha() and word.islower() for word in passwords.COMMON_WORDS)
