"""Decide cases and record the decisions."""
