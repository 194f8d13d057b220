"""The road of a case is tried with move-in, and with a procedure made for tests beside it."""

from __future__ import annotations

import pytest

from residentapp.residents.cases import procedure
from tests.residents.cases.pretence import PRETENCE, Pretence
from tests.residents.move_in.conftest import office as office  # a fixture


@pytest.fixture
def pretence(monkeypatch: pytest.MonkeyPatch) -> Pretence:
    """The second procedure, known for the time of the test."""
    monkeypatch.setitem(procedure._PROCEDURES, PRETENCE.code, PRETENCE)
    return PRETENCE
