"""The commonest jobs of the counter by keyboard alone, each from the log-in to the register.

転入 and the copy for somebody just taken in are in test_the_job.py.
"""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from residentapp.residents import history
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import CaseState
from residentapp.residents.certificates.models import CertificateIssue
from residentapp.residents.certificates.types import Style
from residentapp.residents.models import ResidentHistory, SupportMeasure, SupportMember, Suppression
from residentapp.residents.types import ResidentKind, ResidentState
from tests.browser.conftest import Desk, Desks, Office
from tests.browser.test_the_job import CERTIFICATE, hand_over, words

pytestmark = [pytest.mark.browser, pytest.mark.requirement("RR-2.3.2", partial=True)]

ENTRY = r"/changes/[\w-]{15,}(#[\w-]+)?$"
MOVED = "R8.11.20"
#: Which families of the town have been used: each job has one of its own, as no case may hold another's household.
_taken: set[str] = set()


def a_family(office: Office, *, at_least: int = 2) -> list[ResidentHistory]:
    """A Japanese couple with their household, none of them protected, suppressed or about to leave."""
    with office.database.transaction() as session:
        held = set(session.scalars(select(Suppression.addressee_number)))
        query = select(ResidentHistory).where(
            ResidentHistory.is_latest,
            ResidentHistory.state == ResidentState.RESIDENT,
            ResidentHistory.relationship_to_head == "世帯主",
        )
        for head in session.scalars(query.order_by(ResidentHistory.addressee_number)):
            members = list(history.household_members(session, head.household_number))
            plain = all(
                member.resident_kind is ResidentKind.JAPANESE
                and member.removal_occurred_on is None
                and member.addressee_number not in held
                for member in members
            )
            couple = any(member.relationship_to_head in ("妻", "夫") for member in members)
            if head.household_number not in _taken and plain and couple and len(members) >= at_least:
                _taken.add(head.household_number)
                session.expunge_all()
                return sorted(members, key=lambda member: member.member_order)
    raise AssertionError("the town has no such family left")


def spouse(family: list[ResidentHistory]) -> ResidentHistory:
    return next(member for member in family if member.relationship_to_head in ("妻", "夫"))


def now_of(office: Office, person: ResidentHistory) -> ResidentHistory:
    """The person's record as it is now."""
    with office.database.transaction() as session:
        row = history.latest(session, person.addressee_number)
        assert row is not None
        session.expunge_all()
        return row


# ---- steps that several jobs share


def open_person(desk: Desk, person: ResidentHistory, scope: str = "住民") -> None:
    """From wherever the clerk is, over the home page, to the resident's page.

    :param scope: whose records are searched, as the page offers it.
    """
    desk.go("Alt+H", r"127\.0\.0\.1:\d+/$")
    desk.go("F2", r"/search$")
    fill(desk, addressee_number=person.addressee_number, states=scope)
    desk.go("Enter", r"/search/[\w-]+$")
    desk.go("Enter", r"/residents/")


def begin(desk: Desk, person: ResidentHistory, key: str, scope: str = "住民") -> None:
    """A change begun at the resident's page by the key of its kind."""
    open_person(desk, person, scope)
    desk.go("F8", r"/changes/menu/")
    desk.go(key, ENTRY)


def fill(desk: Desk, **fields: str) -> None:
    """Walk on to each field and write over what stands there."""
    for name, value in fields.items():
        desk.tab_to(name)
        if desk.page.evaluate("document.activeElement.tagName") == "SELECT":
            choose(desk, value)
        else:
            desk.press("Control+A")
            desk.write(value)


def choose(desk: Desk, label: str) -> None:
    """The option of the list in focus that begins so."""
    options = desk.page.evaluate("[...document.activeElement.options].map((option) => option.text)")
    place = next(place for place, text in enumerate(options) if text.startswith(label))
    desk.press("Home", *["ArrowDown"] * place)


def new_address(desk: Desk) -> None:
    """A town found by the first letters of its reading, and a lot."""
    desk.tab_to("town")
    desk.press("Alt+A")
    desk.write("カ カ ホ")
    desk.page.locator("#address-candidates button").first.wait_for()
    desk.press("Enter", "Enter")
    fill(desk, lot="88番8号")


def check(desk: Desk, name: str) -> None:
    """On to the check page, which has no error left."""
    desk.go("F10", r"/check$")
    desk.check_screen(f"job-{name}-check")
    told = desk.page.locator("[data-summary], .message-error").all_inner_texts()
    assert not told, told
    confirm(desk)


def confirm(desk: Desk) -> None:
    """Tick every alert and say why."""
    for place in range(1, desk.page.locator("input[name=alert]").count() + 1):
        desk.tab_to(f"alert-{place}")
        desk.press("Space")
        desk.tab_to(f"alert-{place}-reason")
        desk.write("書類で確かめた")


def provisional(desk: Desk, name: str) -> None:
    """仮登録, and the clerk is at home again."""
    check(desk, name)
    desk.go("F10", r"127\.0\.0\.1:\d+/$")
    assert "仮登録しました" in desk.page.locator("main").inner_text()


def approve(desk: Desk, name: str) -> None:
    """The other officer opens the one waiting case from the home page, reads and decides."""
    desk.go("Alt+H", r"127\.0\.0\.1:\d+/$")
    desk.tab_to_text("承認待ち")
    desk.go("Enter", r"/cases/waiting")
    desk.go("Enter", r"/review$")
    desk.check_screen(f"job-{name}-review")
    desk.go("F10", r"/done$")
    desk.check_screen(f"job-{name}-done")


@pytest.fixture
def clerk(desks: Desks) -> Desk:
    """A clerk at the counter, logged in."""
    desk = desks()
    desk.log_in("madoguchi1")
    return desk


@pytest.fixture
def approver(desks: Desks) -> Desk:
    """An officer who approves, logged in."""
    desk = desks()
    desk.log_in("kessai1")
    return desk


# ---- the jobs


def test_a_family_moves_within_the_town(clerk: Desk, approver: Desk, office: Office) -> None:
    family = a_family(office)
    open_person(clerk, family[0])
    clerk.go("F8", r"/changes/menu/")
    clerk.check_screen("job-menu")
    clerk.go("F2", ENTRY)
    clerk.go("Alt+L", ENTRY)
    fill(clerk, moved_on=MOVED, notifier=family[0].name or "")
    new_address(clerk)
    clerk.check_screen("job-move-within")
    provisional(clerk, "move-within")
    approve(approver, "move-within")
    for person in family:
        assert now_of(office, person).address.endswith("88番8号")


def test_the_head_moves_out_and_the_spouse_becomes_head(clerk: Desk, approver: Desk, office: Office) -> None:
    family = a_family(office)
    begin(clerk, family[0], "F4")
    fill(clerk, moved_on="R8.11.24", notifier=family[0].name or "", planned_town="東京都千代田区")
    fill(clerk, new_head=spouse(family).name or "")
    clerk.go("Alt+P", ENTRY)
    clerk.check_screen("job-move-out")
    relationships(clerk, family)
    provisional(clerk, "move-out")
    approve(approver, "move-out")
    assert now_of(office, family[0]).state is ResidentState.MOVED_OUT
    assert now_of(office, spouse(family)).relationship_to_head == "世帯主"
    # The approver may not issue certificates here: the counter does, and hands it over.
    open_person(clerk, family[0], "消除者")
    clerk.go("Alt+T", r"/move-out/")
    clerk.check_screen("job-move-out-papers")
    clerk.go("F10", r"/certificates/issued/")
    clerk.check_screen("job-move-out-issued")
    assert "転出証明書" in clerk.page.locator("main").inner_text()


def relationships(desk: Desk, family: list[ResidentHistory]) -> None:
    """続柄 that do not follow from the old ones are asked of the family."""
    for name in desk.page.evaluate(
        "[...document.querySelectorAll('input[name$=-relationship]')].filter((e) => !e.value).map((e) => e.id)"
    ):
        fill(desk, **{name: "縁故者"})


def test_the_head_of_a_household_changes(clerk: Desk, approver: Desk, office: Office) -> None:
    family = a_family(office)
    begin(clerk, family[0], "F6")
    fill(clerk, moved_on=MOVED, notifier=family[0].name or "", new_head=spouse(family).name or "")
    clerk.go("Alt+P", ENTRY)
    clerk.check_screen("job-head-change")
    relationships(clerk, family)
    provisional(clerk, "head-change")
    approve(approver, "head-change")
    assert now_of(office, spouse(family)).relationship_to_head == "世帯主"
    assert now_of(office, family[0]).head_name == spouse(family).name


def test_somebody_splits_off_the_household(clerk: Desk, approver: Desk, office: Office) -> None:
    """A kind without a key of its own, chosen in the menu by arrows."""
    family = a_family(office, at_least=3)
    leaver = family[2]
    open_person(clerk, leaver)
    clerk.go("F8", r"/changes/menu/")
    arrow_to(clerk, "世帯分離")
    clerk.go("Enter", ENTRY)
    fill(clerk, moved_on=MOVED, notifier=family[0].name or "")
    clerk.tab_to_end("-relationship")
    clerk.write("世帯主")
    clerk.check_screen("job-split")
    provisional(clerk, "split")
    approve(approver, "split")
    after = now_of(office, leaver)
    assert after.household_number != leaver.household_number
    assert (after.relationship_to_head, after.address) == ("世帯主", leaver.address)


def arrow_to(desk: Desk, label: str) -> None:
    """Walk down the menu to the kind of change that is called so."""
    for _step in range(40):
        if desk.page.evaluate("document.activeElement.textContent").startswith(label):
            return
        desk.press("ArrowDown")
    raise AssertionError(f"the arrows do not come to {label}")


def test_a_child_is_born(clerk: Desk, approver: Desk, office: Office) -> None:
    family = a_family(office)
    head = family[0]
    surname = (head.name or "").split("　")[0]
    begin(clerk, head, "F7")
    clerk.check_screen("job-birth-empty")
    clerk.tab_to_end("-name")
    clerk.write(f"{surname}　新")
    clerk.tab_to_end("-name_kana")
    clerk.write("ハジメ　アラタ")
    clerk.tab_to_end("-sex")
    choose(clerk, "女")
    clerk.tab_to_end("-domicile_from")
    choose(clerk, "世帯主")
    clerk.press("Tab")
    clerk.go("Enter", ENTRY)
    fill(clerk, moved_on="R8.11.10")
    clerk.tab_to_end("-relationship")
    clerk.write("子")
    clerk.check_screen("job-birth")
    provisional(clerk, "birth")
    approve(approver, "birth")
    with office.database.transaction() as session:
        members = history.household_members(session, head.household_number)
        [child] = [member for member in members if member.name == f"{surname}　新"]
        assert (child.relationship_to_head, child.registered_domicile) == ("子", head.registered_domicile)
        assert child.resident_code_cipher is not None


def test_a_death_and_its_cancelling(clerk: Desk, approver: Desk, office: Office) -> None:
    family = a_family(office)
    dead = spouse(family)
    begin(clerk, dead, "F8")
    fill(clerk, moved_on=MOVED)
    clerk.check_screen("job-death")
    provisional(clerk, "death")
    approve(approver, "death")
    assert now_of(office, dead).state is ResidentState.DEAD
    # It was somebody else of the same name: undone from the page of the removed record.
    begin(clerk, dead, "Alt+K", scope="消除者")
    fill(clerk, moved_on="R8.11.24")
    clerk.check_screen("job-cancel")
    provisional(clerk, "cancel")
    approve(approver, "cancel")
    after = now_of(office, dead)
    assert (after.state, after.household_number) == (ResidentState.RESIDENT, dead.household_number)
    assert after.relationship_to_head == dead.relationship_to_head


def test_a_copy_for_somebody_found(clerk: Desk, office: Office) -> None:
    person = spouse(a_family(office))
    open_person(clerk, person)
    clerk.go("F4", CERTIFICATE)
    clerk.check_screen("job-copy")
    paper = words(hand_over(clerk))
    assert "住民票" in paper and (person.name or "") in paper
    with office.database.transaction() as session:
        # Other jobs have issued papers of other forms.
        copies = select(CertificateIssue).where(
            CertificateIssue.style.in_((Style.INDIVIDUAL, Style.HOUSEHOLD))
        )
        [issue] = session.scalars(copies).all()
        assert issue.handed_over_at is not None


def test_many_are_approved_at_once(clerk: Desk, approver: Desk, office: Office) -> None:
    people = [a_family(office)[0] for _ in range(3)]
    for person in people:
        begin(clerk, person, "F2")
        clerk.go("Alt+L", ENTRY)
        fill(clerk, moved_on=MOVED, notifier=person.name or "")
        new_address(clerk)
        provisional(clerk, "many")
    approver.go("Alt+H", r"127\.0\.0\.1:\d+/$")
    approver.tab_to_text("承認待ち")
    approver.go("Enter", r"/cases/waiting")
    approver.go("Alt+A", r"/cases/")
    approver.check_screen("job-many-waiting")
    approver.go("F10", r"/cases/")
    approver.check_screen("job-many-chosen")
    assert "3件" in approver.page.locator("main").inner_text()
    approver.go("F10", r"/cases/")
    approver.check_screen("job-many-done")
    assert "3件を本登録しました。" in approver.page.locator("main").inner_text()
    for person in people:
        assert now_of(office, person).address.endswith("88番8号")
    with office.database.transaction() as session:
        waiting = select(ChangeCase).where(ChangeCase.state == CaseState.PROVISIONAL)
        assert session.scalars(waiting).all() == []


def test_a_support_measure_is_registered(desk: Desk, clerk: Desk, office: Office) -> None:
    person = spouse(a_family(office))
    desk.log_in("shien1")
    open_person(desk, person)
    desk.go("Alt+Y", r"/support/")
    desk.check_screen("job-support-subject")
    desk.go("F4", r"/support/")
    desk.check_screen("job-support-form")
    fill(desk, applied_on="R8.11.24", starts_on="R8.11.24")
    desk.go("F2", r"/support/")
    desk.check_screen("job-support-term")
    desk.go("F10", r"/support/")
    desk.check_screen("job-support-done")
    assert "支援措置を登録しました。" in desk.page.locator("main").inner_text()
    with office.database.transaction() as session:
        query = select(SupportMeasure).join(SupportMember, SupportMember.measure_id == SupportMeasure.id)
        [measure] = session.scalars(query.where(SupportMember.addressee_number == person.addressee_number))
        assert measure.ends_on is not None and measure.starts_on is not None
        held = session.scalars(
            select(Suppression).where(Suppression.addressee_number == person.addressee_number)
        ).all()
        assert held
    # At once the counter no longer sees where she lives.
    clerk.go("F2", r"/search$")
    fill(clerk, addressee_number=person.addressee_number)
    clerk.go("Enter", r"/search/[\w-]+$")
    clerk.check_screen("job-support-counter")
    assert person.address not in clerk.page.locator("main").inner_text()
    assert re.search("支援|抑止|表示できません", clerk.page.locator("main").inner_text())
