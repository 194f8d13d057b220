"""``residentapp oracle``: ask a rule (docs/oracle.md)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from residentapp.oracle.questions import QUESTIONS, Json, Question
from residentapp.oracle.reading import answer_all

# Bytes are read and written as they are, so that the answer is UTF-8 whatever the locale of the terminal.


def _write(body: Json, *, indent: int | None = None) -> None:
    text = json.dumps(body, ensure_ascii=False, indent=indent)
    stdout = sys.stdout.buffer
    try:
        stdout.write(text.encode("utf-8") + b"\n")
    except UnicodeEncodeError:
        # Half of a surrogate pair came in by an escape; it can go out only by an escape.
        stdout.write(json.dumps(body, indent=indent).encode("ascii") + b"\n")


def _show_list() -> None:
    width = max(len(name) for name in QUESTIONS)
    lines = "".join(f"{name:<{width}}  {question.help}\n" for name, question in QUESTIONS.items())
    sys.stdout.buffer.write(lines.encode("utf-8"))


def _question(name: str | None) -> Question:
    if name is None:
        raise click.UsageError("NAME を書いてください。一覧は residentapp oracle --list で見られます。")
    question = QUESTIONS.get(name)
    if question is None:
        raise click.UsageError(f"{name} は知りません。一覧は residentapp oracle --list で見られます。")
    return question


@click.command("oracle")
@click.argument("name", required=False)
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="標準入力の代わりに読むファイル。",
)
@click.option("--list", "show_list", is_flag=True, help="名前の一覧を出す。")
@click.option("--schema", "show_schema", is_flag=True, help="入力と出力の JSON Schema を出す。")
@click.pass_context
def oracle_command(
    ctx: click.Context, name: str | None, path: Path | None, show_list: bool, show_schema: bool
) -> None:
    """規則に正しい答えを尋ねる。

    JSON のオブジェクト1つ、または1行に1つの JSON Lines を読み、順に1行ずつ答える。読めない件には
    {"error": …, "line": 行番号} を返し、残りに答えてから終了コード2で終わる。
    """
    if show_list:
        _show_list()
        return
    question = _question(name)
    if show_schema:
        _write({"input": question.input_schema, "output": question.output_schema}, indent=2)
        return
    source = path or Path("-")
    data = sys.stdin.buffer.read() if str(source) == "-" else source.read_bytes()
    all_readable = True
    for answer in answer_all(question, data):
        all_readable = all_readable and answer.readable
        _write(answer.body)
    if not all_readable:
        ctx.exit(2)
