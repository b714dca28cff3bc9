"""What the service logs: a line of JSON each, without anything of a case, a body, a query or a person.

Whatever a caller or the store has said is left out by how a line is made, and not by looking for it: of a message the
text in the code and the numbers in it, of an exception its class and where it was raised, of the store its codes.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from signal import Signals
from traceback import walk_tb
from types import TracebackType
from typing import Any, Final

from flask import Flask, has_request_context

from service.api.tracing import request_id
from service.ledger.outages import described

REQUESTS: Final = "redress.requests"  # the logger of the line that each request has
FIELDS: Final = "fields"  # of a record: what stands beside its message
NO_KEY: Final = "no key is in force: whatever comes through a proxy is refused until redress keys make NAME --role ROLE"
LEFT_OUT: Final = "..."
MOST_CAUSES: Final = 4
MOST_FRAMES: Final = 12  # the last ones of each: a line stays short enough to be written at once
LOG: Final = logging.getLogger("redress")
_ROOT: Final = Path(__file__).resolve().parents[2]


class Service(Flask):
    """Flask, whose line about a request that broke does not hold its address."""

    def log_exception(self, *info: Any) -> None:
        """Log what broke; it comes last, as `sys.exc_info` gives it."""
        LOG.error("a request broke", exc_info=info[-1])


class Lines(logging.Formatter):
    """Formats a record as a line of JSON in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": _event(record),
        }
        if has_request_context():
            line["request_id"] = request_id()
        line |= getattr(record, FIELDS, {})
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = [_failure(error) for error in islice(_causes(record.exc_info[1]), MOST_CAUSES)]
        return json.dumps(line)


def configure() -> None:
    """Log to standard error: a line for each request, and warnings and errors of all that runs."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(REQUESTS).setLevel(logging.INFO)
    logging.raiseExceptions = False  # it would print what could not be logged
    sys.excepthook = _broke
    threading.excepthook = lambda args: _broke(args.exc_type, args.exc_value, args.exc_traceback)


def _broke(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    LOG.critical("a program or a thread of it broke", exc_info=(kind, error or kind(), trace))


def _event(record: logging.LogRecord) -> str:
    """Return a message with the numbers that were put into it, and no texts."""
    if not isinstance(record.args, tuple) or not record.args:
        return str(record.msg)
    try:
        return str(record.msg) % tuple(one if _is_plain(one) else LEFT_OUT for one in record.args)
    except (TypeError, ValueError):
        return str(record.msg)


def _is_plain(value: object) -> bool:
    """Return whether a value is a number or the name of a signal, by which gunicorn says what ended a worker."""
    return isinstance(value, int | float) or (isinstance(value, str) and value in Signals.__members__)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _failure(error: BaseException) -> dict[str, Any]:
    frames = [(frame.f_code, line) for frame, line in walk_tb(error.__traceback__)][-MOST_FRAMES:]
    return described(error) | {"trace": [f"{_place(code.co_filename)}:{line} {code.co_name}" for code, line in frames]}


def _place(file: str) -> str:
    """Return a file's name within the package that it belongs to."""
    inside = file.rpartition("site-packages/")[2]
    return Path(inside).relative_to(_ROOT).as_posix() if Path(inside).is_relative_to(_ROOT) else inside
