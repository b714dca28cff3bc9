"""What a policy says of itself: its question, answers, hit policy and what holds otherwise."""

from typing import Any

import pytest

from rules.language.hit_policy import HitPolicy
from rules.language.rule import Policy
from rules.values.kind import Type
from tests.support.base_packs import answers, case_of, pack_of, problems_of

VOCABULARY = """
groups: {order: {of: case}, issue: {of: issue}}
facts:
  order.sum:   {type: money}
  issue.kind:  {type: {one_of: [damage, delay, wish]}}
  issue.days:  {type: number}
"""


def policy(text: str) -> Policy:
    loaded = pack_of({"vocabulary.yaml": VOCABULARY, "p.yaml": text})
    return next(one for one in loaded.policies if one.name == "p")


def said(text: str, **facts: Any) -> Any:
    return answers(pack_of({"vocabulary.yaml": VOCABULARY, "p.yaml": text}), case_of(**facts))["answer"]


HEAD = "policy: p\nanswers: {answer: number}\notherwise: {answer: 0}\n"
RULES = "rules: [{id: a, when: {}, then: {answer: 1}}]\n"
TABLE = "table: {when: [issue.kind], then: [answer], rows: {a: [damage, 1]}}\n"


def test_every_key_of_a_policy_is_read() -> None:
    found = policy("asks: {zh: 问, en: What?}\nowner: anna\nnote: hm\n" + HEAD + RULES)
    assert (found.asks, found.owner, found.table) == ({"zh": "问", "en": "What?"}, "anna", False)
    assert [rule.id for rule in found.rules] == ["a"]
    assert (found.place.line, found.place.column) == (4, 9)


@pytest.mark.parametrize(("body", "hit"), [(RULES, HitPolicy.ANY), (TABLE, HitPolicy.UNIQUE)])
def test_rules_that_apply_together_agree_and_rows_exclude_each_other(body: str, hit: HitPolicy) -> None:
    assert policy(HEAD + body).hit is hit


@pytest.mark.parametrize("hit", list(HitPolicy))
def test_every_hit_policy_can_be_named_for_a_table(hit: HitPolicy) -> None:
    kind, value = ("{one_of: [u, v]}", "u") if hit.ranks else ("number", "1")
    otherwise = "" if hit.lists else f"otherwise: {{answer: {value}}}\n"
    text = f"policy: p\nanswers: {{answer: {kind}}}\nhit: {hit}\n{otherwise}{TABLE.replace('1]', f'{value}]')}"
    assert policy(text).hit is hit
    assert policy(text).answers["answer"].collected is hit.lists


def test_the_issues_of_a_case_join_an_answer_as_it_says() -> None:
    text = """
policy: p
answers: {answer: {one_of: [high, low], joins: first}, other: {one_of: {a: {en: A}, b: {en: B}}}}
otherwise: {answer: low, other: a}
rules: [{id: a, when: {}, then: {answer: high}}]
"""
    found = policy(text).answers
    assert (found["answer"].joins, found["answer"].type) == ("first", Type("one_of", values=("high", "low")))
    assert (found["other"].joins, found["other"].type.labels["b"]) == ("", {"en": "B"})


def test_no_other_way_to_join_is_known() -> None:
    text = "policy: p\nanswers: {answer: {one_of: [a, b], joins: last}}\notherwise: {answer: a}\n"
    (problem,) = problems_of({"p.yaml": text + "rules: [{id: r, when: {}, then: {answer: a}}]"})
    line = text.split("\n")[1]
    assert (problem.code, problem.place.line, problem.place.column) == ("R115", 2, line.index("last") + 1)


@pytest.mark.parametrize(
    ("otherwise", "facts", "value"),
    [
        ("7", {}, 7),
        ("issue.days", {"issue__days": 5}, 5),
        ("{sum: [issue.days, 1]}", {"issue__days": 5}, 6),
        ("{parameter: most}", {}, 9),
    ],
)
def test_otherwise_may_be_computed(otherwise: str, facts: dict[str, Any], value: int) -> None:
    text = f"policy: p\nanswers: {{answer: number}}\notherwise: {{answer: {otherwise}}}\n"
    text += "rules: [{id: a, when: {issue.kind: damage}, then: {answer: 1}}]"
    files = {"vocabulary.yaml": VOCABULARY, "parameters.yaml": "most: {type: number, values: 9}", "p.yaml": text}
    assert answers(pack_of(files), case_of(issue__kind="wish", **facts))["answer"] == value


# ---- what hit policies make of rules that hold together


@pytest.mark.parametrize(
    ("hit", "kind", "rows", "value"),
    [
        ("any", "number", ["1", "1"], 1),
        ("first", "number", ["2", "1"], 2),
        ("priority", "{one_of: [u, v]}", ["v", "u"], "u"),
        ("collect", "number", ["2", "1"], (2, 1)),
        ("collect", "{list_of: text}", ["a", "b"], ("a", "b")),
        ("collect sum", "money", ["1 EUR", "0.50 EUR"], 150),
        ("collect sum", "number", ["5", "5"], 10),
        ("collect min", "number", ["2", "0.5"], 0.5),
        ("collect max", "ratio", ["1", "0.5"], 1),
        ("collect count", "number", ["7", "7"], 2),
        ("rule order", "number", ["2", "1"], (2, 1)),
        ("output order", "{one_of: [u, v]}", ["v", "u"], ("u", "v")),
    ],
)
def test_two_rows_that_hold_make_an_answer(hit: str, kind: str, rows: list[str], value: Any) -> None:
    otherwise = "" if HitPolicy(hit).lists else f"otherwise: {{answer: {rows[0]}}}\n"
    table = f"table: {{when: [issue.kind], then: [answer], rows: {{a: [damage, {rows[0]}], b: ['-', {rows[1]}]}}}}"
    text = f"policy: p\nanswers: {{answer: {kind}}}\nhit: {hit}\n{otherwise}{table}"
    assert said(text, issue__kind="damage") == value


@pytest.mark.parametrize(
    ("then", "value"),
    [
        (["a", "b"], ("a", "b")),
        (["[a, b]", "[b, c]"], ("a", "b", "c")),  # each item once
        (["[]", "c"], ("c",)),
    ],
)
def test_rules_say_one_item_or_several_of_a_list(then: list[str], value: tuple[str, ...]) -> None:
    rules = "".join(f"  - {{id: r{at}, when: {{}}, then: {{answer: {one}}}}}\n" for at, one in enumerate(then))
    for kind in ("{list_of: {one_of: [a, b, c]}}", "{one_of: [a, b, c]}"):
        assert said(f"policy: p\nanswers: {{answer: {kind}}}\nhit: collect\nrules:\n{rules}") == value


def test_a_collected_answer_is_a_list_for_other_policies() -> None:
    text = """
policy: p
answers: {tags: {one_of: [a, b]}}
hit: collect
rules: [{id: r, when: {issue.kind: damage}, then: {tags: a}}]
---
policy: q
answers: {answer: number}
otherwise: {answer: 0}
rules: [{id: r, when: {tags: {includes: a}}, then: {answer: 1}}]
"""
    assert said(text, issue__kind="damage") == 1
    assert said(text, issue__kind="wish") == 0


# ---- answers that the recommendation reads


@pytest.mark.parametrize(
    ("answer", "kind", "otherwise"),
    [
        ("severity", "{one_of: [normal, urgent]}", "normal"),
        ("automation.mode", "{one_of: [agent, auto]}", "agent"),
        ("freight.out", "{one_of: [merchant, customer]}", "customer"),
        ("eligibility.return", "{one_of: [not_asked, denied, granted]}", "denied"),
        ("eligibility.return.until", "instant", "submitted_at"),
        ("eligibility.return.day", "number", "3"),
    ],
)
def test_an_answer_of_the_type_that_is_read_is_taken(answer: str, kind: str, otherwise: str) -> None:
    text = f"policy: p\nanswers: {{{answer}: {kind}}}\notherwise: {{{answer}: {otherwise}}}\n"
    text += f"rules: [{{id: r, when: {{}}, then: {{{answer}: {otherwise}}}}}]"
    assert policy(text).answers[answer].contracted is None
