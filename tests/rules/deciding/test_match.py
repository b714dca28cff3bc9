"""Which rules are true: what the engine finds, what the evaluator finds, and where they differ."""

from __future__ import annotations

from typing import Any

import pytest

from rules.deciding.match import differences, truths
from rules.language.evaluator import Truth
from tests.support.small_packs import Json, MakePack, SmallPack, small_case

FACTS = """
issue.opened: {type: yes_no}
issue.days: {type: {number: days}}
issue.share: {type: ratio}
issue.note: {type: text}
evidence.shows: {type: {list_of: {one_of: [dent, scratch]}}}
"""


def found(small_pack: SmallPack, policy: str, case: Json) -> tuple[dict[str, Truth], set[str]]:
    """Return the truth of each rule of a policy by the evaluator, and the rules that the engine finds true."""
    frame = small_pack.frame(case)
    bound = next(one for one in small_pack.pack.program.policies if one.policy.name == policy)
    ids = [rule.rule.id for rule in bound.rules]
    engine_true = small_pack.matcher.true_rules(bound.stratum, frame)
    return (
        dict(zip(ids, truths(bound, frame), strict=True)),
        {ids[rule] for position, rule in engine_true if position == bound.position},
    )


def policy(*rules: str) -> str:
    """Return a policy of rules that each say their own name."""
    named = [f"  - {{id: rule-{at}, when: {when}, then: {{result: rule-{at}}}}}" for at, when in enumerate(rules)]
    values = ", ".join(f"rule-{at}" for at in range(len(rules)))
    return "\n".join(
        [
            "policy: report",
            f"answers: {{result: {{one_of: [{values}, none]}}}}",
            "otherwise: {result: none}",
            "rules:",
            *named,
            "",
        ]
    )


@pytest.mark.parametrize(
    ("when", "issue", "truth"),
    [
        ("{issue.opened: true}", {"opened": True}, True),
        ("{issue.opened: true}", {"opened": False}, False),
        ("{issue.opened: true}", {}, None),
        ("{issue.opened: {is_not: true}}", {}, None),
        ("{not: {issue.opened: true}}", {}, None),
        ("{not: {issue.opened: true}}", {"opened": False}, True),
        ("{issue.kind: [damage, delay]}", {"kind": "delay"}, True),
        ("{issue.kind: {is_not: [damage, delay]}}", {"kind": "other"}, True),
        ("{issue.days: {at_least: 7}}", {"days": 7}, True),
        ("{issue.days: {more_than: 7}}", {"days": 7}, False),
        ("{issue.days: {at_least: 3, less_than: 7}}", {"days": "6.999"}, True),
        ("{issue.share: {at_most: 0.1}}", {"share": "0.1"}, True),
        ("{issue.share: 0.1}", {"share": "0.10"}, True),
        ("{evidence.shows: {includes: dent}}", {"evidence": {"shows": ["scratch"]}}, False),
        ("{evidence.shows: {includes: [dent, scratch]}}", {"evidence": {"shows": ["scratch"]}}, True),
        ("{evidence.shows: {includes: dent}}", {"evidence": {}}, None),
        ("{issue.opened: {known: false}}", {}, True),
        ("{issue.opened: {known: false}}", {"opened": None}, True),
        ("{issue.opened: {known: false}}", {"opened": True}, False),
        ("{issue.opened: true, issue.days: {more_than: 7}}", {"days": 7}, False),  # false, whatever else is open
        ("{issue.opened: true, issue.days: {more_than: 7}}", {"days": 8}, None),
        ("{any: [{issue.opened: true}, {issue.days: {more_than: 7}}]}", {"days": 8}, True),
        ("{any: [{issue.opened: true}, {issue.days: {more_than: 7}}]}", {"days": 7}, None),
        ("{all: [{issue.opened: true}, {not: {issue.kind: delay}}]}", {"opened": True}, True),
        ("{}", {}, True),
    ],
)
def test_a_rule_is_true_false_or_unknown(pack: MakePack, when: str, issue: dict[str, Any], truth: Truth) -> None:
    small_pack, case = pack(policy(when), FACTS), small_case({"kind": "damage", **issue})
    result, by_engine = found(small_pack, "report", case)
    assert result == {"rule-0": truth}
    assert by_engine == ({"rule-0"} if truth else set())


EXCEPTIONS = """
policy: cause
answers: {cause: {one_of: [carrier, buyer, unproven]}}
otherwise: {cause: unproven}
rules:
  - id: damaged
    when: {issue.kind: damage}
    then: {cause: carrier}
    except:
      - id: opened
        when: {issue.opened: true}
        then: {cause: buyer}
        except:
          - {id: soon, when: {issue.days: {at_most: 1}}, then: {cause: carrier}}
"""


@pytest.mark.parametrize(
    ("issue", "truth"),
    [
        ({"kind": "damage", "opened": True, "days": 1}, (True, True, True)),
        ({"kind": "damage", "opened": True, "days": 2}, (True, True, False)),
        ({"kind": "damage", "opened": False, "days": 1}, (True, False, False)),
        ({"kind": "delay", "opened": True, "days": 1}, (False, False, False)),
        ({"kind": "delay"}, (False, False, False)),
        ({"kind": "damage", "days": 1}, (True, None, None)),  # the rule above it is unknown, so it is too
        ({"kind": "damage", "days": 2}, (True, None, False)),
        ({"opened": True, "days": 1}, (None, None, None)),
    ],
)
def test_an_exception_holds_only_where_its_rule_does(
    pack: MakePack, issue: dict[str, Any], truth: tuple[Truth, ...]
) -> None:
    small_pack = pack(EXCEPTIONS, FACTS)
    result, by_engine = found(small_pack, "cause", small_case(issue))
    assert tuple(result[name] for name in ("damaged", "opened", "soon")) == truth
    assert by_engine == {name for name, one in result.items() if one}


KINDS = """
policy: report
answers: {result: {one_of: [a, b, c, d, none]}}
hit: priority
otherwise: {result: none}
rules:
  - {id: of-damage, when: {issue.kind: damage}, then: {result: a}}
  - {id: of-delay, when: {issue.kind: delay, issue.opened: true}, then: {result: b}}
  - {id: of-both, when: {issue.kind: [damage, delay]}, then: {result: c}}
  - {id: of-any, when: {issue.opened: true}, then: {result: d}}
  - {id: of-others, when: {issue.kind: {is_not: damage}}, then: {result: d}}
"""


@pytest.mark.parametrize(
    ("kind", "opened", "truth"),
    [
        ("damage", True, {"of-damage": True, "of-both": True, "of-any": True}),
        ("delay", None, {"of-delay": None, "of-both": True, "of-any": None, "of-others": True}),
        ("other", False, {"of-others": True}),
        (None, True, dict.fromkeys(("of-damage", "of-delay", "of-both", "of-others"), None) | {"of-any": True}),
    ],
)
def test_rules_sorted_by_the_fact_that_most_of_them_name_are_all_found(
    pack: MakePack, kind: str | None, opened: bool | None, truth: dict[str, Truth]
) -> None:
    result, by_engine = found(pack(KINDS, FACTS), "report", small_case({"kind": kind, "opened": opened}))
    ids = ("of-damage", "of-delay", "of-both", "of-any", "of-others")
    assert result == {name: truth.get(name, False) for name in ids}
    assert by_engine == {name for name, one in truth.items() if one}


PAIRS = """
policy: report
answers: {result: {one_of: [late, none]}}
otherwise: {result: none}
rules:
  - {id: late, when: {issue.days: {more_than: {fact: issue.promised}}}, then: {result: late}}
"""


@pytest.mark.parametrize(
    ("issue", "truth"),
    [
        ({"days": 4, "promised": 3}, True),
        ({"days": 3, "promised": 3}, False),
        ({"days": 4}, None),
        ({"promised": 4}, None),
    ],
)
def test_one_fact_is_compared_with_another(pack: MakePack, issue: dict[str, Any], truth: Truth) -> None:
    small_pack = pack(PAIRS, FACTS + "issue.promised: {type: number}")
    result, by_engine = found(small_pack, "report", small_case({"kind": "damage", **issue}))
    assert result == {"late": truth}
    assert by_engine == ({"late"} if truth else set())


DATED = """
policy: report
answers: {result: {one_of: [late, none]}}
otherwise: {result: none}
rules:
  - {id: late, when: {issue.days: {more_than: {parameter: most.days}}}, then: {result: late}}
"""


@pytest.mark.parametrize(
    ("on", "days", "truth"),
    [("2019-12-31", 99, False), ("2020-01-01", 8, True), ("2025-12-31", 7, False), ("2026-01-01", 6, True)],
)
def test_a_parameter_changes_with_the_governing_day(pack: MakePack, on: str, days: int, truth: bool) -> None:
    head = "{pack: small, currency: CNY, time_zone: Asia/Shanghai, languages: [en], as_of: order.paid_at}"
    most = "most.days: {type: {number: days}, values: {2020-01-01: 7, 2026-01-01: 5}}"
    small_pack = pack(DATED, FACTS, pack=head, parameters=most)
    case = small_case({"kind": "damage", "days": days}, order={"paid_at": f"{on}T00:00:00+08:00"})
    result, by_engine = found(small_pack, "report", case)
    assert result == {"late": truth}
    assert by_engine == ({"late"} if truth else set())


def test_rules_on_which_engine_and_evaluator_differ_are_named(pack: MakePack) -> None:
    small_pack = pack(EXCEPTIONS, FACTS)
    program = small_pack.pack.program
    bound = next(one for one in program.policies if one.policy.name == "cause")
    expected: dict[int, list[Truth]] = {bound.position: [True, None, False]}
    at = bound.position
    assert differences(program, bound.stratum, frozenset({(at, 0)}), expected) == []
    assert differences(program, bound.stratum, frozenset(), expected) == ["cause/damaged"]
    assert differences(program, bound.stratum, frozenset({(at, 0), (at, 1), (at, 2)}), expected) == [
        "cause/opened",
        "cause/soon",
    ]
