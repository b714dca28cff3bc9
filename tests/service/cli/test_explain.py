from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from rules.language.codes import CODES
from tests.support.command_line import run


@pytest.mark.parametrize("code", CODES)
def test_each_code_has_a_page_that_says_all_that_is_known_of_it(code: str) -> None:
    result = run("explain", code)
    assert result.exit_code == 0
    printed = result.stdout.splitlines()
    page = CODES[code]
    assert printed[0] == f"{code}: {page.summary}"
    assert printed[-1] == f"why: {page.why}"
    for heading, example in (("avoid:", page.avoid), ("prefer:", page.prefer)):
        at = printed.index(heading) + 1
        lines = example.splitlines()
        assert printed[at : at + len(lines)] == [f"    {line}".rstrip() for line in lines]


def test_a_code_may_be_written_in_small_letters() -> None:
    assert run("explain", "r203").stdout == run("explain", "R203").stdout


def test_without_a_code_all_are_listed_in_their_order() -> None:
    result = run("explain")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [f"{code}  {CODES[code].summary}" for code in sorted(CODES)]


@pytest.mark.parametrize(("code", "hint"), [("203", "did you mean 'R203'?"), ("R-104", "did you mean 'R104'?")])
def test_a_code_that_does_not_exist_is_misuse_and_the_nearest_one_is_suggested(code: str, hint: str) -> None:
    result = run("explain", code)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"there is no code '{code}' ({hint})" in result.stderr


@pytest.mark.parametrize("code", ["", "cause", "\x1b[2J", "x" * 5_000])
def test_a_word_that_is_no_code_leads_to_the_list(code: str) -> None:
    result = run("explain", code)
    assert result.exit_code == 2
    assert "'redress explain' lists them all" in result.stderr
    assert "\x1b" not in result.stderr
    assert len(result.stderr) < 500


def test_the_same_as_json() -> None:
    assert json.loads(run("explain", "R203", "--json").stdout) == {"code": "R203", **asdict(CODES["R203"])}
    listed = json.loads(run("explain", "--json").stdout)["codes"]
    assert [(page["code"], page["summary"]) for page in listed] == [
        (code, CODES[code].summary) for code in sorted(CODES)
    ]


def test_the_command_has_help_and_is_listed() -> None:
    assert "Usage" in run("explain", "--help").stdout
    assert "explain" in run("--help").stdout
