"""Walk the whole record: report entries that were changed, removed, added or moved, and rows that differ from them.

The walk keeps a page of entries, the later entries of the cases that begin on it, and a bit for each erased entry. So
its memory hardly grows with the ledger; and it continues after each finding. If everything from some entry on is
rewritten, hashes and head included, the chain is sound: only a head that was noted elsewhere before reveals it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError

from service.audit.consistency import (
    DECISION,
    MALFORMED,
    ROW_ALONE,
    Projector,
    Record,
    Rows,
    row_findings,
    unrecorded_rows,
)
from service.audit.finding import FINDING, NOTE, TIME_BACKWARDS, WRONG_TYPE, Finding, fault_findings
from service.audit.links import MOST, Follower, Link
from service.audit.tampering import MOVED, faults
from service.ledger import chain, raw
from service.ledger.retention import erased
from service.ledger.store import Ledger
from service.ledger.tables import ENTRIES, HEAD, PAYLOADS

PAGE: Final = 500
BEFORE_ALL: Final = -(2**62)
PAYLOAD_CHANGED, PAYLOAD_MISSING, PAYLOAD_SENSELESS, NOT_ERASED, UNKNOWN_KIND, HEAD_UNKNOWN, HEAD_MISSING = (
    "payload_changed",
    "payload_missing",
    "payload_senseless",
    "not_erased",
    "unknown_kind",
    "head_unknown",
    "head_missing",
)
_STORED: Final = (*raw.columns(ENTRIES), *raw.columns(PAYLOADS, "salt", "body"))
_WITH_PAYLOAD: Final = select(*_STORED).outerjoin_from(ENTRIES, PAYLOADS, PAYLOADS.c.seq == ENTRIES.c.seq)


@dataclass(frozen=True, slots=True)
class Report:
    """The result of verifying: findings on the record, and separately on the projected rows."""

    entries: int
    erased: int  # payloads that were erased, as an entry records
    head_seq: int
    head_hash: str
    record: tuple[Finding, ...]
    rows: tuple[Finding, ...]
    notes: tuple[Finding, ...]  # no sign that anything was changed
    unlisted: int  # further findings, only counted
    unlisted_notes: int

    @property
    def sound(self) -> bool:
        """Check that there are no findings."""
        return not (self.record or self.rows or self.unlisted)

    def as_json(self) -> dict[str, Any]:
        """Return the report as `redress verify --json` prints it."""
        return {
            "sound": self.sound,
            "entries": self.entries,
            "erased": self.erased,
            "head": {"seq": self.head_seq, "hash": self.head_hash},
            "record": [finding.as_json() for finding in self.record],
            "rows": [finding.as_json() for finding in self.rows],
            "notes": [finding.as_json() for finding in self.notes],
            "untold": self.unlisted,
            "untold_notes": self.unlisted_notes,
        }


def verify(ledger: Ledger, projecting: Callable[[Connection], Projector], expected_head: str | None = None) -> Report:
    """Verify the whole ledger, and that it still has the entry of an earlier head."""
    with ledger.snapshot() as connection:
        try:
            return _verified(connection, projecting, expected_head)
        except OperationalError as error:
            if not raw.is_no_text(error):
                raise
        with raw.any_text(connection):  # slower
            return _verified(connection, projecting, expected_head)


def _verified(
    connection: Connection, projecting: Callable[[Connection], Projector], expected_head: str | None
) -> Report:
    with closing(projecting(connection)) as projector:
        return walk_record(connection, projector, expected_head)


def walk_record(connection: Connection, projector: Projector, expected_head: str | None = None) -> Report:
    """Walk the whole record with a projector, and return the report."""
    walk = _Walk(connection, projector, expected_head)
    for rows in _pages(connection):
        walk.page(rows)
    return walk.report()


def _pages(connection: Connection) -> Iterator[Sequence[raw.Values]]:
    """Yield all entries with their payloads, a page at a time."""
    page = _WITH_PAYLOAD.order_by(ENTRIES.c.seq).limit(PAGE)
    last = BEFORE_ALL
    while rows := raw.some(connection, page.where(ENTRIES.c.seq > last)):
        yield rows
        last = rows[-1]["seq"]


def _entry(row: raw.Values) -> chain.Entry:
    return chain.Entry(*(row[name] for name in chain.Entry.__slots__))


def _is_kept(row: raw.Values) -> bool:
    """Check that the payload exists and matches its recorded digest."""
    return chain.holds(row["salt"], row["body"], row["digest"])


class _Walk:
    """Follows the chain, checks each payload, and compares the rows of each case where the case begins."""

    def __init__(self, connection: Connection, projector: Projector, expected_head: str | None) -> None:
        self.connection = connection
        self.projector = projector
        self.follower = Follower()
        self.erased = erased(connection)
        self.entries = self.gone = 0
        self.expected_head = expected_head
        self.has_expected = expected_head in (None, chain.GENESIS)
        self.before: str | None = None
        self.payloads: list[_Misfit] = []
        self.found = _Findings()  # of entries
        self.rows = _Findings()
        self.notes = _Findings()

    def page(self, rows: Sequence[raw.Values]) -> None:
        """Check a page of entries."""
        records = [self._step(row) for row in rows]
        cases = [self._rows_of(case) for case in self._cases(records)]
        for finding in row_findings(self.connection, cases):
            self._keep(finding)

    def _step(self, row: raw.Values) -> Record:
        self._types(row)
        entry = _entry(row)
        self.follower.follow(Link(entry, row["hash"]))
        self.entries += 1
        self.has_expected = self.has_expected or row["hash"] == self.expected_head
        self._in_time(entry)
        record = Record(entry, row["body"] if self._fits(entry, row) else None)
        self._shape(record)
        return record

    def _types(self, row: raw.Values) -> None:
        """Report columns of a wrong type, and replace them by text, which matches no hash and breaks nothing."""
        for misfit in raw.misfits(ENTRIES, row):
            row[misfit.column] = raw.shown(row[misfit.column])
            self.found.add(_at(_entry(row), WRONG_TYPE, misfit.detail))
        if row["salt"] is not None or row["body"] is not None:
            for misfit in raw.misfits(PAYLOADS, row):
                self.found.add(_at(_entry(row), WRONG_TYPE, f"in its payload, {misfit.detail}"))

    def _in_time(self, entry: chain.Entry) -> None:
        if self.before is not None and entry.at < self.before:
            detail = f"recorded at {entry.at}, but the entry before it at {self.before}: the clock was set back"
            self.notes.add(_at(entry, TIME_BACKWARDS, detail, NOTE))
        self.before = entry.at

    def _shape(self, record: Record) -> None:
        """Check the kind of an entry, and apply it to the rows that belong to no case."""
        entry = record.entry
        if entry.kind not in chain.ENTRY_KINDS:
            self.found.add(_at(entry, UNKNOWN_KIND, "this version and earlier ones write no entries of this kind"))
        elif entry.kind in chain.OF_CASE and entry.case_no is None:
            self.found.add(_at(entry, PAYLOAD_SENSELESS, "an entry of this kind must name a case"))
        try:
            self.projector.follow(record)
        except MALFORMED:
            self.found.add(_at(entry, PAYLOAD_SENSELESS, "its payload does not have the content of its kind"))

    def _fits(self, entry: chain.Entry, row: raw.Values) -> bool:
        """Check that the payload exists and matches; report it if not."""
        here, named_erased = row["body"] is not None or row["salt"] is not None, entry.seq in self.erased
        if here and not _is_kept(row):
            self._misfit(PAYLOAD_CHANGED, "the payload or its salt is not as recorded", entry, row)
        elif here and named_erased:
            self._misfit(NOT_ERASED, "its payload was erased, as an entry records, but it exists", entry, row)
        elif here:
            return True
        elif named_erased:
            self.gone += 1
        else:
            self._misfit(PAYLOAD_MISSING, "its payload is missing, and no entry records that it was erased", entry, row)
        return False

    def _misfit(self, code: str, detail: str, entry: chain.Entry, row: raw.Values) -> None:
        if len(self.payloads) == MOST:
            self.found.more += 1
            return
        salt, body = row["salt"], row["body"]
        found = chain.digest(salt, body) if isinstance(salt, bytes) and isinstance(body, bytes) else None
        self.payloads.append(_Misfit(_at(entry, code, detail), entry.digest, found))

    def _cases(self, page: Sequence[Record]) -> Iterator[Sequence[Record]]:
        """Yield each case that begins on a page, with all its entries."""
        cases: dict[str, list[Record]] = {}
        for record in page:
            if record.entry.case_no is not None:
                cases.setdefault(record.entry.case_no, []).append(record)
            elif record.entry.kind == DECISION:
                yield [record]  # no service writes such an entry
        findable = raw.findable(cases)
        first, last = page[0].entry.seq, page[-1].entry.seq
        before = select(ENTRIES.c.case_no).where(ENTRIES.c.case_no.in_(findable), ENTRIES.c.seq < first)
        for case_no in self.connection.execute(before.distinct()).scalars():
            del cases[case_no]
        further = _WITH_PAYLOAD.where(ENTRIES.c.case_no.in_(findable), ENTRIES.c.seq > last).order_by(ENTRIES.c.seq)
        for row in raw.rows(self.connection, further):
            if row["case_no"] in cases:
                self._tidy(row)
                cases[row["case_no"]].append(Record(_entry(row), row["body"] if _is_kept(row) else None))
        yield from cases.values()

    @staticmethod
    def _tidy(row: raw.Values) -> None:
        """Replace values of a wrong type by text; they are reported when the walk reaches the entry."""
        for misfit in raw.misfits(ENTRIES, row):
            row[misfit.column] = raw.shown(row[misfit.column])

    def _rows_of(self, case: Sequence[Record]) -> Rows:
        """Return the recorded rows of a case; if its payloads are malformed, those of its entries alone."""
        try:
            return self.projector.rows(case)
        except MALFORMED:
            self._keep(_at(case[0].entry, PAYLOAD_SENSELESS, "its payloads do not make a case"))
            return self.projector.rows([Record(record.entry, None) for record in case])

    def _keep(self, finding: Finding) -> None:
        (self.notes if finding.grade == NOTE else self.rows).add(finding)

    def report(self) -> Report:
        """Return the report, after the last entry."""
        seq, hash = self._head()
        chained = [one for fault in faults(self.follower, seq, hash) for one in fault_findings(self.connection, fault)]
        moved = {finding.seq for finding in chained if finding.code == MOVED}
        found = [*chained, *self.found.kept, *_but_for_moved(self.payloads, moved)]
        found.sort(key=lambda finding: finding.seq or 0)
        for finding in (*unrecorded_rows(self.connection), *self.projector.findings()):
            self._keep(finding)
        if not self.has_expected:
            found.append(
                Finding(HEAD_UNKNOWN, f"no entry has the hash {self.expected_head}: its entry was removed or rewritten")
            )
        return Report(
            entries=self.entries,
            erased=self.gone,
            head_seq=seq,
            head_hash=hash,
            record=tuple(found),
            rows=tuple(self.rows.kept),
            notes=tuple(self.notes.kept),
            unlisted=self.found.more + self.rows.more + self.follower.uncounted,
            unlisted_notes=self.notes.more,
        )

    def _head(self) -> tuple[int, str]:
        """Return the stored head, or the one that follows from the entries; report what is wrong with its row."""
        rows = list(raw.rows(self.connection, raw.all_of(HEAD).order_by(HEAD.c.one)))
        head = next((row for row in rows if row["one"] == 1), None)
        for row in rows:
            if row is not head:
                self._keep(Finding(ROW_ALONE, f"row {row['one']} of the head, which must have one row", kind="head"))
        if head is None:
            self.found.add(Finding(HEAD_MISSING, "the row of the head is missing"))
            return self.follower.seq, self.follower.hash
        wrong = raw.misfits(HEAD, head)
        for misfit in wrong:
            self.found.add(Finding(WRONG_TYPE, f"in the head, {misfit.detail}", kind="head"))
        return (self.follower.seq, self.follower.hash) if wrong else (head["seq"], head["hash"])


class _Findings:
    """Findings up to a limit; further ones are only counted."""

    def __init__(self) -> None:
        self.kept: list[Finding] = []
        self.more = 0

    def add(self, finding: Finding) -> None:
        """Keep or count a finding."""
        if len(self.kept) < MOST:
            self.kept.append(finding)
        else:
            self.more += 1


def _at(entry: chain.Entry, code: str, detail: str, grade: str = FINDING) -> Finding:
    return Finding(code, detail, entry.seq, entry.id, entry.kind, entry.case_no, grade)


class _Misfit(NamedTuple):
    finding: Finding
    recorded: str  # the digest of the payload
    found: str | None


def _but_for_moved(misfits: Sequence[_Misfit], moved: Collection[int | None]) -> Iterator[Finding]:
    """Yield the findings on payloads, without those that only seem wrong because their entries were moved."""
    swapped = {misfit.recorded for misfit in misfits if misfit.finding.seq in moved}
    for misfit in misfits:
        if misfit.finding.seq not in moved or misfit.found not in swapped:
            yield misfit.finding
