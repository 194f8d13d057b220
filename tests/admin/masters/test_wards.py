"""区 of a 指定都市: the master, what belongs to a ward, and who certifies there (RR-1.3.1, RR-1.3.9a)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest
from sqlalchemy.orm import Session

from residentapp.admin.places import KINDS, save_place
from residentapp.admin.types import PlaceEntry
from residentapp.core.access import Permission
from residentapp.core.access.models import Office, Terminal
from residentapp.core.access.rights import actor_for
from residentapp.core.masters.models import Certifier, CityWard, OwnMunicipality
from residentapp.core.masters.queries import MasterMissing, certifier_on, seal_on
from residentapp.core.masters.wards import ward_of_actor, wards_on
from residentapp.core.wards import NO_WARDS, Ward, Wards
from tests.admin.masters.conftest import Masters
from tests.admin.masters.test_municipality import PATH as MUNICIPALITY
from tests.admin.masters.test_municipality import TYPED
from tests.support.clock import TEST_MOMENT
from tests.support.masters import make_masters
from tests.support.users import clerk, make_user
from tests.support.wards import FORMER, NORTH, SOUTH, make_wards

LIST = "/admin/masters/wards"
NEW = f"{LIST}/new"
WARD = {"code": "９９１１４７", "name": "東区", "kana": "ヒガシク", "kind": "general", "valid_from": "R2.4.1"}
TODAY = TEST_MOMENT.date()
ADMIN = clerk(Permission.ADMIN_MASTERS, login="kanri", user_id=9001)


@pytest.fixture
def city(masters: Masters) -> Masters:
    """架空市 as a 指定都市."""
    with masters.database.transaction() as session:
        make_wards(session)
    return masters


def test_a_municipality_without_wards_sees_none_of_it(masters: Masters) -> None:
    assert masters.browser.get(LIST).status_code == 404
    assert masters.browser.get(NEW).status_code == 404
    for path in ("/admin/masters", "/admin/places/offices/new", "/admin/masters/certifiers/new"):
        assert f'href="{LIST}"' not in masters.browser.get(path).text
        assert 'name="ward_code"' not in masters.browser.get(path).text
    with masters.database.sessions() as session:
        assert wards_on(session, TODAY) is NO_WARDS


def test_the_switch_brings_the_wards(masters: Masters) -> None:
    sent = TYPED | {"low_water": "3", "designated": "y", "seen": masters.hidden(MUNICIPALITY)}
    assert masters.browser.post(MUNICIPALITY, data=sent).status_code == 303
    assert masters.logged() == [("自団体の変更", {"変更": {"指定都市": [False, True]}})]
    assert f'href="{LIST}"' in masters.browser.get("/admin/masters").text
    assert masters.browser.post(NEW, data=WARD).status_code == 303
    assert "東区 ヒガシク 991147 総合区" in masters.page(LIST)
    assert "住所辞書になし" in masters.page(LIST)
    action, details = masters.logged()[-1]
    assert action == "区の登録" and details["変更"]["区分"] == [None, "総合区"]


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"name": "架空町", "designated": "y"}, "designated", "指定都市は市だけです"),
        ({"own_ward_only": "y"}, "own_ward_only", "自区に限るのは指定都市だけです"),
    ],
)
def test_what_cannot_be_a_designated_city(
    masters: Masters, changes: Mapping[str, str], field: str, message: str
) -> None:
    sent = TYPED | {"seen": masters.hidden(MUNICIPALITY)} | changes
    answer = masters.browser.post(MUNICIPALITY, data=sent)
    assert answer.status_code == 422 and message in answer.text and f'id="{field}"' in answer.text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"code": "991146"}, "団体コードが正しくありません"),
        ({"code": "131016"}, "架空市の区の団体コードではありません"),
        ({"code": "991015"}, "架空市の区の団体コードではありません"),
        ({"code": NORTH}, "この区は登録されています"),
        ({"name": ""}, "名称を入力してください"),
        ({"name": "東"}, "「区」まで入力"),
        ({"name": "架空市東区"}, "市の名を付けずに"),
        ({"name": "北区"}, "「北区」は991112で登録されています"),
        ({"kana": "東"}, "全角カタカナ"),
        ({"valid_from": ""}, "開始日を入力してください"),
        ({"valid_to": "R2.3.31"}, "終了日が開始日より前"),
    ],
)
def test_what_a_ward_may_not_be(city: Masters, changes: Mapping[str, str], message: str) -> None:
    answer = city.browser.post(NEW, data=WARD | changes)
    assert answer.status_code == 422 and message in answer.text
    assert city.logged() == []


def test_a_ward_ends_and_stays(city: Masters) -> None:
    path = f"{LIST}/{SOUTH}"
    sent = {"code": SOUTH, "name": "南区", "kana": "ミナミク", "kind": "general", "valid_from": "R2.4.1"}
    sent |= {"valid_to": "R8.12.31", "seen": city.hidden(path)}
    assert city.browser.post(path, data=sent).status_code == 303
    assert city.browser.post(path, data=sent).status_code == 422  # another officer was faster
    assert city.browser.get(f"{LIST}/999999").status_code == 404
    with city.database.sessions() as session:
        assert session.get_one(CityWard, SOUTH).valid_to == dt.date(2026, 12, 31)
        for day, there in (
            (dt.date(2026, 12, 30), True),
            (dt.date(2026, 12, 31), True),
            (dt.date(2027, 1, 1), False),
        ):
            wards = wards_on(session, day)
            assert (SOUTH in {ward.code for ward in wards}) is there
            ward = wards.of_address(f"{SOUTH[:5]}001001")
            assert ward is not None and ward.in_force is there


def test_the_ward_of_an_address() -> None:
    wards = Wards((Ward(NORTH, "北区"), Ward(FORMER, "旧区", in_force=False)))
    assert wards.of_address("99111001001") == Ward(NORTH, "北区")
    assert wards.of_address("99113001001") == Ward(FORMER, "旧区", in_force=False)
    for code in (None, "", "99101001001", "9911"):
        assert wards.of_address(code) is None
    assert wards.existing(FORMER) is None and [ward.name for ward in wards] == ["北区"]
    assert not NO_WARDS and NO_WARDS.of_address("99111001001") is None


@pytest.mark.requirement("RR-1.3.1")
def test_a_place_and_a_section_belong_to_a_ward(session: Session) -> None:
    """The section says in which ward somebody works; without one the place does (RR-2.1.3b)."""
    make_masters(session)
    make_wards(session)
    entry = PlaceEntry("11", "北区役所", kind="ward", ward_code=NORTH)
    office = save_place(session, ADMIN, KINDS["offices"], entry, moment=TEST_MOMENT)
    assert isinstance(office, Office) and office.ward_code == NORTH
    made = PlaceEntry("1101", "北区1番", office_id=office.id)
    terminal = save_place(session, ADMIN, KINDS["terminals"], made, moment=TEST_MOMENT)
    assert isinstance(terminal, Terminal)
    user = make_user(session, login="kita1")
    wards = wards_on(session, TODAY)
    found = ward_of_actor(actor_for(session, user, terminal, TODAY), wards)
    assert found is not None and found.name == "北区"
    user.department.ward_code = SOUTH
    found = ward_of_actor(actor_for(session, user, terminal, TODAY), wards)
    assert found is not None and found.name == "南区"
    user.department.ward_code = FORMER
    assert ward_of_actor(actor_for(session, user, terminal, TODAY), wards) is None
    session.get_one(OwnMunicipality, 1).designated = False
    user.department.ward_code = NORTH
    assert ward_of_actor(actor_for(session, user, terminal, TODAY), wards_on(session, TODAY)) is None


def test_a_place_is_put_into_a_ward_on_its_screen(city: Masters) -> None:
    sent = {"code": "12", "name": "南区役所", "kind": "ward", "ward_code": SOUTH, "active": "y"}
    assert city.browser.post("/admin/places/offices/new", data=sent).status_code == 303
    assert "区役所（行政区・総合区）／南区" in city.page("/admin/places")
    refused = city.browser.post("/admin/places/offices/new", data=sent | {"code": "13", "ward_code": "1"})
    assert refused.status_code == 422 and "区を一覧から選んでください" in refused.text


@pytest.mark.requirement("RR-1.3.9a")
@pytest.mark.parametrize(
    ("day", "ward", "name"),
    [
        (dt.date(2026, 8, 9), NORTH, "北野　一子"),
        (dt.date(2026, 8, 10), NORTH, "北野　三枝"),
        (dt.date(2026, 8, 20), NORTH, "北野　三枝"),
        (dt.date(2026, 8, 21), NORTH, "北野　一子"),
        (dt.date(2026, 8, 10), SOUTH, "南野　二子"),
        (dt.date(2026, 8, 10), None, "架空　二郎"),
        (dt.date(2026, 8, 21), None, "架空　一郎"),
    ],
)
def test_the_head_of_the_ward_certifies_and_who_acts_for_them(
    session: Session, day: dt.date, ward: str | None, name: str
) -> None:
    """An acting 市長 never certifies for a ward, nor an acting 区長 for the city or another ward."""
    make_masters(session)
    make_wards(session)
    found = certifier_on(session, day, ward=wards_on(session, day).by_code(ward))
    assert found.name == name


def test_a_ward_without_certifier_or_seal_is_said(city: Masters) -> None:
    with city.database.transaction() as session:
        north = wards_on(session, TODAY).by_code(NORTH)
        former = wards_on(session, TODAY).by_code(FORMER)
        assert seal_on(session, certifier_on(session, TODAY, ward=north).kind, TODAY, ward=north)
        with pytest.raises(MasterMissing, match="旧区の認証者"):
            certifier_on(session, TODAY, ward=former)
        session.query(Certifier).filter(Certifier.ward_code == SOUTH).delete()
    page = city.page("/admin/masters")
    assert "南区の認証者（区長・職務代理者）がこの日に登録されていません" in page
    sent = {
        "kind": "mayor",
        "ward_code": SOUTH,
        "title": "架空市南区長",
        "name": "南野　四郎",
        "valid_from": "R2.4.1",
    }
    assert city.browser.post("/admin/masters/certifiers/new", data=sent).status_code == 303
    assert "南区 区長 架空市南区長 南野 四郎" in city.page("/admin/masters/certifiers")
    overlap = city.browser.post("/admin/masters/certifiers/new", data=sent)
    assert overlap.status_code == 422 and "重なっています" in overlap.text
    assert "南区の認証者" not in city.page("/admin/masters")
