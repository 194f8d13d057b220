"""Writes told stories into the tables in bulk; holds no more than one batch at a time."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Session

from residentapp.core.crypto import Keyring
from residentapp.core.db import Base
from residentapp.core.db.bulk import advance_sequence, bulk_insert
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.residents.history import ITEM_COLUMNS
from residentapp.residents.models import (
    Addressee,
    Household,
    IntegratedRemark,
    ResidentChange,
    ResidentHistory,
)
from residentapp.residents.remarks.rules import sensitivity_of_text
from residentapp.residents.search.index import CHANGE_COLUMNS, SNAPSHOT_COLUMNS, load
from residentapp.residents.types import RemarkKind
from residentapp.seeding.told import Change, Snapshot, Told

#: Snapshots that are held before they are written.
BATCH = 6_000

_NUMBER_COLUMNS = (
    "individual_number_cipher", "individual_number_hash", "resident_code_cipher", "resident_code_hash",
)  # fmt: skip
_PLAIN_ITEMS = tuple(name for name in ITEM_COLUMNS if name not in _NUMBER_COLUMNS)
_HISTORY_COLUMNS = (
    "addressee_number", "history_number", "is_latest", "change_id", *_NUMBER_COLUMNS, *_PLAIN_ITEMS,
)  # fmt: skip
_CHANGE_COLUMNS = (
    "id", "reason", "moved_on", "processed_on", "notified_on", "applied_on", "noticed_on", "requested_on",
    "office_code", "office_name", "terminal_code", "terminal_name", "entered_by",
)  # fmt: skip
_REMARK_COLUMNS = ("addressee_number", "history_number", "kind", "text", "sensitivity", "recorded_on")
_SEARCH_ITEMS = tuple(name for name in SNAPSHOT_COLUMNS if name in ITEM_COLUMNS)

_LOADED = (ResidentHistory.__tablename__, ResidentChange.__tablename__, IntegratedRemark.__tablename__)

Row = tuple[Any, ...]


def loaded_tables() -> list[Table]:
    """Tables with millions of rows in a big town: the register's and those of the search keys."""
    return [
        table for name, table in Base.metadata.tables.items() if name in _LOADED or name.startswith("search_")
    ]


class Writer:
    """Takes told stories and writes them batch by batch, in the session's transaction.

    :param keyring: encrypts 個人番号 and 住民票コード and makes their look-up hashes.
    """

    def __init__(self, session: Session, keyring: Keyring) -> None:
        self._session = session
        self._keyring = keyring
        self.snapshots = 0
        self.changes = 0
        self._clear()

    def _clear(self) -> None:
        self._addressees: list[Row] = []
        self._households: list[Row] = []
        self._change_rows: list[Row] = []
        self._history: list[Row] = []
        self._remarks: list[Row] = []
        self._keys: list[dict[str, Any]] = []
        self._key_changes: dict[int, dict[str, Any]] = {}

    def add(self, told: Told) -> None:
        """Take one story; writes when a batch is full."""
        self._addressees.extend((number, told.first_days[person]) for person, number in told.numbers.items())
        self._households.extend(
            (household.number, household.first_recorded_on) for household in told.households
        )
        secrets = {person: self._secrets(told, person) for person in told.numbers}
        by_person: dict[int, list[tuple[Change, Snapshot]]] = {}
        for change in told.changes:
            self._add_change(change)
            for snapshot in change.snapshots:
                by_person.setdefault(snapshot.person, []).append((change, snapshot))
        for person, entries in by_person.items():
            for change, snapshot in entries:
                self._add_snapshot(change, snapshot, secrets[person])
            if person in told.story.remarks:
                day = told.first_days[person]
                remark = told.story.remarks[person]
                self._add_remark(told.numbers[person], None, RemarkKind.REMARK, remark, day)
        if len(self._history) >= BATCH:
            self.flush()

    def _secrets(self, told: Told, person: int) -> Row:
        keyring = self._keyring
        number, code = told.individual_numbers[person], told.resident_codes[person]
        return (
            keyring.encrypt(number, context=INDIVIDUAL_NUMBER),
            keyring.lookup_hash(number, context=INDIVIDUAL_NUMBER),
            keyring.encrypt(code, context=RESIDENT_CODE),
            keyring.lookup_hash(code, context=RESIDENT_CODE),
        )

    def _add_change(self, change: Change) -> None:
        desk = change.desk
        self._change_rows.append(
            (
                change.id, change.reason, change.moved_on, change.processed_on, change.notified_on,
                change.applied_on, change.noticed_on, change.requested_on, desk.office_code, desk.office_name,
                desk.terminal_code, desk.terminal_name, desk.login,
            )
        )  # fmt: skip
        self._key_changes[change.id] = {name: getattr(change, name) for name in CHANGE_COLUMNS}

    def _add_snapshot(self, change: Change, snapshot: Snapshot, secrets: Row) -> None:
        items = snapshot.items
        position = (snapshot.number, snapshot.history_number, snapshot.is_latest, change.id)
        self._history.append(position + secrets + tuple([items[name] for name in _PLAIN_ITEMS]))
        place = (snapshot.number, snapshot.history_number)
        self._add_remark(*place, RemarkKind.HISTORY, snapshot.remark, change.processed_on)
        if snapshot.note is not None:
            self._add_remark(*place, RemarkKind.NOTE, snapshot.note, change.processed_on)
        key = {name: items[name] for name in _SEARCH_ITEMS}
        key["addressee_number"] = snapshot.number
        key["history_number"] = snapshot.history_number
        key["change_id"] = change.id
        self._keys.append(key)

    def _add_remark(
        self, number: str, history_number: int | None, kind: RemarkKind, text: str, day: dt.date
    ) -> None:
        self._remarks.append((number, history_number, kind, text, sensitivity_of_text(text), day))

    def flush(self) -> None:
        """Write what is held."""
        session = self._session
        bulk_insert(session, Addressee.__table__, ("number", "first_recorded_on"), self._addressees)
        bulk_insert(session, Household.__table__, ("number", "first_recorded_on"), self._households)
        self.changes += bulk_insert(session, ResidentChange.__table__, _CHANGE_COLUMNS, self._change_rows)
        self.snapshots += bulk_insert(session, ResidentHistory.__table__, _HISTORY_COLUMNS, self._history)
        bulk_insert(session, IntegratedRemark.__table__, _REMARK_COLUMNS, self._remarks)
        load(session, self._keys, self._key_changes)
        self._clear()

    def finish(self) -> None:
        """Write the rest, and let the database number on after it."""
        self.flush()
        advance_sequence(self._session, ResidentChange.__table__)
