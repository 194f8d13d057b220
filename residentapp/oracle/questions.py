"""The questions the oracle answers: for each its name, the JSON Schemas of question and answer, and the rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from residentapp.core.ages import add_period, age_on, completed_on
from residentapp.core.check_digits import CheckDigitKind, check_digit
from residentapp.core.dates import DateError, DateField, DateKind, parse_date
from residentapp.core.search_keys import MatchKind, search_key, search_match
from residentapp.residents.rules.member_order import Member, order_members
from residentapp.residents.rules.relationships import parse_relationship
from residentapp.residents.rules.terms import (
    MoveOutBasis,
    MoveOutDocument,
    move_out_rule,
    renewed_support_term,
    support_term,
)

Json = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class CaseError(ValueError):
    """A case that cannot be answered; the text is Japanese and names the key, never the value."""


@dataclass(frozen=True)
class Question:
    """One thing the oracle can be asked.

    :param help: one line, Japanese.
    :param input_schema: JSON Schema of a case; keys it does not name are errors.
    :param output_schema: JSON Schema of the answer.
    :param answer: the answer to a case that fits the input schema. May raise ValueError.
    """

    name: str
    help: str
    input_schema: Json
    output_schema: Json
    answer: Callable[[Mapping[str, Any]], Json]


DATE: Json = {"type": "string", "format": "date", "description": "YYYY-MM-DD"}
TEXT: Json = {"type": "string"}
FLAG: Json = {"type": "boolean"}
KEY: Json = {"type": ["string", "integer"]}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _choice(*values: str) -> Json:
    return {"type": "string", "enum": list(values)}


def _case(properties: Json, *, required: list[str] | None = None, **further: Any) -> Json:
    return {
        "$schema": DIALECT,
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": False,
        **further,
    }


def _day(case: Mapping[str, Any], key: str) -> dt.date:
    return dt.date.fromisoformat(case[key])


def _age(case: Mapping[str, Any]) -> Json:
    birth, on = _day(case, "birth"), _day(case, "on")
    if on < birth:
        raise CaseError("on：birth より前の日です。birth 以後の日を書いてください。")
    age = age_on(birth, on)
    return {"age": age, "completed_on": completed_on(birth, age).isoformat() if age else None}


def _add_period(case: Mapping[str, Any]) -> Json:
    lengths = {unit: int(case[unit]) for unit in ("months", "years") if unit in case}
    counted = case.get("count_first_day", False)
    last = add_period(
        _day(case, "start"),
        months=lengths.get("months"),
        years=lengths.get("years"),
        count_first_day=counted,
    )
    return {"last_day": last.isoformat()}


def _relationship(case: Mapping[str, Any]) -> Json:
    relationship = parse_relationship(case["text"])
    return {
        "valid": relationship.valid,
        "generations": relationship.generations,
        "normal": relationship.normal,
        "code": relationship.code,
    }


def _member_order(case: Mapping[str, Any]) -> Json:
    ids: dict[str, str | int] = {}
    members = []
    for place, row in enumerate(case["members"]):
        relationship = parse_relationship(row["relationship"])
        if not relationship.valid:
            raise CaseError(f"members.{place}.relationship：{relationship.message}")
        # 1 and "1" are different keys, as they are in JSON.
        key = repr(row["id"])
        ids[key] = row["id"]
        family_of = row.get("family_of")
        members.append(
            Member(
                id=key,
                relationship=relationship.normal or "",
                birth=_day(row, "birth"),
                number=str(row["number"]),
                register_head=row.get("register_head", False),
                family_of=None if family_of is None else repr(family_of),
            )
        )
    return {"order": [ids[member.id] for member in order_members(members)]}


def _check_digit(case: Mapping[str, Any]) -> Json:
    digit = check_digit(CheckDigitKind(case["kind"]), case["body"])
    return {"digit": digit, "full": case["body"] + digit}


def _search_key(case: Mapping[str, Any]) -> Json:
    return {"key": search_key(case["text"])}


def _search_match(case: Mapping[str, Any]) -> Json:
    return {"match": search_match(case["query"], case["target"], MatchKind(case["kind"]))}


def _date(case: Mapping[str, Any]) -> Json:
    try:
        value = parse_date(case["text"], DateField(case.get("field", DateField.OTHER)))
    except DateError:
        nothing = dict.fromkeys(("kind", "iso", "wareki", "seireki", "sort", "pattern"))
        return {"valid": False, **nothing}
    return {
        "valid": True,
        "kind": value.kind.value,
        "iso": value.iso,
        "wareki": value.wareki,
        "seireki": value.seireki,
        "sort": value.sort.isoformat(),
        "pattern": value.pattern,
    }


def _support_term(case: Mapping[str, Any]) -> Json:
    term = (
        support_term(_day(case, "start"))
        if "start" in case
        else renewed_support_term(_day(case, "previous_end"))
    )
    return {
        "start": term.start.isoformat(),
        "end": term.end.isoformat(),
        "renewable_from": term.renewable_from.isoformat(),
    }


def _move_out(case: Mapping[str, Any]) -> Json:
    rule = move_out_rule(_day(case, "notified_on"), _day(case, "moved_on"))
    return {"by": rule.by.value, "document": rule.document.value}


_MEMBER = {
    "type": "object",
    "properties": {
        "id": KEY,
        "relationship": TEXT,
        "birth": DATE,
        "number": KEY,
        "register_head": {**FLAG, "default": False},
        "family_of": {**_or_null(KEY), "default": None},
    },
    "required": ["id", "relationship", "birth", "number"],
    "additionalProperties": False,
}

_LENGTH: Json = {"type": "integer", "minimum": 1}

QUESTIONS: dict[str, Question] = {
    question.name: question
    for question in (
        Question(
            "age",
            "その日の終わりの満年齢と、その年齢に達した日（年齢計算ニ関スル法律）",
            _case({"birth": DATE, "on": DATE}),
            _case({"age": {"type": "integer", "minimum": 0}, "completed_on": _or_null(DATE)}),
            _age,
        ),
        Question(
            "add-period",
            "月または年の期間の末日（民法第140条から第143条まで）",
            _case(
                {
                    "start": DATE,
                    "months": _LENGTH,
                    "years": _LENGTH,
                    "count_first_day": {**FLAG, "default": False},
                },
                required=["start"],
                oneOf=[{"required": ["months"]}, {"required": ["years"]}],
            ),
            _case({"last_day": DATE}),
            _add_period,
        ),
        Question(
            "relationship",
            "続柄として記載できるか、世代数、正しい書き方（RR-1.1.11）",
            _case({"text": TEXT}),
            _case(
                {
                    "valid": FLAG,
                    "generations": {"type": "integer", "minimum": 0},
                    "normal": _or_null(TEXT),
                    "code": {"type": "array", "items": TEXT},
                }
            ),
            _relationship,
        ),
        Question(
            "member-order",
            "世帯員の並び順（RR-5.2）",
            _case({"members": {"type": "array", "items": _MEMBER}}),
            _case({"order": {"type": "array", "items": KEY}}),
            _member_order,
        ),
        Question(
            "check-digit",
            "宛名番号・個人番号・市区町村コードの検査数字",
            _case({"kind": _choice(*CheckDigitKind), "body": TEXT}),
            _case({"digit": {"type": "string", "pattern": "^[0-9]$"}, "full": TEXT}),
            _check_digit,
        ),
        Question(
            "search-key",
            "氏名やフリガナの検索キー（RR-2.1.2）",
            _case({"text": TEXT}),
            _case({"key": TEXT}),
            _search_key,
        ),
        Question(
            "search-match",
            "検索の言葉が相手に当たるか（完全一致・前方一致・部分一致、RR-2.1.2）",
            _case({"query": TEXT, "target": TEXT, "kind": _choice(*MatchKind)}),
            _case({"match": FLAG}),
            _search_match,
        ),
        Question(
            "date",
            "日付の読み取り、和暦と西暦、不詳日の型（RR-1.1.8）",
            _case(
                {
                    "text": TEXT,
                    "field": {
                        **_choice(DateField.BIRTH, DateField.EVENT, DateField.OTHER),
                        "default": "other",
                    },
                },
                required=["text"],
            ),
            _case(
                {
                    "valid": FLAG,
                    "kind": _or_null(_choice(*DateKind)),
                    "iso": _or_null(DATE),
                    "wareki": _or_null(TEXT),
                    "seireki": _or_null(TEXT),
                    "sort": _or_null(DATE),
                    "pattern": _or_null({"type": "integer", "minimum": 1, "maximum": 14}),
                }
            ),
            _date,
        ),
        Question(
            "move-out",
            "転出が届出によるか職権によるか、渡す証明書（RR-4.1.3）",
            _case({"notified_on": DATE, "moved_on": DATE}),
            _case({"by": _choice(*MoveOutBasis), "document": _choice(*MoveOutDocument)}),
            _move_out,
        ),
        Question(
            "support-term",
            "支援措置の期間と、延長を申し出られる最初の日（RR-3.4）",
            _case(
                {"start": DATE, "previous_end": DATE},
                required=[],
                oneOf=[{"required": ["start"]}, {"required": ["previous_end"]}],
            ),
            _case({"start": DATE, "end": DATE, "renewable_from": DATE}),
            _support_term,
        ),
    )
}
