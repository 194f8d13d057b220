"""``residentapp certificate``: issue from the command line, for batches and tests."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import click
from sqlalchemy.orm import Session

from residentapp.config import settings_of
from residentapp.core.access.actor import Actor, system_actor
from residentapp.core.clock import system_clock
from residentapp.core.masters.queries import MasterMissing
from residentapp.core.violations import Violation
from residentapp.core.web.context import Services
from residentapp.core.web.services import make_services
from residentapp.residents import history
from residentapp.residents.certificates import handing_over, operations
from residentapp.residents.certificates.types import (
    AT_COUNTER,
    USUALLY_SHOWN,
    CertificateRequest,
    Fee,
    IssueRefused,
    Requester,
    Shown,
)
from residentapp.residents.removed_records.reader import latest_of

_FORMS = {style.value: style for style in AT_COUNTER}


@click.group("certificate")
def certificate_command() -> None:
    """証明書の発行 (certificates)."""


@certificate_command.command("issue")
@click.option("--resident", "number", required=True, metavar="NUMBER", help="宛名番号 (addressee number)")
@click.option("--form", "form", required=True, type=click.Choice(sorted(_FORMS)), help="様式 (form)")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="PDFの出力先")
@click.option(
    "--show", "shown", default=",".join(sorted(item.value for item in USUALLY_SHOWN)), show_default=True,
    help=f"記載する事項をカンマで区切る: {', '.join(item.value for item in Shown)}",
)  # fmt: skip
@click.option("--alone", is_flag=True, help="世帯連記式でも、この人だけを載せる")
@click.option(
    "--record",
    type=int,
    metavar="NUMBER",
    help="除票が2つ以上ある人の、どの除票か。その最後の履歴番号。省略すると最後の除票",
)
@click.option("--blank-destination", is_flag=True, help="除票の転出先住所を空欄にする（特別養子縁組の転出）")
@click.option("--official-for", default="", metavar="NAME", help="公用の請求機関名。--purpose も必要")
@click.option("--purpose", default="", help="請求の理由")
@click.option("--confirm", default="", metavar="REASON", help="注意（アラート）をこの理由で確認する")
@click.option("--sample", is_flag=True, help="見本だけを出し、発行しない")
@click.pass_context
def issue_command(
    ctx: click.Context,
    number: str,
    form: str,
    out: Path,
    shown: str,
    alone: bool,
    record: int | None,
    blank_destination: bool,
    official_for: str,
    purpose: str,
    confirm: str,
    sample: bool,
) -> None:
    """証明書を1通発行してPDFに書き出します。

    The issue is recorded and numbered as at the counter, by the system as its user; it ends with status 1 and
    writes nothing when something bars it.
    """
    try:
        items = frozenset(Shown(value.strip()) for value in shown.split(",") if value.strip())
    except ValueError as error:
        raise click.BadParameter("知らない事項が含まれています。", param_hint="--show") from error
    services = make_services(settings_of(ctx))
    actor, now = system_actor("証明書発行（コマンド）"), system_clock()
    try:
        with services.database.transaction() as session:
            person = latest_of(session, number)
            if person is None:
                raise click.ClickException("この宛名番号の人は見つかりません。")
            style = _FORMS[form]
            members = history.household_members(session, person.household_number)
            everyone = style.is_joint and not alone and person.state.is_live
            request = CertificateRequest(
                style=style,
                household_number=person.household_number,
                subjects=tuple(member.addressee_number for member in members) if everyone else (number,),
                shown=items,
                stays={number: record} if record is not None else {},
                blank_destination=blank_destination,
                requester=Requester.OFFICIAL if official_for else Requester.SELF,
                requester_name=official_for,
                purpose=purpose,
                fee=Fee.FREE_OFFICIAL if official_for else Fee.PAID,
            )
            if sample:
                prepared = operations.prepare(session, actor, services.keyring, request, now=now)
                if prepared.errors:
                    raise IssueRefused(prepared.violations)
                [rendered, *_] = operations.preview(session, actor, prepared, services.fonts, now=now)
                pdf, said = rendered.pdf, "見本を書き出しました（発行していません）。"
            else:
                confirmed = _confirmed(services, session, actor, request, now, confirm)
                [row] = operations.issue(
                    session, actor, services.keyring, request, services.fonts, now=now, confirmed=confirmed
                )
                issue_id, said = row.id, f"発行しました：{row.issue_number}"
        if not sample:
            # Recorded first, handed over second, as at the counter.
            with services.database.transaction() as session:
                pdf = handing_over.hand_over(
                    session, actor, services.keyring, issue_id, services.fonts, now=now
                ).pdf
    except IssueRefused as refused:
        for violation in refused.violations:
            click.echo(_line(violation), err=True)
        raise click.ClickException("発行できません。") from refused
    except MasterMissing as error:
        raise click.ClickException(str(error)) from error
    finally:
        services.database.dispose()
    _write(out, pdf)
    click.echo(said)


def _confirmed(
    services: Services,
    session: Session,
    actor: Actor,
    request: CertificateRequest,
    now: dt.datetime,
    reason: str,
) -> dict[str, str]:
    """One reason for every alert of the request; none when no reason was given."""
    if not reason:
        return {}
    prepared = operations.prepare(session, actor, services.keyring, request, now=now)
    if prepared.errors:
        return {}
    rendered = operations.trial(prepared, services.fonts, now=now)
    return {
        operations.alert_name(alert): reason
        for alert in [*prepared.alerts, *operations.findings_of(rendered)]
    }


def _line(violation: Violation) -> str:
    return f"{violation.level.label} {violation.code}: {violation.message} {violation.remedy}"


def _write(out: Path, pdf: bytes) -> None:
    """The file is for its owner only: it holds personal data."""
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pdf)
