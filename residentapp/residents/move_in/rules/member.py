"""個人ごとの項目: what each person's record needs and what cannot be (RR-1.1.6, RR-1.1.8, RR-1.1.18)."""

from __future__ import annotations

from collections.abc import Iterator

from residentapp.core.check_digits import valid_individual_number
from residentapp.core.kana import is_katakana_name
from residentapp.core.violations import Violation
from residentapp.residents.move_in.fields import (
    FIELDS_BY_NAME,
    MEMBER_FIELDS,
    FieldKind,
    FieldSpec,
    value_of,
)
from residentapp.residents.move_in.rules.catalogue import found, member_field
from residentapp.residents.move_in.rules.facts import Facts
from residentapp.residents.move_in.rules.place import within
from residentapp.residents.move_in.rules.reading import (
    became_resident_on,
    digits,
    kana_text,
    month,
    moved_on,
    read_date,
)
from residentapp.residents.move_in.rules.text import check_text
from residentapp.residents.move_in.types import MemberEntry, MoveInEntry, MoveInKind

#: Dates that may lie ahead: the end of a period, and the loss of a qualification, which is the day after the move.
_MAY_LIE_AHEAD = frozenset(
    {
        "residence_expires_on",
        "health_insurance_lost_on",
        "elderly_care_lost_on",
        "long_term_care_lost_on",
        "pension_lost_on",
    }
)
#: Digits that a field must have when it is filled and has no rule of its own.
_DIGIT_COUNTS = {
    "previous_postal_code": 7,
    "previous_address_code": None,
    "pension_number": 10,
    "alias_recorded_code": 6,
    "alias_deleted_code": 6,
}


def check_member(index: int, member: MemberEntry, entry: MoveInEntry, facts: Facts) -> Iterator[Violation]:
    """Everything about one person that needs no comparison with others."""
    for spec in MEMBER_FIELDS:
        value = value_of(member, spec.name)
        if not value.strip():
            continue
        if not spec.belongs_to(member.resident_kind):
            yield found(
                "MI-E045",
                member_field(index, spec.name),
                label=spec.label,
                kind=member.resident_kind.label,
            )
            continue
        yield from _check_shape(index, spec, value, facts)
    yield from check_items(index, member, entry, facts)


def check_items(index: int, member: MemberEntry, entry: MoveInEntry, facts: Facts) -> Iterator[Violation]:
    """What a record needs and what is usual, for fields whose shape has been looked at."""
    yield from _check_required(index, member)
    yield from _check_dates(index, member, entry, facts)
    yield from _check_usual(index, member, entry, facts)


def _check_shape(index: int, spec: FieldSpec, value: str, facts: Facts) -> Iterator[Violation]:
    field = member_field(index, spec.name)
    if spec.kind in (FieldKind.TEXT, FieldKind.NAME):
        yield from check_text(value, field, spec.label, spec.longest)
    elif spec.kind is FieldKind.LINES:
        yield from check_text(value, field, spec.label, spec.longest, lines=True)
    elif spec.kind is FieldKind.KANA:
        text_findings = list(check_text(kana_text(value), field, spec.label, spec.longest))
        yield from text_findings
        if not text_findings and not is_katakana_name(kana_text(value)):
            yield found("MI-E035", field, label=spec.label)
    elif spec.kind is FieldKind.DATE:
        date, why = read_date(value, spec.name)
        if date is None:
            yield found("MI-E032", field, label=spec.label, why=why)
        elif spec.name not in _MAY_LIE_AHEAD and date.sort > facts.today:
            yield found("MI-E041", field, label=spec.label)
    elif spec.kind is FieldKind.MONTH:
        if month(value) is None:
            yield found("MI-E047", field, label=spec.label)
    elif spec.kind is FieldKind.CHOICE:
        if value not in dict(spec.choices):
            yield found("MI-E044", field, label=spec.label)
    elif spec.kind is FieldKind.DIGITS:
        yield from _check_digits(spec, field, digits(value))


def _check_digits(spec: FieldSpec, field: str, number: str) -> Iterator[Violation]:
    plain = number.isascii() and number.isdigit()
    if spec.name == "individual_number":
        if not valid_individual_number(number):
            yield found("MI-E036", field)
    elif spec.name == "resident_code":
        if not (plain and len(number) == 11):
            yield found("MI-E037", field)
    else:
        wanted = _DIGIT_COUNTS.get(spec.name)
        if not plain or (wanted is not None and len(number) != wanted):
            label = spec.label if wanted is None else f"{spec.label}（{wanted}桁）"
            yield found("MI-E046", field, label=label)


def _check_required(index: int, member: MemberEntry) -> Iterator[Violation]:
    """Items that cannot be blank (RR-1.1.6 and 法第7条)."""
    if not member.name.strip() and not (member.is_foreign and member.name_alphabet.strip()):
        yield found("MI-E030", member_field(index, "name"))
    if not member.birth_date.strip():
        yield found("MI-E031", member_field(index, "birth_date"))
    if not member.sex:
        yield found("MI-E034", member_field(index, "sex"))
    if not member.is_foreign:
        if not member.registered_domicile.strip():
            yield found("MI-E039", member_field(index, "registered_domicile"))
        if not member.register_head.strip():
            yield found("MI-E040", member_field(index, "register_head"))


def _check_dates(index: int, member: MemberEntry, entry: MoveInEntry, facts: Facts) -> Iterator[Violation]:
    moved = moved_on(entry)
    birth, _why = read_date(member.birth_date, "birth_date")
    if birth is not None and moved is not None and moved.sort < birth.sort <= facts.today:
        yield found("MI-E033", member_field(index, "birth_date"))
    if member.is_foreign or moved is None or not member.became_resident_on.strip():
        return
    became = became_resident_on(entry, member)
    if became is None or became.sort > facts.today:
        return
    notified, _why = read_date(entry.notified_on, "notified_on")
    if notified is not None and notified.sort < became.sort:
        yield found("MI-E048", member_field(index, "became_resident_on"))
    elif became.encode() != moved.encode() and became.exact != moved.exact:
        yield found("MI-A034", member_field(index, "became_resident_on"))


def _check_usual(index: int, member: MemberEntry, entry: MoveInEntry, facts: Facts) -> Iterator[Violation]:
    """Items that may be blank, but rarely are."""
    if not member.name_kana.strip():
        yield found("MI-A030", member_field(index, "name_kana"))
    held = _held(member, facts)
    if not member.individual_number.strip() and "individual_number" not in held:
        yield found("MI-A031", member_field(index, "individual_number"))
    no_code = not member.resident_code.strip() and "resident_code" not in held
    if entry.kind is MoveInKind.DOMESTIC and no_code:
        yield found("MI-A032", member_field(index, "resident_code"))
    previous = member.previous_address.strip()
    if not previous and not entry.kind.article:
        yield found("MI-A033", member_field(index, "previous_address"))
    if entry.kind is MoveInKind.DOMESTIC and previous and within(previous, facts):
        yield found("MI-A036", member_field(index, "previous_address"), municipality=facts.municipality)
    if member.unreported_address.strip():
        yield found("MI-A039", member_field(index, "unreported_address"))
    differing = differences_from_papers(member, facts)
    if differing:
        yield found("MI-A038", member_field(index, differing[0].name), labels=_labels(differing))


def _held(member: MemberEntry, facts: Facts) -> frozenset[str]:
    """Numbers that a returning person's record has: a blank keeps them (RR-4.1.1.2c)."""
    matches = facts.matches.get(member.key, ()) if member.re_entry else ()
    return next((match.held for match in matches if match.addressee_number == member.re_entry), frozenset())


def _labels(specs: list[FieldSpec]) -> str:
    return "、".join(spec.label for spec in specs)


def differences_from_papers(member: MemberEntry, facts: Facts) -> list[FieldSpec]:
    """Items of the papers that were typed otherwise. Only writing that means something else counts."""
    papers = facts.papers.get(member.key, {})
    return [
        FIELDS_BY_NAME[name]
        for name, text in papers.items()
        if name in FIELDS_BY_NAME
        and text.strip()
        and name not in ("relationship", "previous_head_name")
        and not same_meaning(FIELDS_BY_NAME[name], text, value_of(member, name))
    ]


def same_meaning(spec: FieldSpec, one: str, other: str) -> bool:
    """Whether two texts of a field say the same: dates by their day, numbers without hyphens, others as they are."""
    if spec.kind is FieldKind.DATE:
        first, second = read_date(one, spec.name)[0], read_date(other, spec.name)[0]
        if first is not None and second is not None:
            return (first.sort, first.kind) == (second.sort, second.kind)
    if spec.kind in (FieldKind.DIGITS, FieldKind.CARD):
        return digits(one).upper() == digits(other).upper()
    if spec.kind is FieldKind.KANA:
        return kana_text(one) == kana_text(other)
    return " ".join(one.split()) == " ".join(other.split())
