"""Tries every route of the application by itself: follows links, sends forms, and tells what it reached.

Nothing here names a screen. Routes come from the URL map, addresses from links on pages, bodies from forms; where a
route is in no page, a few plausible values are tried. A route that is added tomorrow is tried tomorrow.
"""

from __future__ import annotations

import io
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from PIL import Image
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect, Rule
from werkzeug.test import TestResponse

from residentapp.config import Settings
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from tests.scenarios.pages import PageForm, read_page
from tests.scenarios.protected import Family, Walk, blocks_of, words_of
from tests.support.users import Browser

ROOT = Path(__file__).resolve().parents[2]
Route = tuple[str, str]
_Kind = tuple[str, frozenset[str], frozenset[str]]

#: Addresses of one route that are opened, forms of one kind that are tried, and times that one route is sent to.
MOST_GETS = 3
MOST_FORMS = 4
MOST_SENT = 20
MOST_SEARCHES = 24
#: Answers that show that the route did its work, whatever it thought of what was sent.
WORKED = frozenset({200, 204, 301, 302, 303, 409, 422})
#: Fonts hold shapes and no text; one of each is enough, and each costs.
_COSTLY = frozenset({"web.font_file", "web.font_style", "certificates.preview_page", "web.show_characters"})
#: Ends what the crawl rests on; tried last, in this order.
_LAST = ("access.own_password", "access.logout", "access.login")

_PLAUSIBLE: tuple[tuple[str, str], ...] = (
    (r"household", "{household}"),
    (r"number$|^extra-\d+$|^number|subject", "{number}"),
    (r"kana", "シラサギ"),
    (r"birth", "S59.10.10"),
    (r"_on$|_from$|_to$|^day$|since|until|date|as_of|last_day|valid", "R8.11.24"),
    (r"size", "21"),
    (r"minutes|copies|low_water|page|^place$", "1"),
    (r"postal", "{postal}"),
    (r"code", "{code}"),
    (r"reason|note|purpose|comment|remark|other", "確かめた"),
    (r"password|current|repeated", "Kakuu-no-machi-2027"),
)


def routes_of(app: Flask) -> set[Route]:
    """All routes of an application."""
    return {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}
    }


def _picture() -> bytes:
    out = io.BytesIO()
    picture = Image.new("L", (300, 300), 255)
    picture.paste(0, (40, 40, 260, 260))
    picture.save(out, "PNG")
    return out.getvalue()


#: What is handed in where a page asks for a file.
PICTURE = _picture()
TABLE = (ROOT / "seed" / "move_in_samples" / "family_of_four.csv").read_bytes()


@dataclass
class Seen:
    """What one user came across.

    :param links: addresses of each route, in the order found.
    :param forms: forms by the route they send to.
    :param reached: routes that did their work.
    :param answers: how each route answered.
    :param failed: routes that answered with an error of the application's own.
    """

    links: dict[Route, list[str]] = field(default_factory=dict)
    forms: dict[Route, list[PageForm]] = field(default_factory=dict)
    reached: set[Route] = field(default_factory=set)
    failed: set[Route] = field(default_factory=set)
    answers: dict[Route, Counter[int]] = field(default_factory=dict)
    requests: int = 0


class Crawl:
    """One user who opens and sends everything that can be found.

    :param watched: whether answers must be silent about the family; False for who may know.
    :param enter: logs the user in, at the beginning and after something has ended the login; None for a stranger.
    :param posts: whether forms are sent; without them only searches and what opens a record.
    """

    def __init__(
        self,
        app: Flask,
        database: Database,
        family: Family,
        browser: Browser,
        *,
        watched: bool,
        who: str,
        posts: bool = True,
        enter: Callable[[], None] | None = None,
    ) -> None:
        self.app, self.family, self.browser, self.who = app, family, browser, who
        self.watched, self.posts, self._enter = watched, posts, enter
        self.seen = Seen()
        self._walk = Walk(app, database, family, browser, browser, "", Keyring.from_settings(Settings()))
        self._adapter = app.url_map.bind("localhost")
        self._queue: deque[str] = deque()
        self._known: set[str] = set()
        self._gets: Counter[str] = Counter()
        self._sent: Counter[_Kind] = Counter()
        self._posts: Counter[str] = Counter()
        self._typed: set[str] = set()
        self._forms: deque[PageForm] = deque()
        self._late: list[PageForm] = []

    # ---- what there is

    def _rules(self) -> Iterator[Rule]:
        yield from sorted(self.app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule))

    def match(self, address: str, method: str) -> str:
        """The endpoint that answers; empty when none does."""
        try:
            endpoint, _values = self._adapter.match(address.partition("?")[0], method=method)
        except (HTTPException, RequestRedirect):
            return ""
        return str(endpoint)

    # ---- crawling

    def run(self, others: Iterable[str] = (), forms: Iterable[PageForm] = ()) -> Seen:
        """Open and send what can be found, then what somebody who may know has found.

        :param others: addresses that were found by somebody who may know.
        :param forms: forms that were found by them.
        """
        if self._enter is not None:
            self._enter()
        self._offer_plain()
        for number in (self.family.father, self.family.members[0], self.family.late, self.family.moved):
            self._open_people(number)
        self._look_around()
        for form in [form for form in self._forms if form.search]:
            self._send_all(form)
        # What was sent has made new lines on lists that were looked at before: now, and when all has been sent.
        self._offer_plain(again=True)
        self._drain()
        self._guess()
        self._drain()
        self._gets.clear()
        self._offer_plain(again=True)
        self._drain()
        for address in others:
            self._offer(address, again=True)
        self._drain()
        for form in forms:
            self._send_all(form)
        self._drain()
        for endpoint in _LAST:
            self._get(self._address_of(endpoint), last=True)
            for form in [form for form in self._late if self.match(form.action, "POST") == endpoint][:1]:
                self._send_all(form, last=True)
        return self.seen

    def open(self, address: str) -> None:
        """Open one page and look it through."""
        self._look("GET", address, self.browser.get(address))

    def _offer_plain(self, *, again: bool = False) -> None:
        """Every page that opens without anything before it."""
        for rule in self._rules():
            if not rule.arguments and "GET" in (rule.methods or ()):
                self._offer(rule.rule, again=again)

    def _address_of(self, endpoint: str) -> str:
        return next(rule.rule for rule in self._rules() if rule.endpoint == endpoint)

    def _open_people(self, number: str) -> None:
        """Whatever opens a person or a household by number in the body."""
        for rule in self._rules():
            if rule.arguments or "POST" not in (rule.methods or ()) or rule.endpoint in _LAST:
                continue
            if re.search(r"open|find|command|search", rule.rule):
                names = ("addressee_number", "number", "q")
                self._post(rule.rule, {**dict.fromkeys(names, number), "states": "all"})
        self._look_around()

    def _look_around(self) -> None:
        """Open what there is to open."""
        while self._queue:
            self._get(self._queue.popleft())

    def _drain(self) -> None:
        while self._queue or self._forms:
            self._look_around()
            if self._forms:
                self._send_all(self._forms.popleft())

    def _offer(self, address: str, *, first: bool = False, again: bool = False) -> None:
        if address in self._known and not again:
            return
        self._known.add(address)
        endpoint = self.match(address, "GET")
        if not endpoint:
            self._guess_end(address)
            return
        found = self.seen.links.setdefault((endpoint, "GET"), [])
        if address not in found:
            found.append(address)
        (self._queue.appendleft if first else self._queue.append)(address)

    def _guess_end(self, address: str) -> None:
        """Our scripts complete addresses that end with a slash."""
        if address.endswith("/"):
            for value in self._candidates("code"):
                if self.match(address + value, "GET"):
                    self._offer(address + value)

    def _get(self, address: str, *, last: bool = False) -> None:
        endpoint = self.match(address, "GET")
        most = 1 if endpoint in _COSTLY else MOST_GETS
        if not endpoint or (endpoint in _LAST and not last) or self._gets[endpoint] >= most:
            return
        self._gets[endpoint] += 1
        self._look("GET", address, self.browser.get(address))

    def _post(
        self, address: str, body: dict[str, Any] | list[tuple[str, str]], *, search: bool = False
    ) -> int:
        endpoint = self.match(address, "POST")
        most = MOST_SEARCHES if search else MOST_SENT
        if not endpoint or self._posts[endpoint] >= most:
            return 0
        self._posts[endpoint] += 1
        data: dict[str, Any] = {}
        for name, value in body.items() if isinstance(body, dict) else body:
            if name != "csrf_token":  # the browser sends a fresh one
                data.setdefault(name, []).append(value)
        for values in data.values():
            self._typed.update(value for value in values if isinstance(value, str) and self._is_ours(value))
        answer = self.browser.post(address, data=data)
        self._look("POST", address, answer)
        self._follow(answer)
        return answer.status_code

    def _follow(self, answer: TestResponse) -> None:
        for _step in range(4):
            if answer.status_code not in (301, 302, 303):
                return
            address = answer.headers["Location"]
            answer = self.browser.get(address)
            self._look("GET", address, answer)

    def _is_ours(self, value: str) -> bool:
        """Whether a form may repeat it: only what the crawl typed itself, never what a page had filled in."""
        return value in self._values.values()

    # ---- forms

    @property
    def _values(self) -> dict[str, str]:
        home = self.family.home
        return {
            "number": self.family.members[0],
            "household": home.household_number,
            "postal": home.postal_code or "",
            "code": home.address_code or "",
        }

    def _plausible(self, name: str) -> str:
        for pattern, value in _PLAUSIBLE:
            if re.search(pattern, name):
                return value.format(**self._values)
        return "白鷺"

    def _bodies(self, form: PageForm) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """As it stands, filled in, and for a search with one condition at a time; by each of its buttons."""
        buttons = form.buttons or [("", "")]
        empty = sorted({name for name, value in form.fields if name in form.typed and not value})
        ticked = {name for name, _value in form.fields}
        boxes = [box for box in form.boxes if box[0] not in ticked]
        filled = [
            (name, self._plausible(name) if name in empty else value or form.options.get(name, ""))
            for name, value in form.fields
        ] + list({name: (name, value) for name, value in reversed(boxes)}.values())
        for name, value in reversed(buttons):
            yield form.action, form.fields + ([(name, value)] if name else [])
        if form.typed or form.boxes:
            # The last button of a page is the one that does its work.
            name, value = buttons[-1]
            yield form.action, filled + ([(name, value)] if name else [])
        if form.search and self._sent[self._kind(form)] == 1:
            for name in empty:
                one = [(key, self._plausible(key) if key == name else value) for key, value in form.fields]
                yield form.action, one

    def _send_all(self, form: PageForm, *, last: bool = False) -> None:
        endpoint = self.match(form.action, form.method)
        if not endpoint:
            return
        if endpoint in _LAST and not last:
            return
        kind = self._kind(form)
        self._sent[kind] += 1
        if self._sent[kind] > MOST_FORMS or form.method == "GET" or not (self.posts or form.search):
            return
        for address, body in self._bodies(form):
            if form.files:
                self._upload(form, address, body)
            else:
                status = self._post(address, body, search=form.search)
                if status == 409 and form.hidden:
                    self._post(address, self._refreshed(form, body), search=form.search)

    def _refreshed(self, form: PageForm, body: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """The same with the hidden fields as the page has them now: somebody was faster, and it was opened anew."""
        answer = self.browser.get(form.page)
        if answer.mimetype != "text/html" or answer.status_code != 200:
            return body
        now = {
            name: value
            for fresh in read_page(answer.text, form.page).forms
            if self._kind(fresh)[0] == self._kind(form)[0]
            for name, value in fresh.fields
            if name in fresh.hidden
        }
        return [(name, now.get(name, value)) for name, value in body]

    def _kind(self, form: PageForm) -> _Kind:
        """Forms that send the same fields to the same route by the same buttons are of one kind."""
        buttons = frozenset(re.sub(r":.*", "", value) for _name, value in form.buttons)
        names = frozenset(re.sub(r"\d+", "0", name) for name, _value in form.fields)
        return self.match(form.action, form.method), names, buttons

    def _upload(self, form: PageForm, address: str, body: list[tuple[str, str]]) -> None:
        data: dict[str, Any] = {name: value for name, value in body if name != "csrf_token"}
        for name in form.files:
            picture = re.search(r"picture|image|seal", name)
            data[name] = (io.BytesIO(PICTURE if picture else TABLE), "a.png" if picture else "a.csv")
        answer = self.browser.post(address, data=data)
        self._look("POST", address, answer)
        self._follow(answer)

    # ---- routes that no page leads to

    def _candidates(self, name: str) -> list[str]:
        code = self.family.home.address_code or ""
        return {
            "code": [code[:2], code[:5], code[:8], code],
            "town_code": [code],
            "topic": ["search", "records.resident"],
            "filename": ["app.js"],
        }.get(name, ["unknown"])

    def _guess(self) -> None:
        """Plausible values for what has not been tried in any other way."""
        if not self.posts:
            return
        for rule in self._rules():
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                if (rule.endpoint, method) in self.seen.answers or rule.endpoint in _LAST:
                    continue
                for address in self._addresses_of(rule):
                    if method == "GET":
                        self._offer(address)
                        continue
                    universal = {
                        name: self._plausible(name)
                        for name in (
                            "q",
                            "text",
                            "name",
                            "number",
                            "addressee_number",
                            "lot",
                            "town",
                            "field",
                        )
                    }
                    self._post(address, universal)

    def _addresses_of(self, rule: Rule) -> list[str]:
        if not rule.arguments:
            return [rule.rule]
        if len(rule.arguments) > 1:
            return []
        [name] = rule.arguments
        converter = re.search(r"<(?:(\w+):)?", rule.rule)
        values = ["1"] if converter and converter[1] == "int" else self._candidates(name)
        return [re.sub(r"<[^>]+>", value, rule.rule) for value in values]

    # ---- looking

    def _look(self, method: str, address: str, answer: TestResponse) -> None:
        endpoint = self.match(address, method)
        route = (endpoint, method)
        self.seen.requests += 1
        self.seen.answers.setdefault(route, Counter())[answer.status_code] += 1
        if answer.status_code >= 500:
            self.seen.failed.add(route)
        if answer.status_code in WORKED and self._enter is not None:
            self.seen.reached.add(route)
        self._stay(method, endpoint, answer)
        if self.watched:
            try:
                self._walk.sees_as(method, answer, typed=self._typed)
            except AssertionError as leak:
                raise AssertionError(f"{self.who}: {leak}") from leak
        if answer.status_code in (301, 302, 303):
            self._offer(answer.headers["Location"], first=True)
        if answer.mimetype == "text/html":
            self._read(answer, address)
        if answer.mimetype == "text/css":
            for link in re.findall(r"url\(\"?(/[^)\"]+)", answer.text):
                self._offer(link)

    def _stay(self, method: str, endpoint: str, answer: TestResponse) -> None:
        """Come back when what was sent has ended the own login."""
        ended = answer.headers.get("Location", "").endswith("/login") or answer.status_code == 400
        if self._enter is None or not ended or (method == "POST" and endpoint in _LAST):
            return
        if self.browser.get("/").status_code != 200:
            self._enter()

    def _read(self, answer: TestResponse, address: str) -> None:
        text = answer.text
        page = read_page(text, address)
        near = {
            link
            for block in blocks_of(words_of(answer))[:-1]
            if self.family.is_about(block)
            for link in page.links
            if link in block
        }
        for link in page.links:
            self._offer(link, first=link in near)
        for form in page.forms:
            endpoint = self.match(form.action, form.method)
            self.seen.forms.setdefault((endpoint, form.method), []).append(form)
            (self._late if endpoint in _LAST else self._forms).append(form)
