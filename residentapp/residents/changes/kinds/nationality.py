"""帰化, 国籍取得, 国籍喪失, and 在留資格等 by notice of 出入国在留管理庁長官."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.addresses.countries import country_code
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateField
from residentapp.residents.changes.items import ask_of
from residentapp.residents.changes.rules import nationality as rules
from residentapp.residents.changes.rules import residence
from residentapp.residents.changes.spec import Ask, ChangeSpec, Group, Subjects, Target, add
from residentapp.residents.changes.types import ChangeEntry, Facts
from residentapp.residents.immigration.notices import settle_by_case
from residentapp.residents.types import ForeignCategory, ResidentKind

_JAPANESE, _FOREIGN = (ResidentKind.JAPANESE,), (ResidentKind.FOREIGN,)
_STATUS = Permission.ITEM_RESIDENCE_STATUS
_DOMICILE = Permission.ITEM_REGISTERED_DOMICILE
_AS_JAPANESE = (
    Ask(
        "name", "氏名", "name", "戸籍の通知のとおり。氏と名の間は1文字空けます。", required=True, longest=200
    ),
    Ask("name_kana", "氏名のフリガナ", "kana", required=True, longest=200),
    Ask("name_kana_confirmed", "フリガナを戸籍の通知で確認", "flag"),
    Ask("registered_domicile", "本籍", "address", required=True, longest=200, permission=_DOMICILE),
    Ask("register_head", "筆頭者", "name", required=True, longest=200, permission=_DOMICILE),
)
_CATEGORIES = tuple((item.value, item.label) for item in ForeignCategory)
#: Beside 在留資格等, a notice tells of these (法第30条の50).
_WHO_ASKS = (
    Ask("name_alphabet", "氏名（アルファベット）", "name", longest=200, prefill="name_alphabet"),
    Ask("name", "氏名（漢字）", "name", longest=200, prefill="name"),
    replace(ask_of("birth_date", required=True, prefill=True), group=""),
    replace(ask_of("sex", required=True, prefill=True), group=""),
)
_STATUS_ASKS = (
    Ask(
        "foreign_category",
        "法第30条の45の区分",
        "choice",
        required=True,
        choices=_CATEGORIES,
        permission=_STATUS,
        prefill="foreign_category",
    ),
    Ask("nationality", "国籍・地域", "text", longest=60, permission=_STATUS, prefill="nationality"),
    Ask("residence_status", "在留資格", "text", longest=60, permission=_STATUS, prefill="residence_status"),
    Ask("residence_period", "在留期間等", "text", longest=40, permission=_STATUS, prefill="residence_period"),
    Ask(
        "residence_expires_on",
        "在留期間の満了の日",
        "date",
        permission=_STATUS,
        prefill="residence_expires_on",
    ),
    Ask(
        "residence_card_number",
        "在留カードの番号",
        "card",
        longest=12,
        permission=_STATUS,
        prefill="residence_card_number",
    ),
    Ask(
        "special_permanent_number",
        "特別永住者証明書の番号",
        "card",
        longest=12,
        permission=_STATUS,
        prefill="special_permanent_number",
    ),
)


def _load_countries(
    session: Session, actor: Actor, keyring: Keyring, entry: ChangeEntry, facts: Facts, *, now: dt.datetime
) -> Mapping[str, Any]:
    """国籍・地域コード of the names that were typed."""
    names = {person.text("nationality") for person in entry.people} - {""}
    return {"country_codes": {name: country_code(session, name) for name in sorted(names)}}


NATURALISATION = add(
    ChangeSpec(
        code="naturalisation",
        label="帰化",
        group=Group.EX_OFFICIO,
        check=rules.check_become_japanese,
        plan=rules.plan_naturalisation,
        subjects=Subjects.ONE,
        days=("noticed_on",),
        person_asks=_AS_JAPANESE,
        kinds=_FOREIGN,
        article="令第12条・戸籍法第102条の2",
        words=("きか",),
        order=90,
    )
)
ACQUISITION = add(
    ChangeSpec(
        code="nationality_acquisition",
        label="国籍取得",
        group=Group.EX_OFFICIO,
        check=rules.check_become_japanese,
        plan=rules.plan_acquisition,
        subjects=Subjects.ONE,
        days=("noticed_on",),
        person_asks=_AS_JAPANESE,
        kinds=_FOREIGN,
        article="令第12条・戸籍法第102条",
        words=("こくせきしゅとく",),
        order=91,
    )
)
LOSS = add(
    ChangeSpec(
        code="nationality_loss",
        label="国籍喪失",
        group=Group.EX_OFFICIO,
        check=rules.check_loss,
        plan=rules.plan_loss,
        subjects=Subjects.ONE,
        days=("noticed_on",),
        person_asks=(
            Ask("name_alphabet", "氏名（アルファベット）", "name", "旅券のとおり。", longest=200),
            Ask("name", "氏名（漢字）", "name", longest=200, prefill="name"),
            Ask("name_kana", "氏名のフリガナ", "kana", longest=200, prefill="name_kana"),
            Ask("nationality", "国籍・地域", "text", longest=60, permission=_STATUS),
        ),
        kinds=_JAPANESE,
        load=_load_countries,
        article="令第12条・戸籍法第103条",
        words=("こくせきそうしつ",),
        order=92,
    )
)
STATUS = add(
    ChangeSpec(
        code="residence_status",
        label="在留資格等の修正（入管庁の通知）",
        group=Group.EX_OFFICIO,
        check=residence.check_status,
        plan=residence.plan_status,
        subjects=Subjects.ONE,
        moved_on=DateField.OTHER,
        days=("noticed_on",),
        person_asks=(*_WHO_ASKS, *_STATUS_ASKS),
        kinds=_FOREIGN,
        load=_load_countries,
        registered=settle_by_case,
        article="法第30条の50",
        words=("ざいりゅうしかく", "入管"),
        order=93,
    )
)
HANDED_OVER = add(
    ChangeSpec(
        code="special_certificate",
        label="特別永住者証明書の交付",
        group=Group.EX_OFFICIO,
        check=residence.check_handed_over,
        plan=residence.plan_handed_over,
        subjects=Subjects.ONE,
        moved_on_hint="証明書を交付した日。",
        asks=(
            Ask(
                "number_known",
                "番号は入管庁の通知で記録済み",
                "flag",
                "証明書の番号が、いまの記録と同じときに付けます。",
            ),
        ),
        person_asks=tuple(
            replace(ask, required=True) for ask in _STATUS_ASKS if ask.name == "special_permanent_number"
        ),
        kinds=_FOREIGN,
        article="入管特例法第7条・第11条～第14条、入管法第61条の8の2",
        words=("とくべつえいじゅうしゃしょうめいしょ", "特別永住者証明書", "交付"),
        order=95,
    )
)
END = add(
    ChangeSpec(
        code="residence_end",
        label="在留資格の喪失等による消除（入管庁の通知）",
        group=Group.EX_OFFICIO,
        check=residence.check_end,
        plan=residence.plan_end,
        target=Target.GONE,
        days=("noticed_on",),
        asks=(
            Ask("cause", "消除する理由", "choice", required=True, choices=tuple(residence.CAUSES.items())),
        ),
        head_choice=True,
        kinds=_FOREIGN,
        registered=settle_by_case,
        article="法第30条の50",
        order=94,
    )
)
