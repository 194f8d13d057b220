"""What a move-in consists of: the entry as typed.

An entry holds text exactly as the clerk typed it, right or wrong: a draft must lose nothing. The rules read the
text, and only final registration turns it into items of the register.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from residentapp.residents.types import ChangeReason, ResidentKind


class MoveInKind(enum.StrEnum):
    """転入の種類 (RR-4.1.0.1a, RR-4.5.1, RR-4.5.2)."""

    DOMESTIC = "domestic"
    ABROAD = "abroad"
    ARTICLE_30_46 = "article_30_46"
    ARTICLE_30_47 = "article_30_47"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "domestic": "国内転入",
            "abroad": "国外転入等",
            "article_30_46": "法第30条の46の転入（外国人住民）",
            "article_30_47": "法第30条の47の届出（住所のある人が中長期在留者等になった）",
        }[self.value]

    @property
    def reason(self) -> ChangeReason:
        """異動事由 under which it is registered; 法第30条の46, 47 are 国外転入等 (RR-4.5.1, RR-4.5.2)."""
        return ChangeReason.MOVE_IN_DOMESTIC if self is MoveInKind.DOMESTIC else ChangeReason.MOVE_IN_ABROAD

    @property
    def article(self) -> str:
        """``法第30条の46`` or ``法第30条の47``: of foreign residents, 転入前住所 may be blank. Else empty."""
        return {"article_30_46": "法第30条の46", "article_30_47": "法第30条の47"}.get(self.value, "")


class Scope(enum.StrEnum):
    """全部／一部 (RR-4.0.2a): a household of their own, or into an existing one."""

    WHOLE = "whole"
    PART = "part"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"whole": "全部（新しい世帯をつくる）", "part": "一部（既にある世帯に入る）"}[self.value]

    @property
    def short_label(self) -> str:
        """Label in lists."""
        return {"whole": "全部", "part": "一部"}[self.value]


class ReceivedState(enum.StrEnum):
    """What became of a 転出証明書情報 that was received."""

    WAITING = "waiting"
    REPLACED = "replaced"
    IGNORED = "ignored"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"waiting": "転入待ち", "replaced": "送り直しで置き換え", "ignored": "対象外"}[self.value]


class YesNo(enum.StrEnum):
    """A fact that may also be left blank."""

    YES = "yes"
    NO = "no"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"yes": "有", "no": "無"}[self.value]


@dataclass(frozen=True)
class MemberEntry:
    """One person of a move-in, every item as typed. Empty text means blank.

    Names are those of ``ResidentHistory`` where the item is the same, so that no mapping can go astray.

    :param key: names the member within the case, unchanged when others are removed.
    :param re_entry: 宛名番号 of the removed record (除票) that this person's record continues.
    :param unreported_address: an address between that was never notified (未届転入, RR-4.1.1.4).
    :param adoption: 特別養子縁組 or its dissolution, from which the move-in follows (``remarks.rules.Adoption``).
    :param relationship_proof: the document shown for the 続柄 of a foreign resident (``ProofDocument``); with its
        translation (``Translation``).
    :param remark: 備考, free text of type C.
    """

    key: str
    resident_kind: ResidentKind = ResidentKind.JAPANESE
    re_entry: str = ""

    name: str = ""
    name_kana: str = ""
    name_kana_confirmed: str = ""
    name_alphabet: str = ""
    former_name: str = ""
    former_name_kana: str = ""
    former_name_kana_confirmed: str = ""
    alias: str = ""
    alias_kana: str = ""
    alias_kana_confirmed: str = ""
    birth_date: str = ""
    sex: str = ""
    relationship: str = ""
    relationship_proof: str = ""
    relationship_translation: str = ""

    registered_domicile: str = ""
    register_head: str = ""

    individual_number: str = ""
    resident_code: str = ""

    previous_postal_code: str = ""
    previous_address_code: str = ""
    previous_address: str = ""
    previous_head_name: str = ""
    unreported_address: str = ""
    adoption: str = ""

    became_resident_on: str = ""
    became_foreign_resident_on: str = ""

    foreign_category: str = ""
    nationality: str = ""
    nationality_code: str = ""
    residence_status: str = ""
    residence_period: str = ""
    residence_expires_on: str = ""
    residence_card_number: str = ""
    special_permanent_number: str = ""
    former_registration_on: str = ""
    residence_notified: str = ""
    landing_permit_move_in: str = ""
    alias_recorded_on: str = ""
    alias_recorded_municipality: str = ""
    alias_recorded_code: str = ""
    alias_deleted_on: str = ""
    alias_deleted_municipality: str = ""
    alias_deleted_code: str = ""
    previous_aliases: str = ""

    on_electoral_roll: str = ""
    health_insurance_insured: str = ""
    health_insurance_acquired_on: str = ""
    health_insurance_lost_on: str = ""
    elderly_care_insured: str = ""
    elderly_care_acquired_on: str = ""
    elderly_care_lost_on: str = ""
    long_term_care_insured: str = ""
    long_term_care_acquired_on: str = ""
    long_term_care_lost_on: str = ""
    pension_insured: str = ""
    pension_number: str = ""
    pension_kind: str = ""
    pension_kind_changed_on: str = ""
    pension_acquired_on: str = ""
    pension_lost_on: str = ""
    child_allowance_from: str = ""
    child_allowance_to: str = ""
    adult_guardianship: str = ""
    number_card_state: str = ""
    basic_card_state: str = ""
    signature_certificate_serial: str = ""
    user_certificate_serial: str = ""

    remark: str = ""

    @property
    def is_foreign(self) -> bool:
        """Whether the person is a 外国人住民."""
        return self.resident_kind is ResidentKind.FOREIGN

    @property
    def display_name(self) -> str:
        """The name to address the person by on screens; never empty."""
        parts = (self.name_alphabet, self.name) if self.is_foreign else (self.name,)
        return "　".join(part for part in parts if part) or "（氏名未入力）"


@dataclass(frozen=True)
class MoveInEntry:
    """A whole move-in as typed.

    :param household_number: the existing household, for 一部.
    :param town: address down to the 町字; ``lot`` is 番地・号, ``building`` the 方書.
    :param notifier: 届出人の氏名.
    :param notes: 留意事項 for everybody, one a line; ``chosen_notes`` is what is kept of registered texts among them
        (``remarks.rules.typed``), which no page sends.
    :param confirmations: reasons for which alerts were confirmed, by alert key (``cases.procedure.alert_key``).
    """

    kind: MoveInKind = MoveInKind.DOMESTIC
    scope: Scope = Scope.WHOLE
    moved_on: str = ""
    notified_on: str = ""
    notifier: str = ""
    household_number: str = ""
    postal_code: str = ""
    address_code: str = ""
    town: str = ""
    lot: str = ""
    building: str = ""
    notes: str = ""
    chosen_notes: str = ""
    members: tuple[MemberEntry, ...] = ()
    confirmations: Mapping[str, str] = field(default_factory=dict)


#: What the papers said, as received: case items under ``""``, a member's items under the member's key.
Papers = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class CasePayload:
    """What is kept of a case until it is registered.

    :param papers: data of the 転出証明書 as received, to compare with what was typed.
    :param source: name of the papers' file, or empty when entered by hand.
    :param special: 特例転入: the papers are 転出証明書情報 that another municipality sent (RR-4.1.1.3).
    """

    entry: MoveInEntry
    papers: Papers = field(default_factory=dict)
    source: str = ""
    special: bool = False


class MatchBy(enum.StrEnum):
    """By what a person of the register was found (RR-4.1.1.2)."""

    INDIVIDUAL_NUMBER = "individual_number"
    RESIDENT_CODE = "resident_code"
    RESIDENCE_CARD = "residence_card"
    THREE_ITEMS = "three_items"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "individual_number": "個人番号",
            "resident_code": "住民票コード",
            "residence_card": "在留カード番号",
            "three_items": "氏名・性別・生年月日",
        }[self.value]

    @property
    def forces(self) -> bool:
        """Whether an equal value makes it the same person without further question."""
        return self is not MatchBy.THREE_ITEMS
