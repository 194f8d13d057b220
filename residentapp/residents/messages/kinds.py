"""What each kind of message is called on screens. Other modules name the kinds that they write or take in::

name_kind("suppression.set", "抑止の設定")
"""

from __future__ import annotations

from residentapp.core.outbox.exchange import UNREADABLE
from residentapp.residents.messages.types import InboxKind, MessageKind

_OUTGOING: dict[str, str] = {kind.value: kind.label for kind in MessageKind}
_INCOMING: dict[str, str] = {kind.value: kind.label for kind in InboxKind} | {UNREADABLE: "読めないファイル"}


def name_kind(code: str, label: str, *, incoming: bool = False) -> None:
    """Name a kind.

    :param incoming: of messages that partners send.
    :raises ValueError: when it has another name already.
    """
    known = _INCOMING if incoming else _OUTGOING
    if known.setdefault(code, label) != label:
        raise ValueError(f"the kind {code} is already called otherwise")


def label_of_kind(code: str, *, incoming: bool = False) -> str:
    """The name of a kind; its code when nobody has named it."""
    return (_INCOMING if incoming else _OUTGOING).get(code, code)


def named_kinds(*, incoming: bool = False) -> list[tuple[str, str]]:
    """(code, name) of every kind, in the order of naming."""
    return list((_INCOMING if incoming else _OUTGOING).items())
