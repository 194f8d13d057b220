"""公印: pictures of the seals of 市区町村長 and 職務代理者, kept for good (RR-1.3.7, RR-5.6b)."""

from __future__ import annotations

import datetime as dt
import hashlib
import struct
import zlib
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.admin.masters.changes import changed, fresh_row, lock_masters, refuse_if_changed
from residentapp.admin.masters.periods import end_period, period_text
from residentapp.admin.masters.wards import ward_problems
from residentapp.admin.operations import log_setting
from residentapp.admin.types import ENDS_BEFORE_IT_BEGINS, EntryRefused, Problem, Validity
from residentapp.core.access import Actor, Permission
from residentapp.core.documents.pictures import MAX_SOURCE_DOTS, stencil
from residentapp.core.documents.results import FormDataError
from residentapp.core.masters.models import CertifierKind, Seal, SealColour, SealUse

#: Largest and smallest side on paper in mm (RR-5.6b).
MAX_MM = 25.0
MIN_MM = 10.0
#: Largest file: a scan of a seal is a hundred kilobytes.
MAX_FILE = 2 * 1024 * 1024
#: Longest side in dots under which the strokes of a 25 mm seal become steps (about 200 dpi).
MIN_DOTS = 200
#: Share of black dots of an impression; outside of it the sheet is empty or the picture a black field.
_INK = (0.01, 0.9)

#: 朱 as screens show it.
_RED = (200, 30, 30)

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class SealPicture:
    """A seal as it is printed: pure black and white, at most 600 dots a side.

    :param source: width and height in dots of the picture that was handed in.
    """

    png: bytes = field(repr=False)
    source: tuple[int, int]


@dataclass(frozen=True)
class SealEntry:
    """A seal as typed.

    :param size_mm: longest side on paper; None when it was no number.
    :param ward_code: of the seal of a 区長 or an acting one: their ward.
    """

    kind: CertifierKind
    size_mm: float | None
    validity: Validity
    use: SealUse = SealUse.GENERAL
    colour: SealColour = SealColour.BLACK
    ward_code: str | None = None


def _refuse(message: str) -> EntryRefused:
    return EntryRefused(Problem("picture", message))


def read_picture(data: bytes) -> SealPicture:
    """Check a picture by its content and turn it into pure black and white, as the paper will show it.

    :raises EntryRefused: no file, no PNG, too large, too coarse, empty or all black.
    """
    if not data:
        raise _refuse("公印の画像（PNG）を選んでください。")
    if len(data) > MAX_FILE:
        raise _refuse("画像のファイルが大きすぎます。2MB以下のPNGにしてください。")
    # The header alone is read first, so that a forged size never reaches the memory.
    if not data.startswith(_SIGNATURE) or data[12:16] != b"IHDR" or len(data) < 24:
        raise _refuse("PNGの画像ではありません。PNGで保存し直してください。")
    width, height = struct.unpack(">II", data[16:24])
    if max(width, height) > MAX_SOURCE_DOTS:
        raise _refuse(f"画像が大きすぎます。長い辺を{MAX_SOURCE_DOTS:,}ドット以下にしてください。")
    if max(width, height) < MIN_DOTS:
        raise _refuse(f"画像が粗すぎます。長い辺が{MIN_DOTS}ドット以上の画像にしてください。")
    try:
        dots = stencil(data)
    except FormDataError:
        raise _refuse("PNGの画像として読めません。保存し直した画像を選んでください。") from None
    image = Image.frombytes("1", (dots.width, dots.height), zlib.decompress(dots.data))
    share = image.histogram()[0] / (dots.width * dots.height)
    if share < _INK[0]:
        raise _refuse("印影が見つかりません（白紙に近い画像です）。印影のある画像を選んでください。")
    if share > _INK[1]:
        raise _refuse("画像がほとんど黒です。地が白い印影の画像を選んでください。")
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return SealPicture(out.getvalue(), (width, height))


def seal_facts(row: Seal) -> dict[str, Any]:
    """Its values under their labels. The picture stands in the log by its digest only."""
    return {
        "区分": row.kind.label,
        **({"区": row.ward_code} if row.ward_code else {}),
        "使いみち": row.use.label,
        "色": row.colour.label,
        "大きさ（mm）": row.size_mm,
        "開始日": row.valid_from,
        "終了日": row.valid_to,
        "画像": f"SHA-256 {hashlib.sha256(row.image_png).hexdigest()}",
    }


def coloured(row_png: bytes, colour: SealColour) -> bytes:
    """The impression in its colour, for screens; the stored picture itself is black and white."""
    if colour is SealColour.BLACK:
        return row_png
    with Image.open(BytesIO(row_png)) as picture:
        image = picture.convert("1").convert("P")
    image.putpalette([*_RED, *(255, 255, 255) * 255])
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def seals(session: Session) -> list[Seal]:
    """All of them, the latest beginning first."""
    return list(session.scalars(select(Seal).order_by(Seal.valid_from.desc(), Seal.id.desc())))


def seal_problems(session: Session, entry: SealEntry) -> list[Problem]:
    """What is wrong with kind, size and period.

    Two seals of a certifier for one use may share one day, that of the change: on it the one that begins later is
    used, and of two that begin together the one registered later. So a wrong picture can be replaced on its first day.
    """
    problems = []
    if entry.size_mm is None or not MIN_MM <= entry.size_mm <= MAX_MM:
        problems.append(
            Problem(
                "size_mm", f"大きさは{MIN_MM:g}から{MAX_MM:g}までのmmで入力してください（公印は25mmまで）。"
            )
        )
    if entry.colour is SealColour.RED and entry.use is not SealUse.CARD:
        problems.append(Problem("colour", "朱の公印は、カードの券面用だけに登録できます。"))
    first, last = entry.validity.first, entry.validity.last
    if first is None:
        return [*problems, Problem("valid_from", "開始日を入力してください。")]
    if not entry.validity.in_order:
        return [*problems, ENDS_BEFORE_IT_BEGINS]
    problems += ward_problems(session, entry.ward_code)
    same = select(Seal).where(
        Seal.kind == entry.kind,
        Seal.use == entry.use,
        Seal.ward_code == entry.ward_code if entry.ward_code else Seal.ward_code.is_(None),
    )
    for row in session.scalars(same.order_by(Seal.valid_from)):
        if row.valid_from < (last or dt.date.max) and first < (row.valid_to or dt.date.max):
            period = period_text(row.valid_from, row.valid_to)
            problems.append(
                Problem(
                    "valid_from",
                    f"登録済みの{entry.kind.label}の公印（{entry.use.label}、{period}）と期間が"
                    "重なっています。先にその公印を終えてから登録してください。",
                )
            )
            break
    return problems


def register_seal(
    session: Session, actor: Actor, entry: SealEntry, picture: SealPicture, *, moment: dt.datetime
) -> Seal:
    """Register a seal.

    :raises EntryRefused: size above 25 mm, no beginning, or a period that another seal of the kind has.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    problems = seal_problems(session, entry)
    if problems:
        raise EntryRefused(*problems)
    assert entry.size_mm is not None and entry.validity.first is not None
    row = Seal(
        kind=entry.kind,
        use=entry.use,
        colour=entry.colour,
        image_png=picture.png,
        size_mm=entry.size_mm,
        valid_from=entry.validity.first,
        valid_to=entry.validity.last,
        ward_code=entry.ward_code,
    )
    session.add(row)
    session.flush()
    log_setting(session, actor, moment, "公印の登録", {"番号": row.id, "変更": changed({}, seal_facts(row))})
    return row


def end_seal(
    session: Session, actor: Actor, seal_id: int, last: dt.date | None, *, seen: str, moment: dt.datetime
) -> Seal:
    """Let a seal's period end; it is still used on its last day, and stays registered.

    :raises EntryRefused: no such seal, no day, or a day on which it cannot end.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = fresh_row(session, Seal, seal_id, "この公印の登録はありません。一覧を開き直してください。")
    refuse_if_changed(seal_facts(row), seen)
    named = ("区分", "使いみち")
    end_period(session, actor, row, last, seal_facts, named=named, action="公印の終了", moment=moment)
    return row
