"""Finds ``@pytest.mark.requirement(…)`` in the tests by reading their source, without running them.

Cases of the office (``tests/scenarios/changes/*.yaml``) name their requirements in the file: ``requirements`` those
that the case shows whole, ``partial`` those of which it shows a part. They count for the test that plays all of them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from residentapp.conformity.case_files import PATTERN, CaseFileError, read_case

MARKER = "requirement"

#: Folders of case files below ``tests``, with the test that plays each file.
CASES = {"scenarios/changes": "tests/scenarios/test_changes.py::test_a_case_of_the_office"}

_Function = (ast.FunctionDef, ast.AsyncFunctionDef)


class MarkerError(Exception):
    """A marker cannot be counted; the text names file, line and what is wrong with it."""


@dataclass(frozen=True)
class Mark:
    """A test says that it proves a requirement.

    :param requirement: the requirement's id.
    :param test: pytest's node id without parameters, ``tests/x/test_y.py::TestZ::test_w``.
    :param partial: the test proves only a part of it.
    """

    requirement: str
    test: str
    partial: bool


def scan(folder: Path) -> list[Mark]:
    """All marks of the test files below a folder, in the order of files and lines.

    :param folder: the folder ``tests``; node ids start with its name.
    :raises MarkerError: for a marker that is not written out, or stands where no test takes it.
    """
    marks: list[Mark] = []
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder.parent).as_posix()
        marks.extend(scan_source(path.read_text(encoding="utf-8"), name))
    for place, test in CASES.items():
        marks.extend(scan_cases(folder / place, test))
    return marks


def scan_cases(folder: Path, test: str) -> list[Mark]:
    """Marks of the case files of a folder; what one file shows whole is not made weaker by another.

    :raises MarkerError: for a file that cannot be read or names no requirement.
    """
    merged: dict[str, bool] = {}
    for path in sorted(folder.glob(PATTERN)):
        for requirement, partial in _of_case(path).items():
            merged[requirement] = merged.get(requirement, True) and partial
    return [Mark(requirement, test, partial) for requirement, partial in merged.items()]


def _of_case(path: Path) -> dict[str, bool]:
    try:
        case = read_case(path)
    except CaseFileError as error:
        raise MarkerError(str(error)) from error
    found = {str(requirement): True for requirement in case.get("partial", [])}
    found |= {str(requirement): False for requirement in case.get("requirements", [])}
    if not found:
        raise MarkerError(f"{path.name}: the case names no requirement")
    return found


def scan_source(source: str, name: str) -> list[Mark]:
    """Marks of one file. See :func:`scan`."""
    tree = ast.parse(source, filename=name)
    scanner = _Scanner(name)
    marks = list(scanner.body(tree.body, name, []))
    for node in ast.walk(tree):
        if _is_marker(node) and id(node) not in scanner.counted:
            raise MarkerError(f"{name}:{_line(node)}: this marker belongs to no test")
    return marks


class _Scanner:
    """Walks one file, handing the marks of a module or class down to its tests."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.counted: set[int] = set()

    def body(self, statements: list[ast.stmt], prefix: str, above: list[ast.Call]) -> Iterator[Mark]:
        own = list(above)
        for statement in statements:
            value = _pytestmark(statement)
            if value is not None:
                own += _markers_in([value])
        for statement in statements:
            if isinstance(statement, ast.ClassDef) and statement.name.startswith("Test"):
                markers = own + _markers_in(statement.decorator_list)
                yield from self.body(statement.body, f"{prefix}::{statement.name}", markers)
            elif isinstance(statement, _Function) and statement.name.startswith("test_"):
                yield from self._test(statement, prefix, own)

    def _test(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, prefix: str, above: list[ast.Call]
    ) -> Iterator[Mark]:
        merged: dict[str, bool] = {}
        for marker in above + _markers_in(function.decorator_list):
            self.counted.add(id(marker))
            ids, partial = self._read(marker)
            for requirement in ids:
                # A test that proves the whole through one marker is not made weaker by another.
                merged[requirement] = merged.get(requirement, True) and partial
        for requirement, partial in merged.items():
            yield Mark(requirement, f"{prefix}::{function.name}", partial)

    def _read(self, marker: ast.Call) -> tuple[list[str], bool]:
        where = f"{self._name}:{marker.lineno}"
        ids: list[str] = []
        for argument in marker.args:
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                raise MarkerError(
                    f"{where}: write the ids out as texts, so that they can be found by reading"
                )
            ids.append(argument.value)
        if not ids:
            raise MarkerError(f"{where}: the marker names no requirement")
        partial = False
        for keyword in marker.keywords:
            value = keyword.value
            if (
                keyword.arg != "partial"
                or not isinstance(value, ast.Constant)
                or type(value.value) is not bool
            ):
                raise MarkerError(f"{where}: the only keyword is partial=True")
            partial = value.value
        return ids, partial


def _pytestmark(statement: ast.stmt) -> ast.expr | None:
    """The value of ``pytestmark = …`` in a module or class."""
    if isinstance(statement, ast.Assign):
        targets, value = statement.targets, statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets, value = [statement.target], statement.value
    else:
        return None
    named = any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in targets)
    return value if named else None


def _markers_in(expressions: Iterable[ast.expr]) -> list[ast.Call]:
    """Markers among decorators, also inside ``pytest.param(…, marks=…)``."""
    found: list[ast.Call] = []
    for expression in expressions:
        for node in ast.walk(expression):
            if isinstance(node, ast.Call) and _is_marker(node):
                found.append(node)
    return sorted(found, key=lambda marker: (marker.lineno, marker.col_offset))


def _is_marker(node: ast.AST) -> bool:
    """Whether it is a call ``….mark.requirement(…)``."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != MARKER:
        return False
    owner = node.func.value
    name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
    return name == "mark"


def _line(node: ast.AST) -> int:
    return node.lineno if isinstance(node, ast.Call) else 0
