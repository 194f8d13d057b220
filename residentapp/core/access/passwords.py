"""Passwords: Argon2id, and rules that keep out what is guessed first (CM-5).

No demand for capitals, digits or signs, and no forced change after some months: both make people write
passwords down or count them up. Length and a list of what everybody chooses do more (NIST SP 800-63B 5.1.1).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from residentapp.core.access.common_passwords import COMMON_WORDS, RUNS

MIN_LENGTH = 12
#: Longer ones only serve to keep the processor busy.
MAX_LENGTH = 128
#: How many of the last passwords may not come back.
HISTORY_LENGTH = 5
_MIN_DISTINCT = 5

#: Argon2id with the library's parameters for interactive login (RFC 9106, second recommended option).
_hasher = PasswordHasher()
#: Verified when there is no such user, so that the answer takes as long as for a user who exists.
_NOBODY = _hasher.hash("nobody has this password")

_LEET = str.maketrans("0134578@$!", "oieastbasi")
_EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def normalized(password: str) -> str:
    """The form that is hashed: full-width and half-width spellings of a keyboard in another mode are one."""
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """Argon2id hash with its parameters and a fresh salt."""
    return _hasher.hash(normalized(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password fits. Takes as long when there is no hash, and then says no."""
    try:
        return _hasher.verify(password_hash or _NOBODY, normalized(password)[:MAX_LENGTH]) and bool(
            password_hash
        )
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def is_common(password: str) -> bool:
    """Whether it is a word from the list, alone, repeated, or with digits and signs around it, or a run of keys.

    ``Password2026!``, ``sakurasakura01`` and ``qwertyuiop12`` are; they are tried first by everybody.
    """
    text = normalized(password).casefold()
    letters = re.sub(r"[\W_]", "", text)
    if letters.isdigit() or any(letters in run for run in RUNS):
        return True
    candidates = {_EDGES.sub("", text), _EDGES.sub("", text).translate(_LEET), text.translate(_LEET)}
    stripped = {re.sub(r"[\W\d_]", "", candidate) for candidate in candidates}
    return any(_made_of_common_words(candidate) for candidate in stripped)


def _made_of_common_words(text: str) -> bool:
    """Whether the whole text is a row of words from the list."""
    reached = {0}
    for start in range(len(text)):
        if start in reached:
            reached |= {start + len(word) for word in COMMON_WORDS if text.startswith(word, start)}
    return len(text) in reached


def password_problems(password: str, *, login: str, earlier: Iterable[str] = ()) -> list[str]:
    """What is wrong with a new password, in words for the user; empty when it may be used.

    :param earlier: hashes of the passwords that may not come back.
    """
    text = normalized(password)
    problems = []
    if len(text) < MIN_LENGTH:
        problems.append(f"パスワードが短すぎます。{MIN_LENGTH}文字以上にしてください。")
    if len(text) > MAX_LENGTH:
        problems.append(f"パスワードが長すぎます。{MAX_LENGTH}文字以内にしてください。")
    if login and login.casefold() in text.casefold():
        problems.append("パスワードに利用者IDが含まれています。含まない文字列にしてください。")
    if problems:
        return problems
    if any(unicodedata.category(character) == "Cc" for character in text):
        problems.append("パスワードに使えない文字（制御文字）があります。入力し直してください。")
    elif len(set(text)) < _MIN_DISTINCT or is_common(text):
        problems.append(
            "推測されやすいパスワードです。いくつかの言葉をつなげるなど、よく使われない文字列にしてください。"
        )
    elif any(verify_password(hashed, text) for hashed in earlier):
        problems.append("以前に使ったパスワードです。新しいパスワードにしてください。")
    return problems
