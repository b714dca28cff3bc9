"""What the tests of the core share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.support.small_packs import Desk, MakePack, make_desk


@pytest.fixture
def pack() -> Iterator[MakePack]:
    """Build small packs, and close them after the test."""
    made: list[Desk] = []

    def make(policies: str = "", facts: str = "", settings: Mapping[str, object] | None = None, **parts: str) -> Desk:
        made.append(make_desk(policies, facts, settings, **parts))
        return made[-1]

    yield make
    for desk in made:
        desk.close()
