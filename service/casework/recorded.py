"""Read the payloads of recorded decisions, if their rows still match their entries."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from service.ledger import chain
from service.ledger.chain import payload_of, with_payloads
from service.ledger.tables import ENTRIES

Json = dict[str, Any]


class Body(NamedTuple):
    """The id of an entry, and its payload; None if it was erased or has changed since."""

    id: str
    body: Json | None


def decision_payload(connection: Connection, row: Any) -> Json | None:
    """Return the payload of a decision's row; None if it was erased or has changed since."""
    return decision_payload_in(bodies_at(connection, [row.seq]), row)


def bodies_at(connection: Connection, seqs: Collection[int]) -> dict[int, Body]:
    """Return the payloads of entries by their numbers, in one statement."""
    if not seqs:
        return {}
    found = with_payloads(select(ENTRIES.c.seq, ENTRIES.c.id), ENTRIES.c.seq).where(ENTRIES.c.seq.in_(seqs))
    return {row.seq: Body(row.id, payload_of(row)) for row in connection.execute(found)}


def decision_payload_in(bodies: Mapping[int, Body], row: Any) -> Json | None:
    """Return the payload of a decision's row from payloads already read; None as in `decision_payload`."""
    id, kept = bodies.get(row.seq, (None, None))
    if id != row.id or kept is None or chain.fingerprint(kept["recommendation"]) != row.digest:
        return None
    return kept
