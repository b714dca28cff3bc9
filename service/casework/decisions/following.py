"""Conditions on a further decision of a case: the same merchant, order and customer, and no foreign pending approval.

A case belongs to one merchant, one order and one customer. Each may be added once, and stays. A decision that leaves
one out is refused too: filling it in would decide on facts that nobody sent, and ignoring it would lead to another
order in two steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select

from rules.compiling.pack import Pack
from service.auth import Caller
from service.casework.context import CaseContext
from service.casework.decisions.preloaded import latest_of
from service.casework.states import WAITING
from service.errors import DomainError
from service.ledger.filing import filed, merchant_of
from service.ledger.prepared import Answers
from service.ledger.tables import PROPOSALS
from service.normalization import UNNAMED, key

NOTHING: Final = "-"  # in a message, for a missing value


class Identity(NamedTuple):
    """The owners of a case; the merchant is compared first, so that nobody learns of other merchants' customers."""

    merchant: str | None
    order: str | None
    customer: str | None


class Approval(NamedTuple):
    """A proposal that waits for approval: its decision, its maker, and the role that it needs."""

    decision: str
    maker: str
    needs: str

    def may_be_voided(self, by: Caller) -> bool:
        """Check that a decision by this caller may replace the proposal."""
        return by.name == self.maker or by.stands_for(self.needs)


def identity_of(pack: Pack, case: Mapping[str, Any]) -> Identity:
    """Return the merchant, order and customer of a case."""
    return Identity(merchant_of(pack, case), filed(pack, "order", case), filed(pack, "customer", case))


def refuse_other_identity(case_no: str, known: Identity, given: Identity) -> None:
    """Refuse a decision with another merchant, order or customer than its case, or without one of them."""
    for what, had, sent in zip(Identity._fields, known, given, strict=True):
        if key(had) in (UNNAMED, key(sent)):
            continue
        if key(sent) == UNNAMED:
            raise DomainError("order_left_out", case_no, what, str(had), reasons=[f"left_out:{what}"])
        raise DomainError("other_order", case_no, what, str(had), str(sent), reasons=[f"other:{what}"])


def refuse_unfit_to_follow(context: CaseContext, case_no: str, preloaded: Answers, given: Identity, by: Caller) -> None:
    """Refuse a decision of another case or pack, or one that would void an approval against its caller's authority."""
    if (latest := latest_of(preloaded)) is not None:
        context.refuse_other_pack(latest.pack)
        order = latest.order_no or latest.order_key  # the key remains when the number is erased
        refuse_other_identity(case_no, Identity(latest.merchant, order, latest.customer), given)
    for row in preloaded["approval"]:
        approval = Approval(*row)
        if not approval.may_be_voided(by):
            raise DomainError("approval_waits", approval.decision, approval.needs)


def approval_of(connection: Connection, decision: str) -> Approval | None:
    """Return the pending approval of a decision, or None."""
    waiting = select(PROPOSALS.c.decision, PROPOSALS.c.maker, PROPOSALS.c.needs)
    row = connection.execute(waiting.where(PROPOSALS.c.decision == decision, PROPOSALS.c.state == WAITING)).first()
    return None if row is None else Approval(*row)
