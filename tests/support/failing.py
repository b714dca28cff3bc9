"""Stores that fail: a server that goes away and comes back, a disk that fills, a file that cannot be written."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from service.ledger.store import Ledger

BROKEN: dict[str, Any] = {
    "submitted_at": "2026-08-14T15:00:00+08:00",
    "at": "2026-08-14T15:30:00+08:00",
    "order": {"refunded_fen": 0, "lines": [{"id": "1", "paid_fen": 12800, "quantity": 1}]},
    "issues": [{"kind": "broken", "line": "1", "spoiled_ratio": "0.20", "injury": False}],
}


NAME = f"redress_ended_{os.getpid()}"


class Wire:
    """A way to a server that can be cut and mended."""

    def __init__(self, host: str, port: int) -> None:
        self.to, self.ends, self.listener = (host, port), [], None  # type: ignore[var-annotated]
        self.port = 0
        self.mend()

    def mend(self) -> None:
        """Let connections through."""
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port, self.listener = listener.getsockname()[1], listener
        Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        """End all connections, and let none through."""
        if self.listener is not None:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
        for end in self.ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.listener, self.ends = None, []

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                here, _ = listener.accept()
                there = socket.create_connection(self.to)
                self.ends += [here, there]
                for source, target in ((here, there), (there, here)):
                    Thread(target=_pass, args=(source, target), daemon=True).start()


def _pass(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while some := source.recv(2**16):
            target.sendall(some)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def wired(url: str) -> Iterator[tuple[Wire, str]]:
    """Yield a wire to the server of a URL, and the URL that leads over it."""
    at = make_url(url)
    wire = Wire(at.host or "127.0.0.1", at.port or 5432)
    over = at.set(host="127.0.0.1", port=wire.port)
    try:
        yield wire, over.render_as_string(hide_password=False)
    finally:
        wire.cut()


def named(url: str) -> str:
    """Return a URL of a server under which it knows connections as those of these tests."""
    return make_url(url).update_query_dict({"application_name": NAME}).render_as_string(hide_password=False)


def end_connections(url: str) -> None:
    """Let the server end every connection that is named so, as its administrator can."""
    administrator = Ledger(url)
    with administrator.counting() as connection:  # no transaction, in which the same would be seen again and again
        ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %(name)s"
        while connection.exec_driver_sql(ending, {"name": NAME}).all():
            pass  # they end a little later
    administrator.close()


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """Mount something at a folder; skip the test where that is not allowed here."""
    folder.mkdir(exist_ok=True)
    made = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"nothing can be mounted here: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def small_disk(folder: Path, megabytes: int = 4) -> Iterator[Path]:
    """Yield a disk of its own with little room."""
    with mounted(folder, "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs") as disk:
        yield disk


@contextmanager
def read_only(folder: Path, at: Path) -> Iterator[Path]:
    """Yield a folder as a disk shows it that cannot be written."""
    with mounted(at, "--bind", str(folder)) as disk:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(disk)], check=True)
        yield disk


def fill(disk: Path) -> Path:
    """Fill a disk, and return the file that does."""
    filling = disk / "filling"
    with suppress(OSError), filling.open("wb", buffering=0) as stream:
        while stream.write(b"x" * 4096):
            pass
    return filling
