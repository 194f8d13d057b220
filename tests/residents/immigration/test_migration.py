"""Countries get codes of three characters and give them back; the checks of the tables are the models'."""

from __future__ import annotations

import pytest
from sqlalchemy import CheckConstraint, inspect, select, text

from residentapp.core.addresses.models import Country
from residentapp.core.db import Base, Database, migrate
from residentapp.core.db.migrate import MigrationError

pytestmark = pytest.mark.database


def codes(database: Database) -> set[str]:
    with database.transaction() as session:
        return set(session.execute(text("SELECT code FROM address_country")).scalars())


def test_countries_are_recoded_and_back(database: Database) -> None:
    migrate.downgrade(database, "0010")
    insert = text("INSERT INTO address_country (code, name, source) VALUES (:code, :name, :source)")
    with database.transaction() as session:
        for code, name, source in (
            ("US", "米国", "cldr"),
            ("XX", "無国籍", "cldr"),
            ("QX", "架空国", "local"),
        ):
            session.execute(insert, {"code": code, "name": name, "source": source})
    migrate.upgrade(database)
    assert migrate.differences(database) == []
    # A code that staff made up stays: only they know what it should become.
    assert codes(database) == {"USA", "XXA", "QX"}
    migrate.downgrade(database, "0010")
    assert codes(database) == {"US", "XX", "QX"}


def test_a_country_without_a_code_of_two_letters_stops_the_way_back(database: Database) -> None:
    with database.transaction() as session:
        session.add(Country(code="QXX", name="架空国"))
    with pytest.raises(MigrationError, match="QXX"):
        migrate.downgrade(database, "0010")
    with database.transaction() as session:
        assert session.scalars(select(Country.code)).all() == ["QXX"]


def test_the_checks_of_the_database_are_those_of_the_models(database: Database) -> None:
    """Alembic's comparison does not look at them."""
    found = inspect(database.engine)
    for name in ("immigration_notice", "immigration_result"):
        own = {check["name"] for check in found.get_check_constraints(name)}
        wanted = {
            str(check.name)
            for check in Base.metadata.tables[name].constraints
            if isinstance(check, CheckConstraint)
        }
        assert own == wanted, name
