"""住民票コードの空きコード: the file from the CS, the alert, and that no code is ever shown (RR-4.3.1)."""

from __future__ import annotations

import logging
import re
from io import BytesIO

import pytest
from sqlalchemy import func, select

from residentapp.admin.masters.code_stock import MAX_LINES, read_codes
from residentapp.admin.types import EntryRefused
from residentapp.core import numbering
from residentapp.core.access import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.numbering import RESIDENT_CODE, ResidentCodeStock
from tests.admin.masters.conftest import Masters, shown
from tests.conftest import Login
from tests.support.clock import TEST_MOMENT
from tests.support.residents import resident

PATH = "/admin/masters/resident-codes"
CODES = [f"9900000000{digit}" for digit in range(10)]


def read(masters: Masters, data: bytes, name: str = "codes.csv") -> str:
    """Hand a file in; gives the address of the page that checks it."""
    response = masters.browser.post(PATH, data={"file": (BytesIO(data), name)})
    assert response.status_code == 303
    address = response.headers["Location"]
    assert isinstance(address, str)
    return address


def free(masters: Masters) -> int:
    with masters.database.sessions() as session:
        return numbering.free_codes(session)


@pytest.mark.requirement("RR-4.3.1a", partial=True)
def test_a_file_from_the_cs_fills_the_stock_and_is_drawn_from(masters: Masters, keyring: Keyring) -> None:
    """The file is brought by hand; the connection to the CS is not part of this system yet."""
    page = read(masters, "\r\n".join(CODES).encode())
    assert "取り込める行 10件" in masters.page(page)
    assert free(masters) == 0  # only read so far
    assert masters.browser.post(page).status_code == 303
    assert free(masters) == 10
    assert "残り 10件" in masters.page(PATH)
    assert masters.logged() == [
        (
            "住民票コードの空きコードの取込み",
            {
                "ファイル名": "codes.csv",
                "取り込んだ件数": 10,
                "取り込まなかった行": 0,
                "変更": {"空きコードの件数": [0, 10]},
            },
        )
    ]
    with masters.database.transaction() as session:
        drawn = numbering.draw_codes(session, keyring, 10, moment=TEST_MOMENT)
    assert sorted(drawn) == CODES
    assert masters.browser.post(page).headers["Location"] == PATH  # the file is gone from the server


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + "住民票コード\n".encode() + "\n".join(CODES[:3]).encode(),
        "住民票コード,区分\r\n".encode("cp932")
        + "\r\n".join(f'"{code}",空き' for code in CODES[:3]).encode("cp932"),
        "\n\n".join(CODES[:3]).encode() + b"\n\x1a",
        "\r".join(f" {code} ," for code in CODES[:3]).encode(),
    ],
)
def test_the_usual_kinds_of_file_are_read(data: bytes) -> None:
    intake = read_codes(data)
    assert [code for _line, code in intake.codes] == CODES[:3]
    assert intake.problems == ()


def test_what_is_wrong_is_listed_by_line_and_nothing_is_taken_unconfirmed(
    masters: Masters, keyring: Keyring
) -> None:
    with masters.database.transaction() as session:
        numbering.stock_codes(session, keyring, [CODES[0]], is_test_data=True)
        used = keyring.lookup_hash(CODES[1], context=RESIDENT_CODE)
        resident(session, resident_code_hash=used, resident_code_cipher=b"x")
    lines = [
        "コード",
        CODES[0],  # 2: in the stock
        CODES[1],  # 3: a resident's
        CODES[2],
        "1234567890",  # 5
        "９９０００００００００",  # 6
        "",
        CODES[2],  # 8: as line 4
        f"{CODES[3]},{CODES[4]}",  # 9
        '"9900',  # 10: a quotation mark that never ends
        CODES[5],
    ]
    page = read(masters, "\n".join(lines).encode())
    text = masters.page(page)
    assert "取り込める行 2件" in text and "取り込めない行 7件" in text
    for line in (
        "2 すでに取り込んでいるコードです",
        "3 住民が使っている、または使っていたコードです",
        "5 半角数字11けたのコードではありません",
        "6 半角数字11けたのコードではありません",
        "8 4行目と同じコードです",
        "9 1行に二つ以上のコードがあります",
        "10 半角数字11けたのコードではありません",
    ):
        assert line in text
    assert free(masters) == 1
    assert masters.logged() == []
    assert masters.browser.post(page).status_code == 303
    assert free(masters) == 3
    [(_action, details)] = masters.logged()
    assert (details["取り込んだ件数"], details["取り込まなかった行"]) == (2, 7)


def test_a_file_without_one_good_line_cannot_be_taken(masters: Masters) -> None:
    page = read(masters, b"123\n456\n")
    assert "F10" not in masters.browser.get(page).text
    assert masters.browser.post(page).status_code == 200
    assert free(masters) == 0


@pytest.mark.requirement("RR-4.3.1c", partial=True)
def test_no_code_is_shown_or_logged(
    masters: Masters, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    lines = [*CODES[:5], CODES[0], f"{CODES[6]},{CODES[7]}", CODES[8] + "0"]
    page = read(masters, "\n".join(lines).encode(), name=f"{CODES[9]}.csv")
    seen = [masters.browser.get(page).text]
    masters.browser.post(page)
    seen += [masters.browser.get(path).text for path in (PATH, "/", "/admin/masters")]
    seen += [masters.all_logged(), caplog.text, *capfd.readouterr()]
    assert "空きコードの取込み" in masters.all_logged()
    for code in CODES:
        assert not any(code in text for text in seen)
    assert "99000000000" not in repr(read_codes(CODES[0].encode()))
    with masters.database.sessions() as session:
        for cipher in session.scalars(select(ResidentCodeStock.code_cipher)):
            assert not re.search(rb"9900000000", cipher)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "ファイルを選んでください"),
        ("コード\n".encode("utf-16"), "文字のファイルとして読めません"),
        (b"PK\x03\x04\x00\x00", "文字のファイルとして読めません"),
        (b"\x81\x20\xff\xff", "文字コードが分かりません"),
        (b"\n\n", "ファイルにコードがありません"),
        ("コード\n".encode(), "ファイルにコードがありません"),
        (b"1\n" * MAX_LINES, "行が多すぎます"),
        (b"1" * (4 * 1024 * 1024 + 1), "大きすぎます"),
    ],
)
def test_what_is_no_file_of_codes_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(EntryRefused, match=re.escape(message)):
        read_codes(data)


def test_the_screen_says_what_is_wrong_with_a_file(masters: Masters) -> None:
    response = masters.browser.post(PATH, data={"file": (BytesIO(b""), "")})
    assert response.status_code == 422
    assert "空きコードのファイルを選んでください" in response.text


def test_the_largest_file_fits(masters: Masters) -> None:
    codes = [f"{number:011d}" for number in range(MAX_LINES)]
    page = read(masters, "\n".join(codes).encode())
    assert "取り込める行 50,000件" in masters.page(page)


def test_a_code_that_came_into_use_after_the_check_is_left_out(masters: Masters, keyring: Keyring) -> None:
    page = read(masters, "\n".join(CODES[:3]).encode())
    with masters.database.transaction() as session:
        used = keyring.lookup_hash(CODES[0], context=RESIDENT_CODE)
        resident(session, resident_code_hash=used, resident_code_cipher=b"x")
        numbering.stock_codes(session, keyring, [CODES[1]], is_test_data=True)
    assert masters.browser.post(page).status_code == 303
    assert free(masters) == 2
    with masters.database.sessions() as session:
        assert session.scalar(select(func.count()).where(ResidentCodeStock.code_hash == used)) == 0


@pytest.mark.requirement("RR-4.3.1b", partial=True)
@pytest.mark.parametrize(("codes", "missing"), [(4, 0), (3, 0), (2, 1), (0, 3)])
def test_home_and_masters_tell_when_free_codes_are_below_the_mark(
    masters: Masters, login: Login, keyring: Keyring, codes: int, missing: int
) -> None:
    """The mark is 3. The alert at the numbering itself is tested with the approval of a move-in."""
    with masters.database.transaction() as session:
        numbering.stock_codes(session, keyring, CODES[:codes], is_test_data=True)
    assert f"{missing} 件 住民票コードの空きコードの不足" in masters.page("/")
    for path in (PATH, "/admin/masters"):
        assert ("下限を下回っています" in masters.page(path)) is (missing > 0)
    others = set(Permission) - {Permission.ADMIN_MASTERS}
    assert "空きコードの不足" not in shown(login(*others, login="tanto").get("/").text)


@pytest.mark.requirement("RR-4.3.1b", partial=True)
def test_the_mark_is_set_by_the_municipality(masters: Masters, keyring: Keyring) -> None:
    with masters.database.transaction() as session:
        numbering.stock_codes(session, keyring, CODES, is_test_data=True)
    assert "0 件 住民票コードの空きコードの不足" in masters.page("/")
    municipality = "/admin/masters/municipality"
    sent = {
        "code": "991015",
        "prefecture": "架空県",
        "name": "架空市",
        "kana": "カクウシ",
        "low_water": "11",
        "seen": masters.hidden(municipality),
    }
    assert masters.browser.post(municipality, data=sent).status_code == 303
    assert "1 件 住民票コードの空きコードの不足" in masters.page("/")


def test_before_the_municipality_is_registered_there_is_no_mark(bare: Masters) -> None:
    assert "0 件 住民票コードの空きコードの不足" in bare.page("/")
    assert "自団体が未登録" in bare.page(PATH)
