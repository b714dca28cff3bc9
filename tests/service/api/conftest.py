"""Every answer that a test of this folder gets is held against /openapi.json."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.documented import Documented


@pytest.fixture(autouse=True)
def _documented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Flask, "test_client_class", Documented)
