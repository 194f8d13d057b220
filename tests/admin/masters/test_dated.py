"""認証文, seals of forms, 手数料 and 保存年限 on the screen: entered ahead, never changed backwards."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from residentapp.admin.masters.dated import WordingEntry, save_fee, save_term, save_wording
from residentapp.core.access import Permission
from residentapp.core.access.actor import PermissionDenied
from residentapp.core.keeping import KeptData
from residentapp.core.masters.models import SealUse
from residentapp.core.masters.settings import fee_on, keeping_years
from residentapp.core.masters.wording import known_forms, seal_use_on, wording_on
from residentapp.residents.api import fee_kinds
from tests.admin.masters.conftest import Masters
from tests.support.clock import TEST_MOMENT, SettableClock
from tests.support.documents import mj_fonts
from tests.support.users import clerk

FORM = "resident_copy_household"
TEXT = f"/admin/masters/wording/{FORM}/certification_whole"
SEAL = f"/admin/masters/wording/{FORM}/seal_use"
NOTE = f"/admin/masters/wording/{FORM}/no_seal_note"
FEE = f"/admin/masters/fees/{FORM}/paid"
TERM = "/admin/masters/keeping/issue_history"
TODAY = TEST_MOMENT.date()
CHANGE = dt.date(2027, 4, 1)


def read(masters: Masters, ask: Callable[[Session], object]) -> object:
    with masters.database.sessions() as session:
        return ask(session)


def send(masters: Masters, path: str, **fields: str) -> int:
    response = masters.browser.post(path, data={"seen": masters.hidden(path), **fields})
    return int(response.status_code)


@pytest.mark.requirement("FM-7", partial=True)
def test_a_wording_is_entered_ahead_and_taken_back(masters: Masters) -> None:
    default = known_forms()[FORM].items["certification_whole"].default
    new = "右は、世帯全員の住民票の原本と相違ないことを証明する。"
    assert f"認証文（世帯全員の写し） {default} 標準" in masters.page("/admin/masters/wording")
    assert send(masters, TEXT, value=new, valid_from="R9.4.1") == 303
    assert read(masters, lambda s: wording_on(s, FORM, CHANGE)["certification_whole"]) == new
    before = CHANGE - dt.timedelta(days=1)
    assert read(masters, lambda s: wording_on(s, FORM, before)["certification_whole"]) == default
    assert f"令和9年4月1日から： {new}" in masters.page("/admin/masters/wording")
    [(action, details)] = masters.logged()
    assert action == "様式の文の登録"
    assert details["登録"]["内容"] == new and details["その前の内容"] is None
    drop = re.search(r'action="([^"]+/drop)"', masters.browser.get(TEXT).text)
    assert drop is not None
    assert masters.browser.post(drop[1]).status_code == 303
    assert read(masters, lambda s: wording_on(s, FORM, CHANGE)["certification_whole"]) == default
    assert masters.logged()[-1][0] == "様式の文の予定の取消し"
    masters.browser.post(drop[1])
    assert "この登録はありません" in masters.page("/admin/masters/wording")


def test_what_has_begun_is_followed_by_the_default_again(masters: Masters, clock: SettableClock) -> None:
    assert send(masters, NOTE, value="職印省略", valid_from="R8.11.24") == 303
    drop_id = re.findall(r"/rows/(\d+)/drop", masters.browser.get(NOTE).text)
    assert drop_id == []  # begun today: no button, and an address typed by hand does nothing
    masters.browser.post("/admin/masters/wording/rows/1/drop")
    assert "始まっているため取り消せません" in masters.page("/admin/masters/wording")
    clock.advance(days=1)
    later = masters.another("ashita")
    assert send(later, NOTE, value="職印省略", back="y", valid_from="R8.11.25") == 303
    for day, note in ((TODAY, "職印省略"), (TODAY + dt.timedelta(days=1), "公印省略")):
        assert read(masters, lambda s, d=day: wording_on(s, FORM, d)["no_seal_note"]) == note  # type: ignore[misc]
    _action, details = masters.logged()[-1]
    assert details["登録"]["内容"] == "標準に戻す（公印省略）"
    assert details["その前の内容"]["内容"] == "職印省略"


@pytest.mark.requirement("RR-5.6a", partial=True)
def test_a_form_gets_another_seal(masters: Masters) -> None:
    assert send(masters, SEAL, value="certificate", valid_from="R9.4.1") == 303
    assert read(masters, lambda s: seal_use_on(s, FORM, CHANGE)) is SealUse.CERTIFICATE
    assert read(masters, lambda s: seal_use_on(s, FORM, TODAY)) is SealUse.GENERAL
    assert "証明書専用" in masters.page("/admin/masters/wording")
    for wrong in ("card", "", "x"):
        assert send(masters, SEAL, value=wrong, valid_from="R9.4.1") == 422


@pytest.mark.parametrize(
    ("path", "fields", "message"),
    [
        (TEXT, {"value": "　", "valid_from": "R9.4.1"}, "認証文（世帯全員の写し）を入力してください"),
        (TEXT, {"value": "証" * 121, "valid_from": "R9.4.1"}, "120文字以内"),
        (TEXT, {"value": "ｼｮｳﾒｲ", "valid_from": "R9.4.1"}, "半角カナ"),
        (TEXT, {"value": "証明する", "valid_from": ""}, "開始日を入力してください"),
        (NOTE, {"value": "公印省略" * 15, "valid_from": "R9.4.1"}, "様式の欄に入りません"),
        (NOTE, {"value": "公印省略\U000e01ef", "valid_from": "R9.4.1"}, "字形がフォントにありません"),
        (FEE, {"amount": "", "valid_from": "R9.4.1"}, "金額は0から100,000まで"),
        (FEE, {"amount": "100001", "valid_from": "R9.4.1"}, "金額は0から100,000まで"),
        (FEE, {"amount": "-1", "valid_from": "R9.4.1"}, "金額は0から100,000まで"),
        (FEE, {"amount": "300", "valid_from": "R9.2.29"}, "valid_from-error"),
        (TERM, {"years": "五", "valid_from": "R9.4.1"}, "年数を整数で"),
        (TERM, {"years": "0", "valid_from": "R9.4.1"}, "1年から999年まで"),
        (
            "/admin/masters/keeping/removed_record",
            {"years": "149", "valid_from": "R9.4.1"},
            "150年から999年までで入力してください（住民基本台帳法施行令",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_what_to_do(
    masters: Masters, path: str, fields: dict[str, str], message: str
) -> None:
    response = masters.browser.post(path, data=fields | {"seen": masters.hidden(path)})
    assert response.status_code == 422
    assert message in response.text and "まだ登録していません" in response.text
    assert all(f'value="{value}"' in response.text for value in fields.values() if value)
    assert masters.logged() == []


def test_a_fee_is_raised_on_its_day(masters: Masters, clock: SettableClock) -> None:
    """The first fee may begin in the past, a later one not: what was charged stays what it was."""
    assert "有料 未登録" in masters.page("/admin/masters/fees")
    assert send(masters, FEE, amount="３００", valid_from="H26.4.1") == 303
    assert send(masters, FEE, amount="400", valid_from="R8.11.23") == 422
    assert send(masters, FEE, amount="400", valid_from="R9.4.1") == 303
    for day, yen in ((TODAY, 300), (CHANGE - dt.timedelta(days=1), 300), (CHANGE, 400)):
        assert read(masters, lambda s, d=day: fee_on(s, FORM, "paid", d)) == yen  # type: ignore[misc]
    assert "300円 令和9年4月1日から 400円" in masters.page("/admin/masters/fees")
    action, details = masters.logged()[-1]
    assert action == "手数料の登録"
    assert details["登録"]["金額（円）"] == 400 and details["その前の内容"]["金額（円）"] == 300
    for path in (f"/admin/masters/fees/{FORM}/free_official", "/admin/masters/fees/none/paid"):
        assert masters.browser.get(path).status_code == 404


@pytest.mark.requirement("RR-1.3.8b", partial=True)
def test_a_term_is_lengthened(masters: Masters) -> None:
    assert "交付履歴 5年 交付の日の翌日 1年" in masters.page("/admin/masters/keeping")
    assert send(masters, TERM, years="10", valid_from="R9.4.1") == 303
    assert read(masters, lambda s: keeping_years(s, KeptData.ISSUE_HISTORY, TODAY)) == 5
    assert read(masters, lambda s: keeping_years(s, KeptData.ISSUE_HISTORY, CHANGE)) == 10
    [(action, details)] = masters.logged()
    assert action == "保存年限の登録" and details["登録"]["年限（年）"] == 10
    assert masters.browser.get("/admin/masters/keeping/unknown").status_code == 404


def test_a_second_administrator_is_told(masters: Masters) -> None:
    seen = masters.hidden(FEE)
    assert send(masters, FEE, amount="300", valid_from="R9.4.1") == 303
    late = masters.browser.post(FEE, data={"amount": "350", "valid_from": "R9.4.1", "seen": seen})
    assert late.status_code == 422 and "先に変更しました" in late.text


def test_without_the_permission_nothing_is_set(session: Session) -> None:
    stranger = clerk(Permission.ADMIN_USERS)
    item = known_forms()[FORM].items["certification_whole"]
    common = {"seen": "", "today": TODAY, "moment": TEST_MOMENT}
    attempts: list[Callable[[], object]] = [
        lambda: save_wording(session, stranger, item, WordingEntry("文", TODAY), fonts=mj_fonts(), **common),  # type: ignore[arg-type]
        lambda: save_fee(session, stranger, FORM, fee_kinds()[0], 300, TODAY, **common),  # type: ignore[arg-type]
        lambda: save_term(session, stranger, KeptData.ACCESS_LOG, 10, TODAY, **common),  # type: ignore[arg-type]
    ]
    for attempt in attempts:
        with pytest.raises(PermissionDenied):
            attempt()
