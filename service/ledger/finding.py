"""What `verify` finds: an entry, or what is looked up of it, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from .tables import DECISIONS, ENTRIES
from .tampering import Fault

MOST_NAMED: Final = 20  # entries of one fault that are named each


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong, at an entry where it has one."""

    code: str
    detail: str
    seq: int | None = None
    id: str | None = None
    kind: str | None = None
    case_no: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the finding as `redress verify --json` prints it."""
        return asdict(self)

    def __str__(self) -> str:
        where = " ".join(str(part) for part in (self.seq, self.kind, self.id, self.case_no) if part is not None)
        return f"{where or 'ledger'}: {self.code}: {self.detail}"


def named(connection: Connection, fault: Fault) -> Iterator[Finding]:
    """Yield a fault of the chain as findings, each with the names of its entry as far as anything tells them."""
    if fault.last - fault.first >= MOST_NAMED:
        yield Finding(fault.code, f"and all up to entry {fault.last}: {fault.detail}", fault.first)
        return
    for seq in range(fault.first, fault.last + 1):
        yield Finding(fault.code, fault.detail, seq, **_names(connection, seq))


def _names(connection: Connection, seq: int) -> dict[str, Any]:
    """Return what an entry is called; one that is gone may have left its decision behind."""
    of_entry = select(ENTRIES.c.id, ENTRIES.c.kind, ENTRIES.c.case_no).where(ENTRIES.c.seq == seq)
    of_decision = select(DECISIONS.c.id, DECISIONS.c.case_no).where(DECISIONS.c.seq == seq)
    row = connection.execute(of_entry).first() or connection.execute(of_decision).first()
    return {} if row is None else dict(row._mapping)
