"""A barred certificate leaves once, as it was reviewed, by the clerk who asked, within its time (RR-3.4b)."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor, PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.audit.chain import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue
from residentapp.core.violations import Level
from residentapp.residents.certificates import handing_over
from residentapp.residents.certificates import operations as certificates
from residentapp.residents.certificates.models import CertificateIssue
from residentapp.residents.certificates.types import (
    CertificateRequest,
    IssueRefused,
    Requester,
    Shown,
    Style,
)
from residentapp.residents.models import ResidentHistory, Suppression
from residentapp.residents.support import operations, reviews
from residentapp.residents.support.errors import SupportRefused
from residentapp.residents.support.models import CertificateReview, Decision
from residentapp.residents.support.reviews import Grant
from residentapp.residents.types import ChangeReason, SuppressedProcess, SuppressionCause
from tests.residents.support.conftest import CHIEF, COUNTER, NOW, TODAY, People, command
from tests.support import residents
from tests.support.documents import mj_fonts, page_texts, squeezed
from tests.support.users import clerk

pytestmark = [pytest.mark.database, pytest.mark.pdf]

MINUTE = dt.timedelta(minutes=1)
SET_ON = DateValue.of(dt.date(2026, 9, 1))
YES = Grant(Decision.GRANTED, "運転免許証で本人と確認", 30)


def wanted(*subjects: ResidentHistory, **changes: object) -> CertificateRequest:
    """A request for some people of one household."""
    values: dict[str, object] = {
        "style": Style.INDIVIDUAL,
        "household_number": subjects[0].household_number,
        "subjects": tuple(subject.addressee_number for subject in subjects),
        "shown": frozenset({Shown.KANA}),
        "versions": {subject.addressee_number: subject.history_number for subject in subjects},
    }
    return CertificateRequest(**(values | changes))  # type: ignore[arg-type]


def issue(
    session: Session,
    keyring: Keyring,
    request: CertificateRequest,
    *,
    actor: Actor = COUNTER,
    now: dt.datetime = NOW,
    confirmed: dict[str, str] | None = None,
) -> list[CertificateIssue]:
    return certificates.issue(session, actor, keyring, request, mj_fonts(), now=now, confirmed=confirmed)


def refused_codes(
    session: Session,
    keyring: Keyring,
    request: CertificateRequest,
    *,
    actor: Actor = COUNTER,
    now: dt.datetime = NOW,
) -> list[str]:
    """Codes of the errors that bar a request; empty when nothing does."""
    prepared = certificates.prepare(session, actor, keyring, request, now=now)
    return [error.code for error in prepared.errors]


def ask(session: Session, keyring: Keyring, request: CertificateRequest) -> CertificateReview:
    return reviews.ask(session, COUNTER, keyring, request, page_state_id="page", now=NOW)


def grant(
    session: Session, keyring: Keyring, review: CertificateReview, decision: Grant = YES
) -> CertificateReview:
    return reviews.decide(session, CHIEF, keyring, review.id, decision, most=60, now=NOW)


@pytest.fixture
def protected(session: Session, keyring: Keyring, people: People) -> People:
    """The mother and her child under a measure."""
    operations.register(session, CHIEF, keyring, command(people), now=NOW)
    return people


@pytest.mark.requirement("RR-3.4b", "RR-3.4a")
def test_without_the_release_the_error_stays_and_with_it_one_output_leaves(
    session: Session, keyring: Keyring, protected: People
) -> None:
    request = wanted(protected.mother)
    for actor in (COUNTER, CHIEF):
        assert refused_codes(session, keyring, request, actor=actor) == ["CI-E010"]
    review = ask(session, keyring, request)
    assert refused_codes(session, keyring, request) == ["CI-E010"], "asking opens nothing"
    grant(session, keyring, review)
    assert refused_codes(session, keyring, request) == []
    [row] = issue(session, keyring, request, now=NOW + MINUTE)
    assert review.used_at == NOW + MINUTE
    with pytest.raises(IssueRefused):
        issue(session, keyring, request, now=NOW + MINUTE)
    handed = handing_over.hand_over(session, COUNTER, keyring, row.id, mj_fonts(), now=NOW + 2 * MINUTE)
    assert "秘荘101号室" in squeezed("".join(page_texts(handed.pdf)))


@pytest.mark.requirement("RR-3.4b", partial=True)
@pytest.mark.parametrize(
    "changes",
    [
        {"copies": 2},
        {"shown": frozenset({Shown.KANA, Shown.HISTORY})},
        {"shown": frozenset()},
        {"style": Style.HOUSEHOLD},
        {"requester": Requester.AGENT, "requester_name": "架空　代理"},
        {"purpose": "別の使いみち"},
        {"seal": False},
    ],
    ids=lambda changes: "-".join(changes) + f"-{len(str(changes))}",
)
def test_what_leaves_is_what_was_reviewed(
    session: Session, keyring: Keyring, protected: People, changes: dict[str, object]
) -> None:
    request = wanted(protected.mother)
    grant(session, keyring, ask(session, keyring, request))
    other = dataclasses.replace(request, **changes)  # type: ignore[arg-type]
    assert refused_codes(session, keyring, other) == ["CI-E010"]
    assert refused_codes(session, keyring, request) == []


def test_it_opens_nobody_else_and_for_nobody_else(
    session: Session, keyring: Keyring, protected: People
) -> None:
    request = wanted(protected.mother)
    grant(session, keyring, ask(session, keyring, request))
    assert refused_codes(session, keyring, wanted(protected.child)) == ["CI-E010"]
    assert refused_codes(session, keyring, wanted(protected.mother, protected.child)) == ["CI-E010"]
    colleague = dataclasses.replace(COUNTER, login="madoguchi2", user_id=9)
    for actor in (colleague, CHIEF):
        assert refused_codes(session, keyring, request, actor=actor) == ["CI-E010"]


def test_a_record_that_moved_on_is_reviewed_again(
    session: Session, keyring: Keyring, protected: People
) -> None:
    request = wanted(protected.mother)
    grant(session, keyring, ask(session, keyring, request))
    moved = residents.change(session, ChangeReason.MOVE_WITHIN, processed_on=TODAY)
    mother = residents.next_snapshot(session, protected.mother, moved, address="架空県架空市新秘町1番")
    assert refused_codes(session, keyring, request) == ["CI-E004"]
    assert refused_codes(session, keyring, wanted(mother)) == ["CI-E010"]


@pytest.mark.parametrize(("minutes", "codes"), [(29, []), (30, ["CI-E010"]), (31, ["CI-E010"])])
def test_its_time_ends_by_itself(
    session: Session, keyring: Keyring, protected: People, minutes: int, codes: list[str]
) -> None:
    request = wanted(protected.mother)
    grant(session, keyring, ask(session, keyring, request))
    assert refused_codes(session, keyring, request, now=NOW + minutes * MINUTE) == codes


@pytest.mark.parametrize(
    ("issued", "printed", "leaves"), [(1, 29, True), (1, 30, False), (29, 43, True), (29, 44, False)]
)
def test_its_pages_can_be_printed_for_a_while_only(
    session: Session, keyring: Keyring, protected: People, issued: int, printed: int, leaves: bool
) -> None:
    request = wanted(protected.mother)
    grant(session, keyring, ask(session, keyring, request))
    [row] = issue(session, keyring, request, now=NOW + issued * MINUTE)
    later = NOW + printed * MINUTE
    if leaves:
        assert handing_over.hand_over(session, COUNTER, keyring, row.id, mj_fonts(), now=later).pdf
        return
    with pytest.raises(IssueRefused) as refused:
        handing_over.hand_over(session, COUNTER, keyring, row.id, mj_fonts(), now=later)
    assert [violation.code for violation in refused.value.violations] == ["CI-E010"]


def test_a_refusal_keeps_it_barred_and_it_can_be_asked_again(
    session: Session, keyring: Keyring, protected: People
) -> None:
    request = wanted(protected.mother)
    first = ask(session, keyring, request)
    assert ask(session, keyring, request).id == first.id, "one that waits is not put twice"
    grant(session, keyring, first, Grant(Decision.REFUSED, "本人確認ができない"))
    assert refused_codes(session, keyring, request) == ["CI-E010"]
    standing = reviews.standing_review(session, COUNTER, keyring, request, now=NOW)
    assert standing is not None and standing.decision is Decision.REFUSED
    assert reviews.reason_of(keyring, first) == "本人確認ができない"
    assert "本人確認" not in repr(session.execute(text("SELECT * FROM certificate_review")).all())
    assert reviews.count_answered(session, COUNTER, now=NOW) == 1
    second = reviews.ask(session, COUNTER, keyring, request, page_state_id="page", now=NOW + MINUTE)
    assert second.id != first.id
    grant(session, keyring, second)
    assert refused_codes(session, keyring, request, now=NOW + MINUTE) == []


@pytest.mark.parametrize(
    ("decision", "code"),
    [
        (Grant(None, "理由", 10), "RV-E003"),
        (Grant(Decision.GRANTED, " ", 10), "RV-E004"),
        (Grant(Decision.GRANTED, "理由", 61), "RV-E005"),
        (Grant(Decision.GRANTED, "理由", 0), "RV-E005"),
        (Grant(Decision.GRANTED, "理由", None), "RV-E005"),
    ],
)
def test_what_bars_a_decision(
    session: Session, keyring: Keyring, protected: People, decision: Grant, code: str
) -> None:
    review = ask(session, keyring, wanted(protected.mother))
    with pytest.raises(SupportRefused) as refused:
        grant(session, keyring, review, decision)
    assert [violation.code for violation in refused.value.violations] == [code]
    assert review.decision is None


def test_only_who_is_in_charge_decides_and_once(
    session: Session, keyring: Keyring, protected: People
) -> None:
    review = ask(session, keyring, wanted(protected.mother))
    for rights in ((Permission.SUPPORT_MANAGE,), (Permission.SUPPRESSED_VIEW,), ()):
        with pytest.raises(PermissionDenied):
            reviews.decide(session, clerk(*rights), keyring, review.id, YES, most=60, now=NOW)
        with pytest.raises(PermissionDenied):
            reviews.waiting(session, clerk(*rights), now=NOW)
    assert [each.id for each in reviews.waiting(session, CHIEF, now=NOW)] == [review.id]
    assert reviews.count_waiting(session, now=NOW) == 1
    grant(session, keyring, review)
    assert reviews.waiting(session, CHIEF, now=NOW) == []
    with pytest.raises(SupportRefused, match="もう判断されています"):
        grant(session, keyring, review)


def test_each_step_is_in_the_log(session: Session, keyring: Keyring, protected: People) -> None:
    request = wanted(protected.mother)
    review = ask(session, keyring, request)
    reviews.open_review(session, CHIEF, keyring, review.id, now=NOW)
    grant(session, keyring, review)
    issue(session, keyring, request)
    write_pending(session)
    query = select(AuditEntry).where(AuditEntry.screen == "発行の確認").order_by(AuditEntry.sequence)
    entries = session.scalars(query).all()
    assert [(entry.action, entry.actor_login) for entry in entries] == [
        ("発行の確認の依頼", "madoguchi"),
        ("発行の確認の照会", "shien"),
        ("発行の確認（発行を認める）", "shien"),
        ("発行の確認の利用", "madoguchi"),
    ]
    assert {tuple(entry.subjects) for entry in entries} == {(protected.mother.addressee_number,)}
    assert entries[2].details["期限"] == "2026-11-24 10:30"


# ---- a former home, and the words


def home_left_behind(session: Session, keyring: Keyring, people: People) -> ResidentHistory:
    """Somebody who has moved out of the home in which the protected family lives now."""
    operations.register(session, CHIEF, keyring, command(people), now=NOW)
    lived = residents.resident(
        session,
        people.mother.household_number,
        name="荒井　元同居",
        address=people.mother.address,
        building=people.mother.building,
    )
    moved = residents.change(session, ChangeReason.MOVE_WITHIN, processed_on=dt.date(2026, 9, 1))
    return residents.next_snapshot(
        session,
        lived,
        moved,
        household_number=residents.household(session),
        address="架空県架空市東町9番1号",
        building=None,
        address_set_on=SET_ON,
    )


def split_first(session: Session, keyring: Keyring, people: People) -> ResidentHistory:
    """Another household at the same address, which has left since."""
    operations.register(session, CHIEF, keyring, command(people), now=NOW)
    lived = residents.resident(
        session, name="荒井　別世帯", address=people.mother.address, building="秘荘１０１号室"
    )
    moved = residents.change(session, ChangeReason.MOVE_WITHIN, processed_on=dt.date(2026, 9, 1))
    return residents.next_snapshot(
        session,
        lived,
        moved,
        address="架空県架空市東町9番1号",
        building=None,
        address_set_on=SET_ON,
    )


@pytest.mark.requirement("CM-5.1", "RR-3.4a", partial=True)
@pytest.mark.parametrize("leave", [home_left_behind, split_first])
def test_a_copy_that_would_print_their_home_needs_the_review_too(
    session: Session, keyring: Keyring, people: People, leave: object
) -> None:
    person = leave(session, keyring, people)  # type: ignore[operator]
    for shown in (frozenset({Shown.KANA}), frozenset({Shown.KANA, Shown.HISTORY})):
        assert refused_codes(session, keyring, wanted(person, shown=shown)) == ["CI-E010"]
    request = wanted(person)
    grant(session, keyring, ask(session, keyring, request))
    [row] = issue(session, keyring, request)
    handed = handing_over.hand_over(session, COUNTER, keyring, row.id, mj_fonts(), now=NOW + MINUTE)
    assert "隠町8番9号" in squeezed("".join(page_texts(handed.pdf)))
    # Whoever may know is not barred, but has to say why.
    prepared = certificates.prepare(session, CHIEF, keyring, request, now=NOW)
    assert (prepared.errors, [alert.code for alert in prepared.alerts]) == ([], ["CI-A011"])
    assert issue(
        session, keyring, request, actor=CHIEF, confirmed={"CI-A011@subjects": "本人に渡す。住所は本人のもの"}
    )


def test_where_the_copy_says_nothing_of_their_home_nothing_bars_it(
    session: Session, keyring: Keyring, people: People
) -> None:
    person = home_left_behind(session, keyring, people)
    moved = residents.change(session, ChangeReason.MOVE_WITHIN, processed_on=dt.date(2026, 10, 1))
    again = residents.next_snapshot(
        session, person, moved, address="架空県架空市西町2番2号", address_set_on=DateValue.of(TODAY)
    )
    # 異動前住所 is now another; only the history would still tell.
    person = residents.next_snapshot(
        session,
        again,
        residents.change(session, ChangeReason.MINOR_CORRECTION, processed_on=dt.date(2026, 10, 2)),
    )
    told = refused_codes(session, keyring, wanted(person, shown=frozenset({Shown.HISTORY})))
    assert told == ["CI-E010"]
    neighbour = residents.resident(session, address=people.mother.address, building="秘荘999号室")
    elsewhere = residents.next_snapshot(
        session,
        neighbour,
        residents.change(session, ChangeReason.MOVE_WITHIN, processed_on=dt.date(2026, 9, 1)),
        address="架空県架空市東町7番",
        building=None,
        address_set_on=SET_ON,
    )
    assert refused_codes(session, keyring, wanted(elsewhere)) == [], "another room of the same house"


def test_pages_issued_before_they_moved_in_no_longer_leave(
    session: Session, keyring: Keyring, people: People
) -> None:
    lived = residents.resident(
        session, name="荒井　先住", address=people.mother.address, building="秘荘101号室"
    )
    moved = residents.change(session, ChangeReason.MOVE_WITHIN, processed_on=dt.date(2026, 3, 1))
    person = residents.next_snapshot(
        session, lived, moved, address="架空県架空市東町9番1号", building=None, address_set_on=SET_ON
    )
    [row] = issue(session, keyring, wanted(person))
    operations.register(session, CHIEF, keyring, command(people), now=NOW)
    with pytest.raises(IssueRefused) as refused:
        handing_over.hand_over(session, COUNTER, keyring, row.id, mj_fonts(), now=NOW + MINUTE)
    assert [violation.code for violation in refused.value.violations] == ["CI-E010"]


@pytest.mark.requirement("CM-5.1", partial=True)
def test_the_words_are_the_same_whatever_the_cause(
    session: Session, keyring: Keyring, people: People
) -> None:
    """A support measure, living with somebody under one, another suppression, a former home: one message."""
    left = home_left_behind(session, keyring, people)
    lodger = residents.resident(session, people.mother.household_number, name="居候　人", member_order=5)
    other = residents.resident(session, name="架空　調査")
    session.add(
        Suppression(
            addressee_number=other.addressee_number,
            process=SuppressedProcess.CERTIFICATE,
            level=Level.ERROR,
            cause=SuppressionCause.OTHER,
            starts_on=TODAY,
        )
    )
    session.flush()
    told = set()
    for person in (people.mother, lodger, other, left):
        prepared = certificates.prepare(session, COUNTER, keyring, wanted(person), now=NOW)
        told.add(tuple(prepared.violations))
        assert prepared.documents == []
    assert len(told) == 1
    [[violation]] = told
    assert "責任者の確認が必要です" in violation.message
    for word in ("支援", "抑止", "前に住んで", "隠町", "荒井", "守山"):
        assert word not in f"{violation.message}{violation.remedy}{violation.basis}"
