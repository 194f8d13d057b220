"""The office, the family and the lodging of the tests of changes."""

from __future__ import annotations

from tests.residents.changes.conftest import family, lodging, office

__all__ = ["family", "lodging", "office"]
