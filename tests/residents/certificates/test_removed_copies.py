"""The copy of a removed record (除票の写し, form 20.1.3), from the register and from the 除票用データベース."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from sqlalchemy.orm import Session

from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.core.violations import Level
from residentapp.residents.certificates import handing_over, issue_history, operations, queries
from residentapp.residents.certificates.rules import check_request
from residentapp.residents.certificates.types import (
    USUALLY_SHOWN,
    CertificateRequest,
    Facts,
    IssueRefused,
    Requester,
    Shown,
    Style,
)
from residentapp.residents.models import IntegratedRemark, ResidentHistory, Suppression
from residentapp.residents.types import (
    ChangeReason,
    ForeignCategory,
    RemarkKind,
    ResidentKind,
    ResidentState,
)
from tests.residents.certificates.test_operations import CLERK, SOON, fonts, issue, paper, text_of
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.masters import make_masters
from tests.support.removed import LONG_AGO, removed, store

LATE = dt.date(2026, 6, 1)
OWN = frozenset({Shown.KANA})


def wanted(person: ResidentHistory, **changes: Any) -> CertificateRequest:
    request = CertificateRequest(
        style=Style.REMOVED,
        household_number=person.household_number,
        subjects=(person.addressee_number,),
        shown=OWN,
    )
    return dataclasses.replace(request, **changes)


def codes(session: Session, keyring: Keyring, request: CertificateRequest) -> list[str]:
    prepared = operations.prepare(session, CLERK, keyring, request, now=TEST_MOMENT)
    return [violation.code for violation in prepared.violations]


@pytest.fixture
def masters(session: Session) -> None:
    make_masters(session)


def gone(session: Session, keyring: Keyring, *, stored: bool = True, **values: Any) -> ResidentHistory:
    """Somebody who moved out, with numbers, a former address and remarks; perhaps already stored away."""
    person = removed(
        session,
        name="葛󠄂元　除吉",
        name_kana="クズモト　ノゾキチ",
        former_name="渡邉󠄏",
        registered_domicile="架空県架空市本町一丁目77番",
        individual_number_cipher=keyring.encrypt("123456789018", context=INDIVIDUAL_NUMBER),
        resident_code_cipher=keyring.encrypt("10000000001", context=RESIDENT_CODE),
        **values,
    )
    if stored:
        store(session, person)
    return person


@pytest.mark.pdf
@pytest.mark.usefixtures("masters")
@pytest.mark.requirement("RR-1.1.14d")
@pytest.mark.requirement("RR-1.1.5f", "RR-5.4", "FM-5", partial=True)
@pytest.mark.parametrize("stored", [False, True])
def test_it_says_what_the_record_said_and_what_ended_it(
    session: Session, keyring: Keyring, stored: bool
) -> None:
    person = gone(session, keyring, stored=stored)
    [row] = issue(session, keyring, wanted(person))
    page = paper(session, keyring, row)
    for words in (
        "住　民　票　の　除　票", "葛󠄂元　除吉　（クズモト　ノゾキチ）", "渡邉󠄏", "昭和55年5月5日",
        "架空県架空市本町一丁目2番3号　架空荘101", "架空県隣市東町4番5号", "消除事由　転出",
        "転出先住所（予定）　例示県隣市北町9番9号", "事由の生じた年月日　令和2年3月31日", "令和2年3月28日",
        "備考の記載", "住民票の除票の原本と相違ない", "令和8年11月24日", "架空県架空市長", "架空　一郎",
        "この印は黒色です。", "20261124 架空市 窓口1番 プリンタ001 001 1/1",
    ):  # fmt: skip
        assert words in page, words
    # Not yet told by the other municipality: 転出先住所（確定）, 転出年月日, 転入通知年月日.
    assert page.count("【空欄】") == 3
    assert page.count("＊＊＊省略＊＊＊") == 6
    for words in ("123456789018", "10000000001", "77番", "国内転出", "支所で受理した", "見本"):
        assert words not in page, words


@pytest.mark.pdf
@pytest.mark.usefixtures("masters")
@pytest.mark.requirement("RR-1.1.5f", partial=True)
def test_the_other_items_of_a_moved_out_record(session: Session, keyring: Keyring) -> None:
    person = gone(session, keyring, stored=False)
    noticed = residents.next_snapshot(
        session,
        person,
        residents.change(session, ChangeReason.CORRECT_EX_OFFICIO, processed_on=dt.date(2020, 4, 10)),
        confirmed_destination="例示県隣市北町9番9号　北荘3",
        moved_out_on=dt.date(2020, 3, 30),
        move_in_notice_on=dt.date(2020, 4, 9),
    )
    store(session, noticed)
    [row] = issue(session, keyring, wanted(noticed))
    page = paper(session, keyring, row)
    for words in (
        "例示県隣市北町9番9号　北荘3",
        "令和2年3月30日",
        "令和2年4月9日",
        "事由の生じた年月日　令和2年3月31日",
    ):
        assert words in page, words
    assert "【空欄】" not in page
    assert [(s.addressee_number, s.history_number) for s in row.subjects] == [(person.addressee_number, 4)]


@pytest.mark.pdf
@pytest.mark.usefixtures("masters")
def test_what_only_a_moved_out_record_has_is_empty_for_the_dead(session: Session, keyring: Keyring) -> None:
    person = gone(session, keyring, reason=ChangeReason.DEATH)
    request = wanted(
        person, requester=Requester.THIRD_PARTY, requester_name="蔵元　継子", purpose="相続の手続"
    )
    [row] = issue(session, keyring, request)
    page = paper(session, keyring, row)
    assert "消除事由　死亡" in page and "転出先住所（予定）" not in page
    assert page.count("【空欄】") == 1  # 届出の年月日, which was not recorded


@pytest.mark.pdf
@pytest.mark.usefixtures("masters")
@pytest.mark.requirement("RR-5.1a", "RR-5.3a", partial=True)
@pytest.mark.parametrize(
    ("item", "words"),
    [
        (Shown.RELATIONSHIP, ["世帯主", "架空　太郎"]),
        (Shown.DOMICILE, ["架空県架空市本町一丁目77番"]),
        (Shown.RESIDENT_CODE, ["10000000001"]),
        (Shown.INDIVIDUAL_NUMBER, ["123456789018"]),
        (Shown.HISTORY, ["国内転入", "国内転出", "支所で受理した", "転居　異動前住所"]),
        (Shown.KANA, ["クズモト　ノゾキチ"]),
    ],
)
def test_an_item_is_printed_when_and_only_when_it_is_asked_for(
    session: Session, keyring: Keyring, item: Shown, words: list[str]
) -> None:
    person = gone(session, keyring)

    def printed(shown: frozenset[Shown]) -> str:
        [row] = issue(session, keyring, wanted(person, shown=shown))
        return paper(session, keyring, row)

    having, without = printed(frozenset({item})), printed(frozenset())
    for word in words:
        assert word in having, word
    if item is not Shown.RELATIONSHIP:
        assert not any(word in without for word in words)
    else:
        assert without.count("＊＊＊省略＊＊＊") == having.count("＊＊＊省略＊＊＊") + 2


@pytest.mark.pdf
@pytest.mark.usefixtures("masters")
@pytest.mark.requirement("RR-5.1b", partial=True)
def test_a_foreign_residents_removed_record(session: Session, keyring: Keyring) -> None:
    person = removed(
        session, resident_kind=ResidentKind.FOREIGN, name="張　玉蓮", name_alphabet="ZHANG YULIN",
        foreign_category=ForeignCategory.MID_TO_LONG_TERM, nationality="中国", residence_status="留学",
        residence_card_number="AB12345678CD", registered_domicile=None, register_head=None,
    )  # fmt: skip
    store(session, person)
    items = USUALLY_SHOWN | {Shown.CARD_NUMBER}
    [full] = issue(session, keyring, wanted(person, shown=items))
    [bare] = issue(session, keyring, wanted(person, shown=frozenset()))
    words = ("中国", "中長期在留者", "留学", "AB12345678CD")
    page, plain = paper(session, keyring, full), paper(session, keyring, bare)
    assert all(word in page for word in words) and not any(word in plain for word in words)
    assert "ZHANG YULIN" in plain and "消除事由　転出" in plain and "本　　籍" not in plain


class TestSeveralStays:
    """Who came back has a 除票 and a record in force; each is copied by itself."""

    @pytest.fixture
    def stays(self, session: Session, masters: None) -> ResidentHistory:
        """The first stay ended in 2020 with history number 3, the second began in June 2026 and goes on."""
        person = removed(session, name="帰山　往来")
        back = residents.next_snapshot(
            session, person,
            residents.change(session, ChangeReason.MOVE_IN_DOMESTIC, processed_on=LATE),
            state=ResidentState.RESIDENT, removed_on=None, removal_reason=None, removal_occurred_on=None,
            planned_destination=None, address="架空県架空市帰町5番", building=None,
        )  # fmt: skip
        session.add_all(
            [
                IntegratedRemark(
                    addressee_number=back.addressee_number, history_number=number, kind=kind, text=text,
                    recorded_on=LATE,
                )
                for number, kind, text in (
                    (4, RemarkKind.NOTE, "二度目の留意事項"), (None, RemarkKind.REMARK, "二度目の備考"),
                )
            ]
        )  # fmt: skip
        session.flush()
        return back

    @pytest.mark.pdf
    @pytest.mark.requirement("RR-5.1e", partial=True)
    def test_the_removed_record_of_the_first_stay(
        self, session: Session, keyring: Keyring, stays: ResidentHistory
    ) -> None:
        [row] = issue(session, keyring, wanted(stays, shown=frozenset({Shown.HISTORY})))
        assert [(s.addressee_number, s.history_number) for s in row.subjects] == [(stays.addressee_number, 3)]
        page = paper(session, keyring, row)
        for words in ("架空荘101", "消除事由　転出", "国内転出", "支所で受理した", "備考の記載"):
            assert words in page, words
        for words in ("帰町", "二度目"):
            assert words not in page, words

    @pytest.mark.pdf
    def test_the_copy_of_the_record_in_force_knows_nothing_of_it(
        self, session: Session, keyring: Keyring, stays: ResidentHistory
    ) -> None:
        request = wanted(stays, style=Style.INDIVIDUAL, shown=frozenset({Shown.HISTORY}))
        [row] = issue(session, keyring, request)
        page = paper(session, keyring, row)
        assert (
            "帰町" in page and "二度目の備考" in page and "架空荘101" not in page and "国内転出" not in page
        )

    def test_one_of_several_is_chosen_by_its_last_snapshot(
        self, session: Session, keyring: Keyring, stays: ResidentHistory
    ) -> None:
        from tests.support.removed import remove

        again = remove(session, stays, ChangeReason.MOVE_OUT_ABROAD, on=LATE)
        number = again.addressee_number
        choices = queries.removed_choices(session, [number], now=TEST_MOMENT)
        assert [choice.key for choice in choices] == [f"{number}:5", f"{number}:3"]
        for stays_asked, printed in (({}, 5), ({number: 3}, 3), ({number: 5}, 5)):
            [row] = issue(session, keyring, wanted(again, stays=stays_asked))
            assert row.subjects[0].history_number == printed
        assert codes(session, keyring, wanted(again, stays={number: 4})) == ["CI-E004"]
        assert queries.removed_choices(session, ["0000000000"], now=TEST_MOMENT) == []

    def test_a_stay_that_goes_on_is_no_removed_record(
        self, session: Session, keyring: Keyring, stays: ResidentHistory
    ) -> None:
        number = stays.addressee_number
        assert codes(session, keyring, wanted(stays, stays={number: 4})) == ["CI-E004"]
        assert codes(session, keyring, wanted(stays, subjects=(number, number))) == ["CI-E074"]
        assert codes(session, keyring, wanted(residents.resident(session))) == ["CI-E070"]
        assert codes(session, keyring, wanted(stays, subjects=("0000000000",))) == ["CI-E004"]


class TestSpecialAdoption:
    """特別養子縁組: 転出先住所 can be left blank on the child's 除票 (RR-1.1.5c)."""

    @pytest.fixture
    def child(self, session: Session, keyring: Keyring, masters: None) -> ResidentHistory:
        person = gone(session, keyring, stored=False)
        session.add(
            IntegratedRemark(
                addressee_number=person.addressee_number, history_number=3, kind=RemarkKind.NOTE,
                text="特別養子縁組による転出", recorded_on=LONG_AGO,
            )
        )  # fmt: skip
        session.flush()
        confirmed = residents.next_snapshot(
            session, person, residents.change(session, ChangeReason.CORRECT_EX_OFFICIO, processed_on=LATE),
            confirmed_destination="例示県隣市北町9番9号　北荘3",
        )  # fmt: skip
        store(session, confirmed)
        return confirmed

    @pytest.mark.pdf
    @pytest.mark.requirement("RR-1.1.5c")
    @pytest.mark.requirement("RR-1.1.4b", partial=True)
    @pytest.mark.parametrize("shown", [frozenset(), frozenset({Shown.HISTORY})])
    def test_where_to_is_left_blank(
        self, session: Session, keyring: Keyring, child: ResidentHistory, shown: frozenset[Shown]
    ) -> None:
        [row] = issue(session, keyring, wanted(child, shown=shown, blank_destination=True))
        page = paper(session, keyring, row)
        assert "転出先住所（予定）　【空欄】" in page
        for words in ("例示県", "北町", "北荘", "特別養子"):
            assert words not in page, words

    def test_to_print_it_needs_a_reason(
        self, session: Session, keyring: Keyring, child: ResidentHistory
    ) -> None:
        [choice] = queries.removed_choices(session, [child.addressee_number], now=TEST_MOMENT)
        assert choice.adopted
        with pytest.raises(IssueRefused) as refused:
            issue(session, keyring, wanted(child))
        assert [violation.code for violation in refused.value.violations] == ["CI-A073"]
        confirmed = {"CI-A073@blank_destination": "家庭裁判所の照会"}
        [row] = issue(session, keyring, wanted(child), confirmed=confirmed)
        page = paper(session, keyring, row)
        assert (
            "転出先住所（予定）　例示県隣市北町9番9号" in page and "北荘3" in page and "特別養子" not in page
        )

    def test_an_ordinary_departure_is_none(self, session: Session, keyring: Keyring, masters: None) -> None:
        person = gone(session, keyring)
        [choice] = queries.removed_choices(session, [person.addressee_number], now=TEST_MOMENT)
        assert not choice.adopted and codes(session, keyring, wanted(person)) == []


# ---- recorded, handed over, issued again


@pytest.mark.pdf
@pytest.mark.usefixtures("masters")
@pytest.mark.requirement("RR-1.3.8a", "FM-3", partial=True)
def test_what_was_issued_before_the_move_comes_out_the_same_after_it(
    session: Session, keyring: Keyring
) -> None:
    person = gone(session, keyring, stored=False)
    [row] = issue(session, keyring, wanted(person))
    assert row.style is Style.REMOVED and row.handed_over_at is None
    first = handing_over.hand_over(session, CLERK, keyring, row.id, fonts(), now=SOON)
    store(session, person)
    again = handing_over.hand_over(
        session, CLERK, keyring, row.id, fonts(), now=SOON + dt.timedelta(days=400)
    )
    assert again.again and again.pdf == first.pdf
    assert "葛󠄂元　除吉" in text_of(again.pdf)
    page = issue_history.issues(
        session, CLERK, issue_history.HistoryFilter(addressee_number=person.addressee_number), now=SOON
    )
    assert [issued.id for issued in page.issues] == [row.id]
    assert page.names == {person.addressee_number: "葛󠄂元　除吉"}


@pytest.mark.usefixtures("masters")
@pytest.mark.requirement("RR-5.5b", partial=True)
def test_each_copy_of_each_person_has_its_own_number(session: Session, keyring: Keyring) -> None:
    home = residents.household(session)
    people = [removed(session, home, name=f"蔵元　{n}", member_order=n) for n in (1, 2)]
    store(session, people[0])
    numbers = tuple(person.addressee_number for person in people)
    rows = issue(session, keyring, wanted(people[0], subjects=numbers, copies=2))
    assert [row.serial for row in rows] == [1, 2, 3, 4]
    assert [row.subjects[0].addressee_number for row in rows] == [numbers[0]] * 2 + [numbers[1]] * 2
    assert all(len(row.subjects) == 1 for row in rows)


@pytest.mark.usefixtures("masters")
def test_a_record_that_changed_after_the_screen_was_opened(session: Session, keyring: Keyring) -> None:
    person = gone(session, keyring, stored=False)
    request = wanted(person, versions={person.addressee_number: 3})
    assert codes(session, keyring, request) == []
    residents.next_snapshot(session, person, residents.change(session, ChangeReason.CORRECT_EX_OFFICIO))
    assert codes(session, keyring, request) == ["CI-E004"]


# ---- protected people


@pytest.mark.usefixtures("masters")
@pytest.mark.requirement("RR-3.4a", "CM-5.1", partial=True)
@pytest.mark.parametrize("stored", [False, True])
def test_a_protected_persons_removed_record_is_barred(
    session: Session, keyring: Keyring, stored: bool
) -> None:
    person = gone(session, keyring, stored=stored)
    residents.protect(session, person)
    chief = dataclasses.replace(CLERK, permissions=frozenset(Permission))
    prepared = operations.prepare(session, chief, keyring, wanted(person), now=TEST_MOMENT)
    assert [violation.code for violation in prepared.errors] == ["CI-E010"] and prepared.documents == []


@pytest.mark.usefixtures("masters")
@pytest.mark.requirement("RR-3.4a", "CM-5.1", partial=True)
@pytest.mark.parametrize("stored", [False, True])
def test_who_died_in_a_home_where_somebody_protected_lives_now(
    session: Session, keyring: Keyring, stored: bool
) -> None:
    home = residents.household(session)
    mother = residents.resident(session, home)
    late = removed(session, home, ChangeReason.DEATH, name="守田　祖母")
    if stored:
        store(session, late)
    request = wanted(late, requester=Requester.THIRD_PARTY, requester_name="守田　孫", purpose="相続")
    [row] = issue(session, keyring, request)
    residents.protect(session, mother)
    assert codes(session, keyring, request) == ["CI-E010"]
    with pytest.raises(IssueRefused):
        handing_over.hand_over(session, CLERK, keyring, row.id, fonts(), now=SOON)


@pytest.mark.usefixtures("masters")
@pytest.mark.requirement("CM-5.1", partial=True)
def test_an_earlier_removed_record_from_such_a_home(session: Session, keyring: Keyring) -> None:
    """The person lives elsewhere now and is not protected; the old 除票 would tell the home of who is."""
    home = residents.household(session)
    mother = residents.resident(session, home)
    left = removed(session, home, name="居候　人")
    back = residents.next_snapshot(
        session, left, residents.change(session, processed_on=LATE), state=ResidentState.RESIDENT,
        household_number=residents.household(session), address="架空県架空市帰町5番", building=None,
    )  # fmt: skip
    residents.protect(session, mother)
    assert codes(session, keyring, wanted(back)) == ["CI-E010"]
    assert codes(session, keyring, wanted(back, style=Style.INDIVIDUAL)) == []
    for row in session.query(Suppression):
        row.level = Level.ALERT
    session.flush()
    # Whatever the level of the measure, the home is not told before the officer in charge has seen it.
    assert codes(session, keyring, wanted(back)) == ["CI-E010", "CI-A010"]


# ---- who may ask (法第15条の4)


REQUEST = CertificateRequest(
    style=Style.REMOVED, household_number="0000000019", subjects=("0000000019",), shown=frozenset(),
    requester_name="請求　太郎", purpose="債権の保全",
)  # fmt: skip


@pytest.mark.parametrize(
    ("who", "dead", "found"),
    [
        (Requester.SELF, False, []),
        (Requester.SELF, True, ["CI-E072"]),
        (Requester.AGENT, False, []),
        (Requester.AGENT, True, ["CI-E072"]),
        (Requester.SAME_HOUSEHOLD, False, ["CI-E071"]),
        (Requester.SAME_HOUSEHOLD, True, ["CI-E071"]),
        (Requester.THIRD_PARTY, False, []),
        (Requester.THIRD_PARTY, True, []),
        (Requester.OFFICIAL, True, []),
    ],
)
def test_who_may_ask_for_a_removed_record(who: Requester, dead: bool, found: list[str]) -> None:
    facts = Facts(chosen=1, household_size=0, dead=("故人",) if dead else ())
    request = dataclasses.replace(REQUEST, requester=who)
    assert [violation.code for violation in check_request(request, facts)] == found
    resident = dataclasses.replace(request, style=Style.INDIVIDUAL)
    assert check_request(resident, facts) == []


@pytest.mark.parametrize(
    ("who", "item", "code", "basis"),
    [
        (Requester.THIRD_PARTY, Shown.INDIVIDUAL_NUMBER, "CI-E030", "法第15条の4第3項"),
        (Requester.OFFICIAL, Shown.RESIDENT_CODE, "CI-E030", "法第15条の4第2項"),
        (Requester.THIRD_PARTY, Shown.DOMICILE, "CI-A031", "法第15条の4第5項"),
        (Requester.AGENT, Shown.RESIDENT_CODE, "CI-A032", "法第15条の4第5項・事務処理要領"),
    ],
)
def test_what_they_can_get_rests_on_the_article_about_removed_records(
    who: Requester, item: Shown, code: str, basis: str
) -> None:
    request = dataclasses.replace(REQUEST, requester=who, shown=frozenset({item}))
    [violation] = check_request(request, Facts(chosen=1, household_size=0))
    assert (violation.code, violation.basis) == (code, basis)


@pytest.mark.requirement("RR-5.1e", partial=True)
def test_no_form_takes_both_a_removed_record_and_one_in_force() -> None:
    both = Facts(chosen=2, household_size=1, removed=("除田",), in_force=("住田",))
    found = {
        style: [
            violation.code for violation in check_request(dataclasses.replace(REQUEST, style=style), both)
        ]
        for style in Style
    }
    assert all(("CI-E070" if style.of_removed else "CI-E002") in found[style] for style in Style)
    assert not any(style.of_removed and style.is_joint for style in Style)
