"""``residentapp certificate issue``: as at the counter, from the command line."""

from __future__ import annotations

import stat
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from residentapp.cli import root
from residentapp.config import Settings
from residentapp.core.db import Database
from residentapp.residents.certificates.models import CertificateIssue
from tests.support import residents
from tests.support.masters import make_masters
from tests.support.removed import removed, store


@pytest.fixture
def number(database: Database) -> str:
    with database.transaction() as session:
        make_masters(session)
        one, _ = residents.family(
            session,
            {"name": "架空　一", "head_name": "架空　一"},
            {"name": "架空　二", "head_name": "架空　一", "relationship_to_head": "妻"},
        )
        return one.addressee_number


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(root, ["certificate", "issue", *arguments], obj=settings)


def words(path: Path) -> str:
    text: str = pdfium.PdfDocument(path)[0].get_textpage().get_text_range()
    return text


@pytest.mark.parametrize(
    ("more", "there", "absent"),
    [
        (["--form", "resident_copy_household"], ["架空　一", "架空　二"], ["見本"]),
        (["--form", "resident_copy_household", "--alone"], ["架空　一"], ["架空　二"]),
        (["--form", "resident_copy_individual", "--show", "history"], ["国内転入"], ["架空　二"]),
    ],
)
def test_a_certificate_is_issued_recorded_and_written(
    settings: Settings, database: Database, number: str, tmp_path: Path,
    more: list[str], there: list[str], absent: list[str],
) -> None:  # fmt: skip
    out = tmp_path / "copy.pdf"
    result = run(settings, "--resident", number, "--out", str(out), *more)
    assert result.exit_code == 0, result.output
    page = words(out)
    assert all(word in page for word in there) and not any(word in page for word in absent)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with database.transaction() as session:
        [row] = session.scalars(select(CertificateIssue))
        assert row.issue_number in result.output and row.user_login == "system"
        assert row.handed_over_at is not None


@pytest.mark.parametrize("stored", [False, True])
def test_a_removed_record_has_a_form_of_its_own(
    settings: Settings, database: Database, tmp_path: Path, stored: bool
) -> None:
    with database.transaction() as session:
        make_masters(session)
        gone = removed(session, name="蔵元　転吉")
        number = gone.addressee_number
        if stored:
            store(session, gone)
    out = tmp_path / "copy.pdf"
    asked = ["--resident", number, "--out", str(out)]
    refused = run(settings, *asked, "--form", "resident_copy_individual")
    assert refused.exit_code == 1 and "CI-E002" in refused.output and not out.exists()
    done = run(settings, *asked, "--form", "removed_record_copy", "--show", "history")
    assert done.exit_code == 0, done.output
    assert "住　民　票　の　除　票" in words(out) and "例示県隣市北町" in words(out)
    blank = run(settings, *asked, "--form", "removed_record_copy", "--record", "3", "--blank-destination")
    assert blank.exit_code == 0 and "例示県" not in words(out)
    none = run(settings, *asked, "--form", "removed_record_copy", "--record", "2")
    assert none.exit_code == 1 and "CI-E004" in none.output


def test_a_sample_is_not_recorded(
    settings: Settings, database: Database, number: str, tmp_path: Path
) -> None:
    out = tmp_path / "sample.pdf"
    result = run(
        settings, "--resident", number, "--form", "resident_copy_household", "--out", str(out), "--sample"
    )
    assert result.exit_code == 0 and "見本" in words(out)
    with database.transaction() as session:
        assert session.scalars(select(CertificateIssue)).all() == []


def test_what_bars_it_is_said_and_nothing_is_written(
    settings: Settings, database: Database, number: str, tmp_path: Path
) -> None:
    from residentapp.residents import history

    out = tmp_path / "copy.pdf"
    unknown = run(settings, "--resident", "999", "--form", "resident_copy_individual", "--out", str(out))
    assert unknown.exit_code == 1 and "見つかりません" in unknown.output
    item = run(
        settings,
        "--resident",
        number,
        "--form",
        "resident_copy_individual",
        "--out",
        str(out),
        "--show",
        "shoes",
    )
    assert item.exit_code == 2
    with database.transaction() as session:
        person = history.latest(session, number)
        assert person is not None
        residents.protect(session, person)
    barred = run(settings, "--resident", number, "--form", "resident_copy_individual", "--out", str(out))
    assert barred.exit_code == 1 and "CI-E010" in barred.output
    assert not out.exists()


def test_alerts_are_confirmed_by_one_reason(settings: Settings, database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        make_masters(session)
        [person] = residents.family(session, {"name": "辻󠄀　太郎", "head_name": "辻󠄀　太郎"})
        number = person.addressee_number
    out = tmp_path / "copy.pdf"
    asked = ["--resident", number, "--form", "resident_copy_individual", "--out", str(out)]
    refused = run(settings, *asked)
    assert refused.exit_code == 1 and "CI-A051" in refused.output and not out.exists()
    assert run(settings, *asked, "--confirm", "本人に確認").exit_code == 0
    assert "辻󠄀　太郎" in words(out)
