"""What machines may give away in a day: so often and so much by customer, merchant, category, and by everyone together.

A budget is reserved in the transaction that hands an execution out, and given back only where that is reported as
failed. Days are those of the claim in the pack's time zone. The budget of the day is the one that no name chosen by a
caller gets round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from service.casework.limits.scopes import BUDGETED, CATEGORY, CUSTOMER, DAY, EVERYONE, MERCHANT
from service.ledger.store import Writer
from service.ledger.tables import LIMITS, SPENT
from service.normalization import key, name_of

SET: Final = "budget.set"  # the kind of an entry


class Limit(NamedTuple):
    """How often a machine may give something in a day, and how much in all."""

    most: int
    most_fen: int


class Share(NamedTuple):
    """What an execution takes of one budget of a day."""

    scope: str
    name: str
    day: str
    fen: int


class Taken(NamedTuple):
    """What was taken of a budget on a day."""

    scope: str
    name: str
    many: int
    fen: int


# What holds for each customer, merchant and category, and for the day, until an administrator says otherwise: as much
# as a small shop can lose to a mistake before somebody looks.
DEFAULTS: Final[Mapping[str, Limit]] = {
    CUSTOMER: Limit(2, 200_00),
    MERCHANT: Limit(100, 5_000_00),
    CATEGORY: Limit(100, 5_000_00),
    DAY: Limit(300, 10_000_00),
}


def shares(row: Any, day: str, fen: int) -> tuple[Share, ...]:
    """Return what carrying a decision out takes of each budget; what has no category shares one."""
    names = {CUSTOMER: key(row.customer), MERCHANT: key(row.merchant), CATEGORY: key(row.category), DAY: EVERYONE}
    return tuple(Share(scope, name, day, fen) for scope, name in names.items())


def exhausted(connection: Connection, wanted: Sequence[Share]) -> list[str]:
    """Return the budgets that have no room for a further execution, such as `budget:customer:c1`."""
    return [f"budget:{share.scope}:{share.name}" for share in wanted if not _fits(connection, share)]


def reserve(connection: Connection, wanted: Sequence[Share]) -> None:
    """Take shares of budgets."""
    for share in wanted:
        if connection.execute(select(SPENT.c.many).where(*_of(share))).first() is None:
            connection.execute(insert(SPENT).values(scope=share.scope, name=share.name, day=share.day, many=0, fen=0))
        _add(connection, share, 1)


def release(connection: Connection, taken: Sequence[Share]) -> None:
    """Give shares back to the budgets of the day that they were taken of."""
    for share in taken:
        _add(connection, share._replace(name=name_of(share.scope, share.name)), -1)


def limit_of(connection: Connection, scope: str, name: str) -> Limit:
    """Return the limit of a name, else that of everyone, else the default."""
    found = select(LIMITS.c.name, LIMITS.c.most, LIMITS.c.most_fen)
    rows = connection.execute(found.where(LIMITS.c.scope == scope, LIMITS.c.name.in_((name, EVERYONE))))
    limits = {row.name: Limit(row.most, row.most_fen) for row in rows}
    return limits.get(name) or limits.get(EVERYONE) or DEFAULTS[scope]


def set_limit(writer: Writer, scope: str, name: str, limit: Limit) -> dict[str, Any]:
    """Set the limit of a name, or of everyone, and return it as told."""
    whose = EVERYONE if name == EVERYONE or scope == DAY else key(name)
    told = {"scope": scope, "name": whose, **limit._asdict()}
    writer.append(SET, told)
    writer.connection.execute(delete(LIMITS).where(LIMITS.c.scope == scope, LIMITS.c.name == whose))
    writer.connection.execute(insert(LIMITS), told)
    return told


def standing(connection: Connection, day: str) -> dict[str, Any]:
    """Return every limit, and what was taken on a day of all budgets but those of single customers."""
    rows = connection.execute(select(LIMITS).order_by(LIMITS.c.scope, LIMITS.c.name))
    limits = {(row.scope, row.name): Limit(row.most, row.most_fen) for row in rows}
    limits |= {(scope, EVERYONE): limit for scope, limit in DEFAULTS.items() if (scope, EVERYONE) not in limits}
    taken = select(SPENT.c.scope, SPENT.c.name, SPENT.c.many, SPENT.c.fen)
    taken = taken.where(SPENT.c.scope.in_(BUDGETED[1:]), SPENT.c.day == day).order_by(SPENT.c.scope, SPENT.c.name)
    spent = [Taken(*row)._asdict() for row in connection.execute(taken)]
    items = [{"scope": scope, "name": name, **limit._asdict()} for (scope, name), limit in limits.items()]
    return {"day": day, "items": items, "spent": spent}


def _fits(connection: Connection, share: Share) -> bool:
    limit = limit_of(connection, share.scope, share.name)
    row = connection.execute(select(SPENT.c.many, SPENT.c.fen).where(*_of(share))).first()
    many, fen = (row.many, row.fen) if row is not None else (0, 0)
    return bool(many < limit.most and fen + share.fen <= limit.most_fen)


def _add(connection: Connection, share: Share, sign: int) -> None:
    changed = {"many": SPENT.c.many + sign, "fen": SPENT.c.fen + sign * share.fen}
    connection.execute(update(SPENT).where(*_of(share)).values(changed))


def _of(share: Share) -> tuple[Any, ...]:
    return SPENT.c.scope == share.scope, SPENT.c.name == share.name, SPENT.c.day == share.day
