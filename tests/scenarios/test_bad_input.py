"""Bad input and bad luck, tried on the whole way: clear messages, nothing lost, nothing doubled."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import http.cookiejar
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from sqlalchemy import func, select

from residentapp.admin.demo import DEMO_PASSWORD
from residentapp.core import audit
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of, system_clock
from residentapp.core.crypto import Keyring, bind_keyring
from residentapp.core.dates import to_wareki
from residentapp.core.db import Database
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import CaseState
from residentapp.residents.models import Addressee, ResidentHistory
from tests.conftest import Login
from tests.residents.move_in.conftest import ENTER
from tests.residents.move_in.test_screens import (
    SAMPLES,
    WHERE,
    Counter,
    reasons_of,
    register,
    text_of,
    version_of,
)
from tests.residents.move_in.test_screens import approver as approver_fixture
from tests.residents.move_in.test_screens import counter as counter_fixture
from tests.support.databases import SqliteSource
from tests.support.users import Browser

counter, approver = counter_fixture, approver_fixture


@pytest.fixture
def backend(sqlite_source: SqliteSource) -> SqliteSource:
    """What is tried here does not differ between the databases: one is enough."""
    return sqlite_source


#: Names that somebody could write into a file, and that must stay what they are: text.
EVIL = (
    "架空　<script>alert('x')</script>",
    "架空　');DROP/**/TABLE/**/resident_history;--",
    '架空　"><img/src=x/onerror=alert(1)>',
    "架空　{{1234*9}}${1234*9}%s%(name)s",
)
SEE = (*ENTER, Permission.CERTIFICATE_ISSUE, Permission.ISSUE_HISTORY_VIEW)


def family_named(*names: str) -> bytes:
    """The sample family with other names: a file as another municipality would send it."""
    lines = (SAMPLES / "family_of_four.csv").read_text("utf-8-sig").splitlines()
    rows = [line.split(",") for line in lines]
    old_head = rows[1][6]
    for row, name in zip(rows[1:], names, strict=True):
        row[6] = name
    cells = [[names[0] if cell == old_head else cell for cell in row] for row in rows]
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in cells]
    return "\r\n".join(quoted).encode()


def approve(counter: Counter, approver: Browser) -> None:
    """The approver reads the case and puts it into the register."""
    review = approver.get(f"/move-in/{counter.case_id}/review")
    data = {"version": version_of(review), **reasons_of(review)}
    done = approver.post(f"/move-in/{counter.case_id}/approve", data=data)
    assert done.status_code == 303, text_of(done)


@pytest.mark.requirement("CM-7", "RR-4.0.9", partial=True)
def test_names_with_markup_and_sql_go_all_the_way_as_text(
    counter: Counter, approver: Browser, login: Login, database: Database
) -> None:
    """From the file over the entry, the register, the search and the page of the person to the certificate."""
    taken = counter.upload(family_named(*EVIL), "家族.csv")
    answers = [taken, counter.send("check", **WHERE), counter.page("/check"), counter.page()]
    done = register(counter)
    assert done.status_code == 303
    answers.append(approver.get(f"/move-in/{counter.case_id}/review"))
    assert counter.state() is CaseState.PROVISIONAL, text_of(counter.page("/check"))
    approve(counter, approver)
    answers.append(approver.get(f"/move-in/{counter.case_id}/done"))

    with database.transaction() as session:
        people = session.scalars(select(ResidentHistory).where(ResidentHistory.is_latest)).all()
        assert sorted(person.name or "" for person in people) == sorted(EVIL)
        numbers = {person.name: person.addressee_number for person in people}
    browser = login(*SEE, login="madoguchi", name="窓口")
    for name in EVIL:
        found = browser.post("/search", data={"name": name, "name_match": "full"}, follow_redirects=True)
        assert '<h2 id="result-title"' in found.text and "1件" in found.text, name
        answers.append(found)
        person = browser.post(
            "/residents/open", data={"addressee_number": numbers[name]}, follow_redirects=True
        )
        assert name in unescape(person.text)
        answers.append(person)
    answers.append(browser.get("/search/history"))
    for answer in answers:
        assert answer.status_code in (200, 303)
        for markup in ("<script>alert", "<img/src=x", "11106"):
            assert markup not in re.sub(r'value="[^"]*"|/[\w/-]+', "", answer.text), answer.request.path

    state = person.request.path.rsplit("/", 1)[1]
    form = browser.get(f"/certificates/from-resident/{state}").headers["Location"]
    asked = {
        "style": "resident_copy_household", "subjects": sorted(numbers.values()), "shown": ["kana"], "copies": "1",
        "requester": "self", "fee": "paid", "act": "issue",
    }  # fmt: skip
    issued = browser.post(form, data=asked)
    assert issued.status_code == 303, text_of(issued)
    page = browser.get(issued.headers["Location"])
    [address] = re.findall(r"/certificates/file/[^\"]+\.pdf", page.text)
    paper = browser.get(address)
    printed = "".join(
        sheet.get_textpage().get_text_range() for sheet in pdfium.PdfDocument(paper.data)
    ).replace("\r\n", "")
    for name in EVIL:
        assert name.replace("　", "") in printed.replace("　", ""), name
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(ResidentHistory)) == 4


@pytest.mark.requirement("RR-1.1.8a", partial=True)
@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("令和8年2月30日", "2月は28日まで"),
        ("昭和64年1月8日", "昭和64年"),
        ("平成元年1月7日", "平成"),
        ("令和8年13月1日", "13月"),
        ("2026-02-30", "2月は28日まで"),
        ("きのう", "日付"),
        ("令和9年1月1日", "今日より後"),
        ("99999999999999", "日付"),
    ],
)
def test_impossible_dates_are_told_and_kept(counter: Counter, date: str, words: str) -> None:
    """The message says what is wrong with this date; what was typed is still in the field."""
    counter.upload((SAMPLES / "family_of_four.csv").read_bytes(), "家族.csv")
    counter.send("check", **{**WHERE, "members-1-birth_date": date})
    page = counter.page("/check")
    said = text_of(page)
    assert "生年月日" in said and words in said, said[:1500]
    assert 'data-key="F10"' not in page.text
    assert counter.entry().members[1].birth_date == date
    assert date in unescape(counter.page().text)


@pytest.mark.requirement("RR-10.8", partial=True)
def test_files_of_every_kind_are_taken_in_or_explained(counter: Counter) -> None:
    text = (SAMPLES / "family_of_four.csv").read_text("utf-8-sig")
    plain = re.sub("[\U000e0100-\U000e01ef]", "", text).replace("𠮷", "吉")
    for data in (text.encode("utf-8-sig"), plain.encode("cp932")):
        page = counter.upload(data, "転出.csv")
        assert page.status_code == 200 and len(counter.entry().members) == 4
    kept = counter.case_id
    heading, first, *rest = text.splitlines()
    columns = heading.split(",")
    without = [",".join(cell for place, cell in enumerate(line.split(",")) if columns[place] != "生年月日")
               for line in (heading, first, *rest)]  # fmt: skip
    for data, words in (
        ("\n".join(without).encode(), "生年月日"),
        ("\n".join([heading, *[first] * 10_000]).encode(), "50人まで"),
        (b"\x00\x01\x02" * 1000, "CSV"),
    ):
        answer = counter.upload(data, "転出.csv")
        assert words in text_of(answer), text_of(answer)[:800]
        assert "Traceback" not in answer.text
    assert counter.case_id == kept, "a file with errors begins no case"


# ---- the server dies


@dataclass
class Clerk:
    """Somebody at a browser without scripts, over the wire."""

    address: str

    def __post_init__(self) -> None:
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )
        self.path = ""
        self._token = ""

    def send(self, path: str, body: bytes | None = None, kind: str = "") -> str:
        """The page at which the request ends."""
        request = urllib.request.Request(self.address + path, data=body)
        if kind:
            request.add_header("Content-Type", kind)
        if body is not None:
            request.add_header("X-CSRFToken", self._token)
        try:
            with self._opener.open(request, timeout=30) as answer:
                text = str(answer.read().decode())
                self.path = urllib.parse.urlsplit(answer.url).path
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {_plain(error.read().decode())[:500]}") from error
        token = re.search(r'name="csrf-token" content="([^"]+)"', text)
        self._token = token[1] if token else self._token
        return text

    def post(self, path: str, fields: dict[str, str | list[str]]) -> str:
        """Send a form."""
        body = urllib.parse.urlencode(fields, doseq=True).encode()
        return self.send(path, body, "application/x-www-form-urlencoded")

    def upload(self, path: str, data: bytes) -> str:
        """Send a file."""
        head = '--b\r\nContent-Disposition: form-data; name="certificate"; filename="a.csv"\r\n\r\n'
        return self.send(path, head.encode() + data + b"\r\n--b--\r\n", "multipart/form-data; boundary=b")

    def log_in(self, login: str) -> None:
        """The morning's login."""
        page = self.send("/login")
        terminal = re.search(r'<option[^>]*value="([^"]+)"', page)
        assert terminal
        self.post("/login", {"login": login, "password": DEMO_PASSWORD, "terminal": terminal[1]})
        assert self.path == "/"


def _plain(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page)))


class Server:
    """``residentapp serve`` on a town of its own, to be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'residentapp.sqlite3'}"
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("RESIDENTAPP_")
        }
        environment |= {
            "RESIDENTAPP_DATABASE_URL": self.url,
            "RESIDENTAPP_DATA_DIR": str(self._folder),
            "RESIDENTAPP_PORT": str(self._port),
            "RESIDENTAPP_LOG_LEVEL": "warning",
        }
        command = [sys.executable, "-c", "from residentapp.cli import main; main()", "serve"]
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"{self.address}/healthz", timeout=5).close()
                return
            except OSError:
                assert self._process.poll() is None, "the server did not start"
                time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        """kill -9: no goodbye, no clean-up."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = None

    def stop(self) -> None:
        """End it, however the test went."""
        if self._process is not None:
            self.kill()


@pytest.fixture
def server(town_file: Path, tmp_path: Path) -> Iterator[Server]:
    shutil.copyfile(town_file, tmp_path / "residentapp.sqlite3")
    made = Server(tmp_path)
    made.start()
    yield made
    made.stop()


def alerts_of(page: str) -> dict[str, str | list[str]]:
    """A tick and a reason for every alert of a page."""
    keys = [unescape(key) for key in re.findall(r'name="alert" value="([^"]*)"', page)]
    return {"alert": keys, **{f"alert-reason:{key}": "書類で確かめた" for key in keys}}


def version_on(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found, _plain(page)[:800]
    return found[1]


@pytest.mark.requirement("RR-4.0.8a", "CM-5.2", partial=True)
def test_a_server_killed_between_provisional_and_final_loses_and_doubles_nothing(
    server: Server, keyring: Keyring
) -> None:
    """Killed once after the provisional entry and once in the middle of the approval."""
    today = day_of(system_clock())
    moved = to_wareki(today - dt.timedelta(days=3))
    sample = (SAMPLES / "family_of_four.csv").read_text("utf-8").replace("令和8年11月20日", moved)
    clerk = Clerk(server.address)
    clerk.log_in("madoguchi1")
    clerk.send("/move-in")
    page = clerk.upload("/move-in/csv", sample.encode())
    case = clerk.path
    where = {**WHERE, "moved_on": moved, "notified_on": to_wareki(today)}
    page = clerk.post(case, {"version": version_on(page), "act": "check", **where})
    assert clerk.path == f"{case}/check"
    page = clerk.post(f"{case}/check", {"version": version_on(page), "act": "register", **alerts_of(page)})
    assert "仮登録しました" in page, _plain(page)[:1500]
    server.kill()
    assert states_of(server, keyring) == [CaseState.PROVISIONAL]
    server.start()

    officer = Clerk(server.address)
    officer.log_in("kessai1")
    assert officer.send("/cases/waiting").count(f"{case}/review") >= 1
    before = people_of(server, keyring)
    page = officer.send(f"{case}/review")
    fields = {"version": version_on(page), **alerts_of(page)}

    def approve_unheard() -> None:
        # The answer never comes, or comes from a dying server.
        with contextlib.suppress(OSError, AssertionError, http.client.HTTPException):
            officer.post(f"{case}/approve", fields)

    asking = threading.Thread(target=approve_unheard)
    asking.start()
    time.sleep(0.05)
    server.kill()
    asking.join()
    [state] = states_of(server, keyring)
    assert people_of(server, keyring) == before + (4 if state is CaseState.FINAL else 0), "half of a family"
    server.start()

    second = Clerk(server.address)
    second.log_in("kessai2")
    if state is CaseState.PROVISIONAL:
        page = second.send(f"{case}/review")
        second.post(f"{case}/approve", {"version": version_on(page), **alerts_of(page)})
    assert "本登録しました" in second.send(f"{case}/done")
    server.kill()
    assert states_of(server, keyring) == [CaseState.FINAL]
    assert people_of(server, keyring) == before + 4
    database = opened(server, keyring)
    with database.transaction() as session:
        numbers = session.scalars(
            select(ResidentHistory.individual_number_hash).where(
                ResidentHistory.is_latest, ResidentHistory.individual_number_hash.is_not(None)
            )
        ).all()
        assert len(numbers) == len(set(numbers))
        assert audit.verify(session).ok
    database.dispose()


def opened(server: Server, keyring: Keyring) -> Database:
    """The database of a server that is not running."""
    database = Database(server.url)
    bind_keyring(database, keyring)
    return database


def states_of(server: Server, keyring: Keyring) -> list[CaseState]:
    """States of all cases."""
    database = opened(server, keyring)
    with database.transaction() as session:
        states = list(session.scalars(select(ChangeCase.state)))
    database.dispose()
    return states


def people_of(server: Server, keyring: Keyring) -> int:
    """How many people the register knows; each has exactly one current row."""
    database = opened(server, keyring)
    with database.transaction() as session:
        people = session.scalar(select(func.count()).select_from(Addressee)) or 0
        current = session.scalar(
            select(func.count()).select_from(ResidentHistory).where(ResidentHistory.is_latest)
        )
    database.dispose()
    assert current == people
    return people
