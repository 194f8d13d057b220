"""The server of one process (waitress), which stops without breaking off what it is doing (CM-8)."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType
from typing import Any

import click
import waitress
from flask import Flask
from waitress import wasyncore

from residentapp.config import Settings
from residentapp.core.web.context import EXTENSION
from residentapp.core.web.logging import logger

_LOOP_SECONDS = 1.0


class Server:
    """Waitress with a gentle stop.

    On the first signal it takes no more connections, finishes and sends the answers under way, at most
    ``stop_seconds`` long, and returns. A load balancer that sees ``/readyz`` refuse sends its next request
    elsewhere.
    """

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._settings = settings
        self._map: dict[int, Any] = {}
        self._server: Any = waitress.create_server(
            app,
            map=self._map,
            host=settings.host,
            port=settings.port,
            threads=settings.threads,
            ident="",
            channel_timeout=60,
            clear_untrusted_proxy_headers=not settings.trusted_proxies,
            max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + 1024 * 1024,
        )
        self._stopping = threading.Event()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that it listens on (the port is chosen by the system when 0 was asked for)."""
        return self._settings.host, int(self._server.effective_port)

    def stop(self, *_signal: int | FrameType | None) -> None:
        """Ask it to stop; usable as a signal handler and from other threads."""
        if not self._stopping.is_set():
            self._stopping.set()
            self._server.trigger.pull_trigger()

    def run(self) -> None:
        """Serve until asked to stop. Signals are caught when this is the main thread."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self.stop)
            signal.signal(signal.SIGINT, self.stop)
        while not self._stopping.is_set():
            wasyncore.loop(timeout=_LOOP_SECONDS, map=self._map, count=1)
        self._finish()

    def _busy(self) -> bool:
        channels = list(self._server.active_channels.values())
        return any(channel.requests or channel.total_outbufs_len for channel in channels)

    def _finish(self) -> None:
        self._server.accepting = False
        self._server.del_channel(self._map)
        self._server.socket.close()
        deadline = time.monotonic() + self._settings.stop_seconds
        while self._busy() and time.monotonic() < deadline:
            wasyncore.loop(timeout=0.1, map=self._map, count=1)
        left = self._busy()
        self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=1)
        wasyncore.close_all(self._map, ignore_all=True)
        logger("residentapp.server").info("stopped", finished_everything=not left)


def serve(settings: Settings, app: Flask) -> None:
    """Serve the application until SIGTERM or SIGINT."""
    server = Server(app, settings)
    # Reading the fonts takes a moment; no clerk should be the one who waits for it.
    threading.Thread(target=app.extensions[EXTENSION].load_fonts, daemon=True, name="fonts").start()
    host, port = server.address
    logger("residentapp.server").info("serving", host=host, port=port, environment=settings.environment.value)
    click.echo(f"http://{host}:{port}/ で動いています。止めるには Ctrl+C を押してください。")
    try:
        server.run()
    finally:
        app.extensions[EXTENSION].database.dispose()
