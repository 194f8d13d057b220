"""Checking the whole audit log against its hashes, row by row, in memory that does not grow with the log."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from residentapp.core.audit.chain import HASHED, entry_hash, head_mac
from residentapp.core.audit.models import GENESIS, AuditEntry, AuditHead, AuditSubject
from residentapp.core.crypto import Keyring, keyring_of

#: Rows fetched at a time.
BATCH = 1000
#: Findings kept in full; beyond that they are only counted.
KEPT_FINDINGS = 100


class Kind(enum.StrEnum):
    """What is wrong with the log."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    BROKEN_LINK = "broken_link"
    UNSIGNED = "unsigned"
    UNKNOWN_KEY = "unknown_key"
    HEAD = "head"
    SUBJECTS = "subjects"
    ANCHOR = "anchor"

    @property
    def label(self) -> str:
        """Japanese label for screens and the command."""
        return _LABELS[self]


_LABELS = {
    Kind.CHANGED: "内容が書き換えられています",
    Kind.REMOVED: "記録が削除されています",
    Kind.INSERTED: "記録が挿入されています",
    Kind.BROKEN_LINK: "前の記録とつながっていません",
    Kind.UNSIGNED: "鍵による署名がありません",
    Kind.UNKNOWN_KEY: "署名の鍵が設定にないため確かめられません",
    Kind.HEAD: "末尾の管理情報が書き換えられています",
    Kind.SUBJECTS: "宛名番号の索引が記録と一致しません",
    Kind.ANCHOR: "控えてあった値と一致しません",
}


@dataclass(frozen=True)
class Finding:
    """One thing wrong, with the sequence numbers it concerns (both included)."""

    kind: Kind
    first: int
    last: int

    def __str__(self) -> str:
        place = f"{self.first}番" if self.first == self.last else f"{self.first}番から{self.last}番"
        return f"{place}：{self.kind.label}"


@dataclass(frozen=True)
class Anchor:
    """A row's number and hash, written down outside the system after an earlier check."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Anchor:
        """Read ``number:hash``.

        :raises ValueError: when it does not have this form.
        """
        number, _, value = text.strip().partition(":")
        if not number.isdigit() or len(value) != len(GENESIS):
            raise ValueError("控えは「番号:ハッシュ値」の形で指定してください。")
        return cls(int(number), value.lower())


@dataclass(frozen=True)
class Verification:
    """Outcome of a check.

    :param checked: rows read.
    :param total: number of findings; ``findings`` holds the first of them.
    :param anchor: last row, to be written down outside; None for an empty log.
    """

    checked: int
    findings: tuple[Finding, ...]
    total: int
    anchor: Anchor | None

    @property
    def ok(self) -> bool:
        """Whether the log is whole."""
        return self.total == 0


@dataclass
class _Check:
    keyring: Keyring | None
    findings: list[Finding] = field(default_factory=list)
    total: int = 0
    checked: int = 0
    last_sequence: int = 0
    last_hash: str = GENESIS

    def found(self, kind: Kind, first: int, last: int | None = None) -> None:
        self.total += 1
        if len(self.findings) < KEPT_FINDINGS:
            self.findings.append(Finding(kind, first, first if last is None else last))

    def row(self, row: dict[str, Any], indexed: list[str]) -> None:
        sequence = row["sequence"]
        self.checked += 1
        gap = sequence != self.last_sequence + 1
        if gap:
            self.found(Kind.REMOVED, self.last_sequence + 1, sequence - 1)
        elif row["previous_hash"] != self.last_hash:
            self.found(Kind.BROKEN_LINK, sequence)
        right = entry_hash(row, self.keyring)
        if right is None:
            self.found(Kind.UNKNOWN_KEY, sequence)
        elif right != row["hash"]:
            self.found(Kind.CHANGED, sequence)
        elif not row["key_id"] and self.keyring is not None:
            self.found(Kind.UNSIGNED, sequence)
        if sorted(row["subjects"]) != indexed:
            self.found(Kind.SUBJECTS, sequence)
        self.last_sequence, self.last_hash = sequence, row["hash"]

    def head(self, head: Any, highest: int) -> None:
        if head is None:
            if highest:
                self.found(Kind.HEAD, highest)
            return
        count, last_hash, key_id, mac = head
        right = head_mac(count, last_hash, key_id, self.keyring)
        if right is None:
            self.found(Kind.UNKNOWN_KEY, count)
        elif right != mac or (self.keyring is not None and not key_id):
            self.found(Kind.HEAD, count)
        if highest < count:
            self.found(Kind.REMOVED, highest + 1, count)
        elif highest > count:
            self.found(Kind.INSERTED, count + 1, highest)
        elif last_hash != self.last_hash:
            self.found(Kind.HEAD, count)


def verify(session: Session, *, anchor: Anchor | None = None) -> Verification:
    """Check every row's hash, the links, the numbering, the signed head and the index by addressee number.

    Others may go on writing meanwhile; rows that come in during the check are left to the next one. The keys
    are those bound to the session's database (:func:`residentapp.core.crypto.bind_keyring`).

    :param anchor: a row known from earlier; it must still be there with the same hash.
    """
    # One statement, hence one snapshot: head and highest number belong together.
    highest_number = select(func.coalesce(func.max(AuditEntry.sequence), 0)).scalar_subquery()
    head = session.execute(
        select(AuditHead.count, AuditHead.hash, AuditHead.key_id, AuditHead.mac, highest_number)
    ).one_or_none()
    highest = head[4] if head is not None else session.scalar(select(highest_number))
    check = _Check(keyring_of(session))
    table = AuditEntry.__table__.c
    statement = (
        select(*(table[name] for name in (*HASHED, "hash")))
        .where(table.sequence <= highest)
        .order_by(table.sequence)
    )
    subjects = _subjects(session, highest)
    following = next(subjects, None)
    anchored = anchor is None
    for values in session.execute(statement, execution_options={"yield_per": BATCH}):
        row = dict(values._mapping)
        indexed: list[str] = []
        while following is not None and following[0] <= row["sequence"]:
            if following[0] == row["sequence"]:
                indexed.append(following[1])
            else:
                check.found(Kind.SUBJECTS, following[0])
            following = next(subjects, None)
        check.row(row, sorted(indexed))
        if anchor is not None and row["sequence"] == anchor.sequence and row["hash"] == anchor.hash:
            anchored = True
    check.head(head[:4] if head is not None else None, highest or 0)
    if anchor is not None and not anchored:
        check.found(Kind.ANCHOR, anchor.sequence)
    last = Anchor(check.last_sequence, check.last_hash) if check.checked else None
    return Verification(check.checked, tuple(check.findings), check.total, last)


def _subjects(session: Session, highest: int | None) -> Iterator[tuple[int, str]]:
    statement = (
        select(AuditSubject.sequence, AuditSubject.number)
        .where(AuditSubject.sequence <= highest)
        .order_by(AuditSubject.sequence, AuditSubject.number)
    )
    for row in session.execute(statement, execution_options={"yield_per": BATCH}):
        yield row.sequence, row.number
