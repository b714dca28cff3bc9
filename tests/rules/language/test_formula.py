"""What formulas amount to, exactly; the figures are worked out by hand."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.language.condition import FactOperand, Literal, ParameterOperand
from rules.language.formula import BOUNDS, OPERATIONS, Operation, bind_formula, operands, read_formula
from rules.language.names import Names
from rules.text.reader import Reader
from rules.values.kind import Type
from rules.values.value import OPEN, Interval
from tests.support.base_packs import node_of

MONEY = Type("money")
FACTS = {
    "paid": MONEY,
    "price.now": MONEY,
    "units": Type("number"),
    "all": Type("number"),
    "share": Type("ratio"),
    "at": Type("instant"),
    "then": Type("instant"),
    "colour": Type("one_of", values=("red", "green")),
    "red": Type("one_of", values=("red", "green")),
    "note": Type("text"),
}
PARAMETERS = {"rate": Type("number", unit="percent"), "least": MONEY}


def names() -> Names:
    return Names("EUR", facts=dict(FACTS), parameters=PARAMETERS)


def amount(text: str, kind: Type = MONEY, **known: Any) -> Any:
    """Return what a formula amounts to, given the facts and parameters that are known; points are written __."""
    reader = Reader()
    formula = read_formula(node_of(text), kind, names(), reader)
    assert reader.problems == []
    assert formula is not None
    slots = {name: at for at, name in enumerate((*FACTS, *PARAMETERS))}
    frame = [known.get(name.replace(".", "__"), OPEN) for name in slots]
    return bind_formula(formula, lambda operand: slots[operand.name])(frame)


@pytest.mark.parametrize(
    ("formula", "known", "value"),
    [
        ("12.80 EUR", {}, 1280),
        ("0", {}, 0),
        ("paid", {"paid": 5}, 5),
        ("{fact: price.now}", {"price__now": 7}, 7),
        ("{parameter: least}", {"least": 9}, 9),
        # one per cent of 128.01 is 1.2801
        ("{percent: 1, of: paid}", {"paid": 12801}, Fraction(12801, 100)),
        ("{percent: {parameter: rate}, of: paid}", {"paid": 12800, "rate": 20}, 2560),
        ("{percent: 0.1, of: 3 EUR}", {}, Fraction(3, 10)),
        ("{times: units, of: paid}", {"units": 3, "paid": 101}, 303),
        ("{times: 1.5, of: 0.01 EUR}", {}, Fraction(3, 2)),
        ("{share: share, of: paid}", {"share": Fraction(1, 3), "paid": 100}, Fraction(100, 3)),
        ("{part: units, in: all, of: paid}", {"units": 1, "all": 3, "paid": 100}, Fraction(100, 3)),
        ("{part: units, in: all, of: paid}", {"units": 0, "all": 3, "paid": 100}, 0),
        ("{minus: [paid, 0.30 EUR]}", {"paid": 100}, 70),
        ("{minus: [paid, 3 EUR]}", {"paid": 100}, 0),  # never below zero
        ("{sum: [paid, price.now, 1 EUR]}", {"paid": 1, "price__now": 2}, 103),
        ("{highest: [paid, price.now, 0]}", {"paid": 1, "price__now": 2}, 2),
        ("{lowest: [paid, price.now]}", {"paid": 1, "price__now": 2}, 1),
        ("{percent: 10, of: paid, at_least: 3 EUR}", {"paid": 1000}, 300),
        ("{percent: 10, of: paid, at_least: 3 EUR}", {"paid": 9000}, 900),
        ("{percent: 10, of: paid, at_most: 30 EUR}", {"paid": 90000}, 3000),
        ("{percent: 10, of: paid, at_least: 3 EUR, at_most: 30 EUR}", {"paid": 5000}, 500),
        ("{sum: [0, 0], at_least: price.now, at_most: {parameter: least}}", {"price__now": 9, "least": 5}, 5),
        ("{percent: 50, of: {minus: [paid, {percent: 10, of: paid}]}}", {"paid": 100}, 45),
        ("{highest: [{sum: [paid, 1 EUR]}, {lowest: [2 EUR, 3 EUR]}]}", {"paid": 50}, 200),
    ],
)
def test_a_formula_amounts_to_an_exact_number(formula: str, known: dict[str, Any], value: object) -> None:
    assert amount(formula, **known) == value
    assert not isinstance(amount(formula, **known), float)


def test_seven_sevenths_make_the_whole() -> None:
    seventh = "{part: 1, in: 7, of: paid}"
    assert amount(f"{{sum: [{', '.join([seventh] * 7)}]}}", paid=100) == 100


@pytest.mark.parametrize(
    "formula",
    [
        "paid", "{parameter: least}", "{percent: 10, of: paid}", "{percent: {parameter: rate}, of: 1 EUR}",
        "{sum: [1 EUR, paid]}", "{highest: [1 EUR, paid]}", "{minus: [0, paid]}",
        "{sum: [1 EUR, 1 EUR], at_most: paid}", "{sum: [1 EUR, 1 EUR], at_least: paid}",
        "{times: 0, of: paid}", "{part: 1, in: all, of: 1 EUR}",
    ],
)  # fmt: skip
def test_what_is_not_known_leaves_the_amount_open(formula: str) -> None:
    assert amount(formula) is OPEN


def test_a_share_of_nothing_is_not_known() -> None:
    assert amount("{part: units, in: all, of: paid}", units=0, all=0, paid=100) is OPEN
    assert amount("{part: 1, in: all, of: 1 EUR, at_least: 1 EUR, at_most: 2 EUR}", all=0) is OPEN


def test_bounds_of_a_supposed_fact_are_not_reckoned_with() -> None:
    assert amount("{times: 2, of: paid}", paid=Interval(1, 2)) is OPEN


# ---- types


def test_a_number_may_be_a_ratio_and_a_ratio_a_number() -> None:
    assert amount("share", Type("number"), share=Fraction(1, 2)) == Fraction(1, 2)
    assert amount("{minus: [1, share]}", Type("ratio"), share=Fraction(1, 4)) == Fraction(3, 4)


def test_the_later_of_two_instants_is_the_highest() -> None:
    assert amount("{highest: [at, then]}", Type("instant"), at=5, then=3) == 5
    day = date(2026, 8, 14).toordinal()
    assert amount("{lowest: [2026-08-14, 2026-08-15]}", Type("date")) == day


def test_a_value_of_the_type_means_itself_whatever_facts_are_called() -> None:
    colour = FACTS["colour"]
    assert amount("red", colour, red="green") == "red"
    assert amount("{fact: red}", colour, red="green") == "green"
    assert amount("colour", colour, colour="green") == "green"
    assert amount("note", Type("text"), note="hello") == "note"
    assert amount("{fact: note}", Type("text"), note="hello") == "hello"


@pytest.mark.parametrize(
    ("formula", "kind", "reported"),
    [
        ("units", MONEY, "1:1: R207 'units' is a number where an amount of money is expected"),
        ("{times: paid, of: paid}", MONEY, "1:9: R207 'paid' is an amount of money where a number is expected"),
        ("{sum: [paid, 3]}", MONEY, "1:14: R210 '3' is not an amount of money"),
        ("{percent: 10, of: price.nwo}", MONEY, "1:19: R203 unknown fact 'price.nwo' (did you mean 'price.now'?)"),
        ("{percent: rate, of: paid}", MONEY, "1:11: R210 'rate' is not a number"),
        ("{parameter: rates}", Type("number"), "1:13: R204 unknown parameter 'rates' (did you mean 'rate'?)"),
        ("{sum: [at, then]}", Type("instant"), "1:1: R207 'sum' gives no instant"),
        ("{highest: [red, green]}", FACTS["colour"], "1:1: R207 'highest' gives no one_of"),
        ("[1 EUR, 2 EUR]", MONEY, "1:1: R210 one value is expected here"),
        ("{sum: paid}", MONEY, "1:7: R107 a list is expected here"),
        ("{}", MONEY, "1:1: R107 a formula has exactly one operation"),
    ],
)
def test_what_amounts_to_nothing_is_reported_at_its_position(formula: str, kind: Type, reported: str) -> None:
    reader = Reader()
    assert read_formula(node_of(formula), kind, names(), reader) is None
    assert [str(problem).startswith(f"a.yaml:{reported}") for problem in reader.problems] == [True]


def test_a_formula_lists_what_it_reads() -> None:
    text = "{percent: {parameter: rate}, of: {minus: [paid, price.now]}, at_least: {parameter: least}}"
    formula = read_formula(node_of(text), MONEY, names(), Reader())
    assert formula is not None
    assert list(operands(formula)) == [
        ParameterOperand("rate"),
        FactOperand("paid"),
        FactOperand("price.now"),
        ParameterOperand("least"),
    ]


# ---- anything at all

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["paid", "share", "3 EUR", "x.y", "red", "0.5"])
)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*OPERATIONS, *BOUNDS, "of", "in", "fact", "parameter"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(TREES, st.sampled_from(["money", "number", "ratio", "instant", "yes_no", "text", "one_of", "list"]))
def test_whatever_is_written_is_read_or_reported(tree: object, kind: str) -> None:
    import json

    wanted = Type(kind, values=("red",) if kind == "one_of" else (), item=MONEY if kind == "list" else None)
    reader = Reader()
    formula = read_formula(node_of(json.dumps(tree)), wanted, names(), reader)
    assert (formula is None) is bool(reader.problems)
    if isinstance(formula, Operation):
        slots = {name: at for at, name in enumerate((*FACTS, *PARAMETERS))}
        frame = [Fraction(1, 2) for _ in slots]
        found = bind_formula(formula, lambda operand: slots[operand.name])(frame)
        assert found is OPEN or isinstance(found, int | Fraction)
    elif isinstance(formula, Literal):
        assert not isinstance(formula.value, float)
