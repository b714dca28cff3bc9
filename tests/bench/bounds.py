"""What one case and one batch can cost, and whether others wait for them: time, memory, and requests beside.

python -m tests.bench.bounds [--json FILE]: loopback only, on SQLite, about two minutes. Memory is what all processes
of the server have to themselves. Ordinary requests are sent one after the other, alone and then beside each load.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from statistics import median
from threading import Event, Thread
from time import perf_counter
from typing import Any, Final

from service.api.app import create_app
from service.packs import Ready
from tests.bench.http import bodies, loaded, serving
from tests.bench.stores import ledger_on

ISSUES: Final = 50
ITEMS: Final = 1_000
AT: Final = "2026-08-14T15:00:00+08:00"
ALONE: Final = 3.0  # seconds


def bare(different: bool) -> bytes:
    """Return a case of as many issues as there may be of which nothing is known, all equal or all different."""
    issues = [{"kind": "quality", **({"description": f"no. {at}"} if different else {})} for at in range(ISSUES)]
    return json.dumps({"submitted_at": AT, "at": AT, "issues": issues}).encode()


def ask(port: int, path: str, body: bytes) -> tuple[float, int, bytes]:
    """Send a request; return its seconds, the status and the answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=900)
    began = perf_counter()
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    taken = perf_counter() - began
    connection.close()
    return taken, answer.status, content


@contextmanager
def beside(port: int, sent: Sequence[bytes]) -> Iterator[list[float]]:
    """Send ordinary requests, one after the other, while something else goes on; yield how long each takes."""
    taken: list[float] = []
    ended = Event()

    def go() -> None:
        for body in cycle(sent):
            if ended.is_set():
                return
            seconds, status, content = ask(port, "/v1/decisions", body)
            assert status == 201, content[:500]
            taken.append(seconds)

    thread = Thread(target=go)
    thread.start()
    try:
        yield taken
    finally:
        ended.set()
        thread.join()


def memory(parent: int) -> float:
    """Return the megabytes that the descendants of a process have to themselves."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return sum(_private(int(child)) + memory(int(child)) for child in children)


def _private(process: int) -> float:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def direct(ready: Ready) -> Iterator[dict[str, Any]]:
    """Decide the cases in this process."""
    for name, different in (("equal", False), ("different", True)):
        case = json.loads(bare(different))
        began = perf_counter()
        decision = ready.decider.decision(case)
        seconds = perf_counter() - began
        outcome = decision.recommendation["outcome"]
        yield {
            "subject": f"{ISSUES} {name} issues, decided",
            "seconds": seconds,
            "answer": f"{decision.steps:,} steps, {outcome}",
        }


def loads(port: int, sent: Sequence[bytes]) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield what is asked of the server, with what the report says of the answer."""

    def one(body: bytes) -> Callable[[], str]:
        return lambda: json.loads(ask(port, "/v1/decisions", body)[2])["recommendation"]["outcome"]

    def batch(body: Callable[[int], bytes]) -> Callable[[], str]:
        whole = b'{"items":[' + b",".join(body(at) for at in range(ITEMS)) + b"]}"
        return lambda: _statuses(ask(port, "/v1/decisions/batch", whole)[2])

    yield f"{ISSUES} equal issues", one(bare(different=False))
    yield f"{ISSUES} different issues", one(bare(different=True))
    yield f"{ITEMS:,} ordinary cases", batch(lambda at: sent[at])
    yield f"{ITEMS:,} x {ISSUES} equal issues", batch(lambda _: bare(different=False))
    yield f"{ITEMS:,} x {ISSUES} different issues", batch(lambda _: bare(different=True))


def _statuses(content: bytes) -> str:
    found = [item["status"] for item in json.loads(content)["items"]]
    return ", ".join(f"{found.count(status):,} x {status}" for status in sorted(set(found)))


def served(port: int, parent: int, sent: Sequence[bytes]) -> Iterator[dict[str, Any]]:
    """Ask the server for everything in turn, ordinary requests beside."""
    with beside(port, sent) as taken:
        Event().wait(ALONE)
    yield {"subject": "ordinary requests alone", "seconds": ALONE, "others": taken, "mb": memory(parent)}
    for name, load in loads(port, sent):
        with beside(port, sent) as taken:
            began = perf_counter()
            found = load()
            seconds = perf_counter() - began
        yield {"subject": name, "seconds": seconds, "others": taken, "mb": memory(parent), "answer": found}


def line(row: dict[str, Any]) -> str:
    """Lay a row out."""
    text = f"{row['subject']:>30}: {row['seconds']:6.2f} s"
    if others := row.get("others"):
        text += f"; beside: median {median(others) * 1000:5.0f} ms, most {max(others) * 1000:5.0f} ms"
    if "mb" in row:
        text += f"; memory afterwards {row['mb']:4.0f} MB"
    return f"{text}; {row['answer']}" if "answer" in row else text


def main() -> None:
    """Measure, print and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    ready, case = loaded()
    rows = list(direct(ready))
    for row in rows:
        print(line(row))
    with ledger_on("sqlite") as ledger:
        ledger.close()  # connections do not survive the fork
        with serving(create_app({"PACK": ready, "LEDGER": ledger})) as served_at:
            for row in served(served_at, os.getpid(), bodies(case, ITEMS)):
                rows.append(row)
                print(line(row), flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
