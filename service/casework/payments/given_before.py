"""What was given before for the case and the order of a decision, read once for all checks of a transaction."""

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
    """What was given before, for the checks of a decision in one transaction; read on creation."""

    def __init__(self, connection: Connection, pack: Pack, decision: Row[Any], kept: Json) -> None:
        self.connection, self.pack, self.decision, self.kept = connection, pack, decision, kept
        earlier = given_before(connection, decision.case_no, decision.merchant, decision.order_no)
        self.moved: Final = [one for one in earlier if one.moved]
        self.others: Final = [one for one in self.moved if self._is_another(one)]
        self.agreed: Final = [one for one in earlier if not one.moved and one.row.id != decision.id]

    def _is_another(self, one: EarlierDecision) -> bool:
        """Check that another decision gave it, or that this one failed and was then reported as paid."""
        return bool(one.row.id != self.decision.id or one.row.execution_state == FAILED)

    @property
    def case(self) -> Json:
        """Return the case that was decided."""
        case: Json = self.kept["case"]
        return case

    @cached_property
    def payments(self) -> list[Json]:
        """Return everything given so far, with payments that only the sender of the case knows."""
        return given(stated(self.case, self._as_stated(self.others)))

    @property
    def goods(self) -> list[Json]:
        """Return the goods that were sent or agreed on."""
        return [one for one in (*self.payments, *self._as_stated(self.agreed)) if one.get("item") in SENT]

    @cached_property
    def refunded_fen(self) -> int:
        """Return the refunds of the order so far, by its number or its key or as the case states, whichever is most.

        The number also finds refunds whose decisions were erased.
        """
        whose = self.decision.merchant, self.decision.order_no
        by_number = 0 if whose[1] is None else refunded(self.connection, *whose)
        return max(by_number, refunded_in({**self.case, PAID_BEFORE: self.payments}))

    @property
    def taken_off_fen(self) -> int:
        """Return the refunds of the order that the decision deducts."""
        return refunded_in(self.case)

    def not_taken_off(self) -> list[EarlierDecision]:
        """Return what was given that the decision does not deduct."""
        return [one for one in self.others if one.row.id not in self._taken_off()]

    def came_to_nothing(self) -> set[str]:
        """Return the decisions that this one deducts and that gave nothing after all."""
        return self._taken_off() - {one.row.id for one in self.moved}

    def again_since(self, seq: int) -> list[Json]:
        """Return what was given after an entry, possibly for the same line and cause."""
        since = [one for one in self.others if one.row.execution_seq > seq]
        return self.meeting(self._as_stated(since))

    def meeting(self, payments: list[Json]) -> list[Json]:
        """Return the payments that may be for a line and a cause of the decision."""
        return meeting(self.pack, self.kept, payments)

    def least_paid(self, line: str) -> int | None:
        """Return the lowest price of a line in this case and the earlier ones; None if this case does not state it."""
        return least_paid(line, [self.case, *(one.kept["case"] for one in self.others if one.kept is not None)])

    def _taken_off(self) -> set[str]:
        return {entry["decision"] for entry in given(self.case) if "decision" in entry}

    def _as_stated(self, earlier: Iterable[EarlierDecision]) -> list[Json]:
        return payments_of(self.pack, earlier, self.case)
