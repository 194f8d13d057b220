"""The protected family of the seed town, and what of an answer would tell where they live (CM-5.1)."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pypdfium2 as pdfium
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from residentapp.core.access.permissions import Permission
from residentapp.core.addresses.models import Town
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue
from residentapp.core.db import Database
from residentapp.residents import history
from residentapp.residents.models import ResidentHistory, SupportMember, Suppression
from residentapp.residents.search import index
from residentapp.residents.types import ChangeReason, ResidentState, Sex, SuppressedProcess
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.removed import LONG_AGO, store
from tests.support.users import Browser, log_in, make_user

CLERK = frozenset(Permission) - {Permission.SUPPRESSED_VIEW}
OFFICER = frozenset(Permission)

#: The given names of the family occur nowhere else in the town.
GIVEN_NAMES = ("小夜", "湖太", "水帆", "宇多", "里代", "伊蔵")
#: Of them those whose records stand in the register.
IN_REGISTER = GIVEN_NAMES[:-1]


@dataclass(frozen=True)
class Family:
    """Who they are and where they live.

    :param members: 宛名番号 of the protected mother and her children.
    :param late: 宛名番号 of the grandmother, who lived with them and died there.
    :param moved: 宛名番号 of the aunt, who lived with them and has left the municipality.
    :param stored: 宛名番号 of the grandfather, who died in that home so long ago that his record is stored away.
    :param father: 宛名番号 of the man from whom they are protected.
    :param whereabouts: texts that tell their address wherever they stand.
    :param telling: texts that tell something of it when they stand beside one of them.
    """

    members: tuple[str, ...]
    late: str
    moved: str
    stored: str
    father: str
    home: ResidentHistory
    father_home: ResidentHistory
    whereabouts: tuple[str, ...]
    telling: tuple[str, ...]

    @property
    def household_number(self) -> str:
        """世帯番号 of the home they must not be found at."""
        return self.home.household_number

    @property
    def numbers(self) -> tuple[str, ...]:
        """宛名番号 of all who live or lived in that home."""
        return (*self.members, self.late, self.moved, self.stored)

    def is_about(self, text: str) -> bool:
        """Whether a text names one of them."""
        return any(name in text for name in (*GIVEN_NAMES, *self.numbers))


def find_family(session: Session, keyring: Keyring) -> Family:
    """Look the family up in the seeded town and add two relatives who lived in their home until lately."""
    members = tuple(
        session.scalars(select(SupportMember.addressee_number).order_by(SupportMember.addressee_number))
    )
    home = history.latest(session, members[0])
    assert home is not None
    father = session.scalars(
        select(ResidentHistory).where(ResidentHistory.is_latest, ResidentHistory.name == "白鷺　剛志")
    ).one()
    late = _relative(session, home, "白鷺　宇多", "シラサギ　ウタ", ChangeReason.DEATH, ResidentState.DEAD)
    moved = _relative(
        session,
        home,
        "白鷺　里代",
        "シラサギ　サトヨ",
        ChangeReason.MOVE_OUT_DOMESTIC,
        ResidentState.MOVED_OUT,
    )
    stored = _relative(
        session, home, "白鷺　伊蔵", "シラサギ　イゾウ", ChangeReason.DEATH, ResidentState.DEAD, left=LONG_AGO
    )
    index.refresh(session, [late, moved, stored])
    grandfather = history.latest(session, stored)
    assert grandfather is not None
    assert len(store(session, grandfather).done) == 1
    town = session.scalars(select(Town).where(Town.code == home.address_code)).one()
    past = [
        snapshot
        for number in members
        for snapshot in history.snapshots_of(session, number)
        if snapshot.household_number != home.household_number
    ]
    telling = {
        home.household_number,
        home.postal_code,
        home.address_code,
        town.name,
        "港町",
        "コーポ港町",
        "4番4号",
    }
    for snapshot in past:
        telling |= {snapshot.household_number, snapshot.postal_code, snapshot.previous_address}
    assert home.building is not None and "隠れ里荘" in home.building and "77番地7" in home.address
    return Family(
        members=members,
        late=late,
        moved=moved,
        stored=stored,
        father=father.addressee_number,
        home=home,
        father_home=father,
        whereabouts=("隠れ里", "77番地7", "77-7"),
        telling=tuple(sorted(text for text in telling if text)),
    )


def _relative(
    session: Session,
    home: ResidentHistory,
    name: str,
    kana: str,
    reason: ChangeReason,
    state: ResidentState,
    *,
    left: dt.date = dt.date(2026, 10, 1),
) -> str:
    came = residents.change(session, processed_on=min(residents.RECORDED_ON, left - dt.timedelta(days=90)))
    person = residents.resident(
        session,
        home.household_number,
        made_by=came,
        name=name,
        name_kana=kana,
        sex=Sex.FEMALE,
        head_name=home.head_name,
        relationship_to_head="縁故者",
        member_order=90,
        postal_code=home.postal_code,
        address_code=home.address_code,
        address=home.address,
        building=home.building,
    )
    destination = {"planned_destination": "見本県隣市北町9番9号"} if state is ResidentState.MOVED_OUT else {}
    residents.next_snapshot(
        session,
        person,
        residents.change(session, reason, processed_on=left),
        state=state,
        removal_reason=reason.label,
        removal_occurred_on=DateValue.of(left),
        removed_on=left,
        **destination,
    )
    return person.addressee_number


def lift(session: Session, family: Family, until: dt.datetime | None) -> None:
    """Lift the suppression of certificates for a while, or let it stand again."""
    rows = session.scalars(
        select(Suppression).where(
            Suppression.addressee_number.in_(family.members),
            Suppression.process == SuppressedProcess.CERTIFICATE,
        )
    )
    for row in rows:
        row.lifted_until = until


# ---- reading answers


def words_of(response: TestResponse) -> str:
    """Everything an answer says: text, JSON, words of a PDF."""
    kind = response.mimetype or ""
    if kind == "application/pdf":
        pages = pdfium.PdfDocument(response.data)
        return "\n".join(page.get_textpage().get_text_range() for page in pages)
    if kind == "application/json":
        return json.dumps(response.json, ensure_ascii=False)
    if kind.startswith("text/") or kind.endswith("javascript"):
        return html.unescape(response.data.decode("utf-8-sig"))
    return ""


_ROW = re.compile(r"<tr\b.*?</tr>|^\d+,\d{4}-[^\n]*$", re.DOTALL | re.MULTILINE)


def blocks_of(text: str) -> list[str]:
    """The lines of tables and of the log's file, each by itself, and the rest of the page: what stands beside what."""
    return [*_ROW.findall(text), _ROW.sub("", text)]


#: Endpoints that answer from the public master of addresses: there an address says nothing unless a person is named.
ADDRESS_MASTER = frozenset(
    {
        "addresses.buildings",
        "addresses.buildings_at",
        "addresses.edit_building",
        "addresses.finish_building",
        "addresses.kana",
        "addresses.new_building",
        "addresses.oaza",
        "addresses.postal_code",
        "addresses.town",
        "addresses.towns",
    }
)
#: The log repeats what officers typed; that tells something only beside the number of one of the family.
LOG = frozenset({"admin.search_log", "admin.send_log_search", "admin.show_log_entry", "admin.export_log"})


@dataclass
class Walk:
    """A clerk without the right to know, who asks everything there is to ask."""

    app: Flask
    database: Database
    family: Family
    browser: Browser
    officer: Browser
    issue_id: str
    keyring: Keyring
    seen: set[tuple[str, str]] = field(default_factory=set)
    echoes: set[str] = field(default_factory=set)
    """What the clerk sent earlier and pages of the same case repeat."""

    def get(self, address: str, *, typed: Iterable[str] = (), **kwargs: Any) -> TestResponse:
        """GET and look the answer through."""
        return self._look("GET", address, self.browser.get(address, **kwargs), typed)

    def post(
        self, address: str, data: Any = None, *, typed: Iterable[str] = (), **kwargs: Any
    ) -> TestResponse:
        """POST and look the answer through."""
        return self._look("POST", address, self.browser.post(address, data=data or {}, **kwargs), typed)

    def sees(self, response: TestResponse, *, method: str = "POST") -> TestResponse:
        """Look an answer through that was asked for without ``get`` or ``post``."""
        return self._look(method, response.request.path, response, ())

    def sees_as(self, method: str, response: TestResponse, *, typed: Iterable[str] = ()) -> TestResponse:
        """Look an answer through that somebody else's browser got."""
        return self._look(method, response.request.path, response, typed)

    def follow(self, response: TestResponse, *, typed: Iterable[str] = ()) -> TestResponse:
        """Go where an answer leads, look through each page on the way."""
        while response.status_code in (301, 302, 303, 307, 308):
            response = self.get(response.headers["Location"], typed=typed)
        return response

    def open_person(self, number: str) -> TestResponse:
        """The page of a resident."""
        return self.follow(self.post("/residents/open", {"addressee_number": number}))

    def open_household(self, number: str) -> TestResponse:
        """The page of the household of a resident."""
        return self.follow(self.post("/households/open", {"addressee_number": number}))

    def _look(self, method: str, address: str, response: TestResponse, typed: Iterable[str]) -> TestResponse:
        path = address.partition("?")[0]
        endpoint, _values = self.app.url_map.bind("localhost").match(path, method=method)
        self.seen.add((endpoint, method))
        typed = {*typed, *self.echoes}
        sent = f"{response.request.url}\n{response.headers}"
        self.assert_silent(sent, f"{method} {endpoint}: headers")
        for block in blocks_of(words_of(response)):
            about = any(number in block for number in self.family.numbers)
            if endpoint in LOG and ("件数：0件" in block or not about):
                # What an officer typed in vain tells what was typed, not what is true.
                continue
            self.assert_silent(block, f"{method} {endpoint}", typed=typed, public=endpoint in ADDRESS_MASTER)
        return response

    def assert_silent(
        self, text: str, where: str, *, typed: Iterable[str] = (), public: bool = False
    ) -> None:
        """The text does not tell where the family lives.

        :param typed: what the clerk typed and a form therefore repeats.
        :param public: addresses as such are no secret here, only beside one of the family.
        """
        for echoed in sorted(typed, key=len, reverse=True):
            text = text.replace(echoed, "□")
        about = self.family.is_about(text)
        hidden = [] if public and not about else list(self.family.whereabouts)
        if about:
            hidden += self.family.telling
        told = [secret for secret in hidden if _stands_in(secret, text)]
        assert not told, f"{where} tells {told}: …{_around(text, told[0])}…"


def _stands_in(secret: str, text: str) -> bool:
    """A number must stand by itself: it may be part of another by chance."""
    if not secret.isdigit():
        return secret in text
    writings = [secret, f"{secret[:3]}-{secret[3:]}"] if len(secret) == 7 else [secret]
    return any(re.search(rf"(?<!\d){writing}(?!\d)", text) for writing in writings)


def _around(text: str, word: str) -> str:
    place = max(text.find(word), 0)
    return re.sub(r"\s+", " ", text[max(0, place - 200) : place + 80])


def make_walk(
    app: Flask, database: Database, keyring: Keyring, issue: Callable[[Browser, Family], str]
) -> Walk:
    """Log both in, and let the officer, who may know, do what leaves traces."""
    browser, officer = app.test_client(), app.test_client()
    assert isinstance(browser, Browser) and isinstance(officer, Browser)
    with database.transaction() as session:
        family = find_family(session, keyring)
        for client, rights, login in ((browser, CLERK, "clerk"), (officer, OFFICER, "officer")):
            user = make_user(session, *rights, login=login, name=f"架空　{login}", moment=TEST_MOMENT)
            log_in(client, session, user, moment=TEST_MOMENT)
    with database.transaction() as session:
        lift(session, family, TEST_MOMENT + dt.timedelta(hours=1))
    issue_id = issue(officer, family)
    with database.transaction() as session:
        lift(session, family, None)
    return Walk(app, database, family, browser, officer, issue_id, keyring)
