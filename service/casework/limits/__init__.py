"""Limits on machines and people: budgets, switches, held lines, approval authority."""
