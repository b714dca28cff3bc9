from __future__ import annotations

import os
import subprocess
import sys

import pytest

from service.cli.piping import PIPE_CLOSED
from tests.support.places import ROOT, SHOP

PACK = ("--pack", str(SHOP))


def unread(*words: str) -> tuple[int, bytes]:
    """Run a command whose reader is gone before it writes; return its exit code and its standard error."""
    reads, writes = os.pipe()
    os.close(reads)
    ended = subprocess.run(
        [sys.executable, "-m", "service.cli", *words],
        stdout=writes, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60, check=False,
    )  # fmt: skip
    os.close(writes)
    return ended.returncode, ended.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("export", "--lines", *PACK),
        ("export", "--sheet", *PACK),
        ("report", "remedy", *PACK),
        ("report", "remedy", "--csv", *PACK),
        ("report",),
        ("cases",),
        ("cases", "--json"),
        ("verify",),
        ("replay", "--all", "--json"),
        ("explain",),
        ("check", str(SHOP)),
        ("decide", "--help"),
    ],
    ids=" ".join,
)
def test_a_command_whose_output_nobody_reads_ends_quietly(url: str, words: tuple[str, ...]) -> None:
    assert unread(*words) == (PIPE_CLOSED, b"")


def test_a_reader_that_stops_after_one_line_gets_it_whole(url: str) -> None:
    command = f"{sys.executable} -m service.cli.__main__ explain | head -n 1; echo ${{PIPESTATUS[0]}}"
    result = subprocess.run(
        ["bash", "-c", command], capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True
    )
    first, ended = result.stdout.decode().splitlines()
    assert first.split("  ")[0].isalnum()
    assert (int(ended) in (0, PIPE_CLOSED), result.stderr) == (True, b"")
