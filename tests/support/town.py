"""The invented town for tests: seeded once per worker, copied for each test that changes something."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from residentapp.config import Settings
from residentapp.core.clock import Clock
from residentapp.core.crypto import Keyring, bind_keyring
from residentapp.core.db import Database
from residentapp.seeding.generator import seed
from tests.support.clock import TEST_MOMENT
from tests.support.databases import SqliteSource, url_of
from tests.support.users import Browser

#: The special households of the seed town and some hundred ordinary people around them.
POPULATION = 300


@pytest.fixture(scope="session")
def town_file(
    sqlite_source: SqliteSource, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """SQLite file of a town of 300; copy it, never write to it."""
    folder = tmp_path_factory.mktemp("town")
    database = sqlite_source.fresh(folder)
    bind_keyring(database, keyring)
    seed(database, keyring, population=POPULATION, seed=1, moment=TEST_MOMENT)
    database.dispose()
    return folder / "residentapp.sqlite3"


@contextmanager
def town_app(town_file: Path, folder: Path, clock: Clock) -> Iterator[tuple[Flask, Database]]:
    """The application on a town of its own in ``folder``."""
    from residentapp.app import create_app

    path = folder / "residentapp.sqlite3"
    shutil.copyfile(town_file, path)
    database = Database(f"sqlite:///{path}")
    settings = Settings.from_environment({}).replace(data_dir=folder, database_url=url_of(database))
    bind_keyring(database, Keyring.from_settings(settings))
    app = create_app(settings, clock=clock, database=database)
    app.test_client_class = Browser
    app.testing = True
    try:
        yield app, database
    finally:
        database.dispose()
