"""`redress erase`: erase personal data from the ledger."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

import click

from service.auth import OWNER
from service.cli.context import InvalidUsage, opened, print_json
from service.cli.options import json_option

if TYPE_CHECKING:
    from service.casework.cases.erasing import Candidate, Erased, Which
    from service.ledger.store import Ledger
    from service.settings import Settings

LONGEST_REASON: Final = 200


@click.command()
@click.option("--customer", metavar="ID", help="All cases of a customer, on request.")
@click.option("--case", "case_no", metavar="NO", help="One case, on request.")
@click.option("--before", metavar="DATE", help="Cases that were closed before a day (UTC).")
@click.option("--retention", is_flag=True, help="Cases that were closed REDRESS_RETENTION_DAYS ago or earlier.")
@click.option("--reason", metavar="TEXT", default="", help="The reason; it is kept for ever, so write no names.")
@click.option("--force", is_flag=True, help="With --customer or --case: also end and erase open cases.")
@click.option("--dry-run", is_flag=True, help="Only show what would be erased.")
@json_option
def erase(
    customer: str | None,
    case_no: str | None,
    before: str | None,
    retention: bool,
    reason: str,
    force: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Erase the cases, texts and recommendations in the ledger; the chain stays sound and records it.

    Amounts, outcomes and times stay for accounting. The exit code is 1 if a case could not be erased.
    """
    from service.casework.cases import erasing

    if (customer, case_no, before).count(None) + (not retention) != 3:
        raise InvalidUsage("say what to erase: --customer ID, --case NO, --before DATE or --retention")
    if force and customer is None and case_no is None:
        raise InvalidUsage("--force needs --customer or --case: open cases are never erased because of their age")
    if not (reason.strip() or retention or dry_run) or len(reason) > LONGEST_REASON:
        raise InvalidUsage(f"give a reason with --reason, in up to {LONGEST_REASON} characters; it is kept for ever")
    with opened(reading=dry_run) as (ledger, settings):
        _require_case(ledger, case_no)
        day = _aged(ledger, settings) if retention else _day(before)
        if retention and day is None:
            raise InvalidUsage(
                "REDRESS_RETENTION_DAYS is 0, which keeps everything; set the days after which cases are erased"
            )
        which, because = _chosen(customer, case_no, day)
        if dry_run:
            with ledger.reading() as connection:
                _print_candidates(erasing.candidates(connection, which, force), as_json)
            return
        reason = reason.strip() or f"kept for {settings.retention_days} days"
        erased = erasing.erase(ledger, OWNER.name, which, because, reason, force)
    _print_erased(erased, as_json)
    sys.exit(1 if erased.left else 0)


def _chosen(customer: str | None, case_no: str | None, day: date | None) -> tuple[Which, str]:
    """Return the condition on the chosen cases, and why they are erased."""
    from service.casework.cases import erasing
    from service.ledger import retention
    from service.ledger.store import instant

    if day is not None:
        return erasing.ended_before(instant(datetime.combine(day, time(), UTC))), retention.RETENTION
    if case_no is not None:
        return erasing.of_case(case_no), retention.REQUEST
    return erasing.of_customer(customer or ""), retention.REQUEST


def _require_case(ledger: Ledger, case_no: str | None) -> None:
    """Stop if the named case does not exist: the operator would believe that it is erased."""
    from sqlalchemy import select

    from service.ledger.tables import CASES

    if case_no is None:
        return
    with ledger.reading() as connection:
        if connection.execute(select(CASES.c.no).where(CASES.c.no == case_no)).first() is None:
            raise InvalidUsage(f"there is no case '{case_no}'; 'redress cases' lists them")


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise InvalidUsage(f"--before needs a day such as 2026-08-14, not '{(text or '')[:40]}'") from None


def _aged(ledger: Ledger, settings: Settings) -> date | None:
    """Return the first day whose cases are kept."""
    days = settings.retention_days
    return ledger.now().astimezone(UTC).date() - timedelta(days) if days else None


def _print_candidates(found: list[Candidate], as_json: bool) -> None:
    if as_json:
        print_json({"cases": [one.as_json() for one in found]})
    for one in () if as_json else found:
        click.echo(f"{one.no}: {one.payloads} payloads, {_status(one)}")
    if not as_json:
        click.echo(f"{len(found)} cases; nothing was erased")


def _print_erased(erased: Erased, as_json: bool) -> None:
    if as_json:
        print_json(erased.as_json())
        return
    for one in erased.left:
        click.echo(f"{one.no}: not erased, {_status(one)}")
    click.echo(f"{len(erased.cases)} cases erased, {erased.payloads} payloads")


def _status(one: Candidate) -> str:
    from service.casework.cases.erasing import GOES_ON, PAYS

    reasons = {GOES_ON: "it is open: --force ends it", PAYS: "a payment is not confirmed: confirm it first"}
    return reasons.get(one.verdict, f"{one.state}, can be erased")
