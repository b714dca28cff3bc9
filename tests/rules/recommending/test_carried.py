from __future__ import annotations

from typing import Any

import pytest

from rules.decide import BROKEN
from service.packs import Ready, find
from service.policy_tests import read
from service.privacy.masking import LEAVE_OUT, MASK, masked
from tests.support.budget import budget
from tests.support.small_packs import MakePack
from tests.support.walk import case_of

EACH = budget(12, 4)  # of so many branches of the policy tests one is decided with masked facts
PERSON = {"name": "张晓明", "address": "北京市海淀区中关村南大街5号", "contact": "13812345678"}
SAID = "张晓明说打了13812345678没人接，身份证11010519491231002X"


@pytest.mark.parametrize("way", [MASK, LEAVE_OUT])
def test_a_decision_with_masked_facts_is_the_decision_of_the_masked_case(way: str, cn: Ready) -> None:
    ready, changed = cn, 0
    tests = read(find("cn"))
    for _, branch in [*list(tests.chosen(""))[::EACH], *tests.chosen("in the letter")]:  # a letter names people
        sent = case_of(branch, ready.pack)
        case: dict[str, Any] = {**sent, "customer": {**(sent.get("customer") or {}), **PERSON}}
        case["issues"] = [{**issue, "description": SAID, "statement": SAID} for issue in case["issues"]]
        kept = masked(case, ready.pack, way)
        decision, other = ready.decider.decision(case), ready.decider.decision(kept)
        result = decision.with_carried_facts(kept)
        assert result.recommendation == other.recommendation
        found, expected, before = (one.findings() for one in (result, other, decision))
        assert found == expected != before
        changed += result.recommendation["words"] != decision.recommendation["words"]
    assert changed > 0


def test_what_broke_is_decided_again(pack: MakePack) -> None:
    decision = pack().decider.decision({})
    assert decision.recommendation["why"]["notes"][0]["code"] == BROKEN
    assert decision.with_carried_facts({}).recommendation == decision.recommendation
