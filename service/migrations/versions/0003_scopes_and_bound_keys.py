"""Add keys that are bound to merchants, the keys of merchants' names, and scopes that `decide` included before."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from service.ledger.keys import scopes_since
from service.normalization import key

revision = "0003"
down_revision = "0002"

KEYS: Final = sa.table("keys", sa.column("id"), sa.column("role"), sa.column("scopes"))
INDEXES: Final = {"decisions": ["by", "case_no"], "executions": ["claimed_by", "case_no"]}
CASES: Final = sa.table("cases", sa.column("decision"), sa.column("merchant_key"))
DECISIONS: Final = sa.table("decisions", sa.column("id"), sa.column("merchant"), sa.column("merchant_key"))


def upgrade() -> None:
    """Add the columns and indexes, and give every key the scopes of its role."""
    for name, columns in INDEXES.items():
        op.create_index(op.f(f"ix_{name}_{columns[0]}_{columns[1]}"), name, columns, unique=False)
    op.add_column("keys", sa.Column("merchants", sa.Text(), nullable=True))
    for name in ("cases", "decisions"):
        op.add_column(name, sa.Column("merchant_key", sa.String(length=200), nullable=True))
        op.create_index(op.f(f"ix_{name}_merchant_key_seq"), name, ["merchant_key", "seq"], unique=False)
    for merchant in op.get_bind().execute(sa.select(DECISIONS.c.merchant).distinct()).scalars().all():
        if merchant is not None:
            op.execute(DECISIONS.update().where(DECISIONS.c.merchant == merchant).values(merchant_key=key(merchant)))
    latest = sa.select(DECISIONS.c.merchant_key).where(DECISIONS.c.id == CASES.c.decision)
    op.execute(CASES.update().values(merchant_key=latest.scalar_subquery()))
    for row in op.get_bind().execute(sa.select(KEYS)).all():
        scopes = scopes_since(row.role, row.scopes.split())
        op.execute(KEYS.update().where(KEYS.c.id == row.id).values(scopes=" ".join(scopes)))


def downgrade() -> None:
    """Remove the columns and indexes; scopes stay, because the original ones are no longer known."""
    for name, columns in INDEXES.items():
        op.drop_index(op.f(f"ix_{name}_{columns[0]}_{columns[1]}"), table_name=name)
    for name in ("cases", "decisions"):
        op.drop_index(op.f(f"ix_{name}_merchant_key_seq"), table_name=name)
        op.drop_column(name, "merchant_key")
    op.drop_column("keys", "merchants")
