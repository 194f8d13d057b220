"""Where handlers of received messages, and names of further kinds, are declared. A module that has some adds itself."""

from __future__ import annotations

import importlib

#: Modules that declare handlers with ``inbox_handler``, or name kinds and items of messages that they write.
HANDLER_MODULES = (
    "residentapp.residents.messages.numbers",
    "residentapp.residents.messages.suppressions",
    "residentapp.residents.move_out.inbox",
    "residentapp.residents.immigration.inbox",
    "residentapp.residents.cards.inbox",
)


def load_handlers() -> None:
    """Import every one of these modules; again is without effect."""
    for path in HANDLER_MODULES:
        importlib.import_module(path)
