"""Web fonts: every character of the page has its own exact glyph, and the address tells nothing."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont

from residentapp.config import DEBIAN_FONT_FALLBACK, DEBIAN_FONT_MJ
from residentapp.core.documents.fonts import Fonts, GlyphStatus, split_text
from residentapp.core.web.fonts import MOST_CHARACTERS, UnknownFont, WebFonts, characters_of

TEXT = "辻\U000e0102辻\U000e0103葛\U000e0102葛\U000e0103邉\U000e010f邉\U000e0110𠮷﨑神髙アabc1"
SECRET = "a-secret-of-this-installation-0123456789"


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    return Fonts(DEBIAN_FONT_MJ, None, [DEBIAN_FONT_FALLBACK])


@pytest.fixture
def web_fonts(fonts: Fonts) -> WebFonts:
    return WebFonts(SECRET, lambda: fonts)


def read(web_fonts: WebFonts, text: str) -> Any:
    link = web_fonts.link(characters_of(text))
    assert link is not None
    return TTFont(io.BytesIO(web_fonts.woff2(link.token)))


def glyph_of(font: Any, character: str) -> str | None:
    """The glyph a browser takes: the pair's own (cmap format 14), else the base's."""
    if len(character) == 2:
        for table in font["cmap"].tables:
            if table.format == 14:
                for base, name in table.uvsDict.get(ord(character[1]), []):
                    if base == ord(character[0]):
                        return str(name)
    found = font.getBestCmap().get(ord(character[0]))
    return None if found is None else str(found)


def drawing(font: Any, glyph: str) -> list[Any]:
    pen = RecordingPen()
    font.getGlyphSet()[glyph].draw(pen)
    return pen.value


@pytest.mark.requirement("CM-1.2", partial=True)
def test_every_character_is_drawn_as_in_the_font_of_the_standard(web_fonts: WebFonts) -> None:
    made, original = read(web_fonts, TEXT), TTFont(DEBIAN_FONT_MJ, lazy=True)
    for character in split_text(TEXT):
        ours, theirs = glyph_of(made, character), glyph_of(original, character)
        assert ours is not None and theirs is not None
        assert drawing(made, ours) == drawing(original, theirs), character
        assert made["hmtx"][ours][0] == original["hmtx"][theirs][0], character


@pytest.mark.requirement("CM-1.2", partial=True)
def test_variants_of_one_base_differ(web_fonts: WebFonts) -> None:
    made = read(web_fonts, TEXT)
    for pair in (
        ("辻\U000e0102", "辻\U000e0103"),
        ("葛\U000e0102", "葛\U000e0103"),
        ("邉\U000e010f", "邉\U000e0110"),
    ):
        one, other = (drawing(made, glyph_of(made, character) or "") for character in pair)
        assert one != other, pair


def test_an_unregistered_pair_is_its_base_and_is_told(web_fonts: WebFonts) -> None:
    text = "辻辻\U000e0100"
    made = read(web_fonts, text)
    base, pair = glyph_of(made, "辻"), glyph_of(made, "辻\U000e0100")
    assert base is not None and pair is not None
    assert drawing(made, base) == drawing(made, pair)
    assert web_fonts.inexact(text) == {"辻\U000e0100": GlyphStatus.UNREGISTERED}


def test_a_base_that_comes_only_in_pairs_is_mapped_too(web_fonts: WebFonts) -> None:
    made = read(web_fonts, "邉\U000e010f")
    assert ord("邉") in made.getBestCmap()


def test_a_missing_character_is_visible_and_told(web_fonts: WebFonts) -> None:
    missing = "\U0010de92"
    made = read(web_fonts, missing + "〓")
    shown, geta = glyph_of(made, missing), glyph_of(made, "〓")
    assert shown is not None and geta is not None
    assert drawing(made, shown) == drawing(made, geta)
    assert web_fonts.status(missing) is GlyphStatus.MISSING


def test_the_tables_hold_together(web_fonts: WebFonts) -> None:
    made = read(web_fonts, TEXT)
    count = made["maxp"].numGlyphs
    assert count == len(made.getGlyphOrder()) == len(made["hmtx"].metrics)
    bmp = next(table for table in made["cmap"].tables if table.format == 4)
    full = next(table for table in made["cmap"].tables if table.format == 12)
    assert bmp.cmap == {code: name for code, name in full.cmap.items() if code < 0x10000}
    assert ord("𠮷") in full.cmap
    for name in made.getGlyphOrder():
        outline = made["glyf"][name]
        if outline.numberOfContours:
            assert made["maxp"].maxPoints >= len(outline.coordinates)
            assert made["head"].yMin <= outline.yMin and outline.yMax <= made["head"].yMax


@pytest.mark.requirement("CM-7", partial=True)
def test_the_address_tells_nothing_and_cannot_be_made_elsewhere(web_fonts: WebFonts, fonts: Fonts) -> None:
    link = web_fonts.link({"架", "空"})
    assert link is not None
    assert web_fonts.characters(link.token) == ["架", "空"]
    assert web_fonts.link({"空", "架"}) == link
    other = WebFonts(SECRET + "!", lambda: fonts)
    different = other.link({"架", "空"})
    assert different is not None and different.token != link.token
    for token in (different.token, link.token[:-2], "A" + link.token[1:], "", "%%%", "あ"):
        with pytest.raises(UnknownFont):
            web_fonts.characters(token)


def test_nodes_with_one_secret_answer_each_other(web_fonts: WebFonts, fonts: Fonts) -> None:
    link = WebFonts(SECRET, lambda: fonts).link({"架"})
    assert link is not None
    assert web_fonts.woff2(link.token) == WebFonts(SECRET, lambda: fonts).woff2(link.token)


def test_a_page_without_names_has_no_font(web_fonts: WebFonts) -> None:
    assert web_fonts.link(characters_of(" 　\n")) is None


def test_the_longest_address_stays_under_common_limits(web_fonts: WebFonts) -> None:
    most = [chr(0x4E00 + 7 * number) for number in range(MOST_CHARACTERS + 100)]
    link = web_fonts.link(most)
    assert link is not None
    assert len(web_fonts.characters(link.token)) == MOST_CHARACTERS
    assert len(link.token) < 6000


def test_a_page_s_font_is_made_in_time(web_fonts: WebFonts, fonts: Fonts) -> None:
    characters = [chr(0x4E00 + 11 * number) for number in range(300)]
    for character in characters:
        fonts.glyph(character)
    link = web_fonts.link(characters)
    assert link is not None
    best = float("inf")
    for round_number in range(5):
        fresh = WebFonts(SECRET, lambda: fonts)
        start = time.perf_counter()
        assert fresh.woff2(link.token).startswith(b"wOF2"), round_number
        best = min(best, time.perf_counter() - start)
    # Measured at 3 ms; the aim is 60 ms.
    assert best < 0.06
