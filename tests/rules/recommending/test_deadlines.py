"""What a world comes to: answers joined over the issues, deadlines, and what of it is seen."""

from __future__ import annotations

from typing import Any

import pytest

from rules.recommending.answers import joined
from rules.recommending.deadlines import deadlines_of, period_end
from rules.values.value import OPEN
from tests.support.small_packs import Json, MakePack, small_case

HOUR = 3_600_000_000

# ---- answers of several issues

SEVERITY = """
policy: triage
answers: {severity: {one_of: [urgent, important, normal], joins: first}}
otherwise: {severity: normal}
rules:
  - {id: hurt, when: {issue.hurt: true}, then: {severity: urgent}}
  - {id: late, when: {issue.kind: delay, issue.hurt: false}, then: {severity: important}}
"""
HURT = "issue.hurt: {type: yes_no}"


@pytest.mark.parametrize(
    ("issues", "severity"),
    [
        ([{"kind": "damage", "hurt": False}], "normal"),
        ([{"kind": "damage", "hurt": False}, {"kind": "delay", "hurt": False}], "important"),
        ([{"kind": "delay", "hurt": False}, {"kind": "damage", "hurt": True}], "urgent"),
        ([{"kind": "damage", "hurt": True}, {"kind": "damage", "hurt": False}], "urgent"),
    ],
)
def test_issues_join_by_the_first_in_stated_order(pack: MakePack, issues: list[Json], severity: str) -> None:
    result = pack(SEVERITY, HURT).decide(small_case(*issues))
    assert result["severity"] == severity


def test_an_answer_that_one_issue_leaves_open_is_open_for_the_case(pack: MakePack) -> None:
    small_pack = pack(SEVERITY, HURT)
    frames = small_pack.run(
        small_case({"kind": "damage", "hurt": False}, {"kind": "delay", "hurt": True})
    ).likely.frames
    assert joined(small_pack.pack, frames, "severity") == "urgent"
    frames[0][small_pack.pack.program.slots["severity"]] = OPEN
    assert joined(small_pack.pack, frames, "severity") is OPEN
    assert joined(small_pack.pack, frames[:1], "severity") is OPEN


# ---- what an issue comes to

OPTIONS = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: pay, when: {issue.kind: damage}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}
  - {id: never, when: {issue.kind: delay}, then: {remedy.option: {kind: refuse}}}
"""


@pytest.mark.parametrize(("kind", "outcome"), [("damage", "remedy"), ("delay", "refuse"), ("other", "review")])
def test_refusal_is_an_option_and_the_lack_of_one_a_review(pack: MakePack, kind: str, outcome: str) -> None:
    assert pack(OPTIONS).decide(small_case({"kind": kind}))["outcome"] == outcome


# ---- deadlines


def clock(within: str, after: str = "decision", name: str = "reply_by", when: str = "{}", id: str = "one") -> str:
    return f"""
  - id: {id}
    when: {when}
    then: {{clock: {{name: {name}, after: {after}, within: {within}, on_timeout: escalate}}}}"""


def deadlines(*rules: str) -> str:
    return "policy: deadlines\nanswers: {clock: contract}\nhit: collect\nrules:" + "".join(rules) + "\n"


FRIDAY_AT_FIVE = "2026-03-06T17:00:00+08:00"


@pytest.mark.parametrize(
    ("within", "at"),
    [
        ("24 hours", "2026-03-07T17:00:00+08:00"),
        ("90 minutes", "2026-03-06T18:30:00+08:00"),
        ("7 days", "2026-03-13T23:59:59+08:00"),  # the last second of the seventh day after
        ("4 working hours", "2026-03-09T12:00:00+08:00"),  # one on Friday until 18:00, three on Monday from 09:00
        ("1 working hours", "2026-03-06T18:00:00+08:00"),
        ("5 working days", "2026-03-13T23:59:59+08:00"),  # Monday is the first
    ],
)
def test_a_clock_runs_from_the_decision(pack: MakePack, within: str, at: str) -> None:
    (one,) = pack(deadlines(clock(within))).decide(small_case(at=FRIDAY_AT_FIVE))["clocks"]
    assert (one["name"], one["at"], one["after"], one["on_timeout"]) == ("reply_by", at, "decision", "escalate")
    assert one["rule"] == "one"


def test_working_hours_follow_the_packs_calendar(pack: MakePack) -> None:
    calendar = """
    working_hours: {from: '08:00', until: '12:00'}
    years: {2026: {holidays: [2026-03-09], working: [2026-03-07]}}
    """
    (one,) = pack(deadlines(clock("5 working hours")), calendar=calendar).decide(small_case(at=FRIDAY_AT_FIVE))[
        "clocks"
    ]
    assert one["at"] == "2026-03-10T09:00:00+08:00"  # four on the Saturday that is worked, one on Tuesday


FACTS = "delivery.signed_at: {type: instant}\ndelivery.days: {type: {number: days}}"


def test_a_clock_runs_from_a_fact_or_waits_for_it(pack: MakePack) -> None:
    small_pack = pack(deadlines(clock("2 hours", after="delivery.signed_at")), FACTS)
    (one,) = small_pack.decide(small_case(delivery={"signed_at": "2026-03-01T10:00:00+08:00"}))["clocks"]
    assert (one["at"], one["after"]) == ("2026-03-01T12:00:00+08:00", "delivery.signed_at")
    (one,) = small_pack.decide(small_case())["clocks"]
    assert (one["at"], one["after"], one["within"]) == (None, "delivery.signed_at", "2 hours")


@pytest.mark.parametrize("event", ["execution", "inspection"])
def test_an_event_to_come_has_no_instant(pack: MakePack, event: str) -> None:
    (one,) = pack(deadlines(clock("2 hours", after=event))).decide(small_case())["clocks"]
    assert (one["at"], one["after"], one["within"]) == (None, event, "2 hours")


def test_the_length_of_a_clock_may_be_a_fact_or_a_parameter(pack: MakePack) -> None:
    parameters = "reply.hours: {type: {number: hours}, values: 6}"
    (one,) = pack(deadlines(clock("{parameter: reply.hours}")), parameters=parameters).decide(small_case())["clocks"]
    assert (one["at"], one["within"]) == ("2026-03-02T16:00:00+08:00", "6 hours")
    small_pack = pack(deadlines(clock("delivery.days")), FACTS)
    (one,) = small_pack.decide(small_case(delivery={"days": 3}))["clocks"]
    assert (one["at"], one["within"]) == ("2026-03-05T23:59:59+08:00", "3 days")
    (one,) = small_pack.decide(small_case())["clocks"]
    assert (one["at"], one["within"]) == (None, None)


def test_of_a_name_the_earliest_counts(pack: MakePack) -> None:
    text = deadlines(clock("24 hours", id="a"), clock("2 hours", id="b"), clock("1 hours", after="inspection", id="c"))
    (one,) = pack(text).decide(small_case())["clocks"]
    assert (one["rule"], one["at"]) == ("b", "2026-03-02T12:00:00+08:00")  # known before to come


def test_of_a_name_the_earliest_counts_over_all_issues(pack: MakePack) -> None:
    text = deadlines(
        clock("24 hours", when="{issue.kind: damage}", id="a"), clock("2 hours", when="{issue.kind: delay}", id="b")
    )
    (one,) = pack(text).decide(small_case({"kind": "damage"}, {"kind": "delay"}))["clocks"]
    assert one["rule"] == "b"


def test_deadlines_are_in_the_order_of_time_and_those_to_come_last(pack: MakePack) -> None:
    text = deadlines(
        clock("3 days", name="return_by", id="a"),
        clock("1 hours", name="inspect_by", after="inspection", id="b"),
        clock("2 hours", name="reply_by", id="c"),
    )
    assert [one["name"] for one in pack(text).decide(small_case())["clocks"]] == ["reply_by", "return_by", "inspect_by"]


def test_a_pack_without_clocks_has_none(pack: MakePack) -> None:
    small_pack = pack()
    decided = small_pack.run(small_case())
    assert deadlines_of(small_pack.pack, decided.likely.frames, decided.facts.at) == {}


def test_a_deadline_past_the_calendar_is_none(pack: MakePack) -> None:
    calendar = pack().pack.calendar
    assert period_end(calendar, 0, 10**12, "days") is None
    assert period_end(calendar, 0, 2, "hours") == 2 * HOUR


# ---- what is seen of a world: where it differs between worlds, the case asks

OPENED = "issue.opened: {type: yes_no}"


def option(fields: str) -> str:
    """Return a policy whose one option has these fields where something is opened, and is a plain refund else."""
    return f"""
policy: remedy
answers: {{remedy.option: contract}}
hit: collect
rules:
  - {{id: one, when: {{issue.opened: true}}, then: {{remedy.option: {{{fields}}}}}}}
  - {{id: other, when: {{issue.opened: false}}, then: {{remedy.option: {{kind: refund, refund: 5 CNY}}}}}}
"""


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ("kind: refund, refund: 5 CNY", "remedy"),
        ("kind: refund, refund: 6 CNY", "ask"),
        ("kind: price_difference, refund: 5 CNY", "ask"),
        ("kind: return_refund, refund: 5 CNY, return: true", "ask"),
        ("kind: refund, refund: 5 CNY, voucher: 1 CNY", "ask"),
        ("kind: refund, refund: 5 CNY, rank: 3", "remedy"),  # how options rank is our affair
    ],
)
def test_the_customer_sees_kind_money_return_and_voucher(pack: MakePack, fields: str, outcome: str) -> None:
    assert pack(option(fields), OPENED).decide(small_case())["outcome"] == outcome


def extra(answer: str, declared: str, value: str, other: str = "") -> str:
    otherwise = f"otherwise: {{{answer}: {other}}}" if other else "hit: collect"
    return (
        f"policy: extra\nanswers: {{{answer}: {declared}}}\n{otherwise}\n"
        f"rules: [{{id: one, when: {{issue.opened: true}}, then: {{{answer}: {value}}}}}]\n"
    )


@pytest.mark.parametrize(
    ("text", "outcome", "because"),
    [
        (extra("remedy.compensation", "contract", "{head: delay, basis: rule, amount: 1 CNY}"), "ask", "remedy"),
        (extra("remedy.goodwill", "contract", "{form: points, amount: 1 CNY}"), "ask", "remedy"),
        (extra("freight.back", "{one_of: [merchant, customer]}", "merchant", "customer"), "ask", "remedy"),
        (extra("responsibility.to_customer", "contract", "merchant", "customer"), "ask", "remedy"),
        (extra("say", "contract", "sorry"), "ask", "remedy"),
        (extra("responsibility.final", "contract", "logistics", "merchant"), "remedy", "bearing"),
        (extra("automation.mode", "{one_of: [agent, auto]}", "agent", "auto"), "remedy", "automation"),
        (extra("recovery", "contract", "{from: logistics}"), "remedy", None),
        (extra("severity", "{one_of: [urgent, normal]}", "urgent", "normal"), "remedy", None),
    ],
)
def test_what_else_the_customer_sees(pack: MakePack, text: str, outcome: str, because: str | None) -> None:
    result = pack(text, OPENED, words="sorry: {en: We are sorry.}").decide(small_case())
    assert result["outcome"] == outcome
    assert [one["because"] for one in result["missing"]] == ([because] if because else [])


FILLED = """
policy: rate
answers: {rate: {number: percent}}
otherwise: {rate: 10}
rules: [{id: more, when: {issue.opened: true}, then: {rate: 20}}]
---
policy: words
answers: {say: contract}
hit: collect
rules: [{id: inform, when: {rate: {more_than: 5}}, then: {say: reply}}]
"""


@pytest.mark.parametrize(("text", "outcome"), [("About {rate}.", "ask"), ("About something.", "remedy")])
def test_words_differ_with_what_fills_them(pack: MakePack, text: str, outcome: str) -> None:
    result = pack(FILLED, OPENED, words=f"reply: {{en: '{text}'}}").decide(small_case())
    assert result["outcome"] == outcome


@pytest.mark.parametrize(("paid", "outcome"), [(10_000, "remedy"), (None, "ask")])
def test_an_open_amount_is_not_settled(pack: MakePack, paid: Any, outcome: str) -> None:
    result = pack().decide(small_case(lines=[{"id": "1", "paid_fen": paid}]))
    assert result["outcome"] == outcome
    assert result["automation"]["settled"] is (paid is not None)
