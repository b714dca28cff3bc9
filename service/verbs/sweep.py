"""redress sweep: find what machines claimed and never confirmed."""

from __future__ import annotations

import click

from ..callers import OWNER


@click.command()
def sweep() -> None:
    """Give claims that were not confirmed in time to a person; run it every few minutes."""
    from ..commands import ledger_of_settings
    from ..desk import executions

    late = executions.sweep(ledger_of_settings(), OWNER.name)
    for decision in late:
        click.echo(f"{decision} was not confirmed in time: a person has to look")
    if not late:
        click.echo("no claim is late")
