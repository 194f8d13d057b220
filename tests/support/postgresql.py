"""A PostgreSQL server for one test run: made in a temporary folder, without safety for speed, gone at the end.

PostgreSQL refuses to run as root, so a run as root starts it as the user ``postgres`` (or ``nobody``).
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg

#: Said when the server's programs are not there: database tests then fail, they are never left out silently.
MISSING = (
    "PostgreSQL is not installed, and the database tests must run on it. Install it (Debian, Ubuntu: "
    "apt-get install postgresql), or set RESIDENTAPP_TEST_WITHOUT_POSTGRESQL=1 to leave these tests out on purpose."
)
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0


def _version(folder: Path) -> tuple[int, ...]:
    """Numeric version of ``/usr/lib/postgresql/<version>/bin``."""
    return tuple(int(part) for part in folder.parent.name.split(".") if part.isdigit())


def programs() -> Path | None:
    """Folder that holds ``initdb`` and ``postgres``: the newest of Debian's, else wherever PATH has them."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    for folder in debian:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _server_user() -> pwd.struct_passwd | None:
    """The user to run as when we are root; None when we are not."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("running as root, but neither the user postgres nor nobody exists to run PostgreSQL")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ThrowAwayServer:
    """One server with its own data folder on a free port of 127.0.0.1.

    :raises RuntimeError: when PostgreSQL is missing or does not come up; the text says what to do.
    """

    def __init__(self) -> None:
        found = programs()
        if found is None:
            raise RuntimeError(MISSING)
        self._programs = found
        self._user = _server_user()
        self.folder = Path(tempfile.mkdtemp(prefix="residentapp-pg-"))
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        self.port = _free_port()
        self._names = 0
        self._initialise()
        self._process = self._start()
        self._wait()

    def url(self, name: str) -> str:
        """SQLAlchemy URL of one database of this server."""
        return f"postgresql+psycopg://residentapp@127.0.0.1:{self.port}/{name}"

    def create(self, *, template: str = "template0") -> str:
        """Make a database as a copy of a template; returns its name."""
        self._names += 1
        name = f"t{self._names}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def drop(self, name: str) -> None:
        """Throw a database away, with whatever still hangs on it."""
        self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def stop(self) -> None:
        """Stop the server and remove its files."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="residentapp", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())

    def _command(self, program: str, arguments: Sequence[str]) -> list[str]:
        # setpriv changes the user when we are root and lets the server die with us when we are killed.
        command = ["setpriv", "--pdeathsig", "INT"]
        if self._user is not None:
            command += [f"--reuid={self._user.pw_uid}", f"--regid={self._user.pw_gid}", "--clear-groups"]
        return [*command, str(self._programs / program), *arguments]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def _initialise(self) -> None:
        arguments = ["--pgdata", str(self.folder / "data"), "--username", "residentapp", "--auth", "trust"]
        arguments += ["--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
        done = subprocess.run(
            self._command("initdb", arguments),
            cwd=self.folder, env=self._environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise RuntimeError(f"initdb failed: {done.stderr.strip()}")

    def _start(self) -> subprocess.Popen[bytes]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "autovacuum": "off",
            "shared_buffers": "64MB",
            "max_connections": "60",
            "timezone": "UTC",
        }
        arguments = ["-D", str(self.folder / "data")]
        for name, value in settings.items():
            arguments += ["-c", f"{name}={value}"]
        with (self.folder / "server.log").open("wb") as log:
            return subprocess.Popen(
                self._command("postgres", arguments),
                cwd=self.folder, env=self._environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self._execute("SELECT 1")
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    log = (self.folder / "server.log").read_text(errors="replace")
                    self.stop()
                    raise RuntimeError(f"PostgreSQL did not start: {log}") from None
                time.sleep(0.05)
