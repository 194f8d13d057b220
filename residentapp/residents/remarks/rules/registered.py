"""What bars a registered text of type B (RR-1.1.14c): pure decisions for the master's screen."""

from __future__ import annotations

import datetime as dt

from residentapp.core.characters import character_length, find_faults
from residentapp.core.violations import Level, Violation
from residentapp.residents.remarks.rules.entry import check_text
from residentapp.residents.remarks.rules.notes import CORRECTABLE, PLACES, unknown_places

#: Characters of a name in the list of texts.
LONGEST_NAME = 40
#: Texts of one 異動事由 that a clerk can still survey.
LARGEST_POSITION = 99


def _error(code: str, field: str, message: str, remedy: str) -> Violation:
    return Violation(Level.ERROR, code, message, field, "RR-1.1.14c", remedy)


def check_template(
    *,
    name: str,
    text: str,
    items: tuple[str, ...],
    position: int | None,
    valid_from: dt.date | None,
    valid_to: dt.date | None,
    taken: bool,
) -> list[Violation]:
    """Everything that bars a registered text.

    :param taken: another text of the same 異動事由 has the same name on a day of the same period.
    """
    found = []
    if not name.strip():
        found.append(
            _error("RT-E008", "name", "名称が入力されていません。", "「未届転入」のように入力してください。")
        )
    elif character_length(name) > LONGEST_NAME or find_faults(name):
        found.append(
            _error(
                "RT-E009", "name", f"名称は{LONGEST_NAME}文字までです。", "使える文字で短く入力してください。"
            )
        )
    found += [
        Violation(one.level, one.code, one.message, "text", "RR-1.1.14c", one.remedy)
        for one in check_text(text, prefix="RT", label="文")
    ]
    if unknown := unknown_places(text):
        known = "、".join(f"{{{place}}}" for place in PLACES)
        found.append(
            _error("RT-E010", "text", f"「{unknown[0]}」は差し込めません。", f"差し込めるのは{known}です。")
        )
    if any(column not in CORRECTABLE for column in items):
        found.append(
            _error(
                "RT-E011", "items", "関係する項目に一覧に無い値があります。", "一覧から選び直してください。"
            )
        )
    if position is None or not 1 <= position <= LARGEST_POSITION:
        found.append(
            _error(
                "RT-E012",
                "position",
                f"順番は1から{LARGEST_POSITION}までの数字です。",
                "数字で入力してください。",
            )
        )
    if valid_from is None:
        found.append(
            _error(
                "RT-E013", "valid_from", "開始日が入力されていません。", "使い始める日を入力してください。"
            )
        )
    elif valid_to is not None and valid_to < valid_from:
        found.append(_error("RT-E014", "valid_to", "終了日が開始日より前です。", "日付を直してください。"))
    elif taken:
        found.append(
            _error(
                "RT-E015",
                "name",
                "同じ異動事由に、同じ名称の文例が同じ期間に登録されています。",
                "名称か期間を変えるか、登録済みの文例を直してください。",
            )
        )
    return found
