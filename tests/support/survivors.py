"""Drop each rule, exception and row of a pack in turn, and name those that no policy test misses.

    python -m tests.support.survivors policies/cn [--file policies/cn/fresh.yaml]

A rule is dropped together with the exceptions under it. An exception to several rules is dropped as a whole, and then
from each of these rules alone. A branch of the tests is decided again only where the rule was
not false in it before: elsewhere nothing changes without it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click

from rules.compiling.program import BoundRule
from rules.decide import Decider
from rules.lab.expected import judge
from rules.language.evaluator import Truth
from rules.values.value import Frame
from service.policy_tests import key_of
from tests.support.walk import Name, Walk, Walked, rules_of


class Unasked:
    """Stands where the engine would: a pack that is changed in memory has only its evaluator."""

    version = "none"

    def true_rules(self, stratum: int, frame: Frame) -> None:
        """Find nothing, so that nothing is held against it."""


@contextmanager
def without(bound: BoundRule) -> Iterator[None]:
    """Decide as if a rule had never been written."""
    check = bound.check
    object.__setattr__(bound, "check", _never)
    try:
        yield
    finally:
        object.__setattr__(bound, "check", check)


@contextmanager
def apart(bound: BoundRule, rule: BoundRule) -> Iterator[None]:
    """Decide as if an exception to several rules did not name one of them."""
    parents, children = bound.parents, rule.children
    object.__setattr__(bound, "parents", tuple(one for one in parents if one != rule.position))
    object.__setattr__(rule, "children", tuple(one for one in children if one != bound.position))
    try:
        yield
    finally:
        object.__setattr__(bound, "parents", parents)
        object.__setattr__(rule, "children", children)


def _never(_: Frame) -> Truth:
    return False


@dataclass(slots=True)
class Result:
    """What came of it: rules that no test misses, and branches that fail although nothing is dropped."""

    dropped: int = 0
    decisions: int = 0
    survivors: list[tuple[BoundRule, Name, int]] = field(default_factory=list)
    failing: list[str] = field(default_factory=list)


class Dropper:
    """Drops the rules of one pack against its policy tests."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.rules = rules_of(walk.ready.pack)
        self.deciders: dict[str, tuple[Decider, dict[Name, BoundRule]]] = {}
        self.reaching = reaching(walk)

    def run(self, chosen: Callable[[Name, BoundRule], bool] = lambda name, bound: True) -> Result:
        """Drop each rule that is chosen."""
        result = Result(failing=[shown(one) for one in self.walk.walked if judge(one.branch.expect, one.found)])
        for name, bound in self.rules.items():
            if chosen(name, bound):
                reached = self.reaching.get(name, ())
                for target in ("", *self._targets(name, bound)):
                    result.dropped += 1
                    if not any(self._missed(name, target, one, result) for one in reached):
                        dropped = f"{name[1]} as an exception to {target}" if target else name[1]
                        result.survivors.append((bound, (name[0], dropped), len(reached)))
        return result

    def _targets(self, name: Name, bound: BoundRule) -> list[str]:
        """Return the rules that an exception to several rules names."""
        if len(bound.parents) < 2:
            return []
        return [
            one.rule.id
            for (policy, _), one in self.rules.items()
            if policy == name[0] and one.position in bound.parents
        ]

    def _missed(self, name: Name, target: str, one: Walked, result: Result) -> bool:
        decider, rules = self._changeable(one)
        result.decisions += 1
        with apart(rules[name], rules[name[0], target]) if target else without(rules[name]):
            return bool(judge(one.branch.expect, decider.decide(one.case)))

    def _changeable(self, one: Walked) -> tuple[Decider, dict[Name, BoundRule]]:
        key = key_of(one.branch.settings)
        if key not in self.deciders:
            decider = Decider(one.ready.pack, Unasked())  # type: ignore[arg-type]
            self.deciders[key] = decider, rules_of(one.ready.pack)
        return self.deciders[key]


def reaching(walk: Walk) -> dict[Name, list[Walked]]:
    """Return, for each rule, the branches that it is not false in, the likeliest to miss it first."""
    found: dict[Name, list[tuple[bool, int, int, Walked]]] = {}
    for at, one in enumerate(walk.walked):
        for name in one.reached:
            found.setdefault(name, []).append((name not in one.true, -len(repr(one.branch.expect)), at, one))
    return {name: [one for *_, one in sorted(reached)] for name, reached in found.items()}


def shown(one: Walked) -> str:
    """Return where a branch stands."""
    return f"{one.branch.place}: {one.branch.name}"


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--file", default="", help="Drop the rules of this file only.")
def main(folder: Path, file: str) -> None:
    """Name the rules of a pack that no policy test misses."""
    walk = Walk(folder)
    result = Dropper(walk).run(lambda _, bound: bound.rule.place.file.endswith(file))
    walk.close()
    for branch in result.failing:
        click.echo(f"fails with nothing dropped: {branch}")
    for bound, (policy, rule), reached in result.survivors:
        click.echo(f"{bound.rule.place}: {policy}/{rule} survives ({reached} branches reach it)")
    click.echo(f"{result.dropped} dropped, {len(result.survivors)} survive; {result.decisions} decisions")
    sys.exit(bool(result.survivors or result.failing))


if __name__ == "__main__":
    main()
