"""Derive the rows that belong to no case: budgets, switches, keys, endpoints, messages, requests, counters.

They are kept in a scratch file while the entries of the ledger are followed from the first to the last, and compared
with the tables by `shared_findings`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Table

from service.audit.consistency import Record
from service.audit.scratch import Derived, Key, Scratch
from service.casework.limits import budgets, switches
from service.casework.limits.budgets import Share
from service.casework.limits.scopes import CUSTOMER
from service.ledger import keys, retention
from service.ledger.chain import Entry
from service.ledger.idempotency import REQUESTS
from service.ledger.store import UPGRADED, VOUCHED
from service.ledger.tables import COUNTERS, ENDPOINTS, KEYS, LIMITS, OUTBOX, REPLAYS, SPENT, SWITCHES
from service.normalization import name_of
from service.webhooks import endpoints
from service.webhooks.outbox import MESSAGES

CLAIMS, UNREAD, ERASED_CASES, CUSTOMERS = "claims", "unread", "erased_cases", "customers"  # sets beside the tables
LONGEST_NUMBER: Final = 18  # digits
ANYBODY: Final = ""  # the budget of a customer whose case was erased

Json = dict[str, Any]


class SharedRows:
    """The rows of no case, as the entries so far tell them."""

    def __init__(self) -> None:
        self.scratch = Scratch()
        self.counters: dict[str, Derived] = {}  # one a day
        self.upgraded_at = ""  # what was made up to then need not be vouched for; in a new ledger all is
        self.forgotten_before = ""  # the first day of which budgets of customers are kept
        self.after: Mapping[str, Callable[[Entry, Json], None]] = {
            switches.ON: self._switched_on,
            switches.OFF: lambda _, body: self._drop(SWITCHES, body["scope"], _name(body)),
            budgets.SET: lambda entry, body: self._put(
                LIMITS, (body["scope"], _name(body)), entry, body | {"name": _name(body)}
            ),
            keys.MADE: lambda entry, body: self._put(KEYS, (body["id"],), entry, keys.row_of(body, entry.at)),
            keys.REVOKED: lambda entry, body: self._change(KEYS, body["id"], entry, {"revoked_at": entry.at}),
            endpoints.ADDED: self._added,
            endpoints.ROTATED: lambda entry, body: self._change(
                ENDPOINTS, body["id"], entry, {"seal": body["seal"]} if "seal" in body else {}
            ),
            endpoints.REMOVED: lambda entry, body: self._change(
                ENDPOINTS, body["id"], entry, {"seal": None, "ended_at": entry.at}
            ),
            "execution.claimed": self._claimed,
            "execution.failed": lambda entry, _: self._failed(entry),
            retention.ERASED: self._erased,
            VOUCHED: self._vouched,
            UPGRADED: self._upgraded,
        }

    def follow(self, record: Record) -> None:
        """Let an entry change what it changed."""
        if record.entry.kind not in self.after:
            return
        if record.packed is not None:
            body: Any = record.body()
            self.after[record.entry.kind](record.entry, body)
        elif record.entry.kind == "execution.claimed":
            self._put(UNREAD, (record.entry.case_no, record.entry.id), record.entry, {"at": record.entry.at})

    def number(self, entry: Entry, counted: bool | None) -> None:
        """Take the number of a case that begins with an entry; None where it is not known whether it was counted."""
        name, _, last = str(entry.case_no).rpartition("-")
        if counted is not False and last.isdecimal() and len(last) <= LONGEST_NUMBER:
            before = self.counters.get(name)
            highest, sure = (0, False) if before is None else (before.columns["last"], before.columns["sure"])
            told = {"last": max(int(last), highest), "sure": sure or bool(counted)}
            self.counters[name] = Derived(entry.seq, entry.id, told)

    def end(self) -> None:
        """Put away what was gathered, once every entry was followed."""
        for name, counter in self.counters.items():
            self.scratch.put(COUNTERS.name, (name,), counter)

    def has_erased_customers(self, day: str) -> bool:
        """Return whether budgets of customers of a day hold something of erased cases."""
        told = self.scratch.get(CUSTOMERS, (day, ANYBODY))
        return told is not None and (told.columns["many"], told.columns["fen"]) != (0, 0)

    def unread_days(self) -> set[str]:
        """Return the days of which claims cannot be read any more: in any time zone, so also those beside them."""
        days = set()
        for _, told in self.scratch.items(UNREAD):
            moment = datetime.fromisoformat(told.columns["at"])
            days |= {(moment + timedelta(days=step)).date().isoformat() for step in (-1, 0, 1)}
        return days

    # ---- what is changed

    def _put(self, table: Table | str, key: Key, entry: Entry, columns: Json) -> None:
        name = table if isinstance(table, str) else table.name
        self.scratch.put(name, key, Derived(entry.seq, entry.id, columns))

    def _change(self, table: Table, id: str, entry: Entry, columns: Json) -> None:
        row = self.scratch.get(table.name, (id,))
        if row is None:
            raise LookupError(id)
        self._put(table, (id,), entry, row.columns | columns)

    def _drop(self, table: Table, *key: Any) -> None:
        self.scratch.pop(table.name, key)

    # ---- what is set by people

    def _switched_on(self, entry: Entry, body: Json) -> None:
        row = switches.row_of(body, entry.at, entry.by) | {"name": _name(body)}
        self._put(SWITCHES, (body["scope"], row["name"]), entry, row)

    def _added(self, entry: Entry, body: Json) -> None:
        self._put(ENDPOINTS, (body["id"],), entry, endpoints.visible_of(body, entry.at))

    # ---- budgets

    def _claimed(self, entry: Entry, body: Json) -> None:
        shares = [Share(**share) for share in body["budgets"]]
        self._put(CLAIMS, (entry.about,), entry, {"shares": [list(share) for share in shares]})
        for share in shares:
            self._spend(entry, share, 1)

    def _failed(self, entry: Entry) -> None:
        claim = self.scratch.pop(CLAIMS, (entry.about,))
        for share in () if claim is None else claim.columns["shares"]:
            self._spend(entry, Share(*share), -1)

    def _spend(self, entry: Entry, share: Share, sign: int) -> None:
        """Take a share of a budget, or give it back where that budget is kept still."""
        name, key = spent_key(share._replace(name=name_of(share.scope, share.name) if share.name else ANYBODY))
        before = self.scratch.get(name, key)
        if before is None and sign < 0:
            return
        many, fen = (0, 0) if before is None else (before.columns["many"], before.columns["fen"])
        self._put(name, key, entry, {"many": many + sign, "fen": fen + sign * share.fen})

    def _erased(self, entry: Entry, body: Json) -> None:
        """Take what an erased case holds of budgets, and forget those of customers of days that are past."""
        self._put(ERASED_CASES, (entry.case_no,), entry, {})
        if (spent := body.get("spent")) is not None:
            for unread in self.scratch.keys_from(UNREAD, str(entry.case_no)):
                self.scratch.pop(UNREAD, unread)
            for scope, name, day, fen in spent:
                self._spend(entry, Share(scope, ANYBODY if name is None else name, day, fen), 1)
        past = retention.forgotten_before(entry.at)
        if past > self.forgotten_before:
            self.forgotten_before = past
            self.scratch.drop_before(CUSTOMERS, past)

    # ---- what is vouched for

    def _vouched(self, entry: Entry, body: Json) -> None:
        for one in body.get(MESSAGES, ()):
            self._put(OUTBOX, (one["id"],), entry, {"at": entry.at, **one})
        for one in body.get(REQUESTS, ()):
            self._put(REPLAYS, (one["digest"],), entry, {"at": entry.at, **one})

    def _upgraded(self, entry: Entry, body: Json) -> None:
        """Take what entries of earlier versions did not tell."""
        self.upgraded_at = entry.at
        self._vouched(entry, {MESSAGES: body[MESSAGES]})
        for table, column in ((KEYS, "hash"), (ENDPOINTS, "seal")):
            for id, told in body[table.name].items():
                row = self.scratch.get(table.name, (id,))
                if row is not None and column not in row.columns:
                    self._put(table, (id,), entry, row.columns | told)


def _name(body: Json) -> str:
    """Return a name of a budget or a switch as it is kept now, however the version kept it that wrote the entry."""
    return name_of(body["scope"], body["name"])


def spent_key(share: Share) -> tuple[str, Key]:
    """Return where a budget is kept: those of customers by day first, since they are forgotten by day."""
    if share.scope == CUSTOMER:
        return CUSTOMERS, (share.day, share.name)
    return SPENT.name, (share.scope, share.name, share.day)
