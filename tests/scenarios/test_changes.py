"""Cases of the office (tests/scenarios/changes/*.yaml) through the screens: entered, checked, approved by another."""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from residentapp.core.access.permissions import Permission
from residentapp.core.clock import JST
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateField, parse_date
from residentapp.core.db import Database
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.move_out import closing
from residentapp.residents.types import ResidentKind
from tests.conftest import Login
from tests.residents.changes.conftest import APPROVE, ENTER
from tests.residents.changes.test_screens import begin, version
from tests.scenarios import desk
from tests.scenarios.case_files import Town, found, number_of, read_cases, settle, steps_of
from tests.support.clock import SettableClock
from tests.support.users import Browser, clerk

CASES = read_cases()
#: Step of the day on which people who have notified a move-out leave; nothing is entered.
DAY_COMES = "転出予定日の到来"
REASON = "書類で確かめました。"


@dataclass(frozen=True)
class Seat:
    """A clerk at an open entry."""

    client: Browser
    url: str
    town: Town
    kind: str

    def page(self) -> str:
        """The entry page."""
        return str(self.client.get(self.url).text)

    def send(self, act: str, **data: str) -> str:
        """Press a button; the page that follows."""
        sent = {"version": version(self.page()), "people-shown": "1", "act": act, **data}
        answer = self.client.post(self.url, data=sent, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return html.unescape(answer.text)

    def keys(self) -> dict[str, str]:
        """Keys of the people on the page, by name."""
        page = self.page()
        found = re.findall(r'id="people-(p\d+)-chosen".*?<span class="sr">([^<]+)</span>', page)
        whole = re.findall(r'<option value="(p\d+)"[^>]*>([^（<]+)（', page)
        rows = re.findall(r'name="people-(p\d+)-relationship".*?<td class="name">(.*?)</td>', page, re.DOTALL)
        alone = re.findall(r'name="subject" value="(p\d+)">(.*?)　<span class="figures">', page)
        plain = [(key, re.sub(r"<[^>]*>", "", name)) for key, name in [*rows, *alone]]
        return {html.unescape(name): key for key, name in [*plain, *whole, *found]}

    def new_keys(self) -> list[str]:
        """Keys of people who are not in the register yet."""
        return re.findall(r'id="person-(p\d+)"', self.page())


# ---- entering


def typed(fields: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Fields as the page sends them; a tick is ``true`` or ``false`` in the file."""
    data = {}
    for name, value in fields.items():
        if isinstance(value, bool):
            data[f"{prefix}{name}-shown"] = "1"
            data |= {prefix + name: "1"} if value else {}
        elif isinstance(value, str):
            data[prefix + name] = value
    return data


def chosen_act(page: str, wanted: str) -> str:
    """Value of the act that is cancelled, by the words with which the list offers it."""
    [key] = re.findall(rf'<option [^>]*value="(\d+)"[^>]*>{re.escape(wanted)}', html.unescape(page))[:1]
    return str(key)


def enter(seat: Seat, given: dict[str, Any]) -> str:
    """Everything of the case typed, section by section; the check page."""
    if "join" in given:
        seat.send(f"household:{seat.town.homes[given['join']]}")
    own = typed({name: value for name, value in given.items() if name not in ("join", "head", "cancel")})
    if "cancel" in given:
        own["change"] = chosen_act(seat.page(), given["cancel"])
    seat.send("save", **own)
    if spec_of(seat.kind).subjects.value == "new":
        return seat.send("check", **new_people(seat, given.get("new", [])))
    data = people_chosen(seat, given["who"])
    seat.send("save", **data)
    if "head" in given:
        seat.send("save", **data, new_head=seat.keys()[given["head"]])
    keys = seat.keys()
    for name, fields in given.get("person", {}).items():
        data |= typed(fields, f"people-{keys[name]}-")
    return seat.send("check", **data)


def people_chosen(seat: Seat, names: list[str]) -> dict[str, str]:
    """The ticks of the 異動者."""
    data: dict[str, str] = {}
    for name, key in seat.keys().items():
        if name in names:
            data |= {"subject": key, f"people-{key}-chosen": "1"}
    return data


def new_people(seat: Seat, people: list[dict[str, Any]]) -> dict[str, str]:
    """The people who are not in the register yet; the page begins with a Japanese one."""
    [first] = seat.new_keys()
    data: dict[str, str] = {}
    keys: list[str] = []
    for person in people:
        kind = next(each for each in ResidentKind if each.label == person.get("kind", "日本人住民"))
        if kind is ResidentKind.JAPANESE and not keys:
            key = first
        else:
            seat.send(f"add:{kind.value}")
            key = seat.new_keys()[-1]
        keys.append(key)
        data |= typed(
            {name: value for name, value in person.items() if name not in ("kind", "copy_register_of")},
            f"people-{key}-",
        )
    if first not in keys:
        seat.send(f"remove:{first}")
    for key, person in zip(keys, people, strict=True):
        if "copy_register_of" in person:
            copy_register(seat, key, person["copy_register_of"], data)
    return data


def copy_register(seat: Seat, key: str, quoted: str, data: dict[str, str]) -> None:
    """The 戸籍の表示 of a member of the household taken over by the button beside it."""
    offer = rf'<option [^>]*value="(p\d+)"[^>]*>[^<]*{quoted}の戸籍の表示'
    [member] = re.findall(offer, html.unescape(seat.page()))[:1]
    field = f"people-{key}-domicile_from"
    seat.send(f"fill:{field}", **data, **{field: member})


# ---- the road


def says(page: str, texts: list[str], never: list[str]) -> None:
    """What a page has to say, and what no page may say."""
    for text in texts:
        assert text in page, text
    for text in never:
        assert text not in page, text


def play(step: dict[str, Any], place: int, login: Login, database: Database, town: Town) -> None:
    """One act: entered by a clerk, approved by another officer."""
    screens, given = step["screens"], step["input"]
    never = screens.get("never", [])
    more = (Permission.SUPPRESSED_VIEW,) if step.get("sees_protected") else ()
    enterer = login(*ENTER, *more, login=f"clerk{place}")
    with database.transaction() as session:
        number = number_of(session, town, given.get("from") or given["who"][0])
    if "closed" in screens:
        answer = menu_of(enterer, number)
        assert answer[0] == 403
        return says(answer[1], screens["closed"], never)
    seat = Seat(enterer, begin(enterer, number, step["kind"]), town, step["kind"])
    begun = html.unescape(seat.page())
    says(begun, screens.get("busy", []), never)
    if "busy" in screens:
        return None
    for name, value in screens.get("begins", {}).items():
        assert field_value(begun, name) == value, name
    check = enter(seat, given)
    says(check, [], never)
    if "refused" in screens:
        says(check, screens["refused"], [])
        assert "仮登録する" not in check
        return None
    assert "仮登録する" in check, messages_of(check)
    says(check, screens["check"], [])
    register(seat, check, screens.get("alerts", []))
    if step.get("waits"):
        return None
    approver = login(*APPROVE, *more, Permission.CERTIFICATE_ISSUE, login=f"approver{place}")
    review = html.unescape(approver.get(seat.url + "/review").text)
    says(review, screens.get("review", []), never)
    done = approver.post(seat.url + "/approve", data={"version": version(review)}, follow_redirects=True)
    assert done.status_code == 200, done.text
    town.done = seat.url + "/done"
    page = html.unescape(done.text)
    says(page, screens["done"], never)
    return look_at_papers(approver, page, screens)


def menu_of(client: Browser, number: str) -> tuple[int, str]:
    """The choice of kinds of change for a person, searched for by the number: status and page."""
    started = client.post("/changes/find", data={"find": number}).text
    [link] = re.findall(r'href="(/changes/menu/[\w-]+)"', started)
    answer = client.get(link)
    return answer.status_code, html.unescape(answer.text)


def field_value(page: str, name: str) -> str:
    """What stands in a field of a page."""
    [field] = re.findall(rf'<input [^>]*name="{name}"[^>]*>', page)
    return html.unescape("".join(re.findall(r' value="([^"]*)"', field)))


def messages_of(page: str) -> list[str]:
    """Everything that a check page has found, for who reads a failed test."""
    lines = re.findall(
        r'<li><a href="[^"]*#[^"]*">(.*?)</a>|<label class="check">(.*?)</label>', page, re.DOTALL
    )
    return [re.sub(r"<[^>]*>", "", "".join(line)).strip() for line in lines]


def register(seat: Seat, check: str, alerts: list[str]) -> None:
    """仮登録, every alert confirmed with a reason. There are no other alerts than the file says."""
    keys = re.findall(r'name="alert-reason:([^"]+)"', check)
    for alert in alerts:
        assert alert in check, alert
    assert len(keys) == len(alerts), messages_of(check)
    reasons = {f"alert-reason:{key}": REASON for key in keys}
    data = {"version": version(check), "act": "register", "alert": keys, **reasons}
    assert seat.client.post(seat.url + "/check", data=data).status_code == 303


def look_at_papers(client: Browser, page: str, screens: dict[str, Any]) -> None:
    """The papers that are offered once the change is registered, and what stands on their pages."""
    offered = re.findall(r'<a class="button[^"]*" href="([^"]+)"[^>]*>([^<]+?)(?: <kbd>|</a>)', page)
    labels = {label.strip(): url for url, label in offered}
    for paper, texts in screens.get("papers", {}).items():
        assert paper in labels, list(labels)
        says(
            html.unescape(client.get(labels[paper], follow_redirects=True).text),
            texts,
            screens.get("never", []),
        )


def the_day_comes(database: Database, keyring: Keyring, clock: SettableClock) -> None:
    """Records of those whose 転出予定年月日 has come are closed, as the program does it every night."""
    with database.transaction() as session:
        today = clock().date()
        for household in closing.due_households(session, today):
            closing.close_household(session, clerk(), keyring, household, on=today, now=clock())


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_case_of_the_office(
    name: str,
    login: Login,
    database: Database,
    app: Flask,
    keyring: Keyring,
    clock: SettableClock,
    tmp_path: Path,
) -> None:
    case = CASES[name]
    assert case["title"] and case["law"] and (case.get("requirements") or case.get("partial"))
    with database.transaction() as session:
        town = settle(session, keyring, case)
    office = desk.Office(login, database, keyring, clock, town, tmp_path / "exchange")
    for place, step in enumerate(steps_of(case), start=1):
        if "day" in step:
            day = parse_date(step["day"], DateField.OTHER).sort
            clock.set(dt.datetime.combine(day, dt.time(10), JST))
        if step["kind"] == DAY_COMES:
            the_day_comes(database, keyring, clock)
        elif step["kind"] in desk.KINDS:
            desk.play(office, step, place)
        else:
            play(step, place, login, database, town)
        with database.transaction() as session:
            for who, expected in step.get("after", {}).items():
                assert found(session, keyring, town, who, expected) == expected, who
    with database.transaction() as session:
        for who, expected in case.get("after", {}).items():
            assert found(session, keyring, town, who, expected) == expected, who
