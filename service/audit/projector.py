"""Project the entries of a case in memory, with the same row changes as recording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Table

from rules.language.contract import AUTOMATIC
from service.audit.consistency import Record, Rows
from service.casework import deadlines
from service.casework.cases.effects import MOMENTS
from service.casework.limits.holds import lines_of, order_of
from service.casework.projection import entry_fields
from service.casework.projection.projector import apply
from service.casework.projection.row_changes import Before, Held, held_of
from service.ledger.chain import Entry
from service.ledger.changes import Change, Delete, Insert, Match, Update
from service.ledger.tables import CASES, CLOCKS, DECISIONS, EXECUTED_LINES, EXECUTIONS, OUTCOMES, PROPOSALS

TABLES: Final = (CASES, DECISIONS, PROPOSALS, OUTCOMES, EXECUTIONS, EXECUTED_LINES, CLOCKS)

Json = dict[str, Any]


class CaseProjector:
    """Projects the entries of a case, from its first decision."""

    def __init__(self, pack_of: entry_fields.PackOf) -> None:
        self.pack_of = pack_of
        self.tables: dict[Table, list[Json]] = {table: [] for table in TABLES}
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
        for change in apply(entry, body, before):
            self._change(change, entry, body)
        if entry.kind == "decision":
            self._decided(entry, body, is_first=before.state is None)
        self._start_deadlines(entry, body)

    def rows(self) -> Rows:
        """Return the projected rows."""
        rows = Rows(self.tables[CASES][0]["no"], complete=True, partial={CLOCKS} if self.unsure else set())
        seqs = {table: {row["decision"]: row["seq"] for row in self.tables[table]} for table in (EXECUTIONS,)}
        seqs[CLOCKS] = {row["id"]: row["seq"] for row in self.tables[DECISIONS]}
        seqs[EXECUTED_LINES] = seqs[EXECUTIONS]
        for table, some in self.tables.items():
            for row in some:
                rows.add(table, row["seq"] if "seq" in row else seqs[table][row["decision"]], row)
        return rows

    def _before(self, entry: Entry) -> Before:
        if not self.tables[CASES]:
            return Before(pack_of=self.pack_of)
        case, held = self.tables[CASES][0], self.held.get(str(entry.about))
        return Before(case["state"], case["decision"], case["tags"], held, self.pack_of)

    # ---- changes

    def _change(self, change: Change, entry: Entry, body: Json) -> None:
        if isinstance(change, Insert):
            self._insert(change.table, dict(change.row), entry, body)
        elif isinstance(change, Update):
            self._update(change)
        else:
            gone = [*self._matching(change)]
            self.tables[change.table] = [row for row in self.tables[change.table] if row not in gone]

    def _insert(self, table: Table, row: Json, entry: Entry, body: Json) -> None:
        if table is CLOCKS:
            if row["name"] in self.unsure or any(row["name"] == one["name"] for one in self.tables[CLOCKS]):
                return
            if entry.kind == "decision" and "drawn" not in body:
                del row["escalated_at"]  # earlier versions did not record every look at a deadline
        self.tables[table].append(row)

    def _update(self, change: Update) -> None:
        """Change the rows that match. Raises LookupError if a single named row is missing."""
        found = [*self._matching(change)]
        if not found and change.table is not CLOCKS and len(change.match) == 1:
            raise LookupError(change.match)
        for row in found:
            row.update(change.values)

    def _matching(self, change: Update | Delete) -> Iterator[Json]:
        but = change.but if isinstance(change, Delete) else {}
        for row in self.tables[change.table]:
            if _matches(row, change.match) and not (but and _matches(row, but)):
                yield row

    # ---- what earlier versions did not record

    def _decided(self, entry: Entry, body: Json, *, is_first: bool) -> None:
        row, recommendation = self.tables[DECISIONS][-1], body["recommendation"]
        if is_first:
            self.counted = body.get("counted")
        if "merchant_key" not in row:
            self.tables[CASES][0].pop("merchant_key", None)
        self.undrawn += "drawn" not in body and body["mode"] in AUTOMATIC
        self.held[entry.id] = _held(row, recommendation, body["case"])
        waiting = deadlines.waiting(recommendation)
        self.counts[entry.id] = [clock for clock in recommendation["clocks"] if clock["name"] in waiting]

    def _start_deadlines(self, entry: Entry, body: Json) -> None:
        """Collect the deadlines that may have started; earlier versions did not record their ends."""
        moment = MOMENTS.get(body["kind"]) if entry.kind == "event" else _MOMENTS.get(entry.kind)
        if moment is not None and "begins" not in body:
            counting = {clock["name"] for clock in self.counts[str(entry.about)] if clock["after"] == moment}
            self.unsure |= counting - _names(self.tables[CLOCKS])


_MOMENTS: Final[Mapping[str, str]] = {"execution.executed": deadlines.EXECUTION}


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
