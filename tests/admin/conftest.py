"""Argon2id with the weakest parameters in the tests of the administration."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from residentapp.core.access import passwords


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes hashing quick; tests/core/access/test_passwords.py has the parameters in force otherwise."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", hasher)
