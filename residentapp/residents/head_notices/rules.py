"""Which notice a household gets that its head has left, and to whom it goes (RR-4.0.4, RR-4.0.5)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from residentapp.residents.head_notices.types import Kind
from residentapp.residents.rules.member_order import Member, MemberOrderError, order_members
from residentapp.residents.types import ChangeReason


def notice_of(
    *, headless: bool, named_by: ChangeReason | None, by_office: bool, former_stays: bool
) -> Kind | None:
    """The notice about who is head (RR-4.0.5a): 世帯主変更通知書 when one was named by 職権, else 世帯主変更依頼通知書.

    None where neither fits: the household has its head by a 届出 or from the beginning, or the former head is still
    a member, so that the household was never without one.

    :param headless: nobody is head now, because the last one has left.
    :param named_by: the change by which the head of today became head.
    :param by_office: that change stands in the 職権記録書.
    :param former_stays: whoever was head before is still a member.
    """
    if headless:
        return Kind.ASKED
    if named_by is ChangeReason.HEAD_CHANGE and by_office and not former_stays:
        return Kind.NAMED
    return None


def addressee_of(before: Sequence[Member], remaining: Collection[str]) -> str | None:
    """To whom both notices go (RR-4.0.5b): of those who remain the one who stands highest by RR-5.2.

    The household is ordered as it stood before its head was deleted, with the 続柄 of then; an order that was set by
    hand does not count, nor that whoever joined a household stands last. Where the 続柄 contradict each other the
    order of the record does.

    :param before: the members of then, in the order of the record.
    :param remaining: keys of the members of now.
    :returns: key of the addressee; None when none of the members of then remains.
    """
    try:
        ordered = order_members(before)
    except MemberOrderError:
        ordered = list(before)
    return next((member.id for member in ordered if member.id in remaining), None)
