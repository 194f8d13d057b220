"""Screens of the administration and of the audit log."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import re

import pytest
from sqlalchemy import select

from residentapp.admin.rights import ensure_default_roles
from residentapp.core.access import Permission, system_actor
from residentapp.core.access.models import Department, LoginLock, Role, Terminal, User
from residentapp.core.access.rights import permissions_on
from residentapp.core.audit import Log, record
from residentapp.core.audit.models import AuditEntry
from residentapp.core.audit.queries import PAGE_SIZE
from residentapp.core.db import Database
from tests.conftest import Login
from tests.support.clock import TEST_MOMENT, SettableClock
from tests.support.users import PASSWORD, TERMINAL_CODE, Browser, make_user

P = Permission
TODAY = TEST_MOMENT.date()


def shown(text: str) -> str:
    """What a reader sees of a page: no tags, no runs of blanks."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def user_id_of(database: Database, login: str) -> int:
    with database.sessions() as session:
        return session.scalars(select(User.id).where(User.login == login)).one()


@pytest.mark.requirement("RR-10.3a", "CM-5", partial=True)
def test_from_a_new_account_to_its_first_work(
    database: Database, login: Login, client: Browser, clock: SettableClock
) -> None:
    admin = login(P.ADMIN_USERS, P.ADMIN_ROLES, login="kanri")
    with database.transaction() as session:
        roles = {code: role.id for code, role in ensure_default_roles(session).items()}
        other = Department(code="02", name="選挙管理委員会")
        session.add(other)
        session.flush()
        department_id = other.id
    fields = {"login": "Shinjin", "name": "新人", "department_id": department_id, "active": "y"}
    made = admin.post("/admin/users/new", data=fields)
    password = re.search(r"([a-z2-9]{4}(?:-[a-z2-9]{4}){3})", shown(made.text))
    assert password is not None
    user_id = user_id_of(database, "shinjin")
    # Seen once, on that page alone.
    for path in ("/admin/users", f"/admin/users/{user_id}"):
        assert password[1] not in admin.get(path).text

    given = {"role-role_id": roles["administrator"], "role-valid_from": "R8.11.25", "role-valid_to": ""}
    assert admin.post(f"/admin/users/{user_id}/roles", data=given).status_code == 303
    page = shown(admin.get(f"/admin/users/{user_id}").text)
    assert "管理者 令和8年11月25日～ 予定" in page
    assert "今日使える権限 ありません" in page

    first = {"login": "shinjin", "password": password[1], "terminal": TERMINAL_CODE}
    assert client.post("/login", data=first).status_code == 303
    changed = {"current": password[1], "password": "kawara-no-tanuki", "repeated": "kawara-no-tanuki"}
    assert client.get("/admin/users").headers["Location"] == "/password"
    assert client.post("/password", data=changed | {"repeated": "other"}).status_code == 422
    assert client.post("/password", data=changed).status_code == 303
    assert client.get("/admin/users").status_code == 403
    clock.advance(hours=14)  # the next day
    client.post("/login", data=first | {"password": "kawara-no-tanuki"})
    assert client.get("/admin/users").status_code == 200


def test_a_refused_entry_keeps_what_was_typed_and_says_what_to_do(login: Login, database: Database) -> None:
    admin = login(P.ADMIN_USERS, login="kanri")
    with database.sessions() as session:
        department_id = session.scalars(select(Department.id)).one()
    fields = {
        "login": "kanri",
        "name": "<b>新人</b>",
        "department_id": department_id,
        "valid_from": "令和99年",
    }
    response = admin.post("/admin/users/new", data=fields)
    assert response.status_code == 422
    assert "&lt;b&gt;新人&lt;/b&gt;" in response.text
    assert "<b>新人</b>" not in response.text
    assert 'value="令和99年"' in response.text
    again = admin.post("/admin/users/new", data=fields | {"valid_from": ""})
    assert again.status_code == 422
    assert "この利用者IDは使われています" in again.text


def test_a_user_is_changed_and_a_second_administrator_is_told(login: Login, database: Database) -> None:
    admin = login(P.ADMIN_USERS, login="kanri")
    login(login="tanto")
    user_id = user_id_of(database, "tanto")
    page = admin.get(f"/admin/users/{user_id}").text
    version = re.search(r'name="version" value="(\d+)"', page)
    department = re.search(r'<option value="(\d+)" selected>市民課', page)
    assert version is not None
    assert department is not None
    fields = {
        "name": "担当　二郎",
        "department_id": department[1],
        "version": version[1],
        "active": "y",
        "valid_to": "R9.3.31",
    }
    assert admin.post(f"/admin/users/{user_id}", data=fields).status_code == 303
    with database.sessions() as session:
        user = session.get_one(User, user_id)
        assert (user.name, user.valid_to, user.login) == ("担当　二郎", dt.date(2027, 3, 31), "tanto")
    late = admin.post(f"/admin/users/{user_id}", data=fields | {"name": "三郎"})
    assert late.status_code == 422
    assert "先に変更しました" in late.text
    with database.sessions() as session:
        assert session.get_one(User, user_id).name == "担当　二郎"


def test_locked_users_and_running_logins_are_seen_and_ended(
    login: Login, database: Database, client: Browser
) -> None:
    admin = login(P.ADMIN_USERS, login="kanri")
    clerk = login(login="tanto", name="担当　一郎")
    for _ in range(5):
        client.post("/login", data={"login": "tanto", "password": "wrong", "terminal": TERMINAL_CODE})
    page = shown(admin.get("/admin/sessions").text)
    assert "tanto 担当 一郎" in page.replace("　", " ")
    user_id = user_id_of(database, "tanto")
    assert "ロック中" in admin.get("/admin/users").text
    assert admin.post(f"/admin/users/{user_id}/unlock").status_code == 303
    with database.sessions() as session:
        assert session.scalars(select(LoginLock)).all() == []

    assert clerk.get("/").status_code == 200
    rows = admin.get("/admin/sessions").text.split("<tr>")
    ends = [re.search(r"/admin/sessions/\d+/end", row) for row in rows if ">tanto " in row]
    assert len(ends) == 1
    assert ends[0] is not None
    assert admin.post(ends[0][0]).status_code == 303
    assert clerk.get("/").status_code == 303
    assert "管理者がログインを終了しました" in clerk.get("/login").text


@pytest.mark.requirement("RR-10.3b", "RR-10.4a", partial=True)
def test_a_mark_in_the_table_of_permissions_works_with_the_next_request(
    login: Login, database: Database
) -> None:
    admin = login(P.ADMIN_ROLES, P.ADMIN_USERS, login="kanri")
    clerk = login(login="tanto")
    user_id = user_id_of(database, "tanto")
    assert admin.post("/admin/roles/new", data={"code": "masters", "name": "端末係"}).status_code == 303
    page = admin.get("/admin/roles").text
    role = re.search(r'name="role" value="(\d+)"', page)
    assert role is not None
    admin.post(f"/admin/users/{user_id}/roles", data={"role-role_id": role[1]})
    assert clerk.get("/admin/places").status_code == 403
    marks = {"role": role[1], "mark": f"{role[1]}:{P.ADMIN_MASTERS.value}"}
    assert admin.post("/admin/roles", data=marks).status_code == 303
    assert clerk.get("/admin/places").status_code == 200
    assert admin.post("/admin/roles", data={"role": role[1]}).status_code == 303
    assert clerk.get("/admin/places").status_code == 403
    assert admin.post("/admin/roles/new", data={"code": "masters", "name": "端末係"}).status_code == 422


def test_a_permission_that_nobody_has_is_told(login: Login, database: Database) -> None:
    """As after an update that brought it: roles of an installation do not take it by themselves."""
    admin = login(P.ADMIN_ROLES, login="kanri")
    with database.transaction() as session:
        roles = ensure_default_roles(session)
        role_id = roles["counter"].id
        for role in roles.values():
            role.permissions = [row for row in role.permissions if row.permission != P.MEMO_EDIT.value]
    page, home = admin.get("/admin/roles").text, shown(admin.get("/").text)
    told = page[page.index("まだどの役割にもありません") : page.index('id="matrix"')]
    assert re.findall(r"<li>(.*?)</li>", told) == [P.MEMO_EDIT.label]
    assert "どの役割にもない権限" in home
    with database.transaction() as session:
        held = {row.permission for row in session.get_one(Role, role_id).permissions} | {P.MEMO_EDIT.value}
    marks = {"role": str(role_id), "mark": [f"{role_id}:{value}" for value in held]}
    assert admin.post("/admin/roles", data=marks).status_code == 303
    assert "まだどの役割にもありません" not in admin.get("/admin/roles").text


def test_departments_and_single_permissions_on_screen(login: Login, database: Database) -> None:
    admin = login(P.ADMIN_ROLES, P.ADMIN_USERS, login="kanri")
    with database.transaction() as session:
        role_id = ensure_default_roles(session)["elections"].id
        department = Department(code="02", name="選挙管理委員会")
        session.add(department)
        user = make_user(session, login="senkyo")
        user.department = department
        session.flush()
        department_id, user_id = department.id, user.id
    path = f"/admin/roles/departments/{department_id}"
    assert admin.post(path, data={"role_id": role_id, "valid_from": "R8.11.1"}).status_code == 303
    assert "選挙担当 令和8年11月1日～ 有効" in shown(admin.get(path).text)
    assert admin.post(path, data={"role_id": role_id}).status_code == 422
    denial = {"permission-permission": P.RESIDENT_VIEW.value, "permission-granted": "0"}
    assert admin.post(f"/admin/users/{user_id}/permissions", data=denial).status_code == 303
    with database.sessions() as session:
        found = permissions_on(session, session.get_one(User, user_id), TODAY)
        assert P.RESIDENT_SEARCH in found
        assert P.RESIDENT_VIEW not in found
    page = admin.get(f"/admin/users/{user_id}").text
    assert "選挙担当（所属による）" in page
    removal = re.search(rf"/admin/users/{user_id}/permissions/\d+/remove", page)
    assert removal is not None
    assert admin.post(removal[0]).status_code == 303
    # The own department is for somebody of another one.
    with database.sessions() as session:
        own = session.scalars(select(Department.id).where(Department.code == "shimin")).one()
    assert "自分の所属" in admin.post(f"/admin/roles/departments/{own}", data={"role_id": role_id}).text


def seen_on(admin: Browser, path: str) -> str:
    """What a page of a master says its values were."""
    found = re.search(r'name="seen" value="([^"]+)"', admin.get(path).text)
    assert found is not None
    return found[1]


@pytest.mark.requirement("RR-1.3.1", partial=True)
def test_a_terminal_is_registered_and_can_be_chosen_at_login(
    login: Login, database: Database, client: Browser
) -> None:
    admin = login(P.ADMIN_MASTERS, login="kanri")
    office = re.search(r"/admin/places/offices/(\d+)", admin.get("/admin/places").text)
    assert office is not None
    fields = {"code": "T02", "name": "2番窓口", "office_id": office[1], "printer_id": "0", "active": "y"}
    assert admin.post("/admin/places/terminals/new", data=fields).status_code == 303
    assert admin.post("/admin/places/terminals/new", data=fields).status_code == 422
    assert "2番窓口" in client.get("/login").text
    client.post("/login", data={"login": "kanri", "password": PASSWORD, "terminal": "T02"})
    assert "2番窓口" in client.get("/").text
    with database.sessions() as session:
        terminal_id = session.scalars(select(Terminal.id).where(Terminal.code == "T02")).one()
    path = f"/admin/places/terminals/{terminal_id}"
    assert 'value="2番窓口"' in admin.get(path).text
    fields["seen"] = seen_on(admin, path)
    assert admin.post(path, data=fields | {"active": ""} | {"name": "旧2番"}).status_code == 303
    assert client.get("/").status_code == 303  # a terminal switched off ends its logins
    assert "旧2番" not in client.get("/login").text
    assert admin.get("/admin/places/castles/new").status_code == 404
    path = f"/admin/places/offices/{office[1]}"
    fields = {
        "code": "01",
        "name": "本庁",
        "kind": "main",
        "contact": "市民課　電話 000-000-0000",
        "active": "y",
    }
    assert admin.post(path, data=fields | {"seen": seen_on(admin, path)}).status_code == 303
    assert 'value="市民課　電話 000-000-0000"' in admin.get(path).text
    fields |= {"contact": "長" * 101, "seen": seen_on(admin, path)}
    refused = admin.post(path, data=fields)
    assert refused.status_code == 422 and "長" * 101 in refused.text


# ---- the audit log's screen


@pytest.fixture
def history(database: Database) -> Database:
    """Sixty searches of today, one old one with a number seen, one failure."""
    clerk = system_actor("検索")
    with database.transaction() as session:
        for number in range(60):
            record(
                session,
                clerk,
                moment=TEST_MOMENT,
                log=Log.OPERATION,
                action="住民検索",
                subjects=[f"10{number:04}"],
                details={"検索語": {"氏名": f"=HYPERLINK({number})", "生年月日": None}, "件数": number},
            )
        record(
            session,
            clerk,
            moment=TEST_MOMENT - dt.timedelta(days=30),
            log=Log.OPERATION,
            action="住民票の照会",
            subjects=["100007"],
            individual_number=True,
        )
        record(
            session,
            clerk,
            moment=TEST_MOMENT,
            log=Log.PRINT,
            action="=1+1",
            succeeded=False,
            request_id="req-9",
        )
    return database


def search(browser: Browser, **terms: str) -> str:
    sent = browser.post("/admin/log", data=terms)
    assert sent.status_code == 303
    location = sent.headers["Location"]
    assert not any(value in location for value in terms.values() if len(value) > 2)
    return str(browser.get(location).text)


def hits(page: str) -> int:
    found = re.search(r"<caption>(\d+)件", page)
    assert found is not None
    return int(found[1])


@pytest.mark.requirement("RR-10.2d", "CM-6", partial=True)
def test_the_log_is_searched_by_each_condition(history: Database, login: Login) -> None:
    auditor = login(P.AUDIT_VIEW, login="kansa")
    assert hits(auditor.get("/admin/log").text) == 61
    assert hits(search(auditor, subject="100007")) == 2
    assert hits(search(auditor, subject="100007", since="R8.11.24")) == 1
    assert hits(search(auditor, until="R8.10.25")) == 1
    assert hits(search(auditor, until="R8.10.24")) == 0
    assert hits(search(auditor, individual_number="y")) == 1
    assert hits(search(auditor, failed="y")) == 1
    assert hits(search(auditor, log="print")) == 1
    assert hits(search(auditor, action="住民票")) == 1
    assert hits(search(auditor, action="住民%照")) == 0
    assert hits(search(auditor, login="SYSTEM", action="住民")) == 61
    assert hits(search(auditor, request_id="req-9")) == 1
    assert "条件に合うログはありません" in search(auditor, login="nobody")
    assert auditor.post("/admin/log", data={"since": "いつか"}).status_code == 422


def test_long_lists_come_in_pages(history: Database, login: Login) -> None:
    auditor = login(P.AUDIT_VIEW, login="kansa")
    page = search(auditor, action="住民検索")
    assert page.count("住民検索</td>") == PAGE_SIZE
    following = re.search(r'href="([^"]*page=2)"', page)
    assert following is not None
    second = auditor.get(html.unescape(following[1])).text
    assert second.count("住民検索</td>") == 10
    assert auditor.get("/admin/log?page=999").status_code == 200
    assert auditor.get("/admin/log?state=made-up").status_code == 200


@pytest.mark.requirement("CM-6", partial=True)
def test_looking_into_the_log_is_itself_logged_with_the_conditions(history: Database, login: Login) -> None:
    auditor = login(P.AUDIT_VIEW, login="kansa")
    search(auditor, subject="100007", individual_number="y")
    auditor.get("/admin/log/1")
    with history.sessions() as session:
        rows = session.scalars(
            select(AuditEntry).where(AuditEntry.actor_login == "kansa").order_by(AuditEntry.sequence)
        ).all()
    assert [row.action for row in rows] == ["ログの照会", "ログの照会（詳細）"]
    assert rows[0].details == {
        "条件": {"宛名番号": "100007", "個人番号にふれたものだけ": "はい"},
        "件数": 1,
        "ページ": 1,
    }
    assert rows[1].details == {"通番": 1}


def test_one_row_is_shown_with_all_it_holds(history: Database, login: Login) -> None:
    auditor = login(P.AUDIT_VIEW, login="kansa")
    page = shown(auditor.get("/admin/log/2").text)
    assert "検索語 氏名：=HYPERLINK(1)／生年月日：" in page
    assert "100001" in page
    assert auditor.get("/admin/log/99999").status_code == 404


@pytest.mark.requirement("RR-10.2d", "RR-10.2e", "CM-6", partial=True)
def test_the_export_needs_its_own_permission_holds_all_hits_and_is_logged(
    history: Database, login: Login
) -> None:
    assert login(P.AUDIT_VIEW, login="kansa").post("/admin/log/export").status_code == 403
    auditor = login(P.AUDIT_VIEW, P.AUDIT_EXPORT, login="kansa2")
    state = re.search(r'name="state" value="([^"]+)"', search(auditor, login="system"))
    assert state is not None
    response = auditor.post("/admin/log/export", data={"state": state[1]})
    assert response.headers["Content-Disposition"].startswith("attachment; filename=audit-log-2026")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(response.data.decode("utf-8-sig"))))
    assert rows[0][:4] == ["通番", "日時", "種類", "機能名・処理名"]
    assert [row[0] for row in rows[1:]] == [str(number) for number in range(1, 63)]
    assert rows[1][1] == "2026-11-24 10:00:00"
    # Nothing a spreadsheet would run as a formula.
    assert rows[62][3] == "'=1+1"
    assert not any(cell[:1] in "=+-@" for row in rows for cell in row if cell)
    with history.sessions() as session:
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc()).limit(1)).one()
    assert (last.action, last.details) == ("ログのファイル出力", {"条件": {"利用者ID": "system"}, "件数": 62})
    assert last.file_name.endswith(".csv")
