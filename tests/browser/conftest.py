"""A served town, and clerks at their browsers.

With ``RESIDENTAPP_TEST_PICTURES=folder`` every screen that is walked leaves a picture there, to be looked at.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from residentapp.admin.demo import DEMO_PASSWORD
from residentapp.core.access.permissions import Permission
from residentapp.core.db import Database
from residentapp.core.masters.models import CityWard, OwnMunicipality
from residentapp.core.wards import WardKind
from tests.support.clock import SettableClock
from tests.support.server import Watched, keep_picture, serve, wait_until
from tests.support.town import town_app
from tests.support.users import Browser, log_in, make_user

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

SIDEWAYS = "[document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth]"
FOCUSED = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return "";
  return element.id || element.name || element.dataset.key || element.textContent.trim().slice(0, 30);
}"""
PICTURES = os.environ.get("RESIDENTAPP_TEST_PICTURES", "")


@dataclass(frozen=True)
class Office:
    """The application behind a port, with its town and its clock."""

    address: str
    app: Flask
    database: Database
    clock: SettableClock


@dataclass
class Desk:
    """A clerk at a browser. Everything is done by keyboard; ``page`` is there to look."""

    page: Page
    address: str
    watched: Watched
    pictures: list[str] = field(default_factory=list)

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def go(self, key: str, pattern: str) -> None:
        """Press a key that leads to another page, and wait until that page has come."""
        with self.page.expect_navigation(url=re.compile(pattern)):
            self.page.keyboard.press(key)
        self.page.wait_for_load_state("load")

    def write(self, text: str) -> None:
        """Type into the field in focus."""
        self.page.keyboard.insert_text(text)

    def tab_to(self, name: str) -> None:
        """Walk with Tab until the element of this id, name, key or text has the focus."""
        self._walk(name, lambda focused: focused == name)

    def tab_to_text(self, text: str) -> None:
        """Walk with Tab until an element that says this has the focus."""
        self._walk(text, lambda focused: text in focused)

    def tab_to_end(self, ending: str) -> None:
        """Walk with Tab until a field whose id ends so has the focus: of the first person on the way."""
        self._walk(ending, lambda focused: focused.endswith(ending))

    def _walk(self, wanted: str, arrived: Callable[[str], bool], *, most: int = 150) -> None:
        seen = []
        for _step in range(most):
            focused = self.focused
            if arrived(focused):
                return
            seen.append(focused)
            self.press("Tab")
        raise AssertionError(f"Tab does not come to {wanted}, only to {seen}")

    @property
    def focused(self) -> str:
        """Id, name, key or text of the element in focus."""
        return str(self.page.evaluate(FOCUSED))

    def log_in(self, login: str, password: str = DEMO_PASSWORD) -> None:
        """As a clerk does it in the morning."""
        self.page.goto(self.address)
        wait_until(self.page, "document.activeElement?.id === 'login'")
        self.write(login)
        self.press("Enter")
        assert self.focused == "password"
        self.write(password)
        self.go("Enter", r"127\.0\.0\.1:\d+/(?!login)")

    def check_screen(self, name: str) -> None:
        """What holds on every screen: nothing sideways, a title that names nobody, somewhere to begin."""
        self.page.wait_for_load_state("load")
        self.page.evaluate("document.fonts.ready")
        wide, room = self.page.evaluate(SIDEWAYS)
        if PICTURES:
            size = self.page.viewport_size or {"width": 0}
            keep_picture(self.page, Path(PICTURES), f"{name}-{size['width']}")
            self.page.screenshot(path=Path(PICTURES) / f"{name}-{size['width']}-fold.png")
        assert wide <= room, f"{name}: {wide} pixels wide, there is room for {room}"
        # The focus comes to an anchor a moment after the page has loaded.
        wait_until(self.page, "document.activeElement && document.activeElement !== document.body")
        self.pictures.append(name)


Desks = Callable[[], Desk]


@pytest.fixture(scope="module")
def office(town_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A town of the module's own."""
    clock = SettableClock()
    with (
        town_app(town_file, tmp_path_factory.mktemp("office"), clock) as (app, database),
        serve(app) as address,
    ):
        yield Office(address, app, database, clock)


@pytest.fixture
def desks(office: Office, chromium: Chromium, request: pytest.FixtureRequest) -> Iterator[Desks]:
    """Each call is another browser at 1280×800. Script errors, refused styles and foreign hosts fail the test."""
    opened: list[Desk] = []

    def sit_down() -> Desk:
        context = chromium.new_context(
            locale="ja-JP", timezone_id="Asia/Tokyo", viewport={"width": 1280, "height": 800}
        )
        page = context.new_page()
        page.set_default_timeout(30_000)
        desk = Desk(page, office.address, Watched(page))
        opened.append(desk)
        return desk

    yield sit_down
    problems = [problem for desk in opened for problem in desk.watched.problems]
    for desk in opened:
        desk.page.context.close()
    assert problems == []


@pytest.fixture
def desk(desks: Desks) -> Desk:
    """One browser."""
    return desks()


@pytest.fixture
def chief(office: Office, request: pytest.FixtureRequest) -> Browser:
    """A test client whose user may do everything, logged in already."""
    login = re.sub(r"\W+", "-", request.node.name)[:60]
    browser = office.app.test_client()
    assert isinstance(browser, Browser)
    with office.database.transaction() as session:
        user = make_user(session, *Permission, login=login, name="架空　全権")
        log_in(browser, session, user, moment=office.clock())
    return browser


@pytest.fixture
def wards(office: Office) -> None:
    """The town as a 指定都市, so that screens have all their fields."""
    with office.database.transaction() as session:
        own = session.get_one(OwnMunicipality, 1)
        if not own.designated:
            own.designated = True
            kind, since = WardKind.ADMINISTRATIVE, dt.date(2020, 4, 1)
            session.add(CityWard(code="982024", name="見本区", kana="ミホンク", kind=kind, valid_from=since))


@pytest.fixture
def all_rights(office: Office, desks: Desks, chief: Browser) -> Desk:
    """A desk at which ``chief`` is logged in."""
    cookie = chief.get_cookie("residentapp")
    assert cookie is not None
    desk = desks()
    desk.page.context.add_cookies([{"name": "residentapp", "value": cookie.value, "url": office.address}])
    return desk
