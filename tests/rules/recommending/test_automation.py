"""Whether a machine may carry a decision out: only where a policy says so, and nothing prevents it."""

from __future__ import annotations

import pytest

from tests.support.small_packs import Json, MakePack, codes, small_case

MODES = "specialist, manager, lead, agent, auto_appeal, auto"


def automation(*rules: str, otherwise: str = "agent") -> str:
    listed = "\n".join(
        f"  - {{id: rule-{at}, title: {{en: 'Rule {at}'}}, "
        f"when: {when.strip()}, then: {{automation.mode: {mode.strip()}}}}}"
        for at, (when, mode) in enumerate(one.split("=>") for one in rules)
    )
    return (
        f"policy: automation\nanswers: {{automation.mode: {{one_of: [{MODES}], joins: first}}}}\n"
        f"hit: priority\notherwise: {{automation.mode: {otherwise}}}\nrules:\n{listed}\n"
    )


OPENED = "issue.opened: {type: yes_no}\n"
REFUSE_OPENED = """---
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: opened, when: {issue.opened: true}, then: {remedy.option: {kind: refuse}}}
  - {id: sealed, when: {issue.opened: false}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}
"""


def mode(result: Json) -> str:
    found = result["automation"]["mode"]
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize("said", ["specialist", "manager", "lead", "agent", "auto_appeal", "auto"])
def test_the_policy_says_who_carries_out(pack: MakePack, said: str) -> None:
    result = pack(automation(f"{{}} => {said}")).decide(small_case())
    assert mode(result) == said
    assert result["automation"]["reasons"] == [{"rule": "rule-0", "title": {"en": "Rule 0"}, "issue": 0}]


def test_a_pack_that_does_not_say_leaves_it_to_an_agent(pack: MakePack) -> None:
    silent = automation("{issue.kind: other} => auto", otherwise="agent")
    assert mode(pack(silent).decide(small_case())) == "agent"


@pytest.mark.parametrize("kind", ["damage", "delay"])
def test_of_several_rules_the_strictest_applies(pack: MakePack, kind: str) -> None:
    text = automation("{} => auto", "{issue.kind: delay} => manager", "{issue.kind: [damage, delay]} => lead")
    assert mode(pack(text).decide(small_case({"kind": kind}))) == {"damage": "lead", "delay": "manager"}[kind]


def test_of_several_issues_the_strictest_counts(pack: MakePack) -> None:
    text = automation("{} => auto", "{issue.kind: delay} => lead")
    result = pack(text).decide(small_case({"kind": "damage"}, {"kind": "delay"}))
    assert mode(result) == "lead"
    assert [(reason["rule"], reason["issue"]) for reason in result["automation"]["reasons"]] == [
        ("rule-0", 0),
        ("rule-1", 1),
    ]


# ---- what prevents a machine


def test_a_refusal_may_be_automatic(pack: MakePack) -> None:
    result = pack(automation("{} => auto_appeal") + REFUSE_OPENED, OPENED).decide(
        small_case({"kind": "damage", "opened": True})
    )
    assert (result["outcome"], mode(result)) == ("refuse", "auto_appeal")


def test_an_unsettled_case_is_never_automatic(pack: MakePack) -> None:
    result = pack(automation("{} => auto") + REFUSE_OPENED, OPENED).decide(small_case())
    assert (result["outcome"], mode(result), result["automation"]["settled"]) == ("ask", "agent", False)
    assert codes(result) == ["not_settled"]


def test_without_what_must_be_known_nothing_is_automatic(pack: MakePack) -> None:
    facts = "issue.hurt: {type: yes_no, must_know: true}\ncustomer.risk: {type: {one_of: [low, high]}, must_know: true}"
    small_pack = pack(automation("{} => auto"), facts)
    result = small_pack.decide(small_case())
    assert (result["outcome"], mode(result), result["automation"]["settled"]) == ("remedy", "agent", True)
    assert [(one["code"], one["fact"]) for one in result["automation"]["reasons"] if "code" in one] == [
        ("must_know", "issue.hurt"),
        ("must_know", "customer.risk"),
    ]
    assert mode(small_pack.decide(small_case({"kind": "damage", "hurt": True}, customer={"risk": "high"}))) == "auto"


def test_what_must_be_known_is_never_supposed(pack: MakePack) -> None:
    """Both worlds of the fact agree for the customer and on the machine; the case still does not state it."""
    text = automation("{issue.hurt: true} => auto", "{issue.hurt: false} => auto")
    said = "---\npolicy: words\nanswers: {say: contract}\nhit: collect\nrules:\n"
    said += "\n".join(
        f"  - {{id: a-{at}, when: {{issue.hurt: {at}}}, then: {{say: closing}}}}" for at in ("true", "false")
    )
    small_pack = pack(f"{text}{said}\n", "issue.hurt: {type: yes_no, must_know: true}", words="closing: {en: Goodbye.}")
    result = small_pack.decide(small_case())
    assert (mode(result), [one["fact"] for one in result["missing"]]) == ("agent", ["issue.hurt"])
    assert "must_know" in codes(result)


SAY = """---
policy: words
answers: {say: contract}
hit: collect
rules: [{id: inform, when: {}, then: {say: until}}]
---
policy: deadlines
answers: {clock: contract}
hit: collect
rules: [{id: answer, when: {}, then: {clock: {name: reply_by, after: delivery.back_at, within: 2 hours}}}]
"""


def test_words_with_a_hole_in_them_are_not_sent_by_a_machine(pack: MakePack) -> None:
    small_pack = pack(
        automation("{} => auto") + SAY,
        "delivery.back_at: {type: instant}",
        words="until: {en: 'We answer until {reply_by}.'}",
    )
    result = small_pack.decide(small_case())
    assert (result["words"], mode(result)) == ([], "agent")
    assert {"code": "words_unsaid", "block": "until"} in result["automation"]["reasons"]
    assert mode(small_pack.decide(small_case(delivery={"back_at": "2026-03-02T10:00:00+08:00"}))) == "auto"


def test_a_case_that_no_option_fits_goes_to_a_person(pack: MakePack) -> None:
    text = automation("{} => auto") + REFUSE_OPENED.replace("{issue.opened: false}", "{issue.kind: other}")
    result = pack(text, OPENED).decide(small_case({"kind": "damage", "opened": False}))
    assert (result["outcome"], mode(result)) == ("review", "agent")


def test_a_person_named_by_the_policy_stays_whatever_else_prevents_a_machine(pack: MakePack) -> None:
    result = pack(automation("{} => manager") + REFUSE_OPENED, OPENED).decide(small_case())
    assert mode(result) == "manager"


# ---- what hangs on an open fact

RISK = "customer.risk: {type: {one_of: [low, middle, high]}}\n"
BY_RISK = automation(
    "{customer.risk: low} => auto", "{customer.risk: middle} => lead", "{customer.risk: high} => manager"
)


def test_a_decision_needs_the_strictest_role_that_it_may_need(pack: MakePack) -> None:
    result = pack(BY_RISK, RISK).decide(small_case())
    assert (result["outcome"], mode(result)) == ("remedy", "manager")
    assert "automation_open" in codes(result)
    assert [(one["fact"], one["because"]) for one in result["missing"]] == [("customer.risk", "automation")]


def test_between_a_machine_and_a_machine_a_person_looks(pack: MakePack) -> None:
    text = automation("{customer.risk: low} => auto", "{not: {customer.risk: low}} => auto_appeal")
    assert mode(pack(text, RISK).decide(small_case())) == "agent"


def test_who_may_ask_a_question_needs_only_the_mildest_role(pack: MakePack) -> None:
    text = automation("{issue.opened: true} => manager", "{issue.opened: false} => lead") + REFUSE_OPENED
    result = pack(text, OPENED).decide(small_case())
    assert (result["outcome"], mode(result)) == ("ask", "lead")


def test_where_an_answer_could_make_it_automatic_an_agent_asks(pack: MakePack) -> None:
    text = automation("{issue.opened: true} => manager", "{issue.opened: false} => auto") + REFUSE_OPENED
    result = pack(text, OPENED).decide(small_case())
    assert (result["outcome"], mode(result)) == ("ask", "agent")


@pytest.mark.parametrize(
    ("issue", "expected", "asked"),
    [({}, "auto", []), ({"pieces": 1}, "auto", []), ({"pieces": "unknown"}, "agent", ["issue.pieces"])],
)
def test_no_machine_pays_for_the_whole_line_where_the_pieces_are_sent_as_unknown(
    pack: MakePack, issue: Json, expected: str, asked: list[str]
) -> None:
    facts = "issue.pieces: {type: {number: pieces}}\nline.pieces: {type: {number: pieces}}"
    derived = "issue.units: {first_known: [issue.pieces, line.pieces]}"
    text = automation("{issue.units: {at_most: 3}} => auto")
    result = pack(text, facts, derived=derived).decide(
        small_case({"kind": "damage", **issue}, lines=[{"id": "1", "paid_fen": 300, "pieces": 3}])
    )
    assert mode(result) == expected
    assert [one["fact"] for one in result["missing"]] == asked


def test_the_amount_may_decide_who(pack: MakePack) -> None:
    text = automation(
        "{settled.refund_fen: {at_most: 50 CNY}} => auto", "{settled.refund_fen: {more_than: 50 CNY}} => lead"
    )
    small_pack = pack(text)
    assert [mode(small_pack.decide(small_case(lines=[{"id": "1", "paid_fen": fen}]))) for fen in (5_000, 5_001)] == [
        "auto",
        "lead",
    ]
