"""What the tests of the core share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.support.small_packs import MakePack, SmallPack, make_small_pack


@pytest.fixture
def pack() -> Iterator[MakePack]:
    """Build small packs, and close them after the test."""
    made: list[SmallPack] = []

    def make(
        policies: str = "", facts: str = "", settings: Mapping[str, object] | None = None, **parts: str
    ) -> SmallPack:
        made.append(make_small_pack(policies, facts, settings, **parts))
        return made[-1]

    yield make
    for small_pack in made:
        small_pack.close()
