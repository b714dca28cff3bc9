"""A reference names one payment of a pack to one account, whoever reports it and however it is written."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from service.audit.verification import verify
from service.casework.cases.events import happen
from service.casework.decisions.deciding import decide
from service.casework.executions import claims, executions
from service.casework.workspace import Workspace
from tests.support.at_counter import complaint
from tests.support.at_counter import pay as pay_at_counter
from tests.support.machines import GIVES, MACHINE, storm, told
from tests.support.taking import ACCEPTED, refused, take

USED, OTHERWISE = "reference_used", "reported_otherwise"
ONE, TWO = "6222 0000 0001", "6222 0000 0002"  # accounts of recipients


def taken(desk: Workspace, number: int) -> str:
    """Return the case of a decision whose outcome was taken."""
    decision = decide(desk, storm(number), "ann")
    take(desk, decision, ACCEPTED)
    return decision.case_no


def pay(desk: Workspace, case_no: str, reference: str, **more: Any) -> None:
    happen(desk, case_no, {"kind": "executed", "reference": reference, "refund_fen": GIVES, **more}, "ann")


def claimed(desk: Workspace, number: int) -> str:
    """Return a decision that a machine has claimed."""
    decision = decide(desk, storm(number), MACHINE.name)
    claims.claim(desk, decision.id, MACHINE.name)
    return decision.id


def report(desk: Workspace, decision: str, reference: str, account: str | None = None) -> dict[str, Any]:
    return executions.report(desk, decision, MACHINE, "executed", reference, account)


def test_a_reference_names_one_payment(desk: Workspace) -> None:
    one, two = taken(desk, 1), taken(desk, 2)
    pay(desk, one, "ALI-900")
    for written in ("ALI-900", "ali 900", "ＡＬＩ－９００"):
        assert refused(lambda written=written: pay(desk, two, written)) == USED
    pay(desk, two, "ALI-901")


def test_accounts_of_two_recipients_may_share_a_reference(desk: Workspace) -> None:
    one, two, three = (taken(desk, number) for number in (1, 2, 3))
    pay(desk, one, "R1", account=ONE)
    pay(desk, two, "R1", account=TWO)
    for account in ({}, {"account": ONE.replace(" ", "")}):
        assert refused(lambda account=account: pay(desk, three, "R1", **account)) == USED


def test_packs_may_share_a_reference(desk: Workspace, office: Workspace) -> None:
    first = claimed(desk, 7)
    executions.report(desk, first, MACHINE, "failed", "no answer")
    assert refused(lambda: report(desk, first, "P1")) == OTHERWISE
    pay_at_counter(office, decide(office, complaint(), "ann").case_no, 2560)  # by P1 as well
    assert refused(lambda: report(desk, claimed(desk, 8), "P1")) == USED


def test_a_machine_reports_no_reference_of_another_payment(desk: Workspace) -> None:
    pay(desk, taken(desk, 1), "R1")
    other = claimed(desk, 2)
    assert refused(lambda: report(desk, other, "r-1", ONE)) == USED


def test_a_machine_reports_a_reference_that_paid_several_recipients(desk: Workspace) -> None:
    one, two, three = (claimed(desk, number) for number in (1, 2, 3))
    first = report(desk, one, "R1", ONE)
    assert report(desk, one, "R1", ONE.replace(" ", "-")) == report(desk, one, "R1") == first
    report(desk, two, "R1", TWO)
    for account in (None, ONE):
        assert refused(lambda account=account: report(desk, three, "R1", account)) == USED
    assert verify(desk.ledger).sound


def test_of_the_account_only_a_digest_is_kept(desk: Workspace) -> None:
    report(desk, claimed(desk, 1), "R1", ONE)
    ((_, _, body),) = told(desk.ledger, "execution.executed")
    assert len(body["account_key"]) == 64
    assert "6222" not in orjson.dumps(body).decode()


@pytest.mark.parametrize(("account", "refusal"), [("6222 0000 0003", None), ("6222-0000-0002", USED), (None, USED)])
def test_the_same_reference_to_another_account_is_another_payment(
    desk: Workspace, account: str | None, refusal: str | None
) -> None:
    first = claimed(desk, 1)
    report(desk, first, "R1", ONE)
    for _ in range(2):
        assert refused(lambda: report(desk, first, "R1", TWO)) == OTHERWISE
    assert len(told(desk.ledger, "execution.contradicted")) == 1
    other = claimed(desk, 2)
    if refusal is None:
        assert report(desk, other, "R1", account)["state"] == "executed"
    else:
        assert refused(lambda: report(desk, other, "R1", account)) == refusal
