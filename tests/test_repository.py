"""Promises of the repository itself: pinned packages, each with its reason, and the two commands."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from residentapp.admin.demo import DEMO_PASSWORD, DEMO_USERS

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ["run.txt", "test.txt", "bench.txt"]


def name_of(requirement: str) -> str:
    """``Flask-WTF>=1.2`` → ``flask-wtf``."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None, requirement
    return re.sub(r"[-_.]+", "-", found.group()).lower()


def project() -> dict[str, list[str]]:
    """Packages that the project names, by group."""
    described = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups: dict[str, list[str]] = {"run": described["dependencies"], **described["optional-dependencies"]}
    return {group: [name_of(one) for one in requirements] for group, requirements in groups.items()}


def locked(lock: str) -> dict[str, str]:
    """Name of each locked package → its block of lines."""
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    blocks = re.findall(r"^[A-Za-z0-9].*(?:\n[ \t].*)*", text, flags=re.MULTILINE)
    return {name_of(block): block for block in blocks}


@pytest.mark.requirement("CM-7", partial=True)
@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_its_hashes(lock: str) -> None:
    blocks = locked(lock)
    assert len(blocks) > 30
    for name, block in blocks.items():
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[0-9]", block), f"{name} has no exact version"
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), f"{name} has no hash"


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_name_no_host(lock: str) -> None:
    assert "://" not in (ROOT / "requirements" / lock).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("lock", "groups"), [("run.txt", ["run", "build"]), ("test.txt", ["run", "build", "test"]), ("bench.txt", None)]
)  # fmt: skip
def test_locks_hold_what_the_project_asks_for(lock: str, groups: list[str] | None) -> None:
    wanted = {
        name for group, names in project().items() if groups is None or group in groups for name in names
    }
    assert wanted - set(locked(lock)) == set()


def test_the_locks_agree_with_each_other() -> None:
    """bin/test installs over what bin/demo installed, and must not change it."""
    run, test = locked("run.txt"), locked("test.txt")
    assert {
        name for name in run if name not in test or test[name].split()[0] != run[name].split()[0]
    } == set()


def test_every_package_has_its_reason() -> None:
    reasons = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    words = set(re.findall(r"[a-z0-9][a-z0-9-]*", reasons))
    direct = {name for names in project().values() for name in names if not name.startswith("types-")}
    assert direct - words == set(), "packages without a reason in docs/dependencies.md"
    assert set(locked("run.txt")) - words == set(), (
        "packages that others bring and docs/dependencies.md leaves out"
    )


def test_the_readme_begins_with_the_two_commands() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    commands = [line.split("#")[0].strip() for line in lines[:8] if line.startswith("bin/")]
    assert commands == ["bin/demo", "bin/test"]
    assert all(os.access(ROOT / command, os.X_OK) for command in commands)


def test_the_demo_names_accounts_that_exist() -> None:
    said = (ROOT / "bin" / "demo").read_text(encoding="utf-8")
    accounts = re.findall(r"^     ([a-z]+[0-9]) ", said, flags=re.MULTILINE)
    assert len(accounts) == 5
    assert set(accounts) <= {login for login, *_ in DEMO_USERS}
    assert f"パスワードはすべて {DEMO_PASSWORD}）" in said
    samples = re.findall(r"seed/\S+\.csv", said)
    assert samples and all((ROOT / sample).is_file() for sample in samples)


class TestDemoRefuses:
    """What bin/demo says before it sets anything up."""

    @pytest.fixture
    def taken(self) -> Iterator[int]:
        """A port on which somebody listens."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield server.getsockname()[1]

    def run(self, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if name not in ("PORT", "RESIDENTAPP_PORT")}
        return subprocess.run(
            [ROOT / "bin" / "demo"], env={**kept, **environment}, capture_output=True, text=True, timeout=30
        )

    @pytest.mark.parametrize("name", ["PORT", "RESIDENTAPP_PORT"])
    def test_a_taken_port(self, taken: int, name: str) -> None:
        done = self.run(**{name: str(taken)})
        assert done.returncode == 1
        assert f"ポート {taken} は、ほかのプログラムが使っています" in done.stderr
        assert "PORT=8080 bin/demo" in done.stderr

    @pytest.mark.parametrize("port", ["0", "65536", "http", "80 80", "-1"])
    def test_what_is_no_port(self, port: str) -> None:
        done = self.run(PORT=port)
        assert done.returncode == 2
        assert "1から65535まで" in done.stderr

    def test_our_own_name_for_the_port_comes_first(self, taken: int) -> None:
        assert self.run(PORT="http", RESIDENTAPP_PORT=str(taken)).returncode == 1


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
            if not (document.parent / target).exists():
                broken.append(f"{document.name} → {target}")
    assert broken == []
