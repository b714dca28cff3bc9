"""Fixtures of the API: every answer is checked against /openapi.json, and holds all that its view returned."""

from __future__ import annotations

import pytest
from flask import Flask

from service.api.schemas.base import Answer
from tests.support.documented import Documented, complete
from tests.support.serving import serving

__all__ = ["serving"]


@pytest.fixture(autouse=True)
def _documented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Flask, "test_client_class", Documented)
    monkeypatch.setattr(Answer, "dump", complete)
