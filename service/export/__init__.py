"""Exports: cases as spreadsheets, and the ledger as JSON lines for archives."""
