"""The whole catalogue of findings, as docs/findings.md prints it (RR-11.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from residentapp.core.violations import Level
from residentapp.residents.cards import rules as cards
from residentapp.residents.changes import kinds
from residentapp.residents.changes.rules.catalogue import all_findings
from residentapp.residents.move_in.rules.catalogue import CATALOGUE
from residentapp.residents.reading import rules as reading

#: Imported so that the findings of every kind of change, of the 閲覧用 and of the cards are known.
LOADED = (kinds, reading, cards)

_HEADINGS: Mapping[str, str] = {
    "MI": "転入",
    "CH": "すべての異動に共通",
    "MW": "転居",
    "MO": "転出",
    "HH": "世帯分離・合併・変更、世帯主変更",
    "NM": "旧氏・通称・フリガナ",
    "NU": "住民票コード・個人番号",
    "FR": "帰化・国籍取得・国籍喪失、入管庁の通知",
    "MN": "転入通知の受理",
    "BI": "出生",
    "RM": "死亡・失踪・職権消除",
    "RC": "職権記載",
    "CO": "職権修正・軽微な修正・誤記修正",
    "CA": "世帯の住所・本籍の修正",
    "RB": "改製",
    "EO": "職権の根拠",
    "CX": "異動の取消し",
    "RD": "住民基本台帳の一部の写し（閲覧用）",
    "CD": "カードの交付状況",
}


class Finding(Protocol):
    """What an entry of the catalogue says."""

    @property
    def code(self) -> str:
        """Stable code."""

    @property
    def message(self) -> str:
        """What is wrong."""

    @property
    def remedy(self) -> str:
        """What to do."""

    @property
    def basis(self) -> str:
        """Article or requirement."""

    @property
    def level(self) -> Level:
        """エラー or アラート."""


def findings() -> Iterator[Finding]:
    """Every finding, list by list in the order of the code."""
    yield from CATALOGUE.values()
    yield from all_findings()


def as_markdown() -> str:
    """The table of docs/findings.md."""
    lists: dict[str, list[Finding]] = {}
    for finding in findings():
        lists.setdefault(finding.code[:2], []).append(finding)
    count = sum(len(found) for found in lists.values())
    text = [
        "# Findings of the rules (エラー・アラート項目)",
        "",
        f"{count} findings. Written by `residentapp.residents.findings`; a test keeps this file equal to the code.",
        "Places in braces are filled by the rule.",
    ]
    # In the order of the headings, whatever was imported first.
    order = list(_HEADINGS)
    for prefix in sorted(lists, key=lambda each: (order.index(each) if each in order else len(order), each)):
        found = lists[prefix]
        text += [
            "",
            f"## {_HEADINGS.get(prefix, prefix)}（{prefix}）",
            "",
            "| code | level | message | what to do | basis |",
            "|---|---|---|---|---|",
        ]
        text += [
            f"| {each.code} | {each.level.label} | {each.message} | {each.remedy} | {each.basis} |"
            for each in sorted(found, key=lambda each: each.code)
        ]
    return "\n".join(text) + "\n"
