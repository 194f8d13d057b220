"""Which messages a change of the register causes, and in which order.

Pure: the items before and after come in, the messages come out. Sources: 住民基本台帳法 (法) 第9条第1項 (転入通知),
第19条第1項 (戸籍附票記載事項通知), 第24条の2 (特例), 第30条の6 (本人確認情報); 出入国管理及び難民認定法 第61条の8の2,
第19条の7 to 9; RR-4.5.7, RR-7.1.1.1, RR-7.1.1.4, RR-7.1.2.1, RR-7.2.3, RR-7.2.4. Where law and standard are silent, the
reading is said beside the rule and in docs/messages.md.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from typing import Any

from residentapp.residents.messages.types import (
    Act,
    ChangeFacts,
    CsReason,
    Draft,
    IsaLaw,
    MessageKind,
    PersonFacts,
    Place,
)
from residentapp.residents.types import ChangeKind, ChangeReason, ForeignCategory, ResidentKind, ResidentState

_R = ChangeReason

#: Written where there is no place.
NOWHERE = frozenset({"", "なし", "不明"})

#: 転入前住所 of somebody who had none; 「不明」 is one that nobody knows.
_NEVER_LIVED = frozenset({"", "なし"})

RECIPIENT_UNKNOWN = "宛先の市区町村を住所から決められません。市区町村を確かめて補完してください。"
DELIVERY_OPEN = "印刷区分と送付先を確かめて補完してください。"

#: Items of 本人確認情報 (法 第30条の6: 第7条第1号 to 第3号, 第7号, 第8号の2, 第13号; 旧氏 and 通称 by 令). Numbers
#: are compared by their keyed hashes.
IDENTITY_ITEMS = (
    "name",
    "name_alphabet",
    "name_kana",
    "former_name",
    "former_name_kana",
    "alias",
    "alias_kana",
    "birth_date",
    "sex",
    "address",
    "building",
    "address_set_on",
    "individual_number_hash",
    "resident_code_hash",
)
#: Items of the annex that the municipality of the address tells (法 第17条); 氏名 and 生年月日 come from the 戸籍.
ANNEX_ITEMS = ("address", "building", "address_set_on", "resident_code_hash")
#: Items whose correction the 出入国在留管理庁 is told, beside the place of residence.
ISA_ITEMS = ("name", "name_alphabet", "birth_date", "sex", "nationality")
_PLACE_ITEMS = ("address", "building")

#: The record is written anew; the person and all items stay what they were.
_REWRITTEN = frozenset(
    {_R.RECORD_REBUILD, _R.RECORD_RECONSTRUCTION, _R.REMOVE_REBUILD, _R.REMOVE_RECONSTRUCTION}
)
#: One record closes and the other opens for the same person at the same address (RR-4.5.3 to 4.5.5).
_CLOSING_FOR_OTHER = frozenset({_R.REMOVE_NATURALISATION, _R.REMOVE_NATIONALITY_LOSS})
_OPENING_FOR_OTHER = frozenset({_R.RECORD_NATURALISATION, _R.RECORD_NATIONALITY_LOSS})
#: Notifications under the law on residents that count as those under the immigration law, with the card at hand.
_RESIDENCE_NOTIFICATIONS = frozenset({_R.MOVE_IN_DOMESTIC, _R.MOVE_IN_ABROAD, _R.MOVE_WITHIN})
_ISA_CATEGORIES = frozenset({ForeignCategory.MID_TO_LONG_TERM, ForeignCategory.SPECIAL_PERMANENT})
#: By these, with a 通知日, the municipality follows what the 出入国在留管理庁長官 told it (RR-4.5.6).
_FOLLOWING_ISA = frozenset({_R.CORRECT_EX_OFFICIO, _R.CORRECT_ERROR, _R.REMOVE_EX_OFFICIO})


class Step(enum.StrEnum):
    """What the change did to a person's record."""

    RECORDED = "recorded"
    REMOVED = "removed"
    CORRECTED = "corrected"
    #: The record was a removed one and stays so (転入通知の受理, correction of a 除票).
    STAYED_REMOVED = "stayed_removed"
    #: 改製, 再製: nothing about the person has changed.
    REWRITTEN = "rewritten"
    #: The record closed because the other kind of record opens.
    CLOSED_FOR_OTHER = "closed_for_other"
    #: The record of the other kind opened.
    OPENED_FOR_OTHER = "opened_for_other"

    @property
    def act(self) -> Act:
        """区分 of the messages."""
        if self is Step.RECORDED:
            return Act.RECORD
        return Act.REMOVE if self is Step.REMOVED else Act.CORRECT


def step_of(change: ChangeFacts, person: PersonFacts) -> Step:
    """Told by the states before and after, so that it holds for a cancellation as well."""
    if change.reason in _REWRITTEN:
        return Step.REWRITTEN
    if change.reason in _CLOSING_FOR_OTHER:
        return Step.CLOSED_FOR_OTHER
    was, is_now = _live(person.before), _live(person.after)
    if change.reason in _OPENING_FOR_OTHER and person.before is not None and is_now:
        return Step.OPENED_FOR_OTHER
    if is_now:
        return Step.CORRECTED if was else Step.RECORDED
    return Step.REMOVED if was else Step.STAYED_REMOVED


def decide(change: ChangeFacts, person: PersonFacts) -> tuple[Draft, ...]:
    """The messages due for one subject of a change, in the order in which they are to be written.

    A cancellation whose cancelled change wrote messages is not decided here: it takes those back.
    """
    step = step_of(change, person)
    return (
        *_identity(change, person, step),
        *_numbers(change, person, step),
        *_move_in_notices(change, person, step),
        *_annex_notices(change, person, step),
        *_move_out_certificate(change, person, step),
        *_delivery(change, person, step),
        *_isa(change, person, step),
        Draft(MessageKind.ADDRESSEE, step.act),
    )


# ---- helpers


def _live(items: Mapping[str, Any] | None) -> bool:
    return items is not None and items["state"] is ResidentState.RESIDENT


def _differ(person: PersonFacts, columns: tuple[str, ...]) -> bool:
    before = person.before or {}
    return any(before.get(column) != person.after.get(column) for column in columns)


def _is(items: Mapping[str, Any] | None, kind: ResidentKind) -> bool:
    return items is not None and items["resident_kind"] is kind


def _has_number(items: Mapping[str, Any] | None) -> bool:
    return items is not None and items.get("individual_number_hash") is not None


def _to(kind: MessageKind, act: Act, place: Place) -> Draft:
    return Draft(kind, act, recipient=place, held="" if place.code else RECIPIENT_UNKNOWN)


# ---- 住基ネット CS


def cs_reason(reason: ChangeReason, step: Step) -> CsReason:
    """異動事由 of 本人確認情報 (規則 第11条: 記載 three, 消除 three, 修正 the rest)."""
    if step is Step.RECORDED:
        return {
            _R.MOVE_IN_DOMESTIC: CsReason.MOVE_IN,
            _R.MOVE_IN_ABROAD: CsReason.MOVE_IN,
            _R.BIRTH: CsReason.BIRTH,
        }.get(reason, CsReason.RECORD_EX_OFFICIO)
    if step is Step.REMOVED:
        return {
            _R.MOVE_OUT_DOMESTIC: CsReason.MOVE_OUT,
            _R.MOVE_OUT_ABROAD: CsReason.MOVE_OUT,
            _R.DEATH: CsReason.DEATH,
        }.get(reason, CsReason.REMOVE_EX_OFFICIO)
    return {
        _R.MOVE_WITHIN: CsReason.MOVE_WITHIN,
        _R.MINOR_CORRECTION: CsReason.MINOR_CORRECTION,
        _R.NUMBER_CHANGE_ON_REQUEST: CsReason.NUMBER_CHANGE,
        _R.NUMBER_CORRECT_EX_OFFICIO: CsReason.NUMBER_EX_OFFICIO,
        _R.NUMBER_RECORD_EX_OFFICIO: CsReason.NUMBER_EX_OFFICIO,
        _R.RESIDENT_CODE_CHANGE_ON_REQUEST: CsReason.CODE_CHANGE,
        _R.RESIDENT_CODE_RECORD_EX_OFFICIO: CsReason.CODE_EX_OFFICIO,
    }.get(reason, CsReason.CORRECT_EX_OFFICIO)


def _identity(change: ChangeFacts, person: PersonFacts, step: Step) -> Iterator[Draft]:
    """本人確認情報 on 記載, 消除, and a 修正 of one of its items (法 第30条の6第1項).

    Naturalisation and loss of nationality keep 住民票コード and address; they are one 修正, by the record that opens.
    """
    corrected = step in (Step.CORRECTED, Step.OPENED_FOR_OTHER) and _differ(person, IDENTITY_ITEMS)
    if step in (Step.RECORDED, Step.REMOVED) or corrected:
        yield Draft(MessageKind.IDENTITY, step.act, cs_reason=cs_reason(change.reason, step))


def _numbers(change: ChangeFacts, person: PersonFacts, step: Step) -> Iterator[Draft]:
    """個人番号: generation for someone newly recorded who has none; change when asked for (RR-7.1.2.1a).

    Whoever comes from another municipality has a number there: a missing one is looked up, not made anew. A child born
    between 転出 and 転入 is a 転入 too (RR-4.1.0.1b): it was never recorded anywhere and has no 転入前住所.
    """
    if _needs_number(change, person, step):
        yield Draft(MessageKind.NUMBER_GENERATION, Act.RECORD)
    asked = change.reason in (_R.NUMBER_CHANGE_ON_REQUEST, _R.NUMBER_CORRECT_EX_OFFICIO)
    if asked and step is Step.CORRECTED and _has_number(person.after):
        # The number has not changed yet: this records the request, and the new number comes from the CS.
        unchanged = not _differ(person, ("individual_number_hash",))
        if unchanged:
            yield Draft(MessageKind.NUMBER_CHANGE, Act.CORRECT, cs_reason=cs_reason(change.reason, step))


def _needs_number(change: ChangeFacts, person: PersonFacts, step: Step) -> bool:
    if step is not Step.RECORDED or _has_number(person.after):
        return False
    if change.reason is _R.MOVE_IN_DOMESTIC:
        return person.before is None and all(place.text in _NEVER_LIVED for place in person.former)
    return not _elsewhere(change, person)


# ---- other municipalities


def _elsewhere(change: ChangeFacts, person: PersonFacts) -> list[Place]:
    """Former addresses that are known to be in other municipalities, each municipality once."""
    found: dict[str, Place] = {}
    for place in person.former:
        if place.code and not change.is_own(place.code):
            found.setdefault(place.code, place)
    return list(found.values())


def _move_in_notices(change: ChangeFacts, person: PersonFacts, step: Step) -> Iterator[Draft]:
    """転入通知 to the municipality left (法 第9条第1項); for 未届転入 also to the 最終登録住所地 (RR-7.1.1.1c).

    A record made ex officio is notified as well when the former address is known to be in another municipality.
    """
    if step is not Step.RECORDED or change.reason not in (_R.MOVE_IN_DOMESTIC, _R.RECORD_EX_OFFICIO):
        return
    for place in _elsewhere(change, person):
        yield _to(MessageKind.MOVE_IN_NOTICE, Act.RECORD, place)
    if change.reason is _R.MOVE_IN_DOMESTIC:
        for place in person.former:
            if place.code is None and place.text not in NOWHERE:
                yield _to(MessageKind.MOVE_IN_NOTICE, Act.RECORD, place)


def _annex_notices(change: ChangeFacts, person: PersonFacts, step: Step) -> Iterator[Draft]:
    """戸籍附票記載事項通知 to the 本籍地 (法 第19条第1項); to the own annex for those whose 本籍 is here (RR-7.2.4).

    Only of Japanese. Moves abroad are told by the municipality left; a move to another municipality is told by that
    one. Death and loss of nationality reach the annex through the 戸籍. Removal ex officio is told: the annex would
    otherwise go on showing an address at which nobody is recorded.
    """
    domicile = person.domicile
    if not _is(person.after, ResidentKind.JAPANESE) or domicile is None or domicile.text in NOWHERE:
        return
    told = False
    match step:
        case Step.RECORDED | Step.OPENED_FOR_OTHER:
            told = True
        case Step.REMOVED:
            told = change.reason in (_R.MOVE_OUT_ABROAD, _R.REMOVE_EX_OFFICIO)
        case Step.CORRECTED:
            told = _differ(person, ANNEX_ITEMS) or _domicile_became_known(person)
    if not told:
        return
    act = Act.RECORD if step is Step.OPENED_FOR_OTHER else step.act
    if change.is_own(domicile.code):
        yield Draft(MessageKind.OWN_ANNEX, act)
    else:
        yield _to(MessageKind.ANNEX_NOTICE, act, domicile)


def _domicile_became_known(person: PersonFacts) -> bool:
    """An annex that was not known before has never been told the address."""
    before = person.before
    return _is(before, ResidentKind.JAPANESE) and (
        ((before or {}).get("registered_domicile") or "").strip() in NOWHERE
    )


def _move_out_certificate(change: ChangeFacts, person: PersonFacts, step: Step) -> Iterator[Draft]:
    """転出証明書情報 for 特例による転出 only (法 第24条の2; RR-4.1.3.0.4)."""
    if not change.special_move_out or change.reason is not _R.MOVE_OUT_DOMESTIC:
        return
    if step in (Step.CORRECTED, Step.REMOVED):
        yield _to(MessageKind.MOVE_OUT_CERTIFICATE, Act.REMOVE, person.destination or Place(""))


# ---- card management


def _delivery(change: ChangeFacts, person: PersonFacts, step: Step) -> Iterator[Draft]:
    """送付先情報 where a notice of the number is due: a number is to be generated, or has changed (RR-7.1.1.4).

    It is held until an officer has set the 印刷区分 and where the notice goes (RR-7.1.1.1a).
    """
    changed = (
        step is Step.CORRECTED
        and _has_number(person.before)
        and _has_number(person.after)
        and _differ(person, ("individual_number_hash",))
    )
    if _needs_number(change, person, step) or changed:
        yield Draft(MessageKind.DELIVERY, step.act, held=DELIVERY_OPEN)


# ---- 出入国在留管理庁


def _in_isa_scope(items: Mapping[str, Any] | None) -> bool:
    return _is(items, ResidentKind.FOREIGN) and (items or {}).get("foreign_category") in _ISA_CATEGORIES


def _certificate_handed_over(person: PersonFacts) -> bool:
    """A new 特別永住者証明書: the municipality hands these over and tells so (入管特例法 第7条, 第11条 to 第14条)."""
    after = person.after
    special = after.get("foreign_category") is ForeignCategory.SPECIAL_PERMANENT
    return (
        special
        and bool(after.get("special_permanent_number"))
        and _differ(person, ("special_permanent_number",))
    )


def _isa(change: ChangeFacts, person: PersonFacts, step: Step) -> Iterator[Draft]:
    """市町村通知 (入管法 第61条の8の2) and 市町村伝達 (住居地の届出, 同法 第19条の7 to 9).

    For 中長期在留者 and 特別永住者 only.
    A notification of residence made with the card at hand (``residence_notified``) counts under both laws; one made
    later for an address already recorded counts under the immigration law alone, and so does a 特別永住者証明書 that
    the municipality handed over. What the municipality records because the 出入国在留管理庁長官 told it is not told
    back.
    """
    if change.noticed and change.reason in _FOLLOWING_ISA:
        return
    before, after = person.before, person.after
    if change.handed_over:
        yield Draft(MessageKind.ISA_NOTICE, Act.CORRECT, law=IsaLaw.IMMIGRATION)
        return
    by_notification = change.reason in _RESIDENCE_NOTIFICATIONS and after.get("residence_notified")
    law = IsaLaw.BOTH if by_notification else IsaLaw.RESIDENT
    match step:
        case Step.RECORDED if _in_isa_scope(after):
            yield Draft(MessageKind.ISA_NOTICE, Act.RECORD, law=law)
        case Step.REMOVED | Step.CLOSED_FOR_OTHER if _live(before) and _in_isa_scope(before):
            yield Draft(MessageKind.ISA_NOTICE, Act.REMOVE, law=IsaLaw.RESIDENT)
        case Step.OPENED_FOR_OTHER if _live(before) and _in_isa_scope(before) and not _in_isa_scope(after):
            yield Draft(MessageKind.ISA_NOTICE, Act.REMOVE, law=IsaLaw.RESIDENT)
        case Step.CORRECTED if _in_isa_scope(after):
            if not _in_isa_scope(before):
                yield Draft(MessageKind.ISA_NOTICE, Act.RECORD, law=law)
            elif _differ(person, _PLACE_ITEMS):
                yield Draft(MessageKind.ISA_NOTICE, Act.CORRECT, law=law)
            else:
                if _certificate_handed_over(person):
                    yield Draft(MessageKind.ISA_NOTICE, Act.CORRECT, law=IsaLaw.IMMIGRATION)
                if _differ(person, ISA_ITEMS):
                    yield Draft(MessageKind.ISA_NOTICE, Act.CORRECT, law=IsaLaw.RESIDENT)
                if after.get("residence_notified") and not (before or {}).get("residence_notified"):
                    yield Draft(MessageKind.ISA_TRANSMISSION, Act.RECORD, law=IsaLaw.IMMIGRATION)


def fits(reason: ChangeReason, act: Act) -> bool:
    """Whether a message of this 区分 may be sent again under another 異動事由 (RR-7.1.1.1d)."""
    kind = {
        Act.RECORD: ChangeKind.RECORDING,
        Act.REMOVE: ChangeKind.REMOVAL,
        Act.CORRECT: ChangeKind.CORRECTION,
    }
    return act in kind and reason.kind is kind[act]
