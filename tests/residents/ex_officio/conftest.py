"""The office, the family and the lodging of the tests of changes."""

from __future__ import annotations

from tests.residents.changes.conftest import family as family
from tests.residents.changes.conftest import lodging as lodging
from tests.residents.changes.conftest import office as office
