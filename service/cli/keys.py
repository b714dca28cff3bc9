"""`redress keys`: make API keys, list them, revoke them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from service.auth import ADDRESSES, CALLERS, GRANTED, MEANINGS, OWNER, SCOPES, Need, allowed
from service.cli.context import InvalidUsage, opened, print_json

if TYPE_CHECKING:
    from service.ledger.keys import Key


@click.group()
def keys() -> None:
    """Make, list and revoke the keys of whoever asks over HTTP.

    Until the first key is made the service answers this machine alone, as its owner. From then on each request needs
    a key, also after the last is revoked.
    """


@keys.command()
@click.argument("name")
@click.option("--role", type=click.Choice(CALLERS), required=True, help="Whose limits hold.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    help="What it may do, once for each; else what its role may.",
)
@click.option("--merchant", "merchants", multiple=True, help="Whose cases alone it sees and decides, once for each.")
def make(name: str, role: str, scopes: tuple[str, ...], merchants: tuple[str, ...]) -> None:
    """Make a key for NAME and print its token, this once."""
    from service.errors import InvalidKey
    from service.ledger.keys import make as make_key

    with opened() as (ledger, _):
        try:
            key, token = make_key(ledger, name, role, scopes, OWNER.name, merchants)
        except InvalidKey as error:
            raise InvalidUsage(str(error)) from None
    click.echo(_told(key), err=True)
    click.echo("keep the token, it is not shown again; send it as 'Authorization: Bearer TOKEN'", err=True)
    click.echo(token)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_keys(as_json: bool) -> None:
    """List all keys, revoked ones too; never their tokens."""
    from service.ledger.keys import every

    with opened(reading=True) as (ledger, _):
        found = every(ledger)
    if as_json:
        print_json({"items": [key.as_json() for key in found]})
    elif not found:
        click.echo("there has never been a key: the service answers this machine alone")
    for key in () if as_json else found:
        click.echo(_told(key))


@keys.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def roles(as_json: bool) -> None:
    """Show which scopes each role has, what each address asks of a key, and which roles may use it.

    A key needs one of the scopes that an address names. SEES says which part of the cases the address is about.
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
    """Revoke a key, from the next request on."""
    from service.errors import InvalidKey
    from service.ledger.keys import any_live
    from service.ledger.keys import revoke as revoke_key

    with opened() as (ledger, _):
        try:
            key = revoke_key(ledger, name_or_id, OWNER.name)
        except InvalidKey as error:
            raise InvalidUsage(str(error)) from None
        left = any_live(ledger)
    click.echo(f"revoked: {_told(key)}")
    if not left:
        click.echo("no key is left: the service answers nobody until another is made", err=True)


def _address(address: str) -> dict[str, object]:
    need = ADDRESSES[address]
    method, _, path = address.partition(" ")
    return {"method": method, "path": path, "part": need.part, "scopes": need.scopes, "roles": _roles(need)}


def _roles(need: Need) -> list[str]:
    return [role for role, scopes in GRANTED.items() if allowed(need, frozenset(scopes))]


def _told(key: Key) -> str:
    bound = "" if key.merchants is None else f" for {', '.join(key.merchants)}"
    ended = f", revoked {key.revoked_at}" if key.revoked_at else ""
    return f"{key.name}: {key.role}, may {' '.join(key.scopes)}{bound} ({key.id}, made {key.made_at}{ended})"
