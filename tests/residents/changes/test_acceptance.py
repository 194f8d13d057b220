"""The notice after each notification of RR-4.1.0.3a, entered and approved as the counter does, and on a later day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.models import ResidentHistory
from residentapp.residents.notices import operations
from residentapp.residents.notices.queries import accepted_on
from tests.conftest import Login
from tests.residents.changes.conftest import ENTER, family_of_four, make_office
from tests.residents.changes.elsewhere import moving_out
from tests.residents.changes.office import TOWN, ChangeOffice
from tests.support import residents
from tests.support.documents import mj_fonts, page_texts, squeezed

Family = list[ResidentHistory]
#: An entry of the notification, and words of its content that must not stand on the paper.
Notified = Callable[[ChangeOffice, Family], tuple[ChangeEntry, list[str]]]

DAY = "令和8年11月20日"
LATE = "令和8年11月9日"
ABROAD = {
    "planned_kind": "abroad",
    "planned_country": "架空国",
    "planned_town": "",
    "planned_lot": "",
    "planned_building": "",
    "planned_code": "",
    "planned_postal_code": "",
}


def move_within(office: ChangeOffice, people: Family) -> tuple[ChangeEntry, list[str]]:
    entry = office.begin("move_within", *people)
    return entry.with_values(moved_on=DAY, lot="9番9号", **TOWN), ["9番9号"]


def move_out(office: ChangeOffice, people: Family) -> tuple[ChangeEntry, list[str]]:
    return moving_out(office, *people), ["隣市", "北町", "12月1日"]


def move_out_today(office: ChangeOffice, people: Family) -> tuple[ChangeEntry, list[str]]:
    return moving_out(office, *people, moved_on=DAY), ["隣市", "北町"]


def move_out_abroad(office: ChangeOffice, people: Family) -> tuple[ChangeEntry, list[str]]:
    return moving_out(office, *people, **ABROAD), ["架空国"]


def move_out_abroad_too_late(office: ChangeOffice, people: Family) -> tuple[ChangeEntry, list[str]]:
    return moving_out(office, *people, **ABROAD, moved_on=LATE), ["架空国"]


def move_out_too_late(office: ChangeOffice, people: Family) -> tuple[ChangeEntry, list[str]]:
    return moving_out(office, *people, moved_on=LATE), ["隣市", "北町"]


def split(office: ChangeOffice, people: Family) -> tuple[ChangeEntry, list[str]]:
    entry = office.begin("household_split", people[2]).with_values(moved_on=DAY)
    return office.typed(entry, people[2], relationship="世帯主"), []


def merge(office: ChangeOffice, people: Family) -> tuple[ChangeEntry, list[str]]:
    old = beside(office, people)
    entry = office.begin("household_merge", old).with_values(moved_on=DAY)
    return office.typed(office.join(entry, people[0].household_number), old, relationship="父"), []


def change_of_household(office: ChangeOffice, people: Family) -> tuple[ChangeEntry, list[str]]:
    old = beside(office, people)
    entry = office.begin("household_change", people[3]).with_values(moved_on=DAY)
    return office.typed(office.join(entry, old.household_number), people[3], relationship="子の子"), ["老人"]


def head_change(office: ChangeOffice, people: Family) -> tuple[ChangeEntry, list[str]]:
    entry = office.begin("head_change", people[0]).with_values(moved_on=DAY)
    return office.new_head(entry, people[1]), []


def removed(office: ChangeOffice, people: Family) -> tuple[ChangeEntry, list[str]]:
    """職権消除 after an inquiry of the office's own."""
    typed = {"removal_cause": "absent", "cause": "実態調査で、住んでいないことを確かめた。"}
    return office.begin("remove_ex_officio", *people).with_values(moved_on=DAY, **typed), []


def beside(office: ChangeOffice, people: Family) -> ResidentHistory:
    """A man in a household of his own at the family's address."""
    return residents.resident(
        office.session,
        name="架空　老人",
        head_name="架空　老人",
        address=people[0].address,
        building=people[0].building,
    )


PROCEDURES: list[tuple[Notified, str, str]] = [
    (move_within, "転居届", "転居"),
    (move_out, "転出届", "国内転出"),
    (move_out_today, "転出届", "国内転出"),
    (move_out_abroad, "転出届", "国外転出"),
    (move_out_too_late, "転出証明書に準ずる証明書の交付の申出", "職権消除"),
    (move_out_abroad_too_late, "転出の申出", "職権消除"),
    (split, "世帯変更届", "世帯分離"),
    (merge, "世帯変更届", "世帯合併"),
    (change_of_household, "世帯変更届", "世帯変更"),
    (head_change, "世帯変更届", "世帯主変更"),
]


def paper_of(office: ChangeOffice, case_id: str, now: dt.datetime) -> str:
    drawn = operations.print_notice(
        office.session, office.clerk, office.keyring, case_id, mj_fonts(), now=now
    )
    return squeezed("".join(page_texts(drawn)))


@pytest.mark.requirement("RR-4.1.0.3a", "RR-4.1.0.3b", "RR-4.1.0.3c")
@pytest.mark.parametrize(("notified", "told", "reason"), PROCEDURES)
def test_the_notice_after_every_notification(
    office: ChangeOffice, family: Family, notified: Notified, told: str, reason: str
) -> None:
    """Day, reason, who notified, who moved, the acceptance; to the notifier where they lived; never what changed."""
    entry, content = notified(office, family)
    case = office.provisional(entry.with_values(notifier="代理　一郎"))
    office.approve(case)
    [line] = accepted_on(office.session, office.clerk, office.now.date()).lines
    assert (line.notification, line.notified_on) == (told, office.now.date())
    movers = [person.name for person in entry.people if person.role.value == "subject"]
    for days, day in ((0, "令和8年11月24日"), (40, "令和9年1月3日")):
        paper = paper_of(office, case.id, office.now + dt.timedelta(days=days))
        for text in (
            "住民異動届受理通知", f"{told}を次のとおり受理しました", "令和8年11月24日", reason, day, "代理一郎様",
            family[0].address, *movers,
        ):  # fmt: skip
            assert squeezed(text) in paper, text
        for text in content:
            assert squeezed(text) not in paper, text


def moved_by_office(office: ChangeOffice, people: Family) -> tuple[ChangeEntry, list[str]]:
    """転居 by 職権: of the same class as a notified one."""
    entry = office.begin("move_within_by_office", *people)
    typed = {"basis": "no_notification", "cause": "実態調査で確かめた。", "lot": "9番9号"}
    return entry.with_values(moved_on=DAY, **typed, **TOWN), []


@pytest.mark.requirement("RR-4.1.0.3a", partial=True)
@pytest.mark.parametrize("made", [removed, moved_by_office])
def test_what_nobody_notified_is_told_to_nobody(office: ChangeOffice, family: Family, made: Notified) -> None:
    """After an inquiry of the office's own there was nothing to accept."""
    case = office.provisional(made(office, family)[0])
    office.approve(case)
    assert accepted_on(office.session, office.clerk, office.now.date()).lines == []


@pytest.mark.requirement("RR-4.1.0.3a", partial=True)
@pytest.mark.parametrize(
    ("notified", "offered"), [(move_within, True), (move_out_too_late, True), (removed, False)]
)
def test_it_is_reached_from_the_done_page_and_from_the_history(
    database: Database, keyring: Keyring, login: Login, notified: Notified, offered: bool
) -> None:
    with database.transaction() as session:
        office = make_office(session, keyring)
        people = family_of_four(session)
        case = office.provisional(notified(office, people)[0])
        office.approve(case)
        case_id, number = case.id, people[0].addressee_number
    link = f'href="/notices/acceptance/{case_id}"'
    clerk = login(*ENTER, login="tanto")
    assert (link in clerk.get(f"/changes/{case_id}/done").text) is offered
    opened = clerk.post("/residents/open", data={"addressee_number": number}).headers["Location"]
    assert (link in clerk.get(opened).text) is offered
    page = clerk.get(f"/notices/acceptance/{case_id}")
    if offered:
        assert page.status_code == 200 and "届出人" in page.text
    else:
        assert page.status_code == 409 and "対象ではありません" in page.text
