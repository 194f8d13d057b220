"""``residentapp serve``: the server of the screens."""

from __future__ import annotations

import click

from residentapp.app import create_app
from residentapp.config import settings_of
from residentapp.core.search_keys import search_key
from residentapp.core.web.server import serve


@click.command("serve")
@click.option("--host", default=None, help="待ち受けるアドレス（RESIDENTAPP_HOSTより優先）")
@click.option(
    "--port", default=None, type=click.IntRange(0, 65535), help="ポート（RESIDENTAPP_PORTより優先）"
)
@click.pass_context
def serve_command(ctx: click.Context, host: str | None, port: int | None) -> None:
    """画面のサーバーを起動します (start the server of the screens)."""
    settings = settings_of(ctx)
    if host is not None:
        settings = settings.replace(host=host)
    if port is not None:
        settings = settings.replace(port=port)
    # Tables of character variants are built at first use: now, not while somebody waits at the counter.
    search_key("")
    serve(settings, create_app(settings))
