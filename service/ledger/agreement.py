"""Hold what is looked up quickly against the record that it was told from.

What a row should say is told again from the entries of its case, by whoever knows what they mean: a `Retelling`. Here
only is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Select, Table, exists, select

from .archive import files_of
from .chain import Entry, unpack
from .finding import Finding
from .tables import CASES, DECISIONS, ENTRIES, EXECUTED_LINES, EXECUTIONS, OUTCOMES, PACKS, PROPOSALS

DECISION: Final = "decision"
ROW_DIFFERS, ROW_MISSING, ROW_ALONE, PACK_MISSING, PACK_CHANGED = (
    "row_differs",
    "row_missing",
    "row_alone",
    "pack_missing",
    "pack_changed",
)
KINDS: Final[Mapping[Table, str]] = {  # the tables that are held against the record, and what a row of each is called
    CASES: "case",
    DECISIONS: DECISION,
    PROPOSALS: "proposal",
    OUTCOMES: "outcome",
    EXECUTIONS: "execution",
    EXECUTED_LINES: "executed_line",
}
OF_DECISION: Final[Mapping[Table, Column[Any]]] = {
    table: table.c.decision for table in (PROPOSALS, OUTCOMES, EXECUTIONS, EXECUTED_LINES)
}
AT_ONCE: Final = 500  # rows that are fetched by name

Key = tuple[Any, ...]


class Record(NamedTuple):
    """An entry with its payload as stored; None where that is gone, or is not the one that was recorded.

    Payloads are large once they are read, so each is read where it is used and not held.
    """

    entry: Entry
    packed: bytes | None

    def body(self) -> Any | None:
        """Return what the payload says. Raises what senseless payloads make it raise, see SENSELESS."""
        return None if self.packed is None else unpack(self.packed)


class Told(NamedTuple):
    """What a row should say, and the entry that says so; columns are left out where nothing tells them."""

    seq: int
    columns: Mapping[str, Any]


@dataclass(slots=True)
class Rows:
    """The rows that a case should have, by table and key; `all_told` where it should have no others."""

    case_no: str | None
    all_told: bool
    of: dict[Table, dict[Key, Told]] = field(default_factory=lambda: {table: {} for table in KINDS})

    def add(self, table: Table, seq: int, columns: Mapping[str, Any]) -> None:
        """Add a row, which tells its whole key."""
        self.of[table][_key(table, columns)] = Told(seq, columns)


# Tells the rows of a case from all its entries. Raises what senseless payloads make it raise, see SENSELESS.
Retell = Callable[[Sequence[Record]], Rows]
SENSELESS: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)


def disagreements(connection: Connection, cases: Sequence[Rows]) -> Iterator[Finding]:
    """Yield how the rows that stand of some cases differ from those that they should have."""
    case_of = {id: case for case in cases for (id,) in case.of[DECISIONS]}
    for table in KINDS:
        standing = {_key(table, row): row for row in _standing(connection, table, cases, list(case_of))}
        for case in cases:
            yield from _differing(table, case, standing)
        if table in OF_DECISION:
            told = {key for case in cases for key in case.of[table]}
            for row in (row for key, row in standing.items() if key not in told):
                its = case_of.get(row["decision"])
                if its is not None and its.all_told:
                    yield _alone(table, row, its.case_no)


def _standing(
    connection: Connection, table: Table, cases: Sequence[Rows], decisions: Sequence[str]
) -> Iterator[RowMapping]:
    """Yield the rows of a table that have the keys which are told, or that are about decisions of the cases."""
    first = next(iter(table.primary_key))
    yield from _fetched(connection, first, list(dict.fromkeys(key[0] for case in cases for key in case.of[table])))
    if table in OF_DECISION:
        yield from _fetched(connection, OF_DECISION[table], decisions)


def _fetched(connection: Connection, column: Column[Any], values: Sequence[Any]) -> Iterator[RowMapping]:
    for start in range(0, len(values), AT_ONCE):
        found = select(column.table).where(column.in_(values[start : start + AT_ONCE]))
        yield from connection.execute(found).mappings()


def _differing(table: Table, case: Rows, standing: Mapping[Key, RowMapping]) -> Iterator[Finding]:
    """Yield the rows of a case that are missing or say something else."""
    for key, told in case.of[table].items():
        names = (told.seq, str(key[0]), KINDS[table], case.case_no)
        row = standing.get(key)
        if row is None:
            yield Finding(ROW_MISSING, f"{_shown(table, key)}this {KINDS[table]} is not looked up anywhere", *names)
            continue
        differing = [
            f"{name} is {row[name]!r}, recorded {value!r}" for name, value in told.columns.items() if row[name] != value
        ]
        if differing:
            yield Finding(ROW_DIFFERS, _shown(table, key) + "; ".join(differing), *names)


def _shown(table: Table, key: Key) -> str:
    """Return what tells a row from the others of the same decision."""
    return f"line {key[1]}: " if table is EXECUTED_LINES else ""


def _alone(table: Table, row: RowMapping, case_no: str | None) -> Finding:
    key = _key(table, row)
    detail = f"{_shown(table, key)}this {KINDS[table]} is looked up, and no entry records it"
    return Finding(ROW_ALONE, detail, row.get("seq"), str(key[0]), KINDS[table], case_no)


def _key(table: Table, row: Mapping[str, Any] | RowMapping) -> Key:
    return tuple(row[column.name] for column in table.primary_key)


# ---- rows of no case


def strays(connection: Connection) -> Iterator[Finding]:
    """Yield the rows that hang on no decision of the record, and what is wrong with the packs that are kept."""
    for table in KINDS:
        for row in _rows(connection, select(table).where(~_recorded(table))):
            yield _alone(table, row, row.get("case_no", row.get("no")))
    has_pack = exists().where(PACKS.c.digest == DECISIONS.c.pack_digest)
    for row in _rows(connection, select(DECISIONS).where(~has_pack).order_by(DECISIONS.c.seq)):
        names = (row["seq"], row["id"], DECISION, row["case_no"])
        yield Finding(PACK_MISSING, "the pack that decided is not kept", *names)
    for digest in connection.execute(select(PACKS.c.digest).order_by(PACKS.c.digest)).scalars().all():
        if files_of(connection, digest) is None:
            yield Finding(PACK_CHANGED, "what is kept as this pack does not have its digest", id=digest, kind="pack")


def _recorded(table: Table) -> ColumnElement[bool]:
    """Return the condition that a row hangs on a decision of the record; a case on any entry, for which is an index."""
    if table is CASES:
        return exists().where(ENTRIES.c.case_no == CASES.c.no)
    id = DECISIONS.c.id if table is DECISIONS else OF_DECISION[table]
    return exists().where(ENTRIES.c.id == id, ENTRIES.c.kind == DECISION)


def _rows(connection: Connection, query: Select[Any]) -> Iterable[RowMapping]:
    return connection.execute(query.execution_options(yield_per=AT_ONCE)).mappings()
