"""Exact characters on screen: the page's own font draws each variant as it is, and marks what it cannot draw."""

from __future__ import annotations

import base64
import io
import unicodedata

import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageChops
from playwright.sync_api import expect
from sqlalchemy import select

from residentapp.config import Settings
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason
from tests.browser.conftest import Desk, Office
from tests.support import residents
from tests.support.server import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.requirement("RR-2.2.3", partial=True)]

#: Variants with a glyph of their own in IPAmj明朝, beside the plain character.
VARIANTS = [
    "辻\U000e0102", "辻\U000e0103", "葛\U000e0102", "邉\U000e010f", "邉\U000e0110", "邉\U000e0112", "𠮷", "﨑",
]  # fmt: skip
#: A pair that is not registered: U+E01EF stands for no variant of 山.
UNREGISTERED = "山\U000e01ef"


@pytest.fixture
def shown(desk: Desk) -> Desk:
    """文字情報 of all of them on a page."""
    desk.log_in("madoguchi1")
    desk.page.goto(f"{desk.address}/characters")
    desk.page.locator("main textarea, main input[type=text]").first.fill("".join([*VARIANTS, UNREGISTERED]))
    with desk.page.expect_navigation():
        desk.page.locator("main form").evaluate("form => form.requestSubmit()")
    desk.check_screen("characters-shown")
    return desk


def picture(desk: Desk, text: str, family: str) -> Image.Image:
    """The text drawn on white in a font of the page, 96 pixels high."""
    encoded = desk.page.evaluate(
        """async ([text, family]) => {
          await document.fonts.load(`96px ${family}`, text);
          const canvas = Object.assign(document.createElement("canvas"), { width: 140, height: 140 });
          const pen = canvas.getContext("2d");
          pen.fillStyle = "white"; pen.fillRect(0, 0, 140, 140);
          pen.fillStyle = "black"; pen.font = `96px ${family}`; pen.fillText(text, 20, 110);
          return canvas.toDataURL("image/png").split(",")[1];
        }""",
        [text, family],
    )
    return Image.open(io.BytesIO(base64.b64decode(encoded))).convert("L")


def differing(one: Image.Image, other: Image.Image) -> int:
    """Pixels that are clearly different."""
    return sum(ImageChops.difference(one, other).histogram()[64:])


def family_of(desk: Desk) -> str:
    """The family of the page's own font, which must have been loaded."""
    expect(desk.page.locator(".character-large").first).to_be_visible()
    # The font is linked after the text and may come a moment later, or change the family once its style is there.
    wait_until(desk.page, "[...document.fonts].some((font) => font.status === 'loaded')")
    family = desk.page.evaluate(
        "getComputedStyle(document.querySelector('.character-large')).fontFamily.split(',')[0]"
    )
    loaded = desk.page.evaluate(
        "document.fonts.ready.then(() => [...document.fonts].filter(f => f.status === 'loaded').map(f => f.family))"
    )
    assert family.strip("\"'") in [name.strip("\"'") for name in loaded]
    return str(family)


def test_each_variant_is_drawn_with_its_own_glyph(shown: Desk, office: Office) -> None:
    """Otherwise than the plain character wherever the font has another glyph for the pair, and as it where not."""
    family = family_of(shown)
    own = pairs_with_own_glyph()
    pictures = {text: picture(shown, text, family) for text in VARIANTS}
    blank = Image.new("L", (140, 140), 255)
    for text, drawn in pictures.items():
        assert differing(drawn, blank) > 500, f"{text!a} is blank"
        plain = picture(shown, {"𠮷": "吉", "﨑": "崎"}.get(text, text[0]), family)
        if len(text) == 1 or text in own:
            assert differing(drawn, plain) > 100, f"{text!a} looks like the plain character"
        else:
            assert differing(drawn, plain) <= 5, f"{text!a} is the plain character's own form"
    assert {text for text in VARIANTS if len(text) > 1} - own == {"辻\U000e0103", "邉\U000e010f"}
    for first, second in ((0, 1), (3, 4), (3, 5), (4, 5)):
        one, two = VARIANTS[first], VARIANTS[second]
        assert differing(pictures[one], pictures[two]) > 100, f"{one!a} and {two!a} look alike"


def pairs_with_own_glyph() -> set[str]:
    """Pairs for which the font that prints has another glyph than for the character alone."""
    path = Settings.from_environment({}).font_mj
    assert path is not None
    with TTFont(path, lazy=True) as font:
        plain = font.getBestCmap()
        [selectors] = [table for table in font["cmap"].tables if table.format == 14]
        return {
            chr(character) + chr(selector)
            for selector, pairs in selectors.uvsDict.items()
            for character, glyph in pairs
            if glyph is not None and glyph != plain.get(character)
        }


def test_variants_of_a_name_differ_on_the_page_itself(shown: Desk) -> None:
    """Not only on a canvas: what the clerk sees of 辻 with both selectors differs."""
    large = shown.page.locator(".character-large")
    assert [large.nth(place).inner_text() for place in (0, 1)] == VARIANTS[:2]
    one, two = (Image.open(io.BytesIO(large.nth(place).screenshot())).convert("L") for place in (0, 1))
    assert one.size == two.size
    assert differing(one, two) > 60


def test_an_unregistered_pair_is_marked_with_the_reason(shown: Desk, office: Office) -> None:
    large, states = shown.page.locator(".character-large"), shown.page.locator(".character-items dd.warn")
    assert large.count() == len(VARIANTS) + 1
    expect(states).to_have_count(1)
    expect(states).to_contain_text("異体字の登録なし")
    # On the page of a person the character itself is marked, and says why when pointed at.
    with office.database.transaction() as session:
        person = session.scalars(
            select(ResidentHistory).where(ResidentHistory.is_latest, ResidentHistory.name == "辻󠄂　誠")
        ).one()
        correction = residents.change(
            session, ChangeReason.MINOR_CORRECTION, processed_on=office.clock().date()
        )
        residents.next_snapshot(session, person, correction, name=f"{UNREGISTERED}辻󠄂　誠")
    shown.press("Alt+/")
    shown.write(person.addressee_number)
    shown.go("Enter", "/residents/")
    marked = shown.page.locator(".strip .mj-inexact")
    expect(marked).to_have_text(UNREGISTERED)
    assert "もとの字の形" in (marked.get_attribute("title") or "")
    shown.check_screen("resident-unregistered")


def test_what_is_typed_is_drawn_exactly_at_once(desk: Desk) -> None:
    desk.log_in("madoguchi1")
    desk.go("F2", r"/search$")
    assert desk.focused == "name"
    with desk.page.expect_response(lambda answer: answer.url.endswith(".woff2")) as font:
        desk.write("葛\U000e0102城")
        desk.press("Tab")
    assert font.value.status == 200
    field = desk.page.locator("#name")
    assert field.input_value() == "葛\U000e0102城"
    assert unicodedata.normalize("NFC", field.input_value()) == field.input_value()
    assert "mj-" in (field.get_attribute("class") or "")
