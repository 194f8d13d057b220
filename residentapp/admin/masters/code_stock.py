"""住民票コードの空きコード: taking in the file received from the CS, and the low-water mark (RR-4.3.1).

Nothing here shows a code: what is wrong with a file is said by line, the log holds counts.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.admin.masters.changes import lock_masters
from residentapp.admin.operations import log_setting
from residentapp.admin.types import EntryRefused, Problem
from residentapp.core.access import Actor, Permission
from residentapp.core.crypto import Keyring
from residentapp.core.masters.models import OwnMunicipality
from residentapp.core.numbering import RESIDENT_CODE, ResidentCodeStock, free_codes, stock_codes
from residentapp.residents.api import resident_codes_held

#: Lines of one file; a city takes in a few thousand codes at a time.
MAX_LINES = 50_000
#: Largest file: each line has a code and perhaps a few more columns.
MAX_FILE = 4 * 1024 * 1024

_CODE = re.compile(r"[0-9]{11}")
_CHUNK = 500


@dataclass(frozen=True)
class LineProblem:
    """What is wrong with a line, from 1; the text holds nothing of the line itself."""

    line: int
    message: str


@dataclass(frozen=True)
class Intake:
    """A file as it was read.

    :param codes: line and code of each that can be taken. Kept out of ``repr`` and with that out of logs.
    """

    codes: tuple[tuple[int, str], ...] = field(repr=False)
    problems: tuple[LineProblem, ...]


@dataclass(frozen=True)
class Stock:
    """The stock's state.

    :param low_water: the municipality's mark; None before the municipality has been registered.
    """

    free: int
    low_water: int | None

    @property
    def missing(self) -> int:
        """How many codes are missing to the mark; 0 when there are enough."""
        return max(0, (self.low_water or 0) - self.free)


def stock_state(session: Session) -> Stock:
    """How many codes are free, and the mark."""
    own = session.get(OwnMunicipality, 1)
    return Stock(free_codes(session), None if own is None else own.resident_code_low_water)


def missing_codes(session: Session, actor: Actor) -> int:
    """For the home page: how many free codes are missing to the mark (RR-4.3.1b)."""
    return stock_state(session).missing


def _decode(data: bytes) -> str:
    if not data:
        raise EntryRefused(Problem("file", "空きコードのファイルを選んでください。"))
    if len(data) > MAX_FILE:
        raise EntryRefused(Problem("file", "ファイルが大きすぎます。4MB以下に分けてください。"))
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\x00" in data:
        raise EntryRefused(
            Problem("file", "文字のファイルとして読めません。UTF-8またはShift_JISのCSVを選んでください。")
        )
    for codec in ("utf-8-sig", "cp932"):
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    raise EntryRefused(
        Problem("file", "文字コードが分かりません。UTF-8またはShift_JISで保存し直してください。")
    )


def _cells(line: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], strict=True), [])]
    except csv.Error:
        return [line]


def read_codes(data: bytes) -> Intake:
    """Read a CSV or text file: one code a line, in the first column; a heading and empty lines are passed over.

    UTF-8 with or without a byte order mark, or Shift_JIS.

    :raises EntryRefused: no text file, too large, or nothing in it.
    """
    # Files from host computers may end with the end-of-file sign 0x1A.
    lines = re.split(r"\r\n|\n|\r", _decode(data).rstrip("\x1a"))
    if len(lines) > MAX_LINES:
        raise EntryRefused(Problem("file", f"行が多すぎます。{MAX_LINES:,}行以下に分けてください。"))
    first_line: dict[str, int] = {}
    problems: list[LineProblem] = []
    seen_content = False
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        cells = _cells(line)
        heading = not seen_content and not any(character.isdigit() for character in line)
        seen_content = True
        if heading:
            continue
        if not _CODE.fullmatch(cells[0]):
            problems.append(LineProblem(number, "半角数字11けたのコードではありません。"))
        elif any(_CODE.fullmatch(cell) for cell in cells[1:]):
            problems.append(LineProblem(number, "1行に二つ以上のコードがあります。1行に一つにしてください。"))
        elif cells[0] in first_line:
            problems.append(LineProblem(number, f"{first_line[cells[0]]}行目と同じコードです。"))
        else:
            first_line[cells[0]] = number
    if not first_line and not problems:
        raise EntryRefused(Problem("file", "ファイルにコードがありません。ファイルを確かめてください。"))
    return Intake(tuple((number, code) for code, number in first_line.items()), tuple(problems))


def _known(session: Session, hashes: Sequence[bytes]) -> tuple[set[bytes], set[bytes]]:
    """Which are in the stock already, and which a resident has or had."""
    stocked: set[bytes] = set()
    used: set[bytes] = set()
    for start in range(0, len(hashes), _CHUNK):
        part = list(hashes[start : start + _CHUNK])
        stocked.update(
            session.scalars(select(ResidentCodeStock.code_hash).where(ResidentCodeStock.code_hash.in_(part)))
        )
        used |= resident_codes_held(session, part)
    return stocked, used


def examine(session: Session, keyring: Keyring, intake: Intake) -> Intake:
    """Lay a file beside stock and register: a code that is known already cannot be taken.

    A code that a resident has or had must never be handed out again, whether or not it came from the stock.

    :returns: the codes that are new, and all problems in the order of their lines.
    """
    hashes = [keyring.lookup_hash(code, context=RESIDENT_CODE) for _line, code in intake.codes]
    stocked, used = _known(session, hashes)
    fresh: list[tuple[int, str]] = []
    problems = list(intake.problems)
    for (line, code), code_hash in zip(intake.codes, hashes, strict=True):
        if code_hash in used:
            problems.append(LineProblem(line, "住民が使っている、または使っていたコードです。"))
        elif code_hash in stocked:
            problems.append(LineProblem(line, "すでに取り込んでいるコードです。"))
        else:
            fresh.append((line, code))
    return Intake(tuple(fresh), tuple(sorted(problems, key=lambda problem: problem.line)))


def take_codes(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    codes: Iterable[str],
    *,
    file_name: str,
    left_out: int,
    is_test_data: bool,
    moment: dt.datetime,
) -> int:
    """Put codes into the stock. What has become known since they were examined is left out again.

    :param file_name: for the log; a code in it is blotted out.
    :param left_out: lines of the file that were not taken, for the log.
    :returns: how many were added.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    intake = Intake(tuple((0, code) for code in codes), ())
    fresh = [code for _line, code in examine(session, keyring, intake).codes]
    before = free_codes(session)
    added = stock_codes(session, keyring, fresh, is_test_data=is_test_data)
    details = {
        "ファイル名": re.sub(r"\d{11,}", "（数字）", file_name),
        "取り込んだ件数": added,
        "取り込まなかった行": left_out + len(intake.codes) - added,
        "変更": {"空きコードの件数": [before, free_codes(session)]},
    }
    log_setting(session, actor, moment, "住民票コードの空きコードの取込み", details)
    return added
