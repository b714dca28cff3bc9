"""redress switch: switch machines off and on again."""

from __future__ import annotations

import click

from service.auth import OWNER
from service.casework.limits.scopes import ALL, EVERYONE, MERCHANT, SWITCHED
from service.cli.context import opened

FOLDED = "(a name with ~ stands in no decision yet; its spelling is folded: no capitals, blanks or signs)"

_scope = click.argument("scope", type=click.Choice(SWITCHED))
_name = click.argument("name", default=EVERYONE)
_reason = click.option("--reason", required=True, metavar="TEXT", help="Why; it stands in the ledger.")


@click.group()
def switch() -> None:
    """Switch off what machines do: all of it, or that of a pack, a rule (POLICY/RULE) or a merchant."""


@switch.command()
@_scope
@_name
@_reason
def on(scope: str, name: str, reason: str) -> None:
    """Turn a switch on: no machine acts on what it concerns, from now on and everywhere."""
    from service.casework.limits.switches import turn_on

    with opened() as (ledger, _), ledger.writing(OWNER.name) as writer:
        told = turn_on(writer, scope, _named(scope, name), reason)
    click.echo(f"switched off for machines: {scope} {name}")
    if not told["met"]:
        click.echo(f"no decision so far was of that {scope}; is the name right?", err=True)


@switch.command()
@_scope
@_name
@_reason
def off(scope: str, name: str, reason: str) -> None:
    """Turn a switch off: machines act again."""
    from service.casework.limits.switches import turn_off

    with opened() as (ledger, _), ledger.writing(OWNER.name) as writer:
        turn_off(writer, scope, _named(scope, name), reason)
    click.echo(f"left to machines again: {scope} {name}")


@switch.command("list")
def standing() -> None:
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
        raise click.UsageError("name the pack, rule or merchant; all machines together have no name")
    return name
