"""Check whether the ledger can be read and written, without writing."""

from __future__ import annotations

import os
from typing import Final

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import SQLAlchemyError

from service import clock
from service.ledger.engines import file_of
from service.ledger.outages import FULL, READ_ONLY, SILENT, Outage, outage_of
from service.ledger.store import Ledger
from service.ledger.tables import HEAD

SPARE: Final = 2**20  # free bytes that a decision and its log need
MEMORY: Final = 10.0  # seconds for which a failed write counts


def outage(ledger: Ledger) -> Outage | None:
    """Return the present outage of the ledger, or None."""
    try:
        with ledger.reading() as connection:
            connection.execute(select(HEAD.c.seq))
            found = _unwritable(ledger, connection)
    except SQLAlchemyError as error:
        return outage_of(error) or SILENT
    return found or _remembered(ledger)


def _remembered(ledger: Ledger) -> Outage | None:
    if ledger.last_outage is None or clock.elapsed() - ledger.last_outage[1] > MEMORY:
        return None
    return ledger.last_outage[0]


def _unwritable(ledger: Ledger, connection: Connection) -> Outage | None:
    if connection.dialect.name == "postgresql":
        setting = connection.execute(text("SELECT current_setting('transaction_read_only')")).scalar_one()
        return READ_ONLY if setting == "on" else None
    if ledger.is_read_only:
        return READ_ONLY
    try:
        disk = os.statvfs(file_of(ledger.url).parent)
    except OSError:
        return SILENT
    return FULL if disk.f_bavail * disk.f_frsize < SPARE else None
