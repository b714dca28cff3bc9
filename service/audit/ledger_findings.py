"""Compare the rows that belong to no case with those that the entries record, one table at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Table, func, select

from rules.compiling.pack import Pack
from service.audit.consistency import MALFORMED, ROW_ALONE, ROW_DIFFERS, ROW_MISSING, differences
from service.audit.finding import NOT_COMPARED, NOTE, WRONG_TYPE, Finding
from service.audit.ledger_projector import ANYBODY, ERASED_CASES, KEY_OF, LedgerProjector
from service.audit.scratch import Derived, Key
from service.casework.limits.scopes import CUSTOMER
from service.ledger import idempotency, raw
from service.ledger.pack_archive import files_in
from service.ledger.store import instant
from service.ledger.tables import COUNTERS, DECISIONS, ENDPOINTS, KEYS, LIMITS, OUTBOX, PACKS, REPLAYS, SPENT, SWITCHES
from service.webhooks import delivery, endpoints, outbox

PACK_CHANGED: Final = "pack_changed"
LONGEST_REQUEST: Final = timedelta(hours=1)  # between the reservation of a request and what it writes
ROW_NAMES: Final[Mapping[Table, str]] = {  # the tables, and the name of a row of each
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


class Comparison(NamedTuple):
    """How the rows of a table are compared."""

    key: Callable[[Values], Key]
    recorded: Callable[[Values], Values] = dict  # what of a row entries can record
    differs: Callable[[Values, Values], str] = differences
    may_be_alone: Callable[[Values], bool] = lambda _: False
    may_be_missing: Callable[[Derived], bool] = lambda _: False


class LedgerFindings:
    """Compares the tables that belong to no case with the rows that a projector derived from all entries."""

    def __init__(
        self, connection: Connection, projector: LedgerProjector, now: datetime, pack_of: Callable[[str], Pack | None]
    ) -> None:
        self.connection, self.projector, self.scratch = connection, projector, projector.scratch
        self.now, self.pack_of = now, pack_of
        self.comparisons: Mapping[Table, Comparison] = {
            COUNTERS: Comparison(
                lambda row: (row["name"],),
                differs=_behind,
                may_be_alone=lambda _: True,  # its numbers were given and not used
                may_be_missing=lambda expected: not expected.columns["sure"],
            ),
            ENDPOINTS: Comparison(_id, endpoints.visible),
            KEYS: Comparison(_id),
            LIMITS: Comparison(_scope_and_name),
            SWITCHES: Comparison(_scope_and_name),
            OUTBOX: Comparison(_id, _message, may_be_alone=self._is_of_before, may_be_missing=self._is_settled),
            REPLAYS: Comparison(
                lambda row: (idempotency.digest(row),),
                differs=_request,
                may_be_alone=lambda row: row["seq"] is None or self._is_older(row),
                may_be_missing=self._is_over,
            ),
        }

    def all(self) -> Iterator[Finding]:
        """Yield the findings on all these tables."""
        for table in self.comparisons:
            yield from self._compared(table)
        yield from self._spent()
        yield from self._packs()

    def _compared(self, table: Table) -> Iterator[Finding]:
        comparison = self.comparisons[table]
        unrecorded: Counter[str] = Counter()
        for row in raw.rows(self.connection, raw.all_of(table)):
            misfits, expected = raw.misfits(table, row), self._taken(table, comparison, row)
            if misfits:
                yield from (_finding(table, row, WRONG_TYPE, misfit.detail) for misfit in misfits)
            elif expected is not None:
                found = comparison.recorded(row)
                unrecorded.update(found.keys() - expected.columns.keys() if table in (KEYS, ENDPOINTS) else ())
                wanted = {name: value for name, value in expected.columns.items() if name in found}
                if detail := comparison.differs(found, wanted):
                    yield _finding(table, row, ROW_DIFFERS, detail, expected)
            elif not comparison.may_be_alone(row):
                yield _finding(table, row, ROW_ALONE, f"no entry records this {ROW_NAMES[table]}")
        for column, many in unrecorded.items():
            detail = f"{column} of {many} of them was not recorded when they were made"
            yield Finding(NOT_COMPARED, detail, kind=ROW_NAMES[table], grade=NOTE)
        for key, expected in self.scratch.items(table.name):
            if not comparison.may_be_missing(expected):
                yield _missing(table, key, expected)

    def _taken(self, table: Table, comparison: Comparison, row: Values) -> Derived | None:
        """Return the expected row, which is then not missing."""
        try:
            return self.scratch.pop(table.name, comparison.key(row))
        except MALFORMED:  # a key of another type
            return None

    # ---- messages and requests

    def _is_of_before(self, row: Values) -> bool:
        """Return whether a message is older than the version that records messages, and is not sent any more."""
        return row["next_at"] is None and self._is_older(row)

    def _is_older(self, row: Values) -> bool:
        """Return whether a message or a request is older than the version that records them."""
        return str(row["made_at"] if "made_at" in row else row["at"]) <= self.projector.upgraded_at

    def _is_settled(self, expected: Derived) -> bool:
        """Return whether a message may have been finished and deleted, or was deleted with its case."""
        case_no, at = expected.columns["case_no"], expected.columns["at"]
        return at < instant(self.now - delivery.KEPT) or self.scratch.get(ERASED_CASES, (case_no,)) is not None

    def _is_over(self, expected: Derived) -> bool:
        """Return whether a request may have been deleted."""
        return bool(expected.columns["at"] < instant(self.now - idempotency.KEPT + LONGEST_REQUEST))

    # ---- budgets

    def _spent(self) -> Iterator[Finding]:
        """Compare what was spent; of erased cases it is recorded how much, but not by which customer."""
        unread = self.projector.unread_days()
        of_erased: Counter[str] = Counter()  # what customers have more than is recorded of them, by day
        for row in raw.rows(self.connection, raw.all_of(SPENT)):
            if misfits := raw.misfits(SPENT, row):
                yield from (_finding(SPENT, row, WRONG_TYPE, misfit.detail) for misfit in misfits)
                continue
            expected = self.scratch.pop(SPENT.name, tuple(row[name] for name in KEY_OF[SPENT]))
            columns = {"many": 0, "fen": 0} if expected is None else expected.columns
            more = {name: row[name] - columns[name] for name in columns}
            may_be_of_erased = row["scope"] == CUSTOMER and self.projector.has_erased_customers(row["day"])
            if may_be_of_erased:
                of_erased.update({f"{row['day']} {name}": amount for name, amount in more.items()})
            is_excused = may_be_of_erased or row["day"] in unread
            if min(more.values()) < 0 or (any(more.values()) and not is_excused):
                code = ROW_ALONE if expected is None else ROW_DIFFERS
                yield _finding(SPENT, row, code, differences(row, columns), expected)
        yield from self._unspent(of_erased, unread)
        if unread:
            detail = f"what was spent around {', '.join(sorted(unread)[:5])} cannot be read any more"
            yield Finding(NOT_COMPARED, detail, kind=ROW_NAMES[SPENT], grade=NOTE)

    def _unspent(self, of_erased: Counter[str], unread: set[str]) -> Iterator[Finding]:
        """Yield the budgets whose rows are missing, and days on which those of customers do not add up."""
        for key, expected in self.scratch.items(SPENT.name):
            scope, day, name = key
            if scope == CUSTOMER and day < self.projector.upgraded_at[: len(day)]:
                continue  # earlier versions deleted some without an entry
            if (scope, name) != (CUSTOMER, ANYBODY):
                yield _missing(SPENT, key, expected)
                continue
            found = {column: of_erased[f"{day} {column}"] for column in ("many", "fen")}
            if found != expected.columns and day not in unread:
                detail = f"customers whose cases were erased have {found['many']} with {found['fen']} of {day}, "
                detail += f"recorded {expected.columns['many']} with {expected.columns['fen']}"
                yield Finding(ROW_DIFFERS, detail, expected.seq, expected.id, ROW_NAMES[SPENT])

    # ---- packs

    def _packs(self) -> Iterator[Finding]:
        """Yield the packs whose files do not match their digest, or whose name or age is not as recorded."""
        first = select(func.min(DECISIONS.c.seq)).group_by(DECISIONS.c.pack_digest)
        since = select(DECISIONS.c.pack_digest, DECISIONS.c.at).where(DECISIONS.c.seq.in_(first))
        decided = {str(digest): str(at) for digest, at in self.connection.execute(since)}
        for row in raw.rows(self.connection, raw.all_of(PACKS).order_by(PACKS.c.digest)):
            if misfits := raw.misfits(PACKS, row):
                yield from (_finding(PACKS, row, WRONG_TYPE, misfit.detail) for misfit in misfits)
            elif files_in(row["files"], row["digest"]) is None:
                yield _finding(PACKS, row, PACK_CHANGED, "what is kept as this pack does not have its digest")
            else:
                expected = {"since": min(row["since"], decided.get(row["digest"], row["since"]))}
                if (pack := self.pack_of(row["digest"])) is not None:
                    expected["name"] = pack.name
                if detail := differences(row, expected):
                    yield _finding(PACKS, row, ROW_DIFFERS, detail)


def _finding(table: Table, row: Values, code: str, detail: str, expected: Derived | None = None) -> Finding:
    """Return a finding of a row, which names its key, and the entry that changed it last, if there is one."""
    key = tuple(row[column.name] for column in table.primary_key)
    seq, id = (None, key[0] if len(key) == 1 else None) if expected is None else (expected.seq, expected.id)
    return Finding(code, f"{_named(key)}: {detail}", seq, id, ROW_NAMES[table])


def _missing(table: Table, key: Key, expected: Derived) -> Finding:
    return Finding(ROW_MISSING, f"that of {_named(key)} is gone", expected.seq, expected.id, ROW_NAMES[table])


def _named(key: Sequence[Any]) -> str:
    return " ".join(part if isinstance(part, str) else raw.shown(part) for part in key)


def _id(row: Values) -> Key:
    return (row["id"],)


def _scope_and_name(row: Values) -> Key:
    return row["scope"], row["name"]


def _behind(row: Values, expected: Values) -> str:
    """Return how a counter is lower than a number in use; unused numbers are in no entry."""
    if row["last"] >= expected["last"]:
        return ""
    return f"last is {row['last']}, and a case has the number {expected['last']}"


def _message(row: Values) -> Values:
    return {"id": row["id"], "digest": outbox.digest(row)}


def _request(row: Values, expected: Values) -> str:
    """Return the difference by which an effective request could run again or get another answer."""
    if row["state"] not in (idempotency.WRITTEN, idempotency.ANSWERED):
        return f"state is {raw.shown(row['state'])}, and it took effect"
    if not expected["at"] >= row["at"] > instant(datetime.fromisoformat(expected["at"]) - LONGEST_REQUEST):
        return f"at is {raw.shown(row['at'])}, and it took effect at {expected['at']}"
    return differences(row, {"seq": expected["seq"]})
