"""The engine and the evaluator agree on every rule, and both with the plain meaning of the policy's text."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from rules.compiling.load import load
from rules.compiling.pack import Pack
from rules.decide import BROKEN, ENGINE_DIFFERS, ENGINE_FAILED, Decider
from rules.deciding import tree, worlds
from rules.deciding.match import Matcher, differences, truths
from rules.language.condition import OPPOSITES
from rules.language.evaluator import Leaf, Truth
from rules.values.value import OPEN, Frame
from tests.support.budget import budget
from tests.support.plain_meaning import Meaning, View
from tests.support.random_cases import Case, random_cases, with_presumptions
from tests.support.random_packs import MARK, RandomPack
from tests.support.random_values import Node
from tests.support.yaml_text import Files

CASES: Final = budget(2_000, 20_000)
LEAST_SHARE: Final = 0.15
# The same packs on each run. A failure shows the whole pack and the case; making them smaller would take minutes.
FIXED: Final = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

SEEDS: Final = st.integers(0, 2**32)

Found = dict[int, list[Truth]]
Listener = Callable[[int, Frame, frozenset[tuple[int, int]]], None]


@dataclass
class Tally:
    """What was tried: packs, cases, and the truths of all rules in all cases."""

    cases: int = 0
    sizes: list[int] = field(default_factory=list)
    checked: int = 0
    found: Counter[Truth] = field(default_factory=Counter)
    tests: set[tuple[str, str, str]] = field(default_factory=set)  # the type of a fact, the operator, the right side

    def share(self, truth: Truth) -> float:
        """Return the share of rules with this truth."""
        return self.found[truth] / max(sum(self.found.values()), 1)

    def __str__(self) -> str:
        shares = ", ".join(f"{self.share(truth):.1%} {word}" for word, truth in WORDS.items())
        sizes = f"{min(self.sizes)} to {max(self.sizes)} rules, {sum(self.sizes):,} in all"
        return (
            f"{self.cases:,} cases of {len(self.sizes)} packs ({sizes}), {len(self.tests)} forms of test; "
            f"{sum(self.found.values()):,} truths: {shares}; {self.checked:,} cases against the plain meaning"
        )


WORDS: Final[dict[str, Truth]] = {"true": True, "false": False, "unknown": None}


class Listening(Matcher):
    """The engine of a pack, which passes each stratum's frame and true rules to a listener."""

    listener: Listener | None = None

    def __init__(self, pack: Pack) -> None:
        super().__init__(pack)
        self.pack = pack

    def true_rules(self, stratum: int, frame: Frame) -> frozenset[tuple[int, int]]:
        engine_true = super().true_rules(stratum, frame)
        if self.listener is not None:
            self.listener(stratum, frame, engine_true)
        return engine_true


def loaded(files: Files) -> Pack:
    """Load a random pack through the loader, which must take it."""
    pack, problems = load({name: text.encode() for name, text in files.items()})
    assert pack is not None, "\n".join([*map(str, problems), *files.values()])
    return pack


@contextmanager
def built(made: RandomPack) -> Iterator[Listening]:
    """Load a random pack and build its engine."""
    with Listening(loaded(made.files)) as matcher:
        yield matcher


def forms(leaf: Leaf) -> Iterator[tuple[str, str, str]]:
    """Yield the forms of a test: the type of its fact, its operator, and each kind of right side."""
    for side in leaf.test.operands or (None,):
        yield leaf.type.kind, leaf.test.op, type(side).__name__


class Trial:
    """One random pack under test."""

    def __init__(self, made: RandomPack, matcher: Listening, tally: Tally) -> None:
        self.pack, self.matcher, self.tally = matcher.pack, matcher, tally
        pack = matcher.pack
        self.texts = made.files
        self.decider, self.meaning = Decider(pack, matcher), Meaning(self.texts)
        self.kinds = {named.name: named.item for named in made.readable} | {"submitted_at": "instant"}
        sent = {*pack.vocabulary.facts, *pack.derived, *pack.parameters, "submitted_at"}
        self.answers = {name: pack.program.slots[name] for name in self.kinds if name not in sent}
        rules = [rule for policy in pack.program.policies for rule in policy.rules]
        tally.sizes.append(len(rules))
        tally.tests |= {form for rule in rules for leaf in rule.leaves for form in forms(leaf)}

    def run(self, case: Case, plainly: bool) -> None:
        """Compare engine, evaluator and, where asked for, the plain meaning on one case."""

        def listener(stratum: int, frame: Frame, engine_true: frozenset[tuple[int, int]]) -> None:
            program = self.pack.program
            found = {one.position: truths(one, frame) for one in program.policies if one.stratum == stratum}
            differing = differences(program, stratum, engine_true, found)
            assert not differing, self.results(case, differing)
            for all_of in found.values():
                self.tally.found.update(all_of)
            if plainly:
                self.compare(case, frame, found)

        self.matcher.listener = listener
        self.decider.run(case)
        self.matcher.listener = None
        self.tally.cases += 1
        self.tally.checked += plainly

    def compare(self, case: Case, frame: Frame, found: Found) -> None:
        """Compare what the evaluator found of a stratum with the plain meaning."""
        answers = {name: None if frame[slot] is OPEN else frame[slot] for name, slot in self.answers.items()}
        issue = frame[self.pack.program.slots[MARK]]
        view = View(self.meaning, case, issue, answers, self.kinds)
        for position, all_of in found.items():
            policy = self.pack.program.policies[position]
            plain = view.truths(self.meaning.policies[policy.policy.name])
            core = {bound.rule.id: truth for bound, truth in zip(policy.rules, all_of, strict=True)}
            wrong = [f"{rule}: {core[rule]}, plainly {plain[rule]}" for rule in core if core[rule] is not plain[rule]]
            assert not wrong, self.results(case, wrong)

    def decide(self, case: Case) -> None:
        """Decide a case in earnest: nothing may break, and no difference be noticed."""
        reasons = self.decider.decide(case)["automation"]["reasons"]
        codes = {reason.get("code") for reason in reasons}
        assert not codes & {ENGINE_DIFFERS, ENGINE_FAILED, BROKEN}, self.results(case, reasons)

    def failure_message(self, case: Case, wrong: list[Any]) -> str:
        """Tell what differs, with the pack and the case."""
        texts = "\n".join(f"# {name}\n{text}" for name, text in self.texts.items())
        return f"{wrong}\n{texts}\n{json.dumps(case, ensure_ascii=False)}"


def try_pack(made: RandomPack, cases: int, tally: Tally, plainly: int = 1) -> None:
    """Try a pack on random cases, every n-th of them against the plain meaning too."""
    with built(made) as matcher:
        trial = Trial(made, matcher, tally)
        *some, last = random_cases(made, Random(len(trial.texts["policies.yaml"])), cases + 1)
        for number, case in enumerate(some):
            trial.run(case, plainly=number % plainly == 0)
        trial.decide(last)


def unexplored(*_: Any) -> tree.Unexplored:
    """Spare the worlds of open facts, which are proved elsewhere."""
    return tree.Unexplored()


def test_engine_and_evaluator_agree(
    monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """Small packs are many and odd; medium and large ones show what only many rules do together."""
    monkeypatch.setattr(worlds.Explorer, "explore", unexplored)
    tally, began = Tally(), time.perf_counter()

    @settings(FIXED, max_examples=budget(25, 250))
    @given(st.integers(1, 12), SEEDS)
    def small(rules: int, seed: int) -> None:
        try_pack(RandomPack(Random(seed), rules), 50, tally)

    @settings(FIXED, max_examples=budget(8, 60))
    @given(st.integers(13, 80), SEEDS)
    def medium(rules: int, seed: int) -> None:
        try_pack(RandomPack(Random(seed), rules), 100, tally, plainly=4)

    @settings(FIXED, max_examples=budget(2, 15))
    @given(st.integers(100, 400), SEEDS)
    @example(400, 0)
    def large(rules: int, seed: int) -> None:
        try_pack(RandomPack(Random(seed), rules), 150, tally, plainly=15)

    small()
    medium()
    large()
    record_property("report", f"{tally}; {time.perf_counter() - began:.0f} s")
    assert tally.cases >= CASES
    assert all(tally.share(truth) >= LEAST_SHARE for truth in WORDS.values()), str(tally)
    kinds, operators, sides = map(set, zip(*tally.tests, strict=True))
    assert operators == set(OPPOSITES)
    assert kinds == {"yes_no", "one_of", "number", "ratio", "money", "instant", "date", "list", "shares", "text"}
    assert sides == {"Literal", "FactOperand", "ParameterOperand", "NoneType"}


# ---- what may not change a decision

SMALL: Final = settings(FIXED, max_examples=budget(15, 60))
SPARED: Final = ("digest", "changes", "presumptions")
small_packs: Final = st.builds(RandomPack, SEEDS.map(Random), st.integers(1, 12))


def essence(node: Any) -> Any:
    """Return a recommendation with its lists in one order, without what may differ."""
    if isinstance(node, dict):
        return {key: essence(part) for key, part in node.items() if key not in SPARED}
    return (
        sorted(map(essence, node), key=lambda part: json.dumps(part, sort_keys=True, default=str))
        if isinstance(node, list)
        else node
    )


@contextmanager
def deciding(files: Files) -> Iterator[Callable[[Case], Any]]:
    """Build a pack, and decide cases by it, each shown by its essence."""
    pack = loaded(files)
    with Matcher(pack) as matcher:
        decider = Decider(pack, matcher)
        yield lambda case: essence(decider.decide(case))


def compare(one: Files, other: Files, pairs: Sequence[tuple[Case, Case]]) -> None:
    """Decide the first case of each pair by one pack, the second by the other, and expect the same."""
    with deciding(one) as decide, deciding(other) as decide_other:
        for first, second in pairs:
            found, changed = decide(first), decide_other(second)
            differing = [f"{key}: {found[key]}, then {changed[key]}" for key in found if found[key] != changed[key]]
            assert not differing, "\n".join(
                [*differing, *one.values(), *other.values(), json.dumps([first, second], ensure_ascii=False)]
            )


@SMALL
@example(RandomPack(Random(116), 12), 29_424_945)  # the test of a derived fact stood before that of its own fact
@given(small_packs, SEEDS)
def test_the_order_of_rules_conditions_and_keys_never_matters(made: RandomPack, seed: int) -> None:
    cases = random_cases(made, Random(seed), 5)
    compare(made.files, made.reordered(Random(seed)), [(case, case) for case in cases])


@SMALL
@given(small_packs, SEEDS)
def test_the_order_of_rules_and_policies_never_shows(made: RandomPack, seed: int) -> None:
    """Not in the questions and what their answers change, nor in the order in which anything is shown."""
    cases, results = random_cases(made, Random(seed), 5), []
    for files in (made.files, made.with_rules_reordered(Random(seed))):
        pack = loaded(files)
        with Matcher(pack) as matcher:
            decider = Decider(pack, matcher)
            results.append([json.dumps(decider.decide(case)).replace(pack.digest, "") for case in cases])
    assert results[0] == results[1]


@SMALL
@given(small_packs, SEEDS)
def test_what_never_applies_changes_nothing(made: RandomPack, seed: int) -> None:
    made.parts["vocabulary.yaml"]["facts"]["never"] = {"type": "yes_no"}
    before, chance = made.files, Random(seed)
    idle: Node = {"policy": "idle", "answers": {"idle": "yes_no"}, "otherwise": {"idle": False}, "rules": []}
    made.policies.append(idle | {"rules": [{"id": "idle", "when": {"never": True}, "then": {"idle": True}}]})
    for rules in [policy["rules"] for policy in made.policies if "rules" in policy]:
        rule, engine_true = chance.choice(rules), [rule["then"] for rule in rules if "then" in rule]
        if engine_true:
            beside = {"id": f"{rule['id']}-never", "when": {"never": True}, "then": engine_true[0]}
            (rules if chance.random() < 0.5 else rule.setdefault("except", [])).append(beside)
    compare(
        before,
        made.files,
        [(case, case) for case in ({**case, "never": False} for case in random_cases(made, chance, 5))],
    )


@SMALL
@given(small_packs, SEEDS)
def test_a_presumed_value_that_is_sent_gives_the_same_remedy(made: RandomPack, seed: int) -> None:
    cases = random_cases(made, Random(seed), 10)
    compare(made.files, made.files, [(case, with_presumptions(made, case)) for case in cases])
