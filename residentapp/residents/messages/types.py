"""Kinds of messages, and what the rules decide on and decide.

The codes here are this project's own. Those of the official interfaces (既存住基システム改造仕様書, 市町村連携仕様) are
not published; a transport for a real interface maps these codes to them.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from residentapp.core.outbox.types import Partner
from residentapp.residents.types import ChangeReason


class MessageKind(enum.StrEnum):
    """種別 of a message that a change of the register causes."""

    IDENTITY = "cs.identity"
    NUMBER_GENERATION = "cs.number_generation"
    NUMBER_CHANGE = "cs.number_change"
    MOVE_IN_NOTICE = "municipality.move_in"
    ANNEX_NOTICE = "municipality.annex"
    MOVE_OUT_CERTIFICATE = "municipality.move_out_certificate"
    OWN_ANNEX = "annex.address"
    DELIVERY = "card.delivery"
    ISA_NOTICE = "isa.notice"
    ISA_TRANSMISSION = "isa.transmission"
    ADDRESSEE = "addressee.difference"

    @property
    def label(self) -> str:
        """Label on screens."""
        return _KIND_LABELS[self]

    @property
    def destination(self) -> Partner:
        """To whom it goes."""
        return Partner(self.value.split(".")[0])


_KIND_LABELS = {
    MessageKind.IDENTITY: "本人確認情報",
    MessageKind.NUMBER_GENERATION: "個人番号生成要求",
    MessageKind.NUMBER_CHANGE: "個人番号変更要求",
    MessageKind.MOVE_IN_NOTICE: "転入通知",
    MessageKind.ANNEX_NOTICE: "戸籍附票記載事項通知（管外本籍）",
    MessageKind.MOVE_OUT_CERTIFICATE: "転出証明書情報",
    MessageKind.OWN_ANNEX: "戸籍附票記載事項通知（管内本籍）",
    MessageKind.DELIVERY: "送付先情報",
    MessageKind.ISA_NOTICE: "市町村通知",
    MessageKind.ISA_TRANSMISSION: "市町村伝達",
    MessageKind.ADDRESSEE: "宛名連携（差分）",
}


class InboxKind(enum.StrEnum):
    """種別 of what partners send. Other modules add their own."""

    NUMBER_GENERATED = "cs.number_generated"
    NUMBER_CHANGED = "cs.number_changed"
    CARD_STATE = "cs.card_state"
    MOVE_IN_NOTICE = "municipality.move_in"
    MOVE_OUT_CERTIFICATE = "municipality.move_out_certificate"
    IMMIGRATION_NOTICE = "isa.commissioner_notice"
    IMMIGRATION_RESULT = "isa.result"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "cs.number_generated": "個人番号生成の結果",
            "cs.number_changed": "個人番号変更の結果",
            "cs.card_state": "カードの発行状況",
            "municipality.move_in": "転入通知",
            "municipality.move_out_certificate": "転出証明書情報",
            "isa.commissioner_notice": "出入国在留管理庁長官通知",
            "isa.result": "市町村通知・市町村伝達の処理結果",
        }[self.value]


class Act(enum.StrEnum):
    """異動の区分 of a message."""

    RECORD = "record"
    REMOVE = "remove"
    CORRECT = "correct"
    CANCEL = "cancel"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"record": "記載", "remove": "消除", "correct": "修正", "cancel": "取消"}[self.value]


class CsReason(enum.StrEnum):
    """異動事由 of 本人確認情報 (規則第11条, as we read it; the interface's codes are not published)."""

    MOVE_IN = "move_in"
    BIRTH = "birth"
    RECORD_EX_OFFICIO = "record_ex_officio"
    MOVE_OUT = "move_out"
    DEATH = "death"
    REMOVE_EX_OFFICIO = "remove_ex_officio"
    MOVE_WITHIN = "move_within"
    CORRECT_EX_OFFICIO = "correct_ex_officio"
    MINOR_CORRECTION = "minor_correction"
    CODE_CHANGE = "code_change"
    CODE_EX_OFFICIO = "code_ex_officio"
    NUMBER_CHANGE = "number_change"
    NUMBER_EX_OFFICIO = "number_ex_officio"

    @property
    def label(self) -> str:
        """Label on screens."""
        return _CS_LABELS[self]


_CS_LABELS = {
    CsReason.MOVE_IN: "転入",
    CsReason.BIRTH: "出生",
    CsReason.RECORD_EX_OFFICIO: "職権記載等",
    CsReason.MOVE_OUT: "転出",
    CsReason.DEATH: "死亡",
    CsReason.REMOVE_EX_OFFICIO: "職権消除等",
    CsReason.MOVE_WITHIN: "転居",
    CsReason.CORRECT_EX_OFFICIO: "職権修正等",
    CsReason.MINOR_CORRECTION: "軽微な修正",
    CsReason.CODE_CHANGE: "住民票コードの記載の変更請求",
    CsReason.CODE_EX_OFFICIO: "住民票コードの職権記載等",
    CsReason.NUMBER_CHANGE: "個人番号の変更請求",
    CsReason.NUMBER_EX_OFFICIO: "個人番号の職権記載等",
}


class IsaLaw(enum.StrEnum):
    """区分 of 市町村通知 and 市町村伝達: under which law the notification was made (RR-4.5.7a)."""

    BOTH = "both"
    IMMIGRATION = "immigration"
    RESIDENT = "resident"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"both": "住基法・入管法", "immigration": "入管法", "resident": "住基法"}[self.value]


class PrintStyle(enum.StrEnum):
    """印刷区分 of 送付先情報: how the notice of the number is printed."""

    ORDINARY = "ordinary"
    BRAILLE = "braille"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"ordinary": "通常", "braille": "点字"}[self.value]


@dataclass(frozen=True)
class Place:
    """A place in an address text, with its municipality as far as the dictionary knows it.

    :param text: as the record has it.
    :param code: 市区町村コード (6 digits), None when it cannot be told from the text.
    :param municipality: name with its prefecture; empty when unknown.
    """

    text: str
    code: str | None = None
    municipality: str = ""


@dataclass(frozen=True)
class ChangeFacts:
    """What the rules must know of a change.

    :param own_code: 市区町村コード of the own municipality.
    :param ward_codes: those of its wards, which are no other municipality.
    :param noticed: it follows a notice (通知日 is set), for example of the 出入国在留管理庁長官.
    :param special_move_out: 特例による転出 (法第24条の2).
    :param handed_over: a 特別永住者証明書 was handed over.
    """

    reason: ChangeReason
    own_code: str
    noticed: bool = False
    special_move_out: bool = False
    handed_over: bool = False
    ward_codes: frozenset[str] = frozenset()

    def is_own(self, code: str | None) -> bool:
        """Whether a 市区町村コード is that of the own municipality or of one of its wards."""
        return code is not None and (code == self.own_code or code in self.ward_codes)


@dataclass(frozen=True)
class PersonFacts:
    """One subject of a change.

    :param before: items of the snapshot before, by column; None for a first one. :param after: items of the new one.
    :param former: 転入前住所, or the unreported address and the 最終登録住所地 (RR-4.1.1.4).
    :param domicile: 本籍, None for those who have none.
    :param destination: 転出先（予定）.
    """

    before: Mapping[str, Any] | None
    after: Mapping[str, Any]
    former: tuple[Place, ...] = ()
    domicile: Place | None = None
    destination: Place | None = None


@dataclass(frozen=True)
class Draft:
    """A message that is due.

    :param cs_reason: 異動事由 for 本人確認情報. :param law: 区分 for the 出入国在留管理庁.
    :param recipient: municipality to which it is passed on.
    :param held: why it cannot go before it is completed; empty when it can.
    """

    kind: MessageKind
    act: Act
    cs_reason: CsReason | None = None
    law: IsaLaw | None = None
    recipient: Place | None = None
    held: str = field(default="")
