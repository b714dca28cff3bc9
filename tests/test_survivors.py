"""Each rule, exception and row of the packs is needed: without it a policy test fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.survivors import Dropper

POLICIES = Path(__file__).resolve().parents[1] / "policies"


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in POLICIES.glob("*/pack.yaml")), ids=lambda path: path.name
)
def test_without_any_rule_a_policy_test_fails(folder: Path) -> None:
    result = Dropper(folder).run()
    print(f"{result.dropped} dropped, {len(result.survivors)} survive; {result.decisions} decisions")
    assert result.failing == []
    assert [f"{bound.rule.place}: {policy}/{rule}" for bound, (policy, rule), _ in result.survivors] == []
    assert result.dropped > 40
