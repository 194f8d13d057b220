"""転入通知の受理: where and when a person who left was recorded elsewhere (法第9条第1項, RR-4.1.3.1.1).

The notice stands beside what the person had notified and overwrites nothing of it. It is no change of the person but
something the municipality adds to a 除票 by itself: none of the 37 classes is called after it, so it is a 職権修正 with
its 通知日. Whoever has not left yet leaves by it: the record closes on the earlier of 転出予定年月日 and 転入日
(RR-1.1.5a).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from residentapp.core.dates import DateValue, to_wareki
from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.catalogue import Catalogue, Finding, person_field
from residentapp.residents.changes.rules.common import within
from residentapp.residents.changes.rules.leaving import Notified, closing_plan, removal_day
from residentapp.residents.changes.rules.move_out import MOVED_OUT
from residentapp.residents.changes.rules.notes import typed_notes
from residentapp.residents.changes.rules.reading import day, moved_on
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.types import ChangeEntry, Days, Effect, Facts, Person, Plan, Step
from residentapp.residents.move_in.rules.reading import digits
from residentapp.residents.remarks.rules import Adoption, NoteDraft
from residentapp.residents.types import ChangeReason

FINDINGS = Catalogue(
    "MN",
    Finding(
        "MN-E001",
        "転出先住所（確定）が入力されていません。",
        "転入通知にある住所を入力してください。",
        "法第9条第1項、RR-4.1.3.1.1",
    ),
    Finding(
        "MN-E002",
        "転出先住所（確定）が{municipality}の中です。",
        "転入通知を確かめてください。再転入した人は、転入として入力します。",
        "法第9条第1項",
    ),
    Finding("MN-E003", "郵便番号は7桁の数字です。", "郵便番号を確かめて入力し直してください。", "RR-1.1.17"),
    Finding(
        "MN-E004",
        "同じ内容の転入通知を、すでに受理しています。",
        "訂正の通知であれば、違う所を確かめて入力してください。",
        "RR-4.1.3.1.2b",
    ),
    Finding(
        "MN-A001",
        "転入通知（{day}）を、すでに受理しています。確定の転出先と転出年月日を、この内容に置き換えます。",
        "訂正や再度の通知であることを確かめ、理由を入力してください。",
        "RR-4.1.3.1.2b",
    ),
    Finding(
        "MN-A002",
        "この転入通知より新しい転入通知（{day}）を、すでに受理しています。",
        "古い通知に置き換えてよいか確かめ、理由を入力してください。",
        "RR-4.1.3.1.2b",
    ),
    Finding(
        "MN-A003",
        "転入した市区町村が、届け出た転出先の市区町村と違います。",
        "転入通知の本人かどうかを確かめ、正しければ理由を入力してください。",
        "RR-4.1.3.1.1",
    ),
    Finding(
        "MN-A004",
        "転出先（確定）の市区町村が住所辞書にありません。",
        "都道府県から入力し直すか、このままにする理由を入力してください。",
        "RR-1.3.3",
    ),
    Finding(
        "MN-A005",
        "転出予定日（{day}）が来ていない人です。受理すると、すぐに除票になります。",
        "転入通知の本人と転入年月日を確かめ、理由を入力してください。",
        "RR-1.1.5a、RR-4.1.3.1.1",
    ),
)

#: 理由・確かめた事実 in the 職権記録書. Not who sent it: that tells where somebody went.
CAUSE = "転入通知の受理"


@dataclass(frozen=True)
class Notice:
    """What a 転入通知 says of one person.

    :param moved_in: 転入年月日, which is the 転出年月日（確定）. :param noticed_on: 転入通知年月日.
    :param destination: blank only for a move-out by special adoption (RR-1.1.5c).
    """

    moved_in: DateValue
    noticed_on: dt.date
    destination: str
    destination_code: str | None = None
    destination_postal_code: str | None = None

    def items(self) -> dict[str, Any]:
        """The items of a 除票 that it fills (RR-1.1.1b)."""
        return {
            "confirmed_destination": self.destination or None,
            "confirmed_destination_code": self.destination_code,
            "confirmed_destination_postal_code": self.destination_postal_code,
            "moved_out_on": self.moved_in.sort,
            "move_in_notice_on": self.noticed_on,
        }


def is_reflected(record: Person, notice: Notice) -> bool:
    """Whether the record says all of it already."""
    return all(record[name] == value for name, value in notice.items().items())


def is_older(record: Person, notice: Notice) -> bool:
    """Whether a newer notice has been taken in: of several the newest counts (RR-4.1.3.1.2b)."""
    known: dt.date | None = record["move_in_notice_on"]
    return known is not None and known > notice.noticed_on


def notice_plan(
    record: Person,
    notice: Notice,
    facts: Facts,
    notified: Notified | None,
    notes: tuple[NoteDraft, ...] = (),
    *,
    adoption: Adoption | None = None,
) -> Plan:
    """The notice on a 除票; before it the closing, when the person has not left yet.

    :param notified: the person's move-out; needed only while the record is live.
    :param adoption: it followed from a special adoption, and the entry says so (RR-1.1.14e).
    """
    steps: list[Step] = []
    items = notice.items()
    if record.is_live:
        assert notified is not None, "whoever is moving out has notified it"
        closing = closing_plan(
            notified,
            record.household_number,
            facts,
            (record.number,),
            removed_on=removal_day(notified.moved_on, notice.moved_in.sort),
        )
        steps += closing.steps
    elif record["removal_reason"] == MOVED_OUT and record["removed_on"] is not None:
        items["removed_on"] = min(record["removed_on"], notice.moved_in.sort)
    effect = Effect(record.number, items, history=notice_text(notice, adoption=adoption), notes=notes)
    days = Days(noticed_on=notice.noticed_on)
    return Plan((*steps, Step(ChangeReason.CORRECT_EX_OFFICIO, notice.moved_in, (effect,), days)))


def notice_text(notice: Notice, *, adoption: Adoption | None = None) -> str:
    """Type A of the notice."""
    told = [
        "転入通知の受理",
        f"転入通知年月日　{to_wareki(notice.noticed_on)}",
        f"転出年月日（確定）　{notice.moved_in.wareki}",
    ]
    if adoption is not None:
        told.insert(0, adoption.label)
    if notice.destination:
        told.append(f"転出先住所（確定）　{notice.destination}")
    return "　".join(told)


# ---- entered by hand (RR-4.1.3.1.3)


def adoption_of(facts: Facts) -> Adoption | None:
    """The special adoption, or its dissolution, by which the person moved out; None when there was none."""
    found: Adoption | None = facts.extra.get("adoption")
    return found


def typed_notice(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Notice | None:
    """The notice as typed; None while something of it is missing."""
    moved, noticed = moved_on(spec, entry), day(entry, "noticed_on")
    town = entry.text("confirmed_town")
    if moved is None or noticed is None or not (town or adoption_of(facts)):
        return None
    address = town + entry.text("confirmed_lot")
    destination = "　".join(part for part in (address, entry.text("confirmed_building")) if part)
    return Notice(
        moved,
        noticed,
        destination,
        digits(entry.text("confirmed_code")) or None,
        digits(entry.text("confirmed_postal_code")) or None,
    )


def check(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """Where the person went, and how it fits what is known.

    ``facts.extra``: ``municipality`` (the dictionary knows it), ``same_municipality`` (as notified; True when unknown),
    ``adoption`` (the person moved out by a special adoption).
    """
    postal = digits(entry.text("confirmed_postal_code"))
    if postal and not (len(postal) == 7 and postal.isascii() and postal.isdigit()):
        yield FINDINGS.found("MN-E003", "confirmed_postal_code")
    town = entry.text("confirmed_town")
    if not town:
        if adoption_of(facts) is None:
            yield FINDINGS.found("MN-E001", "confirmed_town")
    elif within(town, facts):
        yield FINDINGS.found("MN-E002", "confirmed_town", municipality=facts.municipality)
    elif not facts.extra.get("municipality", True):
        yield FINDINGS.found("MN-A004", "confirmed_town")
    elif not facts.extra.get("same_municipality", True):
        yield FINDINGS.found("MN-A003", "confirmed_town")
    notice = typed_notice(spec, entry, facts)
    record = facts.person(entry.subjects[0]) if entry.subjects else None
    if notice is None or record is None:
        return
    yield from _check_against(entry, record, notice)


def _check_against(entry: ChangeEntry, record: Person, notice: Notice) -> Iterator[Violation]:
    field = person_field(entry.subjects[0].key, "chosen")
    known: dt.date | None = record["move_in_notice_on"]
    if record.is_moving_out:
        planned: DateValue = record["removal_occurred_on"]
        yield FINDINGS.found("MN-A005", field, day=planned.wareki)
    if known is None:
        return
    if is_reflected(record, notice):
        yield FINDINGS.found("MN-E004", "noticed_on")
    elif is_older(record, notice):
        yield FINDINGS.found("MN-A002", "noticed_on", day=to_wareki(known))
    else:
        yield FINDINGS.found("MN-A001", "noticed_on", day=to_wareki(known))


def plan(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """The notice as typed."""
    notice = typed_notice(spec, entry, facts)
    record = facts.person(entry.subjects[0])
    assert notice is not None and record is not None, "the rules let nothing incomplete pass"
    notified, notes = facts.extra.get("notified"), typed_notes(entry)
    return notice_plan(record, notice, facts, notified, notes, adoption=adoption_of(facts))
