"""What the masters decide about a certificate: wording, kind of seal, fee, term of keeping, era."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.admin.masters.era_table import EraEntry, add_era
from residentapp.core.access.permissions import Permission
from residentapp.core.audit import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateField, DateValue, parse_date
from residentapp.core.db import Database
from residentapp.core.documents import draw_seal
from residentapp.core.eras import ERAS, install_eras, load_eras
from residentapp.core.keeping import KeptData
from residentapp.core.masters.models import CertifierKind, Seal, SealUse
from residentapp.core.masters.queries import MasterMissing
from residentapp.core.masters.setting_models import CertificateFee, FormWording, KeepingTerm
from residentapp.residents.certificates import operations
from residentapp.residents.certificates.types import Fee, Shown, Style
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason
from tests.conftest import Login
from tests.residents.certificates.test_operations import CLERK, family, fonts, issue, paper, text_of, wanted
from tests.residents.certificates.test_screens import COUNTER, Couple, couple, fields, issued, start
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.users import clerk

__all__ = ["couple", "family"]

FORM = Style.HOUSEHOLD.value
TODAY = TEST_MOMENT.date()
TOMORROW = TODAY + dt.timedelta(days=1)


def word(session: Session, item: str, value: str, first: dt.date = TODAY, form: str = FORM) -> None:
    session.add(FormWording(form=form, item=item, value=value, valid_from=first))
    session.flush()


@pytest.mark.pdf
@pytest.mark.requirement("FM-7", partial=True)
def test_the_wording_of_the_day_is_printed_and_stays_on_what_was_issued(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    before = "この写しは、世帯全員の住民票の原本と相違ないことを証明する。"
    after = "右は、世帯全員の住民票の原本と相違ないことを証明する。"
    word(session, "certification_whole", after, TOMORROW)
    [today] = issue(session, keyring, wanted(family))
    [tomorrow] = issue(session, keyring, wanted(family), now=TEST_MOMENT + dt.timedelta(days=1))
    assert before in paper(session, keyring, today) and before not in paper(session, keyring, tomorrow)
    assert after in paper(session, keyring, tomorrow)
    [part] = issue(session, keyring, wanted(family[:1]), now=TEST_MOMENT + dt.timedelta(days=1))
    assert "世帯の一部の住民票" in paper(session, keyring, part)
    word(session, "certification", "個人票の認証文を変えた。", form=Style.INDIVIDUAL.value)
    [single] = issue(session, keyring, wanted(family[:1], Style.INDIVIDUAL))
    assert "個人票の認証文を変えた。" in paper(session, keyring, single)


@pytest.mark.pdf
@pytest.mark.requirement("RR-5.6b", partial=True)
def test_the_notes_beside_the_seal_are_worded_too(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    word(session, "seal_note", "この印は黒の電子公印です。")
    word(session, "no_seal_note", "職印の押印を省略")
    [sealed] = issue(session, keyring, wanted(family))
    [bare] = issue(session, keyring, wanted(family, seal=False))
    page = paper(session, keyring, sealed)
    assert "この印は黒の電子公印です。" in page and "この印は黒色です。" not in page
    page = paper(session, keyring, bare)
    assert "職印の押印を省略" in page and "公印省略" not in page


@pytest.mark.pdf
@pytest.mark.requirement("RR-5.6a", "RR-5.6b", partial=True)
def test_the_seal_of_the_form_is_printed(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    """A form set to the certificate-only seal carries that, and is not issued while there is none."""
    word(session, "seal_use", SealUse.CERTIFICATE.value)
    with pytest.raises(MasterMissing, match="市区町村長の公印（証明書専用）"):
        operations.prepare(session, CLERK, keyring, wanted(family), now=TEST_MOMENT)
    [individual] = issue(session, keyring, wanted(family[:1], Style.INDIVIDUAL))
    session.add(
        Seal(
            kind=CertifierKind.MAYOR, use=SealUse.CERTIFICATE, size_mm=18, valid_from=TODAY,
            image_png=draw_seal("証明専用之印", dots=200),
        )
    )  # fmt: skip
    session.flush()
    own = operations.prepare(session, CLERK, keyring, wanted(family), now=TEST_MOMENT)
    common = operations.prepare(
        session, CLERK, keyring, wanted(family[:1], Style.INDIVIDUAL), now=TEST_MOMENT
    )
    [(_, household), (_, single)] = [*own.documents, *common.documents]
    assert household["certification"]["seal_png"] != single["certification"]["seal_png"]
    assert individual.pages >= 1


def logged(session: Session) -> list[object]:
    write_pending(session)
    rows = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "証明書の発行").order_by(AuditEntry.sequence)
    )
    return [row.details["手数料の額（円）"] for row in rows]


def test_what_a_copy_costs_goes_to_the_log(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    issue(session, keyring, wanted(family))
    session.add_all(
        [
            CertificateFee(form=FORM, fee=Fee.PAID.value, amount=300, valid_from=TODAY),
            CertificateFee(form=FORM, fee=Fee.PAID.value, amount=350, valid_from=TOMORROW),
        ]
    )
    session.flush()
    issue(session, keyring, wanted(family))
    issue(session, keyring, wanted(family, fee=Fee.FREE_OTHER))
    issue(session, keyring, wanted(family), now=TEST_MOMENT + dt.timedelta(days=1))
    # Nothing registered, the fee of the day, nothing to pay, the fee of the next day.
    assert logged(session) == [None, 300, 0, 350]


@pytest.mark.requirement("RR-1.3.8b", partial=True)
def test_the_counter_sees_the_fee_and_how_long_the_record_is_kept(
    login: Login, couple: Couple, database: Database
) -> None:
    with database.transaction() as session:
        session.add(CertificateFee(form=FORM, fee="paid", amount=1300, valid_from=TODAY))
    browser = login(*COUNTER)
    address = start(browser, couple.first, "household")
    page = browser.get(address).text
    assert "住民票の写し（世帯連記式）：1通 1,300円" in page
    assert "住民票の写し（個人票）：1通" not in page  # none registered: no amount is made up
    browser.post(address, data=fields(couple, act="issue"))
    [row] = issued(database)
    assert "令和13年11月24日まで消せません" in browser.get(f"/certificates/issue/{row.id}").text
    with database.transaction() as session:
        session.add(KeepingTerm(data=KeptData.ISSUE_HISTORY, years=20, valid_from=TODAY))
    assert "令和28年11月24日まで消せません" in browser.get(f"/certificates/issue/{row.id}").text


@pytest.fixture
def known_eras() -> Iterator[None]:
    """The eras of the program are in use before and after."""
    install_eras(ERAS)
    yield
    install_eras(ERAS)


@pytest.mark.pdf
@pytest.mark.requirement("RR-1.3.6")
@pytest.mark.usefixtures("known_eras")
def test_a_new_era_needs_a_row_and_stands_in_entry_screen_and_certificate(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    """Nothing but the row is added: what is typed in it, the record, the preview and the paper follow."""
    first = dt.date(2026, 12, 1)
    entry = EraEntry("永安", "E", 6, first, True)
    add_era(session, clerk(Permission.ADMIN_MASTERS), entry, moment=TEST_MOMENT)
    install_eras(load_eras(session))
    typed = parse_date("E1.12.3", DateField.EVENT)
    assert (typed.exact, typed.wareki) == (dt.date(2026, 12, 3), "永安元年12月3日")
    moved = residents.change(
        session, ChangeReason.MOVE_WITHIN, processed_on=dt.date(2026, 12, 4), moved_on=typed,
        notified_on=dt.date(2026, 12, 4),
    )  # fmt: skip
    people = [
        residents.next_snapshot(
            session, person, moved, address="架空県架空市西町5番6号", building=None, address_set_on=typed,
            notified_on=dt.date(2026, 12, 4), birth_date=DateValue.of(dt.date(1980, 5, 5)),
        )
        for person in family
    ]  # fmt: skip
    moment = TEST_MOMENT.replace(month=12, day=4)
    shown = frozenset({Shown.HISTORY})
    prepared = operations.prepare(
        session, CLERK, keyring, wanted(people[:1], Style.INDIVIDUAL, shown=shown), now=moment
    )
    [preview] = operations.preview(session, CLERK, prepared, fonts(), now=moment)
    [row] = issue(session, keyring, wanted(people[:1], Style.INDIVIDUAL, shown=shown), now=moment)
    for page in (text_of(preview.pdf), paper(session, keyring, row)):
        # 住所を定めた年月日, 異動日, 届出日 and 発行日 in the new era; earlier days stay in theirs.
        assert "永安元年12月3日" in page and "永安元年12月3日 異動" in page and "永安元年12月4日 届出" in page
        assert page.count("永安元年12月4日") >= 3 and "昭和55年5月5日" in page and "令和8年6月8日" in page
        assert "令和8年12月" not in page
