"""Each pack decides its policy tests as they say; `redress test` prints the same of one that does not."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import orjson
import pytest

from rules.lab.expected import incoherence, judge
from service.packs import every
from tests.support.walk import Walk


@pytest.mark.parametrize("folder", every(), ids=lambda folder: folder.name)
def test_every_policy_test_passes(
    folder: Path, walks: Callable[[Path], Walk], record_property: Callable[[str, object], None]
) -> None:
    walk = walks(folder)
    digest = sha256(b"\n".join(orjson.dumps(one.found) for one in walk.walked)).hexdigest()
    record_property("report", f"{len(walk.walked)} recommendations, SHA-256 {digest}")  # compared by .ci/pythons
    failing = [
        f"{one.branch.place}: {one.branch.name}: {difference}"
        for one in walk.walked
        for difference in (*judge(one.branch.expect, one.found), *incoherence(one.found))
    ]
    assert walk.tests.problems == ()
    assert failing == []
    assert len(walk.walked) > 100
