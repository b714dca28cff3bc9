"""Measure a whole pack: how long it takes to load, and what decisions of its policy tests cost.

    python -m tests.bench.pack [policies/cn] [--beside FOLDER] [--json FILE]

`--beside` names an earlier state of the pack, whose policy tests both packs then decide in turns. Also reported: how
many policies are worked out for a case (median, most), and how often the bound on worlds was met.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import rules.decide
from rules.compiling.program import BoundPolicy
from rules.deciding.tree import Unexplored, leaves
from rules.deciding.walker import Outcome, Walker
from rules.values.value import Frame
from service.packs import Ready, prepare, read_policies
from service.policy_tests import read
from tests.bench.measure import Row, in_turns, save
from tests.support.walk import case_of

LOADS = 3

Case = Mapping[str, Any]


class Counting(Walker):
    """A walker that counts the policies that it evaluates."""

    evaluated = 0

    def evaluate(self, policy: BoundPolicy, frame: Frame) -> Outcome:
        """Count an evaluation."""
        Counting.evaluated += 1
        return super().evaluate(policy, frame)


def loaded(folder: Path) -> Ready:
    """Return a pack, ready to decide."""
    ready, problems = prepare(read_policies(folder))
    if ready is None:
        raise SystemExit("\n".join(map(str, problems)))
    return ready


def cases_of(folder: Path, packs: Sequence[Ready]) -> list[Case]:
    """Return the cases of a folder's policy tests that every pack takes."""
    branches = [branch for _, branch in read(folder).chosen("") if not branch.settings]
    cases = [case_of(branch, packs[0].pack) for branch in branches]
    return [case for case in cases if not any(ready.schema.faults(case) for ready in packs)]


def loading(folders: Sequence[Path]) -> list[Row]:
    """Return how long each pack takes from its files to a decider."""
    files = {str(folder): read_policies(folder) for folder in folders}
    subjects: dict[str, Callable[[int], object]] = {
        name: lambda _, name=name: prepare(files[name])[0].close()
        for name in files  # type: ignore[misc,union-attr]
    }
    return list(in_turns("load", 0, subjects, range(LOADS), seconds=0))


def runs(ready: Ready, cases: Sequence[Case]) -> str:
    """Say how many policies are worked out for a case, and how often a bound was met."""
    rules.decide.Walker = Counting  # type: ignore[misc]
    counts, bounded = [], 0
    for case in cases:
        Counting.evaluated = 0
        decided = ready.decider.run(case)
        counts.append(Counting.evaluated)
        bounded += any(isinstance(end, Unexplored) for end in leaves(decided.tree))
    rules.decide.Walker = Walker  # type: ignore[misc]
    policies = len(ready.pack.program.policies)
    return (
        f"{policies} policies; worked out a case: median {median(counts):g}, most {max(counts)}; "
        f"the bound on worlds was met {bounded} times in {len(cases)} cases"
    )


def main() -> None:
    """Measure, print, and write the rows."""
    parser = argparse.ArgumentParser(description="Measure a whole pack.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("policies/cn"))
    parser.add_argument("--beside", type=Path, help="an earlier state of the pack")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to this file too")
    options = parser.parse_args()
    folders = [options.folder, *([options.beside] if options.beside else [])]
    packs = [loaded(folder) for folder in folders]
    cases = cases_of(folders[-1], packs)
    deciding: dict[str, Callable[[Case], object]] = {
        str(folder): ready.decider.decide for folder, ready in zip(folders, packs, strict=True)
    }
    rows = [*loading(folders), *in_turns("decide", 0, deciding, cases, seconds=10)]
    for row in rows:
        print(f"{row.bench:<7} {row.subject:<30} {row.median_us / 1000:>9,.2f} ms (p95 {row.p95_us / 1000:,.2f})")
    for folder, ready in zip(folders, packs, strict=True):
        count = sum(len(policy.rules) for policy in ready.pack.policies)
        print(f"{folder}: {count} rules and rows; {runs(ready, cases_of(folder, [ready]))}")
    if options.json:
        save(rows, options.json)


if __name__ == "__main__":
    main()
