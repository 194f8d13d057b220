"""What the standard says must not be there (実装しない機能): looked for where it would have to show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from residentapp.core.access.permissions import Permission
from residentapp.core.db import Database
from residentapp.core.search_keys import search_key
from residentapp.residents.changes.spec import specs
from residentapp.residents.move_in.fields import MEMBER_FIELDS
from residentapp.residents.search import index
from residentapp.residents.search.forms import SearchForm
from residentapp.residents.types import ChangeReason, ResidentState, SuppressedProcess, SuppressionCause
from tests.conftest import Login
from tests.support import residents

ROOT = Path(__file__).resolve().parents[2]


def words_of_screens() -> str:
    """Every template of a page."""
    return "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "residentapp").rglob("templates/**/*.html")
    )


@pytest.mark.requirement("RR-3.5")
def test_nobody_is_held_back_by_a_request_not_to_take_notifications(app: Flask) -> None:
    """住民異動不受理: no cause and no process of a suppression, no change, no screen, no paper."""
    named = [one.label for one in (*SuppressionCause, *SuppressedProcess, *ChangeReason, *Permission)]
    named += [spec.label for spec in specs()]
    papers = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "forms_templates").rglob("*.toml")
    )
    assert "支援措置" in papers and "不受理" not in papers
    assert "支援措置" in named and "証明書発行" in named
    assert [word for word in named if "不受理" in word] == []
    screens = words_of_screens()
    assert "抑止" in screens and "不受理" not in screens
    # The causes that a clerk can choose from, all of them.
    assert {cause.label for cause in SuppressionCause} == {"支援措置", "その他"}


@pytest.mark.requirement("RR-2.1.2j")
def test_no_marks_of_companies_are_entered_or_searched(session: Session) -> None:
    """A resident is no company: no field holds such a mark, and a search knows none."""
    labels = [field.label.text for field in SearchForm()] + [field.label for field in MEMBER_FIELDS]
    assert "住所" in "".join(labels)
    assert [word for word in labels if re.search("法人|商号|会社|株式|有限", word)] == []
    marks = {"（株）": "株式会社", "（有）": "有限会社", "㈱": "株式会社"}
    for mark, meant in marks.items():
        assert search_key(f"{mark}架空") != search_key(f"{meant}架空")
        assert search_key(f"架空{mark}") != search_key("架空")


@pytest.mark.requirement("RR-2.1.3g")
def test_a_search_never_narrows_what_is_on_the_screen(login: Login, database: Database) -> None:
    """Every search asks the register, whatever the list before it held; the page has no other form to search with."""
    with database.transaction() as session:
        people = [residents.resident(session, name=name) for name in ("架空　一郎", "別所　二郎")]
        index.refresh(session, [person.addressee_number for person in people])
    browser = login(Permission.RESIDENT_SEARCH, Permission.RESIDENT_VIEW)
    first = browser.get(browser.post("/search", data={"name": "架空"}).location)
    assert "架空　一郎" in first.text and "別所　二郎" not in first.text
    [form] = re.findall(r'<form id="search"[^>]*action="([^"]+)"', first.text)
    assert form == "/search"
    assert not re.search(r'<input type="hidden" name="(?!csrf_token)', first.text)
    second = browser.get(browser.post(form, data={"name": "別所"}).location)
    assert "別所　二郎" in second.text and "架空　一郎" not in second.text


@pytest.mark.requirement("RR-2.2.1b")
def test_the_history_of_one_record_holds_no_other_record_of_the_same_person(
    login: Login, database: Database
) -> None:
    """A former record of somebody who came back under a new 宛名番号 stays apart: nothing joins the two."""
    with database.transaction() as session:
        former = residents.resident(session, name="架空　一郎", address="架空県架空市旧町1番")
        gone = residents.change(session, ChangeReason.MOVE_OUT_DOMESTIC)
        residents.next_snapshot(session, former, gone, state=ResidentState.MOVED_OUT)
        again = residents.resident(session, name="架空　一郎", birth_date=former.birth_date, sex=former.sex)
        numbers = (former.addressee_number, again.addressee_number)
    browser = login(Permission.RESIDENT_VIEW)
    line = re.compile("<strong>国内転出</strong>|<td>国内転出 ")
    pages = []
    for number in numbers:
        address = browser.post("/residents/open", data={"addressee_number": number}).headers["Location"]
        pages.append((browser.get(address).text, browser.get(f"{address}/changes").text))
    assert all(line.search(text) for text in pages[0])
    assert not any(line.search(text) or "旧町" in text or numbers[0] in text for text in pages[1])
