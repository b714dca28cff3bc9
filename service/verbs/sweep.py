"""redress sweep: find what machines claimed and never confirmed."""

from __future__ import annotations

import click

from ..callers import OWNER
from .opening import opened


@click.command()
def sweep() -> None:
    """Give claims that were not confirmed in time to a person; run it every few minutes."""
    from ..desk import executions
    from ..desk.sight import WHOLE

    with opened() as (ledger, _):
        late = executions.sweep(ledger, OWNER.name, WHOLE)
    for decision in late:
        click.echo(f"{decision} was not confirmed in time: a person has to look")
    if not late:
        click.echo("no claim is late")
