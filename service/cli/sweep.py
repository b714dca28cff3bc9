"""`redress sweep`: hand unconfirmed claims of machines to people."""

from __future__ import annotations

import click

from service.auth import OWNER
from service.cli.context import opened


@click.command()
def sweep() -> None:
    """Hand claims that were not confirmed in time to a person; run it every few minutes."""
    from service.casework.executions import executions
    from service.casework.visibility import WHOLE

    with opened() as (ledger, _):
        late = executions.sweep(ledger, OWNER.name, WHOLE)
    for decision in late:
        click.echo(f"{decision} was not confirmed in time: a person must check it")
    if not late:
        click.echo("no claim is late")
