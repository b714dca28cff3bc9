"""A rule that says when it is in force needs a figure for each of its days."""

import pytest

from tests.support.base_packs import problems_of

PARAMETERS = """early: {type: number, values: {2010-01-01: 1}}
late: {type: number, values: {2020-01-01: 2}}
undated: {type: number, values: 3}
"""
VOCABULARY = "facts: {days: {type: number}}"


def reported(rule: str) -> list[str]:
    policy = f"policy: p\nanswers: {{a: number}}\notherwise: {{a: 0}}\nrules:\n  - {{id: r, {rule}}}"
    files = {"vocabulary.yaml": VOCABULARY, "parameters.yaml": PARAMETERS, "p.yaml": policy}
    return [str(problem) for problem in problems_of(files)]


@pytest.mark.parametrize(
    "rule",
    [
        "in_force: {from: 2020-01-01}, when: {}, then: {a: {parameter: late}}",
        "in_force: {from: 2015-01-01}, when: {}, then: {a: {parameter: early}}",
        "in_force: {from: 1900-01-01}, when: {}, then: {a: {parameter: undated}}",
        "in_force: {until: 2015-01-01}, when: {}, then: {a: {parameter: late}}",  # in force from the figure's first day
        "when: {days: {at_most: {parameter: late}}}, then: {a: 1}",
    ],
)
def test_a_figure_that_is_there_when_its_rule_begins_is_early_enough(rule: str) -> None:
    assert reported(rule) == []


@pytest.mark.parametrize(
    "rule",
    [
        "in_force: {from: 2019-12-31}, when: {}, then: {a: {parameter: late}}",
        "in_force: {from: 2019-12-31}, when: {days: {at_most: {parameter: late}}}, then: {a: 1}",
        "in_force: {from: 2019-12-31}, when: {any: [{days: {parameter: late}}, {days: 1}]}, then: {a: 1}",
        "in_force: {from: 2019-12-31}, when: {}, then: {a: {sum: [1, {times: 2, of: {parameter: late}}]}}",
    ],
)
def test_a_figure_that_begins_later_is_reported_at_its_rule_once(rule: str) -> None:
    (problem,) = reported(rule)
    assert problem == (
        "p.yaml:5:10: R304 rule 'r' is in force from 2019-12-31, and parameter 'late' (parameters.yaml:2:1) "
        "has no value before 2020-01-01 (give the parameter its earlier value)"
    )
