"""`redress decide`: decide one case and print the recommendation."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NoReturn

import click
from rich.text import Text

from rules.values.kind import InvalidValue
from service import clock
from service.cli.context import InvalidUsage, folder_of, output_language, print_json, ready_of
from service.cli.options import STANDARD, json_option, language_option, pack_option
from service.cli.piping import PipedConsole
from service.i18n.texts import LANGUAGES, Texts
from service.packs import Ready
from service.validation.case import INSTANT
from service.validation.case_file import CaseFile, read_case
from service.validation.issue import ValidationIssue

LARGEST_CASE: Final = 2**20  # bytes
MORE: Final[Texts] = {
    "zh": "依据、来源和推定：--why；全部内容：--all",
    "en": "Reasons, sources and presumptions: --why; everything: --all",
}


@click.command()
@click.argument("file")
@pack_option
@json_option
@language_option
@click.option("--at", "at", metavar="INSTANT", help="Decide as of this instant, such as 2026-08-14T15:00:00+08:00.")
@click.option("--why", "depth", flag_value="why", help="Also print the reasons, their sources and the presumptions.")
@click.option("--all", "depth", flag_value="all", help="Print everything.")
def decide(
    file: str, named: str | None, as_json: bool, language: str | None, at: str | None, depth: str | None
) -> None:
    """Decide one case.

    FILE is a case in YAML or JSON, or a policy test, whose `given` is decided; - reads standard input.
    """
    from service.rendering.readable import SCREEN, lines

    read, faults = read_case("stdin" if file == STANDARD else file, _content(file), language or LANGUAGES[0])
    if read is None:
        _refuse(faults)
    stated = read.case.get("pack") if isinstance(read.case, dict) else None
    ready = ready_of(folder_of(named, None if file == STANDARD else Path(file), stated))
    language = output_language(ready.pack, language)
    recommendation = ready.decide(_case(read, ready, language, at))
    if as_json:
        print_json(recommendation)
    else:
        _print(lines(recommendation, ready.pack, language, depth or SCREEN))
        if depth is None:
            _print([("", ""), ("dim", MORE[language])])


def _content(file: str) -> bytes:
    try:
        if file == STANDARD:
            content = sys.stdin.buffer.read(LARGEST_CASE + 1)
        else:
            with Path(file).open("rb") as stream:
                content = stream.read(LARGEST_CASE + 1)
    except (OSError, ValueError) as error:
        raise InvalidUsage(f"cannot read '{file}': {getattr(error, 'strerror', None) or error}") from None
    if len(content) > LARGEST_CASE:
        raise InvalidUsage(f"'{file}' is larger than 1 MiB")
    return content


def _case(read: CaseFile, ready: Ready, language: str, at: str | None) -> Any:
    """Return the case of a file, validated and dated; print its faults and exit with 2, or print its warnings."""
    read = read.counted(ready.pack)
    case = read.case if at is None or not isinstance(read.case, dict) else {**read.case, "at": _instant(at)}
    if found := ready.schema.faults(case):
        _refuse([*read.describe(found, language), *_wrong_pack(found, ready.pack.name)])
    for warning in read.describe(ready.schema.warnings(case), language):
        click.echo(warning, err=True)
    return case


def _instant(text: str) -> str:
    try:
        INSTANT.parse(text)
    except InvalidValue:
        example = clock.now(clock.UTC)
        raise InvalidUsage(f"--at needs an instant with its offset, such as {example}, not '{text}'") from None
    return text


def _wrong_pack(found: Iterable[ValidationIssue], name: str) -> list[str]:
    """Return a hint if the case names another pack, or has keys that resemble none of this pack."""
    foreign = any(one.code == "other_pack" or (one.code == "unknown_key" and not one.nearest) for one in found)
    return [f"this is not a case of pack {name}; --pack selects another"] if foreign else []


def _refuse(faults: list[str]) -> NoReturn:
    for fault in faults:
        click.echo(fault, err=True)
    sys.exit(2)


def _print(lines: Iterable[tuple[str, str]]) -> None:
    console = PipedConsole(highlight=False, soft_wrap=True)
    for style, line in lines:
        console.print(Text(line, style))
