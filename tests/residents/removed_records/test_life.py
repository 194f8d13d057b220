"""The life of a 除票 from its removal to its end, day by day (RR-1.1.5e–f, RR-9.3)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from residentapp.core.access.actor import system_actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import JST
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.core.keeping import KeptData
from residentapp.core.masters.setting_models import KeepingTerm
from residentapp.residents import history
from residentapp.residents.certificates import operations as certificates
from residentapp.residents.certificates.types import CertificateRequest, Requester, Style
from residentapp.residents.models import ResidentHistory
from residentapp.residents.records import operations as records
from residentapp.residents.removed_records import batch, operations, queries, reader
from residentapp.residents.search import queries as searches
from residentapp.residents.search.types import SearchQuery, StateScope
from residentapp.residents.types import ChangeReason
from tests.residents.certificates.test_operations import CLERK
from tests.support.clock import TEST_MOMENT, SettableClock
from tests.support.masters import make_masters
from tests.support.removed import removed
from tests.support.users import clerk

VIEWER = clerk(Permission.RESIDENT_SEARCH, Permission.RESIDENT_VIEW)
SYSTEM = system_actor("test")


def moment(text: str) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(text), dt.time(10), JST)


@pytest.mark.requirement("RR-1.1.5e", "RR-1.1.5f")
def test_one_removed_record_from_beginning_to_end(session: Session, keyring: Keyring) -> None:
    """Removed on 1875-06-01: in the register for five years, in the archive for 150, then gone."""
    make_masters(session)
    early = removed(session, on=dt.date(1875, 6, 1), name="永田　一")
    late = removed(session, on=dt.date(1875, 5, 1), reason=ChangeReason.DEATH, name="永田　二")
    numbers = [late.addressee_number, early.addressee_number]

    def found(archive: bool) -> list[str]:
        query = SearchQuery(name="永田", states=StateScope.ALL)
        page = searches.search(session, VIEWER, query, keyring=keyring, now=TEST_MOMENT, archive=archive)
        return [hit.addressee_number for hit in page.hits]

    def looked_at_and_copied() -> None:
        for number in numbers:
            page = records.open_resident(session, VIEWER, number, now=TEST_MOMENT)
            kinds = [remark.kind for remark in page.remarks]
            where_to = ["転出先住所（予定）"] if number == numbers[1] else []
            assert kinds == ["異動履歴", "留意事項", "備考", "消除事由", *where_to, "事由の生じた年月日"]
            person = reader.latest_of(session, number)
            assert person is not None
            request = CertificateRequest(
                Style.REMOVED, person.household_number, (number,), requester=Requester.THIRD_PARTY,
                requester_name="永田　三", purpose="相続",
            )  # fmt: skip
            prepared = certificates.prepare(session, CLERK, keyring, request, now=TEST_MOMENT)
            [(_subjects, data)] = prepared.documents
            assert data["notes"][0]["text"][0].startswith("消除事由")
            assert set(data["removal"]) == {
                "confirmed_destination", "notified_on", "moved_out_on", "move_in_notice_on"
            }  # fmt: skip

    # Five years in the main database, in the order of 処理年月日.
    assert sorted(found(archive=False)) == sorted(numbers) and found(archive=True) == []
    assert [line.addressee_number for line in queries.removed_in_register(session)] == numbers
    assert queries.due_for_archive(session, dt.date(1880, 5, 1)) == []
    looked_at_and_copied()
    # Then in the other, one simple action away.
    due = queries.due_for_archive(session, dt.date(1880, 6, 2))
    assert [line.addressee_number for line in due] == numbers
    operations.move(session, SYSTEM, due, now=moment("1880-06-02"))
    session.expunge_all()
    assert found(archive=False) == [] and sorted(found(archive=True)) == sorted(numbers)
    assert [line.addressee_number for line in queries.removed_in_archive(session)] == numbers
    looked_at_and_copied()
    # Until 150 years are over, and not a day less; longer where the municipality has said so.
    with session.begin_nested() as point:
        session.add(KeepingTerm(data=KeptData.REMOVED_RECORD, years=160, valid_from=dt.date(1900, 1, 1)))
        session.flush()
        assert queries.due_for_destruction(session, dt.date(2035, 5, 1)) == []
        [first] = queries.due_for_destruction(session, dt.date(2035, 5, 2))
        with pytest.raises(ValueError, match="last day"):
            operations.destroy(session, SYSTEM, [first], "満了", now=moment("2035-05-01"))
        point.rollback()
    assert queries.due_for_destruction(session, dt.date(2025, 5, 1)) == []
    [first] = queries.due_for_destruction(session, dt.date(2025, 6, 1))
    assert first.addressee_number == numbers[0]
    with pytest.raises(ValueError, match="last day"):
        both = list(queries.removed_in_archive(session))
        operations.destroy(session, SYSTEM, both, "満了", now=moment("2025-06-01"))
    both = queries.due_for_destruction(session, dt.date(2025, 6, 2))
    assert [line.addressee_number for line in both] == numbers
    operations.destroy(session, SYSTEM, both, "満了", now=moment("2025-06-02"))
    assert found(archive=True) == [] and all(reader.record_of(session, number) is None for number in numbers)


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_who_is_held_by_somebody_elses_transaction_is_not_waited_for(database: Database) -> None:
    """On PostgreSQL; SQLite has one writer at a time, and the batch takes its turn."""
    with database.transaction() as session:
        held, free = (removed(session).addressee_number for _ in range(2))
    clock = SettableClock()
    with database.sessions() as other, other.begin():
        assert history.latest(other, held, for_update=True) is not None
        report = batch.run_move(database, SYSTEM, clock=clock)
    assert [line.addressee_number for line in report.done] == [free]
    assert report.skipped == {held: operations.IN_USE} and not report.failed
    assert [line.addressee_number for line in batch.run_move(database, SYSTEM, clock=clock).done] == [held]
    with database.transaction() as session:
        assert session.scalars(select(ResidentHistory)).all() == []
        assert session.scalar(text("SELECT count(*) FROM removed_record")) == 2
