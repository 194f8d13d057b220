"""The application behind a real port, and headless Chromium to look at it."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError
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
    expect.set_options(timeout=20_000)
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


_LEAVING = "window.addEventListener('beforeunload', () => { window.leaving = true; });"
_ARRIVED = "!window.leaving && document.readyState === 'complete'"
#: Between two looks; also long enough for a key to set a form or a link going. Milliseconds.
_MOMENT = 25
_LONGEST = 30.0


def wait_until(page: Page, expression: str) -> None:
    """Wait until an expression is true in the page, over changes of the page.

    Playwright's own waiting evaluates text inside the page, which our content security policy refuses.
    """
    deadline = time.monotonic() + _LONGEST
    while not page.is_closed():
        # The page is just changing: there is nothing to ask until the next one has begun.
        with suppress(PlaywrightError):
            if page.evaluate(expression):
                return
        if time.monotonic() > deadline:
            raise AssertionError(f"not so after {_LONGEST:.0f} seconds: {expression}")
        with suppress(PlaywrightError):
            page.wait_for_timeout(_MOMENT)


def follow_keys(page: Page) -> None:
    """Let ``page.keyboard.press`` return only when the page that the key led to is there, script and all.

    A clerk waits for the page before typing on; a test that does not would type into a page whose script has not
    begun yet, the more often the busier the machine is.
    """
    page.add_init_script(_LEAVING)
    press = page.keyboard.press

    def press_and_arrive(key: str, *, delay: float | None = None) -> None:
        press(key, delay=delay)
        if page.is_closed():
            return
        with suppress(PlaywrightError):
            page.wait_for_timeout(_MOMENT)
        wait_until(page, _ARRIVED)

    page.keyboard.press = press_and_arrive  # type: ignore[method-assign]
