"""The QR code of a 転出証明書: one person's row of its CSV, so that a scanner reads what RR-10.8 takes in as a file.

``TS1:`` and the row (columns of :data:`certificate_csv.COLUMNS`, without heading), compressed, in Base45 (RFC 9285):
only characters of the QR alphabet, which a scanner that types hands over whatever the input method is set to.
"""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from residentapp.residents.move_in.certificate_csv import COLUMNS, TITLES
from residentapp.residents.move_in.rules.household import LARGEST_CASE

#: Version of what follows; another number is for another list of columns.
PREFIX = "TS1:"
_BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {character: value for value, character in enumerate(_BASE45)}
#: Most bytes of one row; longer than the longest that the columns allow, and no more is unpacked.
LARGEST_ROW = 40_000


class QrUnreadable(ValueError):
    """A text is not the QR code of a 転出証明書. The message may be shown; it repeats nothing of the text."""


@dataclass(frozen=True)
class ScannedRow:
    """What one code holds.

    :param cells: texts of :data:`certificate_csv.COLUMNS`.
    """

    cells: tuple[str, ...]


def base45(data: bytes) -> str:
    """Bytes as text of the QR alphabet (RFC 9285): two bytes are three characters, a last single one two."""
    text = ""
    for start in range(0, len(data), 2):
        pair = data[start : start + 2]
        number = int.from_bytes(pair)
        for _ in range(len(pair) + 1):
            number, rest = divmod(number, 45)
            text += _BASE45[rest]
    return text


def from_base45(text: str) -> bytes:
    """The bytes of :func:`base45`.

    :raises ValueError: for a text that it does not make.
    """
    data = b""
    for start in range(0, len(text), 3):
        group = text[start : start + 3]
        if len(group) == 1:
            raise ValueError("a last single character stands for nothing")
        try:
            number = sum(_VALUES[character] * 45**place for place, character in enumerate(group))
        except KeyError as error:
            raise ValueError("a character outside the alphabet") from error
        length = len(group) - 1
        if number >= 256**length:
            raise ValueError("a group is too large")
        data += number.to_bytes(length)
    return data


def qr_text(cells: Sequence[str]) -> str:
    """The text of the code for one row.

    :param cells: one text for each of :data:`certificate_csv.COLUMNS`.
    """
    if len(cells) != len(COLUMNS):
        raise ValueError(f"a row has {len(COLUMNS)} cells")
    return PREFIX + base45(zlib.compress(_written([cells]).encode("utf-8"), 9))


def _written(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def read_qr_text(text: str) -> ScannedRow:
    """The row that a scanned code holds.

    :raises QrUnreadable: with what is wrong and what to do.
    """
    # A scanner may send its text in full-width or small letters, depending on the input method.
    scanned = _narrow(text).strip("\r\n\t").upper()
    if not scanned.startswith(PREFIX):
        raise QrUnreadable(
            "転出証明書のQRコードではありません。転出証明書の、人ごとのQRコードを読み取ってください。"
        )
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(from_base45(scanned.removeprefix(PREFIX)), LARGEST_ROW)
        if not unpacker.eof:
            raise ValueError("cut off, or longer than any row")
        [cells] = csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True)
    except (ValueError, zlib.error, csv.Error) as error:
        raise QrUnreadable("QRコードを最後まで読み取れていません。もう一度読み取ってください。") from error
    if len(cells) != len(COLUMNS):
        raise QrUnreadable("QRコードの項目の数が違います。転出証明書のCSVを使うか、手で入力してください。")
    return ScannedRow(tuple(cells))


def _narrow(text: str) -> str:
    """Full-width characters of the alphabet as the scanner meant them."""
    return "".join(
        chr(ord(character) - 0xFEE0) if 0xFF01 <= ord(character) <= 0xFF5E else character
        for character in text.replace("\u3000", " ")
    )


def csv_of(codes: Sequence[str]) -> bytes:
    """The CSV of a 転出証明書 from its scanned codes, for ``read_certificate``; a code scanned twice counts once.

    :raises QrUnreadable: when one cannot be read, none was scanned, or there are more than a case takes.
    """
    texts = [text for text in codes if text.strip()]
    if not texts:
        raise QrUnreadable("QRコードが読み取られていません。欄を選んでから読み取ってください。")
    rows: list[tuple[str, ...]] = []
    for place, text in enumerate(texts, start=1):
        try:
            row = read_qr_text(text).cells
        except QrUnreadable as error:
            raise QrUnreadable(f"{place}つ目：{error}") from error
        if row not in rows:
            rows.append(row)
    if len(rows) > LARGEST_CASE:
        raise QrUnreadable(f"一度に取り込めるのは{LARGEST_CASE}人までです。")
    return _written([TITLES, *rows]).encode("utf-8")


__all__ = [
    "PREFIX",
    "QrUnreadable",
    "ScannedRow",
    "base45",
    "csv_of",
    "from_base45",
    "qr_text",
    "read_qr_text",
]
