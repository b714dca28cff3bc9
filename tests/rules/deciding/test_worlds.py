"""What else could be: whether a case is settled although facts are open, and what is asked where it is not."""

from __future__ import annotations

from typing import Any

import pytest

from rules import decide
from rules.deciding.budget import DEPTH_LIMIT, STEP_LIMIT
from rules.deciding.tree import (
    CONFLICT,
    RuleConflict,
    Split,
    Tree,
    Unexplored,
    Variable,
    World,
    leaves,
    reduce,
    splits,
    supposing,
)
from rules.deciding.worlds import WORLD_LIMIT
from rules.recommending.reduced_trees import reduce_views
from rules.recommending.views import WorldViews
from rules.values.value import OPEN, Interval, OpenList
from tests.support.small_packs import Json, MakePack, SmallPack, codes, small_case


def yes_no(*names: str) -> str:
    return "\n".join(f"{name}: {{type: yes_no, who: customer, ask: {{en: 'Is {name} so?'}}}}" for name in names)


def remedy(*rules: str) -> str:
    """Return a policy of the remedy; each rule is its id, its condition and what it refunds."""
    listed = []
    for rule in rules:
        name, when, refund = (part.strip() for part in rule.split("|"))
        option = "{kind: refuse}" if refund == "refuse" else f"{{kind: refund, refund: {refund}}}"
        listed.append(f"  - {{id: {name}, when: {when}, then: {{remedy.option: {option}}}}}")
    return "\n".join(["policy: remedy", "answers: {remedy.option: contract}", "hit: collect", "rules:", *listed, ""])


def asked(result: Json) -> list[tuple[str, Any]]:
    return [(one["fact"], one["issue"]) for one in result["missing"]]


def answers(result: Json, fact: str) -> list[tuple[Any, list[Any]]]:
    """Return what each answer to the question about a fact leads to: its refunds, or its outcome where it has none."""
    (question,) = [one for one in result["missing"] if one["fact"] == fact]
    return [
        (one["answer"], [end["outcome"] if end["total_fen"] is None else end["total_fen"] for end in one["outcomes"]])
        for one in question["changes"]
    ]


def settled(result: Json, fen: int) -> bool:
    return bool(
        result["outcome"] == "remedy"
        and not result["provisional"]
        and result["automation"]["settled"]
        and result["missing"] == []
        and result["remedy"]["refund_fen"] == fen
    )


# ---- settled although something is open


def test_an_open_fact_on_which_nothing_depends_is_not_asked(pack: MakePack) -> None:
    small_pack = pack(remedy("damaged | {issue.kind: damage} | 5 CNY"), yes_no("issue.opened"))
    assert settled(small_pack.decide(small_case()), 500)


def test_a_rule_that_is_false_anyway_asks_nothing(pack: MakePack) -> None:
    text = remedy("damaged | {issue.kind: damage} | 5 CNY", "late | {issue.kind: delay, issue.opened: true} | 9 CNY")
    assert settled(pack(text, yes_no("issue.opened")).decide(small_case()), 500)


def test_a_case_is_settled_if_both_answers_give_the_same(pack: MakePack) -> None:
    text = remedy("opened | {issue.opened: true} | 5 CNY", "sealed | {issue.opened: false} | 5 CNY")
    result = pack(text, yes_no("issue.opened")).decide(small_case())
    assert settled(result, 500)
    assert result["automation"]["mode"] == "auto"


def test_x_or_not_x_holds_whatever_x_is(pack: MakePack) -> None:
    either = remedy("either | {any: [{issue.opened: true}, {issue.opened: false}]} | 5 CNY")
    assert settled(pack(either, yes_no("issue.opened")).decide(small_case()), 500)
    neither = remedy(
        "both | {issue.opened: true, not: {issue.opened: true}} | 9 CNY", "damaged | {issue.kind: damage} | 5 CNY"
    )
    assert settled(pack(neither, yes_no("issue.opened")).decide(small_case()), 500)


CORRELATED = """
policy: cause
answers: {cause: {one_of: [carrier, nobody]}}
otherwise: {cause: nobody}
rules: [{id: crushed, when: {issue.opened: true}, then: {cause: carrier}}]
---
policy: state
answers: {state: {one_of: [sealed, broken]}}
otherwise: {state: broken}
rules: [{id: sealed, when: {issue.opened: false}, then: {state: sealed}}]
---
"""


def test_conditions_that_depend_on_the_same_fact_stay_together_through_policies(pack: MakePack) -> None:
    text = CORRELATED + remedy(
        "by-cause | {cause: carrier} | 5 CNY",
        "by-state | {state: sealed} | 5 CNY",
        "never | {cause: carrier, state: sealed} | 9 CNY",
    )
    assert settled(pack(text, yes_no("issue.opened")).decide(small_case()), 500)


def test_who_finally_bears_may_stay_open(pack: MakePack) -> None:
    text = """
    policy: bear
    answers: {responsibility.final: contract}
    otherwise: {responsibility.final: merchant}
    rules: [{id: crushed, when: {issue.opened: true}, then: {responsibility.final: logistics}}]
    """
    result = pack(text, yes_no("issue.opened")).decide(small_case())
    assert (result["outcome"], result["automation"]["settled"]) == ("remedy", True)
    assert result["responsibility"]["certainty"] == "likely"
    assert [(one["fact"], one["because"]) for one in result["missing"]] == [("issue.opened", "bearing")]


BETWEEN = remedy("in-time | {issue.days: {at_most: 7}} | 5 CNY", "too-late | {issue.days: {more_than: 7}} | 5 CNY")


def test_all_ranges_of_a_number_the_same_is_settled(pack: MakePack) -> None:
    assert settled(pack(BETWEEN, "issue.days: {type: number}").decide(small_case()), 500)


@pytest.mark.parametrize(
    ("fact", "tests"),
    [
        ("order.refunded_fen", ["0", "{more_than: 0}"]),
        ("issue.share", ["0", "{more_than: 0, less_than: 1}", "1"]),
        ("issue.share", ["{at_most: 0.5}", "{more_than: 0.5, at_most: 1}"]),
    ],
)
def test_values_that_a_type_does_not_have_are_no_worlds(pack: MakePack, fact: str, tests: list[str]) -> None:
    text = remedy(*(f"rule-{at} | {{{fact}: {test}}} | refuse" for at, test in enumerate(tests)))
    case = small_case()
    del case["order"]["refunded_fen"]
    result = pack(text, "issue.share: {type: ratio}").decide(case)
    assert (result["outcome"], result["missing"]) == ("refuse", [])


# ---- unsettled: the questions

OPENED = remedy("opened | {issue.opened: true} | refuse", "sealed | {issue.opened: false} | 5 CNY")


def test_what_differs_is_asked_with_what_each_answer_would_change(pack: MakePack) -> None:
    result = pack(OPENED, yes_no("issue.opened")).decide(small_case())
    assert (result["outcome"], result["provisional"], result["automation"]["settled"]) == ("ask", True, False)
    (question,) = result["missing"]
    assert (question["fact"], question["issue"], question["because"]) == ("issue.opened", 0, "remedy")
    assert (question["ask"], question["question"]) == (["customer"], {"en": "Is issue.opened so?"})
    assert question["changes"] == [
        {"answer": True, "outcomes": [{"outcome": "refuse", "kind": "refuse", "total_fen": 0, "mode": "auto"}]},
        {"answer": False, "outcomes": [{"outcome": "remedy", "kind": "refund", "total_fen": 500, "mode": "auto"}]},
    ]


def test_each_value_of_a_few_is_an_answer(pack: MakePack) -> None:
    text = remedy(
        "damaged | {issue.kind: damage} | 5 CNY",
        "late | {issue.kind: delay} | 3 CNY",
        "else | {issue.kind: {is_not: [damage, delay]}} | refuse",
    )
    result = pack(text).decide(small_case({"kind": None}))
    assert answers(result, "issue.kind") == [("damage", [500]), ("delay", [300]), ("other", [0])]


DAYS = "issue.days: {type: {number: days}}"


def test_ranges_that_come_to_the_same_are_one_answer(pack: MakePack) -> None:
    text = remedy(
        "soon | {issue.days: {at_most: 3}} | 5 CNY",
        "in-time | {issue.days: {more_than: 3, at_most: 7}} | 5 CNY",
        "too-late | {issue.days: {more_than: 7}} | refuse",
    )
    assert answers(pack(text, DAYS).decide(small_case()), "issue.days") == [
        ({"at_most": 7}, [500]),
        ({"more_than": 7}, [0]),
    ]


def test_ranges_end_where_a_rule_says(pack: MakePack) -> None:
    text = remedy(
        "soon | {issue.days: {less_than: 3}} | 9 CNY",
        "then | {issue.days: 3} | 7 CNY",
        "in-time | {issue.days: {more_than: 3, less_than: 7}} | 5 CNY",
        "late | {issue.days: {at_least: 7}} | refuse",
    )
    assert answers(pack(text, DAYS).decide(small_case()), "issue.days") == [
        ({"less_than": 3}, [900]),
        (3, [700]),
        ({"more_than": 3, "less_than": 7}, [500]),
        ({"at_least": 7}, [0]),
    ]


@pytest.mark.parametrize(
    ("kind", "bound"), [("instant", "2026-01-01T00:00:00+08:00"), ("date", "2026-01-01"), ("money", "3 CNY")]
)
def test_instants_days_and_amounts_are_asked_by_ranges_too(pack: MakePack, kind: str, bound: str) -> None:
    words = ("less_than", "at_least") if kind == "money" else ("before", "after")
    text = remedy(
        f"below | {{issue.when: {{{words[0]}: {bound}}}}} | 5 CNY",
        f"above | {{not: {{issue.when: {{{words[0]}: {bound}}}}}}} | refuse",
    )
    result = pack(text, f"issue.when: {{type: {kind}}}").decide(small_case())
    shown = 300 if kind == "money" else bound
    assert answers(result, "issue.when") == [({"less_than": shown}, [500]), ({"at_least": shown}, [0])]


def test_a_comparison_of_two_open_facts_asks_for_both(pack: MakePack) -> None:
    text = remedy(
        "late | {issue.days: {more_than: {fact: issue.promised}}} | 5 CNY",
        "in-time | {issue.days: {at_most: {fact: issue.promised}}} | refuse",
    )
    small_pack = pack(text, f"{DAYS}\nissue.promised: {{type: {{number: days}}}}")
    assert asked(small_pack.decide(small_case())) == [("issue.days", 0), ("issue.promised", 0)]
    # of one that is known, the other is asked, with its value as the bound
    result = small_pack.decide(small_case({"kind": "damage", "promised": 4}))
    assert answers(result, "issue.days") == [({"at_most": 4}, [0]), ({"more_than": 4}, [500])]
    result = small_pack.decide(small_case({"kind": "damage", "days": 4}))
    assert answers(result, "issue.promised") == [({"less_than": 4}, [500]), ({"at_least": 4}, [0])]


@pytest.mark.parametrize(
    ("test", "opposite"),
    [
        ("{more_than: {fact: issue.promised}}", "{at_most: {fact: issue.promised}}"),
        ("{less_than: {fact: issue.promised}}", "{at_least: {fact: issue.promised}}"),
        ("{fact: issue.promised}", "{is_not: {fact: issue.promised}}"),
    ],
)
def test_two_open_facts_compare_one_way_or_the_other(pack: MakePack, test: str, opposite: str) -> None:
    facts = f"{DAYS}\nissue.promised: {{type: {{number: days}}}}"
    text = remedy(f"so | {{issue.days: {test}}} | 5 CNY", f"else | {{issue.days: {opposite}}} | 5 CNY")
    assert settled(pack(text, facts).decide(small_case()), 500)
    text = remedy(f"so | {{any: [{{issue.days: {test}}}, {{not: {{issue.days: {test}}}}}]}} | 5 CNY")
    assert settled(pack(text, facts).decide(small_case()), 500)


def test_a_fact_that_two_policies_read_is_asked_once(pack: MakePack) -> None:
    text = CORRELATED + remedy(
        "by-cause | {cause: carrier} | 5 CNY",
        "by-state | {state: sealed} | 3 CNY",
        "opened | {issue.opened: true} | 4 CNY",
    )
    result = pack(text, yes_no("issue.opened")).decide(small_case())
    assert asked(result) == [("issue.opened", 0)]
    assert answers(result, "issue.opened") == [(True, [500]), (False, [300])]


SHOWN = remedy(
    "shown | {evidence.shows: {includes: {fact: issue.claimed}}} | 5 CNY",
    "not-shown | {not: {evidence.shows: {includes: {fact: issue.claimed}}}} | refuse",
)


@pytest.mark.parametrize(
    ("issue", "outcome", "facts"),
    [
        ({}, "ask", [("evidence.shows", None), ("issue.claimed", None)]),
        ({"claimed": "dent"}, "ask", [("evidence.shows", "dent")]),
        ({"evidence": {"shows": ["dent"]}}, "ask", [("issue.claimed", None)]),
        ({"claimed": "dent", "evidence": {"shows": ["dent"]}}, "remedy", []),
        ({"claimed": "seal", "evidence": {"shows": ["dent"]}}, "refuse", []),
    ],
)
def test_a_list_that_should_have_what_another_fact_says(
    pack: MakePack, issue: Json, outcome: str, facts: list[tuple[str, Any]]
) -> None:
    vocabulary = (
        "evidence.shows: {type: {list_of: {one_of: [dent, seal]}}}\nissue.claimed: {type: {one_of: [dent, seal]}}"
    )
    result = pack(SHOWN, vocabulary).decide(small_case({"kind": "damage", **issue}))
    assert result["outcome"] == outcome
    assert [(one["fact"], one["value"]) for one in result["missing"]] == facts


def test_a_fact_behind_a_derived_one_is_asked(pack: MakePack) -> None:
    text = remedy("in-time | {issue.hours: {at_most: 48}} | 5 CNY", "late | {issue.hours: {more_than: 48}} | refuse")
    small_pack = pack(
        text,
        "delivery.signed_at: {type: instant}",
        derived="issue.hours: {hours: {from: delivery.signed_at, to: submitted_at}}",
    )
    result = small_pack.decide(small_case())
    assert asked(result) == [("delivery.signed_at", None)]


def test_what_is_open_only_once_another_answer_is_known_is_asked_at_once(pack: MakePack) -> None:
    text = remedy(
        "sealed | {issue.opened: false} | 9 CNY",
        "used | {issue.opened: true, issue.used: true} | refuse",
        "tried | {issue.opened: true, issue.used: false} | 5 CNY",
    )
    result = pack(text, yes_no("issue.opened", "issue.used")).decide(small_case())
    assert asked(result) == [("issue.opened", 0), ("issue.used", 0)]
    assert answers(result, "issue.opened") == [(True, [0, 500]), (False, [900])]
    # of an article that was not opened nothing is refused, whatever is said of its use
    assert answers(result, "issue.used") == [(True, [0, 900]), (False, [500, 900])]


SHOWS = """
evidence.items:
  type: {list_of: {shows: {one_of: {dent: {en: the dent}, seal: {en: the seal}}}}}
  who: customer
  ask: {en: 'Please show {item}.'}
evidence.lacking: {type: {list_of: {one_of: [dent, seal]}}}
"""
GATHER = "evidence.shows: {gather: {items: evidence.items, field: shows, lacking: evidence.lacking}}"


@pytest.mark.parametrize(
    ("evidence", "outcome"),
    [
        ({"items": [{"shows": "dent"}]}, "remedy"),
        ({"items": [{"shows": "seal"}]}, "ask"),
        ({"items": []}, "ask"),
        ({}, "ask"),
        ({"items": [], "lacking": ["dent"]}, "refuse"),
    ],
)
def test_evidence_that_may_still_come_is_asked_by_what_it_should_show(
    pack: MakePack, evidence: Json, outcome: str
) -> None:
    text = remedy(
        "shown | {evidence.shows: {includes: dent}} | 5 CNY",
        "not-shown | {not: {evidence.shows: {includes: dent}}} | refuse",
    )
    result = pack(text, SHOWS, derived=GATHER).decide(small_case({"kind": "damage", "evidence": evidence}))
    assert result["outcome"] == outcome
    if outcome == "ask":
        (question,) = result["missing"]
        assert (question["fact"], question["value"]) == ("evidence.shows", "dent")
        assert (question["label"], question["question"]) == ({"en": "the dent"}, {"en": "Please show the dent."})
        assert [one["answer"] for one in question["changes"]] == [True, False]


# ---- amounts that wait for a fact


def test_an_open_amount_asks_for_what_it_is_computed_from(pack: MakePack) -> None:
    text = remedy("share | {issue.kind: damage} | {share: issue.share, of: line.paid_fen}")
    result = pack(text, "issue.share: {type: ratio}").decide(small_case())
    assert result["outcome"] == "ask"
    assert asked(result) == [("issue.share", 0)]
    assert result["remedy"]["refund_fen"] is None


CEILING = """
policy: ceiling
answers: {{ceiling: {{number: percent}}}}
hit: unique
otherwise: {{ceiling: {otherwise}}}
table:
  when: [issue.share]
  then: [ceiling]
  rows:
    to-10: ['[0..0.10]', {low}]
    to-30: ['(0.10..0.30]', {high}]
---
"""
BY_CEILING = remedy("share | {issue.kind: damage} | {percent: ceiling, of: line.paid_fen}")
SHARE = "issue.share: {type: ratio, who: customer, ask: {en: What share?}}"


def test_an_answer_that_only_an_amount_reads_is_asked_for(pack: MakePack) -> None:
    result = pack(CEILING.format(otherwise=0, low=10, high=30) + BY_CEILING, SHARE).decide(small_case())
    assert result["outcome"] == "ask"
    assert asked(result) == [("issue.share", 0)]


def test_an_answer_that_only_an_amount_reads_is_settled_where_all_rows_agree(pack: MakePack) -> None:
    result = pack(CEILING.format(otherwise=10, low=10, high=10) + BY_CEILING, SHARE).decide(small_case())
    assert settled(result, 1_000)


def test_an_answer_that_only_an_amount_reads_is_not_opened_by_an_exception_of_another_answer(pack: MakePack) -> None:
    text = """
policy: cause
answers: {cause: {one_of: [rule, exception, nobody]}, ceiling: {number: percent}}
otherwise: {cause: nobody, ceiling: 0}
rules:
  - id: rule
    when: {issue.kind: damage}
    then: {cause: rule, ceiling: 50}
    except: [{id: exception, when: {issue.opened: true}, then: {cause: exception}}]
---
"""
    assert settled(pack(text + BY_CEILING, yes_no("issue.opened")).decide(small_case()), 5_000)


# ---- as it was sent


KNOWN = remedy(
    "not-stated | {issue.opened: {known: false}} | 5 CNY",
    "opened | {issue.opened: true} | refuse",
    "sealed | {issue.opened: false} | 3 CNY",
)


@pytest.mark.parametrize("unsent", [{}, {"opened": None}, {"opened": "unknown"}])
def test_known_false_looks_at_the_case_as_sent_and_never_at_a_hypothesis(pack: MakePack, unsent: Json) -> None:
    small_pack = pack(KNOWN, yes_no("issue.opened"))
    # the rule for what was not stated fires in both worlds, and a refund ranks before a refusal
    result = small_pack.decide(small_case({"kind": "damage", **unsent}))
    assert (result["outcome"], result["provisional"], result["remedy"]["refund_fen"]) == ("remedy", False, 500)
    assert small_pack.decide(small_case({"kind": "damage", "opened": True}))["outcome"] == "refuse"


def test_known_false_counts_a_presumed_fact_as_known(pack: MakePack) -> None:
    text = remedy("not-stated | {issue.opened: {known: false}} | 5 CNY", "stated | {issue.opened: false} | 3 CNY")
    small_pack = pack(text, "issue.opened: {type: yes_no, presume: false, because: not_alleged}")
    assert small_pack.decide(small_case())["remedy"]["refund_fen"] == 300


# ---- several issues

BOTH = remedy("opened | {issue.kind: damage, order.opened: true} | refuse", "else | {order.opened: false} | 5 CNY",
              "late | {issue.kind: delay, order.opened: true} | 3 CNY")  # fmt: skip


def test_a_fact_of_the_case_is_asked_once_for_all_issues(pack: MakePack) -> None:
    result = pack(BOTH, yes_no("order.opened")).decide(small_case({"kind": "damage"}, {"kind": "delay"}))
    assert asked(result) == [("order.opened", None)]
    assert answers(result, "order.opened") == [(True, [300]), (False, [1_000])]


def test_a_fact_of_a_line_is_supposed_for_every_issue_of_that_line(pack: MakePack) -> None:
    text = remedy("opened | {line.opened: true} | refuse", "sealed | {line.opened: false} | 5 CNY")
    small_pack = pack(text, yes_no("line.opened"))
    result = small_pack.decide(small_case({"kind": "damage"}, {"kind": "delay"}))
    assert [answer for answer, _ in answers(result, asked(result)[0][0])] == [True, False]
    assert [ends for _, ends in answers(result, "line.opened")] == [[0], [1_000]]  # never one of the two alone


def test_facts_of_several_issues_are_asked_by_issue(pack: MakePack) -> None:
    result = pack(OPENED, yes_no("issue.opened")).decide(small_case({"kind": "damage"}, {"kind": "delay"}))
    assert asked(result) == [("issue.opened", 0), ("issue.opened", 1)]


# ---- contradictions


CLASH = """
policy: cause
answers: {cause: {one_of: [carrier, buyer, nobody]}}
otherwise: {cause: nobody}
rules:
  - {id: by-carrier, when: {issue.kind: damage}, then: {cause: carrier}}
  - {id: by-buyer, when: {issue.opened: true}, then: {cause: buyer}}
---
"""


def test_a_world_in_which_rules_contradict_each_other_is_a_review_of_its_own(pack: MakePack) -> None:
    text = CLASH + remedy("carrier | {cause: carrier} | 5 CNY", "else | {cause: {is_not: carrier}} | refuse")
    result = pack(text, yes_no("issue.opened", "issue.used")).decide(small_case())
    assert result["outcome"] == "ask"
    assert asked(result) == [("issue.opened", 0)]
    assert answers(result, "issue.opened") == [(True, ["review"]), (False, [500])]


def test_where_every_world_is_a_contradiction_nothing_is_asked(pack: MakePack) -> None:
    text = CLASH.replace("{issue.opened: true}", "{any: [{issue.opened: true}, {issue.opened: false}]}") + remedy(
        "carrier | {cause: carrier} | 5 CNY", "else | {cause: {is_not: carrier}} | refuse"
    )
    result = pack(text, yes_no("issue.opened")).decide(small_case())
    assert result["outcome"] == "review"
    assert result["automation"]["mode"] == "agent"


# ---- exactly what matters


def extra(*rules: str) -> str:
    """Return a policy of compensation; each rule is its id, its condition and the amount."""
    listed = []
    for rule in rules:
        name, when, amount = (part.strip() for part in rule.split("|"))
        item = f"{{head: delay, basis: rule, amount: {amount}}}"
        listed.append(f"  - {{id: {name}, when: {when}, then: {{remedy.compensation: {item}}}}}")
    return "\n".join(
        ["policy: extra", "answers: {remedy.compensation: contract}", "hit: collect", "rules:", *listed, ""]
    )


def test_branches_that_ask_in_another_order_may_come_to_the_same(pack: MakePack) -> None:
    text = extra(
        "one | {issue.new: true, issue.a: true, issue.b: true} | 1 CNY",
        "other | {issue.new: false, issue.b: true, issue.a: true} | 1 CNY",
    )
    result = pack(text, yes_no("issue.new", "issue.a", "issue.b")).decide(small_case())
    assert {name for name, _ in asked(result)} == {"issue.a", "issue.b"}


def test_the_price_of_another_line_is_not_asked_where_a_refund_is_within_its_own(pack: MakePack) -> None:
    case = small_case({"kind": "damage", "line": "1"}, lines=[{"id": "1", "paid_fen": 10_000}, {"id": "2"}])
    assert settled(pack().decide(case), 10_000)
    case["order"]["refunded_fen"] = 1
    assert not pack().decide(case)["automation"]["settled"]


def test_what_gives_another_amount_is_asked_though_no_amount_is_known(pack: MakePack) -> None:
    text = remedy("fixed | {} | 3 CNY", "half | {issue.opened: true} | {percent: 50, of: line.paid_fen}")
    result = pack(text, yes_no("issue.opened")).decide(small_case(lines=[{"id": "1"}]))
    assert set(asked(result)) == {("issue.opened", 0), ("line.paid_fen", 0)}


def test_an_option_that_may_give_more_is_not_passed_over(pack: MakePack) -> None:
    small_pack = pack(remedy("fixed | {} | 3 CNY", "offered | {} | issue.offer_fen"), "issue.offer_fen: {type: money}")
    result = small_pack.decide(small_case())
    assert (result["automation"]["settled"], asked(result)) == (False, [("issue.offer_fen", 0)])
    for offer, fen in ((100, 300), (500, 500)):
        assert settled(small_pack.decide(small_case({"kind": "damage", "offer_fen": offer})), fen)


RATE = """
policy: rates
answers: {rate: number}
otherwise: {rate: 50}
rules: [{id: used, when: {issue.opened: true}, then: {rate: 10}}]
---
"""


def test_amounts_that_are_not_known_differ_where_another_part_of_them_does(pack: MakePack) -> None:
    text = RATE + remedy("part | {} | {percent: {fact: rate}, of: line.paid_fen}")
    result = pack(text, yes_no("issue.opened")).decide(small_case(lines=[{"id": "1"}]))
    assert set(asked(result)) == {("issue.opened", 0), ("line.paid_fen", 0)}


def test_an_amount_is_the_same_whether_or_not_a_branch_supposes_what_it_is_computed_from(pack: MakePack) -> None:
    """The amount is half of the offer whatever stands in the other fact; only one branch tests the offer."""
    text = (
        remedy("half | {} | {percent: 50, of: issue.offer_fen}")
        + """---
policy: final
answers: {responsibility.final: contract}
otherwise: {responsibility.final: merchant}
rules: [{id: odd, when: {issue.opened: true, issue.offer_fen: 0 CNY}, then: {responsibility.final: merchant}}]
"""
    )
    result = pack(text, yes_no("issue.opened") + "\nissue.offer_fen: {type: money}").decide(small_case())
    assert asked(result) == [("issue.offer_fen", 0)]


def test_contradictions_of_different_rules_count_alike(pack: MakePack) -> None:
    text = """
policy: blame
answers: {responsibility.to_customer: contract}
hit: any
otherwise: {responsibility.to_customer: none}
rules:
  - {id: theirs-too, when: {issue.used: true}, then: {responsibility.to_customer: customer}}
  - {id: ours, when: {issue.opened: true}, then: {responsibility.to_customer: merchant}}
  - {id: theirs, when: {}, then: {responsibility.to_customer: customer}}
"""
    result = pack(text, yes_no("issue.opened", "issue.used")).decide(small_case())
    assert asked(result) == [("issue.opened", 0)]


def test_amounts_without_an_option_ask_nothing_since_a_person_looks_first(pack: MakePack) -> None:
    text = remedy("pay | {issue.opened: true} | 3 CNY") + "---\n" + extra("late | {issue.used: true} | issue.offer_fen")
    facts = yes_no("issue.opened", "issue.used") + "\nissue.offer_fen: {type: money}"
    result = pack(text, facts).decide(small_case({"kind": "damage", "opened": False}))
    assert (result["outcome"], result["missing"]) == ("review", [])


def test_words_that_a_review_does_not_use_ask_nothing(pack: MakePack) -> None:
    text = (
        remedy("pay | {issue.opened: true} | 3 CNY")
        + """---
policy: words
answers: {say: contract}
hit: collect
rules: [{id: sorry, when: {issue.used: true, chosen.kind: none}, then: {say: sorry}}]
"""
    )
    result = pack(text, yes_no("issue.opened", "issue.used"), words="sorry: {en: Sorry.}").decide(small_case())
    assert asked(result) == [("issue.opened", 0)]


# ---- bounds


def many(count: int) -> tuple[str, str]:
    """Return so many rules, each of which adds compensation of its own where a fact of its own holds."""
    names = [f"issue.open{at}" for at in range(count)]
    rules = "\n".join(
        f"  - {{id: rule-{at}, when: {{{name}: true}}, then: {{remedy.compensation: "
        f"{{head: head-{at}, basis: rule, amount: {at + 1} CNY}}}}}}"
        for at, name in enumerate(names)
    )
    text = f"policy: extra\nanswers: {{remedy.compensation: contract}}\nhit: collect\nrules:\n{rules}\n"
    return text, yes_no(*names)


def test_fourteen_open_facts_are_asked_and_not_all_worlds_explored(pack: MakePack) -> None:
    result = pack(*many(14)).decide(small_case())
    assert result["outcome"] == "ask"
    assert "too_many_worlds" in codes(result)
    assert result["automation"]["mode"] == "agent"


def chain(length: int) -> str:
    """Return so many policies of which each reads the answer of the one before, the first an open fact."""
    result = []
    for at in range(length):
        read = "issue.opened" if at == 0 else f"step{at - 1}"
        result.append(
            f"policy: step{at}\nanswers: {{step{at}: yes_no}}\notherwise: {{step{at}: false}}\n"
            f"rules: [{{id: so, when: {{{read}: true}}, then: {{step{at}: true}}}}]\n---\n"
        )
    return "".join(result)


def test_of_as_many_issues_as_a_case_may_have_each_is_asked(pack: MakePack) -> None:
    result = worn(pack).decide(small_case(*[{"kind": "damage", "place": at} for at in range(50)]))
    assert result["outcome"] == "ask"
    assert {issue for _, issue in asked(result)} == set(range(50))
    assert "too_many_worlds" in codes(result)


def worn(pack: MakePack) -> SmallPack:
    """Return a pack in which two open facts of an issue decide, one of them through many policies."""
    text = chain(40) + remedy(
        "used | {step39: true, issue.used: true} | refuse",
        "as-new | {any: [{step39: false}, {issue.used: false}]} | {times: issue.count, of: 1 CNY}",
    )
    numbers = "issue.count: {type: number}\nissue.place: {type: number}"
    return pack(text, yes_no("issue.opened", "issue.used") + "\n" + numbers)


def test_equal_issues_are_one_and_cost_as_much(pack: MakePack) -> None:
    small_pack = worn(pack)
    alone, equals = (small_pack.run(small_case(*[{"kind": "damage"}] * count)) for count in (1, 50))
    assert len(list(leaves(equals.tree))) == len(list(leaves(alone.tree)))
    result = small_pack.decide(small_case(*[{"kind": "damage"}] * 50))
    assert {issue for fact, issue in asked(result) if fact == "issue.opened"} == {0}
    assert {issue["outcome"] for issue in result["issues"]} == {"ask"}


def test_issues_that_differ_in_anything_are_supposed_apart(pack: MakePack) -> None:
    result = worn(pack).decide(small_case({"kind": "damage", "place": 1}, {"kind": "damage", "place": 2}))
    assert {issue for fact, issue in asked(result) if fact == "issue.opened"} == {0, 1}


def test_an_answer_in_one_issue_leaves_what_was_found_of_another_as_it_was(pack: MakePack) -> None:
    """A hypothesis takes up the issues that it concerns where they stood, and no others."""
    small_pack = worn(pack)
    lines = [{"id": "a", "paid_fen": 10_000}, {"id": "b", "paid_fen": 10_000}]  # issues of one line would be one claim
    issues = [{"kind": "damage", "line": line, "count": count} for line, count in (("a", 1), ("b", 2))]
    case = small_case(*issues, order={"lines": lines})
    ends = [end for end in leaves(tree_of(small_pack, case)) if isinstance(end, World)]
    opened, used = (small_pack.pack.program.slots[name] for name in ("issue.opened", "issue.used"))
    assert len(ends) == 9
    for end in ends:
        given = [end.settlement.chosen(issue).refund_fen for issue in (0, 1)]  # type: ignore[union-attr]
        lost = [frame[opened] is True and frame[used] is True for frame in end.frames]
        assert given == [0 if lost[0] else 100, 0 if lost[1] else 200]


# ---- the budget


def bare(issues: int) -> Json:
    return small_case(*[{"kind": "damage", "place": at} for at in range(issues)])


def test_past_the_budget_a_person_looks(pack: MakePack, monkeypatch: pytest.MonkeyPatch) -> None:
    small_pack = worn(pack)
    assert small_pack.decide(bare(20))["outcome"] == "ask"
    monkeypatch.setattr(decide, "STEP_LIMIT", 2_000)
    result = small_pack.decide(bare(20))
    assert result["outcome"] == "review"
    assert result["provisional"]
    assert result["automation"]["mode"] == "agent"
    assert "over_budget" in codes(result)
    assert small_pack.decide(bare(20)) == result


def test_no_case_takes_many_more_steps_than_the_budget(pack: MakePack) -> None:
    text, facts = many(60)
    small_pack = pack(text, facts + "\nissue.place: {type: number}")
    for issues in (1, 10, 50):
        decided = small_pack.run(bare(issues))
        whole = issues * len(small_pack.pack.program.policies)
        assert decided.steps <= STEP_LIMIT + 3 * (whole + issues)


def test_a_case_that_depends_on_more_facts_than_can_be_supposed_goes_to_a_person(pack: MakePack) -> None:
    text, facts = many(DEPTH_LIMIT + 1)
    result = pack(text, facts).decide(small_case())
    assert result["outcome"] == "review"
    assert "over_budget" in codes(result)
    text, facts = many(DEPTH_LIMIT - 1)
    assert "over_budget" not in codes(pack(text, facts).decide(small_case()))


def test_few_open_facts_are_explored_to_the_end(pack: MakePack) -> None:
    result = pack(*many(5)).decide(small_case())
    assert "too_many_worlds" not in codes(result)
    assert asked(result) == [(f"issue.open{at}", 0) for at in range(5)]
    assert WORLD_LIMIT >= 2**5


def test_past_the_bound_every_fact_that_matters_is_still_asked(pack: MakePack) -> None:
    result = pack(*many(14)).decide(small_case())
    assert {name for name, _ in asked(result)} == {f"issue.open{at}" for at in range(14)}


# ---- the tree


def tree_of(small_pack: SmallPack, case: Json) -> Tree:
    return small_pack.run(case).tree


def test_a_case_without_open_facts_is_one_world(pack: MakePack) -> None:
    assert isinstance(
        tree_of(pack(OPENED, yes_no("issue.opened")), small_case({"kind": "damage", "opened": True})), World
    )


def test_the_tree_divides_where_a_fact_decides(pack: MakePack) -> None:
    small_pack = pack(OPENED, yes_no("issue.opened"))
    tree = tree_of(small_pack, small_case())
    assert isinstance(tree, Split)
    assert tree.variable == Variable(small_pack.pack.program.slots["issue.opened"], 0)
    assert [value for value, _ in tree.branches] == [True, False]
    assert all(isinstance(branch, World) for _, branch in tree.branches)


def test_a_split_without_effect_is_taken_out(pack: MakePack) -> None:
    small_pack = pack(
        remedy("opened | {issue.opened: true} | 5 CNY", "sealed | {issue.opened: false} | 5 CNY"),
        yes_no("issue.opened"),
    )
    case = small_case()
    tree = tree_of(small_pack, case)
    assert isinstance(tree, Split)
    seen = reduce_views(tree, WorldViews(small_pack.pack, small_pack.run(case).facts.at))
    assert seen.settled
    assert list(splits(seen.customer)) == []


def test_reducing_keeps_what_differs_and_what_is_no_world() -> None:
    x, y = Variable(0, 0), Variable(1, 0)
    ends = {1: "a", 2: "b"}
    clash, other, unexplored = RuleConflict(((0, 0),)), RuleConflict(((0, 1),)), Unexplored()

    class End(World):
        __slots__ = ()

    def end(number: int) -> World:
        return End((), (), number)  # type: ignore[arg-type]

    def split(variable: Variable, so: Any, not_so: Any) -> Split:
        return Split(variable, ((True, so), (False, not_so)))

    def key(world: World) -> str:
        return ends[world.settlement]  # type: ignore[index]

    reduced = reduce(split(x, split(y, end(1), end(1)), split(y, end(2), clash)), key)
    assert reduced == split(x, "a", split(y, "b", CONFLICT))
    assert list(leaves(reduced)) == ["a", "b", CONFLICT]
    assert reduce(split(x, unexplored, unexplored), key) == unexplored
    assert reduce(split(x, clash, other), key) == CONFLICT
    assert supposing(reduced, {y: True}) == split(x, "a", "b")
    assert supposing(reduced, {x: False, y: False}) == CONFLICT
    assert supposing(split(x, split(y, "a", "b"), "a"), {y: True}) == "a"


def test_intervals_of_a_supposed_number_lie_between_the_constants(pack: MakePack) -> None:
    tree = tree_of(pack(BETWEEN, "issue.days: {type: number}"), small_case())
    assert isinstance(tree, Split)
    assert [value for value, _ in tree.branches] == [Interval(None, 7), 7, Interval(7, None)]


def test_a_supposed_item_makes_the_list_grow(pack: MakePack) -> None:
    text = remedy(
        "shown | {evidence.shows: {includes: dent}} | 5 CNY", "not | {not: {evidence.shows: {includes: dent}}} | refuse"
    )
    small_pack = pack(text, SHOWS, derived=GATHER)
    tree = tree_of(small_pack, small_case({"kind": "damage", "evidence": {"items": [{"shows": "seal"}]}}))
    assert isinstance(tree, Split)
    slot = small_pack.pack.program.slots["evidence.shows"]
    with_it, without = (branch for _, branch in tree.branches)
    assert isinstance(with_it, World)
    assert isinstance(without, World)
    assert with_it.frames[0][slot] == OpenList(frozenset({"seal", "dent"}), frozenset())
    assert without.frames[0][slot] == OpenList(frozenset({"seal"}), frozenset({"dent"}))


def test_the_likely_world_takes_what_is_undecided_as_not_so(pack: MakePack) -> None:
    text = remedy("opened | {issue.opened: true} | refuse", "any | {issue.kind: damage} | 5 CNY")
    decided = pack(text, yes_no("issue.opened")).run(small_case())
    chosen = decided.likely.settlement.chosen(0)
    assert chosen is not None
    assert (chosen.kind, chosen.refund_fen) == ("refund", 500)
    assert OPEN not in decided.likely.settlement.totals.values()


def test_the_likely_world_shows_the_evidence_that_may_still_come(pack: MakePack) -> None:
    text = remedy(
        "shown | {evidence.shows: {includes: dent}} | 5 CNY", "not | {not: {evidence.shows: {includes: dent}}} | refuse"
    )
    small_pack = pack(text, SHOWS, derived=GATHER)
    kinds: list[str | None] = []
    for evidence in ({}, {"lacking": ["dent"]}):
        chosen = small_pack.run(small_case({"kind": "damage", "evidence": evidence})).likely.settlement.chosen(0)
        kinds.append(chosen and chosen.kind)
    assert kinds == ["refund", "refuse"]


def test_the_likely_world_supposes_what_the_pack_supposes(pack: MakePack) -> None:
    text = remedy("opened | {issue.opened: true} | refuse", "closed | {issue.opened: false} | 5 CNY")
    small_pack = pack(text, yes_no("issue.opened").replace("yes_no", "yes_no, supposed: true"))
    kinds: list[str | None] = []
    for stated in ({}, {"opened": False}):
        chosen = small_pack.run(small_case({"kind": "damage", **stated})).likely.settlement.chosen(0)
        kinds.append(chosen and chosen.kind)
    assert kinds == ["refuse", "refund"]
