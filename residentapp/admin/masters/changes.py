"""What every change of a master needs: one at a time, no lost update, old and new values for the settings log."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from residentapp.admin.types import EntryRefused, Problem
from residentapp.core.characters import character_length, find_faults
from residentapp.core.db import Base
from residentapp.core.masters.locks import lock_masters as lock_masters

_Row = TypeVar("_Row", bound=Base)


def fresh_row(session: Session, table: type[_Row], key: int | str, gone: str) -> _Row:
    """A row as it stands now that nobody else can change it; to be asked for behind the lock.

    :param gone: what is said when there is none.
    :raises EntryRefused: there is none.
    """
    row = session.get(table, key, populate_existing=True)
    if row is None:
        raise EntryRefused(Problem("", gone))
    return row


def fingerprint(facts: Mapping[str, Any]) -> str:
    """Stands for the values a form was filled from; carried in the form to notice another officer's change."""
    written = json.dumps(facts, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()[:32]


def refuse_if_changed(facts: Mapping[str, Any], seen: str) -> None:
    """:raises EntryRefused: when the values are no longer those the form was filled from."""
    if fingerprint(facts) != seen:
        raise EntryRefused(
            Problem("", "ほかの管理者が先に変更しました。画面を開き直して、もう一度入力してください。")
        )


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Old and new value of each item that differs."""
    return {name: [before.get(name), after[name]] for name in after if before.get(name) != after[name]}


def name_problems(field: str, label: str, value: str, *, most: int) -> list[Problem]:
    """What is wrong with a name or title that goes onto paper; a name of blanks or signs only is none (RR-1.3.9b).

    :param value: without blanks at its ends.
    :param most: characters that fit; a character and its variation selector count as one.
    """
    if not any(unicodedata.category(character)[0] in ("L", "C") for character in value):
        return [Problem(field, f"{label}を入力してください。空欄では登録できません。")]
    problems = [
        Problem(field, f"{label}の{finding.position}文字目：{finding.fault.label}")
        for finding in find_faults(value)
    ]
    if character_length(value) > most:
        problems.append(Problem(field, f"{label}は{most}文字以内で入力してください。"))
    return problems
