"""What was given before of the case and the order of a decision: asked once, for all checks of one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Connection, Row

from rules.compiling.pack import Pack
from rules.deciding.paid_before import PAID_BEFORE
from service.casework.choices import SENT
from service.casework.limits.holds import refunded
from service.casework.payments.earlier import EarlierDecision, given_before
from service.casework.payments.paid_before import given, least_paid, meeting, payments_of, refunded_in, stated
from service.casework.states import FAILED

Json = dict[str, Any]


class GivenBefore:
    """What was given before of a decision, as things stand in a transaction; it is read when it is made."""

    def __init__(self, connection: Connection, pack: Pack, decision: Row[Any], kept: Json) -> None:
        self.connection, self.pack, self.decision, self.kept = connection, pack, decision, kept
        earlier = given_before(connection, decision.case_no, decision.merchant, decision.order_no)
        self.moved: Final = [one for one in earlier if one.moved]
        self.others: Final = [one for one in self.moved if self._is_another(one)]
        self.agreed: Final = [one for one in earlier if not one.moved and one.row.id != decision.id]

    def _is_another(self, one: EarlierDecision) -> bool:
        """Return whether this decision did not give it itself, or failed to and was then reported as paid."""
        return bool(one.row.id != self.decision.id or one.row.execution_state == FAILED)

    @property
    def case(self) -> Json:
        """Return the case that was decided."""
        case: Json = self.kept["case"]
        return case

    @cached_property
    def payments(self) -> list[Json]:
        """Return what was given by now, with what only the sender of the case knows."""
        return given(stated(self.case, self._as_stated(self.others)))

    @property
    def goods(self) -> list[Json]:
        """Return the goods that are sent: with what was given, or agreed on."""
        return [one for one in (*self.payments, *self._as_stated(self.agreed)) if one.get("item") in SENT]

    @cached_property
    def refunded_fen(self) -> int:
        """Return what was refunded of the order by now: by its number or its key, or as the case says, if that is more.

        The number finds what was refunded after the decisions behind it were erased.
        """
        whose = self.decision.merchant, self.decision.order_no
        by_number = 0 if whose[1] is None else refunded(self.connection, *whose)
        return max(by_number, refunded_in({**self.case, PAID_BEFORE: self.payments}))

    @property
    def taken_off_fen(self) -> int:
        """Return what of the order the decision takes as refunded."""
        return refunded_in(self.case)

    def not_taken_off(self) -> list[EarlierDecision]:
        """Return what was given that the decision does not take account of."""
        return [one for one in self.others if one.row.id not in self._taken_off()]

    def came_to_nothing(self) -> set[str]:
        """Return the decisions that this one takes off and that gave nothing after all."""
        return self._taken_off() - {one.row.id for one in self.moved}

    def again_since(self, seq: int) -> list[Json]:
        """Return what was given after an entry and may have been for the same line and cause."""
        since = [one for one in self.others if one.row.execution_seq > seq]
        return self.meeting(self._as_stated(since))

    def meeting(self, payments: list[Json]) -> list[Json]:
        """Return those payments that may have been for a line and a cause of the decision."""
        return meeting(self.pack, self.kept, payments)

    def least_paid(self, line: str) -> int | None:
        """Return what was paid for a line at most, by this case and the earlier ones; None where this does not say."""
        return least_paid(line, [self.case, *(one.kept["case"] for one in self.others if one.kept is not None)])

    def _taken_off(self) -> set[str]:
        return {entry["decision"] for entry in given(self.case) if "decision" in entry}

    def _as_stated(self, earlier: Iterable[EarlierDecision]) -> list[Json]:
        return payments_of(self.pack, earlier, self.case)
