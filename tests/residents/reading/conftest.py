"""A small town with a protected mother and child, and officers who make lists of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue
from residentapp.core.violations import Level
from residentapp.residents.models import ResidentHistory, Suppression
from residentapp.residents.types import ResidentKind, Sex, SuppressedProcess, SuppressionCause
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.masters import make_masters
from tests.support.users import clerk

NOW = TEST_MOMENT
MAKER = clerk(Permission.READING_COPY_MAKE, Permission.ISSUE_HISTORY_VIEW, login="etsuran", user_id=5)
CHIEF = clerk(*Permission, login="shien", name="架空　責任者", user_id=7)
HOME = "架空県架空市隠町8番9号"


@dataclass(frozen=True)
class Town:
    """Who lives there.

    :param protected: the mother under a measure and her child, who is under none.
    :param held_back: somebody under a suppression of 閲覧 of another cause.
    :param open: everybody else, as a list without them must have them.
    """

    protected: list[ResidentHistory]
    held_back: ResidentHistory
    open: list[ResidentHistory]

    def names(self) -> set[str]:
        """氏名 of those who may be read."""
        return {person.display_name for person in self.open}


def day(year: int, month: int, of_month: int) -> DateValue:
    return DateValue.of(dt.date(year, month, of_month))


@pytest.fixture
def town(session: Session, keyring: Keyring) -> Town:
    """Seven people; the municipality is registered."""
    make_masters(session)
    mother, child = residents.family(
        session,
        {"name": "守山　花子", "head_name": "守山　花子", "address": HOME, "building": "秘荘101号室",
         "sex": Sex.FEMALE},
        {"name": "守山　一", "head_name": "守山　花子", "relationship_to_head": "子", "address": HOME,
         "building": "秘荘101号室"},
    )  # fmt: skip
    residents.protect(session, mother)
    held_back = residents.resident(session, name="抑止　中")
    session.add(
        Suppression(
            process=SuppressedProcess.INSPECTION, level=Level.ALERT, cause=SuppressionCause.OTHER,
            starts_on=dt.date(2026, 4, 1), addressee_number=held_back.addressee_number,
        )
    )  # fmt: skip
    session.flush()
    people = [
        residents.resident(session, name="辻󠄁　花子", name_kana="ツジ　ハナコ", sex=Sex.FEMALE,
                           birth_date=day(2008, 11, 25), former_name="旧山", former_name_kana="キュウヤマ",
                           address="架空県架空市本町一丁目10番1号", address_code="99101001001"),
        residents.resident(session, name="𠮷田　太郎", name_kana="ヨシダ　タロウ", birth_date=day(2008, 11, 24),
                           address="架空県架空市本町一丁目2番3号", building="=架空荘1号室"),
        residents.resident(session, name="未確　認", name_kana="ミカク　ニン", name_kana_confirmed=False,
                           birth_date=day(1950, 1, 1), address="架空県架空市西町1番", address_code="99101002000"),
        residents.resident(session, resident_kind=ResidentKind.FOREIGN, name="張　玉蓮", name_alphabet="ZHANG YULIN",
                           name_kana="チャン　ユウリン", alias="山田　玲子", alias_kana="ヤマダ　レイコ",
                           birth_date=DateValue.of(dt.date(1988, 5, 6), western=True), sex=Sex.FEMALE,
                           relationship_to_head="世帯主", registered_domicile=None, register_head=None),
    ]  # fmt: skip
    return Town([mother, child], held_back, people)
