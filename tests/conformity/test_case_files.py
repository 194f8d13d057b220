"""A case of the office says what stands in its file, without YAML's guesses."""

from __future__ import annotations

from pathlib import Path

import pytest

from residentapp.conformity.case_files import CaseFileError, read_case


def test_what_is_written_is_what_is_meant(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(
        "title: 転居\nday: 2026-11-24\nanswer: no\nrows: 2\nwaits: true\ncode: '0123'\nratio: 1.5\n"
        "after:\n  架空　太郎:\n    remarks:\n      - 一\n",
        encoding="utf-8",
    )
    assert read_case(file) == {
        "title": "転居",
        "day": "2026-11-24",
        "answer": "no",
        "rows": 2,
        "waits": True,
        "code": "0123",
        "ratio": "1.5",
        "after": {"架空　太郎": {"remarks": ["一"]}},
    }


@pytest.mark.parametrize(
    "text",
    [
        "after:\n  架空　太郎: {}\n  架空　太郎: {}\n",
        "- a list\n",
        "a: b: c\n",
        "a: !!python/name:os.system\n",
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_file_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CaseFileError, match=r"^a\.yaml: "):
        read_case(file)
