"""Requests a second of POST /v1/decisions, against the same server answering a body of the same size with a constant.

python -m tests.bench.http [--json FILE]: loopback only, a few seconds, in turns within one run.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Sequence
from copy import deepcopy
from http.client import HTTPConnection
from multiprocessing.context import ForkProcess
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter_ns
from typing import Any, Final

from flask import Flask, Response, request

from service.http import server
from service.http.app import create_app
from service.intake import jsontext
from service.intake.casefile import read_case
from service.packs import Ready, find, prepare, read_policies

CASE: Final = "storm-delay"
CLIENTS: Final = 4
TURNS: Final = 5
SECONDS: Final = 1.0
MOST: Final = 5_000  # requests of a client in a turn
PATHS: Final = {"decision": "/v1/decisions", "constant": "/constant"}

Turn = tuple[float, list[int]]  # requests a second, and how long each took in nanoseconds


def application(ready: Ready, case: dict[str, Any]) -> Flask:
    """Build the service with one more address, which reads its body and answers a constant."""
    app = create_app({"PACK": ready})
    constant = jsontext.write({"recommendation": ready.decide(case)})

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
        for line in other["order"]["lines"]:
            line["paid_fen"] += number
        made.append(json.dumps(other, default=float, ensure_ascii=False).encode())
    return made


def client(port: int, path: str, number: int, sent: Sequence[bytes]) -> Turn:
    """Send requests over one connection, one after the other."""
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
        assert answer.status == 200, content
    rate = len(times) / (perf_counter_ns() - began) * 1e9
    connection.close()
    return rate, times


def measure(port: int, sent: Sequence[bytes]) -> dict[str, list[list[Turn]]]:
    """Let all clients work on each subject in turns."""
    found: dict[str, list[list[Turn]]] = {subject: [] for subject in PATHS}
    with multiprocessing.get_context("fork").Pool(CLIENTS) as pool:
        for turn in range(TURNS + 1):
            for subject, path in PATHS.items():
                turns = pool.starmap(client, [(port, path, number, sent) for number in range(CLIENTS)], chunksize=1)
                if turn:  # the first warms up
                    found[subject].append(turns)
    return found


def rows(found: dict[str, list[list[Turn]]]) -> list[dict[str, Any]]:
    """Sum each subject up: the median turn's requests a second, and how long a request took."""
    summed = []
    for subject, turns in found.items():
        times = [time for turn in turns for _, taken in turn for time in taken]
        summed.append(
            {
                "bench": "http",
                "case": CASE,
                "subject": subject,
                "median_us": round(median(times) / 1000, 1),
                "p95_us": round(quantiles(times, n=20)[-1] / 1000, 1),
                "requests_a_second": round(median(sum(rate for rate, _ in turn) for turn in turns)),
            }
        )
    return summed


def main() -> None:
    """Start the server, measure, stop it, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    folder = find("cn")
    ready, problems = prepare(read_policies(folder))
    assert ready is not None, problems
    path = folder / "cases" / f"{CASE}.yaml"
    read, faults = read_case(str(path), path.read_bytes(), "en")
    assert read is not None, faults
    sent = bodies(read.case, 1_000)
    listener = server.listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    process = ForkProcess(target=server.serve, args=(application(ready, read.case), listener, f"port {port}"))
    process.start()
    listener.close()
    try:
        found = rows(measure(port, sent))
    finally:
        process.terminate()
        process.join()
    for row in found:
        told = "{subject:>10}: {requests_a_second:>6,} requests a second, median {median_us:,} us, p95 {p95_us:,} us"
        print(told.format(**row))
    print(f"     ratio: {found[0]['requests_a_second'] / found[1]['requests_a_second']:.2f}")
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
