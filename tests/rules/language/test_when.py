"""What each test of a rule's conditions means, with what is known and with what is not."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.language.condition import All, AnyOf, Condition, Literal
from rules.language.condition import Test as FactTest  # pytest would collect a class named Test
from rules.language.evaluator import Leaf, Term, bind, bind_test
from rules.language.names import Names
from rules.language.when import read_when
from rules.text.reader import Reader
from rules.values.kind import Type
from rules.values.value import OPEN, OpenList
from tests.support.base_packs import node_of

FACTS = {
    "colour": Type("one_of", values=("red", "green", "blue")),
    "lining": Type("one_of", values=("red", "green", "none")),
    "sort": Type("one_of", values=("new", "old")),
    "open": Type("yes_no"),
    "price": Type("money"),
    "paid": Type("money"),
    "share": Type("ratio"),
    "count": Type("number"),
    "at": Type("instant"),
    "day": Type("date"),
    "tags": Type("list", item=Type("one_of", values=("a", "b", "c"))),
    "bears": Type("shares", values=("shop", "carrier")),
}
PARAMETERS = {"limit": Type("number"), "fashion": Type("one_of", values=("red", "blue"))}
DAY = date(2026, 8, 14).toordinal()


def names() -> Names:
    return Names("EUR", facts=dict(FACTS), parameters=PARAMETERS, asked=frozenset(FACTS))


def condition_of(text: str) -> Condition:
    reader = Reader()
    condition = read_when(node_of(text), names(), reader)
    assert reader.problems == []
    return condition


def holds(text: str, **values: Any) -> bool | None:
    """Tell whether a condition holds of the facts and parameters that are given; the others are not known."""
    slots = {name: at for at, name in enumerate((*FACTS, *PARAMETERS))}
    frame = [values.get(name, OPEN) for name in slots]

    def leaf(test: FactTest) -> Leaf:
        terms = tuple(
            Term(one.value) if isinstance(one, Literal) else Term(slot=slots[one.name]) for one in test.operands
        )
        return bind_test(test, FACTS[test.fact], slots[test.fact], terms)

    return bind(condition_of(text), leaf).check(frame)


@pytest.mark.parametrize(
    ("when", "true", "false"),
    [
        ("{colour: red}", {"colour": "red"}, {"colour": "blue"}),
        ("{colour: [red, green]}", {"colour": "green"}, {"colour": "blue"}),
        ("{colour: {is_not: red}}", {"colour": "blue"}, {"colour": "red"}),
        ("{colour: {is_not: [red, green]}}", {"colour": "blue"}, {"colour": "green"}),
        ("{open: true}", {"open": True}, {"open": False}),
        ("{open: {is_not: true}}", {"open": False}, {"open": True}),
        ("{price: 3 EUR}", {"price": 300}, {"price": 301}),
        ("{price: [0, 3 EUR]}", {"price": 0}, {"price": 3}),
        ("{price: {at_least: 3 EUR}}", {"price": 300}, {"price": 299}),
        ("{price: {more_than: 3 EUR}}", {"price": 301}, {"price": 300}),
        ("{price: {at_most: 3 EUR}}", {"price": 300}, {"price": 301}),
        ("{price: {less_than: 3 EUR}}", {"price": 299}, {"price": 300}),
        ("{count: {more_than: 3, at_most: 5}}", {"count": 5}, {"count": 3}),
        ("{count: {is_not: 3, less_than: 5}}", {"count": 4}, {"count": 3}),
        ("{share: {more_than: 0.1}}", {"share": Fraction(101, 1000)}, {"share": Fraction(1, 10)}),
        ("{share: 0.1}", {"share": Fraction(1, 10)}, {"share": Fraction(1, 3)}),
        ("{day: 2026-08-14}", {"day": DAY}, {"day": DAY + 1}),
        ("{day: {before: 2026-08-14}}", {"day": DAY - 1}, {"day": DAY}),
        ("{day: {after: 2026-08-14}}", {"day": DAY + 1}, {"day": DAY}),
        ("{at: {after: '1970-01-01T08:00:01+08:00'}}", {"at": 1_000_001}, {"at": 1_000_000}),
        ("{tags: {includes: a}}", {"tags": ("b", "a")}, {"tags": ("b",)}),
        ("{tags: {includes: [a, b]}}", {"tags": ("b",)}, {"tags": ("c",)}),
        ("{bears: {includes: shop}}", {"bears": (("shop", 100),)}, {"bears": (("carrier", 100),)}),
        ("{price: {at_most: {fact: paid}}}", {"price": 5, "paid": 5}, {"price": 6, "paid": 5}),
        ("{colour: {fact: lining}}", {"colour": "red", "lining": "red"}, {"colour": "red", "lining": "none"}),
        ("{colour: [blue, {fact: lining}]}", {"colour": "blue"}, {"colour": "red", "lining": "green"}),
        ("{count: {at_least: {parameter: limit}}}", {"count": 3, "limit": 3}, {"count": 2, "limit": 3}),
        ("{colour: {parameter: fashion}}", {"colour": "blue", "fashion": "blue"}, {"colour": "red", "fashion": "blue"}),
        ("{share: {at_least: {fact: count}}}", {"share": 1, "count": 1}, {"share": Fraction(1, 2), "count": 1}),
    ],
)
def test_a_test_holds_or_not(when: str, true: dict[str, Any], false: dict[str, Any]) -> None:
    assert holds(when, **true) is True
    assert holds(when, **false) is False


@pytest.mark.parametrize(
    "when",
    [
        "{colour: red}", "{colour: [red, green, blue]}", "{colour: {is_not: red}}", "{price: {at_least: 0}}",
        "{day: {before: 2026-08-14}}", "{tags: {includes: a}}", "{not: {colour: red}}", "{not: {tags: {includes: a}}}",
        "{open: true}", "{not: {open: true}}", "{price: {at_most: {fact: paid}}}", "{count: {parameter: limit}}",
    ],
)  # fmt: skip
def test_a_test_on_what_is_not_known_is_not_known(when: str) -> None:
    assert holds(when) is None


def test_a_right_side_that_is_not_known_leaves_the_test_open() -> None:
    assert holds("{price: {at_most: {fact: paid}}}", price=5) is None
    assert holds("{count: {at_least: {parameter: limit}}}", count=5) is None
    assert holds("{colour: [red, {fact: lining}]}", colour="red") is True
    assert holds("{colour: [red, {fact: lining}]}", colour="blue") is None


def test_known_false_holds_where_nothing_is_known() -> None:
    assert holds("{open: {known: false}}") is True
    assert holds("{open: {known: false}}", open=False) is False
    assert holds("{not: {open: {known: false}}}", open=False) is True


def test_a_list_that_grows_includes_what_is_there_and_not_what_is_lacking() -> None:
    shown = OpenList(frozenset({"a"}), frozenset({"b"}))
    assert holds("{tags: {includes: a}}", tags=shown) is True
    assert holds("{tags: {includes: b}}", tags=shown) is False
    assert holds("{tags: {includes: c}}", tags=shown) is None
    assert holds("{tags: {includes: [b, c]}}", tags=shown) is None
    assert holds("{not: {tags: {includes: c}}}", tags=shown) is None
    assert holds("{not: {tags: {includes: b}}}", tags=shown) is True


# ---- all, any, not


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (True, True, True, True),
        (True, False, False, True),
        (False, False, False, False),
        (True, None, None, True),
        (False, None, False, None),
        (None, None, None, None),
    ],
)
def test_all_and_any_follow_three_valued_logic(
    left: bool | None, right: bool | None, both: bool | None, either: bool | None
) -> None:
    known = {name: one for name, one in (("open", left), ("share", right)) if one is not None}
    if "share" in known:
        known["share"] = int(known["share"])  # type: ignore[arg-type]
    assert holds("{open: true, share: 1}", **known) is both
    assert holds("{all: [{open: true}, {share: 1}]}", **known) is both
    assert holds("{any: [{open: true}, {share: 1}]}", **known) is either
    assert holds("{not: {any: [{open: true}, {share: 1}]}}", **known) is (None if either is None else not either)
    assert holds("{not: {open: true, share: 1}}", **known) is (None if both is None else not both)


def test_nothing_asked_always_holds() -> None:
    assert condition_of("{}") == All(())
    assert holds("{}") is True
    assert read_when(None, names(), Reader()) == All(())


def test_conditions_nest() -> None:
    when = "{not: {any: [{colour: red}, {all: [{open: true}, {not: {count: {less_than: 3}}}]}]}}"
    assert holds(when, colour="blue", open=True, count=2) is True
    assert holds(when, colour="blue", open=True, count=3) is False
    assert holds(when, colour="red") is False
    assert holds(when, colour="blue", open=False) is True
    assert holds(when, colour="blue", open=True) is None


def test_not_reaches_the_tests_themselves() -> None:
    condition = condition_of("{not: {colour: red, any: [{count: {at_least: 3}}, {tags: {includes: a}}]}}")
    assert isinstance(condition, AnyOf)
    red, both = condition.parts
    assert isinstance(red, FactTest)
    assert red.op == "is_not"
    assert isinstance(both, All)
    assert [part.op for part in both.parts if isinstance(part, FactTest)] == ["less_than", "excludes"]


def test_a_test_knows_its_place() -> None:
    condition = condition_of("{colour: red,\n open: true}")
    assert isinstance(condition, All)
    assert [(part.place.line, part.place.column) for part in condition.parts if isinstance(part, FactTest)] == [
        (1, 2),
        (2, 2),
    ]


# ---- what is refused


@pytest.mark.parametrize(
    ("when", "column", "reported"),
    [
        ("{count: {at_least: [3, 5]}}", 20, "R210 one value is expected"),
        ("{count: {at_least: ~}}", 20, "R210 '~' is not a number"),
        ("{count: {at_least: 3 EUR}}", 20, "R210 '3 EUR' is not a number"),
        ("{count: {fact: 3}}", 16, "R203"),
        ("{count: {fact: tags}}", 16, "R207 'tags' is a list and is compared with a number"),
        ("{colour: {parameter: limit}}", 22, "R207"),
        ("{lining: {parameter: fashion}}", 22, "R207"),
        ("{sort: {fact: colour}}", 15, "R207"),
        ("{tags: {includes: d}}", 19, "R202"),
        ("{tags: {includes: []}}", 19, "R107 an empty list never matches"),
        ("{tags: [a]}", 2, "R207 'tags' is a list and cannot be compared with a value (use includes)"),
        ("{open: 'true'}", 8, "R210 'true' is not true or false"),
        ("{colour: {known: maybe}}", 18, "R2"),
        ("{any: {colour: red}}", 7, "R107"),
        ("{not: [colour]}", 7, "R107"),
        ("[colour]", 1, "R107"),
    ],
)
def test_what_makes_no_sense_is_reported_at_its_position(when: str, column: int, reported: str) -> None:
    reader = Reader()
    read_when(node_of(when), names(), reader)
    assert f"a.yaml:1:{column}: {reported}" in "\n".join(str(problem) for problem in sorted(reader.problems))


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-9, 9),
    st.sampled_from(["red", "a", "3 EUR", "2026-08-14", "x"]),
    st.builds(lambda name: {"fact": name}, st.sampled_from([*FACTS, "z"])),
)
BODIES = (
    VALUES
    | st.lists(VALUES, max_size=3)
    | st.dictionaries(
        st.sampled_from(["at_least", "before", "is_not", "includes", "known", "x"]),
        VALUES | st.lists(VALUES),
        max_size=2,
    )
)
TREES = st.recursive(
    st.dictionaries(st.sampled_from([*FACTS, "z"]), BODIES, max_size=3),
    lambda inner: st.dictionaries(
        st.sampled_from(["any", "all", "not"]), inner | st.lists(inner, max_size=3), max_size=2
    ),
    max_leaves=6,
)


@given(TREES)
def test_whatever_is_written_is_read_or_reported(tree: dict[str, Any]) -> None:
    import json

    reader = Reader()
    condition = read_when(node_of(json.dumps(tree)), names(), reader)
    if not reader.problems:
        assert holds(json.dumps(tree)) in (True, False, None)
    assert isinstance(condition, All | AnyOf | FactTest)
