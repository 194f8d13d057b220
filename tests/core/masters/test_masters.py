"""Certifiers and seals by the day (RR-1.3.7, RR-1.3.9)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from residentapp.core.masters.models import Certifier, CertifierKind, Seal
from residentapp.core.masters.queries import MasterMissing, certifier_on, own_municipality, seal_on


def register(session: Session) -> None:
    session.add_all(
        [
            Certifier(
                kind=CertifierKind.MAYOR, title="架空市長", name="架空　一郎", valid_from=dt.date(2023, 5, 1)
            ),
            Certifier(
                kind=CertifierKind.DEPUTY,
                title="架空市長職務代理者 架空市副市長",
                name="架空　二郎",
                valid_from=dt.date(2026, 8, 10),
                valid_to=dt.date(2026, 8, 20),
            ),
        ]
    )
    session.flush()


@pytest.mark.requirement("RR-1.3.9a", partial=True)
@pytest.mark.parametrize(
    ("day", "name"),
    [
        (dt.date(2026, 8, 9), "架空　一郎"),
        (dt.date(2026, 8, 10), "架空　二郎"),
        (dt.date(2026, 8, 20), "架空　二郎"),
        (dt.date(2026, 8, 21), "架空　一郎"),
    ],
)
def test_the_acting_mayor_certifies_within_the_period(session: Session, day: dt.date, name: str) -> None:
    register(session)
    assert certifier_on(session, day).name == name


def test_a_day_without_a_certifier_is_said_plainly(session: Session) -> None:
    register(session)
    with pytest.raises(MasterMissing, match="認証者"):
        certifier_on(session, dt.date(2023, 4, 30))


@pytest.mark.requirement("RR-1.3.9b")
def test_a_certifier_without_a_name_is_refused(session: Session) -> None:
    session.add(
        Certifier(kind=CertifierKind.MAYOR, title="架空市長", name="", valid_from=dt.date(2023, 5, 1))
    )
    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.requirement("RR-1.3.7", partial=True)
def test_each_certifier_has_a_seal(session: Session) -> None:
    for kind, picture in ((CertifierKind.MAYOR, b"mayor"), (CertifierKind.DEPUTY, b"deputy")):
        session.add(Seal(kind=kind, image_png=picture, size_mm=21, valid_from=dt.date(2023, 5, 1)))
    session.flush()
    assert seal_on(session, CertifierKind.MAYOR, dt.date(2026, 1, 1)).image_png == b"mayor"
    assert seal_on(session, CertifierKind.DEPUTY, dt.date(2026, 1, 1)).image_png == b"deputy"
    with pytest.raises(MasterMissing, match="公印"):
        seal_on(session, CertifierKind.MAYOR, dt.date(2023, 4, 30))


@pytest.mark.parametrize(("size", "allowed"), [(24.9, True), (25.0, True), (25.1, False)])
def test_a_seal_is_at_most_25_mm(session: Session, size: float, allowed: bool) -> None:
    session.add(Seal(kind=CertifierKind.MAYOR, image_png=b"x", size_mm=size, valid_from=dt.date(2023, 5, 1)))
    if allowed:
        session.flush()
    else:
        with pytest.raises(IntegrityError):
            session.flush()


def test_an_unregistered_municipality_is_said_plainly(session: Session) -> None:
    with pytest.raises(MasterMissing, match="自団体"):
        own_municipality(session)
