"""What bars an entry of the 統合記載欄, or needs the clerk's word: pure decisions.

Sources: RR-1.1.14 (kinds), RR-1.1.5d (a 除票 takes corrections only), RR-3.1a (suppression of changes), RR-1.1.4b,
番号法第19条 (no 個人番号 in free text), CM-1 (characters).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from residentapp.core.characters import character_length, find_faults
from residentapp.core.check_digits import valid_individual_number
from residentapp.core.violations import Level, Violation
from residentapp.residents.remarks.rules.history import sensitivity_of_text
from residentapp.residents.remarks.rules.notes import CORRECTABLE, open_places
from residentapp.residents.types import RemarkKind, Sensitivity

#: Characters of one entry; the forms print more over further lines, but nobody reads it.
LONGEST = 500

#: 12 digits in one, or in fours as the card has them.
_TWELVE = re.compile(r"(?<!\d)(?:\d{12}|\d{4}[-‐ー― ]\d{4}[-‐ー― ]\d{4})(?!\d)")


@dataclass(frozen=True)
class RemarkFacts:
    """What the rules need to know of the person; gathered before they decide.

    :param removed: the record is a 除票.
    :param change_level: strictest suppression of 異動入力 that stands, None without one.
    :param in_force: texts of the same kind that stand on the record now.
    """

    removed: bool = False
    change_level: Level | None = None
    in_force: frozenset[str] = frozenset()


def _error(code: str, message: str, remedy: str, *, field: str = "text", basis: str = "") -> Violation:
    return Violation(Level.ERROR, code, message, field, basis, remedy)


def _alert(code: str, message: str, remedy: str, *, basis: str = "") -> Violation:
    return Violation(Level.ALERT, code, message, "", basis, remedy)


def cleaned(text: str) -> str:
    """A text as it is kept: one kind of line end, no blanks at its ends nor at the end of a line."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def check_text(text: str, *, prefix: str, label: str) -> list[Violation]:
    """Free text that is kept: something in it, not too long, no wrong characters, no 個人番号.

    :param prefix: of the codes: RM for remarks, ME for memos.
    :param label: what the text is called in messages.
    """
    if not text.strip():
        return [_error(f"{prefix}-E001", f"{label}が入力されていません。", f"{label}を入力してください。")]
    found = []
    length = character_length(text)
    if length > LONGEST:
        found.append(
            _error(
                f"{prefix}-E002",
                f"{label}は{LONGEST}文字までです（{length}文字あります）。",
                "短くするか、二つに分けてください。",
            )
        )
    for number, line in enumerate(text.splitlines(), start=1):
        for finding in find_faults(line):
            found.append(
                _error(
                    f"{prefix}-E003",
                    f"{label}の{number}行目の{finding.position}文字目は使えません。{finding.fault.label}",
                    "その文字を入力し直してください。",
                    basis="行政事務標準文字",
                )
            )
    if _holds_individual_number(text):
        found.append(
            _error(
                f"{prefix}-E004",
                f"{label}に個人番号と思われる12桁の数字があります。",
                "個人番号は文章に書けません。数字を消してください。",
                basis="番号法第19条",
            )
        )
    return found


def _holds_individual_number(text: str) -> bool:
    plain = unicodedata.normalize("NFKC", text)
    return any(valid_individual_number(re.sub(r"\D", "", found)) for found in _TWELVE.findall(plain))


def check_remark(kind: RemarkKind, text: str, facts: RemarkFacts, *, old: str = "") -> list[Violation]:
    """Everything that bars a new B or C entry or needs the clerk's word.

    :param old: text of the entry in whose place this one is put.
    """
    found = check_text(text, prefix="RM", label=kind.label)
    if old and cleaned(text) == old:
        found.append(_error("RM-E007", "記載が変わっていません。", "正しい文に直してください。"))
    if places := open_places(text):
        found.append(
            _error(
                "RM-E005",
                f"文例の「{{{places[0]}}}」が埋まっていません。",
                "かっこの部分を消して、書くべきことを入力してください。",
            )
        )
    if facts.removed:
        found.append(
            _error(
                "RM-E006",
                f"除票に{kind.label}を追加することはできません。",
                "除票の記載に誤りがあるときは、「除票の訂正」で誤りと正しい記載を追加してください。",
                field="",
                basis="RR-1.1.5d、法第15条の2",
            )
        )
    found += _suppressed(facts)
    if not found and cleaned(text) in facts.in_force:
        found.append(
            _alert(
                "RM-A002",
                f"同じ{kind.label}がすでに記載されています。",
                "二重に記載しないか確かめ、記載するときは理由を入力してください。",
            )
        )
    if kind is RemarkKind.REMARK and (word := sensitivity_of_text(text)) is not None:
        found.append(_kept_off(word))
    return found


def _kept_off(word: Sensitivity) -> Violation:
    return _alert(
        "RM-A003",
        f"備考に「{word.label}」と書かれています。この備考は証明書に印字しません。",
        "異動に関することは留意事項に記載します。備考に記載するときは理由を入力してください。",
        basis="RR-1.1.4b、RR-1.1.14e",
    )


def _suppressed(facts: RemarkFacts) -> list[Violation]:
    """RR-3.1a: 異動入力 is suppressed; an entry of the 統合記載欄 is a change of the record too."""
    if facts.change_level is Level.ERROR:
        return [
            _error(
                "RM-E010",
                "この人は異動の入力が止められています（抑止）。記載を変えられません。",
                "抑止・支援措置の担当者に連絡してください。",
                field="",
                basis="RR-3.1a",
            )
        ]
    if facts.change_level is Level.ALERT:
        return [
            _alert(
                "RM-A001",
                "この人には異動入力の注意（抑止のアラート）が付いています。",
                "抑止の内容を担当者に確かめ、記載してよい理由を入力してください。",
                basis="RR-3.1a",
            )
        ]
    return []


def check_withdrawal(
    kind: RemarkKind, *, withdrawn: bool, removed: bool, reason: str, facts: RemarkFacts
) -> list[Violation]:
    """Whether an entry may be withdrawn or changed: never type A, never twice, never on a 除票.

    :param removed: the entry stands on a 除票: its errors are stated by a correction, nothing of it goes.
    :param reason: why, in the clerk's words.
    """
    found = []
    if kind is RemarkKind.HISTORY:
        found.append(
            _error(
                "RM-E020",
                "異動履歴は異動によって自動で記載されます。取り消せません。",
                "誤りがあるときは、異動の取消しか誤記修正をしてください。",
                field="",
                basis="RR-1.1.14b",
            )
        )
    if withdrawn:
        found.append(
            _error(
                "RM-E021",
                "この記載はすでに取り消されています。",
                "統合記載欄を開き直してください。",
                field="",
            )
        )
    if removed:
        found.append(
            _error(
                "RM-E022",
                "除票の記載は取り消せません。",
                "誤りがあるときは、「除票の訂正」で誤りと正しい記載を追加してください。",
                field="",
                basis="RR-1.1.5d",
            )
        )
    if not reason.strip():
        found.append(
            _error(
                "RM-E023",
                "理由が入力されていません。",
                "「本人の申出」「誤記」のように、理由を入力してください。",
                field="reason",
            )
        )
    elif character_length(reason) > LONGEST or any(find_faults(line) for line in reason.splitlines()):
        found.append(
            _error(
                "RM-E024",
                f"理由は{LONGEST}文字までで、使えない文字がないように入力してください。",
                "理由を短く入力し直してください。",
                field="reason",
            )
        )
    return [*found, *_suppressed(facts)]


def check_correction(column: str, wrong: str, right: str, facts: RemarkFacts) -> list[Violation]:
    """Whether the error of a 除票 may be stated so (RR-1.1.5d).

    :param column: key of ``CORRECTABLE``; :param wrong: what the record says; :param right: what is right.
    """
    found = []
    if not facts.removed:
        found.append(
            _error(
                "RM-E030",
                "この人の記録は除票ではありません。",
                "住民の記録の誤りは、誤記修正（異動）で直してください。",
                field="",
                basis="RR-1.1.5d、RR-4.2.3.3",
            )
        )
    if column not in CORRECTABLE:
        found.append(
            _error(
                "RM-E031",
                "誤りのある項目が選ばれていません。",
                "一覧から項目を選んでください。",
                field="column",
            )
        )
    if not wrong.strip() and not right.strip():
        found.append(
            _error(
                "RM-E032",
                "正しい記載が入力されていません。",
                "正しい記載を入力してください。正しくは空欄のときは、誤りの記載だけを入力します。",
                field="right",
                basis="RR-1.1.5d",
            )
        )
    elif wrong.strip() == right.strip():
        found.append(
            _error(
                "RM-E033",
                "誤りの記載と正しい記載が同じです。",
                "どちらかを直してください。",
                field="right",
                basis="RR-1.1.5d",
            )
        )
    for field, label, text in (("wrong", "誤りの記載", wrong), ("right", "正しい記載", right)):
        if text.strip():
            found += [
                Violation(one.level, one.code, one.message, field, one.basis, one.remedy)
                for one in check_text(text, prefix="RM", label=label)
            ]
    return [*found, *_suppressed(facts)]
