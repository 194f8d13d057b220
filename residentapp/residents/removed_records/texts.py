"""What only a removed record (除票) says, in words of screens and forms.

Sources: RR-1.1.1b, RR-1.1.5f, RR-1.1.14d (除票固有の記載事項 in the 統合記載欄), form 20.1.3.
"""

from __future__ import annotations

from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ResidentState


def own_matters(row: ResidentHistory, *, destination: bool = True) -> list[tuple[str, str]]:
    """The three 除票固有の記載事項 as label and value: 消除事由, 転出先住所（予定）, 事由の生じた年月日.

    転出先住所（予定） only for a 転出; empty where the record has none.

    :param destination: whether 転出先住所 may be told; it is left blank for a 転出 by 特別養子縁組 (RR-1.1.5c).
    """
    occurred = row.removal_occurred_on
    found = [("消除事由", row.removal_reason or row.state.label)]
    if row.state is ResidentState.MOVED_OUT:
        found.append(("転出先住所（予定）", (row.planned_destination or "") if destination else ""))
    found.append(("事由の生じた年月日", occurred.wareki if occurred is not None else ""))
    return found
