"""Puts requirements and marks together: what is proved, what in part, what not yet."""

from __future__ import annotations

import enum
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from residentapp.conformity.markers import Mark
from residentapp.conformity.requirements import Level, Requirement, RequirementList


class Status(enum.StrEnum):
    """How far a requirement is shown to be met."""

    PROVED = "proved"
    PARTIAL = "partial"
    NONE = "none"


class UnknownRequirementError(Exception):
    """Tests name requirements that no list has; the text names both."""


class ResultsError(Exception):
    """The file with test results cannot be read."""


@dataclass(frozen=True)
class Row:
    """A requirement with its status and the tests that speak for it."""

    requirement: Requirement
    status: Status
    tests: tuple[str, ...]

    @property
    def status_label(self) -> str:
        """Japanese label, which for what nothing proves depends on whether it is asked at all."""
        if self.status is Status.PROVED:
            return "適合（試験で確認）"
        if self.status is Status.PARTIAL:
            return "一部適合"
        if self.requirement.level is Level.MAY:
            return "実装しない（任意）"
        return "未確認" if self.requirement.level is Level.MUST_NOT else "未適合"


@dataclass(frozen=True)
class Section:
    """One list with its rows."""

    name: str
    title: str
    chapters: Mapping[int, str]
    rows: tuple[Row, ...]

    def of_chapter(self, number: int) -> tuple[Row, ...]:
        """Rows of one chapter."""
        return tuple(row for row in self.rows if row.requirement.chapter == number)


@dataclass(frozen=True)
class Count:
    """How many of some rows have each status."""

    total: int
    proved: int
    partial: int
    none: int

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Count:
        """Count rows."""
        statuses = [row.status for row in rows]
        return cls(
            len(statuses),
            statuses.count(Status.PROVED),
            statuses.count(Status.PARTIAL),
            statuses.count(Status.NONE),
        )


def build_matrix(
    lists: Iterable[RequirementList], marks: Iterable[Mark], passed: frozenset[str] | None = None
) -> tuple[Section, ...]:
    """The whole table.

    :param passed: node ids of tests that passed (:func:`passed_tests`); others then prove nothing. None
        takes every marked test at its word.
    :raises UnknownRequirementError: when a mark names an id that no list has.
    """
    lists = tuple(lists)
    known = {requirement.id for one in lists for requirement in one.requirements}
    by_id: dict[str, list[Mark]] = {}
    unknown: list[str] = []
    for mark in marks:
        if mark.requirement not in known:
            unknown.append(f"{mark.requirement} ({mark.test})")
        elif passed is None or mark.test in passed:
            by_id.setdefault(mark.requirement, []).append(mark)
    if unknown:
        raise UnknownRequirementError("unknown requirement ids: " + ", ".join(unknown))
    return tuple(
        Section(
            one.name,
            one.title,
            one.chapters,
            tuple(_row(requirement, by_id.get(requirement.id, [])) for requirement in one.requirements),
        )
        for one in lists
    )


def _row(requirement: Requirement, marks: list[Mark]) -> Row:
    if not marks:
        status = Status.NONE
    elif all(mark.partial for mark in marks):
        status = Status.PARTIAL
    else:
        status = Status.PROVED
    return Row(requirement, status, tuple(dict.fromkeys(mark.test for mark in marks)))


def passed_tests(junit: Path) -> frozenset[str]:
    """Tests that passed, from pytest's ``--junitxml`` file, as node ids without parameters.

    A test with parameters counts when at least one of its cases passed and none failed.

    :raises ResultsError: when the file is not such a report.
    """
    try:
        root = ElementTree.parse(junit).getroot()
    except (OSError, ElementTree.ParseError) as error:
        raise ResultsError(f"{junit}: {error}") from error
    cases = list(root.iter("testcase"))
    if not cases:
        raise ResultsError(f"{junit}: holds no test results")
    good: set[str] = set()
    bad: set[str] = set()
    for case in cases:
        node = _node_id(case.get("classname", ""), case.get("name", ""))
        if case.find("failure") is not None or case.find("error") is not None:
            bad.add(node)
        elif case.find("skipped") is None:
            good.add(node)
    return frozenset(good - bad)


def _node_id(classname: str, name: str) -> str:
    """``tests.core.test_x.TestY`` + ``test_z[case]`` → ``tests/core/test_x.py::TestY::test_z``."""
    parts = classname.split(".")
    classes = [part for part in parts if part.startswith("Test")]
    modules = parts[: len(parts) - len(classes)]
    function = re.sub(r"\[.*$", "", name, flags=re.DOTALL)
    return "::".join(["/".join(modules) + ".py", *classes, function])
