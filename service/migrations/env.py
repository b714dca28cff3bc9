"""Run migrations in the transaction that opens a ledger."""

from alembic import context

from service.ledger.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
