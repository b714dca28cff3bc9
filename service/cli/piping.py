"""Output to a pipe that its reader may close early, as `head` does."""

from __future__ import annotations

import os
import sys
from typing import Any, Final, NoReturn

import click
from rich.console import Console

PIPE_CLOSED: Final = 141  # 128 and the number of SIGPIPE: the exit code that shells give a program whose pipe is closed


class PipedGroup(click.Group):
    """A group of commands that exits without a message when its pipe is closed.

    SIGPIPE keeps Python's handler: otherwise a client that disconnects would end the server too.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command and flush its output here, before the interpreter would report the closed pipe."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                if sys.stdout is not None:
                    sys.stdout.flush()
        except BrokenPipeError:
            _exit_pipe_closed()


class PipedConsole(Console):
    """A console that passes a closed pipe on to the group."""

    def on_broken_pipe(self) -> None:
        """Raise the error again, where rich would exit with the code of a finding."""
        raise BrokenPipeError


def _exit_pipe_closed() -> NoReturn:
    """Discard the rest of the output and exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(PIPE_CLOSED)
