"""Verbs of the command line that work on the ledger, a module each."""
