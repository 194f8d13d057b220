"""Nobody without the right learns where the protected family of the town lives, whatever they ask (CM-5.1, RR-3.4).

Every route has a case in ``protected_cases``, by office: a new one without a case fails ``test_every_route_is_walked``.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from residentapp.app import create_app
from residentapp.config import Settings
from residentapp.core.crypto import Keyring
from residentapp.residents.records import operations as record_operations
from tests.scenarios.protected import GIVEN_NAMES, Walk, make_walk
from tests.scenarios.protected_cases.cases import CASES, issue_and_look
from tests.support.clock import SettableClock
from tests.support.town import town_app

pytestmark = pytest.mark.requirement("CM-5.1", "RR-3.4a", partial=True)


@pytest.fixture(scope="module")
def log_text() -> io.StringIO:
    """Everything that was written to the technical log."""
    return io.StringIO()


@pytest.fixture(scope="module")
def walk(
    town_file: Path, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring, log_text: io.StringIO
) -> Iterator[Walk]:
    """The town with its clerk; the technical log goes to ``log_text``."""
    folder = tmp_path_factory.mktemp("protected")
    with town_app(town_file, folder, SettableClock()) as (app, database):
        app.config["PROPAGATE_EXCEPTIONS"] = False
        app.testing = False
        for handler in logging.getLogger().handlers:
            if type(handler) is logging.StreamHandler:
                handler.setStream(log_text)
        yield make_walk(app, database, keyring, issue_and_look)


def test_errors_repeat_nothing(walk: Walk, monkeypatch: pytest.MonkeyPatch, log_text: io.StringIO) -> None:
    """Neither the page of an error nor the technical log says what the error was about."""
    home = walk.family.home

    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError(f"{home.name} {home.address} {home.building}")

    person = walk.open_person(walk.family.members[0]).request.path
    monkeypatch.setattr(record_operations, "open_resident", fail)
    answer = walk.get(person)
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in log_text.getvalue()
    for address in ("/residents/unknown", "/households/unknown", "/search/unknown", "/certificates/unknown"):
        assert walk.get(address).status_code == 404
    assert walk.browser.post("/residents/open", csrf=False).status_code == 400
    assert walk.browser.get("/隠れ里荘").status_code == 404


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_walk(name: str, walk: Walk, log_text: io.StringIO, capfd: pytest.CaptureFixture[str]) -> None:
    """Each case asks its routes, every answer is looked through; nothing personal is in the technical log."""
    walk.seen.clear()
    walk.echoes.clear()
    CASES[name].run(walk)
    assert CASES[name].routes <= walk.seen
    printed = capfd.readouterr()
    for place, text in (("log", log_text.getvalue()), ("stdout", printed.out), ("stderr", printed.err)):
        for secret in (*walk.family.whereabouts, *walk.family.members, *GIVEN_NAMES, "白鷺"):
            assert secret not in text, f"{place} says {secret}"
    assert '"event": "request"' in log_text.getvalue()


def test_every_route_is_walked() -> None:
    """A new route needs a case in ``protected_cases`` (CM-5.1: every new output path has a test with this family)."""
    app = create_app(Settings())
    routes = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}
    }
    walked = {route for walked in CASES.values() for route in walked.routes}
    assert sorted(routes - walked) == [], "routes without a case"
    assert sorted(walked - routes) == [], "cases for routes that are gone"
