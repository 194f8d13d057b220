"""An application of the test's own; Argon2id with the weakest parameters, so that tables of logins are quick."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from flask import Flask

from residentapp.core.access import passwords


@pytest.fixture
def app(own_app: Flask) -> Flask:
    """Tests of the gate add routes."""
    return own_app


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> PasswordHasher:
    """Makes hashing quick; the parameters in force otherwise have a test of their own."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", hasher)
    monkeypatch.setattr(passwords, "_NOBODY", hasher.hash("nobody"))
    return hasher
