"""Decide a case and record the decision: its number, what the ledger knows of its order, and who may carry it out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, delete, insert, select, update

from rules.language.contract import AUTOMATIC

from ..ledger import archive, chain
from ..ledger.filing import filed, path_of
from ..ledger.masking import masked
from ..ledger.numbers import next_number
from ..ledger.store import Writer, instant, new_id
from ..ledger.tables import CASES, CLOCKS, DECISIONS, PAYLOADS, PROPOSALS
from .desk import Desk, Refused
from .holds import EVERYTHING, lines_held, refunded, switched_off

OWN: Final = "-"  # the merchant of a case that names none
REFUNDED: Final = ("order", "refunded_fen")  # what settling takes off: the contract's fact of this name
COMPLAINT, APPEAL = "complaint", "appeal"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision as it was recorded."""

    id: str
    case_no: str
    follows: str | None
    because: str
    at: str
    by: str
    mode: str | None  # who carries it out, which the ledger can only make stricter
    held: tuple[str, ...]  # why no machine may, though the policies would let it
    digest: str
    recommendation: Json

    def as_json(self) -> Json:
        """Return the decision as the interface tells it."""
        return {
            "id": self.id,
            "case_no": self.case_no,
            "follows": self.follows,
            "because": self.because,
            "at": self.at,
            "by": self.by,
            "mode": self.mode,
            "held": list(self.held),
            "digest": self.digest,
            "recommendation": self.recommendation,
        }


def decide(
    desk: Desk, case: Mapping[str, Any], by: str, *, because: str = COMPLAINT, event: Json | None = None
) -> Recorded:
    """Decide a case that fits the vocabulary, and record it: a new case, or the next decision of one that goes on.

    Raises Refused where the case names a number of ours that was never given.
    """
    pack = desk.ready.pack
    received = desk.ready.dated(case, desk.clock)
    with desk.ledger.counting() as connection:
        number = _number(desk, connection, received)
        order = filed(pack, "order", received)
        merchant = str(received.get("merchant") or OWN)
        before = refunded(connection, merchant, order) if order is not None else 0
    numbered = _with(received, path_of(pack, "number"), number)
    known = _with(numbered, REFUNDED, before) if before > _refunded(numbered) else numbered
    decision = desk.ready.decider.decision(known)
    kept = masked(known, pack.vocabulary, desk.settings.personal)
    stored = decision if kept is known else desk.ready.decider.decision(kept)
    findings = stored.findings()
    with desk.ledger.writing(by) as writer:
        recorded = _record(desk, writer, kept, stored.recommendation, findings, number, because, event, before)
    return Recorded(**{**_fields(recorded), "recommendation": decision.recommendation})


def _fields(recorded: Recorded) -> Json:
    return {name: getattr(recorded, name) for name in Recorded.__slots__}


def _record(
    desk: Desk,
    writer: Writer,
    case: Mapping[str, Any],
    recommendation: Json,
    findings: Sequence[Json],
    number: str,
    because: str,
    event: Json | None,
    before: int,
) -> Recorded:
    pack, connection = desk.ready.pack, writer.connection
    archive.keep(writer, desk.ready)
    merchant, order = str(case.get("merchant") or OWN), filed(pack, "order", case)
    customer = filed(pack, "customer", case)
    rules = sorted({f"{entry['policy']}/{entry['rule']}" for entry in recommendation["why"]["rules"]})
    wanted = recommendation["automation"]["mode"]
    held: list[str] = []
    if wanted in AUTOMATIC:
        held = switched_off(connection, pack.name, rules, merchant)
        if order is not None:
            held += lines_held(connection, merchant, order, lines_of(recommendation))
    mode = "agent" if held else wanted
    remedy = recommendation["remedy"] or {}
    follows = connection.execute(
        select(DECISIONS.c.id).where(DECISIONS.c.case_no == number).order_by(DECISIONS.c.seq.desc()).limit(1)
    ).scalar()
    id = new_id("dec")
    digest = hashlib.sha256(orjson.dumps(recommendation)).hexdigest()
    body = {
        "case": case,
        "findings": findings,
        "recommendation": recommendation,
        "because": because,
        "follows": follows,
        "mode": mode,
        "held": held,
        "refunded_before_fen": before,
    } | ({"event": event} if event else {})
    entry = writer.append("decision", body, case_no=number, about=id, id=id)
    _supersede(connection, follows)
    row = {
        "id": id,
        "seq": entry.seq,
        "case_no": number,
        "follows": follows,
        "because": because,
        "at": writer.at,
        "day": writer.moment.astimezone(pack.zone).date().isoformat(),
        "by": writer.by,
        "pack": pack.name,
        "pack_digest": pack.digest,
        "engine": recommendation["policy"]["engine"],
        "digest": digest,
        "outcome": recommendation["outcome"],
        "mode": mode,
        "remedy": remedy.get("kind"),
        "total_fen": remedy.get("total_fen") or 0,
        "refund_fen": remedy.get("refund_fen") or 0,
        "party": recommendation["responsibility"]["to_customer"],
        "severity": recommendation["severity"],
        "order_no": order,
        "customer": customer,
        "merchant": merchant,
        "category": filed(pack, "category", case, findings),
        "cause": filed(pack, "cause", case, findings),
        "rules": " ".join(rules),
        "drawn": mode in AUTOMATIC and _drawn(id, desk.settings.drawn_percent),
        "state": "open",
    }
    connection.execute(insert(DECISIONS), row)
    _keep_case(desk, writer, row, case, recommendation)
    _keep_clocks(writer, number, id, recommendation)
    return Recorded(id, number, follows, because, writer.at, writer.by, mode, tuple(held), digest, recommendation)


def find(desk: Desk, decision_id: str) -> Json | None:
    """Return a decision as it was kept, or None. Raises Refused where it was erased."""
    of_decision = select(DECISIONS, PAYLOADS.c.body).outerjoin(PAYLOADS, PAYLOADS.c.seq == DECISIONS.c.seq)
    with desk.ledger.reading() as connection:
        row = connection.execute(of_decision.where(DECISIONS.c.id == decision_id)).first()
    if row is None:
        return None
    if row.body is None:
        raise Refused(410, "erased", decision_id)
    kept = chain.unpack(row.body)
    found = Recorded(
        row.id,
        row.case_no,
        row.follows,
        row.because,
        row.at,
        row.by,
        row.mode,
        tuple(kept["held"]),
        row.digest,
        kept["recommendation"],
    )
    standing = {"state": row.state, "pack": row.pack, "pack_digest": row.pack_digest}
    return found.as_json() | standing | {"case": kept["case"], "findings": kept["findings"]}


def lines_of(recommendation: Json) -> list[str]:
    """Return the lines of the order that a decision is about; all of them where an issue names none."""
    return sorted({issue["line"] or EVERYTHING for issue in recommendation["issues"]}) or [EVERYTHING]


def _number(desk: Desk, connection: Connection, case: Mapping[str, Any]) -> str:
    """Return the number that the case names, or a new one."""
    given = filed(desk.ready.pack, "number", case)
    if given is None:
        day = datetime.fromisoformat(str(case["at"])).astimezone(desk.ready.pack.zone).date()
        return next_number(connection, desk.settings.case_prefix, day.isoformat())
    known = connection.execute(select(CASES.c.no).where(CASES.c.no == given)).first()
    if known is None and given.startswith(f"{desk.settings.case_prefix}-"):
        raise Refused(404, "no_case", given)
    return given


def _refunded(case: Mapping[str, Any]) -> int:
    value = (case.get(REFUNDED[0]) or {}).get(REFUNDED[1])
    return value if isinstance(value, int) else 0


def _with(case: Mapping[str, Any], path: tuple[str, ...] | None, value: Any) -> Mapping[str, Any]:
    """Return a case with another value at a path."""
    if path is None:
        return case
    changed = dict(case)
    part = changed
    for key in path[:-1]:
        part[key] = dict(part.get(key) or {})
        part = part[key]
    part[path[-1]] = value
    return changed


def _drawn(id: str, percent: int) -> bool:
    return int(hashlib.sha256(id.encode()).hexdigest(), 16) % 100 < percent


def _supersede(connection: Connection, decision: str | None) -> None:
    """Let a later decision take the place of one that nobody has acted on; what waits for approval is void."""
    if decision is not None:
        standing = (DECISIONS.c.id == decision, DECISIONS.c.state.in_(("open", "waiting")))
        connection.execute(update(DECISIONS).where(*standing).values(state="superseded"))
        waiting = (PROPOSALS.c.decision == decision, PROPOSALS.c.state == "waiting")
        connection.execute(update(PROPOSALS).where(*waiting).values(state="void"))


def _keep_case(desk: Desk, writer: Writer, row: Json, case: Mapping[str, Any], recommendation: Json) -> None:
    values = {"changed_at": writer.at, "decision": row["id"], "severity": row["severity"], "closed_at": None}
    values["state"] = "in_progress"
    if row["follows"] is not None:
        writer.connection.execute(update(CASES).where(CASES.c.no == row["case_no"]).values(values))
        return
    filing = {name: row[name] for name in ("pack", "order_no", "customer", "merchant")}
    opened = {"no": row["case_no"], "seq": row["seq"], "opened_at": writer.at}
    handler = filed(desk.ready.pack, "handler", case)
    writer.connection.execute(insert(CASES), {**values, **filing, **opened, "handler": handler})


def _keep_clocks(writer: Writer, case_no: str, decision: str, recommendation: Json) -> None:
    """Keep the deadlines of the latest decision; those that were met stay met."""
    unmet = (CLOCKS.c.case_no == case_no, CLOCKS.c.met_at.is_(None))
    writer.connection.execute(delete(CLOCKS).where(*unmet))
    met = set(writer.connection.execute(select(CLOCKS.c.name).where(CLOCKS.c.case_no == case_no)).scalars())
    due = [
        {
            "case_no": case_no,
            "name": clock["name"],
            "decision": decision,
            "due_at": instant(datetime.fromisoformat(clock["at"])),
            "on_timeout": clock["on_timeout"],
        }
        for clock in recommendation["clocks"]
        if clock["at"] is not None and clock["name"] not in met
    ]
    if due:
        writer.connection.execute(insert(CLOCKS), due)
