"""Open the ledger for a verb, and tell a wrong use."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from ..settings import BadSetting, Settings, read_settings

if TYPE_CHECKING:
    from ..ledger.store import Ledger


class Misuse(click.ClickException):
    """Raised for a wrong use; it tells what to do and ends with 2."""

    exit_code = 2


@contextmanager
def opened() -> Iterator[tuple[Ledger, Settings]]:
    """Open the ledger that the settings name, with its tables as this version needs them. Raises Misuse."""
    from ..ledger.store import Ledger, NoLedger

    try:
        settings = read_settings()
        ledger = Ledger(settings.ledger)
        ledger.migrate()
    except (BadSetting, NoLedger) as error:
        raise Misuse(str(error)) from None
    try:
        yield ledger, settings
    finally:
        ledger.close()


def print_json(value: Any) -> None:
    """Print JSON on a line."""
    from ..intake import jsontext

    sys.stdout.buffer.write(jsontext.write(value) + b"\n")
