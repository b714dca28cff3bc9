"""Verbs of which somebody may read the beginning alone, as `head` does."""

from __future__ import annotations

import os
import sys
from typing import Any, Final, NoReturn

import click
from rich.console import Console

UNREAD: Final = 141  # 128 and the number of SIGPIPE: how shells tell of a program whose reader went away


class Verbs(click.Group):
    """A group that ends quietly where nobody reads on.

    The signal itself stays as Python sets it, for it would end a server too whose client hangs up.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb, and see what it wrote off before the interpreter ends, which would complain."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                if sys.stdout is not None:
                    sys.stdout.flush()
        except BrokenPipeError:
            _end_unread()


class Screen(Console):
    """A console that leaves it to the group to end."""

    def on_broken_pipe(self) -> None:
        """Tell the group, where rich would end with the code of a finding."""
        raise BrokenPipeError


def _end_unread() -> NoReturn:
    """End, and let what is still to be written go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(UNREAD)
