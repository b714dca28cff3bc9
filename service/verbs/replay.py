"""The verb `replay`: does the same come of it again?"""

from __future__ import annotations

import sys
from collections import Counter

import click

from .opening import Misuse, opened, print_json


@click.command()
@click.argument("decisions", nargs=-1, metavar="[DECISION]...")
@click.option("--all", "every", is_flag=True, help="Every decision of the ledger.")
@click.option("--last", type=click.IntRange(1), metavar="N", help="The last N decisions.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def replay(decisions: tuple[str, ...], every: bool, last: int | None, as_json: bool) -> None:
    """Decide again from the ledger, each DECISION by the pack and at the instant of then, and compare the bytes."""
    from ..desk.replay import EQUAL, FINDINGS, recorded
    from ..desk.replay import replay as replayed
    from ..ledger.archive import Archive

    if (bool(decisions), every, last is not None).count(True) != 1:
        raise Misuse("say which decisions: their ids, --all or --last N")
    with opened() as (ledger, _):
        archive = Archive(ledger)
        ids = list(dict.fromkeys(decisions)) or recorded(archive, last)
        counted: Counter[str] = Counter()
        told = []
        for one in replayed(archive, ids):
            counted[one.verdict] += 1
            if as_json:
                told.append(one.as_json())
            elif decisions or one.verdict != EQUAL or one.engine:
                click.echo(str(one))
        archive.close()
    if unknown := len(ids) - counted.total():
        raise Misuse(f"not in the ledger: {unknown} of {len(ids)} decisions; 'redress export --lines' tells their ids")
    if as_json:
        print_json({"replayed": counted.total(), "verdicts": dict(counted), "decisions": told})
    else:
        each = ", ".join(f"{many} {verdict}" for verdict, many in sorted(counted.items()))
        click.echo(f"{counted.total()} replayed{': ' if each else ''}{each}")
    sys.exit(1 if any(counted[verdict] for verdict in FINDINGS) else 0)
