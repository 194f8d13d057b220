"""Which permissions a user has on which day (RR-10.3b, RR-10.4a, CM-5)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from residentapp.core.access import Actor, Permission, PermissionDenied, PermissionKind, system_actor
from residentapp.core.access.actor import stranger
from residentapp.core.access.models import (
    Department,
    DepartmentRole,
    Role,
    RolePermission,
    User,
    UserPermission,
    UserRole,
)
from residentapp.core.access.rights import actor_for, permissions_on
from tests.support.users import make_terminal, make_user

FIRST, LAST = dt.date(2026, 4, 1), dt.date(2027, 3, 31)
DAY = dt.timedelta(days=1)
P = Permission


def role(session: Session, code: str, *permissions: Permission) -> Role:
    made = Role(code=code, name=code)
    made.permissions = [RolePermission(permission=item.value) for item in permissions]
    session.add(made)
    session.flush()
    return made


def on_each_edge(session: Session, user: User) -> list[frozenset[Permission]]:
    """Day before the first day, first day, last day, day after the last."""
    return [permissions_on(session, user, day) for day in (FIRST - DAY, FIRST, LAST, LAST + DAY)]


@pytest.mark.requirement("RR-10.3b", "CM-5", partial=True)
def test_a_persons_role_holds_from_its_first_to_its_last_day(session: Session) -> None:
    user = make_user(session)
    given = role(session, "r", P.RESIDENT_SEARCH)
    user.roles.append(UserRole(role_id=given.id, valid_from=FIRST, valid_to=LAST))
    session.flush()
    have = frozenset({P.RESIDENT_SEARCH})
    assert on_each_edge(session, user) == [frozenset(), have, have, frozenset()]


@pytest.mark.requirement("RR-10.3b", "CM-5", partial=True)
def test_a_departments_role_holds_for_its_users_only_and_for_its_period(session: Session) -> None:
    user = make_user(session)
    given = role(session, "r", P.RESIDENT_VIEW)
    user.department.roles.append(DepartmentRole(role_id=given.id, valid_from=FIRST, valid_to=LAST))
    session.flush()
    have = frozenset({P.RESIDENT_VIEW})
    assert on_each_edge(session, user) == [frozenset(), have, have, frozenset()]
    other = make_user(session, login="other")
    other.department_id = make_other_department(session)
    session.flush()
    assert permissions_on(session, other, FIRST) == frozenset()


def make_other_department(session: Session) -> int:
    department = Department(code="zeimu", name="税務課")
    session.add(department)
    session.flush()
    return department.id


@pytest.mark.requirement("RR-10.3b", "CM-5", partial=True)
def test_a_single_grant_holds_for_its_period(session: Session) -> None:
    user = make_user(session)
    user.own_permissions.append(
        UserPermission(permission=P.AUDIT_VIEW.value, granted=True, valid_from=FIRST, valid_to=LAST)
    )
    session.flush()
    have = frozenset({P.AUDIT_VIEW})
    assert on_each_edge(session, user) == [frozenset(), have, have, frozenset()]


@pytest.mark.requirement("RR-10.4a", "CM-5", partial=True)
def test_a_single_denial_wins_over_every_grant_in_its_period(session: Session) -> None:
    user = make_user(session, P.ITEM_INDIVIDUAL_NUMBER, P.RESIDENT_VIEW)
    given = role(session, "r", P.ITEM_INDIVIDUAL_NUMBER)
    user.roles.append(UserRole(role_id=given.id))
    user.department.roles.append(DepartmentRole(role_id=given.id))
    user.own_permissions.append(
        UserPermission(
            permission=P.ITEM_INDIVIDUAL_NUMBER.value, granted=False, valid_from=FIRST, valid_to=LAST
        )
    )
    session.flush()
    with_number = frozenset({P.ITEM_INDIVIDUAL_NUMBER, P.RESIDENT_VIEW})
    without = frozenset({P.RESIDENT_VIEW})
    assert on_each_edge(session, user) == [with_number, without, without, with_number]


def test_open_ends_hold_for_ever(session: Session) -> None:
    user = make_user(session)
    given = role(session, "r", P.RESIDENT_SEARCH)
    user.roles.append(UserRole(role_id=given.id, valid_from=FIRST))
    session.flush()
    assert permissions_on(session, user, FIRST - DAY) == frozenset()
    assert permissions_on(session, user, dt.date(2999, 12, 31)) == {P.RESIDENT_SEARCH}


def test_a_permission_that_the_program_no_longer_knows_gives_nothing(session: Session) -> None:
    user = make_user(session)
    user.own_permissions.append(UserPermission(permission="resident.everything", granted=True))
    session.flush()
    assert permissions_on(session, user, FIRST) == frozenset()


@pytest.mark.requirement("CM-5", partial=True)
def test_nobody_has_a_permission_that_was_not_given(session: Session) -> None:
    assert permissions_on(session, make_user(session), FIRST) == frozenset()


@pytest.mark.requirement("RR-1.3.1", "CM-5", partial=True)
def test_an_actor_carries_place_and_rights(session: Session) -> None:
    user = make_user(session, P.RESIDENT_SEARCH)
    actor = actor_for(session, user, make_terminal(session), FIRST)
    assert (actor.login, actor.name, actor.department) == ("tanto", "架空　担当", "市民課")
    assert (actor.office_code, actor.office_name) == ("01", "本庁")
    assert (actor.terminal_code, actor.terminal_name) == ("T01", "窓口1番")
    assert actor.may(P.RESIDENT_SEARCH)
    assert not actor.may(P.RESIDENT_SEARCH, P.RESIDENT_VIEW)


def test_require_names_what_is_lacking_and_nothing_personal() -> None:
    actor = Actor(1, "tanto", "山田", "", "", "", "", "", frozenset({P.RESIDENT_SEARCH}))
    actor.require(P.RESIDENT_SEARCH)
    with pytest.raises(PermissionDenied) as caught:
        actor.require(P.RESIDENT_SEARCH, P.MOVE_IN_APPROVE)
    assert caught.value.missing == (P.MOVE_IN_APPROVE,)
    assert "転入の審査・決裁" in str(caught.value)
    assert "山田" not in str(caught.value)


def test_the_system_may_do_all_or_what_it_is_given_and_a_stranger_nothing() -> None:
    assert system_actor("x").permissions == frozenset(Permission)
    assert system_actor("x", P.RESIDENT_SEARCH).permissions == {P.RESIDENT_SEARCH}
    assert system_actor("x").is_system
    assert stranger().permissions == frozenset()
    assert not stranger().is_system


@pytest.mark.requirement("RR-10.4b")
def test_there_is_no_right_to_see_or_hide_the_relationship() -> None:
    items = {item.label for item in Permission if item.kind is PermissionKind.ITEM}
    assert items == {"戸籍の表示（本籍・筆頭者）", "個人番号", "住民票コード", "在留資格等"}
    assert not any("続柄" in item.label for item in Permission)


@pytest.mark.requirement("RR-10.3d")
def test_no_table_of_rights_knows_a_rank_or_title() -> None:
    tables = (User, UserRole, UserPermission, DepartmentRole, Role, RolePermission)
    names = {column.name for table in tables for column in table.__table__.columns}
    assert not names & {"rank", "title", "position", "grade", "post"}
    assert len({item.label for item in Permission}) == len(Permission)
