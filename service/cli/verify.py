"""The verb `verify`: is the record as it was written?"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from service.cli.context import InvalidUsage, opened, print_json

if TYPE_CHECKING:
    from service.audit.record import Report


@click.command()
@click.option("--head", "noted", metavar="HASH", help="A head that was noted before: its entry has to be there still.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(noted: str | None, as_json: bool) -> None:
    """Name every entry of the ledger that was changed, removed, added or moved, and every row that disagrees with it.

    Notes are no findings: a clock that was put back, or what an earlier version did not record.

    Whoever can write to the database could rewrite all of it. So note the head that is printed somewhere else, and
    give it with --head the next time.
    """
    from service.audit.verification import verify as verified

    if noted is not None and not re.fullmatch("[0-9a-f]{64}", noted):
        raise InvalidUsage(f"--head wants the 64 hexadecimal digits that verify printed, not '{noted[:80]}'")
    with opened(reading=True) as (ledger, _):
        report = verified(ledger, noted)
    if as_json:
        print_json(report.as_json())
    else:
        _tell(report)
    sys.exit(0 if report.sound else 1)


def _tell(report: Report) -> None:
    for finding in (*report.record, *report.rows, *report.notes):
        click.echo(str(finding))
    if more := report.unlisted + report.unlisted_notes:
        click.echo(f"and {more} more")
    erased = f", of which {report.erased} say that they were erased" if report.erased else ""
    click.echo(f"{report.entries} entries{erased}")
    many = len(report.record) + len(report.rows) + report.unlisted
    notes = len(report.notes) + report.unlisted_notes
    noted = f", {_count(notes, 'note')}" if notes else ""
    click.echo(("sound" if report.sound else _count(many, "finding")) + noted)
    click.echo(f"head {report.head_seq} {report.head_hash}")


def _count(many: int, what: str) -> str:
    return f"{many} {what}{'' if many == 1 else 's'}"
