"""GET /metrics, for Prometheus: what cases came to, what machines did, how long answers took.

What is recorded is counted where the ledger records it, so that it counts by whatever way it came there. All processes
of a server count together, in files of a folder that goes with it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from shutil import rmtree
from tempfile import gettempdir, mkdtemp
from typing import Any, Final

from flask import Flask, Response, current_app, g

from service import clock
from service.api.resource import Resource
from service.api.tracing import NONE, method, route
from service.ledger.store import Recorded

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"  # the variable by which prometheus-client knows that it counts for many
MEMORY: Final = Path("/dev/shm")  # the files are mapped: on a disk that is full whoever counted would be killed
PREFIX: Final = "redress-metrics-"
DECISION: Final = "decision"
EXECUTION: Final = "execution."  # before what became of it: claimed, executed, failed, late
SECONDS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

blueprint: Final = Resource("metrics", __name__, description="Whether the service runs and can decide")


class Metrics:
    """What is counted and timed."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram  # it looks for FOLDER when it is imported

        self.registry = own = CollectorRegistry()
        self.decisions = Counter("redress_decisions", "Decisions recorded", ("outcome", "mode"), registry=own)
        self.held = Counter("redress_held", "Reasons why no machine may, though policies let it", ("by",), registry=own)
        self.executions = Counter("redress_executions", "What became of executions", ("state",), registry=own)
        self.entries = Counter("redress_entries", "Entries of the ledger", ("kind",), registry=own)
        labels = ("method", "route", "status")
        self.seconds = Histogram(
            "redress_request_seconds", "How long answers took", labels, registry=own, buckets=SECONDS
        )

    def count(self, recorded: Sequence[Recorded]) -> None:
        """Count what was recorded."""
        for entry, body in recorded:
            self.entries.labels(entry.kind).inc()
            if entry.kind == DECISION:
                self.decisions.labels(body["recommendation"]["outcome"], body["mode"] or NONE).inc()
                for reason in body["held"]:
                    self.held.labels(reason.partition(":")[0]).inc()
            elif entry.kind.startswith(EXECUTION):
                self.executions.labels(entry.kind.removeprefix(EXECUTION)).inc()

    def exposed(self) -> bytes:
        """Return the counts of all processes, as Prometheus reads them."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = self.registry
        if FOLDER in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def count_together() -> None:
    """Let the processes that will be forked from this one count together; before the application is made."""
    place = MEMORY if os.access(MEMORY, os.W_OK) else Path(gettempdir())
    for folder in place.glob(f"{PREFIX}*"):
        if _lock(folder) is not None:
            rmtree(folder, ignore_errors=True)  # of a server that was killed
    while _lock(folder := Path(mkdtemp(prefix=PREFIX, dir=place))) is None:
        pass  # another that starts took it for one that was left
    os.environ[FOLDER] = str(folder)


def _lock(folder: Path) -> int | None:
    """Lock a folder for as long as this process and those forked from it live; None where others hold it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return None
    return descriptor


def forget() -> None:
    """Take away what the processes counted in."""
    if (folder := os.environ.pop(FOLDER, None)) is not None:
        rmtree(Path(folder), ignore_errors=True)


def init_app(app: Flask) -> None:
    """Count what the ledger records, and time every answer."""
    metrics = app.config["METRICS"] = Metrics()
    if (ledger := app.config["LEDGER"]) is not None:
        ledger.listeners.append(metrics.count)

    @app.after_request
    def _end(response: Response) -> Response:
        seconds = metrics.seconds.labels(method(), route(), response.status_code)
        seconds.observe(clock.elapsed() - g.get("began", clock.elapsed()))
        return response


@blueprint.route("/metrics")
@blueprint.operation("metrics")
@blueprint.response(
    200,
    {"type": "string"},
    content_type="text/plain",
    description="What was counted and timed since the start, as Prometheus reads it",
)
@blueprint.fails(403, "the caller may not read the ledger")
def metrics() -> Response:
    """Report to Prometheus what was counted; to the owner of the machine, or by a key that may read the ledger."""
    from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

    counted: Any = current_app.config["METRICS"]
    return Response(counted.exposed(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
