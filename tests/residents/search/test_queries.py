"""What each key finds (RR-2.1.2, RR-2.1.3), in order, page by page, on both databases."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy.orm import Session

from residentapp.core.access.actor import PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateField, DateValue, parse_date
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.core.search_keys import MatchKind, install_variants
from residentapp.core.violations import Level
from residentapp.residents.models import Suppression
from residentapp.residents.search import index, plans, queries
from residentapp.residents.search.types import (
    BirthScope,
    EmptyItem,
    NameScope,
    SearchError,
    StateScope,
)
from residentapp.residents.types import (
    ChangeReason,
    ResidentKind,
    ResidentState,
    Sex,
    SuppressedProcess,
    SuppressionCause,
)
from tests.residents.search.conftest import SearchFor, indexed, names
from tests.support import residents
from tests.support.users import clerk

FULL, PREFIX, CONTAINS = MatchKind


@pytest.fixture(params=[600, 0], ids=["words", "walk"])
def most_words(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Every way of searching gives the same: word by word, and walking when there are too many words."""
    monkeypatch.setattr(plans, "MOST_WORDS", request.param)
    return int(request.param)


def person(session: Session, name: str, kana: str, **values: Any) -> Any:
    made = residents.resident(session, name=name, name_kana=kana, **values)
    indexed(session, made)
    return made


# ---- texts


@pytest.mark.requirement("RR-2.1.2d")
@pytest.mark.parametrize(
    ("text", "match", "found"),
    [
        ("佐藤花子", FULL, True),
        ("佐藤　花子", FULL, True),
        ("佐藤 花子", PREFIX, True),
        ("佐藤", FULL, True),
        ("花子", FULL, True),
        ("佐", FULL, False),
        ("佐藤花", FULL, False),
        ("佐", PREFIX, True),
        ("佐藤", PREFIX, True),
        ("佐藤花", PREFIX, True),
        ("花", PREFIX, True),
        ("花子", PREFIX, True),
        ("藤花", PREFIX, False),
        ("子", PREFIX, False),
        ("藤花", CONTAINS, True),
        ("藤 花", CONTAINS, True),
        ("子", CONTAINS, True),
        ("藤花子", CONTAINS, True),
        ("佐花", CONTAINS, False),
        ("花佐", CONTAINS, False),
    ],
)
def test_full_prefix_and_partial_match_of_names(
    session: Session, find: SearchFor, most_words: int, text: str, match: MatchKind, found: bool
) -> None:
    """Whole name, family name, given name alone; the space between them does not count."""
    person(session, "佐藤　花子", "サトウ　ハナコ")
    person(session, "鈴木　一郎", "スズキ　イチロウ")
    assert names(find(name=text, name_match=match)) == (["佐藤　花子"] if found else [])


@pytest.mark.requirement("RR-2.1.2a", "RR-2.1.2b", "RR-2.1.2c", "RR-2.1.2e", "RR-2.1.2f")
@pytest.mark.parametrize(
    ("kana", "typed", "match"),
    [
        ("サトウ　ハナコ", "さとうはなこ", FULL),
        ("サトウ　ハナコ", "ｻﾄｳ ﾊﾅｺ", FULL),
        ("サトウ　ハナコ", "サドウ", PREFIX),
        ("カヂ　ヒロシ", "カジ", FULL),
        ("ミヅホ　ヒロシ", "ミズホ", PREFIX),
        ("ヴィクトル　アンナ", "ビクトル", FULL),
        ("ピート　アンナ", "ヒート", FULL),
        ("カヲル　アンナ", "カオル", FULL),
        ("ワタナベ　アンナ", "ハタナベ", FULL),
        ("ハットリ　アンナ", "ハツトリ", FULL),
        ("キョウノ　アンナ", "キヨウノ", FULL),
        ("コウノ　アンナ", "コオノ", FULL),
        ("オーノ　アンナ", "オノ", FULL),
        ("オーノ　アンナ", "オ―ノ", PREFIX),
        ("オーノ　アンナ", "オ－ノ", CONTAINS),
        ("ヒロモト　ウタコ", "ウタコ", PREFIX),
        ("ヒロモト　ウタコ", "ウタコ", CONTAINS),
        ("ヒロモト　ウタコ", "モトウタ", CONTAINS),
        ("ヒロモト　ウタコ", "ヒロモトウタコ", FULL),
    ],
)
def test_kana_is_fuzzy(
    session: Session, find: SearchFor, most_words: int, kana: str, typed: str, match: MatchKind
) -> None:
    """Voicing, small kana, long vowels, dashes, ウ after the オ row, width and script do not count."""
    person(session, "架空　一", kana)
    person(session, "別人　二", "ベツジン　ニ")
    assert names(find(kana=typed, kana_match=match)) == ["架空　一"]


@pytest.mark.requirement("RR-2.1.2g")
@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("渡邊　一", "渡辺"), ("渡辺　一", "渡邉"), ("渡\U000285e2　一", "渡辺"), ("浜口　一", "濱口"),
        ("髙橋　一", "高橋"), ("山﨑　一", "山崎"), ("吉田　一", "𠮷田"), ("辻\U000e0102　一", "辻"),
        ("葛\U000e0102城　一", "葛城"),
    ],
)  # fmt: skip
def test_variants_of_kanji_are_found(session: Session, find: SearchFor, written: str, typed: str) -> None:
    if "\U000285e2" in written:
        written = written.replace("\U000285e2", "𨘢")
    person(session, written, "カクウ　ハジメ")
    for match in MatchKind:
        assert names(find(name=typed, name_match=match)) == [written], match


@pytest.mark.requirement("RR-2.1.3a", partial=True)
def test_foreign_names_aliases_and_former_names(session: Session, find: SearchFor) -> None:
    """Every name of RR-2.1.3a is a key, with its フリガナ; a scope narrows to one of them."""
    foreign = residents.resident(
        session,
        resident_kind=ResidentKind.FOREIGN,
        name="金　英玉",
        name_kana=None,
        name_alphabet="KIM YEONG OK",
        alias="金田　栄子",
        alias_kana="カネダ　エイコ",
    )
    married = residents.resident(
        session,
        name="架空　花子",
        name_kana="カクウ　ハナコ",
        former_name="金田",
        former_name_kana="カネダ",
    )
    indexed(session, foreign, married)
    both, alias, former = [foreign.display_name, "架空　花子"], [foreign.display_name], ["架空　花子"]
    assert names(find(name="kim")) == alias
    assert names(find(name="yeongok", name_match=FULL)) == alias
    assert sorted(names(find(name="金田"))) == sorted(both)
    assert sorted(names(find(kana="カネダ"))) == sorted(both)
    assert names(find(name="金田", name_scope=NameScope.ALIAS)) == alias
    assert names(find(name="金田", name_scope=NameScope.FORMER_NAME)) == former
    assert names(find(kana="カネダ", name_scope=NameScope.FORMER_NAME)) == former
    assert names(find(name="金田", name_scope=NameScope.NAME)) == []
    assert names(find(name="kim", name_scope=NameScope.NAME)) == alias
    [hit] = find(kana="カネダ", name_scope=NameScope.FORMER_NAME).hits
    assert hit.matched == (("旧氏フリガナ", "カネダ"),)


@pytest.mark.parametrize("typed", ["（）", "ー", "%", "_", "\\", "' OR 1=1 --", "<b>", "\n"])
def test_marks_and_sql_find_nobody(session: Session, find: SearchFor, most_words: int, typed: str) -> None:
    """Signs of SQL are text like any other."""
    person(session, "佐藤　花子", "サトウ　ハナコ")
    for match in MatchKind:
        try:
            assert find(name=typed, name_match=match).count == 0
        except SearchError as error:
            assert "入力してください" in str(error)


# ---- past values


@pytest.mark.requirement("RR-2.1.3d")
def test_past_names_and_addresses_say_so(session: Session, find: SearchFor) -> None:
    first = residents.resident(
        session, name="旧田　花子", name_kana="フルタ　ハナコ", address="架空県架空市旧町一丁目1番1号"
    )
    wedding = residents.change(session, ChangeReason.MINOR_CORRECTION, processed_on=dt.date(2026, 6, 1))
    second = residents.next_snapshot(session, first, wedding, name="新田　花子", name_kana="ニッタ　ハナコ")
    move = residents.change(session, ChangeReason.MOVE_WITHIN, processed_on=dt.date(2026, 7, 2))
    third = residents.next_snapshot(session, second, move, address="架空県架空市新町2番2号")
    indexed(session, third)
    [hit] = find(name="旧田").hits
    [past] = hit.past
    assert (hit.name, past.label, past.written, past.until) == (
        "新田　花子",
        "氏名",
        "旧田　花子",
        dt.date(2026, 6, 1),
    )
    [hit] = find(address="旧町").hits
    assert [(past.label, past.written, past.until) for past in hit.past] == [
        ("住所", "架空県架空市旧町一丁目1番1号", dt.date(2026, 7, 2))
    ]
    assert find(name="新田").hits[0].past == ()
    assert find(kana="ハナコ").hits[0].past == (), "the given name is also the current one"
    assert find(name="旧田", past=False).count == 0
    assert find(address="旧町", past=False).count == 0
    assert find(name="旧田", address="新町").count == 1


# ---- other keys


@pytest.mark.requirement("RR-2.1.3a", "RR-2.1.3c", partial=True)
def test_every_other_key_and_their_combination(session: Session, find: SearchFor, keyring: Keyring) -> None:
    ids = {
        "individual_number": ("123456789018", INDIVIDUAL_NUMBER),
        "resident_code": ("12345678901", RESIDENT_CODE),
    }
    hashes = {
        f"{name}_{end}": keyring.lookup_hash(text, context=context)
        if end == "hash"
        else keyring.encrypt(text, context=context)
        for name, (text, context) in ids.items()
        for end in ("hash", "cipher")
    }
    wanted = person(
        session,
        "目当　花子",
        "メアテ　ハナコ",
        sex=Sex.FEMALE,
        relationship_to_head="妻",
        birth_date=DateValue.of(dt.date(1990, 2, 28)),
        address="架空県架空市緑町三丁目4番5号",
        building="メゾン緑405号室",
        address_code="99101007003",
        residence_card_number="AB12345678CD",
        special_permanent_number="GH1234567",
        **hashes,
    )
    person(session, "別人　一郎", "ベツジン　イチロウ")
    expert = clerk(*Permission)
    day = dt.date(1990, 2, 28)
    conditions: list[dict[str, Any]] = [
        {"sex": Sex.FEMALE},
        {"relationship": "妻"},
        {"birth_from": day, "birth_to": day},
        {"address": "緑町3-4-5", "address_match": FULL},
        {"address": "緑町"},
        {"address": "緑町３丁目"},
        {"address": "架空市緑町三丁目4番"},
        {"address": "緑", "address_match": CONTAINS},
        {"address": "町3-4", "address_match": CONTAINS},
        {"address": "3-4-5", "address_match": CONTAINS},
        {"building": "メゾン緑"},
        {"building": "ゾン緑４"},
        {"building": "405"},
        {"building": "メゾン緑４０５号室"},
        {"building": "緑405号"},
        {"building": "405号室"},
        {"building": "号室"},
        {"address": "緑町", "building": "405"},
        {"address_code": "99101007003"},
        {"addressee_number": wanted.addressee_number},
        {"household_number": wanted.household_number},
        {"individual_number": "1234 5678 9018"},
        {"resident_code": "１２３４５６７８９０１"},
        {"residence_card_number": "ab12345678cd"},
        {"special_permanent_number": "GH1234567"},
        {"name": "目当"},
        {"kana": "メアテ"},
    ]
    for condition in conditions:
        assert names(find(by=expert, **condition)) == ["目当　花子"], condition
    together: dict[str, Any] = {}
    for condition in conditions:
        if (
            not {"addressee_number", "address_match"} & set(condition)
            and condition.get("address") != "架空市緑町三丁目4番"
        ):
            together |= condition
    assert names(find(by=expert, **together)) == ["目当　花子"]
    assert find(by=expert, **(together | {"relationship": "夫"})).count == 0
    assert find(by=expert, **(together | {"kana": "ベツジン"})).count == 0


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "条件を1つ以上"),
        ({"states": StateScope.ALL, "past": False}, "条件を1つ以上"),
        ({"individual_number": "12345"}, "個人番号は12桁"),
        ({"resident_code": "abc"}, "住民票コードは11桁"),
        ({"address": "架空県架空市"}, "町名から先"),
        ({"name": "ー"}, "検索できる文字がありません"),
    ],
)
def test_what_cannot_be_searched_is_said(
    session: Session, find: SearchFor, query: dict[str, Any], message: str
) -> None:
    with pytest.raises(SearchError, match=message):
        find(by=clerk(*Permission), **query)


@pytest.mark.parametrize(
    ("condition", "permission"),
    [
        ({"individual_number": "123456789018"}, Permission.ITEM_INDIVIDUAL_NUMBER),
        ({"resident_code": "12345678901"}, Permission.ITEM_RESIDENT_CODE),
        ({"residence_card_number": "AB12345678CD"}, Permission.ITEM_RESIDENCE_STATUS),
        ({"special_permanent_number": "GH1234567"}, Permission.ITEM_RESIDENCE_STATUS),
        ({"empty": frozenset({EmptyItem.INDIVIDUAL_NUMBER})}, Permission.ITEM_INDIVIDUAL_NUMBER),
        ({"name": "架空"}, Permission.RESIDENT_SEARCH),
    ],
)
def test_rights(session: Session, find: SearchFor, condition: dict[str, Any], permission: Permission) -> None:
    """A key needs the right to see its item."""
    others = clerk(*(set(Permission) - {permission}))
    with pytest.raises(PermissionDenied) as refused:
        find(by=others, **condition)
    assert refused.value.missing == (permission,)
    assert find(by=clerk(*Permission), **condition).count == 0


@pytest.mark.requirement("RR-2.1.3c", partial=True)
def test_items_without_data(session: Session, find: SearchFor) -> None:
    person(session, "架空　一", "カクウ　イチ", building="みどり荘101号室")
    person(session, "架空　二", "カクウ　ニ", building=None)
    person(session, "架空　三", "カクウ　サン", building="")
    assert names(find(name="架空", empty=frozenset({EmptyItem.BUILDING}))) == ["架空　三", "架空　二"]
    assert names(find(empty=frozenset({EmptyItem.BUILDING, EmptyItem.ALIAS}))) == ["架空　三", "架空　二"]
    assert find(empty=frozenset({EmptyItem.NAME_KANA})).count == 0


def test_unknown_birth_dates(session: Session, find: SearchFor) -> None:
    known = DateValue.of(dt.date(1935, 3, 5))
    year = parse_date("昭和10年月日不詳", DateField.BIRTH)
    nothing = parse_date("年月日不詳", DateField.BIRTH)
    for name, kana, birth in (("知　一", "ア", known), ("年　二", "カ", year), ("無　三", "サ", nothing)):
        person(session, name, kana, birth_date=birth)
    first, last = dt.date(1935, 1, 1), dt.date(1935, 12, 31)
    assert names(find(birth_from=first, birth_to=last)) == ["知　一", "年　二"]
    assert names(find(birth_from=first, birth_to=last, birth_scope=BirthScope.UNKNOWN)) == ["年　二"]
    assert names(find(birth_scope=BirthScope.UNKNOWN)) == ["年　二", "無　三"]
    assert names(find(birth_scope=BirthScope.KNOWN)) == ["知　一"]
    assert names(find(birth_from=first)) == ["知　一", "年　二"]


def test_removed_people(session: Session, find: SearchFor) -> None:
    """Live, removed or both; by what ended the record."""
    staying = person(session, "架空　一", "カクウ　イチ")
    leaving = person(session, "架空　二", "カクウ　ニ")
    out = residents.change(session, ChangeReason.MOVE_OUT_DOMESTIC)
    gone = residents.next_snapshot(session, leaving, out, state=ResidentState.MOVED_OUT)
    indexed(session, staying, gone)
    assert names(find(name="架空")) == ["架空　一"]
    assert names(find(name="架空", states=StateScope.REMOVED)) == ["架空　二"]
    assert names(find(name="架空", states=StateScope.ALL)) == ["架空　一", "架空　二"]
    reason = {"states": StateScope.ALL, "removal_reason": ChangeReason.MOVE_OUT_DOMESTIC}
    assert names(find(**reason)) == ["架空　二"]
    assert find(**(reason | {"removal_reason": ChangeReason.DEATH})).count == 0


@pytest.mark.requirement("RR-3.1f")
def test_suppressed_people_carry_a_mark(session: Session, find: SearchFor) -> None:
    made = person(session, "架空　一", "カクウ　イチ")
    person(session, "架空　二", "カクウ　ニ")
    session.add(
        Suppression(
            addressee_number=made.addressee_number,
            process=SuppressedProcess.CERTIFICATE,
            level=Level.ERROR,
            cause=SuppressionCause.OTHER,
            starts_on=dt.date(2026, 4, 1),
        )
    )
    session.flush()
    assert [hit.marks for hit in find(name="架空").hits] == [("証明書発行抑止",), ()]


# ---- order and pages


def test_order_is_kana_birth_number(session: Session, find: SearchFor) -> None:
    late, early = DateValue.of(dt.date(1990, 1, 1)), DateValue.of(dt.date(1950, 1, 1))
    numbers = {}
    for label, kana, birth in (
        ("い2", "カクウ　イチ", late),
        ("う", "カクウ　ウメ", early),
        ("い1", "カクウ　イチ", early),
        ("い2b", "カクウ　イチ", late),
        ("あ", "アオキ　ジロウ", late),
    ):
        numbers[person(session, f"架空　{label}", kana, birth_date=birth).addressee_number] = label
    page = find(name="架空")
    assert [numbers[hit.addressee_number] for hit in page.hits] == ["あ", "い1", "い2", "い2b", "う"]


@pytest.mark.parametrize("limit", [1_000, 5], ids=["all read", "page read"])
@pytest.mark.parametrize(
    "condition",
    [
        {"name": "架空"},
        {"name": "架", "name_match": CONTAINS},
        {"kana": "カ"},
        {"address": "本町"},
        {"sex": Sex.MALE},
        {"name": "架空", "name_match": FULL, "address": "町", "address_match": CONTAINS},
    ],
    ids=str,
)
def test_pages_hold_everybody_once_in_order(
    session: Session,
    find: SearchFor,
    most_words: int,
    monkeypatch: pytest.MonkeyPatch,
    limit: int,
    condition: dict[str, Any],
) -> None:
    """Whatever way the page is made, its lines are the same; former names do not make a person appear twice."""
    monkeypatch.setattr(queries, "READ_LIMIT", limit)
    kana = ["アイ", "カイ", "カコ", "サチ", "タエ", "ナミ", "ハル"]
    for place in range(14):
        made = residents.resident(session, name="架空　前", name_kana="カクウ　マエ")
        change = residents.change(session, ChangeReason.MINOR_CORRECTION)
        residents.next_snapshot(
            session, made, change, name=f"架空　{place}", name_kana=f"カクウ　{kana[place % 7]}"
        )
        indexed(session, made)
    everybody = find(size=100, **condition).hits
    assert len(everybody) == 14
    seen, after, pages = [], None, 0
    while True:
        page = find(size=4, after=after, **condition)
        seen += page.hits
        pages += 1
        assert (page.count, page.count_is_exact) == (14, True)
        after = page.next_key
        if after is None:
            break
    assert pages == 4
    assert [hit.addressee_number for hit in seen] == [hit.addressee_number for hit in everybody]
    assert page.count_text == "14件"


@pytest.mark.parametrize(
    ("most", "text"), [(3, "3件以上"), (4, "4件"), (5, "4件")], ids=["one too few", "just enough", "more"]
)
def test_a_count_beyond_the_limit_is_a_lower_bound(
    session: Session, find: SearchFor, monkeypatch: pytest.MonkeyPatch, most: int, text: str
) -> None:
    monkeypatch.setattr(queries, "READ_LIMIT", 0)
    monkeypatch.setattr(queries, "COUNT_LIMIT", most)
    for place in range(4):
        indexed(session, residents.resident(session, name=f"数多　{place}", name_kana="カズオオ　イチ"))
    assert find(kana="カズオオ").count_text == text


@pytest.mark.requirement("RR-2.1.2h", partial=True)
def test_registered_variants_are_found_after_a_rebuild(session: Session, find: SearchFor) -> None:
    """A 外字 (here of the private use area) that was registered with the form it is to be found by."""
    external = "\U0010de92"
    made = residents.resident(session, name=f"{external}見　一", name_kana="ヘンミ　ハジメ")
    indexed(session, made)
    assert find(name="辺見").count == 0
    try:
        install_variants([(external, "辺")])
        index.rebuild(session)
        assert names(find(name="辺見")) == names(find(name=external)) == [f"{external}見　一"]
        assert names(find(name="邊見", name_match=CONTAINS)) == [f"{external}見　一"]
    finally:
        install_variants(())
