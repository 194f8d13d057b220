"""From the road of a change to the paper: what the register wrote is what a copy prints, leaves out or still shows."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from residentapp.core.access.permissions import Permission
from residentapp.residents.certificates import operations
from residentapp.residents.certificates.types import CertificateRequest, Requester, Shown, Style
from residentapp.residents.models import ResidentHistory
from residentapp.residents.remarks import operations as remarks
from residentapp.residents.remarks.types import AddRemark
from residentapp.residents.types import ResidentState
from tests.residents.changes.conftest import family as family  # fixtures
from tests.residents.changes.conftest import office as office
from tests.residents.changes.elsewhere import moving_out
from tests.residents.changes.office import ChangeOffice
from tests.residents.changes.test_correction import correction
from tests.residents.changes.test_move_within import NEW_ADDRESS
from tests.residents.move_out.test_closing import DAY, close_all
from tests.support.documents import mj_fonts, page_texts
from tests.support.users import clerk

OFFICER = clerk(*Permission)


def printed(
    office: ChangeOffice, *people: ResidentHistory, style: Style = Style.INDIVIDUAL, now: dt.datetime | None = None,
    **asked: object,
) -> str:  # fmt: skip
    """The words of the paper."""
    rows = [office.latest(person) for person in people]
    request = CertificateRequest(
        style,
        rows[0].household_number,
        tuple(row.addressee_number for row in rows),
        **asked,  # type: ignore[arg-type]
    )
    prepared = operations.prepare(office.session, OFFICER, office.keyring, request, now=now or office.now)
    assert prepared.errors == [], prepared.errors
    forms = operations.trial(prepared, mj_fonts(), now=now or office.now)
    return "".join(text for form in forms for text in page_texts(form.pdf))


def run_together(text: str) -> str:
    return "".join(text.split())


@pytest.mark.pdf
@pytest.mark.requirement("RR-1.1.14a")
def test_three_types_of_entries_each_in_its_place(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """A and B with the history, B right after the change that it is about; C apart, with and without it."""
    son = family[2]
    office.register(office.begin("move_within", son).with_values(**NEW_ADDRESS, notes="届出人は親権者である"))
    office.register(correction(office, son, previous_address="架空県隣市東町4番6号"))
    remarks.add_remark(
        office.session, OFFICER, AddRemark(son.addressee_number, "備考の文である"), now=office.now
    )
    whole = run_together(printed(office, son, shown=frozenset({Shown.HISTORY, Shown.FORMER_ADDRESSES})))
    moved, note, later = (
        whole.index(word) for word in ("から転居", "届出人は親権者である", "転入前住所を修正")
    )
    assert moved < note < later or later < moved < note
    assert whole.count("備考の文である") == 1
    short = run_together(printed(office, son, shown=frozenset({Shown.FORMER_ADDRESSES})))
    assert "備考の文である" in short
    assert "届出人は親権者である" not in short and "転入前住所を修正" not in short


@pytest.mark.pdf
@pytest.mark.requirement("RR-1.1.4b")
@pytest.mark.parametrize("word", ["特別養子縁組", "特別養子縁組解消", "性別の変更"])
def test_what_stays_without_rebuilding_is_left_out_unless_the_person_asks(
    office: ChangeOffice, family: list[ResidentHistory], word: str
) -> None:
    son = family[2]
    typed = {"sex": "female"} if word == "性別の変更" else {"register_head": "架空　花子"}
    kept = {} if word == "性別の変更" else {"kept_word": word}
    office.register(office.begin("move_within", *family).with_values(**NEW_ADDRESS))
    office.register(correction(office, son, **typed).with_values(**kept))
    row = office.latest(son)
    # Nothing was rebuilt: the record goes on with its whole history.
    assert (row.rebuilt_on, row.history_number, row.state) == (None, 3, ResidentState.RESIDENT)
    shown = frozenset({Shown.HISTORY})
    usual = run_together(printed(office, son, shown=shown))
    assert (
        "から転居" in usual and word not in usual and "特別養子" not in usual and "筆頭者を修正" not in usual
    )
    asked = run_together(printed(office, son, shown=shown, requester=Requester.SELF, sensitive_history=True))
    assert "から転居" in asked and word in asked


@pytest.mark.pdf
@pytest.mark.requirement("RR-1.1.5b")
def test_who_is_to_move_out_belongs_to_the_household_until_the_day(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    father, mother, son, daughter = family
    office.register(moving_out(office, son))
    # Until then 続柄 goes on with the others': another head, and the son is named from her.
    change = office.begin("head_change", mother).with_values(
        moved_on="令和8年11月24日", notified_on="令和8年11月24日"
    )
    change = office.new_head(change, mother)
    for person, relationship in ((father, "夫"), (son, "子"), (daughter, "子")):
        change = office.typed(change, person, relationship=relationship)
    office.register(change)
    leaving = office.latest(son)
    assert (leaving.state, leaving.head_name, leaving.relationship_to_head) == (
        ResidentState.RESIDENT, "架空　花子", "子",
    )  # fmt: skip
    asked = {"style": Style.HOUSEHOLD, "shown": frozenset({Shown.RELATIONSHIP})}
    before = office.now + (DAY - dt.timedelta(days=1) - office.now.date())
    page = run_together(printed(office, father, mother, son, daughter, now=before, **asked))
    assert "平成20年1月1日" in page
    close_all(office)
    gone = replace(office, now=office.now + (DAY - office.now.date()))
    assert office.latest(son).state is ResidentState.MOVED_OUT
    rest = run_together(printed(gone, father, mother, daughter, **asked))
    assert "平成20年1月1日" not in rest and "架空桜" in rest
    request = CertificateRequest(Style.HOUSEHOLD, mother.household_number, (son.addressee_number,))
    assert operations.prepare(office.session, OFFICER, office.keyring, request, now=gone.now).errors
