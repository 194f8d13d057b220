"""What a case of the walk is, and what several of them need."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from residentapp.residents.locks import EditLock
from residentapp.residents.models import ResidentHistory
from tests.scenarios.protected import OFFICER, Family, Walk, words_of
from tests.support.clock import TEST_MOMENT
from tests.support.users import Browser, log_in, make_user


def issue_and_look(officer: Browser, family: Family) -> str:
    """What an officer who may know does: looks for the address, opens pages, hands over a certificate."""
    address = officer.post("/search", data={"building": "隠れ里荘"}).headers["Location"]
    assert "白鷺" in officer.get(address).text
    person = officer.post("/residents/open", data={"addressee_number": family.members[0]}).headers["Location"]
    page = officer.get(person).text
    assert "隠れ里荘" in page and "77番地7" in page
    household = officer.get(f"{person}/household").headers["Location"]
    officer.get(household)
    form = officer.get(f"/certificates/from-household/{household.rsplit('/', 1)[1]}").headers["Location"]
    asked = {
        "style": "resident_copy_household", "subjects": list(family.members), "shown": ["kana"], "copies": "1",
        "requester": "self", "fee": "paid", "act": "issue",
    }  # fmt: skip
    done = officer.post(form, data=asked)
    assert done.status_code == 303, words_of(done)
    [issue_id] = re.findall(r"/certificates/file/([^.\"]+)\.pdf", officer.get(done.headers["Location"]).text)
    paper = officer.get(f"/certificates/file/{issue_id}.pdf")
    assert "隠れ里荘" in words_of(paper)
    return str(issue_id)


Case = Callable[[Walk], None]


@dataclass(frozen=True)
class Walked:
    """A case and the routes it must have asked."""

    run: Case
    routes: frozenset[tuple[str, str]]


#: All cases by name; filled by ``case`` when the modules of the offices are imported.
CASES: dict[str, Walked] = {}


def case(*routes: str) -> Callable[[Case], Case]:
    """Declare a case with its routes: ``"GET search.start"``. Its name is its own in all offices."""

    def keep(run: Case) -> Case:
        assert run.__name__ not in CASES, run.__name__
        asked = (route.split(" ") for route in routes)
        CASES[run.__name__] = Walked(run, frozenset((endpoint, method) for method, endpoint in asked))
        return run

    return keep


def everyone_near(walk: Walk) -> list[str]:
    """The family, who lived with them, the father, and neighbours of their town."""
    family = walk.family
    with walk.database.transaction() as session:
        neighbours = session.scalars(
            select(ResidentHistory.addressee_number)
            .where(
                ResidentHistory.is_latest,
                ResidentHistory.address_code == family.home.address_code,
                ResidentHistory.addressee_number.not_in(family.numbers),
            )
            .limit(2)
        ).all()
    assert neighbours
    return [*family.numbers, family.father, *neighbours]


def keys_and_version(page: TestResponse) -> tuple[list[str], str]:
    """Keys of the people on the page of an entry, and its version."""
    keys = re.findall(r'name="members-\d+-key"[^>]*value="([^"]+)"', page.text)
    [version, *_] = re.findall(r'name="version"[^>]*value="(\d+)"', page.text)
    return keys, version


def officer_of(walk: Walk, login: str) -> Browser:
    """Another officer who may know: other cases end the sessions of the first, and change the password."""
    browser = walk.app.test_client()
    assert isinstance(browser, Browser)
    with walk.database.transaction() as session:
        user = make_user(session, *OFFICER, login=login, name="架空　知る人", moment=TEST_MOMENT)
        log_in(browser, session, user, moment=TEST_MOMENT)
    return browser


def free_records(walk: Walk) -> None:
    """Let go of the records that entries of other cases still hold."""
    with walk.database.transaction() as session:
        session.execute(delete(EditLock))
