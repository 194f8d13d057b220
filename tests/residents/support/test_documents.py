"""The notices and the list as the application fills them."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.audit import Log
from residentapp.core.audit.chain import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.residents.models import SupportMeasure
from residentapp.residents.support import documents, operations, people, queries
from residentapp.residents.support.documents import Notice
from residentapp.residents.support.errors import SupportRefused
from residentapp.residents.support.suppression_queries import ListFilter
from residentapp.residents.support.types import Direction, EventKind, TransferEntry
from residentapp.residents.types import SuppressionCause
from tests.residents.support.conftest import CHIEF, NOW, TODAY, People, command, seen
from tests.support import residents
from tests.support.documents import mj_fonts, page_texts, squeezed
from tests.support.users import clerk

pytestmark = [pytest.mark.database, pytest.mark.pdf]


@pytest.fixture
def measure(session: Session, keyring: Keyring, people: People) -> SupportMeasure:
    return operations.register(session, CHIEF, keyring, command(people), now=NOW)


def at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(10), NOW.tzinfo)


def text_of(session: Session, keyring: Keyring, measure: SupportMeasure, notice: Notice, day: dt.date) -> str:
    drawn = documents.print_notice(session, CHIEF, keyring, measure.id, notice, mj_fonts(), now=at(day))
    assert not drawn.needs_attention
    return squeezed("".join(page_texts(drawn.pdf)))


@pytest.mark.requirement("RR-3.4e")
@pytest.mark.parametrize(
    ("day", "says"),
    [
        (dt.date(2027, 10, 22), None),
        (dt.date(2027, 10, 23), "次の期間で終わります"),
        (dt.date(2027, 11, 23), "次の期間で終わります"),
        (dt.date(2027, 11, 24), "次の期間が終わりました"),
    ],
)
def test_the_notice_of_the_end_is_there_from_one_month_before(
    session: Session, keyring: Keyring, measure: SupportMeasure, day: dt.date, says: str | None
) -> None:
    if says is None:
        with pytest.raises(SupportRefused, match="令和9年10月23日から出力できます"):
            text_of(session, keyring, measure, Notice.TERM, day)
        return
    text = text_of(session, keyring, measure, Notice.TERM, day)
    for words in (
        says, "守山花子様", "架空県架空市隠町8番9号", "秘荘101号室", "守山一（子）",
        "令和8年11月24日から令和9年11月23日まで", "令和9年10月23日から",
        "令和9年11月24日から令和10年11月23日まで", "架空県架空市長", "架空市市民課（本庁）",
    ):  # fmt: skip
        assert words in text, words
    view = queries.measure_view(session, CHIEF, keyring, measure.id, now=at(day))
    assert (view.events[0].kind, view.events[0].reason) == (
        EventKind.NOTICE_PRINTED,
        "支援措置期間終了通知",
    )
    write_pending(session)
    printed = select(AuditEntry).where(AuditEntry.log == Log.PRINT.value)
    assert [entry.action for entry in session.scalars(printed)] == ["支援措置期間終了通知"]


@pytest.mark.requirement("RR-3.4j")
def test_the_notice_of_the_start_says_what_is_held_back(
    session: Session, keyring: Keyring, measure: SupportMeasure
) -> None:
    text = text_of(session, keyring, measure, Notice.START, TODAY)
    assert "次のとおり始めました" in text and "住民票の写し等の交付（前住所）" in text
    assert "戸籍の附票" not in text and "転送しています" not in text
    sent = TransferEntry(Direction.OUT, "見本県隣市", TODAY)
    people.record_transfer(session, CHIEF, keyring, seen(measure), sent, now=NOW)
    assert "転送しています" in text_of(session, keyring, measure, Notice.START, TODAY)


def test_no_notice_of_a_provisional_or_ended_measure(
    session: Session, keyring: Keyring, people: People
) -> None:
    provisional = operations.register(
        session, CHIEF, keyring, command(people, provisional=True, starts_on=None), now=NOW
    )
    for notice in Notice:
        with pytest.raises(SupportRefused, match="仮支援措置"):
            text_of(session, keyring, provisional, notice, TODAY)
    with pytest.raises(PermissionDenied):
        documents.print_notice(
            session,
            clerk(Permission.SUPPORT_MANAGE),
            keyring,
            provisional.id,
            Notice.TERM,
            mj_fonts(),
            now=NOW,
        )


@pytest.mark.requirement("RR-9.2", partial=True)
def test_the_list_as_csv_and_pdf_holds_everybody_and_is_logged(
    session: Session, keyring: Keyring, measure: SupportMeasure, people: People
) -> None:
    formula = residents.resident(session, name="=HYPERLINK(1)", name_kana="＝ア")
    residents.protect(session, formula)
    content = documents.list_csv(session, CHIEF, ListFilter(), file_name="a.csv", now=NOW)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0][:3] == ["宛名番号", "氏名", "フリガナ"]
    by_name = {row[1]: row for row in rows[1:]}
    assert set(by_name) == {"守山　花子", "守山　一", "'=HYPERLINK(1)"}
    assert by_name["守山　花子"][6] == "架空県架空市隠町8番9号 秘荘101号室"
    drawn = documents.list_pdf(session, CHIEF, ListFilter(), mj_fonts(), file_name="a.pdf", now=NOW)
    text = squeezed("".join(page_texts(drawn.pdf)))
    assert "守山花子" in text and "秘荘101号室" in text and "3人1/1ページ" in text
    assert "令和8年11月24日10時00分" in text
    write_pending(session)
    logged = session.scalars(select(AuditEntry).where(AuditEntry.screen == "抑止対象者一覧")).all()
    assert [(entry.file_name, len(entry.subjects)) for entry in logged] == [("a.csv", 3), ("a.pdf", 3)]
    with pytest.raises(SupportRefused, match="抑止対象者はいません"):
        nobody = ListFilter(cause=SuppressionCause.OTHER)
        documents.list_pdf(session, CHIEF, nobody, mj_fonts(), file_name="a.pdf", now=NOW)
    for attempt in (
        lambda: documents.list_csv(session, clerk(), ListFilter(), file_name="a.csv", now=NOW),
        lambda: documents.list_pdf(session, clerk(), ListFilter(), mj_fonts(), file_name="a.pdf", now=NOW),
    ):
        with pytest.raises(PermissionDenied):
            attempt()
