"""`redress cases`: list the cases of the ledger, show the timeline of one, and escalate missed deadlines."""

from __future__ import annotations

import sys
from typing import Any, Final

import click

from service.auth import OWNER
from service.cli.context import opened, opened_context, print_json
from service.cli.options import decided_pack_option, json_option
from service.i18n.texts import LANGUAGES

MOST_SHOWN: Final = 1000
COLUMNS: Final = ("no", "state", "opened_at", "severity", "order_no", "customer", "merchant", "handler")
NOTHING: Final = "-"

_language = click.option("--lang", "language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True)


@click.group(invoke_without_command=True)
@click.option("--state", help="Only cases in this state.")
@click.option("--customer", help="Only cases of this customer.")
@click.option("--order", help="Only cases of this order.")
@click.option("--merchant", help="Only cases of this merchant.")
@click.option("--handler", help="Only cases that this person handles.")
@click.option("--tag", help="Only cases with this tag.")
@click.option("--late", "overdue", is_flag=True, default=None, help="Only open cases with a missed deadline.")
@click.option(
    "--limit", type=click.IntRange(1, MOST_SHOWN), default=50, show_default=True, help="The most cases to list."
)
@json_option
@click.pass_context
def cases(context: click.Context, /, limit: int, as_json: bool, **filters: Any) -> None:
    """List the cases of the ledger, the newest first."""
    if context.invoked_subcommand is not None:
        return
    from service.casework.cases.listing import list_cases
    from service.casework.states import STATES
    from service.casework.visibility import WHOLE

    asked = {name: value for name, value in filters.items() if value is not None}
    if asked.get("state", STATES[0]) not in STATES:
        raise click.BadParameter(f"one of {', '.join(STATES)}", param_hint="--state")
    with opened(reading=True) as (ledger, _):
        items = [item for _, item in list_cases(ledger, WHOLE, asked, limit)]
    _print(items, ["  ".join(str(item[name] or NOTHING) for name in COLUMNS) for item in items], as_json)


@cases.command()
@click.argument("number")
@_language
@decided_pack_option
@json_option
def show(number: str, language: str, named: str | None, as_json: bool) -> None:
    """Show the timeline of the case NUMBER."""
    from service.casework.cases.timeline import printed, timeline
    from service.errors import DomainError

    with opened_context(named) as context:
        try:
            items = timeline(context, number, language) if as_json else []
            lines = [] if as_json else printed(context, number, language)
        except DomainError:
            raise click.UsageError(f"there is no case '{number}'; 'redress cases' lists them") from None
    _print(items, lines, as_json)


@cases.command()
@click.option("--escalate", is_flag=True, help="Escalate the deadlines that were not escalated yet.")
@decided_pack_option
@json_option
def overdue(escalate: bool, named: str | None, as_json: bool) -> None:
    """List the missed deadlines, the oldest first; exit 1 if there are any."""
    from service.casework.cases import overdue as missed
    from service.casework.visibility import WHOLE

    if escalate:
        with opened_context(named, reload=True) as context:
            items = missed.escalate(context, OWNER.name)
    else:
        with opened(reading=True) as (ledger, _):
            items = [item for _, item in missed.overdue(ledger, WHOLE, MOST_SHOWN)]
    _print(items, [_line(item) for item in items], as_json)
    sys.exit(1 if items and not escalate else 0)


def _line(item: dict[str, Any]) -> str:
    level = f" -> {item['mode']}" if item.get("mode") else ""
    return f"{item['due_at']}  {item['case_no']}  {item['clock']}  {item['on_timeout'] or NOTHING}{level}"


def _print(items: Any, lines: list[str], as_json: bool) -> None:
    if as_json:
        print_json({"items": items})
        return
    for line in lines:
        click.echo("".join(letter if letter.isprintable() else "\ufffd" for letter in line))
