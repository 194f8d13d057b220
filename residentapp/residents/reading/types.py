"""What is asked for when a part of the register is to be read, and by which right.

Sources: 住民基本台帳法 第11条 (国・地方公共団体の機関), 第11条の2 (個人・法人); RR-9.5.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from residentapp.residents.certificates.types import Fee, Requester, Shown
from residentapp.residents.types import ResidentKind, Sex


class Basis(enum.StrEnum):
    """By which provision the register may be read."""

    AUTHORITY = "authority"
    SURVEY = "survey"
    PUBLIC_BODY = "public_body"
    RESIDENCE = "residence"

    @property
    def label(self) -> str:
        """Label on screens, with its article."""
        return {
            "authority": "国・地方公共団体の機関の請求（法第11条）",
            "survey": "統計調査・世論調査・学術研究など公益性の高い調査（法第11条の2第1項第1号）",
            "public_body": "公共的団体の公益性の高い活動（法第11条の2第1項第2号）",
            "residence": "訴訟の提起など、居住関係の確認（法第11条の2第1項第3号）",
        }[self.value]

    @property
    def requester(self) -> Requester:
        """How the 交付履歴 calls whoever asks."""
        return Requester.OFFICIAL if self is Basis.AUTHORITY else Requester.THIRD_PARTY


class Order(enum.StrEnum):
    """In which order the people stand."""

    RANDOM = "random"
    ADDRESS = "address"
    BIRTH = "birth"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"random": "無作為", "address": "住所順", "birth": "生年月日順"}[self.value]


class Medium(enum.StrEnum):
    """As what it is handed out."""

    PDF = "pdf"
    CSV = "csv"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"pdf": "PDF（様式20.3.1）", "csv": "CSV"}[self.value]


@dataclass(frozen=True)
class Conditions:
    """Who is to stand on the list; what is empty narrows nothing.

    :param towns: 住所コード of towns. :param district: kind and code of a district (地区), ``("polling", "01")``.
    :param age_from: completed years on the day it is made; :param age_to: inclusive.
    :param birth_from: first day of birth, ISO; :param birth_to: last day, inclusive.
    :param with_suppressed: people under a support measure or a suppression of 閲覧 are not left out. Such a list is
        made only after the officer in charge has let it out (RR-3.4a, b).
    """

    towns: tuple[str, ...] = ()
    district: tuple[str, str] | None = None
    age_from: int | None = None
    age_to: int | None = None
    birth_from: str = ""
    birth_to: str = ""
    sex: Sex | None = None
    kind: ResidentKind | None = None
    with_suppressed: bool = False

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "towns": sorted(self.towns),
            "district": list(self.district) if self.district else None,
            "age_from": self.age_from,
            "age_to": self.age_to,
            "birth_from": self.birth_from,
            "birth_to": self.birth_to,
            "sex": self.sex.value if self.sex is not None else None,
            "kind": self.kind.value if self.kind is not None else None,
            "with_suppressed": self.with_suppressed,
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Conditions:
        """What :meth:`kept` wrote."""
        return cls(
            towns=tuple(kept["towns"]),
            district=(kept["district"][0], kept["district"][1]) if kept["district"] else None,
            age_from=kept["age_from"],
            age_to=kept["age_to"],
            birth_from=kept["birth_from"],
            birth_to=kept["birth_to"],
            sex=Sex(kept["sex"]) if kept["sex"] is not None else None,
            kind=ResidentKind(kept["kind"]) if kept["kind"] else None,
            with_suppressed=kept["with_suppressed"],
        )


@dataclass(frozen=True)
class ReadingRequest:
    """One request to make a 閲覧用.

    :param requester_name: 氏名, or the name of the 法人 or 機関; :param representative: of a 法人, or the official.
    :param readers: who will read it. :param purpose: 利用目的, or 請求事由.
    :param kana: フリガナ stands in brackets after the names (RR-5.3a).
    """

    conditions: Conditions = field(default_factory=Conditions)
    basis: Basis = Basis.AUTHORITY
    requester_name: str = ""
    representative: str = ""
    readers: str = ""
    purpose: str = ""
    order: Order = Order.RANDOM
    medium: Medium = Medium.PDF
    kana: bool = False
    fee: Fee = Fee.FREE_OFFICIAL

    @property
    def shown(self) -> list[Shown]:
        """記載事項 for the history of issues, besides 氏名 and 住所."""
        return [Shown.BIRTH, Shown.SEX, Shown.BUILDING, *([Shown.KANA] if self.kana else [])]

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "conditions": self.conditions.kept(),
            "basis": self.basis.value,
            "requester_name": self.requester_name.strip(),
            "representative": self.representative.strip(),
            "readers": self.readers.strip(),
            "purpose": self.purpose.strip(),
            "order": self.order.value,
            "medium": self.medium.value,
            "kana": self.kana,
            "fee": self.fee.value,
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> ReadingRequest:
        """What :meth:`kept` wrote."""
        return cls(
            conditions=Conditions.of(kept["conditions"]),
            basis=Basis(kept["basis"]),
            requester_name=kept["requester_name"],
            representative=kept["representative"],
            readers=kept["readers"],
            purpose=kept["purpose"],
            order=Order(kept["order"]),
            medium=Medium(kept["medium"]),
            kana=kept["kana"],
            fee=Fee(kept["fee"]),
        )
