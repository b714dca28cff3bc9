"""Exports: cases as the sheets that people keep, and the ledger as lines for archives."""
