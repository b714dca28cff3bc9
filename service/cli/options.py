"""Options that several commands share."""

from __future__ import annotations

from typing import Final

import click

from service.i18n.texts import LANGUAGES

STANDARD: Final = "-"  # as a file: standard input or output

json_option: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
pack_option: Final = click.option(
    "--pack",
    "named",
    metavar="DIR",
    help="The folder or the name of a pack. Default: around FILE, as the case names it, or the only one.",
)
decided_pack_option: Final = click.option(
    "--pack", "named", metavar="DIR", help="The folder or the name of a pack. Default: the only pack that has decided."
)
language_option: Final = click.option(
    "--lang",
    "language",
    type=click.Choice(LANGUAGES),
    help="Language of the output. Default: the first language of the pack.",
)
