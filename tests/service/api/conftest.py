"""Fixtures of the API: every answer is checked against /openapi.json."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.documented import Documented
from tests.support.serving import serving

__all__ = ["serving"]


@pytest.fixture(autouse=True)
def _documented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Flask, "test_client_class", Documented)
