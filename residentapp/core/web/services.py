"""Makes the services of a process out of its settings: for the application, and for commands without the web."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from residentapp.config import Settings
from residentapp.core.clock import Clock, system_clock
from residentapp.core.crypto import Keyring, bind_keyring
from residentapp.core.db import Database
from residentapp.core.documents.fonts import Fonts
from residentapp.core.web.context import Services
from residentapp.core.web.fonts import WebFonts

_T = TypeVar("_T")


def _once(make: Callable[[], _T]) -> Callable[[], _T]:
    """Make at first use, once, whichever thread asks first."""
    lock = threading.Lock()
    made: list[_T] = []

    def get() -> _T:
        if not made:
            with lock:
                if not made:
                    made.append(make())
        return made[0]

    return get


def _fonts(settings: Settings) -> Fonts:
    fallback = [settings.font_fallback] if settings.font_fallback else None
    return Fonts(settings.font_mj, settings.font_gj, fallback)


def make_services(
    settings: Settings, *, clock: Clock = system_clock, database: Database | None = None
) -> Services:
    """Everything that lives as long as the process; commands use it without the web."""
    if database is None:
        if settings.database_url.startswith("sqlite"):
            settings.data_dir.mkdir(parents=True, exist_ok=True)
        database = Database(settings.database_url, pool_size=settings.threads)
    keyring = Keyring.from_settings(settings)
    bind_keyring(database, keyring)
    load_fonts = _once(lambda: _fonts(settings))
    return Services(
        settings=settings,
        database=database,
        keyring=keyring,
        clock=clock,
        web_fonts=WebFonts(settings.secret_key, load_fonts),
        load_fonts=load_fonts,
    )
