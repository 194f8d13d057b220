"""An office with a clerk, an approver, masters, a stock of 住民票コード, and a family in it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from residentapp.core import numbering
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue
from residentapp.residents.models import ResidentHistory
from residentapp.residents.search import index
from residentapp.residents.types import Sex
from tests.residents.changes.elsewhere import make_neighbour
from tests.residents.changes.office import ChangeOffice
from tests.residents.move_in.conftest import make_town
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.masters import make_masters
from tests.support.users import clerk, make_user

ENTER = (
    Permission.CHANGE_ENTER,
    Permission.EX_OFFICIO_ENTER,
    Permission.NUMBERS_ENTER,
    Permission.RESIDENT_SEARCH,
    Permission.RESIDENT_VIEW,
    Permission.ADDRESS_LOOKUP,
    Permission.ITEM_REGISTERED_DOMICILE,
    Permission.ITEM_INDIVIDUAL_NUMBER,
    Permission.ITEM_RESIDENT_CODE,
    Permission.ITEM_RESIDENCE_STATUS,
)
APPROVE = (*ENTER, Permission.CHANGE_APPROVE)


def make_office(session: Session, keyring: Keyring) -> ChangeOffice:
    """An office with everything that a change needs, in a database that is empty."""
    make_masters(session)
    make_town(session)
    make_neighbour(session)
    numbering.stock_codes(
        session, keyring, [f"9000000{number:04d}" for number in range(40)], is_test_data=True
    )
    actors = []
    for login, name, permissions in (
        ("clerk1", "窓口　一子", ENTER),
        ("approver1", "審査　三枝", APPROVE),
    ):
        user = make_user(session, *permissions, login=login, name=name)
        actors.append(replace(clerk(*permissions, login=login, name=name), user_id=user.id))
    session.flush()
    return ChangeOffice(session, keyring, actors[0], actors[1], TEST_MOMENT)


@pytest.fixture
def office(session: Session, keyring: Keyring) -> ChangeOffice:
    """An office with everything that a change needs."""
    return make_office(session, keyring)


def person(
    name: str, kana: str, born: dt.date, sex: Sex, relationship: str, **values: object
) -> dict[str, object]:
    """Items of a member of the family."""
    return {
        "name": name,
        "name_kana": kana,
        "birth_date": DateValue.of(born),
        "sex": sex,
        "relationship_to_head": relationship,
        "register_head": "架空　太郎",
        "head_name": "架空　太郎",
        **values,
    }


def family_of_four(session: Session) -> list[ResidentHistory]:
    """A father, a mother and two children."""
    return residents.family(
        session,
        person("架空　太郎", "カクウ　タロウ", dt.date(1980, 5, 5), Sex.MALE, "世帯主"),
        person("架空　花子", "カクウ　ハナコ", dt.date(1982, 3, 3), Sex.FEMALE, "妻"),
        person("架空　一郎", "カクウ　イチロウ", dt.date(2008, 1, 1), Sex.MALE, "子"),
        person("架空　桜", "カクウ　サクラ", dt.date(2012, 4, 4), Sex.FEMALE, "子"),
    )


@pytest.fixture
def family(office: ChangeOffice) -> list[ResidentHistory]:
    """A family whom the search finds too."""
    people = family_of_four(office.session)
    index.refresh(office.session, [each.addressee_number for each in people])
    return people


@pytest.fixture
def lodging(office: ChangeOffice) -> ResidentHistory:
    """A man who lives alone elsewhere in the town."""
    return residents.resident(
        office.session,
        name="別所　独",
        name_kana="ベッショ　ヒトリ",
        head_name="別所　独",
        address="架空県架空市東町1番2号",
        building="東荘101号",
    )
