"""The server stops gently: what is under way is finished and sent, nothing new is taken."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from flask import Flask

from residentapp.config import Settings
from residentapp.core.web.server import Server

#: Larger than any socket's buffer, so that sending takes several rounds.
LARGE = 8_000_000


@contextmanager
def running(app: Flask, *, stop_seconds: int) -> Iterator[tuple[Server, threading.Thread]]:
    server = Server(app, Settings(port=0, threads=4, stop_seconds=stop_seconds))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server, thread
    finally:
        server.stop()
        thread.join(20)
        assert not thread.is_alive()


def slow_app(begun: threading.Event, finish: threading.Event) -> Flask:
    app = Flask("slow")
    app.config["MAX_CONTENT_LENGTH"] = 1000

    @app.get("/slow")
    def slow() -> bytes:
        begun.set()
        finish.wait(15)
        return b"x" * LARGE

    return app


@pytest.mark.requirement("CM-8", partial=True)
def test_an_answer_under_way_is_finished_and_new_ones_are_refused() -> None:
    begun, finish = threading.Event(), threading.Event()
    with running(slow_app(begun, finish), stop_seconds=15) as (server, thread):
        host, port = server.address
        connection = http.client.HTTPConnection(host, port, timeout=15)
        connection.request("GET", "/slow")
        assert begun.wait(10)
        server.stop()
        deadline = time.monotonic() + 5
        refused = False
        while not refused and time.monotonic() < deadline:
            try:
                http.client.HTTPConnection(host, port, timeout=1).connect()
                time.sleep(0.05)
            except ConnectionRefusedError:
                refused = True
        assert refused
        assert thread.is_alive()
        finish.set()
        assert len(connection.getresponse().read()) == LARGE
        thread.join(10)
        assert not thread.is_alive()


def test_a_stop_does_not_wait_longer_than_it_was_told() -> None:
    begun, finish = threading.Event(), threading.Event()
    with running(slow_app(begun, finish), stop_seconds=1) as (server, thread):
        connection = http.client.HTTPConnection(*server.address, timeout=15)
        connection.request("GET", "/slow")
        assert begun.wait(10)
        start = time.monotonic()
        server.stop()
        thread.join(10)
        assert not thread.is_alive()
        assert time.monotonic() - start < 6
        finish.set()


@pytest.mark.requirement("CM-8", partial=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_and_ends_on_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    port = 18000 + os.getpid() % 10000
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("RESIDENTAPP_")},
        "RESIDENTAPP_DATA_DIR": str(tmp_path),
        "RESIDENTAPP_PORT": str(port),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "residentapp.cli", "serve"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        deadline = time.monotonic() + 60
        answered = False
        while not answered and time.monotonic() < deadline and process.poll() is None:
            try:
                with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                    answered = answer.status == 200
            except OSError:
                time.sleep(0.1)
        assert answered
        process.send_signal(number)
        output, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0
    assert f"http://127.0.0.1:{port}/" in output.decode()
    assert '"finished_everything": true' in errors.decode()
