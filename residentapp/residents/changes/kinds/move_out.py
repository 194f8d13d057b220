"""転出."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.crypto import Keyring
from residentapp.residents.changes.rules import move_out as rules
from residentapp.residents.changes.spec import (
    Ask,
    ChangeSpec,
    Group,
    Target,
    add,
    by_office,
)
from residentapp.residents.changes.types import ChangeEntry, Facts
from residentapp.residents.move_in.rules.reading import digits
from residentapp.residents.move_out.keeping import keep
from residentapp.residents.move_out.papers import issue_with_approval
from residentapp.residents.move_out.places import country_known, municipality_of
from residentapp.residents.remarks.rules import Adoption


def load(
    session: Session, actor: Actor, keyring: Keyring, entry: ChangeEntry, facts: Facts, *, now: dt.datetime
) -> Mapping[str, Any]:
    """Whether the dictionary knows the destination."""
    town, country = entry.text("planned_town"), entry.text("planned_country")
    code = digits(entry.text("planned_code"))
    return {
        "municipality": not town or municipality_of(session, town, code) is not None,
        "country": not country or country_known(session, country),
    }


ASKS = (
    Ask(
        "planned_kind",
        "転出先",
        "radio",
        required=True,
        choices=((rules.AT_HOME, "国内"), (rules.ABROAD, "国外")),
        default=rules.AT_HOME,
        section="where",
    ),
    Ask("planned_country", "国名（国外のとき）", "text", "一覧から選びます。", longest=100, section="where"),
    Ask("planned_postal_code", "郵便番号", "digits", "7桁入れると町名が出ます。", longest=8, section="where"),
    Ask(
        "planned_town",
        "転出先（町名まで）",
        "address",
        "決まっていないときは市区町村まででかまいません。国外のときは、都市名や住所をそのまま入力します。",
        section="where",
        finder=("planned_code", "planned_postal_code"),
    ),
    Ask("planned_lot", "番地・号", "address", longest=60, section="where"),
    Ask("planned_building", "方書", "address", section="where"),
    Ask("planned_code", "住所コード", "hidden", section="where"),
    Ask("planned_head", "転出先の世帯主", "name", "分かるときに入力します。", longest=200, section="where"),
    Ask(
        "special",
        "特例による転出（転出証明書情報を送り、転出証明書は発行しない）",
        "flag",
        "個人番号カードを使う転出と、引越しワンストップの転出です。届出の内容で選びます。",
    ),
    Ask(
        "adoption",
        "特別養子縁組による転出",
        "choice",
        "選ぶと、転出先を記載しないことができます。証明書では、異動履歴ごと省略します。",
        choices=tuple((each.value, each.label) for each in Adoption),
    ),
)

#: 特例 is a way to notify; the office has none.
ASKS_BY_OFFICE = tuple(ask for ask in ASKS if ask.name != "special")

SPEC = add(
    ChangeSpec(
        code="move_out",
        label="転出",
        group=Group.NOTIFICATION,
        check=rules.check,
        plan=rules.plan,
        target=Target.GONE,
        days=("notified_on",),
        moved_on_hint="転出予定年月日。今日より後の日も、すでに過ぎた日も入力できます。",
        future=True,
        asks=ASKS,
        head_choice=True,
        load=load,
        article="法第24条、第24条の2",
        words=("てんしゅつ", "転出届", "国外転出", "tenshutsu"),
        documents=(("転出証明書", "move_out.papers_of_case"),),
        tell=rules.tell,
        registered=keep,
        issue=issue_with_approval,
        order=20,
    )
)

BY_OFFICE = by_office(
    SPEC,
    plan=rules.plan_by_office,
    tell=rules.tell_by_office,
    issue=None,
    moved_on_hint="転出した日。今日以前の日を入力します。",
    asks=ASKS_BY_OFFICE,
    documents=(("転出証明書に準ずる証明書", "move_out.papers_of_case"),),
)
