"""Masters of an invented municipality for tests: certifiers, seals, printer."""

from __future__ import annotations

import datetime as dt
from functools import cache

from sqlalchemy.orm import Session

from residentapp.core.access.models import Printer
from residentapp.core.documents import draw_seal
from residentapp.core.masters.models import Certifier, CertifierKind, OwnMunicipality, Seal
from tests.support.users import make_terminal


@cache
def _seal(text: str) -> bytes:
    return draw_seal(text, dots=200)


def make_masters(session: Session) -> None:
    """架空市 with its mayor, an acting mayor in August 2026, their seals, and a printer at the tests' terminal."""
    session.add(
        OwnMunicipality(
            id=1,
            code="991015",
            prefecture="架空県",
            name="架空市",
            kana="カクウシ",
            resident_code_low_water=3,
        )
    )
    since = dt.date(2023, 5, 1)
    session.add_all(
        [
            Certifier(kind=CertifierKind.MAYOR, title="架空市長", name="架空　一郎", valid_from=since),
            Certifier(
                kind=CertifierKind.DEPUTY,
                title="架空市長職務代理者　架空市副市長",
                name="架空　二郎",
                valid_from=dt.date(2026, 8, 10),
                valid_to=dt.date(2026, 8, 20),
            ),
            Seal(kind=CertifierKind.MAYOR, image_png=_seal("架空市長之印"), size_mm=21, valid_from=since),
            Seal(kind=CertifierKind.DEPUTY, image_png=_seal("職務代理者印"), size_mm=21, valid_from=since),
        ]
    )
    terminal = make_terminal(session)
    terminal.printer = Printer(code="P01", name="プリンタ001", office_id=terminal.office_id, trays=[])
    session.flush()
