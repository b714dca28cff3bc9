"""Compare the rows that belong to no case with what entries tell of them, a table at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Table, func, select

from rules.compiling.pack import Pack
from service.audit.consistency import MALFORMED, ROW_ALONE, ROW_DIFFERS, ROW_MISSING, differences
from service.audit.finding import NOT_COMPARED, NOTE, WRONG_TYPE, Finding
from service.audit.scratch import Derived, Key
from service.audit.shared_rows import ANYBODY, CUSTOMERS, ERASED_CASES, SharedRows, spent_key
from service.casework.limits.budgets import Share
from service.casework.limits.scopes import CUSTOMER
from service.ledger import idempotency, raw
from service.ledger.pack_archive import files_in
from service.ledger.store import instant
from service.ledger.tables import COUNTERS, DECISIONS, ENDPOINTS, KEYS, LIMITS, OUTBOX, PACKS, REPLAYS, SPENT, SWITCHES
from service.webhooks import delivery, endpoints, outbox

PACK_CHANGED: Final = "pack_changed"
LONGEST_REQUEST: Final = timedelta(hours=1)  # between the reservation of a request and what it writes
KINDS: Final[Mapping[Table, str]] = {  # the tables, and what a row of each is called
    COUNTERS: "counter",
    ENDPOINTS: "endpoint",
    KEYS: "key",
    LIMITS: "budget",
    OUTBOX: "message",
    PACKS: "pack",
    REPLAYS: "request",
    SPENT: "spent",
    SWITCHES: "switch",
}

Values = dict[str, Any]


class Way(NamedTuple):
    """How the rows of a table are compared."""

    key: Callable[[Values], Key]
    shown: Callable[[Values], Values] = dict  # what of a row entries can tell
    differs: Callable[[Values, Values], str] = differences
    may_be_alone: Callable[[Values], bool] = lambda _: False
    may_be_missing: Callable[[Derived], bool] = lambda _: False


class SharedFindings:
    """Compares the tables of a ledger with what its entries told, once all were followed."""

    def __init__(self, connection: Connection, rows: SharedRows, now: datetime, pack_of: Callable[[str], Pack | None]):
        self.connection, self.rows, self.scratch, self.now, self.pack_of = connection, rows, rows.scratch, now, pack_of
        self.ways: Mapping[Table, Way] = {
            COUNTERS: Way(
                lambda row: (row["name"],),
                differs=_behind,
                may_be_alone=lambda _: True,  # what it gave was for nothing
                may_be_missing=lambda told: not told.columns["sure"],
            ),
            ENDPOINTS: Way(_id, endpoints.visible),
            KEYS: Way(_id),
            LIMITS: Way(_scope_and_name),
            SWITCHES: Way(_scope_and_name),
            OUTBOX: Way(_id, _message, may_be_alone=self._is_of_before, may_be_missing=self._is_settled),
            REPLAYS: Way(
                lambda row: (idempotency.digest(row),),
                differs=_request,
                may_be_alone=lambda row: row["seq"] is None or self._is_older(row),
                may_be_missing=self._is_over,
            ),
        }

    def all(self) -> Iterator[Finding]:
        """Yield what is wrong with all of them."""
        for table in self.ways:
            yield from self._compared(table)
        yield from self._spent()
        yield from self._packs()

    def _compared(self, table: Table) -> Iterator[Finding]:
        way = self.ways[table]
        unlisted: Counter[str] = Counter()
        for row in raw.rows(self.connection, raw.all_of(table)):
            misfits, told = raw.misfits(table, row), self._taken(table, way, row)
            if misfits:
                yield from (_finding(table, row, WRONG_TYPE, misfit.detail) for misfit in misfits)
            elif told is not None:
                unlisted.update(way.shown(row).keys() - told.columns.keys() if table in (KEYS, ENDPOINTS) else ())
                shown = way.shown(row)
                if detail := way.differs(shown, {name: told.columns[name] for name in told.columns if name in shown}):
                    yield _finding(table, row, ROW_DIFFERS, detail, told)
            elif not way.may_be_alone(row):
                yield _finding(table, row, ROW_ALONE, f"no entry tells of this {KINDS[table]}")
        for column, many in unlisted.items():
            detail = f"{column} of {many} of them was not recorded when they were made"
            yield Finding(NOT_COMPARED, detail, kind=KINDS[table], grade=NOTE)
        for key, told in self.scratch.items(table.name):
            if not way.may_be_missing(told):
                yield Finding(ROW_MISSING, f"that of {_named(key)} is gone", told.seq, told.id, KINDS[table])

    def _taken(self, table: Table, way: Way, row: Values) -> Derived | None:
        try:
            return self.scratch.pop(table.name, way.key(row))
        except MALFORMED:  # a key of another type
            return None

    # ---- what is vouched for

    def _is_of_before(self, row: Values) -> bool:
        """Return whether a message is from before that version, and nobody is sent it any more."""
        return row["next_at"] is None and self._is_older(row)

    def _is_older(self, row: Values) -> bool:
        """Return whether a message or a request is from before the version that vouches for them."""
        return str(row["made_at"] if "made_at" in row else row["at"]) <= self.rows.upgraded_at

    def _is_settled(self, told: Derived) -> bool:
        """Return whether a message may have been settled long ago, or was dropped with its case."""
        case_no, at = told.columns["case_no"], told.columns["at"]
        return at < instant(self.now - delivery.KEPT) or self.scratch.get(ERASED_CASES, (case_no,)) is not None

    def _is_over(self, told: Derived) -> bool:
        """Return whether a request may have been forgotten."""
        return bool(told.columns["at"] < instant(self.now - idempotency.KEPT + LONGEST_REQUEST))

    # ---- budgets

    def _spent(self) -> Iterator[Finding]:
        """Compare what was spent; of erased cases it is told how much, but not by which customer."""
        unread = self.rows.unread_days()
        anybody: Counter[str] = Counter()
        for row in raw.rows(self.connection, raw.all_of(SPENT)):
            if misfits := raw.misfits(SPENT, row):
                yield from (_finding(SPENT, row, WRONG_TYPE, misfit.detail) for misfit in misfits)
                continue
            told = self.scratch.pop(*spent_key(Share(row["scope"], row["name"], row["day"], 0)))
            columns = {"many": 0, "fen": 0} if told is None else told.columns
            many, fen = row["many"] - columns["many"], row["fen"] - columns["fen"]
            of_anybody = row["scope"] == CUSTOMER and self.rows.has_erased_customers(row["day"])
            if of_anybody:
                anybody[f"{row['day']} many"] += many
                anybody[f"{row['day']} fen"] += fen
            if many < 0 or fen < 0 or ((many or fen) and not of_anybody and row["day"] not in unread):
                code = ROW_ALONE if told is None else ROW_DIFFERS
                detail = differences(row, columns)
                yield _finding(SPENT, row, code, detail, told)
        yield from self._unspent(anybody, unread)
        if unread:
            detail = f"what was spent around {', '.join(sorted(unread)[:5])} cannot be read any more"
            yield Finding(NOT_COMPARED, detail, kind=KINDS[SPENT], grade=NOTE)

    def _unspent(self, anybody: Counter[str], unread: set[str]) -> Iterator[Finding]:
        """Yield the budgets whose rows are gone, and days on which those of customers do not add up."""
        for name in (SPENT.name, CUSTOMERS):
            for key, told in self.scratch.items(name):
                if name == CUSTOMERS and key[0] < self.rows.upgraded_at[: len(key[0])]:
                    continue  # earlier versions forgot some without a word
                if key[1:] != (ANYBODY,) or name == SPENT.name:
                    yield Finding(ROW_MISSING, f"that of {_named(key)} is gone", told.seq, told.id, KINDS[SPENT])
                    continue
                (day, _), many, fen = key, anybody[f"{key[0]} many"], anybody[f"{key[0]} fen"]
                if (many, fen) != (told.columns["many"], told.columns["fen"]) and day not in unread:
                    detail = f"customers whose cases were erased have {many} with {fen} of {day}, recorded "
                    detail += f"{told.columns['many']} with {told.columns['fen']}"
                    yield Finding(ROW_DIFFERS, detail, told.seq, told.id, KINDS[SPENT])

    # ---- packs

    def _packs(self) -> Iterator[Finding]:
        """Yield the packs whose files are not those of their digest, or of another name or age than recorded."""
        first = select(func.min(DECISIONS.c.seq)).group_by(DECISIONS.c.pack_digest)
        since = select(DECISIONS.c.pack_digest, DECISIONS.c.at).where(DECISIONS.c.seq.in_(first))
        decided = {str(digest): str(at) for digest, at in self.connection.execute(since)}
        for row in raw.rows(self.connection, raw.all_of(PACKS).order_by(PACKS.c.digest)):
            if misfits := raw.misfits(PACKS, row):
                yield from (_finding(PACKS, row, WRONG_TYPE, misfit.detail) for misfit in misfits)
            elif files_in(row["files"], row["digest"]) is None:
                yield _finding(PACKS, row, PACK_CHANGED, "what is kept as this pack does not have its digest")
            else:
                told = {"since": min(row["since"], decided.get(row["digest"], row["since"]))}
                if (pack := self.pack_of(row["digest"])) is not None:
                    told["name"] = pack.name
                if detail := differences(row, told):
                    yield _finding(PACKS, row, ROW_DIFFERS, detail)


def _finding(table: Table, row: Values, code: str, detail: str, told: Derived | None = None) -> Finding:
    """Return a finding of a row, which names its key, and the entry that told of it where there is one."""
    key = tuple(row[column.name] for column in table.primary_key)
    seq, id = (None, key[0] if len(key) == 1 else None) if told is None else (told.seq, told.id)
    return Finding(code, f"{_named(key)}: {detail}", seq, id, KINDS[table])


def _named(key: Sequence[Any]) -> str:
    return " ".join(part if isinstance(part, str) else raw.shown(part) for part in key)


def _id(row: Values) -> Key:
    return (row["id"],)


def _scope_and_name(row: Values) -> Key:
    return row["scope"], row["name"]


def _behind(row: Values, told: Values) -> str:
    """Return whether a counter stands before a number that it gave; those given for nothing are in no entry."""
    if row["last"] >= told["last"]:
        return ""
    return f"last is {row['last']}, and a case has the number {told['last']}"


def _message(row: Values) -> Values:
    return {"id": row["id"], "digest": outbox.digest(row)}


def _request(row: Values, told: Values) -> str:
    """Return what of a request that took effect would let it run again, or have another answer."""
    if row["state"] not in (idempotency.WRITTEN, idempotency.ANSWERED):
        return f"state is {raw.shown(row['state'])}, and it took effect"
    if not told["at"] >= row["at"] > instant(datetime.fromisoformat(told["at"]) - LONGEST_REQUEST):
        return f"at is {raw.shown(row['at'])}, and it took effect at {told['at']}"
    return differences(row, {"seq": told["seq"]})
