"""What a vocabulary says of each fact, where it lies in a case, and which values it can take."""

from fractions import Fraction

import pytest

from rules.language.type_reader import read_answered_type, read_type
from rules.language.vocabulary import Vocabulary, read_vocabulary
from rules.text.reader import Reader
from rules.values.kind import Type
from rules.values.value import OPEN
from tests.support.base_packs import node_of

VOCABULARY = """
groups:
  order:    {of: case, label: {zh: 订单, en: order}}
  line:     {of: line}
  issue:    {of: issue}
  evidence: {of: issue}
  stock:    {of: line}
facts:
  channel: {type: {one_of: {shop: {zh: 门店, en: shop}, web: }}}
  order.paid_at:
    type: instant
    label: {zh: 付款时间, en: paid at}
    from: payment_time
    who: [system, customer]
    ask: {en: When was it paid?}
    must_know: true
  order.phone:   {type: text, carried: true}
  order.gift:    {type: yes_no, retired: 2026-01-01}
  line.units:    {type: {number: pieces}, presume: 0.5, because: systems_know, who: system}
  stock.left:    {type: ratio}
  issue.used:    {type: yes_no, presume: false, because: burden_on_customer}
  issue.tags:    {type: {list_of: text}, presume: [], because: not_alleged}
  evidence.seen: {type: {list_of: {what: {one_of: [a, b]}, times: number}}}
"""


def vocabulary_of(text: str) -> tuple[Vocabulary, Reader]:
    reader = Reader()
    return read_vocabulary(node_of(text), "EUR", reader), reader


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    read, reader = vocabulary_of(VOCABULARY)
    assert reader.problems == []
    return read


def test_every_key_of_a_fact_is_read(vocabulary: Vocabulary) -> None:
    fact = vocabulary.facts["order.paid_at"]
    assert fact.type == Type("instant")
    assert fact.label == {"zh": "付款时间", "en": "paid at"}
    assert fact.ask == {"en": "When was it paid?"}
    assert (fact.origin, fact.who, fact.must_know) == ("payment_time", ("system", "customer"), True)
    assert (fact.carried, fact.retired, fact.presume, fact.because) == (False, False, OPEN, "")
    assert (fact.place.line, fact.place.column) == (10, 3)


def test_a_presumption_is_a_value_of_the_type_with_its_reason(vocabulary: Vocabulary) -> None:
    presumed = {name: (fact.presume, fact.because) for name, fact in vocabulary.facts.items() if fact.because}
    assert presumed == {
        "line.units": (Fraction(1, 2), "systems_know"),
        "issue.used": (False, "burden_on_customer"),
        "issue.tags": ((), "not_alleged"),
    }


def test_carried_and_retired_facts_are_marked(vocabulary: Vocabulary) -> None:
    assert [name for name, fact in vocabulary.facts.items() if fact.carried] == ["order.phone"]
    assert [name for name, fact in vocabulary.facts.items() if fact.retired] == ["order.gift"]


@pytest.mark.parametrize(
    ("moved", "code"),
    [
        ("{type: yes_no, moved_to: issue.used}", "R203"),  # it is not retired
        ("{type: yes_no, retired: 2026-01-01, moved_to: issue.gone}", "R203"),
        ("{type: yes_no, retired: 2026-01-01, moved_to: order.gift}", "R203"),  # itself retired
        ("{type: yes_no, retired: 2026-01-01, moved_to: stock.left}", "R207"),
        ("{type: number, retired: 2026-01-01, moved_to: line.units}", "R207"),  # no line is meant
        ("{type: text, retired: 2026-01-01, moved_to: {fact: evidence.seen, field: times}}", "R207"),
        ("{type: number, retired: 2026-01-01, moved_to: {fact: evidence.seen, field: times, with: {what: c}}}", "R202"),
        ("{type: number, retired: 2026-01-01, moved_to: {fact: evidence.seen, field: times, with: {what: a}}}", ""),
        ("{type: yes_no, retired: 2026-01-01, moved_to: issue.used}", ""),
    ],
)
def test_a_retired_fact_moves_to_one_in_use_that_fits(moved: str, code: str) -> None:
    _, reader = vocabulary_of(VOCABULARY + f"  order.past: {moved}\n")
    assert [problem.code for problem in reader.problems] == ([code] if code else [])


@pytest.mark.parametrize(
    ("name", "scope", "path"),
    [
        ("channel", "case", ("channel",)),
        ("order.paid_at", "case", ("order", "paid_at")),
        ("line.units", "line", ("units",)),
        ("stock.left", "line", ("stock", "left")),
        ("issue.used", "issue", ("used",)),
        ("evidence.seen", "issue", ("evidence", "seen")),
    ],
)
def test_a_fact_lies_where_its_group_says(vocabulary: Vocabulary, name: str, scope: str, path: tuple[str, ...]) -> None:
    assert (vocabulary.scope(name), vocabulary.path(name)) == (scope, path)


def test_the_labels_of_values_go_with_the_type(vocabulary: Vocabulary) -> None:
    channel = vocabulary.facts["channel"].type
    assert channel.values == ("shop", "web")
    assert channel.labels == {"shop": {"zh": "门店", "en": "shop"}}


def test_no_vocabulary_is_an_empty_one() -> None:
    assert read_vocabulary(None, "EUR", Reader()).facts == {}


def test_a_faulty_fact_leaves_the_others_standing() -> None:
    read, reader = vocabulary_of("facts: {a: {type: bool}, b: {type: text}}")
    assert list(read.facts) == ["b"]
    assert [str(problem)[:13] for problem in reader.problems] == ["a.yaml:1:19: "]


# ---- types


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("yes_no", Type("yes_no")),
        ("number", Type("number")),
        ("{number: percent}", Type("number", unit="percent")),
        ("{number: percent, at_least: 0, at_most: 100}", Type("number", unit="percent")),
        ("{one_of: [a, '1']}", Type("one_of", values=("a", "1"))),
        ("{list_of: date}", Type("list", item=Type("date"))),
        ("{list_of: {one_of: [a]}}", Type("list", item=Type("one_of", values=("a",)))),
        ("{list_of: {list_of: text}}", Type("list", item=Type("list", item=Type("text")))),
        ("{shares_of: [a, b]}", Type("shares", values=("a", "b"))),
    ],
)
def test_a_type_is_read(written: str, kind: Type) -> None:
    reader = Reader()
    assert read_type(node_of(written), reader) == kind
    assert reader.problems == []


def test_the_fields_of_a_record_have_types_of_their_own() -> None:
    kind = read_type(node_of("{list_of: {what: text, when: {list_of: instant}}}"), Reader())
    assert kind is not None
    assert kind.item is not None
    assert kind.item.fields == {"what": Type("text"), "when": Type("list", item=Type("instant"))}


def test_bounds_stand_beside_a_type_in_any_order_and_inside_of_others() -> None:
    kind = read_type(node_of("{at_most: 50, list_of: {units: {number: pieces, at_least: 1}, of: text}}"), Reader())
    assert kind is not None
    assert kind.longest == 50
    assert kind.item is not None
    assert kind.item.fields["units"].range == (1, None)


@pytest.mark.parametrize(
    "written",
    [
        "{one_of: [a], at_most: 1}",
        "{list_of: text, at_least: 1}",
        "{number: pieces, at_least: few}",
        "{number: pieces, at_least: 2, at_most: 1}",
    ],
)
def test_a_bound_that_bounds_nothing_is_reported(written: str) -> None:
    reader = Reader()
    read_type(node_of(written), reader)
    assert [problem.code for problem in reader.problems] in (["R201"], ["R210"])


def test_what_is_presumed_could_be_stated() -> None:
    _, reader = vocabulary_of("facts: {a: {type: {number: pieces, at_least: 1}, presume: 0, because: systems_know}}")
    assert [problem.code for problem in reader.problems] == ["R213"]


def test_answers_are_bound_by_nothing() -> None:
    reader = Reader()
    read_answered_type(node_of("{number: percent, at_most: 100}"), reader)
    assert [problem.code for problem in reader.problems] == ["R201"]


@pytest.mark.parametrize("written", ["{}", "[text]", "{text: 1}", "one_of", "{one_of: []}", "{one_of: [unknown]}", "3"])
def test_what_is_no_type_is_reported(written: str) -> None:
    reader = Reader()
    assert read_type(node_of(written), reader) is None
    assert reader.problems != []
