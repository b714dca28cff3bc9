"""`redress budget`: show and set what machines may give in a day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from service.auth import OWNER
from service.casework.limits.scopes import BUDGETED
from service.cli.context import language_and_money, opened
from service.cli.options import decided_pack_option, language_option
from service.i18n.filling import Say, fill
from service.i18n.texts import Texts

LIMIT: Final[Texts] = {
    "zh": "{scope:budget()} {name}  每天最多 {most} 次，合计 {most_fen:money}",
    "en": "{scope} {name}  at most {most} a day and {most_fen:money} in all",
}
SPENT: Final[Texts] = {
    "zh": "{scope:budget()} {name}  {day} 已用 {many} 次，合计 {fen:money}",
    "en": "{scope} {name}  on {day}: {many} and {fen:money} in all",
}
FOLDED: Final[Texts] = {
    "zh": "（带 ~ 的名称尚未见于任何决定，只留有统一后的写法：不分大小写，不含空格和标点）",
    "en": "(a name with ~ is in no decision yet; it is kept without capitals, blanks and punctuation)",
}


@click.group()
def budget() -> None:
    """Show and set what machines may give in a day."""


@budget.command("list")
@click.option("--day", metavar="YYYY-MM-DD", help="Also show what was used on this day.")
@language_option
@decided_pack_option
def list_limits(day: str | None, language: str | None, named: str | None) -> None:
    """List the limits."""
    from service.casework.limits import budgets
    from service.casework.limits.naming import spellings

    with opened(reading=True) as (ledger, _):
        language, money = language_and_money(ledger, named, language)
        with ledger.reading() as connection:
            found = budgets.standing(connection, day or "")
            rows = (*found["items"], *found["spent"])
            known = spellings(connection, ((row["scope"], row["name"]) for row in rows))
    names = [known.get((row["scope"], row["name"])) or _folded(row["name"]) for row in rows]
    if any(name.startswith("~") for name in names):
        click.echo(FOLDED[language])
    for row, name in zip(rows, names, strict=True):
        click.echo(_line(row | {"name": name, "day": day}, language, money))


@budget.command("set")
@click.argument("scope", type=click.Choice(BUDGETED))
@click.argument("name")
@click.option("--most", type=click.IntRange(0, 2**53 - 1), required=True, help="The most payments in a day.")
@click.option(
    "--fen", type=click.IntRange(0, 2**53 - 1), required=True, help="The most money in a day, in minor units."
)
@language_option
@decided_pack_option
def set_limit(scope: str, name: str, most: int, fen: int, language: str | None, named: str | None) -> None:
    """Set the limit of SCOPE for NAME; * means every single customer, merchant or category, or the day."""
    from service.casework.limits import budgets

    with opened() as (ledger, _):
        language, money = language_and_money(ledger, named, language)
        with ledger.writing(OWNER.name) as writer:
            row = budgets.set_limit(writer, scope, name, budgets.Limit(most, fen))
    click.echo(_line(row | {"name": row["name"] if scope == "day" else name}, language, money))


def _folded(name: str) -> str:
    """Mark a name of which only the normalized spelling is kept."""
    return f"~{name}" if any(map(str.isalnum, name)) else name


def _line(row: Mapping[str, Any], language: str, money: Say) -> str:
    return fill(LIMIT if "most" in row else SPENT, language, money=money, **row)
