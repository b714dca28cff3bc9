"""How a problem reads, sorts and suggests, and what the codes explain."""

import re
from pathlib import Path

import pytest

from rules.language.codes import CODES
from rules.text.problem import Place, Problem, shown, suggest
from rules.text.yaml_parser import read_yaml

FAULTS = Path(__file__).parent / "faults"
PLACE = Place("policies/cn/cause.yaml", 14, 7, "$.rules[0].when.packging.adequate")


def test_a_problem_reads_as_one_line() -> None:
    problem = Problem(PLACE, "R203", "unknown fact 'packging.adequate'", "did you mean 'packaging.adequate'?")
    assert str(problem) == (
        "policies/cn/cause.yaml:14:7: R203 unknown fact 'packging.adequate' (did you mean 'packaging.adequate'?)"
    )


def test_a_problem_without_a_hint_has_no_brackets() -> None:
    assert str(Problem(PLACE, "R106", "key 'id' is missing")) == "policies/cn/cause.yaml:14:7: R106 key 'id' is missing"


def test_json_has_the_fields_of_a_problem() -> None:
    assert Problem(PLACE, "R203", "unknown fact", "did you mean it?").as_json() == {
        "file": "policies/cn/cause.yaml",
        "line": 14,
        "column": 7,
        "path": "$.rules[0].when.packging.adequate",
        "code": "R203",
        "message": "unknown fact",
        "hint": "did you mean it?",
    }


def test_problems_sort_by_file_line_and_column_as_numbers() -> None:
    places = [Place("a", 2, 10), Place("a", 2, 9), Place("b", 1, 1), Place("a", 10, 1)]
    problems = sorted(Problem(place, "R101", "x") for place in places)
    assert [str(problem.place) for problem in problems] == ["a:2:9", "a:2:10", "a:10:1", "b:1:1"]


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [
        ("packging.adequate", "did you mean 'packaging.adequate'?"),
        ("adequate", "did you mean 'packaging.adequate'?"),
        ("Issue.Kind", "did you mean 'issue.kind'?"),
        ("weather", ""),
        ("", ""),
        ("x" * 1000, ""),
        ("issue.kind", ""),
    ],
)
def test_a_suggestion_is_made_when_a_word_is_near(word: str, suggestion: str) -> None:
    assert suggest(word, ["issue.kind", "packaging.adequate", "order.paid_at"]) == suggestion


def test_a_suggestion_does_not_depend_on_order() -> None:
    names = ["order.paid_at", "order.said_at"]
    assert suggest("order.raid_at", names) == suggest("order.raid_at", reversed(names)) != ""


@pytest.mark.parametrize(
    ("text", "quoted"),
    [("水果", "'水果'"), ("a\nb\u200b", r"'a\nb\u200b'"), ("x" * 61, "'" + "x" * 57 + "...'")],
)
def test_a_word_is_shown_on_one_line(text: str, quoted: str) -> None:
    assert shown(text) == quoted


def test_every_code_explains_itself_plainly() -> None:
    for code, page in CODES.items():
        assert re.fullmatch(r"R[1-5]\d\d", code)
        for text in (page.summary, page.avoid, page.prefer, page.why):
            assert text.strip() == text != ""
        for sentence in (page.summary, page.why):
            assert sentence[0].islower() or sentence.split()[0] in ("YAML",)
            assert not sentence.endswith(".")


def test_every_shape_code_has_a_file_of_its_fault() -> None:
    text = "".join(path.read_bytes().decode(errors="replace") for path in FAULTS.rglob("*.yaml"))
    expected = set(re.findall(r"^# expect: \d+:\d+ (R1\d\d)", text, re.MULTILINE))
    too_large = {"R111"}  # made by its test, too large to keep
    assert expected | too_large == {code for code in CODES if code.startswith("R1")}


@pytest.mark.parametrize("code", ["R101", "R104", "R108", "R109", "R114"])
def test_the_examples_of_a_shape_code_show_it(code: str) -> None:
    assert {problem.code for problem in read_yaml(CODES[code].avoid.encode(), "avoid")[1]} == {code}
    assert read_yaml(CODES[code].prefer.encode(), "prefer")[1] == ()
