"""Exceptions behind their rules, however the rules were written."""

from random import Random

import pytest

from rules.language.exceptions import MAX_DEPTH
from rules.language.rule import Rule
from tests.support.base_packs import pack_of, problems_of

HEAD = "policy: p\nanswers: {a: number}\notherwise: {a: 0}\nrules:\n"


def line(name: str, target: str = "") -> str:
    """Return a rule; `target` is what it is an exception to, a name or a list in brackets."""
    above = f"exception_to: {target}, " if target else ""
    return f"  - {{id: {name}, {above}when: {{}}, then: {{a: 1}}}}\n"


def in_order(text: str) -> tuple[Rule, ...]:
    return next(one.rules for one in pack_of({"p.yaml": HEAD + text}).policies if one.name == "p")


def test_every_rule_comes_before_its_exceptions() -> None:
    """Written in any order, a tree of forty rules is put in one in which each knows the position of its own."""
    random = Random(7)
    targets = {"r0": ""} | {f"r{at}": f"r{random.randrange(at)}" for at in range(1, 40)}
    lines = [line(name, target) for name, target in targets.items()]
    random.shuffle(lines)
    rules = in_order("".join(lines))
    assert len(rules) == 40
    for at, rule in enumerate(rules):
        assert all(parent < at for parent in rule.parents)
        assert [rules[parent].id for parent in rule.parents] == ([targets[rule.id]] if targets[rule.id] else [])


def test_an_exception_to_several_rules_comes_behind_all_of_them() -> None:
    """Also where one of these rules is an exception to another."""
    random = Random(8)
    targets: dict[str, set[str]] = {"r0": set()}
    for at in range(1, 40):
        targets[f"r{at}"] = {f"r{random.randrange(at)}" for _ in range(random.randint(0, 4))}
    lines = [line(name, f"[{', '.join(named)}]" if named else "") for name, named in targets.items()]
    random.shuffle(lines)
    rules = in_order("".join(lines))
    assert sorted(rule.id for rule in rules) == sorted(targets)
    for at, rule in enumerate(rules):
        assert all(parent < at for parent in rule.parents)
        assert {rules[parent].id for parent in rule.parents} == targets[rule.id]


def test_exceptions_may_go_as_deep_as_brackets() -> None:
    chain = [line("r0"), *(line(f"r{at}", f"r{at - 1}") for at in range(1, MAX_DEPTH + 1))]
    assert [rule.parents for rule in in_order("".join(chain))] == [(), *((at,) for at in range(MAX_DEPTH))]
    for below in (f"r{MAX_DEPTH}", f"[r0, r{MAX_DEPTH}]"):  # of several ways down, the longest counts
        (problem,) = problems_of({"p.yaml": HEAD + "".join(chain) + line("below", below)})
        assert problem.code == "R112"


@pytest.mark.parametrize("length", [1, 2, 3, 1000])
def test_a_circle_of_any_length_is_reported_at_each_of_its_rules(length: int) -> None:
    text = "".join(line(f"r{at}", f"r{(at + 1) % length}") for at in range(length))
    problems = problems_of({"p.yaml": HEAD + line("stands") + text})
    assert [problem.code for problem in problems] == ["R302"] * length


def test_a_circle_may_go_through_a_list() -> None:
    text = line("stands") + line("a", "[stands, b]") + line("b", "[a]") + line("c", "[stands, b]")
    reported = [(str(one.place), one.message) for one in problems_of({"p.yaml": HEAD + text})]
    assert reported == [
        ("p.yaml:6:36", "'a' and 'b' (line 7) are exceptions in a cycle"),
        ("p.yaml:7:28", "'b' and 'a' (line 6) are exceptions in a cycle"),
    ]


def test_a_rule_that_depends_on_a_circle_is_not_in_it() -> None:
    text = line("stands") + line("a", "b") + line("b", "a") + line("c", "a") + line("d", "c")
    reported = [problem.message for problem in problems_of({"p.yaml": HEAD + text})]
    assert reported == [
        "'a' and 'b' (line 7) are exceptions in a cycle",
        "'b' and 'a' (line 6) are exceptions in a cycle",
    ]
