"""Numbers that the municipality gives: 宛名番号, 世帯番号 and 住民票コード.

Sources: RR-1.1.13 (sequence and check digit), RR-4.3.1 (住民票コード drawn at random from a stock, low-water alert).
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, Index, LargeBinary, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from residentapp.core.check_digits import addressee_check_digit
from residentapp.core.crypto import Keyring
from residentapp.core.db.base import Base

ADDRESSEE = "addressee"
HOUSEHOLD = "household"

#: Digits of the sequence, before the check digit. Ten digits in all fit the forms and are quick to type.
BODY_DIGITS = 9

#: Context of encryption and look-up hash of 住民票コード, the same in stock and register.
RESIDENT_CODE = "resident_code"
#: Context of encryption and look-up hash of 個人番号.
INDIVIDUAL_NUMBER = "individual_number"


class NumberingCounter(Base):
    """Last number given of each sequence."""

    __tablename__ = "numbering_counter"

    name: Mapped[str] = mapped_column(primary_key=True)
    last_value: Mapped[int]


class ResidentCodeStock(Base):
    """住民票コード that came from the CS and are not in use yet, and those drawn from the stock."""

    __tablename__ = "resident_code_stock"

    id: Mapped[int] = mapped_column(primary_key=True)
    code_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    shuffle: Mapped[int] = mapped_column(BigInteger)
    """Random place in the stock, so that a draw needs no scan."""
    is_test_data: Mapped[bool] = mapped_column(default=False)
    drawn_at: Mapped[dt.datetime | None]

    __table_args__ = (
        Index(
            "ix_resident_code_stock_free",
            "shuffle",
            sqlite_where=text("drawn_at IS NULL"),
            postgresql_where=text("drawn_at IS NULL"),
        ),
    )


class StockEmpty(Exception):
    """No free 住民票コード is left."""

    def __init__(self) -> None:
        super().__init__(
            "未使用の住民票コードがありません。CSから空きコードを取り込んでから、もう一度行ってください。"
        )


def with_check_digit(value: int) -> str:
    """A number of the sequence as it is printed: zero-padded body and check digit."""
    body = f"{value:0{BODY_DIGITS}d}"
    if len(body) > BODY_DIGITS:
        raise OverflowError("the sequence is used up")
    return body + addressee_check_digit(body)


def allocate(session: Session, name: str, count: int = 1) -> list[str]:
    """The next numbers of a sequence.

    The counter's row is held until the end of the transaction: two officers never get the same number, and
    a number whose transaction fails is given again, so that no gap arises.

    :param name: ``ADDRESSEE`` or ``HOUSEHOLD``.
    """
    if count < 1:
        raise ValueError("count must be at least 1")
    query = select(NumberingCounter).where(NumberingCounter.name == name).with_for_update()
    counter = session.scalars(query.execution_options(populate_existing=True)).one()
    first = counter.last_value + 1
    counter.last_value += count
    session.flush()
    return [with_check_digit(value) for value in range(first, first + count)]


def next_serials(session: Session, name: str, count: int = 1) -> list[int]:
    """The next numbers of a series that begins at 1 when it is first asked for, for example one day's issues.

    Gapless and without doublets, as :func:`allocate`.
    """
    if count < 1:
        raise ValueError("count must be at least 1")
    insert_of = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    statement = insert_of(NumberingCounter).values(name=name, last_value=count)
    statement = statement.on_conflict_do_update(
        index_elements=["name"], set_={"last_value": NumberingCounter.last_value + count}
    )
    last = session.scalar(statement.returning(NumberingCounter.last_value))
    assert last is not None
    return list(range(last - count + 1, last + 1))


_SHUFFLE_RANGE = 2**62


def stock_codes(session: Session, keyring: Keyring, codes: Iterable[str], *, is_test_data: bool) -> int:
    """Put codes received from the CS into the stock; a code already known is left out.

    :param codes: 11 digits each; the last digit is the CS's own check digit, which nobody else computes.
    :returns: how many were added.
    :raises ValueError: for a code that is not 11 digits.
    """
    rows: dict[bytes, dict[str, object]] = {}
    for code in codes:
        if len(code) != 11 or not (code.isascii() and code.isdigit()):
            raise ValueError("a 住民票コード has 11 digits")
        code_hash = keyring.lookup_hash(code, context=RESIDENT_CODE)
        rows[code_hash] = {
            "code_cipher": keyring.encrypt(code, context=RESIDENT_CODE),
            "code_hash": code_hash,
            "shuffle": secrets.randbelow(_SHUFFLE_RANGE),
            "is_test_data": is_test_data,
        }
    hashes = list(rows)
    for start in range(0, len(hashes), 500):
        part = hashes[start : start + 500]
        known = session.scalars(
            select(ResidentCodeStock.code_hash).where(ResidentCodeStock.code_hash.in_(part))
        )
        for code_hash in known:
            del rows[code_hash]
    if rows:
        session.execute(insert(ResidentCodeStock), list(rows.values()))
    return len(rows)


def draw_codes(session: Session, keyring: Keyring, count: int, *, moment: dt.datetime) -> list[str]:
    """Take free codes at random out of the stock (RR-4.3.1a).

    :raises StockEmpty: when too few are left; nothing is taken then.
    """
    drawn: list[str] = []
    for _ in range(count):
        row = _free_code(session, secrets.randbelow(_SHUFFLE_RANGE)) or _free_code(session, 0)
        if row is None:
            raise StockEmpty
        row.drawn_at = moment
        session.flush()
        drawn.append(keyring.decrypt_text(row.code_cipher, context=RESIDENT_CODE))
    return drawn


def _free_code(session: Session, start: int) -> ResidentCodeStock | None:
    query = (
        select(ResidentCodeStock)
        .where(ResidentCodeStock.drawn_at.is_(None), ResidentCodeStock.shuffle >= start)
        .order_by(ResidentCodeStock.shuffle)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(query).one_or_none()


def free_codes(session: Session, *, most: int | None = None) -> int:
    """How many codes are free; below the municipality's low-water mark staff are told (RR-4.3.1b).

    :param most: more need not be counted, for who asks only whether there are fewer.
    """
    free = select(ResidentCodeStock.id).where(ResidentCodeStock.drawn_at.is_(None)).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(free)) or 0


def mark_in_use(session: Session, hashes: Sequence[bytes], *, moment: dt.datetime) -> None:
    """Codes that came in with a resident are never handed out again, should they be in the stock."""
    if hashes:
        session.execute(
            update(ResidentCodeStock)
            .where(ResidentCodeStock.code_hash.in_(list(hashes)), ResidentCodeStock.drawn_at.is_(None))
            .values(drawn_at=moment)
        )
