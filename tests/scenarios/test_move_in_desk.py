"""The counter of move-ins in cases: what a file says becomes what is sent, and a word that means nothing is told."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from residentapp.residents.move_in.certificate_csv import TITLES
from tests.scenarios.move_in_desk import body_of, choice, csv_of

PERSON = {"氏名": "見本　一郎", "性別": "男"}
LIST = '<select name="sex"><option value="">―</option><option value="male" selected>男</option></select>'


def test_a_certificate_is_written_with_every_column_and_the_number_of_its_people() -> None:
    data = csv_of({"証明書番号": "1", "people": [PERSON, {**PERSON, "証明書番号": "2"}]})
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    assert tuple(rows[0]) == TITLES
    assert [(row["証明書番号"], row["世帯員数"], row["氏名"]) for row in rows] == [
        ("1", "2", "見本　一郎"),
        ("2", "2", "見本　一郎"),
    ]


def test_a_certificate_has_no_other_columns() -> None:
    with pytest.raises(ValueError, match="氏メイ"):
        csv_of({"people": [{"氏メイ": "見本　一郎"}]})


def test_received_information_has_codes_and_days() -> None:
    received: dict[str, Any] = {"from": "見本県隣市", "moved_on": "令和8年11月20日"}
    body = body_of(
        received, {"name": "見本　一郎", "birth": "昭和63年2月28日", "sex": "男", "relationship": "子"}
    )
    assert body["header"]["act"]["code"] == "remove"
    person = body["person"]
    assert person["birth_date"] == {"day": "1988-02-28", "text": "昭和63年2月28日"}
    assert person["sex"]["code"] == "male" and person["resident_kind"]["code"] == "japanese"
    assert person["relationship_to_head"] == "子"
    assert person["removal_occurred_on"]["day"] == "2026-11-20"


def test_a_choice_is_one_that_the_list_offers() -> None:
    assert choice(LIST, "sex", "男") == "male"
    assert choice(LIST, "name", "男") == "男", "no list: as it is typed"
    with pytest.raises(KeyError):
        choice(LIST, "sex", "女")
