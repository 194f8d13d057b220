"""The conformity table: lists, statuses, and what the command writes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from residentapp.conformity.cli import conformity_command
from residentapp.conformity.markers import Mark, scan
from residentapp.conformity.matrix import (
    Count,
    ResultsError,
    Section,
    Status,
    UnknownRequirementError,
    build_matrix,
    passed_tests,
)
from residentapp.conformity.output import to_html, to_json, to_xlsx
from residentapp.conformity.requirements import Level, load_lists

TESTS = Path(__file__).resolve().parents[1]
WHOLE = Mark("RR-1.1.8a", "tests/test_a.py::test_whole", False)
PART = Mark("RR-1.1.8a", "tests/test_a.py::test_part", True)


def status(sections: tuple[Section, ...], requirement: str) -> Status:
    (row,) = [row for one in sections for row in one.rows if row.requirement.id == requirement]
    return row.status


class TestLists:
    def test_all_eight_lists_are_whole(self) -> None:
        lists = load_lists()
        assert {one.name: len(one.requirements) for one in lists} == {
            "resident-records": 318,
            "characters-and-dates": 13,
            "security-and-operations": 6,
            "forms": 8,
            "family-register-annex": 19,
            "seal-registration": 22,
            "voter-rolls": 37,
            "data-exchange": 19,
        }

    def test_ids_are_unique_and_everything_is_filled_in(self) -> None:
        everything = [requirement for one in load_lists() for requirement in one.requirements]
        assert len({requirement.id for requirement in everything}) == len(everything)
        assert [requirement.id for requirement in everything if not requirement.title.strip()] == []

    def test_levels_are_as_the_standard_counts_them(self) -> None:
        (resident_records,) = [one for one in load_lists() if one.name == "resident-records"]
        levels = [requirement.level for requirement in resident_records.requirements]
        assert (levels.count(Level.MUST), levels.count(Level.MUST_NOT), levels.count(Level.MAY)) == (
            251,
            49,
            18,
        )


class TestStatus:
    def test_no_test_proves_nothing(self) -> None:
        assert status(build_matrix(load_lists(), []), "RR-1.1.8a") is Status.NONE

    def test_parts_never_make_a_whole(self) -> None:
        other = Mark("RR-1.1.8a", "tests/test_a.py::test_other", True)
        assert status(build_matrix(load_lists(), [PART, other]), "RR-1.1.8a") is Status.PARTIAL

    def test_one_whole_test_is_enough(self) -> None:
        sections = build_matrix(load_lists(), [PART, WHOLE])
        assert status(sections, "RR-1.1.8a") is Status.PROVED
        assert status(sections, "RR-1.1.8b") is Status.NONE

    def test_with_results_only_passing_tests_count(self) -> None:
        sections = build_matrix(load_lists(), [PART, WHOLE], frozenset({PART.test}))
        assert status(sections, "RR-1.1.8a") is Status.PARTIAL

    def test_an_unknown_id_is_an_error(self) -> None:
        wrong = Mark("RR-99.9", "tests/test_a.py::test_x", False)
        with pytest.raises(UnknownRequirementError, match=r"RR-99\.9 \(tests/test_a\.py::test_x\)"):
            build_matrix(load_lists(), [wrong])

    def test_labels_say_whether_it_is_asked_at_all(self) -> None:
        rows = [row for one in build_matrix(load_lists(), []) for row in one.rows]
        assert {(row.requirement.level, row.status_label) for row in rows} == {
            (Level.MUST, "未適合"),
            (Level.MAY, "実装しない（任意）"),
            (Level.MUST_NOT, "未確認"),
        }


class TestResults:
    def test_cases_of_a_test(self, tmp_path: Path) -> None:
        report = tmp_path / "junit.xml"
        report.write_text(
            "<testsuites><testsuite>"
            '<testcase classname="tests.core.test_a" name="test_good[1]"/>'
            '<testcase classname="tests.core.test_a" name="test_good[2]"><skipped/></testcase>'
            '<testcase classname="tests.core.test_a.TestB" name="test_half[1]"/>'
            '<testcase classname="tests.core.test_a.TestB" name="test_half[2]"><failure/></testcase>'
            '<testcase classname="tests.core.test_a" name="test_skipped"><skipped/></testcase>'
            '<testcase classname="tests.core.test_a.TestB" name="test_in_class[a::b]"/>'
            "</testsuite></testsuites>",
            encoding="utf-8",
        )
        assert passed_tests(report) == {
            "tests/core/test_a.py::test_good",
            "tests/core/test_a.py::TestB::test_in_class",
        }

    @pytest.mark.parametrize("text", ["not xml", "<testsuites/>"])
    def test_what_is_no_report(self, tmp_path: Path, text: str) -> None:
        report = tmp_path / "junit.xml"
        report.write_text(text, encoding="utf-8")
        with pytest.raises(ResultsError, match="junit"):
            passed_tests(report)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(conformity_command, ["matrix", *arguments])


@pytest.mark.requirement("DX-3.3")
class TestTable:
    """The table covers every id, and each format says the same."""

    def test_the_projects_own_markers_are_all_known(self) -> None:
        sections = build_matrix(load_lists(), scan(TESTS))
        assert status(sections, "DX-3.3") is Status.PROVED

    def test_json(self, tmp_path: Path) -> None:
        out = tmp_path / "matrix.json"
        assert run("--format", "json", "--out", str(out)).exit_code == 0
        rows = json.loads(out.read_text(encoding="utf-8"))
        assert [row["id"] for row in rows] == [r.id for one in load_lists() for r in one.requirements]
        assert all(list(row) == ["id", "level", "title", "status", "tests"] for row in rows)
        assert all((row["status"] == "none") == (row["tests"] == []) for row in rows)
        own = next(row for row in rows if row["id"] == "DX-3.3")
        assert own["status"] == "proved"
        assert "tests/conformity/test_matrix.py::TestTable::test_json" in own["tests"]

    def test_html(self) -> None:
        sections = build_matrix(load_lists(), [WHOLE, PART])
        page = to_html(sections)
        assert all(
            f'<td class="id">{row.requirement.id}</td>' in page for one in sections for row in one.rows
        )
        assert "住民記録（適合 1・一部適合 0・全 318 件）" in page
        assert page.count('<tr class="proved">') == 1
        assert "src=" not in page and "http" not in page, "the page must need nothing else"

    def test_html_escapes(self) -> None:
        page = to_html(build_matrix(load_lists(), [Mark("FM-1", "tests/<b>.py::test_x", False)]))
        assert "tests/&lt;b&gt;.py::test_x" in page

    def test_xlsx(self) -> None:
        sections = build_matrix(load_lists(), [WHOLE, PART])
        book = openpyxl.load_workbook(io.BytesIO(to_xlsx(sections)))
        assert book.sheetnames == ["集計", *[one.title for one in load_lists()]]
        row = next(row for row in book["住民記録"].iter_rows(values_only=True) if row[0] == "RR-1.1.8a")
        assert row[1] == "実装必須機能"
        assert row[4:] == ("適合（試験で確認）", f"{WHOLE.test}\n{PART.test}")
        *_, last = book["集計"].iter_rows(values_only=True)
        assert last == ("合計", None, 442, 1, 0, 441)

    def test_the_same_tests_give_the_same_files(self) -> None:
        sections = build_matrix(load_lists(), [WHOLE])
        assert to_xlsx(sections) == to_xlsx(sections)
        assert to_json(sections) == to_json(sections)

    def test_chapters_add_up(self) -> None:
        for section in build_matrix(load_lists(), [WHOLE, PART]):
            chapters = [Count.of(section.of_chapter(number)) for number in section.chapters]
            assert sum(count.total for count in chapters) == len(section.rows)
            assert all(count.total > 0 for count in chapters)


class TestCommand:
    def test_an_unknown_id_in_the_tests_fails_the_command(self, tmp_path: Path) -> None:
        folder = tmp_path / "tests"
        folder.mkdir()
        (folder / "test_x.py").write_text(
            "@pytest.mark.requirement('RR-0')\ndef test_x(): ...\n", encoding="utf-8"
        )
        done = run("--format", "json", "--out", str(tmp_path / "out.json"), "--tests", str(folder))
        assert done.exit_code == 1
        assert "RR-0 (tests/test_x.py::test_x)" in done.output
        assert not (tmp_path / "out.json").exists()

    def test_results_are_taken_into_account(self, tmp_path: Path) -> None:
        folder = tmp_path / "tests"
        folder.mkdir()
        (folder / "test_x.py").write_text(
            "@pytest.mark.requirement('FM-1')\ndef test_x(): ...\n", encoding="utf-8"
        )
        report = tmp_path / "junit.xml"
        report.write_text(
            '<testsuite><testcase classname="tests.test_x" name="test_x"><failure/></testcase></testsuite>',
            encoding="utf-8",
        )
        out = tmp_path / "out.json"
        arguments = ["--format", "json", "--out", str(out), "--tests", str(folder)]
        assert run(*arguments).exit_code == 0
        assert '"proved"' in out.read_text(encoding="utf-8")
        assert run(*arguments, "--results", str(report)).exit_code == 0
        assert '"proved"' not in out.read_text(encoding="utf-8")

    def test_a_folder_that_does_not_exist(self, tmp_path: Path) -> None:
        done = run("--format", "html", "--out", str(tmp_path / "o.html"), "--tests", str(tmp_path / "none"))
        assert done.exit_code == 1
        assert "--tests" in done.output

    def test_a_file_that_cannot_be_written(self, tmp_path: Path) -> None:
        done = run("--format", "html", "--out", str(tmp_path / "none" / "o.html"))
        assert done.exit_code == 1
        assert "書けません" in done.output
