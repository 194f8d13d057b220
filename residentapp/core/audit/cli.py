"""``residentapp audit``: check the audit log."""

from __future__ import annotations

import click

from residentapp.config import settings_of
from residentapp.core.audit.verify import Anchor, verify
from residentapp.core.crypto import Keyring, bind_keyring
from residentapp.core.db import Database


class _AnchorType(click.ParamType[Anchor]):
    name = "NUMBER:HASH"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Anchor:
        try:
            return value if isinstance(value, Anchor) else Anchor.parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.group("audit")
def audit_command() -> None:
    """監査ログの管理 (audit log)."""


@audit_command.command("verify")
@click.option(
    "--anchor",
    type=_AnchorType(),
    help="以前の確認で控えた値。その記録が同じまま残っているかも確かめます (value noted at an earlier check)",
)
@click.pass_context
def verify_command(ctx: click.Context, anchor: Anchor | None) -> None:
    """ログの変更・削除・挿入がないか確かめます (find changed, removed and inserted rows; exit status 1 if any)."""
    settings = settings_of(ctx)
    database = Database(settings.database_url)
    bind_keyring(database, Keyring.from_settings(settings))
    try:
        with database.sessions() as session:
            if database.is_sqlite:
                # Reading only: counters go on writing while we check.
                session.connection(execution_options={"read_only": True})
            outcome = verify(session, anchor=anchor)
    finally:
        database.dispose()
    for finding in outcome.findings:
        click.echo(str(finding), err=True)
    if outcome.total > len(outcome.findings):
        click.echo(f"ほかに{outcome.total - len(outcome.findings)}件あります。", err=True)
    if not outcome.ok:
        raise click.ClickException(
            f"監査ログに{outcome.total}件の異常があります（{outcome.checked}件を確認）。"
        )
    click.echo(f"監査ログに異常はありません（{outcome.checked}件を確認）。")
    if outcome.anchor is not None:
        click.echo(f"控え（システムの外で保管してください）: {outcome.anchor}")
