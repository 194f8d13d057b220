"""外国人住民: items by 区分 of 住民基本台帳法 第30条の45 (RR-1.1.2b, RR-1.1.6, RR-4.5.1, RR-4.5.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from residentapp.core.violations import Violation
from residentapp.residents.move_in.fields import FIELDS_BY_NAME
from residentapp.residents.move_in.rules.catalogue import found, member_field
from residentapp.residents.move_in.rules.facts import Facts
from residentapp.residents.move_in.rules.reading import card_number, read_date
from residentapp.residents.move_in.types import MemberEntry, MoveInEntry, MoveInKind
from residentapp.residents.types import ForeignCategory

_CARD = re.compile(r"^[A-Z]{2}[0-9]{8}[A-Z]{2}$")
#: 中長期在留者等, who notify under 法第30条の46 and 第30条の47: 経過滞在者 do not.
_MID_TO_LONG_TERM_OR_LIKE = frozenset(
    {
        ForeignCategory.MID_TO_LONG_TERM,
        ForeignCategory.SPECIAL_PERMANENT,
        ForeignCategory.TEMPORARY_REFUGE,
        ForeignCategory.PROVISIONAL_STAY,
    }
)
_PERIOD_LABELS = {
    ForeignCategory.TEMPORARY_REFUGE: "上陸期間",
    ForeignCategory.PROVISIONAL_STAY: "仮滞在期間",
}


def check_foreign(index: int, member: MemberEntry, entry: MoveInEntry, facts: Facts) -> Iterator[Violation]:
    """Items that only foreign residents have, by 区分; and that 法第30条の46, 47 are theirs alone."""
    if not member.is_foreign:
        if entry.kind.article:
            yield found("MI-E056", member_field(index, "resident_kind"), article=entry.kind.article)
        return
    yield from _check_category(index, member, entry)
    if entry.kind is MoveInKind.DOMESTIC and not member.became_foreign_resident_on.strip():
        yield found("MI-E055", member_field(index, "became_foreign_resident_on"))
    if not member.nationality.strip():
        yield found("MI-A050", member_field(index, "nationality"))
    yield from _check_cards(index, member)
    expires, _why = read_date(member.residence_expires_on, "residence_expires_on")
    if expires is not None and expires.sort < facts.today:
        yield found("MI-A052", member_field(index, "residence_expires_on"), day=expires.seireki)


def _check_category(index: int, member: MemberEntry, entry: MoveInEntry) -> Iterator[Violation]:
    try:
        category = ForeignCategory(member.foreign_category)
    except ValueError:
        if not member.foreign_category:
            yield found("MI-E050", member_field(index, "foreign_category"))
        return
    if entry.kind.article and category not in _MID_TO_LONG_TERM_OR_LIKE:
        yield found(
            "MI-E057",
            member_field(index, "foreign_category"),
            article=entry.kind.article,
            category=category.label,
        )
    if category is ForeignCategory.MID_TO_LONG_TERM:
        if not member.residence_card_number.strip():
            yield found("MI-E051", member_field(index, "residence_card_number"))
        blank = [
            FIELDS_BY_NAME[name].label
            for name in ("residence_status", "residence_period", "residence_expires_on")
            if not getattr(member, name).strip()
        ]
        if blank:
            yield found("MI-A051", member_field(index, "residence_status"), labels="、".join(blank))
    elif category is ForeignCategory.SPECIAL_PERMANENT:
        if not member.special_permanent_number.strip():
            yield found("MI-E053", member_field(index, "special_permanent_number"))
    elif category in _PERIOD_LABELS and not member.residence_period.strip():
        yield found("MI-E054", member_field(index, "residence_period"), label=_PERIOD_LABELS[category])


def _check_cards(index: int, member: MemberEntry) -> Iterator[Violation]:
    filled = 0
    for name in ("residence_card_number", "special_permanent_number"):
        text = getattr(member, name)
        if not text.strip():
            continue
        filled += 1
        if not valid_card_number(text):
            yield found("MI-E052", member_field(index, name), label=FIELDS_BY_NAME[name].label)
    if filled == 2:
        yield found("MI-A053", member_field(index, "special_permanent_number"))


def valid_card_number(text: str) -> bool:
    """Whether a text has the shape of a card's number: two letters, eight digits, two letters."""
    return _CARD.fullmatch(card_number(text)) is not None
