"""Whether a state of a card can be as entered.

Sources: RR-7.1.1.3a; 番号法 第17条; 整備法 (平成25年法律第28号) 第20条: 住基カード were given out until 2015-12-28, and
lose their force ten years after.
"""

from __future__ import annotations

import datetime as dt

from residentapp.core.violations import Violation
from residentapp.residents.cards.types import Card, CardEntry, CardState
from residentapp.residents.changes.rules.catalogue import Catalogue, Finding

#: Last day on which a 住基カード was given out.
LAST_BASIC_CARD = dt.date(2015, 12, 28)
#: First day of the 個人番号カード.
FIRST_NUMBER_CARD = dt.date(2016, 1, 1)

FOUND = Catalogue(
    "CD",
    Finding(
        "CD-E001", "日付が今日より後です。", "カードの状態が変わった日を確かめてください。", "RR-7.1.1.3a"
    ),
    Finding(
        "CD-E002", "日付が生年月日より前です。", "カードの状態が変わった日を確かめてください。", "RR-7.1.1.3a"
    ),
    Finding(
        "CD-E003",
        "何で確かめたかが入力されていません。",
        "「カードの提示」「統合端末」のように、確かめたものを入力してください。",
        "RR-7.1.1.3a",
    ),
    Finding(
        "CD-E004",
        "この日には、{card}は交付されていません。",
        "カードの種類と日付を確かめてください。",
        "番号法第17条、整備法第20条",
    ),
)


def check_entry(entry: CardEntry, *, birth: dt.date | None, today: dt.date) -> list[Violation]:
    """What is wrong with a state that an officer enters.

    :param birth: day of birth; None when it is not known.
    """
    found = []
    if entry.since is not None:
        if entry.since > today:
            found.append(FOUND.found("CD-E001", "since"))
        if birth is not None and entry.since < birth:
            found.append(FOUND.found("CD-E002", "since"))
        too_late = entry.card is Card.BASIC and entry.since > LAST_BASIC_CARD
        too_early = entry.card is Card.NUMBER and entry.since < FIRST_NUMBER_CARD
        if entry.state is CardState.ISSUED and (too_late or too_early):
            found.append(FOUND.found("CD-E004", "since", card=entry.card.label))
    if not entry.note.strip():
        found.append(FOUND.found("CD-E003", "note"))
    return found
