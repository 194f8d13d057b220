"""What of the 統合記載欄, the memos and the フリガナ gets onto a certificate, and what never does."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy.orm import Session

from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateField, DateValue, parse_date
from residentapp.residents import history
from residentapp.residents.certificates import operations
from residentapp.residents.certificates.rules import check_request
from residentapp.residents.certificates.types import (
    AT_COUNTER,
    CertificateRequest,
    Facts,
    IssueRefused,
    Requester,
    Shown,
    Style,
)
from residentapp.residents.memos.operations import write_memo
from residentapp.residents.models import IntegratedRemark, ResidentHistory
from residentapp.residents.remarks.operations import record_change
from residentapp.residents.remarks.rules import Adoption, NoteDraft, adoption_note, correction_note
from residentapp.residents.types import ChangeReason, RemarkKind, ResidentKind, Sensitivity, Sex
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.documents import mj_fonts, page_texts
from tests.support.masters import make_masters
from tests.support.removed import remove
from tests.support.users import clerk

CLERK = clerk(
    Permission.CERTIFICATE_ISSUE, Permission.ITEM_REGISTERED_DOMICILE, Permission.ITEM_INDIVIDUAL_NUMBER,
    Permission.ITEM_RESIDENT_CODE, Permission.ITEM_RESIDENCE_STATUS, Permission.RESIDENT_VIEW, Permission.MEMO_EDIT,
)  # fmt: skip
HISTORY = frozenset({Shown.HISTORY})


@pytest.fixture(autouse=True)
def masters(session: Session) -> None:
    make_masters(session)


def request_for(person: ResidentHistory, shown: frozenset[Shown], **more: Any) -> CertificateRequest:
    style = more.pop("style", Style.INDIVIDUAL)
    return CertificateRequest(style, person.household_number, (person.addressee_number,), shown, **more)


def printed(
    session: Session,
    keyring: Keyring,
    person: ResidentHistory,
    shown: frozenset[Shown] = HISTORY,
    **more: Any,
) -> str:
    """Everything on the paper, and everything of its data."""
    prepared = operations.prepare(
        session, CLERK, keyring, request_for(person, shown, **more), now=TEST_MOMENT
    )
    assert prepared.errors == []
    drawn = operations.trial(prepared, mj_fonts(), now=TEST_MOMENT)
    texts = [text for form in drawn for text in page_texts(form.pdf)]
    return "\n".join([*texts, repr([data for _named, data in prepared.documents])])


def goes_on(
    session: Session,
    person: ResidentHistory,
    reason: ChangeReason,
    notes: Sequence[NoteDraft] = (),
    *,
    day: dt.date = dt.date(2026, 6, 10),
    **values: Any,
) -> ResidentHistory:
    """The person's next change with what it records of itself."""
    made_by = residents.change(session, reason, processed_on=day, notified_on=day)
    before = history.items_of(person)
    after = residents.next_snapshot(session, person, made_by, **values)
    record_change(session, made_by, after, before, notes=notes)
    return after


# ---- type A and B


@pytest.mark.pdf
@pytest.mark.requirement("RR-5.1a", "RR-1.1.14b", partial=True)
def test_the_days_of_a_change_stand_once_on_the_paper(session: Session, keyring: Keyring) -> None:
    person = goes_on(
        session, residents.resident(session), ChangeReason.MOVE_WITHIN, address="架空県架空市東町9番1号"
    )
    text = printed(session, keyring, person)
    assert "架空県架空市本町一丁目2番3号から転居" in text
    assert "令和8年6月10日 異動" in text and "令和8年6月10日 届出" in text
    assert "同日届出" not in text and "令和8年6月10日　架空県" not in text


@pytest.mark.pdf
@pytest.mark.requirement("RR-1.1.4b", "RR-1.1.14e", partial=True)
@pytest.mark.parametrize("adoption", Adoption)
def test_an_adoption_is_left_out_unless_the_person_asks_for_it(
    session: Session, keyring: Keyring, adoption: Adoption
) -> None:
    note = adoption_note(ChangeReason.MOVE_IN_DOMESTIC, adoption)
    came = residents.resident(session)
    made_by = came.change
    record_change(session, made_by, came, None, notes=[note])
    person = goes_on(session, came, ChangeReason.MOVE_WITHIN, address="架空県架空市東町9番1号")
    usual = printed(session, keyring, person)
    assert "特別養子" not in usual and "から転居" in usual
    assert "国内転入" not in usual  # the entry it belongs to would tell by its gap
    asked = printed(session, keyring, person, sensitive_history=True)
    assert note.text in asked and "国内転入" in asked


@pytest.mark.pdf
@pytest.mark.requirement("RR-1.1.4b", partial=True)
def test_a_change_of_sex_is_left_out_by_its_mark_and_by_its_word(session: Session, keyring: Keyring) -> None:
    person = goes_on(
        session,
        residents.resident(session),
        ChangeReason.CORRECT_EX_OFFICIO,
        sex=Sex.FEMALE,
        name="架空　花子",
    )
    text = printed(session, keyring, person)
    assert "職権修正" not in text and "架空　太郎" not in text.split("notes")[1] and "女" in text
    # Marked, though no word says it.
    error = goes_on(session, person, ChangeReason.CORRECT_ERROR, sex=Sex.MALE)
    assert "誤記修正" not in printed(session, keyring, error)
    # Said by a word, though nobody marked it.
    session.add(
        IntegratedRemark(
            addressee_number=error.addressee_number, history_number=None, kind=RemarkKind.REMARK,
            text="性別の変更の審判", recorded_on=dt.date(2026, 6, 1),
        )
    )  # fmt: skip
    session.flush()
    for style in AT_COUNTER:
        if not style.of_removed:
            shown = frozenset[Shown]() if style.is_joint else HISTORY
            assert "性別の変更" not in printed(session, keyring, error, shown, style=style)
    assert "性別の変更の審判" in printed(session, keyring, error, sensitive_history=True)
    gone = remove(session, error)
    for style in (Style.REMOVED, Style.REMOVED_ITEMS):
        assert "性別の変更" not in printed(session, keyring, gone, style=style)
        assert "性別の変更の審判" in printed(session, keyring, gone, style=style, sensitive_history=True)


@pytest.mark.requirement("RR-1.1.4b", partial=True)
@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, ["CI-A044"]),
        ({"requester": Requester.SAME_HOUSEHOLD}, ["CI-E043"]),
        ({"requester": Requester.AGENT}, ["CI-E043"]),
        ({"requester": Requester.THIRD_PARTY}, ["CI-E043"]),
        ({"requester": Requester.OFFICIAL}, ["CI-E043"]),
        ({"shown": frozenset[Shown]()}, ["CI-E042"]),
        ({"style": Style.HOUSEHOLD, "shown": frozenset[Shown]()}, ["CI-E042"]),
        ({"style": Style.REMOVED}, ["CI-A044"]),
        ({"sensitive_history": False}, []),
    ],
)
def test_who_may_ask_for_sensitive_history(changes: dict[str, Any], found: list[str]) -> None:
    request = CertificateRequest(
        Style.INDIVIDUAL, "1", ("1",), HISTORY, requester_name="請求　太郎", purpose="債権の保全",
        sensitive_history=True,
    )  # fmt: skip
    facts = Facts(chosen=1, household_size=1)
    assert [one.code for one in check_request(dataclasses.replace(request, **changes), facts)] == found


def test_sensitive_history_is_issued_with_the_clerks_reason_only(session: Session, keyring: Keyring) -> None:
    person = residents.resident(session)
    request = request_for(person, HISTORY, sensitive_history=True)
    with pytest.raises(IssueRefused):
        operations.issue(session, CLERK, keyring, request, mj_fonts(), now=TEST_MOMENT)
    key = "CI-A044@sensitive_history"
    [row] = operations.issue(
        session, CLERK, keyring, request, mj_fonts(), now=TEST_MOMENT, confirmed={key: "本人が窓口で求めた"}
    )
    assert row.confirmed == {key: "本人が窓口で求めた"}


#: Item that is left out, column of a note about it, and its value.
_ABOUT = [
    (Shown.DOMICILE, "registered_domicile", "架空県架空市秘町1番"),
    (Shown.DOMICILE, "register_head", "秘　一郎"),
    (Shown.RELATIONSHIP, "head_name", "秘　一郎"),
    (Shown.RELATIONSHIP, "relationship_to_head", "秘の子"),
    (Shown.KANA, "name_kana", "ヒミツ"),
]


@pytest.mark.pdf
@pytest.mark.requirement("RR-5.1a", "RR-1.1.14a", "RR-5.3b", partial=True)
@pytest.mark.parametrize(("item", "column", "value"), _ABOUT)
def test_a_note_about_an_item_is_left_out_with_it(
    session: Session, keyring: Keyring, item: Shown, column: str, value: str
) -> None:
    note = correction_note(column, value, "正しい値")
    person = goes_on(
        session,
        residents.resident(session),
        ChangeReason.MOVE_WITHIN,
        [note],
        address="架空県架空市東町9番1号",
    )
    assert value not in printed(session, keyring, person, HISTORY)
    assert value in printed(session, keyring, person, HISTORY | {item})


@pytest.mark.requirement("RR-5.1b", partial=True)
def test_the_history_of_an_alias_is_left_out_with_its_matters(session: Session, keyring: Keyring) -> None:
    person = residents.resident(
        session, resident_kind=ResidentKind.FOREIGN, name="張　玉蓮", name_alphabet="ZHANG YULIN",
        birth_date=parse_date("1998-07-09", DateField.BIRTH).in_seireki(), became_resident_on=None,
        became_foreign_resident_on=DateValue.of(dt.date(2023, 10, 2)), registered_domicile=None, register_head=None,
        alias="住民　玉子",
    )  # fmt: skip
    person = goes_on(session, person, ChangeReason.ALIAS_DELETE, alias=None)
    assert "住民　玉子" not in printed(session, keyring, person, HISTORY)
    assert "通称「住民　玉子」を削除" in printed(session, keyring, person, HISTORY | {Shown.ALIAS_MATTERS})


@pytest.mark.requirement("RR-5.1d", partial=True)
def test_nothing_of_a_planned_departure_is_said_while_the_person_is_here(
    session: Session, keyring: Keyring
) -> None:
    person = residents.resident(session)
    planned = goes_on(
        session, person, ChangeReason.MOVE_OUT_DOMESTIC, planned_destination="例示県転出先町1番",
        removal_occurred_on=DateValue.of(dt.date(2026, 12, 20)),
    )  # fmt: skip
    corrected = goes_on(session, planned, ChangeReason.CORRECT_ERROR, planned_destination="例示県転出先町2番")
    text = printed(session, keyring, corrected)
    assert "転出" not in text and "誤記" not in text
    stays = goes_on(
        session, corrected, ChangeReason.CANCEL_CORRECTION, planned_destination=None, removal_occurred_on=None
    )
    assert "転出" not in printed(session, keyring, stays) and "取消し" not in printed(session, keyring, stays)
    # What else is corrected is said.
    renamed = goes_on(session, stays, ChangeReason.CORRECT_ERROR, name="架空　次郎")
    assert "誤記につき氏名「架空　太郎」を「架空　次郎」に修正" in printed(session, keyring, renamed)


# ---- memos

#: For every form of the counter what is asked for. A new form needs a line here.
FORMS: dict[Style, frozenset[Shown]] = {
    Style.INDIVIDUAL: frozenset(Shown),
    Style.HOUSEHOLD: frozenset(Shown) - HISTORY,
    Style.ITEMS_INDIVIDUAL: frozenset(Shown),
    Style.ITEMS_HOUSEHOLD: frozenset(Shown) - HISTORY,
    Style.REMOVED: frozenset(Shown),
    Style.REMOVED_ITEMS: frozenset(Shown),
}


def test_every_form_has_a_line_above() -> None:
    assert set(FORMS) == set(AT_COUNTER)


@pytest.mark.pdf
@pytest.mark.requirement("RR-1.1.15b")
@pytest.mark.parametrize("style", AT_COUNTER)
@pytest.mark.parametrize("kind", ResidentKind)
def test_a_memo_never_reaches_a_certificate(
    session: Session, keyring: Keyring, style: Style, kind: ResidentKind
) -> None:
    foreign: dict[str, Any] = {
        "resident_kind": kind, "name_alphabet": "ZHANG YULIN", "became_resident_on": None,
        "became_foreign_resident_on": DateValue.of(dt.date(2023, 10, 2)),
    }  # fmt: skip
    person = residents.resident(session, **(foreign if kind is ResidentKind.FOREIGN else {}))
    session.add(
        IntegratedRemark(
            addressee_number=person.addressee_number, history_number=None, kind=RemarkKind.REMARK, text="印字する備考",
            recorded_on=dt.date(2026, 6, 1),
        )
    )  # fmt: skip
    write_memo(session, CLERK, person.addressee_number, "秘密のメモ書き", now=TEST_MOMENT)
    if style.of_removed:
        person = remove(session, person)
    shown = FORMS[style]
    request = request_for(person, shown, style=style, sensitive_history=Shown.HISTORY in shown)
    prepared = operations.prepare(session, CLERK, keyring, request, now=TEST_MOMENT)
    drawn = [
        *operations.trial(prepared, mj_fonts(), now=TEST_MOMENT),
        *operations.preview(session, CLERK, prepared, mj_fonts(), now=TEST_MOMENT),
    ]
    papers = "\n".join(text for form in drawn for text in page_texts(form.pdf))
    said = papers + repr(prepared)
    assert "印字する備考" in papers
    assert "秘密" not in said and "メモ" not in said


# ---- フリガナ


@pytest.mark.pdf
@pytest.mark.requirement("RR-5.3a", "RR-5.3b", partial=True)
@pytest.mark.parametrize("style", AT_COUNTER)
def test_kana_stand_in_brackets_behind_the_names_when_asked_for(
    session: Session, keyring: Keyring, style: Style
) -> None:
    japanese = residents.resident(
        session, former_name="渡邉󠄏", former_name_kana="ワタナベ", former_name_kana_confirmed=True
    )
    foreign = residents.resident(
        session, resident_kind=ResidentKind.FOREIGN, name="張　玉蓮", name_alphabet="ZHANG YULIN",
        name_kana="チャン　ユウリン", alias="住民　玉子", alias_kana="ジュウミン　タマコ", became_resident_on=None,
        became_foreign_resident_on=DateValue.of(dt.date(2023, 10, 2)),
    )  # fmt: skip
    if style.of_removed:
        japanese, foreign = remove(session, japanese), remove(session, foreign)
    asked = printed(session, keyring, japanese, frozenset({Shown.KANA}), style=style)
    assert "架空　太郎　（カクウ　タロウ）" in asked and "渡邉󠄏　（ワタナベ）" in asked
    asked = printed(session, keyring, foreign, frozenset({Shown.KANA}), style=style)
    assert (
        "ZHANG YULIN　張　玉蓮　（チャン　ユウリン）" in asked
        and "住民　玉子　（ジュウミン　タマコ）" in asked
    )
    for person in (japanese, foreign):
        without = printed(session, keyring, person, frozenset[Shown](), style=style)
        assert not any(kana in without for kana in ("カクウ", "ワタナベ", "チャン", "ジュウミン"))


@pytest.mark.pdf
@pytest.mark.requirement("RR-5.3a", partial=True)
@pytest.mark.parametrize("style", AT_COUNTER)
def test_a_reading_that_nobody_has_confirmed_is_not_certified(
    session: Session, keyring: Keyring, style: Style
) -> None:
    person = residents.resident(
        session, name_kana_confirmed=False, former_name="渡邉󠄏", former_name_kana="ワタナベ",
        former_name_kana_confirmed=False,
    )  # fmt: skip
    unconfirmed = remove(session, person) if style.of_removed else person
    text = printed(session, keyring, unconfirmed, frozenset({Shown.KANA}), style=style)
    assert "カクウ" not in text and "ワタナベ" not in text and "渡邉󠄏" in text
    confirmed = goes_on(session, unconfirmed, ChangeReason.CORRECT_EX_OFFICIO, name_kana_confirmed=True)
    text = printed(session, keyring, confirmed, frozenset({Shown.KANA}), style=style)
    assert "（カクウ　タロウ）" in text and "ワタナベ" not in text


def test_sensitive_marks_are_known() -> None:
    """A further kind of sensitive entry needs its word and its case above."""
    assert {one.label for one in Sensitivity} == {"特別養子縁組", "特別養子縁組解消", "性別の変更"}
