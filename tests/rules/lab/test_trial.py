from __future__ import annotations

from typing import Any

import pytest

from rules.lab.trial import read_trials

TEST = """
case: {{zh: 雨天延误, en: Rain delay}}
scenario: S01
given:
  submitted_at: 2026-08-14T15:00:00+08:00
  order: {{refunded_fen: 0, lines: [{{id: '1', paid_fen: 12800}}]}}
  issues: [{{kind: quality, spoiled_ratio: 0.20}}]
branches:
{branches}
"""


def read(branches: str) -> Any:
    return read_trials(TEST.format(branches=branches).encode(), "cases/rain.yaml")


def cases(branches: str) -> list[Any]:
    (trial,), problems = read(branches)
    assert problems == ()
    return [branch.case for branch in trial.branches]


def faults(branches: str) -> list[tuple[str, str]]:
    _, problems = read(branches)
    return [(problem.code, problem.message) for problem in problems]


def test_a_test_is_read_with_its_branches() -> None:
    (trial,), problems = read("  - {name: base, expect: {outcome: remedy}}")
    assert problems == ()
    assert (trial.title["en"], trial.scenario) == ("Rain delay", "S01")
    (branch,) = trial.branches
    assert (branch.name, branch.case, branch.expect) == ("base", trial.given, {"outcome": "remedy"})


def test_a_branch_changes_adds_and_takes_out_without_touching_the_others() -> None:
    changed, base = cases(
        "  - name: changed\n"
        "    with: {issues.0.kind: damage, issues.0.listing.limit_shown: true, order.refunded_fen: (left out),\n"
        "           order.lines.1: {id: '2'}, issues.1.kind: late}\n"
        "    expect: {outcome: ask}\n"
        "  - {name: base, expect: {outcome: remedy}}"
    )
    assert changed["issues"] == [
        {"kind": "damage", "spoiled_ratio": base["issues"][0]["spoiled_ratio"], "listing": {"limit_shown": True}},
        {"kind": "late"},
    ]
    assert changed["order"] == {"lines": [{"id": "1", "paid_fen": 12800}, {"id": "2"}]}
    assert base["order"]["refunded_fen"] == 0
    assert base["issues"][0]["kind"] == "quality"


def test_items_of_a_list_can_be_taken_out() -> None:
    (case,) = cases("  - {name: none, with: {order.lines.0: (left out)}, expect: {outcome: ask}}")
    assert case["order"]["lines"] == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("issues.3.kind: x", "the list has 1 items"),
        ("issues.first.kind: x", "the list has 1 items"),
        ("issues.0.kind.deep: x", "would lie in a plain value"),
        ("order.gone: (left out)", "it is not there"),
        ("issues.1: (left out)", "it is not there"),
    ],
)
def test_a_change_that_changes_nothing_is_malformed(change: str, fault: str) -> None:
    ((code, message),) = faults(f"  - {{name: a, with: {{{change}}}, expect: {{outcome: ask}}}}")
    assert code == "R401"
    assert fault in message


@pytest.mark.parametrize(
    "expect",
    [
        "{}",
        "{remedy: {}}",
        "{clocks: []}",
        "{outcom: remedy}",
        "{remedy: {refund: 1}}",
        "{remedy: {freight: {outt: merchant}}}",
        "{outcome: {kind: remedy}}",
        "{outcome: [remedy]}",
        "{clocks: {name: reply_by}}",
        "{clocks: [{nam: reply_by}]}",
        "{remedy: refund}",
        "{outcome: {one_of: []}}",
        "{outcome: {one_of: remedy}}",
        "{words: {lacks: []}}",
        "{clocks: {lacks: [{nam: reply_by}]}}",
        "{clocks: {lacks: {nam: reply_by}}}",
        "{outcome: remedi}",
        "{responsibility: {to_customer: {is: merchnt}}}",
        "{issues: [{remedy: {kind: {one_of: [refund, refnd]}}}]}",
    ],
)
def test_an_expectation_that_is_empty_or_cannot_be_met_is_malformed(expect: str) -> None:
    assert [code for code, _ in faults(f"  - {{name: a, expect: {expect}}}")] == ["R401"]


def test_a_value_that_no_recommendation_has_is_shown_with_the_nearest_one() -> None:
    _, (problem,) = read("  - {name: a, expect: {responsibility: {to_customer: {one_of: [platform, merchnt]}}}}")
    assert problem.message == "no recommendation has the value 'merchnt' here"
    assert problem.hint == "did you mean 'merchant'?"


def test_a_wrong_key_is_shown_with_its_place_and_the_right_one() -> None:
    _, (problem,) = read("  - {name: a, expect: {outcom: remedy}}")
    assert (problem.place.line, problem.place.column) == (9, 24)
    assert problem.hint == "did you mean 'outcome'?"


@pytest.mark.parametrize(
    "expect",
    [
        "{remedy: null}",
        "{responsibility: {to_customer: null}}",
        "{automation: {mode: {one_of: [auto, agent]}}, remedy: {extent: (left out)}}",
        "{remedy: {goodwill: null, refund_fen: 25.60 CNY}}",
        "{clocks: {is: []}}",
        "{words: [{block: sorry, zh: {contains: 桃}}]}",
        "{responsibility: {bears: {merchant: 0}, final: {merchant: 100}}}",
        "{why_not: [{nearest: {fact: x}}]}",
        "{outcome: {one_of: [remedy, ask]}, remedy: {refund_fen: {at_least: 1 CNY, at_most: 2 CNY}}}",
    ],
)
def test_what_a_recommendation_can_have_may_be_expected(expect: str) -> None:
    assert faults(f"  - {{name: a, expect: {expect}}}") == []


def test_a_test_without_branches_is_malformed() -> None:
    assert [code for code, _ in faults("  []")] == ["R401"]


def test_a_branch_without_a_name_or_an_expectation_is_malformed() -> None:
    assert [code for code, _ in faults("  - {with: {issues.0.kind: late}}")] == ["R106", "R106"]


def test_two_branches_of_one_name_are_malformed() -> None:
    same = "  - {name: a, expect: {outcome: ask}}\n"
    assert faults(same + same) == [("R401", "branch 'a' stands here twice")]


def test_keys_that_are_missing_or_unknown_are_shown_all_at_once() -> None:
    trials, problems = read_trials(b"case: {zh: a, en: b}\nbranchs: []\n", "cases/x.yaml")
    assert len(trials) == 1
    assert sorted(problem.code for problem in problems) == ["R105", "R106", "R106"]
