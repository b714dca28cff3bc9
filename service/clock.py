"""The system clock: the only module that reads it."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

UTC: Final = ZoneInfo("UTC")


def now(zone: ZoneInfo) -> str:
    """Return this instant in RFC 3339, to the second."""
    return datetime.now(zone).isoformat(timespec="seconds")


def utc() -> datetime:
    """Return this instant."""
    return datetime.now(UTC)


def elapsed() -> float:
    """Return the seconds of a monotonic clock, the same for all processes of this machine."""
    return time.monotonic()
