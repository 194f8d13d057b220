"""住民異動届受理通知 of the changes that go the common road, from the entry to the paper (RR-4.1.0.3)."""

from __future__ import annotations

import datetime as dt

import pytest

from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.models import ResidentHistory
from residentapp.residents.notices import operations as notices
from residentapp.residents.notices.types import NoticeRefused
from tests.residents.changes.conftest import family, office
from tests.residents.changes.elsewhere import moving_out
from tests.residents.changes.office import ChangeOffice
from tests.residents.changes.test_shared_rules import entry_of
from tests.support.documents import mj_fonts, page_texts, squeezed

__all__ = ["family", "office"]  # fixtures


@pytest.mark.requirement("RR-4.1.0.3a")
@pytest.mark.parametrize(
    ("kind", "days", "notification", "day"),
    [
        ("move_within", 3, "転居届", "令和8年11月24日"),
        ("move_out", 0, "転出届", "令和8年11月24日"),
        ("late", 3, "転出証明書に準ずる証明書の申出", "令和8年11月24日"),
        ("household_split", 0, "世帯変更届", "令和8年11月24日"),
        ("head_change", 1, "世帯変更届", "令和8年11月24日"),
    ],
)
def test_an_acceptance_is_told_at_will_on_later_days_too(
    office: ChangeOffice, family: list[ResidentHistory], kind: str, days: int, notification: str, day: str
) -> None:
    """届出日, 異動事由, 届出人 and 異動者, and that it was accepted; of a late move-out the 申出 that it is."""
    late = moving_out(office, *family, moved_on="令和8年11月9日")
    entry = late if kind == "late" else entry_of(office, family, kind)
    case = office.provisional(entry.with_values(notifier="代理　人"))
    office.approve(case)
    office.now += dt.timedelta(days=days)
    for _print in range(2):
        notice = notices.prepare(office.session, office.clerk, office.keyring, case.id, now=office.now)
        words = squeezed("".join(page_texts(notices.draw(notice, mj_fonts(), now=office.now).pdf)))
        assert notice.data["notification"] == notification
        for told in (
            notification,
            day,
            "代理人",
            notice.data["reason"],
            *(m["name"] for m in notice.data["movers"]),
        ):
            assert squeezed(told) in words, told
        assert "受理" in words
    assert notice.recipient.place.address.startswith("架空県架空市本町一丁目2番3号")


def test_nobody_is_told_of_the_acceptance_of_what_nobody_notified(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    entry = entry_of(office, family, "move_within")
    by_office = ChangeEntry(
        "move_within_by_office",
        {**entry.values, "basis": "no_notification", "cause": "実態調査"},
        entry.household_number,
        entry.people,
    )
    case = office.provisional(by_office)
    office.approve(case)
    with pytest.raises(NoticeRefused, match="対象ではありません"):
        notices.prepare(office.session, office.clerk, office.keyring, case.id, now=office.now)
