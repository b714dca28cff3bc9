"""Small packs for tests: the texts of their files in, the pack and what its policies answer out."""

from collections.abc import Mapping
from typing import Any

from rules.compiling.load import load
from rules.compiling.pack import Pack
from rules.deciding.facts import FactReader
from rules.deciding.match import Matcher, truths
from rules.deciding.resolve import resolve_policy
from rules.text.nodes import Node
from rules.text.problem import Problem
from rules.text.yaml_parser import read_yaml
from tests.support.places import PACKS

BARE = {path.name: path.read_bytes() for path in (PACKS / "bare").glob("*.yaml")}
GOOD = {path.name: path.read_bytes() for path in (PACKS / "good").glob("*.yaml")}

Files = Mapping[str, str]


def node_of(text: str) -> Node:
    """Return the one document of a YAML text without faults."""
    (node,), problems = read_yaml(text.encode(), "a.yaml")
    assert problems == ()
    return node


def problems_of(files: Files, base: Mapping[str, bytes] = BARE, **settings: object) -> tuple[Problem, ...]:
    """Return what is wrong with files that are laid over a pack."""
    return load({**base, **{name: text.encode() for name, text in files.items()}}, settings)[1]


def pack_of(files: Files, base: Mapping[str, bytes] = BARE, **settings: object) -> Pack:
    """Return a good pack."""
    pack, problems = load({**base, **{name: text.encode() for name, text in files.items()}}, settings)
    assert problems == ()
    assert pack is not None
    return pack


def answers(pack: Pack, case: Mapping[str, Any], issue: int = 0) -> dict[str, Any]:
    """Return what every policy answers for an issue as it stands, stratum by stratum, settle left out.

    The engine is asked too: it must find true the rules that the evaluator finds true.
    """
    program = pack.program
    facts = FactReader(pack).read(case).issues[issue]
    frame = facts.frame.copy()
    found: dict[str, Any] = {}
    with Matcher(pack) as matcher:
        for stratum in sorted({policy.stratum for policy in program.policies}):
            engine_true = matcher.true_rules(stratum, frame)
            for policy in (one for one in program.policies if one.stratum == stratum):
                truth = truths(policy, frame)
                assert {at for where, at in engine_true if where == policy.position} == {
                    at for at, true in enumerate(truth) if true
                }
                values = resolve_policy(policy, truth, frame).values
                found |= {answer.name: value for answer, value in zip(policy.answers, values, strict=True)}
            for name, value in found.items():
                frame[program.slots[name]] = value
            for derived in program.derived:
                frame[derived.slot] = derived.compute(frame, facts.context)
    return found


def case_of(at: str = "2026-03-02T12:00:00Z", **facts: Any) -> dict[str, Any]:
    """Return a case with one issue, its facts by their paths in the case; `issue__kind` lies in the issue."""
    case: dict[str, Any] = {"submitted_at": at, "at": at, "issues": [{}]}
    for path, value in facts.items():
        *groups, key = path.split("__")
        inner = case
        for group in groups:
            inner = inner["issues"][0] if group == "issue" else inner.setdefault(group, {})
        inner[key] = value
    return case
