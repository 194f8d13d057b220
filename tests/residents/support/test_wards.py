"""抑止対象者一覧 by 行政区 in a 指定都市 (RR-9.2)."""

from __future__ import annotations

import pytest

from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.db import Database
from tests.conftest import Login
from tests.support import residents
from tests.support.masters import make_masters
from tests.support.wards import HOME_NORTH, HOME_SOUTH, NORTH, make_wards


@pytest.mark.requirement("RR-9.2")
def test_the_suppressed_are_listed_by_ward(login: Login, database: Database) -> None:
    """All of them, and those of one ward, on the screen, in the CSV file and in the log."""
    with database.transaction() as session:
        make_masters(session)
        make_wards(session)
        for name, place in (("北原　花子", HOME_NORTH), ("南原　花子", HOME_SOUTH)):
            residents.protect(session, residents.resident(session, name=name, **place))
    browser = login(Permission.SUPPRESSED_VIEW)
    everybody = browser.get("/support/suppressed", follow_redirects=True).text
    assert "北原" in everybody and "南原" in everybody and 'name="ward"' in everybody
    chosen = browser.post("/support/suppressed", data={"cause": "", "of_process": "", "ward": NORTH})
    page = browser.get(chosen.headers["Location"]).text
    assert "北原" in page and "南原" not in page
    state = chosen.headers["Location"].rsplit("/", 2)[1]
    content = browser.post(f"/support/suppressed/{state}/csv").data.decode("utf-8-sig")
    assert "北原" in content and "南原" not in content
    with database.sessions() as session:
        said = [row.details.get("条件", "") for row in session.query(AuditEntry)]
    assert said.count("事由：すべて　処理：すべて　区：北区") == 2
