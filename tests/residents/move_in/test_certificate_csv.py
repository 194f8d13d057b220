"""Taking in the CSV of a 転出証明書: the samples, every way a file can be wrong, and text that looks like more."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import pytest

from residentapp.core.characters import code_points, split_characters
from residentapp.core.check_digits import individual_check_digit
from residentapp.core.violations import Level
from residentapp.residents.move_in.certificate_csv import (
    COLUMNS,
    LARGEST_FILE,
    MOST_PROBLEMS,
    TITLES,
    CsvResult,
    read_certificate,
)
from residentapp.residents.move_in.rules.household import LARGEST_CASE
from residentapp.residents.types import ResidentKind

SAMPLES = Path(__file__).parents[3] / "seed" / "move_in_samples"

pytestmark = pytest.mark.requirement("RR-10.8", partial=True)


def number(body: int) -> str:
    text = f"98{body:09d}"
    return text + individual_check_digit(text)


def person(**values: str) -> dict[str, str]:
    row = {
        "証明書番号": "試-1",
        "転出元市区町村": "例示県見本市",
        "世帯員数": "1",
        "転出予定年月日": "令和8年11月20日",
        "住民種別": "日本人住民",
        "氏名": "架空　太郎",
        "氏名フリガナ": "カクウ　タロウ",
        "生年月日": "昭和60年5月5日",
        "性別": "男",
        "続柄": "世帯主",
        "本籍": "例示県見本市緑町1番",
        "筆頭者": "架空　太郎",
        "個人番号": number(1),
        "住民票コード": "93000000001",
        "転出前住所": "例示県見本市緑町1番2号",
    }
    return row | values


def file_of(*rows: Mapping[str, str], titles: tuple[str, ...] = TITLES, encoding: str = "utf-8") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(titles)
    for row in rows:
        writer.writerow([row.get(title, "") for title in titles])
    return out.getvalue().encode(encoding)


def errors(result: CsvResult) -> list[tuple[int, str]]:
    return [(problem.row, problem.column) for problem in result.errors]


def test_the_family_sample_is_taken_in_with_every_character() -> None:
    result = read_certificate((SAMPLES / "family_of_four.csv").read_bytes(), "family_of_four.csv")
    assert result.problems == ()
    assert result.payload is not None
    members = result.payload.entry.members
    assert [member.relationship for member in members] == ["世帯主", "妻", "子", "子"]
    assert code_points(split_characters(members[0].name)[1]) == "U+9089 U+E010F"
    assert "\U00020bb7" in members[0].name
    assert members[1].former_name == "辻\U000e0102"
    assert members[1].name.endswith("\ufa11子")
    assert "葛\U000e0102" in members[2].name
    assert members[0].birth_date == "昭和63年2月29日"
    assert members[0].sex == "male"
    assert result.payload.source == "family_of_four.csv"
    assert result.payload.entry.moved_on == "", "the 異動日 starts blank (RR-4.0.3a)"
    assert result.payload.papers[""]["転出予定年月日"] == "令和8年11月20日"
    assert result.payload.papers[members[0].key]["name"] == members[0].name


def test_the_mixed_sample_brings_both_kinds_of_residents() -> None:
    result = read_certificate((SAMPLES / "mixed_household.csv").read_bytes())
    assert result.payload is not None and not result.errors
    japanese, foreign, child = result.payload.entry.members
    assert (japanese.resident_kind, foreign.resident_kind) == (ResidentKind.JAPANESE, ResidentKind.FOREIGN)
    assert foreign.name_alphabet == "NGUYEN VAN AN"
    assert foreign.foreign_category == "mid_to_long_term"
    assert foreign.residence_card_number == "AB12345678CD"
    assert child.birth_date == "令和2年2月29日"


def test_the_broken_sample_says_everything_at_once() -> None:
    result = read_certificate((SAMPLES / "broken.csv").read_bytes())
    assert result.payload is None
    found = errors(result)
    for expected in [
        (1, "国籍・地域"),
        (2, "世帯員数"),
        (2, "生年月日"),
        (2, "個人番号"),
        (2, "住民票コード"),
        (3, "証明書番号"),
        (3, "生年月日"),
        (3, "性別"),
        (4, "生年月日"),
        (4, "本籍"),
        (4, "転出前住所"),
    ]:
        assert expected in found
    assert all(problem.message and problem.remedy for problem in result.problems)


@pytest.mark.parametrize(
    ("encoding", "label"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8（BOM付き）"),
        ("cp932", "Shift_JIS（CP932）"),
    ],
)
def test_encodings_are_found_out(encoding: str, label: str) -> None:
    result = read_certificate(file_of(person(), encoding=encoding))
    assert result.payload is not None
    assert result.encoding == label
    assert result.payload.entry.members[0].name == "架空　太郎"


def test_shift_jis_warns_that_variants_are_lost() -> None:
    result = read_certificate(file_of(person(), encoding="cp932"))
    assert [problem.level for problem in result.problems] == [Level.ALERT]
    assert "異体字" in result.problems[0].message


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空です"),
        (b"  \r\n ", "空です"),
        ("証明書番号".encode("utf-16"), "UTF-16"),
        (file_of(person()).replace("太郎".encode(), b"a\x00b"), "NUL"),
        (b"\x81\xff\xff\x00"[:3], "文字コードが分かりません"),
        (b"x" * (LARGEST_FILE + 1), "大きすぎます"),
        (file_of(), "人の行がありません"),
        (file_of(person()) + '"開いたまま'.encode(), "引用符"),
        (file_of(person()).split(b"\r\n", 1)[1], "見出しがありません"),
    ],
)
def test_files_that_are_no_certificate(data: bytes, words: str) -> None:
    result = read_certificate(data)
    assert result.payload is None
    assert any(words in problem.message for problem in result.errors)


@pytest.mark.parametrize("title", TITLES)
def test_each_missing_column_is_named(title: str) -> None:
    titles = tuple(other for other in TITLES if other != title)
    result = read_certificate(file_of(person(), titles=titles))
    assert result.payload is None
    assert errors(result) == [(1, title)]


def test_a_column_too_many_is_left_out_and_said() -> None:
    result = read_certificate(file_of(person(**{"秘密": "x"}), titles=(*TITLES, "秘密")))
    assert result.payload is not None
    assert [(problem.row, problem.column) for problem in result.problems] == [(1, "秘密")]


def test_a_column_twice_is_refused() -> None:
    result = read_certificate(file_of(person(), titles=(*TITLES, "氏名")))
    assert (1, "氏名") in errors(result)


def test_columns_may_stand_in_any_order() -> None:
    result = read_certificate(file_of(person(), titles=tuple(reversed(TITLES))))
    assert result.payload is not None
    assert result.payload.entry.members[0].name == "架空　太郎"


def test_a_row_with_too_few_cells() -> None:
    data = file_of(person()) + "あ,い\r\n".encode()
    assert (3, "") in errors(read_certificate(data))


@pytest.mark.parametrize("said", ["2", "0", "二人"])
def test_a_wrong_count_is_refused(said: str) -> None:
    assert (2, "世帯員数") in errors(read_certificate(file_of(person(世帯員数=said))))


def test_two_certificates_in_one_file() -> None:
    rows = [person(世帯員数="2"), person(世帯員数="2", 証明書番号="試-2", 続柄="子")]
    assert (3, "証明書番号") in errors(read_certificate(file_of(*rows)))


def test_ten_thousand_rows_are_refused_without_reading_them_all() -> None:
    result = read_certificate(file_of(*[person()] * 10_000))
    assert result.payload is None
    assert len(result.problems) == 1
    assert f"{LARGEST_CASE}人まで" in result.errors[0].message


def test_the_limit_itself_is_taken_in() -> None:
    rows = [person(世帯員数=str(LARGEST_CASE))] * LARGEST_CASE
    assert read_certificate(file_of(*rows)).payload is not None
    rows = [person(世帯員数=str(LARGEST_CASE + 1))] * (LARGEST_CASE + 1)
    assert read_certificate(file_of(*rows)).payload is None


def test_more_problems_than_anyone_reads_are_counted() -> None:
    bad = person(**{title: "" for title in ("生年月日", "性別", "本籍", "筆頭者", "転出前住所", "氏名")})
    result = read_certificate(file_of(*[bad | {"世帯員数": "40"}] * 40))
    assert len(result.problems) == MOST_PROBLEMS
    assert result.unlisted == 40 * 6 - MOST_PROBLEMS


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("生年月日", "平成31年2月30日"),
        ("生年月日", "平成99年1月1日"),
        ("転出予定年月日", "11月20日"),
        ("個人番号", "123456789012"),
        ("個人番号", "9.80E+11"),
        ("住民票コード", "123"),
        ("性別", "M"),
        ("住民種別", "外国人"),
        ("氏名", "架\n空"),
        ("氏名", "ﾔﾏﾀﾞ"),
        ("氏名", "あ" * 201),
        ("本籍", ""),
        ("転出前住所", ""),
    ],
)
def test_cells_that_cannot_be_are_named(column: str, value: str) -> None:
    result = read_certificate(file_of(person(**{column: value})))
    assert result.payload is None
    assert (2, column) in errors(result)


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "'; DROP TABLE resident_history; --", "=1+1", "+81", "@SUM(A1)", "-x"],
)
def test_text_that_looks_like_more_stays_text(text: str) -> None:
    result = read_certificate(file_of(person(氏名=text)))
    assert result.payload is not None
    assert result.payload.entry.members[0].name == text


def test_formulas_are_pointed_out() -> None:
    result = read_certificate(file_of(person(筆頭者='=HYPERLINK("x")')))
    assert [(problem.row, problem.column) for problem in result.problems] == [(2, "筆頭者")]


def test_unknown_birth_dates_are_taken_in() -> None:
    result = read_certificate(file_of(person(生年月日="昭和20年月日不詳")))
    assert result.payload is not None


def test_every_column_is_documented() -> None:
    text = (Path(__file__).parents[3] / "docs" / "move-in.md").read_text(encoding="utf-8")
    for column in COLUMNS:
        assert f"| {column.title} |" in text
