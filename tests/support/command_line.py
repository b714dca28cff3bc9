"""Run the command `redress` in this process."""

from __future__ import annotations

from click.testing import CliRunner, Result

from service.cli.commands import redress
from tests.support.places import SHOP

BROKEN = str(SHOP / "cases" / "broken.yaml")


def run(*words: str, stdin: bytes | None = None, **settings: str) -> Result:
    """Run the command in an environment with these settings; it ends as commands do and not with a traceback."""
    result = CliRunner().invoke(redress, words, input=stdin, env=settings)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def decide(*words: str, stdin: bytes | None = None) -> Result:
    return run("decide", "--pack", str(SHOP), *words, stdin=stdin)
