"""A ledger whose clock the tests move, and a receiver."""

from __future__ import annotations

from tests.support.webhooks import receiver, time

__all__ = ["receiver", "time"]
