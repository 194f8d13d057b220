"""記載事項証明書 of records in force and of 除票 (form 20.1.4): only what was asked for (RR-5.1, RR-5.4)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from residentapp.core.crypto import Keyring
from residentapp.residents.certificates.types import AT_COUNTER, USUALLY_SHOWN, Requester, Shown, Style
from residentapp.residents.models import ResidentHistory
from tests.residents.certificates.test_operations import family, issue, paper, wanted
from tests.support.removed import LONG_AGO, remove, store

#: Fixtures that are made elsewhere.
__all__ = ["family"]

pytestmark = pytest.mark.pdf

#: What only a 記載事項証明書 can do without, and words by which it is known on paper.
LEFT_OUT: dict[Shown, tuple[str, ...]] = {
    Shown.BIRTH: ("昭和55年5月5日",),
    Shown.BUILDING: ("東荘202",),
    Shown.DAYS: ("令和8年6月8日", "令和8年4月1日", "令和8年6月10日"),
    Shown.FORMER_ADDRESSES: ("架空県隣市東町4番5号", "架空県架空市本町一丁目2番3号"),
}
ITEMS = [Style.ITEMS_INDIVIDUAL, Style.ITEMS_HOUSEHOLD, Style.REMOVED_ITEMS]


def printed(
    session: Session,
    keyring: Keyring,
    person: ResidentHistory,
    style: Style,
    shown: frozenset[Shown],
    **more: Any,
) -> str:
    request = wanted([person], style, shown=shown, requester=Requester.SELF, **more)
    [row] = issue(session, keyring, request)
    assert row.style is style
    return paper(session, keyring, row)


@pytest.fixture(params=ITEMS)
def style(request: pytest.FixtureRequest) -> Style:
    found: Style = request.param
    return found


@pytest.fixture
def person(session: Session, family: list[ResidentHistory], style: Style) -> ResidentHistory:
    """The wife: at home, or moved out and stored away."""
    if not style.of_removed:
        return family[1]
    gone = remove(session, family[1], on=LONG_AGO)
    store(session, gone)
    return gone


@pytest.mark.requirement("RR-5.1a", "RR-5.4", "FM-5", "FM-6", partial=True)
@pytest.mark.parametrize("item", list(LEFT_OUT), ids=lambda item: item.value)
def test_an_item_is_certified_only_when_it_is_asked_for(
    session: Session, keyring: Keyring, person: ResidentHistory, style: Style, item: Shown
) -> None:
    everything = printed(session, keyring, person, style, USUALLY_SHOWN)
    without = printed(session, keyring, person, style, USUALLY_SHOWN - {item})
    for word in LEFT_OUT[item]:
        assert word in everything, word
        assert word not in without, word
    # Everything else stays.
    for other in set(LEFT_OUT) - {item}:
        for word in LEFT_OUT[other]:
            assert word in without, word
    assert "架空県架空市東町9番1号" in without and "辻󠄂　𠮷子" in without


def test_the_sex_is_left_out_by_a_word_that_fits_its_box(
    session: Session, keyring: Keyring, person: ResidentHistory, style: Style
) -> None:
    def boxes(shown: frozenset[Shown]) -> list[str]:
        return printed(session, keyring, person, style, shown).replace("\r\n", " ").split(" ")

    assert "女" in boxes(USUALLY_SHOWN) and "省略" not in boxes(USUALLY_SHOWN)
    assert "女" not in boxes(USUALLY_SHOWN - {Shown.SEX}) and "省略" in boxes(USUALLY_SHOWN - {Shown.SEX})


@pytest.mark.requirement("RR-5.1c", "RR-5.7a", "FM-7", partial=True)
def test_it_says_what_it_certifies_and_is_no_copy(
    session: Session, keyring: Keyring, person: ResidentHistory, style: Style
) -> None:
    page = printed(session, keyring, person, style, USUALLY_SHOWN)
    title, words = {
        Style.ITEMS_INDIVIDUAL: ("住民票記載事項証明書", "上記の事項は、住民票に記載があることを証明する。"),
        Style.ITEMS_HOUSEHOLD: (
            "住民票記載事項証明書",
            "上記の事項は、世帯の一部の住民票に記載があることを証明する。",
        ),
        Style.REMOVED_ITEMS: (
            "住民票除票記載事項証明書",
            "上記の事項は、住民票の除票に記載があることを証明する。",
        ),
    }[style]
    assert title in page and words in page and "原本" not in page
    assert "架空県架空市長" in page and "この印は黒色です。" in page
    assert ("消除事由　転出" in page) is style.of_removed


@pytest.mark.requirement("RR-5.4", partial=True)
@pytest.mark.parametrize("copy", [style for style in AT_COUNTER if not style.of_items])
def test_a_copy_always_says_it(
    session: Session, keyring: Keyring, family: list[ResidentHistory], copy: Style
) -> None:
    person = remove(session, family[1], on=LONG_AGO) if copy.of_removed else family[1]
    page = printed(session, keyring, person, copy, frozenset())
    for words in LEFT_OUT.values():
        assert all(word in page for word in words), words
    assert "女" in page


def test_the_history_of_issues_names_what_was_asked_for(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    shown = frozenset({Shown.KANA, Shown.BIRTH})
    [copy] = issue(session, keyring, wanted(family[:1], Style.INDIVIDUAL, shown=shown))
    [items] = issue(session, keyring, wanted(family[:1], Style.ITEMS_INDIVIDUAL, shown=shown))
    # The copy has the birth date in any case.
    assert (copy.shown, items.shown) == (["kana"], ["kana", "birth"])


def test_the_whole_household_on_one_certificate(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    [row] = issue(session, keyring, wanted(family, Style.ITEMS_HOUSEHOLD))
    page = paper(session, keyring, row)
    assert "世帯全員の住民票に記載がある" in page and "辻󠄂　一" in page and "辻󠄂　𠮷子" in page
