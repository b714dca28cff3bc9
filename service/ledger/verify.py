"""Walk the whole record and name what was changed, removed, added or moved in it, and what is looked up otherwise.

The walk holds a page of entries, the further entries of the cases that begin in it, and a bit for each that was erased.
So its memory hardly grows with the ledger; and it goes on behind whatever it finds. Who rewrites everything from some
entry on, hashes and head included, leaves a sound chain: that is found only by a head that was noted elsewhere before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, select

from . import chain, controls
from .agreement import DECISION, ROW_DIFFERS, SENSELESS, Record, Retell, Rows, disagreements, strays
from .finding import Finding, named
from .links import MOST, Follower, Link
from .retention import erased
from .store import Ledger
from .tables import ENTRIES, HEAD, PAYLOADS
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
_STORED: Final = (*ENTRIES.c, PAYLOADS.c.salt, PAYLOADS.c.body)
_WITH_PAYLOAD: Final = select(*_STORED).outerjoin_from(ENTRIES, PAYLOADS, PAYLOADS.c.seq == ENTRIES.c.seq)
_ENTRY: Final = len(chain.Entry.__slots__)  # how many of these columns come first


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


def verify(ledger: Ledger, retelling: Callable[[Connection], Retell], noted: str | None = None) -> Report:
    """Verify the whole ledger, and that it still holds the entry of a head that was noted."""
    with ledger.snapshot() as connection:
        walk = _Walk(connection, retelling(connection), noted)
        for rows in _pages(connection):
            walk.page(rows)
        return walk.report()


def _pages(connection: Connection) -> Iterator[Sequence[Row[Any]]]:
    """Yield all entries with their payloads, a page at a time."""
    page = _WITH_PAYLOAD.order_by(ENTRIES.c.seq).limit(PAGE)
    last = BEFORE_ALL
    while rows := connection.execute(page.where(ENTRIES.c.seq > last)).all():
        yield rows
        last = rows[-1].seq


def _entry(row: Row[Any]) -> chain.Entry:
    return chain.Entry(*row[:_ENTRY])


def _is_kept(entry: chain.Entry, row: Row[Any]) -> bool:
    """Tell whether the payload is there and the one that was recorded."""
    return row.body is not None and chain.digest(row.salt, row.body) == entry.digest


class _Walk:
    """Follows the chain, looks at each payload on the way, and at the rows of each case where the case begins."""

    def __init__(self, connection: Connection, retell: Retell, noted: str | None) -> None:
        self.connection = connection
        self.retell = retell
        self.follower = Follower()
        self.erased = erased(connection)
        self.entries = self.gone = 0
        self.noted = noted
        self.knows_noted = noted in (None, chain.GENESIS)
        self.payloads: list[_Misfit] = []
        self.rows: list[Finding] = []
        self.untold = 0

    def page(self, rows: Sequence[Row[Any]]) -> None:
        """Look at the next entries."""
        records = [self._step(row) for row in rows]
        told = [self._told(case) for case in self._cases(records)]
        for finding in disagreements(self.connection, told):
            self._keep(finding)

    def _step(self, row: Row[Any]) -> Record:
        entry = _entry(row)
        self.follower.follow(Link(entry, row.hash))
        self.entries += 1
        self.knows_noted = self.knows_noted or row.hash == self.noted
        return Record(entry, row.body if self._fits(entry, row) else None)

    def _fits(self, entry: chain.Entry, row: Row[Any]) -> bool:
        """Tell whether the payload is there and fits; what is wrong with it is kept."""
        here, named_erased = row.body is not None, entry.seq in self.erased
        if here and not _is_kept(entry, row):
            self._misfit(PAYLOAD_CHANGED, "the payload, or its salt, is not the one that was recorded", entry, row)
        elif here and named_erased:
            self._misfit(NOT_ERASED, "an entry says that its payload was erased, and it is there", entry, row)
        elif here:
            return True
        elif named_erased:
            self.gone += 1
        else:
            self._misfit(PAYLOAD_MISSING, "its payload is gone, and no entry says that it was erased", entry, row)
        return False

    def _misfit(self, code: str, detail: str, entry: chain.Entry, row: Row[Any]) -> None:
        if len(self.payloads) == MOST:
            self.untold += 1
            return
        finding = Finding(code, detail, entry.seq, entry.id, entry.kind, entry.case_no)
        found = chain.digest(row.salt, row.body) if code == PAYLOAD_CHANGED else None
        self.payloads.append(_Misfit(finding, entry.digest, found))

    def _cases(self, page: Sequence[Record]) -> Iterator[Sequence[Record]]:
        """Yield each case that begins on a page, with all its entries."""
        cases: dict[str, list[Record]] = {}
        for record in page:
            if record.entry.case_no is not None:
                cases.setdefault(record.entry.case_no, []).append(record)
            elif record.entry.kind == DECISION:
                yield [record]  # as no service writes it
        before = select(ENTRIES.c.case_no).where(ENTRIES.c.case_no.in_(list(cases)), ENTRIES.c.seq < page[0].entry.seq)
        for case_no in self.connection.execute(before.distinct()).scalars():
            del cases[case_no]
        of_these = ENTRIES.c.case_no.in_(list(cases))
        further = _WITH_PAYLOAD.where(of_these, ENTRIES.c.seq > page[-1].entry.seq).order_by(ENTRIES.c.seq)
        for row in self.connection.execute(further):
            entry = _entry(row)
            cases[row.case_no].append(Record(entry, row.body if _is_kept(entry, row) else None))
        yield from cases.values()

    def _told(self, case: Sequence[Record]) -> Rows:
        """Return the rows that a case should have; where its payloads make no sense, what its entries alone tell."""
        try:
            return self.retell(case)
        except SENSELESS:
            first = case[0].entry
            detail = "its payloads do not tell of a case"
            self._keep(Finding(ROW_DIFFERS, detail, first.seq, first.id, first.kind, first.case_no))
            return self.retell([Record(record.entry, None) for record in case])

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
        for finding in (*strays(self.connection), *controls.disagreements(self.connection)):
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
