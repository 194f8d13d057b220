"""住民異動届受理通知: for which changes, to whom, where to, and when never (RR-4.1.0.3).

The letter lets somebody in whose name a notification was made find out that it was: it goes to the place that was left,
where the person whom it concerns is known. What it says is only that the notification was accepted, never where anybody
went (RR-4.1.0.3c).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from residentapp.core.ages import completed_on
from residentapp.core.search_keys import search_key
from residentapp.residents.move_out.types import Paper
from residentapp.residents.notices.types import Facts, Mover, NoticeRefused, Place, Recipient, Role
from residentapp.residents.types import ChangeReason

#: The notifications whose acceptance is told, by the change that they make (RR-4.1.0.3a).
NOTIFICATIONS: dict[ChangeReason, str] = {
    ChangeReason.MOVE_IN_DOMESTIC: "転入届",
    ChangeReason.MOVE_IN_ABROAD: "転入届",
    ChangeReason.MOVE_WITHIN: "転居届",
    ChangeReason.MOVE_OUT_DOMESTIC: "転出届",
    ChangeReason.MOVE_OUT_ABROAD: "転出届",
    ChangeReason.HOUSEHOLD_SPLIT: "世帯変更届",
    ChangeReason.HOUSEHOLD_MERGE: "世帯変更届",
    ChangeReason.HOUSEHOLD_CHANGE: "世帯変更届",
    ChangeReason.HEAD_CHANGE: "世帯変更届",
}

#: A 転出 that was told after its 14 days is removed by 職権: what somebody brought is an 申出, with which the
#: 転出証明書に準ずる証明書 comes (RR-4.1.0.3a), and abroad no paper at all.
_ASKED_WITH_PAPER = "転出証明書に準ずる証明書の交付の申出"
_ASKED = "転出の申出"

#: Changes after which the 異動前住所 takes a letter (RR-4.1.0.3b). Not among them: who came from abroad (法第30条の46
#: is held as such) has none in Japan, and who was born none at all.
_FORMER_PLACE_FITS = (frozenset(NOTIFICATIONS) | {ChangeReason.REMOVE_EX_OFFICIO}) - {
    ChangeReason.MOVE_IN_ABROAD
}

#: What is written for a former address that nobody knows.
_NO_PLACE = frozenset({"不明", "不詳", "なし", "無し", "無", "ー", "-"})

#: Stands behind a former address that was never notified (RR-4.1.1.4): a note of the record, no part of the address.
_UNREPORTED = "（未届）"

#: 成年 (民法第4条).
_OF_AGE = 18


def notification_of(reason: ChangeReason, *, notified: bool = True, asked: Paper | None = None) -> str | None:
    """Name of what was accepted, as the notice says it; None for a change whose acceptance is not told (RR-4.1.0.3a).

    What was recorded by 職権 nobody notified, with one exception: the 転出 that somebody told too late.

    :param notified: the change has a 届出日; a 転居 by 職権 has none.
    :param asked: for a 転出 removed by 職権 on somebody's 申出 the paper that comes with it.
    """
    if reason is ChangeReason.REMOVE_EX_OFFICIO and asked is not None:
        return _ASKED_WITH_PAPER if asked is Paper.EQUIVALENT else _ASKED
    return NOTIFICATIONS.get(reason) if notified else None


def recipient_of(facts: Facts) -> Recipient:
    """To whom the notice goes and where, once it is known that it may be printed.

    :raises NoticeRefused: for a change of another kind, a protected or barred person, a cancelled change, or when no
        place is known.
    """
    _require_printable(facts)
    found = addressee(facts)
    if found is None:
        raise NoticeRefused(
            "NO-PLACE",
            "送り先の住所が記録にありません。",
            "届出書を確かめてください。窓口で知らせるときは、届出を受理したことを口頭で伝えてください。",
        )
    return found


def addressee(facts: Facts) -> Recipient | None:
    """To whom a letter about a change goes and where (RR-4.1.0.3b); None when no place is known.

    To the 届出人 at the 異動前住所. If there is no such address or it is unfit, to the 異動者 at the 異動後住所. Where
    no 届出人 was written the 異動者 is the 届出人. Of several 異動者 it is the first who is of age; for minors alone
    the 世帯主, whom a letter about them concerns: of the household that they left, or joined.
    """
    adults = [mover for mover in facts.movers if is_of_age(mover, facts.processed_on)]
    return _at_former_place(facts, adults) or _at_new_place(facts.movers, adults)


def _require_printable(facts: Facts) -> None:
    if facts.protected:
        # The same for every officer: who may know the address may not send a letter about it either.
        raise NoticeRefused(
            "PROTECTED",
            "支援措置に関わる人がいるため、この通知は印刷できません。郵送すると、住んでいるところが伝わるおそれがあります。",
            "支援措置責任者に相談してください。知らせるときは、来庁した本人を確かめ、届出を受理したことだけを口頭で伝えます。",
        )
    if facts.barred:
        raise NoticeRefused(
            "BARRED",
            "発行抑止の対象者が含まれているため、この通知は印刷できません。",
            "抑止の担当者に相談してください。",
        )
    if facts.notification is None:
        raise NoticeRefused(
            "NOT-OFFERED",
            f"「{facts.reason.label}」は、受理通知の対象ではありません。",
            "受理通知は、転入届・転居届・転出届・世帯変更届と、期間を過ぎた転出の申出を受理したときに印刷できます。",
        )
    if facts.cancelled:
        raise NoticeRefused(
            "CANCELLED",
            "この異動は取り消されています。受理通知は印刷できません。",
            "取消しの理由を異動履歴で確かめてください。",
        )


def is_of_age(mover: Mover, day: dt.date) -> bool:
    """成年 in the course of a day: from the 18th birthday (民法第4条). An unknown birthday counts as of age."""
    return mover.born is None or completed_on(mover.born, _OF_AGE) < day


def _at_former_place(facts: Facts, adults: Sequence[Mover]) -> Recipient | None:
    if facts.reason not in _FORMER_PLACE_FITS:
        return None
    left = [(mover, place) for mover in facts.movers if (place := former_place(mover)) is not None]
    grown = [(mover, place) for mover, place in left if mover in adults]
    notifier = (facts.notifier or "").strip()
    if notifier:
        # The own former address, if the 届出人 is one of those who moved.
        same = [(mover, place) for mover, place in left if search_key(mover.name) == search_key(notifier)]
        for _mover, place in (*same, *grown, *left):
            return Recipient(notifier, Role.NOTIFIER, place, former=True)
    elif adults:
        for mover, place in grown:
            return Recipient(mover.name, Role.MOVER, place, former=True)
    else:
        for mover, place in left:
            if mover.head_before:
                return Recipient(mover.head_before, Role.HEAD, place, former=True)
    return None


def _at_new_place(movers: Sequence[Mover], adults: Sequence[Mover]) -> Recipient | None:
    for mover in adults:
        if mover.after is not None:
            return Recipient(mover.name, Role.MOVER, mover.after, former=False)
    for mover in movers:
        if mover.after is not None and mover.head_after and not adults:
            return Recipient(mover.head_after, Role.HEAD, mover.after, former=False)
    for mover in movers:
        if mover.after is not None:
            return Recipient(mover.name, Role.MOVER, mover.after, former=False)
    return None


def former_place(mover: Mover) -> Place | None:
    """The 異動前住所 as a letter needs it; None when there is none that takes one.

    Of an unreported address (未届転入) the note is left out, and so is the postal code: the record's belongs to the
    registered address.
    """
    if mover.before is None:
        return None
    address = mover.before.address.strip()
    plain = address.removesuffix(_UNREPORTED).strip()
    if not plain or plain in _NO_PLACE:
        return None
    return Place(plain, mover.before.postal_code if plain == address else None)
