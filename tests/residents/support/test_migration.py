"""What was there before the database of measures comes through its migration, and the checks are the models'."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import CheckConstraint, inspect, select, text

from residentapp.core.crypto import Keyring, bind_keyring
from residentapp.core.db import Base, Database, migrate
from residentapp.core.violations import Level
from residentapp.residents.models import SupportMeasure, Suppression
from residentapp.residents.support.types import Blocked, Capacity, Role
from residentapp.residents.types import SuppressedProcess
from tests.support import residents

pytestmark = pytest.mark.database


def test_measures_of_before_keep_blocking_and_bar_the_inspection_too(
    database: Database, keyring: Keyring
) -> None:
    bind_keyring(database, keyring)
    with database.transaction() as session:
        measure_id = residents.protect(session, residents.resident(session)).id
    migrate.downgrade(database, "0004")
    with database.transaction() as session:
        kept = session.execute(text("SELECT process FROM suppression ORDER BY process")).scalars().all()
        assert kept == ["certificate", "change", "inquiry"]
    migrate.upgrade(database)
    assert migrate.differences(database) == []
    with database.transaction() as session:
        measure = session.get_one(SupportMeasure, measure_id)
        assert (measure.version, measure.capacity, measure.role) == (1, Capacity.CURRENT, Role.FIRST)
        assert (measure.first_started_on, measure.applied_on) == (dt.date(2026, 4, 1), None)
        assert measure.blocked == [item.value for item in Blocked]
        levels = {row.process: row.level for row in session.scalars(select(Suppression))}
        assert levels == {SuppressedProcess(code): Level(level) for code, level in measure.levels.items()}
        assert levels[SuppressedProcess.INSPECTION] is Level.ERROR


def test_the_checks_of_the_database_are_those_of_the_models(database: Database) -> None:
    """Alembic's comparison does not look at them."""
    found = inspect(database.engine)
    for name in (
        "support_measure",
        "support_transfer",
        "suppression",
        "protection_event",
        "certificate_review",
    ):
        own = {check["name"] for check in found.get_check_constraints(name)}
        wanted = {
            str(check.name)
            for check in Base.metadata.tables[name].constraints
            if isinstance(check, CheckConstraint)
        }
        assert own == wanted, name
