"""Cases of the office (tests/scenarios/changes/*.toml) through the screens: entered, checked.

Approved by another officer.
"""

from __future__ import annotations

import html
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from residentapp.core.dates import DateField, parse_date
from residentapp.core.db import Database
from residentapp.residents import history
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.models import IntegratedRemark, ResidentHistory
from residentapp.residents.search import index
from residentapp.residents.types import Sex
from tests.conftest import Login
from tests.residents.changes.conftest import APPROVE, ENTER
from tests.residents.changes.test_screens import begin, version
from tests.residents.move_in.conftest import make_town
from tests.support import residents
from tests.support.masters import make_masters
from tests.support.users import Browser

FOLDER = Path(__file__).parent / "changes"
CASES = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))}


def people_before(database: Database, case: dict[str, Any]) -> dict[str, str]:
    """The households of the case in the register; 宛名番号 by name."""
    with database.transaction() as session:
        make_masters(session)
        make_town(session)
        homes: dict[int, str] = {}
        heads = {
            person.get("household", 1): person["name"]
            for person in case["before"]
            if person["relationship"] == "世帯主"
        }
        numbers = {}
        for place, person in enumerate(case["before"], start=1):
            number = person.get("household", 1)
            homes.setdefault(number, residents.household(session))
            values: dict[str, Any] = {
                "name": person["name"],
                "birth_date": parse_date(person["birth"], DateField.BIRTH),
                "sex": Sex(person["sex"]),
                "relationship_to_head": person["relationship"],
                "head_name": heads.get(number),
                "member_order": place,
            }
            if "address" in person:
                values["address"] = person["address"]
            row = residents.resident(session, homes[number], **values)
            numbers[person["name"]] = row.addressee_number
        index.refresh(session, numbers.values())
        return numbers


def keys_of(page: str) -> dict[str, str]:
    """Keys of the people on the entry page, by name."""
    found = re.findall(r'id="people-(p\d+)-chosen".*?<span class="sr">([^<]+)</span>', page)
    whole = re.findall(r'<option value="(p\d+)"[^>]*>([^（<]+)（', page)
    return {html.unescape(name): key for key, name in [*whole, *found]}


def send(client: Browser, url: str, act: str, data: dict[str, str]) -> str:
    page = client.get(url).text
    answer = client.post(
        url,
        data={**data, "version": version(page), "people-shown": "1", "act": act},
        follow_redirects=True,
    )
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def entered(
    client: Browser, url: str, case: dict[str, Any], numbers: dict[str, str], homes: dict[str, str]
) -> str:
    """Everything of the case typed, button by button; the check page."""
    given = case["input"]
    if "join" in given:
        send(client, url, f"household:{homes[given['join']]}", {})
    keys = keys_of(client.get(url).text)
    data = {
        name: value
        for name, value in given.items()
        if isinstance(value, str) and name not in ("join", "head")
    }
    spec = spec_of(case["kind"])
    for name in given["who"]:
        if name in keys:
            data["subject"] = keys[name]
            data[f"people-{keys[name]}-chosen"] = "1"
    if "head" in given:
        # Who stays is known once it is saved who goes.
        send(client, url, "save", data)
        keys = keys_of(client.get(url).text)
        data["new_head"] = keys[given["head"]]
        send(client, url, "save", data)
        del data["new_head"]
    assert spec.code == case["kind"]
    for name, fields in given.get("person", {}).items():
        data |= {f"people-{keys[name]}-{field}": value for field, value in fields.items()}
    return send(client, url, "check", data)


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_case_of_the_office(name: str, login: Login, database: Database, app: Flask) -> None:
    case = CASES[name]
    assert case["title"] and case["requirements"] and case["law"]
    numbers = people_before(database, case)
    with database.transaction() as session:
        homes = {
            who: row.household_number
            for who, number in numbers.items()
            if (row := history.latest(session, number)) is not None
        }
    clerk = login(*ENTER, login="clerk1")
    url = begin(clerk, numbers[case["input"]["who"][0]], case["kind"])
    check = entered(clerk, url, case, numbers, homes)
    screens = case["screens"]
    if "refused" in screens:
        for text in screens["refused"]:
            assert text in check
        assert "仮登録する" not in check
    else:
        for text in screens["check"]:
            assert text in check, text
        reasons = {
            f"alert-reason:{key}": "書類で確かめました。"
            for key in re.findall(r'name="alert-reason:([^"]+)"', check)
        }
        ticks = {"alert": [key.removeprefix("alert-reason:") for key in reasons]}
        answer = clerk.post(
            url + "/check", data={"version": version(check), "act": "register", **reasons, **ticks}
        )
        assert answer.status_code == 303
        approver = login(*APPROVE, login="approver1")
        review = approver.get(url + "/review").text
        done = approver.post(url + "/approve", data={"version": version(review)}, follow_redirects=True)
        assert done.status_code == 200, done.text
        for text in screens["done"]:
            assert text in html.unescape(done.text), text
    with database.transaction() as session:
        for who, expected in case["after"].items():
            row = history.latest(session, numbers[who])
            assert row is not None
            remarks = session.query(IntegratedRemark).filter_by(
                addressee_number=row.addressee_number, history_number=row.history_number
            )
            assert found(row, [remark.text for remark in remarks], expected) == expected, who


def found(row: ResidentHistory, remarks: list[str], expected: dict[str, Any]) -> dict[str, Any]:
    """The items of a record that a case speaks of."""
    told: dict[str, Any] = {
        "address": row.address,
        "relationship": row.relationship_to_head,
        "head": row.head_name,
        "state": row.state.label,
        "rows": row.history_number,
        "remark": remarks[0] if remarks else "",
    }
    return {name: told[name] for name in expected}
