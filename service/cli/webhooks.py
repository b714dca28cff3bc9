"""`redress webhooks`: manage webhook endpoints, and deliver their messages."""

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
from service.cli.options import json_option
from service.i18n.filling import problem
from service.webhooks.signing import GRACE_HOURS, MOST_GRACE_HOURS

if TYPE_CHECKING:
    from service.ledger.store import Ledger
    from service.settings import Settings


@click.group()
def webhooks() -> None:
    """Send events to other programs, at the hosts in REDRESS_WEBHOOK_HOSTS."""


@webhooks.command()
@click.argument("url")
@click.option(
    "--event",
    "events",
    multiple=True,
    required=True,
    metavar="EVENT",
    help="An event such as decision.created; may be repeated.",
)
def add(url: str, events: tuple[str, ...]) -> None:
    """Send events to URL from now on, and print the secret that signs them; it is shown only once."""
    from service.webhooks import endpoints
    from service.webhooks.events import EVENTS

    if unknown := set(events) - set(EVENTS):
        raise click.BadParameter(
            f"{', '.join(sorted(unknown))}; the events are {', '.join(EVENTS)}", param_hint="--event"
        )
    with _opened() as (ledger, settings):
        wanted = list(dict.fromkeys(events))
        added, secret = endpoints.add(ledger, OWNER.name, url, wanted, settings.webhook_hosts)
    click.echo(f"{added.id} receives {', '.join(added.events)}\nsecret, shown only once: {secret}")


@webhooks.command("list")
@json_option
def list_webhooks(as_json: bool) -> None:
    """List the webhooks and their events."""
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
    """Remove a webhook, which receives nothing more."""
    from service.webhooks import endpoints

    with _opened() as (ledger, _):
        endpoints.remove(ledger, OWNER.name, id)
    click.echo(f"{id} is removed")


@webhooks.command()
@click.argument("id")
@click.option(
    "--grace-hours",
    type=click.IntRange(0, MOST_GRACE_HOURS),
    default=GRACE_HOURS,
    show_default=True,
    help="Hours in which the old secret signs too; 0 if it was disclosed.",
)
def rotate(id: str, grace_hours: int) -> None:
    """Make a new secret for a webhook and print it; it is shown only once."""
    from service.webhooks import endpoints

    with _opened() as (ledger, _):
        secret = endpoints.rotate(ledger, OWNER.name, id, grace_hours)
    click.echo(f"secret, shown only once: {secret}")


@webhooks.command()
@click.option("--once", is_flag=True, help="Deliver the due messages and exit; 1 if an attempt failed.")
def deliver(once: bool) -> None:
    """Deliver messages until a signal ends it; `redress serve` does this by itself."""
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
    """Open the ledger of the settings; print a refused operation and exit with 2."""
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
