"""Fixtures of the reports."""

from __future__ import annotations

from tests.support.reporting import case, china, shop

__all__ = ["case", "china", "shop"]
