"""On what a change by 職権 rests. Sources: 住民基本台帳法施行令 第12条, RR-4.2.0.1, RR-4.2.0.4, RR-4.2.0.5."""

from __future__ import annotations

import enum


class Basis(enum.StrEnum):
    """The ground of a change by 職権 (令第12条): it decides which day is kept and whether a notice is due."""

    REGISTER = "register"
    """A 戸籍 notification was accepted, or the 本籍地 sent notice of one (法第9条第2項)."""
    NO_NOTIFICATION = "no_notification"
    """A 届出 that was due is missing, and the facts were found out."""
    OMISSION = "omission"
    """Something was left out or recorded wrongly."""
    APPLICATION = "application"
    """Somebody has asked for it (申出, RR-4.2.0.5)."""
    NOTICE = "notice"
    """Another municipality or authority has told of it."""
    AREA = "area"
    """Names of towns, 地番 or 住居表示 have changed."""
    NEED = "need"
    """The mayor finds it necessary (改製, 令第16条)."""
    FOLLOWS = "follows"
    """It follows from another change, a 届出 among them; never chosen on a screen."""

    @property
    def label(self) -> str:
        """Label on screens and papers."""
        return {
            "register": "戸籍の届出・通知",
            "no_notification": "届出がなく、事実を確かめた",
            "omission": "記載漏れ・誤りが分かった",
            "application": "申出",
            "notice": "ほかの市区町村・機関からの通知",
            "area": "町名・地番・住居表示などの変更",
            "need": "市区町村長が必要と認めた",
            "follows": "ほかの異動に伴う",
        }[self.value]

    @property
    def article(self) -> str:
        """Where the law says so."""
        return {
            "register": "令第12条第2項、法第9条第2項",
            "no_notification": "令第12条第1項",
            "omission": "令第12条第3項",
            "application": "令第12条第3項",
            "notice": "令第12条第3項",
            "area": "令第12条第2項",
            "need": "令第16条",
            "follows": "令第12条",
        }[self.value]

    @property
    def day(self) -> str:
        """The day that is kept with it: ``noticed_on``, ``applied_on``, or empty (RR-4.2.0.4, RR-4.2.0.5)."""
        return {"register": "noticed_on", "notice": "noticed_on", "application": "applied_on"}.get(
            self.value, ""
        )

    @property
    def needs_cause(self) -> bool:
        """Whether what was found out has to be written down: 令第12条 asks the office to ascertain the fact."""
        return self not in (Basis.REGISTER, Basis.AREA, Basis.FOLLOWS)

    @property
    def owes_notice(self) -> bool:
        """Whether the person has to be notified: a due 届出 was missing (令第12条第4項, RR-4.2.0.1b)."""
        return self is Basis.NO_NOTIFICATION
