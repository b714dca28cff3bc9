"""What was decided and done, kept for good: a chain of entries in SQLite or PostgreSQL, and what is read from it."""
