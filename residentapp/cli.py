"""The command ``residentapp``: database, seed town, server, users, certificates, oracle, conformity, audit.

Each group of commands belongs to the package it serves; here they are only gathered. A group is imported when
it is called, so that ``residentapp oracle`` does not wait for the whole application.
"""

from __future__ import annotations

import importlib
import sys

import click

#: Name of a command → where it lives.
_COMMANDS = {
    "db": "residentapp.core.db.cli:db_command",
    "addresses": "residentapp.core.addresses.cli:addresses_command",
    "seed": "residentapp.seeding.cli:seed_command",
    "search": "residentapp.residents.search.cli:search_command",
    "serve": "residentapp.serve:serve_command",
    "user": "residentapp.admin.cli:user_command",
    "messages": "residentapp.residents.messages.cli:messages_command",
    "oracle": "residentapp.oracle.cli:oracle_command",
    "certificate": "residentapp.residents.certificates.cli:certificate_command",
    "move-out": "residentapp.residents.move_out.cli:move_out_command",
    "removed-records": "residentapp.residents.removed_records.cli:removed_records_command",
    "conformity": "residentapp.conformity.cli:conformity_command",
    "audit": "residentapp.core.audit.cli:audit_command",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Commands)
@click.version_option(package_name="residentapp", message="%(version)s")
def root() -> None:
    """住民記録システム標準仕様の参照実装 (reference implementation of the resident-record standard)."""


def main() -> None:
    """Entry point of the installed command."""
    sys.exit(root(prog_name="residentapp"))


if __name__ == "__main__":
    main()
