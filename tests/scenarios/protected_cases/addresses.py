"""Look-ups of addresses and the master of buildings."""

from __future__ import annotations

from sqlalchemy import select

from residentapp.core.addresses.models import Building
from tests.scenarios.protected import Walk, words_of
from tests.scenarios.protected_cases.cases import case


@case(
    "GET addresses.postal_code", "GET addresses.kana", "GET addresses.prefectures", "GET addresses.municipalities",
    "GET addresses.oaza", "GET addresses.towns", "GET addresses.countries", "POST addresses.buildings_at",
    "GET addresses.buildings",
)  # fmt: skip
def look_ups_of_addresses_name_nobody(walk: Walk) -> None:
    home = walk.family.home
    code = home.address_code or ""
    addresses = (
        f"/addresses/postal-code?q={home.postal_code}", "/addresses/kana?q=ミ", "/addresses/prefectures",
        f"/addresses/municipalities/{code[:2]}", f"/addresses/oaza/{code[:5]}", f"/addresses/towns/{code[:5]}",
        f"/addresses/towns/{code[:8]}", "/addresses/towns/x", "/addresses/countries",
        f"/addresses/buildings?q={home.postal_code}", f"/addresses/buildings?town={code}&ended=1",
        "/addresses/buildings",
    )  # fmt: skip
    answers = [walk.get(address) for address in addresses]
    for lot in ("77番地7", "77-7", "", "77"):
        answers.append(walk.post("/addresses/buildings-at", {"town": code, "lot": lot}))
    assert not any(walk.family.is_about(words_of(answer)) for answer in answers)


@case(
    "GET addresses.new_building", "POST addresses.new_building", "GET addresses.edit_building",
    "POST addresses.edit_building", "GET addresses.finish_building", "POST addresses.finish_building",
)  # fmt: skip
def the_master_of_buildings_names_nobody(walk: Walk) -> None:
    code = walk.family.home.address_code
    walk.get(f"/addresses/buildings/new/{code}")
    sent = {"lot": "77番地7", "name": "隠れ里荘", "kana": "カクレザトソウ", "valid_from": "R8.4.1"}
    answers = [
        walk.post(f"/addresses/buildings/new/{code}", sent),
        walk.post(f"/addresses/buildings/new/{code}", {}),
    ]
    with walk.database.transaction() as session:
        [identity, *_] = session.scalars(select(Building.id).order_by(Building.id.desc())).all()
    for way in ("", "/end"):
        answers.append(walk.get(f"/addresses/buildings/{identity}{way}"))
        answers.append(walk.post(f"/addresses/buildings/{identity}{way}", {"last_day": "きのう"}))
    assert not any(walk.family.is_about(words_of(answer)) for answer in answers)
