"""外字: registered with their variants they are found through them, in every process and at once (RR-2.1.2h)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from threading import Thread

import pytest
from sqlalchemy import select

from residentapp.admin.masters.external_characters import read_character
from residentapp.core.access import Permission
from residentapp.core.characters import find_faults
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.core.external_characters import (
    ExternalCharacter,
    ExternalCharacterRevision,
    new_revision,
    refresh_variants,
)
from residentapp.core.search_keys import (
    MatchKind,
    install_variants,
    search_key,
    search_match,
    trying_variants,
    variants_in_use,
)
from residentapp.residents.search import index, queries
from residentapp.residents.search.models import RemovedSearchName, SearchName
from residentapp.residents.search.types import SearchQuery
from tests.admin.masters.conftest import Masters
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.removed import removed, store
from tests.support.users import clerk

PATH = "/admin/masters/characters"
X, Y = "\U0010de92", "\U0010de93"
SENT = {
    "code": "u+10de92",
    "number": "ｇｊ０００１２３",
    "head": "辺",
    "variants": "邊、邉\U000e010f",
    "remark": "戸籍の字",
}


@pytest.fixture(autouse=True)
def program_s_own_variants() -> Iterator[None]:
    """Nothing is installed before and after."""
    install_variants(())
    yield
    install_variants(())


@pytest.fixture
def people(masters: Masters) -> Masters:
    """Somebody whose name holds a 外字, somebody whose building does, and somebody else."""
    with masters.database.transaction() as session:
        made = [
            residents.resident(session, name=f"{X}見　一", name_kana="ヘンミ　ハジメ"),
            residents.resident(session, name="山田　二", name_kana="ヤマダ　ニ", building=f"{X}荘101号室"),
            residents.resident(session, name="山口　三", name_kana="ヤマグチ　サン"),
        ]
        index.refresh(session, [each.addressee_number for each in made])
    return masters


Find = Callable[..., list[str]]


@pytest.fixture
def find(people: Masters, keyring: Keyring) -> Find:
    """Names that a clerk finds."""

    def run(**conditions: object) -> list[str]:
        with people.database.sessions() as session:
            refresh_variants(session)
            page = queries.search(
                session,
                clerk(Permission.RESIDENT_SEARCH, Permission.RESIDENT_VIEW),
                SearchQuery(**conditions),  # type: ignore[arg-type]
                keyring=keyring,
                now=TEST_MOMENT,
            )
            return [str(hit.name) for hit in page.hits]

    return run


@pytest.mark.requirement("RR-2.1.2h")
def test_a_registered_character_is_found_through_its_variants_at_once(people: Masters, find: Find) -> None:
    assert find(name="辺見") == [] and find(building="邉荘") == []
    made = people.browser.post(PATH + "/new", data=SENT, follow_redirects=True)
    assert made.status_code == 200 and "検索のしかたが変わる2人の検索キーを作り直しました" in made.text
    for written in ("辺見", "邊見", "邉見", "𨘢見", f"{X}見"):
        assert find(name=written) == [f"{X}見　一"], written
    assert find(name="邊見", name_match=MatchKind.CONTAINS) == [f"{X}見　一"]
    assert find(building="邉荘") == ["山田　二"]
    assert find(name="山口") == ["山口　三"]
    page = people.page(PATH)
    assert "U+10DE92" in page and "GJ000123" in page and "邊邉\U000e010f" in page and "戸籍の字" in page
    action, details = people.logged()[-1]
    assert action == "外字の登録"
    assert details["変更"] == {
        "文字コード": [None, "U+10DE92"], "文字名": [None, "GJ000123"], "親字": [None, "辺"],
        "異体字": [None, "邊邉\U000e010f"], "備考": [None, "戸籍の字"],
    }  # fmt: skip
    assert details["検索キー"] == 2


@pytest.mark.requirement("RR-2.1.2h")
def test_a_change_a_later_end_and_taking_back(people: Masters, find: Find) -> None:
    people.browser.post(PATH + "/new", data=SENT)
    edit = f"{PATH}/10DE92"
    assert "検索で同じ字とみなす字 辺" in people.page(edit)
    wrong = SENT | {"head": "浜", "variants": "", "seen": people.hidden(edit)}
    assert people.browser.post(edit, data=wrong).status_code == 303
    assert find(name="辺見") == [] and find(name="濱見") == [f"{X}見　一"]
    again = people.browser.post(edit, data=wrong)
    assert again.status_code == 422 and "ほかの管理者が先に変更しました" in again.text
    # What is no longer used may stand in records for good, and is found as before.
    ended = SENT | {"valid_to": "R8.11.23", "seen": people.hidden(edit)}
    assert people.browser.post(edit, data=ended).status_code == 303
    assert find(name="辺見") == [f"{X}見　一"]
    refused = people.browser.post(f"{edit}/drop", data={"seen": people.hidden(edit)}, follow_redirects=True)
    assert "記録に使われているため、取り消せません" in refused.text
    people.browser.post(PATH + "/new", data=SENT | {"code": Y, "number": "A-1"})
    unused = f"{PATH}/10DE93"
    dropped = people.browser.post(
        f"{unused}/drop", data={"seen": people.hidden(unused)}, follow_redirects=True
    )
    assert "外字の登録を取り消しました" in dropped.text
    assert search_key(Y) == Y and search_key(X) == "辺"
    assert people.browser.get(unused).status_code == 404
    assert [action for action, _ in people.logged()][-1] == "外字の登録の取消し"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"code": ""}, "外字の文字コード"),
        ({"code": "辺"}, "私用領域"),
        ({"code": "U+8FBA"}, "私用領域"),
        ({"code": "U+10FFFE"}, "私用領域"),
        ({"code": "U+110000"}, "私用領域"),
        ({"number": ""}, "文字名を英数字"),
        ({"number": "ゴシック"}, "文字名を英数字"),
        ({"head": "", "variants": " "}, "親字か異体字を入力"),
        ({"head": "辺見"}, "親字は1文字"),
        ({"head": "ヘ"}, "「ヘ」は漢字ではありません"),
        ({"head": "々"}, "「々」は漢字ではありません"),
        ({"variants": "辺A"}, "「A」は漢字ではありません"),
        ({"variants": X}, "登録する外字そのもの"),
        ({"variants": "辺" * 31}, "異体字は30文字まで"),
        ({"remark": "字" * 201}, "備考は200文字以内"),
        ({"valid_from": "R8.11.24", "valid_to": "R8.11.23"}, "終了日が開始日より前"),
    ],
)
def test_what_is_refused(masters: Masters, changes: dict[str, str], message: str) -> None:
    answer = masters.browser.post(PATH + "/new", data=SENT | changes)
    assert answer.status_code == 422 and message in answer.text
    with masters.database.sessions() as session:
        assert session.scalars(select(ExternalCharacter)).all() == []
        assert session.scalars(select(ExternalCharacterRevision.token)).one() == ""
    assert masters.logged() == []


def test_a_character_and_a_number_are_registered_once(masters: Masters) -> None:
    masters.browser.post(PATH + "/new", data=SENT)
    twice = masters.browser.post(PATH + "/new", data=SENT | {"number": "GJ000124"})
    assert "この外字は登録されています" in twice.text
    number = masters.browser.post(PATH + "/new", data=SENT | {"code": Y})
    assert "この文字名は U+10DE92 の外字が使っています" in number.text
    assert (
        masters.browser.get(f"{PATH}/8FBA").status_code
        == masters.browser.get(f"{PATH}/10DE99").status_code
        == 404
    )


@pytest.mark.parametrize(
    ("text", "character"),
    [
        ("E000", "\ue000"), ("U+F8FF", "\uf8ff"), ("U+F900", None), ("DFFF", None), ("0F0000", "\U000f0000"),
        ("U+FFFFD", "\U000ffffd"), ("U+FFFFE", None), ("u+100000", "\U00100000"), ("10FFFD", "\U0010fffd"), (X, X),
        ("邊", None), ("", None),
    ],
)  # fmt: skip
def test_private_use_areas(text: str, character: str | None) -> None:
    assert read_character(text) == character


@pytest.mark.requirement("RR-2.1.2h")
def test_another_process_uses_a_change_from_its_next_transaction_on(people: Masters) -> None:
    """A process is what it has installed: here it is set back to what another one still had."""
    people.browser.post(PATH + "/new", data=SENT)
    install_variants(())
    assert not search_match("辺見", f"{X}見", MatchKind.FULL)
    with people.database.sessions() as session:
        refresh_variants(session)
    assert search_match("辺見", f"{X}見", MatchKind.FULL)
    # A write of keys looks by itself, whoever makes it (nightly work, commands, the seeder).
    install_variants(())
    with people.database.transaction() as session:
        made = residents.resident(session, name=f"{X}川　四", name_kana="ヘンカワ　ヨン")
        index.refresh(session, [made.addressee_number])
        keys = session.scalars(
            select(SearchName.key).where(SearchName.addressee_number == made.addressee_number)
        )
        assert "辺川" in set(keys)
    install_variants(())
    with people.database.transaction() as session:
        index.rebuild(session)
        keys = session.scalars(select(SearchName.key).where(SearchName.key.startswith("辺見")))
        assert keys.first() is not None
    # A request looks too, and so does one that finds the register empty again.
    install_variants(())
    people.browser.get(PATH)
    assert variants_in_use() != ""
    with people.database.transaction() as session:
        session.delete(session.get_one(ExternalCharacter, X))
        new_revision(session)
    people.browser.get(PATH)
    assert search_key(X) == X


def test_nobody_else_sees_what_is_only_tried() -> None:
    seen: list[str] = []
    with trying_variants([(X, "辺")], "next") as differing:
        assert differing == {X} and search_key(X) == "辺" and variants_in_use() == "next"
        other = Thread(target=lambda: seen.append(search_key(X)))
        other.start()
        other.join()
    assert seen == [X] and search_key(X) == X and variants_in_use() == ""


def test_a_refused_change_leaves_the_keys_alone(people: Masters, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("residentapp.admin.masters.external_characters.remake_search_keys", fail)
    with pytest.raises(RuntimeError):
        people.browser.post(PATH + "/new", data=SENT)
    people.browser.get(PATH)
    assert search_key(X) == X


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_change_waits_for_keys_that_are_being_written(database: Database) -> None:
    """Else a record entered meanwhile would keep keys of the old kind for good."""
    with database.transaction() as writing:
        refresh_variants(writing, hold=True)
        with database.sessions() as changing:
            changing.connection().exec_driver_sql("SET lock_timeout = '200ms'")
            with pytest.raises(Exception, match="lock timeout"):
                new_revision(changing)
            changing.rollback()
    with database.transaction() as changing:
        assert new_revision(changing)


def test_removed_records_are_found_through_variants_too(people: Masters) -> None:
    """除票 that went to the 除票用データベース have keys of their own."""
    with people.database.transaction() as session:
        person = removed(session, name=f"{X}山　五", name_kana="ヘンヤマ　ゴ")
        away = person.addressee_number
        store(session, person)
    people.browser.post(PATH + "/new", data=SENT)
    with people.database.sessions() as session:
        key = RemovedSearchName.key
        numbers = session.scalars(select(RemovedSearchName.addressee_number).where(key == "辺山"))
        assert set(numbers) == {away}


@pytest.mark.requirement("RR-2.2.3", partial=True)
def test_the_character_panel_shows_what_is_registered(people: Masters) -> None:
    people.browser.post(PATH + "/new", data=SENT | {"valid_to": "R9.3.31"})
    reader = people.another("madoguchi").browser
    panel = reader.post("/characters", data={"text": "GJ000123"}, headers={"X-Part": "1"}).text
    for shown in ("U+10DE92", "GJ000123", "親字", "辺", "邊", "戸籍の字", "令和9年3月31日まで"):
        assert shown in panel, shown
    assert "関係する外字" in reader.post("/characters", data={"text": "邊"}).text
    assert "GJ999999" in reader.post("/characters", data={"text": "GJ999999"}).text
    assert "関係する外字" not in reader.post("/characters", data={"text": "浜"}).text


@pytest.mark.requirement("RR-5.8b", partial=True)
def test_registering_makes_no_glyph_and_admits_no_character(masters: Masters) -> None:
    """An old local 外字 can be found by its variants, but a record takes characters of the standard set only."""
    local = "\ue001"
    masters.browser.post(PATH + "/new", data=SENT | {"code": local})
    masters.page(PATH)
    assert search_key(local) == "辺"
    assert [each.character for each in find_faults(f"渡{local}")] == [local]


def test_only_who_keeps_masters(masters: Masters) -> None:
    reader = masters.login(Permission.RESIDENT_SEARCH, login="yomu")
    assert reader.get(PATH).status_code == 403
    assert reader.post(PATH + "/new", data=SENT).status_code == 403
    with masters.database.sessions() as session:
        assert session.scalars(select(ExternalCharacter)).all() == []


def test_days_of_use_are_kept(masters: Masters) -> None:
    masters.browser.post(PATH + "/new", data=SENT | {"valid_from": "R9.1.1", "valid_to": "R9.3.31"})
    with masters.database.sessions() as session:
        row = session.get_one(ExternalCharacter, X)
        assert (row.valid_from, row.valid_to) == (dt.date(2027, 1, 1), dt.date(2027, 3, 31))
