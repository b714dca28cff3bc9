"""`redress explain`: describe the codes of problems."""

from __future__ import annotations

from dataclasses import asdict
from textwrap import indent
from typing import Final

import click

from rules.language.codes import CODES
from rules.text.codes import Code
from rules.text.problem import shown, suggest
from service.cli.context import InvalidUsage, print_json
from service.cli.options import json_option

MARGIN: Final = "    "


@click.command()
@click.argument("code", required=False)
@json_option
def explain(code: str | None, as_json: bool) -> None:
    """Explain a code: its meaning, an example to avoid and one to prefer. Without CODE, list all codes."""
    if code is None:
        _list(as_json)
    elif (name := code.upper()) not in CODES:
        hint = suggest(name, CODES) or "'redress explain' lists them all"
        raise InvalidUsage(f"there is no code {shown(code)} ({hint})")
    elif as_json:
        print_json(_as_json(name))
    else:
        click.echo(_page(name, CODES[name]))


def _list(as_json: bool) -> None:
    if as_json:
        print_json({"codes": [_as_json(name) for name in CODES]})
    else:
        click.echo("\n".join(f"{name}  {code.summary}" for name, code in CODES.items()))


def _as_json(code: str) -> dict[str, str]:
    return {"code": code, **asdict(CODES[code])}


def _page(name: str, code: Code) -> str:
    avoid, prefer = (indent(example, MARGIN) for example in (code.avoid, code.prefer))
    return f"{name}: {code.summary}\n\navoid:\n{avoid}\n\nprefer:\n{prefer}\n\nwhy: {code.why}"
