"""References of payments: each names one payment, of one decision, to one account of a recipient."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, select

from ..ledger.tables import DECISIONS, EXECUTIONS
from ..spelling import UNNAMED, folded, key
from . import contradictions
from .desk import Refused
from .states import EXECUTED

ACCOUNT: Final = "account"  # of the recipient, as an event states it; only a digest of it is kept


def reference_key(reference: str) -> str:
    """Return a reference as it is compared, however it was written."""
    return found if (found := key(reference)) != UNNAMED else folded(reference)


def without_account(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an event with a digest of the recipient's account in its place."""
    if ACCOUNT not in event:
        return event
    digest = hashlib.sha256(key(event[ACCOUNT]).encode()).hexdigest()
    return {name: value for name, value in event.items() if name != ACCOUNT} | {"account_key": digest}


def refuse_reference_used(
    connection: Connection, decision: str, reference: str, account_key: str | None = None
) -> None:
    """Refuse a reference under which another decision of its pack was paid, to the same account or one not named.

    Whatever pack a service has, it is that of the decision that counts. What a machine reports against what it said
    before names a payment too.
    """
    pack = select(DECISIONS.c.pack).where(DECISIONS.c.id == decision).scalar_subquery()
    paid = DECISIONS.alias()
    found = select(EXECUTIONS.c.decision, EXECUTIONS.c.case_no, EXECUTIONS.c.account_key)
    found = found.join(paid, paid.c.id == EXECUTIONS.c.decision)
    found = found.where(EXECUTIONS.c.reference_key == reference_key(reference), EXECUTIONS.c.state == EXECUTED)
    found = found.where(paid.c.pack == pack, EXECUTIONS.c.decision != decision)
    for row in connection.execute(found.order_by(EXECUTIONS.c.seq)):
        if None in (account_key, row.account_key) or account_key == row.account_key:
            raise Refused(409, "reference_used", reference, row.decision, row.case_no)
    for paid_as_well, case_no, other in contradictions.reported(connection, decision):
        if reference_key(other) == reference_key(reference):
            raise Refused(409, "reference_used", reference, paid_as_well, case_no)
