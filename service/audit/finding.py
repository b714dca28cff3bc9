"""The findings of `verify`: an entry or a row, what is wrong with it, and the grade.

A finding says that the ledger was changed after it was written. A note is about something that happens in a sound
ledger too: the clock went back, or an earlier version recorded less than is compared today.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from service.audit.tampering import Fault
from service.ledger import raw
from service.ledger.tables import DECISIONS, ENTRIES

FINDING, NOTE = "finding", "note"  # grades
WRONG_TYPE, TIME_BACKWARDS, NOT_COMPARED = "wrong_type", "time_backwards", "not_compared"
MOST_NAMED: Final = 20  # entries of one fault that are listed one by one


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding or a note, with its entry if it has one."""

    code: str
    detail: str
    seq: int | None = None
    id: str | None = None
    kind: str | None = None
    case_no: str | None = None
    grade: str = FINDING

    def as_json(self) -> dict[str, Any]:
        """Return the finding as `redress verify --json` prints it."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}

    def __str__(self) -> str:
        where = " ".join(str(_plain(part)) for part in (self.seq, self.kind, self.id, self.case_no) if part is not None)
        grade = "" if self.grade == FINDING else f"{self.grade}: "
        return f"{where or 'ledger'}: {grade}{self.code}: {_plain(self.detail)}"


def _plain(part: Any) -> Any:
    """Return a value of any type as JSON and a terminal can show it."""
    if isinstance(part, str):
        return raw.printable(part)
    return part if part is None or isinstance(part, int) else raw.shown(part)


def fault_findings(connection: Connection, fault: Fault) -> Iterator[Finding]:
    """Yield a fault of the chain as findings, each with the known names of its entry."""
    if fault.last - fault.first >= MOST_NAMED:
        yield Finding(fault.code, f"up to entry {fault.last}: {fault.detail}", fault.first)
        return
    for seq in range(fault.first, fault.last + 1):
        yield Finding(fault.code, fault.detail, seq, **_names(connection, seq))


def _names(connection: Connection, seq: int) -> dict[str, Any]:
    """Return the names of an entry; the decision of a removed entry may still have them."""
    of_entry = select(*raw.columns(ENTRIES, "id", "kind", "case_no")).where(ENTRIES.c.seq == seq)
    of_decision = select(*raw.columns(DECISIONS, "id", "case_no")).where(DECISIONS.c.seq == seq)
    row = connection.execute(of_entry).first() or connection.execute(of_decision).first()
    return {} if row is None else dict(row._mapping)
