"""The row changes of a decision: its own row, its case, the previous decision, and the deadlines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rules.language.contract import AUTOMATIC
from service.casework import deadlines
from service.casework.projection import entry_fields
from service.casework.projection.row_changes import Before, case_change, deadline_change
from service.casework.states import IN_PROGRESS, OPEN, PENDING, SUPERSEDED, TRANSITIONS, VOID, WAITING, state_columns
from service.ledger.chain import Entry
from service.ledger.changes import Change, Delete, Insert, Update
from service.ledger.filing import filed
from service.ledger.tables import CASES, CLOCKS, DECISIONS, PROPOSALS

OF_FIRST_DECISION: Final = ("pack", "order_no", "customer", "merchant")  # a case is listed under these values of it
OF_LATEST: Final = ("severity", "merchant_key")

Json = dict[str, Any]
Body = Mapping[str, Any]


def decided(entry: Entry, body: Body, before: Before) -> Iterator[Change]:
    """Yield the row changes of a decision."""
    row = entry_fields.decision(entry, body, before.pack_of)
    latest = {"decision": entry.id} | {name: row[name] for name in OF_LATEST if name in row}
    if before.state is None:
        yield Insert(CASES, _opened(entry, body, row, before.pack_of) | latest)
    else:
        yield from _supersede(str(before.decision))
        yield case_change(
            entry, state_columns(before.state, TRANSITIONS["decided"][before.state], entry.at), latest, closed_at=None
        )
    yield Insert(DECISIONS, row | {"mode": body["mode"], "state": OPEN, "reviewed_at": None} | _drawn(body))
    yield from _set_deadlines(entry, body["recommendation"], going_on=before.state is not None)


def _drawn(body: Body) -> Json:
    """Return whether a decision was drawn for review; earlier versions did not record it."""
    return {} if "drawn" not in body and body["mode"] in AUTOMATIC else {"drawn": body.get("drawn", False)}


def _opened(entry: Entry, body: Body, row: Json, pack_of: entry_fields.PackOf) -> Json:
    pack = pack_of(row["pack_digest"])
    return {
        "no": entry.case_no,
        "seq": entry.seq,
        "state": PENDING if row["outcome"] == "review" else IN_PROGRESS,
        "opened_at": entry.at,
        "changed_at": entry.at,
        **dict.fromkeys(("closed_at", "satisfied", "tags", "person_at")),
        **{name: row[name] for name in OF_FIRST_DECISION if name in row},
        **({} if pack is None else {"handler": filed(pack, "handler", body["case"])}),
    }


def _supersede(decision: str) -> Iterator[Change]:
    """Supersede a decision that nobody has acted on, and void its pending proposal."""
    yield Update(DECISIONS, {"id": decision, "state": (OPEN, WAITING)}, {"state": SUPERSEDED})
    yield Update(PROPOSALS, {"decision": decision, "state": WAITING}, {"state": VOID})


def _set_deadlines(entry: Entry, recommendation: Json, *, going_on: bool) -> Iterator[Change]:
    """Replace the open deadlines by those of a decision; deadlines that are met or started by an event stay."""
    if going_on:
        stays = tuple(deadlines.waiting(recommendation))
        yield Delete(CLOCKS, {"case_no": entry.case_no, "met_at": None}, but={"name": stays})
    for deadline in deadlines.dated(recommendation):
        yield deadline_change(entry, entry.id, deadline, unless_there=going_on)
