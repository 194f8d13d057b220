"""Looking characters up: pairs through cmap format 14, missing ones never silent (CM-1)."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from residentapp.core.documents import FontError, FontFace, Fonts, GlyphStatus, split_text
from residentapp.core.documents.subset import CharacterCodes, font_file, subset_name, to_unicode, widths
from tests.support.documents import (
    IPAEX_FONT,
    MJ_FONT,
    ipaex_fonts,
    mj_fonts,
    outline_of,
    write_font,
)

GJ = "\U0010de92"


def test_a_base_and_its_selector_are_one_character() -> None:
    text = "辻\U000e0102𠮷﨑A\ufe00か"
    assert split_text(text) == ["辻\U000e0102", "𠮷", "﨑", "A\ufe00", "か"]


def test_a_selector_without_a_base_stays_alone_and_nothing_is_lost() -> None:
    text = "\U000e0102辻\U000e0102\U000e0103\n"
    assert split_text(text) == ["\U000e0102", "辻\U000e0102", "\U000e0103", "\n"]


@pytest.mark.requirement("CM-1.2", partial=True)
@pytest.mark.parametrize(
    ("character", "status"),
    [
        ("辻", GlyphStatus.EXACT),
        ("辻\U000e0102", GlyphStatus.EXACT),
        ("辻\U000e0103", GlyphStatus.EXACT),
        ("葛\U000e0102", GlyphStatus.EXACT),
        ("葛\U000e0108", GlyphStatus.EXACT),
        ("邉\U000e010f", GlyphStatus.EXACT),
        ("𠮷", GlyphStatus.EXACT),
        ("﨑", GlyphStatus.EXACT),
        # IPAex明朝, the fallback, has this pair, but of another collection: it must not answer.
        ("辻\U000e0100", GlyphStatus.UNREGISTERED),
        ("葛\U000e0109", GlyphStatus.UNREGISTERED),
        (GJ, GlyphStatus.MISSING),
        ("\u0e01", GlyphStatus.MISSING),
        ("\x07", GlyphStatus.MISSING),
    ],
)
def test_how_faithfully_a_character_is_drawn(character: str, status: GlyphStatus) -> None:
    glyph = mj_fonts().glyph(character)
    assert glyph.status is status
    assert glyph.character == character


def test_variants_have_outlines_of_their_own_and_an_unregistered_pair_has_its_base_outline() -> None:
    fonts = mj_fonts()
    base, one, two = (fonts.glyph(text).outline for text in ("辻", "辻\U000e0102", "辻\U000e0103"))
    assert one != two
    assert base in (one, two)
    assert fonts.glyph("辻\U000e0100").outline == base


def test_statuses_lists_only_what_is_not_exact() -> None:
    assert mj_fonts().statuses(f"辻\U000e0100辻\U000e0102{GJ}太郎") == {
        "辻\U000e0100": GlyphStatus.UNREGISTERED,
        GJ: GlyphStatus.MISSING,
    }


def test_without_a_configured_font_another_japanese_font_is_used() -> None:
    fonts = Fonts()
    assert fonts.glyph("住").status is GlyphStatus.EXACT
    assert len(fonts.faces) == 1


def test_a_missing_character_is_drawn_as_geta_but_keeps_its_own_text() -> None:
    fonts = ipaex_fonts()
    missing, geta = fonts.glyph(GJ), fonts.glyph("〓")
    assert missing.status is GlyphStatus.MISSING
    assert missing.outline == geta.outline != b""
    assert missing.utf16 == "DBF7DE92"


def test_a_missing_character_is_seen_even_in_a_font_without_geta(tmp_path: Path) -> None:
    fonts = Fonts(fallback=[write_font(tmp_path / "few.ttf", {"A": 500})])
    glyph = fonts.glyph("B")
    assert glyph.status is GlyphStatus.MISSING
    assert glyph.outline not in (b"", fonts.glyph("A").outline)


@pytest.mark.requirement("CM-1.2", partial=True)
@pytest.mark.parametrize("cubic", [False, True])
def test_plane_16_additions_come_from_their_own_font_scaled_to_the_same_em(
    tmp_path: Path, cubic: bool
) -> None:
    path = write_font(tmp_path / "gj.otf", {GJ: 500}, units_per_em=1000, cubic=cubic)
    fonts = Fonts(gj_path=path, fallback=[IPAEX_FONT])
    glyph = fonts.glyph(GJ)
    assert glyph.status is GlyphStatus.EXACT
    assert glyph.width == 1000
    points = {
        point
        for operator, arguments in outline_of(font_file(fonts, [glyph]), 1)
        for point in arguments
        if operator in ("moveTo", "lineTo")
    }
    assert points == {(0, 0), (0, 1024), (1024, 1024), (1024, 0)}


def test_a_composite_glyph_is_embedded_as_one_outline(tmp_path: Path) -> None:
    source = TTFont(write_font(tmp_path / "one.ttf", {"A": 100}, units_per_em=2048))
    pen = TTGlyphPen({"u41": None})
    pen.addComponent("u41", (1, 0, 0, 1, 0, 0))
    pen.addComponent("u41", (1, 0, 0, 1, 300, 50))
    source["glyf"][".notdef"] = pen.glyph()
    source.save(tmp_path / "two.ttf")
    face = FontFace(tmp_path / "two.ttf")
    contours, left, bottom, right, top = struct.unpack(">hhhhh", face.outline(0)[:10])
    assert (contours, left, bottom, right, top) == (2, 0, 0, 400, 150)


@pytest.mark.parametrize("content", [None, b"", b"this is not a font at all, only some bytes"])
def test_an_unusable_font_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.ttf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FontError, match=r"broken\.ttf"):
        FontFace(path)


def test_no_font_at_all_is_said() -> None:
    with pytest.raises(FontError, match="fonts-ipaexfont-mincho"):
        Fonts(fallback=[])


def test_codes_start_after_the_template_and_follow_first_use() -> None:
    fonts = ipaex_fonts()
    codes = CharacterCodes(fonts, [fonts.glyph("氏"), fonts.glyph("名")])
    assert codes.encode("太郎氏") == "000300040001"
    assert codes.encode("郎太") == "00040003"
    assert [glyph.character for glyph in codes.glyphs] == ["氏", "名", "太", "郎"]


def test_to_unicode_writes_selectors_and_planes_beyond_the_first_as_surrogate_pairs() -> None:
    fonts = ipaex_fonts()
    cmap = to_unicode([fonts.glyph(text) for text in ("A", "辻\U000e0100", "𠮷", GJ)]).decode()
    assert "<0001> <0041>\n<0002> <8FBBDB40DD00>\n<0003> <D842DFB7>\n<0004> <DBF7DE92>\n" in cmap


def test_to_unicode_blocks_hold_at_most_a_hundred_entries() -> None:
    fonts = ipaex_fonts()
    cmap = to_unicode([fonts.glyph(chr(0x4E00 + number)) for number in range(250)]).decode()
    assert [line for line in cmap.splitlines() if line.endswith("beginbfchar")] == [
        "100 beginbfchar",
        "100 beginbfchar",
        "50 beginbfchar",
    ]


def test_widths_of_the_pdf_and_of_the_font_agree() -> None:
    fonts = ipaex_fonts()
    glyphs = [fonts.glyph(character) for character in "A住i 民"]
    assert glyphs[1].width == 1000
    assert widths(glyphs) == [1, [glyphs[0].width], 3, [glyphs[2].width, glyphs[3].width]]
    for glyph in glyphs:
        advance, _ = struct.unpack(">Hh", glyph.metrics)
        assert round(advance * 1000 / 2048) == glyph.width


def test_the_subset_is_a_sound_font_with_the_same_outlines() -> None:
    fonts = ipaex_fonts()
    text = "住A　i票"
    data = font_file(fonts, [fonts.glyph(character) for character in text])
    subset = TTFont(BytesIO(data), checkChecksums=2)
    source = TTFont(IPAEX_FONT)
    assert subset["maxp"].numGlyphs == len(text) + 1
    for code, character in enumerate(text, 1):
        drawn, original = RecordingPen(), RecordingPen()
        subset.getGlyphSet()[subset.getGlyphName(code)].draw(drawn)
        name = source.getBestCmap()[ord(character)]
        source.getGlyphSet()[name].draw(original)
        assert drawn.value == original.value
        assert subset["hmtx"][subset.getGlyphName(code)] == source["hmtx"][name]
        program = getattr(subset["glyf"][subset.getGlyphName(code)], "program", None)
        assert program is None or not program.getBytecode()


def test_the_subset_name_depends_on_the_characters_alone() -> None:
    fonts = ipaex_fonts()
    one = subset_name("Mincho", [fonts.glyph("住")])
    assert one == subset_name("Mincho", [fonts.glyph("住")])
    assert one != subset_name("Mincho", [fonts.glyph("民")])
    assert one[6:] == "+Mincho" and one[:6].isupper()


def test_every_variant_the_font_registers_is_found() -> None:
    font = TTFont(MJ_FONT, lazy=True)
    table = next(table for table in font["cmap"].tables if table.format == 14)
    face = mj_fonts().main
    checked = 0
    for selector, pairs in table.uvsDict.items():
        for base, name in pairs:
            expected = font.getGlyphID(name) if name else font.getGlyphID(font.getBestCmap()[base])
            assert face.find(chr(base) + chr(selector)) == (expected, True)
            checked += 1
    assert checked > 11000
