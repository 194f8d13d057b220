"""認証者: who certifies on a day, entry, end (RR-1.3.9)."""

from __future__ import annotations

import datetime as dt
import re
import threading
import time

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from residentapp.admin.masters.certifiers import CertifierEntry, save_certifier
from residentapp.admin.types import EntryRefused, Validity
from residentapp.core.access import Permission
from residentapp.core.access.actor import PermissionDenied
from residentapp.core.db import Database
from residentapp.core.masters.models import Certifier, CertifierKind
from residentapp.core.masters.queries import certifier_on
from tests.admin.masters.conftest import Masters
from tests.support.clock import TEST_MOMENT, SettableClock
from tests.support.users import clerk

LIST = "/admin/masters/certifiers"
NEW = f"{LIST}/new"
DEPUTY = {
    "kind": "deputy",
    "title": "架空市長職務代理者　架空市副市長",
    "name": "架空　三郎",
    "valid_from": "R8.11.25",
    "valid_to": "R8.11.26",
}


def certifier_id(masters: Masters, kind: CertifierKind) -> int:
    with masters.database.sessions() as session:
        query = select(Certifier.id).where(Certifier.kind == kind).order_by(Certifier.id.desc()).limit(1)
        return session.scalars(query).one()


def marked(masters: Masters) -> list[str]:
    """Names of the rows that say 今日の認証者."""
    rows = re.findall(r"<tr.*?</tr>", masters.browser.get(LIST).text, re.DOTALL)
    return [
        name for row in rows for name in ("一郎", "二郎", "三郎") if name in row and "今日の認証者" in row
    ]


@pytest.mark.requirement("RR-1.3.9a", partial=True)
def test_an_acting_mayor_entered_beforehand_takes_over_and_hands_back(
    masters: Masters, clock: SettableClock
) -> None:
    """The 区長 of a 指定都市 and who acts for them: test_wards.py."""
    assert masters.browser.post(NEW, data=DEPUTY).status_code == 303
    assert marked(masters) == ["一郎"]
    for name, moved, certifier in (
        ("first-hour", dt.timedelta(hours=14), "三郎"),  # 25 November, 0:00
        ("last-minute", dt.timedelta(hours=47, minutes=59), "三郎"),  # 26 November, 23:59
        ("day-after", dt.timedelta(minutes=1), "一郎"),
    ):
        clock.moment += moved
        later = masters.another(name)
        assert marked(later) == [certifier]
        assert f"架空 {certifier}" in later.page("/admin/masters")
    [(action, details)] = masters.logged()
    assert action == "認証者の登録"
    assert details["変更"]["氏名"] == [None, "架空　三郎"]
    assert details["変更"]["終了日"] == [None, "2026-11-26"]


@pytest.mark.requirement("RR-1.3.9b")
@pytest.mark.parametrize("name", ["", " ", "　", "　 　", "\u200b", "・", "\u00a0"])
def test_a_certifier_without_a_name_is_refused_on_the_screen(masters: Masters, name: str) -> None:
    response = masters.browser.post(NEW, data=DEPUTY | {"name": name})
    assert response.status_code == 422
    assert "氏名" in response.text and "してください" in response.text
    with masters.database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Certifier)) == 2
    assert masters.logged() == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": "　"}, "職名を入力してください"),
        ({"title": "架空県架空市長"}, "職名に「架空県」は入力しません"),
        ({"title": "長" * 41}, "職名は40文字以内"),
        ({"name": "ｻﾌﾞﾛｳ"}, "氏名の1文字目：半角カナ"),
        ({"valid_from": ""}, "開始日を入力してください"),
        ({"valid_to": "R8.11.24"}, "終了日が開始日より前です"),
        ({"valid_from": "R8.13.1"}, "valid_from"),
        ({"kind": "king"}, "kind"),
    ],
)
def test_a_wrong_entry_is_refused_with_what_to_do(
    masters: Masters, changes: dict[str, str], message: str
) -> None:
    response = masters.browser.post(NEW, data=DEPUTY | changes)
    assert response.status_code == 422
    assert message in response.text and "まだ登録していません" in response.text
    assert masters.logged() == []


@pytest.mark.parametrize(
    ("first", "last", "free"),
    [
        # 二郎's period is 10 to 20 August 2026.
        ("R8.8.1", "R8.8.9", True),
        ("R8.8.1", "R8.8.10", False),
        ("R8.8.12", "R8.8.13", False),
        ("R8.8.1", "", False),
        ("R8.8.20", "R8.8.25", False),
        ("R8.8.21", "", True),
    ],
)
def test_periods_of_one_kind_never_overlap(masters: Masters, first: str, last: str, free: bool) -> None:
    response = masters.browser.post(NEW, data=DEPUTY | {"valid_from": first, "valid_to": last})
    assert response.status_code == (303 if free else 422)
    if not free:
        assert "架空　二郎」（令和8年8月10日～令和8年8月20日）と重なっています" in response.text


def test_a_deputy_may_stand_beside_the_mayor_but_no_second_mayor(masters: Masters) -> None:
    response = masters.browser.post(NEW, data=DEPUTY | {"kind": "mayor", "title": "架空市長"})
    assert response.status_code == 422
    assert "先にその人を終えるか" in response.text


def test_a_name_is_corrected_with_old_and_new_in_the_log(masters: Masters) -> None:
    path = f"{LIST}/{certifier_id(masters, CertifierKind.MAYOR)}"
    sent = {
        "kind": "mayor",
        "title": "架空市長",
        "name": "架空　一朗\U000e0101",
        "valid_from": "令和5年5月1日",
        "seen": masters.hidden(path),
    }
    assert masters.browser.post(path, data=sent).status_code == 303
    with masters.database.sessions() as session:
        assert certifier_on(session, dt.date(2026, 11, 24)).name == "架空　一朗\U000e0101"
    [(action, details)] = masters.logged()
    assert action == "認証者の変更"
    assert details["変更"] == {"氏名": ["架空　一郎", "架空　一朗\U000e0101"]}
    late = masters.browser.post(path, data=sent | {"name": "別人"})
    assert late.status_code == 422 and "先に変更しました" in late.text


def test_the_next_mayor_follows_when_the_last_one_has_been_ended(masters: Masters) -> None:
    number = certifier_id(masters, CertifierKind.MAYOR)
    path, end = f"{LIST}/{number}", f"{LIST}/{number}/end"
    seen = masters.hidden(path, "end-seen")
    for day, message in (("", "終了日を入力"), ("R5.4.30", "開始日（令和5年5月1日）より前")):
        refused = masters.browser.post(end, data={"end-last_day": day, "end-seen": seen})
        assert refused.status_code == 422 and message in refused.text
    assert masters.browser.post(end, data={"end-last_day": "R8.11.30", "end-seen": seen}).status_code == 303
    [(action, details)] = masters.logged()
    assert action == "認証者の終了"
    assert details["変更"] == {"終了日": [None, "2026-11-30"]}
    seen = masters.hidden(path, "end-seen")
    later = masters.browser.post(end, data={"end-last_day": "R8.12.1", "end-seen": seen})
    assert later.status_code == 422 and "すでに令和8年11月30日で終わる" in later.text
    following = {"kind": "mayor", "title": "架空市長", "name": "架空　三郎", "valid_from": "R8.12.1"}
    assert masters.browser.post(NEW, data=following).status_code == 303
    with masters.database.sessions() as session:
        assert certifier_on(session, dt.date(2026, 11, 30)).name == "架空　一郎"
        assert certifier_on(session, dt.date(2026, 12, 1)).name == "架空　三郎"


def test_only_a_period_that_has_not_begun_is_taken_back(masters: Masters, clock: SettableClock) -> None:
    masters.browser.post(NEW, data=DEPUTY)
    path = f"{LIST}/{certifier_id(masters, CertifierKind.DEPUTY)}"
    seen = masters.hidden(path)
    clock.advance(hours=14)
    later = masters.another("ashita")
    later.browser.post(f"{path}/drop", data={"seen": seen})
    assert "期間が始まっているため取り消せません" in later.page(LIST)
    clock.advance(hours=-14)
    masters.browser.post(f"{path}/drop", data={"seen": seen})
    assert "三郎" not in masters.page(LIST)
    action, details = masters.logged()[-1]
    assert action == "認証者の予定の取消し"
    assert details["取り消した内容"]["氏名"] == "架空　三郎"
    assert masters.browser.get(path).status_code == 404


def test_a_day_without_a_certifier_is_said_on_the_list(bare: Masters) -> None:
    assert "今日の認証者が登録されていません" in bare.page(LIST)


def test_two_administrators_at_once_make_no_overlap(database: Database) -> None:
    """Both see a free period; the second has to wait, and is then refused."""
    entry = CertifierEntry(CertifierKind.MAYOR, "架空市長", "架空　一郎", Validity(dt.date(2023, 5, 1)))
    started = threading.Barrier(2)
    outcomes: list[str] = []

    def work() -> None:
        started.wait(timeout=10)
        try:
            with database.transaction() as session:
                save_certifier(session, clerk(Permission.ADMIN_MASTERS), entry, moment=TEST_MOMENT)
                time.sleep(0.2)
        except EntryRefused:
            outcomes.append("refused")
        else:
            outcomes.append("registered")

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(outcomes) == ["refused", "registered"]
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Certifier)) == 1


def test_without_the_permission_an_operation_refuses(session: Session) -> None:
    entry = CertifierEntry(CertifierKind.MAYOR, "架空市長", "架空　一郎", Validity(dt.date(2023, 5, 1)))
    with pytest.raises(PermissionDenied):
        save_certifier(session, clerk(Permission.ADMIN_USERS), entry, moment=TEST_MOMENT)
