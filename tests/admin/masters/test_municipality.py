"""自団体, and the page of all masters."""

from __future__ import annotations

import pytest

from residentapp.core.access import Permission
from residentapp.core.masters.models import OwnMunicipality
from tests.admin.masters.conftest import Masters, shown
from tests.conftest import Login

PATH = "/admin/masters/municipality"
TYPED = {
    "code": "９９１０１５",
    "prefecture": "架空県",
    "name": "架空市",
    "kana": "カクウシ",
    "low_water": "1,000",
}


def test_a_new_installation_registers_its_municipality(bare: Masters) -> None:
    assert "自団体が登録されていません" in bare.page("/admin/masters")
    sent = TYPED | {"seen": bare.hidden(PATH)}
    assert bare.browser.post(PATH, data=sent).status_code == 303
    with bare.database.sessions() as session:
        row = session.get_one(OwnMunicipality, 1)
        assert (row.code, row.prefecture, row.name, row.kana) == ("991015", "架空県", "架空市", "カクウシ")
        assert row.resident_code_low_water == 1000
    page = bare.page("/admin/masters")
    assert "架空県架空市 991015" in page
    assert "今日の認証者が登録されていません" in page
    [(action, details)] = bare.logged()
    assert action == "自団体の登録"
    assert details["変更"]["団体コード"] == [None, "991015"]
    assert details["変更"]["空きコードの下限"] == [None, 1000]


def test_a_change_is_logged_with_old_and_new_values_only_of_what_changed(masters: Masters) -> None:
    sent = TYPED | {"low_water": "50", "seen": masters.hidden(PATH)}
    assert masters.browser.post(PATH, data=sent).status_code == 303
    assert masters.logged() == [("自団体の変更", {"変更": {"空きコードの下限": [3, 50]}})]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("code", "991014", "団体コードが正しくありません"),
        ("code", "99101", "団体コードが正しくありません"),
        ("code", "", "団体コードが正しくありません"),
        ("prefecture", "", "都道府県を入力してください"),
        ("prefecture", "架空", "「県」などまで"),
        ("name", "　", "市区町村を入力してください"),
        ("name", "架空", "「市」などまで"),
        ("kana", "架空市", "全角カタカナ"),
        ("low_water", "-1", "整数で入力"),
        ("low_water", "10000000", "整数で入力"),
        ("low_water", "", "整数で入力"),
    ],
)
def test_a_wrong_entry_changes_nothing(masters: Masters, field: str, value: str, message: str) -> None:
    sent = TYPED | {"seen": masters.hidden(PATH), field: value}
    response = masters.browser.post(PATH, data=sent)
    assert response.status_code == 422
    assert message in response.text
    assert masters.logged() == []
    with masters.database.sessions() as session:
        assert session.get_one(OwnMunicipality, 1).resident_code_low_water == 3


def test_the_second_of_two_administrators_is_told(masters: Masters) -> None:
    seen = masters.hidden(PATH)
    assert masters.browser.post(PATH, data=TYPED | {"seen": seen}).status_code == 303
    late = masters.browser.post(PATH, data=TYPED | {"low_water": "7", "seen": seen})
    assert late.status_code == 422
    assert "先に変更しました" in late.text
    # Sent again from the page that came back, it is still refused: the fingerprint is the old one.
    with masters.database.sessions() as session:
        assert session.get_one(OwnMunicipality, 1).resident_code_low_water == 1000


@pytest.mark.requirement("CM-5", partial=True)
@pytest.mark.parametrize(
    "path",
    [
        "/admin/masters",
        "/admin/masters/municipality",
        "/admin/masters/certifiers",
        "/admin/masters/certifiers/new",
        "/admin/masters/seals",
        "/admin/masters/seals/new",
        "/admin/masters/seals/1/picture",
        "/admin/masters/resident-codes",
        "/admin/masters/eras",
    ],
)
def test_only_those_who_look_after_masters_come_in(login: Login, path: str) -> None:
    others = set(Permission) - {Permission.ADMIN_MASTERS}
    assert login(*others, login="tanto").get(path).status_code == 403


def test_the_masters_are_found_from_home_and_explained(masters: Masters) -> None:
    assert 'href="/admin/masters"' in masters.browser.get("/").text
    page = masters.browser.get("/admin/masters").text
    for name in ("municipality", "certifiers", "seals", "resident-codes", "eras"):
        assert f'href="/admin/masters/{name}"' in page
    for topic, word in (
        ("admin.show_masters", "足りないもの"),
        ("admin.edit_own_municipality", "検査数字"),
        ("admin.edit_certifier", "職務代理者"),
        ("admin.check_seal", "改刻"),
        ("admin.check_code_file", "行番号"),
        ("admin.edit_eras", "1分以内"),
    ):
        assert word in shown(masters.browser.get(f"/help/{topic}").text), topic
