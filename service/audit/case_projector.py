"""Project the entries of a case in memory, with the same row changes as recording.

A column whose value is not known is left out of its row: an earlier version did not record it, its pack no longer
loads, or the payload that held it was erased.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import product
from typing import Any, Final

from sqlalchemy import Table

from rules.language.contract import AUTOMATIC
from service.audit.consistency import Record, Rows
from service.casework import deadlines
from service.casework.cases.effects import MOMENTS
from service.casework.limits.holds import lines_of, order_of
from service.casework.projection import entry_fields
from service.casework.projection.projector import apply, case_erased
from service.casework.projection.row_changes import Before, Held, held_of
from service.ledger.chain import Entry
from service.ledger.changes import Add, Change, Delete, Insert, Match, Update, in_order
from service.ledger.retention import ERASED
from service.ledger.tables import CASES, CLOCKS, DECISIONS, EXECUTED_LINES, EXECUTIONS, OUTCOMES, PROPOSALS

TABLES: Final = (CASES, DECISIONS, PROPOSALS, OUTCOMES, EXECUTIONS, EXECUTED_LINES, CLOCKS)

STANDING: Final = ("state", "changed_at", "closed_at")  # what of a case almost every entry may change

Json = dict[str, Any]


class FollowedRows:
    """Rows in memory that follow changes, as the tables of a ledger do; those of other tables are passed over."""

    def __init__(self, tables: Collection[Table]) -> None:
        self.of: dict[Table, list[Json]] = {table: [] for table in tables}

    def follow(self, change: Change) -> None:
        """Apply a change. Raises LookupError if a row that is named by its key is missing."""
        if change.table not in self.of:
            return
        match change:
            case Insert():
                self._insert(change)
            case Update():
                self._update(change)
            case Delete():
                gone = {id(row) for row, _ in self._matching(change.table, change.match, change.but)}
                self.of[change.table] = [row for row in self.of[change.table] if id(row) not in gone]
            case Add():
                raise TypeError(f"rows of {change.table.name} are never added to in memory")

    def _insert(self, change: Insert) -> None:
        key = {column.name: change.row[column.name] for column in change.table.primary_key}
        if not (change.unless_there and any(_matches(row, key) for row in self.of[change.table])):
            self.of[change.table].append(dict(change.row))

    def _update(self, change: Update) -> None:
        """Change the rows that match; of a row that may match, the changed columns become unknown."""
        found = [*self._matching(change.table, change.match)]
        if not found and _names_a_row(change):
            raise LookupError(change.match)
        for row, is_sure in found:
            if is_sure:
                row.update(change.values)
            else:
                for name in change.values:
                    row.pop(name, None)

    def _matching(self, table: Table, match: Match, but: Match | None = None) -> Iterator[tuple[Json, bool]]:
        """Yield each row that may match, and whether it does for sure."""
        for row in self.of[table]:
            known = {name: wanted for name, wanted in match.items() if name in row}
            if _matches(row, known) and not (but and _matches(row, but)):
                yield row, len(known) == len(match)


class CaseProjector:
    """Projects the entries of a case, from its first decision."""

    def __init__(self, pack_of: entry_fields.PackOf) -> None:
        self.pack_of = pack_of
        self.rows = FollowedRows(TABLES)
        self.held: dict[str, Held] = {}  # by decision
        self.counts: dict[str, list[Json]] = {}  # by decision: its deadlines that count from a future moment
        self.unsure: set[str] = set()  # deadlines that may have started
        self.counted: bool | None = None  # whether the number of the case is ours; earlier versions did not record it
        self.undrawn = 0  # decisions without a record of whether they were drawn

    def follow(self, record: Record) -> None:
        """Apply the row changes of an entry."""
        entry = record.entry
        body: Any = record.body()
        before = self._before(entry)
        for change in in_order(apply(entry, body, before)):
            self._change(change, entry, body)
        if entry.kind == "decision":
            self._decided(entry, body, is_first=before.state is None)
        self._begin(entry, body)

    def expected(self) -> Rows:
        """Return the projected rows."""
        tables = self.rows.of
        rows = Rows(tables[CASES][0]["no"], complete=True, partial={CLOCKS} if self.unsure else set())
        seqs = {  # by decision, for the tables whose rows do not have one
            CLOCKS: {row["id"]: row["seq"] for row in tables[DECISIONS]},
            EXECUTED_LINES: {row["decision"]: row["seq"] for row in tables[EXECUTIONS]},
        }
        for table, some in tables.items():
            for row in some:
                rows.add(table, row["seq"] if "seq" in row else seqs[table][row["decision"]], row)
        return rows

    def _before(self, entry: Entry) -> Before:
        if not self.rows.of[CASES]:
            return Before(pack_of=self.pack_of)
        case, held = self.rows.of[CASES][0], self.held.get(str(entry.about))
        return Before(case["state"], case["decision"], case["tags"], held, pack_of=self.pack_of)

    def _change(self, change: Change, entry: Entry, body: Json) -> None:
        if isinstance(change, Insert) and change.table is CLOCKS:
            row = dict(change.row)
            if row["name"] in self.unsure | _names(self.rows.of[CLOCKS]):
                return
            if entry.kind == "decision" and "drawn" not in body:
                del row["escalated_at"]  # earlier versions did not record every look at a deadline
            change = Insert(CLOCKS, row)
        self.rows.follow(change)

    # ---- what earlier versions did not record

    def _decided(self, entry: Entry, body: Json, *, is_first: bool) -> None:
        row, recommendation = self.rows.of[DECISIONS][-1], body["recommendation"]
        if is_first:
            self.counted = body.get("counted")
        if "merchant_key" not in row:
            self.rows.of[CASES][0].pop("merchant_key", None)
        self.undrawn += "drawn" not in body and body["mode"] in AUTOMATIC
        self.held[entry.id] = _held(row, recommendation, body["case"])
        waiting = deadlines.waiting(recommendation)
        self.counts[entry.id] = [clock for clock in recommendation["clocks"] if clock["name"] in waiting]

    def _begin(self, entry: Entry, body: Json) -> None:
        """Collect the deadlines that may have started; earlier versions did not record their ends."""
        moment = MOMENTS.get(body["kind"]) if entry.kind == "event" else _MOMENTS.get(entry.kind)
        if moment is not None and "begins" not in body:
            counting = {clock["name"] for clock in self.counts[str(entry.about)] if clock["after"] == moment}
            self.unsure |= counting - _names(self.rows.of[CLOCKS])


_MOMENTS: Final[Mapping[str, str]] = {"execution.executed": deadlines.EXECUTION}


def _names_a_row(change: Update) -> bool:
    """Return whether a change is of the row with a key; deadlines do not count, for not all of them are known."""
    ((name, wanted), *others) = change.match.items()
    return change.table.c[name].primary_key and not isinstance(wanted, tuple) and not others


def _names(rows: Iterable[Json]) -> set[str]:
    return {row["name"] for row in rows}


def _matches(row: Json, match: Match) -> bool:
    return all(
        row[name] in wanted if isinstance(wanted, tuple) else row[name] == wanted for name, wanted in match.items()
    )


def _held(row: Json, recommendation: Json, case: Json) -> Held:
    """Return what an execution holds; columns that need the pack are left out if the pack cannot be read."""
    order = order_of(row.get("merchant") or "", row.get("order_no") or "", case)
    columns = held_of(order) if "merchant" in row else {"told": order.lines_digest}
    return Held(lines_of(recommendation), columns, row.get("order_no", "") is not None)


# ---- a case of which not every payload can be read


class CaseOutline:
    """Follows what single entries determine of a case of which not every payload can be read.

    How the case stands is known where erasing it was the last that happened.
    """

    def __init__(self, pack_of: entry_fields.PackOf) -> None:
        self.pack_of = pack_of
        self.rows = FollowedRows((CASES, DECISIONS, PROPOSALS, OUTCOMES, EXECUTIONS))
        self.claims: dict[str, int] = {}  # numbers of entries, by decision

    def follow(self, record: Record) -> None:
        """Apply the row changes that an entry determines alone."""
        entry = record.entry
        body: Any = record.body()
        for change in self._changes(entry, body):
            self.rows.follow(change)
        if entry.kind != ERASED:
            for row, name in product(self.rows.of[CASES], STANDING):
                row.pop(name, None)

    def expected(self, case_no: str | None) -> Rows:
        """Return the projected rows; the case may have others."""
        rows = Rows(case_no, complete=False)
        for table, some in self.rows.of.items():
            for row in some:
                rows.add(table, row["seq"] if "seq" in row else self.claims[row["decision"]], row)
        return rows

    def _changes(self, entry: Entry, body: Any) -> Iterator[Change]:
        match entry.kind:
            case "decision":
                yield self._decided(entry)
                fields = entry_fields.named(entry) if body is None else entry_fields.decision(entry, body, self.pack_of)
                yield Insert(DECISIONS, fields)
            case "proposal":
                yield Insert(PROPOSALS, entry_fields.proposal(entry, body))
            case "outcome":
                yield Insert(OUTCOMES, entry_fields.outcome(entry, body))
            case "execution.claimed":
                self.claims[str(entry.about)] = entry.seq
                yield Insert(EXECUTIONS, {"decision": entry.about, "case_no": entry.case_no})
            case _ if entry.kind == ERASED and self.rows.of[CASES]:
                # an instant that cannot be read fails last, at past budgets, which are no rows here
                yield from case_erased(entry, body or {}, Before())

    def _decided(self, entry: Entry) -> Change:
        if self.rows.of[CASES]:
            return Update(CASES, {"no": entry.case_no}, {"decision": entry.id})
        row = {"no": entry.case_no, "seq": entry.seq, "opened_at": entry.at, "decision": entry.id}
        return Insert(CASES, row)
