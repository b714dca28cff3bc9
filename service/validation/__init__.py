"""Strict validation of input: JSON, files, cases and events, with the place of each fault."""
