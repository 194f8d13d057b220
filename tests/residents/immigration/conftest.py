"""The office of changes, with foreign residents whom the 出入国在留管理庁 knows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from residentapp.core.dates import DateValue
from residentapp.residents.models import ResidentHistory
from residentapp.residents.search import index
from residentapp.residents.types import ForeignCategory, ResidentKind, Sex
from tests.residents.changes.conftest import family, lodging, office
from tests.residents.changes.office import ChangeOffice
from tests.support import residents

__all__ = ["family", "foreigner", "lodging", "office", "special"]

FOREIGN: dict[str, Any] = {
    "resident_kind": ResidentKind.FOREIGN,
    "name": None,
    "name_alphabet": "SMITH JOHN",
    "name_kana": "スミス　ジョン",
    "head_name": "SMITH JOHN",
    "registered_domicile": None,
    "register_head": None,
    "became_resident_on": None,
    "became_foreign_resident_on": DateValue.of(dt.date(2020, 7, 9)),
    "birth_date": DateValue.of(dt.date(1990, 1, 1), western=True),
    "sex": Sex.MALE,
    "nationality": "米国",
    "nationality_code": "USA",
    "foreign_category": ForeignCategory.MID_TO_LONG_TERM,
    "residence_status": "技術・人文知識・国際業務",
    "residence_period": "3年",
    "residence_expires_on": dt.date(2026, 12, 1),
    "residence_card_number": "ZZ12345678CD",
}
SPECIAL: dict[str, Any] = FOREIGN | {
    "name": "金　哲秀",
    "name_alphabet": None,
    "name_kana": "キム　チョルス",
    "head_name": "金　哲秀",
    "birth_date": DateValue.of(dt.date(1958, 9, 19), western=True),
    "nationality": "韓国",
    "nationality_code": "KOR",
    "foreign_category": ForeignCategory.SPECIAL_PERMANENT,
    "residence_status": None,
    "residence_period": None,
    "residence_expires_on": None,
    "residence_card_number": None,
    "special_permanent_number": "ZY12345678BR",
}


def found(person: ResidentHistory, office: ChangeOffice) -> ResidentHistory:
    """The person, whom the search finds too."""
    index.refresh(office.session, [person.addressee_number])
    return person


@pytest.fixture
def foreigner(office: ChangeOffice) -> ResidentHistory:
    """A 中長期在留者 who lives alone."""
    return found(residents.resident(office.session, **FOREIGN), office)


@pytest.fixture
def special(office: ChangeOffice) -> ResidentHistory:
    """A 特別永住者 who lives alone."""
    return found(residents.resident(office.session, **SPECIAL), office)


def body(
    *,
    act: str = "correct",
    card: str = "ZZ12345678CD",
    name: str = "SMITH JOHN",
    birth: str = "1990-01-01",
    noticed: str = "2026-11-20",
    moved: str = "2026-11-18",
    after: dict[str, Any] | None = None,
    **header: Any,
) -> dict[str, Any]:
    """A notice as it comes over the exchange."""
    told: dict[str, Any] = {
        "header": {
            "notice_number": "R8-000123",
            "act": {"code": act},
            "noticed_on": {"day": noticed},
            "moved_on": {"day": moved},
            **header,
        },
        "person": {"residence_card_number": card, "name_alphabet": name, "birth_date": {"day": birth}},
    }
    if act == "correct":
        told["after"] = STATUS if after is None else after
    return told


STATUS: dict[str, Any] = {
    "foreign_category": {"code": "mid_to_long_term"},
    "residence_status": "永住者",
    "residence_period": "無期限",
    "residence_expires_on": None,
    "residence_card_number": "ZZ87654321AB",
}
END = {"removal_cause": {"code": "revoked"}}
