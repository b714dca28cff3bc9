"""Why not: what the customer asked for, the condition that failed, and the nearest change that would grant it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.support.small_packs import Json, MakePack, SmallPack, small_case

WINDOW = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - id: in-time
    title: {en: Back within seven days}
    when: {issue.days: {at_most: 7}, issue.opened: false}
    then: {remedy.option: {kind: return_refund, return: true, refund: line.paid_fen}}
  - {id: repaired, when: {issue.kind: damage}, then: {remedy.option: {kind: repair, rank: 60}}}
  - {id: nothing, when: {}, then: {remedy.option: {kind: refuse, rank: 90}}}
"""
FACTS = """
issue.days: {type: {number: days}, label: {en: days since signing}}
issue.opened: {type: yes_no, label: {en: opened}}
"""


def issue(**facts: Any) -> Json:
    return {"kind": "damage", "wants": "return_refund", "days": 3, "opened": False, **facts}


def why_not(small_pack: SmallPack, *issues: Json) -> list[Json]:
    found = small_pack.decide(small_case(*issues))["why_not"]
    assert isinstance(found, list)
    return found


@pytest.fixture
def small_pack(pack: MakePack) -> SmallPack:
    return pack(WINDOW, FACTS)


# ---- whose wish is explained


@pytest.mark.parametrize(
    "wish",
    [
        issue(),  # granted
        issue(days=9, wants="none"),
        issue(days=9, wants=None),
        issue(days=9, wants="repair"),
        {"kind": "damage", "days": 9, "opened": False},
    ],
)
def test_a_granted_wish_or_no_wish_has_no_explanation(small_pack: SmallPack, wish: Json) -> None:
    assert why_not(small_pack, wish) == []


def test_a_pack_without_wishes_explains_none(pack: MakePack) -> None:
    vocabulary = """
groups: {line: {of: line}, issue: {of: issue}}
facts: {line.paid_fen: {type: money}, issue.kind: {type: {one_of: [damage]}}}
"""
    case = {**small_case(), "order": {"lines": [{"id": "1", "paid_fen": 1}]}}
    assert pack(vocabulary=vocabulary).decide(case)["why_not"] == []


# ---- what failed


def test_the_condition_that_failed_is_shown(small_pack: SmallPack) -> None:
    (result,) = why_not(small_pack, issue(days=9))
    assert (result["issue"], result["wanted"], result["rule"]) == (0, "return_refund", "in-time")
    assert result["title"] == {"en": "Back within seven days"}
    assert result["failed"] == [
        {"fact": "issue.days", "label": {"en": "days since signing"}, "needs": {"at_most": [7]}, "is": 9}
    ]


def test_every_condition_that_failed_is_shown(small_pack: SmallPack) -> None:
    (result,) = why_not(small_pack, issue(days=9, opened=True))
    assert [(one["fact"], one["is"]) for one in result["failed"]] == [("issue.days", 9), ("issue.opened", True)]
    assert result["nearest"] is None  # no single change is enough


def test_the_rule_that_failed_least_is_shown(pack: MakePack) -> None:
    text = (
        WINDOW
        + """\
  - id: far
    when: {issue.kind: other, issue.opened: true, issue.days: {more_than: 90}}
    then: {remedy.option: {kind: return_refund, refund: line.paid_fen, return: true}}
"""
    )
    (result,) = why_not(pack(text, FACTS), issue(days=9))
    assert result["rule"] == "in-time"


@pytest.mark.parametrize(
    ("facts", "failed"),
    [
        ({"days": 9}, ["issue.days"]),
        ({"kind": "delay"}, ["issue.kind"]),
        ({"kind": "delay", "opened": True, "days": 9}, ["issue.days", "issue.days"]),
    ],
)
def test_of_an_exception_to_several_rules_the_rule_that_failed_least_counts(
    pack: MakePack, facts: Json, failed: list[str]
) -> None:
    text = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: broken, when: {issue.kind: damage, issue.opened: false}, then: {remedy.option: {kind: repair}}}
  - {id: late, when: {issue.kind: delay, issue.opened: true, issue.days: 0}, then: {remedy.option: {kind: repair}}}
  - id: in-time
    exception_to: [broken, late]
    when: {issue.days: {at_most: 7}}
    then: {remedy.option: {kind: return_refund, return: true, refund: line.paid_fen}}
  - {id: nothing, when: {}, then: {remedy.option: {kind: refuse, rank: 90}}}
"""
    (result,) = why_not(pack(text, FACTS), issue(**facts))
    assert (result["rule"], [one["fact"] for one in result["failed"]]) == ("in-time", failed)


def test_each_issue_with_a_refused_wish_is_explained(small_pack: SmallPack) -> None:
    result = why_not(small_pack, issue(days=9), issue(wants="repair"), issue(opened=True))
    assert [(one["issue"], [failed["fact"] for failed in one["failed"]]) for one in result] == [
        (0, ["issue.days"]),
        (2, ["issue.opened"]),
    ]


def test_a_wish_that_no_rule_grants_has_no_condition(small_pack: SmallPack) -> None:
    assert why_not(small_pack, issue(wants="exchange")) == [
        {
            "issue": 0, "wanted": "exchange", "rule": None, "title": None, "needs": None, "failed": [],
            "nearest": None,
        }
    ]  # fmt: skip


def test_a_wish_that_only_waits_for_approval_names_whose(pack: MakePack) -> None:
    text = WINDOW.replace("refund: line.paid_fen}", "refund: line.paid_fen, needs: lead}")
    (result,) = why_not(pack(text, FACTS), issue())
    assert (result["rule"], result["needs"], result["failed"]) == ("in-time", "lead", [])
    assert why_not(pack(WINDOW, FACTS), issue(days=9))[0]["needs"] is None


def test_a_parameter_is_shown_by_its_value(pack: MakePack) -> None:
    text = WINDOW.replace("{at_most: 7}", "{at_most: {parameter: window.days}}")
    small_pack = pack(
        text, FACTS, parameters="window.days: {type: {number: days}, values: {2020-01-01: 7, 2026-03-01: 5}}"
    )
    (result,) = why_not(small_pack, issue(days=6))
    assert result["failed"][0]["needs"] == {"at_most": [5]}


def test_refund_only_is_a_refund_without_sending_back(pack: MakePack) -> None:
    text = (
        WINDOW
        + """\
  - {id: rotten, when: {issue.days: {at_most: 1}}, then: {remedy.option: {kind: refund, refund: 5 CNY, rank: 30}}}
"""
    )
    small_pack = pack(text, FACTS)
    assert why_not(small_pack, issue(days=1, wants="refund_only")) == []
    (result,) = why_not(small_pack, issue(days=2, wants="refund_only"))
    assert (result["rule"], result["failed"][0]["needs"]) == ("rotten", {"at_most": [1]})


# ---- the nearest change


def test_the_nearest_change_would_grant_it(small_pack: SmallPack) -> None:
    (result,) = why_not(small_pack, issue(opened=True))
    assert result["nearest"] == {"fact": "issue.opened", "is": True, "would_be": False}


def test_the_nearest_change_of_a_number_is_a_range_or_its_bound(small_pack: SmallPack) -> None:
    (result,) = why_not(small_pack, issue(days=9))
    assert (result["nearest"]["fact"], result["nearest"]["is"]) == ("issue.days", 9)
    assert result["nearest"]["would_be"] in (7, {"less_than": 7})


def test_a_change_through_another_answer_is_found(pack: MakePack) -> None:
    text = """
policy: cause
asks: {en: What went wrong}
answers: {cause: {one_of: [carrier, buyer]}}
otherwise: {cause: carrier}
rules: [{id: misuse, when: {issue.misused: true}, then: {cause: buyer}}]
---
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: pay, when: {cause: carrier}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}
  - {id: keep, when: {cause: buyer}, then: {remedy.option: {kind: refuse}}}
"""
    small_pack = pack(text, "issue.misused: {type: yes_no}")
    (result,) = why_not(small_pack, {"kind": "damage", "wants": "refund", "misused": True})
    assert result["failed"] == [
        {"fact": "cause", "label": {"en": "What went wrong"}, "needs": {"is": ["carrier"]}, "is": "buyer"}
    ]
    assert result["nearest"] == {"fact": "issue.misused", "is": True, "would_be": False}


def test_a_change_that_deciding_again_would_not_grant_is_not_shown(pack: MakePack) -> None:
    # within the window an option of our own, that needs no approval, would still stand before the one that is wanted
    text = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - id: in-time
    when: {issue.days: {at_most: 7}}
    then: {remedy.option: {kind: return_refund, refund: line.paid_fen, return: true, needs: lead}}
  - {id: repaired, when: {}, then: {remedy.option: {kind: repair, rank: 60}}}
"""
    (result,) = why_not(pack(text, FACTS), issue(days=9))
    assert (result["rule"], result["nearest"]) == ("in-time", None)


def with_change(wish: Json, fact: str, value: Any) -> Json:
    """Return an issue with a change as it was reported; of a range, a value that lies in it."""
    changed = copy.deepcopy(wish)
    if isinstance(value, dict):
        value = value["less_than"] - 1 if "less_than" in value else value["more_than"] + 1
    changed[fact.removeprefix("issue.")] = value
    return changed


@pytest.mark.parametrize("wish", [issue(days=9), issue(opened=True), issue(days=7, opened=True), issue(days="7.5")])
def test_what_is_shown_is_granted_when_the_case_is_decided_with_it(small_pack: SmallPack, wish: Json) -> None:
    (result,) = why_not(small_pack, wish)
    nearest = result["nearest"]
    changed = with_change(wish, nearest["fact"], nearest["would_be"])
    assert small_pack.decide(small_case(changed))["remedy"]["kind"] == "return_refund"
    assert why_not(small_pack, changed) == []


def test_an_instant_is_shown_in_the_packs_zone(pack: MakePack) -> None:
    text = WINDOW.replace("issue.days: {at_most: 7}", "order.paid_at: {after: '2026-01-01T00:00:00+08:00'}")
    small_pack = pack(text, FACTS)
    result = small_pack.decide(small_case(issue(), order={"paid_at": "2025-12-01T00:00:00Z"}))["why_not"]
    assert result[0]["failed"][0]["needs"] == {"more_than": ["2026-01-01T00:00:00+08:00"]}
    assert result[0]["failed"][0]["is"] == "2025-12-01T08:00:00+08:00"
    assert result[0]["nearest"]["would_be"] == {"more_than": "2026-01-01T00:00:00+08:00"}


def test_a_refused_item_of_evidence_is_shown(pack: MakePack) -> None:
    text = WINDOW.replace("issue.days: {at_most: 7}", "evidence.shows: {includes: seal}")
    small_pack = pack(text, FACTS + "evidence.shows: {type: {list_of: {one_of: [seal, dent]}}}")
    (result,) = why_not(small_pack, issue(evidence={"shows": ["dent"]}))
    assert result["failed"][0]["needs"] == {"includes": ["seal"]}
    assert result["failed"][0]["is"] == ["dent"]


def test_an_exception_that_prevented_the_wish_is_shown(pack: MakePack) -> None:
    text = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - id: in-time
    when: {issue.days: {at_most: 7}}
    then: {remedy.option: {kind: return_refund, return: true, refund: line.paid_fen}}
    except: [{id: but-opened, title: {en: It was opened}, when: {issue.opened: true}}]
  - {id: nothing, when: {}, then: {remedy.option: {kind: refuse, rank: 90}}}
"""
    (result,) = why_not(pack(text, FACTS), issue(opened=True))
    assert result["rule"] == "in-time"
    assert [(one["fact"], one["needs"], one["is"]) for one in result["failed"]] == [
        ("issue.opened", {"is_not": [True]}, True)
    ]
    assert result["nearest"] == {"fact": "issue.opened", "is": True, "would_be": False}


OF_KINDS = """
policy: cause
asks: {en: What went wrong}
answers: {cause: {one_of: [broken, late, none]}}
otherwise: {cause: none}
rules:
  - {id: broken, when: {issue.kind: damage, issue.shown: true}, then: {cause: broken}}
  - {id: late, when: {issue.kind: delay}, then: {cause: late}}
---
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: pay-the-late, when: {cause: late}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}
  - {id: nothing, when: {}, then: {remedy.option: {kind: refuse, rank: 90}}}
"""
PAY_THE_BROKEN = (
    "  - {id: pay-the-broken, when: {cause: broken}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}\n"
)


def test_a_rule_that_cannot_hold_for_the_claim_explains_nothing(pack: MakePack) -> None:
    (result,) = why_not(pack(OF_KINDS, "issue.shown: {type: yes_no}"), issue(wants="refund", shown=False))
    assert (result["rule"], result["failed"], result["nearest"]) == (
        None,
        [],
        None,
    )  # the late are paid, the broken not


def test_a_rule_that_can_hold_for_the_claim_explains_it(pack: MakePack) -> None:
    small_pack = pack(OF_KINDS + PAY_THE_BROKEN, "issue.shown: {type: yes_no}")
    (result,) = why_not(small_pack, issue(wants="refund", shown=False))
    assert (result["rule"], result["nearest"]["fact"]) == ("pay-the-broken", "issue.shown")


def test_another_kind_is_no_advice(pack: MakePack) -> None:
    text = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - id: pay
    when: {any: [{issue.kind: delay}, {issue.shown: true}]}
    then: {remedy.option: {kind: refund, refund: 5 CNY}}
  - {id: nothing, when: {}, then: {remedy.option: {kind: refuse, rank: 90}}}
"""
    (result,) = why_not(pack(text, "issue.shown: {type: yes_no}"), issue(wants="refund", shown=False))
    assert (result["rule"], result["nearest"]["fact"]) == ("pay", "issue.shown")
