"""続柄を証する文書: by what the 続柄 of a foreign resident was proved (RR-1.1.11d).

Sources: 住民基本台帳法 第30条の48 (notification of a changed 続柄), 第30条の49 (the document is attached to the
notifications of 第22条, 第23条, 第25条, 第30条の46 and 第30条の47). Both bind a foreign resident whose 世帯主 is a
foreign resident too, and both leave out what a cabinet order names: no kinship with the head, kinship that has not
changed, and what the municipality sees from a document of the 戸籍法 that it accepted. 住民基本台帳法施行規則 第49条
says which documents prove it, and that one in a foreign language comes with a translation that names its translator.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from residentapp.residents.rules.relationships import parse_relationship, relationship_to_record


class ProofDocument(enum.StrEnum):
    """Which document was shown. The value is this system's own code."""

    ACCEPTANCE = "acceptance"
    ENTRIES = "entries"
    MARRIAGE = "marriage"
    BIRTH = "birth"
    AUTHORITY = "authority"
    RESIDENT_RECORD = "resident_record"
    MOVE_OUT = "move_out"
    FAMILY_REGISTER = "family_register"

    @property
    def label(self) -> str:
        """Label on screens."""
        return _LABELS[self]

    @property
    def may_be_foreign(self) -> bool:
        """Whether it may be in a foreign language, so that it is asked for a translation (規則第49条)."""
        return self in _MAY_BE_FOREIGN


_LABELS = {
    ProofDocument.ACCEPTANCE: "戸籍届出の受理証明書",
    ProofDocument.ENTRIES: "戸籍届出の記載事項証明書",
    ProofDocument.MARRIAGE: "結婚証明書",
    ProofDocument.BIRTH: "出生証明書",
    ProofDocument.AUTHORITY: "外国政府機関等の文書",
    ProofDocument.RESIDENT_RECORD: "住民票・除票の写し、記載事項証明書",
    ProofDocument.MOVE_OUT: "転出証明書（同じ世帯主）",
    ProofDocument.FAMILY_REGISTER: "戸籍・受理した戸籍の届書",
}
_MAY_BE_FOREIGN = frozenset({ProofDocument.MARRIAGE, ProofDocument.BIRTH, ProofDocument.AUTHORITY})


class Translation(enum.StrEnum):
    """Whether a translation came with the document."""

    ATTACHED = "attached"
    JAPANESE = "japanese"
    MISSING = "missing"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"attached": "訳文あり", "japanese": "日本語の文書", "missing": "訳文なし"}[self.value]


@dataclass(frozen=True)
class Proof:
    """A document with what is known of its translation."""

    document: ProofDocument
    translation: Translation | None = None

    @property
    def label(self) -> str:
        """In one line, for screens."""
        if self.translation is None:
            return self.document.label
        return f"{self.document.label}（{self.translation.label}）"


def read_proof(document: str, translation: str) -> Proof | None:
    """The proof as it was chosen; None for a blank and for what is no choice."""
    try:
        chosen = ProofDocument(document.strip())
    except ValueError:
        return None
    if not chosen.may_be_foreign:
        return Proof(chosen)
    try:
        return Proof(chosen, Translation(translation.strip()))
    except ValueError:
        return Proof(chosen)


class ProofFault(enum.Enum):
    """What is wanting."""

    NO_DOCUMENT = "no_document"
    """第30条の49: the 続柄 to a foreign head is recorded by a document, else as 縁故者."""
    NOT_SAID = "not_said"
    """The head is Japanese: nothing has to be attached, but the office should know what it relies on."""
    NO_TRANSLATION = "no_translation"
    """規則第49条: not told, or none, of a document that may be in a foreign language."""


def is_kin(text: str) -> bool:
    """Whether a 続柄 claims kinship or marriage that a document can prove: not 世帯主, 縁故者, 同居人 or a blank."""
    typed = parse_relationship(text)
    return typed.valid and relationship_to_record(typed, foreign=True, proved=False) != typed


def proof_fault(text: str, proof: Proof | None, *, head_foreign: bool) -> ProofFault | None:
    """What is wanting to record the 続柄 of a foreign resident; None when it may be recorded (RR-1.1.11d).

    :param text: 続柄 as typed, new or changed.
    :param head_foreign: the 世帯主 is a foreign resident (法第30条の48, 第30条の49).
    """
    if not is_kin(text):
        return None
    if proof is None:
        return ProofFault.NO_DOCUMENT if head_foreign else ProofFault.NOT_SAID
    if proof.document.may_be_foreign and proof.translation in (None, Translation.MISSING):
        return ProofFault.NO_TRANSLATION
    return None
