"""続柄を証する文書 (法第30条の48, 第30条の49, 規則第49条; RR-1.1.11d)."""

from __future__ import annotations

import pytest

from residentapp.residents.rules.relationship_proof import (
    Proof,
    ProofDocument,
    ProofFault,
    Translation,
    is_kin,
    proof_fault,
    read_proof,
)

D, T = ProofDocument, Translation


@pytest.mark.requirement("RR-1.1.11d", partial=True)
@pytest.mark.parametrize(
    ("text", "document", "translation", "head_foreign", "expected"),
    [
        # No document: a foreign head bars kinship, a Japanese one is asked about, and who claims none needs none.
        ("妻", "", "", True, ProofFault.NO_DOCUMENT),
        ("子の妻", "", "", True, ProofFault.NO_DOCUMENT),
        ("夫（未届）", "", "", True, ProofFault.NO_DOCUMENT),
        ("妻", "", "", False, ProofFault.NOT_SAID),
        ("縁故者", "", "", True, None),
        ("同居人", "", "", True, None),
        ("世帯主", "", "", True, None),
        ("", "", "", True, None),
        ("孫", "", "", True, None),
        # Each document proves.
        *[
            ("妻", each.value, "", True, None)
            for each in (D.ACCEPTANCE, D.ENTRIES, D.RESIDENT_RECORD, D.MOVE_OUT)
        ],
        ("子", D.FAMILY_REGISTER.value, "", True, None),
        # One that may be in a foreign language only with its translation.
        *[
            ("妻", each.value, "", True, ProofFault.NO_TRANSLATION)
            for each in (D.MARRIAGE, D.BIRTH, D.AUTHORITY)
        ],
        ("妻", "marriage", "missing", True, ProofFault.NO_TRANSLATION),
        ("妻", "marriage", "missing", False, ProofFault.NO_TRANSLATION),
        ("妻", "marriage", "attached", True, None),
        ("妻", "marriage", "japanese", True, None),
        # What is no choice is none.
        ("妻", "passport", "", True, ProofFault.NO_DOCUMENT),
        ("妻", "marriage", "perhaps", True, ProofFault.NO_TRANSLATION),
    ],
)
def test_what_is_wanting(
    text: str, document: str, translation: str, head_foreign: bool, expected: ProofFault | None
) -> None:
    assert proof_fault(text, read_proof(document, translation), head_foreign=head_foreign) is expected


def test_a_translation_is_kept_only_where_one_can_be() -> None:
    assert read_proof("acceptance", "attached") == Proof(D.ACCEPTANCE)
    assert read_proof(" marriage ", "attached") == Proof(D.MARRIAGE, T.ATTACHED)
    assert Proof(D.MARRIAGE, T.ATTACHED).label == "結婚証明書（訳文あり）"
    assert Proof(D.ACCEPTANCE).label == "戸籍届出の受理証明書"
    assert len({each.label for each in D}) == len(D)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("子", True), ("父の兄", True), ("縁故者", False), ("世帯主", False), ("孫", False)],
)
def test_who_claims_kinship(text: str, expected: bool) -> None:
    assert is_kin(text) is expected
