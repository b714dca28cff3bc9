"""Follow the entries of a ledger for the tables that belong to no case: budgets, switches, keys, endpoints, and so on.

The rows are kept in a scratch file while the entries are followed from the first to the last. `ledger_findings`
compares them with the tables afterwards. Messages and requests have no row changes here: entries record their digests.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Table

from service.audit.consistency import Record
from service.audit.scratch import Derived, Key, Scratch
from service.casework.limits import budgets
from service.casework.limits.budgets import Share
from service.casework.limits.scopes import CUSTOMER, EVERYONE
from service.casework.projection.projector import apply
from service.casework.projection.row_changes import Before
from service.ledger.chain import OF_LEDGER, Entry
from service.ledger.changes import Add, Below, Change, Delete, Insert, Update
from service.ledger.idempotency import REQUESTS
from service.ledger.retention import ERASED
from service.ledger.store import UPGRADED, VOUCHED
from service.ledger.tables import (
    COUNTERS,
    ENDPOINTS,
    EXECUTIONS,
    KEYS,
    LIMITS,
    OUTBOX,
    REPLAYS,
    SPENT,
    SWITCHES,
)
from service.webhooks.outbox import MESSAGES

CLAIMED, FAILED = "execution.claimed", "execution.failed"
FOLLOWED: Final = OF_LEDGER | {CLAIMED, FAILED, ERASED}  # of entries that concern more than a case
TABLES: Final = (SWITCHES, LIMITS, KEYS, ENDPOINTS, SPENT)  # whose row changes are followed
KEY_OF: Final[Mapping[Table, tuple[str, ...]]] = {
    table: tuple(column.name for column in table.primary_key) for table in TABLES
} | {SPENT: ("scope", "day", "name")}  # budgets are forgotten by day
RESERVED, UNREAD, ERASED_CASES = "reserved", "unread", "erased_cases"  # sets beside the tables
ANYBODY: Final = EVERYONE  # as the name of a customer: all those whose cases were erased
LONGEST_NUMBER: Final = 18  # digits

Json = dict[str, Any]


class LedgerProjector:
    """The rows that belong to no case, as the entries so far record them."""

    def __init__(self) -> None:
        self.scratch = Scratch()
        self.counters: dict[str, Derived] = {}  # one a day
        self.upgraded_at = ""  # until then not every message and request was recorded
        self.beside = {ERASED: self._erased, VOUCHED: self._vouched, UPGRADED: self._upgraded}

    def follow(self, record: Record) -> None:
        """Apply the row changes of an entry."""
        entry = record.entry
        if entry.kind not in FOLLOWED:
            return
        if record.packed is None:
            if entry.kind == CLAIMED:
                self._put(UNREAD, (entry.case_no, entry.id), entry, {"at": entry.at})
            return
        body: Any = record.body()
        if entry.kind in self.beside:
            self.beside[entry.kind](entry, body)
        for change in apply(entry, body, self._before(entry)):  # erasing deletes past budgets of what it has recorded
            self._change(change, entry)

    def number(self, entry: Entry, counted: bool | None) -> None:
        """Take the number of a case that begins with an entry; None if it is unknown whether the number was counted."""
        name, _, last = str(entry.case_no).rpartition("-")
        if counted is not False and last.isdecimal() and len(last) <= LONGEST_NUMBER:
            before = self.counters.get(name)
            highest, sure = (0, False) if before is None else (before.columns["last"], before.columns["sure"])
            columns = {"last": max(int(last), highest), "sure": sure or bool(counted)}
            self.counters[name] = Derived(entry.seq, entry.id, columns)

    def end(self) -> None:
        """Store the counters, after the last entry."""
        for name, counter in self.counters.items():
            self.scratch.put(COUNTERS.name, (name,), counter)

    def has_erased_customers(self, day: str) -> bool:
        """Check whether customer budgets of a day contain shares of erased cases."""
        row = self.scratch.get(SPENT.name, (CUSTOMER, day, ANYBODY))
        return row is not None and (row.columns["many"], row.columns["fen"]) != (0, 0)

    def unread_days(self) -> set[str]:
        """Return the days with unreadable claims, and the days next to them, because of time zones."""
        days = set()
        for _, row in self.scratch.items(UNREAD):
            moment = datetime.fromisoformat(row.columns["at"])
            days |= {(moment + timedelta(days=step)).date().isoformat() for step in (-1, 0, 1)}
        return days

    # ---- row changes

    def _before(self, entry: Entry) -> Before:
        """Return the shares of budgets that a failed execution gives back."""
        row = self.scratch.pop(RESERVED, (entry.about,)) if entry.kind == FAILED else None
        return Before() if row is None else Before(reserved=[Share(*share) for share in row.columns["shares"]])

    def _change(self, change: Change, entry: Entry) -> None:
        if change.table in TABLES:
            self._follow(change, entry)
        elif change.table is EXECUTIONS and isinstance(change, Insert):
            shares = orjson.loads(change.row["reserved"])
            self._put(RESERVED, (entry.about,), entry, {"shares": shares})

    def _follow(self, change: Change, entry: Entry) -> None:
        """Change a row. Raises LookupError if it is missing."""
        match change:
            case Insert(table, row):
                self._put(table, _key(table, row), entry, dict(row))
            case Update(table, match, values):
                before = self.scratch.get(table.name, _key(table, match))
                if before is None:
                    raise LookupError(match)
                self._put(table, _key(table, match), entry, {**before.columns, **values})
            case Add(table, key, amounts, if_there):
                before = self.scratch.get(table.name, _key(table, key))
                if before is not None or not if_there:
                    had = dict.fromkeys(amounts, 0) if before is None else before.columns
                    self._put(table, _key(table, key), entry, {name: had[name] + amounts[name] for name in amounts})
            case Delete(table, match):
                *first, last = _key(table, match)
                if isinstance(last, Below):
                    self.scratch.drop_below(table.name, (*first, last.value))
                else:
                    self.scratch.pop(table.name, (*first, last))

    def _put(self, table: Table | str, key: Key, entry: Entry, columns: Json) -> None:
        name = table if isinstance(table, str) else table.name
        self.scratch.put(name, key, Derived(entry.seq, entry.id, columns))

    # ---- what entries record beside row changes

    def _erased(self, entry: Entry, body: Json) -> None:
        """Apply the shares of budgets of an erased case, because its claims can no longer be read."""
        self._put(ERASED_CASES, (entry.case_no,), entry, {})
        if (spent := body.get("spent")) is None:
            return
        for unread in self.scratch.keys_from(UNREAD, str(entry.case_no)):
            self.scratch.pop(UNREAD, unread)
        shares = (Share(scope, ANYBODY if name is None else name, day, fen) for scope, name, day, fen in spent)
        for change in budgets.reserved(shares):
            self._follow(change, entry)

    def _vouched(self, entry: Entry, body: Json) -> None:
        for one in body.get(MESSAGES, ()):
            self._put(OUTBOX, (one["id"],), entry, {"at": entry.at, **one})
        for one in body.get(REQUESTS, ()):
            self._put(REPLAYS, (one["digest"],), entry, {"at": entry.at, **one})

    def _upgraded(self, entry: Entry, body: Json) -> None:
        """Apply what entries of earlier versions did not record."""
        self.upgraded_at = entry.at
        self._vouched(entry, {MESSAGES: body[MESSAGES]})
        for table, column in ((KEYS, "hash"), (ENDPOINTS, "seal")):
            for id, recorded in body[table.name].items():
                row = self.scratch.get(table.name, (id,))
                if row is not None and column not in row.columns:
                    self._put(table, (id,), entry, row.columns | recorded)


def _key(table: Table, row: Mapping[str, Any]) -> Key:
    """Return the key of a row, or the beginning of it that a match gives."""
    return tuple(row[name] for name in KEY_OF[table] if name in row)
