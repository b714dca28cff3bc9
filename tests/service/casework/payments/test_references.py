"""A reference names one payment of a pack to one account, no matter who reports it and how it is written."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from service.audit.verification import verify
from service.casework.cases.events import record_event
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.casework.executions import claims, executions
from tests.support.at_counter import complaint
from tests.support.at_counter import pay as pay_at_counter
from tests.support.machines import GIVES, MACHINE, storm
from tests.support.rows import entries_of
from tests.support.taking import ACCEPTED, refused, take

USED, OTHERWISE = "reference_used", "reported_otherwise"
ONE, TWO = "6222 0000 0001", "6222 0000 0002"  # accounts of recipients


def taken(context: CaseContext, number: int) -> str:
    """Return the case of a decision whose outcome was taken."""
    decision = decide(context, storm(number), "ann")
    take(context, decision, ACCEPTED)
    return decision.case_no


def pay(context: CaseContext, case_no: str, reference: str, **more: Any) -> None:
    record_event(context, case_no, {"kind": "executed", "reference": reference, "refund_fen": GIVES, **more}, "ann")


def claimed(context: CaseContext, number: int) -> str:
    """Return a decision that a machine has claimed."""
    decision = decide(context, storm(number), MACHINE.name)
    claims.claim(context, decision.id, MACHINE.name)
    return decision.id


def report(context: CaseContext, decision: str, reference: str, account: str | None = None) -> dict[str, Any]:
    return executions.report(context, decision, MACHINE, "executed", reference, account)


def test_a_reference_names_one_payment(context: CaseContext) -> None:
    one, two = taken(context, 1), taken(context, 2)
    pay(context, one, "ALI-900")
    for written in ("ALI-900", "ali 900", "ＡＬＩ－９００"):
        assert refused(lambda written=written: pay(context, two, written)) == USED
    pay(context, two, "ALI-901")


def test_accounts_of_two_recipients_may_share_a_reference(context: CaseContext) -> None:
    one, two, three = (taken(context, number) for number in (1, 2, 3))
    pay(context, one, "R1", account=ONE)
    pay(context, two, "R1", account=TWO)
    for account in ({}, {"account": ONE.replace(" ", "")}):
        assert refused(lambda account=account: pay(context, three, "R1", **account)) == USED


def test_packs_may_share_a_reference(context: CaseContext, office: CaseContext) -> None:
    first = claimed(context, 7)
    executions.report(context, first, MACHINE, "failed", "no answer")
    assert refused(lambda: report(context, first, "P1")) == OTHERWISE
    pay_at_counter(office, decide(office, complaint(), "ann").case_no, 2560)  # by P1 as well
    assert refused(lambda: report(context, claimed(context, 8), "P1")) == USED


def test_a_machine_reports_no_reference_of_another_payment(context: CaseContext) -> None:
    pay(context, taken(context, 1), "R1")
    other = claimed(context, 2)
    assert refused(lambda: report(context, other, "r-1", ONE)) == USED


def test_a_machine_reports_a_reference_that_paid_several_recipients(context: CaseContext) -> None:
    one, two, three = (claimed(context, number) for number in (1, 2, 3))
    first = report(context, one, "R1", ONE)
    assert report(context, one, "R1", ONE.replace(" ", "-")) == report(context, one, "R1") == first
    report(context, two, "R1", TWO)
    for account in (None, ONE):
        assert refused(lambda account=account: report(context, three, "R1", account)) == USED
    assert verify(context.ledger).sound


def test_of_the_account_only_a_digest_is_kept(context: CaseContext) -> None:
    report(context, claimed(context, 1), "R1", ONE)
    ((_, _, body),) = entries_of(context.ledger, "execution.executed")
    assert len(body["account_key"]) == 64
    assert "6222" not in orjson.dumps(body).decode()


@pytest.mark.parametrize(("account", "refusal"), [("6222 0000 0003", None), ("6222-0000-0002", USED), (None, USED)])
def test_the_same_reference_to_another_account_is_another_payment(
    context: CaseContext, account: str | None, refusal: str | None
) -> None:
    first = claimed(context, 1)
    report(context, first, "R1", ONE)
    for _ in range(2):
        assert refused(lambda: report(context, first, "R1", TWO)) == OTHERWISE
    assert len(entries_of(context.ledger, "execution.contradicted")) == 1
    other = claimed(context, 2)
    if refusal is None:
        assert report(context, other, "R1", account)["state"] == "executed"
    else:
        assert refused(lambda: report(context, other, "R1", account)) == refusal
