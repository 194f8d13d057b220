"""Settings: read from the environment once, checked as a whole, then handed in and never read again.

Every variable starts with ``RESIDENTAPP_``. A mistake stops the program before it serves anything, and
the message names *all* mistakes at once, in Japanese and English, so that an operator needs one round, not
seven. Values that are secret are never repeated in a message.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import enum
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "RESIDENTAPP_"
#: Variables of the test suite and of the benches share the prefix and are not settings.
_NOT_SETTINGS = ("RESIDENTAPP_TEST_", "RESIDENTAPP_BENCH_")

#: Where Debian's packages put the fonts; used when nothing is set, ignored when the file is not there.
DEBIAN_FONT_MJ = Path("/usr/share/fonts/truetype/ipamj/ipamjm.ttf")
DEBIAN_FONT_FALLBACK = Path("/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf")

#: Known to everybody who has read this file; good for a trial on one's own machine, refused in production.
DEVELOPMENT_SECRET_KEY = "development-only-secret-key-known-to-everybody"
_DEVELOPMENT_ENCRYPTION_KEY = b"development-only-encryption-key!"
_DEVELOPMENT_LOOKUP_KEY = b"development-only-lookup-hash-key"

#: Length of the session secret in characters, and of each encryption or look-up key in bytes.
SECRET_KEY_LENGTH = 32
KEY_BYTES = 32


class Environment(enum.StrEnum):
    """How strictly the settings are judged."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"

    @property
    def label(self) -> str:
        """Japanese label for screens."""
        return "試用・開発" if self is Environment.DEVELOPMENT else "本番"


@dataclass(frozen=True)
class EncryptionKey:
    """One key of the ring: its name is stored beside what it encrypted, so that keys can be changed."""

    key_id: str
    secret: bytes = field(repr=False)


class SettingsError(ValueError):
    """The environment cannot be used.

    :ivar problems: one text per mistake, Japanese first, English after it.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(
            f"環境変数の設定に{len(problems)}件の誤りがあります。直してからもう一度起動してください。\n"
            f"{len(problems)} setting(s) in the environment are wrong; correct them and start again.\n{lines}"
        )


@dataclass(frozen=True)
class Settings:
    """Everything that differs from one installation to the next. docs/settings.md explains each.

    :param idle_minutes: minutes without a request after which a session locks (CM-5).
    :param session_hours: hours after which a login ends whatever happens (CM-5).
    :param lockout_failures: failed logins in a row that lock a user (CM-5).
    :param lockout_minutes: how long the lock lasts, in minutes.
    :param lift_minutes: longest temporary lift of a suppression in minutes; it comes back by itself (RR-3.1b).
    :param review_minutes: longest time in minutes for which a reviewed certificate can be issued (RR-3.4b).
    :param encryption_keys: the first encrypts; the others only still decrypt (CM-7).
    :param lookup_key: key of the keyed hash by which encrypted numbers are found (CM-7).
    :param font_mj: IPAmj明朝, the exact glyphs; None when not installed (CM-1).
    :param font_gj: 追加文字行政事務標準明朝, the additional characters; None when not installed.
    :param font_fallback: a Mincho font for what the other two lack.
    :param cs_codes: the municipality's table of codes for 住基ネットCS; None for the provisional one (RR-1.1.8d).
    :param training: shows the training mark on every screen.
    :param trusted_proxies: how many reverse proxies in front set ``X-Forwarded-*``.
    :param threads: worker threads of one process.
    :param stop_seconds: how long a stop waits for requests under way.
    """

    environment: Environment = Environment.DEVELOPMENT
    data_dir: Path = Path(".data")
    database_url: str = field(default="", repr=False)
    secret_key: str = field(default=DEVELOPMENT_SECRET_KEY, repr=False)
    encryption_keys: tuple[EncryptionKey, ...] = (EncryptionKey("dev", _DEVELOPMENT_ENCRYPTION_KEY),)
    lookup_key: bytes = field(default=_DEVELOPMENT_LOOKUP_KEY, repr=False)
    font_mj: Path | None = None
    font_gj: Path | None = None
    font_fallback: Path | None = None
    cs_codes: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    threads: int = 8
    stop_seconds: int = 20
    trusted_proxies: int = 0
    idle_minutes: int = 15
    session_hours: int = 10
    lockout_failures: int = 5
    lockout_minutes: int = 30
    lift_minutes: int = 15
    review_minutes: int = 60
    training: bool = False
    log_level: str = "info"

    def __post_init__(self) -> None:
        if not self.database_url:
            path = (self.data_dir / "residentapp.sqlite3").absolute()
            object.__setattr__(self, "database_url", f"sqlite:///{path}")

    @property
    def production(self) -> bool:
        """True when real residents may be in the database."""
        return self.environment is Environment.PRODUCTION

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read and check the variables.

        :raises SettingsError: naming every mistake.
        """
        return _Reader(os.environ if environ is None else environ).read()

    def replace(self, **changes: Any) -> Settings:
        """A copy with some values changed (tests, commands)."""
        return dataclasses.replace(self, **changes)


class _Reader:
    """Reads one variable after the other and collects what is wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._values = {name: value.strip() for name, value in environ.items() if name.startswith(PREFIX)}
        self._known: set[str] = set()
        self._problems: list[str] = []

    def read(self) -> Settings:
        default = Settings()
        settings = Settings(
            environment=self._choice("ENVIRONMENT", default.environment),
            data_dir=Path(self._text("DATA_DIR", str(default.data_dir))),
            database_url=self._database_url(),
            secret_key=self._text("SECRET_KEY", default.secret_key),
            encryption_keys=self._encryption_keys(default.encryption_keys),
            lookup_key=self._key("LOOKUP_KEY", self._text("LOOKUP_KEY", ""), default.lookup_key),
            font_mj=self._font("FONT_MJ", DEBIAN_FONT_MJ),
            font_gj=self._font("FONT_GJ", None),
            cs_codes=self._file("CS_CODES"),
            font_fallback=self._font("FONT_FALLBACK", DEBIAN_FONT_FALLBACK),
            host=self._text("HOST", default.host),
            port=self._number("PORT", default.port, 1, 65535),
            threads=self._number("THREADS", default.threads, 1, 256),
            stop_seconds=self._number("STOP_SECONDS", default.stop_seconds, 1, 600),
            trusted_proxies=self._number("TRUSTED_PROXIES", default.trusted_proxies, 0, 10),
            idle_minutes=self._number("IDLE_MINUTES", default.idle_minutes, 1, 240),
            session_hours=self._number("SESSION_HOURS", default.session_hours, 1, 24),
            lockout_failures=self._number("LOCKOUT_FAILURES", default.lockout_failures, 3, 20),
            lockout_minutes=self._number("LOCKOUT_MINUTES", default.lockout_minutes, 1, 1440),
            lift_minutes=self._number("LIFT_MINUTES", default.lift_minutes, 1, 240),
            review_minutes=self._number("REVIEW_MINUTES", default.review_minutes, 1, 480),
            training=self._switch("TRAINING", default.training),
            log_level=self._log_level(default.log_level),
        )
        if settings.production:
            self._judge_for_production(settings)
        self._report_unknown()
        if self._problems:
            raise SettingsError(self._problems)
        return settings

    def _wrong(self, name: str, japanese: str, english: str) -> None:
        self._problems.append(f"{PREFIX}{name}: {japanese} / {english}")

    def _text(self, name: str, default: str) -> str:
        self._known.add(PREFIX + name)
        return self._values.get(PREFIX + name, "") or default

    def _number(self, name: str, default: int, low: int, high: int) -> int:
        text = self._text(name, str(default))
        if text.isascii() and text.isdigit() and low <= int(text) <= high:
            return int(text)
        self._wrong(
            name,
            f"{low}から{high}までの整数にしてください。",
            f"must be a whole number from {low} to {high}.",
        )
        return default

    def _switch(self, name: str, default: bool) -> bool:
        text = self._text(name, str(default)).lower()
        if text in ("1", "true", "yes", "on"):
            return True
        if text not in ("0", "false", "no", "off"):
            self._wrong(name, "trueかfalseにしてください。", "must be true or false.")
        return False

    def _choice(self, name: str, default: Environment) -> Environment:
        text = self._text(name, default.value).lower()
        try:
            return Environment(text)
        except ValueError:
            self._wrong(
                name,
                "developmentかproductionにしてください。",
                "must be development or production.",
            )
            return default

    def _log_level(self, default: str) -> str:
        text = self._text("LOG_LEVEL", default).lower()
        if text in ("debug", "info", "warning", "error"):
            return text
        self._wrong(
            "LOG_LEVEL",
            "debug・info・warning・errorのどれかにしてください。",
            "must be debug, info, warning or error.",
        )
        return default

    def _database_url(self) -> str:
        text = self._text("DATABASE_URL", "")
        if not text:
            return ""
        try:
            backend = make_url(text).get_backend_name()
        except ArgumentError:
            backend = ""
        if backend not in ("sqlite", "postgresql"):
            # The value is not repeated: it may hold a password.
            self._wrong(
                "DATABASE_URL",
                "postgresql+psycopg://利用者@ホスト/データベース か sqlite:///ファイル の形にしてください。",
                "must look like postgresql+psycopg://user@host/database or sqlite:///file.",
            )
            return ""
        return text

    def _file(self, name: str) -> Path | None:
        """A file that has to be there when it is named."""
        text = self._text(name, "")
        if not text:
            return None
        if not Path(text).is_file():
            self._wrong(name, "ファイルが見つかりません。", "the file does not exist.")
            return None
        return Path(text)

    def _font(self, name: str, usual: Path | None) -> Path | None:
        """A font file; unset means the usual place if there is one, ``none`` means without."""
        text = self._text(name, "")
        if text.lower() == "none":
            return None
        if not text:
            return usual if usual is not None and usual.is_file() else None
        path = Path(text)
        if not path.is_file():
            self._wrong(
                name,
                "フォントのファイルが見つかりません。使わないときはnoneにしてください。",
                "the font file does not exist; write none to do without.",
            )
            return None
        with path.open("rb") as file:
            start = file.read(4)
        if start not in (b"\x00\x01\x00\x00", b"OTTO", b"true", b"ttcf"):
            self._wrong(
                name,
                "フォント（TrueTypeまたはOpenType）のファイルではありません。",
                "is not a TrueType or OpenType file.",
            )
            return None
        return path

    def _key(self, name: str, text: str, default: bytes) -> bytes:
        if not text:
            return default
        try:
            key = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            self._wrong(
                name,
                f"{KEY_BYTES}バイトの鍵をbase64で書いてください（例: openssl rand -base64 {KEY_BYTES}）。",
                f"must hold {KEY_BYTES} bytes in base64 (make one: openssl rand -base64 {KEY_BYTES}).",
            )
            return default
        return key

    def _encryption_keys(self, default: tuple[EncryptionKey, ...]) -> tuple[EncryptionKey, ...]:
        """``name:base64,name:base64``; the first is the one in use."""
        text = self._text("ENCRYPTION_KEYS", "")
        if not text:
            return default
        keys: list[EncryptionKey] = []
        for part in text.split(","):
            key_id, separator, secret = part.strip().partition(":")
            if not separator or not key_id.isascii() or not key_id.isalnum() or len(key_id) > 16:
                self._wrong(
                    "ENCRYPTION_KEYS",
                    "「名前:鍵,名前:鍵」の形で、名前は英数字16字までにしてください。",
                    "must look like name:key,name:key with names of up to 16 letters and digits.",
                )
                return default
            if not secret:
                self._wrong("ENCRYPTION_KEYS", f"「{key_id}」の鍵がありません。", f"key {key_id} is empty.")
                return default
            keys.append(EncryptionKey(key_id, self._key("ENCRYPTION_KEYS", secret, b"")))
        if len({key.key_id for key in keys}) != len(keys):
            self._wrong("ENCRYPTION_KEYS", "同じ名前の鍵が2つあります。", "two keys have the same name.")
        return tuple(keys)

    def _judge_for_production(self, settings: Settings) -> None:
        default = Settings()
        judgements: list[tuple[str, Callable[[], bool], str, str]] = [
            (
                "SECRET_KEY",
                lambda: settings.secret_key == default.secret_key,
                "本番では独自の値が要ります（作り方: openssl rand -base64 48）。",
                "production needs a value of its own (make one: openssl rand -base64 48).",
            ),
            (
                "SECRET_KEY",
                lambda: len(settings.secret_key) < SECRET_KEY_LENGTH,
                f"本番では{SECRET_KEY_LENGTH}字以上にしてください。",
                f"must have at least {SECRET_KEY_LENGTH} characters in production.",
            ),
            (
                "SECRET_KEY",
                lambda: len(set(settings.secret_key)) < 12,
                "同じ文字の繰り返しではなく、推測できない値にしてください。",
                "must not be a repetition of a few characters.",
            ),
            (
                "ENCRYPTION_KEYS",
                lambda: any(key.secret == _DEVELOPMENT_ENCRYPTION_KEY for key in settings.encryption_keys),
                f"本番では独自の鍵が要ります（例: k1:「openssl rand -base64 {KEY_BYTES}」の結果）。",
                f"needs a key of its own (k1: and what openssl rand -base64 {KEY_BYTES} gives).",
            ),
            (
                "LOOKUP_KEY",
                lambda: settings.lookup_key == _DEVELOPMENT_LOOKUP_KEY,
                f"本番では独自の鍵が要ります（作り方: openssl rand -base64 {KEY_BYTES}）。",
                f"production needs a key of its own (make one: openssl rand -base64 {KEY_BYTES}).",
            ),
            (
                "LOOKUP_KEY",
                lambda: any(key.secret == settings.lookup_key for key in settings.encryption_keys),
                "暗号化の鍵とは別の鍵にしてください。",
                "must differ from the encryption keys.",
            ),
            (
                "DATABASE_URL",
                lambda: settings.database_url.startswith("sqlite"),
                "本番ではPostgreSQLを指定してください。SQLiteは試用のためのものです。",
                "production needs PostgreSQL; SQLite is for trials.",
            ),
        ]
        for name, is_wrong, japanese, english in judgements:
            already = any(problem.startswith(f"{PREFIX}{name}:") for problem in self._problems)
            if not already and is_wrong():
                self._wrong(name, japanese, english)

    def _report_unknown(self) -> None:
        for name in sorted(self._values):
            if name not in self._known and not name.startswith(_NOT_SETTINGS):
                self._wrong(
                    name.removeprefix(PREFIX),
                    "この名前の設定はありません。つづりを確かめてください。",
                    "there is no such setting; check the spelling.",
                )


def settings_of(ctx: click.Context) -> Settings:
    """Settings of a command's run, read from the environment at the first call (``--help`` needs none).

    A test may hand its own in as the context object.

    :raises click.UsageError: naming every wrong variable.
    """
    root = ctx.find_root()
    settings = root.obj
    if not isinstance(settings, Settings):
        try:
            settings = Settings.from_environment()
        except SettingsError as error:
            raise click.UsageError(str(error)) from error
        root.obj = settings
    return settings
