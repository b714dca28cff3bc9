"""What loading refuses, and where it says so; each fault stands in a file named by it."""

import re
from pathlib import Path

import pytest

from rules.load import load
from tests.rules.base_packs import BARE, GOOD, PACKS

FAULTS = PACKS / "faulty"
EXPECTED = re.compile(r"^# expect: (\S+):(\d+):(\d+) (R\d{3}) ?(.*)$", re.MULTILINE)


def files_of(path: Path) -> dict[str, bytes]:
    """Return a fault's own files: one policy, or the files of a folder."""
    if path.is_file():
        return {path.name: path.read_bytes()}
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in sorted(path.rglob("*.yaml"))}


@pytest.mark.parametrize("path", sorted(FAULTS.iterdir()), ids=lambda path: path.stem)
def test_a_fault_is_told_where_it_stands(path: Path) -> None:
    """A file is added to a good pack; a folder is laid over the least that is a pack."""
    files = files_of(path)
    expected = [found for content in files.values() for found in EXPECTED.findall(content.decode())]
    pack, problems = load({**(GOOD if path.is_file() else BARE), **files})
    assert pack is None
    told = sorted((p.place.file, p.place.line, p.place.column, p.code) for p in problems)
    assert told == sorted((file, int(line), int(column), code) for file, line, column, code, _ in expected)
    for file, line, column, code, words in expected:
        assert any(str(p).startswith(f"{file}:{line}:{column}: {code} ") and words in str(p) for p in problems)
