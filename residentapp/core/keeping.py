"""保存年限: how long each kind of data is kept at the least, and until when one record is.

Pure decisions. The municipality's own terms stand in a table (``core.masters.setting_models.KeepingTerm``); what the
law says stands here, because no setting may undercut it.
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from residentapp.core.ages import add_period

#: Longest term that can be set: what has to be kept longer is kept for good.
LONGEST_YEARS = 999


class KeptData(enum.StrEnum):
    """A kind of data with a keeping term of its own."""

    REMOVED_RECORD = "removed_record"
    IDENTIFICATION = "identification"
    DOCUMENT = "document"
    ISSUE_HISTORY = "issue_history"
    ACCESS_LOG = "access_log"
    SUPPRESSION = "suppression"

    @property
    def label(self) -> str:
        """Japanese label for screens."""
        return RULES[self].label


@dataclass(frozen=True)
class KeepingRule:
    """What holds for a kind of data before a municipality decides.

    :param since: from which day the term is counted, in words; that day itself is not counted (民法 第140条).
    :param minimum: years that no setting may undercut.
    :param by_law: whether the minimum stands in a law; else it only keeps a term from being none at all.
    :param default: years while the municipality has set none; never below the minimum.
    :param basis: article or requirement.
    """

    label: str
    since: str
    minimum: int
    by_law: bool
    default: int
    basis: str


RULES = {
    KeptData.REMOVED_RECORD: KeepingRule(
        "除票（改製前の住民票を含む）",
        "消除・改製の日",
        150,
        True,
        150,
        "住民基本台帳法施行令 第34条第1項・標準仕様書 1.1.5",
    ),
    KeptData.IDENTIFICATION: KeepingRule(
        "本人確認情報（住基ネットに通知したもの）",
        "通知の日",
        150,
        True,
        150,
        "住民基本台帳法施行令 第34条第2項",
    ),
    KeptData.DOCUMENT: KeepingRule(
        "届出書・通知書・請求書など",
        "受理の日",
        1,
        True,
        1,
        "住民基本台帳法施行令 第34条第4項",
    ),
    KeptData.ISSUE_HISTORY: KeepingRule(
        "交付履歴",
        "交付の日",
        1,
        False,
        5,
        "標準仕様書 1.3.8（市区町村が定める期間）",
    ),
    KeptData.ACCESS_LOG: KeepingRule(
        "操作・認証・設定変更などのログ",
        "記録の日",
        1,
        False,
        7,
        "標準仕様書 10.2（市区町村が定める期間）",
    ),
    KeptData.SUPPRESSION: KeepingRule(
        "抑止・支援措置の記録",
        "解除の日",
        1,
        False,
        5,
        "標準仕様書 3.1・3.4（市区町村が定める期間）",
    ),
}


def term_allowed(data: KeptData, years: int) -> bool:
    """Whether a municipality may keep a kind of data for so many years: not less than the law's minimum."""
    return RULES[data].minimum <= years <= LONGEST_YEARS


def kept_until(data: KeptData, since: dt.date, years: int | None = None) -> dt.date | None:
    """Last day on which a record must be kept; it may go on the day after.

    The day itself is not counted (民法 第140条), so a record of 24 November 2026 that is kept for a year is kept up to
    24 November 2027. A term below the minimum counts as the minimum, whoever wrote it.

    :param since: the day from which the rule counts.
    :param years: what the municipality has set; None for the default.
    :returns: None when the term ends beyond the last year of the calendar: it is kept for good.
    """
    rule = RULES[data]
    term = max(rule.minimum, rule.default if years is None else years)
    if since.year + term >= dt.date.max.year:
        return None
    return add_period(since, years=term)
