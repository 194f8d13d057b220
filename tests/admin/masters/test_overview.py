"""All masters at a glance: counts, today's state, where each is used; every line leads to its screen."""

from __future__ import annotations

import re

import pytest

from residentapp.core.access import Permission
from residentapp.core.masters.models import Seal, SealUse
from residentapp.core.masters.setting_models import CertificateFee
from residentapp.core.masters.wording import known_forms
from tests.admin.masters.conftest import Masters
from tests.support.clock import TEST_MOMENT

PATH = "/admin/masters"
TODAY = TEST_MOMENT.date()


def test_every_line_leads_to_its_screen(streets: Masters) -> None:
    page = streets.browser.get(PATH).text
    table = page[page.index("<table") : page.index("</table>")]
    links = re.findall(r'href="([^"]+)"', table)
    assert len(links) == 17 == len(set(links))
    for link in links:
        assert streets.browser.get(link).status_code == 200, link


def test_counts_states_and_uses(streets: Masters) -> None:
    titles = [words.title for words in known_forms().values()]
    assert len(titles) > 2
    page = streets.page(PATH)
    for line in (
        "自団体 1 架空県架空市 991015 証明書、宛名、検索",
        "認証者 2 架空市長 架空 一郎（市区町村長） 証明書の職名と氏名",
        "公印 2 市区町村長、職務代理者の公印を使えます 証明書、カードの券面",
        "認証文・公印の印字 0 すべて標準の文",
        f"手数料 0 未登録：{titles[0]}、{titles[1]} ほか{len(titles) - 2}件",
        "保存年限 6 除票150年、交付履歴5年、操作・認証・設定変更などのログ7年",
        "町字・番地 5 番地 4件、住居表示・区画整理 0件",
        "地区 0 5種類",
        "休日 0 今日は開庁日です 届出の期限",
        "元号 5 明治、大正、昭和、平成、令和",
    ):
        assert line in page, line
    with streets.database.transaction() as session:
        mayor = session.query(Seal).first()
        assert mayor is not None
        session.add_all(
            [
                Seal(
                    kind=mayor.kind, use=SealUse.CARD, image_png=mayor.image_png, size_mm=20, valid_from=TODAY
                ),
                *(
                    CertificateFee(form=form, fee="paid", amount=300, valid_from=TODAY)
                    for form in known_forms()
                ),
            ]
        )
    page = streets.page(PATH)
    assert f"手数料 {len(titles)} すべて登録済み" in page and "（カードの券面用）" in page


@pytest.mark.parametrize("path", ["", "/wording", "/fees", "/keeping", "/closed-days", "/districts", "/towns",
                                  "/countries"])  # fmt: skip
def test_masters_are_closed_to_others(masters: Masters, path: str) -> None:
    stranger = masters.login(Permission.ADMIN_USERS, Permission.RESIDENT_VIEW, login="yoso")
    assert stranger.get(PATH + path).status_code == 403
