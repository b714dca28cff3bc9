"""`redress rebuild`: rebuild the projected tables from the chain."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from service.cli.context import opened, print_json
from service.cli.options import json_option
from service.errors import LedgerUnsound

if TYPE_CHECKING:
    from service.audit.rebuild import Rebuilt


@click.command()
@json_option
def rebuild(as_json: bool) -> None:
    """Rebuild the projected tables from the entries of the chain, in one transaction.

    Data that no entry contains stays as it is, and is listed: packs, data of erased payloads, queries and secrets of
    endpoints, messages, requests with an idempotency key, counters that are ahead. A chain that is not sound is
    refused.
    """
    from service.audit.rebuild import rebuild as rebuilt

    with opened() as (ledger, _):
        try:
            done = rebuilt(ledger)
        except LedgerUnsound as error:
            click.echo(str(error), err=True)
            sys.exit(1)
    if as_json:
        print_json(done.as_json())
    else:
        _print(done)
    sys.exit(0 if done.sound else 1)


def _print(done: Rebuilt) -> None:
    from service.audit.rebuild import KEPT

    for change in done.changes:
        click.echo(
            f"{change.table}: {change.rows} rows, {change.changed} changed, {change.added} added, "
            f"{change.removed} removed"
        )
        for name in change.unmade:
            click.echo(f"{change.table} {name}: too little is recorded to rebuild this row")
    for kept in KEPT:
        click.echo(f"kept: {kept}")
    for finding in done.report.rows:
        click.echo(str(finding))
    click.echo("sound" if done.sound else "not sound: see 'redress verify'")
