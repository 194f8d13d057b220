"""Who stands on a 閲覧用, who never does, and what the history of issues keeps of it (RR-9.5, RR-3.4a, RR-1.3.8a)."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor, PermissionDenied
from residentapp.core.audit import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.residents.certificates import handing_over, issue_history
from residentapp.residents.certificates.issue_history import HistoryFilter
from residentapp.residents.certificates.models import CertificateIssue
from residentapp.residents.certificates.types import IssueNotFound, IssueRefused, Requester, Shown, Style
from residentapp.residents.reading import operations
from residentapp.residents.reading.models import ReadingCopy, ReadingCopySubject
from residentapp.residents.reading.operations import hand_over, make, may_know_conditions, prepare
from residentapp.residents.reading.types import Basis, Conditions, Medium, Order, ReadingRequest
from residentapp.residents.support import reviews
from residentapp.residents.support.models import Decision
from residentapp.residents.support.reviews import Grant
from residentapp.residents.types import ChangeReason, ResidentKind, ResidentState, Sex
from tests.residents.reading.conftest import CHIEF, MAKER, NOW, Town, day
from tests.support import residents
from tests.support.documents import mj_fonts, page_texts, squeezed

pytestmark = pytest.mark.database
ASKED = ReadingRequest(
    basis=Basis.SURVEY, requester_name="架空大学", representative="学長　架空　三郎", readers="架空　調査員",
    purpose="世論調査の対象者の抽出", medium=Medium.CSV,
)  # fmt: skip
ALL = replace(ASKED, conditions=Conditions(with_suppressed=True))
SECRET = ("守山", "隠町", "秘荘", "抑止")


def rows_of(content: bytes) -> list[list[str]]:
    """The lines of a CSV behind its heading."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[1:]


def taken(
    session: Session, keyring: Keyring, issue: CertificateIssue, *, actor: Actor = MAKER, later: int = 0
) -> bytes:
    out = io.BytesIO()
    now = NOW + dt.timedelta(minutes=later)
    hand_over(session, actor, keyring, issue.id, mj_fonts(), out, now=now)
    return out.getvalue()


def made(session: Session, keyring: Keyring, request: ReadingRequest = ASKED) -> CertificateIssue:
    return make(session, MAKER, keyring, request, mj_fonts(), now=NOW)


def names_of(session: Session, keyring: Keyring, **changes: object) -> list[str]:
    """氏名 on the list of some conditions, in its order."""
    order = changes.pop("order", Order.RANDOM)
    asked = replace(ASKED, conditions=Conditions(**changes), order=order)  # type: ignore[arg-type]
    return [row[1] for row in rows_of(taken(session, keyring, made(session, keyring, asked)))]


@pytest.mark.requirement("RR-9.5", partial=True)
def test_by_conditions(session: Session, keyring: Keyring, town: Town) -> None:
    """The day before, the day and the day after of an age; town, sex, kind of resident, days of birth."""
    chang = "ZHANG YULIN　張　玉蓮"
    assert set(names_of(session, keyring)) == town.names()
    # Today is 2026-11-24: one is 18 today, the other tomorrow.
    assert set(names_of(session, keyring, age_to=17)) == {"辻󠄁　花子"}
    assert set(names_of(session, keyring, age_from=18, age_to=18)) == {"𠮷田　太郎"}
    assert set(names_of(session, keyring, birth_from="2008-11-24", birth_to="2008-11-24")) == {"𠮷田　太郎"}
    assert set(names_of(session, keyring, birth_from="1988-05-06", birth_to="2008-11-24")) == {
        "𠮷田　太郎",
        chang,
    }
    assert set(names_of(session, keyring, towns=("99101002000",))) == {"未確　認"}
    assert set(names_of(session, keyring, sex=Sex.FEMALE)) == {"辻󠄁　花子", chang}
    assert names_of(session, keyring, kind=ResidentKind.FOREIGN) == [chang]
    assert set(names_of(session, keyring, kind=ResidentKind.JAPANESE)) == town.names() - {chang}
    assert names_of(session, keyring, order=Order.BIRTH) == ["未確　認", chang, "𠮷田　太郎", "辻󠄁　花子"]
    by_address = names_of(session, keyring, order=Order.ADDRESS)
    assert by_address.index("𠮷田　太郎") < by_address.index("辻󠄁　花子"), "2番 stands before 10番"
    assert by_address[-1] == "未確　認"


@pytest.mark.requirement("RR-9.5", partial=True)
def test_who_is_gone_is_not_on_it_and_who_has_no_known_birth_has_no_age(
    session: Session, keyring: Keyring, town: Town
) -> None:
    change = residents.change(session, ChangeReason.DEATH)
    residents.next_snapshot(session, town.open[0], change, state=ResidentState.DEAD)
    assert "辻󠄁　花子" not in names_of(session, keyring)


def test_the_random_order_is_one(session: Session, keyring: Keyring, town: Town) -> None:
    """Twenty people twice in the same order would be a chance of one in 10^18."""
    for place in range(20):
        residents.resident(session, name=f"架空　{place}")
    first, second = names_of(session, keyring), names_of(session, keyring)
    assert sorted(first) == sorted(second) and first != second


@pytest.mark.requirement("RR-3.4a", "CM-5.1", "RR-9.5", partial=True)
@pytest.mark.parametrize("actor", [MAKER, CHIEF])
@pytest.mark.parametrize("order", list(Order))
def test_the_protected_are_on_no_list_and_leave_no_gap(
    session: Session, keyring: Keyring, town: Town, actor: Actor, order: Order
) -> None:
    """Nor who lives with them, nor who is held back for another cause; whoever asks, whatever the conditions."""
    asked = replace(ASKED, order=order)
    row = make(session, actor, keyring, asked, mj_fonts(), now=NOW)
    content = taken(session, keyring, row, actor=actor)
    assert not any(word in content.decode() for word in SECRET)
    lines = rows_of(content)
    assert [line[0] for line in lines] == [str(place) for place in range(1, len(town.open) + 1)]
    copy = session.get_one(ReadingCopy, row.id)
    assert copy.people == len(town.open)
    numbers = set(session.scalars(select(ReadingCopySubject.addressee_number)))
    assert numbers == {person.addressee_number for person in town.open}


@pytest.mark.requirement("RR-3.4a", "CM-5.1", partial=True)
def test_conditions_that_only_they_fulfil_find_nobody(session: Session, keyring: Keyring, town: Town) -> None:
    """As a place where nobody lives; a temporary lift changes nothing."""
    session.execute(
        text("UPDATE suppression SET lifted_until = :end"), {"end": NOW + dt.timedelta(minutes=15)}
    )
    mother = town.protected[0]
    nowhere = Conditions(birth_from="1890-01-01", birth_to="1890-01-01")
    theirs = Conditions(
        towns=(mother.address_code or "",), sex=Sex.FEMALE, birth_from="1980-05-05", birth_to="1980-05-05"
    )
    for conditions in (nowhere, theirs):
        prepared = prepare(session, MAKER, keyring, replace(ASKED, conditions=conditions), now=NOW)
        assert [each.code for each in prepared.violations] == ["RD-E011"] and prepared.chosen is None


@pytest.mark.requirement("RR-3.4a", "RR-3.4b")
def test_a_list_that_leaves_nobody_out_leaves_once_after_review(
    session: Session, keyring: Keyring, town: Town
) -> None:
    """An error until the officer in charge, who is told whom it would show, has let exactly this list out."""
    with pytest.raises(IssueRefused):
        made(session, keyring, ALL)
    with pytest.raises(IssueRefused):
        make(session, CHIEF, keyring, ALL, mj_fonts(), now=NOW)
    review = operations.ask(session, MAKER, keyring, ALL, page_state_id="page", now=NOW)
    seen = {subject.addressee_number for subject in review.subjects}
    assert seen == {person.addressee_number for person in (*town.protected, town.held_back)}
    assert prepare(session, MAKER, keyring, ALL, now=NOW).people is None, "asking opens and counts nothing"
    reviews.decide(
        session,
        CHIEF,
        keyring,
        review.id,
        Grant(Decision.GRANTED, "裁判所の調査嘱託を確認", 30),
        most=60,
        now=NOW,
    )
    other = replace(ALL, purpose="別の目的")
    for asked, actor in ((other, MAKER), (ALL, CHIEF)):
        assert prepare(session, actor, keyring, asked, now=NOW).only_review_lacks
    row = made(session, keyring, ALL)
    assert len(rows_of(taken(session, keyring, row))) == len(town.open) + 3
    assert prepare(session, MAKER, keyring, ALL, now=NOW).only_review_lacks, "once"
    with pytest.raises(IssueRefused):
        taken(session, keyring, row, later=60)
    with pytest.raises(IssueRefused):
        taken(session, keyring, row, actor=CHIEF)
    copy = session.get_one(ReadingCopy, row.id)
    stranger = replace(MAKER, login="other")
    assert may_know_conditions(MAKER, row, copy) and may_know_conditions(CHIEF, row, copy)
    assert not may_know_conditions(stranger, row, copy)


@pytest.mark.requirement("RR-3.4b", "CM-5.1", partial=True)
def test_a_grant_does_not_cover_who_came_under_a_measure_since(
    session: Session, keyring: Keyring, town: Town
) -> None:
    review = operations.ask(session, MAKER, keyring, ALL, page_state_id="page", now=NOW)
    reviews.decide(session, CHIEF, keyring, review.id, Grant(Decision.GRANTED, "確認", 30), most=60, now=NOW)
    residents.protect(session, town.open[1])
    assert prepare(session, MAKER, keyring, ALL, now=NOW).only_review_lacks


@pytest.mark.requirement("RR-3.4a", "CM-5.1", partial=True)
def test_who_comes_under_a_measure_later_is_not_handed_out_nor_found_on_the_list(
    session: Session, keyring: Keyring, town: Town
) -> None:
    """Nor does the history of the person lead to the list, which says for which towns it was made."""
    row = made(session, keyring)
    number = town.open[1].addressee_number

    def history_for(actor: Actor) -> list[str]:
        found = issue_history.issues(session, actor, HistoryFilter(addressee_number=number), now=NOW)
        return [issue.id for issue in found.issues]

    assert history_for(MAKER) == [row.id]
    residents.protect(session, town.open[1])
    with pytest.raises(IssueRefused) as refused:
        taken(session, keyring, row)
    assert [each.code for each in refused.value.violations] == ["RD-E020"]
    assert history_for(MAKER) == [] and history_for(CHIEF) == [row.id]


@pytest.mark.pdf
@pytest.mark.requirement("RR-9.5", "RR-5.3a", "RR-5.4", "FM-3", "FM-4", partial=True)
def test_the_pdf_says_four_items_and_is_the_same_again(
    session: Session, keyring: Keyring, town: Town
) -> None:
    """Also when the people have moved since: what was handed out is made again from the history."""
    for _ in range(35):
        residents.resident(session, name="並　人")
    row = made(session, keyring, replace(ASKED, medium=Medium.PDF, kana=True, order=Order.ADDRESS))
    first = taken(session, keyring, row)
    pages = [squeezed(page) for page in page_texts(first)]
    assert row.pages == len(pages) == 2
    whole = "".join(pages)
    for words in (
        "住民基本台帳の一部の写し（閲覧用）", "39人", "令和8年11月24日", "辻󠄁花子（ツジハナコ）", "旧氏：旧山",
        "平成20年11月25日", "通称：山田玲子（ヤマダレイコ）", "1988年5月6日", "=架空荘1号室", "未確認",
    ):  # fmt: skip
        assert words in whole, words
    for words in (*SECRET, "ミカク", "キュウヤマ", "世帯主", "本籍", "99101", town.open[0].addressee_number):
        assert words not in whole, words
    assert row.issue_number.replace(" ", "") + "1/2" in pages[0] and "以下余白" in pages[1]
    change = residents.change(session)
    residents.next_snapshot(session, town.open[0], change, address="架空県架空市新町1番")
    assert taken(session, keyring, row) == first


@pytest.mark.pdf
@pytest.mark.requirement("RR-5.8b", partial=True)
def test_what_does_not_come_out_as_written_is_named_by_line(
    session: Session, keyring: Keyring, town: Town
) -> None:
    """A text that does not fit, and a pair of character and selector that the font does not register."""
    residents.resident(session, name="長" * 300, birth_date=day(1900, 1, 1), address="架空県架空市末町1番")
    residents.resident(session, name="辻\U000e0100　字", birth_date=day(1900, 1, 2))
    row = made(session, keyring, replace(ASKED, medium=Medium.PDF, order=Order.BIRTH))
    assert row.confirmed[operations.MARRED].startswith("1番 氏名、2番 氏名")
    assert made(session, keyring).confirmed == {}, "a CSV cuts nothing"


def test_the_csv_calculates_nothing_and_has_kana_only_when_asked(
    session: Session, keyring: Keyring, town: Town
) -> None:
    plain = taken(session, keyring, made(session, keyring)).decode("utf-8-sig")
    assert "'=架空荘1号室" in plain and "ツジ" not in plain
    assert plain.splitlines()[0] == "番号,氏名,旧氏・通称,生年月日,性別,住所,方書"
    with_kana = taken(session, keyring, made(session, keyring, replace(ASKED, kana=True))).decode("utf-8-sig")
    assert (
        "ツジ　ハナコ" in with_kana and "ミカク" not in with_kana and "山田　玲子,ヤマダ　レイコ" in with_kana
    )


@pytest.mark.requirement("RR-1.3.8a", "RR-1.3.8b", partial=True)
def test_the_history_keeps_it_and_the_log_says_so(session: Session, keyring: Keyring, town: Town) -> None:
    row = made(session, keyring)
    assert (
        row.style is Style.READING and row.requester is Requester.THIRD_PARTY and row.handed_over_at is None
    )
    assert [Shown(value) for value in row.shown] == [Shown.BIRTH, Shown.SEX, Shown.BUILDING]
    taken(session, keyring, row)
    assert row.handed_over_at == NOW
    write_pending(session)
    acts = session.execute(select(AuditEntry.action, AuditEntry.details).order_by(AuditEntry.sequence)).all()
    assert [action for action, _details in acts] == ["閲覧用の作成", "閲覧用の出力"]
    assert acts[0][1]["人数"] == 4 and acts[0][1]["発行番号"] == row.issue_number
    handing_over.dispose(session, CHIEF, row.id, "条件の誤り", now=NOW)
    with pytest.raises(IssueRefused) as refused:
        taken(session, keyring, row)
    assert [each.code for each in refused.value.violations] == ["RD-E021"]
    with pytest.raises(IssueNotFound):
        handing_over.hand_over(session, CHIEF, keyring, row.id, mj_fonts(), now=NOW)
    for statement in ("DELETE FROM reading_copy_subject", "UPDATE reading_copy SET people = 1"):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(statement))


def test_the_right_is_needed(session: Session, keyring: Keyring, town: Town) -> None:
    nobody = replace(MAKER, permissions=frozenset())
    with pytest.raises(PermissionDenied):
        prepare(session, nobody, keyring, ASKED, now=NOW)
    row = made(session, keyring)
    with pytest.raises(IssueNotFound):
        hand_over(session, nobody, keyring, row.id, mj_fonts(), io.BytesIO(), now=NOW)
