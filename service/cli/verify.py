"""`redress verify`: check the chain of the ledger and the tables that are derived from it."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from service.cli.context import InvalidUsage, opened, print_json
from service.cli.options import json_option

if TYPE_CHECKING:
    from service.audit.record import Report


@click.command()
@click.option("--head", metavar="HASH", help="An earlier head: its entry must still be in the chain.")
@json_option
def verify(head: str | None, as_json: bool) -> None:
    """List every entry that was changed, removed, added or moved, and every row that differs from the entries.

    Notes are not findings: a clock that was set back, or data that an earlier version did not record.

    A person with write access to the database could rewrite all of it. So keep the printed head in another place, and
    give it with --head the next time.
    """
    from service.audit.verification import verify as verified

    if head is not None and not re.fullmatch("[0-9a-f]{64}", head):
        raise InvalidUsage(f"--head needs the 64 hexadecimal digits that verify printed, not '{head[:80]}'")
    with opened(reading=True) as (ledger, _):
        report = verified(ledger, head)
    if as_json:
        print_json(report.as_json())
    else:
        _print(report)
    sys.exit(0 if report.sound else 1)


def _print(report: Report) -> None:
    for finding in (*report.record, *report.rows, *report.notes):
        click.echo(str(finding))
    if more := report.unlisted + report.unlisted_notes:
        click.echo(f"and {more} more")
    erased = f", of which {report.erased} have an erased payload" if report.erased else ""
    click.echo(f"{report.entries} entries{erased}")
    many = len(report.record) + len(report.rows) + report.unlisted
    notes = len(report.notes) + report.unlisted_notes
    also = f", {_count(notes, 'note')}" if notes else ""
    click.echo(("sound" if report.sound else _count(many, "finding")) + also)
    click.echo(f"head {report.head_seq} {report.head_hash}")


def _count(many: int, what: str) -> str:
    return f"{many} {what}{'' if many == 1 else 's'}"
