from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import orjson
import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import OperationalError

from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.casework.executions import claims, executions
from service.casework.executions.claims import claim
from service.casework.limits.switches import turn_off, turn_on
from service.casework.visibility import WHOLE
from service.ledger import chain
from service.ledger.store import Ledger
from service.ledger.tables import CASES, DECISIONS, ENTRIES, OUTCOMES, PAYLOADS, PROPOSALS
from tests.support import machines
from tests.support.machines import (
    ADMIN,
    GIVES,
    MACHINE,
    OTHER,
    at_once,
    automatic,
    bound,
    decided,
    not_claimed,
    refusal,
    standing,
    storm,
    two_lines,
)
from tests.support.rows import entries_of
from tests.support.tampering import tampering


def test_a_claim_hands_out_all_that_a_payment_needs(context: CaseContext, ledger: Ledger) -> None:
    decision = automatic(context, storm())
    answer = claim(context, decision, MACHINE.name)
    assert (answer["decision"], answer["state"], answer["order_no"]) == (decision, "claimed", "A-1")
    assert (answer["total_fen"], answer["refund_fen"], answer["currency"]) == (GIVES, GIVES, "CNY")
    assert answer["lines"] == [{"line": "1", "refund_fen": GIVES}]
    assert answer["remedy"]["kind"] == "refund"
    assert answer["confirm_by"] > answer["claimed_at"]
    assert standing(ledger, decision) == ("auto", "claimed")
    ((_, by, entry),) = entries_of(ledger, "execution.claimed")
    assert (by, entry["total_fen"], entry["lines"]) == (MACHINE.name, GIVES, {"1": GIVES})


def test_the_same_caller_gets_the_same_claim_and_another_none(context: CaseContext, ledger: Ledger) -> None:
    decision = automatic(context, storm())
    first = claim(context, decision, MACHINE.name)
    assert claim(context, decision, MACHINE.name) == first
    assert refusal(lambda: claim(context, decision, OTHER.name))[0] == "claimed_already"
    assert machines.spent(ledger)["day", "*"] == (1, GIVES)
    assert len(entries_of(ledger, "execution.claimed")) == 1


def test_there_is_nothing_to_claim_of_what_is_not_known_or_for_a_person(context: CaseContext) -> None:
    assert refusal(lambda: claim(context, "dec_none", MACHINE.name))[0] == "no_decision"
    for_person = decided(context, storm(customer__risk="flagged"))
    assert for_person.mode == "agent"
    assert refusal(lambda: claim(context, for_person.id, MACHINE.name))[0] == "not_automatic"


def test_a_refusal_needs_no_budget_and_is_handed_out_once(context: CaseContext, ledger: Ledger) -> None:
    bound(ledger, "day", "*", 0, 0)
    late = {"submitted_at": "2026-08-16T10:00:01+08:00", "at": "2026-08-16T10:05:00+08:00", "platform": "jd"}
    found = decided(context, storm(**late, order__self_operated=False))
    assert (found.mode, found.recommendation["outcome"]) == ("auto_appeal", "refuse")
    assert claim(context, found.id, MACHINE.name)["total_fen"] == 0
    assert refusal(lambda: claim(context, found.id, OTHER.name))[0] == "claimed_already"
    assert machines.spent(ledger) == {}


# ---- what is looked at again


def test_a_superseded_decision_is_not_handed_out(context: CaseContext) -> None:
    first = decided(context, storm())
    second = decide(context, storm(complaint__no=first.case_no), "wang")
    assert second.follows == first.id
    assert refusal(lambda: claim(context, first.id, MACHINE.name))[0] == "not_automatic"
    assert claim(context, second.id, MACHINE.name)["case_no"] == first.case_no


def test_only_the_latest_decision_of_a_case_is_handed_out(context: CaseContext, ledger: Ledger) -> None:
    decision = automatic(context, storm())
    with ledger.writing("x") as writer:
        writer.connection.execute(update(CASES).values(decision="dec_later"))
    assert not_claimed(context, decision) == ("case:goes_on",)


@pytest.mark.parametrize("state", ["pending", "done", "closed", "archived"])
def test_a_case_that_a_person_took_elsewhere_is_not_executed(context: CaseContext, ledger: Ledger, state: str) -> None:
    decision = automatic(context, storm())
    with ledger.writing("wang") as writer:
        writer.connection.execute(update(CASES).values(state=state))
    assert not_claimed(context, decision) == (f"case:{state}",)


def test_what_went_to_a_person_does_not_come_back(context: CaseContext, ledger: Ledger) -> None:
    decision = automatic(context, storm())
    with ledger.writing("root") as writer:
        turn_on(writer, "all", "*", "drill")
    assert not_claimed(context, decision) == ("switch:all:*",)
    assert standing(ledger, decision) == ("agent", "open")
    assert entries_of(ledger, "execution.refused") == [
        ("execution.refused", MACHINE.name, {"reasons": ["switch:all:*"], "mode": "auto"})
    ]
    with ledger.writing("root") as writer:
        turn_off(writer, "all", "*", "over")
    assert refusal(lambda: claim(context, decision, MACHINE.name))[0] == "not_automatic"
    assert machines.executions(ledger) == {}


def test_a_claim_is_not_repeated_while_a_switch_is_on(context: CaseContext, ledger: Ledger) -> None:
    decision = automatic(context, storm())
    claim(context, decision, MACHINE.name)
    with ledger.writing("root") as writer:
        turn_on(writer, "merchant", "shop one", "drill")
    assert not_claimed(context, decision) == ("switch:merchant:shopone",)
    assert standing(ledger, decision) == ("auto", "claimed")


@pytest.mark.parametrize(("name", "code"), [("order__no", "order:unknown"), ("customer__id", "customer:unknown")])
@pytest.mark.parametrize("value", [None, "unknown", " ", "--"])
def test_a_payment_that_cannot_be_bounded_is_for_a_person(
    context: CaseContext, name: str, code: str, value: str | None
) -> None:
    found = decided(context, storm(**{name: value}))
    assert (found.recommendation["automation"]["mode"], found.mode, found.held) == ("auto", "agent", (code,))


@pytest.mark.parametrize(
    ("row", "code"),
    [({"customer": None}, "customer:unknown"), ({"order_no": None, "order_key": None}, "order:unknown")],
)
def test_whom_a_payment_is_for_is_looked_at_again(context: CaseContext, ledger: Ledger, row: Any, code: str) -> None:
    decision = automatic(context, storm())
    with ledger.writing("x") as writer:
        writer.connection.execute(update(DECISIONS).values(row))
    assert not_claimed(context, decision) == (code,)


LOOK_ALIKE = {  # what names an order, a customer and so on may be taken for
    "order:mixed_scripts": {"order__no": "А-1001B"},  # the first letter is Cyrillic
    "order:foreign_letters": {"order__no": "А-1001"},
    "customer:mixed_scripts": {"customer__id": "с-1a"},
    "customer:foreign_letters": {"customer__id": "с-1"},
    "merchant:mixed_scripts": {"merchant__id": "Shор One"},
}


@pytest.mark.parametrize("code", LOOK_ALIKE)
def test_a_name_that_passes_for_another_is_for_a_person(context: CaseContext, code: str) -> None:
    found = decided(context, storm(**LOOK_ALIKE[code]))
    assert (found.recommendation["automation"]["mode"], found.mode, found.held) == ("auto", "agent", (code,))


def test_a_line_whose_id_passes_for_another_is_for_a_person(context: CaseContext) -> None:
    case = storm()
    case["order"]["lines"][0]["id"] = case["issues"][0]["line"] = "Α-1"
    found = decided(context, case)
    assert (found.mode, found.held) == ("agent", ("line:foreign_letters",))


@pytest.mark.parametrize(
    ("column", "code"), [("customer", "customer:foreign_letters"), ("order_no", "order:foreign_letters")]
)
def test_a_name_that_passes_for_another_is_looked_at_again(
    context: CaseContext, ledger: Ledger, column: str, code: str
) -> None:
    decision = automatic(context, storm())
    with ledger.writing("x") as writer:
        writer.connection.execute(update(DECISIONS).values({column: "А-1"}))
    assert not_claimed(context, decision) == (code,)


def test_a_name_with_what_nobody_sees_is_paid_once(context: CaseContext) -> None:
    claim(context, automatic(context, storm()), MACHINE.name)
    again = decided(context, storm(order__no="A\u3164-1\uffa0", customer__id="c-1\u115f"))
    assert (again.mode, again.held) == ("agent", ("line:1",))


def test_a_refund_of_the_order_since_then_is_for_a_person_to_reckon_with(context: CaseContext, ledger: Ledger) -> None:
    first, second = automatic(context, two_lines(1, "1")), automatic(context, two_lines(1, "2"))
    claim(context, first, MACHINE.name)
    assert not_claimed(context, second) == ("refunded:changed",)
    third = automatic(context, two_lines(1, "2"))
    assert claim(context, third, MACHINE.name)["lines"] == [{"line": "2", "refund_fen": GIVES}]


def test_what_machines_refunded_reduces_what_is_left_whatever_is_sent(context: CaseContext) -> None:
    case = two_lines(1, "1")
    case["issues"][0]["spoiled_ratio"] = "0.30"
    claim(context, automatic(context, case), MACHINE.name)
    again = two_lines(1, "2") | {"merchant": {"id": "SHOP ONE"}}
    again["order"]["no"] = " Ａ-1\u200b"
    decided(context, again)
    *_, (_, _, kept) = entries_of(context.ledger, "decision")
    assert kept["refunded_before_fen"] == kept["case"]["order"]["refunded_fen"] == 3840


# ---- who else is at work


def _outcome(ledger: Ledger, decision: str, fen: int) -> None:
    row = {"decision": decision, "seq": 1, "way": "accepted", "total_fen": fen, "by": "wang", "role": "agent", "at": ""}
    with ledger.writing("wang") as writer:
        writer.connection.execute(insert(OUTCOMES).values(row))


def test_what_a_person_gave_for_the_order_a_machine_does_not_give_as_well(context: CaseContext, ledger: Ledger) -> None:
    by_hand, waiting = automatic(context, storm(1)), automatic(context, storm(1, channel="phone", order__no="a1"))
    _outcome(ledger, by_hand, GIVES)
    assert not_claimed(context, by_hand) == ("person:outcome",)
    assert not_claimed(context, waiting) == ("person:outcome",)
    assert decided(context, storm(1)).held == ("person:outcome",)
    assert decided(context, storm(2)).held == ()


def test_what_waits_for_approval_is_not_executed(context: CaseContext, ledger: Ledger) -> None:
    decision, other = automatic(context, storm(1)), automatic(context, storm(2))
    row = {"id": "pro_1", "decision": decision, "digest": "", "maker": "li", "needs": "lead", "state": "waiting"}
    with ledger.writing("li") as writer:
        writer.connection.execute(insert(PROPOSALS).values(**row, seq=1))
    assert not_claimed(context, decision) == ("person:proposal",)
    assert claim(context, other, MACHINE.name)["decision"] == other


def test_a_machine_acts_once_in_a_case(context: CaseContext) -> None:
    first = decided(context, storm())
    claim(context, first.id, MACHINE.name)
    executions.report(context, first.id, MACHINE, "failed", "the account is closed")
    second = decide(context, storm(complaint__no=first.case_no), "wang")
    assert (second.mode, second.held) == ("agent", ("case:executed",))
    assert (
        decided(context, storm()).mode == "auto"
    )  # another case of the line: nothing was paid, and it is held no longer


@pytest.mark.parametrize(
    ("event", "back"),
    [
        ({"kind": "return_inspected", "result": "passed"}, True),
        ({"kind": "return_inspected", "result": "used"}, False),
        ({"kind": "return_shipped", "result": "passed"}, False),
    ],
)
def test_goods_that_have_to_come_back_come_back_first(
    context: CaseContext, ledger: Ledger, event: dict[str, str], back: bool
) -> None:
    found = decided(context, storm())
    decision = found.id
    _rewrite(ledger, decision, lambda remedy: remedy.update(return_required=True))
    assert refusal(lambda: claim(context, decision, MACHINE.name))[0] == "goods_first"
    assert standing(ledger, decision) == ("auto", "open")
    with ledger.writing("x") as writer:
        writer.append("event", event, case_no=found.case_no, about=decision)
    if back:
        assert claim(context, decision, MACHINE.name)["state"] == "claimed"
    else:
        assert refusal(lambda: claim(context, decision, MACHINE.name))[0] == "goods_first"


def test_an_inspection_that_was_changed_afterwards_brings_no_goods_back(context: CaseContext, ledger: Ledger) -> None:
    found = decided(context, storm())
    _rewrite(ledger, found.id, lambda remedy: remedy.update(return_required=True))
    with ledger.writing("x") as writer:
        seq = writer.append("event", {"kind": "return_inspected", "result": "used"}, case_no=found.case_no).seq
    passed = chain.pack({"kind": "return_inspected", "result": "passed"})
    with tampering(ledger) as connection:
        connection.execute(update(PAYLOADS).where(PAYLOADS.c.seq == seq).values(body=passed))
    assert not_claimed(context, found.id) == ("event:unread",)
    assert standing(ledger, found.id)[1] == "open"


# ---- things that break


def _rewrite(ledger: Ledger, decision: str, change: Any) -> None:
    """Let a decision have been recorded with another remedy, as the chain would have it."""
    with ledger.writing("x") as writer:
        connection = writer.connection
        row = connection.execute(select(DECISIONS).where(DECISIONS.c.id == decision)).one()
        kept = chain.unpack(connection.execute(select(PAYLOADS.c.body).where(PAYLOADS.c.seq == row.seq)).scalar_one())
        change(kept["recommendation"]["remedy"])
        salt, body = b"salt", chain.pack(kept)
        connection.execute(update(PAYLOADS).where(PAYLOADS.c.seq == row.seq).values(salt=salt, body=body))
        digest = {"digest": chain.digest(salt, body)}
        connection.execute(update(ENTRIES).where(ENTRIES.c.seq == row.seq).values(digest))
        of_row = update(DECISIONS).where(DECISIONS.c.id == decision)
        connection.execute(of_row.values(digest=sha256(orjson.dumps(kept["recommendation"])).hexdigest()))


def test_an_erased_decision_is_not_handed_out(context: CaseContext, ledger: Ledger) -> None:
    decision = automatic(context, storm())
    with ledger.writing("x") as writer:
        writer.connection.execute(delete(PAYLOADS))
    assert not_claimed(context, decision) == ("record:unreadable",)
    assert standing(ledger, decision) == ("agent", "open")


@pytest.mark.parametrize("change", [{"refunded_before_fen": 1}, {"mode": "auto "}, {"recommendation": {}}])
def test_a_decision_that_is_not_what_was_recorded_is_not_handed_out(
    context: CaseContext, ledger: Ledger, change: dict[str, Any]
) -> None:
    decision = automatic(context, storm())
    with ledger.writing("x") as writer:
        kept = chain.unpack(writer.connection.execute(select(PAYLOADS.c.body)).scalar_one())
        writer.connection.execute(update(PAYLOADS).values(body=chain.pack(kept | change)))
    assert not_claimed(context, decision) == ("record:unreadable",)


@pytest.mark.parametrize("column", ["total_fen", "refund_fen"])
def test_a_row_that_says_another_amount_is_not_believed(context: CaseContext, ledger: Ledger, column: str) -> None:
    decision = automatic(context, storm())
    with ledger.writing("x") as writer:
        writer.connection.execute(update(DECISIONS).values({column: 10**6}))
    assert not_claimed(context, decision) == ("amount:unclear",)


def test_a_row_that_says_auto_is_not_believed(context: CaseContext, ledger: Ledger) -> None:
    found = decided(context, storm(customer__risk="flagged"))
    with ledger.writing("x") as writer:
        writer.connection.execute(update(DECISIONS).values(mode="auto"))
    assert not_claimed(context, found.id) == ("mode:person",)


def test_a_decision_that_cannot_be_read_goes_to_a_person_and_the_log_says_why(
    context: CaseContext, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    decision = automatic(context, storm())
    _rewrite(ledger, decision, lambda remedy: remedy.pop("return_required"))
    assert not_claimed(context, decision) == ("internal:KeyError",)
    assert [(one.message, one.exc_info[0]) for one in caplog.records if one.exc_info] == [("a claim broke", KeyError)]
    assert standing(ledger, decision) == ("agent", "open")
    assert machines.executions(ledger) == machines.spent(ledger) == {}


@pytest.mark.parametrize("step", ["write", "budgets.exhausted", "automation_guards", "hand_to_person", "_refunds"])
def test_whatever_breaks_nothing_is_handed_out(
    context: CaseContext, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    decision = automatic(context, storm())

    def broken(*_: object) -> None:
        raise RuntimeError("out of order")

    with monkeypatch.context() as patch:
        patch.setattr(f"service.casework.executions.claims.{step}", broken)
        if step == "hand_to_person":
            bound(ledger, "day", "*", 0, 0)
            with pytest.raises(RuntimeError):
                claim(context, decision, MACHINE.name)
        else:
            assert not_claimed(context, decision) == ("internal:RuntimeError",)
            assert standing(ledger, decision) == ("agent", "open")
    assert machines.executions(ledger) == machines.spent(ledger) == {}
    assert machines.held(ledger) == []


def test_a_store_that_fails_hands_nothing_out_and_can_be_asked_again(
    context: CaseContext, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = automatic(context, storm())

    def gone(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    with monkeypatch.context() as patch:
        patch.setattr("service.casework.executions.claims.write", gone)
        with pytest.raises(OperationalError):
            claim(context, decision, MACHINE.name)
    assert machines.executions(ledger) == machines.spent(ledger) == {}
    assert claim(context, decision, MACHINE.name)["state"] == "claimed"


def test_a_decision_of_another_pack_is_not_handed_out_here(context: CaseContext, ledger: Ledger) -> None:
    decision = automatic(context, storm())
    with ledger.writing("x") as writer:
        writer.connection.execute(update(DECISIONS).values(pack="eu"))
    assert refusal(lambda: claim(context, decision, MACHINE.name))[0] == "other_pack_decided"


# ---- all at once


def test_two_clients_claim_one_execution_and_one_gets_it(context: CaseContext, ledger: Ledger) -> None:
    decision = automatic(context, storm())
    names = ["till", "bot"] * 4
    found = at_once([lambda name=name: claim(context, decision, name) for name in names])
    winners = {one["claimed_by"] for one in found if isinstance(one, dict)}
    assert len(winners) == 1
    assert sum(isinstance(one, dict) for one in found) == 4
    assert {one for one in found if isinstance(one, tuple)} == {("claimed_already",)}
    assert len(entries_of(ledger, "execution.claimed")) == 1
    assert machines.spent(ledger)["day", "*"] == (1, GIVES)


def test_fifty_claims_against_a_budget_of_ten_get_ten(context: CaseContext, ledger: Ledger) -> None:
    bound(ledger, "day", "*", 10, 10**9)
    decisions = [automatic(context, storm(number)) for number in range(50)]
    found = at_once([lambda one=one: claim(context, one, MACHINE.name) for one in decisions])
    assert sum(isinstance(one, dict) for one in found) == 10
    refused = [one for one in found if not isinstance(one, dict)]
    assert refused == [("not_for_machines", "budget:day:*")] * 40
    assert machines.spent(ledger)["day", "*"] == (10, 10 * GIVES)
    assert sorted(standing(ledger, one) for one in decisions) == [("agent", "open")] * 40 + [("auto", "claimed")] * 10


def test_one_order_line_of_many_cases_is_handed_out_once(context: CaseContext, ledger: Ledger) -> None:
    ways = [
        {},
        {"channel": "phone"},
        {"order__no": "a-1 "},
        {"order__no": "Ａ１"},
        {"merchant__id": "SHOP\u3000ONE"},
        {"merchant__id": None},
        {"merchant__id": "another"},
        {"customer__id": "somebody"},
    ]
    decisions = [automatic(context, storm(1, **way)) for way in ways]
    found = at_once([lambda one=one: claim(context, one, MACHINE.name) for one in decisions])
    assert sum(isinstance(one, dict) for one in found) == 1
    refused = [one for one in found if not isinstance(one, dict)]
    assert all({"line:1", "order:held"} & set(one) for one in refused)
    assert [fen for _, _, fen in machines.held(ledger)] == [GIVES]


def test_a_switch_stops_every_claim_after_it(context: CaseContext, ledger: Ledger) -> None:
    decisions = [automatic(context, storm(number)) for number in range(12)]

    def stop() -> None:
        with ledger.writing(ADMIN.name) as writer:
            turn_on(writer, "pack", "cn", "drill")

    acts = [lambda one=one: claim(context, one, MACHINE.name) for one in decisions]
    at_once([*acts[:6], stop, *acts[6:]])
    with ledger.reading() as connection:
        kinds = connection.execute(select(ENTRIES.c.kind).order_by(ENTRIES.c.seq)).scalars().all()
    after = kinds[kinds.index("switch.on") :]
    assert "execution.claimed" not in after
    assert kinds.count("execution.claimed") + kinds.count("execution.refused") == 12


# ---- the queue


def test_the_queue_lists_what_a_machine_may_claim(context: CaseContext, ledger: Ledger) -> None:
    first, second = automatic(context, storm(1)), automatic(context, storm(2))
    decided(context, storm(3, customer__risk="flagged"))
    with ledger.reading() as connection:
        (place, first_shown), (_, second_shown) = claims.claimable(connection, "cn", 0, 10, WHOLE)
        assert [one["id"] for _, one in claims.claimable(connection, "cn", place, 10, WHOLE)] == [second]
        assert claims.claimable(connection, "eu", 0, 10, WHOLE) == []
    assert (first_shown["id"], second_shown["id"]) == (first, second)
    claim(context, first, MACHINE.name)
    with ledger.reading() as connection:
        assert [one["id"] for _, one in claims.claimable(connection, "cn", 0, 10, WHOLE)] == [second]


def test_the_queue_leaves_out_what_waits_for_goods(context: CaseContext, ledger: Ledger) -> None:
    found = decided(context, storm())
    with ledger.writing("x") as writer:
        writer.connection.execute(update(DECISIONS).values(remedy="return_refund"))
        assert claims.claimable(writer.connection, "cn", 0, 10, WHOLE) == []
        writer.append("event", {"kind": "return_inspected", "result": "passed"}, case_no=found.case_no)
        assert [one["id"] for _, one in claims.claimable(writer.connection, "cn", 0, 10, WHOLE)] == [found.id]


def test_confirming_takes_as_long_as_is_set(context: CaseContext) -> None:
    quick = CaseContext(context.ready, context.ledger, replace(context.settings, confirm_minutes=1), context.clock)
    long = [claim(one, automatic(context, storm(at)), "x") for at, one in enumerate((quick, context))]
    assert long[0]["confirm_by"] < long[1]["confirm_by"]
