"""`redress serve`: run the HTTP service."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from service import policy_tests
from service.auth import OWNER
from service.cli.context import InvalidUsage, folder_of, folders_of, ledger_of, ready_of, settings_of
from service.errors import CannotListen
from service.settings import describe_settings


class WithSettings(click.Command):
    """A command whose help also lists the settings."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the settings as declared in `service.settings`."""
        settings = describe_settings()
        with formatter.section("Settings (environment variables)"):
            formatter.write_dl([(one.variable, f"{one.help} [{one.type}; default: {one.default}]") for one in settings])


@click.command(cls=WithSettings)
@click.option(
    "--pack", "named", metavar="DIR", help="The folder or the name of a pack. Default: REDRESS_PACK, or the first pack."
)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes any free port.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="A loopback address; any other once there is a key."
)
def serve(named: str | None, port: int, host: str) -> None:
    """Run the HTTP service, for this machine only until there is a key (redress keys)."""
    from service.api import logs, metrics, server
    from service.api.app import create_app
    from service.casework.executions.executions import sweep
    from service.casework.visibility import WHOLE
    from service.ledger.keys import any_live
    from service.webhooks.delivery import Deliverer
    from service.webhooks.leader_lock import LeaderLock

    settings = settings_of()
    folder = _folder(named or settings.pack)
    ready = ready_of(folder)
    ledger = ledger_of(settings)
    try:
        listener = server.listen(host, port, everywhere=(is_keyed := any_live(ledger)))
    except CannotListen as error:
        raise InvalidUsage(str(error)) from None
    greeting = f"{server.address_of(listener)} decides by pack {ready.pack.name} of {folder}, ledger {ledger.name}"
    ledger.close()
    logs.configure()
    if settings.proxies and not is_keyed:
        logs.LOG.warning(logs.NO_KEY)
    metrics.count_together()
    config = {
        "PACK": ready,
        "LEDGER": ledger,
        "SETTINGS": settings,
        "EXAMPLES": policy_tests.examples(folder, ready.pack),
    }
    deliverer = Deliverer(ledger, settings.webhook_hosts, upkeep=partial(sweep, ledger, OWNER.name, WHOLE))
    server.serve(create_app(config), listener, greeting, beside=LeaderLock(deliverer))


def _folder(named: str) -> Path:
    """Return the folder of the named pack, or of the first pack by name, with a message if there are several."""
    if named:
        return folder_of(named)
    first, *others = folders_of(None)
    if others:
        names = ", ".join(folder.name for folder in others)
        click.echo(f"no pack is named: using {first.name}; --pack or REDRESS_PACK selects another: {names}", err=True)
    return first
