"""Decisions a second of POST /v1/decisions/batch against single calls, on each store, in turns.

python -m tests.bench.batch [--json FILE]: loopback only, about a minute.
"""

from __future__ import annotations

import argparse
import json
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

from service.api.app import create_app
from tests.bench.http import CLIENTS, bodies, loaded, measure, serving
from tests.bench.stores import STORES, ledger_on

ITEMS: Final = 1_000
TURNS: Final = 3
WANTED: Final = 3.0  # times the decisions a second of single calls


def rate(port: int, body: bytes) -> float:
    """Send one batch and return its decisions a second."""
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    began = perf_counter()
    connection.request("POST", "/v1/decisions/batch", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    taken = perf_counter() - began
    connection.close()
    assert answer.status == 200, content[:1000]
    assert all(item["status"] == 201 for item in json.loads(content)["items"])
    return ITEMS / taken


def main() -> None:
    """Measure each store, print and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    ready, case = loaded()
    sent = bodies(case, ITEMS)
    batch = b'{"items":[' + b",".join(sent) + b"]}"
    rows: list[dict[str, Any]] = []
    for store in STORES:
        with ExitStack() as stack:
            ledger = stack.enter_context(ledger_on(store))
            ledger.close()  # connections do not survive the fork
            port = stack.enter_context(serving(create_app({"PACK": ready, "LEDGER": ledger})))
            batches, singles = [], {1: [], CLIENTS: []}
            for _ in range(TURNS):
                batches.append(rate(port, batch))
                for clients, rates in singles.items():
                    (turns,) = measure({"single": (port, "/v1/decisions")}, sent, clients, turns=1).values()
                    rates += [sum(one for one, _ in turn) for turn in turns]
        row = {"bench": "batch", "store": store, "batch": round(median(batches))}
        row |= {f"single_{clients}": round(median(rates)) for clients, rates in singles.items()}
        rows.append(row)
        print(
            f"{store:>10}: {row['batch']:,} decisions a second in batches of {ITEMS:,}; single calls: "
            f"{row['single_1']:,} by one client ({row['batch'] / row['single_1']:.1f}, wanted {WANTED:g}), "
            f"{row[f'single_{CLIENTS}']:,} by {CLIENTS}"
        )
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
