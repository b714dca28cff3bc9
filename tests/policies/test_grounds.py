"""Facts decide, not the ticked kind: the same facts under another kind with the same ground give the same decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from rules.language.contract import AUTOMATIC
from service.packs import Ready
from tests.support.budget import budget
from tests.support.metamorphic import outcome
from tests.support.places import CN
from tests.support.walk import Walk

SEED: Final = 20_261_201
MOST: Final = budget(80, 1_000_000)  # pairs that are decided
ALLEGES_DANGER: Final = (
    "counterfeit",
    "food_safety",
)  # a ticked kind that no machine may judge, whatever the facts say

Json = dict[str, Any]


class Pair(NamedTuple):
    """A case, its recommendation, and another kind to tick for its only issue."""

    case: Mapping[str, Any]
    found: Mapping[str, Any]
    kind: str


def by_facts(issue: Mapping[str, Any]) -> bool:
    """Return whether stated facts, not the ticked kind, established the ground of an issue."""
    return issue["ground"] is not None and issue["ground"]["rule"] is not None


def says_by_ticking(case: Mapping[str, Any], ground: str) -> bool:
    """Return whether the ticked kind is the only answer to a question: why a parcel was refused, what is owed."""
    unsaid = {"refusal": ("refusal_reason", case.get("delivery", {})), "owed": ("matter", case["issues"][0])}
    return ground in unsaid and unsaid[ground][0] not in unsaid[ground][1]


def pairs(walk: Walk) -> Iterator[Pair]:
    """Yield the cases of one issue whose ground facts establish, with each other kind."""
    kinds = walk.ready.pack.vocabulary.facts["issue.kind"].type.values
    for one in walk.plain:
        case, found = one.case, one.found
        if len(found["issues"]) == 1 and by_facts(found["issues"][0]):
            ground = found["issues"][0]["ground"]["value"]
            if not says_by_ticking(case, ground):
                yield from (Pair(case, found, kind) for kind in kinds if kind != found["issues"][0]["kind"])


def ticked(case: Mapping[str, Any], kind: str) -> Json:
    """Return a case with another kind ticked."""
    other = deepcopy(dict(case))
    other["issues"][0]["kind"] = kind
    return other


def same_mode(one: Pair, other: Mapping[str, Any]) -> bool:
    """Return whether the same hand carries both out; where danger is alleged by ticking, a person may instead."""
    modes = [found["automation"]["mode"] for found in (one.found, other)]
    alleging = {one.kind, one.found["issues"][0]["kind"]} & {*ALLEGES_DANGER}
    return modes[0] == modes[1] or (bool(alleging) and any(mode not in AUTOMATIC for mode in modes))


def test_the_same_facts_give_the_same_whatever_is_ticked(
    walks: Callable[[Path], Walk], record_property: Callable[[str, object], None]
) -> None:
    walk = walks(CN)
    ready: Ready = walk.ready
    found = list(pairs(walk))
    Random(SEED).shuffle(found)
    tried, grounds, differ = 0, Counter[str](), []
    for pair in found[:MOST]:
        case = ticked(pair.case, pair.kind)
        if ready.schema.faults(case):
            continue
        other, ground = ready.decide(case), pair.found["issues"][0]["ground"]
        issue = other["issues"][0]
        if issue["ground"] != ground and issue["ground"] != {"value": ground["value"], "rule": None}:
            continue  # the facts do not establish this ground for the other kind
        tried += 1
        grounds[ground["value"]] += 1
        shown = (pair.case.get("order", {}).get("no"), pair.found["issues"][0]["kind"], pair.kind, ground)
        if outcome(other) != outcome(pair.found) or not same_mode(pair, other):
            differ.append(shown)
    record_property("report", f"{tried} of {len(found)} pairs of kinds with the same ground: {dict(grounds)}")
    assert differ == []
    assert tried > budget(20, 300)
    assert len(grounds) > budget(3, 8)
