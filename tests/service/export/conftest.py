"""Fixtures of exports, which read what reports read."""

from __future__ import annotations

from tests.support.reporting import case, china, shop

__all__ = ["case", "china", "shop"]
