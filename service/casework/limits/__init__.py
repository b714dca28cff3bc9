"""Limits on machines and people: budgets, switches, holds, approval authority."""
