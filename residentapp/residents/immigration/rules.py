"""Notices of the 出入国在留管理庁長官: what one says, whom it is about, how a term of stay stands.

Pure. Sources: 住民基本台帳法 (法) 第30条の50 (what is told: 氏名, 生年月日, 性別, 国籍・地域, and the items of the
table of 第30条の45), RR-4.5.6; 出入国管理及び難民認定法 (入管法) 第20条第6項 (who has applied in time may stay up to
two months longer). The layout of the real interface is not published; docs/immigration.md has ours.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from residentapp.core.dates import DateField, DateValue
from residentapp.residents.changes.rules.correction import corrected
from residentapp.residents.changes.rules.reading import read_date
from residentapp.residents.changes.rules.residence import CAUSES
from residentapp.residents.changes.spec import Ask, ChangeSpec
from residentapp.residents.changes.texts import text_of_item
from residentapp.residents.changes.types import Person, PersonEntry, Role
from residentapp.residents.immigration.types import NoticeAct, TermState
from residentapp.residents.rules.names import same_name
from residentapp.residents.rules.told import NoticeProblem, day_at, part_at, text_at
from residentapp.residents.types import ForeignCategory, Sex

#: Items that a notice can change (法 第30条の50). 国籍・地域コード follows from the name.
TEXT_ITEMS = (
    "name_alphabet", "name", "nationality", "residence_status", "residence_period", "residence_card_number",
    "special_permanent_number",
)  # fmt: skip
CODE_ITEMS: Mapping[str, frozenset[str]] = {
    "sex": frozenset(each.value for each in Sex),
    "foreign_category": frozenset(each.value for each in ForeignCategory),
}
DATE_ITEMS = ("birth_date", "residence_expires_on")
_FOLLOWS = "nationality_code"
_CARDS = ("residence_card_number", "special_permanent_number")

#: Months that somebody who has applied in time may stay after the last day of the term (入管法 第20条第6項).
GRACE_MONTHS = 2

AS_SPECIAL = "特別永住者の通知です。内容を確かめ、手で取り込んでください。"


# ---- what a notice says


@dataclass(frozen=True)
class Identity:
    """By what a notice names its person: as the agency knew the person before the change.

    :param card: number of the 在留カード or 特別永住者証明書. :param names: in alphabet and in kanji, as written.
    """

    card: str
    names: tuple[str, ...]
    birth: dt.date | None


@dataclass(frozen=True)
class Told:
    """What a notice says.

    :param number: 通知番号. :param moved_on: when what it tells of happened.
    :param cause: code of ``CAUSES``; only of a 消除.
    :param items: text by item, as it would be typed; a blank says that there is none any more.
    """

    number: str
    noticed_on: dt.date
    moved_on: dt.date
    act: NoticeAct
    cause: str
    who: Identity
    items: Mapping[str, str]

    @property
    def is_special(self) -> bool:
        """Whether it makes or keeps the person a 特別永住者."""
        special = ForeignCategory.SPECIAL_PERMANENT.value
        return self.items.get("foreign_category") == special or bool(
            self.items.get("special_permanent_number")
        )


def identity_of(body: Mapping[str, Any]) -> Identity:
    """Whom a body names, whatever else is wrong with it."""
    cards = (text_at(body, "person", name) for name in _CARDS)
    names = (text_at(body, "person", "name_alphabet"), text_at(body, "person", "name"))
    return Identity(
        card=next((card for card in cards if card), ""),
        names=tuple(name for name in names if name),
        birth=day_at(body, "person", "birth_date"),
    )


def noticed_on(body: Mapping[str, Any]) -> dt.date | None:
    """通知年月日 of a body; None when it cannot be read."""
    return day_at(body, "header", "noticed_on")


def read_body(body: Mapping[str, Any], *, today: dt.date) -> Told:
    """What a body says.

    :raises NoticeProblem: when something that is needed is missing or cannot be read.
    """
    noticed, moved = noticed_on(body), day_at(body, "header", "moved_on")
    if noticed is None or moved is None:
        raise NoticeProblem("通知年月日か、事由の生じた年月日がありません。入管庁に確かめてください。")
    if noticed > today or moved > noticed:
        raise NoticeProblem("通知年月日か、事由の生じた年月日が先の日付です。入管庁に確かめてください。")
    code = text_at(body, "header", "act", "code")
    if code not in {act.value for act in NoticeAct}:
        raise NoticeProblem("通知の区分（修正か消除か）が分かりません。入管庁に確かめてください。")
    act, cause = NoticeAct(code), text_at(body, "header", "removal_cause", "code")
    if act is NoticeAct.REMOVE and cause not in CAUSES:
        raise NoticeProblem("消除の理由が分かりません。入管庁に確かめてください。")
    items = _items(body) if act is NoticeAct.CORRECT else {}
    if act is NoticeAct.CORRECT and not items:
        raise NoticeProblem("修正する項目がありません。入管庁に確かめてください。")
    number = text_at(body, "header", "notice_number")[:40]
    removing = cause if act is NoticeAct.REMOVE else ""
    return Told(number, noticed, moved, act, removing, identity_of(body), items)


def _items(body: Mapping[str, Any]) -> dict[str, str]:
    after = part_at(body, "after")
    if not isinstance(after, Mapping):
        return {}
    found: dict[str, str] = {}
    for name, value in after.items():
        if name in TEXT_ITEMS:
            found[name] = value.strip() if isinstance(value, str) else ""
        elif name in CODE_ITEMS:
            found[name] = _code(name, value)
        elif name in DATE_ITEMS:
            found[name] = _date(name, value)
        elif name != _FOLLOWS:
            raise NoticeProblem("取り込めない項目があります。通知を確かめ、手で入力してください。")
    return found


def _code(name: str, value: Any) -> str:
    code = value.get("code") if isinstance(value, Mapping) else None
    if code not in CODE_ITEMS[name]:
        raise NoticeProblem("性別か区分のコードが読み取れません。入管庁に確かめてください。")
    return str(code)


def _date(name: str, value: Any) -> str:
    """A date as it would be typed; a birth date that is partly unknown stands in its text."""
    if value is None:
        return ""
    day = day_at({"value": value}, "value") if isinstance(value, Mapping) else None
    if day is not None:
        return DateValue.of(day, western=True).writing
    text = text_at({"value": value}, "value", "text")
    if name != "birth_date" or not text or read_date(text, DateField.BIRTH)[0] is None:
        raise NoticeProblem("日付が読み取れません。入管庁に確かめてください。")
    return text


# ---- whose it is


@dataclass(frozen=True)
class Known:
    """A current record that a notice may be about."""

    number: str
    names: tuple[str | None, ...]
    birth: dt.date | None
    foreign: bool
    live: bool


def choose(who: Identity, by_card: Sequence[Known], by_name: Sequence[Known]) -> Known:
    """The one person a notice is about: card number, name and birth date must agree.

    :param by_card: who has that card number. :param by_name: who has that name and birth date.
    :raises NoticeProblem: nobody, several, another name or birth date, a Japanese or a removed record.
    """
    if not who.card:
        raise NoticeProblem(
            "在留カード等の番号がありません。本人を確かめ、手で取り込んでください。", _only(by_name)
        )
    if not by_card:
        also = "氏名と生年月日の同じ人がいます。" if by_name else ""
        raise NoticeProblem(
            f"在留カード等の番号の合う人がいません。{also}本人を確かめ、手で取り込んでください。",
            _only(by_name),
        )
    if len(by_card) > 1:
        raise NoticeProblem(
            "在留カード等の番号の同じ人が二人以上います。本人を確かめ、手で取り込んでください。"
        )
    [found] = by_card
    if who.birth is None or found.birth != who.birth or not same_name(who.names, found.names):
        raise NoticeProblem(
            "在留カード等の番号は同じですが、氏名か生年月日が違います。本人を確かめ、手で取り込んでください。",
            found.number,
        )
    check_open(found)
    return found


def check_open(found: Known) -> None:
    """Whether a notice can be about this record at all.

    :raises NoticeProblem: for a Japanese or a removed record.
    """
    if not found.foreign:
        raise NoticeProblem("日本人住民です。帰化などの処理を確かめてください。", found.number)
    if not found.live:
        raise NoticeProblem(
            "住民票が消除されています。除票を確かめ、反映しないときは理由を入れてください。", found.number
        )


def _only(found: Sequence[Known]) -> str | None:
    return found[0].number if len(found) == 1 else None


# ---- 処理結果確認票


@dataclass(frozen=True)
class CheckLine:
    """One item before and after.

    :param told: the notice says something of it. :param changed: it would change the record.
    """

    name: str
    label: str
    before: str
    after: str
    told: bool
    changed: bool


def filled(spec: ChangeSpec, key: str, record: Person, items: Mapping[str, str]) -> PersonEntry:
    """A person's fields with what the record says, and over it what the notice says."""
    values = {ask.name: text_of_item(ask, record) for ask in spec.person_asks if ask.prefill}
    return PersonEntry(
        key, record.number, record.history_number, Role.SUBJECT, record.kind, values | dict(items)
    )


def check_lines(spec: ChangeSpec, record: Person, told: Told) -> tuple[CheckLine, ...]:
    """Every item that a notice of 修正 can change, before and after (RR-4.5.6a).

    What changes is decided by the very function that the change itself uses.
    """
    person = filled(spec, "p1", record, told.items)
    changes = corrected(spec, person, record)
    return tuple(
        CheckLine(
            ask.name,
            ask.label,
            _shown(ask, text_of_item(ask, record)),
            _shown(ask, person.text(ask.name)),
            ask.name in told.items,
            ask.prefill in changes,
        )
        for ask in spec.person_asks
        if ask.prefill
    )


def removal_lines(spec: ChangeSpec, record: Person, told: Told) -> tuple[CheckLine, ...]:
    """The same of a notice of 消除: the record is closed, and its items stay what they were."""
    asks = [(ask, _shown(ask, text_of_item(ask, record))) for ask in spec.person_asks if ask.prefill]
    stood = tuple(CheckLine(ask.name, ask.label, text, text, False, False) for ask, text in asks)
    after = f"消除（{CAUSES[told.cause]}）"
    return (CheckLine("state", "住民票", record.state.label, after, True, True), *stood)


def _shown(ask: Ask, text: str) -> str:
    return dict(ask.choices).get(text, text)


# ---- terms of stay


def term_state(expires_on: dt.date, today: dt.date) -> TermState:
    """How a term of stay stands on a day (入管法 第20条第6項)."""
    if today < expires_on:
        return TermState.COMING
    if today == expires_on:
        return TermState.LAST_DAY
    return TermState.GRACE if today <= grace_ends(expires_on) else TermState.PASSED


def grace_ends(expires_on: dt.date) -> dt.date:
    """Last day of the two months after a term: the same day of the month, or the month's last (民法第143条第2項)."""
    month = expires_on.month + GRACE_MONTHS
    year, month = expires_on.year + (month - 1) // 12, (month - 1) % 12 + 1
    return dt.date(year, month, min(expires_on.day, calendar.monthrange(year, month)[1]))


def needs_look(lines: Iterable[CheckLine]) -> bool:
    """Whether a notice would change anything."""
    return any(line.changed for line in lines)
