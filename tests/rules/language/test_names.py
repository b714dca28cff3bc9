"""Which names may be used where, and what is said of the others."""

import pytest

from rules.language.names import Names, check_name
from rules.text.nodes import Mapping
from rules.text.reader import Reader
from rules.values.kind import Type
from tests.support.base_packs import node_of


@pytest.fixture
def names() -> Names:
    return Names(
        "EUR",
        facts={"issue.kind": Type("text"), "order.sum": Type("money")},
        parameters={"days": Type("number")},
        untestable={"customer.name": "carried"},
        sources=frozenset({"LAW-1", "LAW-2"}),
        faulty={"issue.colour"},
    )


@pytest.mark.parametrize(
    ("written", "name", "reported"),
    [
        ("issue.kind", "issue.kind", []),
        ("issue.kinds", None, ["R203 unknown fact 'issue.kinds' (did you mean 'issue.kind'?)"]),
        ("kind", None, ["R203 unknown fact 'kind' (did you mean 'issue.kind'?)"]),
        ("'true'", None, ["R203 unknown fact 'true' (add it to vocabulary.yaml)"]),
        ("customer.name", None, ["R212 'customer.name' is carried (test another fact)"]),
        ("issue.colour", None, []),
        ("[issue.kind]", None, ["R107 text is expected here, not a list; put it in quotes"]),
    ],
)
def test_a_fact_is_known_or_reported(names: Names, written: str, name: str | None, reported: list[str]) -> None:
    reader = Reader()
    assert names.fact(node_of(written), reader) == name
    assert [str(problem).partition(": ")[2] for problem in reader.problems] == reported


def test_a_parameter_is_known_or_reported(names: Names) -> None:
    reader = Reader()
    assert names.parameter(node_of("days"), reader) == "days"
    assert names.parameter(node_of("issue.colour"), reader) is None
    assert reader.problems == []
    assert names.parameter(node_of("issue.kind"), reader) is None
    assert [problem.code for problem in reader.problems] == ["R204"]


def test_each_source_that_is_not_known_is_reported_at_its_own_place(names: Names) -> None:
    reader = Reader()
    assert names.cited(node_of("[LAW-3, LAW-2, LAW-4]"), reader) == ("LAW-2",)
    assert [(problem.code, problem.place.column) for problem in reader.problems] == [("R205", 2), ("R205", 16)]
    assert names.cited(node_of("LAW-1"), reader) == ("LAW-1",)
    assert names.cited(None, reader) == ()


def test_where_there_are_no_sources_only_the_first_citation_is_remembered() -> None:
    names, reader = Names("EUR"), Reader()
    assert names.cited(node_of("[A-1, A-2]"), reader) == ()
    assert names.cited(node_of("B-1"), reader) == ()
    assert reader.problems == []
    assert names.unsourced is not None
    assert names.unsourced.place.column == 2


@pytest.mark.parametrize("name", ["a", "order.paid_at", "evidence.shows", "订单.付款", "a-b", "x1.y2.z3"])
def test_words_with_points_are_names(name: str) -> None:
    assert check_name(key_of(name), Reader())


@pytest.mark.parametrize("name", ["a b", "1a", ".a", "a.", "a..b", "$day", "a/b", "all", "any", "not", "-a", "a{b}"])
def test_other_words_are_no_names(name: str) -> None:
    reader = Reader()
    assert not check_name(key_of(name), reader)
    assert [problem.code for problem in reader.problems] == ["R107"]


def key_of(name: str):  # type: ignore[no-untyped-def]
    node = node_of(f"'{name}': 1")
    assert isinstance(node, Mapping)
    return node.items[0][0]
