"""住民票コード通知票, 変更通知票 and 修正通知票: printed in the flow and again, by who may see the code (RR-4.3.3)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from residentapp.core.access.actor import Actor, PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.audit import Log, write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.documents import TEMPLATE_DIRECTORY, load_template
from residentapp.core.numbering import RESIDENT_CODE
from residentapp.residents.code_notices import operations, queries
from residentapp.residents.code_notices.models import ResidentCodeNotice
from residentapp.residents.code_notices.types import Kind
from residentapp.residents.ex_officio.printing import PrintRefused
from residentapp.residents.models import ResidentChange, ResidentHistory
from tests.residents.changes.office import ChangeOffice
from tests.residents.changes.test_birth import birth
from tests.residents.changes.test_numbers import code_of, with_numbers
from tests.residents.move_in.cases import individual_number
from tests.support import residents
from tests.support.documents import mj_fonts, page_texts, squeezed

WHEN = {"moved_on": "令和8年11月20日"}


def printed(
    office: ChangeOffice,
    person: ResidentHistory | str,
    *,
    actor: Actor | None = None,
    now: dt.datetime | None = None,
) -> tuple[Kind, str]:
    """The person's notice, printed: which it is, and what it says."""
    number = person if isinstance(person, str) else person.addressee_number
    moment = now or office.now
    [notice] = operations.open_person(office.session, office.clerk, number, now=moment)
    kind, drawn = operations.print_notice(
        office.session,
        actor or office.clerk,
        office.keyring,
        number,
        notice.change.id,
        mj_fonts(),
        now=moment,
    )
    assert not drawn.needs_attention and drawn.pages == 1
    return kind, squeezed("".join(page_texts(drawn.pdf)))


def kinds_of_case(office: ChangeOffice, change_id: int) -> list[tuple[str, Kind]]:
    """The notices that the page after a case leads to, by name."""
    case_id = office.session.get_one(ResidentChange, change_id).case_id
    assert case_id is not None
    found = operations.open_case(office.session, office.clerk, case_id, now=office.now)
    return [(notice.person.display_name, notice.kind) for notice in found]


@pytest.mark.requirement("RR-4.3.3a")
def test_a_newborn_gets_a_code_and_the_head_the_notice(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    registered = office.register(birth(office, family))
    assert kinds_of_case(office, registered.change_ids[0]) == [("架空　葵", Kind.NEW)]
    [child] = registered.numbers

    kind, text = printed(office, child)

    assert kind is Kind.NEW
    code = code_of(office, office.latest(child))
    for word in (
        "住民票コード通知票", code, "架空葵", "令和8年11月10日", "女", "架空太郎様", "〒999-0001",
        "架空県架空市本町一丁目2番3号", "架空県架空市長", "令和8年11月24日", "第30条の3",
    ):  # fmt: skip
        assert squeezed(word) in text, word
    # Months later, from the child's page: the same again.
    again, later = printed(office, child, now=office.now + dt.timedelta(days=90))
    assert again is Kind.NEW and code in later
    assert [notice.printed_by for notice in office.session.scalars(select(ResidentCodeNotice))] == [
        "clerk1"
    ] * 2


@pytest.mark.requirement("RR-4.3.3a")
def test_a_changed_and_a_corrected_code_have_their_own_notice(office: ChangeOffice) -> None:
    person = with_numbers(office, "93000000001", individual_number(1))
    assert operations.open_person(office.session, office.clerk, person.addressee_number, now=office.now) == []
    changed = office.register(office.begin("code_change", person).with_values(**WHEN))
    assert kinds_of_case(office, changed.change_ids[0]) == [("番号　持", Kind.CHANGED)]
    kind, text = printed(office, person)
    assert kind is Kind.CHANGED
    assert "住民票コード変更通知票" in text and code_of(office, person) in text and "93000000001" not in text
    assert "番号持様" in text

    second = code_of(office, person)
    entry = office.begin("code_correct", office.latest(person)).with_values(**WHEN)
    office.register(office.typed(entry, person, resident_code="93000000003"))
    # The notice of a code that no longer counts cannot be had any more.
    assert kinds_of_case(office, changed.change_ids[0]) == []
    with pytest.raises(PrintRefused):
        operations.print_notice(
            office.session, office.clerk, office.keyring, person.addressee_number, changed.change_ids[0],
            mj_fonts(), now=office.now,
        )  # fmt: skip
    kind, text = printed(office, person)
    assert kind is Kind.CORRECTED
    assert "住民票コード修正通知票" in text and "93000000003" in text and second not in text

    # A later change of other items leaves it the notice of the person.
    change = residents.change(office.session)
    residents.next_snapshot(office.session, office.latest(person), change, building="新荘202号")
    kind, text = printed(office, person)
    assert kind is Kind.CORRECTED and "新荘202号" in text


def test_who_has_died_has_none(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    registered = office.register(office.begin("code_record", family[3]).with_values(**WHEN))
    assert kinds_of_case(office, registered.change_ids[0]) == [("架空　桜", Kind.NEW)]
    office.register(office.begin("death", family[3]).with_values(**WHEN))
    assert kinds_of_case(office, registered.change_ids[0]) == []


@pytest.mark.requirement("RR-10.4a", partial=True)
def test_it_takes_the_right_to_see_the_code_and_no_log_says_it(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    registered = office.register(office.begin("code_record", family[0]).with_values(**WHEN))
    number = family[0].addressee_number
    without = replace(office.clerk, permissions=office.clerk.permissions - {Permission.ITEM_RESIDENT_CODE})
    with pytest.raises(PermissionDenied):
        operations.open_person(office.session, without, number, now=office.now)
    with pytest.raises(PermissionDenied):
        operations.open_case(office.session, without, "x", now=office.now)
    with pytest.raises(PermissionDenied):
        operations.print_notice(
            office.session,
            without,
            office.keyring,
            number,
            registered.change_ids[0],
            mj_fonts(),
            now=office.now,
        )
    assert office.session.scalars(select(ResidentCodeNotice)).all() == []

    printed(office, family[0])
    printed(office, family[0])

    write_pending(office.session)
    entries = list(office.session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)))
    prints = [entry for entry in entries if entry.log == Log.PRINT.value]
    assert [entry.action for entry in prints] == ["住民票コード通知票の印刷", "住民票コード通知票の再印刷"]
    assert all(entry.subjects == [number] for entry in prints)
    code = code_of(office, family[0])
    assert not any(code in f"{entry.details}{entry.action}" for entry in entries)
    cipher = office.latest(family[0]).resident_code_cipher
    assert cipher is not None and code.encode() not in cipher
    assert office.keyring.decrypt_text(cipher, context=RESIDENT_CODE) == code


@pytest.mark.requirement("CM-5.1", "RR-3.4a", partial=True)
def test_of_a_protected_person_only_who_may_know_prints(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    office.register(office.begin("code_record", family[1]).with_values(**WHEN))
    residents.protect(office.session, office.latest(family[1]))
    with pytest.raises(PrintRefused):
        printed(office, family[1])
    officer = replace(office.clerk, permissions=office.clerk.permissions | {Permission.SUPPRESSED_VIEW})
    _kind, text = printed(office, family[1], actor=officer)
    assert "架空花子様" in text
    found = queries.notice_of_person(office.session, office.clerk, family[1].addressee_number, now=office.now)
    assert found is not None and found.hidden


@pytest.mark.requirement("RR-4.3.3b")
def test_there_is_no_confirmation_slip() -> None:
    """Of the forms that tell of a 住民票コード by name there are three notices, and no 住民票コード確認票."""
    titles = [load_template(path.stem).title for path in TEMPLATE_DIRECTORY.glob("*.toml")]
    assert {title for title in titles if "住民票コード" in title} == {kind.label for kind in Kind}
    # The 処理結果確認票 is about a notice of the 出入国在留管理庁, and has no code.
    assert {title for title in titles if "確認票" in title} == {"処理結果確認票"}
    assert "住民票コード" not in (TEMPLATE_DIRECTORY / "immigration_check.toml").read_text("utf-8")
