"""What it costs to keep a decision: recorded over HTTP against `?mode=simulate`, on each store, in turns.

    python -m tests.bench.ledger [--json FILE]

One client shows what a request takes, four show what the server carries. Loopback only, about a minute.
"""

from __future__ import annotations

import argparse
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from service.api.app import create_app
from tests.bench.http import CLIENTS, Address, bodies, loaded, measure, print_row, rows, serving
from tests.bench.stores import STORES, ledger_on

MOST: Final = 1.6  # times what an unrecorded decision takes
WAYS: Final = {"simulated": "/v1/decisions?mode=simulate", "recorded": "/v1/decisions"}


def recording(ready: Any, case: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of both stores, whose servers run side by side and work in turns."""
    subjects: dict[str, Address] = {}
    with ExitStack() as stack:
        for store in STORES:
            ledger = stack.enter_context(ledger_on(store))
            ledger.close()  # connections do not survive the fork
            port = stack.enter_context(serving(create_app({"PACK": ready, "LEDGER": ledger})))
            subjects |= {f"{store} {way}": (port, path) for way, path in WAYS.items()}
        sent = bodies(case, 5_000)
        return [
            row | {"clients": clients}
            for clients in (1, CLIENTS)
            for row in rows("recording", measure(subjects, sent, clients))
        ]


def ratio(found: list[dict[str, Any]], store: str, clients: int) -> float:
    """Return how many times as long a recorded decision takes as one that is not."""
    took = {row["subject"]: row["median_us"] for row in found if row["clients"] == clients}
    return float(took[f"{store} recorded"] / took[f"{store} simulated"])


def main() -> None:
    """Measure, print and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    found = recording(*loaded())
    for clients in (1, CLIENTS):
        print(f"{clients} at a time")
        for row in found:
            if row["clients"] == clients:
                print_row(row)
        for store in STORES:
            print(f"{store:>24}: recorded costs {ratio(found, store, clients):.2f} of simulated, wanted {MOST}")
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
