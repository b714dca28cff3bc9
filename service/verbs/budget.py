"""redress budget: what machines may give away in a day."""

from __future__ import annotations

import click

from ..callers import OWNER
from .opening import opened

SCOPES = ("customer", "merchant", "category", "day")


@click.group()
def budget() -> None:
    """Show and set what machines may give away in a day."""


@budget.command("list")
@click.option("--day", metavar="YYYY-MM-DD", help="Show also what was taken on this day.")
def standing(day: str | None) -> None:
    """List the limits."""
    from ..desk import budgets

    with opened() as (ledger, _), ledger.reading() as connection:
        told = budgets.standing(connection, day or "")
    for one in told["items"]:
        click.echo(f"{one['scope']} {one['name']}  at most {one['most']} a day and {one['most_fen']} fen")
    for one in told["spent"]:
        click.echo(f"{one['scope']} {one['name']}  on {day}: {one['many']} and {one['fen']} fen")


@budget.command("set")
@click.argument("scope", type=click.Choice(SCOPES))
@click.argument("name")
@click.option("--most", type=click.IntRange(0, 2**53 - 1), required=True, help="How often in a day.")
@click.option("--fen", type=click.IntRange(0, 2**53 - 1), required=True, help="How much in a day, in minor units.")
def set_limit(scope: str, name: str, most: int, fen: int) -> None:
    """Set the limit of SCOPE for NAME; * is each customer, merchant or category by itself, or the day."""
    from ..desk import budgets

    with opened() as (ledger, _), ledger.writing(OWNER.name) as writer:
        told = budgets.set_limit(writer, scope, name, budgets.Limit(most, fen))
    click.echo(f"{told['scope']} {told['name']}  at most {told['most']} a day and {told['most_fen']} fen")
