"""The verb `export`: cases as a sheet for people, or the ledger as JSON lines for an archive."""

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
from service.i18n.texts import LANGUAGES
from service.validation import instants

if TYPE_CHECKING:
    from service.casework.context import CaseContext

LINES = "lines"


@click.command()
@click.option(
    "--sheet", "what", flag_value="sheet", default=True, help="A CSV row a case: what was done (the default)."
)
@click.option("--record", "what", flag_value="record", help="CSV, a row a case: how it was taken in.")
@click.option(
    "--lines", "what", flag_value=LINES, help="A line of JSON an entry, with what it takes to check the chain."
)
@click.option("--from", "since", metavar="DAY", help="A day or an instant, such as 2026-08-14T15:00:00+08:00.")
@click.option("--to", "until", metavar="DAY", help="The last day, or the instant that is no longer in it.")
@click.option("-o", "--output", "path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--lang", "language", type=click.Choice(LANGUAGES), help="Language; else the pack's first.")
@click.option("--pack", "named", metavar="DIR", help="A pack's folder or name; else the one that decided.")
def export(
    what: str, since: str | None, until: str | None, path: Path | None, language: str | None, named: str | None
) -> None:
    """Take cases or the whole ledger out. Names and contacts come as they are kept; what was erased says so."""

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
        raise click.BadOptionUsage("since", f"--from wants {error}, not '{text}'") from None


def _until(text: str | None, zone: ZoneInfo) -> datetime | None:
    try:
        return None if text is None else instants.until(text, zone)
    except ValueError as error:
        raise click.BadOptionUsage("until", f"--to wants {error}, not '{text}'") from None
