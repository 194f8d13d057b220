"""Unknown dates and フリガナ go to the CS as a table says that anyone can replace (RR-1.1.8d, RR-1.1.18).

Met in part: the code definition of 住基ネット is not published, and the table that comes along is provisional (暫定).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from residentapp.core.dates import DateField, parse_date
from residentapp.core.outbox.transport import Arrival, Envelope
from residentapp.core.outbox.types import MessageRefused, Partner
from residentapp.residents.messages.cs_codes import (
    PROVISIONAL,
    CodedForCs,
    CodesUnreadable,
    CsCodes,
    coded,
    read_codes,
)


def other(tmp_path: Path, **changes: str) -> CsCodes:
    """The table of a municipality: the provisional one with some of its lines written otherwise."""
    text = PROVISIONAL.read_text(encoding="utf-8").replace('name = "暫定"', 'name = "架空市"')
    for old, new in changes.items():
        line = next(each for each in text.splitlines() if each.startswith(old.replace("__", ".")))
        text = text.replace(line, new)
    path = tmp_path / "codes.toml"
    path.write_text(text, encoding="utf-8")
    return read_codes(path)


@pytest.mark.requirement("RR-1.1.8d", partial=True)
@pytest.mark.parametrize(
    ("writing", "expected"),
    [
        ("昭和30年頃", "19550000"),
        ("昭和30年4月頃", "19550400"),
        ("昭和30年4月5日頃", "19550405"),
        ("推定昭和30年4月5日", "19550405"),
        ("推定昭和30年4月", "19550400"),
        ("昭和30年春", "19550000"),
        ("昭和30年4月上旬", "19550400"),
        ("昭和30年4月中旬頃", "19550400"),
        ("年月日不詳", "00000000"),
        ("昭和30年月日不詳", "19550000"),
        ("昭和30年4月日不詳", "19550400"),
        ("昭和30年4月5日から4月9日頃までの間", "19550400"),
        ("昭和30年4月推定5日から9日までの間", "19550400"),
        ("昭和30年4月5日頃から9日頃までの間", "19550400"),
        ("昭和30年2月29日", "19550229"),
        ("昭和30年4月5日", None),
    ],
)
def test_each_pattern_has_its_value(writing: str, expected: str | None) -> None:
    codes = read_codes()
    assert codes.name == "暫定"
    assert codes.date(parse_date(writing, DateField.BIRTH)) == expected


@pytest.mark.requirement("RR-1.1.8d", "RR-1.1.18", partial=True)
def test_what_is_sent_follows_the_file(tmp_path: Path) -> None:
    body: dict[str, Any] = {
        "header": {"moved_on": {"day": "2026-11-20", "text": "令和8年11月20日"}},
        "person": {
            "name": "架空　太郎",
            "name_kana": "カクウ　ガロウ",
            "birth_date": {"day": None, "text": "昭和30年 月日不詳"},
            "sex": {"code": "male", "label": "男"},
        },
        "before": {"name_kana": None, "alias_kana": "ヤマ　ポー"},
    }
    sent = coded(body, read_codes())
    assert sent["person"]["birth_date"] == {
        "day": None, "text": "昭和30年 月日不詳", "code": "19550000", "unknown": "不詳"
    }  # fmt: skip
    assert (sent["header"], sent["person"]["name_kana"]) == (body["header"], "カクウ　ガロウ")
    codes = other(
        tmp_path, values__10='values.10 = "9999{year}"', text='text = "フショウ"', width='width = "half"',
        separator='separator = " "',
    )  # fmt: skip
    sent = coded(body, codes)
    assert sent["person"]["birth_date"]["code"] == "99991955"
    assert sent["person"]["birth_date"]["unknown"] == "フショウ"
    assert sent["person"]["name_kana"] == "ｶｸｳ ｶﾞﾛｳ" and sent["person"]["name"] == "架空　太郎"
    assert sent["before"] == {"name_kana": None, "alias_kana": "ﾔﾏ ﾎﾟｰ"}


@pytest.mark.parametrize(("longest", "fits"), [(0, True), (8, True), (7, False)])
def test_a_reading_that_is_too_long_is_refused_and_never_cut(
    tmp_path: Path, longest: int, fits: bool
) -> None:
    codes = other(tmp_path, width='width = "half"', longest=f"longest = {longest}")
    if fits:
        assert codes.kana("カクウ　ガロウ"[:7]) == "ｶｸｳ　ｶﾞﾛｳ"
    else:
        with pytest.raises(MessageRefused, match="7字") as refused:
            codes.kana("カクウ　ガロウ")
        assert "カクウ" not in str(refused.value)


def test_a_table_with_faults_names_them_all(tmp_path: Path) -> None:
    with pytest.raises(CodesUnreadable) as found:
        other(tmp_path, values__3="values.3 = 5", width='width = "wide"', longest="longest = -1")
    assert [problem.split("に")[0].split("は")[0] for problem in found.value.problems] == [
        "unknown_date.values.3", "kana.width", "kana.longest"
    ]  # fmt: skip
    with pytest.raises(CodesUnreadable, match="読めません"):
        read_codes(tmp_path / "none.toml")


class Kept:
    """A transport that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[Envelope] = []
        self.seen: list[bool] = []

    def deliver(self, envelope: Envelope) -> None:
        self.sent.append(envelope)

    def arrivals(self, source: Partner) -> Any:
        return iter([Arrival(source, "1", b"")])

    def acknowledge(self, arrival: Arrival, *, accepted: bool) -> None:
        self.seen.append(accepted)


def test_only_what_goes_to_the_cs_is_coded() -> None:
    kept, codes = Kept(), read_codes()
    carrier = CodedForCs(kept, codes)
    content = {"body": {"person": {"birth_date": {"day": None, "text": "年月日不詳"}}}}
    for partner in Partner:
        carrier.deliver(Envelope(partner, "1", content))
        [arrival] = carrier.arrivals(partner)
        carrier.acknowledge(arrival, accepted=True)
    got = {each.destination: each.content["body"]["person"]["birth_date"].get("code") for each in kept.sent}
    assert got == {partner: "00000000" if partner is Partner.CS else None for partner in Partner}
    assert kept.seen == [True] * len(Partner)
