"""The original spellings of names that are kept by their keys: merchants, categories, customers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, select

from service.casework.limits.scopes import CATEGORY, CUSTOMER, MERCHANT
from service.ledger.tables import DECISIONS
from service.normalization import key

SPELLED: Final = {scope: DECISIONS.c[scope] for scope in (CUSTOMER, MERCHANT, CATEGORY)}


def spellings(connection: Connection, kept: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return the spelling of each name by its scope and key; names that no decision has are left out.

    Of several spellings it is the first in order, so that the result is the same each time.
    """
    wanted = {pair for pair in kept if pair[0] in SPELLED}
    found: dict[tuple[str, str], str] = {}
    for scope in sorted({scope for scope, _ in wanted}):
        names = connection.execute(select(SPELLED[scope]).where(SPELLED[scope].is_not(None)).distinct()).scalars()
        for name in sorted(names):
            if (scope, key(name)) in wanted:
                found.setdefault((scope, key(name)), name)
    return found
