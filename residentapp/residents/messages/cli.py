"""``residentapp messages``: send, receive, take in; and a stand-in for the CS to try it with.

Run ``send``, ``receive`` and ``take`` every few minutes by the operating system's timer. Each is done step by step and
may be stopped at any point; two at once do no harm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from residentapp.config import settings_of
from residentapp.core.access.actor import system_actor
from residentapp.core.clock import system_clock
from residentapp.core.outbox.exchange import count_in_state, receive_arrivals, send_waiting, take_all
from residentapp.core.outbox.operations import retry_failed
from residentapp.core.outbox.transport import FolderTransport
from residentapp.core.outbox.types import MessageState, Partner
from residentapp.core.web.context import Services
from residentapp.core.web.services import make_services
from residentapp.residents.messages.cs_codes import CodedForCs, CodesUnreadable, CsCodes, read_codes
from residentapp.residents.messages.handlers import load_handlers
from residentapp.residents.messages.simulator import simulate_cs

_PARTNERS = click.Choice([partner.value for partner in Partner])


@click.group("messages")
def messages_command() -> None:
    """連携の送信・受信・取込 (messages to and from other systems)."""


@contextmanager
def _services(ctx: click.Context) -> Iterator[tuple[Services, FolderTransport]]:
    """The services of the process, and the folders ``<data>/exchange``."""
    settings = settings_of(ctx)
    services = make_services(settings)
    try:
        yield services, FolderTransport(settings.data_dir / "exchange")
    finally:
        services.database.dispose()


def _codes(services: Services) -> CsCodes:
    """The municipality's table of codes for the CS, else the provisional one."""
    try:
        return read_codes(services.settings.cs_codes)
    except CodesUnreadable as error:
        raise click.ClickException(f"RESIDENTAPP_CS_CODESの符号表を直してください。\n{error}") from error


def _chosen(codes: Sequence[str]) -> list[Partner] | None:
    return [Partner(code) for code in codes] or None


def _say_unreachable(unreachable: dict[Partner, str]) -> None:
    for partner, why in unreachable.items():
        click.echo(f"{partner.label}: {why}", err=True)
    if unreachable:
        raise click.ClickException("つながらない連携先があります。直してから、もう一度行ってください。")


@messages_command.command("send")
@click.option("--to", "codes", multiple=True, type=_PARTNERS, help="この連携先だけ (only this partner)")
@click.option("--retry-failed", "retry", is_flag=True, help="送信できなかったものも、もう一度試す")
@click.pass_context
def send_command(ctx: click.Context, codes: tuple[str, ...], retry: bool) -> None:
    """送信待ちの連携を送ります (send what waits, in order per person)."""
    partners = _chosen(codes)
    with _services(ctx) as (services, folder):
        if retry:
            with services.database.transaction() as session:
                again = retry_failed(
                    session, system_actor("連携の送信"), now=system_clock(), destinations=partners
                )
            click.echo(f"送信できなかった{again}件を、もう一度試します。")
        carrier = CodedForCs(folder, _codes(services))
        done = send_waiting(
            services.database, services.keyring, carrier, clock=system_clock, destinations=partners
        )
        open_now = {
            state: count_in_state(services.database, state)
            for state in (MessageState.WAITING, MessageState.HELD, MessageState.FAILED, MessageState.SENDING)
        }
    click.echo(f"{done.sent}件を送りました。")
    left = "、".join(f"{state.label} {count}件" for state, count in open_now.items() if count)
    if left:
        click.echo(f"残り: {left}")
    _say_unreachable(done.unreachable)


@messages_command.command("receive")
@click.option("--from", "codes", multiple=True, type=_PARTNERS, help="この連携元だけ (only this partner)")
@click.pass_context
def receive_command(ctx: click.Context, codes: tuple[str, ...]) -> None:
    """届いた連携を受信箱に入れます (keep what has come; take it in with `take`)."""
    with _services(ctx) as (services, folder):
        done = receive_arrivals(
            services.database,
            services.keyring,
            folder,
            clock=system_clock,
            accept_test_data=not services.settings.production,
            sources=_chosen(codes),
        )
    click.echo(f"新しい受信 {done.new}件、再受信 {done.repeats}件、読めないもの {done.rejected}件")
    _say_unreachable(done.unreachable)


@messages_command.command("take")
@click.option("--retry-failed", "retry", is_flag=True, help="取り込めなかったものも、もう一度試す")
@click.pass_context
def take_command(ctx: click.Context, retry: bool) -> None:
    """受信箱の連携を取り込みます (take in what was received, each by itself)."""
    load_handlers()
    with _services(ctx) as (services, _folder):
        done = take_all(
            services.database,
            services.keyring,
            system_actor("連携の取込"),
            clock=system_clock,
            failed_too=retry,
        )
    click.echo(f"取込済み {done.taken}件、取り込めないもの {done.failed}件、後で試すもの {done.later}件")


@messages_command.command("simulate-cs")
@click.option("--seed", default=1, show_default=True, help="同じ種なら同じ答え (same seed, same answers)")
@click.pass_context
def simulate_command(ctx: click.Context, seed: int) -> None:
    """住基ネットCSの代わりに応答します。試用だけで、本物の仕様ではありません (a stand-in for the CS)."""
    if settings_of(ctx).production:
        raise click.UsageError("本番の環境では、模擬の応答を使えません。")
    with _services(ctx) as (services, folder):
        done = simulate_cs(services.database, services.keyring, folder, seed=seed)
    click.echo(f"{done.read}件を読み、個人番号 {done.numbers}件、転入通知 {done.notices}件を応答しました。")
