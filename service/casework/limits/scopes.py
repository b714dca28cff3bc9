"""The names of the scopes of budgets and switches, for modules that do not import the database."""

from __future__ import annotations

from typing import Final

CUSTOMER, MERCHANT, CATEGORY, DAY = "customer", "merchant", "category", "day"
BUDGETED: Final = (CUSTOMER, MERCHANT, CATEGORY, DAY)  # whose budgets there are

ALL, PACK, RULE = "all", "pack", "rule"
SWITCHED: Final = (ALL, PACK, RULE, MERCHANT)  # what can be switched off

EVERYONE: Final = "*"  # each customer, merchant or category; all machines
