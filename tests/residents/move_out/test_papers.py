"""転出証明書 (20.2.1) and 転出証明書に準ずる証明書 (20.2.2): issued with the flow, again as at first.

With its QR code.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.dates import DateValue
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.core.outbox import MessageState, OutboxMessage, body_of
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.certificates.handing_over import hand_over
from residentapp.residents.certificates.models import CertificateIssue
from residentapp.residents.certificates.operations import alert_name
from residentapp.residents.certificates.snapshots import SNAPSHOT, thaw
from residentapp.residents.certificates.types import IssueRefused, Style
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.memos.operations import write_memo
from residentapp.residents.messages.operations import ActRefused, resend_message
from residentapp.residents.messages.types import MessageKind
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.move_in.certificate_csv import read_certificate
from residentapp.residents.move_in.certificate_qr import csv_of
from residentapp.residents.move_out.documents import entitlements
from residentapp.residents.move_out.papers import (
    Papers,
    issue_again,
    issue_first,
    issue_with_approval,
    papers_of,
    papers_of_case,
    papers_of_person,
    waiting_papers,
)
from residentapp.residents.types import ChangeReason, ForeignCategory, PensionKind, ResidentKind
from tests.residents.changes.conftest import APPROVE
from tests.residents.changes.elsewhere import moving_out
from tests.residents.changes.office import ChangeOffice
from tests.residents.move_in.cases import individual_number, resident_code
from tests.residents.move_out.test_closing import close_all
from tests.support import residents
from tests.support.documents import mj_fonts, page_picture, page_texts, squeezed
from tests.support.qr import read_qr

#: Where the codes stand: slot by slot, in mm.
QR_BOXES = [(156.5, 64.5 + 60 * slot, 41, 41) for slot in range(3)]


@pytest.fixture
def issuer(office: ChangeOffice) -> Actor:
    """An approver who may issue certificates."""
    return replace(
        office.approver,
        permissions=frozenset({*APPROVE, Permission.CERTIFICATE_ISSUE, Permission.ISSUE_HISTORY_VIEW}),
    )


@pytest.fixture
def numbered(office: ChangeOffice, family: list[ResidentHistory]) -> list[ResidentHistory]:
    """The family with its numbers and what insurance knows."""
    change = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    rows = []
    for place, each in enumerate(family):
        number, code = individual_number(8000 + place), resident_code(8000 + place)
        rows.append(
            residents.next_snapshot(
                office.session, each, change,
                individual_number_cipher=office.keyring.encrypt(number, context=INDIVIDUAL_NUMBER),
                individual_number_hash=office.keyring.lookup_hash(number, context=INDIVIDUAL_NUMBER),
                resident_code_cipher=office.keyring.encrypt(code, context=RESIDENT_CODE),
                resident_code_hash=office.keyring.lookup_hash(code, context=RESIDENT_CODE),
                health_insurance_insured=place < 2,
            )
        )  # fmt: skip
    return rows


def registered(office: ChangeOffice, entry: ChangeEntry) -> tuple[ChangeCase, Papers]:
    """A registered move-out with its papers."""
    case = office.provisional(entry)
    [change_id, *_rest] = office.approve(case).change_ids
    found = papers_of(office.session, change_id)
    assert found is not None
    return case, found


def again(office: ChangeOffice, papers: Papers) -> Papers:
    found = papers_of(office.session, papers.change.id)
    assert found is not None
    return found


def first(office: ChangeOffice, issuer: Actor, papers: Papers, **options: Any) -> CertificateIssue:
    return issue_first(office.session, issuer, office.keyring, papers, mj_fonts(), now=office.now, **options)


def repeat(office: ChangeOffice, issuer: Actor, papers: Papers, now: dt.datetime) -> CertificateIssue:
    return issue_again(office.session, issuer, office.keyring, papers, mj_fonts(), now=now)


def pdf_of(office: ChangeOffice, issuer: Actor, issue: CertificateIssue, now: dt.datetime) -> bytes:
    return hand_over(office.session, issuer, office.keyring, issue.id, mj_fonts(), now=now).pdf


def codes_of(pdf: bytes, people: int) -> list[str]:
    """The texts of the QR codes that a scanner finds on the paper."""
    found = []
    for place in range(people):
        picture = page_picture(pdf, place // 3, dots_per_inch=300)
        x, y, w, h = (round(value / 25.4 * 300) for value in QR_BOXES[place % 3])
        found.append(read_qr(picture.crop((x, y, x + w, y + h))))
    return found


@pytest.mark.requirement("RR-4.1.3.0.3a", "RR-1.3.8a", partial=True)
def test_the_flow_issues_the_certificate(
    office: ChangeOffice, numbered: list[ResidentHistory], issuer: Actor
) -> None:
    """As soon as the move-out is registered: recorded in the history of issues with everybody on it, ready to print."""
    case, _papers = registered(office, moving_out(office, *numbered, planned_head="架空　太郎"))
    assert len(waiting_papers(office.session)) == 1
    issue_with_approval(office.session, issuer, office.keyring, mj_fonts(), case, now=office.now)
    assert waiting_papers(office.session) == []

    [papers] = papers_of_case(office.session, case.id)
    issue = papers.first
    assert issue is not None
    assert (issue.style, issue.pages) == (Style.MOVE_OUT, 2)
    assert [subject.addressee_number for subject in issue.subjects] == [p.addressee_number for p in numbered]
    assert set(issue.shown) == {"relationship", "domicile", "resident_code", "individual_number", "kana"}
    told = squeezed("".join(page_texts(pdf_of(office, issuer, issue, office.now))))
    for text in (
        "転出証明書", "架空県架空市本町一丁目2番3号", "見本県隣市北町9番9号北荘101号", "令和8年12月1日",
        "令和8年11月24日",
        "架空太郎（カクウタロウ）", individual_number(8000), resident_code(8003), "国民健康保険の被保険者",
        "上記のとおり",
        "架空県架空市長", issue.issue_number.replace(" ", ""), f"証明書番号991015-{papers.change.id}",
    ):  # fmt: skip
        assert text in told, text
    assert "再交付" not in told and "特例" not in told
    # A second approval of nothing: the paper is there.
    issue_with_approval(office.session, issuer, office.keyring, mj_fonts(), case, now=office.now)
    assert len(again(office, papers).issues) == 1


@pytest.mark.requirement("RR-10.8", "RR-4.1.1.3", partial=True)
def test_its_qr_codes_are_taken_in_as_a_move_in(
    office: ChangeOffice, numbered: list[ResidentHistory], issuer: Actor
) -> None:
    """Read from the picture of the paper, as a scanner does, and through the intake of the next municipality."""
    _case, papers = registered(office, moving_out(office, *numbered))
    pdf = pdf_of(office, issuer, first(office, issuer, papers), office.now)
    result = read_certificate(csv_of(codes_of(pdf, 4)), "QR")
    assert result.errors == [] and result.payload is not None
    members = result.payload.entry.members
    assert [member.name for member in members] == ["架空　太郎", "架空　花子", "架空　一郎", "架空　桜"]
    assert [member.relationship for member in members] == ["世帯主", "妻", "子", "子"]
    assert members[2].birth_date == "平成20年1月1日"
    assert members[3].individual_number == individual_number(8003)
    assert members[1].previous_address == "架空県架空市本町一丁目2番3号"
    whole = result.payload.papers[""]
    assert whole["転出予定年月日"] == "令和8年12月1日"
    assert whole["転出先住所"] == "見本県隣市北町9番9号　北荘101号"
    assert whole["証明書番号"] == f"991015-{papers.change.id}"


@pytest.mark.requirement("RR-4.1.3.0.3c", "RR-4.1.3.0.3d")
def test_it_is_issued_again_as_at_first(
    office: ChangeOffice, numbered: list[ResidentHistory], issuer: Actor
) -> None:
    """Marked 再交付, on its own day and with its own 発行番号; of the record's later content nothing is on it."""
    _case, papers = registered(office, moving_out(office, *numbered))
    issue = first(office, issuer, papers)
    change = residents.change(office.session, ChangeReason.CORRECT_ERROR)
    residents.next_snapshot(
        office.session, office.latest(numbered[0]), change, name="架空　訂正", name_kana="カクウ　テイセイ",
        planned_destination="見本県遠市西町1番",
    )  # fmt: skip
    close_all(office)
    later = office.now + dt.timedelta(days=20)

    row = repeat(office, issuer, again(office, papers), later)

    assert row.issue_number != issue.issue_number
    told = squeezed("".join(page_texts(pdf_of(office, issuer, row, later))))
    assert "再交付" in told and "令和8年12月14日" in told
    assert "架空太郎" in told and "見本県隣市北町9番9号" in told
    assert "訂正" not in told and "遠市" not in told
    one, other = (
        thaw(office.keyring.decrypt_text(each.snapshot_cipher, context=SNAPSHOT)).data
        for each in (issue, row)
    )
    different = {key for key in one if one[key] != other[key]}
    assert different == {"reissue", "issue_number", "certification"}
    assert {
        key for key in one["certification"] if one["certification"][key] != other["certification"][key]
    } == {"date"}
    found = again(office, papers)
    assert [paper.first_issue_id for paper, _issue in found.issues] == [None, issue.id]
    third = repeat(office, issuer, found, later)
    assert again(office, papers).issues[-1][0].first_issue_id == issue.id
    assert third.id != row.id


@pytest.mark.requirement("RR-4.1.3.0.3b")
def test_after_fourteen_days_the_other_paper(
    office: ChangeOffice, numbered: list[ResidentHistory], issuer: Actor
) -> None:
    """転出証明書に準ずる証明書, stating that it is for attaching to the 転入届; no 転出証明書."""
    case, _papers = registered(office, moving_out(office, *numbered, moved_on="令和8年11月9日"))
    issue_with_approval(office.session, issuer, office.keyring, mj_fonts(), case, now=office.now)
    [papers] = papers_of_case(office.session, case.id)
    [(_paper, issue)] = papers.issues
    assert issue.style is Style.MOVE_OUT_EQUIVALENT
    told = squeezed("".join(page_texts(pdf_of(office, issuer, issue, office.now))))
    assert "転出証明書に準ずる証明書" in told
    assert "この証明書は、転入届に添付するために交付する。" in told
    for text in ("転出年月日", "令和8年11月9日", "申出日", "令和8年11月24日"):
        assert text in told, text
    assert "転出予定" not in told


@pytest.mark.requirement("RR-4.1.3.0.4a", partial=True)
def test_special_move_outs_have_none_unless_asked_for(
    office: ChangeOffice, numbered: list[ResidentHistory], issuer: Actor
) -> None:
    case, papers = registered(office, moving_out(office, *numbered, special="1"))
    issue_with_approval(office.session, issuer, office.keyring, mj_fonts(), case, now=office.now)
    assert again(office, papers).issues == ()
    assert waiting_papers(office.session) == []
    issue = first(office, issuer, papers)
    told = squeezed("".join(page_texts(pdf_of(office, issuer, issue, office.now))))
    assert "特例による転出処理済" in told


@pytest.mark.requirement("RR-4.1.3.0.3a")
def test_the_paper_of_a_usual_move_out_needs_no_further_hand(
    office: ChangeOffice, numbered: list[ResidentHistory], issuer: Actor
) -> None:
    """Approved with the right to issue, the 転出証明書 is there; without it the paper waits on a list."""
    leaving = office.new_head(moving_out(office, *numbered[:2]), numbered[2])
    case, papers = registered(office, leaving)
    issue_with_approval(office.session, issuer, office.keyring, mj_fonts(), case, now=office.now)
    issue = again(office, papers).first
    assert issue is not None and issue.style is Style.MOVE_OUT
    told = squeezed("".join(page_texts(pdf_of(office, issuer, issue, office.now))))
    assert "転出証明書" in told and "架空花子" in told and "架空桜" not in told

    case, papers = registered(office, moving_out(office, numbered[3]))
    issue_with_approval(office.session, office.approver, office.keyring, mj_fonts(), case, now=office.now)
    assert list(waiting_papers(office.session)) == [papers.change.id]
    first(office, issuer, papers)
    assert list(waiting_papers(office.session)) == []


@pytest.mark.requirement("RR-4.1.3.0.4a")
def test_a_special_move_out_sends_its_information_instead_of_a_paper(
    office: ChangeOffice, numbered: list[ResidentHistory], issuer: Actor
) -> None:
    """転出証明書情報 goes with the approval, one message a person; the certificate can be had at will."""
    case, papers = registered(office, moving_out(office, *numbered, special="1"))
    sent = sent_information(office)
    assert [row.subject for row in sent] == [each.addressee_number for each in numbered]
    assert body_of(office.keyring, sent[0])["person"]["planned_destination"].startswith("見本県隣市北町")
    issue_with_approval(office.session, issuer, office.keyring, mj_fonts(), case, now=office.now)
    assert again(office, papers).issues == () and waiting_papers(office.session) == []
    issue = first(office, issuer, papers)
    told = squeezed("".join(page_texts(pdf_of(office, issuer, issue, office.now))))
    assert "特例による転出処理済" in told


def sent_information(office: ChangeOffice) -> list[OutboxMessage]:
    """Messages with 転出証明書情報, in the order in which they were written."""
    query = select(OutboxMessage).where(OutboxMessage.kind == MessageKind.MOVE_OUT_CERTIFICATE)
    return list(office.session.scalars(query.order_by(OutboxMessage.id)))


@pytest.mark.requirement("RR-4.1.3.0.4b")
def test_a_card_makes_no_special_move_out_and_what_was_sent_is_not_sent_by_hand(
    office: ChangeOffice, numbered: list[ResidentHistory], issuer: Actor
) -> None:
    cards = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    for each in numbered:
        residents.next_snapshot(
            office.session,
            office.latest(each),
            cards,
            number_card_state="交付済み",
            basic_card_state="交付済み",
        )
    entry = moving_out(office, *numbered[2:])
    assert not entry.text("special") and office.codes(entry) == []
    case, papers = registered(office, entry)
    assert sent_information(office) == [] and not papers.move_out.special
    issue_with_approval(office.session, issuer, office.keyring, mj_fonts(), case, now=office.now)
    assert again(office, papers).first is not None

    registered(office, moving_out(office, *(office.latest(each) for each in numbered[:2]), special="1"))
    [row, *_rest] = sent_information(office)
    row.state = MessageState.SENT
    officer = replace(office.clerk, permissions=frozenset({*office.clerk.permissions, *Permission}))
    with pytest.raises(ActRefused, match="手で再送することはできません"):
        resend_message(office.session, officer, office.keyring, row.id, reason="もう一度", now=office.now)


def test_abroad_there_is_none(office: ChangeOffice, numbered: list[ResidentHistory], issuer: Actor) -> None:
    _case, papers = registered(
        office,
        moving_out(office, *numbered, planned_kind="abroad", planned_country="架空国", planned_code="",
                   planned_postal_code=""),
    )  # fmt: skip
    with pytest.raises(IssueRefused) as refused:
        first(office, issuer, papers)
    assert [each.code for each in refused.value.violations] == ["MP-E001"]
    assert waiting_papers(office.session) == []


def test_what_cannot_be_issued_says_why(
    office: ChangeOffice, numbered: list[ResidentHistory], issuer: Actor
) -> None:
    _case, papers = registered(office, moving_out(office, *numbered))

    def codes(act: Any, actor: Actor = issuer, papers: Papers = papers) -> list[str]:
        with pytest.raises(IssueRefused) as refused:
            act(office.session, actor, office.keyring, papers, mj_fonts(), now=office.now)
        return [each.code for each in refused.value.violations]

    assert codes(issue_again) == ["MP-E003"]
    blind = replace(issuer, permissions=issuer.permissions - {Permission.ITEM_INDIVIDUAL_NUMBER})
    assert codes(issue_first, blind) == ["CI-E020"]
    first(office, issuer, papers)
    assert codes(issue_first, papers=again(office, papers)) == ["MP-E002"]
    cancel = residents.change(
        office.session, ChangeReason.CANCEL_INCREASE, cancels_change_id=papers.change.id
    )
    office.session.add(cancel)
    office.session.flush()
    assert codes(issue_again, papers=again(office, papers)) == ["MP-E004"]


@pytest.mark.requirement("RR-3.4a", partial=True)
def test_a_protected_person_is_on_no_paper_that_comes_by_itself(
    office: ChangeOffice, numbered: list[ResidentHistory], issuer: Actor
) -> None:
    residents.protect(office.session, numbered[1])
    entry = moving_out(office, *numbered)
    officer = {*APPROVE, Permission.SUPPRESSED_VIEW}
    office.clerk = replace(office.clerk, permissions=frozenset(officer))
    office.approver = replace(office.approver, permissions=frozenset(officer))
    case, papers = registered(office, entry)
    issue_with_approval(office.session, issuer, office.keyring, mj_fonts(), case, now=office.now)
    assert again(office, papers).issues == ()
    assert list(waiting_papers(office.session)) == [papers.change.id]
    with pytest.raises(IssueRefused) as refused:
        first(office, issuer, papers)
    [violation] = refused.value.violations
    assert violation.code == "CI-E010"
    assert "架空" not in violation.message + violation.remedy


def test_who_may_not_issue_leaves_it_waiting(office: ChangeOffice, numbered: list[ResidentHistory]) -> None:
    case, papers = registered(office, moving_out(office, *numbered))
    issue_with_approval(office.session, office.approver, office.keyring, mj_fonts(), case, now=office.now)
    assert again(office, papers).waits
    assert list(waiting_papers(office.session)) == [papers.change.id]


def test_a_character_that_cannot_be_printed_is_looked_at_first(
    office: ChangeOffice, numbered: list[ResidentHistory], issuer: Actor
) -> None:
    """The flow does not print what is not as written; with the clerk's word it does."""
    change = residents.change(office.session, ChangeReason.CORRECT_ERROR)
    residents.next_snapshot(
        office.session, numbered[2], change, name="架空　\U000f0000", register_head="架空　太郎"
    )
    case, papers = registered(office, moving_out(office, numbered[2]))
    issue_with_approval(office.session, issuer, office.keyring, mj_fonts(), case, now=office.now)
    assert again(office, papers).waits
    with pytest.raises(IssueRefused) as refused:
        first(office, issuer, papers)
    given = {alert_name(each): "本人に確かめた" for each in refused.value.violations}
    assert first(office, issuer, papers, confirmed=given).confirmed == given


def test_a_foreign_resident_with_everything(office: ChangeOffice, issuer: Actor) -> None:
    person = residents.resident(
        office.session, resident_kind=ResidentKind.FOREIGN, name="張　玉蓮", name_alphabet="ZHANG YULIN",
        name_kana="チャン　ユウリン", alias="架空　玲", alias_kana="カクウ　レイ", head_name="ZHANG YULIN　張　玉蓮",
        birth_date=DateValue.of(dt.date(1990, 4, 3), western=True), registered_domicile=None, register_head=None,
        became_resident_on=None, became_foreign_resident_on=DateValue.of(dt.date(2018, 4, 1)), nationality="架空国",
        foreign_category=ForeignCategory.MID_TO_LONG_TERM, residence_status="技術", residence_period="3年",
        residence_expires_on=dt.date(2028, 5, 1), residence_card_number="AB12345678CD", pension_insured=True,
        pension_kind=PensionKind.FIRST, pension_number="0123456789", child_allowance_from="2026-04",
        long_term_care_insured=True, long_term_care_acquired_on=dt.date(2026, 4, 1),
    )  # fmt: skip
    _case, papers = registered(office, moving_out(office, person))
    issue = first(office, issuer, papers)
    assert {"nationality", "card_number"} <= set(issue.shown)
    pdf = pdf_of(office, issuer, issue, office.now)
    told = squeezed("".join(page_texts(pdf)))
    for text in ("ZHANGYULIN張玉蓮（チャンユウリン）", "架空玲（カクウレイ）", "1990年4月3日", "架空国", "中長期在留者",
                 "AB12345678CD", "2028年5月1日", "平成30年4月1日", "国民年金の第1号被保険者",
                 "児童手当を令和8年4月から"):  # fmt: skip
        assert text in told, text
    result = read_certificate(csv_of(codes_of(pdf, 1)))
    assert result.errors == [] and result.payload is not None
    [member] = result.payload.entry.members
    assert (member.birth_date, member.foreign_category) == ("1990年4月3日", "mid_to_long_term")
    assert member.residence_expires_on == "2028年5月1日"


@pytest.mark.parametrize(
    ("items", "lines"),
    [
        ({}, ""),
        ({"health_insurance_insured": False, "pension_insured": False}, ""),
        ({"elderly_care_insured": True}, ["後期高齢者医療の被保険者"]),
        ({"child_allowance_from": "2026-04", "child_allowance_to": "2026-10"}, ""),
        ({"pension_insured": True}, ["国民年金の被保険者"]),
    ],
)
def test_only_what_applies_stands_on_it(
    office: ChangeOffice, items: dict[str, Any], lines: str | list[str]
) -> None:
    assert entitlements(residents.resident(office.session, **items)) == lines


def test_the_papers_of_a_person(office: ChangeOffice, numbered: list[ResidentHistory]) -> None:
    _case, papers = registered(office, moving_out(office, *numbered))
    assert [each.change.id for each in papers_of_person(office.session, numbered[3].addressee_number)] == [
        papers.change.id
    ]
    other = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    assert papers_of(office.session, other.id) is None
    assert office.session.get_one(ResidentChange, papers.change.id).case_id == papers.change.case_id


@pytest.mark.requirement("RR-1.1.15b", partial=True)
@pytest.mark.parametrize(
    ("moved_on", "style"),
    [("令和8年12月1日", Style.MOVE_OUT), ("令和8年11月9日", Style.MOVE_OUT_EQUIVALENT)],
)
def test_a_memo_is_on_neither_paper(
    office: ChangeOffice, numbered: list[ResidentHistory], issuer: Actor, moved_on: str, style: Style
) -> None:
    """Of 転出証明書 and 転出証明書に準ずる証明書, neither on the first issue nor on the 再交付."""
    writer = replace(issuer, permissions=issuer.permissions | {Permission.MEMO_EDIT})
    for each in numbered:
        write_memo(office.session, writer, each.addressee_number, "秘密のメモ書き", now=office.now)
    _case, papers = registered(office, moving_out(office, *numbered, moved_on=moved_on))
    write_memo(office.session, writer, numbered[0].addressee_number, "秘密のあと書き", now=office.now)
    issues = [first(office, issuer, papers), repeat(office, issuer, again(office, papers), office.now)]
    assert {issue.style for issue in issues} == {style}
    for issue in issues:
        told = squeezed("".join(page_texts(pdf_of(office, issuer, issue, office.now))))
        assert "架空花子" in told
        assert "秘密" not in told and "メモ" not in told
        assert "秘密" not in office.keyring.decrypt_text(issue.snapshot_cipher, context=SNAPSHOT)
