"""What screens of the administration do with a refused entry."""

from __future__ import annotations

import pytest
from flask import Flask, get_flashed_messages
from sqlalchemy import select
from wtforms import Form, StringField

from residentapp.admin.answers import RefusalsShown
from residentapp.admin.types import EntryRefused, Problem
from residentapp.core.access.models import Role
from residentapp.core.web.context import db


class NameForm(Form):
    """One field."""

    name = StringField("名称")


def test_without_a_form_what_was_begun_is_undone_and_the_refusal_stands_on_the_next_page(app: Flask) -> None:
    with app.test_request_context("/", method="POST"):
        with RefusalsShown():
            db().add(Role(code="begun", name="途中", description=""))
            db().flush()
            raise EntryRefused(Problem("", "登録できません。"))
        assert db().scalars(select(Role).where(Role.code == "begun")).first() is None
        assert get_flashed_messages(with_categories=True) == [("error", "登録できません。")]


def test_on_a_form_each_problem_stands_at_its_field_or_on_top(app: Flask) -> None:
    form = NameForm()
    with app.test_request_context("/", method="POST"):
        with RefusalsShown(form):
            raise EntryRefused(
                Problem("name", "名称を入力してください。"), Problem("place", "場所がありません。")
            )
        assert get_flashed_messages() == []
    assert form.name.errors == ["名称を入力してください。"]
    assert form.form_errors == ["場所がありません。"]


def test_any_other_error_goes_on(app: Flask) -> None:
    with app.test_request_context("/"), pytest.raises(ValueError, match="broken"), RefusalsShown(NameForm()):
        raise ValueError("broken")
