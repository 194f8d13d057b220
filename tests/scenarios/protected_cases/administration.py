"""The audit log, users, masters."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select

from residentapp.core.access.models import LoginSession, User
from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry, AuditSubject
from tests.scenarios.protected import Walk, words_of
from tests.scenarios.protected_cases.cases import case
from tests.support.clock import TEST_MOMENT
from tests.support.users import Browser, log_in, make_user


@case(
    "GET admin.search_log", "POST admin.send_log_search", "GET admin.show_log_entry", "POST admin.export_log",
)  # fmt: skip
def the_audit_log_hides_what_was_typed_about_them(walk: Walk) -> None:
    numbers = [*walk.family.members, walk.family.late, walk.family.stored]
    walk.get("/admin/log")
    walk.post("/admin/log", {"since": "きのう"})
    for number in numbers:
        answer = walk.follow(walk.post("/admin/log", {"since": "R8.11.24", "subject": number}))
        state = re.findall(r'name="state" value="([^"]*)"', answer.text)
        walk.post("/admin/log/export", {"state": state[0] if state else ""})
    walk.post("/admin/log/export")
    with walk.database.transaction() as session:
        entries = session.scalars(
            select(AuditSubject.sequence).where(AuditSubject.number.in_(numbers)).distinct()
        ).all()
        told = session.scalars(select(AuditEntry).where(AuditEntry.sequence.in_(entries))).all()
        assert any("隠れ里荘" in str(entry.details) for entry in told), (
            "the log keeps the terms of the search"
        )
    assert entries
    for sequence in entries:
        assert walk.get(f"/admin/log/{sequence}").status_code == 200


@case()
def without_the_right_the_log_is_closed(walk: Walk) -> None:
    with walk.database.transaction() as session:
        browser = walk.app.test_client()
        assert isinstance(browser, Browser)
        user = make_user(session, Permission.RESIDENT_SEARCH, login="nolog", moment=TEST_MOMENT)
        log_in(browser, session, user, moment=TEST_MOMENT)
    for answer in (browser.get("/admin/log"), browser.get("/admin/log/1"), browser.post("/admin/log/export")):
        assert answer.status_code == 403 and "隠れ里" not in answer.text


@case(
    "GET admin.list_users", "GET admin.new_user", "POST admin.new_user", "GET admin.edit_user", "POST admin.edit_user",
    "POST admin.add_user_permission", "POST admin.remove_user_permission", "POST admin.add_user_role",
    "POST admin.remove_user_role", "POST admin.reset_user_password", "POST admin.unlock", "GET admin.list_sessions",
    "POST admin.end_other_session", "GET admin.show_matrix", "POST admin.change_matrix", "POST admin.new_role",
    "GET admin.list_departments", "GET admin.department_roles", "POST admin.department_roles",
    "POST admin.remove_department_role", "GET admin.list_places", "GET admin.edit_place", "POST admin.edit_place",
)  # fmt: skip
def administration_knows_no_resident(walk: Walk) -> None:
    with walk.database.transaction() as session:
        user = session.scalars(select(User.id).where(User.login == "officer")).one()
        foreign = session.scalars(select(LoginSession.id).order_by(LoginSession.id)).first()
        department = session.scalars(select(User.department_id).where(User.id == user)).one()
    for address in (
        "/admin/users", "/admin/users/new", f"/admin/users/{user}", "/admin/sessions", "/admin/roles",
        "/admin/roles/departments", f"/admin/roles/departments/{department}", "/admin/places",
        "/admin/places/offices/new", "/admin/places/offices/1",
    ):  # fmt: skip
        walk.get(address)
    sent: list[tuple[str, dict[str, Any]]] = [
        ("/admin/users/new", {"login": "neu", "name": "架空　新人", "department_id": str(department)}),
        (f"/admin/users/{user}", {"name": ""}),
        (f"/admin/users/{user}/permissions", {"permission": "x"}),
        (f"/admin/users/{user}/permissions/999/remove", {}),
        (f"/admin/users/{user}/roles", {"role_id": "999"}),
        (f"/admin/users/{user}/roles/999/remove", {}),
        (f"/admin/users/{user}/password", {}),
        (f"/admin/users/{user}/unlock", {}),
        (f"/admin/sessions/{(foreign or 0) + 999}/end", {}),
        ("/admin/roles", {}),
        ("/admin/roles/new", {"code": "", "name": ""}),
        (f"/admin/roles/departments/{department}", {"role_id": "999"}),
        (f"/admin/roles/departments/{department}/999/remove", {}),
        ("/admin/places/offices/new", {"code": "", "name": ""}),
    ]
    for address, data in sent:
        walk.post(address, data)


@case(
    "GET admin.show_masters", "GET admin.edit_own_municipality", "POST admin.edit_own_municipality",
    "GET admin.list_certifiers", "GET admin.edit_certifier", "POST admin.edit_certifier", "POST admin.drop_certifier",
    "POST admin.end_certification", "GET admin.list_seals", "GET admin.new_seal", "POST admin.new_seal",
    "GET admin.check_seal", "POST admin.check_seal", "GET admin.seal_preview_picture", "GET admin.show_seal",
    "POST admin.show_seal", "GET admin.seal_picture", "GET admin.show_code_stock", "POST admin.show_code_stock",
    "GET admin.check_code_file", "POST admin.check_code_file", "GET admin.edit_eras", "POST admin.edit_eras",
    "POST admin.drop_era", "GET admin.static",
)  # fmt: skip
def masters_know_no_resident(walk: Walk) -> None:
    masters = "/admin/masters"
    for address in (
        "", "/municipality", "/certifiers", "/certifiers/new", "/certifiers/1", "/seals", "/seals/new", "/seals/1",
        "/seals/1/picture", "/seals/preview/unknown", "/seals/preview/unknown/picture", "/resident-codes",
        "/resident-codes/check/unknown", "/eras",
    ):  # fmt: skip
        walk.get(masters + address)
    for address in (
        "/municipality", "/certifiers/new", "/certifiers/1", "/certifiers/999/drop", "/certifiers/999/end",
        "/seals/new", "/seals/1", "/seals/preview/unknown", "/resident-codes", "/resident-codes/check/unknown",
        "/eras", "/eras/999/drop",
    ):  # fmt: skip
        walk.post(masters + address, {"name": "", "reason": "白鷺　小夜"}, typed=["白鷺　小夜"])
    walk.get("/admin/static/unknown.js")


@case(
    "GET admin.list_closed_days", "GET admin.new_closed_day", "POST admin.new_closed_day", "GET admin.show_closed_day",
    "POST admin.show_closed_day", "POST admin.drop_planned_closed_day", "GET admin.list_wording",
    "GET admin.edit_wording", "POST admin.edit_wording", "POST admin.drop_wording", "GET admin.list_fees",
    "GET admin.edit_fee", "POST admin.edit_fee", "POST admin.drop_fee", "GET admin.list_terms", "GET admin.edit_term",
    "POST admin.edit_term", "POST admin.drop_term",
)  # fmt: skip
def settings_know_no_resident(walk: Walk) -> None:
    masters = "/admin/masters"
    wording = "/wording/resident_copy_household/certification_whole"
    fee, term = "/fees/resident_copy_household/paid", "/keeping/removed_record"
    for address in (
        "/closed-days", "/closed-days/new", "/closed-days/1", "/closed-days/999", "/wording", wording, "/fees", fee,
        "/keeping", term, "/keeping/unknown", "/fees/unknown/paid", "/wording/unknown/text",
    ):  # fmt: skip
        walk.get(masters + address)
    for address in (
        "/closed-days/new", "/closed-days/1", "/closed-days/999/drop", wording, "/wording/rows/999/drop", fee,
        "/fees/rows/999/drop", term, "/keeping/rows/999/drop",
    ):  # fmt: skip
        walk.post(masters + address, {"value": "白鷺　小夜", "reason": "白鷺"}, typed=["白鷺　小夜", "白鷺"])


@case(
    "GET admin.list_district_kinds", "POST admin.list_district_kinds", "GET admin.new_district_kind",
    "POST admin.new_district_kind", "GET admin.list_districts", "GET admin.new_district", "POST admin.new_district",
    "GET admin.show_district", "POST admin.show_district", "GET admin.new_area", "POST admin.new_area",
    "GET admin.show_area", "POST admin.show_area", "POST admin.drop_planned_area", "GET admin.list_towns",
    "GET admin.new_town", "POST admin.new_town", "GET admin.show_town", "GET admin.edit_town", "POST admin.edit_town",
    "GET admin.new_former_municipality", "POST admin.new_former_municipality", "GET admin.new_lots",
    "POST admin.new_lots", "GET admin.edit_lot", "POST admin.edit_lot", "GET admin.new_renumbering",
    "POST admin.new_renumbering", "POST admin.drop_planned_renumbering", "GET admin.list_countries",
    "GET admin.edit_country", "POST admin.edit_country",
)  # fmt: skip
def masters_of_places_name_nobody(walk: Walk) -> None:
    """Towns, lots and districts are the same whoever lives there: asked for their town they tell nothing of them."""
    masters, code = "/admin/masters", walk.family.home.address_code or ""
    answers = [
        walk.get(masters + address)
        for address in (
            "/districts", "/districts/kinds/new", "/districts/kinds/polling", "/districts/kinds/polling/new",
            "/districts/1", "/districts/1/areas/new", "/districts/areas/1", "/districts/999", "/towns",
            "/towns?q=ミ", f"/towns?municipality={code[:5]}&ended=1", f"/towns/{code}", f"/towns/{code}?ended=1&page=2",
            f"/towns/{code}/edit", f"/towns/{code}/lots/new", f"/towns/{code}/renumbering", "/lots/1",
            f"/municipalities/{code[:5]}/towns/new", "/municipalities/new", "/countries", "/countries/new",
            "/countries/ZZ",
        )
    ]  # fmt: skip
    sent = {"town_code": code, "lot": "77番地7", "writing": "", "name": "", "old_lot": "77番地7"}
    answers += [
        walk.post(masters + address, sent, typed=["77番地7"])
        for address in (
            "/districts", "/districts/kinds/new", "/districts/kinds/polling/new", "/districts/1",
            "/districts/1/areas/new", "/districts/areas/1", "/districts/areas/999/drop",
            f"/municipalities/{code[:5]}/towns/new", f"/towns/{code}/edit", "/municipalities/new",
            f"/towns/{code}/lots/new", "/lots/1", f"/towns/{code}/renumbering", "/renumbering/999/drop",
            "/countries/new",
        )
    ]  # fmt: skip
    assert not any(walk.family.is_about(words_of(answer)) for answer in answers)
