"""Why: the firing rules with the facts as sent, those set aside, and the presumptions used."""

from __future__ import annotations

from typing import Any

import pytest

from rules.recommending.why import value_as_json
from rules.values.value import OPEN, Frame, Interval, OpenList
from tests.support.small_packs import Json, MakePack, SmallPack, rule_ids, small_case

SOURCES = """
documents: {law: {title: {en: The law}}}
articles: {LAW-1: {document: law, says: {en: One.}}, LAW-2: {document: law, says: {en: Two.}}}
"""
CAUSE = """
policy: cause
asks: {en: What went wrong}
answers: {cause: {one_of: [carrier, buyer, packing, unproven]}}
otherwise: {cause: unproven}
rules:
  - id: damaged
    title: {en: Damaged on arrival}
    source: [LAW-1, LAW-2]
    when: {issue.kind: damage}
    then: {cause: carrier}
    except:
      - id: opened
        when: {issue.opened: true}
        then: {cause: buyer}
        except:
          - {id: leaked, title: {en: It had leaked}, source: LAW-2, when: {issue.leaked: true}, then: {cause: packing}}
  - {id: late, when: {issue.kind: delay, issue.forgotten: true}, then: {cause: carrier}}
---
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - id: pay
    when: {cause: [carrier, packing]}
    then: {remedy.option: {kind: refund, refund: {percent: 50, of: line.paid_fen}}}
  - {id: refuse, when: {cause: [buyer, unproven]}, then: {remedy.option: {kind: refuse}}}
"""
FACTS = """
issue.opened: {type: yes_no, presume: false, because: not_alleged}
issue.leaked: {type: yes_no, presume: false, because: burden_on_customer}
issue.forgotten: {type: yes_no, presume: false, because: systems_know}
"""


def why(result: Json, rule: str) -> Json:
    (found,) = [one for one in result["why"]["rules"] if one["rule"] == rule]
    assert isinstance(found, dict)
    return found


@pytest.fixture
def small_pack(pack: MakePack) -> SmallPack:
    return pack(CAUSE, FACTS, sources=SOURCES)


# ---- the firing rules


def test_a_rule_is_shown_with_title_source_facts_and_outputs(small_pack: SmallPack) -> None:
    result = small_pack.decide(small_case())
    assert why(result, "damaged") == {
        "policy": "cause",
        "rule": "damaged",
        "title": {"en": "Damaged on arrival"},
        "source": ["LAW-1", "LAW-2"],
        "facts": {"issue.kind": "damage"},
        "says": {"cause": "carrier"},
        "issue": 0,
    }
    assert why(result, "pay")["says"] == {"remedy.option": {"kind": "refund", "refund": 5_000}}
    assert why(result, "pay")["facts"] == {"cause": "carrier"}


def test_a_rule_without_a_title_is_shown_by_what_its_policy_asks(small_pack: SmallPack) -> None:
    result = small_pack.decide(small_case({"kind": "damage", "opened": True}))
    assert why(result, "opened")["title"] == {"en": "What went wrong"}
    assert why(result, "opened")["source"] == ["LAW-1", "LAW-2"]  # the source of the rule that it is an exception to


def test_an_exception_is_shown_with_the_facts_of_every_rule_above_it(small_pack: SmallPack) -> None:
    result = small_pack.decide(small_case({"kind": "damage", "opened": True, "leaked": True}))
    assert why(result, "leaked")["facts"] == {"issue.kind": "damage", "issue.opened": True, "issue.leaked": True}
    assert why(result, "leaked")["source"] == ["LAW-2"]


OF_SEVERAL = """
policy: cause
answers: {cause: {one_of: [carrier, buyer, unproven]}}
otherwise: {cause: unproven}
rules:
  - {id: damaged, when: {issue.kind: damage, issue.leaked: true}, then: {cause: carrier}}
  - {id: late, when: {issue.forgotten: false}, then: {cause: carrier}}
  - id: opened
    exception_to: [damaged, late]
    when: {issue.opened: true}
    then: {cause: buyer}
---
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules: [{id: pay, when: {cause: buyer}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}]
"""


@pytest.mark.parametrize(
    ("sent", "aside", "facts", "presumed"),
    [
        ({"leaked": True, "forgotten": True}, {"damaged"}, ["issue.kind", "issue.leaked"], []),
        ({}, {"late"}, ["issue.forgotten"], ["issue.forgotten"]),
        ({"forgotten": False}, {"late"}, ["issue.forgotten"], []),
        ({"leaked": True}, {"damaged", "late"}, ["issue.kind", "issue.leaked", "issue.forgotten"], ["issue.forgotten"]),
    ],
)
def test_an_exception_to_several_rules_is_shown_with_the_facts_of_those_that_hold(
    pack: MakePack, sent: Json, aside: set[str], facts: list[str], presumed: list[str]
) -> None:
    result = pack(OF_SEVERAL, FACTS).decide(small_case({"kind": "damage", "opened": True, **sent}))
    assert list(why(result, "opened")["facts"]) == [*facts, "issue.opened"]
    assert [one["fact"] for one in result["why"]["presumptions"]] == presumed
    assert {(one["rule"], one["by"]) for one in result["why"]["set_aside"]} == {(rule, "opened") for rule in aside}


def test_what_was_set_aside_is_shown_with_what_did_it(small_pack: SmallPack) -> None:
    result = small_pack.decide(small_case({"kind": "damage", "opened": True, "leaked": True}))
    assert result["why"]["set_aside"] == [
        {"policy": "cause", "rule": "opened", "by": "leaked", "issue": 0},
        {"policy": "cause", "rule": "damaged", "by": "opened", "issue": 0},
    ]
    assert not {"damaged", "opened"} & set(rule_ids(result))
    assert small_pack.decide(small_case())["why"]["set_aside"] == []


def test_rules_that_did_not_fire_are_not_shown(small_pack: SmallPack) -> None:
    assert set(rule_ids(small_pack.decide(small_case()))) == {"damaged", "pay", "ours", "machine"}


def test_each_issue_has_its_own_account(small_pack: SmallPack) -> None:
    result = small_pack.decide(small_case({"kind": "damage"}, {"kind": "damage", "opened": True}))
    fired = {(one["issue"], one["rule"]) for one in result["why"]["rules"] if one["policy"] in ("cause", "remedy")}
    assert fired == {(0, "damaged"), (0, "pay"), (1, "opened"), (1, "refuse")}
    assert [one["issue"] for one in result["why"]["set_aside"]] == [1]


def test_facts_are_shown_as_they_were_sent_and_never_as_they_were_supposed(pack: MakePack) -> None:
    text = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: soon, when: {issue.days: {at_most: 7}}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}
  - {id: late, when: {issue.days: {more_than: 7}}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}
"""
    result = pack(text, "issue.days: {type: number}").decide(small_case())
    assert (result["outcome"], result["missing"]) == ("remedy", [])
    fired = [one for one in result["why"]["rules"] if one["policy"] == "remedy"]
    assert [one["facts"] for one in fired] == [{"issue.days": None}]


def test_what_led_nowhere_is_not_shown(pack: MakePack) -> None:
    text = """
policy: note
answers: {note: yes_no}
otherwise: {note: false}
rules: [{id: noted, when: {}, then: {note: true}}]
---
policy: mood
answers: {mood: {one_of: [good, bad]}}
otherwise: {mood: good}
rules: [{id: bad-mood, when: {note: true}, then: {mood: bad}}]
---
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: pay, when: {mood: bad}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}
  - {id: keep, when: {issue.kind: damage}, then: {remedy.option: {kind: refuse, rank: 90}}}
"""
    small_pack = pack(text)
    assert {"noted", "bad-mood", "pay"} <= set(rule_ids(small_pack.decide(small_case())))
    unread = text.replace("when: {mood: bad}", "when: {issue.kind: damage}")
    assert not {"noted", "bad-mood"} & set(rule_ids(pack(unread).decide(small_case())))


def test_a_rule_that_was_outvoted_does_not_fire(pack: MakePack) -> None:
    text = """
policy: automation
answers: {automation.mode: {one_of: [lead, agent, auto], joins: first}}
hit: priority
otherwise: {automation.mode: agent}
rules:
  - {id: small, when: {}, then: {automation.mode: auto}}
  - {id: damaged, when: {issue.kind: damage}, then: {automation.mode: lead}}
"""
    result = pack(text).decide(small_case())
    assert why(result, "damaged")["says"] == {"automation.mode": "lead"}
    assert "small" not in rule_ids(result)
    assert [reason["rule"] for reason in result["automation"]["reasons"]] == ["damaged"]


# ---- presumptions


def presumed(result: Json) -> list[tuple[str, Any, str]]:
    return [(one["fact"], one["value"], one["because"]) for one in result["why"]["presumptions"]]


def test_presumptions_that_rules_rest_on_are_shown(small_pack: SmallPack) -> None:
    # `damaged` fires because nothing was opened; nothing depends on `forgotten`, which is of another kind of issue
    assert ("issue.opened", False, "not_alleged") in presumed(small_pack.decide(small_case()))
    assert "issue.forgotten" not in [name for name, _, _ in presumed(small_pack.decide(small_case()))]
    sent = small_pack.decide(small_case({"kind": "damage", "opened": False}))
    assert "issue.opened" not in [name for name, _, _ in presumed(sent)]
    opened = small_pack.decide(small_case({"kind": "damage", "opened": True}))
    assert presumed(opened) == [("issue.leaked", False, "burden_on_customer")]


def test_a_presumption_behind_a_derived_fact_is_shown(pack: MakePack) -> None:
    text = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: many, when: {issue.double: {at_least: 2}}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}
  - {id: few, when: {issue.double: {less_than: 2}}, then: {remedy.option: {kind: refuse}}}
"""
    small_pack = pack(
        text,
        "issue.count: {type: number, presume: 1, because: systems_know}",
        derived="issue.double: {times: 2, of: issue.count}",
    )
    assert presumed(small_pack.decide(small_case())) == [("issue.count", 1, "systems_know")]
    assert presumed(small_pack.decide(small_case({"kind": "damage", "count": 3}))) == []


def test_a_presumption_that_kept_every_rule_from_firing_is_shown(pack: MakePack) -> None:
    text = """
policy: cause
answers: {cause: {one_of: [buyer, unproven]}}
otherwise: {cause: unproven}
rules: [{id: misuse, when: {issue.misused: true}, then: {cause: buyer}}]
---
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: pay, when: {cause: unproven}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}
  - {id: keep, when: {cause: buyer}, then: {remedy.option: {kind: refuse}}}
"""
    small_pack = pack(text, "issue.misused: {type: yes_no, presume: false, because: burden_on_merchant}")
    assert presumed(small_pack.decide(small_case())) == [("issue.misused", False, "burden_on_merchant")]
    assert presumed(small_pack.decide(small_case({"kind": "damage", "misused": False}))) == []


# ---- notes

WORKING = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: soon, when: {issue.days: {at_most: 5}}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}
  - {id: late, when: {issue.days: {more_than: 5}}, then: {remedy.option: {kind: refuse}}}
"""


@pytest.mark.parametrize(
    ("signed", "years"),
    [("2026-02-26T10:00:00+08:00", []), ("2025-12-30T10:00:00+08:00", [2025])],
)
def test_working_days_of_a_year_without_holidays_are_noted(pack: MakePack, signed: str, years: list[int]) -> None:
    small_pack = pack(
        WORKING,
        "delivery.signed_at: {type: instant}",
        derived="issue.days: {working_days: {from: delivery.signed_at, to: submitted_at}}",
        calendar="years: {2026: {holidays: [2026-01-01]}}",
    )
    notes = small_pack.decide(small_case(delivery={"signed_at": signed}))["why"]["notes"]
    assert notes == [{"code": "holidays_unknown", "year": year} for year in years]


COUNTED = {
    "a clock": """
policy: deadlines
answers: {clock: contract}
hit: collect
rules: [{id: answer, when: {}, then: {clock: {name: reply_by, after: decision, within: 4 working hours}}}]
""",
    "a window": """
policy: window
answers: {eligibility.return: {one_of: [granted, denied, not_asked]}, eligibility.return.until: instant}
otherwise: {eligibility.return: not_asked, eligibility.return.until: {fact: delivery.until}}
rules: [{id: granted, when: {}, then: {eligibility.return: granted}}]
""",
}


@pytest.mark.parametrize("counted", COUNTED)
@pytest.mark.parametrize(("year", "notes"), [(2026, []), (2025, [{"code": "holidays_unknown", "year": 2026}])])
def test_what_is_shown_by_working_days_of_such_a_year_is_noted_too(
    pack: MakePack, counted: str, year: int, notes: list[Json]
) -> None:
    small_pack = pack(
        COUNTED[counted],
        "delivery.signed_at: {type: instant}",
        derived="delivery.until: {day_end: {after: delivery.signed_at, days: 7, moves: true}}",
        calendar=f"years: {{{year}: {{holidays: [{year}-01-01]}}}}",
    )
    result = small_pack.decide(small_case(delivery={"signed_at": "2026-02-28T10:00:00+08:00"}))
    assert result["why"]["notes"] == notes


# ---- showing


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("line.paid_fen", 1_234, 1_234),
        ("issue.kind", "damage", "damage"),
        ("issue.kind", OPEN, None),
        ("submitted_at", 0, "1970-01-01T08:00:00+08:00"),
        ("settled.heads", ("a", "b"), ["a", "b"]),
        ("line.paid_fen", Interval(1, 5), None),
    ],
)
def test_facts_are_shown_as_json(small_pack: SmallPack, name: str, value: Any, shown: Any) -> None:
    assert small_pack.decider.recommender.explainer.show(name, value) == shown


def test_what_grows_is_shown_by_what_is_in_it(pack: MakePack) -> None:
    small_pack = pack(facts="evidence.shows: {type: {list_of: {one_of: [dent, seal]}}}")
    account = small_pack.decider.recommender.explainer
    assert account.show("evidence.shows", OpenList(frozenset({"seal", "dent"}), frozenset())) == ["dent", "seal"]


def test_an_answer_becomes_json() -> None:
    assert value_as_json({"a": OPEN, "b": (1, OPEN), "c": {"d": True}}, None) == {
        "a": None,
        "b": [1, None],
        "c": {"d": True},
    }
    assert value_as_json(Interval(1, 2), None) is None


def test_several_items_of_a_rule_are_all_shown(pack: MakePack) -> None:
    text = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules: [{id: both, when: {}, then: {remedy.option: [{kind: refund, refund: 5 CNY}, {kind: repair, rank: 60}]}}]
"""
    result = pack(text).decide(small_case())
    assert why(result, "both")["says"] == {
        "remedy.option": [{"kind": "refund", "refund": 500}, {"kind": "repair", "rank": 60}]
    }
    assert [one["kind"] for one in result["alternatives"]] == ["refund", "repair"]


def test_explaining_leaves_the_facts_as_they_are(small_pack: SmallPack) -> None:
    case = small_case({"kind": "damage", "opened": None})
    before: Frame = small_pack.frame(case)
    small_pack.decide(case)
    assert small_pack.frame(case) == before
