"""A service that takes everyone for who he says he is, so that tests need no keys."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from flask import request

from service.auth import Caller


def believe(monkeypatch: pytest.MonkeyPatch, header: str, callers: Mapping[str, Caller], otherwise: str) -> None:
    """Let a header say by a name who asks, instead of a key; what he may do is checked as ever."""
    monkeypatch.setattr("service.api.access.Gate.caller", lambda _: callers[request.headers.get(header, otherwise)])
