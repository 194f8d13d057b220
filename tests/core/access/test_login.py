"""Logging in, lock-out, and sessions that run out (CM-5, RR-10.3a)."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from residentapp.config import Settings
from residentapp.core.access import Permission, login, system_actor
from residentapp.core.access.login import (
    LoggedIn,
    LoginRefusal,
    SessionCheck,
    SessionEnd,
    check_session,
    end_session,
    end_sessions_of,
    hash_of,
    log_in,
    unlock,
)
from residentapp.core.access.models import LoginLock, LoginSession, Office, Terminal, User
from residentapp.core.access.passwords import hash_password
from residentapp.core.audit.models import AuditEntry
from residentapp.core.db import Database
from tests.support.clock import TEST_MOMENT, SettableClock
from tests.support.users import PASSWORD, TERMINAL_CODE, make_user

pytestmark = pytest.mark.usefixtures("quick_hashes")
SETTINGS = Settings(lockout_failures=5, lockout_minutes=30, idle_minutes=15, session_hours=9)
Attempt = Callable[..., LoggedIn | LoginRefusal]


@pytest.fixture
def office(database: Database) -> Database:
    with database.transaction() as session:
        user = make_user(session, Permission.RESIDENT_SEARCH)
        user.password_hash = hash_password(PASSWORD)
    return database


@pytest.fixture
def attempt(office: Database, clock: SettableClock) -> Attempt:
    def attempt(password: str = PASSWORD, name: str = "tanto", terminal: str = TERMINAL_CODE):  # type: ignore[no-untyped-def]
        return log_in(
            office,
            SETTINGS,
            login=name,
            password=password,
            terminal_code=terminal,
            clock=clock,
            remote="192.0.2.7",
        )

    return attempt


def start(attempt: Attempt) -> LoggedIn:
    outcome = attempt()
    assert isinstance(outcome, LoggedIn)
    return outcome


def check(database: Database, token: str, clock: SettableClock, *, touch: bool = True) -> SessionCheck:
    return check_session(database, SETTINGS, token, moment=clock(), touch=touch)


@pytest.mark.requirement("CM-5", "RR-1.3.1", "RR-10.3a", partial=True)
def test_a_login_gives_an_actor_with_place_and_rights(office: Database, attempt: Attempt) -> None:
    actor = start(attempt).actor
    assert (actor.login, actor.terminal_code, actor.office_code) == ("tanto", TERMINAL_CODE, "01")
    assert actor.permissions == {Permission.RESIDENT_SEARCH}


def test_the_database_never_holds_the_token(office: Database, attempt: Attempt) -> None:
    token = start(attempt).token
    with office.sessions() as session:
        row = session.scalars(select(LoginSession)).one()
    assert row.token_hash == hash_of(token)
    assert token not in row.token_hash


@pytest.mark.parametrize("name", ["TANTO", " tanto ", "ｔａｎｔｏ"])
def test_case_width_and_blanks_of_the_name_do_not_matter(attempt: Attempt, name: str) -> None:
    assert isinstance(attempt(name=name), LoggedIn)


@pytest.mark.requirement("CM-5", partial=True)
def test_wrong_password_unknown_name_and_closed_account_get_the_same_answer(
    office: Database, attempt: Attempt
) -> None:
    assert attempt("wrong") is LoginRefusal.WRONG
    assert attempt("wrong", name="nobody") is LoginRefusal.WRONG
    with office.transaction() as session:
        session.scalars(select(User)).one().active = False
    assert attempt() is LoginRefusal.WRONG


@pytest.mark.requirement("CM-5", partial=True)
def test_a_hash_is_computed_for_unknown_and_locked_names_too(
    attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time an answer takes must not tell which names exist."""
    computed: list[bool] = []
    real = login.verify_password

    def counted(hashed: str | None, password: str) -> bool:
        computed.append(hashed is not None)
        return real(hashed, password)

    monkeypatch.setattr(login, "verify_password", counted)
    attempt(name="nobody")
    attempt("wrong")
    assert computed == [False, True]
    for _ in range(5):
        attempt("wrong", name="nobody")
    assert attempt("wrong", name="nobody") is LoginRefusal.LOCKED
    assert len(computed) == 8


@pytest.mark.requirement("CM-5", "RR-10.3a", partial=True)
@pytest.mark.parametrize(("failures", "gets_in"), [(4, True), (5, False), (6, False)])
def test_the_lock_closes_with_the_fifth_failure(attempt: Attempt, failures: int, gets_in: bool) -> None:
    for number in range(failures):
        assert attempt("wrong") is (LoginRefusal.WRONG if number < 5 else LoginRefusal.LOCKED)
    assert isinstance(attempt(), LoggedIn) is gets_in
    if not gets_in:
        assert attempt() is LoginRefusal.LOCKED


@pytest.mark.requirement("CM-5", partial=True)
@pytest.mark.parametrize(
    ("waited", "gets_in"),
    [(dt.timedelta(minutes=29, seconds=59), False), (dt.timedelta(minutes=30), True)],
)
def test_the_lock_opens_after_its_minutes(
    attempt: Attempt, clock: SettableClock, waited: dt.timedelta, gets_in: bool
) -> None:
    for _ in range(5):
        attempt("wrong")
    clock.set(TEST_MOMENT + waited)
    assert isinstance(attempt(), LoggedIn) is gets_in


def test_tries_while_locked_do_not_lengthen_the_lock_and_afterwards_counting_starts_anew(
    attempt: Attempt, clock: SettableClock
) -> None:
    for _ in range(5):
        attempt("wrong")
    clock.advance(minutes=29)
    assert attempt("wrong") is LoginRefusal.LOCKED
    clock.advance(minutes=1)
    for _ in range(4):
        assert attempt("wrong") is LoginRefusal.WRONG
    assert isinstance(attempt(), LoggedIn)


def test_a_good_login_forgets_the_failures(office: Database, attempt: Attempt) -> None:
    for _ in range(3):
        for _ in range(4):
            attempt("wrong")
        assert isinstance(attempt(), LoggedIn)
    with office.sessions() as session:
        assert session.scalar(select(func.count()).select_from(LoginLock)) == 0


def test_an_administrator_can_unlock(office: Database, attempt: Attempt) -> None:
    for _ in range(5):
        attempt("wrong")
    with office.transaction() as session:
        unlock(session, "TANTO")
    assert isinstance(attempt(), LoggedIn)


def test_a_name_without_an_account_is_locked_as_well_and_not_written_down(
    office: Database, attempt: Attempt
) -> None:
    secret = "my-password-typed-here"
    for _ in range(5):
        assert attempt("x", name=secret) is LoginRefusal.WRONG
    assert attempt("x", name=secret) is LoginRefusal.LOCKED
    with office.sessions() as session:
        assert session.scalars(select(LoginLock)).one().login_hash == hash_of(secret)
        rows = session.scalars(select(AuditEntry)).all()
        assert len(rows) == 6
        assert not any(secret in repr(vars(row)) for row in rows)


def test_old_failures_are_forgotten(office: Database, attempt: Attempt, clock: SettableClock) -> None:
    for name in ("a", "b", "c"):
        attempt("wrong", name=name)
    clock.advance(hours=24, seconds=1)
    attempt("wrong", name="d")
    with office.sessions() as session:
        assert session.scalars(select(LoginLock.login_hash)).all() == [hash_of("d")]


@pytest.mark.requirement("CM-5", partial=True)
def test_guesses_at_the_same_moment_do_not_slip_past_the_lock(office: Database, attempt: Attempt) -> None:
    outcomes: list[LoggedIn | LoginRefusal] = []
    barrier = threading.Barrier(12)

    def guess() -> None:
        barrier.wait()
        outcomes.append(attempt("wrong"))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert outcomes.count(LoginRefusal.WRONG) == 5
    assert outcomes.count(LoginRefusal.LOCKED) == 7


@pytest.mark.requirement("CM-5", partial=True)
@pytest.mark.parametrize(
    ("first", "last", "gets_in"),
    [
        (dt.date(2026, 11, 25), None, False),
        (dt.date(2026, 11, 24), None, True),
        (None, dt.date(2026, 11, 24), True),
        (None, dt.date(2026, 11, 23), False),
    ],
)
def test_an_account_works_in_its_period_only(
    office: Database, attempt: Attempt, first: dt.date | None, last: dt.date | None, gets_in: bool
) -> None:
    with office.transaction() as session:
        user = session.scalars(select(User)).one()
        user.valid_from, user.valid_to = first, last
    assert isinstance(attempt(), LoggedIn) is gets_in


def test_a_terminal_must_be_registered_and_in_use(office: Database, attempt: Attempt) -> None:
    assert attempt(terminal="T99") is LoginRefusal.NO_TERMINAL
    with office.transaction() as session:
        session.scalars(select(Office)).one().active = False
    assert attempt() is LoginRefusal.NO_TERMINAL
    with office.transaction() as session:
        session.scalars(select(Office)).one().active = True
        session.scalars(select(Terminal)).one().active = False
    assert attempt() is LoginRefusal.NO_TERMINAL
    assert attempt("wrong") is LoginRefusal.WRONG  # who lacks the password learns nothing of terminals


def test_a_hash_with_weaker_parameters_is_renewed_at_login(
    office: Database, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office.sessions() as session:
        before = session.scalars(select(User.password_hash)).one()
    monkeypatch.setattr(login, "needs_rehash", lambda _hash: True)
    start(attempt)
    with office.sessions() as session:
        assert session.scalars(select(User.password_hash)).one() != before
    assert isinstance(attempt(), LoggedIn)


@pytest.mark.requirement("RR-10.2b", "CM-6", partial=True)
def test_logins_failures_and_ends_are_in_the_authentication_log(
    office: Database, attempt: Attempt, clock: SettableClock
) -> None:
    attempt("wrong")
    token = start(attempt).token
    clock.advance(minutes=15)
    check(office, token, clock)
    with office.sessions() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()
    assert [(row.log, row.action, row.succeeded, row.actor_login) for row in rows] == [
        ("authentication", "ログイン失敗", False, "tanto"),
        ("authentication", "ログイン", True, "tanto"),
        ("authentication", "ログアウト", True, "tanto"),
    ]
    assert rows[0].details["接続元"] == "192.0.2.7"
    assert rows[1].terminal_code == TERMINAL_CODE
    assert rows[2].details["理由"] == "無操作による終了"
    assert PASSWORD not in repr([vars(row) for row in rows])


@pytest.mark.requirement("CM-5", partial=True)
@pytest.mark.parametrize(("minutes", "seconds", "lives"), [(14, 59, True), (15, 0, False), (15, 1, False)])
def test_fifteen_minutes_without_a_request_end_a_session(
    office: Database, attempt: Attempt, clock: SettableClock, minutes: int, seconds: int, lives: bool
) -> None:
    token = start(attempt).token
    clock.advance(minutes=minutes, seconds=seconds)
    found = check(office, token, clock)
    assert (found.actor is not None) is lives
    assert found.end is (None if lives else SessionEnd.IDLE)
    # Once over, it stays over and says why.
    assert (check(office, token, clock).actor is not None) is lives


def test_each_request_starts_the_minutes_anew_but_not_what_a_page_does_by_itself(
    office: Database, attempt: Attempt, clock: SettableClock
) -> None:
    token = start(attempt).token
    for _ in range(3):
        clock.advance(minutes=14)
        assert check(office, token, clock).actor is not None
    clock.advance(minutes=14)
    assert check(office, token, clock, touch=False).actor is not None
    clock.advance(minutes=1)
    assert check(office, token, clock).end is SessionEnd.IDLE


@pytest.mark.requirement("CM-5", partial=True)
@pytest.mark.parametrize(("seconds", "lives"), [(-1, True), (0, False), (1, False)])
def test_nine_hours_end_a_session_in_use(
    office: Database, attempt: Attempt, clock: SettableClock, seconds: int, lives: bool
) -> None:
    token = start(attempt).token
    end = TEST_MOMENT + dt.timedelta(hours=9, seconds=seconds)
    while clock() + dt.timedelta(minutes=14) < end:
        clock.advance(minutes=14)
        assert check(office, token, clock).actor is not None
    clock.set(end)
    found = check(office, token, clock)
    assert (found.actor is not None) is lives
    assert found.end is (None if lives else SessionEnd.ABSOLUTE)


def test_a_session_ends_with_its_account_its_terminal_and_its_period(
    office: Database, attempt: Attempt, clock: SettableClock
) -> None:
    for model in (User, Terminal, Office):
        token = start(attempt).token
        with office.transaction() as session:
            session.scalars(select(model)).one().active = False
        assert check(office, token, clock).end is SessionEnd.ACCOUNT
        with office.transaction() as session:
            session.scalars(select(model)).one().active = True
    token = start(attempt).token
    with office.transaction() as session:
        session.scalars(select(User)).one().valid_to = TEST_MOMENT.date() - dt.timedelta(days=1)
    assert check(office, token, clock).end is SessionEnd.ACCOUNT


def test_rights_are_those_of_the_moment(office: Database, attempt: Attempt, clock: SettableClock) -> None:
    token = start(attempt).token
    with office.transaction() as session:
        user = session.scalars(select(User)).one()
        user.own_permissions.clear()
    actor = check(office, token, clock).actor
    assert actor is not None
    assert actor.permissions == frozenset()


def test_unknown_tokens_are_worth_nothing(office: Database, clock: SettableClock) -> None:
    assert check(office, "made-up", clock) == SessionCheck()
    assert check(office, "", clock) == SessionCheck()


def test_ending_one_and_ending_all_but_one(office: Database, attempt: Attempt, clock: SettableClock) -> None:
    actor = system_actor("試験")
    tokens = [start(attempt).token for _ in range(3)]
    ids = [check(office, token, clock).session_id for token in tokens]
    user_id = check(office, tokens[0], clock).user_id
    assert user_id is not None
    assert ids[0] is not None
    with office.transaction() as session:
        end_session(session, ids[0], actor=actor, moment=clock(), end=SessionEnd.ADMIN)
        end_session(session, ids[0], actor=actor, moment=clock(), end=SessionEnd.LOGOUT)  # over already
        ended = end_sessions_of(
            session, user_id, actor=actor, moment=clock(), end=SessionEnd.PASSWORD, keep=ids[2]
        )
        assert ended == 1
    ends = [check(office, token, clock).end for token in tokens]
    assert ends == [SessionEnd.ADMIN, SessionEnd.PASSWORD, None]


def test_messages_say_what_to_do() -> None:
    assert all("。" in refusal.message[:-1] for refusal in LoginRefusal)
    assert len({end.label for end in SessionEnd}) == len(SessionEnd)
