"""Each code of a problem has its explanation and a fixture, and each fixture its code."""

import re
from pathlib import Path

import pytest

from rules.language.codes import CODES
from rules.text.codes import Code
from tests.support.places import PACKS, ROOT, TESTS

EXPECTED = re.compile(r"^# expect: (?:\S+:)?\d+:\d+ (R\d{3})", re.MULTILINE)
FIXTURES = sorted([*(TESTS / "rules/text/faults").rglob("*.yaml"), *(PACKS / "faulty").rglob("*.yaml")])
OF_TESTS = {"R401", "R402", "R403"}  # reported by `redress test`, whose own tests hold them
UNREADABLE = {"R103": "not_utf8", "R111": "LARGEST"}  # what no text file can show is made in a test


def codes_of(path: Path) -> set[str]:
    return set(EXPECTED.findall(path.read_bytes().decode(errors="replace")))


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_is_explained(code: str) -> None:
    explained = CODES[code]
    assert re.fullmatch(r"R[1-5]\d\d", code)
    for text in (explained.summary, explained.avoid, explained.prefer, explained.why):
        assert text.strip() == text != ""
    for sentence in (explained.summary, explained.why):
        assert sentence[0].islower()
        assert not sentence.endswith(".")
        assert "\n" not in sentence
    assert explained.avoid != explained.prefer


def test_no_two_codes_say_the_same() -> None:
    assert len({explained.summary for explained in CODES.values()}) == len(CODES)
    assert all(isinstance(explained, Code) for explained in CODES.values())


def test_every_code_has_a_fixture_and_every_fixture_a_code() -> None:
    shown = {code for path in FIXTURES for code in codes_of(path)}
    assert shown <= CODES.keys()
    assert CODES.keys() - OF_TESTS - shown <= UNREADABLE.keys()


def test_every_file_of_a_fault_has_expectations_or_belongs_to_one_that_has() -> None:
    for folder in {path.parent for path in FIXTURES}:
        reported = {path for path in folder.rglob("*.yaml") if codes_of(path)}
        assert reported, folder


def test_every_code_that_the_sources_use_is_explained() -> None:
    """Codes stand in quotes where problems are reported; a failing test is reported without a place (R402)."""
    used = {
        code
        for folder in ("rules", "service")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "codes.py"
        for code in re.findall(r'"(R\d{3})"', path.read_text(encoding="utf-8"))
    }
    assert CODES.keys() - {"R402"} <= used <= CODES.keys()
