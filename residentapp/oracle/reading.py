"""Reading cases: one JSON object, or JSON Lines; what cannot be read gets an error in its place."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from residentapp.core.check_digits import CheckDigitError
from residentapp.oracle.questions import CaseError, Json, Question
from residentapp.residents.rules.member_order import MemberOrderError

_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

format_checker = FormatChecker(formats=())


@format_checker.checks("date", raises=ValueError)
def _is_iso_day(value: object) -> bool:
    """Only ``YYYY-MM-DD``; Python itself would also take 20261123 and week dates."""
    if not isinstance(value, str):
        return True
    if _ISO_DAY.fullmatch(value) is None:
        return False
    dt.date.fromisoformat(value)
    return True


@dataclass(frozen=True)
class Answer:
    """What is written for one case.

    :param body: the answer, or ``{"error": …, "line": N}``.
    """

    body: Json
    readable: bool


def answer_all(question: Question, data: bytes) -> Iterator[Answer]:
    """Answers to all cases of an input, in order.

    The input is one JSON object, on one line or several, or one object per line. Blank lines are passed over.
    """
    validator = Draft202012Validator(question.input_schema, format_checker=format_checker)
    for line, text in _split(data.removeprefix(b"\xef\xbb\xbf")):
        try:
            yield Answer(_answer_one(question, validator, _parse(text)), True)
        except CaseError as error:
            yield Answer({"error": str(error), "line": line}, False)


def _split(data: bytes) -> Iterator[tuple[int, bytes]]:
    lines = data.split(b"\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return
    # An object written over several lines begins with a line that is no object by itself.
    if lines[first].strip() == b"{" or _is_one_object(data, lines[first]):
        yield first + 1, data
        return
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, line


def _is_one_object(data: bytes, first_line: bytes) -> bool:
    try:
        json.loads(first_line)
        return False
    except (ValueError, RecursionError):
        pass
    try:
        return isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        return False


def _parse(text: bytes) -> Any:
    try:
        return json.loads(
            text.decode("utf-8"), object_pairs_hook=_refuse_doubles, parse_constant=_refuse_constant
        )
    except UnicodeDecodeError:
        raise CaseError("文字コードが UTF-8 ではありません。UTF-8 で保存し直してください。") from None
    except json.JSONDecodeError as error:
        raise CaseError(f"JSON として読めません（{error.colno}文字目）。書き方を確かめてください。") from None
    except CaseError:
        raise
    except (ValueError, RecursionError):
        raise CaseError("JSON として読めません。書き方を確かめてください。") from None


def _refuse_doubles(pairs: list[tuple[str, Any]]) -> Json:
    case = dict(pairs)
    if len(case) != len(pairs):
        raise CaseError("同じ項目が2回あります。1回だけ書いてください。")
    return case


def _refuse_constant(_name: str) -> Any:
    raise CaseError("JSON にない数（NaN など）があります。書き方を確かめてください。")


def _answer_one(question: Question, validator: Draft202012Validator, case: Any) -> Json:
    errors = sorted(
        validator.iter_errors(case),
        key=lambda error: (error.validator != "additionalProperties", len(error.absolute_path)),
    )
    if errors:
        raise CaseError(_explain(errors[0]))
    try:
        return question.answer(case)
    except (CaseError, CheckDigitError, MemberOrderError) as error_of_case:
        raise CaseError(str(error_of_case)) from None
    except (ValueError, OverflowError):
        # Days beyond the year 9999 are the only thing left that the rules cannot count with.
        raise CaseError(
            "計算できる範囲（西暦9999年まで）を超えました。日付と長さを確かめてください。"
        ) from None


_TYPE_NAMES = {
    "object": "オブジェクト",
    "array": "配列",
    "string": "文字列",
    "integer": "整数",
    "boolean": "true か false",
    "null": "null",
}


def _explain(error: ValidationError) -> str:
    """A schema violation in Japanese: which key, and what to write. Values are never repeated."""
    path = ".".join(str(part) for part in error.absolute_path)
    where = f"{path}：" if path else ""
    keyword, expected = str(error.validator), cast(Any, error.validator_value)
    instance = cast(Any, error.instance)
    if keyword == "additionalProperties":
        known: Json = error.schema["properties"] if isinstance(error.schema, dict) else {}
        unknown = "、".join(sorted(set(instance) - set(known)))
        return f"{where}知らない項目があります：{unknown}。使える項目は {'、'.join(known)} です。"
    if keyword == "required":
        missing = "、".join(key for key in expected if key not in instance)
        return f"{where}項目がありません：{missing}。"
    if keyword == "oneOf":
        choices = "、".join(key for branch in expected for key in branch.get("required", ()))
        return f"{where}{choices} のどれか1つだけを書いてください。"
    if keyword == "format":
        return f"{where}暦にある日を YYYY-MM-DD の形で書いてください。"
    if keyword == "enum":
        return f"{where}{'、'.join(expected)} のどれかを書いてください。"
    if keyword == "minimum":
        return f"{where}{expected} 以上の数を書いてください。"
    if keyword == "type":
        names = expected if isinstance(expected, list) else [expected]
        return f"{where}{'または'.join(_TYPE_NAMES[name] for name in names)}で書いてください。"
    return f"{where}書き方が違います。--schema で形を確かめてください。"
