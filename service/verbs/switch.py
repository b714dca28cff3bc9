"""redress switch: switch machines off and on again."""

from __future__ import annotations

import click

from ..callers import OWNER
from .opening import opened

ON, OFF, LIST = "on", "off", "list"
SCOPES = ("all", "pack", "rule", "merchant")

_scope = click.argument("scope", type=click.Choice(SCOPES))
_name = click.argument("name", default="*")
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
    from ..desk.switches import turn_on

    with opened() as (ledger, _), ledger.writing(OWNER.name) as writer:
        told = turn_on(writer, scope, _named(scope, name), reason)
    click.echo(f"switched off for machines: {scope} {told['name']}")
    if not told["met"]:
        click.echo(f"no decision so far was of that {scope}; is the name right?", err=True)


@switch.command()
@_scope
@_name
@_reason
def off(scope: str, name: str, reason: str) -> None:
    """Turn a switch off: machines act again."""
    from ..desk.switches import turn_off

    with opened() as (ledger, _), ledger.writing(OWNER.name) as writer:
        told = turn_off(writer, scope, _named(scope, name), reason)
    click.echo(f"left to machines again: {scope} {told['name']}")


@switch.command("list")
def standing() -> None:
    """List the switches that are on."""
    from ..desk import switches

    with opened() as (ledger, _), ledger.reading() as connection:
        found = switches.standing(connection)
    for one in found:
        click.echo(f"{one['scope']} {one['name']}  since {one['since']} by {one['by']}: {one['reason']}")
    if not found:
        click.echo("no switch is on")


def _named(scope: str, name: str) -> str:
    if (scope == SCOPES[0]) != (name == "*"):
        raise click.UsageError("name the pack, rule or merchant; all machines together have no name")
    return name
