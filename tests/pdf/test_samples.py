"""The sample of every form there is: what it says, how it looks, and that it comes out the same each time.

What a form does with other data stands in the module of its kind.
"""

from __future__ import annotations

import pytest

from residentapp.core.documents import TEMPLATE_DIRECTORY
from tests.pdf.golden_files import assert_looks_as_golden, assert_reads_as_golden
from tests.support.documents import draw, sample_data

pytestmark = pytest.mark.pdf

#: A new form is found here by itself; without its golden files it fails.
FORMS = sorted(path.stem for path in TEMPLATE_DIRECTORY.glob("*.toml"))


@pytest.mark.requirement("FM-5", partial=True)
@pytest.mark.parametrize("name", FORMS)
def test_the_sample_reads_as_it_should(name: str) -> None:
    assert_reads_as_golden(name)


@pytest.mark.parametrize("name", FORMS)
def test_the_sample_looks_as_it_should(name: str) -> None:
    assert_looks_as_golden(name)


@pytest.mark.requirement("FM-3", partial=True)
@pytest.mark.parametrize("name", FORMS)
def test_the_same_data_give_the_same_bytes(name: str) -> None:
    assert draw(name, sample_data(name)).pdf == draw(name, sample_data(name)).pdf
