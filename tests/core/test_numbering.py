"""Numbers the municipality gives: no gap, no doublet, and 住民票コード at random (RR-1.1.13, RR-4.3.1)."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy.orm import Session

from residentapp.core import numbering
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from tests.support.clock import TEST_MOMENT

KEYRING = Keyring([("test", b"k" * 32)], b"l" * 32)
CODES = [f"{10_000_000_000 + index * 37}" for index in range(40)]


@pytest.mark.requirement("RR-1.1.13a")
def test_numbers_are_a_sequence_with_a_check_digit(session: Session) -> None:
    numbers = numbering.allocate(session, numbering.ADDRESSEE, 3)
    assert [number[:-1] for number in numbers] == ["000000001", "000000002", "000000003"]
    # Modulus 11, weights 2, 3, 4 … from the right: 1 × 2 = 2 → 9; 2 × 2 = 4 → 7; 3 × 2 = 6 → 5.
    assert [number[-1] for number in numbers] == ["9", "7", "5"]
    assert numbering.allocate(session, numbering.HOUSEHOLD) == ["0000000019"]


def test_a_transaction_that_fails_leaves_no_gap(database: Database) -> None:
    with pytest.raises(RuntimeError, match="failed"), database.transaction() as session:
        numbering.allocate(session, numbering.ADDRESSEE, 5)
        raise RuntimeError("failed")
    with database.transaction() as session:
        assert numbering.allocate(session, numbering.ADDRESSEE)[0].startswith("000000001")


def test_officers_at_the_same_time_get_neither_gaps_nor_doublets(database: Database) -> None:
    given: list[str] = []
    guard = threading.Lock()
    start = threading.Barrier(6)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            start.wait()
            for _ in range(5):
                with database.transaction() as session:
                    numbers = numbering.allocate(session, numbering.ADDRESSEE, 2)
                with guard:
                    given.extend(numbers)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(int(number[:-1]) for number in given) == list(range(1, 61))


def test_a_series_begins_at_one_and_has_no_gap(database: Database) -> None:
    given: list[int] = []
    guard = threading.Lock()

    def work() -> None:
        for _ in range(4):
            with database.transaction() as session:
                serials = numbering.next_serials(session, "certificate:20261124", 2)
            with guard:
                given.extend(serials)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == list(range(1, 33))
    with database.transaction() as session:
        assert numbering.next_serials(session, "certificate:20261125") == [1]


def test_asking_for_nothing_or_beyond_the_end_is_refused(session: Session) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        numbering.allocate(session, numbering.ADDRESSEE, 0)
    with pytest.raises(ValueError, match="at least 1"):
        numbering.next_serials(session, "series", 0)
    with pytest.raises(OverflowError):
        numbering.with_check_digit(10**numbering.BODY_DIGITS)


@pytest.mark.requirement("RR-4.3.1a", partial=True)
def test_codes_are_drawn_at_random_once_each(session: Session) -> None:
    assert numbering.stock_codes(session, KEYRING, CODES, is_test_data=True) == 40
    assert numbering.free_codes(session) == 40
    drawn = numbering.draw_codes(session, KEYRING, 20, moment=TEST_MOMENT)
    assert len(set(drawn)) == 20 and set(drawn) <= set(CODES)
    # 20 of 40 in their first order would come about once in 10^23 draws.
    assert drawn != CODES[:20] and drawn != sorted(drawn)
    assert numbering.free_codes(session) == 20
    rest = numbering.draw_codes(session, KEYRING, 20, moment=TEST_MOMENT)
    assert sorted(drawn + rest) == sorted(CODES)
    with pytest.raises(numbering.StockEmpty, match="空きコード"):
        numbering.draw_codes(session, KEYRING, 1, moment=TEST_MOMENT)


def test_a_code_comes_into_the_stock_once(session: Session) -> None:
    numbering.stock_codes(session, KEYRING, CODES[:3], is_test_data=True)
    assert numbering.stock_codes(session, KEYRING, [*CODES[2:5], CODES[4]], is_test_data=True) == 2
    assert numbering.free_codes(session) == 5


@pytest.mark.parametrize("code", ["1234567890", "123456789012", "1234567890a", "１２３４５６７８９０１"])
def test_a_code_that_is_none_is_refused(session: Session, code: str) -> None:
    with pytest.raises(ValueError, match="11 digits"):
        numbering.stock_codes(session, KEYRING, [code], is_test_data=True)


def test_a_code_that_came_with_a_resident_is_never_handed_out(session: Session) -> None:
    numbering.stock_codes(session, KEYRING, CODES[:2], is_test_data=True)
    used = KEYRING.lookup_hash(CODES[0], context=numbering.RESIDENT_CODE)
    numbering.mark_in_use(session, [used], moment=TEST_MOMENT)
    assert numbering.draw_codes(session, KEYRING, 1, moment=TEST_MOMENT) == [CODES[1]]


def test_two_officers_draw_different_codes_at_once(database: Database) -> None:
    with database.transaction() as session:
        numbering.stock_codes(session, KEYRING, CODES, is_test_data=True)
    drawn: list[str] = []
    guard = threading.Lock()

    def work() -> None:
        with database.transaction() as session:
            codes = numbering.draw_codes(session, KEYRING, 5, moment=TEST_MOMENT)
        with guard:
            drawn.extend(codes)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) == 30 and len(set(drawn)) == 30
