"""Read a long ledger and a short one: a decision by its id, a first page, and pages further and further back.

    python -m tests.bench.reading [--entries 1000000] [--store sqlite] [--json FILE]

Both ledgers are filled past the service, with copies of one decision of a small pack under ids and numbers of their
own. A million entries take some minutes and 4 GB on each store; they go when it is done.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from flask.testing import FlaskClient
from sqlalchemy import Table, insert, select, update

from service.api.app import create_app
from service.ledger.store import Ledger
from service.ledger.tables import CASES, DECISIONS, ENTRIES, HEAD, PAYLOADS
from service.packs import Ready, prepare, read_policies
from tests.bench.measure import Row, in_turns, save
from tests.bench.stores import STORES, ledger_on
from tests.support.places import SHOP

SHORT: Final = 10_000
AT_ONCE: Final = 10_000
READS: Final = 300
MOST: Final = 1.5  # times what the short ledger takes
CASE: Final = {
    "submitted_at": "2026-08-14T15:00:00+08:00",
    "order": {"paid_at": "2026-08-10T09:12:00+08:00", "lines": [{"id": "1", "paid_fen": 12800}]},
    "issues": [{"kind": "late", "line": "1"}],
}


def copies(row: dict[str, Any], seqs: range) -> list[dict[str, Any]]:
    """Return copies of a row, each with a place of its own in the chain; ids sort as they do in life."""
    own = {
        "seq": lambda seq: seq,
        "id": lambda seq: f"dec_{seq:026}",
        "about": lambda seq: f"dec_{seq:026}",
        "decision": lambda seq: f"dec_{seq:026}",
        "case_no": lambda seq: f"Tousu-20260814-{seq:04}",
        "no": lambda seq: f"Tousu-20260814-{seq:04}",
    }
    changed = {name: make for name, make in own.items() if name in row}
    return [row | {name: make(seq) for name, make in changed.items()} for seq in seqs]


def fill(ledger: Ledger, client: FlaskClient, entries: int) -> None:
    """Record one decision and copy it until there are so many."""
    answer = client.post("/v1/decisions", json=CASE)
    assert answer.status_code == 201, answer.text
    tables: Sequence[Table] = (ENTRIES, PAYLOADS, DECISIONS, CASES)
    with ledger.reading() as connection:
        rows = {table: dict(connection.execute(select(table)).mappings().one()) for table in tables}
    for first in range(2, entries + 1, AT_ONCE):
        seqs = range(first, min(first + AT_ONCE, entries + 1))
        with ledger.engine.begin() as connection:
            for table in tables:
                connection.execute(insert(table), copies(rows[table], seqs))
            connection.execute(update(HEAD).values(seq=seqs[-1]))
    with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def by_id(client: FlaskClient, chance: random.Random, entries: int) -> None:
    """Read any decision."""
    answer = client.get(f"/v1/decisions/dec_{chance.randint(2, entries):026}")
    assert answer.status_code == 200, answer.text


def first_page(client: FlaskClient) -> None:
    """Read the latest decisions."""
    answer = client.get("/v1/decisions?limit=50")
    assert len(answer.json["items"]) == 50, answer.text


def further(client: FlaskClient) -> Callable[[], None]:
    """Return what reads the next page at every call, and begins again at the end."""

    def pages() -> Iterator[str]:
        while True:
            path = "/v1/decisions?limit=200"
            while True:
                answer = client.get(path)
                assert answer.status_code == 200, answer.text
                yield path
                if answer.json["next_cursor"] is None:
                    break
                path = f"/v1/decisions?limit=200&cursor={answer.json['next_cursor']}"

    walk = pages()
    return lambda: (next(walk), None)[1]


def reading(ready: Ready, store: str, entries: int) -> list[Row]:
    """Return how long each kind of reading takes in each ledger of a store."""
    subjects: dict[str, dict[int, Callable[[Any], object]]] = {"by id": {}, "first page": {}, "further pages": {}}
    with ExitStack() as stack:
        for size in (SHORT, entries):
            ledger = stack.enter_context(ledger_on(store))
            client = create_app({"PACK": ready, "LEDGER": ledger}).test_client()
            fill(ledger, client, size)
            chance, walk = random.Random(size), further(client)
            subjects["by id"][size] = lambda _, client=client, chance=chance, size=size: by_id(client, chance, size)
            subjects["first page"][size] = lambda _, client=client: first_page(client)
            subjects["further pages"][size] = lambda _, walk=walk: walk()
        rows = []
        for subject, sizes in subjects.items():
            turns = {str(size): read for size, read in sizes.items()}
            found = in_turns(f"{store} {subject}", 0, turns, range(READS), seconds=2)
            rows += [Row(row.bench, int(row.subject), subject, row.median_us, row.p95_us) for row in found]
        return rows


def main() -> None:
    """Fill, read, print, and write the rows."""
    parser = argparse.ArgumentParser(description="Read a long ledger and a short one.")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--store", choices=STORES, action="append")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    ready, problems = prepare(read_policies(SHOP))
    assert ready is not None, problems
    rows = [row for store in options.store or STORES for row in reading(ready, store, options.entries)]
    for short, long in zip(rows[::2], rows[1::2], strict=True):
        ratio = long.median_us / short.median_us
        shown = "; ".join(f"{row.rules:>9,}: {row.median_us:>8,.0f} us" for row in (short, long))
        print(f"{short.bench:<25} {shown}; {ratio:.2f}, wanted {MOST}")
    if options.json:
        save(rows, options.json)


if __name__ == "__main__":
    main()
