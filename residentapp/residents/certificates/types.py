"""What is asked for at the counter, and what a certificate is made of.

Sources: RR-5.1 (options), RR-1.3.8 (交付履歴), FM-6; 住民基本台帳法 第12条 (本人等), 第12条の2 (公用),
第12条の3 (第三者), 第15条の4 (除票の写し).
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field
from typing import Any

from residentapp.core.documents.results import OverflowRule


class Style(enum.StrEnum):
    """Form of the certificate. The value is the name of its template."""

    INDIVIDUAL = "resident_copy_individual"
    HOUSEHOLD = "resident_copy_household"
    MOVE_OUT = "move_out_certificate"
    MOVE_OUT_EQUIVALENT = "move_out_equivalent"
    ITEMS_INDIVIDUAL = "record_items_individual"
    ITEMS_HOUSEHOLD = "record_items_household"
    REMOVED = "removed_record_copy"
    REMOVED_ITEMS = "removed_record_items"
    READING = "reading_copy"
    CODE_NOTICE = "resident_code_notice"
    CODE_CHANGE_NOTICE = "resident_code_change_notice"
    CODE_CORRECTION_NOTICE = "resident_code_correction_notice"

    @property
    def label(self) -> str:
        """Name of the form."""
        return {
            "resident_copy_individual": "住民票の写し（個人票）",
            "resident_copy_household": "住民票の写し（世帯連記式）",
            "move_out_certificate": "転出証明書",
            "move_out_equivalent": "転出証明書に準ずる証明書",
            "record_items_individual": "住民票記載事項証明書（個人票）",
            "record_items_household": "住民票記載事項証明書（世帯連記式）",
            "removed_record_copy": "住民票の除票の写し",
            "removed_record_items": "住民票除票記載事項証明書",
            "reading_copy": "住民基本台帳の一部の写し（閲覧用）",
            "resident_code_notice": "住民票コード通知票",
            "resident_code_change_notice": "住民票コード変更通知票",
            "resident_code_correction_notice": "住民票コード修正通知票",
        }[self.value]

    @property
    def is_joint(self) -> bool:
        """Whether all subjects stand on one document (世帯連記式); else each has a document of their own."""
        return self in (Style.HOUSEHOLD, Style.ITEMS_HOUSEHOLD)

    @property
    def of_removed(self) -> bool:
        """Whether it shows removed records (除票); a form shows only these or only records in force (RR-5.1e)."""
        return self in (Style.REMOVED, Style.REMOVED_ITEMS)

    @property
    def of_items(self) -> bool:
        """Whether it is a 記載事項証明書, which tells chosen items only; a copy always tells more (form 20.1.4)."""
        return self in (Style.ITEMS_INDIVIDUAL, Style.ITEMS_HOUSEHOLD, Style.REMOVED_ITEMS)


#: The certificates that are asked for at the counter; the others come with a procedure.
AT_COUNTER = tuple(
    style
    for style in Style
    if style
    not in (
        Style.MOVE_OUT,
        Style.MOVE_OUT_EQUIVALENT,
        Style.READING,
        Style.CODE_NOTICE,
        Style.CODE_CHANGE_NOTICE,
        Style.CODE_CORRECTION_NOTICE,
    )
)


class Requester(enum.StrEnum):
    """Who asks (FM-6)."""

    SELF = "self"
    SAME_HOUSEHOLD = "same_household"
    AGENT = "agent"
    THIRD_PARTY = "third_party"
    OFFICIAL = "official"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "self": "本人",
            "same_household": "同一世帯の人",
            "agent": "代理人",
            "third_party": "第三者",
            "official": "国・地方公共団体（公用）",
        }[self.value]


class Fee(enum.StrEnum):
    """手数料の区分."""

    PAID = "paid"
    FREE_OFFICIAL = "free_official"
    FREE_OTHER = "free_other"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"paid": "有料", "free_official": "無料（公用）", "free_other": "無料（その他）"}[self.value]

    @property
    def is_charged(self) -> bool:
        """Whether the master of fees says how much; the others cost nothing."""
        return self is Fee.PAID


class Shown(enum.StrEnum):
    """Items that are printed only when asked for (RR-5.1a and b). The value is kept in the history of issues."""

    RELATIONSHIP = "relationship"
    DOMICILE = "domicile"
    RESIDENT_CODE = "resident_code"
    INDIVIDUAL_NUMBER = "individual_number"
    NATIONALITY = "nationality"
    CATEGORY = "category"
    STATUS = "status"
    PERIOD = "period"
    EXPIRY = "expiry"
    CARD_NUMBER = "card_number"
    ALIAS_MATTERS = "alias_matters"
    HISTORY = "history"
    KANA = "kana"
    BIRTH = "birth"
    SEX = "sex"
    BUILDING = "building"
    DAYS = "days"
    FORMER_ADDRESSES = "former_addresses"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "relationship": "世帯主・続柄",
            "domicile": "本籍・筆頭者",
            "resident_code": "住民票コード",
            "individual_number": "個人番号",
            "nationality": "国籍・地域",
            "category": "第30条の45の区分",
            "status": "在留資格",
            "period": "在留期間等",
            "expiry": "在留期間の満了の日",
            "card_number": "在留カード等の番号",
            "alias_matters": "通称の記載及び削除に関する事項",
            "history": "異動履歴（個人票）",
            "kana": "フリガナ",
            "birth": "生年月日",
            "sex": "性別",
            "building": "方書",
            "days": "住民となった年月日・住所を定めた年月日・届出日",
            "former_addresses": "転入前住所・異動前住所",
        }[self.value]

    @property
    def is_foreign(self) -> bool:
        """Whether only foreign residents have the item."""
        return self in _FOREIGN

    @property
    def always_on_copies(self) -> bool:
        """Whether only a 記載事項証明書 can do without it (RR-5.4 for the 方書)."""
        return self in _ALWAYS_ON_COPIES


_FOREIGN = frozenset(
    {
        Shown.NATIONALITY,
        Shown.CATEGORY,
        Shown.STATUS,
        Shown.PERIOD,
        Shown.EXPIRY,
        Shown.CARD_NUMBER,
        Shown.ALIAS_MATTERS,
    }
)

_ALWAYS_ON_COPIES = frozenset({Shown.BIRTH, Shown.SEX, Shown.BUILDING, Shown.DAYS, Shown.FORMER_ADDRESSES})

#: Printed unless asked otherwise. 法第12条第5項 lets the municipality leave items out absent a special request; which
#: ones is its choice (RR-5.1a). Here a foreign resident's copy says the status of residence, because most offices that
#: ask for a copy need it, and not the number of the card.
USUALLY_SHOWN = (
    frozenset({Shown.NATIONALITY, Shown.CATEGORY, Shown.STATUS, Shown.PERIOD, Shown.EXPIRY, Shown.KANA})
    | _ALWAYS_ON_COPIES
)

LARGEST_COPIES = 20


@dataclass(frozen=True)
class CertificateRequest:
    """One request at the counter.

    :param household_number: household whose members are asked for; of 除票 the one they were last recorded in.
    :param subjects: 宛名番号 of the members to print, in any order.
    :param versions: 履歴番号 that the clerk saw, by 宛名番号; the issue is refused when the record moved on.
    :param sensitive_history: history of 特別養子縁組 and 性別の変更 is asked for, else it is left out (RR-1.1.4b).
    :param stays: of people with several 除票 which one, by 宛名番号 the 履歴番号 of its last snapshot; else the latest.
    :param blank_destination: 転出先住所 is left blank on a 除票, for a 転出 by 特別養子縁組 (RR-1.1.5c).
    """

    style: Style
    household_number: str
    subjects: tuple[str, ...]
    shown: frozenset[Shown] = USUALLY_SHOWN
    copies: int = 1
    requester: Requester = Requester.SELF
    requester_name: str = ""
    purpose: str = ""
    fee: Fee = Fee.PAID
    seal: bool = True
    versions: dict[str, int] = field(default_factory=dict)
    sensitive_history: bool = False
    stays: dict[str, int] = field(default_factory=dict)
    blank_destination: bool = False

    def shows(self, item: Shown) -> bool:
        """Whether an item is printed."""
        return item in self.shown or (item.always_on_copies and not self.style.of_items)

    @property
    def asked_items(self) -> list[Shown]:
        """記載事項 that were asked for, for the history of issues; not those that the form prints in any case."""
        return [
            item
            for item in Shown
            if item in self.shown and (self.style.of_items or not item.always_on_copies)
        ]

    @property
    def official_use(self) -> bool:
        """Whether 公用 is printed (RR-5.7)."""
        return self.requester is Requester.OFFICIAL


@dataclass(frozen=True)
class Facts:
    """What the rules need to know; gathered before they decide.

    :param chosen: the subjects in their order.
    :param household_size: how many members are live now.
    :param removed: names of subjects whose record is a removed one.
    :param in_force: names of subjects of whom there is no such 除票, because the record is in force.
    :param dead: names of subjects who have died.
    :param adopted: names of subjects whose 転出 came from 特別養子縁組.
    :param elsewhere: names of subjects of another household.
    :param barred: names under a suppression of certificates at level エラー that is not lifted.
    :param warned: the same at level アラート.
    :param former_home: names of subjects whose copy would tell a home that they left and in which a protected person
        lives now.
    :param may_whereabouts: whether the actor may know where protected people live.
    :param reviewed: whether the officer in charge has let exactly this request out (RR-3.4b).
    :param foreign: whether a foreign resident is among the subjects.
    :param moved_on: whether a subject's record changed after the clerk saw it.
    :param may_individual_number: rights of the actor per item.
    """

    chosen: int
    household_size: int
    removed: tuple[str, ...] = ()
    in_force: tuple[str, ...] = ()
    dead: tuple[str, ...] = ()
    adopted: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    former_home: tuple[str, ...] = ()
    may_whereabouts: bool = False
    reviewed: bool = False
    foreign: bool = False
    moved_on: bool = False
    may_domicile: bool = True
    may_individual_number: bool = True
    may_resident_code: bool = True
    may_residence_status: bool = True

    @property
    def needs_review(self) -> bool:
        """Whether the officer in charge has to look at it first, whatever the cause."""
        return bool(self.barred) or (bool(self.former_home) and not self.may_whereabouts)


@dataclass(frozen=True)
class Subject:
    """A person on a certificate: identity and the snapshot that was printed."""

    addressee_number: str
    history_number: int
    name: str


@dataclass(frozen=True)
class Snapshot:
    """Everything one printed certificate was made of, frozen when the request was granted (CM-5.2).

    :param request_id: the issue's own id; binds the snapshot to its request.
    :param subjects: exactly those asked for.
    :param data: the form's data.
    :param moment: the moment of issue.
    """

    request_id: str
    template: str
    subjects: tuple[Subject, ...]
    data: dict[str, Any]
    moment: dt.datetime
    overflow: OverflowRule = OverflowRule.CUT


class WrongCertificate(Exception):
    """What is about to be handed over is not what was asked for. Nothing leaves the system."""

    def __init__(self) -> None:
        super().__init__(
            "証明書の内容が請求と一致しないため、交付を止めました。この証明書は渡さないでください。"
            "システム管理者に連絡してください。"
        )


class IssueNotFound(Exception):
    """There is no such issue, or the actor may not see it."""


class IssueRefused(Exception):
    """The request cannot be granted; carries the findings."""

    def __init__(self, violations: list[Any]) -> None:
        super().__init__("この請求では証明書を発行できません。")
        self.violations = violations
