"""異動事由 (RR-1.2.2): the 37 classes of the standard under their 区分, each with a code of its own."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.residents.changes import kinds
from residentapp.residents.changes.spec import specs
from residentapp.residents.models import ResidentChange
from residentapp.residents.remarks.rules import history_matter
from residentapp.residents.types import ChangeKind, ChangeReason
from tests.support import residents

RECORDINGS = (
    "国内転入", "国外転入等", "出生", "職権記載（帰化等）", "職権記載（国籍喪失）", "職権記載", "改製", "再製",
    "異動の取消し（増）",
)  # fmt: skip
REMOVALS = (
    "国内転出", "国外転出", "死亡", "職権消除（帰化等）", "職権消除（国籍喪失）", "職権消除", "改製", "再製",
    "異動の取消し（減）",
)  # fmt: skip
CORRECTIONS = (
    "転居", "軽微な修正", "職権修正", "誤記修正", "個人番号の変更請求", "個人番号の職権修正", "個人番号の職権記載",
    "住民票コードの変更請求", "住民票コードの職権記載", "世帯分離", "世帯合併", "世帯変更", "世帯主変更",
    "旧氏の記載", "旧氏の変更", "旧氏の削除", "通称の記載", "通称の削除", "異動の取消し（修正）",
)  # fmt: skip


def labels(kind: ChangeKind) -> tuple[str, ...]:
    return tuple(reason.label for reason in ChangeReason if reason.kind is kind)


@pytest.mark.requirement("RR-1.2.2a", "RR-1.2.2b", "RR-1.2.2c")
def test_the_classes_are_those_of_the_standard_and_no_others(session: Session) -> None:
    """Each class and its 区分 can be told from the code that the register keeps, and the other way round."""
    assert labels(ChangeKind.RECORDING) == RECORDINGS
    assert labels(ChangeKind.REMOVAL) == REMOVALS
    assert labels(ChangeKind.CORRECTION) == CORRECTIONS
    assert len(ChangeReason) == len({(reason.kind, reason.label) for reason in ChangeReason}) == 37
    for reason in ChangeReason:
        assert ChangeReason(reason.value) is reason
        made = residents.change(session, reason)
        session.expire(made)
        kept = session.scalars(select(ResidentChange).where(ResidentChange.reason == reason)).one()
        assert (kept.reason, kept.reason.kind) == (reason, reason.kind)
        assert history_matter(reason, {}, {})


@pytest.mark.requirement("RR-1.2.2d")
def test_there_is_no_cancellation_of_a_move_but_the_general_one() -> None:
    assert kinds
    words = [reason.label for reason in ChangeReason] + [spec.label for spec in specs()]
    assert [word for word in words if "転居" in word and "取" in word] == []
    assert any("取消" in spec.label for spec in specs()) and any("転居" in spec.label for spec in specs())
