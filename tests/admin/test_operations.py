"""Accounts, roles and places: what is refused, what is logged (RR-10.3, RR-1.3.1, CM-5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.admin.demo import DEMO_PASSWORD, DEMO_USERS, create_demo_users
from residentapp.admin.operations import (
    change_own_password,
    change_user,
    create_user,
    end_login_session,
    reset_password,
    set_password,
    temporary_password,
    unlock_user,
)
from residentapp.admin.places import KINDS, ensure_default_places, save_place
from residentapp.admin.rights import (
    DEFAULT_ROLES,
    create_role,
    drop_permission,
    ensure_default_roles,
    give_department_role,
    give_role,
    save_matrix,
    set_permission,
    take_department_role,
    take_role,
)
from residentapp.admin.types import EntryRefused, PlaceEntry, UserEntry, Validity
from residentapp.core.access import Permission, PermissionDenied, PermissionKind
from residentapp.core.access.models import Department, Office, Printer, Role, RolePermission, Terminal, User
from residentapp.core.access.passwords import verify_password
from residentapp.core.access.rights import permissions_on
from residentapp.core.audit import write_pending
from residentapp.core.audit.models import AuditEntry
from tests.support.clock import TEST_MOMENT
from tests.support.users import PASSWORD, clerk, make_user

P = Permission
TODAY = TEST_MOMENT.date()
GOOD = "kawara-no-tanuki-7"
ADMIN = clerk(P.ADMIN_USERS, P.ADMIN_ROLES, P.ADMIN_MASTERS, login="kanri", user_id=9001)
M = {"moment": TEST_MOMENT}


def entry(session: Session, **changes: Any) -> UserEntry:
    department = session.scalars(select(Department)).first()
    if department is None:
        department = Department(code="01", name="市民課")
        session.add(department)
        session.flush()
    return UserEntry(**({"login": "shinjin", "name": "新人　一郎", "department_id": department.id} | changes))


def logged(session: Session) -> list[tuple[str, dict[str, Any]]]:
    write_pending(session)
    rows = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence))
    return [(row.action, row.details) for row in rows]


def refused(work: Callable[[], Any]) -> list[tuple[str, str]]:
    with pytest.raises(EntryRefused) as caught:
        work()
    return [(problem.field, problem.message) for problem in caught.value.problems]


@pytest.mark.requirement("RR-10.3a", "CM-6", partial=True)
def test_a_new_account_can_do_nothing_and_must_change_its_password(session: Session) -> None:
    user = create_user(session, ADMIN, entry(session, login=" ＳＨＩＮＪＩＮ "), GOOD, **M)
    assert (user.login, user.name, user.must_change_password, user.active) == (
        "shinjin",
        "新人　一郎",
        True,
        True,
    )
    assert verify_password(user.password_hash, GOOD)
    assert permissions_on(session, user, TODAY) == frozenset()
    [(action, details)] = logged(session)
    assert action == "利用者の登録"
    assert details["利用者ID"] == "shinjin"
    assert GOOD not in repr(details)


def test_everything_wrong_with_an_account_is_said_at_once(session: Session) -> None:
    backwards = Validity(dt.date(2026, 4, 2), dt.date(2026, 4, 1))
    bad = UserEntry("あ", " ", 999, backwards)
    found = refused(lambda: create_user(session, ADMIN, bad, "short", **M))
    assert [field for field, _ in found] == ["name", "department_id", "valid_to", "login", "password"]
    assert session.scalars(select(User)).all() == []


@pytest.mark.parametrize("login", ["ab", "-abc", "abc.", "a b c", "a" * 65, "a<b>c", ""])
def test_malformed_login_names_are_refused(session: Session, login: str) -> None:
    found = refused(lambda: create_user(session, ADMIN, entry(session, login=login), GOOD, **M))
    assert [field for field, _ in found] == ["login"]


def test_a_login_name_is_given_once(session: Session) -> None:
    create_user(session, ADMIN, entry(session), GOOD, **M)
    found = refused(lambda: create_user(session, ADMIN, entry(session, login="SHINJIN"), GOOD, **M))
    assert "使われています" in found[0][1]


@pytest.mark.requirement("CM-5", partial=True)
def test_without_the_permission_nothing_is_done(session: Session) -> None:
    user = make_user(session)
    roles = ensure_default_roles(session)
    counter = roles["counter"].id
    every_other = clerk(*(set(Permission) - set(ADMIN.permissions)), user_id=9002)
    attempts: list[Callable[[], Any]] = [
        lambda: create_user(session, every_other, entry(session), GOOD, **M),
        lambda: change_user(session, every_other, user.id, entry(session), version=1, **M),
        lambda: set_password(session, every_other, user.id, GOOD, **M),
        lambda: unlock_user(session, every_other, user.id, **M),
        lambda: end_login_session(session, every_other, 1, **M),
        lambda: create_role(session, every_other, code="x", name="x", description="", **M),
        lambda: save_matrix(session, every_other, {counter: frozenset()}, **M),
        lambda: give_role(session, every_other, user.id, counter, Validity(), **M),
        lambda: take_role(session, every_other, user.id, 1, **M),
        lambda: set_permission(
            session, every_other, user.id, P.AUDIT_VIEW, granted=True, validity=Validity(), **M
        ),
        lambda: drop_permission(session, every_other, user.id, 1, **M),
        lambda: give_department_role(session, every_other, user.department_id, counter, Validity(), **M),
        lambda: take_department_role(session, every_other, user.department_id, 1, **M),
        lambda: save_place(session, every_other, KINDS["offices"], PlaceEntry("1", "x", kind="main"), **M),
    ]
    for attempt in attempts:
        with pytest.raises(PermissionDenied):
            attempt()
    assert logged(session) == []


@pytest.mark.requirement("CM-5", partial=True)
def test_nobody_changes_the_own_account_or_rights(session: Session) -> None:
    user = make_user(session)
    own = clerk(*ADMIN.permissions, user_id=user.id)
    roles = ensure_default_roles(session)
    held = roles["administrator"]
    give_role(session, ADMIN, user.id, held.id, Validity(), **M)
    attempts: list[Callable[[], Any]] = [
        lambda: change_user(session, own, user.id, entry(session), version=user.version, **M),
        lambda: give_role(session, own, user.id, roles["counter"].id, Validity(), **M),
        lambda: take_role(session, own, user.id, user.roles[0].id, **M),
        lambda: set_permission(
            session, own, user.id, P.RESIDENT_VIEW, granted=True, validity=Validity(), **M
        ),
        lambda: give_department_role(session, own, user.department_id, roles["counter"].id, Validity(), **M),
        lambda: save_matrix(session, own, {held.id: frozenset(Permission)}, **M),
    ]
    for attempt in attempts:
        assert "自分" in refused(attempt)[0][1]
    assert permissions_on(session, user, TODAY) == frozenset(DEFAULT_ROLES["administrator"][2])


def test_a_change_says_what_was_before_and_the_slower_of_two_administrators_is_told(session: Session) -> None:
    user = create_user(session, ADMIN, entry(session), GOOD, **M)
    version = user.version
    changed = entry(session, name="新人　花子", validity=Validity(None, dt.date(2027, 3, 31)))
    change_user(session, ADMIN, user.id, changed, version=version, **M)
    assert user.name == "新人　花子"
    assert logged(session)[-1] == (
        "利用者の変更",
        {
            "利用者ID": "shinjin",
            "変更": {"利用者名称": ["新人　一郎", "新人　花子"], "終了日": [None, "2027-03-31"]},
        },
    )
    found = refused(lambda: change_user(session, ADMIN, user.id, changed, version=version, **M))
    assert "先に変更しました" in found[0][1]


@pytest.mark.requirement("RR-10.3a", partial=True)
def test_passwords_change_by_their_rules(session: Session) -> None:
    user = make_user(session)
    own = clerk(user_id=user.id)

    def change(current: str, new: str) -> None:
        change_own_password(session, own, current, new, session_id=None, **M)

    assert [field for field, _ in refused(lambda: change("wrong", GOOD))] == ["current"]
    assert [field for field, _ in refused(lambda: change(PASSWORD, "short"))] == ["password"]
    assert "以前に使った" in refused(lambda: change(PASSWORD, PASSWORD))[0][1]
    change(PASSWORD, GOOD)
    assert verify_password(user.password_hash, GOOD)
    assert "以前に使った" in refused(lambda: change(GOOD, PASSWORD))[0][1]
    for number in range(4):
        change(GOOD if number == 0 else f"{GOOD}-{number}", f"{GOOD}-{number + 1}")
    change(f"{GOOD}-4", PASSWORD)  # five others lie between
    assert all(GOOD not in repr(details) for _, details in logged(session))


@pytest.mark.requirement("RR-10.3a", partial=True)
def test_an_administrator_resets_a_password_that_must_then_be_changed(session: Session) -> None:
    user = make_user(session)
    password = reset_password(session, ADMIN, user.id, **M)
    assert verify_password(user.password_hash, password)
    assert user.must_change_password
    action, details = logged(session)[-1]
    assert action == "パスワードの再設定"
    assert password not in repr(details)
    assert len({temporary_password() for _ in range(200)}) == 200


@pytest.mark.requirement("CM-5", partial=True)
def test_default_roles_keep_duties_apart() -> None:
    rights = {code: set(permissions) for code, (_, _, permissions) in DEFAULT_ROLES.items()}
    assert P.MOVE_IN_APPROVE not in rights["counter"]
    assert P.MOVE_IN_ENTER not in rights["approver"]
    personal = {
        item
        for item in Permission
        if item.kind is PermissionKind.ITEM or item in (P.RESIDENT_SEARCH, P.RESIDENT_VIEW, P.SUPPRESSED_VIEW)
    }
    assert not rights["administrator"] & personal
    assert not rights["auditor"] & personal
    assert P.AUDIT_VIEW not in rights["administrator"]
    assert not rights["elections"] & {item for item in Permission if item.kind is PermissionKind.ITEM}


def test_default_roles_are_made_once_and_changes_stay(session: Session) -> None:
    roles = ensure_default_roles(session)
    assert [role.name for role in roles.values()] == [
        "窓口担当",
        "決裁者",
        "支援措置責任者",
        "選挙担当",
        "管理者",
        "監査担当",
    ]
    save_matrix(session, ADMIN, {roles["counter"].id: frozenset({P.RESIDENT_SEARCH})}, **M)
    again = ensure_default_roles(session)
    assert [row.permission for row in again["counter"].permissions] == ["resident.search"]
    assert len(session.scalars(select(Role)).all()) == len(DEFAULT_ROLES)


def test_the_matrix_logs_what_was_given_and_taken_and_leaves_the_rest(session: Session) -> None:
    role = Role(code="r", name="役割", permissions=[RolePermission(permission=P.RESIDENT_VIEW.value)])
    other = Role(code="o", name="他", permissions=[RolePermission(permission=P.RESIDENT_VIEW.value)])
    session.add_all([role, other])
    session.flush()
    marks = {role.id: frozenset({P.RESIDENT_SEARCH}), other.id: frozenset({P.RESIDENT_VIEW})}
    assert save_matrix(session, ADMIN, marks, **M) == 1
    assert logged(session) == [
        ("権限表の変更", {"役割": "r", "付与": ["resident.search"], "取消": ["resident.view"]})
    ]


@pytest.mark.requirement("RR-10.3b", partial=True)
def test_a_role_can_be_given_ahead_taken_back_but_not_twice_for_one_day(session: Session) -> None:
    user = make_user(session)
    role = ensure_default_roles(session)["elections"].id
    april = Validity(dt.date(2027, 4, 1), dt.date(2027, 4, 30))

    def give(validity: Validity) -> Any:
        return give_role(session, ADMIN, user.id, role, validity, **M)

    row = give(april)
    assert permissions_on(session, user, dt.date(2027, 3, 31)) == frozenset()
    assert P.RESIDENT_SEARCH in permissions_on(session, user, dt.date(2027, 4, 1))
    for overlapping in (
        Validity(),
        Validity(dt.date(2027, 4, 30)),
        Validity(None, dt.date(2027, 4, 1)),
        Validity(dt.date(2027, 4, 10), dt.date(2027, 4, 11)),
    ):
        assert "重なって" in refused(lambda v=overlapping: give(v))[0][1]  # type: ignore[misc]
    give(Validity(dt.date(2027, 5, 1)))
    give(Validity(None, dt.date(2027, 3, 31)))
    take_role(session, ADMIN, user.id, row.id, **M)
    assert P.RESIDENT_SEARCH not in permissions_on(session, user, dt.date(2027, 4, 1))
    assert "もう取り消されて" in refused(lambda: take_role(session, ADMIN, user.id, row.id, **M))[0][1]
    assert [action for action, _ in logged(session)] == ["役割の付与"] * 3 + ["役割の取消し"]


@pytest.mark.requirement("RR-10.3b", "RR-10.4a", partial=True)
def test_rights_by_organisation_and_single_ones(session: Session) -> None:
    user = make_user(session)
    role = ensure_default_roles(session)["counter"].id
    row = give_department_role(session, ADMIN, user.department_id, role, Validity(), **M)
    assert P.ITEM_INDIVIDUAL_NUMBER in permissions_on(session, user, TODAY)
    denial = set_permission(
        session, ADMIN, user.id, P.ITEM_INDIVIDUAL_NUMBER, granted=False, validity=Validity(), **M
    )
    assert P.ITEM_INDIVIDUAL_NUMBER not in permissions_on(session, user, TODAY)
    drop_permission(session, ADMIN, user.id, denial.id, **M)
    assert P.ITEM_INDIVIDUAL_NUMBER in permissions_on(session, user, TODAY)
    take_department_role(session, ADMIN, user.department_id, row.id, **M)
    assert permissions_on(session, user, TODAY) == frozenset()
    assert [action for action, _ in logged(session)] == [
        "所属への役割の付与",
        "個別権限の制限",
        "個別権限の削除",
        "所属への役割の取消し",
    ]


@pytest.mark.requirement("RR-1.3.1", partial=True)
def test_places_are_registered_changed_and_switched_off(session: Session) -> None:
    contact = " 北支所住民係　電話 000-000-0001 "
    entry = PlaceEntry("02", "北支所", kind="branch", contact=contact)
    office = save_place(session, ADMIN, KINDS["offices"], entry, **M)
    assert isinstance(office, Office) and office.contact == "北支所住民係　電話 000-000-0001"
    assert logged(session)[-1][1]["変更"]["問合せ先"] == [None, office.contact]
    printer = save_place(
        session,
        ADMIN,
        KINDS["printers"],
        PlaceEntry("P1", "1号機", office_id=office.id, trays=("上段", "改ざん防止用紙")),
        **M,
    )
    assert isinstance(printer, Printer)
    terminal = save_place(
        session,
        ADMIN,
        KINDS["terminals"],
        PlaceEntry("T1", "窓口", office_id=office.id, printer_id=printer.id),
        **M,
    )
    assert isinstance(terminal, Terminal)
    session.refresh(terminal)
    assert (terminal.office, terminal.printer, printer.trays) == (office, printer, ["上段", "改ざん防止用紙"])
    off = PlaceEntry("T1", "旧窓口", active=False, office_id=office.id)
    save_place(session, ADMIN, KINDS["terminals"], off, place_id=terminal.id, **M)
    assert (terminal.name, terminal.active, terminal.printer_id) == ("旧窓口", False, None)
    assert logged(session)[-1] == (
        "端末の変更",
        {
            "コード": "T1",
            "名称": "旧窓口",
            "変更": {"名称": ["窓口", "旧窓口"], "使用": [True, False], "プリンタ": ["P1", None]},
        },
    )


def test_unfit_places_are_refused(session: Session) -> None:
    first = save_place(session, ADMIN, KINDS["offices"], PlaceEntry("01", "本庁", kind="main"), **M)
    second = save_place(session, ADMIN, KINDS["offices"], PlaceEntry("02", "支所", kind="branch"), **M)
    printer = save_place(session, ADMIN, KINDS["printers"], PlaceEntry("P", "機", office_id=second.id), **M)
    cases = [
        ("offices", PlaceEntry("01", "別", kind="main"), None, ["code"]),
        ("offices", PlaceEntry("０１", "別", kind="main"), None, ["code"]),
        ("offices", PlaceEntry("03", " ", kind="castle"), None, ["name", "kind"]),
        ("offices", PlaceEntry("09", "本庁", kind="main"), first.id, ["code"]),
        ("offices", PlaceEntry("01", "本庁", kind="main"), 999, [""]),
        ("terminals", PlaceEntry("T", "端末", office_id=999), None, ["office_id"]),
        (
            "terminals",
            PlaceEntry("T", "端末", office_id=first.id, printer_id=printer.id),
            None,
            ["printer_id"],
        ),
    ]
    for key, wrong, place_id, fields in cases:
        found = refused(
            lambda k=key, w=wrong, p=place_id: save_place(session, ADMIN, KINDS[k], w, place_id=p, **M)  # type: ignore[misc]
        )
        assert [field for field, _ in found] == fields


def test_there_is_a_terminal_to_begin_with(session: Session) -> None:
    terminal = ensure_default_places(session)
    assert ensure_default_places(session) is terminal
    assert len(session.scalars(select(Terminal)).all()) == 1


def test_demo_users_are_made_once_with_their_roles(session: Session) -> None:
    users = create_demo_users(session, ADMIN, **M)
    assert create_demo_users(session, ADMIN, **M) == users
    assert [user.login for user in users] == [login for login, *_ in DEMO_USERS]
    for user, (_, _, _, role) in zip(users, DEMO_USERS, strict=True):
        assert permissions_on(session, user, TODAY) == frozenset(DEFAULT_ROLES[role][2])
        assert verify_password(user.password_hash, DEMO_PASSWORD)


def test_unknown_rows_are_said_to_be_gone(session: Session) -> None:
    user = make_user(session)
    attempts: list[Callable[[], Any]] = [
        lambda: unlock_user(session, ADMIN, 999, **M),
        lambda: end_login_session(session, ADMIN, 999, **M),
        lambda: give_role(session, ADMIN, user.id, 999, Validity(), **M),
        lambda: drop_permission(session, ADMIN, user.id, 999, **M),
        lambda: give_department_role(session, ADMIN, 999, 1, Validity(), **M),
        lambda: take_department_role(session, ADMIN, user.department_id, 999, **M),
    ]
    for attempt in attempts:
        assert refused(attempt)[0][1].endswith("。")
