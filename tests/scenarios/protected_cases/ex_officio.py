"""Papers about what the office did of itself."""

from __future__ import annotations

import re
from typing import Any

from tests.scenarios.protected import Walk, words_of
from tests.scenarios.protected_cases.cases import case, free_records, keys_and_version, officer_of
from tests.support.users import Browser


@case(
    "GET ex_officio.show_day", "POST ex_officio.choose_day", "POST ex_officio.print_list", "GET ex_officio.papers",
    "POST ex_officio.print_sheet", "POST ex_officio.print_notice",
)  # fmt: skip
def papers_about_what_the_office_did_for_them(walk: Walk) -> None:
    """An officer corrects where one of them lived before; the clerk looks it up and prints what there is to print."""
    free_records(walk)
    officer, approver = (officer_of(walk, login) for login in ("corrector", "approver"))
    case_id = corrected_by_office(officer, approver, walk.family.members[0])
    told = officer.post(f"/ex-officio/{case_id}/sheet", data={"change": "0"})
    assert "隠れ里町" in words_of(told) and "隠れ里荘で本人に聴いた" in words_of(told)
    assert "隠れ里" in words_of(
        officer.post(f"/ex-officio/{case_id}/notice", data={"change": "0", "person": "0"})
    )
    listed = walk.get("/ex-officio")
    assert "職権修正" in listed.text
    for day in ("R8.11.24", "R8.11.23", "きのう", ""):
        walk.post("/ex-officio", {"day": day})
        walk.post("/ex-officio/list", {"day": day})
    # Nobody prints a list with them on it, whatever rights they have.
    assert "隠れ里" not in words_of(officer.post("/ex-officio/list", data={"day": "R8.11.24"}))
    assert "表示できません" in walk.get(f"/ex-officio/{case_id}").text
    for sent in ({"change": "0", "person": "0"}, {"change": "9"}, {"change": "x"}, {}):
        for paper in ("sheet", "notice"):
            assert walk.post(f"/ex-officio/{case_id}/{paper}", sent).status_code in (400, 403)
    assert walk.get("/ex-officio/unknown").status_code == 404


def corrected_by_office(officer: Browser, approver: Browser, number: str) -> str:
    """Id of a case in which one officer corrected a record and another approved it."""
    page = officer.post("/residents/open", data={"addressee_number": number}, follow_redirects=True)
    [link] = re.findall(r'href="(/changes/for/resident/[\w-]+)"', page.text)
    menu = officer.get(link, follow_redirects=True).request.path
    case = officer.post(menu, data={"kind": "correct"}).headers["Location"]
    page = officer.get(case)
    [key] = re.findall(r'name="subject" value="(p\d+)" checked', page.text)
    _keys, version = keys_and_version(page)
    sent = {
        "version": version, "act": "check", "people-shown": "1", "subject": key, "moved_on": "R8.11.20",
        "basis": "omission", "cause": "隠れ里荘で本人に聴いた。", f"people-{key}-previous_address": "架空県隠れ里町1番",
    }  # fmt: skip
    saved = officer.post(case, data=sent)
    assert saved.status_code == 303, words_of(saved)
    checked = officer.get(f"{case}/check")
    _keys, version = keys_and_version(checked)
    alerts = re.findall(r'name="alert-reason:([^"]+)"', checked.text)
    reasons: dict[str, Any] = {f"alert-reason:{alert}": "確かめた" for alert in alerts}
    reasons |= {"alert": alerts, "version": version, "act": "register"}
    assert officer.post(f"{case}/check", data=reasons).status_code == 303
    _keys, version = keys_and_version(approver.get(f"{case}/review"))
    done = approver.post(f"{case}/approve", data={"version": version})
    assert done.status_code == 303, words_of(done)
    return case.rsplit("/", 1)[1]
