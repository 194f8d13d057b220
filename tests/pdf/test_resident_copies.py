"""The two copies of the resident record, drawn and read back with pdfium and poppler."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageStat

from residentapp.core.documents import (
    OMITTED,
    FormDataError,
    OverflowRule,
    draw_seal,
    load_template,
    split_text,
)
from residentapp.core.documents.compiled import WATERMARK_GREY
from tests.pdf.copies import FORMS, HOUSEHOLD, INDIVIDUAL, JOINT, embedded_font, history, household, with_name
from tests.support.documents import (
    draw,
    ipaex_fonts,
    page_picture,
    page_texts,
    poppler_text,
    sample_data,
    squeezed,
)

pytestmark = pytest.mark.pdf

GOLDEN = Path(__file__).parent / "golden"

RARE = "辻\U000e0102辻\U000e0103葛\U000e0102邉\U000e010f𠮷﨑"
LONG_NAME = (
    "MARIA GUADALUPE ESPERANZA CONCEPCION FERNANDEZ DE CORDOBA Y ALVAREZ DE TOLEDO VON HOHENFELS "
    "THE THIRD OF THE ISLANDS OF SAINT MAGDALENA ANASTASIA OLIV"
)
CERTIFIED = "相違ないことを証明する"


def test_the_picture_test_notices_a_moved_box() -> None:
    expected = Image.open(GOLDEN / f"{HOUSEHOLD}.png").convert("L")
    moved = ImageChops.offset(expected, 1, 0)
    assert ImageStat.Stat(ImageChops.difference(moved, expected)).mean[0] > 4


@pytest.mark.requirement("RR-1.1.3a", partial=True)
def test_the_individual_copy_of_a_foreign_resident_has_the_foreign_items_and_no_japanese_ones() -> None:
    data = sample_data(INDIVIDUAL)
    data["member"] = copy.deepcopy(sample_data(HOUSEHOLD)["members"][2])
    del data["member"]["remarks"]
    [text] = page_texts(draw(INDIVIDUAL, data).pdf)
    for item in (
        "ZHANG YULIN",
        "国籍・地域",
        "中長期在留者",
        "技術・人文知識・国際業務",
        "2028年10月1日",
        "AB12345678CD",
    ):
        assert item in text
    assert "通称「住民　玉子」" in text
    for item in ("本　　籍", "筆 頭 者", "旧　　氏"):
        assert item not in text


# Characters


@pytest.mark.requirement("CM-1.2", partial=True)
def test_each_variant_is_one_glyph_one_cell_and_reads_back_with_its_selector() -> None:
    drawn = draw(HOUSEHOLD, with_name(RARE))
    assert not drawn.needs_attention
    assert RARE in page_texts(drawn.pdf)[0]
    assert RARE in poppler_text(drawn.pdf)
    font, to_unicode = embedded_font(drawn.pdf)
    for character in split_text(RARE):
        utf16 = character.encode("utf-16-be").hex().upper()
        [line] = [line for line in to_unicode.splitlines() if line.endswith(f" <{utf16}>")]
        glyph = font.getGlyphName(int(line[1:5], 16))
        assert font["hmtx"][glyph][0] == 2048
        assert font["glyf"][glyph].numberOfContours > 0
    # The selectors themselves have no glyph of their own: as many glyphs as characters, and .notdef.
    entries = [line for line in to_unicode.splitlines() if line.startswith("<") and line.count("<") == 2][1:]
    assert font["maxp"].numGlyphs == len(entries) + 1


def test_the_two_forms_of_tsuji_are_drawn_differently_on_the_page() -> None:
    one, two = (
        page_picture(draw(HOUSEHOLD, with_name(f"辻{s}")).pdf, dots_per_inch=150)
        for s in "\U000e0102\U000e0103"
    )
    difference = ImageChops.difference(one, two).getbbox()
    assert difference is not None
    left, top, right, bottom = difference
    # Only inside the one character: 12 pt at 150 dpi is 25 dots.
    assert right - left <= 25 and bottom - top <= 25


@pytest.mark.requirement("CM-1.2", "RR-5.8b", partial=True)
def test_an_unregistered_pair_is_drawn_as_its_base_reported_and_kept_in_the_text() -> None:
    drawn = draw(HOUSEHOLD, with_name("辻\U000e0100　太郎"))
    base = draw(HOUSEHOLD, with_name("辻　太郎"))
    [issue] = drawn.unregistered
    assert (issue.page, issue.field, issue.label) == (1, "members[1].name", "氏名")
    assert (issue.character, issue.code_points) == ("辻\U000e0100", "U+8FBB U+E0100")
    assert drawn.needs_attention and not drawn.missing
    assert "辻\U000e0100　太郎" in page_texts(drawn.pdf)[0]
    assert page_picture(drawn.pdf).tobytes() == page_picture(base.pdf).tobytes()


@pytest.mark.requirement("CM-1.2", "RR-5.8b", partial=True)
def test_a_missing_character_is_seen_reported_and_kept_in_the_text() -> None:
    name = "架\U0010de92　太郎"
    drawn = draw(HOUSEHOLD, with_name(name))
    [issue] = drawn.missing
    assert (issue.field, issue.code_points) == ("members[1].name", "U+10DE92")
    assert name in page_texts(drawn.pdf)[0]
    assert (
        page_picture(drawn.pdf).tobytes()
        == page_picture(draw(HOUSEHOLD, with_name("架〓　太郎")).pdf).tobytes()
    )


def test_characters_of_the_history_are_reported_too_once_for_each_entry() -> None:
    data = history(2)
    data["notes"][1]["text"] = ["辻\U000e0100ビル"] * 3
    [issue] = draw(INDIVIDUAL, data).unregistered
    assert (issue.field, issue.label) == ("notes[2].text", "統合記載欄")


def test_without_the_standard_font_what_it_lacks_is_reported() -> None:
    drawn = draw(HOUSEHOLD, with_name("辻\U000e0102𠮷野"), fonts=ipaex_fonts())
    assert "U+8FBB U+E0102" in {issue.code_points for issue in drawn.unregistered}
    assert "U+20BB7" in {issue.code_points for issue in drawn.missing}


def test_personal_data_stay_out_of_repr() -> None:
    drawn = draw(HOUSEHOLD, with_name("辻\U000e0100\U0010de92" + "極" * 200))
    assert drawn.unregistered and drawn.missing and drawn.overflows
    assert "辻" not in repr(drawn) and "極" not in repr(drawn)


# Overflow


@pytest.mark.requirement("RR-5.8a", "FM-2", partial=True)
def test_a_foreign_name_of_150_characters_is_printed_whole_inside_its_box() -> None:
    assert len(LONG_NAME) == 150
    data = sample_data(HOUSEHOLD)
    data["members"][2]["name"] = LONG_NAME
    drawn = draw(HOUSEHOLD, data)
    assert not drawn.overflows
    assert squeezed(LONG_NAME) in squeezed(page_texts(drawn.pdf)[0])


@pytest.mark.requirement("RR-5.8b", "FM-2", partial=True)
@pytest.mark.parametrize(
    ("rule", "printed"), [(OverflowRule.CUT, True), (OverflowRule.BLANK, False), ("cut", True)]
)
def test_what_does_not_fit_is_cut_or_left_blank_and_listed(rule: OverflowRule, printed: bool) -> None:
    name = "".join(chr(0x4E00 + number) for number in range(400))
    drawn = draw(HOUSEHOLD, with_name(name), overflow=rule)
    [overflow] = drawn.overflows
    assert (overflow.page, overflow.field, overflow.label) == (1, "members[1].name", "氏名")
    assert (overflow.total, overflow.text, overflow.rule) == (400, name, OverflowRule(rule))
    text = squeezed(page_texts(drawn.pdf)[0])
    if printed:
        assert 0 < overflow.printed < 400
        assert name[: overflow.printed] in text
        assert name[: overflow.printed + 1] not in text
    else:
        assert overflow.printed == 0
        assert name[4:6] not in text


@pytest.mark.requirement("FM-2", partial=True)
def test_no_text_leaves_its_box() -> None:
    """With every text far too long, the ruled lines between the boxes stay as white beside as they are."""
    data = household("極" * 300)
    member = data["members"][0]
    for key in member:
        if key != "kind":
            member[key] = "極" * 300
    drawn = draw(HOUSEHOLD, data)
    assert len(drawn.overflows) == len(member) - 1
    with pypdfium2.PdfDocument(drawn.pdf) as document:
        textpage = document[0].get_textpage()
        boxes = [
            textpage.get_charbox(i)
            for i in range(textpage.count_chars())
            if textpage.get_text_range(i, 1) == "極"
        ]
    assert len(boxes) == sum(overflow.printed for overflow in drawn.overflows)
    mm = 72 / 25.4
    # Edges of the first member's rows (mm from the top), as the template rules them.
    edges = [42 + row for row in (0, 9, 15, 21, 29, 37, 44, 51)]
    for left, bottom, right, top in boxes:
        upper, lower = 297 - top / mm, 297 - bottom / mm
        assert any(a <= upper and lower <= b for a, b in pairwise(edges))
        assert left / mm >= 18 and right / mm <= 198


# Pages


@pytest.mark.requirement("RR-5.1c", "RR-5.5a", "FM-1", "FM-7", partial=True)
@pytest.mark.parametrize(("members", "pages"), [(1, 1), (4, 1), (5, 2), (8, 2), (9, 3)])
def test_four_members_a_page_certified_on_the_last_only(members: int, pages: int) -> None:
    names = [f"架空　{number}郎" for number in range(members)]
    drawn = draw(HOUSEHOLD, household(*names))
    texts = page_texts(drawn.pdf)
    assert drawn.pages == len(texts) == pages
    for page, text in enumerate(texts, 1):
        assert f"20261124 架空市 本庁1 プリンタ001 011 {page}/{pages}\n" in text + "\n"
        assert (CERTIFIED in text) is (page == pages)
        assert ("架空県架空市長　　架空　次郎" in text) is (page == pages)
        assert ("次のページに続く" in text) is (page < pages)
        for number, name in enumerate(names, 1):
            assert (name in text) is (4 * (page - 1) < number <= 4 * page)
        assert ("以下余白" in text) is (page == pages)
    seals = []
    with pypdfium2.PdfDocument(drawn.pdf) as document:
        for page_object in document:
            seals.append(
                sum(1 for item in page_object.get_objects() if item.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE)
            )
    assert seals == [0] * (pages - 1) + [1]


@pytest.mark.requirement("RR-5.1c", "RR-5.5a", "FM-1", partial=True)
def test_a_long_history_flows_over_pages_complete_and_in_order() -> None:
    drawn = draw(INDIVIDUAL, history(60))
    texts = page_texts(drawn.pdf)
    assert drawn.pages == len(texts) >= 3
    lines = [line for text in texts for line in text.split("\n") if line.startswith("変更後")]
    # pdfium may put a line of another column behind it; the address stands first.
    assert [line.split(" ")[0] for line in lines] == [
        f"変更後　架空県架空市西町{n}番地" for n in range(1, 61)
    ]
    for page, text in enumerate(texts, 1):
        assert f"012 {page}/{len(texts)}" in text
        assert "辻\U000e0102　花子" in text  # whose sheet it is, on every one
        assert (CERTIFIED in text) is (page == len(texts))
        assert ("以下余白" in text) is (page == len(texts))


def test_the_end_mark_never_stands_on_a_sheet_of_its_own() -> None:
    counts = {entries: draw(INDIVIDUAL, history(entries)) for entries in range(10, 20)}
    assert all("以下余白" in page_texts(drawn.pdf)[-1] for drawn in counts.values())
    full = max(entries for entries, drawn in counts.items() if drawn.pages == 1)
    assert counts[full + 1].pages == 2
    assert f"西町{full + 1}番地" in page_texts(counts[full + 1].pdf)[1]


def test_an_entry_longer_than_a_page_is_split_between_lines() -> None:
    data = history(1)
    data["notes"][0]["text"] = [f"行{number}終" for number in range(1, 121)]
    texts = page_texts(draw(INDIVIDUAL, data).pdf)
    assert len(texts) == 3
    assert squeezed("".join(texts)).count("終") == 120


def test_no_history_leaves_only_the_mark() -> None:
    data = sample_data(INDIVIDUAL)
    data["notes"] = []
    [text] = page_texts(draw(INDIVIDUAL, data).pdf)
    assert "以下余白" in text and "異動履歴" not in text


@pytest.mark.requirement("FM-1", "CM-5.1", partial=True)
@pytest.mark.parametrize("name", FORMS)
def test_nothing_is_in_the_file_but_what_was_given(name: str) -> None:
    """The file has a character only if the data or the template's own words have it: no other person leaks in."""
    others = draw(HOUSEHOLD, household("麒麟　鳳凰"))  # drawn before, with the same shared fonts and template
    assert "麒麟" in page_texts(others.pdf)[0]
    drawn = draw(name, sample_data(name))
    _, to_unicode = embedded_font(drawn.pdf)
    for character in "麒麟鳳凰":
        assert f"<{ord(character):04X}>" not in to_unicode
    with pikepdf.open(BytesIO(drawn.pdf)) as document:
        info = {key: str(value) for key, value in document.docinfo.items()}
        assert set(info) == {"/Title", "/Producer", "/CreationDate", "/ModDate"}
        assert info["/Title"] == load_template(name).title


@pytest.mark.requirement("CM-5.2", partial=True)
def test_documents_drawn_at_the_same_time_never_mix() -> None:
    surnames = [chr(0x5000 + number) * 3 for number in range(48)]
    alone = [draw(HOUSEHOLD, with_name(name)).pdf for name in surnames]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda name: draw(HOUSEHOLD, with_name(name)).pdf, surnames))
    assert together == alone
    for name, pdf in zip(surnames, together, strict=True):
        text = page_texts(pdf)[0]
        assert [other for other in surnames if other in text] == [name]


# Words and options


@pytest.mark.requirement("FM-1", "FM-6", "RR-5.7a", "RR-5.3a", "RR-5.3b", partial=True)
def test_blank_omitted_official_use_and_kana() -> None:
    data = household("架空　一郎")
    member = data["members"][0]
    member.update(former_name=None, resident_code=OMITTED, individual_number={"omitted": "（記載しない）"})
    [plain] = page_texts(draw(HOUSEHOLD, data).pdf)
    assert plain.count("【空欄】") == 1
    assert plain.count("＊＊＊省略＊＊＊") == 1
    assert "（記載しない）" in plain
    assert "公　用" not in plain and "（カクウ" not in plain
    data["official_use"] = True
    member.update(name_kana="カクウ　イチロウ", former_name_kana="キュウシ")
    [text] = page_texts(draw(HOUSEHOLD, data).pdf)
    assert "公　用" in text
    assert "架空　一郎　（カクウ　イチロウ）" in text
    # There is no former name to add its kana to.
    assert "キュウシ" not in text


@pytest.mark.requirement("FM-1", partial=True)
@pytest.mark.parametrize("name", FORMS)
def test_a_specimen_says_so_on_every_page_and_the_real_one_never(name: str) -> None:
    data = household(*"一二三四五", form=name) if name in JOINT else history(40, name)
    specimen = draw(name, data, sample=True)
    real = draw(name, data)
    assert specimen.pages == real.pages >= 2
    assert all("見本" in text for text in page_texts(specimen.pdf))
    assert not any("見本" in text for text in page_texts(real.pdf))
    for page in range(real.pages):
        # Its one shade of grey covers far more of the page than smoothed edges of that shade.
        shade = round(WATERMARK_GREY * 255)
        assert page_picture(specimen.pdf, page).histogram()[shade] > 5_000
        assert page_picture(real.pdf, page).histogram()[shade] < 1_000


@pytest.mark.requirement("RR-5.6b", partial=True)
def test_the_seal_is_black_and_at_most_25_mm_and_can_be_left_out() -> None:
    data = household("架空　一郎")
    data["certification"].update(seal_png=draw_seal("架空市長之印"), seal_note="この印は黒色です。")
    drawn = draw(HOUSEHOLD, data)
    with pypdfium2.PdfDocument(drawn.pdf) as document:
        [seal] = [item for item in document[0].get_objects() if item.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
        left, bottom, right, top = seal.get_bounds()
        assert right - left <= 25.01 * 72 / 25.4 and top - bottom <= 25.01 * 72 / 25.4
        assert right - left == pytest.approx(25 * 72 / 25.4, abs=0.1)
    corner = page_picture(drawn.pdf, dots_per_inch=144).getpixel(
        (round(left * 2) + 2, round((841.89 - top) * 2) + 2)
    )
    assert corner == 0
    assert "この印は黒色です。" in page_texts(drawn.pdf)[0]
    data["certification"].update(seal_png=None, seal_note="公印省略")
    without = draw(HOUSEHOLD, data)
    assert "公印省略" in page_texts(without.pdf)[0]
    with pypdfium2.PdfDocument(without.pdf) as document:
        assert not [i for i in document[0].get_objects() if i.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]


def test_a_wrong_shape_draws_nothing() -> None:
    data = household("架空　一郎")
    data["members"][0]["telephone"] = "000"
    with pytest.raises(FormDataError, match="telephone"):
        draw(HOUSEHOLD, data)
