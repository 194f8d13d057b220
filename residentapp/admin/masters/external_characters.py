"""外字: registering a character of a private use area with its number and its variants (RR-2.1.2h).

A change makes the search keys of all whose names or addresses it concerns anew, in its own transaction; all processes
of the application use it from their next transaction on.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.admin.masters.changes import changed, fresh_row, lock_masters, refuse_if_changed
from residentapp.admin.operations import log_setting
from residentapp.admin.types import ENDS_BEFORE_IT_BEGINS, EntryRefused, Problem, Validity
from residentapp.core.access import Actor, Permission
from residentapp.core.characters import code_points, split_characters, without_selectors
from residentapp.core.external_characters import (
    ExternalCharacter,
    all_pairs,
    is_external,
    is_form,
    new_revision,
    refresh_variants,
)
from residentapp.core.search_keys import trying_variants
from residentapp.residents.api import is_character_recorded, remake_search_keys

_CODE = re.compile(r"(?:U\+)?([0-9A-F]{4,6})")
_NUMBER = re.compile(r"[0-9A-Z][0-9A-Z-]{0,19}")
_LONGEST_REMARK = 200
_MOST_VARIANTS = 30


@dataclass(frozen=True)
class CharacterEntry:
    """A 外字 as typed.

    :param code: ``U+10DE92``, its digits alone, or the character itself.
    :param number: 文字名, such as ``GJ000123``.
    :param head: 親字, one character; empty when only variants are known.
    :param variants: further variants, with or without blanks between.
    """

    code: str
    number: str
    head: str
    variants: str
    remark: str
    validity: Validity


def read_character(text: str) -> str | None:
    """The 外字 that a code point or the character itself names; None when it lies in no private use area."""
    if is_external(text):
        return text
    found = _CODE.fullmatch(text.upper())
    code = int(found[1], 16) if found else 0
    return chr(code) if 0 < code <= 0x10FFFF and is_external(chr(code)) else None


def character_facts(row: ExternalCharacter | None) -> dict[str, Any]:
    """Its values under their labels; empty for a new one."""
    if row is None:
        return {}
    return {
        "文字コード": row.code_points,
        "文字名": row.number,
        "親字": row.head,
        "異体字": row.variants,
        "備考": row.remark,
        "開始日": row.valid_from,
        "終了日": row.valid_to,
    }


def _variants(text: str) -> list[str]:
    return [each for each in split_characters(text) if not each.isspace() and each not in "、,・，"]


def _form_problems(field: str, character: str, forms: list[str]) -> list[Problem]:
    problems = []
    for form in dict.fromkeys(forms):
        if without_selectors(form) == character:
            problems.append(Problem(field, "登録する外字そのものは、親字・異体字にできません。"))
        elif not is_form(form):
            shown = (
                form if unicodedata.category(form[0]) not in ("Cc", "Cf", "Cn", "Cs") else code_points(form)
            )
            problems.append(
                Problem(field, f"「{shown}」は漢字ではありません。漢字か外字を入力してください。")
            )
    return problems


def _problems(session: Session, entry: CharacterEntry, character: str, *, new: bool) -> list[Problem]:
    problems = []
    if not _NUMBER.fullmatch(entry.number):
        problems.append(
            Problem("number", "文字名を英数字20文字以内で入力してください。例：GJ000123、MJ025760")
        )
    else:
        other = session.scalars(
            select(ExternalCharacter).where(ExternalCharacter.number == entry.number)
        ).first()
        if other is not None and other.character != character:
            problems.append(Problem("number", f"この文字名は {other.code_points} の外字が使っています。"))
    if new and session.get(ExternalCharacter, character) is not None:
        problems.append(Problem("code", "この外字は登録されています。一覧から選んで変更してください。"))
    head, variants = _variants(entry.head), _variants(entry.variants)
    if not head and not variants:
        problems.append(
            Problem("head", "親字か異体字を入力してください。どちらもないと、ほかの字から検索できません。")
        )
    if len(head) > 1:
        problems.append(Problem("head", "親字は1文字で入力してください。ほかの字は異体字に入力します。"))
    if len(variants) > _MOST_VARIANTS:
        problems.append(Problem("variants", f"異体字は{_MOST_VARIANTS}文字までです。"))
    problems += _form_problems("head", character, head) + _form_problems("variants", character, variants)
    if len(entry.remark) > _LONGEST_REMARK:
        problems.append(Problem("remark", f"備考は{_LONGEST_REMARK}文字以内で入力してください。"))
    if not entry.validity.in_order:
        problems.append(ENDS_BEFORE_IT_BEGINS)
    return problems


def _apply(session: Session) -> int:
    """Give the register its new state and make the keys that it changes; returns how many people they belong to."""
    token = new_revision(session)
    session.flush()
    with trying_variants(all_pairs(session), token) as differing:
        return remake_search_keys(session, differing)


def save_character(
    session: Session,
    actor: Actor,
    entry: CharacterEntry,
    *,
    character: str | None = None,
    seen: str = "",
    moment: dt.datetime,
) -> tuple[ExternalCharacter, int]:
    """Register or change a 外字.

    :param character: of a change: the registered one; its code does not change.
    :returns: its row, and how many people are found in another way than before.
    :raises EntryRefused: no private use character, number taken, nothing to find it by, somebody else was faster.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    refresh_variants(session)
    row = _stored(session, character, seen) if character is not None else None
    before = character_facts(row)
    read = character or read_character(entry.code)
    if read is None:
        raise EntryRefused(
            Problem(
                "code", "外字の文字コードを入力してください。私用領域（U+E000～U+F8FF、15面、16面）の字です。"
            )
        )
    problems = _problems(session, entry, read, new=row is None)
    if problems:
        raise EntryRefused(*problems)
    if row is None:
        row = ExternalCharacter(character=read)
        session.add(row)
    row.number, row.remark = entry.number, entry.remark
    row.head = "".join(_variants(entry.head))
    row.variants = "".join(each for each in dict.fromkeys(_variants(entry.variants)) if each != row.head)
    row.valid_from, row.valid_to = entry.validity.first, entry.validity.last
    people = _apply(session)
    details = {
        "文字コード": row.code_points,
        "変更": changed(before, character_facts(row)),
        "検索キー": people,
    }
    log_setting(session, actor, moment, "外字の変更" if before else "外字の登録", details)
    return row, people


def _stored(session: Session, character: str, seen: str) -> ExternalCharacter:
    row = fresh_row(
        session, ExternalCharacter, character, "この外字の登録はありません。一覧を開き直してください。"
    )
    refuse_if_changed(character_facts(row), seen)
    return row


def drop_character(session: Session, actor: Actor, character: str, *, seen: str, moment: dt.datetime) -> None:
    """Take back a 外字 that was registered by mistake.

    :raises EntryRefused: none such, somebody else was faster, or a record holds it: then it is ended, not dropped.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    refresh_variants(session)
    row = _stored(session, character, seen)
    if is_character_recorded(session, character):
        raise EntryRefused(
            Problem(
                "",
                "この外字は記録に使われているため、取り消せません。使わなくなったときは終了日を入れてください。",
            )
        )
    dropped = character_facts(row)
    session.delete(row)
    _apply(session)
    log_setting(session, actor, moment, "外字の登録の取消し", {"取り消した内容": dropped})
