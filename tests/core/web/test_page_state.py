"""Page state: kept on the server, for its owner, for its time, unreadable in the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import select, text

from residentapp.core.db import Database
from residentapp.core.web.context import db, set_actor
from residentapp.core.web.models import PageState
from residentapp.core.web.page_state import (
    LARGEST,
    StateTooLarge,
    draft_fields,
    drop_state,
    find_state,
    list_states,
    load_state,
    new_draft,
    save_state,
    store_draft_fields,
)
from tests.conftest import Login
from tests.support.clock import SettableClock
from tests.support.users import clerk, make_user


class Desk:
    """Requests of two officers, each in its own committed transaction."""

    def __init__(self, app: Flask, database: Database) -> None:
        self._app = app
        with database.transaction() as session:
            self._ids = {name: make_user(session, login=name).id for name in ("first", "second")}

    @contextmanager
    def request(self, name: str = "first") -> Iterator[None]:
        with self._app.test_request_context("/"):
            set_actor(clerk(user_id=self._ids[name]))
            yield
            db().commit()


@pytest.fixture
def desk(app: Flask, database: Database) -> Desk:
    return Desk(app, database)


def test_what_was_saved_comes_back_to_its_owner_only(desk: Desk) -> None:
    value = {"terms": {"name": "辻\U000e0102太郎"}, "pages": [1, 2]}
    with desk.request():
        state = save_state(value, kind="search")
    with desk.request():
        assert load_state(state, kind="search") == value
        assert load_state(state) == value
        assert load_state(state, kind="move_in") is None
        assert load_state("unknown") is None
    with desk.request("second"):
        assert load_state(state) is None
        drop_state(state)
    with desk.request():
        assert load_state(state) == value


def test_it_lasts_its_time_and_not_longer(desk: Desk, clock: SettableClock) -> None:
    with desk.request():
        state = save_state({"a": 1}, lifetime=dt.timedelta(hours=2))
    clock.advance(hours=2, seconds=-1)
    with desk.request():
        assert load_state(state) == {"a": 1}
    clock.advance(seconds=1)
    with desk.request():
        assert load_state(state) is None


def test_saving_again_keeps_the_id_and_lengthens_the_time(desk: Desk, clock: SettableClock) -> None:
    with desk.request():
        state = save_state({"a": 1}, lifetime=dt.timedelta(hours=2))
    clock.advance(hours=1)
    with desk.request():
        assert save_state({"a": 2}, state_id=state, lifetime=dt.timedelta(hours=2)) == state
    clock.advance(hours=1, minutes=30)
    with desk.request():
        assert load_state(state) == {"a": 2}


def test_nobody_overwrites_another_s_state(desk: Desk) -> None:
    with desk.request():
        state = save_state({"mine": 1})
    with desk.request("second"):
        assert save_state({"theirs": 1}, state_id=state) != state
    with desk.request():
        assert load_state(state) == {"mine": 1}


def test_expired_states_are_thrown_away(desk: Desk, clock: SettableClock) -> None:
    with desk.request():
        save_state({"old": 1}, lifetime=dt.timedelta(minutes=1))
    clock.advance(minutes=1)
    with desk.request():
        kept = save_state({"new": 1})
        assert list(db().scalars(select(PageState.id))) == [kept]


@pytest.mark.requirement("CM-7", partial=True)
def test_the_database_does_not_show_what_was_typed(desk: Desk, database: Database) -> None:
    with desk.request():
        save_state({"number": "123456789018"})
    with database.transaction() as session:
        content = bytes(session.execute(text("SELECT content FROM page_state")).scalar_one())
    assert b"1234567890" not in content and b"number" not in content


def test_a_state_has_a_limit(desk: Desk) -> None:
    with desk.request():
        save_state({"a": "あ" * (LARGEST - 8)})
        with pytest.raises(StateTooLarge):
            save_state({"a": "あ" * (LARGEST - 7)})


def test_drafts_are_listed_newest_first_until_dropped(desk: Desk, clock: SettableClock) -> None:
    with desk.request():
        first = new_draft("move_in", {"household": "1"})
        clock.advance(minutes=1)
    with desk.request():
        second = new_draft("move_in")
        new_draft("other")
    with desk.request():
        assert [state.id for state in list_states("move_in")] == [second, first]
        drop_state(second)
        assert [state.id for state in list_states("move_in")] == [first]
    clock.advance(days=7)
    with desk.request():
        assert list_states("move_in") == []


def test_a_draft_keeps_the_fields_in_order_and_the_view_s_own_value(desk: Desk) -> None:
    fields = [("name", "邉\U000e010f"), ("child", "1"), ("child", "2")]
    with desk.request():
        draft = new_draft("move_in", {"household": "1"})
        assert draft_fields(draft) == []
        assert store_draft_fields("unknown", fields) is None
        assert store_draft_fields(draft, fields) is not None
    with desk.request():
        assert draft_fields(draft, kind="move_in") == fields
        assert draft_fields(draft, kind="other") is None
        state = find_state(draft)
        assert state is not None and state.value["view"] == {"household": "1"}


def test_the_page_saves_its_draft(app: Flask, desk: Desk, login: Login, database: Database) -> None:
    browser = login(login="tanto")
    with database.transaction() as session:
        owner = session.execute(text("SELECT id FROM user_account WHERE login = 'tanto'")).scalar_one()
    with app.test_request_context("/"):
        set_actor(clerk(user_id=owner))
        draft = new_draft("move_in")
        db().commit()
    sent = {"csrf_token": browser._csrf_token(), "_step": "2", "name": "架空"}
    answer = browser.post(f"/drafts/{draft}", data=sent)
    assert (answer.status_code, answer.json["ok"]) == (200, True)
    assert answer.json["message"] == "下書き保存 10:00:00"
    with app.test_request_context("/"):
        set_actor(clerk(user_id=owner))
        assert draft_fields(draft) == [("name", "架空")]
    assert browser.post("/drafts/unknown", data=sent).status_code == 404
    assert browser.post(f"/drafts/{draft}", data={"name": "a" * LARGEST}).status_code == 413
    assert login(login="other").post(f"/drafts/{draft}", data={"name": "架空"}).status_code == 404
