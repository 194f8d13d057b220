"""Offices, terminals and printers: kinds, periods of use, names that change on a day (RR-1.3.1)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.admin.places import KINDS, save_place
from residentapp.admin.types import EntryRefused, PlaceEntry, Validity
from residentapp.core.access import Permission
from residentapp.core.access.login import find_terminal
from residentapp.core.access.models import Office, OfficeKind, Terminal
from residentapp.core.access.rights import actor_for
from residentapp.core.audit.models import AuditEntry
from residentapp.core.db import Database
from tests.admin.test_operations import refused
from tests.conftest import Login
from tests.support.clock import TEST_MOMENT, SettableClock
from tests.support.users import PASSWORD, TERMINAL_CODE, Browser, clerk, make_user

TODAY = TEST_MOMENT.date()
TOMORROW = TODAY + dt.timedelta(days=1)
ADMIN = clerk(Permission.ADMIN_MASTERS, login="kanri", user_id=9001)
M = {"moment": TEST_MOMENT}


@pytest.mark.requirement("RR-1.3.1")
def test_wards_and_sections_are_places_too(session: Session) -> None:
    """指定都市: 行政区; elsewhere also the sections that use the system. Each with a terminal of its own."""
    for code, kind in (("11", "ward"), ("12", "section"), ("13", "sub_branch")):
        office = save_place(session, ADMIN, KINDS["offices"], PlaceEntry(code, f"場所{code}", kind=kind), **M)
        terminal = save_place(
            session, ADMIN, KINDS["terminals"], PlaceEntry(code, f"端末{code}", office_id=office.id), **M
        )
        assert isinstance(terminal, Terminal) and isinstance(office, Office)
        actor = actor_for(session, make_user(session, login=f"user{code}"), terminal, TODAY)
        assert (actor.office_code, actor.terminal_name) == (code, f"端末{code}")
        assert office.kind == kind and OfficeKind(kind).label


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (dt.date(2027, 3, 31), "北支所"),
        (dt.date(2027, 4, 1), "北区民センター"),
        (dt.date(2027, 4, 2), "北区民センター"),
    ],
)
def test_a_planned_name_holds_from_its_day(session: Session, day: dt.date, name: str) -> None:
    entry = PlaceEntry("02", "北支所", kind="branch")
    office = save_place(session, ADMIN, KINDS["offices"], entry, **M)
    planned = replace(entry, next_name="北区民センター", next_name_from=dt.date(2027, 4, 1))
    save_place(session, ADMIN, KINDS["offices"], planned, place_id=office.id, **M)
    assert isinstance(office, Office) and office.name_on(day) == name
    terminal = save_place(
        session, ADMIN, KINDS["terminals"], PlaceEntry("T", "窓口", office_id=office.id), **M
    )
    assert isinstance(terminal, Terminal)
    assert actor_for(session, make_user(session), terminal, day).office_name == name


@pytest.mark.parametrize(
    ("first", "last", "usable"),
    [
        (None, None, True),
        (TODAY, None, True),
        (TOMORROW, None, False),
        (None, TODAY, True),
        (None, TODAY - dt.timedelta(days=1), False),
    ],
)
@pytest.mark.parametrize("key", ["offices", "terminals"])
def test_a_place_is_used_within_its_period(
    session: Session, key: str, first: dt.date | None, last: dt.date | None, usable: bool
) -> None:
    period = {key: Validity(first, last)}
    office = save_place(
        session,
        ADMIN,
        KINDS["offices"],
        PlaceEntry("02", "支所", kind="branch", validity=period.get("offices", Validity())),
        **M,
    )
    terminal = PlaceEntry("T", "窓口", office_id=office.id, validity=period.get("terminals", Validity()))
    save_place(session, ADMIN, KINDS["terminals"], terminal, **M)
    assert (find_terminal(session, "T", TODAY) is not None) == usable


def test_unfit_periods_and_planned_names_are_refused(session: Session) -> None:
    entry = PlaceEntry("02", "北支所", kind="branch")
    office = save_place(session, ADMIN, KINDS["offices"], entry, **M)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"validity": Validity(TODAY, TODAY - dt.timedelta(days=1))}, "valid_to"),
        ({"next_name": "新"}, "next_name_from"),
        ({"next_name_from": TOMORROW}, "next_name"),
        ({"next_name": "新", "next_name_from": TODAY}, "next_name_from"),
        ({"next_name": "長" * 61, "next_name_from": TOMORROW}, "next_name"),
    ]
    for changes, field in cases:
        wrong = replace(entry, **changes)
        found = refused(
            lambda w=wrong: save_place(session, ADMIN, KINDS["offices"], w, place_id=office.id, **M)  # type: ignore[misc]
        )
        assert [name for name, _ in found] == [field]


def test_a_form_that_somebody_else_overtook_is_refused(session: Session) -> None:
    entry = PlaceEntry("02", "北支所", kind="branch")
    office = save_place(session, ADMIN, KINDS["offices"], entry, **M)
    with pytest.raises(EntryRefused, match="先に変更しました"):
        save_place(session, ADMIN, KINDS["offices"], entry, place_id=office.id, seen="0" * 32, **M)


@pytest.mark.requirement("RR-1.3.1", partial=True)
def test_a_terminal_is_renamed_ahead_and_ends_by_itself(
    login: Login, database: Database, client: Browser, clock: SettableClock
) -> None:
    """Entered on the screen today; from its day on login page, frame and log show the new name; then it ends."""
    admin = login(Permission.ADMIN_MASTERS, login="kanri")
    with database.sessions() as session:
        terminal = session.scalars(select(Terminal).where(Terminal.code == TERMINAL_CODE)).one()
        path, office, old = f"/admin/places/terminals/{terminal.id}", terminal.office_id, terminal.name
    page = admin.get(path).text
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen is not None
    sent = {
        "code": TERMINAL_CODE, "name": old, "office_id": str(office), "printer_id": "0", "active": "y",
        "seen": seen[1], "next_name": "総合窓口1番", "next_name_from": "R8.11.26", "valid_to": "R8.11.27",
    }  # fmt: skip
    assert admin.post(path, data=sent | {"next_name_from": "R8.11.24"}).status_code == 422
    assert admin.post(path, data=sent).status_code == 303
    assert "令和8年11月26日から「総合窓口1番」" in re.sub(r"\s+", "", admin.get("/admin/places").text)
    for days, name in ((0, old), (1, old), (1, "総合窓口1番"), (1, "総合窓口1番")):
        clock.advance(days=days)
        assert name in client.get("/login").text
        fresh = client.post(
            "/login", data={"login": "kanri", "password": PASSWORD, "terminal": TERMINAL_CODE}
        )
        assert fresh.status_code == 303
        assert name in client.get("/").text
        client.post("/logout")
    clock.advance(days=1)
    assert "総合窓口1番" not in client.get("/login").text
    late = client.post("/login", data={"login": "kanri", "password": PASSWORD, "terminal": TERMINAL_CODE})
    assert late.status_code == 401 and "この端末は登録されていません" in late.text
    with database.sessions() as session:
        names = session.scalars(
            select(AuditEntry.terminal_name)
            .where(AuditEntry.action == "ログイン")
            .order_by(AuditEntry.sequence)
        ).all()
    assert names[-4:] == [old, old, "総合窓口1番", "総合窓口1番"]
