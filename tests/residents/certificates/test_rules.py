"""Who can get which copy of the resident record: table of cases (住民基本台帳法 第12条〜第12条の3, RR-5.1, RR-3.4a)."""

from __future__ import annotations

import dataclasses

import pytest

from residentapp.core.violations import Level
from residentapp.residents.certificates.rules import check_request
from residentapp.residents.certificates.types import CertificateRequest, Facts, Requester, Shown, Style

REQUEST = CertificateRequest(
    style=Style.INDIVIDUAL, household_number="0000000019", subjects=("0000000019",), requester_name="請求　太郎",
    purpose="債権の保全",
)  # fmt: skip
FACTS = Facts(chosen=1, household_size=1)


def codes(request: CertificateRequest = REQUEST, facts: Facts = FACTS, **changes: object) -> list[str]:
    return [violation.code for violation in check_request(dataclasses.replace(request, **changes), facts)]  # type: ignore[arg-type]


def test_an_ordinary_request_has_no_findings() -> None:
    assert codes() == []


NUMBER, CODE = Shown.INDIVIDUAL_NUMBER, Shown.RESIDENT_CODE
RELATIONSHIP, DOMICILE = Shown.RELATIONSHIP, Shown.DOMICILE


@pytest.mark.parametrize(
    ("who", "item", "found"),
    [
        (Requester.SELF, NUMBER, []),
        (Requester.SELF, CODE, []),
        (Requester.SELF, DOMICILE, []),
        (Requester.SAME_HOUSEHOLD, NUMBER, []),
        (Requester.SAME_HOUSEHOLD, RELATIONSHIP, []),
        (Requester.AGENT, NUMBER, ["CI-A032"]),
        (Requester.AGENT, CODE, ["CI-A032"]),
        (Requester.AGENT, DOMICILE, []),
        (Requester.THIRD_PARTY, NUMBER, ["CI-E030"]),
        (Requester.THIRD_PARTY, CODE, ["CI-E030"]),
        (Requester.THIRD_PARTY, RELATIONSHIP, ["CI-A031"]),
        (Requester.THIRD_PARTY, DOMICILE, ["CI-A031"]),
        (Requester.THIRD_PARTY, Shown.KANA, []),
        (Requester.OFFICIAL, NUMBER, ["CI-E030"]),
        (Requester.OFFICIAL, CODE, ["CI-E030"]),
        (Requester.OFFICIAL, DOMICILE, []),
    ],
)
def test_what_each_requester_can_get(who: Requester, item: Shown, found: list[str]) -> None:
    assert codes(requester=who, shown=frozenset({item})) == found


@pytest.mark.parametrize("item", [item for item in Shown if item.is_foreign])
def test_a_third_party_gets_a_foreign_residents_status_only_where_it_needs_it(item: Shown) -> None:
    foreign = dataclasses.replace(FACTS, foreign=True)
    shown = frozenset({item})
    assert codes(facts=foreign, requester=Requester.THIRD_PARTY, shown=shown) == ["CI-A031"]
    assert codes(facts=FACTS, requester=Requester.THIRD_PARTY, shown=shown) == []
    assert codes(facts=foreign, requester=Requester.SELF, shown=shown) == []


@pytest.mark.parametrize(
    ("who", "article"),
    [
        (Requester.SAME_HOUSEHOLD, "法第12条第2項"),
        (Requester.AGENT, "法第12条第2項"),
        (Requester.OFFICIAL, "法第12条の2第2項"),
        (Requester.THIRD_PARTY, "法第12条の3第4項"),
    ],
)
def test_the_article_that_asks_for_the_requesters_name(who: Requester, article: str) -> None:
    request = dataclasses.replace(REQUEST, requester=who, requester_name="")
    [found] = [one for one in check_request(request, FACTS) if one.code == "CI-E033"]
    assert found.basis == article


@pytest.mark.parametrize(
    ("who", "name", "purpose", "found"),
    [
        (Requester.SELF, "", "", []),
        (Requester.SAME_HOUSEHOLD, "", "", ["CI-E033"]),
        (Requester.AGENT, "　", "", ["CI-E033"]),
        (Requester.THIRD_PARTY, "", "", ["CI-E033", "CI-E034"]),
        (Requester.THIRD_PARTY, "請求　太郎", "", ["CI-E034"]),
        (Requester.OFFICIAL, "架空税務署", " ", ["CI-E034"]),
        (Requester.OFFICIAL, "架空税務署", "国税徴収法による調査", []),
    ],
)
def test_who_must_give_name_and_reason(who: Requester, name: str, purpose: str, found: list[str]) -> None:
    assert codes(requester=who, requester_name=name, purpose=purpose) == found


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"chosen": 0}, ["CI-E001"]),
        ({"removed": ("架空　太郎",)}, ["CI-E002"]),
        ({"elsewhere": ("架空　太郎",)}, ["CI-E003"]),
        ({"moved_on": True}, ["CI-E004"]),
        ({"barred": ("架空　太郎",)}, ["CI-E010"]),
        ({"warned": ("架空　太郎",)}, ["CI-A010"]),
    ],
)
def test_the_people_on_the_certificate(facts: dict[str, object], found: list[str]) -> None:
    assert codes(facts=dataclasses.replace(FACTS, **facts)) == found  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fact", "item"),
    [
        ("may_domicile", Shown.DOMICILE),
        ("may_individual_number", Shown.INDIVIDUAL_NUMBER),
        ("may_resident_code", Shown.RESIDENT_CODE),
        ("may_residence_status", Shown.STATUS),
        ("may_residence_status", Shown.CARD_NUMBER),
    ],
)
def test_an_item_one_may_not_see_is_not_printed_either(fact: str, item: Shown) -> None:
    lacking = dataclasses.replace(FACTS, **{fact: False})  # type: ignore[arg-type]
    assert codes(facts=lacking, shown=frozenset({item})) == ["CI-E020"]
    assert codes(facts=lacking, shown=frozenset({Shown.KANA})) == []


@pytest.mark.parametrize(("copies", "found"), [(0, ["CI-E040"]), (1, []), (20, []), (21, ["CI-E040"])])
def test_the_number_of_copies(copies: int, found: list[str]) -> None:
    assert codes(copies=copies) == found


def test_history_stands_on_the_individual_style_only() -> None:
    shown = frozenset({Shown.HISTORY})
    assert codes(shown=shown) == []
    assert codes(shown=shown, style=Style.HOUSEHOLD) == ["CI-E041"]


def test_every_finding_says_what_to_do() -> None:
    facts = Facts(
        chosen=0, household_size=0, removed=("甲",), elsewhere=("乙",), barred=("丙",), warned=("丁",), moved_on=True,
        may_domicile=False,
    )  # fmt: skip
    request = dataclasses.replace(
        REQUEST, copies=0, requester=Requester.THIRD_PARTY, requester_name="", purpose="", style=Style.HOUSEHOLD,
        shown=frozenset(Shown),
    )  # fmt: skip
    found = check_request(request, facts)
    assert len(found) >= 11
    for violation in found:
        assert violation.message.endswith("。") and violation.remedy.endswith("。"), violation.code
        assert (violation.level is Level.ERROR) == ("-E" in violation.code)
