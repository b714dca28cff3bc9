"""Each name of a pack is declared once, and what is at fault where it is declared is not reported where it is used."""

import pytest

from tests.support.base_packs import pack_of, problems_of

VOCABULARY = """
groups: {order: {of: case}, line: {of: line}, issue: {of: issue}}
facts:
  submitted_at: {type: instant, label: {en: when}}
  order.name:   {type: text, carried: true}
  order.old:    {type: number, retired: 2025-01-01}
  order.sum:    {type: money}
  line.sum:     {type: money}
"""
POLICY = "policy: p\nanswers: {a: number, b: text}\nhit: collect\nrules: [{id: r, when: {}, then: {a: 1}}]"


def test_every_name_has_its_type() -> None:
    parameters = "shop.days: {type: {number: days}, shop_sets: true, values: 7}\nother: {type: number, values: 1}"
    loaded = pack_of(
        {
            "vocabulary.yaml": VOCABULARY,
            "parameters.yaml": parameters,
            "derived.yaml": "half: {percent: 50, of: order.sum}",
            "p.yaml": POLICY,
        }
    )
    types = {name: kind.kind for name, kind in loaded.program.types.items()}
    assert types["submitted_at"] == types["at"] == "instant"
    assert types["order.name"] == "text"  # carried: it can be said
    assert types["order.old"] == "number"
    assert types["shop.days"] == "number"
    assert "other" not in types
    assert types["half"] == "money"
    assert types["a"] == types["b"] == "list"  # collected
    assert loaded.program.types["a"].item is not None
    assert types["chosen.kind"] == "one_of"


@pytest.mark.parametrize(
    ("files", "reported"),
    [
        ({"vocabulary.yaml": "facts: {at: {type: text}}"}, "vocabulary.yaml:1:9: R201 'at' is always an instant"),
        ({"parameters.yaml": "order.name: {type: text, shop_sets: true, values: x}"}, "parameters.yaml:1:1: R214"),
        ({"derived.yaml": "order.sum: {total: line.sum}"}, "derived.yaml:1:1: R214 'order.sum' is a fact already"),
        ({"derived.yaml": "order.name: {total: line.sum}"}, "derived.yaml:1:1: R214"),
        ({"derived.yaml": "a: {total: line.sum}"}, "derived.yaml:1:1: R214"),
        ({"derived.yaml": "settled.total_fen: {total: line.sum}"}, "derived.yaml:1:1: R214"),
        ({"q.yaml": POLICY.replace("p\n", "q\n", 1).replace("a: number", "a: number, c: number")}, "q.yaml:2:11: R208"),
        ({"q.yaml": POLICY.replace("answers: {a: number, b: text}", "answers: {c: number}").replace("a: 1", "c: 1")},
         "q.yaml:1:9: R214 there is already a policy 'p' (p.yaml:1:9)"),
        ({"q.yaml": "policy: q\nanswers: {order.sum: money}\notherwise: {order.sum: 0}\nrules: "
                    "[{id: r, when: {}, then: {order.sum: 0}}]"}, "q.yaml:2:11: R214"),
    ],
)  # fmt: skip
def test_a_name_that_is_taken_is_reported_where_it_is_taken_again(files: dict[str, str], reported: str) -> None:
    problems = problems_of({"vocabulary.yaml": VOCABULARY, "p.yaml": POLICY, **files})
    assert str(problems[0]).startswith(reported)


USES = """
policy: p
answers: {one: %s, more: number}
otherwise: {one: 0, more: 0}
rules:
  - {id: a, when: {%s: {at_least: 1}}, then: {one: 1, more: {times: 2, of: {%s: %s}}}}
---
policy: q
answers: {third: number}
otherwise: {third: 0}
table: {when: [%s], then: [third], rows: {a: ['> 1', 1]}}
"""


@pytest.mark.parametrize(
    ("files", "uses", "codes"),
    [
        ({"vocabulary.yaml": "facts: {units: {type: int}}"}, ("number", "units", "fact", "units", "units"), ["R201"]),
        ({"derived.yaml": "units: {days: {from: at, until: at}}"}, ("number", "units", "fact", "units", "units"),
         ["R106", "R105"]),
        ({}, ("int", "one", "fact", "one", "one"), ["R201"]),
        ({"vocabulary.yaml": "facts: {units: {type: number}}", "parameters.yaml": "most: {type: number, values: few}"},
         ("number", "units", "parameter", "most", "units"), ["R210"]),
        ({"vocabulary.yaml": "facts: {g.units: {type: number}}", "words.yaml": "w: {en: '{g.units}'}"},
         ("number", "g.units", "fact", "g.units", "g.units"), ["R203"]),
    ],
)  # fmt: skip
def test_a_fault_is_reported_where_it_is_and_not_again_where_it_is_used(
    files: dict[str, str], uses: tuple[str, ...], codes: list[str]
) -> None:
    assert [problem.code for problem in problems_of({**files, "p.yaml": USES % uses})] == codes
