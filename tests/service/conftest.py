"""A small pack of no country, and what serves it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.http.app import create_app
from service.intake.case import CaseSchema
from service.packs import Ready, prepare, read_policies

SHOP = Path(__file__).parent / "shop"


@pytest.fixture(scope="session")
def ready() -> Iterator[Ready]:
    ready, problems = prepare(read_policies(SHOP))
    assert problems == ()
    assert ready is not None
    yield ready
    ready.close()


@pytest.fixture(scope="session")
def schema(ready: Ready) -> CaseSchema:
    return ready.schema


@pytest.fixture
def client(ready: Ready) -> FlaskClient:
    app = create_app({"PACK": ready, "CLOCK": lambda _: "2026-08-14T16:00:00+08:00", "TESTING": True})
    return app.test_client()
