"""Options that several commands share."""

from __future__ import annotations

from typing import Final

import click

json_option: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
pack_option: Final = click.option(
    "--pack",
    "named",
    metavar="DIR",
    help="The folder or the name of a pack. Default: the pack of FILE, or the only pack.",
)
