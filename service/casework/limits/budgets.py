"""Budgets: how often and how much machines may give in a day, by customer, merchant, category and in all.

A budget is reserved in the transaction that hands an execution out, and given back only where that is reported as
failed. Days are those of the claim in the pack's time zone. The budget of the day is the one that no name chosen by a
caller gets round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select

from service.casework.limits.scopes import BUDGETED, CATEGORY, CUSTOMER, DAY, EVERYONE, MERCHANT
from service.ledger.chain import Entry
from service.ledger.changes import Add, Below, Change, Delete, Insert, write
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
    """Return the share of each budget that an execution takes; decisions without a category share one."""
    names = {CUSTOMER: key(row.customer), MERCHANT: key(row.merchant), CATEGORY: key(row.category), DAY: EVERYONE}
    return tuple(Share(scope, name, day, fen) for scope, name in names.items())


def exhausted(connection: Connection, wanted: Sequence[Share]) -> list[str]:
    """Return the codes of exhausted budgets, such as `budget:customer:c1`."""
    return [f"budget:{share.scope}:{share.name}" for share in wanted if not _fits(connection, share)]


def reserved(taken: Iterable[Share]) -> Iterator[Change]:
    """Yield the spending of shares."""
    for share in taken:
        yield Add(SPENT, _key(share), {"many": 1, "fen": share.fen})


def released(taken: Iterable[Share]) -> Iterator[Change]:
    """Yield the return of shares to the budgets of their day, except budgets that were deleted."""
    for share in taken:
        yield Add(SPENT, _key(share), {"many": -1, "fen": -share.fen}, if_there=True)


def forgotten(at: str) -> Change:
    """Return the removal of the budgets of customers of days that are past in every time zone at an instant."""
    first = datetime.fromisoformat(at) - timedelta(days=1)  # the first day that can still limit anything
    return Delete(SPENT, {"scope": CUSTOMER, "day": Below(first.date().isoformat())})


def limit_of(connection: Connection, scope: str, name: str) -> Limit:
    """Return the limit of a name, else that of everyone, else the default."""
    found = select(LIMITS.c.name, LIMITS.c.most, LIMITS.c.most_fen)
    rows = connection.execute(found.where(LIMITS.c.scope == scope, LIMITS.c.name.in_((name, EVERYONE))))
    limits = {row.name: Limit(row.most, row.most_fen) for row in rows}
    return limits.get(name) or limits.get(EVERYONE) or DEFAULTS[scope]


def set_limit(writer: Writer, scope: str, name: str, limit: Limit) -> dict[str, Any]:
    """Set the limit of a name, or of everyone, and return it as it is recorded."""
    whose = EVERYONE if name == EVERYONE or scope == DAY else key(name)
    body = {"scope": scope, "name": whose, **limit._asdict()}
    write(writer, limited(writer.append(SET, body), body))
    return body


def limited(_: Entry, body: Mapping[str, Any]) -> Iterator[Change]:
    """Yield the row of a limit, in the place of the one before it."""
    of = {"scope": body["scope"], "name": name_of(body["scope"], body["name"])}
    yield Delete(LIMITS, of)
    yield Insert(LIMITS, of | {name: body[name] for name in Limit._fields})


def standing(connection: Connection, day: str) -> dict[str, Any]:
    """Return every limit, and the use of all budgets on a day, except those of single customers."""
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
    row = connection.execute(select(SPENT).filter_by(**_key(share))).first()
    many, fen = (row.many, row.fen) if row is not None else (0, 0)
    return bool(many < limit.most and fen + share.fen <= limit.most_fen)


def _key(share: Share) -> dict[str, str]:
    """Return the key of the budget of a share, as its name is spelled now; earlier versions spelled it otherwise."""
    return {"scope": share.scope, "name": name_of(share.scope, share.name), "day": share.day}
