"""From the request to the paper: what is printed, what is recorded, what never leaves."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import Any

import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageOps
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from residentapp.config import Settings
from residentapp.core.access.permissions import Permission
from residentapp.core.audit import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateField, DateValue, parse_date
from residentapp.core.documents import Fonts
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.residents.certificates import handing_over, operations
from residentapp.residents.certificates.documents import SEAL_PLACE_MM, seal_on_paper
from residentapp.residents.certificates.models import CertificateIssue, CertificateSubject
from residentapp.residents.certificates.types import (
    USUALLY_SHOWN,
    CertificateRequest,
    IssueNotFound,
    IssueRefused,
    Requester,
    Shown,
    Style,
    WrongCertificate,
)
from residentapp.residents.models import IntegratedRemark, ResidentHistory
from residentapp.residents.types import ChangeReason, ForeignCategory, RemarkKind, ResidentKind, Sex
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.masters import make_masters
from tests.support.users import clerk

CLERK = clerk(
    Permission.CERTIFICATE_ISSUE,
    Permission.ITEM_REGISTERED_DOMICILE,
    Permission.ITEM_INDIVIDUAL_NUMBER,
    Permission.ITEM_RESIDENT_CODE,
    Permission.ITEM_RESIDENCE_STATUS,
)
SOON = TEST_MOMENT + dt.timedelta(minutes=5)


@cache
def fonts() -> Fonts:
    settings = Settings.from_environment({})
    fallback = [settings.font_fallback] if settings.font_fallback else None
    return Fonts(settings.font_mj, settings.font_gj, fallback)


def text_of(pdf: bytes) -> str:
    document = pdfium.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


@pytest.fixture
def family(session: Session, keyring: Keyring) -> list[ResidentHistory]:
    """A couple, exact characters, with numbers, a move and remarks."""
    make_masters(session)
    people = residents.family(
        session,
        {
            "name": "辻󠄂　一", "name_kana": "ツジ　ハジメ", "head_name": "辻󠄂　一",
            "registered_domicile": "架空県架空市本町一丁目77番",
            "individual_number_cipher": keyring.encrypt("123456789018", context=INDIVIDUAL_NUMBER),
            "resident_code_cipher": keyring.encrypt("10000000001", context=RESIDENT_CODE),
        },
        {
            "name": "辻󠄂　𠮷子", "name_kana": "ツジ　ヨシコ", "head_name": "辻󠄂　一", "relationship_to_head": "妻",
            "sex": Sex.FEMALE, "former_name": "渡邉󠄏", "former_name_kana": "ワタナベ",
        },
    )  # fmt: skip
    moved = residents.change(
        session,
        ChangeReason.MOVE_WITHIN,
        processed_on=dt.date(2026, 6, 10),
        moved_on=DateValue.of(dt.date(2026, 6, 8)),
        notified_on=dt.date(2026, 6, 10),
    )
    after = [
        residents.next_snapshot(
            session, person, moved, address="架空県架空市東町9番1号", building="東荘202",
            address_set_on=DateValue.of(dt.date(2026, 6, 8)), notified_on=dt.date(2026, 6, 10),
        )
        for person in people
    ]  # fmt: skip
    for number, kind, words, history_number in (
        (after[0].addressee_number, RemarkKind.HISTORY, "変更前の住所　本町一丁目2番3号", 2),
        (after[0].addressee_number, RemarkKind.NOTE, "支所で受理した", 2),
        (after[0].addressee_number, RemarkKind.REMARK, "事実上の世帯主は別にある", None),
        (after[0].addressee_number, RemarkKind.HISTORY, "特別養子縁組により記載", 1),
    ):
        session.add(
            IntegratedRemark(
                addressee_number=number, history_number=history_number, kind=kind, text=words,
                recorded_on=dt.date(2026, 6, 10),
            )
        )  # fmt: skip
    session.flush()
    return after


def wanted(
    people: list[ResidentHistory], style: Style = Style.HOUSEHOLD, **changes: Any
) -> CertificateRequest:
    request = CertificateRequest(
        style=style,
        household_number=people[0].household_number,
        subjects=tuple(person.addressee_number for person in people),
        versions={person.addressee_number: person.history_number for person in people},
    )
    return dataclasses.replace(request, **changes)


def issue(
    session: Session, keyring: Keyring, request: CertificateRequest, **more: Any
) -> list[CertificateIssue]:
    return operations.issue(
        session, more.pop("actor", CLERK), keyring, request, fonts(), now=more.pop("now", TEST_MOMENT), **more
    )


def paper(session: Session, keyring: Keyring, row: CertificateIssue) -> str:
    handed = handing_over.hand_over(session, CLERK, keyring, row.id, fonts(), now=SOON)
    return text_of(handed.pdf)


@pytest.mark.pdf
@pytest.mark.requirement("RR-1.1.3b", "RR-5.4")
@pytest.mark.requirement("RR-5.6a", partial=True)
def test_the_household_style_shows_the_family_as_recorded(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    [row] = issue(
        session, keyring, wanted(family, shown=USUALLY_SHOWN | {Shown.RELATIONSHIP, Shown.DOMICILE})
    )
    page = paper(session, keyring, row)
    for words in (
        "辻󠄂　一", "ツジ　ハジメ", "辻󠄂　𠮷子", "渡邉󠄏", "昭和55年5月5日", "世帯主", "妻",
        "架空県架空市東町9番1号　東荘202", "架空県架空市本町一丁目77番", "世帯全員の住民票の原本と相違ない",
        "令和8年11月24日", "架空県架空市長", "架空　一郎", "この印は黒色です。",
    ):  # fmt: skip
        assert words in page, words
    assert "123456789018" not in page and "10000000001" not in page and "見本" not in page
    assert page.count("＊＊＊省略＊＊＊") == 4


@pytest.mark.pdf
@pytest.mark.requirement("RR-1.1.3a")
@pytest.mark.requirement("RR-5.1a", partial=True)
@pytest.mark.parametrize(
    ("item", "words"),
    [
        (Shown.RELATIONSHIP, ["世帯主\r\n", "辻󠄂　一"]),
        (Shown.DOMICILE, ["架空県架空市本町一丁目77番"]),
        (Shown.RESIDENT_CODE, ["10000000001"]),
        (Shown.INDIVIDUAL_NUMBER, ["123456789018"]),
        (Shown.HISTORY, ["転居", "令和8年6月8日 異動", "変更前の住所　本町一丁目2番3号", "支所で受理した"]),
        (Shown.KANA, ["ツジ　ハジメ"]),
    ],
)
def test_an_item_is_printed_when_and_only_when_it_is_asked_for(
    session: Session, keyring: Keyring, family: list[ResidentHistory], item: Shown, words: list[str]
) -> None:
    def printed(shown: frozenset[Shown]) -> str:
        [row] = issue(session, keyring, wanted(family[:1], Style.INDIVIDUAL, shown=shown))
        return paper(session, keyring, row)

    having, without = printed(frozenset({item})), printed(frozenset())
    for word in words:
        assert word in having
    assert any(word not in without for word in words)
    if item is not Shown.RELATIONSHIP:
        assert not any(word in without for word in words)


@pytest.mark.pdf
@pytest.mark.requirement("RR-1.1.4b", partial=True)
def test_history_leaves_special_adoption_out_and_remarks_stay(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    shown = frozenset({Shown.HISTORY})
    [row] = issue(session, keyring, wanted(family[:1], Style.INDIVIDUAL, shown=shown))
    page = paper(session, keyring, row)
    assert "特別養子" not in page and "国内転入" not in page
    assert "事実上の世帯主は別にある" in page
    assert "架空県架空市本町一丁目2番3号" in page  # the address before the move


@pytest.mark.pdf
def test_nobody_is_printed_beyond_those_selected(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    [row] = issue(session, keyring, wanted(family[1:], shown=frozenset()))
    page = paper(session, keyring, row)
    assert "𠮷子" in page and "世帯の一部の住民票" in page
    assert "辻󠄂　一" not in page
    assert [subject.addressee_number for subject in row.subjects] == [family[1].addressee_number]


@pytest.mark.pdf
@pytest.mark.requirement("RR-1.1.9a")
@pytest.mark.requirement("RR-5.1b", partial=True)
def test_a_foreign_residents_copy(session: Session, keyring: Keyring) -> None:
    make_masters(session)
    [person] = residents.family(
        session,
        {
            "resident_kind": ResidentKind.FOREIGN, "name": "張　玉蓮", "name_alphabet": "ZHANG YULIN",
            "birth_date": parse_date("1998-07-09", DateField.BIRTH).in_seireki(), "sex": Sex.FEMALE,
            "became_foreign_resident_on": DateValue.of(dt.date(2023, 10, 2)), "became_resident_on": None,
            "foreign_category": ForeignCategory.MID_TO_LONG_TERM, "nationality": "中国",
            "residence_status": "技術・人文知識・国際業務", "residence_period": "3年",
            "residence_expires_on": dt.date(2028, 10, 1), "residence_card_number": "AB12345678CD",
            "alias": "住民　玉子", "alias_recorded_on": dt.date(2023, 10, 5),
            "alias_recorded_municipality": "架空県架空市",
            "registered_domicile": None, "register_head": None,
        },
    )  # fmt: skip
    [full] = issue(session, keyring, wanted([person], Style.INDIVIDUAL, shown=frozenset(Shown) - {
        Shown.INDIVIDUAL_NUMBER, Shown.RESIDENT_CODE
    }))  # fmt: skip
    page = paper(session, keyring, full)
    for words in (
        "ZHANG YULIN　張　玉蓮", "1998年7月9日", "令和5年10月2日", "中長期在留者", "中国", "技術・人文知識・国際業務",
        "3年", "2028年10月1日", "AB12345678CD", "住民　玉子", "令和5年10月5日　架空県架空市にて記載",
    ):  # fmt: skip
        assert words in page, words
    assert "平成10年" not in page and "令和10年" not in page
    [bare] = issue(session, keyring, wanted([person], Style.INDIVIDUAL, shown=frozenset()))
    page = paper(session, keyring, bare)
    for words in ("中長期在留者", "中国", "技術・人文知識", "2028年10月1日", "AB12345678CD", "にて記載"):
        assert words not in page, words


@pytest.mark.requirement("RR-5.5a", "RR-5.5b", "RR-5.5c")
def test_each_copy_has_its_own_number(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    rows = issue(session, keyring, wanted(family, Style.INDIVIDUAL, copies=2))
    assert [row.issue_number for row in rows] == [
        f"20261124 架空市 窓口1番 プリンタ001 {serial:03d}" for serial in (1, 2, 3, 4)
    ]
    assert "20261124 架空市 窓口1番 プリンタ001 003 1/1" in paper(session, keyring, rows[2])
    assert "本庁" not in paper(session, keyring, rows[2])
    [next_day] = issue(session, keyring, wanted(family), now=TEST_MOMENT + dt.timedelta(days=1))
    assert next_day.serial == 1


@pytest.mark.pdf
@pytest.mark.requirement("RR-5.7a", partial=True)
def test_official_use_is_printed_for_official_requests_only(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    [row] = issue(
        session, keyring,
        wanted(family, requester=Requester.OFFICIAL, requester_name="架空税務署", purpose="国税の調査"),
    )  # fmt: skip
    [own] = issue(session, keyring, wanted(family))
    assert "公　用" in paper(session, keyring, row) and "公　用" not in paper(session, keyring, own)
    assert operations.requester_of(keyring, row) == {"name": "架空税務署", "purpose": "国税の調査"}
    assert "架空税務署".encode() not in row.requester_cipher


@pytest.mark.pdf
@pytest.mark.requirement("RR-1.3.9a", partial=True)
@pytest.mark.parametrize(
    ("day", "name"), [(9, "架空　一郎"), (10, "架空　二郎"), (20, "架空　二郎"), (21, "架空　一郎")]
)
def test_the_certifier_of_the_day_signs(
    session: Session, keyring: Keyring, family: list[ResidentHistory], day: int, name: str
) -> None:
    moment = TEST_MOMENT.replace(month=8, day=day)
    [row] = issue(session, keyring, wanted(family), now=moment)
    page = paper(session, keyring, row)
    assert name in page and f"令和8年8月{day}日" in page


@pytest.mark.requirement("RR-5.6b", partial=True)
@pytest.mark.parametrize("size_mm", [10.0, 21.0, 25.0])
def test_the_seal_comes_out_at_its_own_size(size_mm: float) -> None:
    square = Image.new("1", (200, 200), 0)
    out = BytesIO()
    square.save(out, "PNG")
    placed = Image.open(BytesIO(seal_on_paper(out.getvalue(), size_mm)))
    black = ImageOps.invert(placed.convert("L")).getbbox()
    assert black is not None and placed.width == placed.height
    assert (black[2] - black[0]) / placed.width * SEAL_PLACE_MM == pytest.approx(size_mm, abs=0.1)


def test_without_a_seal_it_says_so(session: Session, keyring: Keyring, family: list[ResidentHistory]) -> None:
    [row] = issue(session, keyring, wanted(family, seal=False))
    page = paper(session, keyring, row)
    assert "公印省略" in page and "黒色" not in page


# ---- recorded before it leaves, and kept


@pytest.mark.requirement("RR-1.3.8a", partial=True)
def test_the_issue_is_recorded_with_all_its_items(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    [row] = issue(session, keyring, wanted(family, shown=frozenset({Shown.KANA, Shown.INDIVIDUAL_NUMBER})))
    kept = session.scalars(select(CertificateIssue)).one()
    assert (kept.issued_at, kept.issued_on) == (TEST_MOMENT, dt.date(2026, 11, 24))
    assert (kept.office_name, kept.terminal_name, kept.printer_name) == ("本庁", "窓口1番", "プリンタ001")
    assert (kept.user_login, kept.style, kept.pages, kept.serial) == ("tanto", Style.HOUSEHOLD, 1, 1)
    assert kept.shown == ["individual_number", "kana"] and kept.handed_over_at is None
    assert [(s.addressee_number, s.history_number) for s in kept.subjects] == [
        (person.addressee_number, person.history_number) for person in family
    ]
    assert b"123456789018" not in kept.snapshot_cipher
    handing_over.hand_over(session, CLERK, keyring, row.id, fonts(), now=SOON)
    write_pending(session)
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()
    assert [(entry.log, entry.action) for entry in entries] == [
        ("print", "証明書の発行"),
        ("print", "証明書の出力"),
    ]
    assert all(entry.individual_number for entry in entries)
    assert "123456789018" not in str([entry.details for entry in entries])
    assert kept.handed_over_at == SOON


@pytest.mark.requirement("FM-3", partial=True)
def test_handing_over_again_gives_the_same_bytes_whatever_changed_since(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    [row] = issue(session, keyring, wanted(family))
    first = handing_over.hand_over(session, CLERK, keyring, row.id, fonts(), now=SOON)
    residents.next_snapshot(
        session, family[0], residents.change(session, ChangeReason.CORRECT_ERROR), name="辻󠄃　一"
    )
    second = handing_over.hand_over(
        session, CLERK, keyring, row.id, fonts(), now=SOON + dt.timedelta(days=30)
    )
    assert first.pdf == second.pdf and (first.again, second.again) == (False, True)


@pytest.mark.requirement("RR-1.3.8b")
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM certificate_subject",
        "DELETE FROM certificate_issue",
        "UPDATE certificate_issue SET issue_number = 'x'",
        "UPDATE certificate_subject SET place = 9",
    ],
)
def test_the_history_of_issues_cannot_be_deleted_or_changed(
    session: Session, keyring: Keyring, family: list[ResidentHistory], statement: str
) -> None:
    issue(session, keyring, wanted(family))
    with pytest.raises(DatabaseError, match="keeps its rows"), session.begin_nested():
        session.execute(text(statement))


def test_a_disposal_is_recorded_once_with_its_reason(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    [row] = issue(session, keyring, wanted(family))
    chief = clerk(Permission.CERTIFICATE_DISPOSE, Permission.ISSUE_HISTORY_VIEW, login="chief")
    with pytest.raises(IssueRefused) as refused:
        handing_over.dispose(session, chief, row.id, "　", now=SOON)
    assert [violation.code for violation in refused.value.violations] == ["CI-E062"]
    handing_over.dispose(session, chief, row.id, "字形の誤り", now=SOON)
    assert (row.disposed_at, row.disposed_by, row.disposal_reason) == (SOON, "chief", "字形の誤り")
    with pytest.raises(IssueRefused) as again:
        handing_over.dispose(session, chief, row.id, "もう一度", now=SOON)
    assert [violation.code for violation in again.value.violations] == ["CI-E061"]
    with pytest.raises(IssueRefused) as gone:
        handing_over.hand_over(session, CLERK, keyring, row.id, fonts(), now=SOON)
    assert [violation.code for violation in gone.value.violations] == ["CI-E060"]


def test_another_clerk_needs_the_right_to_the_history(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    [row] = issue(session, keyring, wanted(family))
    other = clerk(Permission.CERTIFICATE_ISSUE, login="other")
    with pytest.raises(IssueNotFound):
        handing_over.hand_over(session, other, keyring, row.id, fonts(), now=SOON)
    with pytest.raises(IssueNotFound):
        handing_over.hand_over(session, CLERK, keyring, "0" * 32, fonts(), now=SOON)
    blind = clerk(Permission.CERTIFICATE_ISSUE, Permission.ISSUE_HISTORY_VIEW, login="other")
    with pytest.raises(IssueRefused):
        handing_over.hand_over(session, blind, keyring, row.id, fonts(), now=SOON)
    reader = replace(CLERK, login="other", permissions=CLERK.permissions | blind.permissions)
    assert handing_over.hand_over(session, reader, keyring, row.id, fonts(), now=SOON).pdf[:5] == b"%PDF-"


# ---- the certificate of the wrong person (CM-5.2)


def lift_guards(session: Session) -> None:
    """Play the fault that the triggers would prevent."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("DROP TRIGGER certificate_subject_fixed"))
        session.execute(text("DROP TRIGGER certificate_issue_fixed"))
    else:
        session.execute(text("ALTER TABLE certificate_subject DISABLE TRIGGER ALL"))
        session.execute(text("ALTER TABLE certificate_issue DISABLE TRIGGER ALL"))


@pytest.mark.requirement("CM-5.2", partial=True)
@pytest.mark.parametrize("fault", ["other snapshot", "other person", "other pages"])
def test_pages_that_are_not_what_was_asked_for_never_leave(
    session: Session, keyring: Keyring, family: list[ResidentHistory], fault: str
) -> None:
    stranger = residents.resident(session, name="別人　花子")
    [mine] = issue(session, keyring, wanted(family))
    [theirs] = issue(session, keyring, wanted([stranger]))
    lift_guards(session)
    if fault == "other snapshot":
        change = {"snapshot_cipher": theirs.snapshot_cipher, "pdf_sha256": theirs.pdf_sha256}
        session.execute(update(CertificateIssue).where(CertificateIssue.id == mine.id).values(**change))
    elif fault == "other person":
        session.execute(
            update(CertificateSubject)
            .where(
                CertificateSubject.issue_id == mine.id,
                CertificateSubject.addressee_number == family[1].addressee_number,
            )
            .values(addressee_number=stranger.addressee_number, history_number=1)
        )
    else:
        session.execute(
            update(CertificateIssue).where(CertificateIssue.id == mine.id).values(pdf_sha256="0" * 64)
        )
    session.expire_all()
    with pytest.raises(WrongCertificate, match="渡さないでください"):
        handing_over.hand_over(session, CLERK, keyring, mine.id, fonts(), now=SOON)


@pytest.mark.requirement("CM-5.2", partial=True)
def test_an_issue_on_an_outdated_screen_is_refused(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    request = wanted(family)
    residents.next_snapshot(session, family[0], residents.change(session), building="西荘1")
    with pytest.raises(IssueRefused) as refused:
        issue(session, keyring, request)
    assert [violation.code for violation in refused.value.violations] == ["CI-E004"]


# ---- protected people


@pytest.mark.requirement("RR-3.4a", partial=True)
@pytest.mark.parametrize("style", [Style.INDIVIDUAL, Style.HOUSEHOLD])
def test_a_protected_person_bars_the_issue_and_no_page_is_made(
    session: Session, keyring: Keyring, family: list[ResidentHistory], style: Style
) -> None:
    residents.protect(session, family[1])
    chief = dataclasses.replace(CLERK, permissions=frozenset(Permission))
    prepared = operations.prepare(session, chief, keyring, wanted(family, style), now=TEST_MOMENT)
    assert [violation.code for violation in prepared.errors] == ["CI-E010"]
    assert prepared.documents == []
    with pytest.raises(IssueRefused):
        issue(session, keyring, wanted(family, style))
    assert session.scalars(select(CertificateIssue)).all() == []


def test_whoever_lives_with_a_protected_person_is_barred_too(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    residents.protect(session, family[1])
    prepared = operations.prepare(session, CLERK, keyring, wanted(family[:1]), now=TEST_MOMENT)
    assert [violation.code for violation in prepared.errors] == ["CI-E010"]


def test_pages_issued_before_the_measure_no_longer_leave(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    [row] = issue(session, keyring, wanted(family))
    residents.protect(session, family[0])
    with pytest.raises(IssueRefused) as refused:
        handing_over.hand_over(session, CLERK, keyring, row.id, fonts(), now=SOON)
    assert [violation.code for violation in refused.value.violations] == ["CI-E010"]


@pytest.mark.requirement("RR-3.1b", partial=True)
def test_a_temporary_lift_opens_one_output_and_ends_by_itself(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    from residentapp.residents.models import Suppression

    residents.protect(session, family[0], family[1])
    until = TEST_MOMENT + dt.timedelta(minutes=10)
    session.execute(update(Suppression).values(lifted_until=until))
    session.expire_all()
    assert issue(session, keyring, wanted(family))
    with pytest.raises(IssueRefused):
        issue(session, keyring, wanted(family), now=until)


# ---- characters and overflow (RR-5.8b, CM-1)


@pytest.mark.pdf
@pytest.mark.requirement("RR-5.8b", partial=True)
def test_an_unregistered_variant_needs_a_reason_before_it_is_issued(
    session: Session, keyring: Keyring
) -> None:
    make_masters(session)
    [person] = residents.family(session, {"name": "辻󠄀　太郎", "head_name": "辻󠄀　太郎"})
    with pytest.raises(IssueRefused) as refused:
        issue(session, keyring, wanted([person]))
    [alert] = [violation for violation in refused.value.violations if "氏" in violation.message]
    assert (alert.code, "U+8FBB U+E0100" in alert.message) == ("CI-A051", True)
    reasons = {operations.alert_name(violation): "本人に確認" for violation in refused.value.violations}
    [row] = issue(session, keyring, wanted([person]), confirmed=reasons)
    assert row.confirmed == reasons
    assert "辻󠄀　太郎" in paper(session, keyring, row)


def test_without_the_right_nothing_is_prepared(
    session: Session, keyring: Keyring, family: list[ResidentHistory]
) -> None:
    from residentapp.core.access.actor import PermissionDenied

    with pytest.raises(PermissionDenied):
        operations.prepare(session, clerk(Permission.RESIDENT_VIEW), keyring, wanted(family), now=TEST_MOMENT)
