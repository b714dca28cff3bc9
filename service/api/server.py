"""Serve over HTTP: gunicorn with processes forked after the pack and its engine are made."""

from __future__ import annotations

import errno
import gc
import ipaddress
import os
import socket
from collections.abc import Mapping
from typing import Any, Final

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from service.api import metrics
from service.api.worker_pool import WorkerPool, helpers
from service.errors import CannotListen
from service.webhooks.leader_lock import LeaderLock

THREADS: Final = 4  # a process; the interpreter's lock is held while deciding, threads only wait for slow callers
MOST_WORKERS: Final = 8
BACKLOG: Final = 2048
KEEPALIVE: Final = 15  # seconds after which an idle connection of a caller is ended
INVALID: Final = "Invalid request"  # how gunicorn begins to tell of it
MANY: Final = 100_000  # objects made before the collector looks for cycles; those of a decision go by themselves


class Log(Logger):
    """gunicorn's log, which goes where all other lines go; it has none of requests."""

    def setup(self, cfg: Any) -> None:
        """Hand on what gunicorn would write by itself."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Log a warning; that of a request which is no HTTP is cut off before what was sent."""
        super().warning(INVALID if msg.startswith(INVALID) else msg, *args, **kwargs)


class Server(BaseApplication):
    """gunicorn around an application that exists already, with no configuration from files or the environment."""

    def __init__(self, app: Flask, options: Mapping[str, Any]) -> None:
        self.app, self.options = app, options
        super().__init__()

    def load_config(self) -> None:
        """Take our settings and no others."""
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the application, made before the fork."""
        return self.app


def listen(host: str, port: int, everywhere: bool = False) -> socket.socket:
    """Return a socket bound to an address, a loopback one where not everywhere will do. Raises CannotListen."""
    address = "127.0.0.1" if host == "localhost" else host
    try:
        local = ipaddress.ip_address(address).is_loopback
    except ValueError:
        raise CannotListen(f"'{host}' is no address; use 127.0.0.1 or ::1") from None
    if not (local or everywhere):
        raise CannotListen(
            f"'{host}' is not this machine: without a live key the service answers on 127.0.0.1 only; "
            "make one: redress keys make NAME --role ROLE"
        )
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        other = "--host" if error.errno == errno.EADDRNOTAVAIL else "--port"
        raise CannotListen(f"cannot listen on {host} port {port}: {error.strerror}; choose another {other}") from None
    return listener


def serve(
    app: Flask, listener: socket.socket, greeting: str, workers: int | None = None, beside: LeaderLock | None = None
) -> None:
    """Serve until a signal ends it; SIGTERM lets requests end, SIGINT does not wait.

    What is done beside is started and stopped in every worker.
    """
    options = {
        "bind": f"fd://{listener.detach()}",
        "workers": workers or min(len(os.sched_getaffinity(0)), MOST_WORKERS),
        "worker_class": "gthread",
        "threads": THREADS,
        "preload_app": True,
        "keepalive": KEEPALIVE,
        "graceful_timeout": 10,
        "loglevel": "warning",
        "logger_class": Log,
        "control_socket_disable": True,
        "proc_name": "redress",
        "post_fork": lambda _, __: _fork_helpers(app),
        "on_exit": lambda _: metrics.forget(),
        "when_ready": lambda _: print(greeting, flush=True),
    }
    if beside is not None:
        options["post_worker_init"] = lambda _: beside.start()
        options["worker_exit"] = lambda _, __: beside.stop()
    gc.set_threshold(MANY)
    gc.collect()
    gc.freeze()  # what is made before the fork lives as long as the process: collecting need not look at it again
    Server(app, options).run()


def _fork_helpers(app: Flask) -> None:
    """Give a new process its helpers, while it has no threads."""
    if app.config["WORKING"] is not None and helpers():
        app.config["SPREAD"] = WorkerPool(app.config["WORKING"], helpers()).spread


def address_of(listener: socket.socket) -> str:
    """Return the address that callers use."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
