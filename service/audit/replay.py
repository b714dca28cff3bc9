"""Decide again what was decided, and say whether the same comes of it.

A decision is taken from the ledger with its case as kept, its number and its instant in it, and decided by the pack of
its digest. What is kept was itself decided from the case as kept, so the bytes have to be equal. The engine that found
the rules is named in them; another one is told, and only the rest is compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice, zip_longest
from typing import Any, Final

import orjson
from sqlalchemy import Row, select

from service.audit.consistency import MALFORMED
from service.ledger import chain
from service.ledger.pack_archive import Archive
from service.ledger.store import Ledger
from service.ledger.tables import DECISIONS, PAYLOADS
from service.packs import Ready

PAGE: Final = 200
MOST_DIFFERENCES: Final = 10  # differences of one decision
EQUAL, DIFFERS, ERASED, NO_PACK, UNREADABLE = "equal", "differs", "erased", "no_pack", "unreadable"
FINDINGS: Final = (DIFFERS, NO_PACK, UNREADABLE)
MISSING: Final = object()
LONGEST: Final = 80

_KEPT: Final = select(DECISIONS, PAYLOADS.c.body).outerjoin(PAYLOADS, PAYLOADS.c.seq == DECISIONS.c.seq)
_BY_AGE: Final = select(DECISIONS.c.seq).order_by(DECISIONS.c.seq.desc())

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of deciding again."""

    id: str
    case_no: str
    verdict: str
    detail: tuple[str, ...] = ()  # what differs, or why it could not be decided
    engine: tuple[str, str] | None = None  # then and now, where they differ

    def as_json(self) -> Json:
        """Return it as `redress replay --json` prints it."""
        return asdict(self)

    def __str__(self) -> str:
        told = [f"engine differs: {self.engine[0]} then, {self.engine[1]} now"] if self.engine else []
        return "; ".join((f"{self.id} {self.case_no}: {self.verdict}", *told, *self.detail))


def replay(archive: Archive, ids: Sequence[str]) -> Iterator[Replayed]:
    """Decide each decision again, in the order given; an id that the ledger does not know is left out."""
    for start in range(0, len(ids), PAGE):
        page = ids[start : start + PAGE]
        with archive.ledger.reading() as connection:
            rows = {row.id: row for row in connection.execute(_KEPT.where(DECISIONS.c.id.in_(page)))}
        yield from (_replayed(archive, rows[id]) for id in page if id in rows)


def replay_recorded(archive: Archive, last: int | None = None) -> Iterator[Replayed]:
    """Decide again what the ledger holds now, or the last of it, the oldest first; a page is held at a time."""
    with archive.ledger.reading() as connection:
        newest = connection.execute(_BY_AGE.limit(1)).scalar() or 0
        seq = 0 if last is None else connection.execute(_BY_AGE.offset(last).limit(1)).scalar() or 0
    further = _KEPT.where(DECISIONS.c.seq <= newest).order_by(DECISIONS.c.seq).limit(PAGE)
    while True:
        with archive.ledger.reading() as connection:
            rows = connection.execute(further.where(DECISIONS.c.seq > seq)).all()
        if not rows:
            return
        yield from (_replayed(archive, row) for row in rows)
        seq = rows[-1].seq


def unknown(ledger: Ledger, ids: Sequence[str]) -> list[str]:
    """Return those of some decisions that the ledger does not know."""
    known: set[str] = set()
    with ledger.reading() as connection:
        for start in range(0, len(ids), PAGE):
            some = DECISIONS.c.id.in_(ids[start : start + PAGE])
            known.update(connection.execute(select(DECISIONS.c.id).where(some)).scalars())
    return [id for id in ids if id not in known]


def _replayed(archive: Archive, row: Row[Any]) -> Replayed:
    if row.body is None:
        return Replayed(row.id, row.case_no, ERASED)
    ready = archive.ready(row.pack_digest)
    if ready is None:
        return Replayed(row.id, row.case_no, NO_PACK, (archive.why_not(row.pack_digest),))
    try:
        return _compared(row, chain.unpack(row.body), ready)
    except MALFORMED:
        return Replayed(row.id, row.case_no, UNREADABLE, ("what is kept is no decision; 'redress verify' tells more",))


def _compared(row: Row[Any], kept: Json, ready: Ready) -> Replayed:
    decision = ready.decider.decision(kept["case"])
    then, now = kept["recommendation"]["policy"]["engine"], decision.recommendation["policy"]["engine"]
    same_engine = {**decision.recommendation["policy"], "engine": then}
    again = {"recommendation": {**decision.recommendation, "policy": same_engine}, "findings": decision.findings()}
    before = {name: kept[name] for name in again}
    engine = None if then == now else (then, now)
    if chain.plain(before) == chain.plain(again):
        return Replayed(row.id, row.case_no, EQUAL, (), engine)
    return Replayed(row.id, row.case_no, DIFFERS, tuple(_described(before, orjson.loads(chain.plain(again)))), engine)


def _described(then: Json, now: Json) -> list[str]:
    """Tell what differs, each with its place."""
    found = list(islice(_differences("", then, now), MOST_DIFFERENCES + 1))
    more = ["and more"] if len(found) > MOST_DIFFERENCES else []
    return [*found[:MOST_DIFFERENCES], *more] or ["the order of keys"]


def _differences(place: str, then: Any, now: Any) -> Iterator[str]:
    if isinstance(then, dict) and isinstance(now, dict):
        for key in dict.fromkeys((*then, *now)):
            yield from _differences(f"{place}/{key}", then.get(key, MISSING), now.get(key, MISSING))
    elif isinstance(then, list) and isinstance(now, list):
        for at, (one, other) in enumerate(zip_longest(then, now, fillvalue=MISSING)):
            yield from _differences(f"{place}/{at}", one, other)
    elif then != now:
        yield f"{place}: {_short(then)} then, {_short(now)} now"


def _short(value: Any) -> str:
    text = "nothing" if value is MISSING else orjson.dumps(value).decode()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
