"""What rules say of each kind of answer: values, shares of parties, clocks, records, several at once."""

from fractions import Fraction
from typing import Any

import pytest

from rules.language.condition import FactOperand, ParameterOperand
from rules.language.contract import ANSWERS
from rules.language.names import Names
from rules.language.output import OutputReader, bind_output, output_operands
from rules.text.reader import Reader
from rules.values.kind import Type
from rules.values.value import OPEN
from tests.support.base_packs import node_of

FACTS = {
    "order.paid": Type("money"),
    "order.days": Type("number", unit="working days"),
    "order.count": Type("number", unit="pieces"),
    "order.signed_at": Type("instant"),
    "order.party": Type("one_of", values=("merchant", "customer")),
    "issue.share": Type("ratio"),
}
PARAMETERS = {"carrier.percent": Type("number", unit="percent"), "reply.hours": Type("number", unit="hours")}


def say(answer: str, text: str, **known: Any) -> Any:
    """Return what a rule says of an answer of the contract, given the facts and parameters that are known."""
    reader = Reader()
    contracted = ANSWERS[answer]
    names = Names("EUR", facts=dict(FACTS), parameters=PARAMETERS)
    saying = OutputReader(names, frozenset({"sorry", "welcome"}), reader).read(
        node_of(text), contracted.type, contracted.collected, contracted
    )
    assert reader.problems == []
    assert saying is not None
    slots = {name: at for at, name in enumerate((*FACTS, *PARAMETERS))}
    frame = [known.get(name.rpartition(".")[2], OPEN) for name in slots]
    return bind_output(saying, lambda operand: slots[operand.name])(frame)


# ---- shares


@pytest.mark.parametrize(
    ("text", "known", "shares"),
    [
        ("{merchant: rest}", {}, (("merchant", 100),)),
        ("{merchant: 70, logistics: rest}", {}, (("merchant", 70), ("logistics", 30))),
        ("{merchant: rest, logistics: 100}", {}, (("merchant", 0), ("logistics", 100))),
        ("{merchant: 33.3, customer: 33.3, logistics: rest}", {},
         (("merchant", Fraction(333, 10)), ("customer", Fraction(333, 10)), ("logistics", Fraction(334, 10)))),
        ("{logistics: {parameter: carrier.percent}, merchant: rest}", {"percent": 80},
         (("logistics", 80), ("merchant", 20))),
        ("{logistics: {parameter: carrier.percent}, merchant: rest}", {}, OPEN),
        ("{customer: {times: 100, of: issue.share}, merchant: rest}", {"share": Fraction(1, 4)},
         (("customer", 25), ("merchant", 75))),
    ],
)  # fmt: skip
def test_the_last_party_takes_the_rest(text: str, known: dict[str, Any], shares: Any) -> None:
    assert say("responsibility.final", text, **known) == shares


def test_one_party_alone_is_named_without_a_share() -> None:
    assert say("responsibility.final", "producer") == "producer"


# ---- clocks


@pytest.mark.parametrize(
    ("within", "known", "length"),
    [
        ("24 hours", {}, (24, "hours")),
        ("1 day", {}, (1, "days")),
        ("4 working hours", {}, (4, "working_hours")),
        ("6 months", {}, (6, "months")),
        ("{parameter: reply.hours}", {"hours": 48}, (48, "hours")),
        ("order.days", {"days": 5}, (5, "working_days")),
        ("{fact: order.days}", {}, (OPEN, "working_days")),
    ],
)
def test_a_clock_runs_for_a_length_with_a_unit(within: str, known: dict[str, Any], length: Any) -> None:
    (clock,) = say("clock", f"{{name: reply_by, after: decision, within: {within}}}", **known)
    assert clock["within"] == length
    assert clock["name"] == "reply_by"


@pytest.mark.parametrize(
    ("after", "known", "start"),
    [
        ("decision", {}, ("decision", OPEN)),
        ("inspection", {}, ("inspection", OPEN)),
        ("order.signed_at", {"signed_at": 7}, ("order.signed_at", 7)),
        ("order.signed_at", {}, ("order.signed_at", OPEN)),
    ],
)
def test_a_clock_starts_with_an_event_or_an_instant(after: str, known: dict[str, Any], start: Any) -> None:
    (clock,) = say("clock", f"{{name: reply_by, after: {after}, within: 1 day}}", **known)
    assert clock["after"] == start


@pytest.mark.parametrize("within", ["order.count", "issue.share", "order.paid", "24", "24 lightyears", "''", "[1 day]"])
def test_a_length_without_a_unit_is_none(within: str) -> None:
    reader = Reader()
    contracted = ANSWERS["clock"]
    text = f"{{name: a, after: decision, within: {within}}}"
    says = OutputReader(Names("EUR", facts=dict(FACTS)), frozenset(), reader)
    assert says.read(node_of(text), contracted.type, True, contracted) is None
    assert [problem.place.column for problem in reader.problems] == [text.index("within: ") + 9]


# ---- records and lists


def test_an_option_is_a_record_whose_amounts_are_formulas() -> None:
    text = "{kind: refund, refund: {share: issue.share, of: order.paid}, up_to: order.paid, return: true, rank: 2}"
    assert say("remedy.option", text, share=Fraction(1, 5), paid=12800) == (
        {"kind": "refund", "refund": 2560, "up_to": 12800, "return": True, "rank": 2},
    )


def test_an_amount_that_is_not_known_leaves_the_others_standing() -> None:
    assert say("remedy.option", "{kind: refund, refund: order.paid, rank: 1}") == (
        {"kind": "refund", "refund": OPEN, "rank": 1},
    )


def test_an_output_may_list_several_items() -> None:
    assert say("say", "[sorry, welcome]") == ("sorry", "welcome")
    assert say("say", "sorry") == ("sorry",)
    assert say("say", "[]") == ()
    said = say(
        "remedy.compensation", "[{head: delay, basis: rule, amount: 3 EUR}, {head: loss, basis: statute, amount: 0}]"
    )
    assert [(one["head"], one["amount"]) for one in said] == [("delay", 300), ("loss", 0)]


@pytest.mark.parametrize(
    ("answer", "text", "reported"),
    [
        ("remedy.option", "{refund: 3 EUR}", "1:1: R106 key 'kind' is missing"),
        ("remedy.option", "{kind: refnd}", "1:8: R202 'refnd' is not one"),
        ("remedy.option", "{kind: refund, reason: x}", "1:16: R105 unknown key 'reason'"),
        ("remedy.option", "refund", "1:1: R107 keys with values is expected here"),
        ("remedy.option", "{kind: refund, needs: boss}", "1:23: R202 'boss' is not one of agent"),
        ("remedy.option", "{kind: refund, return: 1}", "1:24: R210 '1' is not true or false"),
        ("say", "[sorry, [welcome]]", "1:9: R107 text is expected here"),
        ("say", "sory", "1:1: R209 there is no text block 'sory' (did you mean 'sorry'?)"),
        ("responsibility.to_customer", "nobody", "1:1: R202 'nobody' is not one"),
        ("responsibility.to_customer", "{merchant: 50, logistics: rest}", "1:2: R105"),
    ],
)
def test_what_does_not_fit_is_reported_at_its_position(answer: str, text: str, reported: str) -> None:
    reader = Reader()
    contracted = ANSWERS[answer]
    says = OutputReader(Names("EUR", facts=dict(FACTS)), frozenset({"sorry"}), reader)
    says.read(node_of(text), contracted.type, contracted.collected, contracted)
    assert str(sorted(reader.problems)[0]).startswith(f"a.yaml:{reported}")


def test_a_output_lists_what_it_reads() -> None:
    reader = Reader()
    says = OutputReader(Names("EUR", facts=dict(FACTS), parameters=PARAMETERS), frozenset(), reader)
    for answer, text, read in [
        ("responsibility.final", "{logistics: {parameter: carrier.percent}, merchant: rest}", ["carrier.percent"]),
        ("clock", "{name: a, after: order.signed_at, within: order.days}", ["order.signed_at", "order.days"]),
        ("remedy.option", "[{kind: refund, refund: order.paid}, {kind: refuse}]", ["order.paid"]),
        ("responsibility.to_customer", "{fact: order.party}", ["order.party"]),
        ("responsibility.to_customer", "merchant", []),
    ]:
        contracted = ANSWERS[answer]
        saying = says.read(node_of(text), contracted.type, contracted.collected, contracted)
        assert saying is not None
        found = list(output_operands(saying))
        assert [one.name for one in found] == read
        assert all(isinstance(one, FactOperand | ParameterOperand) for one in found)
    assert reader.problems == []
