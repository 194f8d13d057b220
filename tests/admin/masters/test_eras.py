"""元号: a new era on the screen, in use at once and without a restart (RR-1.3.6)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from residentapp.core.dates import parse_date, to_wareki
from residentapp.core.eras import ERAS, Era, load_eras
from tests.admin.masters.conftest import Masters
from tests.support.clock import SettableClock

PATH = "/admin/masters/eras"
pytestmark = pytest.mark.usefixtures("known_eras")
TYPED = {"name": "永安", "letter": "e", "number": "６", "first_day": "2026-12-01", "confirmed": "y"}


@pytest.mark.requirement("RR-1.3.6")
def test_a_new_era_is_entered_and_in_use_at_once(masters: Masters) -> None:
    assert "令和 R 5 2019-05-01 いまの元号" in masters.page(PATH)
    assert 'value="6"' in masters.browser.get(PATH).text
    assert to_wareki(dt.date(2026, 12, 1)) == "令和8年12月1日"
    assert masters.browser.post(PATH, data=TYPED).status_code == 303
    assert to_wareki(dt.date(2026, 12, 1)) == "永安元年12月1日"
    assert to_wareki(dt.date(2026, 11, 30)) == "令和8年11月30日"
    assert parse_date("E2.1.1").exact == dt.date(2027, 1, 1)
    assert parse_date("6020101").writing == "永安2年1月1日"
    page = masters.page(PATH)
    assert "令和 R 5 2019-05-01 2026-11-30 いまの元号" in page
    assert "永安 E 6 2026-12-01 予定" in page
    assert masters.logged() == [
        (
            "元号の登録",
            {
                "変更": {
                    "元号": [None, "永安"],
                    "略字": [None, "E"],
                    "番号": [None, 6],
                    "最初の日": [None, "2026-12-01"],
                    "元年": [None, 2026],
                }
            },
        )
    ]
    with masters.database.sessions() as session:
        assert len(session.scalars(select(Era)).all()) == 6
        assert tuple(load_eras(session))[:4] == ERAS.periods[:4]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "永"}, "漢字2文字"),
        ({"name": "エイ"}, "漢字2文字"),
        ({"name": "令和"}, "この元号は登録されています"),
        ({"name": "平安"}, "1文字目が同じ元号"),
        ({"letter": "r"}, "ほかの元号が使っています"),
        ({"letter": "EA"}, "英大文字1文字"),
        ({"number": "5"}, "この番号はほかの元号"),
        ({"number": "0"}, "1から9まで"),
        ({"number": "10"}, "1から9まで"),
        ({"first_day": ""}, "最初の日を入力"),
        ({"first_day": "令和元年5月1日"}, "令和の最初の日より後"),
        ({"first_day": "令和8年13月1日"}, "first_day-error"),
        ({"confirmed": ""}, "官報で名称と最初の日を確かめて"),
    ],
)
def test_a_wrong_entry_is_refused_and_nothing_changes(
    masters: Masters, changes: dict[str, str], message: str
) -> None:
    sent = {name: value for name, value in (TYPED | changes).items() if value}
    response = masters.browser.post(PATH, data=sent)
    assert response.status_code == 422
    assert message in response.text
    assert to_wareki(dt.date(2026, 12, 1)) == "令和8年12月1日"
    assert masters.logged() == []
    with masters.database.sessions() as session:
        assert session.scalars(select(Era)).all() == []


def test_everything_wrong_is_said_at_once(masters: Masters) -> None:
    assert "5件の誤りがあります" in masters.browser.post(PATH, data={}).text


def test_an_era_that_has_not_begun_is_taken_back_at_once(masters: Masters, clock: SettableClock) -> None:
    masters.browser.post(PATH, data=TYPED)
    clock.advance(days=7)  # 1 December
    later = masters.another("ashita")
    assert "永安 E 6 2026-12-01 いまの元号" in later.page(PATH)
    later.browser.post(f"{PATH}/6/drop")
    assert "始まっている元号は取り消せません" in later.page(PATH)
    clock.advance(days=-7)
    assert masters.browser.post(f"{PATH}/6/drop").status_code == 303
    assert to_wareki(dt.date(2026, 12, 1)) == "令和8年12月1日"
    assert "永安 E 6" not in masters.page(PATH)
    action, details = masters.logged()[-1]
    assert action == "元号の予定の取消し"
    assert details["取り消した内容"]["元号"] == "永安"
    masters.browser.post(f"{PATH}/5/drop")
    assert "始まっている元号は取り消せません" in masters.page(PATH)
    masters.browser.post(f"{PATH}/9/drop")
    assert "この元号の登録はありません" in masters.page(PATH)
