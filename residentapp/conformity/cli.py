"""``residentapp conformity``: the table of requirements and the tests that prove them."""

from __future__ import annotations

from pathlib import Path

import click

from residentapp.conformity.markers import MarkerError, scan
from residentapp.conformity.matrix import (
    Count,
    ResultsError,
    UnknownRequirementError,
    build_matrix,
    passed_tests,
)
from residentapp.conformity.output import to_html, to_json, to_xlsx
from residentapp.conformity.requirements import load_lists

_TESTS = Path(__file__).resolve().parents[2] / "tests"


@click.group("conformity")
def conformity_command() -> None:
    """標準仕様への適合 (conformity with the standard)."""


@conformity_command.command("matrix")
@click.option("--format", "kind", type=click.Choice(["html", "xlsx", "json"]), required=True)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="書き出すファイル"
)
@click.option(
    "--results",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="pytest --junitxml の結果。合格した試験だけを数えます。",
)
@click.option(
    "--tests",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=_TESTS,
    help="試験のフォルダー（初期値: ソースの tests）",
)
def matrix_command(kind: str, out: Path, results: Path | None, folder: Path) -> None:
    """要件と、それを確かめた試験の表（適合表）を書き出します (write the conformity table)."""
    if not folder.is_dir():
        raise click.ClickException(
            f"試験のフォルダー {folder} がありません。ソースのフォルダーで実行するか、--tests で示してください。"
        )
    try:
        passed = None if results is None else passed_tests(results)
        sections = build_matrix(load_lists(), scan(folder.resolve()), passed)
    except (MarkerError, UnknownRequirementError, ResultsError) as error:
        raise click.ClickException(str(error)) from error
    content = {
        "html": lambda: to_html(sections).encode(),
        "json": lambda: to_json(sections).encode(),
        "xlsx": lambda: to_xlsx(sections),
    }[kind]()
    try:
        out.write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"{out} に書けません: {error.strerror}") from error
    count = Count.of(row for section in sections for row in section.rows)
    click.echo(f"{out}: 要件 {count.total}、適合 {count.proved}、一部適合 {count.partial}")
