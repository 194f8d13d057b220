"""After which change a person is told of their 住民票コード, and on which paper (RR-4.3.3a, 法第30条の3, 第30条の4)."""

from __future__ import annotations

from residentapp.residents.code_notices.types import Kind
from residentapp.residents.types import ChangeReason


def notice_of(reason: ChangeReason, before: bytes | None, after: bytes | None, *, given: bool) -> Kind | None:
    """The notice that a change of a record calls for; None when its code stays as it was, or there is none any more.

    A code that a person brings along from another municipality is no new one: they know it already.

    :param before: keyed hash of the code before the change; None without one. :param after: and since.
    :param given: the code came from the stock of this municipality (法第30条の3).
    """
    if after is None or after == before:
        return None
    if before is None:
        return Kind.NEW if given else None
    if reason is ChangeReason.RESIDENT_CODE_CHANGE_ON_REQUEST:
        return Kind.CHANGED
    return Kind.CORRECTED
