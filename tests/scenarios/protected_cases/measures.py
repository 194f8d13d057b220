"""支援措置 and 抑止."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import select

from residentapp.core.access.declare import declaration_of
from residentapp.residents.models import SupportMember
from tests.scenarios.protected import CLERK, Walk
from tests.scenarios.protected_cases.cases import case

#: What the screens of measures and suppressions ask for. It begins in years to come: other cases see nothing of it.
MEASURE = {
    "level_change": "error", "reason": "確認", "applied_on": "R8.11.24", "starts_on": "R12.4.1", "ends_on": "R13.3.31",
    "capacity": "current", "role": "own", "act": "save", "addressee_number": "0000000108", "minutes": "10",
}  # fmt: skip


@case(
    "GET support.add_member", "GET support.add_offender", "GET support.change_measure",
    "GET support.change_member", "GET support.change_offender", "GET support.end_measure",
    "GET support.list_closed", "GET support.list_ending", "GET support.list_measures",
    "GET support.list_passed", "GET support.list_reviews", "GET support.list_suppressed",
    "GET support.record_transfer", "GET support.register_measure", "GET support.renew_measure",
    "GET support.show_measure", "GET support.show_review", "GET support.start_measure",
    "GET support.start_notice", "GET support.suppressed_page", "GET support.term_notice",
    "POST support.add_member", "POST support.add_offender", "POST support.change_measure",
    "POST support.change_member", "POST support.change_offender", "POST support.end_measure",
    "POST support.list_suppressed", "POST support.record_transfer", "POST support.register_measure",
    "POST support.remove_member", "POST support.remove_offender", "POST support.renew_measure",
    "POST support.show_review", "POST support.start_measure", "POST support.suppressed_csv",
    "POST support.suppressed_pdf",
)  # fmt: skip
def the_desk_of_measures_is_closed(walk: Walk) -> None:
    """Their measure exists, and so does everything on it; who may not know is refused before anything is looked up."""
    with walk.database.transaction() as session:
        measure = session.scalars(
            select(SupportMember.measure_id).where(SupportMember.addressee_number == walk.family.members[0])
        ).first()
        assert measure is not None
    state = walk.open_person(walk.family.members[0]).request.path.rsplit("/", 1)[1]
    values = {
        "measure_id": measure,
        "offender_id": 1,
        "place": 0,
        "review_id": "1",
        "state_id": state,
        "page": 0,
    }
    for rule in walk.app.url_map.iter_rules():
        declared = declaration_of(walk.app, rule.endpoint)
        if not rule.endpoint.startswith("support.") or declared is None or not declared.missing(CLERK):
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            with walk.app.test_request_context():
                path = url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
            answer = walk.get(path) if method == "GET" else walk.post(path, MEASURE)
            assert answer.status_code == 403, path


@case(
    "GET support.find", "POST support.find", "GET support.of_household", "GET support.of_resident",
    "GET support.own_reviews", "GET support.subject", "POST support.lift", "POST support.release",
    "POST support.relock", "GET support.suppress", "POST support.suppress",
)  # fmt: skip
def suppressions_of_theirs_tell_no_place(walk: Walk) -> None:
    """Whoever may suppress and release sees that something bars them, and nothing of where they are."""
    walk.get("/support/reviews/own")
    walk.get("/support/find")
    for number in ("", "x", "9999999999", *walk.family.numbers, walk.family.father):
        walk.follow(walk.post("/support/find", {"number": number}))
    for number in walk.family.numbers:
        person = walk.open_person(number).request.path.rsplit("/", 1)[1]
        household = walk.open_household(number).request.path.rsplit("/", 1)[1]
        for start in (f"of-resident/{person}", f"of-household/{household}"):
            page = walk.follow(walk.get(f"/support/{start}"))
            if not page.request.path.startswith("/support/subject/"):
                continue
            subject = page.request.path
            for way in ("lift", "relock", "suppress", "release"):
                if way == "suppress":
                    walk.follow(walk.get(f"{subject}/suppress"))
                for sent in ({}, MEASURE):
                    walk.follow(walk.post(f"{subject}/{way}", sent))
            walk.get(subject)
