"""How rules and facts look to the engine: small whole numbers, and conjunctions of comparisons with them."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from rules.compiling.encode import periods
from rules.compiling.pack import Pack
from rules.compiling.program import Alternatives
from rules.engine_rules import MOST_ALTERNATIVES, Atom
from rules.values.value import OPEN, OpenList
from tests.support.base_packs import answers, case_of, pack_of, problems_of

VOCABULARY = """
groups: {order: {of: case}, issue: {of: issue}}
facts:
  order.paid_at: {type: instant}
  issue.kind:    {type: {one_of: [damage, delay, wish]}}
  issue.used:    {type: yes_no}
  issue.share:   {type: ratio}
  issue.sum:     {type: money}
  issue.cost:    {type: money}
  issue.tags:    {type: {list_of: {one_of: [a, b]}}}
"""
SOURCES = "documents: {law: {title: {en: L}, as_of: order.paid_at}}\narticles: {L-1: {document: law, says: {en: x}}}"
PARAMETERS = """
most:  {type: money, source: L-1, values: {2020-01-01: 5 EUR, 2022-01-01: 7 EUR, 2024-01-01: 9 EUR}}
always: {type: money, values: 6 EUR}
"""


def pack(rules: str) -> Pack:
    policy = f"policy: p\nanswers: {{answer: number}}\notherwise: {{answer: 0}}\nrules:\n{rules}"
    return pack_of(
        {"vocabulary.yaml": VOCABULARY, "sources.yaml": SOURCES, "parameters.yaml": PARAMETERS, "p.yaml": policy}
    )


def alternatives(rules: str, position: int = 0) -> Alternatives:
    """Return what the engine is given for one rule of the policy."""
    program = pack(rules).program
    where = next(one for one in program.policies if one.policy.name == "p").position
    (stratum,) = (one for one in program.strata if (where, position) in one.places)
    return dict(stratum.rules)[stratum.places.index((where, position))]


def code(rules: str, fact: str, value: Any) -> int | None:
    """Return the number by which the engine knows a value of a fact."""
    program = pack(rules).program
    frame = [OPEN] * program.size
    frame[program.slots[fact]] = value
    for stratum in program.strata:
        for name, read in stratum.fields:
            if name.partition(" ")[0] == str(program.slots[fact]):
                return read(frame)
    raise AssertionError(fact)


def rule(when: str, name: str = "r", more: str = "") -> str:
    return f"  - {{id: {name}, when: {when}, then: {{answer: 1}}{more}}}\n"


BETWEEN = rule("{issue.sum: {at_least: 3 EUR}}") + rule("{issue.sum: {less_than: 5 EUR}}", "s")


@pytest.mark.parametrize(
    ("value", "rank"), [(0, 0), (299, 0), (300, 1), (301, 2), (499, 2), (500, 3), (501, 4), (2**60, 4), (OPEN, None)]
)
def test_amounts_are_known_by_their_place_among_the_constants(value: Any, rank: int | None) -> None:
    assert code(BETWEEN, "issue.sum", value) == rank


def test_a_comparison_is_one_of_places() -> None:
    (one,) = alternatives(BETWEEN)
    (other,) = alternatives(BETWEEN, 1)
    assert [(atom.op, atom.code) for atom in (*one, *other)] == [(">=", 1), ("<", 3)]


def test_ranks_are_exact_whatever_the_fractions() -> None:
    rules = rule("{issue.share: {at_least: 0.333333333333333}}")
    assert code(rules, "issue.share", Fraction(1, 3)) == 2
    assert code(rules, "issue.share", Fraction(333_333_333_333_333, 10**15)) == 1


@pytest.mark.parametrize(("value", "number"), [("damage", 0), ("delay", 1), ("wish", 2), (OPEN, None)])
def test_values_are_known_by_their_place_in_the_type(value: Any, number: int | None) -> None:
    assert code(rule("{issue.kind: wish}"), "issue.kind", value) == number


@pytest.mark.parametrize(("value", "number"), [(True, 1), (False, 0), (OPEN, None)])
def test_yes_and_no_are_one_and_zero(value: Any, number: int | None) -> None:
    assert code(rule("{issue.used: false}"), "issue.used", value) == number


@pytest.mark.parametrize(
    ("when", "fact", "true", "false"),
    [
        ("{issue.kind: [damage, delay]}", "issue.kind", "delay", "wish"),
        ("{issue.kind: {is_not: [damage, delay]}}", "issue.kind", "wish", "delay"),
        ("{issue.tags: {includes: a}}", "issue.tags", ("a",), ("b",)),
        ("{issue.tags: {includes: a}}", "issue.tags", OpenList(frozenset("a"), frozenset()),
         OpenList(frozenset(), frozenset("a"))),
    ],
)  # fmt: skip
def test_what_is_no_comparison_with_one_constant_is_a_hidden_yes_or_no(
    when: str, fact: str, true: Any, false: Any
) -> None:
    ((atom,),) = alternatives(rule(when))
    assert (atom.op, atom.code) == ("==", 1)
    assert [code(rule(when), fact, value) for value in (true, false, OPEN)] == [1, 0, None]


# ---- alternatives


def test_conditions_that_must_all_hold_are_one_conjunction() -> None:
    (parts,) = alternatives(
        rule("{issue.kind: damage, issue.used: true, not: {any: [{issue.sum: 0}, {issue.share: 1}]}}")
    )
    assert [atom.op for atom in parts] == ["==", "==", "!=", "!="]


def test_each_way_to_hold_is_an_alternative() -> None:
    share = "{any: [{issue.share: 0}, {issue.share: 1}]}"
    when = f"{{any: [{{issue.kind: damage}}, {{issue.used: true, issue.sum: 0}}], all: [{share}]}}"
    assert [len(parts) for parts in alternatives(rule(when))] == [2, 2, 3, 3]


def test_a_rule_without_conditions_always_holds() -> None:
    assert alternatives(rule("{}")) == ((),)


def test_a_test_that_stands_twice_is_asked_once() -> None:
    (parts,) = alternatives(rule("{issue.kind: damage, all: [{issue.kind: damage}]}"))
    assert len(parts) == 1


def test_an_exception_has_the_conditions_of_its_rule() -> None:
    rules = rule("{any: [{issue.kind: damage}, {issue.kind: delay}]}") + rule(
        "{issue.used: true}", "s", ", exception_to: r"
    )
    first, second = alternatives(rules, 1)
    (used,) = set(first) & set(second)
    assert {used, *first, *second} == {used, *(atom for parts in alternatives(rules) for atom in parts)}


def test_an_exception_to_several_rules_has_the_alternatives_of_each() -> None:
    rules = rule("{issue.kind: damage}") + rule("{issue.kind: delay}", "s")
    rules += rule("{issue.used: true}", "t", ", exception_to: [r, s]")
    (used,) = set.intersection(*map(set, alternatives(rules, 2)))
    assert list(alternatives(rules, 2)) == [(*alternatives(rules, at)[0], used) for at in (0, 1)]


@pytest.mark.parametrize(("ways", "reported"), [((8, 8), []), ((5, 13), ["R305"]), ((70, 70, 70), ["R305"])])
def test_sixty_four_alternatives_are_taken_and_no_more(ways: tuple[int, ...], reported: list[str]) -> None:
    assert MOST_ALTERNATIVES == 64
    lists = [
        f"{{any: [{', '.join(f'{{issue.sum: {group}.{at:02} EUR}}' for at in range(count))}]}}"
        for group, count in enumerate(ways)
    ]
    head = "policy: p\nanswers: {answer: number}\notherwise: {answer: 0}\nrules:\n"
    policy = head + rule("{all: [" + ", ".join(lists) + "]}")
    problems = problems_of({"vocabulary.yaml": VOCABULARY, "p.yaml": policy})
    assert [problem.code for problem in problems] == reported


# ---- days


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def test_a_figure_that_changes_is_one_alternative_a_period() -> None:
    found = alternatives(rule("{issue.sum: {at_most: {parameter: most}}}"))
    assert len(found) == 3
    # Before the last, each period has a first and a last day; the first day of all guards the rule as a whole.
    assert [sorted(atom.op for atom in parts) for parts in found] == [
        ["<=", "<=", ">="],
        ["<=", "<=", ">=", ">="],
        ["<=", ">=", ">="],
    ]


def test_a_figure_without_dates_is_a_constant() -> None:
    ((atom,),) = alternatives(rule("{issue.sum: {at_most: {parameter: always}}}"))
    assert atom == Atom(atom.field, "<=", atom.code)


def test_the_periods_of_a_figure_leave_no_day_out() -> None:
    found = periods(pack(rule("{}")).parameters["most"])
    assert found == (
        (day("2020-01-01"), day("2021-12-31"), 500),
        (day("2022-01-01"), day("2023-12-31"), 700),
        (day("2024-01-01"), None, 900),
    )


@pytest.mark.parametrize(
    ("paid", "most"),
    [
        ("2020-01-01", 500),
        ("2021-12-31", 500),
        ("2022-01-01", 700),
        ("2023-12-31", 700),
        ("2024-01-01", 900),
        ("2019-12-31", -1),
    ],
)
def test_the_engine_compares_with_the_figure_of_the_day(paid: str, most: int) -> None:
    """`answers` asks the engine and the evaluator, and they must agree."""
    rules = rule("{issue.sum: {at_most: {parameter: most}}}") + rule(
        "{issue.cost: {more_than: {fact: issue.sum}}}", "s"
    )
    for amount in (0, 499, 500, 501, 699, 700, 701, 899, 900, 901):
        case = case_of(order__paid_at=f"{paid}T12:00:00Z", issue__sum=amount, issue__cost=0)
        assert answers(pack(rules), case)["answer"] == int(amount <= most)


def test_a_rule_is_guarded_by_its_own_days() -> None:
    (parts,) = alternatives(rule("{}", more=", source: L-1, in_force: {from: 2020-01-01, until: 2021-01-01}"))
    assert [atom.op for atom in parts] == [">=", "<="]
