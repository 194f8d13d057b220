"""公印: taking in a picture, the seal of a day, end, never deleted (RR-1.3.7, RR-5.6b)."""

from __future__ import annotations

import datetime as dt
import re
import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select

from residentapp.admin.masters.seals import read_picture
from residentapp.admin.types import EntryRefused
from residentapp.core.documents import draw_seal
from residentapp.core.documents.pictures import stencil
from residentapp.core.masters.models import CertifierKind, Seal, SealColour, SealUse
from residentapp.core.masters.queries import seal_on
from tests.admin.masters.conftest import Masters
from tests.support.users import Browser

LIST = "/admin/masters/seals"
NEW = f"{LIST}/new"
TODAY = dt.date(2026, 11, 24)


def png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def red_seal(dots: int = 400) -> bytes:
    """A red ring on a transparent ground, as a scanner's software leaves it."""
    image = Image.new("RGBA", (dots, dots), (0, 0, 0, 0))
    image.paste((220, 40, 40, 255), (0, 0, dots, dots))
    image.paste((255, 255, 255, 0), (dots // 8, dots // 8, dots - dots // 8, dots - dots // 8))
    return png(image)


def typed(picture: bytes | None, **changes: str) -> dict[str, object]:
    fields: dict[str, object] = {"kind": "mayor", "size_mm": "24.5", "valid_from": "R8.11.24", "valid_to": ""}
    fields.update(changes)
    if picture is not None:
        fields["picture"] = (BytesIO(picture), "seal.png")
    return fields


def end_seal(masters: Masters, seal_id: int, day: str) -> int:
    path = f"{LIST}/{seal_id}"
    sent = {"last_day": day, "seen": masters.hidden(path)}
    return int(masters.browser.post(path, data=sent).status_code)


def current(masters: Masters, kind: CertifierKind = CertifierKind.MAYOR, day: dt.date = TODAY) -> Seal:
    with masters.database.sessions() as session:
        return seal_on(session, kind, day)


@pytest.mark.requirement("RR-1.3.7")
@pytest.mark.parametrize("kind", list(CertifierKind))
def test_a_seal_is_taken_in_seen_in_black_and_used_from_its_day(
    masters: Masters, kind: CertifierKind
) -> None:
    old = current(masters, kind)
    assert end_seal(masters, old.id, "R8.11.23") == 303
    sent = masters.browser.post(NEW, data=typed(red_seal(), kind=kind.value))
    assert sent.status_code == 303
    preview = sent.headers["Location"]
    page = masters.browser.get(preview).text
    assert "24.5mm" in page and "400×400" in page and kind.label in page
    address = re.search(r'<img[^>]*src="([^"]+)"', page)
    assert address is not None
    shown = masters.browser.get(address[1])
    assert shown.mimetype == "image/png"
    assert shown.headers["Cache-Control"] == "no-store"
    image = Image.open(BytesIO(shown.data))
    assert (image.mode, image.size) == ("1", (600, 600))
    assert (image.getpixel((10, 10)), image.getpixel((300, 300))) == (0, 255)
    # Seen, not yet registered.
    with masters.database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Seal)) == 2
    assert masters.browser.post(preview).status_code == 303
    made = current(masters, kind)
    assert made.image_png == shown.data
    assert (made.size_mm, made.valid_from, made.valid_to) == (24.5, TODAY, None)
    assert current(masters, kind, dt.date(2026, 11, 23)).id == old.id
    ended, registered = masters.logged()
    assert ended[0] == "公印の終了"
    assert ended[1]["変更"] == {"終了日": [None, "2026-11-23"]}
    assert registered[0] == "公印の登録"
    assert registered[1]["変更"]["大きさ（mm）"] == [None, "24.5"]
    assert masters.browser.post(preview).headers["Location"] == NEW  # not a second time


@pytest.mark.requirement("RR-5.6b", partial=True)
def test_paper_shows_just_what_the_preview_showed() -> None:
    picture = read_picture(red_seal()).png
    again = stencil(picture)
    dots = Image.frombytes("1", (again.width, again.height), zlib.decompress(again.data))
    assert dots.tobytes() == Image.open(BytesIO(picture)).tobytes()


def header(width: int, height: int) -> bytes:
    """A PNG that says its size and holds nothing."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


def jpeg() -> bytes:
    out = BytesIO()
    Image.new("RGB", (300, 300), "red").save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (None, "画像（PNG）を選んでください"),
        (b"", "画像（PNG）を選んでください"),
        (b"\x89PNG\r\n\x1a\n", "PNGの画像ではありません"),
        (jpeg(), "PNGの画像ではありません"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "PNGの画像ではありません"),
        (header(300, 300), "PNGの画像として読めません"),
        (header(60_000, 60_000), "画像が大きすぎます"),
        (red_seal()[:200], "PNGの画像として読めません"),
        (png(Image.new("1", (199, 199))), "画像が粗すぎます"),
        (png(Image.new("RGB", (300, 300), "white")), "白紙に近い"),
        (png(Image.new("RGB", (300, 300), "black")), "ほとんど黒"),
        (b"\x89PNG\r\n\x1a\n" + bytes(2 * 1024 * 1024), "2MB以下"),
    ],
)
def test_what_is_no_usable_picture_is_refused(masters: Masters, picture: bytes | None, message: str) -> None:
    response = masters.browser.post(NEW, data=typed(picture, kind="deputy"))
    assert response.status_code == 422
    assert message in response.text


@pytest.mark.parametrize("dots", [200, 4000])
def test_pictures_at_the_limits_are_taken(dots: int) -> None:
    assert read_picture(red_seal(dots)).source == (dots, dots)


def test_a_picture_one_dot_too_large_is_refused() -> None:
    with pytest.raises(EntryRefused, match="4,000ドット以下"):
        read_picture(png(Image.new("1", (4001, 300))))


@pytest.mark.requirement("RR-5.6b", partial=True)
@pytest.mark.parametrize(
    ("size", "taken"),
    [
        ("25", True),
        ("２５", True),
        ("25.0", True),
        ("25.1", False),
        ("26", False),
        ("9.9", False),
        ("nan", False),
    ],
)
def test_a_seal_is_at_most_25_mm(masters: Masters, size: str, taken: bool) -> None:
    end_seal(masters, current(masters).id, "R8.11.23")
    response = masters.browser.post(NEW, data=typed(red_seal(), size_mm=size))
    assert response.status_code == (303 if taken else 422)
    assert ("25mmまで）" in response.text) is not taken


def test_a_second_seal_needs_the_end_of_the_first(masters: Masters) -> None:
    response = masters.browser.post(NEW, data=typed(red_seal()))
    assert response.status_code == 422
    assert "先にその公印を終えて" in response.text and "令和5年5月1日～" in response.text
    no_day = masters.browser.post(NEW, data=typed(red_seal(), valid_from=""))
    assert no_day.status_code == 422 and "開始日を入力" in no_day.text
    turned = masters.browser.post(NEW, data=typed(red_seal(), valid_to="R8.11.23"))
    assert turned.status_code == 422 and "終了日が開始日より前" in turned.text


def test_a_wrong_picture_is_replaced_on_its_first_day_and_both_stay(masters: Masters) -> None:
    end_seal(masters, current(masters).id, "R8.11.24")  # may share the day of the change
    for picture in (red_seal(), draw_seal("架空市長之印", dots=300)):
        preview = masters.browser.post(NEW, data=typed(picture)).headers["Location"]
        assert masters.browser.post(preview).status_code == 303
        made = current(masters)
        assert made.image_png == read_picture(picture).png
        if picture == red_seal():
            assert end_seal(masters, made.id, "R8.11.24") == 303
    with masters.database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Seal)) == 4


def test_somebody_was_faster_between_preview_and_registration(masters: Masters) -> None:
    end_seal(masters, current(masters).id, "R8.11.23")
    first, second = (masters.browser.post(NEW, data=typed(red_seal())).headers["Location"] for _ in range(2))
    assert masters.browser.post(first).status_code == 303
    late = masters.browser.post(second)
    assert late.status_code == 422 and "期間が重なっています" in late.text


@pytest.mark.requirement("RR-1.3.7", partial=True)
def test_a_seal_is_never_deleted(masters: Masters, client: Browser) -> None:
    rules = [rule for rule in client.application.url_map.iter_rules() if "seals" in rule.rule]
    assert {method for rule in rules for method in rule.methods or ()} <= {"GET", "HEAD", "OPTIONS", "POST"}
    assert not any("drop" in rule.endpoint or "delete" in rule.endpoint for rule in rules)
    seal_id = current(masters).id
    for day, message in (("", "終了日を入力"), ("R5.4.30", "より前です")):
        path = f"{LIST}/{seal_id}"
        refused = masters.browser.post(path, data={"last_day": day, "seen": masters.hidden(path)})
        assert refused.status_code == 422 and message in refused.text
    assert end_seal(masters, seal_id, "R8.11.23") == 303
    page = masters.page(LIST)
    assert "終了" in page
    assert (
        masters.browser.get(f"{LIST}/{seal_id}/picture").data
        == current(masters, day=dt.date(2026, 11, 23)).image_png
    )
    overview = masters.page("/admin/masters")
    assert "今日の認証者（市区町村長）の公印が登録されていません" in overview
    assert "職務代理者 の公印を使えます" in overview or "職務代理者の公印を使えます" in overview


def test_a_preview_belongs_to_its_maker(masters: Masters) -> None:
    end_seal(masters, current(masters).id, "R8.11.23")
    preview = masters.browser.post(NEW, data=typed(red_seal())).headers["Location"]
    other = masters.another("betsu").browser
    assert other.get(f"{preview}/picture").status_code == 404
    assert other.post(preview).headers["Location"] == NEW


@pytest.mark.requirement("RR-5.6b", partial=True)
def test_each_use_has_a_seal_of_its_own_and_only_cards_may_be_red(masters: Masters) -> None:
    red = {"use": "card", "colour": "red"}
    sent = masters.browser.post(NEW, data=typed(red_seal(), **red))
    assert sent.status_code == 303
    preview = sent.headers["Location"]
    page = masters.browser.get(preview).text
    assert "カードの券面用" in page and "朱" in page
    address = re.search(r'<img[^>]*src="([^"]+)"', page)
    assert address is not None
    shown = Image.open(BytesIO(masters.browser.get(address[1]).data)).convert("RGB")
    assert shown.getpixel((10, 10)) == (200, 30, 30) and shown.getpixel((300, 300)) == (255, 255, 255)
    assert masters.browser.post(preview).status_code == 303
    with masters.database.sessions() as session:
        card = seal_on(session, CertifierKind.MAYOR, TODAY, SealUse.CARD)
        # The stored picture stays black and white; the colour is a word beside it.
        assert Image.open(BytesIO(card.image_png)).mode == "1" and card.colour is SealColour.RED
        assert seal_on(session, CertifierKind.MAYOR, TODAY).id != card.id
    page = masters.browser.get(LIST).text
    assert page.count("今日の公印") == 3
    assert masters.logged()[-1][1]["変更"]["使いみち"] == [None, "カードの券面用"]
    second = masters.browser.post(NEW, data=typed(red_seal(), **red))
    assert second.status_code == 422 and "市区町村長の公印（カードの券面用、" in second.text
    for use in ("general", "certificate"):
        refused = masters.browser.post(NEW, data=typed(red_seal(), use=use, colour="red"))
        assert refused.status_code == 422 and "朱の公印は、カードの券面用だけ" in refused.text
