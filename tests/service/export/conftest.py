"""The desks of the reports serve exports as well."""

from __future__ import annotations

from tests.service.reports.conftest import case, china, shop

__all__ = ["case", "china", "shop"]
