"""支援措置 and 抑止: what may be entered, renewed, ended, lifted. Pure decisions.

Sources: RR-3.1 (suppressions), RR-3.4 (measures: term, extension, end, 仮支援措置, move-out), RR-1.1.16;
住民基本台帳法 第11条の2, 第12条第6項 (a request may be refused), 事務処理要領 第5の10 (支援措置).
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from residentapp.core.dates import to_wareki
from residentapp.core.violations import Level, Violation
from residentapp.residents.rules.terms import SupportTerm, renewed_support_term, support_term
from residentapp.residents.support.types import (
    Blocked,
    Capacity,
    EndReason,
    MeasureEntry,
    Phase,
    Role,
    SetSuppressions,
    TransferEntry,
)
from residentapp.residents.types import SuppressedProcess

#: What a measure holds back when the officer says nothing else: outputs bar, work on the record warns.
USUAL_LEVELS: Mapping[SuppressedProcess, Level] = {
    SuppressedProcess.CERTIFICATE: Level.ERROR,
    SuppressedProcess.INSPECTION: Level.ERROR,
    SuppressedProcess.CHANGE: Level.ALERT,
    SuppressedProcess.INQUIRY: Level.ALERT,
}


def _error(code: str, message: str, remedy: str, *, field: str = "", basis: str = "") -> Violation:
    return Violation(Level.ERROR, code, message, field, basis, remedy)


def _alert(code: str, message: str, remedy: str, *, field: str = "", basis: str = "") -> Violation:
    return Violation(Level.ALERT, code, message, field, basis, remedy)


# ---- phases


@dataclass(frozen=True)
class MeasureFacts:
    """Where a measure stands; as kept, without its people."""

    provisional: bool
    starts_on: dt.date | None
    ends_on: dt.date | None
    closed_on: dt.date | None
    capacity: Capacity = Capacity.CURRENT
    role: Role = Role.FIRST


def phase_of(facts: MeasureFacts, on: dt.date) -> Phase:
    """Where a measure stands on a day.

    ``ENDING`` begins one month before the last day (RR-3.4e); ``PASSED`` the day after it, and lasts until staff
    end the measure or extend it, because the end date by itself ends nothing (RR-3.1e, RR-3.4f).
    """
    if facts.closed_on is not None:
        return Phase.CLOSED
    if facts.provisional or facts.starts_on is None or facts.ends_on is None:
        return Phase.PROVISIONAL
    term = SupportTerm.ending(facts.starts_on, facts.ends_on)
    if term.has_ended(on):
        return Phase.PASSED
    return Phase.ENDING if term.may_renew(on) else Phase.RUNNING


# ---- registering and changing


@dataclass(frozen=True)
class EntryFacts:
    """What the rules need to know about the people of an entry.

    :param today: day of the entry.
    :param own_municipality: name of the municipality that runs the system.
    :param applicant_live: whether the applicant's record is live; None when there is no record.
    :param unknown: 宛名番号 given for supported people that no record has.
    :param doubled: 宛名番号 given twice, or that of the applicant.
    :param offender_unknown: the offender's 宛名番号 has no record.
    :param offender_supported: the offender's 宛名番号 is that of a person to be protected.
    :param offender_in_household: the offender is recorded in one household with a person to be protected.
    :param open_measures: how many measures stand already for the applicant.
    """

    today: dt.date
    own_municipality: str
    applicant_live: bool | None
    unknown: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    offender_unknown: bool = False
    offender_supported: bool = False
    offender_in_household: bool = False
    open_measures: int = 0


def check_registration(entry: MeasureEntry, facts: EntryFacts) -> list[Violation]:
    """Everything that bars a new measure, or needs the officer's word."""
    return [*_people(entry, facts), *check_entry(entry, today=facts.today, own=facts.own_municipality)]


def _people(entry: MeasureEntry, facts: EntryFacts) -> list[Violation]:
    found = []
    if facts.applicant_live is None:
        found.append(
            _error(
                "SM-E001", "申出者の記録が見つかりません。", "住民の画面から登録をやり直してください。",
                field="applicant", basis="RR-1.1.16b",
            )
        )  # fmt: skip
    elif not facts.applicant_live and entry.capacity is Capacity.CURRENT:
        found.append(
            _error(
                "SM-E002", "申出者は今ここに住民登録がありません。", "立場を「前住所地市区町村等」にしてください。",
                field="capacity", basis="RR-1.1.16b",
            )
        )  # fmt: skip
    elif facts.applicant_live and entry.capacity is Capacity.FORMER:
        found.append(
            _alert(
                "SM-A003", "申出者は今ここに住民登録がありますが、立場が「前住所地市区町村等」です。",
                "本籍地などとして申出を受けたときだけ、理由を書いてください。", field="capacity", basis="RR-1.1.16b",
            )
        )  # fmt: skip
    for number in facts.unknown:
        found.append(
            _error(
                "SM-E004", f"宛名番号{number}の人は見つかりません。", "番号を確かめてください。",
                field="supported", basis="RR-1.1.16b",
            )
        )  # fmt: skip
    for number in facts.doubled:
        found.append(
            _error(
                "SM-E005", f"宛名番号{number}が2回入力されています。", "1つだけ残してください。",
                field="supported", basis="RR-1.1.16b",
            )
        )  # fmt: skip
    if facts.offender_unknown:
        found.append(
            _error(
                "SM-E006", "加害者の宛名番号の人は見つかりません。",
                "番号を確かめてください。ここに記録がない人のときは空欄にしてください。",
                field="offender_number", basis="RR-1.1.16b",
            )
        )  # fmt: skip
    if facts.offender_supported:
        found.append(
            _error(
                "SM-E007", "加害者の宛名番号が、支援を受ける人の番号と同じです。", "番号を確かめてください。",
                field="offender_number", basis="RR-1.1.16b",
            )
        )  # fmt: skip
    elif facts.offender_in_household:
        found.append(
            _alert(
                "SM-A008", "加害者が、支援を受ける人と同じ世帯にいます。",
                "同じ世帯の人は、本人と同一世帯の人として写しを請求できます。住所の異動や世帯の変更の届出が"
                "要らないか確かめ、理由を書いてください。", field="offender_number", basis="法第12条第1項",
            )
        )  # fmt: skip
    if facts.open_measures:
        found.append(
            _alert(
                "SM-A009", "申出者には、終了していない支援措置がすでにあります。",
                "延長や変更で足りないか確かめ、別に登録する理由を書いてください。", basis="RR-3.4d",
            )
        )  # fmt: skip
    return found


def check_entry(
    entry: MeasureEntry, *, today: dt.date, own: str, kept_start: dt.date | None = None
) -> list[Violation]:
    """What must hold of a measure's own items, at its registration and at each change.

    :param kept_start: of a change: the first day of the term as it stands. A measure that was extended early has a
        term that begins later, and its first day may stay as it is.
    """
    return [*_applied(entry, today, own), *_term(entry, today, kept_start), *_blocking(entry)]


def _applied(entry: MeasureEntry, today: dt.date, own: str) -> list[Violation]:
    found = []
    if entry.applied_on is None:
        found.append(
            _error(
                "SM-E010", "申出年月日が入力されていません。", "申出書のとおりに入力してください。",
                field="applied_on", basis="RR-3.4h",
            )
        )  # fmt: skip
    elif entry.applied_on > today:
        found.append(
            _error(
                "SM-E011", "申出年月日が今日より後です。", "今日までの日付を入力してください。",
                field="applied_on", basis="RR-3.4h",
            )
        )  # fmt: skip
    municipality = entry.receiving_municipality.strip()
    if not municipality:
        found.append(
            _error(
                "SM-E012", "当初受付市区町村が入力されていません。", "最初に申出を受けた市区町村を入力してください。",
                field="receiving_municipality", basis="RR-1.1.16c",
            )
        )  # fmt: skip
    elif entry.role is Role.TRANSFERRED and municipality == own:
        found.append(
            _error(
                "SM-E013", "転送を受けた申出なのに、当初受付市区町村が自分の市区町村です。",
                "転送元の市区町村を入力するか、受付の区分を「当初受付市区町村」にしてください。",
                field="receiving_municipality", basis="RR-1.1.16c",
            )
        )  # fmt: skip
    elif entry.role is Role.FIRST and own and municipality != own:
        found.append(
            _error(
                "SM-E014", f"当初受付市区町村が「{own}」ではありません。",
                "ここで最初に受けた申出のときは自分の市区町村を、転送を受けたときは受付の区分を"
                "「転送受付市区町村」にしてください。", field="receiving_municipality", basis="RR-1.1.16c",
            )
        )  # fmt: skip
    return found


def _term(entry: MeasureEntry, today: dt.date, kept_start: dt.date | None) -> list[Violation]:
    """RR-3.4c (one year, editable) and RR-3.4h (until it starts, the measure is provisional)."""
    found: list[Violation] = []
    if entry.provisional:
        if entry.starts_on is not None or entry.ends_on is not None:
            found.append(
                _error(
                    "SM-E020", "仮支援措置には、まだ期間がありません。",
                    "開始年月日と終了年月日を空欄にしてください。措置を始めるときに入力します。",
                    field="starts_on", basis="RR-3.4h",
                )
            )  # fmt: skip
        return found
    if entry.starts_on is None:
        found.append(
            _error(
                "SM-E021", "支援措置の開始年月日が入力されていません。",
                "開始年月日を入力してください。まだ始まらないときは、仮支援措置を選んでください。",
                field="starts_on", basis="RR-3.4c",
            )
        )  # fmt: skip
        return found
    if entry.starts_on > today and entry.starts_on != kept_start:
        found.append(
            _error(
                "SM-E022", "支援措置の開始年月日が今日より後です。",
                "始まるまでの間は仮支援措置として登録してください。抑止は申出の日から始まります。",
                field="starts_on", basis="RR-3.4h",
            )
        )  # fmt: skip
    if entry.applied_on is not None and entry.starts_on < entry.applied_on:
        found.append(
            _error(
                "SM-E023", "支援措置の開始年月日が申出年月日より前です。", "どちらかの日付を直してください。",
                field="starts_on", basis="RR-3.4c",
            )
        )  # fmt: skip
    return [*found, *check_last_day(entry.starts_on, entry.ends_on, entry.term_reason)]


def check_last_day(starts_on: dt.date, ends_on: dt.date | None, reason: str) -> list[Violation]:
    """The last day is one year on; another one needs a reason (RR-3.4c)."""
    usual = support_term(starts_on).end
    if ends_on is None or ends_on == usual:
        return []
    if ends_on < starts_on:
        return [
            _error(
                "SM-E024", "終了年月日が開始年月日より前です。", f"1年間のときは{to_wareki(usual)}です。",
                field="ends_on", basis="RR-3.4c",
            )
        ]  # fmt: skip
    if not reason.strip():
        return [
            _error(
                "SM-E025", f"終了年月日が1年後の{to_wareki(usual)}ではありません。",
                "1年間のときは空欄にしてください。別の日にするときは、その理由を入力してください。",
                field="term_reason", basis="RR-3.4c",
            )
        ]  # fmt: skip
    return []


def _blocking(entry: MeasureEntry) -> list[Violation]:
    found = []
    if not entry.blocked:
        found.append(
            _error(
                "SM-E030", "支援を求める事務が選ばれていません。", "申出書のとおりに、1つ以上選んでください。",
                field="blocked", basis="RR-1.1.16c",
            )
        )  # fmt: skip
    elif not entry.levels:
        found.append(
            _error(
                "SM-E032", "抑止が1つも選ばれていません。",
                "抑止がないと支援対象者の印も付きません。少なくとも照会か異動入力をアラートにしてください。",
                field="level_inquiry", basis="RR-3.1a",
            )
        )  # fmt: skip
    needed = {item.process for item in entry.blocked if item.process is not None}
    for process in sorted(needed, key=list(SuppressedProcess).index):
        if entry.levels.get(process) is not Level.ERROR:
            affairs = "・".join(
                dict.fromkeys(
                    item.affair for item in Blocked if item in entry.blocked and item.process is process
                )
            )
            found.append(
                _error(
                    "SM-E031", f"{affairs}の支援を受けるのに、「{process.label}」の抑止がエラーではありません。",
                    "抑止のレベルをエラーにしてください。", field=f"level_{process.value}", basis="RR-3.4a",
                )
            )  # fmt: skip
    return found


# ---- starting, extending, ending


def check_start(
    facts: MeasureFacts, starts_on: dt.date | None, ends_on: dt.date | None, reason: str, *, today: dt.date
) -> list[Violation]:
    """Whether a provisional measure can start (RR-3.4h, RR-3.4c)."""
    if facts.closed_on is not None:
        return [_closed()]
    if not facts.provisional:
        return [
            _error(
                "SM-E040", "この支援措置は、もう始まっています。", "期間を延ばすときは「延長」を使ってください。",
                basis="RR-3.4h",
            )
        ]  # fmt: skip
    if starts_on is None:
        return [
            _error(
                "SM-E021", "支援措置の開始年月日が入力されていません。", "開始年月日を入力してください。",
                field="starts_on", basis="RR-3.4c",
            )
        ]  # fmt: skip
    if starts_on > today:
        return [
            _error(
                "SM-E022", "支援措置の開始年月日が今日より後です。",
                "その日になってから始めてください。仮支援措置は続いています。",
                field="starts_on", basis="RR-3.4h",
            )
        ]  # fmt: skip
    return check_last_day(starts_on, ends_on, reason)


def check_renewal(facts: MeasureFacts, applied_on: dt.date | None, *, today: dt.date) -> list[Violation]:
    """Whether a measure can be extended (RR-3.4d): from one month before its end, and until it is ended."""
    if facts.closed_on is not None:
        return [_closed()]
    if facts.provisional or facts.starts_on is None or facts.ends_on is None:
        return [
            _error(
                "SM-E041", "仮支援措置は延長できません。", "期間がまだありません。措置を始めてください。",
                basis="RR-3.4d",
            )
        ]  # fmt: skip
    term = SupportTerm.ending(facts.starts_on, facts.ends_on)
    if not term.may_renew(today):
        return [
            _error(
                "SM-E042", f"延長の申出は{to_wareki(term.renewable_from)}から受け付けます。",
                f"今の期間は{to_wareki(term.end)}までです。終わりの1か月前になってから延長してください。",
                field="applied_on", basis="RR-3.4d",
            )
        ]  # fmt: skip
    if applied_on is None:
        return [
            _error(
                "SM-E043", "延長の申出年月日が入力されていません。", "申出書のとおりに入力してください。",
                field="applied_on", basis="RR-3.4d",
            )
        ]  # fmt: skip
    if applied_on > today:
        return [
            _error(
                "SM-E011", "申出年月日が今日より後です。", "今日までの日付を入力してください。",
                field="applied_on", basis="RR-3.4d",
            )
        ]  # fmt: skip
    if applied_on < term.renewable_from:
        return [
            _error(
                "SM-E044", f"申出年月日が、延長の申出を受け付ける{to_wareki(term.renewable_from)}より前です。",
                "日付を確かめてください。", field="applied_on", basis="RR-3.4d",
            )
        ]  # fmt: skip
    return []


def next_term(ends_on: dt.date) -> SupportTerm:
    """The new year of an extended measure (RR-3.4d)."""
    return renewed_support_term(ends_on)


def check_end(facts: MeasureFacts, reason: EndReason | None, *, today: dt.date) -> list[Violation]:
    """Whether staff can end a measure, for one of the three reasons (RR-3.4g)."""
    if facts.closed_on is not None:
        return [_closed()]
    if reason is None:
        return [
            _error(
                "SM-E050", "終了の理由が選ばれていません。", "3つの理由のどれか1つを選んでください。",
                field="reason", basis="RR-3.4g",
            )
        ]  # fmt: skip
    if reason is EndReason.EXPIRED and phase_of(facts, today) is not Phase.PASSED:
        until = (
            f"期間は{to_wareki(facts.ends_on)}までです。" if facts.ends_on and not facts.provisional else ""
        )
        return [
            _error(
                "SM-E051", f"期間がまだ終わっていません。{until}",
                "本人の申出か、必要がなくなったと認めた場合は、その理由を選んでください。",
                field="reason", basis="RR-3.4g",
            )
        ]  # fmt: skip
    return []


def _closed() -> Violation:
    return _error(
        "SM-E060", "この支援措置は終了しています。", "もう一度支援が必要なときは、新しく登録してください。",
        basis="RR-3.4g",
    )  # fmt: skip


def check_transfer(entry: TransferEntry, *, today: dt.date) -> list[Violation]:
    """転送情報: where, when, and of a received application whether the applicant was told (RR-1.1.16c)."""
    found = []
    if not entry.municipality.strip():
        found.append(
            _error(
                "SM-E070", "市区町村が入力されていません。", "転送先、または転送元の市区町村を入力してください。",
                field="municipality", basis="RR-1.1.16c",
            )
        )  # fmt: skip
    days = (
        ("happened_on", "転送（受付）年月日", entry.happened_on),
        ("told_on", "連絡した年月日", entry.told_on),
    )
    for field, label, day in days:
        if day is not None and day > today:
            found.append(
                _error(
                    "SM-E071", f"{label}が今日より後です。", "今日までの日付を入力してください。",
                    field=field, basis="RR-1.1.16c",
                )
            )  # fmt: skip
    if entry.happened_on is None:
        found.append(
            _error(
                "SM-E072", "転送（受付）年月日が入力されていません。", "日付を入力してください。",
                field="happened_on", basis="RR-1.1.16c",
            )
        )  # fmt: skip
    elif entry.told_on is not None and entry.told_on < entry.happened_on:
        found.append(
            _error(
                "SM-E073", "連絡した年月日が、受け付けた日より前です。", "どちらかの日付を直してください。",
                field="told_on", basis="RR-1.1.16c",
            )
        )  # fmt: skip
    return found


# ---- people who move


class AfterMoveOut(enum.StrEnum):
    """What becomes of a measure when one of its people has moved out."""

    PROVISIONAL = "provisional"
    STAYS = "stays"

    @property
    def label(self) -> str:
        """Label in the history."""
        return "仮支援措置に切替え" if self is AfterMoveOut.PROVISIONAL else "措置を継続"


def after_move_out(facts: MeasureFacts, *, is_applicant: bool) -> AfterMoveOut:
    """RR-3.4i: when the applicant moves out, the 当初受付市区町村 goes on as 前住所地 with a 仮支援措置.

    Until the next municipality has received the application and forwarded it, nothing may lapse. In every other case
    (somebody supported along with the applicant, a forwarded application, a measure that protects a former address
    already) the measure stands as it is: no suppression is released by a move, whoever moves.
    """
    switches = (
        is_applicant
        and facts.closed_on is None
        and facts.role is Role.FIRST
        and facts.capacity is Capacity.CURRENT
    )
    return AfterMoveOut.PROVISIONAL if switches else AfterMoveOut.STAYS


def after_move_in(facts: MeasureFacts, *, is_applicant: bool) -> bool:
    """Whether a measure that protected a former address protects the present one, since the applicant is back."""
    return is_applicant and facts.closed_on is None and facts.capacity is Capacity.FORMER


# ---- suppressions


def check_suppressions(command: SetSuppressions, *, known: bool, today: dt.date) -> list[Violation]:
    """Whether suppressions can be set as asked (RR-3.1a).

    :param known: whether there is such a person or household.
    """
    found = []
    if not known:
        found.append(
            _error(
                "SU-E001", "抑止する人や世帯が見つかりません。", "画面を開き直してください。", basis="RR-3.1a"
            )
        )
    if not command.levels:
        found.append(
            _error(
                "SU-E002", "抑止する処理が選ばれていません。", "1つ以上の処理に、エラーかアラートを選んでください。",
                field="level_change", basis="RR-3.1a",
            )
        )  # fmt: skip
    if command.starts_on is None:
        found.append(
            _error(
                "SU-E003", "抑止の開始日が入力されていません。", "開始日を入力してください。",
                field="starts_on", basis="RR-3.1a",
            )
        )  # fmt: skip
    elif command.ends_on is not None and command.ends_on < command.starts_on:
        found.append(
            _error(
                "SU-E004", "抑止の終了日が開始日より前です。", "どちらかの日付を直してください。",
                field="ends_on", basis="RR-3.1a",
            )
        )  # fmt: skip
    if not command.reason.strip():
        found.append(
            _error(
                "SU-E005", "抑止の理由が入力されていません。", "あとで見る人に分かるように入力してください。",
                field="reason", basis="RR-3.1a",
            )
        )  # fmt: skip
    return found


def check_lift(reason: str, minutes: int | None, *, most: int) -> list[Violation]:
    """Whether a suppression can rest for so long (RR-3.1b): it comes back by itself.

    :param minutes: for how long; None when what was typed is no number.
    :param most: the longest time that the municipality allows.
    """
    found = []
    if minutes is None or not 1 <= minutes <= most:
        found.append(
            _error(
                "SU-E010", f"一時解除の時間は1分から{most}分までです。", "分の数字を入力してください。",
                field="minutes", basis="RR-3.1b",
            )
        )  # fmt: skip
    if not reason.strip():
        found.append(
            _error(
                "SU-E011", "一時解除の理由が入力されていません。", "どの事務のために解除するかを入力してください。",
                field="reason", basis="RR-3.1b",
            )
        )  # fmt: skip
    return found


def usual_levels(blocked: Iterable[Blocked]) -> dict[SuppressedProcess, Level]:
    """The levels that a measure begins with: those of the blocked affairs bar, the others warn."""
    barred = {item.process for item in blocked}
    return {
        process: level for process, level in USUAL_LEVELS.items() if level is Level.ALERT or process in barred
    }
