"""The QR code of a 転出証明書 (RR-10.8, FM-5): from our own paper back into an entry.

And what a scanner may do to it.
"""

from __future__ import annotations

import random

import pytest

from residentapp.residents.move_in.certificate_csv import COLUMNS, TITLES, read_certificate
from residentapp.residents.move_in.certificate_qr import (
    PREFIX,
    QrUnreadable,
    base45,
    csv_of,
    from_base45,
    qr_text,
    read_qr_text,
)
from tests.residents.move_in.cases import individual_number, resident_code


def cells(**values: str) -> list[str]:
    """A row of the certificate of a Japanese resident."""
    default = {
        "証明書番号": "991015-7",
        "転出元市区町村": "架空県架空市",
        "世帯員数": "1",
        "転出予定年月日": "令和8年12月1日",
        "転出先住所": "見本県隣市北町9番9号",
        "住民種別": "日本人住民",
        "氏名": "辻\U000e0102　太郎",
        "氏名フリガナ": "ツジ　タロウ",
        "生年月日": "昭和45年3月1日",
        "性別": "男",
        "続柄": "世帯主",
        "世帯主氏名": "辻\U000e0102　太郎",
        "本籍": "架空県架空市神明一丁目2番地",
        "筆頭者": "辻\U000e0102　太郎",
        "個人番号": individual_number(1),
        "住民票コード": resident_code(1),
        "転出前住所": "架空県架空市神明一丁目2番地の3　架空ハイツ101号",
    }
    told = {**default, **values}
    assert set(told) <= set(TITLES)
    return [told.get(title, "") for title in TITLES]


@pytest.mark.parametrize(
    ("data", "text"),
    # The examples of RFC 9285.
    [
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
        (b"", ""),
    ],
)
def test_base45(data: bytes, text: str) -> None:
    assert base45(data) == text
    assert from_base45(text) == data


def test_base45_of_any_bytes() -> None:
    for length in range(60):
        data = random.Random(length).randbytes(length)
        assert from_base45(base45(data)) == data


@pytest.mark.parametrize("text", ["A", "AAAA", "GGW", ":::", "a b", "AB%!"])
def test_what_is_no_base45(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_base45(text)


def test_a_code_holds_the_row_exactly() -> None:
    row = cells(氏名="𠮷田　﨑子", 備考="") if "備考" in TITLES else cells(氏名="𠮷田　﨑子")
    text = qr_text(row)
    assert text.startswith(PREFIX)
    assert list(read_qr_text(text).cells) == row
    with pytest.raises(ValueError, match="cells"):
        qr_text(row[:-1])


@pytest.mark.parametrize(
    "sent",
    [
        lambda text: text.lower(),
        lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else "\u3000" for c in text),
        lambda text: f"{text}\r\n",
        lambda text: f"\t{text}\n",
    ],
)
def test_what_a_scanner_may_send(sent: object) -> None:
    """Small letters, full-width ones while the input method is on, line ends."""
    text = qr_text(cells())
    assert callable(sent)
    assert list(read_qr_text(sent(text)).cells) == cells()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (lambda _text: "4901234567894", "転出証明書のQRコードではありません"),
        (lambda text: text[:-3], "最後まで読み取れていません"),
        (lambda text: text[:20] + text[23:], "最後まで読み取れていません"),
        (lambda _text: PREFIX, "最後まで読み取れていません"),
        (lambda _text: PREFIX + "%%%", "最後まで読み取れていません"),
        (lambda text: text.replace(PREFIX, "TS2:"), "転出証明書のQRコードではありません"),
    ],
)
def test_what_cannot_be_read_is_said_without_repeating_it(sent: object, said: str) -> None:
    assert callable(sent)
    text = sent(qr_text(cells()))
    with pytest.raises(QrUnreadable, match=said) as refused:
        read_qr_text(text)
    assert text not in str(refused.value) or text == PREFIX


def test_a_code_that_unpacks_without_end_is_stopped() -> None:
    import zlib

    bomb = PREFIX + base45(zlib.compress(b"\x00" * 10_000_000))
    with pytest.raises(QrUnreadable, match="最後まで"):
        read_qr_text(bomb)
    few = PREFIX + base45(zlib.compress("一,二\r\n".encode()))
    with pytest.raises(QrUnreadable, match="項目の数"):
        read_qr_text(few)


@pytest.mark.requirement("RR-10.8", partial=True)
def test_a_family_scanned_one_after_the_other_is_one_certificate() -> None:
    """In any order, one of them twice; then it is taken in as its CSV."""
    head = cells(世帯員数="2")
    wife = cells(世帯員数="2", 氏名="辻\U000e0102　花子", 性別="女", 続柄="妻", 生年月日="昭和47年11月30日",
                 個人番号=individual_number(2), 住民票コード=resident_code(2))  # fmt: skip
    texts = [qr_text(wife), "", qr_text(head), qr_text(wife)]
    result = read_certificate(csv_of(texts), "QRコード")
    assert result.errors == []
    assert result.payload is not None
    members = result.payload.entry.members
    assert [member.name for member in members] == ["辻\U000e0102　太郎", "辻\U000e0102　花子"]
    assert members[0].individual_number == individual_number(1)
    assert result.payload.papers[""]["転出予定年月日"] == "令和8年12月1日"


def test_somebody_who_was_not_scanned_is_missed() -> None:
    result = read_certificate(csv_of([qr_text(cells(世帯員数="2"))]))
    assert result.payload is None
    assert "世帯員数は2ですが、人の行は1です。" in result.errors[0].message


def test_nothing_scanned_too_much_scanned_and_one_that_is_wrong() -> None:
    with pytest.raises(QrUnreadable, match="読み取られていません"):
        csv_of(["", "  "])
    with pytest.raises(QrUnreadable, match="2つ目：転出証明書のQRコードではありません"):
        csv_of([qr_text(cells()), "http://example.invalid/"])
    with pytest.raises(QrUnreadable, match="50人まで"):
        csv_of([qr_text(cells(氏名=f"人{place}")) for place in range(51)])
    assert len(COLUMNS) == len(TITLES)
