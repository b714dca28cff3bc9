"""Reports on complaints, counted from the ledger."""
