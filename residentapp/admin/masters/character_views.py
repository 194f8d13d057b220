"""Screens of 外字: list, registering, changing, taking back."""

from __future__ import annotations

import unicodedata
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from wtforms import HiddenField, StringField
from wtforms.validators import Length

from residentapp.admin.answers import RefusalsShown, row_or_404
from residentapp.admin.blueprint import blueprint
from residentapp.admin.forms import PeriodForm
from residentapp.admin.masters.changes import fingerprint
from residentapp.admin.masters.external_characters import (
    CharacterEntry,
    character_facts,
    drop_character,
    read_character,
    save_character,
)
from residentapp.core.access import Permission, requires
from residentapp.core.external_characters import ExternalCharacter
from residentapp.core.search_keys import variants_of
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, db, now, today


class CharacterForm(PeriodForm):
    """外字."""

    code = StringField("文字コード", [Length(max=20)])
    number = StringField("文字名", [Length(max=40)])
    head = StringField("親字", [Length(max=20)])
    variants = StringField("異体字", [Length(max=200)])
    remark = StringField("備考", [Length(max=400)])
    seen = HiddenField()

    def entry(self) -> CharacterEntry:
        """What was typed; codes and numbers in half width, characters as they are."""
        return CharacterEntry(
            code=unicodedata.normalize("NFKC", self.code.data or "").strip(),
            number=unicodedata.normalize("NFKC", self.number.data or "").strip().upper(),
            head=(self.head.data or "").strip(),
            variants=(self.variants.data or "").strip(),
            remark=(self.remark.data or "").strip(),
            validity=self.validity(),
        )


def _row_of(code: str) -> ExternalCharacter:
    character = read_character(code)
    if character is None:
        abort(404)
    return row_or_404(ExternalCharacter, character)


@blueprint.get("/masters/characters")
@requires(Permission.ADMIN_MASTERS)
def list_characters() -> str:
    """外字の一覧."""
    rows = db().scalars(select(ExternalCharacter).order_by(ExternalCharacter.character)).all()
    return render_template("admin/masters/characters.html", rows=rows, day=today())


@blueprint.route("/masters/characters/new", methods=["GET", "POST"], defaults={"code": None})
@blueprint.route("/masters/characters/<code>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def edit_character(code: str | None) -> Any:
    """外字の登録、変更、終了."""
    row = None if code is None else _row_of(code)
    form = CharacterForm(request.form)
    if request.method == "GET" and row is not None:
        form.code.data, form.number.data, form.remark.data = row.code_points, row.number, row.remark
        form.head.data, form.variants.data = row.head, row.variants
        form.show_period(row.valid_from, row.valid_to)
    elif request.method == "POST" and form.validate():
        with RefusalsShown(form):
            character = row.character if row is not None else None
            saved, people = save_character(
                db(), actor(), form.entry(), character=character, seen=form.seen.data or "", moment=now()
            )
            return done(_told(row is None, saved, people), "admin.list_characters")
    return form_page(
        "admin/masters/character.html",
        form=form,
        row=row,
        found=variants_of(row.character) if row is not None else [],
        seen=fingerprint(character_facts(row)),
    )


def _told(new: bool, row: ExternalCharacter, people: int) -> str:
    said = _("外字 %(code)s を登録しました。", code=row.code_points) if new else _("外字を変更しました。")
    if people:
        said += _("検索のしかたが変わる%(people)s人の検索キーを作り直しました。", people=f"{people:,}")
    return str(said)


@blueprint.post("/masters/characters/<code>/drop")
@requires(Permission.ADMIN_MASTERS)
def drop_external_character(code: str) -> Any:
    """誤って登録した外字の取消し."""
    row = _row_of(code)
    with RefusalsShown():
        drop_character(db(), actor(), row.character, seen=request.form.get("seen", ""), moment=now())
        return done(_("外字の登録を取り消しました。"), "admin.list_characters")
    return redirect(url_for("admin.edit_character", code=code), code=303)
