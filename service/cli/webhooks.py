"""The verb `webhooks`: who is told of what happens, and the sending for those who run it apart."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

import click

from service.auth import OWNER
from service.cli.context import InvalidUsage, opened
from service.i18n.filling import problem
from service.webhooks.signing import GRACE_HOURS, MOST_GRACE_HOURS

if TYPE_CHECKING:
    from service.ledger.store import Ledger
    from service.settings import Settings


@click.group()
def webhooks() -> None:
    """Tell other programs what happens, at hosts that REDRESS_WEBHOOK_HOSTS lists."""


@webhooks.command()
@click.argument("url")
@click.option(
    "--event", "events", multiple=True, required=True, metavar="EVENT", help="Such as decision.created; any number."
)
def add(url: str, events: tuple[str, ...]) -> None:
    """Tell URL of events from now on, and print the secret that signs them, this once."""
    from service.webhooks import endpoints
    from service.webhooks.events import EVENTS

    if unknown := set(events) - set(EVENTS):
        raise click.BadParameter(f"{', '.join(sorted(unknown))}: there are {', '.join(EVENTS)}", param_hint="--event")
    with _opened() as (ledger, settings):
        wanted = list(dict.fromkeys(events))
        added, secret = endpoints.add(ledger, OWNER.name, url, wanted, settings.webhook_hosts)
    click.echo(f"{added.id} is told of {', '.join(added.events)}\nsecret, shown this once: {secret}")


@webhooks.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def listed(as_json: bool) -> None:
    """List who is told of what."""
    from service.validation import json_text
    from service.webhooks import endpoints

    with _opened(reading=True) as (ledger, _), ledger.reading() as connection:
        found = endpoints.listed(connection)
    if as_json:
        click.echo(json_text.write({"items": [endpoint.as_json() for endpoint in found]}))
    else:
        for endpoint in found:
            click.echo(f"{endpoint.id}  {endpoint.url}  {' '.join(endpoint.events)}")


@webhooks.command()
@click.argument("id")
def remove(id: str) -> None:
    """Tell a webhook nothing more."""
    from service.webhooks import endpoints

    with _opened() as (ledger, _):
        endpoints.remove(ledger, OWNER.name, id)
    click.echo(f"{id} is told nothing more")


@webhooks.command()
@click.argument("id")
@click.option(
    "--grace-hours",
    type=click.IntRange(0, MOST_GRACE_HOURS),
    default=GRACE_HOURS,
    show_default=True,
    help="For which the secret before signs as well; 0 where it became known.",
)
def rotate(id: str, grace_hours: int) -> None:
    """Make another secret for a webhook and print it, this once."""
    from service.webhooks import endpoints

    with _opened() as (ledger, _):
        secret = endpoints.rotate(ledger, OWNER.name, id, grace_hours)
    click.echo(f"secret, shown this once: {secret}")


@webhooks.command()
@click.option("--once", is_flag=True, help="Deliver what is due now, and end: 1 where an attempt failed.")
def deliver(once: bool) -> None:
    """Deliver what waits, until a signal ends it; `redress serve` does so by itself."""
    from service.api import logs
    from service.webhooks.delivery import Deliverer

    with _opened() as (ledger, settings):
        deliverer = Deliverer(ledger, settings.webhook_hosts)
        if not once:
            logs.configure()
            deliverer.run(_ended_by_a_signal())
            return
        tally = deliverer.once()
    click.echo(f"{tally.delivered} delivered, {tally.failed} failed")
    sys.exit(1 if tally.failed else 0)


@contextmanager
def _opened(*, reading: bool = False) -> Iterator[tuple[Ledger, Settings]]:
    """Open the ledger of the settings; what is refused meanwhile is told and ends with 2."""
    from service.errors import DomainError

    with opened(reading=reading) as (ledger, settings):
        try:
            yield ledger, settings
        except DomainError as error:
            raise InvalidUsage(problem(error.code, "en", error.details)) from None


def _ended_by_a_signal() -> Event:
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
