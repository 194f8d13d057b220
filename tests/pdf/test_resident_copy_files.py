"""The PDF files of the two copies: identical bytes, title, language, font (FM-3, FM-4)."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from residentapp.core.documents import RenderedForm
from tests.pdf.copies import FORMS, HOUSEHOLD, embedded_font, household
from tests.support.documents import MOMENT, draw, mj_fonts, sample_data

pytestmark = pytest.mark.pdf


@pytest.mark.requirement("FM-3", partial=True)
@pytest.mark.parametrize("name", FORMS)
def test_equal_data_and_moment_give_equal_bytes_and_any_other_do_not(name: str) -> None:
    first = draw(name, sample_data(name))
    assert draw(name, sample_data(name)).pdf == first.pdf
    assert draw(name, sample_data(name), moment=MOMENT + timedelta(seconds=1)).pdf != first.pdf
    data = sample_data(name)
    data["address"] += "様方"
    assert draw(name, data).pdf != first.pdf


@pytest.mark.requirement("FM-3", partial=True)
def test_another_process_gives_the_same_bytes() -> None:
    """Whatever the hash seed, the time, the time zone or what was drawn before."""
    program = (
        "import hashlib; from tests.support.documents import draw, sample_data;"
        f"print(hashlib.sha256(draw({HOUSEHOLD!r}, sample_data({HOUSEHOLD!r})).pdf).hexdigest())"
    )
    root = Path(__file__).resolve().parents[2]
    digests = {hashlib.sha256(draw(HOUSEHOLD, sample_data(HOUSEHOLD)).pdf).hexdigest()}
    for seed, zone, epoch in (("1", "UTC", "86400"), ("2", "Asia/Tokyo", "")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "SOURCE_DATE_EPOCH": epoch}
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(done.stdout.strip())
    assert len(digests) == 1


@pytest.mark.requirement("FM-3", partial=True)
@pytest.mark.parametrize("name", FORMS)
def test_title_language_date_and_embedded_font(name: str) -> None:
    with pikepdf.open(BytesIO(draw(name, sample_data(name)).pdf)) as document:
        assert document.check_pdf_syntax() == []
        assert str(document.Root["/Lang"]) == "ja"
        assert bool(document.Root["/ViewerPreferences"]["/DisplayDocTitle"])
        assert str(document.docinfo["/CreationDate"]) == "D:20261124090000+09'00'"
        font = document.pages[0]["/Resources"]["/Font"]["/F"]
        assert (str(font["/Subtype"]), str(font["/Encoding"])) == ("/Type0", "/Identity-H")
        assert str(font["/BaseFont"])[8:] == mj_fonts().main.name
        assert [float(side) for side in document.pages[0]["/MediaBox"]] == pytest.approx(
            [0, 0, 595.28, 841.89]
        )


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        draw(HOUSEHOLD, household("架空　一郎"), moment=MOMENT.replace(tzinfo=None))


@pytest.mark.requirement("FM-4", partial=True)
def test_a_certificate_holds_only_the_glyphs_it_shows() -> None:
    drawn: RenderedForm = draw(HOUSEHOLD, sample_data(HOUSEHOLD))
    # The font file alone is 46 MB.
    assert len(drawn.pdf) < 100_000
    font, _ = embedded_font(drawn.pdf)
    assert font["maxp"].numGlyphs < 300
    assert "fpgm" not in font and "prep" not in font
