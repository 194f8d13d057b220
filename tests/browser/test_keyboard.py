"""Every screen by keyboard alone (RR-2.3.2): Tab comes to all there is to press and to fill in, and out again.

The screens are those of the layout test, a resident's, a household's and a copy's page, and the entries of changes and
of a move-in. That whole jobs are done by keys alone stands in ``test_the_job`` and ``test_common_jobs``.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from residentapp.residents.models import ResidentHistory
from tests.browser.conftest import Desk, Office
from tests.browser.test_layout import PLAIN

pytestmark = [pytest.mark.browser]

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


@pytest.mark.requirement("RR-2.3.2")
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
        desk.page.goto(desk.address + path)
        desk.page.wait_for_load_state("load")
        faults += faults_of(desk, name)
        walked += 1
    assert walked > 5
    assert faults == []


@pytest.mark.requirement("RR-2.3.2", partial=True)
def test_screens_of_a_person(all_rights: Desk, office: Office) -> None:
    """Found by number: the person, the household, a copy, the menu of changes and each entry that it leads to."""
    desk = all_rights
    with office.database.transaction() as session:
        query = select(ResidentHistory.addressee_number).where(
            ResidentHistory.is_latest, ResidentHistory.name_alphabet.contains("MARIA FERNANDA")
        )
        number = session.scalars(query).one()
    desk.page.goto(desk.address)
    desk.press("/")
    desk.write(number)
    desk.go("Enter", "/residents/")
    person = desk.page.url
    faults = faults_of(desk, "person")
    links = {
        "household": re.escape("/household"), "certificate": "/certificates/from-resident/",
        "menu": "/changes/for/resident/", "messages": "/messages/of-resident/", "support": "/support/of-resident/",
    }  # fmt: skip
    for name, ending in links.items():
        desk.page.goto(person)
        address = desk.page.evaluate(
            "(part) => [...document.querySelectorAll('a[href]')].map((link) => link.href)"
            ".find((href) => new RegExp(part).test(href))",
            ending,
        )
        assert address, name
        desk.page.goto(address)
        faults += faults_of(desk, name)
    desk.page.goto(f"{desk.address}/move-in")
    faults += faults_of(desk, "move-in")
    assert faults == []
