"""What a vocabulary says of each fact, and how the values of policies are written."""

from datetime import date
from fractions import Fraction

import pytest

from rules.kind import Misfit, Type
from rules.shape import Reader
from rules.value import OPEN
from rules.vocabulary import Vocabulary, describe, literal, read_literal, read_type, read_vocabulary
from tests.rules.base_packs import node_of

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


def test_everything_said_of_a_fact_is_kept(vocabulary: Vocabulary) -> None:
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


@pytest.mark.parametrize("written", ["{}", "[text]", "{text: 1}", "one_of", "{one_of: []}", "{one_of: [unknown]}", "3"])
def test_what_is_no_type_is_told(written: str) -> None:
    reader = Reader()
    assert read_type(node_of(written), reader) is None
    assert reader.problems != []


# ---- literals


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("yes_no", "true", True),
        ("money", "3 EUR", 300),
        ("money", "0.05 EUR", 5),
        ("money", "12.5 EUR", 1250),
        ("money", "9999999999999 EUR", 999_999_999_999_900),
        ("money", "0", 0),
        ("money", "0.00", 0),
        ("number", "0.1", Fraction(1, 10)),
        ("number", "-7", -7),
        ("ratio", "0.20", Fraction(1, 5)),
        ("date", "2026-08-14", date(2026, 8, 14).toordinal()),
        ("date", "'2026-08-14'", date(2026, 8, 14).toordinal()),
        ("instant", "1970-01-01T00:00:01Z", 1_000_000),
        ("text", "14", "14"),
        ("text", "2026-08-14", "2026-08-14"),
    ],
)
def test_a_value_of_a_policy_is_read(kind: str, written: str, value: object) -> None:
    reader = Reader()
    read = read_literal(node_of(written), Type(kind), "EUR", reader)
    assert reader.problems == []
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "written",
    [
        "3", "3.5", "3EUR", "3 eur", "3 USD", "3  EUR", "EUR 3", "3. EUR", ".5 EUR", "3.505 EUR", "-3 EUR", "1,000 EUR",
        "３ EUR", "1e3 EUR", "'3'", "false", "[3 EUR]", "{a: 3 EUR}", "~", "99999999999999 EUR",
    ],
)  # fmt: skip
def test_money_says_its_currency_and_nothing_else(written: str) -> None:
    reader = Reader()
    assert read_literal(node_of(written), Type("money"), "EUR", reader) is None
    assert [problem.code for problem in reader.problems] == ["R210"]


def test_a_number_names_the_value_that_is_spelled_like_it() -> None:
    kind = Type("one_of", values=("7", "14"))
    assert read_literal(node_of("14"), kind, "EUR", Reader()) == "14"


def test_a_list_is_read_item_by_item() -> None:
    kind = Type("list", item=Type("money"))
    assert read_literal(node_of("[1 EUR, 0]"), kind, "EUR", Reader()) == (100, 0)
    reader = Reader()
    assert read_literal(node_of("[1 EUR, 2, 3]"), kind, "EUR", reader) is None
    assert [problem.place.column for problem in reader.problems] == [9, 12]


@pytest.mark.parametrize("kind", ["yes_no", "money", "number", "ratio", "instant", "date", "one_of"])
@pytest.mark.parametrize("length", [5_000, 100_000])
def test_no_length_breaks_a_literal(kind: str, length: int) -> None:
    for text in ("9" * length, "9" * length + " EUR", "0." + "9" * length + " EUR", "x" * length):
        with pytest.raises(Misfit):
            literal(text, Type(kind, values=("a",)), "EUR")


def test_a_message_shows_a_long_value_in_part() -> None:
    reader = Reader()
    read_literal(node_of("x" * 10_000), Type("number"), "EUR", reader)
    assert len(str(reader.problems[0])) < 200


def test_a_type_is_named_in_words() -> None:
    assert describe(Type("one_of", values=("a", "b"))) == "one of a, b"
    assert describe(Type("money")) == "an amount of money"
