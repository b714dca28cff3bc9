"""References of payments: each belongs to one payment for one decision to one account."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, select

from service.casework.payments.contradictions import Paid, may_be_same, reported
from service.casework.states import EXECUTED
from service.errors import DomainError
from service.ledger.tables import DECISIONS, EXECUTIONS
from service.normalization import UNNAMED, folded, key

ACCOUNT: Final = "account"  # of the recipient; only a digest of it is kept


def reference_key(reference: str) -> str:
    """Return the key by which a reference is compared, for any spelling."""
    return found if (found := key(reference)) != UNNAMED else folded(reference)


def without_account(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an event with a digest of the recipient's account in its place."""
    if ACCOUNT not in event:
        return event
    rest = {name: value for name, value in event.items() if name != ACCOUNT}
    return rest | {"account_key": account_key(event[ACCOUNT])}


def account_key(account: str) -> str:
    """Return the digest of an account, for any spelling."""
    return hashlib.sha256(key(account).encode()).hexdigest()


def refuse_reference_used(connection: Connection, decision: str, reference: str, account_key: str | None) -> None:
    """Refuse a reference that paid another decision of the same pack, to the same or an unnamed account.

    The pack is that of the decision, not that of the service. Contradicting payment reports count too.
    """
    pack = connection.execute(select(DECISIONS.c.pack).where(DECISIONS.c.id == decision)).scalar_one()
    found = select(EXECUTIONS.c.decision, EXECUTIONS.c.case_no, EXECUTIONS.c.reference, EXECUTIONS.c.account_key)
    found = found.join(DECISIONS, DECISIONS.c.id == EXECUTIONS.c.decision)
    found = found.where(EXECUTIONS.c.reference_key == reference_key(reference), EXECUTIONS.c.state == EXECUTED)
    found = found.where(DECISIONS.c.pack == pack, EXECUTIONS.c.decision != decision)
    paid = [Paid(*row) for row in connection.execute(found.order_by(EXECUTIONS.c.seq))]
    for one in (*paid, *reported(connection, pack, decision)):
        same = reference_key(one.reference) == reference_key(reference)
        if same and may_be_same(one.account_key, account_key):
            raise DomainError("reference_used", reference, one.decision, one.case_no)
