"""`redress replay`: decide recorded cases again and compare the results."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from service.cli.context import InvalidUsage, opened
from service.cli.options import json_option
from service.validation import json_text

if TYPE_CHECKING:
    from service.audit.replay import Replayed


@click.command()
@click.argument("decisions", nargs=-1, metavar="[DECISION]...")
@click.option("--all", "every", is_flag=True, help="Every decision of the ledger.")
@click.option("--last", type=click.IntRange(1), metavar="N", help="The last N decisions.")
@json_option
def replay(decisions: tuple[str, ...], every: bool, last: int | None, as_json: bool) -> None:
    """Decide recorded cases again, each by its pack and at its instant, and compare the bytes of the results."""
    from service.audit.replay import EQUAL, FINDINGS, replay_recorded, unknown
    from service.audit.replay import replay as replay_these
    from service.ledger.pack_archive import Archive

    if (bool(decisions), every, last is not None).count(True) != 1:
        raise InvalidUsage("name the decisions: their ids, --all or --last N")
    with opened(reading=True) as (ledger, _):
        ids = list(dict.fromkeys(decisions))
        if missing := len(unknown(ledger, ids)):
            why = f"not in the ledger: {missing} of {len(ids)} decisions; 'redress export --lines' lists their ids"
            raise InvalidUsage(why)
        archive = Archive(ledger)
        replayed = replay_these(archive, ids) if ids else replay_recorded(archive, last)
        counted = _print_json(replayed) if as_json else _print(replayed, (EQUAL,) if not ids else ())
        archive.close()
    sys.exit(1 if any(counted[verdict] for verdict in FINDINGS) else 0)


def _print(replayed: Iterable[Replayed], unlisted: Sequence[str]) -> Counter[str]:
    """Print each result, except verdicts that are only counted, and return the count of each verdict."""
    counted: Counter[str] = Counter()
    for one in replayed:
        counted[one.verdict] += 1
        if one.verdict not in unlisted or one.engine:
            click.echo(str(one))
    each = ", ".join(f"{many} {verdict}" for verdict, many in sorted(counted.items()))
    click.echo(f"{counted.total()} replayed{': ' if each else ''}{each}")
    return counted


def _print_json(replayed: Iterable[Replayed]) -> Counter[str]:
    """Print one JSON object as the results arrive, and return the count of each verdict."""
    counted: Counter[str] = Counter()
    click.echo('{"decisions":[', nl=False)
    for one in replayed:
        click.echo("," if counted else "", nl=False)
        click.echo(json_text.write(one.as_json()), nl=False)
        counted[one.verdict] += 1
    verdicts = json_text.write(dict(counted)).decode()
    click.echo(f'],"replayed":{counted.total()},"verdicts":{verdicts}}}')
    return counted
