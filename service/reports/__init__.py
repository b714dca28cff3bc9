"""Reports: what became of complaints, counted from the ledger."""
