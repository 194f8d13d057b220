"""``residentapp user``: accounts from the server's command line, for the first administrator and emergencies."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.admin.demo import DEMO_PASSWORD, create_demo_users
from residentapp.admin.operations import create_user, set_password, temporary_password, unlock_user
from residentapp.admin.places import ensure_default_places
from residentapp.admin.rights import DEFAULT_ROLES, ensure_default_roles, give_role
from residentapp.admin.types import EntryRefused, UserEntry, Validity
from residentapp.config import settings_of
from residentapp.core.access import system_actor
from residentapp.core.access.login import locked_until, login_name
from residentapp.core.access.models import Department, User
from residentapp.core.clock import day_of, system_clock
from residentapp.core.crypto import Keyring, bind_keyring
from residentapp.core.db import Database

ACTOR = system_actor("利用者コマンド")


@contextmanager
def _transaction(ctx: click.Context) -> Iterator[Session]:
    settings = settings_of(ctx)
    database = Database(settings.database_url)
    bind_keyring(database, Keyring.from_settings(settings))
    try:
        with database.transaction() as session:
            yield session
    except EntryRefused as error:
        raise click.ClickException(str(error)) from error
    finally:
        database.dispose()


def _find(session: Session, login: str) -> User:
    user = session.scalars(select(User).where(User.login == login_name(login))).one_or_none()
    if user is None:
        raise click.ClickException(f"利用者ID「{login}」は登録されていません。user list で確かめてください。")
    return user


def _password(from_stdin: bool) -> tuple[str, bool]:
    """The password and whether it was made up here and must be shown."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    return temporary_password(), True


@click.group("user")
def user_command() -> None:
    """利用者の管理 (accounts)."""


@user_command.command("create")
@click.argument("login")
@click.option("--name", required=True, help="利用者名称 (name shown on screens and in logs)")
@click.option("--role", "roles", multiple=True, help=f"役割 (role; one of {', '.join(DEFAULT_ROLES)})")
@click.option("--department", default=None, help="所属コード (code of the department; default: the first)")
@click.option("--password-stdin", is_flag=True, help="パスワードを標準入力の1行目から読む")
@click.option("--keep-password", is_flag=True, help="初回のパスワード変更を求めない")
@click.pass_context
def create_command(
    ctx: click.Context,
    login: str,
    name: str,
    roles: tuple[str, ...],
    department: str | None,
    password_stdin: bool,
    keep_password: bool,
) -> None:
    """利用者を登録します (create an account LOGIN)."""
    password, made = _password(password_stdin)
    moment = system_clock()
    with _transaction(ctx) as session:
        known = ensure_default_roles(session)
        ensure_default_places(session)
        unknown = sorted(set(roles) - set(known))
        if unknown:
            raise click.ClickException(
                f"役割「{'、'.join(unknown)}」はありません。次から選んでください: {', '.join(known)}"
            )
        query = select(Department).where(Department.active).order_by(Department.code)
        if department is not None:
            query = query.where(Department.code == department)
        place = session.scalars(query.limit(1)).one_or_none()
        if place is None:
            raise click.ClickException("その所属コードは登録されていません。")
        user = create_user(session, ACTOR, UserEntry(login, name, place.id), password, moment=moment)
        user.must_change_password = not keep_password
        for code in roles:
            give_role(session, ACTOR, user.id, known[code].id, Validity(), moment=moment)
    click.echo(f"利用者「{login_name(login)}」を登録しました。")
    if made:
        click.echo(f"初期パスワード: {password}")


@user_command.command("reset-password")
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="パスワードを標準入力の1行目から読む")
@click.pass_context
def reset_password_command(ctx: click.Context, login: str, password_stdin: bool) -> None:
    """パスワードを再設定し、ロックを解除します (set a new password, to be changed at the next login)."""
    password, made = _password(password_stdin)
    with _transaction(ctx) as session:
        set_password(session, ACTOR, _find(session, login).id, password, moment=system_clock())
    click.echo("パスワードを再設定しました。次のログインで変更が必要です。")
    if made:
        click.echo(f"新しいパスワード: {password}")


@user_command.command("unlock")
@click.argument("login")
@click.pass_context
def unlock_command(ctx: click.Context, login: str) -> None:
    """ログインのロックを解除します (let a locked user try again)."""
    with _transaction(ctx) as session:
        unlock_user(session, ACTOR, _find(session, login).id, moment=system_clock())
    click.echo("ロックを解除しました。")


@user_command.command("list")
@click.pass_context
def list_command(ctx: click.Context) -> None:
    """利用者の一覧を表示します (all accounts with their roles)."""
    moment = system_clock()
    with _transaction(ctx) as session:
        for user in session.scalars(select(User).order_by(User.login)):
            roles = "、".join(row.role.name for row in user.roles if row.in_force(day_of(moment)))
            click.echo(
                "\t".join((user.login, user.name, user.department.name, roles, _state(session, user, moment)))
            )


def _state(session: Session, user: User, moment: dt.datetime) -> str:
    if not user.active:
        return "停止"
    if not user.in_force(day_of(moment)):
        return "期間外"
    return "ロック中" if locked_until(session, user.login, moment) else "利用可"


@user_command.command("demo")
@click.pass_context
def demo_command(ctx: click.Context) -> None:
    """試用のための利用者を登録します (accounts to try the system with; refused in production)."""
    if settings_of(ctx).production:
        raise click.ClickException("本番環境では試用の利用者を登録できません。")
    with _transaction(ctx) as session:
        users = create_demo_users(session, ACTOR, moment=system_clock())
        lines = [f"  {user.login}\t{user.name}（{user.department.name}）" for user in users]
    click.echo("試用の利用者（パスワードはすべて " + DEMO_PASSWORD + "）:")
    click.echo("\n".join(lines))
