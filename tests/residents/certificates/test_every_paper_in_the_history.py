"""Every paper of RR-1.3.8 stands in the 交付履歴 with the ten items, and each item finds it (RR-1.3.8a, RR-2.2.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.residents.cards import operations as cards
from residentapp.residents.cards.types import Card, CardEntry, CardState
from residentapp.residents.certificates import handing_over, issue_history, operations
from residentapp.residents.certificates.issue_history import HistoryFilter
from residentapp.residents.certificates.models import CertificateIssue
from residentapp.residents.certificates.types import CertificateRequest, Shown, Style
from residentapp.residents.code_notices import operations as code_notices
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_out.papers import issue_first, papers_of_person
from residentapp.residents.reading.operations import make
from residentapp.residents.reading.types import Conditions, ReadingRequest
from tests.residents.changes.conftest import family, lodging, office
from tests.residents.changes.elsewhere import moving_out
from tests.residents.changes.office import ChangeOffice
from tests.residents.changes.test_birth import birth
from tests.residents.changes.test_numbers import with_numbers
from tests.residents.move_in.cases import individual_number
from tests.support.documents import mj_fonts
from tests.support.removed import removed

pytestmark = [pytest.mark.database, pytest.mark.pdf]
__all__ = ["family", "lodging", "office"]

#: The papers by their form's number. 20.1.4 has three templates.
PAPERS = {
    Style.INDIVIDUAL: "20.1.1",
    Style.HOUSEHOLD: "20.1.2",
    Style.REMOVED: "20.1.3",
    Style.ITEMS_INDIVIDUAL: "20.1.4",
    Style.ITEMS_HOUSEHOLD: "20.1.4",
    Style.REMOVED_ITEMS: "20.1.4",
    Style.MOVE_OUT: "20.2.1",
    Style.MOVE_OUT_EQUIVALENT: "20.2.2",
    Style.READING: "20.3.1",
    Style.CODE_NOTICE: "20.4.1",
    Style.CODE_CHANGE_NOTICE: "20.4.2",
    Style.CODE_CORRECTION_NOTICE: "20.4.3",
}


def all_rights(office: ChangeOffice) -> Actor:
    return replace(office.clerk, permissions=frozenset(Permission))


def at_the_counter(style: Style, office: ChangeOffice, person: ResidentHistory) -> str:
    request = CertificateRequest(
        style=style,
        household_number=person.household_number,
        subjects=(person.addressee_number,),
        shown=frozenset({Shown.RELATIONSHIP}),
        versions={person.addressee_number: person.history_number},
        requester_name="架空　請求者",
        purpose="届出",
    )
    prepared = operations.prepare(office.session, all_rights(office), office.keyring, request, now=office.now)
    reasons = {operations.alert_name(alert): "確かめた" for alert in prepared.alerts}
    operations.issue(
        office.session, all_rights(office), office.keyring, request, mj_fonts(), now=office.now, confirmed=reasons
    )  # fmt: skip
    return person.addressee_number


def code_notice(office: ChangeOffice, number: str) -> str:
    [notice] = code_notices.open_person(office.session, office.clerk, number, now=office.now)
    code_notices.print_notice(
        office.session,
        all_rights(office),
        office.keyring,
        number,
        notice.change.id,
        mj_fonts(),
        now=office.now,
    )
    return number


def first_code(office: ChangeOffice, family: list[ResidentHistory]) -> str:
    [child] = office.register(birth(office, family)).numbers
    return code_notice(office, child)


def other_code(kind: str) -> Callable[[ChangeOffice, list[ResidentHistory]], str]:
    def issue(office: ChangeOffice, _family: list[ResidentHistory]) -> str:
        person = with_numbers(office, "93000000001", individual_number(1))
        entry = office.begin(kind, person).with_values(moved_on="令和8年11月20日")
        if kind == "code_correct":
            entry = office.typed(entry, person, resident_code="93000000003")
        office.register(entry)
        return code_notice(office, person.addressee_number)

    return issue


def move_out(office: ChangeOffice, family: list[ResidentHistory], **values: str) -> str:
    case = office.provisional(moving_out(office, family[0], **values))
    office.approve(case)
    number = family[0].addressee_number
    [papers] = papers_of_person(office.session, number)
    issue_first(office.session, all_rights(office), office.keyring, papers, mj_fonts(), now=office.now)
    return number


def reading(office: ChangeOffice, family: list[ResidentHistory]) -> str:
    request = ReadingRequest(
        conditions=Conditions(birth_to="2026-01-01"),
        requester_name="架空県",
        readers="係長　架空",
        purpose="調査",
    )
    make(office.session, all_rights(office), office.keyring, request, mj_fonts(), now=office.now)
    return family[0].addressee_number


def issue_paper(style: Style, office: ChangeOffice, family: list[ResidentHistory]) -> str:
    """Issue a paper in the way the office does; the 宛名番号 of somebody on it."""
    match style:
        case Style.MOVE_OUT:
            return move_out(office, family)
        case Style.MOVE_OUT_EQUIVALENT:
            return equivalent(office, family)
        case Style.READING:
            return reading(office, family)
        case Style.CODE_NOTICE:
            return first_code(office, family)
        case Style.CODE_CHANGE_NOTICE:
            return other_code("code_change")(office, family)
        case Style.CODE_CORRECTION_NOTICE:
            return other_code("code_correct")(office, family)
        case _:
            gone = removed(office.session) if style.of_removed else family[0]
            return at_the_counter(style, office, gone)


def equivalent(office: ChangeOffice, family: list[ResidentHistory]) -> str:
    """A move-out that was told too late has no 転出証明書 but the paper that stands for it."""
    return move_out(office, family, moved_on="令和8年11月1日")


@pytest.mark.requirement("RR-1.3.8a", "RR-2.2.2")
@pytest.mark.parametrize("style", list(Style))
def test_each_paper_is_kept_and_found(
    style: Style, office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """交付年月日時, 交付場所, 交付対象者, 証明書の種別, 記載事項, 枚数, 発行番号, 端末名, ユーザID, 処分情報."""
    session, chief = office.session, all_rights(office)
    number = issue_paper(style, office, family)
    assert style in PAPERS
    [row] = session.scalars(select(CertificateIssue).where(CertificateIssue.style == style))
    assert row.issued_at == office.now and row.office_name == "本庁" and row.terminal_name == "窓口1番"
    assert row.user_login == "clerk1" and row.pages >= 1 and row.shown
    assert row.issue_number.startswith("20261124 架空市 窓口1番") and row.disposed_at is None

    def found(**asked: object) -> bool:
        wanted = HistoryFilter(**{"addressee_number": number, **asked})  # type: ignore[arg-type]
        page = issue_history.issues(session, chief, wanted, now=office.now)
        return row.id in [issue.id for issue in page.issues]

    day = dt.date(2026, 11, 24)
    assert found() and not found(addressee_number="9999999999")
    for fits, misses in (
        ({"first": day, "last": day}, {"first": dt.date(2026, 11, 25)}),
        ({"issue_number": row.issue_number}, {"issue_number": "窓口9番"}),
        ({"style": style}, {"style": next(each for each in Style if each is not style)}),
        ({"shown": Shown(row.shown[0])}, {"shown": Shown.FORMER_ADDRESSES}),
        ({"pages": row.pages}, {"pages": row.pages + 1}),
        ({"office": "本庁"}, {"office": "支所"}),
        ({"terminal": "窓口1番"}, {"terminal": "窓口2番"}),
        ({"user_login": "clerk1"}, {"user_login": "other"}),
    ):
        assert found(**fits) and not found(**misses), (fits, misses)
    assert not found(only_disposed=True)
    handing_over.dispose(session, chief, row.id, "書き損じ", now=office.now)
    assert found(only_disposed=True)
    assert (row.disposed_at, row.disposed_by, row.disposal_reason) == (office.now, "clerk1", "書き損じ")


@pytest.mark.requirement("RR-1.3.8a", partial=True)
def test_no_paper_is_left_out() -> None:
    """Every form that the standard names is among those that the history knows, and the other way round."""
    assert set(PAPERS) == set(Style)
    assert set(PAPERS.values()) == {
        "20.1.1", "20.1.2", "20.1.3", "20.1.4", "20.2.1", "20.2.2", "20.3.1", "20.4.1", "20.4.2", "20.4.3",
    }  # fmt: skip


@pytest.mark.requirement("RR-2.2.2", partial=True)
def test_the_cards_stand_beside_the_issues_of_a_person(
    session: Session, keyring: Keyring, office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """交付状況 of 個人番号カード and 住基カード, for the person who was asked for."""
    number = at_the_counter(Style.INDIVIDUAL, office, family[0])
    chief = all_rights(office)
    for card, state in ((Card.NUMBER, CardState.ISSUED), (Card.BASIC, CardState.EXPIRED)):
        entry = CardEntry(card, state, dt.date(2025, 12, 1), "統合端末")
        cards.enter(session, chief, number, entry, now=office.now)
    page = issue_history.issues(session, chief, HistoryFilter(addressee_number=number), now=office.now)
    assert len(page.issues) == 1
    assert [(view.card, view.text, view.held) for view in page.cards] == [
        (Card.NUMBER, "交付済み（令和7年12月1日から）", "保有"),
        (Card.BASIC, "有効期間満了（令和7年12月1日から）", "保有していない"),
    ]
