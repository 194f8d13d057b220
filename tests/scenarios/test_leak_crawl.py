"""Whoever may not know tries every route there is, and no answer tells where the protected family lives (CM-5.1).

An officer who may know walks first, so that there are pages, certificates, searches and log entries about the family,
and addresses that somebody could pass on. Then each role that may not know tries everything by itself: what it finds,
and what the officer found. Nothing here names a screen; a route that is added is tried (``crawl``).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import event

from residentapp.admin.rights import DEFAULT_ROLES
from residentapp.cli import root
from residentapp.config import Settings
from residentapp.core.access import public
from residentapp.core.access.models import User
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.oracle.questions import QUESTIONS
from residentapp.oracle.reading import answer_all
from tests.scenarios.crawl import Crawl, Route, Seen, routes_of
from tests.scenarios.pages import PageForm
from tests.scenarios.protected import CLERK, OFFICER, Family, Walk, make_walk
from tests.scenarios.protected_cases.cases import CASES, issue_and_look
from tests.support.clock import TEST_MOMENT, SettableClock
from tests.support.databases import url_of
from tests.support.town import town_app
from tests.support.users import Browser, log_in, make_user

pytestmark = pytest.mark.requirement("CM-5.1", partial=True)

#: Default roles that may not know, one that may do everything else, and somebody who has not logged in.
BLIND: dict[str, frozenset[Permission] | None] = {
    code: frozenset(permissions)
    for code, (_name, _what, permissions) in DEFAULT_ROLES.items()
    if Permission.SUPPRESSED_VIEW not in permissions
} | {"everything-else": CLERK, "stranger": None}

#: Routes that answer nonsense with an error page instead of an explanation, each with the reason.
FAILING: dict[Route, str] = {
    ("move_in.send_back", "POST"): "without a reason and for a case that is not there",
}


@dataclass
class Town:
    """A town in which an officer who may know has worked; each who tries begins with the same.

    :param file: its database as the officer left it.
    :param links: addresses of each route that the officer found.
    :param forms: forms that the officer found.
    :param reached: what each user reached; filled as they try.
    """

    app: Flask
    database: Database
    path: Path
    file: Path
    family: Family
    links: dict[Route, list[str]]
    forms: list[PageForm]
    reached: dict[str, Seen]

    def tried_by(self, who: str, rights: frozenset[Permission] | None, *, watched: bool) -> Seen:
        """Everything one user can find, and what the officer found."""
        self.restore()
        browser = self.app.test_client()
        assert isinstance(browser, Browser)
        enter = None
        if rights is not None:
            with self.database.transaction() as session:
                number = make_user(
                    session, *sorted(rights), login=who, name=f"架空　{who}", moment=TEST_MOMENT
                ).id

            def enter() -> None:
                with self.database.transaction() as session:
                    log_in(browser, session, session.get_one(User, number), moment=TEST_MOMENT)

        crawl = Crawl(self.app, self.database, self.family, browser, watched=watched, who=who, enter=enter)
        others = [address for found in self.links.values() for address in found[:1]]
        self.reached[who] = crawl.run(others if watched else (), self.forms if watched else ())
        return self.reached[who]

    def restore(self) -> None:
        """Put the database back to where the officer left it."""
        self.database.dispose()
        for ending in ("-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        shutil.copyfile(self.file, self.path)


@pytest.fixture(scope="module")
def town(town_file: Path, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring) -> Iterator[Town]:
    """The seeded town after a day of an officer's work."""
    folder = tmp_path_factory.mktemp("crawled")
    with town_app(town_file, folder, SettableClock()) as (app, database):
        app.config["PROPAGATE_EXCEPTIONS"] = False
        app.testing = False
        # Nothing here has to outlive a power cut, and each request commits.
        event.listen(database.engine, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous=OFF"))
        walk = make_walk(app, database, keyring, issue_and_look)
        crawl = Crawl(app, database, walk.family, walk.officer, watched=False, who="officer", posts=False)
        seen = crawl.run()
        path, file = folder / "residentapp.sqlite3", folder / "worked.sqlite3"
        database.dispose()
        shutil.copyfile(path, file)
        forms = [form for found in seen.forms.values() for form in found[:1]]
        yield Town(app, database, path, file, walk.family, seen.links, forms, {})


@pytest.mark.parametrize("who", BLIND)
def test_nobody_who_may_not_know_finds_out(who: str, town: Town) -> None:
    """Every page, form, file and search, of one's own and passed on by others."""
    seen = town.tried_by(who, BLIND[who], watched=True)
    assert seen.requests > 50
    assert sorted(seen.failed - set(FAILING)) == [], "routes that fail"


def test_every_route_is_tried_and_every_unreached_one_explained(town: Town) -> None:
    """By those above, or by an officer who may do everything."""
    town.tried_by("chief", OFFICER, watched=False)
    done = {route for seen in town.reached.values() for route in seen.reached}
    missing = routes_of(town.app) - done
    # What needs more than a crawl can do (an entry on its road, a file) has a case in the walk.
    walked = {route for each in CASES.values() for route in each.routes}
    assert sorted(missing - walked) == [], "routes that no crawl reached and that have no case in the walk"
    assert len(done) > len(missing) * 4, "the crawl reaches most by itself"
    failed = {route for seen in town.reached.values() for route in seen.failed}
    assert sorted(failed - set(FAILING)) == [], "routes that fail"


def test_the_crawl_notices_a_leak(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that names the home of the family fails, whatever the page; the same page about nobody does not."""
    crawl = Crawl(town.app, town.database, town.family, stranger(town), watched=True, who="somebody")
    said = {"text": "架空県架空市本町一丁目"}
    monkeypatch.setitem(town.app.view_functions, "web.health", public(lambda: said["text"]))
    crawl.open("/healthz")
    for text in ("隠れ里荘", "<td>白鷺　小夜</td><td>港町</td>", f"{town.family.members[0]} 4番4号"):
        said["text"] = text
        with pytest.raises(AssertionError, match=r"somebody: GET web\.health"):
            crawl.open("/healthz")


def stranger(town: Town) -> Browser:
    """A browser without a login."""
    browser = town.app.test_client()
    assert isinstance(browser, Browser)
    return browser


def test_the_oracle_knows_nobody(town: Town) -> None:
    """The rules as a command answer from what they are given alone."""
    home = town.family.home
    given = [
        home.name,
        home.name_kana,
        "昭和59年10月10日",
        town.family.members[0],
        town.family.household_number,
    ]
    walk = Walk(
        town.app,
        town.database,
        town.family,
        stranger(town),
        stranger(town),
        "",
        Keyring.from_settings(Settings()),
    )
    for name, question in QUESTIONS.items():
        fields = question.input_schema.get("properties", {})
        lines = [{}, *({field: value for field in fields} for value in given)]
        asked = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
        for answer in answer_all(question, asked):
            walk.assert_silent(
                json.dumps(answer.body, ensure_ascii=False),
                f"oracle {name}",
                typed=[str(text) for text in given],
            )


def test_the_command_issues_nothing_for_them(town: Town, tmp_path: Path) -> None:
    """Not even the system itself gets a certificate past the review."""
    town.restore()
    settings = Settings.from_environment({}).replace(data_dir=tmp_path, database_url=url_of(town.database))
    walk = Walk(
        town.app,
        town.database,
        town.family,
        stranger(town),
        stranger(town),
        "",
        Keyring.from_settings(Settings()),
    )
    for number in town.family.members:
        for form in ("resident_copy_household", "resident_copy_individual"):
            out = tmp_path / "copy.pdf"
            arguments = ["certificate", "issue", "--resident", number, "--form", form, "--out", str(out)]
            for more in ([], ["--sample"], ["--confirm", "確かめた"]):
                result = CliRunner().invoke(root, [*arguments, *more], obj=settings)
                assert result.exit_code == 1 and not out.exists()
                walk.assert_silent(result.output, "certificate issue")
