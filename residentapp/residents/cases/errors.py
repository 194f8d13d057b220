"""Why an operation on a case did not happen. Every text is Japanese, for the clerk, and names no resident."""

from __future__ import annotations

from collections.abc import Sequence

from residentapp.core.violations import Level, Violation


class CaseRefused(Exception):
    """An operation that did not happen; nothing was changed."""


class CaseNotFound(CaseRefused):
    """There is no such case, or no entry of it any more."""

    def __init__(self) -> None:
        super().__init__("この入力は見つかりません。一覧から選び直してください。")


class CaseChanged(CaseRefused):
    """Somebody else acted on the case after the officer looked at it."""


class NotEditable(CaseRefused):
    """The case is in a state in which the entry cannot be changed."""


class OwnApproval(CaseRefused):
    """An officer tried to approve what he or she has entered (RR-4.0.8)."""

    def __init__(self) -> None:
        super().__init__(
            "自分が入力した仮登録は、自分では決裁できません。審査の権限を持つ別の人に決裁を頼んでください。"
        )


class ReasonMissing(CaseRefused):
    """A reason has to be given."""


class EntryRefused(CaseRefused):
    """The rules found errors, or alerts that nobody has confirmed with a reason (RR-11.1).

    :ivar findings: all findings, confirmed alerts included.
    :ivar open_findings: those that stand in the way.
    """

    def __init__(self, findings: Sequence[Violation], open_findings: Sequence[Violation]) -> None:
        self.findings = list(findings)
        self.open_findings = list(open_findings)
        errors = sum(finding.level is Level.ERROR for finding in open_findings)
        alerts = len(open_findings) - errors
        parts = []
        if errors:
            parts.append(f"エラーが{errors}件あります。直してください。")
        if alerts:
            parts.append(f"理由の入力が要るアラートが{alerts}件あります。確かめて理由を入力してください。")
        super().__init__("".join(parts))
