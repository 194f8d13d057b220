"""Settings: defaults for a trial, refusals in production, all mistakes at once."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from residentapp.config import (
    DEVELOPMENT_SECRET_KEY,
    EncryptionKey,
    Environment,
    Settings,
    SettingsError,
)

KEY_1 = base64.b64encode(bytes(range(32))).decode()
KEY_2 = base64.b64encode(bytes(range(32, 64))).decode()
KEY_3 = base64.urlsafe_b64encode(bytes(range(224, 256))).decode()
PRODUCTION = {
    "RESIDENTAPP_ENVIRONMENT": "production",
    "RESIDENTAPP_DATABASE_URL": "postgresql+psycopg://residentapp@db.example/residentapp",
    "RESIDENTAPP_SECRET_KEY": "q8Zr1-a-long-value-nobody-can-guess-7Xw2",
    "RESIDENTAPP_ENCRYPTION_KEYS": f"k2:{KEY_2},k1:{KEY_1}",
    "RESIDENTAPP_LOOKUP_KEY": KEY_3,
}


def problems_of(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(environ)
    return caught.value.problems


def names_of(environ: dict[str, str]) -> list[str]:
    return [problem.partition(":")[0].removeprefix("RESIDENTAPP_") for problem in problems_of(environ)]


def test_nothing_set_gives_a_trial_on_sqlite() -> None:
    settings = Settings.from_environment({"PATH": "/bin"})
    assert settings.environment is Environment.DEVELOPMENT
    assert settings.database_url == f"sqlite:///{(Path('.data') / 'residentapp.sqlite3').absolute()}"
    assert (settings.host, settings.port, settings.idle_minutes, settings.training) == (
        "127.0.0.1",
        8000,
        15,
        False,
    )


def test_the_database_follows_the_data_folder(tmp_path: Path) -> None:
    settings = Settings.from_environment({"RESIDENTAPP_DATA_DIR": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path}/residentapp.sqlite3"


def test_production_with_everything_set_is_accepted() -> None:
    settings = Settings.from_environment(PRODUCTION)
    assert settings.production
    assert settings.encryption_keys == (
        EncryptionKey("k2", bytes(range(32, 64))),
        EncryptionKey("k1", bytes(range(32))),
    )
    assert settings.lookup_key == bytes(range(224, 256))


@pytest.mark.requirement("CM-8", "CM-7", partial=True)
def test_production_refuses_every_default_secret_and_sqlite() -> None:
    names = names_of({"RESIDENTAPP_ENVIRONMENT": "production"})
    assert names == ["SECRET_KEY", "ENCRYPTION_KEYS", "LOOKUP_KEY", "DATABASE_URL"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short-but-unusual-5f"),
        ("SECRET_KEY", "x" * 64),
        ("SECRET_KEY", DEVELOPMENT_SECRET_KEY),
        ("LOOKUP_KEY", KEY_1),
        ("ENCRYPTION_KEYS", f"k1:{KEY_1},k1:{KEY_2}"),
        ("ENCRYPTION_KEYS", KEY_1),
        ("ENCRYPTION_KEYS", "k1:" + base64.b64encode(b"short").decode()),
        ("ENCRYPTION_KEYS", "k1:"),
        ("LOOKUP_KEY", "not base64!"),
        ("DATABASE_URL", "mysql://db/x"),
        ("DATABASE_URL", "no url"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "８０００"),
        ("IDLE_MINUTES", "-1"),
        ("LOCKOUT_FAILURES", "2"),
        ("TRAINING", "maybe"),
        ("LOG_LEVEL", "loud"),
        ("FONT_MJ", "/no/such/font.ttf"),
        ("FONTMJ", "/misspelt"),
    ],
)
def test_one_wrong_value_is_named_alone(name: str, value: str) -> None:
    assert names_of({**PRODUCTION, f"RESIDENTAPP_{name}": value}) == [name]


def test_all_mistakes_are_told_at_once_in_both_languages_without_secrets() -> None:
    environ = {
        "RESIDENTAPP_ENVIRONMENT": "producton",
        "RESIDENTAPP_PORT": "many",
        "RESIDENTAPP_LOOKUP_KEY": "geheim",
        "RESIDENTAPP_DATABASE_URL": "mysql://user:verraten@db/x",
        "RESIDENTAPP_SESION_HOURS": "3",
    }
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(environ)
    text = str(caught.value)
    assert "5件の誤り" in text and "5 setting(s)" in text
    assert names_of(environ) == ["ENVIRONMENT", "DATABASE_URL", "LOOKUP_KEY", "PORT", "SESION_HOURS"]
    assert "geheim" not in text and "verraten" not in text
    assert all(" / " in problem for problem in caught.value.problems)


def test_variables_of_tests_and_benches_are_not_settings() -> None:
    Settings.from_environment({"RESIDENTAPP_TEST_CHROMIUM": "/x", "RESIDENTAPP_BENCH_ROUNDS": "3"})


def test_a_font_must_be_a_font(tmp_path: Path) -> None:
    text, font = tmp_path / "text.ttf", tmp_path / "font.ttf"
    text.write_bytes(b"hello")
    font.write_bytes(b"\x00\x01\x00\x00rest")
    assert names_of({"RESIDENTAPP_FONT_GJ": str(text)}) == ["FONT_GJ"]
    assert Settings.from_environment({"RESIDENTAPP_FONT_GJ": str(font)}).font_gj == font
    assert Settings.from_environment({"RESIDENTAPP_FONT_MJ": "none"}).font_mj is None


def test_secrets_do_not_show_in_a_printed_value() -> None:
    shown = repr(Settings.from_environment(PRODUCTION))
    assert PRODUCTION["RESIDENTAPP_SECRET_KEY"] not in shown
    assert repr(bytes(range(32)))[2:-1] not in shown and repr(bytes(range(224, 256)))[2:-1] not in shown
    assert "db.example" not in shown
