"""`redress new`: write a file to begin with."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

import click

from rules.lab.ordinary_case import ordinary_case
from service.cli.context import InvalidUsage, folders_of, kind_of, output_language, ready_of
from service.cli.options import STANDARD, language_option
from service.rendering.case_form import case_form
from service.rendering.glossary import Glossary
from service.validation import json_text


@click.group()
def new() -> None:
    """Write a file to begin with."""


@new.command()
@click.argument("file", required=False)
@click.option("--kind", metavar="KIND", help="The kind of issue that the case is about.")
@click.option("--all", "everything", is_flag=True, help="Also the facts that matter less.")
@click.option("--pack", "named", metavar="DIR", help="The folder or the name of a pack. Default: the first pack.")
@click.option("--json", "as_json", is_flag=True, help="Write the case in JSON, without comments.")
@language_option
def case(
    file: str | None, kind: str | None, everything: bool, named: str | None, as_json: bool, language: str | None
) -> None:
    """Write a case to fill in, with ordinary values, to FILE or to standard output (also "-")."""
    ready = ready_of(folders_of(named)[0])
    folder = quote(named) if named not in (None, ready.pack.name) else ""
    ordinary = ordinary_case(ready.pack, kind_of(ready, kind, needed=True), ready.decide)
    words = Glossary(ready.pack, output_language(ready.pack, language))
    text = (
        json_text.write(ordinary.case).decode()
        if as_json
        else "\n".join(case_form(ordinary, words, everything, folder))
    )
    ready.close()
    if file is None or file == STANDARD:
        click.echo(text)
        return
    try:
        with Path(file).open("x", encoding="utf-8") as stream:
            stream.write(f"{text}\n")
    except FileExistsError:
        raise InvalidUsage(f"'{file}' exists already; name another file") from None
    except OSError as error:
        raise InvalidUsage(f"cannot write '{file}': {error.strerror}") from None
    click.echo(f"{file}: redress decide {quote(file)}{f' --pack {folder}' if folder else ''}")
