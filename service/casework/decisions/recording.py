"""Record decisions: the entry of each in the chain, and its row changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from rules.compiling.pack import Pack
from rules.deciding.paid_before import PAID_BEFORE
from rules.language.contract import AUTOMATIC
from service.auth import Caller
from service.casework.context import CaseContext
from service.casework.decisions.binding import with_binding_mode
from service.casework.decisions.following import identity_of, refuse_unfit_to_follow
from service.casework.decisions.guards import GuardedDecision, automation_guards
from service.casework.decisions.preloaded import latest_of, preload
from service.casework.limits.holds import lines_of, order_of
from service.casework.limits.required_role import APPEAL, escalated_mode, least_mode, strictest
from service.casework.projection import entry_fields
from service.casework.projection.projector import apply
from service.casework.projection.row_changes import Before
from service.casework.states import next_state
from service.errors import DomainError
from service.ledger.changes import Change, Insert, write
from service.ledger.filing import filed, merchant_of
from service.ledger.prepared import Answers
from service.ledger.store import Writer, new_id
from service.ledger.tables import DECISIONS
from service.webhooks import events

COMPLAINT: Final = "complaint"  # why a case is decided; otherwise an appeal, or the kind of an event

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DecidedCase:
    """A decided case to record."""

    number: str
    before: int  # what the ledger had refunded of the order
    case: Mapping[str, Any]  # as the ledger keeps it, as are the fields below
    recommendation: Json
    findings: Sequence[Json]
    because: str = COMPLAINT
    event: Json | None = None


class Ruling(NamedTuple):
    """What the ledger adds to a decision: the one it follows, who carries it out, and why no machine may."""

    follows: str | None
    mode: str | None
    held: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision as it was recorded."""

    id: str
    case_no: str
    follows: str | None
    because: str
    at: str
    by: str
    mode: str | None  # who carries it out; the ledger can only make it stricter
    held: tuple[str, ...]  # why no machine may, although the policies allow it
    digest: str
    recommendation: Json
    pack: Pack = field(repr=False, compare=False)

    def as_json(self) -> Json:
        """Return the decision as the API shows it, with the binding mode in the recommendation."""
        shown = with_binding_mode(self.recommendation, self.mode, self.held, self.pack)
        return self.as_recorded() | {"recommendation": shown}

    def as_recorded(self) -> Json:
        """Return the decision with its recommendation as decided."""
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


def record(context: CaseContext, writer: Writer, decided: Sequence[DecidedCase], by: Caller) -> list[Recorded]:
    """Record decisions in one transaction, in order. Raises DomainError if one does not belong to its case.

    A case outside the sight of the context is refused as one that does not exist.
    """
    context.archive.keep(writer, context.ready)
    return [recorded for some in _rounds(decided) for recorded in _record(context, writer, some, by)]


def _rounds(decided: Sequence[DecidedCase]) -> Iterator[Sequence[DecidedCase]]:
    """Yield decisions in rounds with at most one per case, so that a second one finds the first recorded."""
    some: dict[str, DecidedCase] = {}
    for one in decided:
        if one.number in some:
            yield tuple(some.values())
            some = {}
        some[one.number] = one
    if some:
        yield tuple(some.values())


def _record(context: CaseContext, writer: Writer, decided: Sequence[DecidedCase], by: Caller) -> list[Recorded]:
    guarded = [_guarded(context, one) for one in decided]
    preloaded = preload(writer.connection, [(one.case_no, one.order_key) for one in guarded])
    _refuse_unseen(
        context, writer.connection, [one.number for one, of in zip(decided, preloaded, strict=True) if of["latest"]]
    )
    for case, of_case in zip(decided, preloaded, strict=True):
        refuse_unfit_to_follow(context, case.number, of_case, identity_of(context.ready.pack, case.case), by)
    ruled = [_ruled(writer.connection, *three) for three in zip(decided, guarded, preloaded, strict=True)]
    before = [_before(context, of_case) for of_case in preloaded]
    changes = [_entered(context, writer, *three) for three in zip(decided, ruled, before, strict=True)]
    write(writer, chain.from_iterable(changes))
    rows = map(_row, changes)
    recorded = [_recorded(context, writer, *three) for three in zip(decided, ruled, rows, strict=True)]
    for one, of_case in zip(recorded, preloaded, strict=True):
        _publish(context, writer, one, of_case["endpoints"])
    return recorded


def _refuse_unseen(context: CaseContext, connection: Connection, going_on: Sequence[str]) -> None:
    """Refuse a further decision of a case that the caller does not see."""
    for number in () if context.sight.is_whole else going_on:
        if not context.sight.sees_case(connection, number):
            raise DomainError("no_case", number)


def _guarded(context: CaseContext, one: DecidedCase) -> GuardedDecision:
    pack, merchant = context.ready.pack, merchant_of(context.ready.pack, one.case)
    order = filed(pack, "order", one.case)
    return GuardedDecision(
        case_no=one.number,
        pack=pack.name,
        rules=tuple(entry_fields.rules_of(one.recommendation)),
        merchant=merchant,
        customer=filed(pack, "customer", one.case),
        order=None if order is None else order_of(merchant, order, one.case),
        lines=tuple(lines_of(one.recommendation)),
    )


def _ruled(connection: Connection, one: DecidedCase, guarded: GuardedDecision, preloaded: Answers) -> Ruling:
    """Return what the ledger adds to a decision: its mode can only be stricter than that of the policies."""
    wanted = one.recommendation["automation"]["mode"]
    latest = latest_of(preloaded)
    follows = None if latest is None else latest.id
    appealed = follows if one.because == APPEAL else None
    level = None if follows is None else least_mode(connection, one.number, appealed)
    stopped = any(reason.get("code") == PAID_BEFORE for reason in one.recommendation["automation"]["reasons"])
    held = tuple(automation_guards(connection, guarded, preloaded)) if stopped or wanted in AUTOMATIC else ()
    held += (APPEAL,) if level is not None and wanted in AUTOMATIC else ()
    reached = escalated_mode(connection, one.number) if preloaded["happened"] else None
    return Ruling(follows, strictest(wanted, "agent" if held else None, level, reached), held)


def _publish(context: CaseContext, writer: Writer, recorded: Recorded, endpoints: Iterable[Sequence[str]]) -> None:
    """Publish a decision to the webhooks."""
    recommendation, pack = recorded.recommendation, context.ready.pack
    events.decided(
        writer,
        id=recorded.id,
        case_no=recorded.case_no,
        outcome=recommendation["outcome"],
        mode=recorded.mode,
        total_fen=(recommendation["remedy"] or {}).get("total_fen") or 0,
        currency=pack.currency,
        live=endpoints,
    )


def _before(context: CaseContext, preloaded: Answers) -> Before:
    """Return the state of the case before a decision. Raises DomainError if it cannot be decided now."""
    latest = latest_of(preloaded)
    if latest is None:
        return Before(pack_of=lambda _: context.ready.pack)
    next_state(latest.state, "decided")
    return Before(latest.state, latest.id, latest.tags, pack_of=lambda _: context.ready.pack)


def _entered(context: CaseContext, writer: Writer, one: DecidedCase, ruling: Ruling, before: Before) -> list[Change]:
    """Add the entry of a decision, and return its row changes."""
    id = new_id("dec")
    drawn = ruling.mode in AUTOMATIC and _drawn(id, context.settings.drawn_percent)
    body = {
        "case": one.case,
        "findings": one.findings,
        "recommendation": one.recommendation,
        "because": one.because,
        "follows": ruling.follows,
        "mode": ruling.mode,
        "held": list(ruling.held),
        "refunded_before_fen": one.before,
        "drawn": drawn,
        "counted": ruling.follows is None and one.number.startswith(f"{context.settings.case_prefix}-"),
    } | ({"event": one.event} if one.event else {})
    entry = writer.append("decision", body, case_no=one.number, about=id, id=id)
    return [*apply(entry, body, before)]


def _row(changes: Sequence[Change]) -> Mapping[str, Any]:
    """Return the row of the decision among its changes."""
    return next(change.row for change in changes if isinstance(change, Insert) and change.table is DECISIONS)


def _recorded(
    context: CaseContext, writer: Writer, one: DecidedCase, ruling: Ruling, row: Mapping[str, Any]
) -> Recorded:
    return Recorded(
        id=row["id"],
        case_no=one.number,
        follows=ruling.follows,
        because=one.because,
        at=writer.at,
        by=writer.by,
        mode=ruling.mode,
        held=ruling.held,
        digest=row["digest"],
        recommendation=one.recommendation,
        pack=context.ready.pack,
    )


def _drawn(id: str, percent: int) -> bool:
    return int(hashlib.sha256(id.encode()).hexdigest(), 16) % 100 < percent
