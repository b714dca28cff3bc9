"""How derived.yaml is read: facts by one function or one formula, in whatever order they build on each other."""

from fractions import Fraction
from typing import Any

import pytest

from rules.compiling.pack import Pack
from rules.deciding.facts import FactReader
from rules.values.value import OPEN, OpenList
from tests.support.base_packs import case_of, pack_of, problems_of

VOCABULARY = """
groups: {order: {of: case}, line: {of: line}, issue: {of: issue}, evidence: {of: issue}}
facts:
  order.signed_at: {type: instant}
  order.due_on:    {type: date}
  order.paid:      {type: money}
  order.refunded:  {type: money}
  order.parts:     {type: {list_of: {what: {one_of: [bell, lamp]}, weight: number}}}
  line.paid_fen:   {type: money}
  line.units:      {type: number}
  issue.kind:      {type: {one_of: [damage, delay, wish]}}
  issue.units:     {type: number}
  evidence.items:  {type: {list_of: {shows: {list_of: {one_of: [dent, scratch]}}}}}
  evidence.lacks:  {type: {list_of: {one_of: [dent, scratch]}}}
"""
PARAMETERS = "days: {type: {number: days}, values: 7}\nrate: {type: {number: percent}, values: 10}"


def pack(derived: str) -> Pack:
    return pack_of({"vocabulary.yaml": VOCABULARY, "parameters.yaml": PARAMETERS, "derived.yaml": derived})


def value(derived: str, name: str = "it", lines: list[dict[str, Any]] | None = None, **facts: Any) -> Any:
    loaded = pack(derived)
    case = case_of(**facts)
    case.setdefault("order", {})["lines"] = lines or []
    frame = FactReader(loaded).read(case).issues[0].frame
    return frame[loaded.program.slots[name]]


def instant(text: str) -> int:
    moment = pack("it: {sum: [order.paid, order.paid]}").vocabulary.facts["order.signed_at"].type.parse(text)
    assert isinstance(moment, int)
    return moment


@pytest.mark.parametrize(
    ("derived", "facts", "found"),
    [
        # functions, with their first parameter bare or all by name
        ("it: {hours: {from: order.signed_at, to: submitted_at}}", {"order__signed_at": "2026-03-02T10:30:00Z"},
         Fraction(3, 2)),
        ("it: {day_of: order.signed_at}", {"order__signed_at": "2026-03-02T10:30:00Z"}, 739677),
        ("it: {day_of: {instant: order.signed_at}}", {"order__signed_at": "2026-03-02T10:30:00Z"}, 739677),
        ("it: {day_of: {fact: order.signed_at}}", {"order__signed_at": "2026-03-02T10:30:00Z"}, 739677),
        ("it: {first_known: [order.refunded, order.paid]}", {"order__paid": 5}, 5),
        ("it: {member: {fact: issue.kind, in: [damage, delay]}}", {"issue__kind": "delay"}, True),
        ("it: {member: {fact: issue.kind, in: [damage, delay]}}", {"issue__kind": "wish"}, False),
        ("it: {ratio: {of: order.refunded, in: order.paid}}", {"order__refunded": 1, "order__paid": 3}, Fraction(1, 3)),
        ("it: {remaining: {of: order.paid, less: [order.refunded]}}", {"order__refunded": 1, "order__paid": 3}, 2),
        # formulas
        ("it: {percent: 10, of: order.paid}", {"order__paid": 5}, Fraction(1, 2)),
        ("it: {percent: {parameter: rate}, of: order.paid, at_least: 1 EUR}", {"order__paid": 5}, 100),
        ("it: {minus: [order.paid, {percent: 10, of: order.paid}]}", {"order__paid": 10}, 9),
        ("it: {highest: [{parameter: days}, issue.units]}", {"issue__units": 9}, 9),
        # not known
        ("it: {hours: {from: order.signed_at, to: submitted_at}}", {}, OPEN),
        ("it: {percent: 10, of: order.paid}", {}, OPEN),
        ("it: {ratio: {of: order.refunded, in: order.paid}}", {"order__refunded": 0, "order__paid": 0}, OPEN),
    ],
)  # fmt: skip
def test_a_derived_fact_is_worked_out(derived: str, facts: dict[str, Any], found: Any) -> None:
    """The second of March 2026 is day 739,677, counted from the first of January of the year 1."""
    assert value(derived, **facts) == found


@pytest.mark.parametrize(
    ("within", "end"),
    [
        ("within: 2, unit: hours", "2026-03-02T12:30:00Z"),
        ("within: 0.5, unit: hours", "2026-03-02T11:00:00Z"),
        ("within: 2 hours", "2026-03-02T12:30:00Z"),
        ("within: '2 hours'", "2026-03-02T12:30:00Z"),
        ("within: 1 day", "2026-03-03T22:59:59.999999Z"),  # the end of the next day in Berlin
        ("within: {parameter: days}, unit: days", "2026-03-09T22:59:59.999999Z"),
        ("within: issue.units, unit: minutes", "2026-03-02T10:34:00Z"),
    ],
)
def test_a_moment_later_needs_a_length_and_its_unit_once(within: str, end: str) -> None:
    found = value(
        f"it: {{later: {{after: order.signed_at, {within}}}}}", order__signed_at="2026-03-02T10:30:00Z", issue__units=4
    )
    assert found == instant(end)


def test_a_list_is_gathered_counted_and_summed() -> None:
    parts = [{"what": "bell", "weight": 2}, {"what": "lamp", "weight": "0.5"}, {"what": "bell", "weight": 1}]
    assert value("it: {count: order.parts}", order__parts=parts) == 3
    assert value("it: {count: {of: order.parts, where: {what: bell}}}", order__parts=parts) == 2
    assert value("it: {tally: {items: order.parts, field: weight}}", order__parts=parts) == Fraction(7, 2)
    assert value("it: {tally: {items: order.parts, field: weight, where: {what: lamp}}}", order__parts=parts) == 0.5
    gathered = "it: {gather: {items: evidence.items, field: shows, lacking: evidence.lacks}}"
    found = value(gathered, issue__kind="damage")
    assert found == OpenList(frozenset(), frozenset())
    loaded = pack(gathered)
    case = case_of()
    case["issues"][0]["evidence"] = {"items": [{"shows": ["dent"]}], "lacks": ["scratch", "dent"]}
    frame = FactReader(loaded).read(case).issues[0].frame
    assert frame[loaded.program.slots["it"]] == OpenList(frozenset({"dent"}), frozenset({"scratch"}))


def test_a_fact_of_lines_is_taken_from_all_of_them() -> None:
    lines = [{"id": "1", "paid_fen": 100, "units": 2}, {"id": "2", "paid_fen": 250, "units": 1}]
    assert value("it: {total: line.paid_fen}", lines=lines) == 350
    assert value("it: {total: {of: line.units}}", lines=lines) == 3
    assert value("it: {total: line.paid_fen}", lines=[*lines, {"id": "3"}]) is OPEN
    assert value("it: {total: line.paid_fen}") is OPEN


def test_derived_facts_build_on_each_other_in_any_order() -> None:
    derived = "it: {sum: [a, b]}\nb: {times: 2, of: a}\na: {percent: 50, of: order.paid}"
    assert value(derived, order__paid=10) == 15
    assert list(pack(derived).derived) == ["a", "b", "it"]


def test_a_label_and_a_note_may_be_added() -> None:
    derived = "it: {label: {zh: 甲, en: A}, note: order.paid, total: line.paid_fen}\nb: {note: x, sum: [it, 0]}"
    found = pack(derived).derived
    assert found["it"].label == {"zh": "甲", "en": "A"}
    assert [kind.type.kind for kind in found.values()] == ["money", "money"]


def test_a_note_is_no_use_of_a_fact() -> None:
    assert value("a: {note: it, sum: [order.paid, 1 EUR]}\nit: {note: a, times: 2, of: a}", order__paid=0) == 200


@pytest.mark.parametrize(
    ("derived", "kind"),
    [
        ("it: {times: 2, of: order.paid}", "money"),
        ("it: {times: 2, of: {fact: order.paid}}", "money"),
        ("it: {sum: [1 EUR, order.paid]}", "money"),
        ("it: {highest: [{parameter: days}, 3]}", "number"),
        ("it: {lowest: [{percent: 10, of: order.paid}, {fact: order.refunded}]}", "money"),
        ("it: {latest: [order.signed_at, submitted_at]}", "instant"),
        ("it: {later: {after: at, within: 3 days}}", "instant"),
        ("it: {count: order.parts}", "number"),
        ("it: {first_known: [issue.kind, issue.kind]}", "one_of"),
    ],
)
def test_the_type_follows_from_what_a_fact_is_built_on(derived: str, kind: str) -> None:
    assert pack(derived).derived["it"].type.kind == kind


def test_a_long_chain_that_is_used_twice_at_each_step_is_read_at_once() -> None:
    """Followed path by path it would take two to the sixty steps."""
    chain = "".join(f"f{at}: {{sum: [f{at - 1}, f{at - 1}]}}\n" for at in range(1, 61))
    policy = "policy: p\nanswers: {a: money}\notherwise: {a: 0}\nrules: [{id: r, when: {f60: 0}, then: {a: f60}}]"
    files = {"vocabulary.yaml": VOCABULARY, "derived.yaml": f"f0: {{sum: [order.paid, 0]}}\n{chain}", "p.yaml": policy}
    loaded = pack_of(files)
    frame = FactReader(loaded).read(case_of(order__paid=1)).issues[0].frame
    assert frame[loaded.program.slots["f60"]] == 2**60


def test_a_fault_is_reported_once_and_not_for_each_dependent() -> None:
    derived = "a: {sum: [b, order.paid]}\nb: {percent: 10, of: order.payd}\nc: {highest: [a, b]}\n"
    policy = "policy: p\nanswers: {x: money}\notherwise: {x: 0}\nrules: [{id: r, when: {a: 0, c: 0}, then: {x: b}}]"
    (problem,) = problems_of({"vocabulary.yaml": VOCABULARY, "derived.yaml": derived, "p.yaml": policy})
    assert str(problem) == "derived.yaml:2:22: R203 unknown fact 'order.payd' (did you mean 'order.paid'?)"
