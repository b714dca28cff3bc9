"""Record columns of keys, endpoints and messages that earlier versions did not record, so that `verify` checks them."""

from __future__ import annotations

import orjson
from alembic import context, op
from sqlalchemy import text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    from service.ledger.store import UPGRADED, Writer
    from service.webhooks.endpoints import seal
    from service.webhooks.outbox import voucher

    connection = op.get_bind()
    if connection.execute(text("SELECT seq FROM entries LIMIT 1")).first() is None:
        return  # a new ledger
    keys = text("SELECT id, hash FROM keys")
    endpoints = text("SELECT id, url, secrets FROM endpoints")
    waiting = text("SELECT id, endpoint, event, body, made_at FROM outbox WHERE next_at IS NOT NULL")
    body = {
        "revision": revision,
        "keys": {str(row.id): {"hash": row.hash} for row in connection.execute(keys)},
        "endpoints": {str(row.id): {"seal": seal(row.url, row.secrets)} for row in connection.execute(endpoints)},
        "messages": [
            voucher(dict(row), orjson.loads(row["body"])["data"]) for row in connection.execute(waiting).mappings()
        ],
    }
    writer = Writer(connection, "redress", context.config.attributes["now"])
    writer.append(UPGRADED, body)
    writer.end()


def downgrade() -> None:
    """Keep the entry: entries are never removed."""
