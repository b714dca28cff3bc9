"""`redress export`: write cases as CSV, or the ledger as JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from service.cli.context import opened_context, output_language
from service.cli.options import decided_pack_option, language_option
from service.validation import instants

if TYPE_CHECKING:
    from service.casework.context import CaseContext

LINES = "lines"


@click.command()
@click.option(
    "--sheet", "what", flag_value="sheet", default=True, help="CSV, one row per case: what was done (the default)."
)
@click.option("--record", "what", flag_value="record", help="CSV, one row per case: the complaint as it was received.")
@click.option("--lines", "what", flag_value=LINES, help="JSON lines, one per entry, with the data to check the chain.")
@click.option("--from", "since", metavar="DAY", help="The first day or instant, such as 2026-08-14T15:00:00+08:00.")
@click.option("--to", "until", metavar="DAY", help="The last day, or the first instant after the export.")
@click.option("-o", "--output", "path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@language_option
@decided_pack_option
def export(
    what: str, since: str | None, until: str | None, path: Path | None, language: str | None, named: str | None
) -> None:
    """Export cases or the whole ledger. Personal data is as the ledger keeps it; erased data is marked."""
    with opened_context(named) as context:
        zone = context.ready.pack.zone
        parts = _parts(
            context, what, output_language(context.ready.pack, language), _since(since, zone), _until(until, zone)
        )
        try:
            with nullcontext(sys.stdout.buffer) if path is None else path.open("wb") as stream:
                for part in parts:
                    stream.write(part)
        except OSError as error:
            if path is None and isinstance(error, BrokenPipeError):
                raise
            raise click.ClickException(f"cannot write '{path or 'standard output'}': {error.strerror}") from None


def _parts(
    context: CaseContext, what: str, language: str, since: datetime | None, until: datetime | None
) -> Iterator[bytes]:
    from service.export import entries, sheets
    from service.rendering import csv_text

    if what == LINES:
        return entries.lines(context.ledger, context.sight, since, until)
    return (line.encode() for line in csv_text.lines(sheets.rows(context, what, language, since, until)))


def _since(text: str | None, zone: ZoneInfo) -> datetime | None:
    try:
        return None if text is None else instants.since(text, zone)
    except ValueError as error:
        raise click.BadOptionUsage("since", f"--from needs {error}, not '{text}'") from None


def _until(text: str | None, zone: ZoneInfo) -> datetime | None:
    try:
        return None if text is None else instants.until(text, zone)
    except ValueError as error:
        raise click.BadOptionUsage("until", f"--to needs {error}, not '{text}'") from None
