"""The verb `replay`: does the same come of it again?"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from service.cli.context import InvalidUsage, opened
from service.validation import json_text

if TYPE_CHECKING:
    from service.audit.replay import Replayed


@click.command()
@click.argument("decisions", nargs=-1, metavar="[DECISION]...")
@click.option("--all", "every", is_flag=True, help="Every decision of the ledger.")
@click.option("--last", type=click.IntRange(1), metavar="N", help="The last N decisions.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def replay(decisions: tuple[str, ...], every: bool, last: int | None, as_json: bool) -> None:
    """Decide again from the ledger, each DECISION by the pack and at the instant of then, and compare the bytes."""
    from service.audit.replay import EQUAL, FINDINGS, replay_recorded, unknown
    from service.audit.replay import replay as replay_these
    from service.ledger.pack_archive import Archive

    if (bool(decisions), every, last is not None).count(True) != 1:
        raise InvalidUsage("say which decisions: their ids, --all or --last N")
    with opened(reading=True) as (ledger, _):
        ids = list(dict.fromkeys(decisions))
        if missing := len(unknown(ledger, ids)):
            told = f"not in the ledger: {missing} of {len(ids)} decisions; 'redress export --lines' tells their ids"
            raise InvalidUsage(told)
        archive = Archive(ledger)
        replayed = replay_these(archive, ids) if ids else replay_recorded(archive, last)
        counted = _print_json(replayed) if as_json else _tell(replayed, (EQUAL,) if not ids else ())
        archive.close()
    sys.exit(1 if any(counted[verdict] for verdict in FINDINGS) else 0)


def _tell(replayed: Iterable[Replayed], untold: Sequence[str]) -> Counter[str]:
    """Print what came of each, but for verdicts that are only counted, and return how many came to what."""
    counted: Counter[str] = Counter()
    for one in replayed:
        counted[one.verdict] += 1
        if one.verdict not in untold or one.engine:
            click.echo(str(one))
    each = ", ".join(f"{many} {verdict}" for verdict, many in sorted(counted.items()))
    click.echo(f"{counted.total()} replayed{': ' if each else ''}{each}")
    return counted


def _print_json(replayed: Iterable[Replayed]) -> Counter[str]:
    """Print one JSON object, each decision as it comes, and return how many came to what."""
    counted: Counter[str] = Counter()
    click.echo('{"decisions":[', nl=False)
    for one in replayed:
        click.echo("," if counted else "", nl=False)
        click.echo(json_text.write(one.as_json()), nl=False)
        counted[one.verdict] += 1
    verdicts = json_text.write(dict(counted)).decode()
    click.echo(f'],"replayed":{counted.total()},"verdicts":{verdicts}}}')
    return counted
