"""Helpers of a serving process: forked from it before it has threads, they work jobs out on all processors.

The process itself only hands out and takes back. Were it to work too, whatever else it does, such as recording what
comes back while others wait for the ledger, would contend with that for the interpreter's lock.

A helper holds the same pack and engine as the process that it was forked from, and lives as long. One that breaks is
not replaced: its jobs are worked out here.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from typing import Any, Final, Generic, NoReturn, TypeVar

MOST: Final = 4  # helpers of a process
YIELDING: Final = 5  # steps of priority below the process that asks, so that single requests do not wait for a batch

J = TypeVar("J")
R = TypeVar("R")


class WorkerPool(Generic[J, R]):
    """The helpers of this process, which all can do one work."""

    def __init__(self, work: Callable[[J], R], helpers: int) -> None:
        self.work = work
        self.idle: SimpleQueue[Connection[Any, Any]] = SimpleQueue()
        lines: list[Connection[Any, Any]] = []
        for _ in range(helpers):
            lines.append(_fork(work, lines))
            self.idle.put(lines[-1])
        self.ahead = helpers + 1  # jobs that wait or are worked out, so that results do not pile up
        self.threads = ThreadPoolExecutor(max(helpers, 1), "worker")  # it starts none before the first job

    def spread(self, jobs: Iterable[J]) -> Iterator[R]:
        """Yield what each job gives, in their order; few are begun before what came first was taken."""
        begun: deque[Future[R]] = deque()
        for job in jobs:
            begun.append(self.threads.submit(self._one, job))
            if len(begun) > self.ahead:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()

    def _one(self, job: J) -> R:
        try:
            helper = self.idle.get_nowait()
        except Empty:
            return self.work(job)
        try:
            helper.send(job)
            result: R = helper.recv()
        except (EOFError, OSError):
            helper.close()
            return self.work(job)
        except Exception:  # a job or a result that cannot be pickled: the line is still good
            self.idle.put(helper)
            raise
        self.idle.put(helper)
        return result


def helpers() -> int:
    """Return how many helpers a process has use for: one for each processor, none where there is but one."""
    processors = len(os.sched_getaffinity(0))
    return min(processors, MOST) if processors > 1 else 0


def _fork(work: Callable[[J], R], lines: Iterable[Connection[Any, Any]]) -> Connection[Any, Any]:
    """Fork a helper and return the line to it."""
    ours, theirs = Pipe()
    if os.fork() == 0:
        for line in (*lines, ours):
            line.close()  # so that each line ends with the process that asks, whatever becomes of the other helpers
        _help(work, theirs)
    theirs.close()
    return ours


def _help(work: Callable[[J], R], line: Connection[Any, Any]) -> NoReturn:
    """Work jobs out until nobody asks any more; signals are for the process that asks."""
    signal.set_wakeup_fd(-1)
    os.nice(YIELDING)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    try:
        with suppress(EOFError, OSError):
            while True:
                line.send(work(line.recv()))
    finally:
        os._exit(0)
