"""What goes wrong goes to a person: false answers of the engine, its faults, hostile cases. Same case, same bytes."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rules.compiling.load import load
from rules.compiling.pack import Pack
from rules.decide import BROKEN, ENGINE_DIFFERS, ENGINE_FAILED, Decider
from rules.deciding.match import Matcher
from rules.engine import EngineError
from rules.language.contract import AUTOMATIC
from rules.recommending.answers import OUTCOMES
from rules.values.value import Frame
from tests.support.budget import budget
from tests.support.places import ROOT

Rules = frozenset[tuple[int, int]]

PARCEL: Final = {
    "pack.yaml": "{pack: parcel, currency: CNY, time_zone: Asia/Shanghai, languages: [en]}",
    "words.yaml": "sorry: {en: 'We pay {settled.refund_fen} for {line.name}.'}",
    "derived.yaml": "issue.hours: {hours: {from: delivery.signed_at, to: submitted_at}}",
    "parameters.yaml": "most: {type: money, values: {2020-01-01: 50 CNY, 2026-01-01: 80 CNY}}",
    "vocabulary.yaml": """
groups: {order: {of: case}, delivery: {of: case}, line: {of: line}, issue: {of: issue}, evidence: {of: issue}}
facts:
  channel: {type: {one_of: [chat, phone]}, presume: chat, because: systems_know}
  order.refunded_fen: {type: money}
  delivery.signed_at: {type: instant}
  line.name: {type: text}
  line.paid_fen: {type: money}
  line.quantity: {type: number}
  issue.kind: {type: {one_of: [damage, delay]}}
  issue.ratio: {type: ratio}
  issue.on: {type: date}
  issue.wants: {type: {one_of: [refund, exchange]}}
  evidence.shows: {type: {list_of: {one_of: [damage, label]}}}
  evidence.items: {type: {list_of: {kind: text, by: {one_of: [customer, carrier]}}}}
""",
    "policies.yaml": """
policy: cause
answers: {cause: {one_of: [carrier, unproven]}}
otherwise: {cause: unproven}
rules:
  - id: shown
    when: {issue.kind: damage, evidence.shows: {includes: damage}}
    then: {cause: carrier}
    except:
      - {id: too-late, when: {issue.hours: {more_than: 48}}}
---
policy: who
answers: {responsibility.to_customer: contract}
otherwise: {responsibility.to_customer: none}
rules: [{id: ours, when: {cause: carrier}, then: {responsibility.to_customer: merchant}}]
---
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - id: share
    when: {cause: carrier, line.paid_fen: {at_most: {parameter: most}}}
    then: {remedy.option: {kind: refund, refund: {share: issue.ratio, of: line.paid_fen}}}
  - {id: nothing, when: {cause: unproven}, then: {remedy.option: {kind: refuse}}}
---
policy: automation
answers: {automation.mode: {one_of: [agent, auto], joins: first}}
otherwise: {automation.mode: agent}
rules: [{id: small, when: {settled.refund_fen: {at_most: 100 CNY}, channel: chat}, then: {automation.mode: auto}}]
---
policy: words
answers: {say: contract}
hit: collect
rules: [{id: pays, when: {chosen.kind: refund}, then: {say: sorry}}]
""",
}
CASE: Final[dict[str, Any]] = {
    "submitted_at": "2026-08-14T15:00:00+08:00",
    "order": {"refunded_fen": 0, "lines": [{"id": "1", "name": "水蜜桃", "paid_fen": 5_000, "quantity": 1}]},
    "delivery": {"signed_at": "2026-08-14T10:00:00+08:00"},
    "issues": [{"kind": "damage", "line": "1", "ratio": "0.20", "evidence": {"shows": ["damage"], "items": []}}],
}


class Falsified(Matcher):
    """An engine whose next answer of a stratum is changed, once."""

    lie: Callable[[int, Rules], Rules] | None = None
    lies = 0

    def true_rules(self, stratum: int, frame: Frame) -> Rules:
        said = super().true_rules(stratum, frame)
        if self.lie is None:
            return said
        changed = self.lie(stratum, said)
        if changed != said:
            self.lie, self.lies = None, self.lies + 1
        return changed


@pytest.fixture(scope="module")
def pack() -> Pack:
    read, problems = load({name: text.encode() for name, text in PARCEL.items()})
    assert problems == ()
    assert read is not None
    return read


@pytest.fixture(scope="module")
def matcher(pack: Pack) -> Iterator[Falsified]:
    with Falsified(pack) as made:
        yield made


@pytest.fixture
def decider(pack: Pack, matcher: Falsified) -> Decider:
    matcher.lie = None
    return Decider(pack, matcher)


def reasons(recommendation: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [reason for reason in recommendation["automation"]["reasons"] if reason.get("code") == code]


def test_the_case_is_carried_out_by_a_machine_when_nothing_is_wrong(decider: Decider) -> None:
    recommendation = decider.decide(CASE)
    assert (recommendation["outcome"], recommendation["automation"]["mode"]) == ("remedy", "auto")
    assert recommendation["remedy"]["refund_fen"] == 1_000


# ---- a false answer of the engine

RULES: Final = [
    "cause/shown", "cause/too-late", "who/ours", "remedy/share", "remedy/nothing", "automation/small", "words/pays",
]  # fmt: skip
OTHERS: Final[dict[str, dict[str, Any]]] = {
    "as sent": {},
    "late": {"delivery": {"signed_at": "2026-08-01T10:00:00+08:00"}},
    "undecided": {"delivery": {}},
}


@pytest.mark.parametrize("change", OTHERS)
@pytest.mark.parametrize("named", RULES)
def test_a_rule_that_the_engine_invents_or_forgets_makes_a_review(
    decider: Decider, matcher: Falsified, pack: Pack, named: str, change: str
) -> None:
    case = CASE | OTHERS[change]
    right = orjson.dumps(decider.decide(case))
    place = next(
        (policy.position, bound.position)
        for policy in pack.program.policies
        for bound in policy.rules
        if f"{policy.policy.name}/{bound.rule.id}" == named
    )
    stratum = pack.program.policies[place[0]].stratum
    matcher.lie = lambda asked, said: said ^ {place} if asked == stratum else said
    before = matcher.lies
    wrong = decider.decide(case)
    assert matcher.lies == before + 1
    assert wrong["outcome"] == "review"
    assert wrong["provisional"]
    assert wrong["automation"]["mode"] not in AUTOMATIC
    assert [reason["rules"] for reason in reasons(wrong, ENGINE_DIFFERS)] == [[named]]
    assert orjson.dumps(decider.decide(case)) == right


def test_every_false_answer_is_named(decider: Decider, matcher: Falsified) -> None:
    class Silent(Falsified):
        def true_rules(self, stratum: int, frame: Frame) -> Rules:
            return frozenset()

    with Silent(decider.pack) as silent:
        wrong = Decider(decider.pack, silent).decide(CASE)
    assert wrong["outcome"] == "review"
    (reason,) = reasons(wrong, ENGINE_DIFFERS)
    assert sorted(reason["rules"]) == ["automation/small", "cause/shown", "remedy/share", "who/ours", "words/pays"]


@pytest.mark.parametrize("stratum", range(5))
def test_a_fault_of_the_engine_makes_a_review(decider: Decider, matcher: Falsified, stratum: int) -> None:
    right = orjson.dumps(decider.decide(CASE))

    def fail(asked: int, said: Rules) -> Rules:
        if asked == min(stratum, len(decider.pack.program.strata) - 1):
            matcher.lie = None
            raise EngineError("result 2 of a fact")
        return said

    matcher.lie = fail
    wrong = decider.decide(CASE)
    assert (wrong["outcome"], wrong["automation"]["mode"]) == ("review", "agent")
    assert reasons(wrong, ENGINE_FAILED)
    assert orjson.dumps(decider.decide(CASE)) == right


@pytest.mark.parametrize("error", [RuntimeError, MemoryError, RecursionError, KeyError, AssertionError])
def test_anything_else_that_breaks_makes_a_review(decider: Decider, matcher: Falsified, error: type[Exception]) -> None:
    right = orjson.dumps(decider.decide(CASE))

    def fail(asked: int, said: Rules) -> Rules:
        matcher.lie = None
        raise error("out of order")

    matcher.lie = fail
    wrong = decider.decide(CASE)
    assert (wrong["outcome"], wrong["automation"]["mode"], wrong["remedy"]) == ("review", "agent", None)
    assert reasons(wrong, BROKEN)
    assert orjson.dumps(decider.decide(CASE)) == right


def test_a_review_has_every_part_of_a_recommendation(decider: Decider) -> None:
    assert list(decider.decide({})) == list(decider.decide(CASE))


# ---- hostile cases

TEXTS: Final = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["unknown", "null", "true", "1", "id", "$and", "\u2028", "\x00", "\ud800", "x" * 70_000, "🍑", "NaN"]
    ),
)
LEAVES: Final = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, st.sampled_from([2**53, -(2**63), 10**40, 1e308])
)
ANYTHING: Final = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)
CALM: Final = settings(suppress_health_check=list(HealthCheck))


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every part of a case."""
    yield path
    for key, part in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(part, (*path, key))


def changed(path: tuple[Any, ...], value: Any) -> Any:
    """Return the case with one part replaced, or left out."""
    case = copy.deepcopy(CASE)
    if not path:
        return value
    holder: Any = case
    for key in path[:-1]:
        holder = holder[key]
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return case


def is_whole(recommendation: Any) -> bool:
    """Tell whether this is a recommendation that can be sent."""
    orjson.dumps(recommendation)
    return isinstance(recommendation, dict) and recommendation["outcome"] in OUTCOMES


@settings(CALM, max_examples=budget(300, 5_000))
@given(st.sampled_from(list(places(CASE))), ANYTHING)
@example(("order", "lines", 0, "id"), "\ud800")
def test_a_part_of_any_shape_is_decided_or_reviewed(decider: Decider, path: tuple[Any, ...], value: Any) -> None:
    assert is_whole(decider.decide(changed(path, value)))


@settings(CALM, max_examples=budget(100, 1_000))
@given(ANYTHING)
def test_anything_at_all_is_decided_or_reviewed(decider: Decider, case: Any) -> None:
    assert is_whole(decider.decide(case))


@pytest.mark.parametrize("path", [path for path in places(CASE) if path], ids=str)
def test_a_part_left_out_is_decided_or_reviewed(decider: Decider, path: tuple[Any, ...]) -> None:
    assert is_whole(decider.decide(changed(path, ...)))


@pytest.mark.parametrize("depth", [40, 2_000, 100_000])
@pytest.mark.parametrize("path", [(), ("order",), ("issues",), ("issues", 0, "evidence", "items")], ids=str)
def test_nesting_of_any_depth_is_decided_or_reviewed(decider: Decider, path: tuple[Any, ...], depth: int) -> None:
    deep: Any = []
    for _ in range(depth):
        deep = [deep]
    try:
        assert is_whole(decider.decide(changed(path, deep)))
    finally:
        while deep:  # taken apart from outside: the interpreter would follow it to the bottom
            deep = deep[0]


@pytest.mark.parametrize("amount", [2**53 - 1, 0, 1])
def test_the_largest_amounts_can_be_sent(decider: Decider, amount: int) -> None:
    assert is_whole(decider.decide(changed(("order", "lines", 0, "paid_fen"), amount)))
    assert is_whole(decider.decide(changed(("order", "refunded_fen"), amount)))


def test_a_thousand_issues_and_lines_are_decided_or_reviewed(decider: Decider) -> None:
    issues = [{**CASE["issues"][0], "line": str(number)} for number in range(1_000)]
    lines = [{"id": str(number), "paid_fen": number} for number in range(1_000)]
    assert is_whole(decider.decide(CASE | {"issues": issues, "order": {"lines": lines, "refunded_fen": 0}}))


def test_no_case_is_changed(decider: Decider) -> None:
    before = copy.deepcopy(CASE)
    decider.decide(CASE)
    assert before == CASE


# ---- the same bytes

SEVERAL: Final = [
    CASE,
    CASE | {"delivery": {}},
    CASE | {"order": {"lines": []}},
    CASE | {"issues": [*CASE["issues"], {"kind": "delay"}, {}]},
    {},
    *(
        CASE | {"issues": [{"kind": kind, "ratio": ratio}]}
        for kind in ("damage", "delay", "unknown")
        for ratio in ("0.1", None)
    ),
]


def test_a_case_gives_the_same_bytes_fifty_times(pack: Pack, decider: Decider) -> None:
    for case in SEVERAL:
        assert len({orjson.dumps(decider.decide(case)) for _ in range(50)}) == 1
    with Matcher(pack) as other:
        fresh = Decider(pack, other)
        assert [orjson.dumps(fresh.decide(case)) for case in SEVERAL] == [
            orjson.dumps(decider.decide(case)) for case in SEVERAL
        ]


def test_keys_of_a_case_in_another_order_give_the_same_bytes(decider: Decider) -> None:
    def turned(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: turned(node[key]) for key in reversed(node)}
        return [turned(part) for part in node] if isinstance(node, list) else node

    for case in SEVERAL:
        assert orjson.dumps(decider.decide(turned(case))) == orjson.dumps(decider.decide(case))


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_another_process_gives_the_same_bytes(decider: Decider, seed: str) -> None:
    here = b"\n".join(orjson.dumps(decider.decide(case)) for case in SEVERAL)
    code = "from tests.rules.invariants.test_safety import say_several; say_several()"
    there = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    assert there.stdout == here


def say_several() -> None:
    """Write what the pack decides of several cases, from a process of its own."""
    read, _ = load({name: text.encode() for name, text in PARCEL.items()})
    assert read is not None
    with Matcher(read) as matcher:
        decide = Decider(read, matcher).decide
        sys.stdout.buffer.write(b"\n".join(orjson.dumps(decide(case)) for case in SEVERAL))
