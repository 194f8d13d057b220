"""An administrator of the masters, and what the settings log says of a change."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select

from residentapp.core.access import Permission
from residentapp.core.audit import Log
from residentapp.core.audit.models import AuditEntry
from residentapp.core.db import Database
from tests.conftest import Login
from tests.support.masters import make_masters
from tests.support.streets import make_streets
from tests.support.users import Browser


@dataclass(frozen=True)
class Masters:
    """Who looks after the masters of 架空市, and the database behind."""

    browser: Browser
    database: Database
    login: Login

    def another(self, login: str) -> Masters:
        """The same as another administrator, or later, when the first one's login has ended."""
        return replace(self, browser=self.login(Permission.ADMIN_MASTERS, login=login))

    def logged(self) -> list[tuple[str, dict[str, Any]]]:
        """Action and details of the settings log, oldest first."""
        with self.database.sessions() as session:
            rows = session.scalars(
                select(AuditEntry).where(AuditEntry.log == Log.SETTING.value).order_by(AuditEntry.sequence)
            )
            return [(row.action, row.details) for row in rows]

    def all_logged(self) -> str:
        """Everything in all logs, to look for what must not be there."""
        with self.database.sessions() as session:
            rows = session.scalars(select(AuditEntry))
            return "\n".join(f"{row.action} {row.file_name} {row.details}" for row in rows)

    def page(self, path: str) -> str:
        """What a reader sees of a page."""
        response = self.browser.get(path)
        assert response.status_code == 200, response.status_code
        return shown(response.text)

    def hidden(self, path: str, name: str = "seen") -> str:
        """Value of a hidden field of a page."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.browser.get(path).text)
        assert found is not None
        return found[1]


def shown(text: str) -> str:
    """What a reader sees: no tags, no runs of blanks."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


@pytest.fixture
def bare(login: Login, database: Database) -> Masters:
    """An administrator before anything has been registered."""
    return Masters(login(Permission.ADMIN_MASTERS, login="kanri"), database, login)


@pytest.fixture
def masters(bare: Masters) -> Masters:
    """The masters of tests/support/masters.py."""
    with bare.database.transaction() as session:
        make_masters(session)
    return bare


@pytest.fixture
def streets(masters: Masters) -> Masters:
    """The same with the towns and lots of tests/support/streets.py."""
    with masters.database.transaction() as session:
        make_streets(session)
    return masters
