"""The course of a case: how each of its entries changed what is looked up, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from rules.language.contract import AUTOMATIC
from service.audit.consistency import Record, Rows
from service.casework import choices, deadlines
from service.casework.cases.effects import MOMENTS, listed
from service.casework.cases.overdue import SEEN
from service.casework.decisions import projections
from service.casework.decisions.recording import lines_of
from service.casework.executions.executions import PAID_BY, PERSON
from service.casework.limits.holds import by_line, order_of
from service.casework.states import (
    ACCEPTED,
    APPROVED,
    CHANGED,
    CLAIMED,
    EVENTS,
    EXECUTED,
    FAILED,
    IN_PROGRESS,
    LATE,
    OPEN,
    PENDING,
    REFUSED,
    SUPERSEDED,
    VOID,
    WAITING,
    arrived,
)
from service.ledger.chain import Entry
from service.ledger.filing import filed
from service.ledger.store import instant
from service.ledger.tables import CASES, CLOCKS, DECISIONS, EXECUTED_LINES, EXECUTIONS, OUTCOMES, PROPOSALS

OF_CASE: Final = ("pack", "order_no", "customer", "merchant")  # what a case is listed by is that of its first decision

Json = dict[str, Any]


class _Held(NamedTuple):
    """What an execution of a decision holds: lines of an order."""

    lines: list[str]
    order: Json


class Course:
    """Follows the entries of a case from its first decision on."""

    def __init__(self, pack_of: projections.PackOf) -> None:
        self.pack_of = pack_of
        self.case: Json = {}
        self.concerns: dict[str, _Held] = {}  # by decision
        self.decisions: dict[str, Json] = {}
        self.proposals: dict[str, Json] = {}
        self.outcomes: dict[str, Json] = {}
        self.executions: dict[str, Json] = {}
        self.lines: dict[str, list[Json]] = {}  # that an execution holds
        self.clocks: dict[str, Json] = {}
        self.counts: dict[str, list[Json]] = {}  # the deadlines of decisions that count from a moment to come
        self.unsure: set[str] = set()  # the deadlines that may have begun
        self.counted: bool | None = None  # whether the case has a number of ours; earlier versions did not say
        self.undrawn = 0  # decisions of which none says whether they were drawn
        self.after: Mapping[str, Callable[[Entry, Any], None]] = {
            "decision": self._decision,
            "event": self._event,
            "escalation": self._escalation,
            SEEN: self._seen,
            "appeal": lambda entry, _: self._move("appealed", entry.at),
            "review": self._review,
            "proposal": self._proposal,
            "approval": self._approval,
            "outcome": self._outcome,
            "execution.refused": lambda entry, _: self._about(entry).update(mode=PERSON),
            "execution.claimed": self._claimed,
            "execution.late": self._late,
            "execution.executed": self._executed,
            "execution.failed": self._failed,
        }

    def follow(self, record: Record) -> None:
        """Let an entry change what it changed."""
        if record.entry.kind in self.after:
            self.after[record.entry.kind](record.entry, record.body())

    def rows(self) -> Rows:
        """Return the rows as they should stand now."""
        rows = Rows(self.case["no"], all_told=True)
        rows.add(CASES, self.case["seq"], self.case)
        for table, some in (
            (DECISIONS, self.decisions),
            (PROPOSALS, self.proposals),
            (OUTCOMES, self.outcomes),
            (EXECUTIONS, self.executions),
        ):
            for row in some.values():
                rows.add(table, row["seq"], row)
        for decision, lines in self.lines.items():
            for row in lines:
                rows.add(EXECUTED_LINES, self.executions[decision]["seq"], row)
        rows.partial = {CLOCKS} if self.unsure else set()
        for row in self.clocks.values():
            rows.add(CLOCKS, self.decisions[row["decision"]]["seq"], row)
        return rows

    # ---- decisions

    def _decision(self, entry: Entry, body: Json) -> None:
        row = projections.decision(entry, body, self.pack_of)
        standing = {"mode": body["mode"], "state": OPEN, "reviewed_at": None}
        if self.case:
            self._supersede(self.case["decision"])
            self._move("decided", entry.at)
            self.case["closed_at"] = None
        else:
            self._open(entry, body, row)
        self.case.pop("merchant_key", None)
        self.case |= {"decision": entry.id}
        self.case |= {name: row[name] for name in ("severity", "merchant_key") if name in row}
        self.concerns[entry.id] = _Held(lines_of(body["recommendation"]), _held(row, body["case"]))
        self.decisions[entry.id] = row | standing | self._drawn(body)
        self._set_clocks(entry, body)

    def _drawn(self, body: Json) -> Json:
        """Return whether a decision was drawn for review; earlier versions did not record what chance had said."""
        if "drawn" not in body and body["mode"] in AUTOMATIC:
            self.undrawn += 1
            return {}
        return {"drawn": body.get("drawn", False)}

    def _set_clocks(self, entry: Entry, body: Json) -> None:
        """Replace the deadlines that are open by those of a decision; those met, or begun by an event, go on."""
        recommendation = body["recommendation"]
        going_on = deadlines.waiting(recommendation)
        for name, row in list(self.clocks.items()):
            if name not in going_on and row["met_at"] is None:
                del self.clocks[name]
        self.counts[entry.id] = [clock for clock in recommendation["clocks"] if clock["name"] in going_on]
        self._start(entry, deadlines.dated(recommendation), entry.id, whole="drawn" in body)

    def _start(self, entry: Entry, begun: Iterable[Json], decision: str, whole: bool = True) -> None:
        """Begin deadlines; earlier versions did not record each time that one was looked at."""
        seen = {"escalated_at": None} if whole else {}
        for one in (one for one in begun if one["name"] not in self.unsure):
            row = deadlines.row(str(entry.case_no), decision, one) | {"met_at": None} | seen
            self.clocks.setdefault(one["name"], row)

    def _begin(self, entry: Entry, body: Json, moment: str) -> None:
        """Begin the deadlines that count from a moment; earlier versions did not record until when they ran."""
        id = str(entry.about)
        if "begins" in body:
            self._start(entry, body["begins"], id)
            return
        self.unsure |= {clock["name"] for clock in self.counts[id] if clock["after"] == moment} - self.clocks.keys()

    def _meet(self, names: Iterable[str], at: str) -> None:
        for name in names:
            if name in self.clocks and self.clocks[name]["met_at"] is None:
                self.clocks[name]["met_at"] = at

    def _open(self, entry: Entry, body: Json, row: Json) -> None:
        self.counted = body.get("counted")
        pack = self.pack_of(row["pack_digest"])
        self.case = {
            "no": entry.case_no,
            "seq": entry.seq,
            "state": PENDING if row["outcome"] == "review" else IN_PROGRESS,
            "opened_at": entry.at,
            "changed_at": entry.at,
            "closed_at": None,
            "satisfied": None,
            "tags": None,
            "person_at": None,
            **{name: row[name] for name in OF_CASE if name in row},
            **({} if pack is None else {"handler": filed(pack, "handler", body["case"])}),
        }

    def _supersede(self, decision: str) -> None:
        """Let a later decision take the place of one that nobody has acted on."""
        row = self.decisions[decision]
        if row["state"] in (OPEN, WAITING):
            row["state"] = SUPERSEDED
        for proposal in self.proposals.values():
            if proposal["decision"] == decision and proposal["state"] == WAITING:
                proposal["state"] = VOID

    def _about(self, entry: Entry) -> Json:
        return self.decisions[str(entry.about)]

    # ---- what happens

    def _event(self, entry: Entry, body: Json) -> None:
        self.case |= arrived(self.case["state"], body["state"], entry.at)
        self.case |= listed(self.case["tags"] or "", body)
        if body["kind"] == "person_requested":
            self.case["person_at"] = entry.at
        if body.get("person") == "has_it_now":
            self._about(entry)["mode"] = body["mode"]
        elif body.get("person") == "looks_afterwards":
            self._about(entry).update(drawn=True, reviewed_at=None)
        at = instant(datetime.fromisoformat(body["at"])) if "at" in body else entry.at
        self._meet(body.get("meets", ()), at)
        if body["kind"] == EXECUTED:
            self._pay(entry, body, at)
        if (moment := MOMENTS.get(body["kind"])) is not None:
            self._begin(entry, body, moment)

    def _pay(self, entry: Entry, body: Json, at: str) -> None:
        """Keep what a person paid."""
        id = str(entry.about)
        self.executions[id] = projections.payment(entry, body, at)
        first, *others = self.concerns[id].lines
        if self.decisions[id].get("order_no", "") is not None:
            self._hold(id, {first: body["refund_fen"], **dict.fromkeys(others, 0)})
        if self.decisions[id]["state"] == OPEN:
            self.decisions[id]["state"] = EXECUTED

    def _escalation(self, entry: Entry, body: Json) -> None:
        if body["mode"] is not None:
            self._about(entry)["mode"] = body["mode"]
        self._seen(entry, body)

    def _seen(self, entry: Entry, body: Json) -> None:
        if body["clock"] in self.clocks:
            self.clocks[body["clock"]]["escalated_at"] = entry.at

    def _review(self, entry: Entry, _: Json) -> None:
        self._about(entry).update(drawn=True, reviewed_at=entry.at)

    def _move(self, event: str, at: str) -> None:
        before = self.case["state"]
        self.case |= arrived(before, EVENTS[event][before], at)

    # ---- people

    def _proposal(self, entry: Entry, body: Json) -> None:
        self.proposals[entry.id] = projections.proposal(entry, body) | {"state": WAITING}
        self._about(entry)["state"] = WAITING

    def _approval(self, entry: Entry, body: Json) -> None:
        self.proposals[body["proposal"]]["state"] = APPROVED if body["approve"] else REFUSED
        if not body["approve"]:
            self._about(entry)["state"] = OPEN

    def _outcome(self, entry: Entry, body: Json) -> None:
        self.outcomes[str(entry.about)] = projections.outcome(entry, body)
        self._about(entry)["state"] = ACCEPTED if body["way"] == choices.ACCEPTED else CHANGED
        self._move("outcome_taken", entry.at)

    # ---- machines

    def _claimed(self, entry: Entry, body: Json) -> None:
        self.executions[str(entry.about)] = projections.claim(entry, body)
        self._hold(str(entry.about), body["lines"])
        self._about(entry)["state"] = CLAIMED

    def _late(self, entry: Entry, _: Json) -> None:
        self.executions[str(entry.about)]["state"] = LATE
        self._reopen(entry)

    def _executed(self, entry: Entry, body: Json) -> None:
        row = self._about(entry)
        ended = {
            "state": EXECUTED,
            "ended_at": entry.at,
            **projections.paid_as(body["reference"], body.get("account_key")),
        }
        self.executions[str(entry.about)] |= ended
        self._meet([PAID_BY], entry.at)
        self._begin(entry, body, deadlines.EXECUTION)
        if row["state"] in (CLAIMED, OPEN):
            row["state"] = EXECUTED
        if self.case["decision"] == entry.about and self.case["state"] in EVENTS[EXECUTED]:
            self._move(EXECUTED, entry.at)

    def _failed(self, entry: Entry, _: Json) -> None:
        self.executions[str(entry.about)] |= {"state": FAILED, "ended_at": entry.at, **projections.paid_as(None)}
        self.lines.pop(str(entry.about), None)
        self._reopen(entry)

    def _reopen(self, entry: Entry) -> None:
        """Let a person act on what a machine had, unless a later decision has taken its place."""
        row = self._about(entry)
        if row["state"] == CLAIMED:
            row.update(mode=PERSON, state=OPEN if self.case["decision"] == entry.about else SUPERSEDED)

    def _hold(self, id: str, refunds: Mapping[str, int]) -> None:
        """Hold lines of the order for a decision, however each is written."""
        held, order = by_line(refunds), self.concerns[id].order
        self.lines[id] = [{"decision": id, "line": line, "refund_fen": fen, **order} for line, fen in held.items()]


def _held(row: Json, case: Json) -> Json:
    """Return how the order of a decision is held; what its pack alone tells is left out where that cannot be read."""
    order = order_of(row.get("merchant") or "", row.get("order_no") or "", case)
    if "merchant" not in row:
        return {"told": order.told}
    return {"merchant": order.merchant, "order_no": order.number, "order_key": order.key, "told": order.told}
