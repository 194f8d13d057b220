"""一括入力 on the pages of changes (RR-4.0.10a, RR-4.0.10b)."""

from __future__ import annotations

import pytest

from residentapp.core.access.permissions import Permission
from residentapp.residents.changes import copying
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.models import ResidentHistory
from tests.residents.changes.office import ChangeOffice
from tests.support import residents
from tests.support.users import clerk

WHEN = {"moved_on": "令和8年11月20日"}


def copied(office: ChangeOffice, entry: ChangeEntry, source: str, target: str) -> tuple[ChangeEntry, str]:
    sent = {"copy-from": source, "copy-to": target}
    return copying.copy(spec_of(entry.kind), entry, office.facts(entry), office.clerk, sent)


@pytest.mark.requirement("RR-4.0.10a")
def test_a_move_out_takes_names_and_addresses_from_the_records(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """転出先の世帯主 from 氏名 and 筆頭者; 転出先住所（予定） from 現住所, 本籍, 転入前住所; and never a 旧氏.
    転入 and 出生: tests/residents/move_in/test_copying.py and below; days and type A are one for all of an entry."""
    father = family[0]
    entry = office.begin("move_out", *family).with_values(**WHEN)
    key = office.key(entry, father)
    for source, record in (("name", father.name), ("register", father.register_head)):
        made, filled = copied(office, entry, f"{key}-record-{source}", "planned_head")
        assert (filled, made.text("planned_head")) == ("planned_head", record)
    made, filled = copied(office, entry, f"{key}-record-address", "planned_town")
    assert filled == "planned_town"
    parts = [made.text(f"planned_{name}") for name in ("town", "lot", "building")]
    assert parts == ["架空県架空市本町一丁目", "2番3号", father.building or ""]
    assert made.text("planned_code") == (father.address_code or "")
    made, _filled = copied(office, entry, f"{key}-record-domicile", "planned_town")
    assert made.text("planned_town") + made.text("planned_lot") == father.registered_domicile
    assert copied(office, entry, f"{key}-record-name", "planned_town") == (entry, "")
    spec, facts = spec_of("move_out"), office.facts(entry)
    assert not any("旧氏" in each.label for each in copying.sources(spec, entry, facts, office.clerk))


@pytest.mark.requirement("RR-4.0.10a", "RR-4.0.10b", partial=True)
def test_a_birth_takes_them_from_the_household_and_never_its_address_as_another(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    father = family[0]
    entry = office.begin("birth", household=father.household_number).with_values(**WHEN)
    child = next(each.key for each in entry.people if each.is_new)
    head = office.key(entry, father)
    assert (
        copied(office, entry, f"{head}-record-name|family", f"people-{child}-name")[0]
        .subjects[0]
        .values["name"]
        == "架空　"
    )
    made, _filled = copied(office, entry, f"{head}-record-register", f"people-{child}-register_head")
    assert made.subjects[0].text("register_head") == father.register_head
    made, _filled = copied(office, entry, f"{head}-record-domicile", f"people-{child}-registered_domicile")
    assert made.subjects[0].text("registered_domicile") == father.registered_domicile
    # RR-4.0.10b: the address of the household that was looked up is no beginning of a new one.
    own = entry.with_values(scope="whole")
    assert copied(office, own, f"{head}-record-address", "town") == (own, "")
    assert copied(office, own, f"{head}-record-domicile", "town")[1] == "town"


def test_nothing_is_taken_from_who_is_protected_and_no_item_without_its_right(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    entry = office.begin("move_out", *family).with_values(**WHEN)
    spec, facts = spec_of("move_out"), office.facts(entry)
    without = clerk(Permission.CHANGE_ENTER, Permission.RESIDENT_VIEW)
    labels = [each.label for each in copying.sources(spec, entry, facts, without)]
    assert "いまの現住所" in labels and not any("本籍" in label or "筆頭者" in label for label in labels)
    residents.protect(office.session, family[3])
    hidden = office.facts(entry)
    assert [each.text for each in copying.sources(spec, entry, hidden, office.clerk) if each.text] == []
