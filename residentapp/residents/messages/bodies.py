"""What each message says: items of the record as JSON, under the names of the record's columns.

A date is ``{"day": …, "text": …}``, ``day`` empty when it is unknown (RR-1.1.8d); a code is
``{"code": …, "label": …}``. Each kind holds only what its receiver needs: 個人番号 goes to the CS, to the
団体内統合宛名 and into the 転出証明書情報 alone, 本籍 to annexes and into the 転出証明書情報 alone.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from residentapp.core.dates import DateValue
from residentapp.core.masters.models import OwnMunicipality
from residentapp.residents.messages.types import Act, Draft, MessageKind
from residentapp.residents.models import ResidentChange
from residentapp.residents.records.items import text_of
from residentapp.residents.types import ResidentKind

_NAMES = (
    "name",
    "name_alphabet",
    "name_kana",
    "former_name",
    "former_name_kana",
    "alias",
    "alias_kana",
)
_WHO = ("resident_kind", *_NAMES, "birth_date", "sex")
_WHERE = ("postal_code", "address_code", "address", "building")
_REMOVAL = ("removal_occurred_on", "removed_on")
_FOREIGN = (
    "foreign_category",
    "nationality",
    "nationality_code",
    "residence_status",
    "residence_period",
    "residence_expires_on",
    "residence_card_number",
    "special_permanent_number",
)
_ENTITLEMENTS = (
    "health_insurance_insured",
    "health_insurance_acquired_on",
    "health_insurance_lost_on",
    "elderly_care_insured",
    "elderly_care_acquired_on",
    "elderly_care_lost_on",
    "long_term_care_insured",
    "long_term_care_acquired_on",
    "long_term_care_lost_on",
    "pension_insured",
    "pension_number",
    "pension_kind",
    "pension_kind_changed_on",
    "pension_acquired_on",
    "pension_lost_on",
    "child_allowance_from",
    "child_allowance_to",
)
_PLANNED = ("planned_destination", "planned_destination_code", "planned_destination_postal_code")

#: Columns of the record in each kind; the numbers stand under names of their own.
CONTENT: Mapping[MessageKind, tuple[str, ...]] = {
    MessageKind.IDENTITY: (
        *_WHO, *_WHERE, "address_set_on", *_REMOVAL, "resident_code", "individual_number",
    ),
    MessageKind.NUMBER_GENERATION: (*_WHO, *_WHERE, "resident_code"),
    MessageKind.NUMBER_CHANGE: (*_WHO, *_WHERE, "resident_code", "individual_number"),
    MessageKind.MOVE_IN_NOTICE: (
        *_WHO, *_WHERE, "address_set_on", "previous_address", "last_registered_address", "resident_code",
    ),
    MessageKind.ANNEX_NOTICE: (
        *_WHO, "registered_domicile", "register_head", *_WHERE, "address_set_on", *_PLANNED, *_REMOVAL,
        "resident_code",
    ),
    MessageKind.OWN_ANNEX: (
        *_WHO, "registered_domicile", "register_head", *_WHERE, "address_set_on", *_PLANNED, *_REMOVAL,
        "resident_code",
    ),
    MessageKind.MOVE_OUT_CERTIFICATE: (
        *_WHO, "head_name", "relationship_to_head", "registered_domicile", "register_head", *_WHERE, *_PLANNED,
        "removal_occurred_on", "removal_notified_on", "became_foreign_resident_on", *_FOREIGN,
        "alias_recorded_on", "alias_recorded_municipality", "previous_aliases", *_ENTITLEMENTS,
        "adult_guardianship", "resident_code", "individual_number",
    ),
    MessageKind.DELIVERY: (*_WHO, *_WHERE, "resident_code"),
    MessageKind.ISA_NOTICE: (*_WHO, *_FOREIGN, *_WHERE, "address_set_on", *_REMOVAL),
    MessageKind.ISA_TRANSMISSION: (*_WHO, *_FOREIGN, *_WHERE, "address_set_on", "residence_notified"),
    MessageKind.ADDRESSEE: (
        "addressee_number", "history_number", "state", *_WHO, "household_number", "member_order", "head_name",
        "relationship_to_head", *_WHERE, "address_set_on", "became_resident_on", "became_foreign_resident_on",
        "notified_on", "previous_postal_code", "previous_address_code", "previous_address", *_FOREIGN, *_PLANNED,
        "confirmed_destination", "confirmed_destination_code", "confirmed_destination_postal_code",
        "removal_reason", "removal_occurred_on", "removed_on", "moved_out_on", "individual_number",
    ),
}  # fmt: skip

#: Number → column of its keyed hash.
NUMBERS = {"individual_number": "individual_number_hash", "resident_code": "resident_code_hash"}


@dataclass(frozen=True)
class Subject:
    """One subject with the numbers that were decrypted for the messages.

    :param before: items before, None for a first snapshot. :param after: items after, with 宛名番号 and 履歴番号.
    :param numbers: 個人番号 and 住民票コード as they stand now, by name; those before under ``previous_…`` when other.
    :param supported: under a support measure. :param protected: whereabouts must not be told (RR-3.2, RR-7.2.3).
    """

    before: Mapping[str, Any] | None
    after: Mapping[str, Any]
    numbers: Mapping[str, str]
    supported: bool = False
    protected: bool = False

    @property
    def kind(self) -> ResidentKind:
        """Decides in which calendar the birth date stands."""
        kind: ResidentKind = self.after["resident_kind"]
        return kind


def body_for(
    kind: MessageKind,
    act: Act,
    change: ResidentChange,
    subject: Subject,
    own: OwnMunicipality,
    draft: Draft | None = None,
) -> dict[str, Any]:
    """The body of one message.

    :param draft: the decision it rests on; None for a message that takes another one back.
    """
    header: dict[str, Any] = {
        "act": {"code": act.value, "label": act.label},
        "reason": {"code": change.reason.value, "label": change.reason.label},
        "moved_on": packed("moved_on", change.moved_on, subject.kind),
        "processed_on": packed("processed_on", change.processed_on, subject.kind),
        "municipality_code": own.code,
        "municipality_name": own.prefecture + own.name,
    }
    if draft is not None and draft.cs_reason is not None:
        header["cs_reason"] = {"code": draft.cs_reason.value, "label": draft.cs_reason.label}
    if draft is not None and draft.law is not None:
        header["law"] = {"code": draft.law.value, "label": draft.law.label}
    if draft is not None and draft.recipient is not None:
        name, written = recipient_keys(kind)
        header[name] = draft.recipient.municipality
        header[written] = draft.recipient.text
    body: dict[str, Any] = {"header": header, "person": _person(subject, CONTENT[kind], subject.after)}
    if act is Act.CORRECT and subject.before is not None:
        changed = [column for column in CONTENT[kind] if _changed(subject, column)]
        if changed:
            body["before"] = _before(subject, changed)
    if kind is MessageKind.ADDRESSEE:
        body["protection"] = {
            "supported": subject.supported,
            "whereabouts_protected": subject.protected,
        }
    return body


def recipient_keys(kind: str) -> tuple[str, str]:
    """Under which names a body says to which municipality it goes and from which address that was told.

    That of an annex is the 本籍, which not everyone may see.
    """
    if kind == MessageKind.ANNEX_NOTICE:
        return "domicile_name", "domicile_text"
    return "recipient_name", "recipient_text"


def _person(subject: Subject, columns: Iterable[str], items: Mapping[str, Any]) -> dict[str, Any]:
    person: dict[str, Any] = {}
    for column in columns:
        if column in NUMBERS:
            if subject.numbers.get(column):
                person[column] = subject.numbers[column]
            continue
        value = packed(column, items.get(column), subject.kind)
        if value is not None and value != "" and value != []:
            person[column] = value
    return person


def _changed(subject: Subject, column: str) -> bool:
    compared = NUMBERS.get(column, column)
    before = subject.before or {}
    return compared in before and before[compared] != subject.after.get(compared)


def _before(subject: Subject, columns: Iterable[str]) -> dict[str, Any]:
    """What the changed items were; a blank says so, unlike in the items that stand now."""
    assert subject.before is not None
    found: dict[str, Any] = {}
    for column in columns:
        if column in NUMBERS:
            found[column] = subject.numbers.get(f"previous_{column}")
        else:
            found[column] = packed(column, subject.before.get(column), subject.kind)
    return found


def packed(column: str, value: Any, kind: ResidentKind) -> Any:
    """One value as JSON."""
    match value:
        case None | bool() | int():
            return value
        case enum.Enum():
            return {"code": value.value, "label": str(getattr(value, "label", value.value))}
        case DateValue():
            return {"day": value.iso, "text": text_of(column, value, kind=kind)}
        case dt.date():
            western = column == "residence_expires_on"
            return {"day": value.isoformat(), "text": text_of(column, value, kind=kind, western=western)}
        case list():
            return [str(part) for part in value]
        case _:
            return str(value)
