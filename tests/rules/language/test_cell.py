"""Cells of decision tables: what each way of writing one means, and what is said about those that mean nothing."""

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.language.cell import read_cell
from rules.language.condition import All, Condition, Literal
from rules.language.condition import Test as FactTest  # pytest would collect a class named Test
from rules.language.literal import parse_literal
from rules.text.nodes import Node, Scalar, Sequence
from rules.text.problem import Place
from rules.text.reader import Reader
from rules.text.yaml_parser import read_yaml
from rules.values.kind import Type
from rules.values.value import Value

PLACE = Place("table.yaml", 3, 9)
NUMBER = Type("number")
RISK = Type("one_of", values=("Low", "Medium", "High", "18", "no", "own shop"))
YES_NO = Type("yes_no")
MONEY = Type("money")
RATIO = Type("ratio")
DATE = Type("date")
INSTANT = Type("instant")
PHOTOS = Type("list", item=Type("one_of", values=("crack", "label", "whole_lot")))
SHARES = Type("shares", values=("merchant", "customer"))

OPS: dict[str, Callable[[Any, Any], bool]] = {
    "at_least": operator.ge,
    "more_than": operator.gt,
    "at_most": operator.le,
    "less_than": operator.lt,
    "is": operator.eq,
    "is_not": operator.ne,
}


def in_crowns(text: str, kind: Type) -> Value:
    written: object = {"true": True, "false": False, "0": 0}.get(text, text)
    return parse_literal(written, kind, "NOK")


def condition(text: str, kind: Type = NUMBER) -> Condition:
    reader = Reader()
    found = read_cell(Scalar(PLACE, text, text, quoted=True), "fact", kind, reader, in_crowns)
    assert reader.problems == [] and found is not None
    return found


def written(yaml: str, kind: Type) -> tuple[Condition | None, list[str]]:
    """Read a cell that stands in a file as `cell: ...`."""
    (document, *_), problems = read_yaml(f"cell: {yaml}\n".encode(), "table.yaml")
    assert not problems
    reader = Reader()
    node: Node = document.get("cell")  # type: ignore[union-attr, assignment]
    return read_cell(node, "fact", kind, reader, in_crowns), [str(problem) for problem in reader.problems]


def fault(text: str, kind: Type = NUMBER) -> str:
    reader = Reader()
    assert read_cell(Scalar(PLACE, text, text, quoted=True), "fact", kind, reader, in_crowns) is None
    (problem,) = reader.problems
    assert problem.place == PLACE
    return f"{problem.code} {problem.message} ({problem.hint})"


def holds(found: Condition, value: Any) -> bool:
    """Tell whether a value meets a condition, counted out by hand: the meaning that tests rely on."""
    if isinstance(found, FactTest):
        wanted = [operand.value for operand in found.operands if isinstance(operand, Literal)]
        if found.op in ("includes", "excludes"):
            return any(item in value for item in wanted) is (found.op == "includes")
        if found.op == "is_not":
            return value not in wanted
        return any(OPS[found.op](value, one) for one in wanted)
    return (all if isinstance(found, All) else any)(holds(part, value) for part in found.parts)


def test_a_dash_holds_whatever_the_fact_is_and_even_where_it_is_not_known() -> None:
    assert condition("-") == All(())


@pytest.mark.parametrize(
    ("text", "true_of", "false_of"),
    [
        ("18", [18], [17, 19]),
        ("-3", [-3], [3]),
        ("< 10", [9], [10]),
        (">=18", [18, 19], [17]),
        ("<=0.5", [Fraction(1, 2), 0], [Fraction(51, 100)]),
        ("> -2", [-1], [-2]),
        ("(0..24]", [1, 24], [0, 25]),
        ("[1..5]", [1, 5], [0, 6]),
        ("[1..5)", [1, 4], [0, 5]),
        ("]1..5[", [2, 4], [1, 5]),
        ("( 1 .. 5 )", [2, 4], [1, 5]),
        ("[0.10..0.30]", [Fraction(1, 10), Fraction(3, 10)], [0, Fraction(31, 100)]),
        ("[-5..-1]", [-5, -1], [0, -6]),
        ("[5..5]", [5], [4, 6]),
        ("[5..10),[15..20]", [5, 9, 15, 20], [4, 10, 14, 21]),
        ("1, 3, > 7, [4..5]", [1, 3, 4, 5, 8], [0, 2, 6, 7]),
        ("not(3)", [2], [3]),
        ("not(1, 2)", [3], [1, 2]),
        ("not([1..5], 8)", [0, 6], [1, 5, 8]),
        ("not (> 5)", [5], [6]),
    ],
)
def test_numbers(text: str, true_of: list[Any], false_of: list[Any]) -> None:
    found = condition(text)
    assert [value for value in true_of if not holds(found, value)] == []
    assert [value for value in false_of if holds(found, value)] == []


def test_a_comma_means_or_even_where_that_holds_for_everything() -> None:
    found = condition("> 30, <= 60")
    assert all(holds(found, number) for number in (0, 30, 31, 60, 61))


@pytest.mark.parametrize(
    ("text", "true_of"),
    [
        ("Medium", ["Medium"]),
        ('"Medium"', ["Medium"]),
        ('"Medium","Low"', ["Medium", "Low"]),
        ("Medium,Low", ["Medium", "Low"]),
        ("not(Medium)", ["Low", "High", "18", "no", "own shop"]),
        ("no", ["no"]),
        ("18", ["18"]),
        ("own shop, High", ["own shop", "High"]),
    ],
)
def test_values_of_a_choice(text: str, true_of: list[str]) -> None:
    assert [value for value in RISK.values if holds(condition(text, RISK), value)] == sorted(
        true_of, key=RISK.values.index
    )


def test_plain_values_become_one_test_which_the_engine_can_group_by() -> None:
    assert condition("Medium, Low", RISK) == FactTest("fact", "is", (Literal("Medium"), Literal("Low")), PLACE)


def test_true_and_false() -> None:
    assert condition("true", YES_NO) == FactTest("fact", "is", (Literal(True),), PLACE)
    assert condition("not(true)", YES_NO) == FactTest("fact", "is_not", (Literal(True),), PLACE)


def test_money_is_written_with_its_currency() -> None:
    found = condition("[3 NOK..30.50 NOK]", MONEY)
    assert [holds(found, minor) for minor in (299, 300, 3050, 3051)] == [False, True, True, False]


def test_nothing_is_nothing_in_any_currency() -> None:
    assert condition("> 0", MONEY) == FactTest("fact", "more_than", (Literal(0),), PLACE)


def test_days_and_instants_are_ordered() -> None:
    day = condition("< 2014-03-15", DATE)
    assert [holds(day, number) for number in (735306, 735307)] == [True, False]  # 2014-03-14 and 2014-03-15
    moment = condition(">= 1970-01-01T08:00:01+08:00", INSTANT)
    assert [holds(moment, microseconds) for microseconds in (999_999, 1_000_000)] == [False, True]


def test_a_list_is_asked_what_it_includes() -> None:
    assert condition("crack, label", PHOTOS) == FactTest(
        "fact", "includes", (Literal("crack"), Literal("label")), PLACE
    )
    assert condition("not(crack)", PHOTOS) == FactTest("fact", "excludes", (Literal("crack"),), PLACE)
    assert condition("merchant", SHARES) == FactTest("fact", "includes", (Literal("merchant"),), PLACE)


@pytest.mark.parametrize(
    ("yaml", "kind", "true_of"),
    [
        ("18", NUMBER, [18]),
        ("0.10", NUMBER, [Fraction(1, 10)]),
        ("true", YES_NO, [True]),
        ("Medium", RISK, ["Medium"]),
        ("'no'", RISK, ["no"]),
        ("[Medium, Low]", RISK, ["Medium", "Low"]),
        ("[1, '[3..4]']", NUMBER, [1, 3, 4]),
        ("[not(Medium, Low)]", RISK, ["High"]),
    ],
)
def test_cells_as_they_stand_in_a_file(yaml: str, kind: Type, true_of: list[Any]) -> None:
    found, problems = written(yaml, kind)
    assert problems == [] and found is not None
    assert all(holds(found, value) for value in true_of)


def test_an_unquoted_range_is_a_list_to_yaml_and_is_reported_so() -> None:
    assert written("[1..5]", NUMBER) == (
        None,
        ["table.yaml:1:7: R310 '1..5' is a range inside a list (put a range in quotes: '[1..5]')"],
    )


@pytest.mark.parametrize("yaml", ["", "~", "[]", "{at_least: 3}", "[[1, 2]]"])
def test_what_is_no_cell(yaml: str) -> None:
    found, problems = written(yaml, NUMBER)
    assert found is None
    assert [problem.partition(": ")[2][:4] for problem in problems] == ["R310"]


@pytest.mark.parametrize("listed", [False, True])
def test_a_value_that_has_been_reported_is_not_reported_again(listed: bool) -> None:
    reader = Reader()
    faulty = Scalar(PLACE, "yes", "yes", faulty=True)
    node = Sequence(PLACE, (faulty,)) if listed else faulty
    assert read_cell(node, "fact", YES_NO, reader, in_crowns) is None
    assert reader.problems == []


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("Midium", RISK, "R202 'Midium' is not a value of 'fact' (did you mean 'Medium'?)"),
        ('"purple"', RISK, "R202 'purple' is not a value of 'fact' (one of: Low, Medium, High, 18, no, own shop)"),
        ("Low，High", RISK, "R202 'Low，High' is not a value of 'fact' (use half-width characters: 'Low,High')"),
        ("> Medium", RISK, "R207 '> Medium' does not fit 'fact'"),
        ("[Low..High]", RISK, "R207 '[Low..High]' does not fit 'fact'"),
        ("< true", YES_NO, "R207 '< true' does not fit 'fact'"),
        ("(crack..label)", PHOTOS, "R207"),
        ("abc", NUMBER, "R210 'abc' is not a number"),
        ("3", MONEY, "R210 '3' is not an amount of money"),
        ("1.5", RATIO, "R210 '1.5' is not a ratio from 0 to 1"),
        ("2026-02-30", DATE, "R210 '2026-02-30' is not a date"),
        ("2026-01-01T00:00:00", INSTANT, "R210 '2026-01-01T00:00:00' is not an instant with its offset"),
        ("yes", YES_NO, "R210 'yes' is not true or false (write true or false)"),
        ("0x8", NUMBER, "R210 '0x8' is not a number"),
        ("null", NUMBER, "R310 'null' is not a value (use a rule with known: false for an unknown fact)"),
        ("1..5", NUMBER, "R310 the syntax of '1..5' is invalid (put brackets around a range: '[1..5]')"),
        ("（1..5）", NUMBER, "R310 the syntax of '（1..5）' is invalid"),
        ("≥ 5", NUMBER, "R210 '≥ 5' is not a number (use half-width characters: '>= 5')"),
        ("=> 5", NUMBER, "R310 the syntax of '=> 5' is invalid (write '>= 5')"),
        ("!= 5", NUMBER, "R310 the syntax of '!= 5' is invalid (write 'not(5)')"),
        ("= 5", NUMBER, "R310 the syntax of '= 5' is invalid (write '5')"),
        ("> > 5", NUMBER, "R310 the syntax of '> > 5' is invalid"),
        ("[5..1]", NUMBER, "R310 no fact lies in this range (write the lower end first"),
        ("(5..5]", NUMBER, "R310 no fact lies in this range"),
        ("-, 5", NUMBER, "R310 '-' accepts any value and must be the whole cell"),
        ("not(-)", NUMBER, "R310 '-' accepts any value and must be the whole cell"),
        ("1,,2", NUMBER, "R310 a value is missing in '1,,2'"),
        ("1,", NUMBER, "R310 a value is missing in '1,'"),
        ("not()", NUMBER, "R310 a value is missing"),
        ("not(1), 2", NUMBER, "R310 the syntax of 'not(1)' is invalid ('not(...)' goes around the whole cell)"),
        ('"Low', RISK, "R310 a quote in '\"Low' is not closed"),
        ("apple", Type("text"), "R207 'fact' is a text and cannot be compared with a value"),
        ("apple", Type("list", item=Type("record")), "R207"),
    ],
)
def test_what_is_wrong_and_how_to_write_it(text: str, kind: Type, said: str) -> None:
    assert fault(text, kind).startswith(said.removesuffix(")"))


@given(
    st.text(alphabet='0123456789.,-<>=()[]not "aLow（，', max_size=12), st.sampled_from([NUMBER, RISK, DATE, PHOTOS])
)
def test_any_text_gives_a_condition_or_one_problem(text: str, kind: Type) -> None:
    reader = Reader()
    found = read_cell(Scalar(PLACE, text, text, quoted=True), "fact", kind, reader, in_crowns)
    assert (found is None) is (len(reader.problems) == 1)


numbers = st.integers(-30, 30).map(lambda tenths: Fraction(tenths, 10))


@given(numbers, numbers, st.sampled_from("[(]"), st.sampled_from("])["), numbers)
def test_a_range_and_its_opposite_part_all_numbers(
    low: Fraction, high: Fraction, left: str, right: str, x: Fraction
) -> None:
    if low < high:
        text = f"{left}{float(low)}..{float(high)}{right}"
        inside = (low <= x if left == "[" else low < x) and (x <= high if right == "]" else x < high)
        assert holds(condition(text), x) is inside
        assert holds(condition(f"not({text})"), x) is not inside
