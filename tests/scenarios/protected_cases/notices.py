"""Letters: acceptance of a notification, head of household, 住民票コード."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from residentapp.core.access.models import User
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import keyring_of
from residentapp.core.numbering import RESIDENT_CODE, draw_codes
from residentapp.residents import history
from residentapp.residents.head_notices.models import HeadNotice
from residentapp.residents.search import index as search_index
from residentapp.residents.types import ChangeReason, ResidentState
from tests.residents.notices.conftest import final_case
from tests.scenarios.protected import Walk, words_of
from tests.scenarios.protected_cases.cases import case, officer_of
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.users import Browser, log_in, make_user


@case(
    "GET notices.acceptances", "POST notices.acceptances", "GET notices.listed", "GET notices.acceptance",
    "POST notices.print_acceptance",
)  # fmt: skip
def no_letter_goes_where_they_live_or_to_whom_they_left(walk: Walk) -> None:
    """The aunt moved out of their home: the letter about it would go there. Nobody prints it, with any right."""
    cases = []
    chief = walk.app.test_client()
    assert isinstance(chief, Browser)
    with walk.database.transaction() as session:
        user = make_user(session, *Permission, login="chief", name="架空　課長", moment=TEST_MOMENT)
        log_in(chief, session, user, moment=walk.app.extensions["residentapp"].clock())
        for number in (walk.family.moved, *walk.family.members):
            current = history.latest(session, number)
            assert current is not None
            if current.change.case_id is not None:
                continue  # a change that a member before shares
            keyring = keyring_of(session)
            assert keyring is not None
            case = final_case(session, keyring, entered_by=user.id, notifier="白鷺　宇多")
            current.change.case_id = case.id
            # What was notified has its day, without which nothing was accepted.
            current.change.notified_on = current.change.notified_on or current.change.processed_on
            cases.append(case.id)
    walk.follow(walk.get("/notices/acceptance"))
    for whose in ("office", "all"):
        listed = walk.follow(walk.post("/notices/acceptance", {"day": "R8.11.24", "whose": whose}))
        assert listed.status_code == 200
    assert cases[0] in listed.text and "印刷できません" in words_of(listed)
    for case_id in cases:
        for officer in (walk.browser, chief):
            for answer in (
                officer.get(f"/notices/acceptance/{case_id}"),
                officer.post(f"/notices/acceptance/{case_id}"),
            ):
                assert answer.status_code == 409, answer.request.path
                walk.assert_silent(words_of(answer), "notice")
        walk.get(f"/notices/acceptance/{case_id}")
        walk.post(f"/notices/acceptance/{case_id}", {})
    walk.open_person(walk.family.moved)


@case(
    "GET head_notices.waiting", "POST head_notices.print_list", "GET head_notices.of_case",
    "GET head_notices.of_household", "POST head_notices.print_due", "POST head_notices.print_again",
    "GET code_notices.of_case", "GET code_notices.of_resident", "POST code_notices.print_notice",
)  # fmt: skip
def no_letter_about_their_head_or_their_code_tells_where_they_live(walk: Walk) -> None:
    """A grandmother died in their home and leaves somebody under a measure, who then gets a 住民票コード."""
    officer = officer_of(walk, "knows-heads")
    mourner = left_without_head(walk)
    for answer in (
        walk.get("/head-notices"),
        walk.post("/head-notices/list"),
        officer.post("/head-notices/list"),
    ):
        walk.assert_silent(words_of(answer), "list of households without head")
    page = words_of(walk.get("/head-notices"))
    assert "残子" in page and "支援措置のため表示しません" in page
    assert "隠れ里荘" in words_of(officer.get("/head-notices"))

    home = walk.open_household(mourner.number).request.path.rsplit("/", 1)[1]
    for path in (f"/head-notices/household/{home}", f"/head-notices/case/{mourner.case_id}"):
        shown = walk.get(path)
        assert shown.status_code == 200 and "出力できません" in words_of(shown)
    due = {"household_number": mourner.household_number, "change": str(mourner.change_id)}
    assert walk.post("/head-notices/print", due, typed=[mourner.household_number]).status_code == 403
    letter = officer.post("/head-notices/print", data=due)
    assert letter.mimetype == "application/pdf" and "隠れ里荘" in words_of(letter)
    with walk.database.transaction() as session:
        notice = session.scalars(select(HeadNotice.id)).one()
    assert walk.post("/head-notices/print-again", {"notice": notice}).status_code == 403
    for unknown in ("/head-notices/household/unknown", "/head-notices/case/unknown"):
        assert walk.get(unknown).status_code == 404
    for sent in ({}, {"household_number": "0000000000", "change": "1"}, {"change": "x"}):
        assert walk.post("/head-notices/print", sent).status_code in (400, 403)

    state = walk.open_person(mourner.number).request.path.rsplit("/", 1)[1]
    for path in (f"/code-notices/resident/{state}", f"/code-notices/case/{mourner.code_case_id}"):
        shown = walk.get(path)
        assert "残子" in words_of(shown) and "出力できません" in words_of(shown)
    code = {"addressee_number": mourner.number, "change": str(mourner.code_change_id)}
    assert walk.post("/code-notices/print", code).status_code == 403
    told = officer.post("/code-notices/print", data=code)
    assert told.mimetype == "application/pdf" and "隠れ里荘" in words_of(told)
    assert walk.get("/code-notices/resident/unknown").status_code == 404
    assert walk.post("/code-notices/print", {}).status_code == 400


@dataclass(frozen=True)
class Mourner:
    """Somebody under protection whose household has lost its head, and who has got a 住民票コード since."""

    number: str
    household_number: str
    change_id: int
    case_id: str
    code_change_id: int
    code_case_id: str


def left_without_head(walk: Walk) -> Mourner:
    """A household of two at the home of the family; the head dies."""
    home = walk.family.home
    place = {"address": home.address, "building": home.building, "head_name": "白鷺　先代"}
    with walk.database.transaction() as session:
        head, rest = residents.family(
            session,
            {"name": "白鷺　先代", "name_kana": "シラサギ　サキヨ", **place},
            {"name": "白鷺　残子", "name_kana": "シラサギ　ノコ", "relationship_to_head": "子", **place},
        )
        residents.protect(session, rest)
        user = session.scalars(select(User.id).where(User.login == "clerk")).one()
        cases = [final_case(session, walk.keyring, entered_by=user).id for _ in range(2)]
        death = residents.change(session, ChangeReason.DEATH, case_id=cases[0])
        residents.next_snapshot(
            session, head, death, state=ResidentState.DEAD, removed_on=dt.date(2026, 4, 1)
        )
        follows = residents.change(session, ChangeReason.CORRECT_EX_OFFICIO, case_id=cases[0])
        residents.next_snapshot(session, rest, follows, head_name=None)
        [code] = draw_codes(session, walk.keyring, 1, moment=TEST_MOMENT)
        given = residents.change(session, ChangeReason.RESIDENT_CODE_RECORD_EX_OFFICIO, case_id=cases[1])
        current = history.latest(session, rest.addressee_number)
        assert current is not None
        residents.next_snapshot(
            session, current, given,
            resident_code_cipher=walk.keyring.encrypt(code, context=RESIDENT_CODE),
            resident_code_hash=walk.keyring.lookup_hash(code, context=RESIDENT_CODE),
        )  # fmt: skip
        search_index.refresh(session, [head.addressee_number, rest.addressee_number])
        return Mourner(rest.addressee_number, rest.household_number, death.id, cases[0], given.id, cases[1])
