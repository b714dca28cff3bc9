"""Drop each rule, exception and row of a pack in turn, and name those that no policy test misses.

    python -m tests.survivors policies/cn [--file policies/cn/fresh.yaml]

A rule is dropped together with the exceptions under it. A branch of the tests is decided again only where the rule was
not false in it before: elsewhere nothing changes without it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from rules.decide import Decider
from rules.lab.expected import judge
from rules.lab.trial import Branch, plain
from rules.language.condition import Truth
from rules.load import load
from rules.pack import Pack
from rules.program import BoundRule
from rules.values.value import Frame
from service.packs import read_policies
from service.trials import read

Name = tuple[str, str]  # of a policy and of its rule


class Unasked:
    """Stands where the engine would: a pack that is changed in memory has only its evaluator."""

    version = "none"

    def true_rules(self, stratum: int, frame: Frame) -> None:
        """Find nothing, so that nothing is held against it."""


@dataclass(slots=True)
class Bench:
    """A pack under one set of shop's settings, whose rules can be taken out and put back."""

    pack: Pack
    decider: Decider
    rules: dict[Name, BoundRule]
    heard: set[Name] = field(default_factory=set)  # rules that were not false in some world
    true: set[Name] = field(default_factory=set)

    def decide(self, branch: Branch) -> dict[str, Any]:
        """Decide the case of a branch."""
        return self.decider.decide(branch.dated)

    def listen(self) -> None:
        """Note from now on each rule that is not false."""
        for name, bound in self.rules.items():
            object.__setattr__(bound, "check", self._noted(name, bound))

    def _noted(self, name: Name, bound: BoundRule) -> Any:
        check, heard, true = bound.check, self.heard, self.true

        def noted(frame: Frame) -> Truth:
            truth = check(frame)
            if truth is not False:
                heard.add(name)
                if truth:
                    true.add(name)
            return truth

        return noted

    @contextmanager
    def without(self, name: Name) -> Iterator[None]:
        """Decide as if a rule had never been written."""
        bound = self.rules[name]
        check = bound.check
        object.__setattr__(bound, "check", _never)
        try:
            yield
        finally:
            object.__setattr__(bound, "check", check)


def _likelihood(heard: tuple[bool, int, Branch]) -> tuple[bool, int]:
    return heard[:2]


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

    def __init__(self, folder: Path) -> None:
        self.files = read_policies(folder)
        self.benches: dict[str, Bench] = {}
        self.branches = [branch for _, branch in read(folder).chosen("")]
        self.result = Result()
        self.true: set[Name] = set()

    @property
    def pack(self) -> Pack:
        """Return the pack as it stands without any shop's settings."""
        return self._bench(None).pack

    def true_rules(self) -> set[Name]:
        """Return the rules that are true in some branch."""
        self._hear()
        return self.true

    def run(self, file: str = "") -> Result:
        """Drop each rule, or each of one file."""
        hearing = self._hear()
        for name, bound in self._bench(None).rules.items():
            if bound.rule.place.file.endswith(file):
                self.result.dropped += 1
                if not any(self._missed(name, branch) for branch in hearing.get(name, ())):
                    self.result.survivors.append((bound, name, len(hearing.get(name, ()))))
        return self.result

    def _hear(self) -> dict[Name, list[Branch]]:
        """Return, for each rule, the branches that it is not false in, the likeliest to miss it first."""
        hearing: dict[Name, list[tuple[bool, int, Branch]]] = {}
        for branch in self.branches:
            bench = self._bench(branch)
            bench.heard.clear()
            bench.true.clear()
            if judge(branch.expect, bench.decide(branch)):
                self.result.failing.append(f"{branch.place.file}: {branch.name}")
            for name in bench.heard:
                hearing.setdefault(name, []).append((name not in bench.true, -len(repr(branch.expect)), branch))
            self.true |= bench.true
        return {name: [branch for *_, branch in sorted(heard, key=_likelihood)] for name, heard in hearing.items()}

    def _missed(self, name: Name, branch: Branch) -> bool:
        bench = self._bench(branch)
        self.result.decisions += 1
        with bench.without(name):
            return bool(judge(branch.expect, bench.decide(branch)))

    def _bench(self, branch: Branch | None) -> Bench:
        settings = {} if branch is None else branch.settings
        key = repr(sorted((name, plain(value)) for name, value in settings.items()))
        if key not in self.benches:
            pack, problems = load(self.files, settings)
            if pack is None:
                raise click.ClickException("\n".join(map(str, problems)))
            rules = {
                (policy.policy.name, bound.rule.id): bound for policy in pack.program.policies for bound in policy.rules
            }
            bench = self.benches[key] = Bench(pack, Decider(pack, Unasked()), rules)  # type: ignore[arg-type]
            bench.listen()
        return self.benches[key]


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--file", default="", help="Drop the rules of this file only.")
def main(folder: Path, file: str) -> None:
    """Name the rules of a pack that no policy test misses."""
    result = Dropper(folder).run(file)
    for branch in result.failing:
        click.echo(f"fails with nothing dropped: {branch}")
    for bound, (policy, rule), heard in result.survivors:
        click.echo(f"{bound.rule.place}: {policy}/{rule} survives ({heard} branches hear it)")
    click.echo(f"{result.dropped} dropped, {len(result.survivors)} survive; {result.decisions} decisions")
    sys.exit(bool(result.survivors or result.failing))


if __name__ == "__main__":
    main()
