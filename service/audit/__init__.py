"""Check the ledger: verify the chain and the projected tables, rebuild the tables, replay decisions."""
