"""Where the handlers of received messages are. A module that takes a kind in adds itself here."""

from __future__ import annotations

import importlib

#: Modules that declare handlers with ``inbox_handler``.
HANDLER_MODULES = ("residentapp.residents.messages.numbers",)


def load_handlers() -> None:
    """Import every module that takes messages in; again is without effect."""
    for path in HANDLER_MODULES:
        importlib.import_module(path)
