"""`redress report`: print a report on cases as a table, as CSV or as JSON."""

from __future__ import annotations

import sys
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from service.cli.context import opened_context, output_language
from service.cli.options import decided_pack_option, language_option
from service.cli.piping import PipedConsole
from service.i18n.texts import LANGUAGES

if TYPE_CHECKING:
    from service.reports.report import Report


WIDE = 200  # columns without a terminal
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("name", required=False)
@click.option("--from", "first", type=_DAY, help="The first day, in the pack's time zone.")
@click.option("--to", "last", type=_DAY, help="The last day. Default: today.")
@click.option("--group", type=click.Choice(("day", "week", "month")), help="Group by day, week or month.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV for spreadsheets.")
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@language_option
@decided_pack_option
def report(
    name: str | None,
    first: datetime | None,
    last: datetime | None,
    group: str | None,
    form: str | None,
    language: str | None,
    named: str | None,
) -> None:
    """Print the report NAME. Without NAME, list the reports."""
    from service.reports import catalog

    if name is None:
        _list(language or LANGUAGES[0], form)
        return
    if name not in catalog.REPORTS:
        raise click.BadArgumentUsage(f"there is no report '{name}'; the reports are: {', '.join(catalog.REPORTS)}")
    if group is not None and not catalog.REPORTS[name].grouped:
        raise click.BadOptionUsage("group", f"report {name} cannot be grouped; leave out --group")
    with opened_context(named) as context:
        of = catalog.period(context, name, _day(first), _day(last), group)
        if of.first > of.last:
            raise click.BadOptionUsage("from", f"{of.first} comes after {of.last}")
        _print(catalog.report(context, name, of, output_language(context.ready.pack, language)), form)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _list(language: str, form: str | None) -> None:
    from service.reports.catalog import described
    from service.validation import json_text

    found = described(language)
    if form == "json":
        click.echo(json_text.write({"items": found}))
        return
    for one in found:
        click.echo(f"{one['name']:<12} {one['about']}")


def _print(made: Report, form: str | None) -> None:
    from service.rendering import csv_text
    from service.validation import json_text

    if form == "json":
        click.echo(json_text.write(made.as_json()))
    elif form == "csv":
        for line in csv_text.lines(made.table()):
            sys.stdout.buffer.write(line.encode())
    else:
        _lay_out(made)


def _lay_out(made: Report) -> None:
    """Print a table: names left-aligned, numbers right-aligned."""
    from rich.table import Table

    from service.i18n.reports import UNITS

    days = made.asked.period
    table = Table(title=f"{made.title}  {days.first} – {days.last}", title_justify="left", box=None, pad_edge=False)
    for name, header in zip(made.columns, made.headers(), strict=True):
        table.add_column(header, justify="right" if name in UNITS else "left", overflow="fold")
    for row in list(made.table())[1:]:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console = PipedConsole(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = WIDE
    console.print(table)
