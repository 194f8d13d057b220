"""Every screen by keyboard alone (RR-2.3.2): Tab comes to all there is to press and to fill in, and out again.

The screens are those of the layout test and every other that links lead to, with entries of changes and of a move-in.
That whole jobs are done by keys alone stands in ``test_the_job`` and ``test_common_jobs``.
"""

from __future__ import annotations

import html
import itertools
import re
from collections import Counter, deque
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ResidentState
from tests.browser.conftest import Desk, Office
from tests.browser.test_layout import PLAIN
from tests.support.users import Browser

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("wards")]

#: Screens by what their path begins with, so that a screen that fails is named by a test of its own part.
PARTS = {
    "administration": "/admin",
    "support": "/support",
    "counter": "",
}

#: Numbers every place that a clerk can press or fill in, in the order of the page, and keeps how it looks at rest.
#: Of radio buttons with one name Tab comes to the chosen one, else to the first: the arrows go on from there.
#: Gives the number of places, those that Tab leaves out, and the groups of radio buttons.
NUMBER = """() => {
  const look = (element) => {
    const style = getComputedStyle(element);
    return [style.outlineStyle, style.outlineWidth, style.boxShadow, style.backgroundColor, style.borderColor].join();
  };
  window.look = look;
  document.activeElement?.blur();
  const all = [...document.querySelectorAll("a[href], [role=button], button, input, select, textarea, summary")].filter(
    (element) => element.checkVisibility() && !element.disabled && element.type !== "hidden");
  const groups = new Map();
  for (const radio of all.filter((element) => element.type === "radio")) {
    const name = (radio.form?.id ?? "") + "|" + radio.name;
    groups.set(name, [...(groups.get(name) ?? []), radio]);
  }
  const behind = new Set();
  for (const group of groups.values()) {
    const stop = group.find((radio) => radio.checked) ?? group[0];
    group.filter((radio) => radio !== stop).forEach((radio) => behind.add(radio));
  }
  const left = all.filter((element) => element.tabIndex < 0);
  const places = all.filter((element) => element.tabIndex >= 0 && !behind.has(element));
  places.forEach((element, place) => { element.dataset.place = place; element.dataset.look = look(element); });
  return {
    places: places.length,
    left: left.map((element) => element.dataset.patternFor ? "" : element.outerHTML.slice(0, 120)).filter(Boolean),
    pickers: left.map((element) => element.dataset.patternFor).filter(Boolean),
    groups: [...groups.values()].filter((group) => group.length > 1).length,
  };
}"""
#: The place in focus (-1 outside the page), whether its look tells so, whether it lies open, and its name.
HERE = """() => {
  const element = document.activeElement;
  if (!element || element.dataset.place === undefined) return { place: -1, shown: true, open: true, name: "" };
  const box = element.getClientRects()[0];
  const x = Math.min(Math.max(box.left + Math.min(box.width, 24) / 2, 1), innerWidth - 1);
  const y = box.top + Math.min(box.height, 24) / 2;
  const hit = document.elementFromPoint(x, y);
  return {
    place: Number(element.dataset.place),
    shown: look(element) !== element.dataset.look,
    open: !!hit && (element.contains(hit) || hit.contains(element)),
    name: element.outerHTML.slice(0, 120),
  };
}"""


@dataclass(frozen=True)
class Stop:
    """Where the focus is after a press of Tab."""

    place: int
    shown: bool
    open: bool
    name: str


def here(desk: Desk) -> Stop:
    return Stop(**desk.page.evaluate(HERE))


def faults_of(desk: Desk, name: str) -> list[str]:
    """What is wrong with a screen that stands open, for who has no mouse."""
    found = desk.page.evaluate(NUMBER)
    count = found["places"]
    faults = [f"{name}: no way to {each}" for each in found["left"]]
    stops: list[Stop] = []
    # Once round, wherever it began; the focus may pass outside of the page on its way from the last to the first.
    for _step in range(count + 3):
        desk.press("Tab")
        stops.append(here(desk))
    inside = [stop for stop in stops if stop.place >= 0]
    missing = set(range(count)) - {stop.place for stop in inside}
    faults += [
        f"{name}: Tab does not come to {desk.page.evaluate(MARKUP, place)}" for place in sorted(missing)
    ]
    steps = itertools.pairwise(inside)
    faults += [
        f"{name}: Tab goes from {one.name} to {two.name}"
        for one, two in steps
        if two.place != (one.place + 1) % count
    ]
    faults += [f"{name}: the focus cannot be seen on {stop.name}" for stop in inside if not stop.shown]
    faults += [f"{name}: covered or off the screen: {stop.name}" for stop in inside if not stop.open]
    if count > 1:
        faults += backwards(desk, name, count)
    for field in found["pickers"]:
        desk.page.locator(f"#{field}").focus()
        desk.press("Alt+ArrowDown")
        if desk.page.evaluate("document.activeElement.dataset.patternFor") != field:
            faults.append(f"{name}: Alt+↓ does not come to the patterns of {field}")
        desk.press("Escape")
        desk.page.locator(f"#{field}").focus()
    if found["groups"]:
        faults += arrows(desk, name)
    return list(dict.fromkeys(faults))


def lasting_faults_of(desk: Desk, name: str, address: str) -> list[str]:
    """Faults of the screen of an address. On a busy machine a press may come before the page has settled: a screen
    that seems wrong is opened and walked again, and what is wrong both times counts. A page that says why it does not
    open is a screen too."""
    seen: set[str] | None = None
    for _time in range(2):
        answer = desk.page.goto(address)
        assert answer is not None
        desk.page.wait_for_load_state("networkidle")
        found = faults_of(desk, name)
        seen = set(found) if seen is None else seen & set(found)
        if not seen:
            return []
    return sorted(seen or ())


MARKUP = "(place) => document.querySelector(`[data-place='${place}']`).outerHTML.slice(0, 120)"


def backwards(desk: Desk, name: str, count: int) -> list[str]:
    """Shift+Tab goes the same way back."""
    place = count // 2
    desk.page.evaluate("(place) => document.querySelector(`[data-place='${place}']`).focus()", place)
    desk.press("Shift+Tab")
    came = here(desk)
    return [] if came.place == place - 1 else [f"{name}: Shift+Tab comes to {came.name}, not to {place - 1}"]


#: Puts the focus on the stop of each group of radio buttons in turn; true while there is one that was not tried.
NEXT_GROUP = """() => {
  const stop = [...document.querySelectorAll("input[type=radio][data-place]")].find((radio) =>
    radio.checkVisibility() && !radio.disabled && !radio.dataset.tried &&
    [...document.getElementsByName(radio.name)].filter((other) => other.form === radio.form && !other.disabled)
      .length > 1);
  if (!stop) return false;
  stop.dataset.tried = "1";
  stop.focus();
  window.began = stop;
  return true;
}"""
MOVED = (
    """() => document.activeElement !== window.began && document.activeElement.name === window.began.name"""
)


def arrows(desk: Desk, name: str) -> list[str]:
    """From the radio button to which Tab came the arrows go on to the others of its group."""
    faults = []
    while desk.page.evaluate(NEXT_GROUP):
        desk.press("ArrowDown")
        if not desk.page.evaluate(MOVED):
            faults.append(f"{name}: the arrows do not move in {desk.focused}")
    return faults


@pytest.mark.requirement("RR-2.3.2", partial=True)
@pytest.mark.parametrize("part", PARTS)
def test_every_plain_screen(all_rights: Desk, part: str) -> None:
    """Each place once in each round, in order, seen and open; nothing keeps the focus; radio buttons by arrows."""
    desk = all_rights
    others = tuple(prefix for prefix in PARTS.values() if prefix)
    faults = []
    walked = 0
    for name, path in PLAIN.items():
        mine = path.startswith(PARTS[part]) if PARTS[part] else not path.startswith(others)
        if not mine:
            continue
        faults += lasting_faults_of(desk, name, desk.address + path)
        walked += 1
    assert walked > 5
    assert faults == []


#: Changes that are begun on a person and whose entries are walked.
CHANGES = ("move_within", "move_out", "head_change", "birth", "death", "correct")
#: What a link leads to that is no screen, or ends the login.
NO_SCREEN = re.compile(r"\.(pdf|csv|png|css|js|woff2)$|/static/|/file/")


#: The page of a search, filled with an earlier one, which is gone when the same search has been made again.
FILLED = {"search.reuse"}


def screens_behind_links(office: Office, chief: Browser) -> dict[str, str]:
    """One address of each screen that is reached from the plain ones, from people, and from entries begun on them."""
    match = office.app.url_map.bind("localhost").match
    found: dict[str, str] = {}
    waiting: deque[str] = deque(PLAIN.values())

    def look(answer: TestResponse) -> None:
        path = answer.request.path
        if answer.status_code != 200 or answer.mimetype != "text/html":
            return
        endpoint, _values = match(path, method="GET")
        found.setdefault(endpoint, path)
        waiting.extend(re.findall(r'href="(/[^"#]*)"', html.unescape(answer.text)))

    for number in some_people(office):
        person = chief.post("/residents/open", data={"addressee_number": number}, follow_redirects=True)
        look(person)
        state = person.request.path.rsplit("/", 1)[1]
        kind = CHANGES[len(found) % len(CHANGES)]
        for each in (kind, *CHANGES):
            menu = chief.get(f"/changes/for/resident/{state}", follow_redirects=True)
            begun = chief.post(menu.request.path, data={"kind": each}, follow_redirects=True)
            if begun.request.path != menu.request.path:
                look(begun)
    look(chief.post("/move-in/begin", data={"kind": "domestic"}, follow_redirects=True))
    look(chief.post("/search", data={"name": "白鷺"}, follow_redirects=True))
    opened: Counter[str] = Counter()
    while waiting:
        path = waiting.popleft()
        try:
            endpoint, _values = match(path.partition("?")[0], method="GET")
        except HTTPException:
            continue
        # A second address of a screen may open where the first did not.
        if NO_SCREEN.search(path) or endpoint in found or opened[endpoint] >= 3:
            continue
        opened[endpoint] += 1
        look(chief.get(path, follow_redirects=True))
    return found


def some_people(office: Office) -> list[str]:
    """宛名番号 of people whose screens differ: with the longest name, under a measure, removed, and of a family."""
    with office.database.transaction() as session:
        query = select(ResidentHistory.addressee_number).where(ResidentHistory.is_latest)
        order = ResidentHistory.addressee_number
        found = [
            session.scalars(query.where(condition).order_by(order)).first()
            for condition in (
                ResidentHistory.name_alphabet.contains("MARIA FERNANDA"),
                ResidentHistory.name == "白鷺　小夜",
                ResidentHistory.state == ResidentState.DEAD,
                ResidentHistory.state == ResidentState.MOVED_OUT,
                ResidentHistory.relationship_to_head == "妻",
            )
        ]
    assert None not in found
    return [number for number in found if number is not None]


@pytest.mark.requirement("RR-2.3.2")
def test_every_screen_that_links_lead_to(all_rights: Desk, office: Office, chief: Browser) -> None:
    """Nothing here names a screen: one that is added and linked is walked."""
    desk = all_rights
    found = screens_behind_links(office, chief)
    plain = {match_of(office, path) for path in PLAIN.values()}
    faults: list[str] = []
    walked = set()
    for endpoint, path in sorted(found.items()):
        if endpoint in plain | FILLED:
            continue
        faults += lasting_faults_of(desk, endpoint, desk.address + path)
        walked.add(endpoint)
    must = {
        "records.resident", "records.household", "records.changes_of_resident", "certificates.enter", "changes.menu",
        "changes.enter", "move_in.enter", "search.results", "support.subject", "support.show_measure", "kana.show_work",
        "messages.show_list", "immigration.notice", "move_out.notice", "remarks.show", "memos.show",
    }  # fmt: skip
    assert sorted(must - walked - plain) == [], "screens that were not found"
    assert faults == []


def match_of(office: Office, path: str) -> str:
    """Endpoint of a path; empty when there is none."""
    try:
        return str(office.app.url_map.bind("localhost").match(path, method="GET")[0])
    except HTTPException:
        return ""


#: What would make a screen unusable without a mouse, each with a word of what the walk says of it.
BROKEN = {
    "no way to": "link.tabIndex = -1",
    "Tab goes from": "link.tabIndex = 5",
    "Tab does not come to": "link.addEventListener('keydown', (event) => {"
    " if (event.key === 'Tab') event.preventDefault() })",
    "cannot be seen": "for (const name of ['outline', 'box-shadow', 'background-color', 'border-color'])"
    " link.style.setProperty(name, getComputedStyle(link).getPropertyValue(name), 'important')",
    "covered or off": "const bar = document.createElement('div');"
    " bar.style.cssText = 'position:fixed;inset:0;z-index:99999'; document.body.append(bar)",
}


def test_the_walk_finds_what_is_wrong(all_rights: Desk) -> None:
    """Each of these breaks a screen; the walk says so."""
    desk = all_rights
    for says, breaks in BROKEN.items():
        desk.page.goto(f"{desk.address}/cases/waiting")
        assert faults_of(desk, "waiting") == []
        desk.page.evaluate(
            "() => { const link = [...document.querySelectorAll('main a[href], main button, main select, main input')]"
            ".filter((element) => element.checkVisibility() && element.type !== 'hidden')[1]; "
            f"{breaks}; }}"
        )
        faults = faults_of(desk, "waiting")
        assert any(says in fault for fault in faults), (says, faults)
