"""A desk whose pack files what it decides."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.desk.desk import Desk
from service.ledger.store import Ledger
from service.packs import Ready
from tests.service.filed import desk_of, opened


@pytest.fixture(scope="session")
def filing() -> Iterator[Ready]:
    ready = opened()
    yield ready
    ready.close()


@pytest.fixture
def filed(filing: Ready, ledger: Ledger) -> Desk:
    return desk_of(filing, ledger)
