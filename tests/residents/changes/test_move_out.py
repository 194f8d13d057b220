"""転出 (法第24条, RR-4.1.3.0.1–4) on the whole road: before its day, on it, after it, too late, abroad."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from residentapp.core.dates import to_wareki
from residentapp.residents import history
from residentapp.residents.changes.register import RegisteredStep, _after, after_registration
from residentapp.residents.changes.rules import move_out as rules
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.ex_officio.queries import sheets_of_case
from residentapp.residents.ex_officio.types import Basis
from residentapp.residents.models import IntegratedRemark, ResidentHistory
from residentapp.residents.move_out.keeping import details_of
from residentapp.residents.move_out.models import MoveOut
from residentapp.residents.move_out.types import Paper
from residentapp.residents.types import ChangeReason, RemarkKind, ResidentState
from tests.residents.changes.elsewhere import NEIGHBOUR_TOWN, moving_out
from tests.residents.changes.office import ChangeOffice

WHERE = "見本県隣市北町9番9号　北荘101号"


# ---- before its day


@pytest.mark.requirement("RR-4.1.3.0.1a")
def test_a_planned_move_out_leaves_the_family_resident(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """異動日 lies after the 届出日: what was notified stands in the record, everything else stays (RR-1.1.5b)."""
    entry = moving_out(office, *family)
    assert office.codes(entry) == []

    registered = office.register(entry)

    [change] = office.changes(registered)
    assert change.reason is ChangeReason.MOVE_OUT_DOMESTIC
    assert change.moved_on is not None and change.moved_on.iso == "2026-12-01"
    assert (change.notified_on, change.processed_on) == (office.now.date(), office.now.date())
    for before in family:
        row = office.latest(before)
        assert row.state is ResidentState.RESIDENT
        assert row.removal_occurred_on is not None and row.removal_occurred_on.iso == "2026-12-01"
        assert row.planned_destination == WHERE
        assert (row.planned_destination_code, row.planned_destination_postal_code) == (
            NEIGHBOUR_TOWN,
            "9700001",
        )
        assert row.removal_notified_on == office.now.date()
        assert (row.removal_reason, row.removed_on, row.confirmed_destination) == (None, None, None)
        changed = history.changed_texts(before, row)
        assert set(changed) == {
            "removal_occurred_on",
            "planned_destination",
            "planned_destination_code",
            "planned_destination_postal_code",
            "removal_notified_on",
        }
    assert office.remarks(office.latest(family[0])) == [
        f"転出の届出　転出予定年月日　令和8年12月1日　転出先住所（予定）　{WHERE}"
    ]
    assert len(history.household_members(office.session, family[0].household_number)) == 4


def test_the_household_that_stays_changes_only_on_the_day(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """RR-1.1.5b, not RR-4.1.3.0.1c: what was settled at the counter is kept.

    And the register says nothing of it yet.
    """
    father, mother, son, daughter = family
    entry = moving_out(office, father)
    assert "CH-A040" in office.codes(entry)
    entry = office.new_head(entry, mother)
    assert office.codes(entry) == []

    registered = office.register(entry)

    [change] = office.changes(registered)
    for each in (mother, son, daughter):
        assert office.latest(each).history_number == 1
    kept = office.session.get_one(MoveOut, change.id)
    assert (kept.paper, kept.special) == (Paper.CERTIFICATE, False)
    choice = details_of(office.keyring, kept).choice
    assert choice is not None and choice.new_head == mother.addressee_number
    assert choice.relationships == {son.addressee_number: "子", daughter.addressee_number: "子"}


# ---- on its day and after it


@pytest.mark.requirement("RR-4.1.3.0.1a", "RR-1.1.5a", partial=True)
@pytest.mark.parametrize(
    ("moved", "closed"),
    [(dt.date(2026, 11, 23), True), (dt.date(2026, 11, 24), True), (dt.date(2026, 11, 25), False)],
)
def test_the_day_before_the_day_and_the_day_after(
    office: ChangeOffice, family: list[ResidentHistory], moved: dt.date, closed: bool
) -> None:
    """Registered on 24 November: a day that has come closes the record at once."""
    office.register(moving_out(office, *family, moved_on=to_wareki(moved)))
    row = office.latest(family[1])
    assert row.state is (ResidentState.MOVED_OUT if closed else ResidentState.RESIDENT)
    assert row.removed_on == (moved if closed else None)
    assert row.removal_reason == ("転出" if closed else None)


@pytest.mark.requirement("RR-1.1.1b", partial=True)
def test_a_move_out_whose_day_has_come_is_one_row_with_everything(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    father, mother, son, daughter = family
    entry = office.new_head(moving_out(office, father, moved_on="令和8年11月20日"), mother)

    registered = office.register(entry)

    moved, named = office.changes(registered)
    assert (moved.reason, named.reason) == (ChangeReason.MOVE_OUT_DOMESTIC, ChangeReason.HEAD_CHANGE)
    row = office.latest(father)
    assert (row.history_number, row.state) == (2, ResidentState.MOVED_OUT)
    assert (row.removal_reason, row.removed_on) == ("転出", dt.date(2026, 11, 20))
    assert row.planned_destination == WHERE
    assert row.relationship_to_head == "世帯主"
    assert office.remarks(row) == [
        f"転出により消除　転出予定年月日　令和8年11月20日　転出先住所（予定）　{WHERE}"
    ]
    rest = [office.latest(each) for each in (mother, son, daughter)]
    assert [each.relationship_to_head for each in rest] == ["世帯主", "子", "子"]
    assert {each.head_name for each in rest} == {"架空　花子"}
    assert {each.state for each in rest} == {ResidentState.RESIDENT}


# ---- too late


@pytest.mark.requirement("RR-4.1.3.0.1b")
@pytest.mark.parametrize(
    ("moved", "late"),
    # Notified on 24 November: 14 days after the 10th have not passed, after the 9th they have. Closed days do not
    # count.
    [(dt.date(2026, 11, 11), False), (dt.date(2026, 11, 10), False), (dt.date(2026, 11, 9), True)],
)
def test_after_fourteen_days_it_is_recorded_ex_officio(
    office: ChangeOffice, family: list[ResidentHistory], moved: dt.date, late: bool
) -> None:
    """Then there is no 届出日: the day is the 申出日, and the paper another one (RR-1.2.1a, RR-4.2.0.5)."""
    entry = moving_out(office, *family, moved_on=to_wareki(moved))
    assert ("MO-A001" in office.codes(entry)) is late

    [change] = office.changes(office.register(entry))

    today = office.now.date()
    row = office.latest(family[0])
    kept = office.session.get_one(MoveOut, change.id)
    if not late:
        assert change.reason is ChangeReason.MOVE_OUT_DOMESTIC
        assert (change.notified_on, change.applied_on) == (today, None)
        assert (row.removal_reason, row.removal_notified_on) == ("転出", today)
        assert kept.paper is Paper.CERTIFICATE
        return
    assert change.reason is ChangeReason.REMOVE_EX_OFFICIO
    assert (change.notified_on, change.applied_on) == (None, today)
    assert (row.state, row.removed_on) == (ResidentState.MOVED_OUT, moved)
    assert (row.removal_reason, row.removal_notified_on) == ("転出（職権による消除）", None)
    assert office.remarks(row) == [
        f"申出による職権消除　転出年月日　{to_wareki(moved)}　転出先住所（予定）　{WHERE}"
    ]
    assert kept.paper is Paper.EQUIVALENT
    assert change.case_id is not None
    [sheet] = sheets_of_case(office.session, office.clerk, change.case_id, now=office.now)
    assert sheet.record.basis is Basis.APPLICATION
    assert sheet.record.cause == "期限を過ぎた転出の届出を、申出として受けた"


def test_the_clerk_is_told_what_becomes_of_it(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    def told(**values: str) -> str:
        entry = moving_out(office, *family[:2], **values)
        spec = spec_of("move_out")
        return "".join(rules.tell(spec, entry, office.facts(entry)))

    assert "令和8年12月1日）までは住民のまま" in told() and "転出証明書を発行します" in told()
    assert "すぐに除票" in told(moved_on="令和8年11月20日")
    assert "準ずる証明書" in told(moved_on="令和8年11月1日")
    assert "転出証明書情報を送ります" in told(special="1")
    abroad = told(planned_kind="abroad", planned_country="架空国", planned_town="", moved_on="令和8年11月1日")
    assert "転出証明書はありません" in abroad and "準ずる" not in abroad
    assert told(moved_on="きのう") == ""


# ---- where to


@pytest.mark.requirement("RR-4.1.3.0.2")
@pytest.mark.parametrize(
    ("values", "written", "code"),
    [
        ({}, WHERE, NEIGHBOUR_TOWN),
        # The municipality alone is enough; typed instead of picked.
        (
            {
                "planned_town": "見本県隣市",
                "planned_lot": "",
                "planned_building": "",
                "planned_code": "",
                "planned_postal_code": "",
            },
            "見本県隣市",
            None,
        ),
        (
            {
                "planned_kind": "abroad",
                "planned_country": "架空国",
                "planned_town": "1 Nowhere Street, Anytown",
                "planned_lot": "",
                "planned_building": "",
                "planned_code": "",
                "planned_postal_code": "",
            },
            "架空国　1 Nowhere Street, Anytown",
            None,
        ),
        (
            {
                "planned_kind": "abroad",
                "planned_country": "架空国",
                "planned_town": "",
                "planned_lot": "",
                "planned_building": "",
                "planned_code": "",
                "planned_postal_code": "",
            },
            "架空国",
            None,
        ),
    ],
)
def test_where_to_by_the_dictionary_or_typed(
    office: ChangeOffice,
    family: list[ResidentHistory],
    values: dict[str, str],
    written: str,
    code: str | None,
) -> None:
    entry = moving_out(office, *family, **values)
    assert office.codes(entry) == []
    [change] = office.changes(office.register(entry))
    row = office.latest(family[2])
    assert (row.planned_destination, row.planned_destination_code) == (written, code)
    abroad = values.get("planned_kind") == "abroad"
    assert change.reason is (ChangeReason.MOVE_OUT_ABROAD if abroad else ChangeReason.MOVE_OUT_DOMESTIC)
    kept = office.session.get_one(MoveOut, change.id)
    assert kept.paper is (Paper.NONE if abroad else Paper.CERTIFICATE)


@pytest.mark.requirement("RR-1.1.14e", partial=True)
@pytest.mark.parametrize(
    ("chosen", "word"),
    [("made", "特別養子縁組"), ("dissolved", "特別養子縁組解消")],
)
def test_a_special_adoption_leaves_the_destination_blank(
    office: ChangeOffice, family: list[ResidentHistory], chosen: str, word: str
) -> None:
    """And the entry says so, by which copies with history leave it out; the day still stands in the record."""
    daughter = family[3]
    entry = moving_out(
        office, daughter, adoption=chosen, planned_town="", planned_lot="", planned_building="", planned_code="",
        planned_postal_code="",
    )  # fmt: skip
    assert office.codes(entry) == ["MO-A005"]
    office.register(entry)
    row = office.latest(daughter)
    assert (row.planned_destination, row.planned_destination_code) == (None, None)
    assert row.removal_occurred_on is not None
    assert office.remarks(row) == [f"{word}　転出の届出　転出予定年月日　令和8年12月1日", word]
    entries = office.session.scalars(
        select(IntegratedRemark).where(
            IntegratedRemark.addressee_number == row.addressee_number,
            IntegratedRemark.history_number == row.history_number,
        )
    ).all()
    assert {one.sensitivity.label for one in entries if one.sensitivity} == {word}
    assert [one.items for one in entries if one.kind is RemarkKind.NOTE] == [
        ["planned_destination", "confirmed_destination"]
    ]
    assert office.facts(entry).people[daughter.addressee_number].is_moving_out
    details = details_of(office.keyring, office.session.scalars(select(MoveOut)).one())
    assert details.adoption is not None and details.adoption.label == word


@pytest.mark.requirement("RR-1.1.14e", partial=True)
def test_a_late_move_out_by_adoption_has_its_note_too(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    late = moving_out(office, family[3], adoption="dissolved", moved_on="令和8年11月1日")
    [change] = office.changes(office.register(late))
    assert change.reason is ChangeReason.REMOVE_EX_OFFICIO
    assert office.remarks(office.latest(family[3]))[1] == "特別養子縁組解消"


# ---- findings


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"planned_town": ""}, "MO-E001"),
        ({"planned_kind": "abroad", "planned_town": ""}, "MO-E002"),
        ({"planned_town": "架空県架空市本町一丁目"}, "MO-E003"),
        ({"planned_town": "架空市本町一丁目"}, "MO-E003"),
        ({"planned_postal_code": "97000"}, "MO-E004"),
        ({"planned_kind": "abroad", "planned_country": "架空国", "special": "1"}, "MO-E005"),
        ({"moved_on": "令和8年11月9日", "special": "1"}, "MO-E006"),
        ({"planned_country": "架空国"}, "MO-E007"),
        ({"moved_on": "令和8年11月9日"}, "MO-A001"),
        ({"moved_on": "令和9年2月25日"}, "MO-A002"),
        ({"planned_town": "どこか県どこか市", "planned_code": ""}, "MO-A003"),
        ({"planned_kind": "abroad", "planned_country": "無い国"}, "MO-A004"),
        ({"adoption": "made"}, "MO-A005"),
        ({"moved_on": ""}, "CH-E010"),
        ({"moved_on": "年月日不詳"}, "CH-E011"),
        ({"notified_on": "令和8年11月25日"}, "CH-E014"),
        ({"planned_kind": "moon"}, "CH-E055"),
        ({"planned_lot": "番" * 61}, "CH-E051"),
        ({"planned_head": "あ" * 201}, "CH-E051"),
        ({"notifier": "あ" * 201}, "CH-E051"),
    ],
)
def test_what_a_move_out_may_not_say(
    office: ChangeOffice, family: list[ResidentHistory], values: dict[str, str], code: str
) -> None:
    assert code in office.codes(moving_out(office, *family, **values))


@pytest.mark.parametrize(
    ("moved", "far"), [("令和9年2月24日", False), ("令和9年2月25日", True), ("令和8年12月1日", False)]
)
def test_a_day_that_is_far_ahead(
    office: ChangeOffice, family: list[ResidentHistory], moved: str, far: bool
) -> None:
    assert ("MO-A002" in office.codes(moving_out(office, *family, moved_on=moved))) is far


def test_who_has_notified_before_is_pointed_out(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    office.register(moving_out(office, *family))
    again = moving_out(office, *family, moved_on="令和8年12月5日")
    assert office.codes(again).count("CH-A002") == 4
    office.register(again)
    row = office.latest(family[0])
    assert row.removal_occurred_on is not None and row.removal_occurred_on.iso == "2026-12-05"


# ---- what others hang on to it


@pytest.mark.requirement("RR-4.1.3.0.4a", partial=True)
def test_others_are_told_of_each_registered_change(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """A handler sees the written change, whom it is about, and that 転出証明書情報 has to go (特例)."""
    told: list[tuple[ChangeReason, bool, tuple[str, ...], int]] = []

    def handler(
        _session: object, _actor: object, _keyring: object, each: RegisteredStep, *, now: dt.datetime
    ) -> None:
        assert now == office.now
        rows = [office.latest(number).history_number for number in each.numbers]
        told.append((each.change.reason, each.step.special, each.numbers, sum(rows)))

    after_registration(handler)
    after_registration(handler)
    try:
        entry = office.new_head(
            moving_out(office, family[0], moved_on="令和8年11月20日", special="1"), family[1]
        )
        office.register(entry)
    finally:
        _after.remove(handler)
    numbers = tuple(each.addressee_number for each in family)
    assert told == [
        (ChangeReason.MOVE_OUT_DOMESTIC, True, numbers[:1], 2),
        (ChangeReason.HEAD_CHANGE, False, numbers[1:], 6),
    ]
    kept = office.session.query(MoveOut).one()
    assert (kept.special, kept.paper) == (True, Paper.CERTIFICATE)
