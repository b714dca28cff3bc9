"""Run the command `redress` in this process."""

from __future__ import annotations

from click.testing import CliRunner, Result

from service.cli.commands import redress
from tests.support.places import SHOP

BROKEN = str(SHOP / "cases" / "broken.yaml")


def run(*words: str, stdin: bytes | None = None) -> Result:
    result = CliRunner().invoke(redress, words, input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def decide(*words: str, stdin: bytes | None = None) -> Result:
    return run("decide", "--pack", str(SHOP), *words, stdin=stdin)
