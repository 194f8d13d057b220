"""Argon2id with the weakest parameters, so that a table of logins does not take minutes."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from residentapp.core.access import passwords


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> PasswordHasher:
    """Makes hashing quick; the parameters in force otherwise have a test of their own."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", hasher)
    monkeypatch.setattr(passwords, "_NOBODY", hasher.hash("nobody"))
    return hasher
