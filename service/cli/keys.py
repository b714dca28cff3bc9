"""`redress keys`: make API keys, list them, revoke them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from service.auth import ADDRESSES, CALLERS, GRANTED, MEANINGS, OWNER, SCOPES, Need, allowed
from service.cli.context import InvalidUsage, opened, print_json
from service.cli.options import json_option

if TYPE_CHECKING:
    from service.ledger.keys import Key


@click.group()
def keys() -> None:
    """Make, list and revoke the API keys of the HTTP service.

    Until the first key is made, the service answers only this machine, as its owner. After that each request needs a
    key, even if all keys are revoked.
    """


@keys.command()
@click.argument("name")
@click.option("--role", type=click.Choice(CALLERS), required=True, help="The role whose limits apply.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    help="A scope of the key; may be repeated. Default: the scopes of its role.",
)
@click.option(
    "--merchant", "merchants", multiple=True, help="Bind the key to the cases of this merchant; may be repeated."
)
def make(name: str, role: str, scopes: tuple[str, ...], merchants: tuple[str, ...]) -> None:
    """Make a key for NAME and print its token; it is shown only once."""
    from service.errors import InvalidKey
    from service.ledger.keys import make as make_key

    with opened() as (ledger, _):
        try:
            key, token = make_key(ledger, name, role, scopes, OWNER.name, merchants)
        except InvalidKey as error:
            raise InvalidUsage(str(error)) from None
    click.echo(_line(key), err=True)
    click.echo("keep the token: it is not shown again; send it as 'Authorization: Bearer TOKEN'", err=True)
    click.echo(token)


@keys.command("list")
@json_option
def list_keys(as_json: bool) -> None:
    """List all keys, including revoked ones, without their tokens."""
    from service.ledger.keys import every

    with opened(reading=True) as (ledger, _):
        found = every(ledger)
    if as_json:
        print_json({"items": [key.as_json() for key in found]})
    elif not found:
        click.echo("there has never been a key: the service answers only this machine")
    for key in () if as_json else found:
        click.echo(_line(key))


@keys.command()
@json_option
def roles(as_json: bool) -> None:
    """Show the scopes of each role, the scopes that each address needs, and the roles that may use it.

    A key needs one of the scopes of an address. SEES is the part of the cases that the address covers.
    """
    if as_json:
        print_json({"roles": GRANTED, "addresses": [_address(name) for name in ADDRESSES]})
        return
    for role, scopes in GRANTED.items():
        click.echo(f"{role:<12}{' '.join(scopes)}")
    click.echo(f"\n{'ADDRESS':<56}{'SCOPES':<35}{'SEES':<11}ROLES")
    for address, need in ADDRESSES.items():
        roles = _roles(need)
        who = "every role" if len(roles) == len(CALLERS) else " ".join(roles)
        click.echo(f"{address:<56}{'|'.join(need.scopes) or '-':<35}{need.part:<11}{who}")
    click.echo("")
    for part, meaning in MEANINGS.items():
        click.echo(f"{part:<11}{meaning}")


@keys.command()
@click.argument("name_or_id")
def revoke(name_or_id: str) -> None:
    """Revoke a key; the next request with it is refused."""
    from service.errors import InvalidKey
    from service.ledger.keys import any_live
    from service.ledger.keys import revoke as revoke_key

    with opened() as (ledger, _):
        try:
            key = revoke_key(ledger, name_or_id, OWNER.name)
        except InvalidKey as error:
            raise InvalidUsage(str(error)) from None
        left = any_live(ledger)
    click.echo(f"revoked: {_line(key)}")
    if not left:
        click.echo("no key is left: the service refuses every request until a new one is made", err=True)


def _address(address: str) -> dict[str, object]:
    need = ADDRESSES[address]
    method, _, path = address.partition(" ")
    return {"method": method, "path": path, "part": need.part, "scopes": need.scopes, "roles": _roles(need)}


def _roles(need: Need) -> list[str]:
    return [role for role, scopes in GRANTED.items() if allowed(need, frozenset(scopes))]


def _line(key: Key) -> str:
    bound = "" if key.merchants is None else f" for {', '.join(key.merchants)}"
    ended = f", revoked {key.revoked_at}" if key.revoked_at else ""
    return f"{key.name}: {key.role}, may {' '.join(key.scopes)}{bound} ({key.id}, made {key.made_at}{ended})"
