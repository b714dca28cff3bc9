"""Check the ledger: the chain, the projected tables, and replay of decisions."""
