"""Accounts of the invented town, to try the system with. Their password is known to everybody."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.admin.operations import create_user
from residentapp.admin.places import ensure_default_places
from residentapp.admin.rights import ensure_default_roles, give_role
from residentapp.admin.types import UserEntry, Validity
from residentapp.core.access import Actor
from residentapp.core.access.models import Department, Office, OfficeKind, Printer, Terminal, User
from residentapp.core.access.passwords import verify_password

DEMO_PASSWORD = "mizube-no-shirasagi"

#: Login, name, department, role. The names are invented.
DEMO_USERS = (
    ("madoguchi1", "窓口 はるか", "01", "counter"),
    ("madoguchi2", "窓口 みのる", "01", "counter"),
    ("kessai1", "決裁 あおい", "01", "approver"),
    ("kessai2", "決裁 つとむ", "01", "approver"),
    ("shien1", "支援 まもる", "01", "support"),
    ("senkyo1", "選挙 まこと", "02", "elections"),
    ("kanri1", "管理 ゆたか", "03", "administrator"),
    ("kansa1", "監査 しのぶ", "04", "auditor"),
)
_DEPARTMENTS = {"01": "市民課", "02": "選挙管理委員会事務局", "03": "情報政策課", "04": "監査委員事務局"}


def _places(session: Session) -> None:
    ensure_default_places(session)
    codes = set(session.scalars(select(Department.code)))
    session.add_all(
        Department(code=code, name=name) for code, name in _DEPARTMENTS.items() if code not in codes
    )
    terminals = set(session.scalars(select(Terminal.code)))
    main = session.scalars(select(Office).order_by(Office.code)).first()
    if main is not None and main.contact is None:
        main.contact = "市民課住民記録係　電話 000-000-0000（内線000）"
    if "0102" not in terminals:
        shared = session.scalars(select(Printer).where(Printer.office == main).order_by(Printer.code)).first()
        session.add(Terminal(code="0102", name="市民課2番窓口", office=main, printer=shared))
    if "0201" not in terminals:
        branch = Office(code="02", name="北支所", kind=OfficeKind.BRANCH.value)
        printer = Printer(code="0201", name="北支所プリンタ", office=branch, trays=["上段"])
        session.add(Terminal(code="0201", name="北支所窓口", office=branch, printer=printer))
    session.flush()


def create_demo_users(session: Session, actor: Actor, *, moment: dt.datetime) -> list[User]:
    """Create what is missing of places, roles and accounts to try the system with; returns the accounts."""
    _places(session)
    roles = ensure_default_roles(session)
    departments = {row.code: row.id for row in session.scalars(select(Department))}
    users = []
    for login, name, department, role in DEMO_USERS:
        user = session.scalars(select(User).where(User.login == login)).one_or_none()
        if user is None:
            entry = UserEntry(login, name, departments[department])
            user = create_user(session, actor, entry, DEMO_PASSWORD, moment=moment)
            user.must_change_password = False
            give_role(session, actor, user.id, roles[role].id, Validity(), moment=moment)
        users.append(user)
    session.flush()
    return users


def open_demo_accounts(session: Session) -> list[str]:
    """Accounts that may log in with the password everybody knows."""
    users = session.scalars(
        select(User).where(User.login.in_([login for login, *_ in DEMO_USERS]), User.active)
    )
    return sorted(user.login for user in users if verify_password(user.password_hash, DEMO_PASSWORD))
