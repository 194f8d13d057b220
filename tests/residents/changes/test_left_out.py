"""What the standard wants not to be there, looked for where it would be (MUST NOT of chapter 4)."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

import residentapp
from residentapp.core.addresses.models import Municipality
from residentapp.core.outbox import OutboxMessage, body_of
from residentapp.residents import history
from residentapp.residents.certificates.types import Shown
from residentapp.residents.changes.rules.household_corrections import TREATMENTS
from residentapp.residents.messages.bodies import CONTENT
from residentapp.residents.messages.types import MessageKind
from residentapp.residents.models import ResidentHistory
from residentapp.residents.notices import operations as notices
from residentapp.residents.types import ChangeReason
from tests.residents.changes.office import ChangeOffice
from tests.residents.changes.test_around_approval import NEW, on_paper
from tests.residents.changes.test_household_corrections import address, in_town
from tests.residents.changes.test_move_within import NEW_ADDRESS
from tests.support import residents
from tests.support.documents import mj_fonts, page_texts, squeezed

__all__ = ["in_town"]  # a fixture
SOURCES = Path(residentapp.__file__).parent


@pytest.mark.requirement("RR-4.0.6c")
def test_a_domicile_is_printed_as_recorded_and_not_out_of_a_table_of_municipalities(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """It has no code beside it; a municipality that is no more stands on the paper as it was written."""
    office.session.add(
        Municipality(
            code="97203", check_digit="4", prefecture_code="97", name="旧町", kana="キュウマチ",
            kana_key="キユウマチ", district_key="キユウマチ", local_key="キユウマチ", source="local",
            valid_to=dt.date(2005, 3, 31), successor_code="97201",
        )
    )  # fmt: skip
    change = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    residents.next_snapshot(
        office.session, office.latest(family[0]), change, registered_domicile="旧町大字本籍1番地"
    )
    paper = on_paper(office, family[0], frozenset({Shown.DOMICILE}))
    assert "旧町大字本籍1番地" in paper
    assert "見本県隣市" not in paper and "見本県旧町" not in paper
    columns = [name for name in history.ITEM_COLUMNS if "domicile" in name]
    assert columns == ["registered_domicile"]


@pytest.mark.requirement("RR-4.1.0.3c")
def test_no_letter_tells_what_was_changed(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """The notice of the acceptance of a 転居届 names 届出, day and people; where they live now is not on it."""
    case = office.provisional(office.begin("move_within", *family).with_values(**NEW_ADDRESS))
    office.approve(case)
    notice = notices.prepare(office.session, office.clerk, office.keyring, case.id, now=office.now)
    assert set(notice.data) == {
        "recipient", "date", "sender", "notification", "notified_on", "reason", "notifier", "movers", "contact",
    }  # fmt: skip
    assert set(notice.data["movers"][0]) == {"name"}
    drawn = notices.draw(notice, mj_fonts(), now=office.now)
    words = squeezed("".join(page_texts(drawn.pdf)))
    assert "転居" in words and "架空太郎" in words
    for told in (NEW, NEW_ADDRESS["lot"], NEW_ADDRESS["building"]):
        assert squeezed(told) not in words


@pytest.mark.requirement("RR-4.2.3.1c")
@pytest.mark.parametrize("treatment", [value for value, _label in TREATMENTS if value not in ("6", "")])
def test_a_corrected_address_adds_no_details_to_the_notice_for_the_annex(
    office: ChangeOffice, in_town: list[ResidentHistory], treatment: str
) -> None:
    """The notice has the items of the record and no 詳細事項 that names the kind of correction."""
    office.register(address(office, in_town, treatment=treatment, lot="8番5号", building="新荘"))
    annex = {MessageKind.ANNEX_NOTICE, MessageKind.OWN_ANNEX}
    query = select(OutboxMessage).where(OutboxMessage.kind.in_(annex))
    told = list(office.session.scalars(query))
    assert told, "an address of a Japanese resident is told to the annex"
    for row in told:
        body = body_of(office.keyring, row)
        assert set(body) <= {"header", "person", "before"}
        allowed = set(CONTENT[MessageKind(row.kind)])
        assert set(body["person"]) | set(body.get("before", {})) <= allowed
        assert not any("detail" in name or "history" in name or "note" in name for name in allowed)
        assert not re.search("住所の?修正|方書の?修正|住居表示|詳細", _without_reason(body))


def _without_reason(body: dict[str, Any]) -> str:
    """The body without the class of the change, which every message names."""
    header = {name: value for name, value in body["header"].items() if name not in ("reason", "cs_reason")}
    return repr({**body, "header": header})


@pytest.mark.requirement("RR-4.3.1c")
def test_there_is_no_list_of_the_codes_that_were_given(app: Flask) -> None:
    """The stock is counted; which code went to whom stands in the record of the person and in no list."""
    pages = [path for path in SOURCES.rglob("*.html") if path.parent.name != "help"]
    assert len(pages) > 50
    for path in pages:
        assert not re.search("付番[^。]{0,8}(一覧|結果|リスト)", path.read_text(encoding="utf-8")), path.name
    for path in SOURCES.rglob("cli.py"):
        assert "付番" not in path.read_text(encoding="utf-8"), path
    names = [rule.endpoint for rule in app.url_map.iter_rules()]
    assert names and not [
        name for name in names if re.search("(?<!re)numbering|given_codes|codes_given", name)
    ]
