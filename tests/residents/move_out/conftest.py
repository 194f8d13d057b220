"""The office of changes with its family; what is due, told and missing afterwards."""

from __future__ import annotations

from tests.residents.changes.conftest import family, lodging, office

__all__ = ["family", "lodging", "office"]
