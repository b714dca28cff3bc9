"""The ledger: a chain of entries in SQLite or PostgreSQL, and the tables that are read from it."""
