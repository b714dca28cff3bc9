"""Run a pack's policy tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from rules.compiling.pack import Pack
from rules.compiling.pack_files import parse
from rules.lab.expected import Difference, currency_of, incoherence, judge
from rules.lab.score import Judged, Score, score
from rules.lab.settings import problems_under
from rules.lab.trial import Branch, Trial, plain, read_trials
from rules.language.contract import AUTOMATIC
from rules.text.problem import Problem
from rules.values.json_values import show_decimal
from service.packs import TESTS, Ready, prepare, read_policies, read_tests
from service.validation.amounts import in_minor_units
from service.validation.issue import ValidationIssue


@dataclass(frozen=True, slots=True)
class BranchResult:
    """The result of one branch: passed, not runnable, or with differences."""

    trial: Trial
    branch: Branch
    problems: tuple[Problem, ...] = ()
    differences: tuple[Difference, ...] = ()
    automatic: bool = False  # a machine carries it out

    @property
    def passed(self) -> bool:
        """Check whether the recommendation was as expected."""
        return not self.problems and not self.differences

    def as_json(self) -> dict[str, Any]:
        """Return the result as `redress test --json` prints it."""
        return {
            "file": self.branch.place.file,
            "line": self.branch.place.line,
            "scenario": self.trial.scenario,
            "case": dict(self.trial.title),
            "branch": self.branch.name,
            "passed": self.passed,
            "problems": [problem.as_json() for problem in self.problems],
            "differences": [
                {"path": one.path, "expected": shown(one.expected), "found": shown(one.found)}
                for one in self.differences
            ],
        }


@dataclass(frozen=True, slots=True)
class Tests:
    """The tests of a pack's folder, and their problems."""

    __test__ = False
    trials: tuple[Trial, ...]
    problems: tuple[Problem, ...]

    def chosen(self, text: str) -> Iterator[tuple[Trial, Branch]]:
        """Yield the branches whose file, scenario, case or name contains a text."""
        for trial in self.trials:
            for branch in trial.branches:
                named = (branch.place.file, trial.scenario, *trial.title.values(), branch.name)
                if text.casefold() in "\n".join(named).casefold():
                    yield trial, branch


def score_of(results: Iterable[BranchResult]) -> Score:
    """Return the score of the branches that could run."""
    return score(Judged(one.branch.expect, one.differences, one.automatic) for one in results if not one.problems)


def read(folder: Path, tests: str = TESTS) -> Tests:
    """Read every test of a pack's folder, or its published cases."""
    files = [read_trials(content, file) for file, content in read_tests(folder, tests).items()]
    trials = tuple(trial for found, _ in files for trial in found)
    return Tests(trials, tuple(problem for _, problems in files for problem in problems))


def examples(folder: Path, pack: Pack) -> list[Any]:
    """Return the cases that a pack's tests mark as examples, as a caller would send them."""
    marked = {file: content for file, content in read_tests(folder).items() if b"\nexample: true" in content}
    found = [trial for file, content in marked.items() for trial in read_trials(content, file)[0]]
    return [shown(in_minor_units(trial.given, pack)) for trial in found if trial.example]


class Runner:
    """Decides branches, each with the pack under its own settings; packs stay loaded until it is closed."""

    def __init__(self, folder: Path) -> None:
        self.files = read_policies(folder)
        self.documents = parse(self.files)
        self.packs: dict[str, tuple[Ready | None, tuple[Problem, ...]]] = {}

    def problems(self) -> tuple[Problem, ...]:
        """Return the problems of the pack itself."""
        return self.pack({})[1]

    def run(self, trial: Trial, branch: Branch) -> BranchResult:
        """Decide a branch and judge the recommendation."""
        ready, problems = self.pack(branch.settings)
        problems = problems if ready is None else misfits(ready, branch)
        if ready is None or problems:
            return BranchResult(trial, branch, problems)
        found = ready.decide(in_minor_units(branch.dated, ready.pack))
        automatic = found["automation"]["mode"] in AUTOMATIC
        differences = (*judge(branch.expect, found), *incoherence(found))
        return BranchResult(trial, branch, differences=differences, automatic=automatic)

    def misfits(self, tests: Tests) -> tuple[Problem, ...]:
        """Return every branch whose case would be refused, and what is wrong with the pack under branches' settings."""
        ready, _ = self.pack({})
        if ready is None:
            return ()
        branches = [branch for _, branch in tests.chosen("")]
        under = {key_of(branch.settings): branch.settings for branch in branches}
        of_settings = [problem for settings in under.values() for problem in problems_under(ready.pack, settings)]
        return (*of_settings, *(problem for branch in branches for problem in misfits(ready, branch)))

    def pack(self, settings: Mapping[str, Any]) -> tuple[Ready | None, tuple[Problem, ...]]:
        """Return the pack under settings, loaded once for each."""
        key = key_of(settings)
        if key not in self.packs:
            self.packs[key] = prepare(self.files, settings, self.documents)
        return self.packs[key]

    def close(self) -> None:
        """Free the memory of the engines."""
        for ready, _ in self.packs.values():
            if ready is not None:
                ready.close()


def key_of(settings: Mapping[str, Any]) -> str:
    """Return a text that is the same for the same settings in any order."""
    return repr(sorted((name, plain(value)) for name, value in settings.items()))


def misfits(ready: Ready, branch: Branch) -> tuple[Problem, ...]:
    """Return what is wrong with the case of a branch, and with the amounts that it expects."""
    faults = ready.schema.faults(in_minor_units(branch.case, ready.pack))
    return (*(_misfit(branch, fault) for fault in faults), *_other_currencies(branch, ready.pack.currency))


def _other_currencies(branch: Branch, currency: str) -> tuple[Problem, ...]:
    """Return a problem for each expected amount in another currency than the pack's."""
    message = f"the amounts of this pack are in {currency}"
    hint = f"write the amount with its currency, such as '200 {currency}'"
    return tuple(
        Problem(node.place, "R401", message, hint) for node in branch.amounts if currency_of(node.text) != currency
    )


def _misfit(branch: Branch, fault: ValidationIssue) -> Problem:
    place, changed = branch.written_at(fault.pointer)
    whose = f"of branch '{branch.name}'" if changed else "that is given"
    return Problem(place, "R403", f"the case {whose}: {fault.pointer or '/'}: {fault.message('en')}")


def shown(value: Any) -> Any:
    """Return an expected value as JSON can carry it."""
    if isinstance(value, Fraction):
        return show_decimal(value)
    if isinstance(value, Mapping):
        return {key: shown(inner) for key, inner in value.items()}
    return [shown(item) for item in value] if isinstance(value, list) else value
