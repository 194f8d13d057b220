"""The project's own lists of requirements, read from ``conformity/requirements/``."""

from __future__ import annotations

import csv
import enum
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources


class Level(enum.StrEnum):
    """How binding a requirement is."""

    MUST = "MUST"
    MAY = "MAY"
    MUST_NOT = "MUST_NOT"

    @property
    def label(self) -> str:
        """The standard's own term."""
        return {"MUST": "実装必須機能", "MAY": "標準オプション機能", "MUST_NOT": "実装不可機能"}[self.value]


@dataclass(frozen=True)
class Requirement:
    """One requirement.

    :param id: as used in test markers, for example ``RR-1.1.8a``.
    :param chapter: number of its chapter within its list.
    :param title: Japanese; shared by the parts a, b, c … of one article.
    :param summary: one line in English; ends in … where the full text says more.
    """

    id: str
    chapter: int
    level: Level
    title: str
    summary: str


@dataclass(frozen=True)
class RequirementList:
    """The requirements of one business or subject, in the standard's order."""

    name: str
    title: str
    chapters: Mapping[int, str]
    requirements: tuple[Requirement, ...]


def load_lists() -> tuple[RequirementList, ...]:
    """All lists, in the order of the table.

    :raises ValueError: when an id stands twice, or a chapter has no title.
    """
    folder = resources.files("residentapp.conformity") / "requirements"
    described = tomllib.loads((folder / "lists.toml").read_text(encoding="utf-8"))["list"]
    lists: list[RequirementList] = []
    seen: set[str] = set()
    for description in described:
        chapters = {int(number): title for number, title in description["chapters"].items()}
        text = (folder / f"{description['name']}.csv").read_text(encoding="utf-8")
        requirements = tuple(
            Requirement(row["id"], int(row["chapter"]), Level(row["level"]), row["title"], row["summary"])
            for row in csv.DictReader(text.splitlines())
        )
        for requirement in requirements:
            if requirement.id in seen:
                raise ValueError(f"{requirement.id} stands twice in the requirement lists")
            if requirement.chapter not in chapters:
                raise ValueError(f"{description['name']}: chapter {requirement.chapter} has no title")
            seen.add(requirement.id)
        lists.append(RequirementList(description["name"], description["title"], chapters, requirements))
    return tuple(lists)
