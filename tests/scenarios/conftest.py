"""What every scenario stands on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.addresses.postal_rows import rows


@pytest.fixture(scope="module", autouse=True)
def few_postal_rows() -> Iterator[None]:
    """Whoever refreshes the address dictionary gets a few rows instead of 125,000: the town is an invented one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("residentapp.core.addresses.refresh.read_postal_rows", rows)
        yield
