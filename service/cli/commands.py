"""The command `redress`, with all its subcommands."""

from __future__ import annotations

import click

from service.cli.budget import budget
from service.cli.cases import cases
from service.cli.check import check
from service.cli.decide import decide
from service.cli.erase import erase
from service.cli.explain import explain
from service.cli.export import export
from service.cli.facts import facts
from service.cli.keys import keys
from service.cli.new import new
from service.cli.piping import PipedGroup
from service.cli.rebuild import rebuild
from service.cli.replay import replay
from service.cli.report import report
from service.cli.serve import serve
from service.cli.sweep import sweep
from service.cli.switch import switch
from service.cli.test import test
from service.cli.verify import verify
from service.cli.webhooks import webhooks


@click.group(cls=PipedGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="redress", message="%(prog)s %(version)s")
def redress() -> None:
    """Decide after-sales cases by policies in YAML.

    Exit codes: 0 success, 1 findings, 2 wrong usage.
    """


COMMANDS = (
    budget, cases, check, decide, erase, explain, export, facts, keys, new, rebuild, replay, report, serve, sweep,
    switch, test, verify, webhooks,
)  # fmt: skip
for command in COMMANDS:
    redress.add_command(command)
