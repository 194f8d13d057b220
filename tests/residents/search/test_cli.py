"""``residentapp search rebuild``."""

from __future__ import annotations

from click.testing import CliRunner
from sqlalchemy import delete, select

from residentapp.cli import root
from residentapp.config import Settings
from residentapp.core.db import Database
from residentapp.residents.search.models import SearchName
from tests.support import residents


def test_everybodys_keys_are_made_anew(settings: Settings, database: Database) -> None:
    with database.transaction() as session:
        number = residents.resident(session, name="架空　太郎").addressee_number
        residents.resident(session, name="架空　花子")
        session.execute(delete(SearchName))
    result = CliRunner().invoke(root, ["search", "rebuild"], obj=settings)
    assert result.exit_code == 0 and "2人の検索キーを作り直しました" in result.output
    with database.transaction() as session:
        found = session.scalars(
            select(SearchName.addressee_number).where(SearchName.addressee_number == number)
        )
        assert found.all()
