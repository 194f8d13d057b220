"""Pages of residents and households, and their histories."""

from __future__ import annotations

import datetime as dt

from residentapp.core.dates import DateValue
from residentapp.residents.types import ChangeReason
from tests.scenarios.protected import Walk, words_of
from tests.scenarios.protected_cases.cases import case, everyone_near, officer_of
from tests.scenarios.protected_cases.certificates import ASKED
from tests.support import residents

HISTORY_QUESTIONS: tuple[dict[str, str], ...] = (
    {"day": "moved_on", "reason": "R01"}, {"day": "moved_on", "office": "支所"}, {"day": "moved_on", "text": "転入"},
    {"day": "processed_on", "first": "R8.1.1", "last": "R8.12.31"}, {"day": "moved_on", "first": "きのう"},
)  # fmt: skip


@case(
    "POST records.open_resident", "GET records.resident", "POST records.show_as_of", "POST records.show_numbers",
    "GET records.member_of_resident", "GET records.household_of_resident", "GET records.changes_of_resident",
    "POST records.changes_of_resident",
)  # fmt: skip
def pages_of_residents(walk: Walk) -> None:
    for number in everyone_near(walk):
        page = walk.open_person(number)
        assert page.status_code == 200 and number in page.text
        address = page.request.path
        for day in ("", "R8.5.1", "R8.9.30", "H30.1.1", "きのう"):
            walk.follow(walk.post(f"{address}/as-of", {"as_of": day}))
        walk.post(f"{address}/numbers")
        walk.follow(walk.get(f"{address}/changes"))
        for asked in HISTORY_QUESTIONS:
            walk.post(f"{address}/changes", asked)
        walk.follow(walk.get(f"{address}/household"))
        for place in range(5):
            walk.follow(walk.get(f"{address}/members/{place}"))
    for unknown in ("", "1", "99999999999", walk.family.household_number):
        walk.follow(walk.post("/residents/open", {"addressee_number": unknown}))


@case(
    "POST records.open_household", "GET records.household", "GET records.member_of_household",
    "GET records.changes_of_household", "POST records.changes_of_household",
)  # fmt: skip
def pages_of_households(walk: Walk) -> None:
    for number in everyone_near(walk):
        page = walk.open_household(number)
        assert page.status_code == 200
        walk.follow(walk.get(f"{page.request.path}/changes"))
        for asked in HISTORY_QUESTIONS:
            walk.post(f"{page.request.path}/changes", asked)
        for place in range(5):
            walk.follow(walk.get(f"{page.request.path}/members/{place}"))
    for household in (
        walk.family.household_number,
        walk.family.father_home.household_number,
        "9999999999",
        "",
    ):
        walk.follow(walk.post("/households/open", {"household_number": household}))


@case(
    "POST records.open_resident", "POST records.show_as_of", "GET certificates.start_for_resident",
    "POST certificates.enter",
)  # fmt: skip
def the_history_of_who_moved_out_of_their_home_does_not_tell_where_it_is(walk: Walk) -> None:
    """She lives elsewhere in town and is not protected herself; her own address is shown, the home she left is not."""
    home = walk.family.home
    with walk.database.transaction() as session:
        lived = residents.resident(
            session,
            home.household_number,
            name="白鷺　志乃",
            postal_code=home.postal_code,
            address_code=home.address_code,
            address=home.address,
            building=home.building,
        )
        residents.next_snapshot(
            session,
            lived,
            residents.change(session, ChangeReason.MOVE_WITHIN, processed_on=dt.date(2026, 9, 1)),
            household_number=residents.household(session),
            address="架空県架空市東町9番1号",
            building=None,
            postal_code="9990009",
            address_code="98201999999",
            address_set_on=DateValue.of(dt.date(2026, 9, 1)),
        )
        number = lived.addressee_number
    page = walk.open_person(number)
    assert "東町9番1号" in words_of(page) and "転居" in words_of(page)
    for day in ("R8.9.1", "R8.8.31", "R8.4.1"):
        then = walk.follow(walk.post(f"{page.request.path}/as-of", {"as_of": day}))
        told = words_of(then)
        assert "下之原" not in told and "隠れ里" not in told and "白鷺　志乃" in told
    known = officer_of(walk, "knows-histories").post(
        "/residents/open", data={"addressee_number": number}, follow_redirects=True
    )
    assert "77番地7" in known.text
    # Nor does a copy that would print the home she left: it needs the officer in charge, and does not say why.
    form = walk.follow(
        walk.get(f"/certificates/from-resident/{page.request.path.rsplit('/', 1)[1]}")
    ).request.path
    for shown in (["kana"], ["kana", "history"]):
        for act in ("preview", "issue"):
            wanted = ASKED | {
                "style": "resident_copy_individual",
                "subjects": [number],
                "shown": shown,
                "act": act,
            }
            answer = walk.post(form, wanted)
            assert answer.status_code == 422 and "責任者の確認が必要です" in answer.text
            assert "支援" not in words_of(answer).partition("CI-E010")[0].rpartition("件の誤り")[2]
