"""Each rule, exception and row of the packs is needed: without it a policy test fails.

A deep run drops every one of them. On a push those of the policy files that a change touches are dropped, and of the
others a fixed share.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final
from zlib import crc32

import pytest

from rules.compiling.program import BoundRule
from service.packs import every
from tests.support.budget import DEEP, budget
from tests.support.places import ROOT
from tests.support.survivors import Dropper
from tests.support.walk import Name, Walk

ONE_IN: Final = 12  # of so many untouched rules one is dropped on a push
PARTS: Final = 2 if DEEP else 1  # dropped by a worker each


def touched() -> frozenset[str]:
    """Return the policy files that differ from where this branch left its upstream, else from the commit before.

    Nothing where no earlier commit is known, as in a shallow clone.
    """
    head, base = git("rev-parse", "HEAD"), git("merge-base", "HEAD", "@{upstream}")
    if base in ("", head):
        base = git("rev-parse", "--verify", "HEAD~1")
    return frozenset(git("diff", "--name-only", base, "--", "policies").split()) if base else frozenset()


def git(*words: str) -> str:
    """Return what git prints; nothing where it fails or is not installed."""
    try:
        ended = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return ended.stdout.strip() if ended.returncode == 0 else ""


def number_of(name: Name) -> int:
    """Return a number that spreads the rules evenly and is the same in each run."""
    return crc32("/".join(name).encode())


@pytest.mark.parametrize("part", range(PARTS), ids=lambda part: f"part{part}")
@pytest.mark.parametrize("folder", every(), ids=lambda folder: folder.name)
def test_without_a_rule_a_policy_test_fails(
    folder: Path, part: int, walks: Callable[[Path], Walk], record_property: Callable[[str, object], None]
) -> None:
    changed = touched()

    def chosen(name: Name, bound: BoundRule) -> bool:
        if DEEP:
            return number_of(name) % PARTS == part
        return number_of(name) % ONE_IN == 0 or any(file.endswith(bound.rule.place.file) for file in changed)

    result = Dropper(walks(folder)).run(chosen)
    counts = f"{result.dropped} dropped, {len(result.survivors)} survive; {result.decisions} decisions"
    record_property("report", counts)
    assert result.failing == []
    assert [f"{bound.rule.place}: {policy}/{rule}" for bound, (policy, rule), _ in result.survivors] == []
    assert result.dropped > budget(2, 40)
