"""Add the keys of payment references, to find them in any spelling."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.casework.payments.references import reference_key

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns, and fill in the keys of existing references."""
    op.add_column("executions", sa.Column("reference_key", sa.String(length=200), nullable=True))
    op.add_column("executions", sa.Column("account_key", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_executions_reference_key"), "executions", ["reference_key"], unique=False)
    executions = sa.table("executions", *(sa.column(name) for name in ("decision", "reference", "reference_key")))
    paid = sa.select(executions.c.decision, executions.c.reference).where(executions.c.reference.is_not(None))
    connection = op.get_bind()
    for row in connection.execute(paid).all():
        found = sa.update(executions).where(executions.c.decision == row.decision)
        connection.execute(found.values(reference_key=reference_key(row.reference)))


def downgrade() -> None:
    """Remove the columns."""
    op.drop_index(op.f("ix_executions_reference_key"), table_name="executions")
    op.drop_column("executions", "account_key")
    op.drop_column("executions", "reference_key")
