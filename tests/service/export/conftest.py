"""The desks of the reports serve exports as well."""

from __future__ import annotations

from tests.service.reports.conftest import case, china, chinese, shop

__all__ = ["case", "china", "chinese", "shop"]
