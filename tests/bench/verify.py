"""Verify ledgers of several lengths: how long an entry takes, and that memory does not grow with the ledger.

    python -m tests.bench.verify [--entries N] ...

Each is filled past the service, with copies of one decision of the Chinese pack in a chain of their own that is sound,
and verified in a process of its own. A million entries take some minutes and 6 GB; they go when it is done.
"""

from __future__ import annotations

import argparse
import resource
from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

from sqlalchemy import insert, select, update

from service import clock
from service.audit.verification import verify
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.ledger.chain import Entry
from service.ledger.store import Ledger
from service.ledger.tables import CASES, CLOCKS, COUNTERS, DECISIONS, ENTRIES, HEAD, PAYLOADS
from service.packs import prepare, read_policies
from service.settings import Settings
from tests.bench.reading import AT_ONCE, copies
from tests.bench.stores import ledger_on
from tests.support.machines import CN, storm

SIZES: Final = (10_000, 100_000)


def fill(ledger: Ledger, entries: int) -> None:
    """Record one decision, and copy it until there are so many, each building on the one before it."""
    ready, problems = prepare(read_policies(CN))
    assert ready is not None, problems
    decide(CaseContext(ready, ledger, Settings(), clock.now), storm(), "bench")
    ready.close()
    with ledger.reading() as connection:
        beside = [
            (table, dict(row))
            for table in (PAYLOADS, DECISIONS, CASES, CLOCKS)
            for row in connection.execute(select(table)).mappings()
        ]
        first = dict(connection.execute(select(ENTRIES)).mappings().one())
    hash = first.pop("hash")
    for start in range(2, entries + 1, AT_ONCE):
        seqs = range(start, min(start + AT_ONCE, entries + 1))
        chained: list[Mapping[str, Any]] = []
        for one in copies(first, seqs):
            hash = Entry(**one).hash(hash)
            chained.append(one | {"hash": hash})
        with ledger.engine.begin() as connection:
            connection.execute(insert(ENTRIES), chained)
            for table, row in beside:
                connection.execute(insert(table), copies(row, seqs))
            connection.execute(update(HEAD).values(seq=seqs[-1], hash=hash))
            connection.execute(update(COUNTERS).values(last=seqs[-1]))


def verified(url: str) -> tuple[float, int]:
    """Return how many seconds of a processor it took, and the most memory of this process in MB."""
    ledger = Ledger(url)
    began = process_time()
    report = verify(ledger)
    took = process_time() - began
    assert report.sound, (report.record[:3], report.rows[:3])
    return took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Fill, verify and print."""
    parser = argparse.ArgumentParser(description="Verify ledgers of several lengths.")
    parser.add_argument("--entries", type=int, action="append")
    options = parser.parse_args()
    for entries in options.entries or SIZES:
        with ledger_on("sqlite") as ledger:
            began = perf_counter()
            fill(ledger, entries)
            filled = perf_counter() - began
            ledger.close()
            with get_context("spawn").Pool(1) as pool:
                took, most = pool.apply(verified, (ledger.url.render_as_string(hide_password=False),))
            size = Path(str(ledger.url.database)).stat().st_size >> 20
            measured = f"{took:,.1f} s of processor, {took / entries * 1e6:,.0f} us an entry, at most {most:,} MB"
            print(f"{entries:>9,} entries, {size:,} MB: {measured}; filled in {filled:,.0f} s", flush=True)


if __name__ == "__main__":
    main()
