"""What a further decision of a case has to respect: whose case it is, and what waits for approval in it.

A case belongs to one merchant, one order and one customer. What it does not name yet may be added once; what it names
stays. A decision that leaves it out is refused too: taken as the case's own it would be decided on facts that nobody
sent, and taken as nothing it would be a way to another order in two steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select

from rules.compiling.pack import Pack
from service.auth import Caller
from service.casework.context import CaseContext
from service.casework.decisions.preloaded import LATEST_COLUMNS
from service.casework.states import WAITING
from service.errors import DomainError
from service.ledger.filing import filed, merchant_of
from service.ledger.prepared import Answers
from service.ledger.tables import PROPOSALS
from service.normalization import UNNAMED, key

NOTHING: Final = "-"  # in a message, for what was not sent


class Identity(NamedTuple):
    """Whose case it is; the merchant is compared first, so that nobody learns of another merchant's customers."""

    merchant: str | None
    order: str | None
    customer: str | None


class Approval(NamedTuple):
    """A proposal that waits for approval: of which decision, who made it, and which role it needs."""

    decision: str
    maker: str
    needs: str

    def may_be_voided(self, by: Caller) -> bool:
        """Return whether a decision by this caller may take the place of what is proposed."""
        return by.name == self.maker or by.stands_for(self.needs)


def identity_of(pack: Pack, case: Mapping[str, Any]) -> Identity:
    """Return whose case it is, as its pack files it."""
    return Identity(merchant_of(pack, case), filed(pack, "order", case), filed(pack, "customer", case))


def refuse_other_identity(case_no: str, known: Identity, given: Identity) -> None:
    """Refuse a decision that is about another merchant, order or customer than its case, or leaves one out."""
    for what, had, sent in zip(Identity._fields, known, given, strict=True):
        if key(had) in (UNNAMED, key(sent)):
            continue
        if key(sent) == UNNAMED:
            raise DomainError("order_left_out", case_no, what, str(had), reasons=[f"left_out:{what}"])
        raise DomainError("other_order", case_no, what, str(had), str(sent), reasons=[f"other:{what}"])


def refuse_unfit_to_follow(context: CaseContext, case_no: str, known: Answers, given: Identity, by: Caller) -> None:
    """Refuse a decision that is not of its case or its pack, or would void an approval that is not its caller's."""
    for row in known["latest"]:
        latest = dict(zip(LATEST_COLUMNS, row, strict=True))
        context.refuse_other_pack(latest["pack"])
        order = latest["order_no"] or latest["order_key"]  # the key is left where the number was erased
        refuse_other_identity(case_no, Identity(latest["merchant"], order, latest["customer"]), given)
    for row in known["approval"]:
        approval = Approval(*row)
        if not approval.may_be_voided(by):
            raise DomainError("approval_waits", approval.decision, approval.needs)


def approval_of(connection: Connection, decision: str) -> Approval | None:
    """Return what waits for approval on a decision, None where nothing does."""
    waiting = select(PROPOSALS.c.decision, PROPOSALS.c.maker, PROPOSALS.c.needs)
    row = connection.execute(waiting.where(PROPOSALS.c.decision == decision, PROPOSALS.c.state == WAITING)).first()
    return None if row is None else Approval(*row)
