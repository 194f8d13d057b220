"""What had been kept off certificates by its words is marked when the mark comes; everything else stays as it was."""

from __future__ import annotations

from sqlalchemy import select, text

from residentapp.core.db import Database, migrate
from residentapp.residents.models import IntegratedRemark
from residentapp.residents.types import Sensitivity
from tests.support import residents

#: The step of the 統合記載欄's own history.
STEP = "0009"


def test_entries_from_before_are_marked_by_their_words(database: Database) -> None:
    with database.transaction() as session:
        number = residents.resident(session).addressee_number
    migrate.downgrade(database, STEP)
    migrate.downgrade(database)
    words = ["特別養子縁組", "特別養子縁組解消", "職権により性別の変更", "例示県から転入"]
    with database.transaction() as session:
        for said in words:
            session.execute(
                text(
                    "INSERT INTO integrated_remark (addressee_number, history_number, kind, text, recorded_on)"
                    " VALUES (:number, 1, 'B', :said, '2026-04-01')"
                ),
                {"number": number, "said": said},
            )
    migrate.upgrade(database)
    with database.transaction() as session:
        found = session.scalars(select(IntegratedRemark).order_by(IntegratedRemark.id)).all()
        assert [(row.text, row.sensitivity) for row in found] == list(
            zip(
                words,
                [
                    Sensitivity.SPECIAL_ADOPTION,
                    Sensitivity.SPECIAL_ADOPTION_DISSOLVED,
                    Sensitivity.SEX_CHANGE,
                    None,
                ],
                strict=True,
            )
        )
        assert all(row.items == [] and row.recorded_by is None for row in found)
