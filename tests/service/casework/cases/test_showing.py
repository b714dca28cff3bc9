"""A decision shows the one mode that binds now, and in words why no machine may act on it."""

from __future__ import annotations

from typing import Any

import pytest

from rules.language.contract import AUTOMATIC
from service.audit.replay import replay
from service.audit.verification import verify
from service.casework.cases import erasing
from service.casework.cases.events import record_event
from service.casework.cases.overdue import escalate
from service.casework.cases.showing import show
from service.casework.choices import Choice
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide, find_decision
from service.casework.decisions.recording import Recorded
from service.casework.executions import claims, executions
from service.casework.limits.budgets import Limit, set_limit
from service.casework.limits.switches import turn_off, turn_on
from service.casework.outcomes import appeals, outcomes
from service.errors import DomainError
from service.i18n.guards import HELD, said
from service.i18n.reports import REASONS
from service.rendering.readable import lines
from tests.support.at_counter import Time, complaint, say
from tests.support.machines import MACHINE, PERSON, decided, storm
from tests.support.people import ANN
from tests.support.taking import WORDS, read

Json = dict[str, Any]
FILED = {"customer": "customer.id", "order": "order.no"}


def shown(context: CaseContext, decision: Recorded) -> Json:
    """Return a decision as it is shown; nowhere does it say less or more than its binding mode."""
    found = show(context, decision.id)
    assert found is not None
    automation = found["recommendation"]["automation"]
    assert automation["mode"] == found["mode"]
    codes = [reason["code"] for reason in automation["reasons"] if "code" in reason]
    assert {*found["held"]} <= {*codes}
    for reason in automation["reasons"]:
        assert reason["title"]["zh"] and reason["title"]["en"]
    return found


def claimable(context: CaseContext, decision: Recorded, by: str = "another") -> bool:
    try:
        claims.claim(context, decision.id, by)
    except DomainError:
        return False
    return True


def mode_and_held(context: CaseContext, decision: Recorded) -> tuple[str, list[str]]:
    found = shown(context, decision)
    return found["mode"], found["held"]


def test_what_a_machine_may_claim_is_automatic_wherever_one_reads(context: CaseContext) -> None:
    made = decided(context, storm())
    for shown_decision in (made.as_json(), shown(context, made)):
        automation = shown_decision["recommendation"]["automation"]
        assert (shown_decision["mode"], shown_decision["held"], automation["mode"], automation["policy_mode"]) == (
            "auto",
            [],
            "auto",
            "auto",
        )
        assert list(automation)[:2] == ["mode", "policy_mode"]
    assert claimable(context, made)


@pytest.mark.parametrize(
    ("without", "code", "fact"),
    [("customer__id", "customer:unknown", "customer.id"), ("order__no", "order:unknown", "order.no")],
)
def test_a_case_that_lacks_what_a_machine_needs_says_which_fact_to_add(
    context: CaseContext, without: str, code: str, fact: str
) -> None:
    made = decided(context, storm(**{without: None}))
    for shown_decision in (made.as_json(), shown(context, made)):
        automation = shown_decision["recommendation"]["automation"]
        assert (shown_decision["mode"], automation["mode"], automation["policy_mode"]) == ("agent", "agent", "auto")
        (reason,) = [one for one in automation["reasons"] if one.get("code") == code]
        assert f"请补充 {fact}" in reason["title"]["zh"]
        assert f"add {fact}" in reason["title"]["en"]
    assert not claimable(context, made)


def claim(context: CaseContext, made: Recorded) -> None:
    claims.claim(context, made.id, MACHINE.name)


def pay(context: CaseContext, made: Recorded) -> None:
    claim(context, made)
    executions.report(context, made.id, MACHINE, "executed", "P1")


def fail(context: CaseContext, made: Recorded) -> None:
    claim(context, made)
    executions.report(context, made.id, MACHINE, "failed", "the account is closed")


def stop(context: CaseContext, _: Recorded) -> None:
    with context.ledger.writing("root") as writer:
        turn_on(writer, "all", "*", "drill")


def spend(context: CaseContext, _: Recorded) -> None:
    with context.ledger.writing("root") as writer:
        set_limit(writer, "customer", "c-1", Limit(0, 0))


def refuse_claim(context: CaseContext, made: Recorded) -> None:
    spend(context, made)
    assert not claimable(context, made)
    with context.ledger.writing("root") as writer:
        set_limit(writer, "customer", "c-1", Limit(9, 10**6))


def ask_for_a_person(context: CaseContext, made: Recorded) -> None:
    record_event(context, made.case_no, {"kind": "person_requested"}, PERSON)


def bring_something(context: CaseContext, made: Recorded) -> None:
    record_event(context, made.case_no, {"kind": "evidence_added", "references": ["a photograph"]}, PERSON)


def decide_again(context: CaseContext, made: Recorded) -> None:
    decided(context, storm(complaint__no=made.case_no))


def propose(context: CaseContext, made: Recorded) -> None:
    outcomes.take(context, made.id, read({"choice": "override", "override": {"kind": "refund", "refund_fen": 12800},
                                       "reason": "agreed_with_customer"}), ANN)  # fmt: skip


def accept(context: CaseContext, made: Recorded) -> None:
    outcomes.take(context, made.id, Choice("accepted"), ANN)


def pay_the_line_elsewhere(context: CaseContext, _: Recorded) -> None:
    pay(context, decided(context, storm()))


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (claim, "decision:claimed"),
        (pay, "decision:executed"),
        (fail, "case:executed"),
        (stop, "switch:all:*"),
        (spend, "budget:customer:c1"),
        (refuse_claim, "budget:customer:c1"),
        (ask_for_a_person, "person_requested"),
        (bring_something, "event:unread"),
        (decide_again, "decision:superseded"),
        (propose, "decision:waiting"),
        (accept, "decision:accepted"),
        (pay_the_line_elsewhere, "line:1"),
    ],
)
def test_what_changes_later_shows_in_the_mode_that_binds(context: CaseContext, act: Any, code: str) -> None:
    made = decided(context, storm())
    assert mode_and_held(context, made) == ("auto", [])
    act(context, made)
    mode, held = mode_and_held(context, made)
    assert (mode, code in held) == ("agent", True)
    assert shown(context, made)["recommendation"]["automation"]["policy_mode"] == "auto"
    assert not claimable(context, made)


def test_a_switch_that_is_off_again_leaves_it_to_machines(context: CaseContext) -> None:
    made = decided(context, storm())
    stop(context, made)
    assert shown(context, made)["mode"] == "agent"
    with context.ledger.writing("root") as writer:
        turn_off(writer, "all", "*", "over")
    assert shown(context, made)["mode"] == "auto"
    assert claimable(context, made)


def test_an_appeal_and_a_level_are_described_in_words(context: CaseContext) -> None:
    made = decided(context, storm())
    accept(context, made)
    appealed = appeals.appeal(context, made.id, WORDS, None, PERSON)
    automation = shown(context, appealed)["recommendation"]["automation"]
    assert (automation["mode"], automation["policy_mode"]) == ("lead", "auto")
    assert "已有申诉，由人工处理" in [reason["title"]["zh"] for reason in automation["reasons"]]


def test_a_missed_deadline_shows_the_level_that_a_persons_case_rose_to(office: CaseContext, time: Time) -> None:
    first = decide(office, complaint(), "shop")
    swapped = say(office, first.case_no, "return_inspected", result="swapped", facts={"return.result": "swapped"})
    assert swapped.decision is not None
    assert swapped.decision.mode == "lead"
    time.pass_(days=2)
    escalate(office, "clock")
    automation = shown(office, swapped.decision)["recommendation"]["automation"]
    assert (automation["mode"], automation["policy_mode"]) == ("manager", "lead")
    assert automation["reasons"][-1] == {
        "code": "raised:manager",
        "title": {"zh": "案件已升级，由经理处理", "en": "The case was escalated to a manager"},
    }  # fmt: skip


def test_what_waits_for_its_goods_stays_automatic_and_says_so(office: CaseContext) -> None:
    made = decide(office, complaint(), "shop")
    found = shown(office, made)
    assert (found["mode"], found["held"]) == ("auto", [])
    assert found["recommendation"]["automation"]["reasons"][-1]["code"] == "goods:first"
    assert not claimable(office, made)
    say(office, made.case_no, "return_inspected", result="passed")
    assert "goods:first" not in str(shown(office, made)["recommendation"]["automation"])
    assert claimable(office, made)


def test_the_page_for_people_says_the_same(context: CaseContext) -> None:
    recommendation = decided(context, storm(customer__id=None)).as_json()["recommendation"]
    page = [text for _, text in lines(recommendation, context.ready.pack, "zh")]
    assert "执行：客服处理" in page
    assert "  案件没有客户编号，机器不能自动付款，请补充 customer.id" in page


def test_the_record_stays_as_it_was_decided(context: CaseContext) -> None:
    made = decided(context, storm(customer__id=None))
    kept = find_decision(context, made.id)
    assert kept is not None
    assert "policy_mode" not in kept["recommendation"]["automation"]
    assert kept["recommendation"]["automation"]["mode"] in AUTOMATIC
    assert [one.verdict for one in replay(context.archive, [made.id])] == ["equal"]
    assert verify(context.ledger).sound


def test_what_was_erased_is_not_shown(context: CaseContext) -> None:
    made = decided(context, storm())
    pay(context, made)
    erasing.erase(context.ledger, "root", erasing.of_case(made.case_no), "request", "asked")
    with pytest.raises(DomainError) as refused:
        show(context, made.id)
    assert refused.value.code == "erased"


@pytest.mark.parametrize("code", sorted({*REASONS} - {"review", "erased"}))  # which no decision shows
def test_every_reason_that_reports_count_has_its_sentence(code: str) -> None:
    assert any(one == code or one.startswith(f"{code}:") or code.startswith(f"{one}:") for one in HELD)
    if code.endswith(("scripts", "letters")):
        assert "混淆" in said(code, FILED)["zh"]


def test_a_sentence_fills_in_what_the_code_names() -> None:
    assert said("line:7", FILED)["zh"] == "商品 7 已有执行记录，不再自动处理"
    assert said("switch:all:*", FILED)["en"] == "The switch all:* has stopped automatic handling"
    assert said("case:closed", FILED)["zh"] == "案件当前状态为“已关闭”，机器不能处理"
    assert said("moon:full", FILED)["en"] == "A person decides (moon:full)"
    assert said("customer:mixed_scripts", FILED)["zh"].startswith("客户编号的写法可能与他人混淆")


def test_what_speaks_against_a_machine_is_shown_as_it_was_answered_though_policies_left_it_to_people(
    context: CaseContext,
) -> None:
    first = decided(context, storm())
    claims.claim(context, first.id, MACHINE.name)
    executions.report(context, first.id, MACHINE, "executed", "PAY-1")
    again = decided(context, storm())
    answer, found = again.as_json(), show(context, again.id)
    assert found is not None
    assert (found["mode"], found["held"]) == (answer["mode"], answer["held"]) == ("agent", ["line:1"])
    assert found["recommendation"]["automation"] == answer["recommendation"]["automation"]
