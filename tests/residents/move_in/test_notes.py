"""留意事項 of a move-in: typed, or a registered text of its 異動事由 (RR-1.1.14c)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from residentapp.residents.models import IntegratedRemark
from residentapp.residents.move_in.notes import offered
from residentapp.residents.move_in.procedure import MOVE_IN
from residentapp.residents.move_in.rules import Facts, check
from residentapp.residents.move_in.types import CasePayload, MoveInEntry, Scope
from residentapp.residents.remarks.models import NoteTemplate
from residentapp.residents.remarks.queries import NoteText
from residentapp.residents.remarks.rules.typed import with_line
from residentapp.residents.types import ChangeReason, RemarkKind
from tests.residents.move_in.cases import entry, facts, person, wife
from tests.residents.move_in.conftest import MoveInOffice
from tests.support import residents


@pytest.fixture
def template(office: MoveInOffice) -> int:
    """A text for 国内転入, and one for another 異動事由."""
    rows = [
        NoteTemplate(
            reason=reason, name=name, text=text, items=["previous_address"], position=50,
            valid_from=dt.date(2026, 4, 1), valid_to=None,
        )
        for reason, name, text in (
            (ChangeReason.MOVE_IN_DOMESTIC, "聞き取り", "{転入前住所}は{氏名}から聞き取り　{異動日}　{届出日}"),
            (ChangeReason.MOVE_IN_ABROAD, "国外から", "国外の文"),
        )
    ]  # fmt: skip
    office.session.add_all(rows)
    office.session.flush()
    return rows[0].id


def gathered(office: MoveInOffice, made: MoveInEntry) -> Facts:
    case = office.start(made)
    return MOVE_IN.facts(
        office.session, office.clerk, office.keyring, case, CasePayload(made), now=office.now
    )


def texts(office: MoveInOffice, made: MoveInEntry) -> list[NoteText] | None:
    found = gathered(office, made)
    return offered(office.session, made, found, check(made, found))


@pytest.mark.requirement("RR-1.1.14c", partial=True)
def test_a_registered_text_is_offered_filled_chosen_edited_and_recorded(
    office: MoveInOffice, template: int
) -> None:
    made = entry(person(), wife())
    found = texts(office, made)
    assert found is not None and "国外から" not in [each.name for each in found]
    [offer] = [each for each in found if each.template_id == template]
    # What differs from person to person stays for the clerk to write.
    words = "例示県見本市緑町二丁目5番7号は{氏名}から聞き取り　令和8年11月20日　令和8年11月24日"
    assert (offer.name, offer.draft.text) == ("聞き取り", words)
    notes, chosen = with_line("先に書いた文", "", offer.draft)
    open_place = replace(made, notes=notes, chosen_notes=chosen)
    assert "MI-E071" in [each.code for each in check(open_place, facts())]
    edited = replace(open_place, notes=notes.replace("{氏名}", "世帯主"))
    registered = office.register(edited)
    for number in registered.numbers:
        kept = office.session.scalars(
            select(IntegratedRemark)
            .where(IntegratedRemark.addressee_number == number, IntegratedRemark.kind == RemarkKind.NOTE)
            .order_by(IntegratedRemark.id)
        ).all()
        assert [(one.text, one.items) for one in kept] == [
            ("先に書いた文", []), (words.replace("{氏名}", "世帯主"), ["previous_address"])
        ]  # fmt: skip


def test_nothing_is_filled_from_a_home_that_may_not_be_known(office: MoveInOffice, template: int) -> None:
    [home] = residents.family(office.session, {"name": "架空　太郎"})
    residents.protect(office.session, home)
    made = entry(person(relationship="同居人"), scope=Scope.PART, household_number=home.household_number)
    assert texts(office, made) is None  # such an entry is barred


def test_nothing_is_offered_while_it_is_open_what_will_be_recorded(
    office: MoveInOffice, template: int
) -> None:
    assert texts(office, entry(person(birth_date=""))) is None
    # A fault of the text itself does not take the texts away.
    assert texts(office, entry(notes="{氏名}")) is not None


def test_who_joins_is_filled_from_the_household(office: MoveInOffice, template: int) -> None:
    [home] = residents.family(office.session, {"name": "架空　太郎"})
    made = entry(person(relationship="同居人"), scope=Scope.PART, household_number=home.household_number)
    found = texts(office, made)
    assert found is not None
    assert "渡邉\U000e010f　𠮷男から聞き取り" in " ".join(each.draft.text for each in found)
