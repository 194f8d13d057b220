"""Error pages and the technical log: what happened and what to do, never about whom."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from residentapp.config import Settings
from residentapp.core.web.logging import configure_logging, describe_error
from tests.conftest import Login
from tests.core.web.demo import SECRET
from tests.support.databases import SqliteSource
from tests.support.users import Browser


@pytest.fixture
def backend(sqlite_source: SqliteSource) -> SqliteSource:
    """Pages do not differ between the databases: one is enough here."""
    return sqlite_source


@pytest.fixture
def answering(demo: Flask) -> Iterator[Flask]:
    """The application answers errors with its pages, as in real use."""
    demo.testing = False
    yield demo
    demo.testing = True


@pytest.mark.parametrize(
    ("path", "status", "happened", "to_do"),
    [
        ("/demo", 403, "この操作をする権限がありません。", "管理者に権限の追加を依頼"),
        ("/demo/missing", 404, "その画面はありません。", "ホームに戻って"),
        ("/no-such-page", 404, "その画面はありません。", "ホームに戻って"),
        ("/demo/conflict", 409, "ほかの職員が先に変更したため", "開き直して"),
        ("/demo/stale", 409, "ほかの職員が先に変更したため", "開き直して"),
        ("/demo/refused", 409, "ほかの職員が編集中です。", "終わるまで待ってください。"),
        ("/demo/broken", 500, "システムの中で誤りが起きました。", "システム担当に伝えてください"),
        ("/demo/away", 503, "いまはデータベースを使えません。", "少し待って"),
    ],
)
def test_every_error_says_what_happened_and_what_to_do(
    answering: Flask, login: Login, path: str, status: int, happened: str, to_do: str
) -> None:
    answer = login().get(path)
    assert answer.status_code == status
    assert happened in answer.text and to_do in answer.text
    assert answer.headers["X-Request-ID"] in answer.text
    assert SECRET not in answer.text and "Traceback" not in answer.text


def test_a_script_gets_the_same_as_json(answering: Flask, login: Login) -> None:
    answer = login().get("/demo/refused", headers={"Accept": "application/json"})
    assert answer.status_code == 409
    assert answer.json["error"] == "ほかの職員が編集中です。" and answer.json["to_do"]


def test_a_wrong_method_names_the_right_ones(login: Login) -> None:
    answer = login().get("/dates/read")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_too_large_a_request_says_so(demo: Flask, login: Login) -> None:
    demo.config["MAX_CONTENT_LENGTH"] = 1000
    answer = login().post("/characters", data={"text": "A" * 2000})
    assert answer.status_code == 413 and "大きすぎます" in answer.text


def test_a_stranger_s_error_page_has_no_frame(client: Browser) -> None:
    page = client.get("/healthz/none").text
    assert "その画面はありません" in page and "窓口" not in page


def read_log(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@pytest.mark.requirement("CM-6", "CM-8", partial=True)
@pytest.mark.parametrize("path", ["/demo/broken", "/demo/away"])
def test_the_log_tells_where_and_not_what(
    answering: Flask, login: Login, settings: Settings, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    configure_logging(settings)
    browser = login()
    answer = browser.get(f"{path}?name={SECRET}")
    text = capsys.readouterr().err
    lines = read_log(text)
    assert SECRET not in text and "?" not in text
    error = next(line for line in lines if "errors" in line)
    assert error["request_id"] == answer.headers["X-Request-ID"]
    assert "demo.py" in json.dumps(error["errors"])
    request = next(line for line in lines if line["event"] == "request")
    assert request["status"] == answer.status_code
    assert request["endpoint"] == path.strip("/").replace("/", ".")
    assert isinstance(request["milliseconds"], float) and request["user_id"]


def test_an_error_is_described_with_its_causes() -> None:
    try:
        try:
            raise OperationalError(SECRET, {"name": SECRET}, Exception(SECRET))
        except OperationalError as cause:
            raise ValueError(SECRET) from cause
    except ValueError as error:
        told = describe_error(error)
    types = [entry["type"] for entry in told["errors"]]
    assert types == ["builtins.ValueError", "sqlalchemy.exc.OperationalError"]
    assert SECRET not in json.dumps(told, ensure_ascii=False)


@pytest.mark.parametrize(
    ("given", "taken"),
    [("proxy-12345678", True), ("x", False), ("<script>alert(1)</script>", False), ("a" * 65, False)],
)
def test_a_proxy_s_request_id_is_taken_when_it_is_one(client: Browser, given: str, taken: bool) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is taken
