"""The application behind a real port, and headless Chromium to look at it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

#: Said when there is no browser: browser tests then fail, they are never left out silently.
MISSING = (
    "Chromium is not installed, and the browser tests need it. Install it (Debian: apt-get install chromium), "
    "or name one with RESIDENTAPP_TEST_CHROMIUM=/path/to/chromium."
)


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Tests need no list of requests."""


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """Serve the application on a free port of 127.0.0.1; gives its address without a slash at the end."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def chromium_path() -> str:
    """The installed Chromium.

    :raises RuntimeError: when there is none; the text says what to do.
    """
    named = os.environ.get("RESIDENTAPP_TEST_CHROMIUM")
    candidates = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    for candidate in candidates:
        found = shutil.which(candidate)
        if found:
            return found
    raise RuntimeError(MISSING)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Headless Chromium for a whole run."""
    with sync_playwright() as playwright:
        # Containers that run the tests as root give Chromium no sandbox; the tests open only our own pages.
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """Notes what must not happen on any of our pages."""

    def __init__(self, page: Page) -> None:
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error.message}"))
        page.on("console", self._on_console)
        page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "content security policy" in message.text:
            self.problems.append(f"refused by the content security policy: {message.text}")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname != "127.0.0.1":
            self.problems.append(f"asks another host: {address.hostname}")


def keep_picture(page: Page, folder: Path, name: str) -> Path:
    """Save what the page looks like, for the person who reads a failed test."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path
