"""Walk the whole record and name what was changed, removed, added or moved in it.

The walk holds a page of entries and a bit for each that was erased, so its memory hardly grows with the ledger, and it
goes on behind whatever it finds. Who rewrites everything from some entry on, hashes and head included, leaves a sound
chain: that is found only by a head that was noted elsewhere before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, RowMapping, select

from . import chain
from .agreement import DECISION, ROW_DIFFERS, ROW_MISSING, disagreements, held_against
from .finding import Finding, named
from .links import MOST, Follower, Link
from .retention import erased
from .store import Ledger
from .tables import DECISIONS, ENTRIES, HEAD, PAYLOADS
from .tampering import MOVED, faults

PAGE: Final = 500
BEFORE_ALL: Final = -(2**62)
PAYLOAD_CHANGED, PAYLOAD_MISSING, NOT_ERASED, HEAD_UNKNOWN, HEAD_MISSING = (
    "payload_changed",
    "payload_missing",
    "not_erased",
    "head_unknown",
    "head_missing",
)
_COLUMNS: Final = chain.Entry.__slots__


@dataclass(frozen=True, slots=True)
class Report:
    """What came of verifying: findings of the record, and apart from them of what is looked up."""

    entries: int
    erased: int  # payloads that an entry says were erased
    head_seq: int
    head_hash: str
    record: tuple[Finding, ...]
    rows: tuple[Finding, ...]
    untold: int  # further findings

    @property
    def sound(self) -> bool:
        """Tell whether nothing was found."""
        return not (self.record or self.rows or self.untold)

    def as_json(self) -> dict[str, Any]:
        """Return the report as `redress verify --json` prints it."""
        return {
            "sound": self.sound,
            "entries": self.entries,
            "erased": self.erased,
            "head": {"seq": self.head_seq, "hash": self.head_hash},
            "record": [finding.as_json() for finding in self.record],
            "rows": [finding.as_json() for finding in self.rows],
            "untold": self.untold,
        }


def verify(ledger: Ledger, noted: str | None = None) -> Report:
    """Verify the whole ledger, and that it still holds the entry of a head that was noted."""
    with ledger.snapshot() as connection:
        walk = _Walk(connection, noted)
        for row in _rows(connection):
            walk.step(row)
        return walk.report()


def _rows(connection: Connection) -> Iterator[RowMapping]:
    """Yield every entry with its payload and the row of its decision, a page at a time."""
    joined = ENTRIES.outerjoin(PAYLOADS, PAYLOADS.c.seq == ENTRIES.c.seq)
    joined = joined.outerjoin(DECISIONS, DECISIONS.c.id == ENTRIES.c.id)
    columns = (*ENTRIES.c, PAYLOADS.c.salt, PAYLOADS.c.body, *(one.label(f"row_{one.name}") for one in DECISIONS.c))
    page = select(*columns).select_from(joined).order_by(ENTRIES.c.seq).limit(PAGE)
    last = BEFORE_ALL
    while rows := connection.execute(page.where(ENTRIES.c.seq > last)).mappings().all():
        yield from rows
        last = rows[-1]["seq"]


class _Walk:
    """Follows the chain and looks at each payload on the way."""

    def __init__(self, connection: Connection, noted: str | None) -> None:
        self.connection = connection
        self.follower = Follower()
        self.erased = erased(connection)
        self.entries = self.gone = 0
        self.noted = noted
        self.knows_noted = noted in (None, chain.GENESIS)
        self.payloads: list[_Misfit] = []
        self.rows: list[Finding] = []
        self.untold = 0

    def step(self, row: RowMapping) -> None:
        """Look at the next entry."""
        entry = chain.Entry(*(row[name] for name in _COLUMNS))
        self.follower.follow(Link(entry, row["hash"]))
        self.entries += 1
        self.knows_noted = self.knows_noted or row["hash"] == self.noted
        body = self._payload(entry, row)
        if entry.kind == DECISION:
            self._row(entry, body, row)

    def _payload(self, entry: chain.Entry, row: RowMapping) -> bytes | None:
        """Return the payload if it is there and fits."""
        here, named_erased = row["body"] is not None, entry.seq in self.erased
        if here and chain.digest(row["salt"], row["body"]) != entry.digest:
            self._misfit(PAYLOAD_CHANGED, "the payload, or its salt, is not the one that was recorded", entry, row)
        elif here and named_erased:
            self._misfit(NOT_ERASED, "an entry says that its payload was erased, and it is there", entry, row)
        elif here:
            return bytes(row["body"])
        elif named_erased:
            self.gone += 1
        else:
            self._misfit(PAYLOAD_MISSING, "its payload is gone, and no entry says that it was erased", entry, row)
        return None

    def _misfit(self, code: str, detail: str, entry: chain.Entry, row: RowMapping) -> None:
        if len(self.payloads) == MOST:
            self.untold += 1
            return
        finding = Finding(code, detail, entry.seq, entry.id, entry.kind, entry.case_no)
        found = chain.digest(row["salt"], row["body"]) if code == PAYLOAD_CHANGED else None
        self.payloads.append(_Misfit(finding, entry.digest, found))

    def _row(self, entry: chain.Entry, body: bytes | None, row: RowMapping) -> None:
        """Hold a decision against its row."""
        names = (entry.seq, entry.id, entry.kind, entry.case_no)
        standing = {column.name: row[f"row_{column.name}"] for column in DECISIONS.c}
        differing = held_against(entry, body, standing)
        if standing["id"] is None:
            self._keep(Finding(ROW_MISSING, "this decision is not looked up anywhere", *names))
        elif differing:
            self._keep(Finding(ROW_DIFFERS, "; ".join(differing), *names))

    def _keep(self, finding: Finding) -> None:
        if len(self.rows) < MOST:
            self.rows.append(finding)
        else:
            self.untold += 1

    def report(self) -> Report:
        """Return what came of it, once every entry was looked at."""
        head = self.connection.execute(select(HEAD.c.seq, HEAD.c.hash)).first()
        seq, hash = (self.follower.seq, self.follower.hash) if head is None else head
        chained = [one for fault in faults(self.follower, seq, hash) for one in named(self.connection, fault)]
        moved = {finding.seq for finding in chained if finding.code == MOVED}
        found = [*chained, *_but_for_moved(self.payloads, moved)]
        found.sort(key=lambda finding: finding.seq or 0)
        for finding in disagreements(self.connection):
            self._keep(finding)
        if head is None:
            found.append(Finding(HEAD_MISSING, "the row of the head is gone"))
        if not self.knows_noted:
            found.append(Finding(HEAD_UNKNOWN, f"no entry has the hash {self.noted}: it was removed or rewritten"))
        untold = self.untold + self.follower.uncounted
        return Report(self.entries, self.gone, seq, hash, tuple(found), tuple(self.rows), untold)


class _Misfit(NamedTuple):
    finding: Finding
    recorded: str  # the digest of the payload
    found: str | None


def _but_for_moved(misfits: Sequence[_Misfit], moved: Collection[int | None]) -> Iterator[Finding]:
    """Yield what is wrong with payloads; those that stayed where moved entries stood before are sound."""
    swapped = {misfit.recorded for misfit in misfits if misfit.finding.seq in moved}
    for misfit in misfits:
        if misfit.finding.seq not in moved or misfit.found not in swapped:
            yield misfit.finding
