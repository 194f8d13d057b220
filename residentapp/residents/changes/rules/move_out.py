"""転出: by notification, at home or abroad, before its day or after it (法第24条, 令第24条, RR-4.1.3.0.1–4).

Until the 転出予定年月日 the person stays a resident (現存者, RR-1.1.5b): the notification only adds where and when. On
the day, or at once when the day has come, the record is closed (消除) and becomes a 除票. What the household that stays
goes through waits for that day as well: we follow RR-1.1.5b (MUST) and not RR-4.1.3.0.1c (MAY), so that head and 続柄
never say that somebody has left who has not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from residentapp.core.ages import same_day_months_before
from residentapp.core.dates import DateField, DateValue, to_wareki
from residentapp.core.violations import Violation
from residentapp.residents.changes.rules import common
from residentapp.residents.changes.rules.catalogue import Catalogue, Finding
from residentapp.residents.changes.rules.common import step_days, within
from residentapp.residents.changes.rules.household import left_behind
from residentapp.residents.changes.rules.household_effects import rest_step
from residentapp.residents.changes.rules.notes import typed_notes
from residentapp.residents.changes.rules.reading import day, moved_on, read_date
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.types import ChangeEntry, Days, Effect, Facts, Plan, Step, steps_of
from residentapp.residents.ex_officio.types import Basis
from residentapp.residents.move_in.rules.reading import digits
from residentapp.residents.remarks.rules import Adoption, NoteDraft, adoption_note
from residentapp.residents.rules.terms import NOTIFICATION_DAYS, MoveOutBasis, MoveOutRule, move_out_rule
from residentapp.residents.types import ChangeReason, ResidentState

#: 転出先: 国内 or 国外.
AT_HOME, ABROAD = "home", "abroad"
#: Texts of 消除事由.
MOVED_OUT = "転出"
MOVED_OUT_EX_OFFICIO = "転出（職権による消除）"
#: A day so far ahead is rather a slip of the pen.
FAR_AHEAD_MONTHS = 3

FINDINGS = Catalogue(
    "MO",
    Finding(
        "MO-E001",
        "転出先が入力されていません。",
        "転出先の住所を入力してください。番地まで決まっていないときは、市区町村まででかまいません。",
        "法第24条、令第24条、RR-4.1.3.0.2",
    ),
    Finding(
        "MO-E002",
        "転出先の国名が入力されていません。",
        "国外へ転出するときは、一覧から国名を選んで入力してください。",
        "RR-4.1.3.0.2",
    ),
    Finding(
        "MO-E003",
        "転出先が{municipality}の中です。",
        "{municipality}の中での引っ越しは{kinds}です。転出先か異動の種類を直してください。",
        "法第23条、法第24条、法第38条",
    ),
    Finding("MO-E004", "郵便番号は7桁の数字です。", "郵便番号を確かめて入力し直してください。", "RR-1.1.17"),
    Finding(
        "MO-E005",
        "国外への転出を、特例による転出にはできません。",
        "特例の印を外してください。国外への転出には転出証明書情報がありません。",
        "法第24条の2",
    ),
    Finding(
        "MO-E006",
        "転出した日から14日を過ぎた届出を、特例による転出にはできません。",
        "特例の印を外してください。転出証明書に準ずる証明書を交付します。",
        "法第24条の2、RR-4.1.3.0.1b",
    ),
    Finding(
        "MO-E007",
        "国内の転出先に国名が入力されています。",
        "国外への転出であれば「国外」を選び、国内であれば国名を消してください。",
        "RR-4.1.3.0.2",
    ),
    Finding(
        "MO-A001",
        "転出した日（{day}）から14日を過ぎた届出です。転出の届出ではなく申出として受け、職権で消除します。",
        "遅れた理由を聴いて入力してください。転出証明書の代わりに、転出証明書に準ずる証明書を交付します（国外を除く）。",
        "RR-4.1.3.0.1b、RR-4.1.3.0.3b、法第24条、令第12条第3項",
    ),
    Finding(
        "MO-A002",
        "転出予定年月日が3か月より先です。",
        "年月日を確かめ、正しければ理由を入力してください。",
        "法第24条",
    ),
    Finding(
        "MO-A003",
        "転出先の市区町村が住所辞書にありません。",
        "都道府県から入力し直すか、一覧から選んでください。このままにするときは理由を入力してください。",
        "RR-1.3.3、RR-4.1.3.0.2",
    ),
    Finding(
        "MO-A004",
        "国名「{country}」が国名の一覧にありません。",
        "一覧から選び直すか、このままにする理由を入力してください。",
        "RR-1.3.3、RR-4.1.3.0.2",
    ),
    Finding(
        "MO-A005",
        "特別養子縁組による転出です。転出先は、養子となる子の除票に記載しないことができます。",
        "子だけを選んでいることと、転出先を記載するかどうかを確かめ、理由を入力してください。",
        "RR-1.1.5c、RR-1.1.14e",
    ),
)


# ---- what the entry says


def is_abroad(entry: ChangeEntry) -> bool:
    """Whether it is a 国外転出."""
    return entry.text("planned_kind") == ABROAD


def is_special(entry: ChangeEntry) -> bool:
    """特例による転出: 転出証明書情報 goes to the CS instead of a paper (法第24条の2, RR-4.1.3.0.4)."""
    return bool(entry.text("special"))


def adoption_of(text: str) -> Adoption | None:
    """The special adoption, or its dissolution, as chosen; None when there is none."""
    return Adoption(text) if text in set(Adoption) else None


def is_adoption(entry: ChangeEntry) -> bool:
    """Whether it follows from a special adoption, so that the destination may stay blank (RR-1.1.5c)."""
    return adoption_of(entry.text("adoption")) is not None


def notes_of(spec: ChangeSpec, entry: ChangeEntry) -> tuple[NoteDraft, ...]:
    """留意事項: of a special adoption, linked to 転出先住所（予定） and （確定） (RR-1.1.14e), and what was typed."""
    adoption = adoption_of(entry.text("adoption"))
    made = (adoption_note(reason_of(spec, entry), adoption),) if adoption is not None else ()
    return (*made, *typed_notes(entry))


def basis_of(spec: ChangeSpec, entry: ChangeEntry) -> MoveOutRule | None:
    """By notification or ex officio, and which paper; None while one of the two days cannot be read."""
    moved, notified = moved_on(spec, entry), day(entry, "notified_on")
    if moved is None or moved.exact is None or notified is None:
        return None
    return move_out_rule(notified, moved.exact)


def is_late(spec: ChangeSpec, entry: ChangeEntry) -> bool:
    """Whether 14 days had passed at the notification, so that it is recorded ex officio (RR-4.1.3.0.1b)."""
    found = basis_of(spec, entry)
    return found is not None and found.by is MoveOutBasis.EX_OFFICIO


def destination(entry: ChangeEntry) -> str:
    """転出先住所（予定） as it is recorded, with 方書; abroad with the country first. Empty when none was typed."""
    address = entry.text("planned_town") + entry.text("planned_lot")
    parts = [address, entry.text("planned_building")]
    if is_abroad(entry):
        parts.insert(0, entry.text("planned_country"))
    return "　".join(part for part in parts if part)


def reason_of(spec: ChangeSpec, entry: ChangeEntry) -> ChangeReason:
    """異動事由: 国内転出, 国外転出, or 職権消除 when 14 days had passed."""
    if is_late(spec, entry):
        return ChangeReason.REMOVE_EX_OFFICIO
    return ChangeReason.MOVE_OUT_ABROAD if is_abroad(entry) else ChangeReason.MOVE_OUT_DOMESTIC


# ---- rules


def check(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """Where to and when, and what follows from it.

    ``facts.extra``: ``municipality`` (the dictionary knows the municipality of the destination), ``country``
    (it knows the country).
    """
    yield from _check_destination(entry, facts)
    moved = moved_on(spec, entry)
    if moved is not None and same_day_months_before(moved.sort, FAR_AHEAD_MONTHS) > facts.today:
        yield FINDINGS.found("MO-A002", "moved_on")
    late = is_late(spec, entry)
    if late and moved is not None:
        yield FINDINGS.found("MO-A001", "notified_on", day=moved.wareki)
    if is_special(entry):
        if is_abroad(entry):
            yield FINDINGS.found("MO-E005", "special")
        elif late:
            yield FINDINGS.found("MO-E006", "special")


def _check_destination(entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    postal = digits(entry.text("planned_postal_code"))
    if postal and not (len(postal) == 7 and postal.isascii() and postal.isdigit()):
        yield FINDINGS.found("MO-E004", "planned_postal_code")
    if is_adoption(entry):
        yield FINDINGS.found("MO-A005", "adoption")
    if is_abroad(entry):
        country = entry.text("planned_country")
        if not country and not is_adoption(entry):
            yield FINDINGS.found("MO-E002", "planned_country")
        elif country and not facts.extra.get("country", True):
            yield FINDINGS.found("MO-A004", "planned_country", country=country)
        return
    if entry.text("planned_country"):
        yield FINDINGS.found("MO-E007", "planned_country")
    town = entry.text("planned_town")
    if not town:
        if not is_adoption(entry):
            yield FINDINGS.found("MO-E001", "planned_town")
    elif within(town, facts):
        kinds = "転居か区間異動" if facts.wards else "転居"
        yield FINDINGS.found("MO-E003", "planned_town", municipality=facts.municipality, kinds=kinds)
    elif not facts.extra.get("municipality", True):
        yield FINDINGS.found("MO-A003", "planned_town")


# ---- the plan


def planned_items(entry: ChangeEntry, moved: DateValue, notified: dt.date | None) -> dict[str, Any]:
    """What the notification adds to the record: when, where to, and when it was notified (RR-1.1.1b)."""
    code = digits(entry.text("planned_code")) or None
    return {
        "removal_occurred_on": moved,
        "removal_notified_on": notified,
        "planned_destination": destination(entry) or None,
        "planned_destination_code": None if is_abroad(entry) else code,
        "planned_destination_postal_code": digits(entry.text("planned_postal_code")) or None,
    }


def closing_items(cause: str, removed_on: dt.date) -> dict[str, Any]:
    """What makes the record a 除票.

    :param cause: 消除事由. :param removed_on: 消除の年月日, the day on which the law lets it end (RR-1.1.5a).
    """
    return {"state": ResidentState.MOVED_OUT, "removal_reason": cause, "removed_on": removed_on}


def days_of(spec: ChangeSpec, entry: ChangeEntry) -> Days:
    """届出日; of a late notification, which is none, the 申出日 instead (RR-4.1.3.0.1b, RR-4.2.0.5, RR-1.2.1a)."""
    notified = day(entry, "notified_on")
    return Days(applied_on=notified) if is_late(spec, entry) else Days(notified_on=notified)


def history_text(
    where: str,
    moved: DateValue,
    *,
    closed: bool,
    by_office: bool = False,
    asked: bool = True,
    adoption: Adoption | None = None,
) -> str:
    """Type A: the three 固有の記載事項 of a 除票 (RR-1.1.5f): cause, 転出先住所（予定）, day.

    :param by_office: removed by 職権; :param asked: on an 申出, which a late notification is.
    :param adoption: the entry holds its prescribed word, by which copies with history leave it out (RR-1.1.14e).
    """
    if by_office:
        cause = "申出による職権消除" if asked else "転出により職権消除"
    else:
        cause = "転出により消除" if closed else "転出の届出"
    if adoption is not None:
        cause = f"{adoption.label}　{cause}"
    label = "転出年月日" if by_office else "転出予定年月日"
    told = [cause, f"{label}　{moved.wareki}"]
    if where:
        told.append(f"転出先住所（予定）　{where}")
    return "　".join(told)


def plan(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """The notification; where its day has come, the closing and the household that stays with it."""
    moved = moved_on(spec, entry)
    assert moved is not None, "the rules let no unreadable day pass"
    late, where = is_late(spec, entry), destination(entry)
    days = days_of(spec, entry)
    closed = moved.sort <= facts.today
    items = planned_items(entry, moved, days.notified_on)
    if closed:
        items |= closing_items(MOVED_OUT_EX_OFFICIO if late else MOVED_OUT, moved.sort)
    text = history_text(
        where, moved, closed=closed, by_office=late, adoption=adoption_of(entry.text("adoption"))
    )
    effects = tuple(
        Effect(person.number, items, history=text, notes=notes_of(spec, entry)) for person in entry.subjects
    )
    step = Step(reason_of(spec, entry), moved, effects, days, special=is_special(entry))
    return steps_of([step, rest_step(spec, entry, facts) if closed else None])


def plan_by_office(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """A move-out that nobody has notified, found out by the office or told of on application (RR-4.2.0.2)."""
    moved = moved_on(spec, entry)
    assert moved is not None, "the rules let no unreadable day pass"
    asked = common.basis_of(spec, entry) is Basis.APPLICATION
    text = history_text(
        destination(entry),
        moved,
        closed=True,
        by_office=True,
        asked=asked,
        adoption=adoption_of(entry.text("adoption")),
    )
    items = planned_items(entry, moved, None) | closing_items(MOVED_OUT_EX_OFFICIO, moved.sort)
    effects = tuple(
        Effect(person.number, items, history=text, notes=notes_of(spec, entry)) for person in entry.subjects
    )
    step = Step(reason_of(spec, entry), moved, effects, step_days(spec, entry))
    return steps_of([step, rest_step(spec, entry, facts)])


def tell_by_office(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[str]:
    """What the check page tells of a move-out by 職権."""
    yield _closed_at_once(spec, entry, facts)
    if not is_abroad(entry):
        yield "転出証明書に準ずる証明書は、本人から求めがあったときに発行できます。"


def tell(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[str]:
    """What the check page tells besides findings: when the record closes, and which paper comes with it."""
    moved, _why = read_date(entry.text("moved_on"), DateField.OTHER)
    if moved is None:
        return
    if moved.sort > facts.today:
        yield (
            f"転出予定日（{to_wareki(moved.sort)}）までは住民のままです。その日に除票になり、"
            "残る世帯の世帯主と続柄も、その日に変わります。"
        )
    else:
        yield _closed_at_once(spec, entry, facts)
    yield paper_told(spec, entry)


def _closed_at_once(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> str:
    told = "本登録すると、すぐに除票になります。"
    if left_behind(spec, entry, facts):
        return f"{told}残る世帯の世帯主と続柄も、同時に変わります。"
    return told


def paper_told(spec: ChangeSpec, entry: ChangeEntry) -> str:
    """Which paper comes with it (RR-4.1.3.0.3, RR-4.1.3.0.4)."""
    if is_abroad(entry):
        return "国外への転出のため、転出証明書はありません。"
    if is_late(spec, entry):
        return f"転出から{NOTIFICATION_DAYS}日を過ぎているため、本登録すると転出証明書に準ずる証明書を発行します。"
    if is_special(entry):
        return "特例による転出のため、転出証明書情報を送ります。転出証明書は発行しません。"
    return "本登録すると、転出証明書を発行します。"
