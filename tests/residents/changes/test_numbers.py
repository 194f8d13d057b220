"""住民票コード and 個人番号 (RR-4.3.1, RR-4.3.2, RR-4.4) on the whole road."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from sqlalchemy import DateTime, select

from residentapp.core.access.actor import system_actor
from residentapp.core.masters.queries import own_municipality
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE, free_codes
from residentapp.core.outbox import InboxState, OutboxMessage, Partner, receive, take
from residentapp.residents import history
from residentapp.residents.cases.queries import payload_of
from residentapp.residents.changes.procedure import PROCEDURES
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.messages.handlers import load_handlers
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.types import ChangeReason
from tests.residents.changes.office import ChangeOffice
from tests.residents.move_in.cases import individual_number
from tests.support import residents

WHEN = {"moved_on": "令和8年11月24日"}


def with_numbers(office: ChangeOffice, code: str, number: str, **values: object) -> ResidentHistory:
    keyring = office.keyring
    named: dict[str, object] = {"name": "番号　持", "head_name": "番号　持"}
    return residents.resident(
        office.session,
        resident_code_cipher=keyring.encrypt(code, context=RESIDENT_CODE),
        resident_code_hash=keyring.lookup_hash(code, context=RESIDENT_CODE),
        individual_number_cipher=keyring.encrypt(number, context=INDIVIDUAL_NUMBER),
        individual_number_hash=keyring.lookup_hash(number, context=INDIVIDUAL_NUMBER),
        **(named | values),
    )


def code_of(office: ChangeOffice, person: ResidentHistory) -> str:
    cipher = office.latest(person).resident_code_cipher
    assert cipher is not None
    return office.keyring.decrypt_text(cipher, context=RESIDENT_CODE)


def number_of(office: ChangeOffice, person: ResidentHistory) -> str:
    cipher = office.latest(person).individual_number_cipher
    assert cipher is not None
    return office.keyring.decrypt_text(cipher, context=INDIVIDUAL_NUMBER)


@pytest.mark.requirement("RR-4.3.2a", "RR-4.3.1a", partial=True)
def test_a_code_is_drawn_for_who_has_none_and_changed_on_request(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    free = free_codes(office.session)
    entry = office.begin("code_change", family[0]).with_values(**WHEN)
    assert "NU-E002" in office.codes(entry)
    entry = office.begin("code_record", family[0]).with_values(**WHEN)
    assert "NU-E001" not in office.codes(entry)
    [change] = office.changes(office.register(entry))
    assert change.reason is ChangeReason.RESIDENT_CODE_RECORD_EX_OFFICIO
    first = code_of(office, family[0])
    assert free_codes(office.session) == free - 1
    assert "NU-E001" in office.codes(office.begin("code_record", family[0]).with_values(**WHEN))

    [change] = office.changes(office.register(office.begin("code_change", family[0]).with_values(**WHEN)))
    assert change.reason is ChangeReason.RESIDENT_CODE_CHANGE_ON_REQUEST
    assert code_of(office, family[0]) != first
    assert office.remarks(office.latest(family[0])) == ["住民票コードの変更"]


@pytest.mark.requirement("RR-4.3.1b")
def test_few_free_codes_are_an_alert(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    own = own_municipality(office.session)
    own.resident_code_low_water = free_codes(office.session) - 1
    office.session.flush()
    assert "NU-A002" not in office.codes(office.begin("code_record", family[0]).with_values(**WHEN))
    own.resident_code_low_water = free_codes(office.session)
    office.session.flush()
    assert "NU-A002" in office.codes(office.begin("code_record", family[0]).with_values(**WHEN))


def test_a_wrong_code_is_corrected(office: ChangeOffice) -> None:
    person = with_numbers(office, "93000000001", individual_number(1))
    other = with_numbers(office, "93000000002", individual_number(2))
    entry = office.begin("code_correct", person).with_values(**WHEN)
    assert "NU-E003" in office.codes(office.typed(entry, person, resident_code="93000000001"))
    assert "NU-E004" in office.codes(office.typed(entry, person, resident_code="93000000002"))
    assert "CH-E058" in office.codes(office.typed(entry, person, resident_code="9300"))
    [change] = office.changes(office.register(office.typed(entry, person, resident_code="930-0000-0003")))
    assert change.reason is ChangeReason.CORRECT_EX_OFFICIO
    assert code_of(office, person) == "93000000003"
    assert code_of(office, other) == "93000000002"


@pytest.mark.requirement("RR-4.4", partial=True)
def test_individual_numbers(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    person = with_numbers(office, "93000000001", individual_number(1), number_card_state="交付済み")
    new = individual_number(3)
    entry = office.begin("number_change", person).with_values(**WHEN)
    assert "NU-E003" in office.codes(office.typed(entry, person, individual_number=individual_number(1)))
    assert "CH-E057" in office.codes(office.typed(entry, person, individual_number="123456789012"))
    entry = office.typed(entry, person, individual_number=new)
    assert office.codes(entry) == ["NU-A001"]
    [change] = office.changes(office.register(entry))
    assert change.reason is ChangeReason.NUMBER_CHANGE_ON_REQUEST
    assert number_of(office, person) == new

    entry = office.begin("number_record", family[0]).with_values(**WHEN)
    assert "NU-E004" in office.codes(office.typed(entry, family[0], individual_number=new))
    [change] = office.changes(
        office.register(office.typed(entry, family[0], individual_number=individual_number(4)))
    )
    assert change.reason is ChangeReason.NUMBER_RECORD_EX_OFFICIO
    assert "NU-E001" in office.codes(
        office.typed(
            office.begin("number_record", family[0]).with_values(**WHEN),
            family[0],
            individual_number=individual_number(5),
        )
    )
    entry = office.begin("number_correct", family[0]).with_values(**WHEN)
    [change] = office.changes(
        office.register(office.typed(entry, family[0], individual_number=individual_number(6)))
    )
    assert change.reason is ChangeReason.NUMBER_CORRECT_EX_OFFICIO
    assert number_of(office, family[0]) == individual_number(6)
    assert "NU-E002" in office.codes(office.begin("number_correct", family[1]).with_values(**WHEN))


def messages_of(office: ChangeOffice, change: ResidentChange) -> list[str]:
    """Kinds of the messages that tell of a change."""
    query = select(OutboxMessage.kind).where(OutboxMessage.change_id == change.id)
    return list(office.session.scalars(query.order_by(OutboxMessage.id)))


def answered(office: ChangeOffice, kind: str, code: str, number: str, reason: str) -> None:
    """The CS sends a number for a 住民票コード."""
    load_handlers()
    body = {
        "header": {"reason": {"code": reason}},
        "person": {"resident_code": code, "individual_number": number},
    }
    came = receive(
        office.session, office.keyring, source=Partner.CS, kind=kind, body=body, now=office.now,
        external_id=f"{kind}-{number}",
    )  # fmt: skip
    taken = take(office.session, system_actor("連携の取込"), office.keyring, came.message.id, now=office.now)
    assert taken.state is InboxState.TAKEN, taken.error


@pytest.mark.requirement("RR-4.4")
def test_every_way_to_an_individual_number(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """指定 for a newborn; a change on request and by 職権, asked of the CS; omissions and errors put right by hand."""
    birth = office.begin("birth", household=family[0].household_number).with_values(
        moved_on="令和8年11月20日"
    )
    [child] = birth.subjects
    birth = office.typed(
        birth, child.key, name="架空　新", name_kana="カクウ　アラタ", sex="male", relationship="子",
        registered_domicile="架空県架空市本町1番", register_head="架空　太郎",
    )  # fmt: skip
    registered = office.register(birth)
    [born] = registered.numbers
    assert "cs.number_generation" in messages_of(office, office.changes(registered)[0])
    code = code_of(office, office.latest(born))
    answered(office, "cs.number_generated", code, individual_number(11), "R03")
    assert number_of(office, office.latest(born)) == individual_number(11)

    for place, (kind, reason) in enumerate(
        (
            ("number_change", ChangeReason.NUMBER_CHANGE_ON_REQUEST),
            ("number_correct", ChangeReason.NUMBER_CORRECT_EX_OFFICIO),
        )
    ):
        entry = office.begin(kind, office.latest(born)).with_values(**WHEN)
        assert office.codes(entry) == []
        spec = spec_of(kind)
        assert spec.tell is not None and "CSに求めます" in "".join(
            spec.tell(spec, entry, office.facts(entry))
        )
        typed = office.typed(entry, office.latest(born), individual_number=individual_number(12))
        assert list(spec.tell(spec, typed, office.facts(typed))) == []
        [change] = office.changes(office.register(entry))
        assert change.reason is reason
        assert "cs.number_change" in messages_of(office, change)
        asked = office.latest(born)
        assert number_of(office, asked) == individual_number(11 + place), (
            "the old one stands until the new one comes"
        )
        assert office.remarks(asked)[0].endswith("の請求")
        answered(office, "cs.number_changed", code, individual_number(12 + place), reason.value)
        assert number_of(office, asked) == individual_number(12 + place)

    omitted = office.typed(
        office.begin("number_record", family[0]).with_values(**WHEN),
        family[0],
        individual_number=individual_number(21),
    )
    [change] = office.changes(office.register(omitted))
    assert change.reason is ChangeReason.NUMBER_RECORD_EX_OFFICIO
    wrong = office.typed(
        office.begin("number_correct", office.latest(family[0])).with_values(**WHEN),
        family[0],
        individual_number=individual_number(22),
    )
    [change] = office.changes(office.register(wrong))
    assert change.reason is ChangeReason.NUMBER_CORRECT_EX_OFFICIO
    assert "cs.number_change" not in messages_of(office, change)
    assert number_of(office, family[0]) == individual_number(22)


@pytest.mark.requirement("RR-4.3.1a")
def test_codes_come_from_the_stock_of_the_cs_and_are_picked_at_random(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """Who has none and who changes it gets one that was free; forty people do not get them in their order."""
    stock = [f"9000000{number:04d}" for number in range(40)]
    assert free_codes(office.session) == len(stock)
    given = []
    for person in family:
        office.register(office.begin("code_record", person).with_values(**WHEN))
        given.append(code_of(office, person))
    for _turn in range(4):
        office.register(office.begin("code_change", office.latest(family[0])).with_values(**WHEN))
        given.append(code_of(office, family[0]))
    assert set(given) <= set(stock) and len(set(given)) == len(given) == 8
    assert free_codes(office.session) == len(stock) - 8
    # 8! orders: one in 40,320 runs would find them sorted by chance.
    assert given != sorted(given)


@pytest.mark.requirement("RR-4.3.2a")
def test_a_code_is_changed_and_corrected(office: ChangeOffice) -> None:
    person = with_numbers(office, "93000000001", individual_number(1))
    [change] = office.changes(office.register(office.begin("code_change", person).with_values(**WHEN)))
    assert change.reason is ChangeReason.RESIDENT_CODE_CHANGE_ON_REQUEST
    changed = code_of(office, person)
    assert changed != "93000000001" and changed.startswith("9000000")
    entry = office.begin("code_correct", office.latest(person)).with_values(**WHEN)
    office.register(office.typed(entry, person, resident_code="93000000003"))
    assert code_of(office, person) == "93000000003"


@pytest.mark.requirement("RR-4.3.2b")
def test_a_change_of_code_keeps_no_time_and_prints_no_letter_about_the_card(office: ChangeOffice) -> None:
    """Beside the change's own days (RR-1.2.1) nothing is held of it, and no paper asks for the card back."""
    person = with_numbers(office, "93000000001", individual_number(1), number_card_state="交付済み")
    spec = spec_of("code_change")
    assert spec.documents == () and spec.issue is None and spec.registered is None
    before = history.items_of(person)
    office.register(office.begin("code_change", person).with_values(**WHEN))
    after = history.items_of(office.latest(person))
    assert {name for name in after if after[name] != before[name]} == {
        "resident_code_cipher",
        "resident_code_hash",
    }
    assert not any(isinstance(column.type, DateTime) for column in ResidentChange.__table__.columns)
    assert not any(isinstance(column.type, DateTime) for column in ResidentHistory.__table__.columns)
    folder = Path(__file__).parents[3] / "forms_templates"
    titles = [
        tomllib.loads(path.read_text(encoding="utf-8"))["form"]["title"] for path in folder.glob("*.toml")
    ]
    assert len(titles) > 10 and not any("カード" in title for title in titles)


def test_the_same_number_waits_in_one_entry_only(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """RR-4.0.8: nobody is given one number by two entries that both wait for their approval."""
    number = individual_number(9)
    for_son = office.begin("number_record", family[2]).with_values(**WHEN)
    office.provisional(office.typed(for_son, family[2], individual_number=number))
    lodger = residents.resident(office.session, name="別所　独", head_name="別所　独")
    entry = office.begin("number_record", lodger).with_values(**WHEN)
    case = office.start(office.typed(entry, lodger, individual_number=number))
    procedure = next(each for each in PROCEDURES if each.code == case.procedure)
    payload = payload_of(office.keyring, case)
    facts = procedure.facts(office.session, office.clerk, office.keyring, case, payload, now=office.now)
    found = procedure.findings(payload, facts)
    assert "CH-E071" in [finding.code for finding in found]


def test_a_number_comes_back_when_its_change_is_cancelled(office: ChangeOffice) -> None:
    person = with_numbers(office, "93000000001", individual_number(1))
    entry = office.begin("number_change", person).with_values(**WHEN)
    office.register(office.typed(entry, person, individual_number=individual_number(3)))
    office.register(office.begin("code_change", person).with_values(**WHEN))
    office.register(office.begin("cancel", person).with_values(**WHEN))
    assert code_of(office, person) == "93000000001"
    office.register(office.begin("cancel", person).with_values(**WHEN))
    assert number_of(office, person) == individual_number(1)
