"""Whether a 閲覧用 can be made, and which days of birth an age means.

Sources: 住民基本台帳法 第11条 (機関), 第11条の2 (個人・法人); 年齢計算ニ関スル法律; RR-3.4a, b, RR-9.5.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.catalogue import Catalogue, Finding
from residentapp.residents.reading.types import Conditions, ReadingRequest

FOUND = Catalogue(
    "RD",
    Finding(
        "RD-E001",
        "請求者（申出者）の氏名・名称が入力されていません。",
        "請求書・申出書にある氏名、または法人・機関の名称を入力してください。",
        "法第11条第2項、第11条の2第2項",
    ),
    Finding(
        "RD-E002",
        "利用の目的（請求事由）が入力されていません。",
        "請求書・申出書にある目的を入力してください。",
        "法第11条第2項、第11条の2第2項",
    ),
    Finding(
        "RD-E003",
        "閲覧する人の氏名が入力されていません。",
        "実際に閲覧する人の氏名（機関のときは職名も）を入力してください。",
        "法第11条第2項、第11条の2第2項",
    ),
    Finding(
        "RD-E004",
        "年齢の「まで」が、「から」より下です。",
        "年齢の範囲を確かめてください。",
        "RR-9.5",
    ),
    Finding(
        "RD-E005",
        "生年月日の「まで」が、「から」より前です。",
        "生年月日の範囲を確かめてください。",
        "RR-9.5",
    ),
    Finding(
        "RD-E010",
        "支援措置・閲覧の抑止の対象者を除かない閲覧用は、責任者の確認がなければ作成できません。",
        "責任者に確認を依頼するか、対象者を除いて作成してください。",
        "RR-3.4a・RR-3.4b",
    ),
    Finding(
        "RD-E011",
        "この条件で載せられる人がいません。",
        "条件を確かめてください。",
        "RR-9.5",
    ),
    Finding(
        "RD-E020",
        "この閲覧用は、作成した時から記録が変わったため、もう出力できません。",
        "必要なときは、新しく作成してください。",
        "RR-3.4a",
    ),
    Finding(
        "RD-E021",
        "この閲覧用は廃棄済みです。出力できません。",
        "必要なときは、新しく作成してください。",
        "RR-1.3.8a",
    ),
)


@dataclass(frozen=True)
class Facts:
    """What the rules need to know.

    :param people: how many would stand on the list; None when it was not counted, because it may not be made yet.
    :param reviewed: the officer in charge has let exactly this request out (RR-3.4b).
    """

    people: int | None = None
    reviewed: bool = False


def check_entry(request: ReadingRequest) -> list[Violation]:
    """What a request must say (法第11条第2項, 第11条の2第2項), and whether its ranges can be."""
    asked = request.conditions
    found = []
    if not request.requester_name.strip():
        found.append(FOUND.found("RD-E001", "requester_name"))
    if not request.purpose.strip():
        found.append(FOUND.found("RD-E002", "purpose"))
    if not request.readers.strip():
        found.append(FOUND.found("RD-E003", "readers"))
    if asked.age_from is not None and asked.age_to is not None and asked.age_to < asked.age_from:
        found.append(FOUND.found("RD-E004", "age_to"))
    if asked.birth_from and asked.birth_to and asked.birth_to < asked.birth_from:
        found.append(FOUND.found("RD-E005", "birth_to"))
    return found


def check_request(request: ReadingRequest, facts: Facts) -> list[Violation]:
    """Whether the list can be made.

    RR-3.4a: one that leaves nobody out is an error until the officer in charge has let it out. It is one whether
    somebody protected would stand on it or not, so that narrowing the conditions finds nobody.
    """
    found = check_entry(request)
    if request.conditions.with_suppressed and not facts.reviewed:
        found.append(FOUND.found("RD-E010"))
    if not found and facts.people == 0:
        found.append(FOUND.found("RD-E011"))
    return found


def years_before(day: dt.date, years: int) -> dt.date:
    """The latest day of birth of somebody who is ``years`` old in the course of a day (年齢計算ニ関スル法律).

    A year is completed at the end of the day before the birthday, so somebody is a year older from the birthday's first
    moment. Born on 29 February, one completes a year at the end of 28 February and is a year older on 1 March.
    """
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        # On 29 February nobody born on 1 March of a year without one has had the birthday.
        return dt.date(day.year - years, 2, 28)


def births_of(conditions: Conditions, today: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """First and last day of birth that ages and days of birth leave, both inclusive; None where nothing narrows.

    :param today: the day on which the ages are counted.
    """
    firsts = [dt.date.fromisoformat(conditions.birth_from)] if conditions.birth_from else []
    lasts = [dt.date.fromisoformat(conditions.birth_to)] if conditions.birth_to else []
    if conditions.age_from is not None:
        lasts.append(years_before(today, conditions.age_from))
    if conditions.age_to is not None:
        firsts.append(years_before(today, conditions.age_to + 1) + dt.timedelta(days=1))
    return max(firsts, default=None), min(lasts, default=None)
