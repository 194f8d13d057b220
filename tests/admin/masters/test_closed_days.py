"""休日 on the screen: additions, openings, taking back, and what the move-in deadline makes of them (CM-3.4)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from residentapp.core.masters.queries import closed_days
from residentapp.core.masters.setting_models import ClosedDay
from tests.admin.masters.conftest import Masters
from tests.support.clock import SettableClock

LIST = "/admin/masters/closed-days"
NEW = f"{LIST}/new"
ONCE = {"kind": "closed", "reason": "台風による閉庁", "repeat": "once", "day": "R8.11.25"}
YEARLY = {
    "kind": "closed", "reason": "市制施行記念日", "repeat": "yearly", "month": "１２", "day_of_month": "1",
    "valid_from": "R8.12.1",
}  # fmt: skip


def row_id(masters: Masters) -> int:
    with masters.database.sessions() as session:
        return session.scalars(select(ClosedDay.id).order_by(ClosedDay.id.desc())).first() or 0


def reason(masters: Masters, day: dt.date) -> str | None:
    with masters.database.sessions() as session:
        return closed_days(session).reason(day)


@pytest.mark.requirement("CM-3.4", partial=True)
def test_a_day_is_closed_from_its_registration_on(masters: Masters) -> None:
    assert masters.browser.post(NEW, data=ONCE).status_code == 303
    assert reason(masters, dt.date(2026, 11, 25)) == "台風による閉庁"
    page = masters.page(LIST)
    assert "台風による閉庁 休日に加える 令和8年11月25日（水）" in page
    assert "令和8年11月25日（水） 台風による閉庁 閉じる" in page
    [(action, details)] = masters.logged()
    assert action == "休日の登録"
    assert details["変更"] == {
        "区分": [None, "休日に加える"], "名称": [None, "台風による閉庁"], "日": [None, "2026-11-25"],
    }  # fmt: skip


def test_a_yearly_day_is_registered_and_ended(masters: Masters) -> None:
    assert masters.browser.post(NEW, data=YEARLY).status_code == 303
    assert reason(masters, dt.date(2026, 12, 1)) == reason(masters, dt.date(2031, 12, 1)) == "市制施行記念日"
    path = f"{LIST}/{row_id(masters)}"
    sent = {"last_day": "R10.12.31", "seen": masters.hidden(path)}
    assert masters.browser.post(path, data=sent).status_code == 303
    assert reason(masters, dt.date(2028, 12, 1)) == "市制施行記念日"
    assert reason(masters, dt.date(2031, 12, 1)) is None
    assert masters.browser.post(path, data=sent).status_code == 422
    action, details = masters.logged()[-1]
    assert action == "休日の終了"
    assert details["変更"] == {"終了日": [None, "2028-12-31"]}


def test_a_counter_is_opened_on_a_sunday(masters: Masters) -> None:
    opened = {"kind": "opened", "reason": "休日開庁", "repeat": "once", "day": "R8.11.29"}
    assert masters.browser.post(NEW, data=opened).status_code == 303
    assert reason(masters, dt.date(2026, 11, 29)) is None
    assert "令和8年11月29日（日） 日曜日 開ける：休日開庁" in masters.page(LIST)
    assert "この日の休日開庁は登録されています" in masters.browser.post(NEW, data=opened).text


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (ONCE | {"reason": "　"}, "名称を入力してください"),
        (ONCE | {"reason": "長" * 41}, "名称は40文字以内"),
        (ONCE | {"day": ""}, "日を入力してください"),
        (ONCE | {"day": "R8.11.31"}, "day-error"),
        (ONCE | {"day": "R8.11.29"}, "この日はすでに休日です（日曜日）"),
        (ONCE | {"kind": "opened"}, "この日は休日ではありません"),
        (ONCE | {"kind": "other"}, "kind"),
        (YEARLY | {"month": "2", "day_of_month": "30"}, "暦にある月日"),
        (YEARLY | {"month": "13"}, "暦にある月日"),
        (YEARLY | {"month": ""}, "暦にある月日"),
        (YEARLY | {"valid_from": ""}, "開始日を入力してください"),
        (YEARLY | {"valid_to": "R8.11.30"}, "終了日が開始日より前です"),
    ],
)
def test_a_wrong_day_is_refused_and_what_was_typed_stays(
    masters: Masters, sent: dict[str, str], message: str
) -> None:
    response = masters.browser.post(NEW, data=sent)
    assert response.status_code == 422
    assert message in response.text and "まだ登録していません" in response.text
    assert f'value="{sent["reason"]}"' in response.text
    assert masters.logged() == []


def test_the_same_yearly_day_stands_once(masters: Masters) -> None:
    masters.browser.post(NEW, data=YEARLY | {"valid_to": "R9.12.31"})
    twice = masters.browser.post(NEW, data=YEARLY | {"reason": "別の名前"})
    assert twice.status_code == 422 and "「市制施行記念日」として" in twice.text
    assert masters.browser.post(NEW, data=YEARLY | {"valid_from": "R10.1.1"}).status_code == 303


@pytest.mark.parametrize("sent", [ONCE, YEARLY])
def test_only_what_has_not_passed_is_taken_back(
    masters: Masters, clock: SettableClock, sent: dict[str, str]
) -> None:
    masters.browser.post(NEW, data=sent)
    path = f"{LIST}/{row_id(masters)}"
    seen = masters.hidden(path)
    clock.advance(days=8)  # 2 December
    later = masters.another("ashita")
    assert later.browser.post(f"{path}/drop", data={"seen": seen}).status_code == 303
    assert "取り消せません" in later.page(LIST)
    clock.advance(days=-8)
    masters.browser.post(f"{path}/drop", data={"seen": "0" * 32})
    assert "先に変更しました" in masters.page(LIST)
    masters.browser.post(f"{path}/drop", data={"seen": seen})
    assert "登録はありません" in masters.page(LIST)
    action, details = masters.logged()[-1]
    assert action == "休日の取消し" and details["取り消した内容"]["名称"] == sent["reason"]
    assert masters.browser.get(path).status_code == 404
