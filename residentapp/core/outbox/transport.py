"""What carries messages: an interface, and one that writes and reads files in folders.

Whatever the carrier, delivering the same message twice must come to the same as delivering it once; a sender that died
between delivering and saying so delivers again.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from residentapp.core.outbox.types import Partner, PartnerUnreachable

#: Name of the form of our files. It is this project's own, not that of any official interface.
FORMAT = "residentapp-message/1"
#: Larger files are no messages.
LARGEST_FILE = 10 * 1024 * 1024

_ID = re.compile(r"[\x21-\x7e]{1,100}")
_KIND = re.compile(r"[a-z0-9_.]{1,40}")


@dataclass(frozen=True)
class Envelope:
    """A message as it leaves.

    :param name: the same for the same message, in the order of writing, and without any personal value.
    :param content: JSON as :data:`FORMAT` has it.
    """

    destination: Partner
    name: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Arrival:
    """What lies in a partner's folder.

    :param handle: with it the transport finds it again. :param data: as it came, of whatever form.
    """

    source: Partner
    handle: str
    data: bytes


class Transport(Protocol):
    """Carries messages to and from partners."""

    def deliver(self, envelope: Envelope) -> None:
        """Hand a message over, durably; again for the same message is without effect.

        :raises MessageRefused: when this message can never be handed over.
        :raises PartnerUnreachable: when nothing can be handed over at the moment.
        """

    def arrivals(self, source: Partner) -> Iterator[Arrival]:
        """What has come, in the order of its names.

        :raises PartnerUnreachable: when that cannot be seen at the moment.
        """

    def acknowledge(self, arrival: Arrival, *, accepted: bool) -> None:
        """Called once what came is safely kept; ``accepted`` is False for what could not be read."""


class FolderTransport:
    """Files in ``<root>/<partner>/out`` and ``…/in``, one JSON file per message.

    A file appears under its name only when it is complete. Whoever fetches from ``out`` moves the file to ``out/taken``
    (or removes it); what we have read goes from ``in`` to ``in/taken`` or ``in/rejected``. Files are for their owner
    only, because they hold personal data in the clear.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, partner: Partner, way: str) -> Path:
        """The folder of a partner, ``out`` or ``in``; made when it is missing."""
        path = self.root / partner.value / way
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def deliver(self, envelope: Envelope) -> None:
        """Write the file, unless it lies there or has been fetched already."""
        try:
            folder = self.folder(envelope.destination, "out")
            target = folder / f"{envelope.name}.json"
            if target.exists() or (folder / "taken" / target.name).exists():
                return
            write_whole(target, json.dumps(envelope.content, ensure_ascii=False, indent=1).encode())
        except OSError as error:
            raise PartnerUnreachable(_why(error)) from error

    def arrivals(self, source: Partner) -> Iterator[Arrival]:
        """Files whose names end in ``.json``; others are not ready or not for us."""
        try:
            paths = sorted(path for path in self.folder(source, "in").glob("*.json") if path.is_file())
        except OSError as error:
            raise PartnerUnreachable(_why(error)) from error
        for path in paths:
            try:
                with path.open("rb") as file:
                    data = file.read(LARGEST_FILE + 1)
            except FileNotFoundError:
                continue  # another process was faster
            except OSError as error:
                raise PartnerUnreachable(_why(error)) from error
            yield Arrival(source, path.name, data)

    def acknowledge(self, arrival: Arrival, *, accepted: bool) -> None:
        """Move the file out of the way."""
        folder = self.folder(arrival.source, "in")
        done = folder / ("taken" if accepted else "rejected")
        try:
            done.mkdir(mode=0o700, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                os.replace(folder / arrival.handle, done / arrival.handle)
        except OSError as error:
            raise PartnerUnreachable(_why(error)) from error


def write_whole(target: Path, data: bytes) -> None:
    """Write a file that is there completely or not at all, also after a power cut."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _why(error: OSError) -> str:
    """The kind of an error of the file system; its text could hold a path."""
    return f"連携のフォルダーを読み書きできません（{type(error).__name__}）。"


@dataclass(frozen=True)
class Letter:
    """A message as it arrived, read."""

    external_id: str
    kind: str
    body: dict[str, Any]


class Unreadable(ValueError):
    """A file that is no message; the text says why, in words that may be shown."""


def read_letter(data: bytes) -> Letter:
    """The message in a file.

    :raises Unreadable: when it does not have the form of :data:`FORMAT`.
    """
    if len(data) > LARGEST_FILE:
        raise Unreadable("ファイルが大きすぎます（10MBまで）。")
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Unreadable("JSONとして読めません。") from None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise Unreadable(f"形式（format）が {FORMAT} ではありません。")
    external_id, kind, body = value.get("id"), value.get("kind"), value.get("body")
    if not (isinstance(external_id, str) and _ID.fullmatch(external_id)):
        raise Unreadable("番号（id）がないか、半角の英数字と記号の100文字以内ではありません。")
    if not (isinstance(kind, str) and _KIND.fullmatch(kind)):
        raise Unreadable("種別（kind）がないか、半角の英小文字・数字・._ の40文字以内ではありません。")
    if not isinstance(body, dict):
        raise Unreadable("内容（body）がありません。")
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Unreadable("内容に文字にならない符号（サロゲート）があります。") from None
    if "\\u0000" in json.dumps(body):
        raise Unreadable("内容に使えない文字（NUL）があります。")
    return Letter(external_id, kind, body)
