"""Measure the engine against our own evaluator and zen-engine.

    python -m tests.bench.engine [--rules N ...] [--json FILE]

Packs are random: a rule tests the kind and the category of an issue, then two to four of 38 other facts. The engine and
the evaluator are given a case whose values are read already, zen-engine (from the extra `bench`) the same as a dict.
All must name the same rules.
"""

import argparse
import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rules.compiling.load import load
from rules.compiling.pack import Pack
from rules.deciding.facts import FactReader
from rules.deciding.match import Matcher, truths
from rules.values.value import Frame
from tests.bench.measure import Row, in_turns, save, table

SIZES = (10, 50, 200, 1_000, 5_000)
CASES = 200
SEED = 20_260_814

KINDS = [f"kind-{index}" for index in range(12)]
CATEGORIES = [f"category-{index}" for index in range(20)]
WORDS = [f"word-{index}" for index in range(6)]
NUMBERS = [f"issue.number_{index}" for index in range(16)]
ANSWERS = [f"issue.answer_{index}" for index in range(10)]
CHOICES = [f"issue.choice_{index}" for index in range(12)]
COMPARISONS = {"at_least": ">=", "more_than": ">", "at_most": "<=", "less_than": "<", "is": "=="}


class Test(NamedTuple):
    """One test of a rule, before it is written for each subject."""

    fact: str
    op: str
    value: Any


# What every pack must answer.
REQUIRED = """
policy: answering
answers: {responsibility.to_customer: contract}
otherwise: {responsibility.to_customer: merchant}
rules: [{id: lost, when: {issue.kind: kind-0}, then: {responsibility.to_customer: logistics}}]
---
policy: options
answers: {remedy.option: contract}
hit: collect
rules: [{id: explain, when: {issue.kind: kind-0}, then: {remedy.option: {kind: explanation}}}]
"""

Rules = list[list[Test]]
Match = Callable[[tuple[Frame, dict[str, Any]]], set[int]]


# ---- random packs and cases


def random_rules(chance: random.Random, count: int) -> Rules:
    """Return rules that begin with a kind and a category."""
    return [
        [
            Test("issue.kind", "is", chance.choice(KINDS)),
            Test("issue.category", "is", chance.choice(CATEGORIES)),
            *(random_test(chance, fact) for fact in chance.sample(NUMBERS + ANSWERS + CHOICES, chance.randint(2, 4))),
        ]
        for _ in range(count)
    ]


def random_test(chance: random.Random, fact: str) -> Test:
    """Return a test that fits the fact."""
    if fact in NUMBERS:
        return Test(fact, chance.choice(["at_least", "more_than", "at_most", "less_than"]), chance.randint(0, 100))
    return Test(fact, "is", chance.choice([True, False]) if fact in ANSWERS else chance.choice(WORDS))


def random_issue(chance: random.Random) -> dict[str, Any]:
    """Return an issue with all 40 facts known."""
    issue: dict[str, Any] = {"issue.kind": chance.choice(KINDS), "issue.category": chance.choice(CATEGORIES)}
    issue |= {fact: chance.randint(0, 100) for fact in NUMBERS}
    issue |= {fact: chance.choice([True, False]) for fact in ANSWERS}
    return issue | {fact: chance.choice(WORDS) for fact in CHOICES}


# ---- the subjects


def pack_of(rules: Rules) -> Pack:
    """Write rules as a pack and load it."""
    types: dict[str, Any] = {"issue.kind": {"one_of": KINDS}, "issue.category": {"one_of": CATEGORIES}}
    types |= dict.fromkeys(NUMBERS, "number") | dict.fromkeys(ANSWERS, "yes_no")
    types |= {fact: {"one_of": WORDS} for fact in CHOICES}
    label = {"en": "as named"}
    rows = [
        f"- {{id: r{number}, when: {flow({test.fact: written(test) for test in tests})}, then: {{found: {number}}}}}"
        for number, tests in enumerate(rules)
    ]
    files = {
        "pack.yaml": "{pack: bench, currency: CNY, time_zone: UTC, languages: [en], as_of: submitted_at}",
        "vocabulary.yaml": flow(
            {
                "groups": {"issue": {"of": "issue", "label": label}},
                "facts": {
                    fact: {"type": type_, "label": label, "who": ["system"], "ask": label}
                    for fact, type_ in types.items()
                },
            }
        ),
        "finding.yaml": "\n".join(["policy: finding", "answers: {found: number}", "hit: collect", "rules:", *rows]),
        "required.yaml": REQUIRED,
    }
    pack, problems = load({path: text.encode() for path, text in files.items()})
    if pack is None:
        raise SystemExit("\n".join(map(str, problems[:5])))
    return pack


def written(test: Test) -> Any:
    """Return the right side of a test as a policy writes it."""
    return test.value if test.op == "is" else {test.op: test.value}


def flow(value: object) -> str:
    """Return a value in YAML, by way of JSON."""
    return json.dumps(value)


def redress(pack: Pack, matcher: Matcher) -> Match:
    """The engine, with the encoding of the case into codes."""
    policy = position_of_finding(pack)
    stratum = pack.program.policies[policy].stratum
    return lambda case: {rule for at, rule in matcher.true_rules(stratum, case[0]) if at == policy}


def evaluator(pack: Pack) -> Match:
    """The three-valued evaluator that checks every answer of the engine."""
    policy = pack.program.policies[position_of_finding(pack)]
    return lambda case: {rule for rule, truth in enumerate(truths(policy, case[0])) if truth}


def position_of_finding(pack: Pack) -> int:
    """Return where the policy under test stands."""
    return next(at for at, bound in enumerate(pack.program.policies) if bound.policy.name == "finding")


def zen(rules: Rules) -> Match | None:
    """A decision table of zen-engine that collects every row that hits; None where zen-engine is not installed."""
    try:
        from zen import ZenEngine
    except ImportError:
        return None
    facts = sorted({test.fact for tests in rules for test in tests})
    content = {
        "hitPolicy": "collect",
        "inputs": [{"id": fact, "name": fact, "field": plain(fact)} for fact in facts],
        "outputs": [{"id": "out", "name": "rule", "field": "rule"}],
        "rules": [
            {"_id": str(number), "out": str(number), **dict.fromkeys(facts, ""), **{t.fact: zen_cell(t) for t in tests}}
            for number, tests in enumerate(rules)
        ],
    }
    position = {"x": 0, "y": 0}
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in", "position": position},
        {"id": "table", "type": "decisionTableNode", "name": "table", "position": position, "content": content},
        {"id": "out", "type": "outputNode", "name": "out", "position": position},
    ]
    edges = [
        {"id": "first", "type": "edge", "sourceId": "in", "targetId": "table"},
        {"id": "second", "type": "edge", "sourceId": "table", "targetId": "out"},
    ]
    text = json.dumps({"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges})
    engine = ZenEngine()
    decision = engine.create_decision(text)

    def match(case: tuple[Frame, dict[str, Any]], _engine: object = engine) -> set[int]:
        result: Any = decision.evaluate(case[1])["result"]
        return {hit["rule"] for hit in result} if isinstance(result, list) else set()

    return match


def zen_cell(test: Test) -> str:
    """Return a test as a cell of zen-engine's table."""
    value = json.dumps(test.value).replace('"', "'")
    return value if test.op == "is" else f"{COMPARISONS[test.op]} {value}"


def plain(fact: str) -> str:
    """Return a fact's name without its group: zen-engine is spared the nesting."""
    return fact.removeprefix("issue.")


# ---- the run


def measure(count: int) -> list[Row]:
    """Measure all subjects on one pack; stop if they name different rules for a case."""
    chance = random.Random(SEED + count)
    rules = random_rules(chance, count)
    pack = pack_of(rules)
    reader = FactReader(pack)
    cases = []
    for _ in range(CASES):
        issue = {plain(fact): value for fact, value in random_issue(chance).items()}
        facts = reader.read({"submitted_at": "2026-08-14T15:00:00+08:00", "issues": [issue]})
        cases.append((facts.issues[0].frame, issue))
    with Matcher(pack) as matcher:
        subjects: dict[str, Match] = {"redress": redress(pack, matcher), "evaluator": evaluator(pack)}
        table_of_zen = zen(rules)
        if table_of_zen is not None:
            subjects["zen"] = table_of_zen
        compare(subjects, cases)
        return list(in_turns("engine", count, subjects, cases))


def compare(subjects: Mapping[str, Match], cases: Sequence[tuple[Frame, dict[str, Any]]]) -> None:
    """Stop where the subjects do not name the same rules."""
    for case in cases:
        said = {name: subject(case) for name, subject in subjects.items()}
        if len({frozenset(rules) for rules in said.values()}) > 1:
            raise SystemExit(f"the subjects differ: {said}")


def main() -> None:
    """Run all sizes, print the table, and write the rows."""
    parser = argparse.ArgumentParser(description="Measure how long it takes to find the true rules.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to this file too")
    parser.add_argument("--rules", type=int, nargs="+", default=SIZES, metavar="N", help="sizes of the random packs")
    options = parser.parse_args()
    rows = [row for count in options.rules for row in measure(count)]
    print("microseconds to find the true rules of a case with 40 facts, median")
    print(table(rows, against="redress"))
    if options.json:
        save(rows, options.json)


if __name__ == "__main__":
    main()
