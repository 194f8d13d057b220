"""旧氏 and 通称: record, change, delete; フリガナ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.crypto import Keyring
from residentapp.residents.changes.rules import names as rules
from residentapp.residents.changes.spec import Ask, ChangeSpec, Group, Subjects, add
from residentapp.residents.changes.types import ChangeEntry, Facts
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.types import ChangeReason, ResidentKind

_JAPANESE, _FOREIGN = (ResidentKind.JAPANESE,), (ResidentKind.FOREIGN,)


def _deleted_before(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    entry: ChangeEntry,
    facts: Facts,
    *,
    now: dt.datetime,
) -> Mapping[str, Any]:
    """Whether the person has had a 旧氏 deleted."""
    numbers = [person.number for person in entry.subjects]
    query = (
        select(ResidentChange.id)
        .join(ResidentHistory, ResidentHistory.change_id == ResidentChange.id)
        .where(
            ResidentHistory.addressee_number.in_(numbers),
            ResidentChange.reason == ChangeReason.FORMER_NAME_DELETE,
        )
    )
    return {"former_name_deleted": bool(numbers) and session.scalars(query).first() is not None}


_FORMER_NAME = (
    Ask(
        "former_name",
        "旧氏",
        "name",
        "氏だけを、戸籍謄本等のとおりに入力します。",
        required=True,
        longest=100,
    ),
    Ask("former_name_kana", "旧氏のフリガナ", "kana", longest=100),
    Ask("former_name_kana_confirmed", "旧氏のフリガナを本人に確認", "flag"),
)

RECORD_FORMER_NAME = add(
    ChangeSpec(
        code="former_name_record",
        label="旧氏の記載",
        group=Group.NOTIFICATION,
        check=rules.check_record_former_name,
        plan=rules.plan_record_former_name,
        subjects=Subjects.ONE,
        days=("requested_on",),
        person_asks=_FORMER_NAME,
        load=_deleted_before,
        kinds=_JAPANESE,
        article="令第30条の14",
        words=("きゅううじ", "旧姓"),
        order=60,
    )
)
CHANGE_FORMER_NAME = add(
    ChangeSpec(
        code="former_name_change",
        label="旧氏の変更",
        group=Group.NOTIFICATION,
        check=rules.check_change_former_name,
        plan=rules.plan_change_former_name,
        subjects=Subjects.ONE,
        days=("requested_on",),
        person_asks=_FORMER_NAME,
        kinds=_JAPANESE,
        article="令第30条の14",
        order=61,
    )
)
DELETE_FORMER_NAME = add(
    ChangeSpec(
        code="former_name_delete",
        label="旧氏の削除",
        group=Group.NOTIFICATION,
        check=rules.check_delete_former_name,
        plan=rules.plan_delete_former_name,
        subjects=Subjects.ONE,
        days=("requested_on",),
        kinds=_JAPANESE,
        article="令第30条の14",
        order=62,
    )
)
RECORD_ALIAS = add(
    ChangeSpec(
        code="alias_record",
        label="通称の記載",
        group=Group.NOTIFICATION,
        check=rules.check_record_alias,
        plan=rules.plan_record_alias,
        subjects=Subjects.ONE,
        days=("applied_on",),
        person_asks=(
            Ask("alias", "通称", "name", required=True, longest=200),
            Ask("alias_kana", "通称のフリガナ", "kana", longest=200),
            Ask("alias_kana_confirmed", "通称のフリガナを本人に確認", "flag"),
        ),
        kinds=_FOREIGN,
        article="令第30条の16",
        words=("つうしょう",),
        order=63,
    )
)
DELETE_ALIAS = add(
    ChangeSpec(
        code="alias_delete",
        label="通称の削除",
        group=Group.NOTIFICATION,
        check=rules.check_delete_alias,
        plan=rules.plan_delete_alias,
        subjects=Subjects.ONE,
        days=("applied_on",),
        kinds=_FOREIGN,
        article="令第30条の16",
        order=64,
    )
)
KANA = add(
    ChangeSpec(
        code="name_kana",
        label="フリガナの記載・修正",
        group=Group.EX_OFFICIO,
        check=rules.check_kana,
        plan=rules.plan_kana,
        subjects=Subjects.ONE,
        days=("noticed_on",),
        person_asks=(
            Ask("name_kana", "氏名のフリガナ", "kana", required=True, longest=200, prefill="name_kana"),
            Ask(
                "name_kana_confirmed",
                "戸籍の記載か本人の申出で確認",
                "flag",
                prefill="name_kana_confirmed",
            ),
        ),
        article="法第7条第1号の2",
        words=("ふりがな",),
        order=70,
    )
)
