"""Reading requirement markers out of test sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from residentapp.conformity.markers import CASES, Mark, MarkerError, scan, scan_cases, scan_source


def marks(source: str) -> list[Mark]:
    return scan_source(source, "tests/test_a.py")


def test_decorator_of_a_function() -> None:
    found = marks("@pytest.mark.requirement('RR-1.1.8a', 'CM-3.2')\ndef test_x(): ...\n")
    assert found == [
        Mark("RR-1.1.8a", "tests/test_a.py::test_x", False),
        Mark("CM-3.2", "tests/test_a.py::test_x", False),
    ]


def test_partial() -> None:
    (found,) = marks("@pytest.mark.requirement('FM-1', partial=True)\nasync def test_x(): ...\n")
    assert found.partial


def test_a_class_hands_its_markers_down() -> None:
    found = marks(
        "@pytest.mark.requirement('FM-1')\n"
        "class TestForms:\n"
        "    pytestmark = [pytest.mark.pdf, pytest.mark.requirement('FM-2', partial=True)]\n"
        "    def test_a(self): ...\n"
        "    @pytest.mark.requirement('FM-3')\n"
        "    def test_b(self): ...\n"
    )
    assert {(mark.test.rpartition("::")[2], mark.requirement, mark.partial) for mark in found} == {
        ("test_a", "FM-1", False),
        ("test_a", "FM-2", True),
        ("test_b", "FM-1", False),
        ("test_b", "FM-2", True),
        ("test_b", "FM-3", False),
    }
    assert found[0].test == "tests/test_a.py::TestForms::test_a"


def test_a_module_hands_its_markers_down() -> None:
    found = marks(
        "pytestmark = pytest.mark.requirement('FM-1')\ndef test_a(): ...\nclass TestB:\n    def test_b(self): ...\n"
    )
    assert [mark.test for mark in found] == ["tests/test_a.py::test_a", "tests/test_a.py::TestB::test_b"]


def test_marks_of_single_cases_count_for_their_test() -> None:
    found = marks(
        "@pytest.mark.parametrize('x', [1, pytest.param(2, marks=pytest.mark.requirement('FM-4'))])\n"
        "def test_x(x): ...\n"
    )
    assert found == [Mark("FM-4", "tests/test_a.py::test_x", False)]


def test_the_whole_outweighs_a_part_on_the_same_test() -> None:
    found = marks(
        "pytestmark = pytest.mark.requirement('FM-1', partial=True)\n"
        "@pytest.mark.requirement('FM-1')\ndef test_x(): ...\n"
    )
    assert found == [Mark("FM-1", "tests/test_a.py::test_x", False)]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("@pytest.mark.requirement(ID)\ndef test_x(): ...\n", "test_a.py:1: write the ids out"),
        ("@pytest.mark.requirement(*IDS)\ndef test_x(): ...\n", "write the ids out"),
        ("@pytest.mark.requirement()\ndef test_x(): ...\n", "names no requirement"),
        ("@pytest.mark.requirement('FM-1', part=True)\ndef test_x(): ...\n", "only keyword is partial"),
        ("@pytest.mark.requirement('FM-1', partial=1)\ndef test_x(): ...\n", "only keyword is partial"),
        ("\n@pytest.mark.requirement('FM-1')\ndef helper(): ...\n", "test_a.py:2: this marker belongs to no test"),
        ("@pytest.mark.requirement('FM-1')\nclass Forms:\n    def test_x(self): ...\n", "belongs to no test"),
        ("pytestmark = pytest.mark.requirement('FM-1')\n", "belongs to no test"),
    ],
)  # fmt: skip
def test_what_cannot_be_counted_is_an_error(source: str, problem: str) -> None:
    with pytest.raises(MarkerError, match=problem):
        marks(source)


def test_a_marker_in_a_text_is_no_marker() -> None:
    assert marks('TEXT = "@pytest.mark.requirement(1)"\ndef test_x(): ...\n') == []


def test_folders_are_searched_through(tmp_path: Path) -> None:
    folder = tmp_path / "tests" / "core"
    folder.mkdir(parents=True)
    (folder / "test_b.py").write_text(
        "@pytest.mark.requirement('FM-1')\ndef test_x(): ...\n", encoding="utf-8"
    )
    assert scan(tmp_path / "tests") == [Mark("FM-1", "tests/core/test_b.py::test_x", False)]


CASE = "tests/test_a.py::test_a_case"


def test_case_files_count_for_the_test_that_plays_them(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("requirements: [FM-1]\npartial: [FM-2]\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("partial: [FM-1, FM-3]\n", encoding="utf-8")
    found = scan_cases(tmp_path, CASE)
    assert set(found) == {Mark("FM-1", CASE, False), Mark("FM-2", CASE, True), Mark("FM-3", CASE, True)}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("title: x\n", "a.yaml: the case names no"),
        ("x", "a.yaml: names and what they say are expected"),
        ("title: [", "a.yaml: "),
        ("title: x\ntitle: y\n", "a.yaml: stands twice: title"),
    ],
)
def test_a_case_without_requirements_is_an_error(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(MarkerError, match=problem):
        scan_cases(tmp_path, CASE)


def test_the_tests_that_play_case_files_are_there() -> None:
    root = Path(__file__).resolve().parents[2]
    for folder, test in CASES.items():
        file, _, name = test.partition("::")
        assert list((root / "tests" / folder).glob("*.yaml"))
        assert f"def {name}(" in (root / file).read_text(encoding="utf-8")
        assert any(mark.test == test for mark in scan(root / "tests"))
