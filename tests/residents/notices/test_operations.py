"""From the rows of a change to the notice: the addresses before and after, who may never be written to, the log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from residentapp.core.access.actor import Actor
from residentapp.core.access.models import Office
from residentapp.core.access.permissions import Permission
from residentapp.core.audit import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.masters.models import Certifier
from residentapp.core.masters.queries import MasterMissing
from residentapp.core.violations import Level
from residentapp.residents import history
from residentapp.residents.cases import operations as cases
from residentapp.residents.cases.approval import approve
from residentapp.residents.cases.errors import CaseNotFound
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import Approve, SaveEntry
from residentapp.residents.models import ResidentHistory, SupportMember, Suppression
from residentapp.residents.move_in.types import MoveInKind, Scope
from residentapp.residents.notices import operations
from residentapp.residents.notices.queries import accepted_on
from residentapp.residents.notices.types import NoticeRefused, Place, Role
from residentapp.residents.types import ChangeReason as R
from residentapp.residents.types import ResidentState, SuppressedProcess, SuppressionCause
from tests.residents.cases.pretence import Pretence, Pretended
from tests.residents.move_in.cases import child, entry, foreigner, person, wife
from tests.residents.move_in.conftest import APPROVE, ENTER, MoveInOffice
from tests.residents.notices.conftest import TODAY, changed, final_case
from tests.support.documents import mj_fonts, page_texts, squeezed
from tests.support.residents import change, family, household, next_snapshot, protect, resident
from tests.support.users import clerk

#: Whoever may know everything.
CHIEF = clerk(*APPROVE, Permission.SUPPRESSED_VIEW)


def notice_of(office: MoveInOffice, case_id: str, *, by: Actor | None = None) -> operations.Notice:
    return operations.prepare(office.session, by or office.clerk, office.keyring, case_id, now=office.now)


def last_case(office: MoveInOffice) -> str:
    return office.session.scalars(select(ChangeCase.id).order_by(ChangeCase.saved_at.desc())).first() or ""


def place_of(row: ResidentHistory) -> Place:
    address = f"{row.address}　{row.building}" if row.building else row.address
    return Place(address, row.postal_code)


# ---- move-in


@pytest.mark.requirement("RR-4.1.0.3a", "RR-4.1.0.3b", partial=True)
def test_a_move_in_is_told_to_the_notifier_at_the_address_left(office: MoveInOffice) -> None:
    office.register(entry(person(), wife(), child(), notifier="代理　一郎"))
    notice = notice_of(office, last_case(office))
    assert notice.data == {
        "recipient": {
            "postal_code": "〒000-1234",
            "address": "例示県見本市緑町二丁目5番7号",
            "name": "代理　一郎",
        },
        "date": "令和8年11月24日",
        "sender": {"prefecture": "架空県", "office_title": "架空市長", "name": "架空　一郎"},
        "notification": "転入届",
        "notified_on": "令和8年11月24日",
        "reason": "国内転入",
        "notifier": "代理　一郎",
        "movers": [{"name": person().name}, {"name": wife().name}, {"name": child().name}],
        "contact": "架空市　本庁　市民課",
    }


@pytest.mark.requirement("RR-4.1.0.3b", partial=True)
@pytest.mark.parametrize(
    ("made", "place", "name"),
    [
        (entry(), Place("例示県見本市緑町二丁目5番7号", "0001234"), person().name),
        (
            entry(person(previous_postal_code="")),
            Place("例示県見本市緑町二丁目5番7号", None),
            person().name,
        ),
        # The record has no postal code of an unreported address, and the new address's is not put in its place.
        (entry(person(unreported_address="例示県途中市1番2号")), Place("例示県途中市1番2号"), person().name),
        (
            entry(person(previous_address=""), notifier="代理　一郎", building="本町荘101"),
            Place("架空県架空市本町一丁目8番3号　本町荘101", "0000001"),
            person().name,
        ),
        (
            entry(foreigner(), kind=MoveInKind.ABROAD, notifier="代理　一郎"),
            Place("架空県架空市本町一丁目8番3号", "0000001"),
            "NGUYEN VAN AN",
        ),
        (
            entry(foreigner(became_foreign_resident_on=""), kind=MoveInKind.ARTICLE_30_46),
            Place("架空県架空市本町一丁目8番3号", "0000001"),
            "NGUYEN VAN AN",
        ),
        (
            entry(child("m1", relationship="世帯主", previous_head_name="祖父　一郎")),
            Place("例示県見本市緑町二丁目5番7号", "0001234"),
            "祖父　一郎",
        ),
    ],
)
def test_where_a_move_in_is_told(office: MoveInOffice, made: Any, place: Place, name: str) -> None:
    office.register(made)
    recipient = notice_of(office, last_case(office)).recipient
    assert (recipient.place, recipient.name) == (place, name)


def test_a_child_that_joins_a_household_from_abroad(office: MoveInOffice) -> None:
    [head] = family(office.session, {"name": "祖母　花", "head_name": "祖母　花", "building": "本町荘7"})
    made = entry(
        child("m1", relationship="子の子", previous_address=""),
        kind=MoveInKind.ABROAD,
        scope=Scope.PART,
        household_number=head.household_number,
    )
    office.register(made)
    recipient = notice_of(office, last_case(office)).recipient
    assert (recipient.role, recipient.name, recipient.place) == (Role.HEAD, "祖母　花", place_of(head))


# ---- every other notification: the address before is the one of the record before


def moved(office: MoveInOffice, reason: R, *, notifier: str = "", **values: Any) -> tuple[str, Place]:
    """A case about a couple; its id, and where they lived before."""
    people = family(
        office.session,
        {"building": "本町荘101"},
        {"name": "架空　花子", "relationship_to_head": "妻", "building": "本町荘101"},
    )
    case = final_case(office.session, office.keyring, entered_by=office.clerk.user_id, notifier=notifier)
    changed(office.session, case, reason, people, **values)
    return case.id, place_of(people[0])


@pytest.mark.requirement("RR-4.1.0.3b", partial=True)
@pytest.mark.parametrize(
    ("reason", "values"),
    [
        (R.MOVE_WITHIN, {"address": "架空県架空市港町9番9号", "building": None, "postal_code": "9990009"}),
        (
            R.MOVE_OUT_DOMESTIC,
            {
                "state": ResidentState.MOVED_OUT,
                "planned_destination": "例示県隣市北町1番1号",
                "planned_destination_postal_code": "0007777",
            },
        ),
        (R.MOVE_OUT_ABROAD, {"state": ResidentState.MOVED_OUT, "planned_destination": "海外国"}),
        (R.HOUSEHOLD_SPLIT, {}),
        (R.HEAD_CHANGE, {"head_name": "架空　花子"}),
    ],
)
@pytest.mark.parametrize("notifier", ["代理　一郎", ""])
def test_the_address_before_is_that_of_the_record_before(
    office: MoveInOffice, reason: R, values: dict[str, Any], notifier: str
) -> None:
    case_id, home = moved(office, reason, notifier=notifier, **values)
    notice = notice_of(office, case_id)
    assert (notice.recipient.place, notice.recipient.former) == (home, True)
    assert notice.recipient.name == notifier or notice.recipient.name == "架空　太郎"
    said = str(notice.data)
    for content in ("港町", "隣市", "海外国", "0007777"):
        assert content not in said, "what the notification said is nobody's business on this paper"


@pytest.mark.parametrize(
    ("notifier", "said"), [("代理　一郎", "代理　一郎"), ("", "異動者に同じ"), (None, None)]
)
def test_a_notifier_whom_nobody_kept_is_left_blank(
    office: MoveInOffice, notifier: str | None, said: str | None
) -> None:
    people = family(office.session, {})
    case = final_case(office.session, office.keyring, entered_by=office.clerk.user_id, notifier=notifier)
    changed(office.session, case, R.MOVE_WITHIN, people)
    notice = notice_of(office, case.id)
    assert notice.data["notifier"] == said
    assert notice.recipient.name == (notifier or "架空　太郎")
    paper = squeezed("".join(page_texts(operations.draw(notice, mj_fonts(), now=office.now).pdf)))
    assert ("【空欄】" in paper) is (notifier is None)


def test_a_move_in_without_a_notifier_says_so(office: MoveInOffice) -> None:
    office.register(entry())
    assert notice_of(office, last_case(office)).data["notifier"] == "異動者に同じ"


def test_only_the_change_that_was_notified_counts(office: MoveInOffice) -> None:
    """The head moves out, so that another becomes head: the second change is a consequence."""
    people = family(office.session, {}, {"name": "架空　花子", "relationship_to_head": "妻"})
    case = final_case(office.session, office.keyring, entered_by=office.clerk.user_id)
    changed(office.session, case, R.MOVE_OUT_DOMESTIC, people[:1], state=ResidentState.MOVED_OUT)
    changed(office.session, case, R.HEAD_CHANGE, people[1:], head_name="架空　花子")
    data = notice_of(office, case.id).data
    assert (data["notification"], data["movers"]) == ("転出届", [{"name": "架空　太郎"}])


def test_a_real_case_of_another_procedure(office: MoveInOffice, pretence: Pretence) -> None:
    """Nothing is known of the procedure but its case and its changes."""
    [head] = family(office.session, {"building": "本町荘101"})
    rights = frozenset({pretence.enter_permission, pretence.approve_permission})
    enterer, chief = replace(office.clerk, permissions=rights), replace(office.approver, permissions=rights)
    payload = Pretended((head.addressee_number,), (1,), notifier="代理　一郎")
    session, keyring = office.session, office.keyring
    case = cases.start(session, enterer, keyring, pretence, payload, now=office.now)
    cases.register_provisionally(
        session, enterer, keyring, SaveEntry(office.seen(case), payload), now=office.now
    )
    approve(session, chief, keyring, Approve(office.seen(case)), now=office.now)
    assert case.notifier_cipher is not None and "代理".encode() not in case.notifier_cipher
    notice = notice_of(office, case.id, by=enterer)
    assert (notice.recipient.name, notice.recipient.place) == ("代理　一郎", place_of(head))
    assert notice.data["notification"] == "転居届"
    with pytest.raises(CaseNotFound):
        notice_of(office, case.id)


# ---- never


def current(office: MoveInOffice, row: ResidentHistory) -> ResidentHistory:
    found = history.latest(office.session, row.addressee_number)
    assert found is not None
    return found


def themselves(office: MoveInOffice, people: list[ResidentHistory], old_home: list[ResidentHistory]) -> None:
    protect(office.session, current(office, people[0]))


def somebody_of_the_new_home(
    office: MoveInOffice, people: list[ResidentHistory], old_home: list[ResidentHistory]
) -> None:
    protect(office.session, resident(office.session, current(office, people[0]).household_number))


def somebody_of_the_old_home(
    office: MoveInOffice, people: list[ResidentHistory], old_home: list[ResidentHistory]
) -> None:
    protect(office.session, old_home[1])


def somebody_split_from_the_old_home(
    office: MoveInOffice, people: list[ResidentHistory], old_home: list[ResidentHistory]
) -> None:
    split = change(office.session, R.HOUSEHOLD_SPLIT)
    row = current(office, old_home[1])
    alone = next_snapshot(office.session, row, split, household_number=household(office.session))
    protect(office.session, alone)


def the_old_home_as_such(
    office: MoveInOffice, people: list[ResidentHistory], old_home: list[ResidentHistory]
) -> None:
    office.session.add(
        Suppression(
            household_number=old_home[1].household_number,
            process=SuppressedProcess.CERTIFICATE,
            level=Level.ALERT,
            cause=SuppressionCause.SUPPORT,
            starts_on=TODAY,
        )
    )
    office.session.flush()


def themselves_after_the_term(
    office: MoveInOffice, people: list[ResidentHistory], old_home: list[ResidentHistory]
) -> None:
    protect(office.session, current(office, people[0]), ends_on=dt.date(2026, 10, 31))


def where_they_went_later(
    office: MoveInOffice, people: list[ResidentHistory], old_home: list[ResidentHistory]
) -> None:
    [protected] = family(office.session, {"name": "守られ　花子"})
    protect(office.session, protected)
    later = change(office.session, R.MOVE_WITHIN)
    row = current(office, people[0])
    next_snapshot(office.session, row, later, household_number=protected.household_number)


Protecting = Callable[[MoveInOffice, list[ResidentHistory], list[ResidentHistory]], None]


@pytest.mark.requirement("CM-5.1", partial=True)
@pytest.mark.parametrize("state", [ResidentState.RESIDENT, ResidentState.MOVED_OUT])
@pytest.mark.parametrize(
    "protecting",
    [
        themselves,
        somebody_of_the_new_home,
        somebody_of_the_old_home,
        somebody_split_from_the_old_home,
        the_old_home_as_such,
        themselves_after_the_term,
        where_they_went_later,
    ],
)
def test_nothing_is_ever_sent_where_a_protected_person_lives(
    office: MoveInOffice, protecting: Protecting, state: ResidentState
) -> None:
    """Whatever the officer's rights; with the same words for all."""
    old_home = family(office.session, {}, {"name": "残る　人"})
    new_home = family(office.session, {"name": "別　人"})[0].household_number
    case = final_case(office.session, office.keyring, entered_by=office.clerk.user_id, notifier="代理　人")
    reason = R.MOVE_WITHIN if state is ResidentState.RESIDENT else R.MOVE_OUT_DOMESTIC
    people = changed(office.session, case, reason, old_home[:1], household_number=new_home, state=state)
    assert notice_of(office, case.id).recipient.place == place_of(old_home[0])
    protecting(office, people, old_home)
    said = set()
    for actor in (office.clerk, office.approver, CHIEF):
        with pytest.raises(NoticeRefused) as refused:
            notice_of(office, case.id, by=actor)
        said.add((refused.value.code, str(refused.value), refused.value.to_do))
        for text in (old_home[0].address, people[0].address):
            assert text not in str(said)
    [(code, message, to_do)] = said
    assert code == "PROTECTED" and "支援措置" in message and "口頭" in to_do
    [line] = accepted_on(office.session, CHIEF, TODAY).lines
    assert line.protected


def test_a_measure_that_was_released_bars_nothing(office: MoveInOffice) -> None:
    case_id, home = moved(office, R.MOVE_WITHIN)
    [row, *_rest] = office.session.scalars(
        select(ResidentHistory).where(ResidentHistory.is_latest, ResidentHistory.member_order == 1)
    ).all()
    protect(office.session, row)
    for suppression in office.session.scalars(select(Suppression)):
        suppression.released_at = office.now
    office.session.flush()
    assert office.session.scalars(select(SupportMember)).all()
    assert notice_of(office, case_id).recipient.place == home


def test_other_suppressions_of_output_bar_it_and_can_be_lifted(office: MoveInOffice) -> None:
    case_id, _home = moved(office, R.MOVE_WITHIN)
    number = office.session.scalars(select(ResidentHistory.addressee_number)).first()
    row = Suppression(
        addressee_number=number,
        process=SuppressedProcess.CERTIFICATE,
        level=Level.ERROR,
        cause=next(cause for cause in SuppressionCause if cause is not SuppressionCause.SUPPORT),
        starts_on=TODAY,
    )
    office.session.add(row)
    office.session.flush()
    with pytest.raises(NoticeRefused, match="発行抑止"):
        notice_of(office, case_id)
    row.lifted_until = office.now + dt.timedelta(minutes=5)
    office.session.flush()
    assert notice_of(office, case_id)


def test_a_cancelled_change_is_not_told(office: MoveInOffice) -> None:
    case_id, _home = moved(office, R.MOVE_WITHIN)
    done = office.session.scalars(select(ResidentHistory.change_id).where(ResidentHistory.is_latest)).first()
    change(office.session, R.CANCEL_CORRECTION, cancels_change_id=done)
    with pytest.raises(NoticeRefused, match="取り消されています"):
        notice_of(office, case_id)


def test_what_is_not_in_the_register_yet_is_not_told(office: MoveInOffice) -> None:
    case = office.provisional(entry())
    for case_id in (case.id, "no-such-case"):
        with pytest.raises(CaseNotFound):
            notice_of(office, case_id)
    assert accepted_on(office.session, office.clerk, TODAY).lines == []


# ---- printing


@pytest.mark.requirement("RR-4.1.0.3a", partial=True)
def test_it_is_printed_again_on_a_later_day_and_each_print_is_logged(office: MoveInOffice) -> None:
    registered = office.register(entry(person(), wife(), notifier="代理　一郎"))
    case_id = last_case(office)
    papers = []
    for days in (0, 30):
        moment = office.now + dt.timedelta(days=days)
        pdf = operations.print_notice(
            office.session, office.clerk, office.keyring, case_id, mj_fonts(), now=moment
        )
        papers.append(squeezed("".join(page_texts(pdf))))
    for paper in papers:
        for told in (
            "住民異動届受理通知", "転入届を次のとおり受理しました", "令和8年11月24日", "国内転入", "代理一郎様",
            "渡邉\U000e010f𠮷男", "渡邉\U000e010f﨑子", "〒000-1234", "例示県見本市緑町二丁目5番7号", "架空県架空市長",
            "架空一郎",
        ):  # fmt: skip
            assert told in paper, told
        assert "本町一丁目" not in paper, "where they went is not told"
    assert "令和8年12月24日" in papers[1] and "令和8年12月24日" not in papers[0]
    write_pending(office.session)
    logged = office.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "住民異動届受理通知の印刷")
    ).all()
    assert [(line.log, line.succeeded, line.subjects) for line in logged] == [
        ("print", True, list(registered.numbers))
    ] * 2
    assert logged[0].details == {
        "受付": case_id,
        "届": "転入届",
        "宛先": "届出人",
        "送り先": "異動前住所",
        "ページ数": 1,
    }


def test_the_contact_of_the_office_at_which_it_is_printed(office: MoveInOffice) -> None:
    office.register(entry())
    main = office.session.scalars(select(Office)).one()
    main.contact = "市民課住民記録係　電話 000-000-0000"
    office.session.add(Office(code="02", name="北支所", kind="branch"))
    office.session.flush()
    case_id = last_case(office)
    assert notice_of(office, case_id).data["contact"] == "架空市　市民課住民記録係　電話 000-000-0000"
    there = replace(office.clerk, office_code="02", office_name="北支所")
    assert notice_of(office, case_id, by=there).data["contact"] == "架空市　北支所　市民課"


def test_without_a_certifier_nothing_is_printed(office: MoveInOffice) -> None:
    office.register(entry())
    for row in office.session.scalars(select(Certifier)):
        office.session.delete(row)
    office.session.flush()
    with pytest.raises(MasterMissing, match="認証者"):
        notice_of(office, last_case(office))


# ---- the list


def test_the_list_has_one_day_and_the_actors_procedures(office: MoveInOffice, pretence: Pretence) -> None:
    office.register(entry(person(), wife(), notifier="代理　一郎"))
    case_id = last_case(office)
    [other] = family(office.session, {})
    later = final_case(
        office.session, office.keyring, entered_by=office.clerk.user_id, on=TODAY + dt.timedelta(days=1)
    )
    changed(office.session, later, R.MOVE_WITHIN, [other])
    births = final_case(office.session, office.keyring, entered_by=office.clerk.user_id)
    changed(office.session, births, R.BIRTH, family(office.session, {}))
    [line] = accepted_on(office.session, office.clerk, TODAY).lines
    assert (line.case.id, line.notification, line.reason) == (case_id, "転入届", "国内転入")
    assert line.names == (person().name, wife().name) and line.office == "本庁"
    [line] = accepted_on(office.session, office.clerk, TODAY + dt.timedelta(days=1)).lines
    assert line.notification == "転居届"
    stranger = clerk(pretence.enter_permission)
    assert accepted_on(office.session, stranger, TODAY).lines == []


@pytest.mark.requirement("CM-5.1", partial=True)
def test_the_office_of_protected_people_tells_no_district(office: MoveInOffice) -> None:
    [head] = family(office.session, {})
    protect(office.session, head)
    case = final_case(
        office.session, office.keyring, entered_by=office.clerk.user_id, office=("02", "北支所")
    )
    changed(office.session, case, R.MOVE_WITHIN, [head])
    blind = clerk(*ENTER)
    [line] = accepted_on(office.session, blind, TODAY).lines
    assert (line.protected, line.office) == (True, "")
    for code in ("01", "02"):
        assert accepted_on(office.session, blind, TODAY, office=code).lines == []
    [line] = accepted_on(office.session, CHIEF, TODAY, office="02").lines
    assert line.office == "北支所"
