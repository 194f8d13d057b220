"""Taking in the data of a 転出証明書 from CSV (RR-10.8).

The columns are documented in docs/move-in.md. Everything in a file is text: nothing is evaluated, nothing is marked
up. All problems of a file are reported together, each with its row, its column and what to do; a file with an error
is not taken in at all, so that no half-read family reaches the entry.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from residentapp.core.characters import character_length
from residentapp.core.check_digits import valid_individual_number
from residentapp.core.violations import Level
from residentapp.residents.move_in.fields import FIELDS_BY_NAME, NAME_LENGTH, FieldKind
from residentapp.residents.move_in.rules.foreign import valid_card_number
from residentapp.residents.move_in.rules.household import HEAD, LARGEST_CASE
from residentapp.residents.move_in.rules.reading import digits, read_date, relationship_text
from residentapp.residents.move_in.rules.text import check_text
from residentapp.residents.move_in.types import CasePayload, MemberEntry, MoveInEntry, MoveInKind
from residentapp.residents.types import ForeignCategory, ResidentKind, Sex

#: Largest file that is read; a household of fifty needs some twenty thousand bytes.
LARGEST_FILE = 5_000_000
#: Most columns that a heading may have; more is not a certificate but an attempt to keep the server busy.
MOST_COLUMNS = 200
#: Most problems that are listed; further ones are only counted.
MOST_PROBLEMS = 200


#: Most characters of a date.
LONGEST_DATE = 40


@dataclass(frozen=True)
class Column:
    """A column of the file.

    :param field: field of a member that takes it; for columns of the whole certificate the case's field or None.
    :param required: a cell must not be empty.
    """

    title: str
    field: str | None
    whole: bool = False
    required: bool = False
    longest: int = 100
    note: str = ""


def _member(title: str, name: str, *, required: bool = False, note: str = "") -> Column:
    return Column(title, name, False, required, FIELDS_BY_NAME[name].longest, note)


COLUMNS: tuple[Column, ...] = (
    Column("証明書番号", None, True, True, 40, "転出証明書の番号。すべての行で同じ"),
    Column("転出元市区町村", None, True, True, 60, "証明書を作った市区町村。すべての行で同じ"),
    Column("世帯員数", None, True, True, 3, "この証明書に載る人の数。行の数と同じ"),
    Column("転出予定年月日", None, True, True, LONGEST_DATE, "参考として表示する。異動日には入れない"),
    Column("転出先住所", None, True, False, NAME_LENGTH, "参考として表示する"),
    Column("住民種別", "resident_kind", False, True, 10, "日本人住民 または 外国人住民"),
    _member("氏名", "name", note="異体字は基底文字とIVSの並びで書く。外国人住民は漢字の氏名"),
    _member("氏名（アルファベット）", "name_alphabet", note="外国人住民だけ"),
    _member("氏名フリガナ", "name_kana", note="全角カタカナ"),
    _member("旧氏", "former_name", note="日本人住民だけ"),
    _member("旧氏フリガナ", "former_name_kana"),
    _member("通称", "alias", note="外国人住民だけ"),
    _member("通称フリガナ", "alias_kana"),
    _member("生年月日", "birth_date", required=True, note="和暦または西暦。不詳の日付も書ける"),
    Column("性別", "sex", False, True, 4, "男、女 または 不明"),
    _member("続柄", "relationship", note="転出前の続柄。転入後の続柄は画面で確かめる"),
    _member("世帯主氏名", "previous_head_name", note="転出前の世帯主"),
    _member("本籍", "registered_domicile", note="日本人住民は必須"),
    _member("筆頭者", "register_head", note="日本人住民は必須"),
    _member("個人番号", "individual_number", note="12桁"),
    _member("住民票コード", "resident_code", note="11桁"),
    _member("転出前住所郵便番号", "previous_postal_code", note="7桁"),
    _member("転出前住所", "previous_address", required=True, note="方書まで"),
    _member("外国人住民となった年月日", "became_foreign_resident_on", note="外国人住民は必須"),
    _member("国籍・地域", "nationality", note="外国人住民だけ"),
    Column("法第30条の45の区分", "foreign_category", False, False, 20, "外国人住民は必須"),
    _member("在留資格", "residence_status"),
    _member("在留期間等", "residence_period"),
    _member("在留期間の満了の日", "residence_expires_on"),
    _member("在留カードの番号", "residence_card_number", note="英字2字、数字8字、英字2字"),
    _member("特別永住者証明書の番号", "special_permanent_number", note="英字2字、数字8字、英字2字"),
)
TITLES = tuple(column.title for column in COLUMNS)
_WHOLE = tuple(column for column in COLUMNS if column.whole)
#: Digits of 世帯員数.
_LONGEST_COUNT = 3

_CODES: dict[str, dict[str, str]] = {
    "resident_kind": {kind.label: kind.value for kind in ResidentKind},
    "sex": {sex.label: sex.value for sex in Sex},
    "foreign_category": {category.label: category.value for category in ForeignCategory},
}
#: Stands in a cell whose column is missing: reported once for the column, not again for each row.
MISSING = "\x00"
_FORMULA = re.compile(r"^[=+@\t]|^-\D")


@dataclass(frozen=True)
class CsvProblem:
    """One problem of a file.

    :param row: row of the file as a spreadsheet counts, the heading being 1; 0 for the file as a whole.
    :param column: heading of the column, empty for a whole row or file.
    """

    level: Level
    row: int
    column: str
    message: str
    remedy: str

    @property
    def place(self) -> str:
        """Where it is, for the list."""
        if not self.row:
            return "ファイル全体"
        return f"{self.row}行目" + (f"「{self.column}」" if self.column else "")


@dataclass(frozen=True)
class CsvResult:
    """What came of a file.

    :param payload: the entry to go on with; None when there is an error.
    :param encoding: how the characters were encoded, for the message line.
    :param unlisted: problems beyond ``MOST_PROBLEMS``.
    """

    payload: CasePayload | None
    problems: tuple[CsvProblem, ...]
    encoding: str = ""
    unlisted: int = 0

    @property
    def errors(self) -> list[CsvProblem]:
        """Problems that keep the file out."""
        return [problem for problem in self.problems if problem.level is Level.ERROR]


@dataclass
class _Problems:
    items: list[CsvProblem] = field(default_factory=list)

    def error(self, row: int, column: str, message: str, remedy: str) -> None:
        self.items.append(CsvProblem(Level.ERROR, row, column, message, remedy))

    def alert(self, row: int, column: str, message: str, remedy: str) -> None:
        self.items.append(CsvProblem(Level.ALERT, row, column, message, remedy))

    @property
    def bars(self) -> bool:
        return any(problem.level is Level.ERROR for problem in self.items)


def read_certificate(data: bytes, filename: str = "") -> CsvResult:
    """The entry that a file of a 転出証明書 gives, or everything that is wrong with it.

    :param data: the file as it is: UTF-8 with or without BOM, or Shift_JIS (CP932).
    :param filename: name of the file, kept as the entry's source.
    """
    problems = _Problems()
    text, encoding = _decode(data, problems)
    if text is None:
        return _result(None, problems, encoding)
    rows = list(_rows(text, problems))
    if problems.bars:
        return _result(None, problems, encoding)
    places = _columns(rows[0][1] if rows else [], problems)
    if not places:
        return _result(None, problems, encoding)
    if len(rows) == 1:
        problems.error(
            0, "", "見出しの行だけで、人の行がありません。", "転出証明書のCSVを選び直してください。"
        )
    cells = [(number, _cells(number, row, places, len(rows[0][1]), problems)) for number, row in rows[1:]]
    people = [(number, row) for number, row in cells if row is not None]
    _check_whole(people, problems)
    for number, row in people:
        _check_row(number, row, problems)
    if problems.bars:
        return _result(None, problems, encoding)
    return _result(_payload([row for _number, row in people], filename), problems, encoding)


def _result(payload: CasePayload | None, problems: _Problems, encoding: str) -> CsvResult:
    ordered = sorted(problems.items, key=lambda problem: (problem.level is Level.ALERT, problem.row))
    kept = tuple(ordered[:MOST_PROBLEMS])
    return CsvResult(payload, kept, encoding, len(ordered) - len(kept))


def _decode(data: bytes, problems: _Problems) -> tuple[str | None, str]:
    if not data.strip():
        problems.error(0, "", "ファイルが空です。", "転出証明書のCSVを選び直してください。")
        return None, ""
    if len(data) > LARGEST_FILE:
        problems.error(
            0,
            "",
            f"ファイルが大きすぎます（{LARGEST_FILE // 1_000_000}MBまで）。",
            "一つの転出証明書のCSVを選び直してください。",
        )
        return None, ""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        problems.error(
            0,
            "",
            "文字コードがUTF-16です。",
            "UTF-8またはShift_JISで保存し直して、もう一度取り込んでください。",
        )
        return None, ""
    if b"\x00" in data:
        problems.error(
            0,
            "",
            "ファイルにCSVではないデータ（NUL文字）が入っています。",
            "CSVファイルかどうかを確かめ、保存し直してください。",
        )
        return None, ""
    if data.startswith(codecs.BOM_UTF8):
        candidates = [("utf-8-sig", "UTF-8（BOM付き）")]
    else:
        candidates = [("utf-8", "UTF-8"), ("cp932", "Shift_JIS（CP932）")]
    for codec, label in candidates:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if codec == "cp932":
            problems.alert(
                0,
                "",
                "文字コードはShift_JISです。異体字（IVS）や行政事務標準文字の追加文字は入っていません。",
                "氏名と住所の文字を、転出証明書の紙と見比べてください。",
            )
        return text, label
    problems.error(
        0,
        "",
        "文字コードが分かりません（UTF-8でもShift_JISでもありません）。",
        "UTF-8で保存し直して、もう一度取り込んでください。",
    )
    return None, ""


def _rows(text: str, problems: _Problems) -> Iterator[tuple[int, list[str]]]:
    """Rows with their number; empty lines are skipped but counted. Stops at the limit."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    people = 0
    number = 0
    try:
        for row in reader:
            number += 1
            if not any(cell.strip() for cell in row):
                continue
            people += 1
            if people > LARGEST_CASE + 1:
                problems.error(
                    0,
                    "",
                    f"人の行が{LARGEST_CASE}を超えています。一つのファイルに入れられるのは{LARGEST_CASE}人までです。",
                    "一つの転出証明書ごとにファイルを分けてください。",
                )
                return
            yield number, row
    except csv.Error:
        problems.error(
            number + 1,
            "",
            'CSVとして読めません。引用符（"）の対応が合っていないようです。',
            "この行の引用符を確かめ、保存し直してください。",
        )
        return


def _columns(heading: Sequence[str], problems: _Problems) -> dict[str, int]:
    places: dict[str, int] = {}
    if len(heading) > MOST_COLUMNS:
        problems.error(
            1,
            "",
            f"列が多すぎます（{MOST_COLUMNS}列まで）。",
            "転出証明書のCSVかどうかを確かめてください。",
        )
        return places
    titles = [title.strip() for title in heading]
    for position, title in enumerate(titles):
        if title in places:
            problems.error(1, title, "同じ見出しの列が二つあります。", "どちらかの列を消してください。")
        elif title in TITLES:
            places[title] = position
        elif title:
            shown = title if character_length(title) <= 30 else title[:30] + "…"
            problems.alert(
                1,
                shown,
                "知らない見出しの列です。この列は取り込みません。",
                "要る列であれば見出しを直してください。",
            )
    missing = [title for title in TITLES if title not in places]
    if len(missing) == len(TITLES):
        problems.error(
            1,
            "",
            "1行目に見出しがありません。",
            "1行目に見出し（証明書番号、転出元市区町村 …）を付けてください。",
        )
    else:
        for title in missing:
            problems.error(1, title, "列がありません。", f"見出し「{title}」の列を足してください。")
    return places


def _cells(
    number: int, row: list[str], places: dict[str, int], width: int, problems: _Problems
) -> dict[str, str] | None:
    if len(row) != width:
        problems.error(
            number,
            "",
            f"列の数が見出しと違います（見出し{width}列、この行{len(row)}列）。",
            "区切りのカンマと引用符を確かめてください。",
        )
        return None
    return {title: row[places[title]].strip() if title in places else MISSING for title in TITLES}


def _check_whole(people: list[tuple[int, dict[str, str]]], problems: _Problems) -> None:
    if not people:
        return
    _first_number, first = people[0]
    for column in _WHOLE:
        for number, row in people[1:]:
            if row[column.title] != first[column.title]:
                problems.error(
                    number,
                    column.title,
                    "最初の人の行と違います。一つのファイルには一つの転出証明書だけを入れます。",
                    "証明書ごとにファイルを分けるか、値をそろえてください。",
                )
    said = digits(first["世帯員数"])
    if first["世帯員数"] == MISSING:
        pass
    elif said.isascii() and said.isdigit() and len(said) <= _LONGEST_COUNT:
        if int(said) != len(people):
            problems.error(
                people[0][0],
                "世帯員数",
                f"世帯員数は{int(said)}ですが、人の行は{len(people)}です。",
                "足りない行や余分な行がないか、転出元に確かめてください。",
            )
    elif said:
        problems.error(
            people[0][0],
            "世帯員数",
            f"{_LONGEST_COUNT}桁までの数字ではありません。",
            "人の数を数字で入れてください。",
        )
    planned = first["転出予定年月日"]
    if len(planned) > LONGEST_DATE:
        return  # reported as too long
    date, why = read_date(planned, "moved_on")
    if planned not in ("", MISSING) and date is None:
        problems.error(
            people[0][0], "転出予定年月日", f"日付を読み取れません。{why}", "年月日を直してください。"
        )


def _check_row(number: int, row: dict[str, str], problems: _Problems) -> None:
    kind = _CODES["resident_kind"].get(row["住民種別"], "")
    for column in COLUMNS:
        text = row[column.title]
        if text == MISSING:
            continue
        if not text:
            if column.required or _needed(column, kind):
                problems.error(number, column.title, "空欄です。", "値を入れてください。")
            continue
        if column.field in _CODES:
            allowed = _CODES[column.field]
            if text not in allowed:
                problems.error(
                    number,
                    column.title,
                    f"「{_short(text)}」は使えません。",
                    f"次のどれかにしてください：{'、'.join(allowed)}",
                )
            continue
        _check_cell(number, column, text, problems)
    if kind == ResidentKind.FOREIGN and not (row["氏名"] or row["氏名（アルファベット）"]):
        problems.error(
            number, "氏名", "氏名が空欄です。", "漢字の氏名かアルファベットの氏名を入れてください。"
        )


def _needed(column: Column, kind: str) -> bool:
    if kind == ResidentKind.JAPANESE:
        return column.field in ("name", "registered_domicile", "register_head")
    return kind == ResidentKind.FOREIGN and column.field in (
        "became_foreign_resident_on",
        "foreign_category",
    )


def _check_cell(number: int, column: Column, text: str, problems: _Problems) -> None:
    before = len(problems.items)
    for finding in check_text(text, "", column.title, column.longest):
        add = problems.error if finding.level is Level.ERROR else problems.alert
        add(number, column.title, finding.message, finding.remedy)
    if len(problems.items) > before:
        return
    if _FORMULA.match(text):
        problems.alert(
            number,
            column.title,
            "表計算の式のような文字です。文字のまま取り込みます。",
            "転出証明書の紙と見比べてください。",
        )
    spec = FIELDS_BY_NAME.get(column.field or "")
    if spec is None:
        return
    if spec.kind is FieldKind.DATE:
        date, why = read_date(text, spec.name)
        if date is None:
            problems.error(number, column.title, f"日付を読み取れません。{why}", "年月日を直してください。")
    elif spec.name == "individual_number":
        if not valid_individual_number(digits(text)):
            problems.error(
                number,
                column.title,
                "個人番号が正しくありません（12桁と検査用数字）。",
                "転出証明書の紙と見比べて直してください。表計算で開くと先頭の0や下の桁が失われることがあります。",
            )
    elif spec.name == "resident_code":
        code = digits(text)
        if not (len(code) == 11 and code.isascii() and code.isdigit()):
            problems.error(
                number,
                column.title,
                "住民票コードは11桁の数字です。",
                "転出証明書の紙と見比べて直してください。表計算で開くと先頭の0が失われることがあります。",
            )
    elif spec.kind is FieldKind.CARD and not valid_card_number(text):
        problems.error(
            number,
            column.title,
            "番号の形が違います（英字2字、数字8字、英字2字）。",
            "番号を直してください。",
        )


def _short(text: str) -> str:
    return text if character_length(text) <= 20 else text[:20] + "…"


def _payload(people: list[dict[str, str]], filename: str) -> CasePayload:
    members: list[MemberEntry] = []
    papers: dict[str, dict[str, str]] = {
        "": {column.title: people[0][column.title] for column in _WHOLE if people[0][column.title]}
    }
    for position, row in enumerate(people, start=1):
        key = f"m{position}"
        said = {
            column.field: _CODES[column.field].get(row[column.title], "")
            if column.field in _CODES
            else row[column.title]
            for column in COLUMNS
            if column.field is not None and row[column.title]
        }
        papers[key] = {name: text for name, text in said.items() if name != "resident_kind"}
        member = MemberEntry(key=key, resident_kind=ResidentKind(said.pop("resident_kind")))
        members.append(replace(member, **said))  # type: ignore[arg-type]  # every field named here is text
    members.sort(key=lambda member: relationship_text(member) != HEAD)
    entry = MoveInEntry(kind=MoveInKind.DOMESTIC, members=tuple(members), notifier="")
    return CasePayload(entry, papers, filename)
