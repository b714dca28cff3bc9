"""Replay decisions: decide recorded cases again, and compare the results.

A recorded case, with its number and its instant, is decided again by the pack with the recorded digest. The recorded
recommendation was decided from the same recorded case, so the bytes must be equal. It names the version of the rule
engine; a different version is reported, and only the rest is compared.
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
MOST_DIFFERENCES: Final = 10  # listed differences of one decision
EQUAL, DIFFERS, ERASED, NO_PACK, UNREADABLE = "equal", "differs", "erased", "no_pack", "unreadable"
FINDINGS: Final = (DIFFERS, NO_PACK, UNREADABLE)
MISSING: Final = object()
LONGEST: Final = 80

_KEPT: Final = select(DECISIONS, PAYLOADS.c.body).outerjoin(PAYLOADS, PAYLOADS.c.seq == DECISIONS.c.seq)
_BY_AGE: Final = select(DECISIONS.c.seq).order_by(DECISIONS.c.seq.desc())

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Replayed:
    """The result of replaying one decision."""

    id: str
    case_no: str
    verdict: str
    detail: tuple[str, ...] = ()  # the differences, or why it could not be decided
    engine: tuple[str, str] | None = None  # then and now, if they differ

    def as_json(self) -> Json:
        """Return it as `redress replay --json` prints it."""
        return asdict(self)

    def __str__(self) -> str:
        engine = [f"engine differs: {self.engine[0]} then, {self.engine[1]} now"] if self.engine else []
        return "; ".join((f"{self.id} {self.case_no}: {self.verdict}", *engine, *self.detail))


def replay(archive: Archive, ids: Sequence[str]) -> Iterator[Replayed]:
    """Replay decisions in the given order; an id that the ledger does not have is left out."""
    for start in range(0, len(ids), PAGE):
        page = ids[start : start + PAGE]
        with archive.ledger.reading() as connection:
            rows = {row.id: row for row in connection.execute(_KEPT.where(DECISIONS.c.id.in_(page)))}
        yield from (_replayed(archive, rows[id]) for id in page if id in rows)


def replay_recorded(archive: Archive, last: int | None = None) -> Iterator[Replayed]:
    """Replay all recorded decisions, or the last ones, the oldest first; one page is in memory at a time."""
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
    """Return the ids that the ledger does not have."""
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
        return Replayed(
            row.id, row.case_no, UNREADABLE, ("the recorded payload is no decision; 'redress verify' reports more",)
        )


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
    """Return the differences, each with its place."""
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
