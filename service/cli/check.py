"""`redress check`: find the problems of packs and of their tests."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from rules.text.problem import Problem
from service import policy_tests
from service.cli.context import folders_of, print_json
from service.cli.options import json_option


@click.command()
@click.argument("pack", required=False)
@json_option
def check(pack: str | None, as_json: bool) -> None:
    """Print all problems of a pack and of its tests. Without PACK, check every pack."""
    found = {str(folder): _problems(folder) for folder in folders_of(pack)}
    if as_json:
        every = [problem.as_json() for problems in found.values() for problem in problems]
        print_json({"packs": list(found), "problems": every})
    else:
        for folder, problems in found.items():
            _print(folder, problems)
    sys.exit(1 if any(found.values()) else 0)


def _problems(folder: Path) -> tuple[Problem, ...]:
    read = policy_tests.read(folder)
    runner = policy_tests.Runner(folder)
    found = {*runner.problems(), *read.problems, *runner.misfits(read)}
    runner.close()
    return tuple(sorted(found))


def _print(folder: str, problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        click.echo(str(problem))
    click.echo(f"{folder}: {len(problems) or 'no'} problem{'' if len(problems) == 1 else 's'}")
