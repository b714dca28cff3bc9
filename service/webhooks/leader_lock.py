"""Let one of the server's processes deliver webhooks; when it ends, another takes over."""

from __future__ import annotations

import fcntl
from tempfile import TemporaryFile
from threading import Event, Thread, current_thread
from typing import Final

from service.webhooks.delivery import Deliverer

PATIENCE: Final = 8.0  # seconds that a stopping process waits for a delivery under way


class LeaderLock:
    """A lock that processes forked from this one wait for; each calls `start` and `stop` for itself.

    The lock belongs to a process and ends with it. Waiting happens in the kernel and costs nothing.
    """

    def __init__(self, deliverer: Deliverer) -> None:
        self._deliverer, self._stop = deliverer, Event()
        self._file = TemporaryFile()  # noqa: SIM115 - it is open until the process has delivered
        self._delivering: Thread | None = None

    def start(self) -> None:
        """Wait for the lock in a thread, and then deliver."""
        # Made here, in the process that delivers: Python 3.13 starts no thread that was made before a fork.
        Thread(target=self._run, name="webhooks", daemon=True).start()

    def stop(self) -> None:
        """Stop delivering."""
        self._stop.set()
        if self._delivering:
            self._delivering.join(PATIENCE)

    def _run(self) -> None:
        with self._file:  # closed when delivery stops, so that another process takes over at once
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            self._delivering = current_thread()
            self._deliverer.run(self._stop)
