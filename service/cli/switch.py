"""`redress switch`: switch automatic execution off and on again."""

from __future__ import annotations

import click

from service.auth import OWNER
from service.casework.limits.scopes import ALL, EVERYONE, MERCHANT, SWITCHED
from service.cli.context import opened

FOLDED = "(a name with ~ is in no decision yet; it is kept without capitals, blanks and punctuation)"

_scope = click.argument("scope", type=click.Choice(SWITCHED))
_name = click.argument("name", default=EVERYONE)
_reason = click.option("--reason", required=True, metavar="TEXT", help="The reason; it is recorded in the ledger.")


@click.group()
def switch() -> None:
    """Switch off automatic execution: all of it, or that of a pack, a rule (POLICY/RULE) or a merchant."""


@switch.command()
@_scope
@_name
@_reason
def on(scope: str, name: str, reason: str) -> None:
    """Turn a switch on: from now on no machine acts within its scope."""
    from service.casework.limits.switches import turn_on

    with opened() as (ledger, _), ledger.writing(OWNER.name) as writer:
        switched = turn_on(writer, scope, _named(scope, name), reason)
    click.echo(f"switched off for machines: {scope} {name}")
    if not switched["met"]:
        click.echo(f"no decision so far has this {scope}: check the name", err=True)


@switch.command()
@_scope
@_name
@_reason
def off(scope: str, name: str, reason: str) -> None:
    """Turn a switch off: machines may act again."""
    from service.casework.limits.switches import turn_off

    with opened() as (ledger, _), ledger.writing(OWNER.name) as writer:
        turn_off(writer, scope, _named(scope, name), reason)
    click.echo(f"switched on for machines: {scope} {name}")


@switch.command("list")
def list_switches() -> None:
    """List the switches that are on."""
    from service.casework.limits import switches
    from service.casework.limits.naming import spellings

    with opened(reading=True) as (ledger, _), ledger.reading() as connection:
        found = switches.active(connection)
        known = spellings(connection, ((one["scope"], one["name"]) for one in found))
    folded = [one for one in found if one["scope"] == MERCHANT and (MERCHANT, one["name"]) not in known]
    if folded:
        click.echo(FOLDED)
    for one in found:
        name = f"~{one['name']}" if one in folded else known.get((one["scope"], one["name"]), one["name"])
        click.echo(f"{one['scope']} {name}  since {one['since']} by {one['by']}: {one['reason']}")
    if not found:
        click.echo("no switch is on")


def _named(scope: str, name: str) -> str:
    if (scope == ALL) != (name == EVERYONE):
        raise click.UsageError("name the pack, rule or merchant; the scope 'all' takes no name")
    return name
