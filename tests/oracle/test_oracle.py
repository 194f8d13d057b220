"""``residentapp oracle``: reading cases, refusing what cannot be read, and the answers (docs/oracle.md)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from residentapp.oracle.cli import oracle_command
from residentapp.oracle.questions import QUESTIONS
from residentapp.oracle.reading import format_checker

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "oracle.md"


AGE = {"birth": "2008-04-01", "on": "2026-03-31"}


def of(**changes: Any) -> dict[str, Any]:
    """A case of member-order with one member, changed."""
    child = {"id": 1, "relationship": "子", "birth": "2000-01-01", "number": "1"}
    return {"members": [child | changes]}


def ask(*arguments: str, data: str | bytes = b"") -> Result:
    return CliRunner().invoke(oracle_command, list(arguments), input=data)


def answers(name: str, *cases: Any) -> list[Any]:
    """Answers to cases that must all be readable; each is checked against the answer's own schema."""
    result = ask(name, data="\n".join(json.dumps(case, ensure_ascii=False) for case in cases))
    assert result.exit_code == 0, result.output
    found = [json.loads(line) for line in result.output.splitlines()]
    assert len(found) == len(cases)
    validator = Draft202012Validator(QUESTIONS[name].output_schema, format_checker=format_checker)
    for answer in found:
        validator.validate(answer)
    return found


def refusal(name: str, case: Any) -> str:
    data = case if isinstance(case, bytes) else json.dumps(case, ensure_ascii=False)
    result = ask(name, data=data)
    assert result.exit_code == 2
    (line,) = result.stdout.splitlines()
    answer = json.loads(line)
    assert set(answer) == {"error", "line"} and answer["line"] == 1
    return str(answer["error"])


def test_all_questions_of_this_version_are_listed() -> None:
    result = ask("--list")
    assert result.exit_code == 0
    names = [line.split()[0] for line in result.output.splitlines()]
    expected = "age add-period check-digit relationship member-order search-key search-match date move-out"
    assert sorted(names) == sorted([*expected.split(), "support-term"])
    assert all(len(line.split(maxsplit=1)) == 2 for line in result.output.splitlines())


@pytest.mark.parametrize("name", QUESTIONS)
def test_schemas_are_schemas_that_refuse_unknown_keys(name: str) -> None:
    result = ask(name, "--schema")
    assert result.exit_code == 0
    schemas = json.loads(result.output)
    assert set(schemas) == {"input", "output"}
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
        assert schema["additionalProperties"] is False


def examples() -> list[tuple[str, str, str]]:
    """Every command of the document: the question, its input and the answers printed below it."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            matched = re.fullmatch(r"(echo|printf) '(.*)' \| residentapp oracle (\S+)", command)
            assert matched, command
            data = matched[2].replace("\\n", "\n") if matched[1] == "printf" else matched[2] + "\n"
            found.append((matched[3], data, output))
    return found


@pytest.mark.parametrize(("name", "data", "output"), examples())
def test_the_documents_examples(name: str, data: str, output: str) -> None:
    result = ask(name, data=data)
    assert result.stdout == output
    assert result.exit_code == (2 if '"error"' in output else 0)


def test_the_document_shows_every_question() -> None:
    assert {name for name, _data, _output in examples()} == set(QUESTIONS)


# Reading


def test_bad_cases_are_answered_in_their_place_and_the_rest_too() -> None:
    lines = [
        '{"kind": "addressee", "body": "1"}',
        "",
        "not json",
        '{"kind": "addressee", "body": "x"}',
        '{"kind": "addressee", "body": "7"}',
    ]
    result = ask("check-digit", data="\n".join(lines))
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer.get("digit") for answer in found] == ["9", None, None, "8"]
    assert [answer.get("line") for answer in found] == [None, 3, 4, None]
    assert result.exit_code == 2


def test_one_object_over_several_lines() -> None:
    result = ask("check-digit", data=json.dumps({"kind": "addressee", "body": "1"}, indent=2))
    assert (result.exit_code, json.loads(result.output)["digit"]) == (0, "9")
    result = ask("check-digit", data='\n{"kind": "addressee",\n "body": "1"}\n')
    assert (result.exit_code, json.loads(result.output)["digit"]) == (0, "9")
    result = ask("check-digit", data='{\n"kind": "addressee",\n')
    assert result.exit_code == 2 and json.loads(result.stdout)["line"] == 1


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf", b"\r\n"])
def test_byte_order_marks_and_windows_line_ends(prefix: bytes) -> None:
    result = ask("search-key", data=prefix + '{"text": "サトウ"}\r\n{"text": "辺"}\r\n'.encode())
    assert result.exit_code == 0
    assert [json.loads(line)["key"] for line in result.output.splitlines()] == ["サトオ", "辺"]


def test_cases_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text('{"text": "ヴァン"}\n', "utf-8")
    assert json.loads(ask("search-key", "--file", str(file)).output) == {"key": "ハン"}
    assert json.loads(ask("search-key", "--file", "-", data='{"text": "ガ"}').output) == {"key": "カ"}
    assert ask("search-key", "--file", str(tmp_path / "none")).exit_code == 2


def test_no_cases_no_answers() -> None:
    result = ask("age", data="\n \n")
    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize("arguments", [(), ("electoral",)])
def test_what_is_not_asked_or_not_known(arguments: tuple[str, ...]) -> None:
    result = ask(*arguments)
    assert result.exit_code == 2
    assert "--list" in result.stderr and result.stdout == ""


@pytest.mark.parametrize(
    ("name", "case", "message"),
    [
        ("age", AGE | {"by": 1}, "知らない項目があります：by。使える項目は birth、on"),
        ("age", {"birth": "2008-04-01", "On": "2026-03-31"}, "知らない項目があります：On"),
        ("age", {"birth": "2008-04-01"}, "項目がありません：on"),
        ("age", {"birth": "2026-04-01", "on": "2026-03-31"}, "on：birth より前の日"),
        ("age", {"birth": "20080401", "on": "2026-03-31"}, "birth：暦にある日を YYYY-MM-DD"),
        ("age", {"birth": "2008-02-30", "on": "2026-03-31"}, "birth：暦にある日"),
        ("age", {"birth": "2008-W14-2", "on": "2026-03-31"}, "birth：暦にある日"),
        ("age", {"birth": "2008-04-01\n", "on": "2026-03-31"}, "birth：暦にある日"),
        ("age", {"birth": None, "on": "2026-03-31"}, "birth：文字列で"),
        ("age", [], "オブジェクトで"),
        ("age", 3, "オブジェクトで"),
        ("age", b'{"birth": "2008-04-01", "birth": "2008-04-01", "on": "2026-03-31"}', "同じ項目が2回"),
        ("age", b'{"birth": NaN}', "JSON にない数"),
        ("age", b"{" * 100_000, "JSON として読めません"),
        ("age", b"[" * 100_000, "JSON として読めません"),
        ("age", b'{"birth": ' + b"9" * 5000 + b"}", "JSON として読めません"),
        ("age", '{"birth": "平成"}'.encode("shift_jis"), "UTF-8 ではありません"),
        ("add-period", {"start": "2026-01-01"}, "months、years のどれか1つだけ"),
        ("add-period", {"start": "2026-01-01", "months": 1, "years": 1}, "months、years のどれか1つだけ"),
        ("add-period", {"start": "2026-01-01", "months": 0}, "months：1 以上"),
        ("add-period", {"start": "2026-01-01", "months": True}, "months：整数で"),
        ("add-period", {"start": "2026-01-01", "months": 1.5}, "months：整数で"),
        ("add-period", {"start": "2026-01-01", "years": 9999}, "西暦9999年まで"),
        ("add-period", {"start": "9999-12-31", "months": 1}, "西暦9999年まで"),
        (
            "add-period",
            {"start": "2026-01-01", "months": 1, "count_first_day": "no"},
            "count_first_day：true か false",
        ),
        ("check-digit", {"kind": "house", "body": "1"}, "kind：addressee、individual、municipality のどれか"),
        ("check-digit", {"kind": "individual", "body": "123"}, "11けた"),
        ("check-digit", {"kind": "addressee", "body": 1}, "body：文字列で"),
        ("date", {"text": "R8.1.1", "field": "former_registration"}, "field：birth、event、other のどれか"),
        ("search-match", {"query": "ア", "target": "ア", "kind": "fuzzy"}, "kind：full、prefix、contains"),
        ("support-term", {}, "start、previous_end のどれか1つだけ"),
        (
            "support-term",
            {"start": "2026-01-01", "previous_end": "2026-01-01"},
            "start、previous_end のどれか1つだけ",
        ),
        ("member-order", of(relationship="孫"), "members.0.relationship：この続柄は使えません。「子の子」"),
        (
            "member-order",
            {"members": [{"id": 1}]},
            "members.0：項目がありません：relationship、birth、number",
        ),
        ("member-order", of(family_of=2), "この世帯にいません"),
        ("member-order", of(id=1.5), "members.0.id：文字列または整数で"),
        ("member-order", of(family_of=[]), "members.0.family_of：書き方が違います"),
        ("member-order", of(sex="男"), "members.0：知らない項目があります：sex"),
    ],
)
def test_refusals_say_what_to_write(name: str, case: Any, message: str) -> None:
    error = refusal(name, case)
    assert message in error
    assert "ください" in error or "項目がありません" in error or "使える項目は" in error


# Answers beyond the document's examples; the rules themselves are tested beside them


def test_age_is_counted_at_the_end_of_the_day() -> None:
    assert answers(
        "age",
        {"birth": "2008-04-01", "on": "2026-03-30"},
        {"birth": "2008-04-01", "on": "2026-03-31"},
        {"birth": "2026-03-31", "on": "2026-03-31"},
    ) == [
        {"age": 17, "completed_on": "2025-03-31"},
        {"age": 18, "completed_on": "2026-03-31"},
        {"age": 0, "completed_on": None},
    ]


def test_check_digits_of_all_kinds() -> None:
    assert answers(
        "check-digit",
        {"kind": "addressee", "body": "6"},
        {"kind": "individual", "body": "12345678901"},
        {"kind": "municipality", "body": "01100"},
    ) == [
        {"digit": "0", "full": "60"},
        {"digit": "8", "full": "123456789018"},
        {"digit": "2", "full": "011002"},
    ]


def test_dates_depend_on_the_field() -> None:
    case = {"text": "平成31年2月29日"}
    birth, event, other, unsaid = answers(
        "date", case | {"field": "birth"}, case | {"field": "event"}, case | {"field": "other"}, case
    )
    assert birth == event and birth["valid"] and birth["kind"] == "non_calendar" and birth["iso"] is None
    assert other == unsaid and not other["valid"]


def test_members_keep_the_type_of_their_ids() -> None:
    head = {"id": "1", "relationship": "世帯主", "birth": "1980-01-01", "number": "2"}
    child = {"id": 1, "relationship": "子", "birth": "2010-01-01", "number": 3, "register_head": False}
    grandchild = {"id": "g", "relationship": "子の子", "birth": "2030-01-01", "number": "4", "family_of": 1}
    assert answers("member-order", {"members": [grandchild, child, head]}) == [{"order": ["1", 1, "g"]}]
    assert answers("member-order", {"members": []}) == [{"order": []}]


def test_half_a_surrogate_pair_goes_out_as_it_came_in() -> None:
    result = ask("search-key", data=b'{"text": "\\ud842"}')
    assert result.exit_code == 0
    assert json.loads(result.output) == {"key": "\ud842"}


def test_selectors_and_compatibility_characters_come_in_unharmed() -> None:
    match = {"query": "渡邉\U000e010f", "target": "渡辺", "kind": "full"}
    assert answers("search-match", match, {**match, "target": "渡部"}) == [{"match": True}, {"match": False}]
