"""What everybody else sees of an entry before its approval, and what follows from it afterwards (RR-4.0.8)."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from sqlalchemy import func, inspect, select, text

from residentapp.core.access.permissions import Permission
from residentapp.core.audit import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.outbox import OutboxMessage, Partner, body_of
from residentapp.residents import history
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.certificates import operations as certificates
from residentapp.residents.certificates.handing_over import hand_over
from residentapp.residents.certificates.types import CertificateRequest, Shown, Style
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.locks import Locked
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.reading import operations as readings
from residentapp.residents.reading.types import Medium, ReadingRequest
from residentapp.residents.records.queries import resident_page
from residentapp.residents.search import operations as search
from residentapp.residents.search.types import SearchQuery
from tests.residents.changes.office import ChangeOffice
from tests.residents.changes.test_move_within import NEW_ADDRESS
from tests.support.documents import mj_fonts, page_texts, squeezed
from tests.support.users import clerk

OLD, NEW = "架空県架空市本町一丁目2番3号", "架空県架空市本町一丁目9番8号"
#: Somebody of another department, who only looks.
READER = clerk(
    Permission.RESIDENT_VIEW,
    Permission.RESIDENT_SEARCH,
    Permission.CERTIFICATE_ISSUE,
    Permission.ITEM_REGISTERED_DOMICILE,
    login="zeimu",
    user_id=9,
)


def moving(office: ChangeOffice, people: list[ResidentHistory]) -> ChangeEntry:
    return office.begin("move_within", *people).with_values(**NEW_ADDRESS)


def on_paper(office: ChangeOffice, person: ResidentHistory, shown: frozenset[Shown] = frozenset()) -> str:
    """The words of a copy of the person's record, issued now."""
    row = office.latest(person)
    request = CertificateRequest(
        style=Style.INDIVIDUAL,
        household_number=row.household_number,
        subjects=(row.addressee_number,),
        shown=shown,
        versions={row.addressee_number: row.history_number},
    )
    [issue] = certificates.issue(office.session, READER, office.keyring, request, mj_fonts(), now=office.now)
    handed = hand_over(office.session, READER, office.keyring, issue.id, mj_fonts(), now=office.now)
    return squeezed("".join(page_texts(handed.pdf)))


def on_screen(office: ChangeOffice, person: ResidentHistory) -> str:
    """Everything that somebody else sees of the person: the page of the record, and the hits of a search."""
    number = person.addressee_number
    page = resident_page(office.session, READER, number, now=office.now, today=office.now.date())
    query = SearchQuery(addressee_number=number)
    hits = search.run(office.session, READER, query, keyring=office.keyring, now=office.now).hits
    assert len(hits) == 1
    return f"{page!r} {hits!r}"


def tables_that_name_the_approver(office: ChangeOffice) -> set[str]:
    """Tables with the approver's name or login, the users' own and the log aside."""
    office.session.flush()
    session = office.session
    found = set()
    for table in inspect(session.connection()).get_table_names():
        if table == "user_account" or table.startswith(("audit", "sqlite")):
            continue
        for row in session.execute(text(f'SELECT * FROM "{table}"')).mappings():
            if any(
                word in repr(tuple(row.values())) for word in (office.approver.name, office.approver.login)
            ):
                found.add(table)
    return found


def on_reading_copy(office: ChangeOffice) -> str:
    """The text of a 閲覧用 of everybody, made and handed over now."""
    maker = replace(office.clerk, permissions=frozenset({Permission.READING_COPY_MAKE}))
    asked = ReadingRequest(requester_name="架空県", readers="係長　架空", purpose="調査", medium=Medium.CSV)
    issue = readings.make(office.session, maker, office.keyring, asked, mj_fonts(), now=office.now)
    out = io.BytesIO()
    readings.hand_over(office.session, maker, office.keyring, issue.id, mj_fonts(), out, now=office.now)
    return out.getvalue().decode("utf-8-sig")


def messages(office: ChangeOffice) -> list[OutboxMessage]:
    return list(office.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


@pytest.mark.requirement("RR-4.0.8b")
def test_before_the_approval_everybody_has_the_state_before_the_entry(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """Screens and copies show it, nobody is told anything, and no second change builds on the first."""
    office.provisional(moving(office, family))
    for shown in (on_screen(office, family[0]), on_paper(office, family[0])):
        assert squeezed(OLD) in squeezed(shown) and squeezed(NEW) not in squeezed(shown)
    assert messages(office) == []
    assert [office.latest(each).history_number for each in family] == [1, 1, 1, 1]
    with pytest.raises(Locked):
        replace(office, clerk=office.approver).start(office.begin("death", family[1]))


@pytest.mark.requirement("RR-4.0.8d")
def test_after_the_approval_it_is_the_record_and_everybody_else_has_it(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    case = office.provisional(moving(office, family))
    office.approve(case)
    for shown in (on_screen(office, family[0]), on_paper(office, family[0])):
        assert squeezed(NEW) in squeezed(shown)
    snapshots = history.snapshots_of(office.session, family[0].addressee_number)
    assert [(row.address, row.is_latest) for row in snapshots] == [(OLD, False), (NEW, True)]
    change = office.session.get_one(ResidentChange, snapshots[1].change_id)
    assert change.case_id == case.id
    told = [row for row in messages(office) if row.destination is Partner.ADDRESSEE]
    assert [row.subject for row in told] == [each.addressee_number for each in family]
    assert all(body_of(office.keyring, row)["person"]["address"] == NEW for row in told)
    # And the people can be worked on again.
    office.start(office.begin("death", family[1]).with_values(moved_on="令和8年11月23日"))


@pytest.mark.requirement("RR-4.0.8b", "RR-4.0.8e", "RR-9.5", partial=True)
def test_what_waits_neither_bars_a_reading_copy_nor_stands_on_it(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """A 閲覧用 is made while a move of the whole family waits for its approval, and says where they live now."""
    office.provisional(moving(office, family))
    shown = squeezed(on_reading_copy(office))
    assert shown.count(squeezed(OLD)) == len(family) and squeezed(NEW) not in shown
    assert all(squeezed(each.display_name) in shown for each in family)


@pytest.mark.requirement("RR-4.0.8e")
def test_a_reading_copy_follows_the_approval_and_nothing_says_who_approved(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """Before the approval and after it; the copy in the history of issues names no approver either."""
    case = office.provisional(moving(office, family))
    assert squeezed(NEW) not in squeezed(on_reading_copy(office))
    office.approve(case)
    shown = squeezed(on_reading_copy(office))
    assert shown.count(squeezed(NEW)) == len(family) and squeezed(OLD) not in shown
    assert tables_that_name_the_approver(office) == set()


@pytest.mark.requirement("RR-4.0.8e", partial=True)
def test_who_approved_and_when_is_registered_nowhere(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """No table but the users' own and the log has the approver's name or login once the change is registered."""
    case = office.provisional(moving(office, family))
    office.approve(case)
    assert tables_that_name_the_approver(office) == set()
    for table in (ChangeCase, ResidentChange):
        names = set(table.__table__.columns.keys())
        assert not [name for name in names if "approv" in name or "decided" in name]
    # The log has it: who approved can be asked there.
    session = office.session
    write_pending(session)
    query = (
        select(func.count()).select_from(AuditEntry).where(AuditEntry.actor_login == office.approver.login)
    )
    assert (session.scalar(query) or 0) > 0
