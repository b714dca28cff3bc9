"""Requests a second of POST /v1/decisions, against the same server answering a body of the same size with a constant.

python -m tests.bench.http [--json FILE]: loopback only, a few seconds, in turns within one run.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from http.client import HTTPConnection
from multiprocessing.context import ForkProcess
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter_ns
from typing import Any, Final

from flask import Flask, Response, request

from service.api import server
from service.api.app import create_app
from service.packs import Ready, find, prepare, read_policies
from service.validation import json_text
from service.validation.case_file import read_case

CASE: Final = "storm-delay"
CLIENTS: Final = 4
TURNS: Final = 5
SECONDS: Final = 1.0
MOST: Final = 5_000  # requests of a client in a turn
PATHS: Final = {"decision": "/v1/decisions?mode=simulate", "constant": "/constant"}

Address = tuple[int, str]  # a port and a path
Turn = tuple[float, list[int]]  # requests a second, and how long each took in nanoseconds


def application(ready: Ready, case: dict[str, Any]) -> Flask:
    """Build the service with one more address, which reads its body and answers a constant."""
    app = create_app({"PACK": ready})
    constant = json_text.write({"recommendation": ready.decide(case)})

    @app.post("/constant")
    def answer() -> Response:
        request.get_data(cache=False)
        return Response(constant, content_type="application/json")

    return app


def bodies(case: dict[str, Any], count: int) -> list[bytes]:
    """Return so many cases that all differ, so that nothing could be remembered between them."""
    made = []
    for number in range(count):
        other = deepcopy(case)
        other["order"]["no"] = f"B{number:05}"
        for line in other["order"]["lines"]:
            line["paid_fen"] += number
        made.append(json.dumps(other, default=float, ensure_ascii=False).encode())
    return made


def client(address: Address, number: int, sent: Sequence[bytes]) -> Turn:
    """Send requests over one connection, one after the other."""
    port, path = address
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    times: list[int] = []
    began = perf_counter_ns()
    while len(times) < MOST and perf_counter_ns() - began < SECONDS * 1e9:
        asked = perf_counter_ns()
        body = sent[(number + len(times) * CLIENTS) % len(sent)]
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        times.append(perf_counter_ns() - asked)
        assert answer.status in (200, 201), content
    rate = len(times) / (perf_counter_ns() - began) * 1e9
    connection.close()
    return rate, times


def measure(
    subjects: Mapping[str, Address], sent: Sequence[bytes], clients: int = CLIENTS, turns: int = TURNS
) -> dict[str, list[list[Turn]]]:
    """Let all clients work on each subject in turns."""
    found: dict[str, list[list[Turn]]] = {subject: [] for subject in subjects}
    with multiprocessing.get_context("fork").Pool(clients) as pool:
        for turn in range(turns + 1):
            for subject, address in subjects.items():
                taken = pool.starmap(client, [(address, number, sent) for number in range(clients)], chunksize=1)
                if turn:  # the first warms up
                    found[subject].append(taken)
    return found


def rows(bench: str, found: Mapping[str, Sequence[Sequence[Turn]]]) -> list[dict[str, Any]]:
    """Sum each subject up: the median turn's requests a second, and how long a request took."""
    summed = []
    for subject, turns in found.items():
        times = [time for turn in turns for _, taken in turn for time in taken]
        summed.append(
            {
                "bench": bench,
                "case": CASE,
                "subject": subject,
                "median_us": round(median(times) / 1000, 1),
                "p95_us": round(quantiles(times, n=20)[-1] / 1000, 1),
                "requests_a_second": round(median(sum(rate for rate, _ in turn) for turn in turns)),
            }
        )
    return summed


def loaded() -> tuple[Ready, dict[str, Any]]:
    """Return the China pack, ready to decide, and the case that is sent."""
    folder = find("cn")
    ready, problems = prepare(read_policies(folder))
    assert ready is not None, problems
    path = folder / "cases" / f"{CASE}.yaml"
    read, faults = read_case(str(path), path.read_bytes(), "en")
    assert read is not None, faults
    return ready, read.case


@contextmanager
def serving(app: Flask) -> Iterator[int]:
    """Serve an application in processes of its own, and yield its port."""
    listener = server.listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    process = ForkProcess(target=server.serve, args=(app, listener, f"port {port}"))
    process.start()
    listener.close()
    try:
        yield port
    finally:
        process.terminate()
        process.join()


def print_row(row: Mapping[str, Any]) -> None:
    """Print one row."""
    text = "{subject:>24}: {requests_a_second:>6,} requests a second, median {median_us:,} us, p95 {p95_us:,} us"
    print(text.format(**row))


def main() -> None:
    """Start the server, measure, stop it, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    ready, case = loaded()
    with serving(application(ready, case)) as port:
        subjects = {subject: (port, path) for subject, path in PATHS.items()}
        found = rows("http", measure(subjects, bodies(case, 1_000)))
    for row in found:
        print_row(row)
    print(f"ratio: {found[0]['requests_a_second'] / found[1]['requests_a_second']:.2f}")
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
