"""Reads a QR code out of a picture, for tests: what is drawn is what a scanner would find (JIS X 0510).

Only what the project draws: error correction level M, one segment in alphanumeric or byte mode, nothing soiled. The
codewords are checked with the Reed-Solomon code of their block.
"""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image
from reportlab.graphics.barcode.qrencoder import QRErrorCorrectLevel, QRRSBlock

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda r, c: (r + c) % 2 == 0,
    lambda r, c: r % 2 == 0,
    lambda r, c: c % 3 == 0,
    lambda r, c: (r + c) % 3 == 0,
    lambda r, c: (r // 2 + c // 3) % 2 == 0,
    lambda r, c: r * c % 2 + r * c % 3 == 0,
    lambda r, c: (r * c % 2 + r * c % 3) % 2 == 0,
    lambda r, c: ((r + c) % 2 + r * c % 3) % 2 == 0,
)
_FORMAT_MASK = 0b101010000010010
_LEVEL_M = 0b00
#: Rows and columns of the alignment patterns, by version.
_ALIGNMENT = {
    1: [], 2: [6, 18], 3: [6, 22], 4: [6, 26], 5: [6, 30], 6: [6, 34], 7: [6, 22, 38], 8: [6, 24, 42], 9: [6, 26, 46],
    10: [6, 28, 50], 11: [6, 30, 54], 12: [6, 32, 58], 13: [6, 34, 62], 14: [6, 26, 46, 66], 15: [6, 26, 48, 70],
    16: [6, 26, 50, 74], 17: [6, 30, 54, 78], 18: [6, 30, 56, 82], 19: [6, 30, 58, 86], 20: [6, 34, 62, 90],
    21: [6, 28, 50, 72, 94], 22: [6, 26, 50, 74, 98], 23: [6, 30, 54, 78, 102], 24: [6, 28, 54, 80, 106],
}  # fmt: skip


def read_qr(picture: Image.Image) -> str:
    """The text of the only QR code in a picture in shades of grey."""
    return read_modules(_sampled(picture))


def _sampled(picture: Image.Image) -> list[list[bool]]:
    """The modules: the dark part's bounds are the code's, because three corners have a finder pattern."""
    dark = picture.convert("L").point(lambda value: 255 if value < 128 else 0)
    bounds = dark.getbbox()
    assert bounds is not None, "there is nothing dark"
    left, top, right, bottom = bounds
    first = [dark.getpixel((x, top + 1)) for x in range(left, right)]
    run = first.index(0)
    count = round((right - left) * 7 / run)
    count = 17 + 4 * round((count - 17) / 4)
    module = (right - left) / count
    assert abs((bottom - top) - (right - left)) <= 2, "the code is not square"
    return [
        [
            dark.getpixel((int(left + (column + 0.5) * module), int(top + (row + 0.5) * module))) == 255
            for column in range(count)
        ]
        for row in range(count)
    ]


def read_modules(rows: list[list[bool]]) -> str:
    """The text of a code's modules."""
    size = len(rows)
    version = (size - 17) // 4
    level, mask = _format(rows)
    assert level == _LEVEL_M
    return _text(_data(_codewords(rows, version, mask), version), version)


def _format(rows: list[list[bool]]) -> tuple[int, int]:
    places = [(8, 0), (8, 1), (8, 2), (8, 3), (8, 4), (8, 5), (8, 7), (8, 8), (7, 8), (5, 8), (4, 8), (3, 8), (2, 8),
              (1, 8), (0, 8)]  # fmt: skip
    value = 0
    for row, column in places:
        value = value << 1 | rows[row][column]
    value ^= _FORMAT_MASK
    rest = value
    for shift in range(4, -1, -1):
        if rest >> (shift + 10) & 1:
            rest ^= 0b10100110111 << shift
    assert rest == 0, "the format information is damaged"
    return value >> 13, value >> 10 & 0b111


def _is_function(version: int, row: int, column: int) -> bool:
    """Whether a module belongs to a pattern, not to the data."""
    size = version * 4 + 17
    if (row < 9 and column < 9) or (row < 9 and column >= size - 8) or (row >= size - 8 and column < 9):
        return True
    if 6 in (row, column):
        return True
    if version >= 7 and ((row < 6 and column >= size - 11) or (column < 6 and row >= size - 11)):
        return True
    places = _ALIGNMENT[version]
    for r in places:
        for c in places:
            corner = (r, c) in ((6, 6), (6, places[-1]), (places[-1], 6))
            if not corner and abs(row - r) <= 2 and abs(column - c) <= 2:
                return True
    return False


def _codewords(rows: list[list[bool]], version: int, mask: int) -> list[int]:
    size = len(rows)
    bits: list[bool] = []
    upwards = True
    right = size - 1
    while right > 0:
        if right == 6:
            right -= 1
        for step in range(size):
            row = size - 1 - step if upwards else step
            for column in (right, right - 1):
                if not _is_function(version, row, column):
                    bits.append(rows[row][column] ^ _MASKS[mask](row, column))
        upwards = not upwards
        right -= 2
    return [
        int("".join("1" if bit else "0" for bit in bits[start : start + 8]), 2)
        for start in range(0, len(bits) - 7, 8)
    ]


def _data(codewords: list[int], version: int) -> list[int]:
    blocks = [
        (block.totalCount, block.dataCount) for block in QRRSBlock.getRSBlocks(version, QRErrorCorrectLevel.M)
    ]
    data: list[list[int]] = [[] for _ in blocks]
    checks: list[list[int]] = [[] for _ in blocks]
    stream = iter(codewords)
    for place in range(max(count for _total, count in blocks)):
        for number, (_total, count) in enumerate(blocks):
            if place < count:
                data[number].append(next(stream))
    for _place in range(blocks[0][0] - blocks[0][1]):
        for number in range(len(blocks)):
            checks[number].append(next(stream))
    for block, check in zip(data, checks, strict=True):
        assert _is_intact(block + check, len(check)), "a codeword is damaged"
    return [word for block in data for word in block]


def _is_intact(words: list[int], checks: int) -> bool:
    """Whether every syndrome of the Reed-Solomon code over GF(256) is zero."""
    power = [1] * 255
    for exponent in range(1, 255):
        value = power[exponent - 1] << 1
        power[exponent] = value ^ 0x11D if value & 0x100 else value
    log = {value: exponent for exponent, value in enumerate(power)}

    def times(one: int, other: int) -> int:
        return power[(log[one] + log[other]) % 255] if one and other else 0

    for root in range(checks):
        value = 0
        for word in words:
            value = times(value, power[root]) ^ word
        if value:
            return False
    return True


def _text(words: list[int], version: int) -> str:
    bits = "".join(f"{word:08b}" for word in words)
    mode, bits = int(bits[:4], 2), bits[4:]
    place = 0 if version < 10 else 1 if version < 27 else 2
    if mode == 0b0010:
        long = (9, 11, 13)[place]
        count, bits = int(bits[:long], 2), bits[long:]
        text = ""
        while len(text) < count:
            width = 11 if count - len(text) > 1 else 6
            value, bits = int(bits[:width], 2), bits[width:]
            text += _ALPHABET[value // 45] + _ALPHABET[value % 45] if width == 11 else _ALPHABET[value]
        return text
    assert mode == 0b0100
    long = (8, 16, 16)[place]
    count, bits = int(bits[:long], 2), bits[long:]
    return bytes(int(bits[start : start + 8], 2) for start in range(0, count * 8, 8)).decode("utf-8")
