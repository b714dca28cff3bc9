"""Hand out an automatic decision for execution, once, after checking every guard again.

The checks run in the transaction that hands it out, so they still hold then. A decision in doubt goes to a person, with
an entry that says why.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from rules.language.contract import AUTOMATIC
from rules.recommending.remedy import GIVES_NOTHING
from service.casework import states
from service.casework.context import CaseContext
from service.casework.decisions.guards import GuardedDecision, automation_guards
from service.casework.decisions.preloaded import preload
from service.casework.decisions.returned_goods import are_back, may_be_back
from service.casework.executions.executions import as_json, execution_of, hand_to_person, sweep
from service.casework.limits import budgets
from service.casework.limits.holds import EVERYTHING, ON, Order, lines_of, order_of, refunded, switched_off
from service.casework.payments.given_before import GivenBefore
from service.casework.projection.projector import apply
from service.casework.projection.row_changes import Before, Held, held_of
from service.casework.recorded import decision_payload
from service.casework.states import CLAIMED, OPEN
from service.casework.visibility import Sight
from service.errors import DomainError
from service.ledger.changes import write
from service.ledger.store import Writer, instant
from service.ledger.tables import CASES, DECISIONS

WAITING: Final = ("id", "case_no", "at", "mode", "remedy", "total_fen", "refund_fen", "order_no", "merchant")
LOG: Final = logging.getLogger(__name__)
UNREADABLE: Final = "record:unreadable"  # erased or changed
ANSWERED: Final = ("remedy", "refuse")  # outcomes that a machine may carry out

Json = dict[str, Any]


def claim(context: CaseContext, decision: str, by: str) -> Json:
    """Hand a decision out to a machine; the same machine gets the same answer until the claim is confirmed or late.

    Raises DomainError, with `reasons` if the decision goes to a person.
    """
    sweep(context.ledger, by, context.sight)
    try:
        with context.ledger.writing(by) as writer:
            found = _Claim(context, writer, _decision(context, writer, decision)).answer()
    except (DomainError, SQLAlchemyError):
        raise
    except Exception as error:  # after any failure here no machine may try again
        LOG.error("a claim broke", exc_info=error)
        found = _broken(context, decision, by, error)
    if isinstance(found, dict):
        return found
    raise DomainError("not_for_machines", decision, reasons=found)  # outside the transaction, which keeps the entry


def _decision(context: CaseContext, writer: Writer, decision: str) -> Any:
    row = writer.connection.execute(select(DECISIONS).where(DECISIONS.c.id == decision)).first()
    if row is None:
        raise DomainError("no_decision", decision)
    context.refuse_other_pack(row.pack)
    return row


def _broken(context: CaseContext, decision: str, by: str, error: Exception) -> list[str]:
    """Hand a decision to a person after a claim failed; the transaction of the claim is rolled back already."""
    reasons = [f"internal:{type(error).__name__}"]
    with context.ledger.writing(by) as writer:
        row = _decision(context, writer, decision)
        if row.state == OPEN and row.mode in AUTOMATIC:
            hand_to_person(writer, row, reasons)
    return reasons


def claimable(connection: Connection, pack: str, after: int, most: int, sight: Sight) -> list[tuple[int, Json]]:
    """Return the decisions that wait for a machine, the oldest first, each with its position in the list."""
    queue = select(*(DECISIONS.c[name] for name in (*WAITING, "seq")))
    queue = queue.where(DECISIONS.c.state == OPEN, DECISIONS.c.mode.in_(AUTOMATIC), DECISIONS.c.seq > after)
    queue = queue.where(DECISIONS.c.pack == pack, may_be_back(), *sight.decisions())
    rows = connection.execute(queue.order_by(DECISIONS.c.seq).limit(most))
    return [(row.seq, {name: getattr(row, name) for name in WAITING}) for row in rows]


class AutomationCheck:
    """The checks of an automatic decision before it is handed out."""

    def __init__(self, context: CaseContext, connection: Connection, row: Any, moment: datetime) -> None:
        self.context, self.connection, self.row, self.moment = context, connection, row, moment

    def blocking_reasons(self, kept: Json) -> list[str]:
        """Return every reason against handing it out, except goods to return and budgets."""
        row, found = self.row, self._of_record(kept)
        case = self.connection.execute(select(CASES).where(CASES.c.no == row.case_no)).first()
        if case is None or case.decision != row.id:
            found.append("case:goes_on")
        elif case.state not in (states.IN_PROGRESS, states.AWAITING):
            found.append(f"case:{case.state}")
        found += self.automation_guards(kept)
        before = 0 if row.order_no is None else refunded(self.connection, row.merchant, row.order_no)
        given = GivenBefore(self.connection, self.context.ready.pack, row, kept)
        if before != kept["refunded_before_fen"] or given.not_taken_off():
            found.append("refunded:changed")
        return found

    def automation_guards(self, kept: Json) -> list[str]:
        """Return the automation guards of its case and order."""
        guarded = self._guarded(kept)
        (preloaded,) = preload(self.connection, [(guarded.case_no, guarded.order_key)])
        return automation_guards(self.connection, guarded, preloaded)

    def waits_for_goods(self, kept: Json) -> bool:
        """Check whether goods must come back first."""
        wanted = kept["recommendation"]["remedy"]["return_required"]
        return wanted and not are_back(self.connection, self.row, kept)

    def exhausted(self, kept: Json) -> list[str]:
        """Return the budgets that are exhausted."""
        return budgets.exhausted(self.connection, self._shares(kept["recommendation"]))

    def _of_record(self, kept: Json) -> list[str]:
        """Return the reasons against a machine in the recorded decision, independent of its row."""
        recommendation = kept["recommendation"]
        automation, remedy = recommendation["automation"], recommendation["remedy"] or {}
        sums = (remedy.get("total_fen"), remedy.get("refund_fen"))
        checks = {
            "mode:person": automation["mode"] in AUTOMATIC and kept["mode"] in AUTOMATIC,
            "mode:unsettled": automation["settled"] is True and recommendation["provisional"] is False,
            "mode:outcome": recommendation["outcome"] in ANSWERED,
            "amount:open": all(isinstance(fen, int) for fen in sums),
            "amount:unclear": sum(_refunds(recommendation).values()) == sums[1] and sums == self._sums(),
        }
        return [code for code, holds in checks.items() if not holds]

    def _sums(self) -> tuple[int, int]:
        return self.row.total_fen, self.row.refund_fen

    def _order(self, kept: Json) -> Order:
        return order_of(self.row.merchant, self.row.order_no, kept["case"])

    def _guarded(self, kept: Json) -> GuardedDecision:
        row, lines = self.row, tuple(lines_of(kept["recommendation"]))
        order = None if row.order_no is None else self._order(kept)
        return GuardedDecision(
            row.case_no, row.pack, tuple(row.rules.split()), row.merchant, row.customer, order, lines
        )

    def _shares(self, recommendation: Json) -> tuple[budgets.Share, ...]:
        """Return what the remedy takes of budgets; nothing if it gives nothing."""
        remedy = recommendation["remedy"]
        worth = remedy["total_fen"] + sum(one["amount_fen"] or 0 for one in remedy["additions"])
        if not worth and remedy["kind"] in GIVES_NOTHING:
            return ()
        day = self.moment.astimezone(self.context.ready.pack.zone).date().isoformat()
        return budgets.shares(self.row, day, worth)


class _Claim(AutomationCheck):
    """One claim of one decision: its answer, or the reasons against it."""

    def __init__(self, context: CaseContext, writer: Writer, row: Any) -> None:
        super().__init__(context, writer.connection, row, writer.moment)
        self.writer = writer

    def answer(self) -> Json | list[str]:
        """Return the handed out execution, or the reasons why the decision went to a person."""
        before = execution_of(self.connection, self.row.id)
        if before is not None:
            return self._again(before)
        if self.row.mode not in AUTOMATIC or self.row.state != OPEN:
            raise DomainError("not_automatic", self.row.id, self.row.mode, self.row.state)
        kept = decision_payload(self.connection, self.row)
        reasons = [UNREADABLE] if kept is None else self._reasons(kept)
        if kept is None or reasons:
            hand_to_person(self.writer, self.row, reasons)
            return reasons
        return self._hand_out(kept)

    def _again(self, before: Any) -> Json | list[str]:
        """Return a claim again to the machine that made it, while it is unconfirmed and no switch is on."""
        if before.claimed_by != self.writer.by:
            raise DomainError("claimed_already", self.row.id)
        if before.state != CLAIMED or before.confirm_by < self.writer.at:
            raise DomainError("claim_ended", self.row.id, before.state)
        on, row = self.connection.execute(ON).all(), self.row
        if off := switched_off(on, row.pack, row.rules.split(), row.merchant):
            return off
        kept = decision_payload(self.connection, self.row)
        return [UNREADABLE] if kept is None else self._as_json(before, kept["recommendation"])

    def _reasons(self, kept: Json) -> list[str]:
        """Return every reason against handing the decision out."""
        if found := self.blocking_reasons(kept):
            return found
        if self.waits_for_goods(kept):
            raise DomainError("goods_first", self.row.id)  # temporary: the decision stays with the machines
        return self.exhausted(kept)

    def _hand_out(self, kept: Json) -> Json:
        recommendation, shares = kept["recommendation"], self._shares(kept["recommendation"])
        refunds = _refunds(recommendation)
        remedy = recommendation["remedy"]
        body = {
            "decision": self.row.id,
            "case_no": self.row.case_no,
            "state": CLAIMED,
            "claimed_by": self.writer.by,
            "claimed_at": self.writer.at,
            "confirm_by": instant(self.writer.moment + timedelta(minutes=self.context.settings.confirm_minutes)),
            **{name: remedy[name] for name in ("total_fen", "refund_fen", "currency")},
            "lines": refunds,
            "budgets": [share._asdict() for share in shares],
        }
        entry = self.writer.append("execution.claimed", body, case_no=self.row.case_no, about=self.row.id)
        write(self.writer, apply(entry, body, Before(held=Held([*refunds], held_of(self._order(kept))))))
        return self._as_json(execution_of(self.writer.connection, self.row.id), recommendation)

    def _as_json(self, execution: Any, recommendation: Json) -> Json:
        return as_json(self.connection, execution) | {"remedy": recommendation["remedy"]}


def _refunds(recommendation: Mapping[str, Any]) -> dict[str, int]:
    """Return the refund of each line of a decision; they add up to its refund."""
    refunds = dict.fromkeys(lines_of(dict(recommendation)), 0)
    for issue in recommendation["issues"]:
        line = issue["line"] or EVERYTHING
        refunds[line] += (issue["remedy"] or {}).get("refund_fen") or 0
    return refunds
