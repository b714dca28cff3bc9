"""The CLI context: find the pack, read the settings, open the ledger, choose the language, report invalid usage."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rules.compiling.pack import Pack
from rules.lab.relevance import kinds
from rules.text.problem import shown, suggest
from service import clock, packs
from service.errors import InvalidSetting, PackNotFound
from service.i18n.filling import Say, major, problem
from service.i18n.texts import LANGUAGES
from service.settings import Settings, read_settings
from service.validation import json_text

if TYPE_CHECKING:
    from service.casework.context import CaseContext
    from service.ledger.store import Ledger


class InvalidUsage(click.ClickException):
    """Raised for invalid usage; the message says what to do, and the exit code is 2."""

    exit_code = 2


def folder_of(named: str | None, beside: Path | None = None, stated: object = None) -> Path:
    """Return the folder of a pack: by name, around a file, as a case states, or the only one. Raises InvalidUsage."""
    try:
        return packs.find(named, beside, stated)
    except PackNotFound as error:
        raise InvalidUsage(str(error)) from None


def folders_of(named: str | None) -> tuple[Path, ...]:
    """Return the folder of the named pack, or of every pack. Raises InvalidUsage."""
    try:
        return packs.every() if named is None else (packs.find(named),)
    except PackNotFound as error:
        raise InvalidUsage(str(error)) from None


def ready_of(folder: Path) -> packs.Ready:
    """Return the pack of a folder; print its problems and exit with 1 if it cannot be used."""
    ready, problems = packs.prepare(packs.read_policies(folder))
    if ready is None:
        for problem in problems:
            click.echo(str(problem), err=True)
        click.echo(f"the pack in {folder} cannot be used: {len(problems)} problems", err=True)
        sys.exit(1)
    return ready


def kind_of(ready: packs.Ready, kind: str | None, *, needed: bool = False) -> str | None:
    """Return a kind of issue that the pack knows, or None where none is named. Raises InvalidUsage."""
    known = kinds(ready.pack)
    if kind is None and needed and known:
        raise InvalidUsage(f"which kind? name one with --kind: {', '.join(known)}")
    if kind is not None and not known:
        raise InvalidUsage("the cases of this pack name no kind; leave out --kind")
    if kind is not None and kind not in known:
        raise InvalidUsage(f"there is no kind {shown(kind)} ({suggest(kind, known) or 'one of ' + ', '.join(known)})")
    return kind


def settings_of() -> Settings:
    """Return the settings. Raises InvalidUsage."""
    try:
        return read_settings()
    except InvalidSetting as error:
        raise InvalidUsage(str(error)) from None


def ledger_of(settings: Settings, *, reading: bool = False) -> Ledger:
    """Return the ledger, with the tables of this version. Raises InvalidUsage.

    With `reading`, it writes only if it has to migrate older tables.
    """
    from service.errors import LedgerUnavailable
    from service.ledger.store import Ledger

    try:
        ledger = Ledger(settings.ledger)
        if not reading and ledger.is_read_only:
            raise InvalidUsage(f"the ledger at {ledger.name} can only be read here, but this command writes to it")
        if not (reading and ledger.is_current()):
            ledger.migrate()
    except LedgerUnavailable as error:
        raise InvalidUsage(str(error)) from None
    return ledger


@contextmanager
def opened(*, reading: bool = False) -> Iterator[tuple[Ledger, Settings]]:
    """Open the ledger of the settings. Raises InvalidUsage, also if the ledger fails later."""
    from sqlalchemy.exc import SQLAlchemyError

    from service.ledger.outages import outage_of

    settings = settings_of()
    ledger = ledger_of(settings, reading=reading)
    try:
        yield ledger, settings
    except SQLAlchemyError as error:
        if (outage := outage_of(error)) is None:
            raise
        raise InvalidUsage(f"{ledger.name}: {problem(outage.code, 'en')}") from None
    finally:
        ledger.close()


@contextmanager
def opened_context(named: str | None, *, reload: bool = False) -> Iterator[CaseContext]:
    """Open the case context: the ledger and a pack. Raises InvalidUsage.

    The pack is the named one, or the only one that has decided. It is loaded as it decided last, or from its folder if
    `reload` is set.
    """
    from service.casework.context import CaseContext

    with opened(reading=not reload) as (ledger, settings):
        yield CaseContext(_pack_of(ledger, named, reload), ledger, settings, clock.now)


def language_and_money(ledger: Ledger, named: str | None, wanted: str | None) -> tuple[str, Say]:
    """Return a language and the format of amounts: those of the named or only pack, or without currency.

    Raises InvalidUsage.
    """
    from service.rendering.glossary import Glossary

    if named is None and len(_decided(ledger)) != 1:
        return wanted or LANGUAGES[0], major
    pack = _pack_of(ledger, named, reload=False).pack
    language = output_language(pack, wanted)
    return language, Glossary(pack, language).money


def _pack_of(ledger: Ledger, named: str | None, reload: bool) -> packs.Ready:
    """Return the named pack or the only one that has decided; without a folder, the copy in the ledger."""
    decided = _decided(ledger)
    if named is not None:
        try:
            return ready_of(packs.find(named))
        except PackNotFound as error:
            if named not in decided or reload:
                raise InvalidUsage(str(error)) from None
    elif not decided:
        return ready_of(folder_of(None))
    elif len(decided) > 1:
        raise InvalidUsage(f"which pack? these have decided: {', '.join(decided)}; name one with --pack")
    name = named or decided[0]
    return ready_of(folder_of(name)) if reload else _kept(ledger, name)


def _decided(ledger: Ledger) -> list[str]:
    """Return the names of the packs that have decided."""
    from service.ledger import pack_archive

    with ledger.reading() as connection:
        return pack_archive.decided(connection)


def _kept(ledger: Ledger, name: str) -> packs.Ready:
    """Return a pack as it decided last. Raises InvalidUsage if the ledger's copy cannot be used."""
    from service.ledger import pack_archive

    with ledger.reading() as connection:
        digest = pack_archive.latest(connection, name)
    kept = pack_archive.Archive(ledger)
    if digest is None or (ready := kept.ready(digest)) is None:
        why = f"the ledger has no decision of pack {name}" if digest is None else kept.why_not(digest)
        raise InvalidUsage(f"{why}; name the pack's folder with --pack")
    return ready


def output_language(pack: Pack, wanted: str | None) -> str:
    """Return the wanted language, or the first language of the pack that is supported."""
    known = [language for language in pack.languages if language in LANGUAGES]
    if wanted in known or not known:
        return wanted or LANGUAGES[0]
    if wanted is not None:
        click.echo(f"pack {pack.name} has no texts in '{wanted}'; the output is in '{known[0]}'", err=True)
    return known[0]


def print_json(value: Any) -> None:
    """Print a value as one line of JSON."""
    sys.stdout.buffer.write(json_text.write(value) + b"\n")
