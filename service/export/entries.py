"""The ledger as JSON lines for archives: every entry with its payload and the hashes to check the chain.

The `hash` of a line is the SHA-256 of the compact JSON list [previous, seq, id, kind, case_no, about, at, by, digest];
`digest` is that of `salt` (hexadecimal) and `packed` (base64), the stored payload: JSON in Zstandard, in the first
ledgers deflate. A payload is shown as recorded, a recommendation too: the `mode` beside it is the binding one.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, func, select

from service.casework.visibility import Sight
from service.ledger import chain
from service.ledger.store import Ledger, instant
from service.ledger.tables import ENTRIES, PAYLOADS

MEDIA_TYPE: Final = "application/x-ndjson"
AT_A_TIME: Final = 200


def lines(
    ledger: Ledger, sight: Sight, since: datetime | None = None, until: datetime | None = None
) -> Iterator[bytes]:
    """Yield a line for each entry from the first to the last of a period.

    A bound key sees the entries of its cases only; of the others it gets the hashes, so that the chain can be checked.
    """
    with ledger.reading() as connection:
        first, last = _bounds(connection, since, until)
    after = first - 1
    while after < last:
        with ledger.reading() as connection:
            rows = _some(connection, after, last, sight)
        for row in rows:
            yield orjson.dumps(_as_json(row)) + b"\n"
            after = row.seq
        if not rows:
            return


def _bounds(connection: Connection, since: datetime | None, until: datetime | None) -> tuple[int, int]:
    within = [] if since is None else [ENTRIES.c.at >= instant(since)]
    within += [] if until is None else [ENTRIES.c.at < instant(until)]
    first, last = connection.execute(select(func.min(ENTRIES.c.seq), func.max(ENTRIES.c.seq)).where(*within)).one()
    return first or 1, last or 0


def _some(connection: Connection, after: int, last: int, sight: Sight) -> list[Row[Any]]:
    before = ENTRIES.alias("before")
    kept = (
        select(ENTRIES, PAYLOADS.c.salt, PAYLOADS.c.body, before.c.hash.label("previous"))
        .outerjoin(PAYLOADS, PAYLOADS.c.seq == ENTRIES.c.seq)
        .outerjoin(before, before.c.seq == ENTRIES.c.seq - 1)
        .where(*sight.about_cases(ENTRIES.c.case_no))
    )
    page = kept.where(ENTRIES.c.seq > after, ENTRIES.c.seq <= last).order_by(ENTRIES.c.seq).limit(AT_A_TIME)
    return list(connection.execute(page).all())


def _as_json(row: Row[Any]) -> dict[str, Any]:
    names = ("seq", "id", "kind", "case_no", "about", "at", "by", "digest", "hash")
    previous = row.previous or chain.GENESIS
    entry = {"previous": previous, **{name: getattr(row, name) for name in names}, "erased": row.body is None}
    if row.body is None:
        return entry | {"payload": None}
    packed = {"salt": row.salt.hex(), "packed": b64encode(row.body).decode()}
    return entry | {"payload": _payload(row.body), **packed}


def _payload(body: bytes) -> Any:
    """Return the payload; None where it is damaged, which `redress verify` reports."""
    try:
        return chain.unpack(body)
    except ValueError:
        return None
