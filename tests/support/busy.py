"""A ledger in which much has happened: a walk by chance through all that machines, people and time do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from service.casework.cases import erasing, overdue
from service.casework.cases.events import record_event
from service.casework.choices import Choice
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.casework.executions import claims, executions, reviews
from service.casework.limits import budgets, switches
from service.casework.outcomes import appeals, approvals, outcomes
from service.casework.visibility import WHOLE
from service.errors import DomainError, InvalidEvent, InvalidKey
from service.ledger import keys
from service.ledger.idempotency import Answer, Claim, KeyedRequest, claim
from service.ledger.store import COMMIT_HOOK, Ledger, instant
from service.ledger.tables import CASES, DECISIONS, EXECUTIONS, PROPOSALS
from service.packs import Ready
from service.settings import Settings
from service.webhooks import endpoints, outbox
from service.webhooks.events import EVENTS
from tests.support.machines import ADMIN, MACHINE, PERSON, storm
from tests.support.people import ANN, LEO, override
from tests.support.taking import read

START = datetime.fromisoformat("2026-08-14T15:30:00+08:00")
HOST = "127.0.0.1:9"


class Walk:
    """Does things to a ledger, each as chance has it; what is refused did not happen."""

    def __init__(self, ready: Ready, ledger: Ledger, seed: int) -> None:
        self.chance, self.moment, self.ledger = Random(seed), START, ledger
        settings = Settings(drawn_percent=50)
        self.context = CaseContext(ready, ledger, settings, lambda _: self.moment.isoformat())
        self.orders = self.requests = 0
        self.acts: list[tuple[int, Callable[[], Any]]] = [
            (6, self.decide),
            (5, self.claim),
            (5, self.report),
            (3, self.event),
            (3, self.outcome),
            (3, self.approve),
            (1, self.appeal),
            (2, self.review),
            (2, self.request),
            (2, self.wait),
            (1, self.escalate),
            (1, self.erase),
            (1, self.key),
            (1, self.endpoint),
            (1, self.deliver),
            (1, self.bound),
        ]

    def go(self, steps: int) -> None:
        """Do so many things."""
        weights, acts = zip(*self.acts, strict=True)
        for act in self.chance.choices(acts, weights, k=steps):
            self.moment += timedelta(seconds=self.chance.randrange(1, 90))
            with suppress(DomainError, InvalidEvent, InvalidKey):
                act()

    def everything(self) -> None:
        """Do each thing at least once, with something to do it to."""
        for act in (self.endpoint, self.key, self.bound, *[self.decide] * 6, *[self.claim] * 4, self.request):
            act()
        self.go(60)
        self.request()

    def one(self, query: Any) -> Any:
        """Return one of the values that a query finds. Raises DomainError where there is none."""
        with self.ledger.reading() as connection:
            found = sorted(connection.execute(query).scalars())
        if not found:
            raise DomainError("no_case", "")
        return self.chance.choice(found)

    # ---- machines

    def decide(self) -> None:
        self.orders += 1
        decide(self.context, storm(self.orders), MACHINE.name)

    def claim(self) -> None:
        claims.claim(self.context, self.one(select(DECISIONS.c.id).where(DECISIONS.c.state == "open")), MACHINE.name)

    def report(self) -> None:
        id = self.one(select(EXECUTIONS.c.decision).where(EXECUTIONS.c.state.in_(("claimed", "late"))))
        state = self.chance.choice(("executed", "failed"))
        executions.report(self.context, id, MACHINE, state, f"P-{id}" if state == "executed" else "no such account")

    def request(self) -> None:
        """Decide a case that was asked for with an idempotency key."""
        self.requests += 1
        claimed = claim(self.ledger, KeyedRequest("till", f"key-{self.requests}", b"POST /v1/decisions"))
        assert isinstance(claimed, Claim)
        token = COMMIT_HOOK.set(claimed.on_commit)
        try:
            self.decide()
        finally:
            COMMIT_HOOK.reset(token)
        claimed.keep(Answer(200, [], b"{}"))

    # ---- people

    def event(self) -> None:
        event: dict[str, Any] = self.chance.choice(
            (
                {"kind": "evidence_added", "facts": {"issue.statement": "It leaks"}},
                {"kind": "assigned", "handler": "小李"},
                {"kind": "tag", "tag": "vip"},
                {"kind": "person_requested"},
                {"kind": "customer_accepted"},
                {"kind": "satisfaction", "score": 5},
                {"kind": "executed", "reference": f"H-{self.moment:%H%M%S}", "refund_fen": 2560},
                {"kind": "closed", "note": "done"},
                {"kind": "reopened", "note": "again"},
            )
        )
        record_event(self.context, self.one(select(CASES.c.no)), event, ADMIN.name)

    def outcome(self) -> None:
        choice = self.chance.choice(
            (
                Choice("accepted"),
                read(override(refund_fen=9900)),
                read(override(refund_fen=1)),
            )
        )
        id = self.one(select(DECISIONS.c.id).where(DECISIONS.c.state == "open"))
        outcomes.take(self.context, id, choice, ANN)

    def approve(self) -> None:
        id = self.one(select(PROPOSALS.c.decision).where(PROPOSALS.c.state == "waiting"))
        with self.ledger.reading() as connection:
            digest = connection.execute(select(DECISIONS.c.digest).where(DECISIONS.c.id == id)).scalar_one()
        self.chance.choice((approvals.approve, approvals.refuse))(self.context, id, digest, None, LEO)

    def appeal(self) -> None:
        statement = {"by": "customer", "grounds": "too little"}
        appeals.appeal(self.context, self.one(select(CASES.c.decision)), statement, None, ANN)

    def review(self) -> None:
        waiting = select(DECISIONS.c.id).where(DECISIONS.c.drawn.is_(True), DECISIONS.c.reviewed_at.is_(None))
        reviews.review(self.context, self.one(waiting), PERSON, self.chance.random() < 0.5, "seen")

    # ---- who runs it, and time

    def wait(self) -> None:
        self.moment += timedelta(hours=self.chance.randrange(1, 30))
        executions.sweep(self.ledger, "clock", WHOLE)

    def escalate(self) -> None:
        overdue.escalate(self.context, "clock")

    def erase(self) -> None:
        which = erasing.of_case(self.one(select(CASES.c.no)))
        erasing.erase(self.ledger, ADMIN.name, which, "request", "asked", force=self.chance.random() < 0.5)

    def key(self) -> None:
        made, _ = keys.make(self.ledger, f"key {self.moment.isoformat()}", "agent", (), ADMIN.name)
        if self.chance.random() < 0.5:
            keys.revoke(self.ledger, made.id, ADMIN.name)

    def endpoint(self) -> None:
        added, _ = endpoints.add(self.ledger, ADMIN.name, f"http://{HOST}/hook?token=t0p", EVENTS, [HOST])
        if self.chance.random() < 0.5:
            endpoints.rotate(self.ledger, ADMIN.name, added.id)
        if self.chance.random() < 0.2:
            endpoints.remove(self.ledger, ADMIN.name, added.id)

    def deliver(self) -> None:
        at = instant(self.moment)
        with self.ledger.counting() as connection:
            for endpoint in outbox.due(connection, at):
                if (message := outbox.lease(connection, endpoint, at, at)) is not None:
                    outbox.delivered(connection, message, at, "200 OK")

    def bound(self) -> None:
        with self.ledger.writing(ADMIN.name) as writer:
            budgets.set_limit(writer, "customer", f"c-{self.chance.randrange(5)}", budgets.Limit(3, 100_00))
            switches.turn_on(writer, "merchant", f"Shop {self.chance.randrange(3)}", "fraud")
            if self.chance.random() < 0.5:
                switches.turn_off(writer, "merchant", f"Shop {self.chance.randrange(3)}", "cleared")
