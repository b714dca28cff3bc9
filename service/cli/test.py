"""`redress test`: run the policy tests of packs."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from rules.lab.score import Score
from rules.text.problem import Problem
from service import policy_tests
from service.cli.context import folders_of, print_json
from service.cli.options import json_option
from service.packs import PUBLISHED, TESTS
from service.validation import json_text

LONGEST_VALUE: Final = 300  # printed characters of an expected or found value


@dataclass(frozen=True, slots=True)
class Results:
    """The problems of packs, and the verdict of each branch that was run."""

    problems: tuple[Problem, ...]
    verdicts: tuple[policy_tests.BranchResult, ...]

    @property
    def passed(self) -> int:
        """Count the branches that passed."""
        return sum(verdict.passed for verdict in self.verdicts)

    @property
    def with_problems(self) -> int:
        """Count the problems and the branches that could not run."""
        return len(self.problems) + sum(bool(verdict.problems) for verdict in self.verdicts)

    @property
    def failed(self) -> int:
        """Count the branches that ran and failed."""
        return sum(not verdict.passed and not verdict.problems for verdict in self.verdicts)

    @property
    def score(self) -> Score:
        """Return how far the branches that ran are right."""
        return policy_tests.score_of(self.verdicts)

    def as_json(self) -> dict[str, Any]:
        """Return the results as `--json` prints them."""
        return {
            "passed": self.passed,
            "failed": self.failed,
            "with_problems": self.with_problems,
            "problems": [problem.as_json() for problem in self.problems],
            "score": self.score.as_json(),
            "branches": [verdict.as_json() for verdict in self.verdicts],
        }


@click.command()
@click.argument("pack", required=False)
@click.option(
    "-k", "text", default="", metavar="TEXT", help="Only branches whose file, scenario, case or name contains TEXT."
)
@click.option("--published", is_flag=True, help="Decide the published cases instead, and print how far they are right.")
@json_option
def test(pack: str | None, text: str, published: bool, as_json: bool) -> None:
    """Run the policy tests of a pack. Without PACK, run those of every pack."""
    folders = folders_of(pack)
    results = _run(folders, text, PUBLISHED if published else TESTS)
    if as_json:
        print_json(results.as_json())
    else:
        _print(results, folders, text)
        if published:
            _print_score(results.score)
    sys.exit(0 if results.verdicts and not results.failed and not results.with_problems else 1)


def _run(folders: Iterable[Path], text: str, tests: str) -> Results:
    """Run the branches that contain a text; a pack with problems runs none."""
    problems: list[Problem] = []
    verdicts: list[policy_tests.BranchResult] = []
    for folder in folders:
        read = policy_tests.read(folder, tests)
        runner = policy_tests.Runner(folder)
        if not runner.problems():
            verdicts += [runner.run(*chosen) for chosen in read.chosen(text)]
        problems += (*runner.problems(), *read.problems)
        runner.close()
    return Results(tuple(problems), tuple(verdicts))


def _print(results: Results, folders: Iterable[Path], text: str) -> None:
    """Print each problem once, however many branches it stops, then the branches that fail, then the counts."""
    of_branches = (problem for verdict in results.verdicts for problem in verdict.problems)
    for problem in dict.fromkeys((*results.problems, *of_branches)):
        click.echo(str(problem))
    for verdict in results.verdicts:
        if verdict.differences:
            _print_failure(verdict)
    if not results.verdicts and not results.problems:
        packs = " and ".join(map(str, folders))
        click.echo(f"no branch of {packs} contains '{text}'" if text else f"there are no tests in {packs}")
    unusable = f", {results.with_problems} with problems" if results.with_problems else ""
    click.echo(f"{results.passed} passed, {results.failed} failed{unusable}")


def _print_score(score: Score) -> None:
    rows = {**score.parts, "in every part": score.whole, "for a machine, and right": score.automatic}
    shown = {name: share for name, share in rows.items() if share.of}
    width = max(map(len, shown), default=0)
    for name, share in shown.items():
        click.echo(f"{name:{width}}  {share.right:4} of {share.of:4}  {100 * share.right // share.of:3} %")
    click.echo(f"carried out by a machine and wrong: {score.wrongly_automatic}")


def _print_failure(verdict: policy_tests.BranchResult) -> None:
    title = " ".join(filter(None, (verdict.trial.scenario, next(iter(verdict.trial.title.values()), ""))))
    click.echo(f"FAILED {verdict.branch.place}: {title} / {verdict.branch.name}")
    for one in verdict.differences:
        click.echo(f"    {one.path}: expected {_shown(one.expected)}, found {_shown(one.found)}")


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json_text.write(policy_tests.shown(value)).decode()
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]} ... (all of it with --json)"
