"""Every policy test of a pack, decided once: the recommendation of each, and the rules that it reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules.compiling.pack import Pack
from rules.compiling.program import BoundRule
from rules.lab.trial import Branch, Trial
from rules.language.evaluator import Truth
from rules.values.value import Frame
from service.packs import Ready
from service.policy_tests import Runner, Tests, key_of, read
from service.validation.amounts import in_minor_units

Name = tuple[str, str]  # of a policy and of its rule


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """A branch of a policy test, what was decided, and the rules that were not false, or true, in some world."""

    trial: Trial
    branch: Branch
    ready: Ready
    found: Mapping[str, Any]
    reached: frozenset[Name]
    true: frozenset[Name]

    @property
    def case(self) -> Mapping[str, Any]:
        """Return the case as it was decided: dated, its amounts in minor units."""
        return case_of(self.branch, self.ready.pack)


def case_of(branch: Branch, pack: Pack) -> Any:
    """Return the case of a branch as a caller would send it: dated, its amounts in minor units."""
    return in_minor_units(branch.dated, pack)


class Walk:
    """The policy tests of one folder, each decided by the pack under its own settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tests: Tests = read(folder)
        self._runner = Runner(folder)
        self._reached: set[Name] = set()
        self._true: set[Name] = set()
        self._recorded: set[str] = set()
        self.ready = self.under({})
        self.walked = tuple(self._decided(trial, branch) for trial, branch in self.tests.chosen(""))

    @property
    def plain(self) -> tuple[Walked, ...]:
        """Return the branches that set nothing as a shop does."""
        return tuple(one for one in self.walked if not one.branch.settings)

    def under(self, settings: Mapping[str, Any]) -> Ready:
        """Return the pack under a shop's settings, whose rules are recorded."""
        ready, problems = self._runner.pack(settings)
        assert ready is not None, problems
        if (key := key_of(settings)) not in self._recorded:
            self._recorded.add(key)
            for name, bound in rules_of(ready.pack).items():
                object.__setattr__(bound, "check", self._noted(name, bound))
        return ready

    def close(self) -> None:
        """Free the engines."""
        self._runner.close()

    def _decided(self, trial: Trial, branch: Branch) -> Walked:
        ready = self.under(branch.settings)
        self._reached.clear()
        self._true.clear()
        found = ready.decide(case_of(branch, ready.pack))
        return Walked(trial, branch, ready, found, frozenset(self._reached), frozenset(self._true))

    def _noted(self, name: Name, bound: BoundRule) -> Any:
        check, reached, true = bound.check, self._reached, self._true

        def noted(frame: Frame) -> Truth:
            truth = check(frame)
            if truth is not False:
                reached.add(name)
                if truth:
                    true.add(name)
            return truth

        return noted


def rules_of(pack: Pack) -> dict[Name, BoundRule]:
    """Return the rules of a pack by their policies and ids."""
    return {(policy.policy.name, bound.rule.id): bound for policy in pack.program.policies for bound in policy.rules}
