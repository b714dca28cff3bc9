"""Outages of the store: failures that pass without a change of the program, by the error codes of the stores.

Any other error is a fault of the program. A reported error never contains its statement, its parameters or the driver's
message, since all three can hold personal data.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.exc import DBAPIError, DisconnectionError, TimeoutError

from service.errors import RedressError


@dataclass(frozen=True, slots=True)
class Outage:
    """Why the ledger cannot be used at present."""

    code: str  # of the problem document (RFC 9457)
    seconds: int  # for Retry-After


SILENT: Final = Outage("ledger_silent", 5)
FULL: Final = Outage("ledger_full", 60)
READ_ONLY: Final = Outage("ledger_read_only", 60)
FAULTY: Final = Outage("ledger_faulty", 60)
CROWDED: Final = Outage("ledger_crowded", 5)
BUSY: Final = Outage("ledger_busy", 2)
OUTAGES: Final = (SILENT, FULL, READ_ONLY, FAULTY, CROWDED, BUSY)
LASTING: Final = frozenset({FULL, READ_ONLY, FAULTY})  # the next write would fail too

# By SQLSTATE, else by the class of it: https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL: Final[Mapping[str, Outage]] = {
    "08": SILENT,  # connection exceptions
    "25006": READ_ONLY,
    "25P03": SILENT,  # the server ended a transaction that was idle
    "40": BUSY,  # serialization failures and deadlocks
    "42501": READ_ONLY,  # the role may not write
    "53": CROWDED,  # out of connections or memory
    "53100": FULL,
    "55P03": BUSY,  # lock_timeout
    "57014": BUSY,  # statement_timeout
    "57P": SILENT,  # the server stops, starts or ended the session
    "58": FAULTY,  # input or output failed
    "XX001": FAULTY,  # damaged data
    "XX002": FAULTY,
}
# By result code, else by the primary one in its low byte: https://www.sqlite.org/rescode.html
_SQLITE: Final[Mapping[int, Outage]] = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_PROTOCOL: BUSY,
    sqlite3.SQLITE_CANTOPEN: SILENT,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_IOERR_SHMSIZE: FULL,  # the index of the log cannot grow
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_IOERR: FAULTY,
    sqlite3.SQLITE_CORRUPT: FAULTY,
    sqlite3.SQLITE_NOTADB: FAULTY,
    sqlite3.SQLITE_NOMEM: CROWDED,
}
_NO_ROOM: Final = ("too many", "connection slots")  # refused connections have no SQLSTATE
_POOL_TIMEOUT: Final = "3o7r"  # SQLAlchemy's code: every connection of this process is in use


class LockTimeout(RedressError, TimeoutError):
    """Raised if this process waits too long for its own lock on the ledger."""


def outage_of(error: BaseException) -> Outage | None:
    """Return the outage behind an error of the store, or None if it is a fault of the program."""
    if isinstance(error, TimeoutError):
        return CROWDED if error.code == _POOL_TIMEOUT else BUSY
    if isinstance(error, DisconnectionError):
        return SILENT
    if not isinstance(error, DBAPIError) or error.orig is None:
        return None
    if (number := getattr(error.orig, "sqlite_errorcode", None)) is not None:
        return _SQLITE.get(number, _SQLITE.get(number & 0xFF))
    if (state := getattr(error.orig, "sqlstate", None)) is not None:
        return next((_POSTGRESQL[state[:long]] for long in (5, 3, 2) if state[:long] in _POSTGRESQL), None)
    if error.statement is None and any(words in str(error.orig) for words in _NO_ROOM):
        return CROWDED
    return SILENT if error.connection_invalidated or error.statement is None else None


def described(error: BaseException) -> dict[str, str]:
    """Return what a log may contain of an error: its class, the store's code, the names of tables and columns."""
    orig: Any = (error.orig if isinstance(error, DBAPIError) else None) or error
    fields = {"class": type(orig).__qualname__}
    if (state := getattr(orig, "sqlstate", None)) is not None:
        diag = orig.diag
        names = (diag.table_name, diag.column_name, diag.constraint_name)
        fields |= {"sqlstate": state, "concerns": " ".join(name for name in names if name)}
    elif (name := getattr(orig, "sqlite_errorname", None)) is not None:
        fields["sqlite"] = name
    elif isinstance(error, DBAPIError) and error.statement is None:
        fields["text"] = str(orig).splitlines()[0]  # raised while connecting, before any case was sent
    return {key: value for key, value in fields.items() if value}
