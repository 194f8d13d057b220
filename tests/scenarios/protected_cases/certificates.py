"""Copies of the resident record, and what was issued."""

from __future__ import annotations

import re

from residentapp.residents.certificates.models import CertificateIssue
from tests.scenarios.protected import Walk, words_of
from tests.scenarios.protected_cases.cases import case

ASKED = {
    "style": "resident_copy_household", "shown": ["kana", "relationship"], "copies": "1", "requester": "self",
    "fee": "paid",
}  # fmt: skip


@case(
    "GET certificates.start_for_resident", "GET certificates.start_for_household", "GET certificates.enter",
    "POST certificates.enter", "GET certificates.preview_page",
)  # fmt: skip
def certificates_of_the_family_are_refused_without_their_address(walk: Walk) -> None:
    for number in walk.family.members:
        state = walk.open_person(number).request.path.rsplit("/", 1)[1]
        household = walk.open_household(number).request.path.rsplit("/", 1)[1]
        for start in (f"/certificates/from-resident/{state}", f"/certificates/from-household/{household}"):
            page = walk.follow(walk.get(start))
            assert page.status_code == 200
            for act in ("preview", "issue"):
                for subjects in ([number], list(walk.family.members), []):
                    answer = walk.post(page.request.path, ASKED | {"subjects": subjects, "act": act})
                    assert answer.status_code == 422
            assert walk.get(f"{page.request.path}/preview/0/1.png").status_code == 404
    for number in (walk.family.late, walk.family.moved, walk.family.stored):
        state = walk.open_person(number).request.path.rsplit("/", 1)[1]
        walk.follow(walk.get(f"/certificates/from-resident/{state}"))


@case(
    "GET certificates.start_removed_for_resident", "GET certificates.start_removed_for_household",
    "GET certificates.enter", "POST certificates.enter",
)  # fmt: skip
def copies_of_removed_records_of_their_home_are_refused_too(walk: Walk) -> None:
    for number in (walk.family.late, walk.family.moved, walk.family.stored):
        state = walk.open_person(number).request.path.rsplit("/", 1)[1]
        household = walk.open_household(number).request.path.rsplit("/", 1)[1]
        for way in (f"from-resident/{state}", f"from-household/{household}"):
            page = walk.follow(walk.get(f"/certificates/removed/{way}"))
            assert page.status_code == 200
            keys = re.findall(rf'value="({number}:\d+)"', page.text)
            assert len(keys) == 1, "the 除票 is offered"
            for act in ("preview", "issue"):
                asked = ASKED | {"style": "removed_record_copy", "subjects": keys, "act": act}
                asked |= {"requester": "third_party", "requester_name": "架空　次郎", "purpose": "相続"}
                answer = walk.post(page.request.path, asked)
                assert answer.status_code == 422 and "責任者の確認が必要です" in words_of(answer)
            assert walk.get(f"{page.request.path}/preview/0/1.png").status_code == 404
    for number in walk.family.members:
        state = walk.open_person(number).request.path.rsplit("/", 1)[1]
        assert walk.get(f"/certificates/removed/from-resident/{state}").status_code == 409


@case("GET certificates.issued", "GET certificates.file", "POST certificates.enter")
def the_father_gets_his_own_certificate_and_it_is_silent_about_them(walk: Walk) -> None:
    state = walk.open_person(walk.family.father).request.path.rsplit("/", 1)[1]
    form = walk.follow(walk.get(f"/certificates/from-resident/{state}")).request.path
    shown = ["kana", "relationship", "history", "previous_address", "remarks"]
    asked = ASKED | {"style": "resident_copy_individual", "subjects": [walk.family.father]}
    for wanted in (shown, ["kana", "relationship"]):
        walk.post(form, asked | {"shown": wanted, "act": "preview"})
    done = walk.follow(walk.post(form, asked | {"act": "issue"}))
    [issue_id] = re.findall(r"/certificates/file/([^.\"]+)\.pdf", done.text)
    paper = walk.get(f"/certificates/file/{issue_id}.pdf")
    assert "剛志" in words_of(paper)


@case(
    "GET certificates.show_history", "POST certificates.show_history", "GET certificates.history_of_resident",
    "GET certificates.history_page", "GET certificates.issue_page", "POST certificates.issue_page",
    "GET certificates.person", "GET certificates.file",
)  # fmt: skip
def what_was_issued_to_them_stays_closed(walk: Walk) -> None:
    walk.follow(walk.get("/certificates/history"))
    for asked in (
        {"addressee_number": walk.family.members[0]}, {"user_login": "officer"}, {"day": "R8.11.24"}, {"day": "?"},
    ):  # fmt: skip
        page = walk.follow(walk.post("/certificates/history", asked))
        walk.get(page.request.path)
    state = walk.open_person(walk.family.members[0]).request.path.rsplit("/", 1)[1]
    walk.follow(walk.get(f"/certificates/history-of/{state}"))
    issue = f"/certificates/issue/{walk.issue_id}"
    assert walk.get(issue).status_code == 200
    for place in range(4):
        walk.follow(walk.get(f"{issue}/person/{place}"))
    refused = walk.get(f"/certificates/file/{walk.issue_id}.pdf")
    assert refused.status_code == 409
    walk.follow(walk.post(issue, {"reason": ""}))
    walk.follow(walk.post(issue, {"reason": "書き損じ"}))
    with walk.database.transaction() as session:
        row = session.get(CertificateIssue, walk.issue_id)
        assert row is not None
        walk.assert_silent(f"{row.form_id if hasattr(row, 'form_id') else ''}", "issue row")
    assert walk.get(f"/certificates/file/{walk.issue_id}.pdf").status_code == 409
    assert walk.get("/certificates/issued/unknown").status_code == 404
