"""Code lists of support measures and suppressions, and the commands that change them.

Sources: RR-1.1.16 (the database), RR-3.1 (suppressions), RR-3.4 (measures); 住民基本台帳事務における支援措置.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from residentapp.core.violations import Level
from residentapp.residents.types import SuppressedProcess


class Capacity(enum.StrEnum):
    """As what the municipality protects the applicant (RR-1.1.16b)."""

    CURRENT = "current"
    FORMER = "former"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"current": "現住所地市区町村", "former": "前住所地市区町村等"}[self.value]


class Role(enum.StrEnum):
    """How the application came here."""

    FIRST = "first"
    TRANSFERRED = "transferred"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"first": "当初受付市区町村", "transferred": "転送受付市区町村"}[self.value]


class Blocked(enum.StrEnum):
    """An affair with the address it must not give away (RR-1.1.16c)."""

    INSPECTION_CURRENT = "inspection_current"
    COPY_CURRENT = "copy_current"
    COPY_FORMER = "copy_former"
    ANNEX_DOMICILE = "annex_domicile"
    ANNEX_FORMER_DOMICILE = "annex_former_domicile"
    ANNEX_EARLIER_DOMICILE = "annex_earlier_domicile"

    @property
    def affair(self) -> str:
        """The affair alone."""
        return {
            "inspection": "住民基本台帳の閲覧",
            "copy": "住民票の写し等の交付",
            "annex": "戸籍の附票の写し等の交付",
        }[self.value.partition("_")[0]]

    @property
    def address(self) -> str:
        """Which address is meant."""
        return {
            "current": "現住所",
            "former": "前住所",
            "domicile": "本籍",
            "former_domicile": "前本籍",
            "earlier_domicile": "前々本籍等",
        }[self.value.partition("_")[2]]

    @property
    def label(self) -> str:
        """Label on screens and forms."""
        return f"{self.affair}（{self.address}）"

    @property
    def process(self) -> SuppressedProcess | None:
        """The process of this system that it bars; None for the annex, which is another system's."""
        match self.value.partition("_")[0]:
            case "inspection":
                return SuppressedProcess.INSPECTION
            case "copy":
                return SuppressedProcess.CERTIFICATE
            case _:
                return None


class EndReason(enum.StrEnum):
    """Why staff end a measure: one of the three of RR-3.4g."""

    REQUESTED = "requested"
    EXPIRED = "expired"
    NO_NEED = "no_need"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "requested": "支援対象者から終了の申出があった",
            "expired": "期間が終わり、延長されなかった",
            "no_need": "市区町村長が支援の必要がなくなったと認めた",
        }[self.value]


class Phase(enum.StrEnum):
    """Where a measure stands on a day."""

    PROVISIONAL = "provisional"
    RUNNING = "running"
    ENDING = "ending"
    PASSED = "passed"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "provisional": "仮支援措置",
            "running": "期間中",
            "ending": "まもなく期間が終わる",
            "passed": "期間経過（延長なし、抑止は継続）",
            "closed": "終了",
        }[self.value]

    @property
    def is_open(self) -> bool:
        """Whether the measure still blocks."""
        return self is not Phase.CLOSED


class Direction(enum.StrEnum):
    """Which way an application was handed on (転送)."""

    OUT = "out"
    IN = "in"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"out": "ほかの市区町村へ転送", "in": "ほかの市区町村から受付"}[self.value]


class EventKind(enum.StrEnum):
    """What was done to a measure or a suppression; each leaves one row that nobody can change."""

    REGISTERED = "registered"
    STARTED = "started"
    RENEWED = "renewed"
    CHANGED = "changed"
    MEMBER_ADDED = "member_added"
    MEMBER_CHANGED = "member_changed"
    MEMBER_REMOVED = "member_removed"
    OFFENDER_ADDED = "offender_added"
    OFFENDER_CHANGED = "offender_changed"
    OFFENDER_REMOVED = "offender_removed"
    TRANSFER_RECORDED = "transfer_recorded"
    MOVED_OUT = "moved_out"
    MOVED_IN = "moved_in"
    ENDED = "ended"
    NOTICE_PRINTED = "notice_printed"
    SET = "set"
    ALTERED = "altered"
    LIFTED = "lifted"
    RELOCKED = "relocked"
    RELEASED = "released"

    @property
    def label(self) -> str:
        """Label on screens."""
        return _EVENT_LABELS[self]


_EVENT_LABELS = {
    EventKind.REGISTERED: "支援措置の登録",
    EventKind.STARTED: "支援措置の開始",
    EventKind.RENEWED: "期間の延長",
    EventKind.CHANGED: "内容の変更",
    EventKind.MEMBER_ADDED: "支援対象者の追加",
    EventKind.MEMBER_CHANGED: "支援対象者の変更",
    EventKind.MEMBER_REMOVED: "支援対象者から外した",
    EventKind.OFFENDER_ADDED: "加害者の追加",
    EventKind.OFFENDER_CHANGED: "加害者の変更",
    EventKind.OFFENDER_REMOVED: "加害者を外した",
    EventKind.TRANSFER_RECORDED: "転送の記録",
    EventKind.MOVED_OUT: "転出による切替え",
    EventKind.MOVED_IN: "再転入による切替え",
    EventKind.ENDED: "支援措置の終了",
    EventKind.NOTICE_PRINTED: "通知の出力",
    EventKind.SET: "抑止の設定",
    EventKind.ALTERED: "抑止の変更",
    EventKind.LIFTED: "一時解除",
    EventKind.RELOCKED: "一時解除の取りやめ",
    EventKind.RELEASED: "抑止の解除",
}


@dataclass(frozen=True)
class PersonDetails:
    """What the database keeps of an applicant or somebody supported along with them (RR-1.1.16b).

    Copied from the record when the measure is registered, so that it says what was known then; officers add the rest.
    ``planned_destination`` and ``confirmed_destination`` are those of the 統合記載欄 when the municipality protects
    a former address.
    """

    name: str = ""
    name_kana: str = ""
    alias: str = ""
    alias_kana: str = ""
    birth: str = ""
    sex: str = ""
    address: str = ""
    former_addresses: str = ""
    domicile: str = ""
    former_domiciles: str = ""
    planned_destination: str = ""
    confirmed_destination: str = ""
    phone: str = ""
    mobile: str = ""
    mail: str = ""
    other_contact: str = ""


#: Items of a person with their labels, in the order of the screen.
PERSON_LABELS: Mapping[str, str] = {
    "name": "氏名",
    "name_kana": "フリガナ",
    "alias": "通称",
    "alias_kana": "通称のフリガナ",
    "birth": "生年月日",
    "sex": "性別",
    "address": "住所",
    "former_addresses": "前住所等",
    "domicile": "本籍",
    "former_domiciles": "前本籍等",
    "planned_destination": "転出先住所（予定）",
    "confirmed_destination": "転出先住所（転入通知）",
    "phone": "電話",
    "mobile": "携帯電話",
    "mail": "メール",
    "other_contact": "そのほかの連絡先・連絡の注意",
}


@dataclass(frozen=True)
class OffenderDetails:
    """加害者 (RR-1.1.16b). Nothing of it is needed: the applicant may know little."""

    name: str = ""
    birth: str = ""
    sex: str = ""
    address: str = ""
    other: str = ""


OFFENDER_LABELS: Mapping[str, str] = {
    "name": "氏名",
    "birth": "生年月日",
    "sex": "性別",
    "address": "住所",
    "other": "その他",
}


@dataclass(frozen=True)
class Supported:
    """Somebody for whom support is asked along with the applicant.

    :param relation: relation to the applicant (申出者との関係).
    """

    addressee_number: str
    relation: str = ""


@dataclass(frozen=True)
class Offender:
    """加害者 with 宛名番号 when recorded in this municipality."""

    details: OffenderDetails = OffenderDetails()
    addressee_number: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said."""
        return self == Offender()


@dataclass(frozen=True)
class MeasureEntry:
    """A measure as an officer enters or changes it.

    :param starts_on: first day of the term; None for a provisional measure.
    :param ends_on: last day; None takes one year (RR-3.4c).
    :param term_reason: why the last day is another than one year on.
    :param levels: level per process; a process that is missing is not suppressed.
    :param addresses: the blocked addresses in words, by affair.
    :param note: free text for those in charge.
    """

    applied_on: dt.date | None
    capacity: Capacity = Capacity.CURRENT
    role: Role = Role.FIRST
    receiving_municipality: str = ""
    provisional: bool = False
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    term_reason: str = ""
    blocked: frozenset[Blocked] = frozenset()
    addresses: Mapping[Blocked, str] = field(default_factory=dict)
    levels: Mapping[SuppressedProcess, Level] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class RegisterMeasure:
    """支援措置の登録: the applicant, who else is protected, from whom, and how.

    :param confirmed: reasons for alerts, by ``CODE@field``.
    """

    applicant: str
    entry: MeasureEntry
    supported: tuple[Supported, ...] = ()
    offender: Offender = Offender()
    contact: PersonDetails = PersonDetails()
    received_on: dt.date | None = None
    """Day on which a forwarded application arrived (role TRANSFERRED)."""
    confirmed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """Which state of a measure the officer looked at."""

    measure_id: int
    version: int


@dataclass(frozen=True)
class TransferEntry:
    """転送情報 (RR-1.1.16c).

    :param municipality: where it went, or where it came from.
    :param happened_on: 転送年月日, or the day on which the forwarded 申出書 was received.
    :param told_on: day on which the applicant was told that no need was confirmed (received ones only).
    """

    direction: Direction
    municipality: str
    happened_on: dt.date | None
    told_on: dt.date | None = None
    note: str = ""


@dataclass(frozen=True)
class SetSuppressions:
    """Suppressions of one person or one household for several processes at once (RR-3.1a)."""

    levels: Mapping[SuppressedProcess, Level]
    starts_on: dt.date | None
    ends_on: dt.date | None
    reason: str
    addressee_number: str = ""
    household_number: str = ""
