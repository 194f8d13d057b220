"""Steps of a case that are not the entry of a change: somebody at a desk, and messages that come and go.

tests/scenarios/changes/README.md says what may stand in such a step.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from residentapp.admin.rights import DEFAULT_ROLES
from residentapp.core.access.actor import system_actor
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.core.outbox import receive
from residentapp.core.outbox.exchange import send_waiting, take_all
from residentapp.core.outbox.transport import FolderTransport
from residentapp.residents import history
from residentapp.residents.messages.handlers import load_handlers
from residentapp.residents.removed_records.batch import run_move
from tests.conftest import Login
from tests.scenarios.arrivals import message_of
from tests.scenarios.case_files import Town, number_of
from tests.scenarios.visible import Node, NotThere, VisiblePage
from tests.support.clock import SettableClock
from tests.support.documents import page_texts, squeezed
from tests.support.users import Browser

DESK = "操作"
ARRIVES = "受信"
SENDS = "送信"
STORES = "除票用データベースへの移行"
#: Steps of this module.
KINDS = frozenset({DESK, ARRIVES, SENDS, STORES})
#: Before a name: the 宛名番号 of that person is typed.
_NUMBER_OF = "宛名番号："
#: Whose desk it is when the step does not say.
CLERK = "窓口担当"
REASON = "書類で確かめました。"
_AFTER_CHANGE = "本登録後の画面"
#: What one line of ``do`` may have, in the order in which it happens.
_LINE = (
    "wait", "call", "resident", "household", "open", "in", "begins", "find_address", "fill", "tick",
    "confirm", "press", "refused",
    "says", "never", "offers", "offers_not", "suggests", "paper", "paper_never", "pages", "file", "file_never",
)  # fmt: skip


@dataclass
class Office:
    """Where a case takes place."""

    login: Login
    database: Database
    keyring: Keyring
    clock: SettableClock
    town: Town
    folder: Path
    received: int = 0
    people: dict[str, Browser] = field(default_factory=dict)


def permissions_of(roles: Iterable[str]) -> set[Permission]:
    """What the roles with these names may do, as a new installation has them."""
    known = {name: permissions for name, _what, permissions in DEFAULT_ROLES.values()}
    return {permission for role in roles for permission in known[role]}


def play(office: Office, step: dict[str, Any], place: int) -> None:
    """One step."""
    if step["kind"] == ARRIVES:
        arrive(office, step)
    elif step["kind"] == SENDS:
        transport = FolderTransport(office.folder)
        send_waiting(office.database, office.keyring, transport, clock=office.clock)
    elif step["kind"] == STORES:
        run_move(office.database, system_actor("除票の移行"), clock=office.clock)
    else:
        desk = Desk(office, somebody(office, step, place))
        for line in step["do"]:
            desk.do(line)


def somebody(office: Office, step: dict[str, Any], place: int) -> Browser:
    """Who is at the desk: somebody with these roles whom no step has had, or the same person as before."""
    if step.get("as") in office.people:
        return office.people[step["as"]]
    roles = step.get("who", CLERK)
    names = [roles] if isinstance(roles, str) else roles
    client = office.login(
        *permissions_of(names), login=f"desk{place}", name=step.get("as") or "・".join(names)
    )
    if "as" in step:
        office.people[step["as"]] = client
    return client


# ---- at the desk


@dataclass
class Desk:
    """Somebody who is logged in, the page in front of them and the paper beside it."""

    office: Office
    client: Browser
    page: VisiblePage | None = None
    status: int = 200
    paper: bytes = b""
    file: str = ""

    def do(self, line: dict[str, Any]) -> None:
        """One line of the case: go somewhere, fill in, press, and see what comes of it."""
        unknown = set(line) - set(_LINE)
        assert not unknown, f"a line knows no {unknown}"
        try:
            self._act(line)
            self._look(line)
        except NotThere as reason:
            raise AssertionError(f"{line}\n{reason}\n{self._here()}") from reason

    def _here(self) -> str:
        return f"{self.status} {self.seen.address}: {self.seen.says()[:4000]}" if self.page else "no page yet"

    @property
    def seen(self) -> VisiblePage:
        """The page in front of them; the home page at first."""
        if self.page is None:
            self._take(self.client.get("/", follow_redirects=True))
        assert self.page is not None
        return self.page

    def _act(self, line: dict[str, Any]) -> None:
        part = line.get("in", "")
        if "wait" in line:
            self.office.clock.advance(minutes=int(line["wait"]))
        if "call" in line:
            self._call(line["call"])
        if "resident" in line:
            self._resident(line["resident"])
        if "household" in line:
            self._resident(line["household"])
            self._open("世帯", "")
        if "open" in line:
            self._open(line["open"], part)
        for label, value in line.get("begins", {}).items():
            found = self.seen.value(label, part)
            assert found == value, f"{label}: {found}"
        if "find_address" in line:
            self._find_address(**line["find_address"])
        self._fill(line.get("fill", {}), part)
        for row in line.get("tick", []):
            self.seen.tick(row)
        self._confirm(line.get("confirm", []))
        if "press" in line:
            self._send(*self.seen.press(line["press"], part))

    def _call(self, words: str) -> None:
        """Type into the command box, which every page has."""
        page = self.seen
        page.fill("呼出し", words)
        self._send(*page.form(page.form_of("呼出し")))

    def _resident(self, name: str) -> None:
        self._call(self._number(name))

    def _number(self, name: str) -> str:
        with self.office.database.transaction() as session:
            return number_of(session, self.office.town, name)

    def _open(self, words: str, part: str) -> None:
        if words == _AFTER_CHANGE:
            words = self.office.town.done
        elif words == "ホーム":
            words = "/"
        elif not words.startswith("/"):
            words = self.seen.link(words, part)
        self._take(self.client.get(words, follow_redirects=True))

    def _fill(self, fields: dict[str, Any], part: str) -> None:
        for label, value in fields.items():
            if isinstance(value, dict):
                self._fill(value, label)
            elif isinstance(value, str) and value.startswith(_NUMBER_OF):
                self.seen.fill(label, self._number(value.removeprefix(_NUMBER_OF)), part)
            else:
                self.seen.fill(label, value if isinstance(value, bool) else str(value), part)

    def _confirm(self, alerts: list[str]) -> None:
        for alert in alerts:
            self.seen.fill(alert, True)
            self.seen.fill("確認した理由", REASON, alert)

    def _send(self, method: str, address: str, fields: list[tuple[str, str]]) -> None:
        if method == "GET":
            answer = self.client.get(address, query_string=MultiDict(fields), follow_redirects=True)
        else:
            answer = self.client.post(address, data=MultiDict(fields), follow_redirects=True)
        self._take(answer)

    def _take(self, answer: TestResponse) -> None:
        """A page comes to the front; a paper or a file lies beside it."""
        self.status, self.paper, self.file = answer.status_code, b"", ""
        if answer.mimetype == "application/pdf":
            self.paper = answer.data
        elif answer.mimetype == "text/html":
            self.page = VisiblePage(answer.text, answer.request.path)
        else:
            self.file = answer.data.decode("utf-8-sig")

    # ---- what comes of it

    def _look(self, line: dict[str, Any]) -> None:
        refused = line.get("refused", [])
        if bool(refused) != (self.status >= 400):
            raise NotThere(f"the page answered {self.status}")
        self._say("page", self.seen.says(), [*refused, *line.get("says", [])], line.get("never", []))
        offered = "|".join(self.seen.offered())
        self._say(
            "page as links, buttons and fields", offered, line.get("offers", []), line.get("offers_not", [])
        )
        if "suggests" in line:
            found = self._suggested()
            assert found == line["suggests"], found
        if {"paper", "paper_never", "pages"} & set(line):
            assert self.paper, f"no paper came: {self._here()}"
            pages = page_texts(self.paper)
            assert len(pages) == int(line.get("pages", len(pages))), len(pages)
            self._say("paper", "".join(pages), line.get("paper", []), line.get("paper_never", []))
        if {"file", "file_never"} & set(line):
            assert self.file, f"no file came: {self._here()}"
            self._say("file", self.file, line.get("file", []), line.get("file_never", []))

    # ---- what our scripts do

    def _entry(self) -> Node:
        [form] = [each for each in self.seen.root.iter("form") if each.get("data-buildings-url")]
        return form

    def _find_address(self, kana: str, take: str) -> None:
        """住所を探す: a town found by the heads of its kana goes into the entry with its code."""
        answer = self.client.get(self._entry().get("data-kana-url", ""), query_string={"q": kana})
        found = {each["text"]: each["town_code"] for each in answer.get_json()["candidates"]}
        if take not in found:
            raise NotThere(f"address {take}: {list(found)}")
        self.seen.put("town", take)
        self.seen.put("address_code", found[take])

    def _suggested(self) -> list[str]:
        """What the page proposes for 方書 as it stands; its script asks with what is typed in the form."""
        form = self._entry()
        _method, _address, fields = self.seen.form(form)
        asked = {
            "town": dict(fields).get("address_code", ""),
            "lot": dict(fields).get("lot", ""),
            "building": dict(fields).get("building", ""),
        }
        answer = self.client.post(form.get("data-buildings-url", ""), data=asked)
        return [str(each["name"]) for each in answer.get_json()["buildings"]]

    @staticmethod
    def _say(where: str, text: str, says: list[str], never: list[str]) -> None:
        plain = squeezed(text)
        for words in says:
            if squeezed(words) not in plain:
                raise NotThere(f"the {where} does not say {words}: {text[:2000]}")
        for words in never:
            if squeezed(words) in plain:
                raise NotThere(f"the {where} says {words}")


# ---- messages from others


def arrive(office: Office, step: dict[str, Any]) -> None:
    """A message about somebody comes from outside and is taken in, as the program does it every few minutes."""
    given = dict(step["input"])
    name, who = given.pop("message"), given.pop("who")
    with office.database.transaction() as session:
        person = history.latest(session, number_of(session, office.town, who))
        assert person is not None, who
        source, kind, body = message_of(session, name, given, person, office.keyring)
        office.received += 1
        receive(
            session, office.keyring, source=source, kind=kind, external_id=f"message-{office.received}",
            body=body, now=office.clock(),
        )  # fmt: skip
    load_handlers()
    take_all(office.database, office.keyring, system_actor("連携の取込"), clock=office.clock)
